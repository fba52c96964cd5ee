//! What the engine tells its host.

use std::collections::BTreeMap;
use std::sync::Arc;

use pso_graph::Plan;
use ptms_core::{Firing, Key, Name, Timestamp, Value};
use ptms_executor::{Effect, EffectKey, End, RunId};
use ptms_rules::{RuleFault, Transition};

use crate::journal::Entry;

/// What the engine tells its host.
///
/// ```
/// use ptms::{Book, Engine, Output, Sources};
///
/// let mut engine = Engine::new(Book::load(&Sources::default()).unwrap().into());
/// assert_eq!(engine.poll(), Output::Wait(None));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Only from a journalled engine: make this durable before doing any effect that comes after it.
    Journal(Entry),
    /// A trigger changed its state without firing.
    Transition(Transition),
    /// A trigger fired.
    Fired(Firing),
    /// A trigger that fired is still firing; its rule asks to be told again. It starts nothing.
    Repeated(Firing),
    /// A condition is unknown, of a rule that asks to be told. Said once until something is known.
    Unknown {
        /// When.
        at: Timestamp,
        /// The id of the rule.
        rule: Name,
        /// Which one of many.
        key: Key,
    },
    /// A condition could not be worked out. Said once until it can be again; the condition counts as
    /// unknown meanwhile.
    Fault(RuleFault),
    /// A key was not admitted: there are as many as its dimensions allow, and none may leave.
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
    /// A firing started a run.
    Started {
        /// When; later than the firing where the engine was not woken in time.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// The rule that fired.
        rule: Name,
        /// The key for which it fired.
        key: Key,
        /// What the run will do.
        plan: Arc<Plan>,
    },
    /// A firing starts nothing: runs of earlier firings of the same rule and key are going on, or a
    /// firing of this very instant has had its run.
    Dropped {
        /// When.
        at: Timestamp,
        /// The rule that fired.
        rule: Name,
        /// The key for which it fired.
        key: Key,
        /// When it fired: earlier than `at` if it has waited.
        fired: Timestamp,
        /// The first of the runs that go on.
        running: RunId,
    },
    /// A firing starts its run later, once those that go on have ended.
    Queued {
        /// When.
        at: Timestamp,
        /// The rule that fired.
        rule: Name,
        /// The key for which it fired.
        key: Key,
        /// When it fired.
        fired: Timestamp,
        /// The first of the runs that go on.
        running: RunId,
    },
    /// The host is asked to do this, and to say what became of it.
    Perform(Effect),
    /// Stop caring about this attempt at an effect: its time is over. An outcome can still be handed in,
    /// and is accounted for.
    Abandon {
        /// What was asked for.
        key: EffectKey,
        /// Which attempt.
        attempt: u32,
    },
    /// The engine has worked out whether a condition of a run holds.
    Verdict {
        /// When.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// The step that it is the condition of; `None` for a success criterion.
        step: Option<Name>,
        /// What it says.
        condition: Name,
        /// Whether it holds; `None` if nobody can tell.
        verdict: Option<bool>,
        /// What was wrong in it, if it could not be worked out; with line and column.
        fault: Option<String>,
        /// What was read and is known, by name.
        read: BTreeMap<Name, Value>,
    },
    /// A run came to rest. May be said again of a run, when a late outcome changes the account.
    Ended {
        /// When.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// How.
        end: End,
    },
    /// Nothing more until this instant, or until the next input; `None` where only an input can
    /// change anything.
    Wait(Option<Timestamp>),
}
