//! What a replay reports, one entry after the other. This is the schema of the transcript:
//! `docs/transcript.md` describes every kind and field, and a test compares the two. A journal holds the
//! same entries, to be read again.

use std::collections::BTreeMap;

use ptms::{Key, Name, Pattern, Priority, Value};
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// One thing that happened in a replay.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// A rule fired.
    Fired(Fired),
    /// A condition became true; its rule waits for its `for` or its cooldown.
    Pending(Transition),
    /// A trigger that was pending or firing no longer is.
    Resolved(Transition),
    /// The condition of a firing trigger has ended; the rule's `keep` keeps it firing for a while.
    Resolving(Transition),
    /// The condition became true again while `keep` kept the trigger firing.
    Recurred(Transition),
    /// A trigger is still firing, and its rule asks to be told again.
    Repeated(Fired),
    /// A condition is unknown, of a rule that asks to be told.
    Unknown {
        at: Instant,
        rule: Name,
        #[serde(default, skip_serializing_if = "Key::is_empty")]
        key: Key,
    },
    /// A condition could not be evaluated.
    Fault {
        at: Instant,
        rule: Name,
        #[serde(default, skip_serializing_if = "Key::is_empty")]
        key: Key,
        line: usize,
        column: usize,
        message: String,
    },
    /// A firing started a run.
    Started {
        at: Instant,
        run: Name,
        rule: Name,
        #[serde(default, skip_serializing_if = "Key::is_empty")]
        key: Key,
        plan: Name,
        digest: String,
        steps: Vec<Name>,
    },
    /// A firing starts nothing, because of the runs that go on.
    Dropped {
        at: Instant,
        rule: Name,
        #[serde(default, skip_serializing_if = "Key::is_empty")]
        key: Key,
        fired: Instant,
        running: Name,
    },
    /// A firing starts its run once those that go on have ended.
    Queued {
        at: Instant,
        rule: Name,
        #[serde(default, skip_serializing_if = "Key::is_empty")]
        key: Key,
        fired: Instant,
        running: Name,
    },
    /// The engine asked the host to do something.
    Perform(Effect),
    /// Whether a condition of a run holds, of a step or of its success; without `verdict` nobody can tell.
    Verdict {
        at: Instant,
        run: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<Name>,
        condition: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verdict: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        read: BTreeMap<Name, Value>,
    },
    /// The host answered.
    Outcome {
        #[serde(flatten)]
        effect: Effect,
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// A run came to rest.
    Ended(Ended),
    /// A key was not admitted: there are as many as its dimensions allow.
    KeyRefused { at: Instant, key: Key },
    /// A key left, with all that was known of it.
    Evicted { at: Instant, key: Key },
    /// The program went on with a journal.
    Resumed(Resumed),
    /// A line of the stream was of no use.
    Refused { line: u64, message: String },
    /// The last line: everything counted.
    Summary(Summary),
}

/// A rule fired.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fired {
    pub(crate) at: Instant,
    pub(crate) rule: Name,
    #[serde(default, skip_serializing_if = "Key::is_empty")]
    pub(crate) key: Key,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<Pattern>,
    pub(crate) priority: Priority,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) systems: Vec<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workflow: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimate_ns: Option<(i64, i64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) with: Vec<(Name, Value)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) without: Vec<Name>,
}

/// A trigger changed its state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transition {
    pub(crate) at: Instant,
    pub(crate) rule: Name,
    #[serde(default, skip_serializing_if = "Key::is_empty")]
    pub(crate) key: Key,
    pub(crate) reason: Name,
}

/// What the engine asks of the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What the host says of an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It was done.
    Succeeded {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// It was not done.
    Failed { class: Name, clean: bool },
    /// Nobody can tell.
    Unknown,
    /// No answer comes; written at the instant at which the effect is asked for.
    Silent,
}

/// A run came to rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) at: Instant,
    pub(crate) run: Name,
    pub(crate) end: End,
    /// The same, with all that belongs to it, in the engine's words.
    pub(crate) message: String,
    /// The steps that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) failed: Vec<Trouble>,
    /// The steps of which something remains that should not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) residue: Vec<Trouble>,
    /// The steps that were left up for the sake of what remains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) held: Vec<Name>,
}

/// How a run came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// All that was asked for is active.
    Completed,
    /// What is critical is active, something else is not.
    CompletedWithFailures,
    /// Everything that was started is undone.
    RolledBack,
    /// Something remains that should not.
    Stuck,
    /// It was cancelled, and everything that was started is undone.
    Cancelled,
    /// Something remains that should not, and a person has accepted that.
    Accepted,
}

impl End {
    /// All ends.
    pub(crate) const ALL: [Self; 6] = [
        Self::Completed,
        Self::CompletedWithFailures,
        Self::RolledBack,
        Self::Stuck,
        Self::Cancelled,
        Self::Accepted,
    ];

    /// The end as the transcript writes it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::CompletedWithFailures => "completed_with_failures",
            Self::RolledBack => "rolled_back",
            Self::Stuck => "stuck",
            Self::Cancelled => "cancelled",
            Self::Accepted => "accepted",
        }
    }
}

/// A step, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trouble {
    pub(crate) step: Name,
    pub(crate) why: String,
}

/// The program went on with a journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resumed {
    /// The last instant before; there is none if nothing had happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Instant>,
    /// Which owner of the journal goes on, from 1.
    pub(crate) fence: u64,
    /// The last line of the stream that had been taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// How many effects were under way.
    pub(crate) under_way: usize,
}

/// Everything counted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// Keys that were not admitted.
    pub(crate) keys_refused: usize,
    /// Keys that left.
    pub(crate) keys_evicted: usize,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The counter of the runs that came to rest so; or that did not.
    pub(crate) const fn runs(&mut self, end: Option<End>) -> &mut usize {
        match end {
            None => &mut self.open,
            Some(End::Completed) => &mut self.completed,
            Some(End::CompletedWithFailures) => &mut self.completed_with_failures,
            Some(End::RolledBack | End::Cancelled) => &mut self.rolled_back,
            Some(End::Stuck | End::Accepted) => &mut self.stuck,
        }
    }

    /// Runs that did not complete.
    pub(crate) const fn incomplete(&self) -> usize {
        self.completed_with_failures + self.rolled_back + self.stuck + self.open
    }
}
