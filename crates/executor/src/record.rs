//! The journal as data: what happened in a run, one change at a time. Knows nothing of how records are
//! stored.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use pso_graph::{Plan, StepId};
use ptms_core::{Name, Timestamp, Value};
use serde::{Deserialize, Serialize};

use crate::control::Command;
use crate::end::{Cause, End, Remains};
use crate::key::{Action, RunId};
use crate::outcome::Outcome;
use crate::output::Question;

/// The version of the format in which records are written now; the first record of a run carries it.
/// Older versions stay readable.
pub const FORMAT: u32 = 1;

/// One change of a run, and when.
///
/// The state of a run is a function of its records and of nothing else: see [`replay`](crate::replay).
///
/// ```
/// use ptms_executor::{Execution, Output, Record};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::from_nanos(7), "r1", plan);
/// let Output::Record(0, started) = run.poll() else { panic!("the first record comes first") };
/// let json = serde_json::to_string(&started).unwrap();
/// assert!(json.starts_with(r#"{"at":7,"change":{"started":{"format":1,"run":"r1","plan":{"#));
/// assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), started);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// When the engine was told, or decided.
    pub at: Timestamp,
    /// What changed.
    pub change: Change,
}

impl Record {
    /// A change at an instant.
    #[must_use]
    pub const fn new(at: Timestamp, change: Change) -> Self {
        Self { at, change }
    }
}

/// What changed in a run: what the host said, and what the engine decided. A decision is never made
/// again when records are replayed.
///
/// ```
/// use ptms_executor::{Change, End};
///
/// let ended = Change::Ended { end: End::Completed };
/// assert_eq!(serde_json::to_string(&ended).unwrap(), r#"{"ended":{"end":"completed"}}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The run began. Always the first record, and only the first.
    Started {
        /// The [`FORMAT`] of this and the following records.
        format: u32,
        /// The run.
        run: RunId,
        /// All that it will do.
        plan: Arc<Plan>,
        /// How many effects the host makes at once, where it has a limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_once: Option<NonZeroU32>,
        /// The parameters of the run.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        params: BTreeMap<Name, Value>,
    },
    /// The host is asked for an attempt at an effect.
    Issued {
        /// Which.
        call: Call,
        /// When silence begins to count as an unknown outcome.
        deadline: Timestamp,
    },
    /// The host answered an attempt, in time or late.
    Answered {
        /// Which.
        call: Call,
        /// The answer.
        outcome: Outcome,
    },
    /// The host did not answer an attempt in time, and is given up on. An activation then settles.
    TimedOut {
        /// Which.
        call: Call,
    },
    /// An activation that was given up has settled: no answer came, and its unknown outcome is acted on.
    Settled {
        /// Which.
        call: Call,
    },
    /// The host came back after its death, with what it found out of what was under way. What it says
    /// nothing of is unknown.
    Recovered {
        /// Numbers the owners of the journal; greater than all before.
        fence: u64,
        /// What it found out, by step.
        found: Vec<(Call, Recovery)>,
    },
    /// A person, or the engine above, said this of the run.
    Commanded {
        /// What.
        command: Command,
    },
    /// A step that failed is tried again.
    Retrying {
        /// Which.
        step: StepId,
        /// Whether under the same key, because nobody knows whether it came up; else anew in the next
        /// epoch, once nothing of it is there.
        same_key: bool,
        /// Not before this instant.
        due: Timestamp,
    },
    /// A step that failed is not tried again.
    Failed {
        /// Which.
        step: StepId,
    },
    /// A step has used up its attempts, and waits for a person to resume it.
    Exhausted {
        /// Which.
        step: StepId,
    },
    /// An undo that failed is tried again, under the same key.
    RetryingUndo {
        /// Of which step.
        step: StepId,
        /// Not before this instant.
        due: Timestamp,
    },
    /// The engine above is asked whether a condition holds.
    Asked {
        /// Which.
        #[serde(flatten)]
        question: Question,
    },
    /// Whether a condition holds. It is not asked for again.
    Judged {
        /// Which.
        #[serde(flatten)]
        question: Question,
        /// Whether it holds; `None` if nobody can tell.
        verdict: Option<bool>,
        /// What was read to find out, by name.
        read: BTreeMap<Name, Value>,
    },
    /// A step waits before it does anything.
    Waiting {
        /// Which.
        step: StepId,
        /// Until when at most.
        until: Option<Timestamp>,
    },
    /// A person had said no to a step before its turn came.
    Denied {
        /// Which.
        step: StepId,
    },
    /// A step cannot be given what it must be given, and fails.
    Lacking {
        /// Which.
        step: StepId,
        /// What it calls that.
        input: Name,
    },
    /// A step that only waits has done so.
    Passed {
        /// Which.
        step: StepId,
    },
    /// The instant has come for which a step was waiting.
    Due {
        /// Which.
        step: StepId,
    },
    /// A step will not be started.
    Skipped {
        /// Which.
        step: StepId,
        /// The step that it needs, which has ended without coming up.
        because: StepId,
    },
    /// From here on nothing new is activated, and what was started is undone.
    RollingBack {
        /// Why.
        cause: Cause,
    },
    /// It was a step's turn to be undone, and it has nothing to reverse.
    Cleared {
        /// Which.
        step: StepId,
    },
    /// It was a step's turn to be undone, and nobody can.
    Stranded {
        /// Which.
        step: StepId,
        /// Why.
        why: Remains,
    },
    /// It was a step's turn to be undone, and it stays up for one that remains.
    Held {
        /// Which.
        step: StepId,
        /// The step that needs it and remains, or is held itself.
        by: StepId,
    },
    /// The run ended. May come again, when a late outcome changes the account.
    Ended {
        /// How.
        end: End,
    },
}

/// What a host that came back found out of an effect that was under way when it died.
///
/// ```
/// use ptms_executor::{Outcome, Recovery};
///
/// let found = Recovery::Became(Outcome::Succeeded(None));
/// assert_eq!(serde_json::to_string(&found).unwrap(), r#"{"became":{"succeeded":null}}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// This became of it.
    Became(Outcome),
    /// It goes on, and its time-out begins anew.
    StillRunning,
}

/// One attempt at one effect of a run.
///
/// ```
/// use ptms_executor::{Change, Execution, Output};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::default(), "r1", plan);
/// run.poll();
/// let Output::Record(1, second) = run.poll() else { panic!("then what was decided") };
/// let Change::Issued { call, .. } = second.change else { panic!("the first step can start") };
/// assert_eq!(call.to_string(), "activate, epoch 0, attempt 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The step.
    pub step: StepId,
    /// What is done with it.
    pub action: Action,
    /// See [`EffectKey::epoch`](crate::EffectKey::epoch).
    pub epoch: u32,
    /// Which attempt, from one.
    pub attempt: u32,
}

impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, epoch, attempt, .. } = self;
        write!(out, "{action}, epoch {epoch}, attempt {attempt}")
    }
}
