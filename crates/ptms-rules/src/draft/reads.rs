//! What the book works out for its conditions: selected events and derived facts.

use ptms_core::{Type, Value};

use super::table::{Table, setters};

/// A `[select.NAME]`: which events are looked at, and by what.
///
/// ```
/// use ptms_rules::draft::{Draft, SelectorDraft};
///
/// let error = SelectorDraft::new("log")
///     .filter(r#"event.level == "error""#)
///     .key("service", "event.service");
/// assert_eq!(
///     Draft::new().selector("error", error).to_string(),
///     "[select.error]\non = \"log\"\nwhere = 'event.level == \"error\"'\n\n\
///      [select.error.key]\nservice = \"event.service\"\n"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SelectorDraft {
    pub(super) table: Table,
}

impl SelectorDraft {
    /// All events of a kind.
    #[must_use]
    pub fn new(event: &str) -> Self {
        let mut table = Table::default();
        table.set("on", event);
        Self { table }
    }

    /// A dimension of the key that its events carry, with the field that gives it: `"event.service"`.
    #[must_use]
    pub fn key(mut self, dimension: &str, field: &str) -> Self {
        self.table.add_in("key", dimension, field);
        self
    }
}

setters!(SelectorDraft, KEYS {
    /// `where`: only events for which this is true.
    filter(&str) = "where";
    /// The field that `sum`, `avg`, `min`, `max` and their like look at: `"event.took_ms"`.
    value(&str) = "value";
});

/// A `[derive.NAME]`: a fact that the book works out itself.
///
/// ```
/// use ptms_core::Type;
/// use ptms_rules::Rulebook;
/// use ptms_rules::draft::{DerivedDraft, Draft};
///
/// let phase = DerivedDraft::new(Type::String).case("ctx.cpu > 0.9", "busy").otherwise("idle");
/// let draft = Draft::new().fact("cpu", Type::Float).derived("phase", phase);
/// assert!(Rulebook::load(&draft.to_sources("built.toml")).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedDraft {
    pub(super) table: Table,
}

impl DerivedDraft {
    /// A fact of this type that never has a value.
    #[must_use]
    pub fn new(ty: Type) -> Self {
        Self { table: ty.into() }
    }

    /// One case more: the first whose condition is true gives the value; of a duration, a text such as
    /// `"5m"`.
    #[must_use]
    pub fn case(mut self, when: &str, value: impl Into<Value>) -> Self {
        let mut case = Table::default();
        case.set("when", when);
        case.set("value", value.into());
        self.table.push("cases", case);
        self
    }

    /// `else`: the value where no case holds.
    #[must_use]
    pub fn otherwise(mut self, value: impl Into<Value>) -> Self {
        self.table.set("else", value.into());
        self
    }
}

setters!(DerivedDraft, KEYS {
    /// The dimensions of its key: it has one value for each of their values.
    key(&[&str]) = "key";
});
