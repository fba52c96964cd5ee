//! What the host is asked to do, and the keys by which it and the engine speak of it. Knows nothing of
//! when an effect is due or what came of it.

use std::collections::BTreeMap;
use std::fmt;

use pso_graph::StepId;
use ptms_core::{Name, Timestamp, Value};
use serde::{Deserialize, Serialize};

/// What tells runs apart: any text that the host, or the engine above, makes unique.
///
/// ```
/// use ptms_executor::RunId;
///
/// let run = RunId::from("error-cascade-1");
/// assert_eq!(run.as_str(), "error-cascade-1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Name);

impl RunId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<T: Into<Name>> From<T> for RunId {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

/// What is done with the system of a step.
///
/// ```
/// use ptms_executor::Action;
///
/// assert_eq!(Action::Undo("restore".into()).to_string(), "undo by restore");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Bring it up.
    Activate,
    /// Look whether it is up, and change nothing. The answer is
    /// [`Succeeded`](crate::Outcome::Succeeded) with `true` or `false`; any other is inconclusive.
    Verify,
    /// Reverse the activation by the action that the step declares.
    Undo(Name),
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activate => out.write_str("activate"),
            Self::Verify => out.write_str("verify"),
            Self::Undo(action) => write!(out, "undo by {action}"),
        }
    }
}

/// What tells effects apart, for ever: its text is fit to be an idempotency key.
///
/// ```
/// use ptms_executor::{Execution, Output};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::default(), "r1", plan);
/// let effect = loop {
///     if let Output::Perform { effect, .. } = run.poll() {
///         break effect;
///     }
/// };
/// assert_eq!(effect.key.to_string(), "r1/0/activate/0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EffectKey {
    /// The run.
    pub run: RunId,
    /// The step, by its position in the plan of the run.
    pub step: StepId,
    /// What is done.
    pub action: Action,
    /// Counts how often this is done anew, rather than tried again. Grows only after a definite
    /// failure or an undo; for an undo it counts the undos of the step.
    pub epoch: u32,
}

/// `run/step/action/epoch`.
impl fmt::Display for EffectKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = match self.action {
            Action::Activate => "activate",
            Action::Verify => "verify",
            Action::Undo(_) => "undo",
        };
        write!(out, "{}/{}/{action}/{}", self.run, self.step.index(), self.epoch)
    }
}

/// Something that a system is given.
///
/// ```
/// use ptms_executor::Argument;
///
/// let json = serde_json::to_string(&Argument::Secret("token".into())).unwrap();
/// assert_eq!(json, r#"{"secret":"token"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// This.
    Value(Value),
    /// What only the host knows under this name. It is never written down.
    Secret(Name),
}

/// One attempt at an effect that the host is asked to make.
///
/// ```
/// use ptms_executor::{Execution, Output};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::default(), "r1", plan);
/// let effect = loop {
///     if let Output::Perform { effect, .. } = run.poll() {
///         break effect;
///     }
/// };
/// assert_eq!((effect.system.as_str(), effect.attempt), ("PDT", 1));
/// assert_eq!(effect.to_string(), "activate PDT for step PDT");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// What tells it apart.
    pub key: EffectKey,
    /// Which attempt under this key, from one.
    pub attempt: u32,
    /// The id of the step.
    pub step: Name,
    /// The system that is to be activated, verified or undone.
    pub system: Name,
    /// What the system is given, by name; of one step the same for each of its effects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub input: BTreeMap<Name, Argument>,
    /// For an undo: the effects that it reverses, and whose later arrival it must make harmless. Else
    /// empty.
    pub reverses: Vec<EffectKey>,
    /// From this instant on silence counts as an unknown outcome.
    pub deadline: Timestamp,
    /// Numbers the owners of the journal. Who remembers the greatest that it has seen can refuse what
    /// an older owner still asks for. 0 until the first recovery.
    pub fence: u64,
}

impl fmt::Display for Effect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, attempt, step, system, .. } = self;
        match &key.action {
            Action::Activate => write!(out, "activate {system} for step {step}")?,
            Action::Verify => write!(out, "verify {system} for step {step}")?,
            Action::Undo(action) => write!(out, "undo {system} for step {step} by {action}")?,
        }
        if *attempt > 1 { write!(out, " (attempt {attempt})") } else { Ok(()) }
    }
}
