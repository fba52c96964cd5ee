//! What a person, or the engine above, says of a run as a whole: to stop, to hold on, to go on, to take it
//! back, and what becomes of what could not be undone. Knows nothing of what follows from it.

use std::fmt;

use pso_graph::StepId;
use ptms_core::Name;
use serde::{Deserialize, Serialize};

/// A word about a run that is no answer to anything that was asked. Each is journalled, and holds after
/// a crash as before it.
///
/// ```
/// use ptms_core::{SystemSpec, Timestamp};
/// use ptms_executor::{Command, End, Execution, Input, Outcome, Output};
/// use pso_graph::{Catalog, Request};
///
/// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
/// let now = Timestamp::default();
/// let mut run = Execution::start(now, "r1", plan);
/// let effect = loop {
///     if let Output::Perform { effect, .. } = run.poll() {
///         break effect;
///     }
/// };
/// run.handle(now, Input::Command(Command::Cancel))?;
/// // What is under way is awaited, because it might have happened; here the host could stop it.
/// let outcome = Outcome::Failed { class: "stopped".into(), clean: true };
/// run.handle(now, Input::Outcome { effect: effect.key, attempt: effect.attempt, outcome })?;
/// assert_eq!(run.state().end(), Some(&End::Cancelled));
/// # Ok::<(), ptms_executor::HandleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Starts nothing more, gives up what is under way, and rolls back. Changes nothing in a rollback.
    Cancel,
    /// Gives one step up: it ends by its own late answer, or unknown, and is not tried again. A step
    /// that has not begun fails.
    CancelStep(StepId),
    /// Begins no activation and no undo in this scope. What is under way goes on, and so does time.
    Pause(Scope),
    /// Ends a pause of the very same scope.
    Resume(Scope),
    /// Undoes a run that has completed.
    Undo,
    /// This has happened. Steps wait for it, now or later; what no step waits for is refused.
    Signal(Name),
    /// A person says yes or no to this. What was said first stands.
    Approval {
        /// To what.
        name: Name,
        /// Whether it is a yes.
        granted: bool,
    },
    /// What becomes of a step that is stuck, or is held for one that is no longer.
    Resolve {
        /// Which.
        step: StepId,
        /// What becomes of it.
        resolution: Resolution,
    },
}

/// How much of a run a pause is about.
///
/// ```
/// use ptms_executor::Scope;
///
/// assert_eq!(Scope::Phase("contain".into()).to_string(), "phase contain");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of it.
    Run,
    /// The steps of a phase.
    Phase(Name),
    /// One step.
    Step(StepId),
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => out.write_str("run"),
            Self::Phase(phase) => write!(out, "phase {phase}"),
            Self::Step(step) => write!(out, "step {}", step.index()),
        }
    }
}

/// What a person decides of a step of which something remains.
///
/// ```
/// use ptms_executor::Resolution;
///
/// assert_eq!(serde_json::to_string(&Resolution::Retry).unwrap(), r#""retry""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Its undo is asked for once more.
    Retry,
    /// Nothing of it remains: somebody has seen to it.
    Undone,
    /// It stays as it is.
    Accept,
}
