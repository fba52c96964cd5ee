//! What an author declared of a rule, beside its compiled conditions.

use ptms_core::{
    Duration, Firing, Key, Name, OnLoad, OnResolve, OnUnknown, Origin, Pattern, Priority, RunMode,
    Timestamp,
};
use serde::Serialize;

/// What an author declared of a rule.
///
/// ```
/// use ptms_rules::RuleSpec;
///
/// let spec = RuleSpec::new("slow");
/// assert!(spec.enabled && spec.wait.is_zero());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleSpec {
    /// Its id.
    pub id: Name,
    /// The category of what it detects.
    pub pattern: Option<Pattern>,
    /// How urgent it is; the more urgent rules are evaluated first.
    pub priority: Priority,
    /// The condition, as written.
    pub when: Name,
    /// `for`: how long the condition must have been true.
    pub wait: Duration,
    /// The condition that ends a firing, as written; without it, `when` being false does.
    pub resolve_when: Option<Name>,
    /// How long after a firing the next one is held back.
    pub cooldown: Duration,
    /// How long a trigger stays firing after its condition has ended.
    pub keep: Duration,
    /// How often a firing trigger is told again.
    pub repeat: Option<Duration>,
    /// What is made of a condition that is unknown.
    pub on_unknown: OnUnknown,
    /// After how long of being unknown a pending or firing trigger ends.
    pub stale_after: Option<Duration>,
    /// What is made of a condition that is true already when the rule is loaded.
    pub on_load: OnLoad,
    /// The selector whose events the condition looks at, one at a time.
    pub on: Option<Name>,
    /// The rules whose firing holds it back.
    pub inhibited_by: Vec<Name>,
    /// The dimensions whose values must be equal for that, ordered by name; without it, all that it
    /// shares with the rule that holds it back.
    pub equal: Option<Vec<Name>>,
    /// What a firing does while runs of its trigger are still going on.
    pub mode: RunMode,
    /// What becomes of a run when the trigger resolves.
    pub on_resolve: OnResolve,
    /// The dimensions of its key, ordered by name.
    pub key: Vec<Name>,
    /// The systems that a firing names.
    pub systems: Vec<Name>,
    /// The workflow that a firing names.
    pub workflow: Option<Name>,
    /// How sure the author is that a firing is right, 0 to 1.
    pub confidence: Option<f64>,
    /// How long the author expects the response to take, least and most.
    pub estimate: Option<(Duration, Duration)>,
    /// What it hands to the workflow: names, and expressions as written.
    pub with: Vec<(Name, Name)>,
    /// What it is for, for people.
    pub description: Option<Name>,
    /// Who answers for it, for people.
    pub owner: Option<Name>,
    /// Where it is written what to do, for people.
    pub runbook: Option<Name>,
    /// Words to find it by, for people.
    pub tags: Vec<Name>,
    /// Whether it is evaluated at all.
    pub enabled: bool,
    /// Whether it is evaluated and reported and starts nothing.
    pub shadow: bool,
    /// Where it is declared.
    pub origin: Option<Origin>,
}

impl RuleSpec {
    /// A rule that says nothing yet.
    #[must_use]
    pub fn new(id: impl Into<Name>) -> Self {
        Self {
            id: id.into(),
            pattern: None,
            priority: Priority::default(),
            when: "".into(),
            wait: Duration::ZERO,
            resolve_when: None,
            cooldown: Duration::ZERO,
            keep: Duration::ZERO,
            repeat: None,
            on_unknown: OnUnknown::default(),
            stale_after: None,
            on_load: OnLoad::default(),
            on: None,
            inhibited_by: Vec::new(),
            equal: None,
            mode: RunMode::default(),
            on_resolve: OnResolve::default(),
            key: Vec::new(),
            systems: Vec::new(),
            workflow: None,
            confidence: None,
            estimate: None,
            with: Vec::new(),
            description: None,
            owner: None,
            runbook: None,
            tags: Vec::new(),
            enabled: true,
            shadow: false,
            origin: None,
        }
    }

    /// What the rule says when it fires for `key` at `at`.
    pub(crate) fn firing(&self, key: &Key, at: Timestamp) -> Firing {
        let mut firing = Firing::new(&self.id, key.clone(), at);
        firing.pattern.clone_from(&self.pattern);
        firing.priority = self.priority;
        firing.systems.clone_from(&self.systems);
        firing.workflow.clone_from(&self.workflow);
        firing.confidence = self.confidence;
        firing.estimate = self.estimate;
        firing
    }
}
