//! What a session tells its host.

use ptms_core::{Firing, Key, Name, Reason, Timestamp, TriggerState};
use serde::{Deserialize, Serialize};

use crate::condition::Truth;

/// What a session tells its host.
///
/// ```
/// use ptms_core::{Sources, Timestamp};
/// use ptms_rules::{Input, Output, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [context]
///     cpu = "float"
///
///     [[rule]]
///     id = "busy"
///     when = "ctx.cpu > 0.9"
/// "#)])).unwrap();
/// let mut session = Session::new(book.rules);
/// let now = Timestamp::from_secs(60);
/// session.handle(now, Input::Set(vec![("cpu".into(), 0.95.into())])).unwrap();
/// assert!(matches!(session.poll(), Some(Output::Fired(firing)) if firing.at == now));
/// assert_eq!(session.poll(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A trigger changed its state without firing.
    Transition(Transition),
    /// A trigger fired.
    Fired(Firing),
    /// A trigger that fired is still firing; its rule asks to be told again.
    Repeated(Firing),
    /// A condition is unknown, of a rule that asks to be told. Reported once until something is known.
    Unknown {
        /// When.
        at: Timestamp,
        /// The id of the rule.
        rule: Name,
        /// Which one of many.
        key: Key,
    },
    /// A condition could not be worked out. Reported once until it can be again; the condition counts
    /// as unknown meanwhile.
    Fault(RuleFault),
    /// A key was not admitted: there are as many as allowed, and none may leave.
    KeyRefused {
        /// When.
        at: Timestamp,
        /// Which key.
        key: Key,
    },
    /// A key left with all that was known of it.
    Evicted {
        /// When.
        at: Timestamp,
        /// Which key.
        key: Key,
    },
}

/// A trigger changed its state without firing.
///
/// ```
/// use ptms_core::{Key, Timestamp, TriggerState};
/// use ptms_core::Reason;
/// use ptms_rules::Transition;
///
/// let line = serde_json::json!({
///     "at": 0, "rule": "slow", "key": {}, "state": "inactive", "reason": "condition_false",
/// });
/// let transition: Transition = serde_json::from_value(line).unwrap();
/// assert_eq!(transition.to, TriggerState::Inactive);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// The new state.
    #[serde(flatten)]
    pub to: TriggerState,
    /// Why.
    pub reason: Reason,
}

/// A condition that could not be worked out.
///
/// ```
/// use ptms_rules::RuleFault;
///
/// let fault: RuleFault = serde_json::from_value(serde_json::json!({
///     "at": 0, "rule": "share", "key": {}, "column": 9, "line": 1, "message": "a float is not finite",
/// })).unwrap();
/// assert_eq!(fault.column, 9);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleFault {
    /// When.
    pub at: Timestamp,
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// The line of the condition, from 1.
    pub line: usize,
    /// The column in it, from 1, in characters.
    pub column: usize,
    /// What went wrong.
    pub message: String,
}

/// How much a session has seen.
///
/// ```
/// use ptms_rules::Stats;
///
/// assert_eq!(Stats::default().evaluations, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Inputs that were accepted.
    pub inputs: u64,
    /// Evaluations of one rule for one key.
    pub evaluations: u64,
    /// Events that a selector left out because its `where` was unknown or at fault.
    pub undecided_events: u64,
    /// Events that keyed windows left out because a dimension was missing.
    pub events_without_key: u64,
    /// Evaluations that came to true for one event only, of a trigger that was held back.
    pub pulses_missed: u64,
    /// Keys that left.
    pub keys_evicted: u64,
    /// Keys of which inputs spoke and that were not admitted.
    pub keys_refused: u64,
}

/// What the evaluations of one rule's `when` came to, over all of its keys.
///
/// ```
/// use ptms_rules::Verdicts;
///
/// assert_eq!(Verdicts::default().total(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdicts {
    /// How often it was known to be true.
    pub known_true: u64,
    /// How often it was known to be false.
    pub known_false: u64,
    /// How often it was unknown.
    pub unknown: u64,
    /// How often it could not be worked out.
    pub fault: u64,
}

impl Verdicts {
    /// How often it was evaluated.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.known_true + self.known_false + self.unknown + self.fault
    }

    pub(super) const fn count(&mut self, truth: Truth) {
        match truth {
            Truth::True => self.known_true += 1,
            Truth::False => self.known_false += 1,
            Truth::Unknown => self.unknown += 1,
            Truth::Fault(_) => self.fault += 1,
        }
    }
}
