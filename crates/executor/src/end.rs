//! How runs end, and why: plain data with names instead of numbers, so that an end can be read without
//! its plan.

use std::fmt;

use ptms_core::Name;
use serde::{Deserialize, Serialize};

/// How a run ended.
///
/// ```
/// use ptms_executor::{Cause, End, Failure, Fault, Remains, Residue};
///
/// let failure = Failure::new("deploy", Fault::TimedOut);
/// let end = End::Stuck {
///     residue: vec![Residue::new("migrate", Remains::Undeclared)],
///     held: vec!["backup".into()],
///     cause: Cause::Critical(failure),
/// };
/// assert_eq!(
///     end.to_string(),
///     "stuck: migrate declares no undo; kept up: backup; rolled back because deploy timed out"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every step is up or was skipped, and every success criterion is true.
    Completed,
    /// Every critical step is up. Steps that failed left nothing behind; steps that need them were
    /// skipped.
    CompletedWithFailures {
        /// The steps that failed, in the order in which they did.
        failed: Vec<Failure>,
        /// The success criteria that are not true, in the order of the plan.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unmet: Vec<Unmet>,
    },
    /// Nothing is up, and nothing remains of what had been started.
    RolledBack {
        /// Why.
        cause: Cause,
    },
    /// Something remains that should not. A person has to look.
    Stuck {
        /// What remains, in plan order. Can be empty after the end, when the last of it was undone
        /// late; then it is for the held steps that the run stays stuck.
        residue: Vec<Residue>,
        /// The steps that were left up in the rollback because something that remains needs them, in
        /// plan order.
        held: Vec<Name>,
        /// Why anything was to be undone.
        cause: Cause,
    },
    /// It was cancelled, and rolled back: nothing is up, and nothing remains.
    Cancelled,
    /// It was stuck, and a person has accepted what remains.
    Accepted {
        /// What remains, in plan order.
        residue: Vec<Residue>,
        /// The steps that stay up because something that remains needs them, in plan order.
        held: Vec<Name>,
        /// Why anything was to be undone.
        cause: Cause,
    },
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => out.write_str("completed"),
            Self::CompletedWithFailures { failed, unmet } => {
                let comma = if failed.is_empty() || unmet.is_empty() { "" } else { ", " };
                write!(out, "completed with failures: {}{comma}{}", Listed(failed), Listed(unmet))
            }
            Self::RolledBack { cause } => write!(out, "rolled back because {cause}"),
            Self::Stuck { residue, held, cause } => {
                out.write_str("stuck")?;
                remains(out, residue, held, cause)
            }
            Self::Cancelled => out.write_str("cancelled and rolled back"),
            Self::Accepted { residue, held, cause } => {
                out.write_str("accepted")?;
                remains(out, residue, held, cause)
            }
        }
    }
}

/// What remains, and why anything was undone.
fn remains(
    out: &mut fmt::Formatter<'_>,
    residue: &[Residue],
    held: &[Name],
    cause: &Cause,
) -> fmt::Result {
    if !residue.is_empty() {
        write!(out, ": {}", Listed(residue))?;
    }
    if !held.is_empty() {
        write!(out, "; kept up: {}", Listed(held))?;
    }
    match cause {
        Cause::NonCritical(_) => write!(out, "; went on although {cause}"),
        _ => write!(out, "; rolled back because {cause}"),
    }
}

/// Why steps of a run were undone.
///
/// ```
/// use ptms_executor::{Cause, Failure, Fault};
///
/// let cause = Cause::Critical(Failure::new("deploy", Fault::Unconfirmed));
/// assert_eq!(cause.to_string(), "deploy was not confirmed");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// A critical step failed, so the whole run was rolled back.
    Critical(Failure),
    /// Only non-critical steps failed, in this order, and only they were undone; the rest is up.
    NonCritical(Vec<Failure>),
    /// The run was cancelled.
    Cancelled,
    /// The run had completed, and then its undo was asked for.
    Requested,
    /// The run took longer than its workflow allows.
    TooLong,
    /// All steps had ended, and a required success criterion was not true.
    Criterion(Unmet),
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Critical(failure) => write!(out, "{failure}"),
            Self::NonCritical(failures) => write!(out, "{}", Listed(failures)),
            Self::Cancelled => out.write_str("it was cancelled"),
            Self::TooLong => out.write_str("it took too long"),
            Self::Requested => out.write_str("its undo was asked for"),
            Self::Criterion(unmet) => write!(out, "{unmet}"),
        }
    }
}

/// A step that failed, and how.
///
/// ```
/// use ptms_executor::{Failure, Fault};
///
/// let failure = Failure::new("deploy", Fault::Failed { class: "disk-full".into() });
/// assert_eq!(failure.to_string(), "deploy failed (disk-full)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The id of the step.
    pub step: Name,
    /// How it failed.
    pub fault: Fault,
}

impl Failure {
    /// The step failed in this way.
    #[must_use]
    pub fn new(step: impl Into<Name>, fault: Fault) -> Self {
        Self { step: step.into(), fault }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.step, self.fault)
    }
}

/// How a step failed.
///
/// ```
/// use ptms_executor::Fault;
///
/// assert_eq!(Fault::TimedOut.to_string(), "timed out");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The host said that it failed.
    Failed {
        /// What kind of failure, in the host's words.
        class: Name,
    },
    /// The host said that it cannot tell, and no verification found the step up.
    Unknown,
    /// The host said nothing until the time-out, and no verification found the step up.
    TimedOut,
    /// The host said that it succeeded, but no verification confirmed it.
    Unconfirmed,
    /// It was cancelled.
    Cancelled,
    /// A person said no.
    Denied,
    /// Nobody could tell whether its condition holds.
    Undecided,
    /// What it was to wait for did not come in time.
    NotInTime,
    /// Something that it must be given was not there.
    NoInput {
        /// What it calls that.
        input: Name,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { class } => write!(out, "failed ({class})"),
            Self::Unknown => out.write_str("had an unknown outcome"),
            Self::TimedOut => out.write_str("timed out"),
            Self::Unconfirmed => out.write_str("was not confirmed"),
            Self::Cancelled => out.write_str("was cancelled"),
            Self::Undecided => out.write_str("has a condition that nobody could tell"),
            Self::Denied => out.write_str("was denied"),
            Self::NotInTime => out.write_str("waited in vain"),
            Self::NoInput { input } => write!(out, "was not given its `{input}`"),
        }
    }
}

/// A success criterion that was not true once all steps had ended.
///
/// ```
/// use ptms_executor::Unmet;
///
/// assert_eq!(Unmet::new("mend", "ctx.up", Some(false)).to_string(), "`ctx.up` is not true");
/// assert_eq!(Unmet::new("mend", "ctx.up", None).to_string(), "nobody could tell whether `ctx.up`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unmet {
    /// The workflow that declares it.
    pub workflow: Name,
    /// What it says.
    pub text: Name,
    /// What was found: `Some(false)`, or `None` if nobody could tell.
    pub verdict: Option<bool>,
}

impl Unmet {
    /// The criterion of a workflow, and what was found instead of its truth.
    #[must_use]
    pub fn new(workflow: impl Into<Name>, text: impl Into<Name>, verdict: Option<bool>) -> Self {
        Self { workflow: workflow.into(), text: text.into(), verdict }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, verdict, .. } = self;
        match verdict {
            Some(_) => write!(out, "`{text}` is not true"),
            None => write!(out, "nobody could tell whether `{text}`"),
        }
    }
}

/// A step of which something remains, or may remain, that should not.
///
/// ```
/// use ptms_executor::{Remains, Residue};
///
/// let residue = Residue::new("migrate", Remains::UndoTimedOut);
/// assert_eq!(residue.to_string(), "the undo of migrate timed out");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Residue {
    /// The id of the step.
    pub step: Name,
    /// Why it remains.
    pub why: Remains,
}

impl Residue {
    /// The step remains for this reason.
    #[must_use]
    pub fn new(step: impl Into<Name>, why: Remains) -> Self {
        Self { step: step.into(), why }
    }
}

impl fmt::Display for Residue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = &self.step;
        match &self.why {
            Remains::Undeclared => write!(out, "{step} declares no undo"),
            Remains::UndoFailed { class } => write!(out, "the undo of {step} failed ({class})"),
            Remains::UndoUnknown => write!(out, "the undo of {step} had an unknown outcome"),
            Remains::UndoTimedOut => write!(out, "the undo of {step} timed out"),
            Remains::Pivot => write!(out, "there is no way back beyond {step}"),
            Remains::LateSuccess => write!(out, "{step} succeeded after the end of the run"),
        }
    }
}

/// Why something remains of a step.
///
/// ```
/// use ptms_executor::Remains;
///
/// let why = Remains::UndoFailed { class: "locked".into() };
/// assert_eq!(serde_json::to_string(&why).unwrap(), r#"{"undo_failed":{"class":"locked"}}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Remains {
    /// Nobody declared how it is undone.
    Undeclared,
    /// The host said that its undo failed.
    UndoFailed {
        /// What kind of failure, in the host's words.
        class: Name,
    },
    /// The host could not tell whether it was undone.
    UndoUnknown,
    /// The host did not answer its undo in time.
    UndoTimedOut,
    /// There is no way back beyond it.
    Pivot,
    /// It succeeded when the run had already ended without it, and nobody undoes it any more.
    LateSuccess,
}

impl Fault {
    /// The class by which a [`Retry`](ptms_core::Retry) knows it.
    pub(crate) fn class(&self) -> &str {
        match self {
            Self::Failed { class } => class,
            Self::Unknown | Self::TimedOut => "unknown",
            Self::Unconfirmed => "unconfirmed",
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
            Self::Undecided => "undecided",
            Self::NotInTime => "not-in-time",
            Self::NoInput { .. } => "no-input",
        }
    }
}

impl Remains {
    /// The class by which a [`Retry`](ptms_core::Retry) knows it.
    pub(crate) fn class(&self) -> &str {
        match self {
            Self::UndoFailed { class } => class,
            _ => "unknown",
        }
    }

    /// Whether an undo was tried.
    pub(crate) const fn is_of_undo(&self) -> bool {
        matches!(self, Self::UndoFailed { .. } | Self::UndoUnknown | Self::UndoTimedOut)
    }
}

/// Items with commas between them.
struct Listed<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(out, "{comma}{item}")?;
        }
        Ok(())
    }
}
