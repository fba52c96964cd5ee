//! Keys: which one of many a trigger speaks of.

use std::fmt;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::name::Name;
use crate::value::Value;

/// A value that can stand in a key: exact, ordered, hashable. Floats and lists cannot.
///
/// ```
/// use ptms_core::{KeyValue, Value};
///
/// assert_eq!(KeyValue::new(&Value::from("api")), Some(KeyValue::Text("api".into())));
/// assert_eq!(KeyValue::new(&Value::Float(1.0)), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(Name),
}

impl KeyValue {
    /// The value as part of a key; `None` for floats and lists.
    #[must_use]
    pub fn new(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Text(value) => Some(Self::Text(value.clone())),
            Value::Float(_) | Value::List(_) => None,
        }
    }
}

impl From<&KeyValue> for Value {
    fn from(value: &KeyValue) -> Self {
        match value {
            KeyValue::Bool(value) => Self::Bool(*value),
            KeyValue::Int(value) => Self::Int(*value),
            KeyValue::Text(value) => Self::Text(value.clone()),
        }
    }
}

impl fmt::Display for KeyValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Text(value) => write!(out, "{value}"),
        }
    }
}

/// Named dimensions with their values, ordered by name; empty for a rule without key.
///
/// ```
/// use ptms_core::{Key, KeyValue};
///
/// let key = Key::new([
///     ("service".into(), KeyValue::Text("api".into())),
///     ("host".into(), KeyValue::Int(7)),
/// ]);
/// assert_eq!(key.to_string(), "host=7,service=api");
/// assert_eq!(serde_json::to_string(&key).unwrap(), r#"{"host":7,"service":"api"}"#);
/// assert!(Key::default().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmallVec<[(Name, KeyValue); 1]>);

impl Key {
    /// A key of these dimensions; of two with one name the first counts.
    #[must_use]
    pub fn new(dimensions: impl IntoIterator<Item = (Name, KeyValue)>) -> Self {
        let mut dimensions: SmallVec<[_; 1]> = dimensions.into_iter().collect();
        dimensions.sort_by(|(left, _), (right, _)| left.cmp(right));
        dimensions.dedup_by(|(later, _), (first, _)| later == first);
        Self(dimensions)
    }

    /// Whether this is the one key of a rule without dimensions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a dimension.
    #[must_use]
    pub fn value(&self, dimension: &str) -> Option<&KeyValue> {
        let found = self.0.iter().find(|(name, _)| name == dimension);
        found.map(|(_, value)| value)
    }

    /// The part of the key that is made of these dimensions, which are ordered by name; `None` if one
    /// is missing.
    ///
    /// ```
    /// use ptms_core::{Key, KeyValue};
    ///
    /// let key = Key::new([("host".into(), KeyValue::Int(7)), ("zone".into(), KeyValue::Int(1))]);
    /// assert_eq!(key.part(&["zone".into()]).unwrap().to_string(), "zone=1");
    /// assert_eq!(key.part(&["disk".into()]), None);
    /// ```
    #[must_use]
    pub fn part(&self, dimensions: &[Name]) -> Option<Self> {
        let part = |name: &Name| Some((name.clone(), self.value(name)?.clone()));
        dimensions.iter().map(part).collect::<Option<_>>().map(Self)
    }

    /// Whether every dimension of `part` is one of this key, with the same value.
    #[must_use]
    pub fn includes(&self, part: &Self) -> bool {
        part.iter().all(|(name, value)| self.value(name) == Some(value))
    }

    /// The dimensions with their values, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &KeyValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}{name}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        std::collections::BTreeMap::deserialize(from).map(Self::new)
    }
}
