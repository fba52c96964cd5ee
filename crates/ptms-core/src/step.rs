//! The steps of workflows.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Origin;
use crate::name::Name;
use crate::retry::Retry;
use crate::system::Reference;
use crate::time::Duration;
use crate::undo::{OnUndoFailure, Undo};
use crate::value::Value;

/// What a step does when its turn has come.
///
/// ```
/// use ptms_core::StepSpec;
/// use ptms_core::step::Does;
///
/// assert!(matches!(StepSpec::new("collect", "PDT").does, Does::Activate(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Does {
    /// It activates this system.
    Activate(Reference),
    /// It runs this workflow, whose steps take its place. No plan can be made of that yet: a catalog
    /// refuses it as a fault.
    Run(Reference),
    /// Nothing: it only waits.
    Nothing,
}

/// What a step waits for before it does anything.
///
/// ```
/// use ptms_core::step::{Awaited, Wait};
/// use ptms_core::Duration;
///
/// let mut wait = Wait::new(Awaited::Signal("built".into()));
/// wait.deadline = Some(Duration::from_secs(60));
/// assert_eq!(wait.to_string(), "signal `built`, at most 1m");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Wait {
    /// What ends it.
    #[serde(rename = "for")]
    pub awaited: Awaited,
    /// After this long the step fails, and nothing of it remains.
    #[serde(default, rename = "deadline_ns", skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
}

impl Wait {
    /// A wait without end.
    #[must_use]
    pub const fn new(awaited: Awaited) -> Self {
        Self { awaited, deadline: None }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.awaited {
            Awaited::Signal(name) => write!(out, "signal `{name}`")?,
            Awaited::Approval(name) => write!(out, "approval `{name}`")?,
            Awaited::Timer(span) => write!(out, "{span}")?,
        }
        self.deadline.iter().try_for_each(|deadline| write!(out, ", at most {deadline}"))
    }
}

/// What ends a wait.
///
/// ```
/// use ptms_core::step::Awaited;
///
/// let approval = Awaited::Approval("release".into());
/// assert_eq!(serde_json::to_string(&approval).unwrap(), r#"{"approval":"release"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Awaited {
    /// The host says that this has happened; earlier counts too.
    Signal(Name),
    /// A person says yes to this; a no fails the step.
    Approval(Name),
    /// So much time has passed since the step could have started.
    #[serde(rename = "timer_ns")]
    Timer(Duration),
}

/// Whether a step is done at all, decided when its turn comes.
///
/// ```
/// use ptms_core::step::Guard;
/// use ptms_core::step::OnUnknown;
///
/// let guard = Guard::new("ctx.phase != \"deployment\"");
/// assert_eq!(guard.on_unknown, OnUnknown::Fail);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Guard {
    /// The condition.
    pub text: Name,
    /// What becomes of the step where nobody can tell.
    pub on_unknown: OnUnknown,
    /// Where an author wrote it.
    pub origin: Option<Origin>,
}

impl Guard {
    /// A guard that fails its step where nobody can tell.
    #[must_use]
    pub fn new(text: impl Into<Name>) -> Self {
        Self { text: text.into(), on_unknown: OnUnknown::Fail, origin: None }
    }
}

/// What becomes of a step whose guard is unknown.
///
/// ```
/// use ptms_core::step::OnUnknown;
///
/// assert_eq!(serde_json::to_string(&OnUnknown::Skip).unwrap(), r#""skip""#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// It fails, and nothing of it remains.
    #[default]
    Fail,
    /// It is skipped, as if the guard were false.
    Skip,
    /// It is done, as if the guard were true.
    Run,
}

/// Where a value that a step is given comes from.
///
/// ```
/// use ptms_core::step::Source;
///
/// let source = Source::Output { step: "collect".into(), path: vec!["path".into()] };
/// assert_eq!(source.to_string(), "step.collect.output.path");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// It is written down.
    Value(Value),
    /// A parameter of the workflow.
    Param(Name),
    /// What an earlier step gave back, or, along the path, a part of it.
    Output {
        /// The step.
        step: Name,
        /// The way into what it gave back; empty for all of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        path: Vec<Name>,
    },
    /// The item of which a step that is done for each of a list is told.
    Item,
    /// Something that only the host knows and that is never written down.
    Secret(Name),
}

/// As an author writes it.
impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(out, "{value}"),
            Self::Param(name) => write!(out, "param.{name}"),
            Self::Output { step, path } => {
                write!(out, "step.{step}.output")?;
                path.iter().try_for_each(|part| write!(out, ".{part}"))
            }
            Self::Item => out.write_str("item"),
            Self::Secret(name) => write!(out, "secret.{name}"),
        }
    }
}

/// That a step is done once for each item of a list.
///
/// ```
/// use ptms_core::step::{ForEach, Source};
///
/// let each = ForEach::new(Source::Param("hosts".into()), 20);
/// assert_eq!(each.over.source.to_string(), "param.hosts");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ForEach {
    /// The list.
    pub over: Given,
    /// The most items; of more the step fails. From 1 to [`ForEach::MAX_ITEMS`].
    pub max: u32,
}

impl ForEach {
    /// The most items that a step can be done for: what belongs together is undone together, and nobody
    /// oversees more.
    pub const MAX_ITEMS: u32 = 10_000;

    /// For each item of this list, of which there are at most so many.
    #[must_use]
    pub fn new(over: impl Into<Given>, max: u32) -> Self {
        Self { over: over.into(), max }
    }
}

/// A [`Source`] with where an author wrote it.
///
/// ```
/// use ptms_core::step::{Given, Source};
///
/// assert_eq!(Given::from(Source::Item).origin, None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Given {
    /// Where the value comes from.
    pub source: Source,
    /// Where an author wrote it.
    pub origin: Option<Origin>,
}

impl Given {
    /// A source that an author wrote at `origin`.
    #[must_use]
    pub const fn new(source: Source, origin: Option<Origin>) -> Self {
        Self { source, origin }
    }
}

impl From<Source> for Given {
    fn from(source: Source) -> Self {
        Self::new(source, None)
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepSpec {
    /// Its name within the workflow.
    pub id: Name,
    /// What it does, with the place where the author names it.
    pub does: Does,
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
    /// Whether it is done at all; asked once, when its turn comes.
    pub when: Option<Guard>,
    /// What it waits for before it does anything, once its turn has come and its guard holds.
    pub wait: Option<Wait>,
    /// Whether it is done for each item of a list.
    pub for_each: Option<ForEach>,
    /// What its system, or the workflow that it runs, is given: by name.
    pub input: BTreeMap<Name, Given>,
    /// Whether an activation must be confirmed; `None` leaves it to the system.
    pub verify: Option<bool>,
    /// How a failed activation is tried again; `None` leaves it to the system.
    pub retry: Option<Retry>,
    /// How it is reversed; `None` leaves it to the system.
    pub undo: Option<Undo>,
    /// How a failed undo is tried again; `None` leaves it to the system.
    pub undo_retry: Option<Retry>,
    /// What becomes of a rollback in which its undo fails; `None` leaves it to the system.
    pub on_undo_failure: Option<OnUndoFailure>,
    /// How long to wait for the outcome of an attempt before it counts as unknown; `None` leaves it to
    /// the system.
    pub timeout: Option<Duration>,
    /// How long all its attempts may take, with the waits between them; `None` leaves it to the system.
    pub step_timeout: Option<Duration>,
    /// How long an attempt may give no sign of life before it counts as unknown; `None` leaves it to the
    /// system.
    pub heartbeat: Option<Duration>,
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
    /// A critical step that activates a system, depends on nothing and leaves the rest to its system.
    #[must_use]
    pub fn new(id: impl Into<Name>, system: impl Into<Name>) -> Self {
        Self::doing(id, Does::Activate(Reference::new(system, None)))
    }

    /// A critical step that does this and depends on nothing.
    #[must_use]
    pub fn doing(id: impl Into<Name>, does: Does) -> Self {
        Self {
            id: id.into(),
            does,
            needs: Vec::new(),
            wants: Vec::new(),
            after: Vec::new(),
            phase: None,
            critical: true,
            when: None,
            wait: None,
            for_each: None,
            input: BTreeMap::new(),
            verify: None,
            retry: None,
            undo: None,
            undo_retry: None,
            on_undo_failure: None,
            timeout: None,
            step_timeout: None,
            heartbeat: None,
            settle: None,
            idempotent: None,
            estimate: None,
            origin: None,
        }
    }

    /// The system that it activates, with the place where the author names it.
    #[must_use]
    pub const fn system(&self) -> Option<&Reference> {
        match &self.does {
            Does::Activate(system) => Some(system),
            Does::Run(_) | Does::Nothing => None,
        }
    }
}
