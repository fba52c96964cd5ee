//! What the host says of an effect. Knows nothing of what follows from it.

use std::fmt;

use ptms_core::{Name, Value};
use serde::{Deserialize, Serialize};

/// The most that an effect can give back, in bytes of its texts and eight for every other scalar. Outputs
/// are kept in the journal; who has more to say stores it and gives back where.
pub const MAX_OUTPUT: usize = 64 * 1024;

/// What became of one attempt at an effect.
///
/// A host that cannot tell says [`Outcome::Unknown`]; one that says nothing until the time-out is taken
/// to have said so. That keeps an effect which may yet have happened from being forgotten.
///
/// ```
/// use ptms_executor::Outcome;
///
/// assert_eq!(Outcome::Succeeded(Some(true.into())).to_string(), "succeeded (true)");
/// let refused = Outcome::Failed { class: "refused".into(), clean: true };
/// assert_eq!(refused.to_string(), "failed cleanly (refused)");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It happened; with what it gave back, if anything.
    Succeeded(Option<Value>),
    /// It did not happen as asked.
    Failed {
        /// What kind of failure, in the host's words.
        class: Name,
        /// Whether *definitely nothing* of it remains. If in doubt, say `false`: it is then undone.
        clean: bool,
    },
    /// Nobody can tell. It is verified or undone.
    Unknown,
}

impl Outcome {
    /// How much it gives back, as [`MAX_OUTPUT`] counts it.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Succeeded(Some(output)) => size(output),
            _ => 0,
        }
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::List(items) => items.iter().map(size).sum(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => 8,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded(None) => out.write_str("succeeded"),
            Self::Succeeded(Some(output)) => write!(out, "succeeded ({output})"),
            Self::Failed { class, clean: true } => write!(out, "failed cleanly ({class})"),
            Self::Failed { class, clean: false } => write!(out, "failed ({class})"),
            Self::Unknown => out.write_str("unknown"),
        }
    }
}
