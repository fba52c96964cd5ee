//! What an execution tells the host. Knows nothing of how it comes to that.

use pso_graph::{Condition, Plan, StepId};
use ptms_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::end::End;
use crate::key::{Effect, EffectKey};
use crate::record::Record;

/// What an execution tells the host.
///
/// ```
/// use ptms_executor::{End, Execution, Output};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::default(), "r1", plan);
/// let mut outputs = Vec::new();
/// loop {
///     match run.poll() {
///         Output::Record(seq, _) => outputs.push(format!("record {seq}")),
///         Output::Perform { effect, after } => outputs.push(format!("{effect}, after record {after}")),
///         Output::Decide { .. } | Output::Abandon { .. } => {}
///         Output::Wait(_) | Output::Done(_) => break,
///     }
/// }
/// assert_eq!(outputs, ["record 0", "record 1", "activate PDT for step PDT, after record 1"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Append this to the journal, under this sequence number.
    Record(u64, Record),
    /// Make this attempt at an effect.
    Perform {
        /// What to do.
        effect: Effect,
        /// Not before the record with this sequence number, and all before it, are durable.
        after: u64,
    },
    /// Say by [`Input::Verdict`](crate::Input::Verdict) whether a condition holds. It is asked for again after a recovery.
    Decide {
        /// Where in the plan it stands.
        question: Question,
        /// What is to hold.
        condition: Condition,
    },
    /// Stop caring about this attempt: its time is over. An answer can still be handed in, and is
    /// accounted for.
    Abandon {
        /// What was asked for.
        key: EffectKey,
        /// Which attempt.
        attempt: u32,
    },
    /// Nothing more until the next outcome, or until this instant, when [`Input::Wake`](crate::Input::Wake) is due.
    Wait(Option<Timestamp>),
    /// The run has ended. A late outcome can still be handed in and can change the account.
    Done(End),
}

/// Which condition of a plan is asked about.
///
/// ```
/// use ptms_executor::Question;
///
/// assert_eq!(serde_json::to_string(&Question::Criterion(0)).unwrap(), r#"{"criterion":0}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The guard of this step, when its turn comes.
    Step(StepId),
    /// The success criterion at this position of [`Plan::success`], once all steps have ended.
    Criterion(u32),
}

impl Question {
    /// What is to hold; `None` where the plan has no such condition.
    #[must_use]
    pub fn condition(self, plan: &Plan) -> Option<&Condition> {
        match self {
            Self::Step(step) => Some(&plan.step(step)?.when.as_ref()?.condition),
            Self::Criterion(index) => Some(&plan.success().get(index as usize)?.condition),
        }
    }
}
