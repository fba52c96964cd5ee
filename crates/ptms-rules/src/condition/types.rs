//! The types of the parts of conditions.

use std::fmt;
use std::sync::Arc;

use ptms_core::{Name, Type, Value};

/// The type of a part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Bool,
    Int,
    Float,
    Text,
    /// One of the declared members.
    Enum(Arc<[Name]>),
    Duration,
    List(Box<Ty>),
    /// A list without items, which fits every item.
    Empty,
    /// What a helper function returns: whatever the place takes where it is called.
    Open,
}

impl Ty {
    pub(crate) fn of(declared: &Type) -> Option<Self> {
        Some(match declared {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Float => Self::Float,
            Type::String => Self::Text,
            Type::Enum(members) => Self::Enum(members.clone()),
            Type::Duration => Self::Duration,
            Type::List { item, .. } => Self::List(Box::new(Self::of(item)?)),
            _ => return None,
        })
    }

    pub(crate) fn of_literal(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Text(_) => Self::Text,
            Value::List(items) => items
                .first()
                .map_or(Self::Empty, |item| Self::List(Box::new(Self::of_literal(item)))),
        }
    }

    /// The value as one of this type, if it is one; an int is taken where a float equals it.
    pub(crate) fn admit(&self, value: Value) -> Option<Value> {
        match (self, &value) {
            (Self::Float, Value::Int(int)) => ptms_core::value::widen(*int).map(Value::Float),
            (Self::List(item), Value::List(items)) => {
                let items: Option<Vec<_>> =
                    items.iter().map(|one| item.admit(one.clone())).collect();
                items.map(Value::list)
            }
            (Self::Bool, Value::Bool(_))
            | (Self::Int | Self::Duration, Value::Int(_))
            | (Self::Float, Value::Float(_))
            | (Self::Text | Self::Enum(_), Value::Text(_))
            | (Self::Open, _) => Some(value),
            _ => None,
        }
    }

    /// Whether a value of the other type is one of this, or can be taken as one.
    pub(crate) fn takes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float, Self::Int)
            | (Self::Text, Self::Enum(_))
            | (Self::List(_), Self::Empty) => true,
            (Self::List(item), Self::List(other)) => item.takes(other),
            _ => self == other,
        }
    }

    /// What a helper must return to be compared with this.
    pub(crate) fn beside(&self) -> Self {
        match self {
            Self::Int => Self::Float,
            Self::Enum(_) => Self::Text,
            _ => self.clone(),
        }
    }

    pub(crate) const fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// Whether values of the two types can be equal at all.
    pub(crate) fn comparable(&self, other: &Self) -> bool {
        let is_text = |ty: &Self| matches!(ty, Self::Text | Self::Enum(_));
        match (self, other) {
            (Self::Enum(left), Self::Enum(right)) => left == right,
            _ => {
                (self.is_number() && other.is_number())
                    || (is_text(self) && is_text(other))
                    || self == other
            }
        }
    }

    /// Whether values of the type have an order.
    pub(crate) const fn is_ordered(&self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Text | Self::Duration)
    }
}

/// With an article, in the words of rule authors.
impl fmt::Display for Ty {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::List(item) = self {
            // "a bool" without its article, in the plural
            let name = item.to_string();
            return write!(out, "a list of {}s", name.split(' ').next_back().unwrap_or(&name));
        }
        out.write_str(match self {
            Self::Bool => "a bool",
            Self::Int => "an int",
            Self::Float => "a float",
            Self::Text => "a string",
            Self::Enum(_) => "an enum",
            Self::Duration => "a duration",
            Self::List(_) | Self::Empty => "an empty list",
            Self::Open => "what a helper returns",
        })
    }
}
