//! Patterns, priorities, triggers and firings: what rules say, as data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::life::Reason;
use crate::name::Name;
use crate::time::{Duration, Timestamp};
use crate::value::Value;

/// The category of what a rule detects.
///
/// ```
/// use ptms_core::Pattern;
///
/// assert_eq!(Pattern::from_name("performance"), Pattern::Performance);
/// assert_eq!(Pattern::from_name("weather").as_str(), "weather");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Name", into = "Name")]
#[non_exhaustive]
pub enum Pattern {
    /// Errors, alone or in cascades.
    Error,
    /// Slowness and exhausted resources.
    Performance,
    /// Markets, customers, revenue, launches.
    Business,
    /// Things to learn.
    Knowledge,
    /// Attacks and leaks.
    Security,
    /// A category of the author's own.
    Other(Name),
}

impl Pattern {
    /// The category that an author calls `name`.
    #[must_use]
    pub fn from_name(name: impl Into<Name>) -> Self {
        let name = name.into();
        match name.as_str() {
            "error" => Self::Error,
            "performance" => Self::Performance,
            "business" => Self::Business,
            "knowledge" => Self::Knowledge,
            "security" => Self::Security,
            _ => Self::Other(name),
        }
    }

    /// What an author calls this category.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Error => "error",
            Self::Performance => "performance",
            Self::Business => "business",
            Self::Knowledge => "knowledge",
            Self::Security => "security",
            Self::Other(name) => name,
        }
    }
}

impl From<Name> for Pattern {
    fn from(name: Name) -> Self {
        Self::from_name(name)
    }
}

impl From<Pattern> for Name {
    fn from(pattern: Pattern) -> Self {
        Self::from(pattern.as_str())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// How urgent a rule or system is. Orders from least to most urgent; the default is medium.
///
/// ```
/// use ptms_core::Priority;
///
/// assert!(Priority::Critical > Priority::High);
/// assert_eq!("low".parse(), Ok(Priority::Low));
/// assert_eq!(Priority::default().to_string(), "medium");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// When there is time.
    Low,
    /// As things come.
    #[default]
    Medium,
    /// Soon.
    High,
    /// Before anything else.
    Critical,
}

impl Priority {
    /// All priorities, most urgent first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// What an author calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a firing does while runs of its trigger are still going on. A trigger is a rule for one key, so
/// runs for other keys are not concerned.
///
/// ```
/// use ptms_core::RunMode;
///
/// assert_eq!(RunMode::default(), RunMode::Single);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunMode {
    /// It starts no run.
    #[default]
    Single,
    /// The run that goes on is cancelled, which undoes it; then a new one starts. Of several firings that
    /// come meanwhile the last one counts.
    Restart,
    /// It waits until the runs before it have ended.
    Queue {
        /// The most firings that wait; one more starts no run.
        max: usize,
    },
    /// It starts a run beside the others.
    Parallel {
        /// The most runs at once; one more firing starts no run.
        max: usize,
    },
}

impl RunMode {
    /// The `max` of a queue or of parallel runs where the author gives none.
    pub const DEFAULT_MAX: usize = 10;
    /// The greatest `max`.
    pub const GREATEST_MAX: usize = 1_000;
}

/// What becomes of the run of a trigger when the trigger resolves.
///
/// ```
/// use ptms_core::OnResolve;
///
/// assert_eq!(OnResolve::default(), OnResolve::Leave);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnResolve {
    /// The run goes on.
    #[default]
    Leave,
    /// The run is cancelled, which undoes it; firings that wait for it start none.
    Cancel,
}

/// The text is no priority.
///
/// ```
/// use ptms_core::Priority;
///
/// let refused = "urgent".parse::<Priority>().unwrap_err();
/// assert_eq!(refused.to_string(), "a priority is critical, high, medium or low");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a priority is critical, high, medium or low")]
#[non_exhaustive]
pub struct PriorityError;

impl FromStr for Priority {
    type Err = PriorityError;

    fn from_str(text: &str) -> Result<Self, PriorityError> {
        let found = Self::ALL.into_iter().find(|priority| priority.as_str() == text);
        found.ok_or(PriorityError)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// Where a trigger is in its life.
///
/// ```
/// use ptms_core::{Timestamp, TriggerState};
///
/// let since = Timestamp::from_secs(5);
/// assert!(TriggerState::Firing { since }.is_firing());
/// assert_eq!(serde_json::to_string(&TriggerState::Inactive).unwrap(), r#"{"state":"inactive"}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum TriggerState {
    /// The condition is not true.
    #[default]
    Inactive,
    /// The condition is true; the rule's `for` has not passed, or a cooldown or another rule holds it
    /// back.
    Pending {
        /// The instant at which the condition became true.
        since: Timestamp,
    },
    /// The trigger has fired and is not resolved.
    Firing {
        /// The instant at which it fired.
        since: Timestamp,
    },
    /// The condition has ended, and the rule's `keep` still keeps the trigger firing.
    Resolving {
        /// The instant at which it fired.
        since: Timestamp,
        /// The instant at which the condition ended.
        from: Timestamp,
    },
}

impl TriggerState {
    /// Whether the trigger has fired and is not resolved.
    #[must_use]
    pub const fn is_firing(self) -> bool {
        matches!(self, Self::Firing { .. } | Self::Resolving { .. })
    }
}

/// A rule's live state for one key.
///
/// ```
/// use ptms_core::{Key, Trigger};
///
/// let trigger = Trigger::new("error-cascade", Key::default());
/// assert_eq!(trigger.last_fire, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trigger {
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// Where it is in its life.
    #[serde(flatten)]
    pub state: TriggerState,
    /// When it last fired, from which its cooldown counts.
    pub last_fire: Option<Timestamp>,
}

impl Trigger {
    /// A trigger that has not seen anything.
    #[must_use]
    pub fn new(rule: impl Into<Name>, key: Key) -> Self {
        Self { rule: rule.into(), key, state: TriggerState::Inactive, last_fire: None }
    }
}

/// The instant at which a trigger starts, with what its rule says of it.
///
/// ```
/// use ptms_core::{Firing, Key, Timestamp};
///
/// let firing = Firing::new("slow", Key::default(), Timestamp::from_secs(1));
/// assert!(firing.systems.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Firing {
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// When it fired.
    pub at: Timestamp,
    /// Why: the condition became true, or what held the trigger back is over.
    pub reason: Reason,
    /// The category of what was detected.
    pub pattern: Option<Pattern>,
    /// How urgent it is.
    pub priority: Priority,
    /// The systems to activate.
    pub systems: Vec<Name>,
    /// The workflow to run.
    pub workflow: Option<Name>,
    /// How sure the author is that a firing is right, 0 to 1.
    pub confidence: Option<f64>,
    /// How long the author expects the response to take, least and most.
    pub estimate: Option<(Duration, Duration)>,
    /// What the rule hands to the workflow, as it was when the trigger fired; in the order of the rule.
    #[serde(default)]
    pub with: Vec<(Name, Value)>,
    /// What it would hand over, and could not: it was unknown, a fault, or more than the workflow takes.
    #[serde(default)]
    pub without: Vec<Name>,
}

impl Firing {
    /// A firing that names no system and no workflow.
    #[must_use]
    pub fn new(rule: impl Into<Name>, key: Key, at: Timestamp) -> Self {
        Self {
            rule: rule.into(),
            key,
            at,
            reason: Reason::ConditionTrue,
            pattern: None,
            priority: Priority::default(),
            systems: Vec::new(),
            workflow: None,
            confidence: None,
            estimate: None,
            with: Vec::new(),
            without: Vec::new(),
        }
    }
}
