//! What facts and event fields hold, and the types that they are declared with.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::name::{Name, nearest};

/// A value of a fact, a field, a parameter or an output. Serialises as the bare JSON value.
///
/// An enum member is a [`Value::Text`]; a duration is a [`Value::Int`] of nanoseconds. Equality of
/// floats is that of their numbers (`0.0 == -0.0`); NaN never enters the engine.
///
/// ```
/// use ptms_core::Value;
///
/// let value: Value = serde_json::from_str(r#"[1, 2.5, "x", true]"#).unwrap();
/// assert_eq!(value, Value::list([1.into(), 2.5.into(), "x".into(), true.into()]));
/// assert_eq!(value.to_string(), r#"[1, 2.5, "x", true]"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number; also a duration in nanoseconds.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text; also a member of an enum.
    Text(Name),
    /// Several scalars.
    List(Arc<[Value]>),
}

impl Value {
    /// The longest text that a fact or field holds, in bytes: a log line fits, a file does not.
    pub const MAX_TEXT_LEN: usize = 65_536;

    /// A list of `items`.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// What kind of value this is, in the words of rule authors.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
        }
    }
}

/// As a rule author would write it: texts in double quotes, floats always with a point.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(out, "{value}"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Float(value) => write!(out, "{value:?}"),
            Self::Text(value) => write!(out, "{:?}", value.as_str()),
            Self::List(items) => {
                out.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.write_str(", ")?;
                    }
                    write!(out, "{item}")?;
                }
                out.write_str("]")
            }
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Name> for Value {
    fn from(value: Name) -> Self {
        Self::Text(value)
    }
}

/// The declared type of a fact, a field or a parameter.
///
/// ```
/// use ptms_core::{Type, Value};
///
/// assert_eq!(Type::Float.admit(Value::Int(3)), Ok(Value::Float(3.0)));
/// assert!(Type::Int.admit(Value::Float(3.0)).is_err());
/// let phase = Type::Enum(["coding".into(), "testing".into()].into());
/// assert!(phase.admit("testnig".into()).unwrap_err().to_string().contains("testing"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 64 bits with sign.
    Int,
    /// A finite number with a fraction.
    Float,
    /// Any text.
    String,
    /// One of the declared texts.
    Enum(Arc<[Name]>),
    /// A whole number of nanoseconds.
    Duration,
    /// At most `max_len` scalars of one type.
    List {
        /// The type of every item; itself no list.
        item: Box<Type>,
        /// The greatest number of items.
        max_len: usize,
    },
}

impl Type {
    /// The value as this type holds it: an int widens to a float where that is exact; anything else
    /// that does not fit is refused.
    ///
    /// # Errors
    ///
    /// [`ValueError`] says what does not fit.
    pub fn admit(&self, value: Value) -> Result<Value, ValueError> {
        match (self, value) {
            (Self::Bool, value @ Value::Bool(_))
            | (Self::Int | Self::Duration, value @ Value::Int(_)) => Ok(value),
            (Self::String, Value::Text(text)) => {
                let (len, max_len) = (text.len(), Value::MAX_TEXT_LEN);
                if len > max_len {
                    return Err(ValueError::TextTooLong { len, max_len });
                }
                Ok(Value::Text(text))
            }
            (Self::Float, Value::Float(number)) if number.is_finite() => Ok(Value::Float(number)),
            (Self::Float, Value::Float(_)) => Err(ValueError::NotFinite),
            (Self::Float, Value::Int(number)) => {
                widen(number).map(Value::Float).ok_or(ValueError::Inexact { number })
            }
            (Self::Enum(members), Value::Text(text)) => {
                if members.contains(&text) {
                    return Ok(Value::Text(text));
                }
                let suggestion = nearest(&text, members.iter().map(Name::as_str)).map(Name::from);
                Err(ValueError::Stranger { text, members: members.clone(), suggestion })
            }
            (Self::List { item, max_len }, Value::List(items)) => {
                if items.len() > *max_len {
                    return Err(ValueError::TooMany { len: items.len(), max_len: *max_len });
                }
                let admitted = items.iter().map(|value| item.admit(value.clone()));
                admitted.collect::<Result<Vec<_>, _>>().map(|items| Value::List(items.into()))
            }
            (expected, found) => {
                Err(ValueError::WrongType { expected: expected.to_string(), found: found.kind() })
            }
        }
    }
}

/// The float that equals `number`, if there is one.
#[must_use]
pub fn widen(number: i64) -> Option<f64> {
    let float = number as f64;
    // 2^63 as a float is one more than the greatest int, and casting back saturates onto it.
    (float as i64 == number && float < 9_223_372_036_854_775_808.0).then_some(float)
}

/// As a rule author declares it.
impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => out.write_str("bool"),
            Self::Int => out.write_str("int"),
            Self::Float => out.write_str("float"),
            Self::String => out.write_str("string"),
            Self::Enum(_) => out.write_str("enum"),
            Self::Duration => out.write_str("duration"),
            Self::List { item, .. } => write!(out, "list of {item}"),
        }
    }
}

/// Why a value was refused. The old value stays.
///
/// ```
/// use ptms_core::{Type, Value, ValueError};
///
/// let refused = Type::Float.admit(Value::Float(f64::NAN)).unwrap_err();
/// assert_eq!(refused, ValueError::NotFinite);
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// A value of another type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The declared type.
        expected: String,
        /// The kind of the value, with its article.
        found: &'static str,
    },
    /// An int that no float equals.
    #[error("{number} has no exact float")]
    Inexact {
        /// The int.
        number: i64,
    },
    /// NaN or an infinity.
    #[error("the number is not finite")]
    NotFinite,
    /// A text that is no member of the enum.
    #[error("{text:?} is not one of {}{}", list(members), did_you_mean(suggestion.as_ref()))]
    Stranger {
        /// The text.
        text: Name,
        /// What is declared.
        members: Arc<[Name]>,
        /// The member that was probably meant.
        suggestion: Option<Name>,
    },
    /// Less than the declared minimum.
    #[error("{value} is less than the minimum {min}")]
    BelowMin {
        /// What was given.
        value: Value,
        /// The declared minimum.
        min: Value,
    },
    /// More than the declared maximum.
    #[error("{value} is more than the maximum {max}")]
    AboveMax {
        /// What was given.
        value: Value,
        /// The declared maximum.
        max: Value,
    },
    /// More items than the list may hold.
    #[error("{len} items are more than the {max_len} allowed")]
    TooMany {
        /// How many there are.
        len: usize,
        /// How many there may be.
        max_len: usize,
    },
    /// It does not fit, and is not shown because it is sensitive.
    #[error("the value does not fit the declaration; it is not shown, because it is sensitive")]
    Withheld,
    /// A text longer than the engine keeps.
    #[error("{len} bytes of text are more than the {max_len} allowed")]
    TextTooLong {
        /// How long it is, in bytes.
        len: usize,
        /// How long it may be, in bytes.
        max_len: usize,
    },
}

fn list(members: &[Name]) -> String {
    members.iter().map(|name| format!("{:?}", name.as_str())).collect::<Vec<_>>().join(", ")
}

/// ` (did you mean "x"?)`, or nothing.
pub(crate) fn did_you_mean(suggestion: Option<&Name>) -> String {
    suggestion.map(|name| format!(" (did you mean {:?}?)", name.as_str())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_widen_only_where_exact() {
        for exact in [0, -1, 1 << 53, -(1 << 53), i64::MIN, 1 << 62] {
            assert_eq!(widen(exact), Some(exact as f64), "{exact}");
        }
        for inexact in [(1 << 53) + 1, i64::MAX, i64::MIN + 1] {
            assert_eq!(widen(inexact), None, "{inexact}");
        }
    }

    #[test]
    fn json_keeps_ints_and_floats_apart() {
        for text in ["1", "1.0", "-3", "\"1\"", "true", "[1,2.0]"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
    }
}
