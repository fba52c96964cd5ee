//! `[[rule]]`.

use ptms_core::{Duration, Pattern, Priority};

use super::table::{Table, setters};

/// A `[[rule]]`.
///
/// ```
/// use ptms_core::{Duration, Type};
/// use ptms_rules::Rulebook;
/// use ptms_rules::draft::{Draft, RuleDraft};
///
/// let slow = RuleDraft::new("slow", "ctx.cpu > 0.9").wait(Duration::from_secs(30));
/// let draft = Draft::new().fact("cpu", Type::Float).rule(slow);
/// let book = Rulebook::load(&draft.to_sources("built.toml")).unwrap();
/// assert_eq!(book.rules.specs().next().unwrap().wait, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RuleDraft {
    pub(super) table: Table,
}

impl RuleDraft {
    /// A rule with this id that fires when its condition becomes true.
    #[must_use]
    pub fn new(id: &str, when: &str) -> Self {
        let mut table = Table::default();
        table.set("id", id);
        table.set("when", when);
        Self { table }
    }

    /// The category of what it detects.
    #[must_use]
    pub fn pattern(mut self, pattern: &Pattern) -> Self {
        self.table.set("pattern", pattern.as_str());
        self
    }

    /// Something that it hands to its workflow: a name, and an expression that is worked out when it
    /// fires.
    #[must_use]
    pub fn with(mut self, name: &str, expression: &str) -> Self {
        self.table.add_in("with", name, expression);
        self
    }

    /// How long the response takes, least and most.
    #[must_use]
    pub fn estimate(mut self, least: Duration, most: Duration) -> Self {
        self.table.set("estimate", format!("{least}..{most}").as_str());
        self
    }
}

setters!(RuleDraft, KEYS {
    /// `for`: how long `when` must have been true before it fires.
    wait(Duration) = "for";
    /// What ends a firing; without it, `when` being false does.
    resolve_when(&str) = "resolve_when";
    /// How long after a firing the next one is held back.
    cooldown(Duration) = "cooldown";
    /// How long a trigger stays firing after its condition has ended.
    keep(Duration) = "keep";
    /// How often it is told again that a trigger is still firing; this starts nothing.
    repeat(Duration) = "repeat";
    /// What a condition does that is unknown: `hold`, `false` or `report`.
    on_unknown(&str) = "on_unknown";
    /// A trigger that is pending or firing ends when its condition has been unknown for so long.
    stale_after(Duration) = "stale_after";
    /// Whether a condition counts that is true already when the rule is loaded (`eval`), or must be seen to
    /// be false first (`baseline`).
    on_load(&str) = "on_load";
    /// The selector whose events the condition looks at, one at a time.
    on(&str) = "on";
    /// The ids of rules that hold this one back while they are firing.
    inhibited_by(&[&str]) = "inhibited_by";
    /// The dimensions whose values must be equal for that; without it, all that the two rules share.
    equal(&[&str]) = "equal";
    /// What a firing does whose rule and key already have a run: `single`, `restart`, `queue` or
    /// `parallel`.
    mode(&str) = "mode";
    /// How many runs may wait (`queue`) or go on at once (`parallel`).
    max(u32) = "max";
    /// What becomes of the run when the rule resolves: `leave` or `cancel`.
    on_resolve(&str) = "on_resolve";
    /// Dimensions: the rule has one trigger for each of their values.
    key(&[&str]) = "key";
    /// More urgent rules are looked at first.
    priority(Priority) = "priority";
    /// Systems that a firing activates.
    systems(&[&str]) = "systems";
    /// The workflow that a firing runs.
    workflow(&str) = "workflow";
    /// How sure you are that a firing is right, 0 to 1.
    confidence(f64) = "confidence";
    /// What it is for, for people.
    description(&str) = "description";
    /// Who answers for it.
    owner(&str) = "owner";
    /// Where it is written what to do.
    runbook(&str) = "runbook";
    /// Words to find it by.
    tags(&[&str]) = "tags";
    /// Looks at it and reports it, but starts nothing.
    shadow(bool) = "shadow";
    /// Whether it is looked at at all.
    enabled(bool) = "enabled";
});
