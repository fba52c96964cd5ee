//! Why something was refused. Whatever is refused has changed nothing.

use pso_graph::{Step, StepId};
use ptms_core::{Name, Timestamp};

use crate::key::RunId;
use crate::outcome::MAX_OUTPUT;
use crate::record::{Call, FORMAT};
use crate::step::{Event, StepState};

/// Why [`Execution::handle`](crate::Execution::handle) refused an input. The execution is unchanged.
///
/// ```
/// use ptms_core::Timestamp;
/// use ptms_executor::{Execution, Input};
/// # use ptms_core::SystemSpec;
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::from_secs(60), "r1", plan);
/// let refused = run.handle(Timestamp::from_secs(59), Input::Wake).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "time ran backwards: 59.000000000 came after 60.000000000"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// The instant lies before one that was already handed in.
    #[error("time ran backwards: {now} came after {last}")]
    TimeBackwards {
        /// The instant of the input.
        now: Timestamp,
        /// The latest instant before it.
        last: Timestamp,
    },
    /// The outcome is for another run.
    #[error("the outcome is for run {given}, but this is run {run}")]
    OtherRun {
        /// The run of the outcome's key.
        given: RunId,
        /// This run.
        run: RunId,
    },
    /// The outcome gives back more than [`MAX_OUTPUT`].
    #[error("the output has {size} bytes; the limit is {MAX_OUTPUT}")]
    OutputTooLarge {
        /// How much it gives back.
        size: usize,
    },
    /// The outcome fits no effect that is waited for.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What does not fit the state of a run: an outcome for [`Execution::handle`](crate::Execution::handle),
/// or a record for [`replay`](crate::replay).
///
/// ```
/// use ptms_core::Timestamp;
/// use ptms_executor::{Execution, Input, Outcome, Output};
/// # use ptms_core::SystemSpec;
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let now = Timestamp::default();
/// let mut run = Execution::start(now, "r1", plan);
/// let effect = loop {
///     if let Output::Perform { effect, .. } = run.poll() {
///         break effect;
///     }
/// };
/// let unknown = Input::Outcome { effect: effect.key, attempt: 2, outcome: Outcome::Unknown };
/// assert_eq!(
///     run.handle(now, unknown).unwrap_err().to_string(),
///     "nobody asked for this effect of step PDT: activate, epoch 0, attempt 2"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The plan has fewer steps.
    #[error("the plan of the run has no step {}", .0.index())]
    NoSuchStep(StepId),
    /// The effect, or this attempt at it, was never issued.
    #[error("nobody asked for this effect of step {step}: {call}")]
    NotIssued {
        /// The id of the step.
        step: Name,
        /// The attempt.
        call: Call,
    },
    /// The attempt already has its answer.
    #[error("this effect of step {step} already has its answer: {call}")]
    AlreadyAnswered {
        /// The id of the step.
        step: Name,
        /// The attempt.
        call: Call,
    },
    /// A step in this state cannot change so. Only from records.
    #[error("step {step} is {state} and cannot {event}")]
    OutOfTurn {
        /// The id of the step.
        step: Name,
        /// Its state, for people.
        state: String,
        /// What should have changed it, for people.
        event: String,
    },
    /// The run cannot change so now, whatever its steps. Only from records.
    #[error("{0}")]
    Run(&'static str),
}

impl Refusal {
    pub(crate) fn out_of_turn(step: &Step, state: &StepState, event: &Event) -> Self {
        let (state, event) = (format!("{state:?}"), format!("{event:?}"));
        Self::OutOfTurn { step: step.id.clone(), state, event }
    }
}

/// Why records are no journal of a run.
///
/// ```
/// use ptms_executor::{ReplayError, replay};
///
/// assert_eq!(replay([]).unwrap_err(), ReplayError::Empty);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There are none.
    #[error("a journal has at least one record")]
    Empty,
    /// The first record does not hold the run and its plan.
    #[error("the first record of a journal says what was started; this one does not")]
    NotStarted,
    /// They were written by a newer version of this crate.
    #[error("the journal has format {found}; this version reads formats up to {FORMAT}")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// A record does not fit those before it.
    #[error("record {seq} does not fit those before it: {why}")]
    Record {
        /// Its position, from zero.
        seq: u64,
        /// Why not.
        why: Refusal,
    },
}
