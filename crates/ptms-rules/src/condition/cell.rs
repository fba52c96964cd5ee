//! What a part of a condition comes to while it is evaluated, and where conditions read from. Knows
//! no syntax and no program.

use ptms_core::{Context, FactId, Key, Timestamp, Value};

use crate::calendar::CalendarId;
use crate::tables::Calendars;
use crate::time::Question;
use crate::window::WindowId;

/// What a part of a condition comes to: a value, which is borrowed from where it was read, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    List(&'a [Value]),
    /// No value: something that was read has none.
    Unknown,
    /// It cannot be worked out.
    Fault(Fault),
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Text(text) => Self::Text(text),
            Value::List(items) => Self::List(items),
        }
    }
}

/// Nothing is unknown.
impl<'a> From<Option<&'a Value>> for Cell<'a> {
    fn from(value: Option<&'a Value>) -> Self {
        value.map_or(Self::Unknown, Self::from)
    }
}

impl Cell<'_> {
    /// The value, if it is known.
    pub(crate) fn known(self) -> Option<Value> {
        Some(match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float(value) => Value::Float(value),
            Self::Text(text) => Value::Text(text.into()),
            Self::List(items) => Value::List(items.into()),
            Self::Unknown | Self::Fault(_) => return None,
        })
    }

    /// A number as a float: the nearest one where none is exact, as in the script language.
    pub(crate) const fn as_float(self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            _ => None,
        }
    }
}

/// What a whole condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
    Fault(Fault),
}

impl From<Cell<'_>> for Truth {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Bool(true) => Self::True,
            Cell::Bool(false) => Self::False,
            Cell::Unknown => Self::Unknown,
            Cell::Fault(fault) => Self::Fault(fault),
            _ => Self::Fault(Fault { kind: FaultKind::Internal, at: 0 }),
        }
    }
}

/// Why, and at which byte of the condition, something cannot be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) at: usize,
}

/// Why something cannot be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// A whole number beyond 64 bits.
    Overflow,
    /// A remainder of a division by zero.
    RemainderByZero,
    /// A float beyond the finite ones, or none at all.
    NotFinite,
    /// A function that is called gives nothing; which and why, [`Program::told`](super::Program::told)
    /// says.
    Opaque,
    /// The checker let through what it should not have: our fault, not the author's.
    Internal,
}

impl FaultKind {
    /// In the words of rule authors.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Overflow => "a whole number is beyond 64 bits",
            Self::RemainderByZero => "a remainder of a division by zero",
            Self::NotFinite => "a float is not finite (a division by zero, or too large a number)",
            Self::Opaque => "a function that it calls gives nothing",
            Self::Internal => "an error of the engine, not of the rule: please report it",
        }
    }
}

/// Where a condition reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// The value of a fact.
    Fact(FactId),
    /// The value of a field of the event at hand, by its position.
    Field(usize),
    /// The value of a parameter of the run at hand, by its position.
    Param(usize),
    /// Whether now lies in a calendar's hours.
    During(CalendarId),
    /// What a window says for the key at hand.
    Window(WindowId, Question),
    /// The share of what the first window counts in what the second does; unknown where that is none.
    Ratio(WindowId, WindowId),
}

/// What a condition is evaluated against: every slot has a cell.
pub(crate) trait Slots {
    /// What is in a slot now; [`Cell::Unknown`] if nothing is.
    fn read(&self, slot: Slot) -> Cell<'_>;
}

/// The facts, the event and the windows at one instant.
pub(crate) struct Environment<'a> {
    pub(crate) now: Timestamp,
    pub(crate) context: &'a Context,
    pub(crate) calendars: &'a Calendars,
    /// The key at hand, of which facts take the part that they declare.
    pub(crate) key: &'a Key,
    /// The values of the fields of the event at hand, if there is one.
    pub(crate) event: Option<&'a [Option<Value>]>,
    /// The parameters of the run at hand; only conditions of workflows have some.
    pub(crate) params: &'a [Option<Value>],
    /// What a window says, for the key at hand.
    pub(crate) window: &'a dyn Fn(WindowId, Question) -> Cell<'a>,
}

impl Slots for Environment<'_> {
    fn read(&self, slot: Slot) -> Cell<'_> {
        match slot {
            Slot::Fact(fact) => self.context.read(self.now, fact, self.key).into(),
            Slot::During(id) => {
                self.calendars.is_in(self.now, id).map_or(Cell::Unknown, Cell::Bool)
            }
            Slot::Field(index) => self.event.and_then(|event| event.get(index)?.as_ref()).into(),
            Slot::Param(index) => self.params.get(index).and_then(Option::as_ref).into(),
            Slot::Window(window, question) => (self.window)(window, question),
            Slot::Ratio(part, whole) => {
                let count = |window| (self.window)(window, Question::Value);
                match (count(part), count(whole)) {
                    (Cell::Int(_), Cell::Int(0)) => Cell::Unknown,
                    (Cell::Int(part), Cell::Int(whole)) => Cell::Float(part as f64 / whole as f64),
                    _ => Cell::Unknown,
                }
            }
        }
    }
}
