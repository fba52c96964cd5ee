//! How what a step did is reversed, and what becomes of the rest where that fails.

use serde::{Deserialize, Serialize};

use crate::name::Name;

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
    /// There is no way back beyond it: once it is up, or may be, it stays, with all that it needs.
    Pivot,
}

impl Undo {
    /// The action that reverses the step, if there is one.
    #[must_use]
    pub const fn action(&self) -> Option<&Name> {
        match self {
            Self::Action(action) => Some(action),
            Self::Undeclared | Self::Nothing | Self::Pivot => None,
        }
    }
}

/// What becomes of a rollback in which the undo of a step has failed for good.
///
/// ```
/// use ptms_core::OnUndoFailure;
///
/// assert_eq!(OnUndoFailure::default(), OnUndoFailure::Continue);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUndoFailure {
    /// It goes on with all but what the step needs, which stays up.
    #[default]
    Continue,
    /// Nothing more is undone until a person decides.
    Stop,
}
