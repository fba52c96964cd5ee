//! Things that happened.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::name::Name;
use crate::schema::EventId;
use crate::value::{Value, ValueError, did_you_mean};

/// Something that happened at an instant: a kind and its fields. The instant travels beside it.
///
/// ```
/// use ptms_core::Event;
///
/// let event = Event::new("log").with("level", "error").with("status", 500);
/// assert_eq!(event.fields.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The kind of event.
    pub name: Name,
    /// Names and values of its fields, in the order given.
    pub fields: Vec<(Name, Value)>,
}

impl Event {
    /// An event of the kind `name`, without fields.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self { name: name.into(), fields: Vec::new() }
    }

    /// The event with one field more.
    #[must_use]
    pub fn with(mut self, field: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.fields.push((field.into(), value.into()));
        self
    }
}

/// An event whose kind and fields are declared and whose values fit.
///
/// Made by [`Schema::check_event`](crate::Schema::check_event).
///
/// ```
/// use ptms_core::{Event, EventSpec, Schema};
///
/// let schema = Schema::new([], [EventSpec::new("deploy", [])]);
/// let event = schema.check_event(&Event::new("deploy")).unwrap();
/// assert_eq!(Some(event.kind()), schema.event("deploy"));
/// assert_eq!(event.field(0), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedEvent {
    kind: EventId,
    values: SmallVec<[Option<Value>; 6]>,
}

impl CheckedEvent {
    pub(crate) fn empty(kind: EventId, fields: usize) -> Self {
        Self { kind, values: SmallVec::from_elem(None, fields) }
    }

    /// Fills a field; false if it was filled already.
    pub(crate) fn fill(&mut self, field: usize, value: Value) -> bool {
        let slot = self.values.get_mut(field);
        slot.is_some_and(|slot| slot.replace(value).is_none())
    }

    /// The kind of event.
    #[must_use]
    pub const fn kind(&self) -> EventId {
        self.kind
    }

    /// The values of all fields in the order of their declaration; `None` where the event lacks one.
    #[must_use]
    pub fn values(&self) -> &[Option<Value>] {
        &self.values
    }

    /// The value of the field at this position of the declaration; `None` where the event lacks it.
    #[must_use]
    pub fn field(&self, index: usize) -> Option<&Value> {
        self.values.get(index)?.as_ref()
    }
}

/// Why an event was refused. Nothing has changed.
///
/// ```
/// use ptms_core::{Event, EventSpec, Schema};
///
/// let schema = Schema::new([], [EventSpec::new("deploy", [])]);
/// let refused = schema.check_event(&Event::new("deploy").with("by", "me")).unwrap_err();
/// assert_eq!(refused.to_string(), r#"event "deploy" has no field "by""#);
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The kind of event is not declared.
    #[error("no event {:?} is declared{}", event.as_str(), did_you_mean(suggestion.as_ref()))]
    UnknownEvent {
        /// The kind given.
        event: Name,
        /// The kind that was probably meant.
        suggestion: Option<Name>,
    },
    /// The kind of event has no such field.
    #[error("event {:?} has no field {:?}{}", event.as_str(), field.as_str(), did_you_mean(suggestion.as_ref()))]
    UnknownField {
        /// The kind of event.
        event: Name,
        /// The field given.
        field: Name,
        /// The field that was probably meant.
        suggestion: Option<Name>,
    },
    /// A field stands twice.
    #[error("event {:?} gives field {:?} twice", event.as_str(), field.as_str())]
    Twice {
        /// The kind of event.
        event: Name,
        /// The field.
        field: Name,
    },
    /// A field that is not optional is missing.
    #[error("event {:?} lacks its field {:?}", event.as_str(), field.as_str())]
    Missing {
        /// The kind of event.
        event: Name,
        /// The field.
        field: Name,
    },
    /// The value of a field does not fit.
    #[error("field {:?} of event {:?}: {error}", field.as_str(), event.as_str())]
    Value {
        /// The kind of event.
        event: Name,
        /// The field.
        field: Name,
        /// What does not fit.
        error: ValueError,
    },
}
