//! What a replay reports, one entry after the other. This is the schema of the transcript:
//! `docs/transcript.md` describes every kind and field, and a test compares the two.

use std::collections::BTreeMap;

use ptms::{Key, Name, Pattern, Priority, Value};
use serde::Serialize;

use crate::instant::Instant;

/// One thing that happened in a replay.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Entry {
    /// A rule fired.
    Fired(Fired),
    /// A condition became true; its rule waits for its `for` or its cooldown.
    Pending(Transition),
    /// A trigger that was pending or firing no longer is.
    Resolved(Transition),
    /// A condition could not be evaluated.
    Fault {
        at: Instant,
        rule: Name,
        #[serde(skip_serializing_if = "Key::is_empty")]
        key: Key,
        message: String,
    },
    /// A firing started a run.
    Started {
        at: Instant,
        run: Name,
        rule: Name,
        #[serde(skip_serializing_if = "Key::is_empty")]
        key: Key,
        plan: Name,
        digest: String,
        steps: Vec<Name>,
    },
    /// A firing started nothing, because its run of before is still going on.
    Dropped {
        at: Instant,
        rule: Name,
        #[serde(skip_serializing_if = "Key::is_empty")]
        key: Key,
        running: Name,
    },
    /// The engine asked the host to do something.
    Perform(Effect),
    /// The host answered.
    Outcome {
        #[serde(flatten)]
        effect: Effect,
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// A run came to rest.
    Ended {
        at: Instant,
        run: Name,
        #[serde(flatten)]
        end: End,
    },
    /// A line of the stream was of no use.
    Refused { line: u64, message: String },
    /// The last line: everything counted.
    Summary(Summary),
}

/// A rule fired.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fired {
    pub(crate) at: Instant,
    pub(crate) rule: Name,
    #[serde(skip_serializing_if = "Key::is_empty")]
    pub(crate) key: Key,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<Pattern>,
    pub(crate) priority: Priority,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) systems: Vec<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workflow: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimate_ns: Option<(i64, i64)>,
}

/// A trigger changed its state.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Transition {
    pub(crate) at: Instant,
    pub(crate) rule: Name,
    #[serde(skip_serializing_if = "Key::is_empty")]
    pub(crate) key: Key,
    pub(crate) reason: Name,
}

/// What the engine asks of the host.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Effect {
    pub(crate) at: Instant,
    pub(crate) run: Name,
    pub(crate) step: Name,
    pub(crate) system: Name,
    #[serde(flatten)]
    pub(crate) action: Action,
    pub(crate) epoch: u32,
    pub(crate) attempt: u32,
}

/// What is done to a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub(crate) enum Action {
    /// It is activated.
    Activate,
    /// Somebody looks whether it is active.
    Verify,
    /// Its activation is reversed.
    Undo {
        /// How.
        undo: Name,
    },
}

/// What the simulated host says of an effect.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It was done.
    Succeeded {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// It was not done.
    Failed { class: Name, clean: bool },
    /// No answer comes; written when the effect is asked for.
    Silent,
}

/// How a run came to rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub(crate) enum End {
    /// All that was asked for is active.
    Completed,
    /// What is critical is active; these steps are not.
    CompletedWithFailures { failed: Vec<Name> },
    /// Everything that was started is undone.
    RolledBack { cause: String },
    /// Something could not be undone.
    Stuck { cause: String, residue: Vec<Name>, held: Vec<Name> },
}

/// Everything counted.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Lines that were fed to the engine.
    pub(crate) inputs: usize,
    /// Lines that were refused.
    pub(crate) refused: usize,
    /// The instant of the first input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Instant>,
    /// The instant of the last input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Instant>,
    /// Every rule of the book, with what it did.
    pub(crate) rules: BTreeMap<Name, Counts>,
}

impl Summary {
    /// Whether every line was of use and every run completed.
    pub(crate) fn is_fine(&self) -> bool {
        self.refused == 0 && self.total().incomplete() == 0
    }

    /// The counts of all rules together.
    pub(crate) fn total(&self) -> Counts {
        let mut total = Counts::default();
        for counts in self.rules.values() {
            total.fired += counts.fired;
            total.dropped += counts.dropped;
            total.faults += counts.faults;
            total.completed += counts.completed;
            total.completed_with_failures += counts.completed_with_failures;
            total.rolled_back += counts.rolled_back;
            total.stuck += counts.stuck;
            total.open += counts.open;
        }
        total
    }
}

/// What one rule did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) fired: usize,
    pub(crate) dropped: usize,
    pub(crate) faults: usize,
    pub(crate) completed: usize,
    pub(crate) completed_with_failures: usize,
    pub(crate) rolled_back: usize,
    pub(crate) stuck: usize,
    /// Runs that had not come to rest at the end of the replay.
    pub(crate) open: usize,
}

impl Counts {
    /// Runs that did not complete.
    pub(crate) const fn incomplete(&self) -> usize {
        self.completed_with_failures + self.rolled_back + self.stuck + self.open
    }
}
