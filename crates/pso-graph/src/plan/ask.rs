//! What a run asks of the engine above it: conditions, with what their parameters stand for. Knows
//! nothing of what conditions mean.

use std::collections::BTreeMap;

use ptms_core::Name;
use ptms_core::step::{OnUnknown, Source};
use serde::{Deserialize, Serialize};

/// A condition that somebody wrote into a workflow. Conditions of one workflow with one text are the same.
///
/// ```
/// use pso_graph::Condition;
///
/// let condition: Condition =
///     serde_json::from_str(r#"{"workflow": "mend", "text": "param.hard"}"#).unwrap();
/// assert_eq!(condition.workflow, "mend");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Condition {
    /// The workflow that it is declared in.
    pub workflow: Name,
    /// What it says.
    pub text: Name,
    /// What the parameters of its workflow are, where that runs within another one: in terms of the
    /// outermost, whose own parameters are given to the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<Name, Source>,
}

/// Whether a step is done at all.
///
/// ```
/// use pso_graph::Guard;
/// use ptms_core::step::OnUnknown;
///
/// let guard: Guard = serde_json::from_str(
///     r#"{"workflow": "mend", "text": "ctx.cpu < 0.5", "on_unknown": "skip"}"#,
/// ).unwrap();
/// assert_eq!(guard.on_unknown, OnUnknown::Skip);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Guard {
    /// What must be true.
    #[serde(flatten)]
    pub condition: Condition,
    /// What becomes of the step where nobody can tell.
    #[serde(default)]
    pub on_unknown: OnUnknown,
}

/// What must be true once all steps have ended.
///
/// ```
/// use pso_graph::Success;
///
/// let success: Success =
///     serde_json::from_str(r#"{"workflow": "mend", "text": "ctx.up", "required": true}"#).unwrap();
/// assert!(success.required);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Success {
    /// What must be true.
    #[serde(flatten)]
    pub condition: Condition,
    /// Whether the run is undone where it is not; else the run only ends with a failure.
    pub required: bool,
}

/// That a step is done for each item of a list.
///
/// ```
/// use pso_graph::FanOut;
///
/// let fan: FanOut = serde_json::from_str(r#"{"over": {"param": "hosts"}, "max": 20}"#).unwrap();
/// assert_eq!((fan.over.to_string().as_str(), fan.max), ("param.hosts", 20));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FanOut {
    /// The list.
    pub over: Source,
    /// The most items; of more the step fails.
    pub max: u32,
}
