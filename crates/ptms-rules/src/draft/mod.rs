//! Rulebooks built in Rust: the sections of the text format as structs, which are written as that
//! format, so that books of both kinds are read, checked and told of by the same code.
//!
//! Nothing is checked here: a name that cannot be one, a condition that makes no sense or a duplicate is
//! a fault when the text is loaded. No template is here: in Rust, a function is one.

mod facts;
mod plan;
mod reads;
mod rule;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use ptms_core::{Name, Sources};

pub use self::facts::{CalendarDraft, EventDraft, FactDraft, FieldDraft, KeyDraft};
pub use self::plan::{RetryDraft, SettingsDraft, StepDraft, SystemDraft, WorkflowDraft};
pub use self::reads::{DerivedDraft, SelectorDraft};
pub use self::rule::RuleDraft;

use self::table::Table;

/// A rulebook that is being built in Rust. It is written as the text that an author would write; a
/// journal keeps that text, and diagnostics show it.
///
/// ```
/// use ptms_core::{Duration, Type};
/// use ptms_rules::Rulebook;
/// use ptms_rules::draft::{Draft, RuleDraft};
///
/// let mut draft = Draft::new().fact("phase", Type::String);
/// for (host, limit) in [("web", 0.8), ("db", 0.95)] {
///     let fact = format!("cpu_{host}");
///     let rule = RuleDraft::new(&format!("busy-{host}"), &format!("ctx.{fact} > {limit:?}"));
///     draft = draft.fact(&fact, Type::Float).rule(rule.wait(Duration::from_secs(30)));
/// }
/// let book = Rulebook::load(&draft.to_sources("built.toml")).unwrap();
/// assert_eq!(book.rules.specs().count(), 2);
/// assert!(draft.to_string().contains("when = \"ctx.cpu_web > 0.8\"\nfor = \"30s\""));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    table: Table,
}

impl Draft {
    /// A book that says nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn add_in(mut self, section: &str, name: &str, item: impl Into<table::Item>) -> Self {
        self.table.add_in(section, name, item);
        self
    }

    /// A fact that the host sets: a [`Type`](ptms_core::Type), or a [`FactDraft`] that says more.
    #[must_use]
    pub fn fact(self, name: &str, fact: impl Into<FactDraft>) -> Self {
        self.add_in("context", name, fact.into().table)
    }

    /// A kind of event.
    #[must_use]
    pub fn event(self, name: &str, event: EventDraft) -> Self {
        self.add_in("event", name, event.table)
    }

    /// A selector of events.
    #[must_use]
    pub fn selector(self, name: &str, selector: SelectorDraft) -> Self {
        self.add_in("select", name, selector.table)
    }

    /// The limits of a dimension, or of several joined by `+`.
    #[must_use]
    pub fn key(self, dimensions: &str, limits: KeyDraft) -> Self {
        self.add_in("key", dimensions, limits.table)
    }

    /// A condition with a name.
    #[must_use]
    pub fn signal(self, name: &str, condition: &str) -> Self {
        self.add_in("signal", name, condition)
    }

    /// A fact that the book works out.
    #[must_use]
    pub fn derived(self, name: &str, fact: DerivedDraft) -> Self {
        self.add_in("derive", name, fact.table)
    }

    /// Hours of days of the week.
    #[must_use]
    pub fn calendar(self, name: &str, calendar: CalendarDraft) -> Self {
        self.add_in("calendar", name, calendar.table)
    }

    /// A rule.
    #[must_use]
    pub fn rule(mut self, rule: RuleDraft) -> Self {
        self.table.push("rule", rule.table);
        self
    }

    /// A system that can be activated and undone.
    #[must_use]
    pub fn system(self, name: &str, system: SystemDraft) -> Self {
        self.add_in("system", name, system.table)
    }

    /// A workflow.
    #[must_use]
    pub fn workflow(self, name: &str, workflow: WorkflowDraft) -> Self {
        self.add_in("workflow", name, workflow.table)
    }

    /// How many units there are of something that systems use and hold.
    #[must_use]
    pub fn pool(self, name: &str, units: u32) -> Self {
        self.add_in("pool", name, units)
    }

    /// What holds for all plans.
    #[must_use]
    pub fn settings(mut self, settings: SettingsDraft) -> Self {
        self.table.set("settings", settings.table);
        self
    }

    /// The book as a text of this name, beside which others can be added: files, or modules of helper
    /// functions.
    #[must_use]
    pub fn to_sources(&self, name: impl Into<Name>) -> Sources {
        Sources::from_iter([(name, self.to_string())])
    }
}

/// The text.
impl fmt::Display for Draft {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // INVARIANT: tables of values always are TOML. Were they not, this text would not load.
        let text = toml::to_string(&self.table);
        out.write_str(&text.unwrap_or_else(|error| format!("no TOML: {error}")))
    }
}
