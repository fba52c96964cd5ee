//! Named templates of steps.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Origin;
use crate::name::Name;
use crate::schema::FieldSpec;
use crate::step::StepSpec;
use crate::system::Reference;
use crate::time::Duration;

/// A condition that tells, once all steps have ended, whether the run has done what it was for.
///
/// ```
/// use ptms_core::Criterion;
///
/// assert!(!Criterion::new("ctx.error_rate < 0.01").required);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Criterion {
    /// The condition.
    pub text: Name,
    /// Whether the run is undone where it is not true; else the run only ends with a failure.
    pub required: bool,
    /// Where an author wrote it.
    pub origin: Option<Origin>,
}

impl Criterion {
    /// A criterion that is not required.
    #[must_use]
    pub fn new(text: impl Into<Name>) -> Self {
        Self { text: text.into(), required: false, origin: None }
    }
}

/// The declaration of a workflow.
///
/// ```
/// use ptms_core::{StepSpec, WorkflowSpec};
///
/// let workflow = WorkflowSpec::new("emergency-debugging", [StepSpec::new("collect", "PDT")]);
/// assert_eq!(workflow.steps.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkflowSpec {
    /// Its name.
    pub name: Name,
    /// What it is for, for people.
    pub description: Option<Name>,
    /// What a run of it is told, in the order of the declaration.
    pub params: Vec<FieldSpec>,
    /// Its steps, in the order of their declaration, which carries no meaning.
    pub steps: Vec<StepSpec>,
    /// Its phases, first to last.
    pub phases: Vec<Reference>,
    /// What must be true once all steps have ended.
    pub success: Vec<Criterion>,
    /// How long a run of it may take.
    pub deadline: Option<Duration>,
    /// Where an author declared it.
    pub origin: Option<Origin>,
}

impl WorkflowSpec {
    /// A workflow of these steps.
    #[must_use]
    pub fn new(name: impl Into<Name>, steps: impl IntoIterator<Item = StepSpec>) -> Self {
        let steps = steps.into_iter().collect();
        Self {
            name: name.into(),
            description: None,
            params: Vec::new(),
            steps,
            phases: Vec::new(),
            success: Vec::new(),
            deadline: None,
            origin: None,
        }
    }
}
