//! One node of a plan.

use std::fmt;

use std::collections::BTreeMap;

use ptms_core::step::{Source, Wait};
use ptms_core::{Duration, Name, OnUndoFailure, Priority, Retry, Undo};
use serde::{Deserialize, Serialize};

use super::ask::{FanOut, Guard};
use super::claims::Claims;

/// The position of a step in its plan. Smaller ids come earlier in plan order.
///
/// An id means something only beside the plan that it came from.
///
/// ```
/// use pso_graph::{Catalog, Request};
/// use ptms_core::SystemSpec;
///
/// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
/// assert_eq!(plan.find("PDT").unwrap().index(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(u32);

impl StepId {
    pub(crate) const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The position in [`Plan::steps`](crate::Plan::steps).
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn as_u32(self) -> u32 {
        self.0
    }
}

/// Why a step is in its plan. Where several reasons hold, it is the first of these: it is a step of the
/// workflow; its system is named; the shortest chain of needs that leads to it from something critical;
/// the shortest chain of needs and wants. Ties go by name.
///
/// ```
/// use pso_graph::Why;
///
/// assert_eq!(Why::NeededBy("PAT".into()).to_string(), "needed by PAT");
/// assert_eq!(serde_json::to_string(&Why::WantedBy("PAT".into())).unwrap(), r#"{"wanted_by":"PAT"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// The workflow has this step.
    Workflow,
    /// The request names its system.
    Named,
    /// The system of the step with this id needs its system.
    NeededBy(Name),
    /// The system of the step with this id wants its system.
    WantedBy(Name),
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workflow => out.write_str("step of the workflow"),
            Self::Named => out.write_str("named"),
            Self::NeededBy(step) => write!(out, "needed by {step}"),
            Self::WantedBy(step) => write!(out, "wanted by {step}"),
        }
    }
}

/// One activation of a system, or one wait, with everything that its workflow and its system say of it settled.
///
/// ```
/// use pso_graph::{Catalog, Request, limit};
/// use ptms_core::SystemSpec;
///
/// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
/// let step = &plan.steps()[0];
/// assert_eq!((step.id.as_str(), step.critical, step.timeout), ("PDT", true, limit::DEFAULT_TIMEOUT));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Its name, unique in the plan: that of the workflow's step, or else of the system.
    pub id: Name,
    /// The system that it activates; `None` where it only waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Name>,
    /// The phase of the workflow that it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Name>,
    /// Decides between steps that could start at once.
    #[serde(default)]
    pub priority: Priority,
    /// Whether its failure undoes the run.
    pub critical: bool,
    /// Whether it is done at all; asked once, when its turn comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Guard>,
    /// What it waits for before it does anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Whether it is done for each item of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<FanOut>,
    /// What its system is given, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub input: BTreeMap<Name, Source>,
    /// Whether an activation must be confirmed by a verification.
    pub verify: bool,
    /// How a failed activation is tried again; `None`: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How it is reversed.
    pub undo: Undo,
    /// How a failed undo is tried again; `None`: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_retry: Option<Retry>,
    /// What becomes of a rollback in which its undo fails.
    #[serde(default)]
    pub on_undo_failure: OnUndoFailure,
    /// How long to wait for the outcome of an attempt before it counts as unknown.
    #[serde(rename = "timeout_ns")]
    pub timeout: Duration,
    /// How long all its attempts may take, with the waits between them.
    #[serde(default, rename = "step_timeout_ns", skip_serializing_if = "Option::is_none")]
    pub step_timeout: Option<Duration>,
    /// How long an attempt may give no sign of life before it counts as unknown.
    #[serde(default, rename = "heartbeat_ns", skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Duration>,
    /// How long to wait for a late answer after the time-out, before the unknown outcome is acted on.
    #[serde(rename = "settle_ns")]
    pub settle: Duration,
    /// Whether an activation that may have happened can safely be asked for again under the same key.
    pub idempotent: bool,
    /// How long it takes, where somebody has said.
    #[serde(rename = "estimate_ns")]
    pub estimate: Option<Duration>,
    /// What it takes for itself.
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims,
    /// The length of the longest path to it, from 0: the position of its wave in
    /// [`Plan::waves`](crate::Plan::waves). Steps of one wave do not wait for each other.
    pub wave: u32,
    /// Why it is in the plan.
    pub why: Why,
}

impl Step {
    /// How often it may be up at once: once for each item, where it is done for each of a list.
    pub(crate) fn times(&self) -> u64 {
        self.for_each.as_ref().map_or(1, |each| each.max.into())
    }

    /// What people know it by: its system, or itself where it has none.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.system.as_ref().unwrap_or(&self.id)
    }
}
