//! Named templates of steps.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Origin;
use crate::name::Name;
use crate::system::Reference;
use crate::time::Duration;

/// How what a step did is reversed.
///
/// ```
/// use ptms_core::Undo;
///
/// assert_eq!(Undo::default(), Undo::Undeclared);
/// assert_eq!(Undo::Action("restore".into()).action().unwrap(), "restore");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undo {
    /// Nobody has said; a rollback across the step ends stuck and names it.
    #[default]
    Undeclared,
    /// There is nothing to reverse.
    Nothing,
    /// The action that reverses it.
    Action(Name),
}

impl Undo {
    /// The action that reverses the step, if there is one.
    #[must_use]
    pub const fn action(&self) -> Option<&Name> {
        match self {
            Self::Action(action) => Some(action),
            Self::Undeclared | Self::Nothing => None,
        }
    }
}

/// The declaration of one step of a workflow. What it leaves open, its system decides.
///
/// ```
/// use ptms_core::StepSpec;
///
/// let mut review = StepSpec::new("review", "PAT");
/// review.needs.push("collect".into());
/// assert!(review.critical);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepSpec {
    /// Its name within the workflow.
    pub id: Name,
    /// The system that it activates, with the place where the author names it.
    pub system: Reference,
    /// Steps that must have succeeded before this one starts.
    pub needs: Vec<Reference>,
    /// Steps that must have ended, however, before this one starts.
    pub wants: Vec<Reference>,
    /// Steps that must have ended or been skipped before this one starts.
    pub after: Vec<Reference>,
    /// The phase of the workflow that it belongs to, if any: it starts once all steps of earlier phases
    /// have ended or been skipped.
    pub phase: Option<Reference>,
    /// Whether its failure undoes the run.
    pub critical: bool,
    /// Whether an activation must be confirmed; `None` leaves it to the system.
    pub verify: Option<bool>,
    /// How it is reversed; `None` leaves it to the system.
    pub undo: Option<Undo>,
    /// How long to wait for an outcome before it counts as unknown; `None` leaves it to the system.
    pub timeout: Option<Duration>,
    /// How long to wait for a late answer after the time-out; `None` leaves it to the system.
    pub settle: Option<Duration>,
    /// Whether an activation that may have happened can safely be asked for again under the same key;
    /// `None` leaves it to the system.
    pub idempotent: Option<bool>,
    /// How long it takes; `None` leaves it to the system.
    pub estimate: Option<Duration>,
    /// Where an author declared it.
    pub origin: Option<Origin>,
}

impl StepSpec {
    /// A critical step that depends on nothing and leaves the rest to its system.
    #[must_use]
    pub fn new(id: impl Into<Name>, system: impl Into<Name>) -> Self {
        Self {
            id: id.into(),
            system: Reference::new(system, None),
            needs: Vec::new(),
            wants: Vec::new(),
            after: Vec::new(),
            phase: None,
            critical: true,
            verify: None,
            undo: None,
            timeout: None,
            settle: None,
            idempotent: None,
            estimate: None,
            origin: None,
        }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkflowSpec {
    /// Its name.
    pub name: Name,
    /// What it is for, for people.
    pub description: Option<Name>,
    /// Its steps, in the order of their declaration, which carries no meaning.
    pub steps: Vec<StepSpec>,
    /// Its phases, first to last.
    pub phases: Vec<Reference>,
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
            steps,
            phases: Vec::new(),
            deadline: None,
            origin: None,
        }
    }
}
