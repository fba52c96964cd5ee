//! What a host says: facts, events and keys; and the hours that conditions ask for.

use ptms_core::{Duration, Type, Value};

use super::table::{Table, setters};

/// A `[context]` entry: a fact that the host sets.
///
/// ```
/// use ptms_core::{Duration, Type};
/// use ptms_rules::draft::{Draft, FactDraft};
///
/// let latency = FactDraft::new(Type::Float).min(0.0).stale(Duration::from_secs(120));
/// let draft = Draft::new().fact("latency_ms", latency);
/// assert_eq!(
///     draft.to_string(),
///     "[context.latency_ms]\ntype = \"float\"\nmin = 0.0\nstale = \"2m\"\n"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FactDraft {
    pub(super) table: Table,
}

impl FactDraft {
    /// A fact of this type.
    #[must_use]
    pub fn new(ty: Type) -> Self {
        Self::from(ty)
    }

    /// The least value allowed; of a duration, a text such as `"5m"`.
    #[must_use]
    pub fn min(mut self, min: impl Into<Value>) -> Self {
        self.table.set("min", min.into());
        self
    }

    /// The greatest value allowed, likewise.
    #[must_use]
    pub fn max(mut self, max: impl Into<Value>) -> Self {
        self.table.set("max", max.into());
        self
    }
}

impl From<Type> for FactDraft {
    fn from(ty: Type) -> Self {
        Self { table: ty.into() }
    }
}

setters!(FactDraft, KEYS {
    /// The value is unknown from exactly this long after it was last set.
    stale(Duration) = "stale";
    /// Keeps its values out of messages.
    sensitive(bool) = "sensitive";
    /// The dimensions of its key: it has one value for each of their values.
    key(&[&str]) = "key";
});

/// A field of an event, or a parameter of a workflow.
///
/// ```
/// use ptms_core::Type;
/// use ptms_rules::draft::{Draft, EventDraft, FieldDraft};
///
/// let user = FieldDraft::new(Type::String).optional(true).sensitive(true);
/// let text = Draft::new().event("log", EventDraft::new().field("user", user)).to_string();
/// assert!(text.starts_with("[event.log.fields.user]\ntype = \"string\"\n"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDraft {
    pub(super) table: Table,
}

impl FieldDraft {
    /// A field of this type, which every event has.
    #[must_use]
    pub fn new(ty: Type) -> Self {
        Self::from(ty)
    }
}

impl From<Type> for FieldDraft {
    fn from(ty: Type) -> Self {
        Self { table: ty.into() }
    }
}

setters!(FieldDraft, KEYS {
    /// Whether an event, or a run, may lack it.
    optional(bool) = "optional";
    /// Keeps its values out of messages; not of a parameter.
    sensitive(bool) = "sensitive";
});

/// An `[event.NAME]`: a kind of event.
///
/// ```
/// use ptms_core::Type;
/// use ptms_rules::draft::{Draft, EventDraft};
///
/// let log = EventDraft::new().field("level", Type::String);
/// assert_eq!(
///     Draft::new().event("log", log).to_string(),
///     "[event.log.fields.level]\ntype = \"string\"\n"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventDraft {
    pub(super) table: Table,
}

impl EventDraft {
    /// A kind of event without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A field of a [`Type`](ptms_core::Type), or a [`FieldDraft`] that says more.
    #[must_use]
    pub fn field(mut self, name: &str, field: impl Into<FieldDraft>) -> Self {
        self.table.add_in("fields", name, field.into().table);
        self
    }
}

/// A `[key.DIMENSION]`: its limits.
///
/// ```
/// use ptms_rules::draft::{Draft, KeyDraft};
///
/// let draft = Draft::new().key("service", KeyDraft::new().max(100));
/// assert_eq!(draft.to_string(), "[key.service]\nmax = 100\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyDraft {
    pub(super) table: Table,
}

impl KeyDraft {
    /// The limits that hold where none are said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters!(KeyDraft, KEYS {
    /// How many keys may live at once.
    max(u32) = "max";
    /// A key is forgotten so long after its last input.
    ttl(Duration) = "ttl";
});

/// A `[calendar.NAME]`: hours of days of the week, all of them where nothing is said.
///
/// ```
/// use ptms_rules::draft::{CalendarDraft, Draft};
///
/// let office = CalendarDraft::new().days(&["mon", "tue"]).from("09:00").to("17:30");
/// assert!(Draft::new().calendar("office", office).to_string().starts_with("[calendar.office]"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarDraft {
    pub(super) table: Table,
}

impl CalendarDraft {
    /// All hours of all days.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters!(CalendarDraft, KEYS {
    /// The days on which they begin: some of `mon` to `sun`.
    days(&[&str]) = "days";
    /// When they begin: `"09:00"`.
    from(&str) = "from";
    /// When they end: `"17:30"`; on the next day if that is earlier.
    to(&str) = "to";
    /// How far the clock is ahead of UTC: `"+02:00"`.
    utc_offset(&str) = "utc_offset";
});
