//! Things that can be activated and undone.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Origin;
use crate::name::Name;
use crate::pool::Amount;
use crate::retry::Retry;
use crate::time::Duration;
use crate::trigger::Priority;
use crate::undo::{OnUndoFailure, Undo};

/// A name that a declaration refers to, with the place where it does.
///
/// ```
/// use ptms_core::system::Reference;
///
/// assert_eq!(Reference::from("PDT").name, "PDT");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// The name referred to.
    pub name: Name,
    /// Where an author wrote it; `None` for what was built in Rust.
    pub origin: Option<Origin>,
}

impl Reference {
    /// A reference that an author wrote at `origin`.
    #[must_use]
    pub fn new(name: impl Into<Name>, origin: Option<Origin>) -> Self {
        Self { name: name.into(), origin }
    }
}

impl From<&str> for Reference {
    fn from(name: &str) -> Self {
        Self::new(name, None)
    }
}

/// The declaration of a system.
///
/// ```
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.after.push("PDT".into());
/// assert_eq!(pat.after[0].name, "PDT");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SystemSpec {
    /// Its name.
    pub name: Name,
    /// What it is, for people.
    pub description: Option<Name>,
    /// A group it belongs to, for people.
    pub tier: Option<Name>,
    /// Decides between systems that could start at once.
    pub priority: Priority,
    /// Order alone: if both are in a plan, the named one comes first.
    pub after: Vec<Reference>,
    /// Must be active before this one starts; pulled into the plan.
    pub needs: Vec<Reference>,
    /// Pulled into the plan; its failure does not fail this one.
    pub wants: Vec<Reference>,
    /// Order alone, like `after`, that may be given up where it would close a circle.
    pub weak: Vec<Reference>,
    /// Systems that may never be active at the same time as this one, whichever of the two says so.
    pub conflicts: Vec<Reference>,
    /// Names of things that only one activation may write at a time. They are not declared elsewhere.
    pub exclusive: Vec<Reference>,
    /// What an effect on it takes from pools while it runs.
    pub uses: Vec<Amount>,
    /// What it takes from pools from its activation until it is undone.
    pub holds: Vec<Amount>,
    /// How long activating it takes.
    pub estimate: Option<Duration>,
    /// How long to wait for the outcome of an attempt before it counts as unknown.
    pub timeout: Option<Duration>,
    /// How long all attempts to activate it may take, with the waits between them.
    pub step_timeout: Option<Duration>,
    /// How long an attempt may give no sign of life before it counts as unknown.
    pub heartbeat: Option<Duration>,
    /// How long to wait for a late answer after the time-out, before the unknown outcome is acted on.
    pub settle: Option<Duration>,
    /// Whether an activation that may have happened can safely be asked for again under the same key.
    pub idempotent: bool,
    /// Whether an activation must be confirmed by a verification.
    pub verify: bool,
    /// How a failed activation is tried again; `None`: it is not.
    pub retry: Option<Retry>,
    /// How an activation is reversed.
    pub undo: Undo,
    /// How a failed undo is tried again; `None`: it is not.
    pub undo_retry: Option<Retry>,
    /// What becomes of a rollback in which its undo fails.
    pub on_undo_failure: OnUndoFailure,
    /// Where an author declared it.
    pub origin: Option<Origin>,
}

impl SystemSpec {
    /// A system that depends on nothing and whose undo is not declared.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            description: None,
            tier: None,
            priority: Priority::default(),
            after: Vec::new(),
            needs: Vec::new(),
            wants: Vec::new(),
            weak: Vec::new(),
            conflicts: Vec::new(),
            exclusive: Vec::new(),
            uses: Vec::new(),
            holds: Vec::new(),
            estimate: None,
            timeout: None,
            step_timeout: None,
            heartbeat: None,
            settle: None,
            idempotent: false,
            verify: false,
            retry: None,
            undo: Undo::Undeclared,
            undo_retry: None,
            on_undo_failure: OnUndoFailure::Continue,
            origin: None,
        }
    }
}
