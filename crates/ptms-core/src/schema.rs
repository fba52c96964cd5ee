//! The declared facts and events of a rulebook: names become small numbers, values are checked.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{CheckedEvent, Event, EventError};
use crate::name::{Name, nearest};
use crate::time::Duration;
use crate::value::{Type, Value, ValueError};

/// Which fact of a [`Schema`]: its position in [`Schema::facts`].
///
/// ```
/// use ptms_core::{FactSpec, Schema, Type};
///
/// let schema = Schema::new([FactSpec::new("cpu", Type::Float)], []);
/// let cpu = schema.fact("cpu").unwrap();
/// assert_eq!(cpu.index(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactId(u32);

impl FactId {
    /// The position of the fact in the schema.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which kind of event of a [`Schema`]: its position in [`Schema::events`].
///
/// ```
/// use ptms_core::{EventSpec, Schema};
///
/// let schema = Schema::new([], [EventSpec::new("log", [])]);
/// assert_eq!(schema.event("log").unwrap().index(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId(u32);

impl EventId {
    /// The position of the event in the schema.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The declaration of a fact.
///
/// ```
/// use ptms_core::{FactSpec, Type, Value};
///
/// let mut cpu = FactSpec::new("cpu", Type::Float);
/// cpu.max = Some(Value::Float(1.0));
/// assert!(cpu.admit(Value::Float(1.5)).is_err());
/// assert_eq!(cpu.admit(Value::Int(1)), Ok(Value::Float(1.0)));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FactSpec {
    /// What conditions call it, after `ctx.`.
    pub name: Name,
    /// The type of its values.
    pub ty: Type,
    /// The least value allowed, for ints, floats and durations.
    pub min: Option<Value>,
    /// The greatest value allowed, for ints, floats and durations.
    pub max: Option<Value>,
    /// The value is unknown from exactly this long after it was last set.
    pub stale: Option<Duration>,
    /// Whether its values are kept out of messages.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether the rulebook works it out; then the host cannot set it.
    #[serde(default)]
    pub derived: bool,
    /// The dimensions of its key, ordered by name: it has one value for each. Empty for most.
    #[serde(default)]
    pub key: Vec<Name>,
}

impl FactSpec {
    /// A fact without bounds and without key that never goes stale.
    #[must_use]
    pub fn new(name: impl Into<Name>, ty: Type) -> Self {
        let (min, max, stale, key) = (None, None, None, Vec::new());
        Self { name: name.into(), ty, min, max, stale, sensitive: false, derived: false, key }
    }

    /// The value as this fact holds it.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the type or a bound does not admit it; of a sensitive fact it does not say
    /// why, because that shows the value.
    pub fn admit(&self, value: Value) -> Result<Value, ValueError> {
        let withheld = |error| if self.sensitive { ValueError::Withheld } else { error };
        self.admit_shown(value).map_err(withheld)
    }

    fn admit_shown(&self, value: Value) -> Result<Value, ValueError> {
        let value = self.ty.admit(value)?;
        if let Some(min) = &self.min
            && is_less(&value, min)
        {
            return Err(ValueError::BelowMin { value, min: min.clone() });
        }
        if let Some(max) = &self.max
            && is_less(max, &value)
        {
            return Err(ValueError::AboveMax { value, max: max.clone() });
        }
        Ok(value)
    }
}

/// Whether both are numbers of one type and the first is the smaller.
fn is_less(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left < right,
        (Value::Float(left), Value::Float(right)) => left < right,
        _ => false,
    }
}

/// The declaration of one field of an event.
///
/// ```
/// use ptms_core::{FieldSpec, Type};
///
/// let field = FieldSpec::new("level", Type::String);
/// assert!(!field.optional && !field.sensitive);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldSpec {
    /// What conditions call it, after `event.`.
    pub name: Name,
    /// The type of its values.
    pub ty: Type,
    /// Whether an event may lack it; then it reads as unknown.
    pub optional: bool,
    /// Whether its values are kept out of messages.
    #[serde(default)]
    pub sensitive: bool,
}

impl FieldSpec {
    /// A field that every event has.
    #[must_use]
    pub fn new(name: impl Into<Name>, ty: Type) -> Self {
        Self { name: name.into(), ty, optional: false, sensitive: false }
    }

    /// The value as this field holds it.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the type does not admit it; of a sensitive field it does not say why, because
    /// that shows the value.
    pub fn admit(&self, value: Value) -> Result<Value, ValueError> {
        let withheld = |error| if self.sensitive { ValueError::Withheld } else { error };
        self.ty.admit(value).map_err(withheld)
    }
}

/// The declaration of a kind of event.
///
/// ```
/// use ptms_core::{EventSpec, FieldSpec, Type};
///
/// let level = FieldSpec::new("level", Type::String);
/// let log = EventSpec::new("log", [level]);
/// assert_eq!(log.field("level").map(|(index, _)| index), Some(0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventSpec {
    /// The name of the kind.
    pub name: Name,
    /// Its fields, in the order of their declaration.
    pub fields: Vec<FieldSpec>,
}

impl EventSpec {
    /// A kind of event with `fields`.
    #[must_use]
    pub fn new(name: impl Into<Name>, fields: impl IntoIterator<Item = FieldSpec>) -> Self {
        Self { name: name.into(), fields: fields.into_iter().collect() }
    }

    /// The field called `name` with its position.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(usize, &FieldSpec)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }
}

/// All declared facts and events. Does not change once it is made.
///
/// ```
/// use ptms_core::{Event, EventSpec, FactSpec, FieldSpec, Schema, Type};
///
/// let level = FieldSpec::new("level", Type::String);
/// let schema = Schema::new([FactSpec::new("cpu", Type::Float)], [EventSpec::new("log", [level])]);
///
/// let refused = schema.check_event(&Event::new("lgo")).unwrap_err();
/// assert_eq!(refused.to_string(), r#"no event "lgo" is declared (did you mean "log"?)"#);
/// assert!(schema.check_event(&Event::new("log").with("level", "error")).is_ok());
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Schema {
    facts: Vec<FactSpec>,
    events: Vec<EventSpec>,
    fact_ids: BTreeMap<Name, FactId>,
    event_ids: BTreeMap<Name, EventId>,
    dimensions: BTreeMap<Name, Type>,
}

impl Schema {
    /// A schema of these declarations. Of two with one name the first counts: who reads declarations
    /// from an author reports duplicates before this.
    #[must_use]
    pub fn new(
        facts: impl IntoIterator<Item = FactSpec>,
        events: impl IntoIterator<Item = EventSpec>,
    ) -> Self {
        let mut schema = Self::default();
        for fact in facts {
            if let Ok(id) = u32::try_from(schema.facts.len())
                && !schema.fact_ids.contains_key(&fact.name)
            {
                schema.fact_ids.insert(fact.name.clone(), FactId(id));
                schema.facts.push(fact);
            }
        }
        for event in events {
            if let Ok(id) = u32::try_from(schema.events.len())
                && !schema.event_ids.contains_key(&event.name)
            {
                schema.event_ids.insert(event.name.clone(), EventId(id));
                schema.events.push(event);
            }
        }
        schema
    }

    /// Says of which type the values of each dimension of a key are. A dimension of a fact that hosts
    /// set and that is not named here is of strings.
    #[must_use]
    pub fn with_dimensions(mut self, types: impl IntoIterator<Item = (Name, Type)>) -> Self {
        let set = self.facts.iter().filter(|fact| !fact.derived);
        let of_facts = set.flat_map(|fact| &fact.key);
        self.dimensions = of_facts.map(|name| (name.clone(), Type::String)).collect();
        self.dimensions.extend(types);
        self
    }

    /// The dimensions of keys, by name, with the types of their values.
    #[must_use]
    pub const fn dimensions(&self) -> &BTreeMap<Name, Type> {
        &self.dimensions
    }

    /// The facts in the order of their declaration.
    #[must_use]
    pub fn facts(&self) -> &[FactSpec] {
        &self.facts
    }

    /// The kinds of event in the order of their declaration.
    #[must_use]
    pub fn events(&self) -> &[EventSpec] {
        &self.events
    }

    /// The fact at this position of [`Schema::facts`].
    #[must_use]
    pub fn fact_at(&self, position: usize) -> Option<FactId> {
        let id = u32::try_from(position).ok().filter(|_| position < self.facts.len());
        id.map(FactId)
    }

    /// The fact called `name`.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<FactId> {
        self.fact_ids.get(name).copied()
    }

    /// The kind of event called `name`.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<EventId> {
        self.event_ids.get(name).copied()
    }

    /// The fact that an author who wrote `name` probably meant.
    #[must_use]
    pub fn nearest_fact(&self, name: &str) -> Option<&str> {
        nearest(name, self.fact_ids.keys().map(Name::as_str))
    }

    /// The kind of event that an author who wrote `name` probably meant.
    #[must_use]
    pub fn nearest_event(&self, name: &str) -> Option<&str> {
        nearest(name, self.event_ids.keys().map(Name::as_str))
    }

    /// The event with its name and fields resolved and its values admitted.
    ///
    /// # Errors
    ///
    /// [`EventError`] where the kind or a field is not declared, a field is given twice, a value does
    /// not fit, or a required field is missing. The first fault is reported.
    pub fn check_event(&self, event: &Event) -> Result<CheckedEvent, EventError> {
        let found = self.event(&event.name);
        let known = found.and_then(|id| Some((id, self.events.get(id.index())?)));
        let Some((kind, spec)) = known else {
            let suggestion = self.nearest_event(&event.name).map(Name::from);
            return Err(EventError::UnknownEvent { event: event.name.clone(), suggestion });
        };
        let mut values = CheckedEvent::empty(kind, spec.fields.len());
        for (name, value) in &event.fields {
            let Some((index, field)) = spec.field(name) else {
                let names = spec.fields.iter().map(|field| field.name.as_str());
                let suggestion = nearest(name, names).map(Name::from);
                let (event, field) = (event.name.clone(), name.clone());
                return Err(EventError::UnknownField { event, field, suggestion });
            };
            let refused = |error| {
                let (event, field) = (event.name.clone(), name.clone());
                EventError::Value { event, field, error }
            };
            let admitted = field.admit(value.clone()).map_err(refused)?;
            if !values.fill(index, admitted) {
                let (event, field) = (event.name.clone(), name.clone());
                return Err(EventError::Twice { event, field });
            }
        }
        for (index, field) in spec.fields.iter().enumerate() {
            if !field.optional && values.field(index).is_none() {
                let (event, field) = (event.name.clone(), field.name.clone());
                return Err(EventError::Missing { event, field });
            }
        }
        Ok(values)
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Schema");
        shown.field("facts", &self.facts).field("events", &self.events).finish()
    }
}
