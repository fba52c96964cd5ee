//! The life of a trigger: one function from a state and what an evaluation saw to the next state.

use ptms_core::{Duration, Timestamp, TriggerState};
use serde::{Deserialize, Serialize};

use crate::condition::Truth;

/// Why a trigger changed its state.
///
/// ```
/// use ptms_rules::Reason;
///
/// assert_eq!(serde_json::to_string(&Reason::ForElapsed).unwrap(), r#""for_elapsed""#);
/// assert_eq!(Reason::ForElapsed.as_str(), "for_elapsed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The condition is known to be true.
    ConditionTrue,
    /// The condition has been true for as long as the rule's `for` asks.
    ForElapsed,
    /// The condition is true and the cooldown that held it back is over.
    CooldownElapsed,
    /// The condition is known to be false.
    ConditionFalse,
    /// The condition `resolve_when` is known to be true.
    ResolveWhen,
    /// The key left because too many others came, or because nothing was heard of it for too long.
    Evicted,
}

impl Reason {
    /// The reason as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConditionTrue => "condition_true",
            Self::ForElapsed => "for_elapsed",
            Self::CooldownElapsed => "cooldown_elapsed",
            Self::ConditionFalse => "condition_false",
            Self::ResolveWhen => "resolve_when",
            Self::Evicted => "evicted",
        }
    }
}

/// What one evaluation saw of a trigger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) now: Timestamp,
    /// Whether this evaluation closes `now`: only then do timers that are due at `now` take effect.
    pub(crate) closing: bool,
    pub(crate) when: Truth,
    /// `None` where the rule has no `resolve_when`.
    pub(crate) resolve_when: Option<Truth>,
    /// The rule's `for`.
    pub(crate) wait: Duration,
    /// When the cooldown of the last firing ends.
    pub(crate) cooldown_end: Option<Timestamp>,
}

impl Seen {
    /// Whether a timer that is due at `due` has taken effect.
    fn matured(&self, due: Timestamp) -> bool {
        due < self.now || (due == self.now && self.closing)
    }

    fn waited(&self, since: Timestamp) -> bool {
        self.wait.is_zero() || self.matured(since + self.wait)
    }

    fn cooled(&self) -> bool {
        self.cooldown_end.is_none_or(|end| self.matured(end))
    }
}

/// The next state and why, or `None` where nothing changes. Only *known true* and *known false* move
/// a trigger; unknown and fault leave it where it is.
pub(crate) fn next(state: TriggerState, seen: &Seen) -> Option<(TriggerState, Reason)> {
    let now = seen.now;
    let firing = TriggerState::Firing { since: now };
    match (state, seen.when) {
        (TriggerState::Inactive, Truth::True) if seen.waited(now) && seen.cooled() => {
            Some((firing, Reason::ConditionTrue))
        }
        (TriggerState::Inactive, Truth::True) => {
            Some((TriggerState::Pending { since: now }, Reason::ConditionTrue))
        }
        (TriggerState::Pending { since }, Truth::True) if seen.waited(since) && seen.cooled() => {
            // Without `for` only a cooldown can have held the trigger back.
            let held_back =
                seen.wait.is_zero() || seen.cooldown_end.is_some_and(|end| since + seen.wait < end);
            let reason = if held_back { Reason::CooldownElapsed } else { Reason::ForElapsed };
            Some((firing, reason))
        }
        (TriggerState::Pending { .. }, Truth::False) => {
            Some((TriggerState::Inactive, Reason::ConditionFalse))
        }
        (TriggerState::Firing { .. }, Truth::False | Truth::Unknown | Truth::Fault(_))
            if seen.resolve_when == Some(Truth::True) =>
        {
            Some((TriggerState::Inactive, Reason::ResolveWhen))
        }
        (TriggerState::Firing { .. }, Truth::False) if seen.resolve_when.is_none() => {
            Some((TriggerState::Inactive, Reason::ConditionFalse))
        }
        (TriggerState::Firing { .. }, _)
        | (TriggerState::Inactive, Truth::False | Truth::Unknown | Truth::Fault(_))
        | (TriggerState::Pending { .. }, Truth::True | Truth::Unknown | Truth::Fault(_)) => None,
    }
}

/// When a pending trigger can fire at the earliest.
pub(crate) fn earliest_fire(since: Timestamp, seen: &Seen) -> Timestamp {
    let waited = since + seen.wait;
    seen.cooldown_end.map_or(waited, |end| end.max(waited))
}
