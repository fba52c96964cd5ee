//! The evaluation of checked conditions, with four truth values.
//!
//! A known false operand decides `&&` and a known true one decides `||`, on either side; otherwise a
//! fault beats unknown, and the leftmost fault is the one reported. Everything else is strict: the
//! leftmost faulting operand, else unknown if any operand is. The lifting is Kleene's strong
//! three-valued logic with a fourth value for faults.

use ptms_core::{CheckedEvent, Context, Timestamp, Value};

use super::expr::{Arithmetic, Comparison};
use super::functions::as_float;
use super::node::{Node, NodeKind};
use crate::window::WindowId;

/// What a part of a condition comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// A value.
    Known(Value),
    /// No value: something that was read has none.
    Unknown,
    /// It cannot be worked out.
    Fault(Fault),
}

/// What a whole condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
    Fault(Fault),
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
            Self::Internal => "an error of the engine, not of the rule: please report it",
        }
    }
}

/// What a condition is evaluated against.
pub(crate) struct Environment<'a> {
    pub(crate) now: Timestamp,
    pub(crate) context: &'a Context,
    /// The event at hand; only selectors have one.
    pub(crate) event: Option<&'a CheckedEvent>,
    /// How many events a window holds, for the key at hand.
    pub(crate) count: &'a dyn Fn(WindowId) -> usize,
}

impl Node {
    /// The truth of a condition.
    pub(crate) fn truth(&self, environment: &Environment<'_>) -> Truth {
        match self.read(environment) {
            Reading::Known(Value::Bool(true)) => Truth::True,
            Reading::Known(Value::Bool(false)) => Truth::False,
            Reading::Known(_) => Truth::Fault(Fault { kind: FaultKind::Internal, at: self.at }),
            Reading::Unknown => Truth::Unknown,
            Reading::Fault(fault) => Truth::Fault(fault),
        }
    }

    /// The value of a part of a condition.
    pub(crate) fn read(&self, environment: &Environment<'_>) -> Reading {
        let optional =
            |value: Option<&Value>| value.cloned().map_or(Reading::Unknown, Reading::Known);
        match &self.kind {
            NodeKind::Constant(value) => Reading::Known(value.clone()),
            NodeKind::Fact(fact) => optional(environment.context.read(environment.now, *fact)),
            NodeKind::Field(index) => {
                optional(environment.event.and_then(|event| event.field(*index)))
            }
            NodeKind::Count(window) => {
                let count = (environment.count)(*window);
                Reading::Known(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
            }
            NodeKind::Has(operand) => match operand.read(environment) {
                Reading::Known(_) => Reading::Known(Value::Bool(true)),
                Reading::Unknown => Reading::Known(Value::Bool(false)),
                fault @ Reading::Fault(_) => fault,
            },
            NodeKind::And(operands) => junction(operands, false, environment),
            NodeKind::Or(operands) => junction(operands, true, environment),
            NodeKind::Coalesce(operands) => {
                let readings = operands.iter().map(|operand| operand.read(environment));
                readings
                    .into_iter()
                    .find(|reading| *reading != Reading::Unknown)
                    .unwrap_or(Reading::Unknown)
            }
            NodeKind::Not(operand) => self.strict([operand.as_ref()], environment, not),
            NodeKind::Negate(operand) => self.strict([operand.as_ref()], environment, negate),
            NodeKind::Compare(comparison, pair) => {
                self.strict(pair.iter(), environment, |values| compare(*comparison, values))
            }
            NodeKind::Arithmetic(operator, pair) => {
                self.strict(pair.iter(), environment, |values| calculate(*operator, values))
            }
            NodeKind::In(pair) => self.strict(pair.iter(), environment, is_in),
            NodeKind::Within { operands, inclusive } => {
                self.strict(operands.iter(), environment, |values| within(values, *inclusive))
            }
            NodeKind::Call(function, arguments) => {
                self.strict(arguments.iter(), environment, function.apply)
            }
        }
    }

    /// Applies `operation` where every operand is known.
    fn strict<'n>(
        &self,
        operands: impl IntoIterator<Item = &'n Node>,
        environment: &Environment<'_>,
        operation: impl Fn(&[Value]) -> Result<Value, FaultKind>,
    ) -> Reading {
        let mut values = smallvec::SmallVec::<[Value; 3]>::new();
        let mut unknown = false;
        for operand in operands {
            match operand.read(environment) {
                Reading::Known(value) => values.push(value),
                Reading::Unknown => unknown = true,
                fault @ Reading::Fault(_) => return fault,
            }
        }
        if unknown {
            return Reading::Unknown;
        }
        let fault = |kind| Reading::Fault(Fault { kind, at: self.at });
        operation(&values).map_or_else(fault, Reading::Known)
    }
}

/// `&&` where `decisive` is false, `||` where it is true.
fn junction(operands: &[Node], decisive: bool, environment: &Environment<'_>) -> Reading {
    let mut undecided = Reading::Known(Value::Bool(!decisive));
    for operand in operands {
        match operand.read(environment) {
            Reading::Known(Value::Bool(value)) if value == decisive => {
                return Reading::Known(Value::Bool(decisive));
            }
            Reading::Known(Value::Bool(_)) => {}
            Reading::Known(_) => {
                return Reading::Fault(Fault { kind: FaultKind::Internal, at: operand.at });
            }
            // The leftmost fault stays; unknown gives way to it.
            Reading::Unknown if matches!(undecided, Reading::Known(_)) => {
                undecided = Reading::Unknown;
            }
            fault @ Reading::Fault(_) if !matches!(undecided, Reading::Fault(_)) => {
                undecided = fault;
            }
            Reading::Unknown | Reading::Fault(_) => {}
        }
    }
    undecided
}

fn not(values: &[Value]) -> Result<Value, FaultKind> {
    match values {
        [Value::Bool(value)] => Ok(Value::Bool(!value)),
        _ => Err(FaultKind::Internal),
    }
}

fn negate(values: &[Value]) -> Result<Value, FaultKind> {
    match values {
        [Value::Int(value)] => value.checked_neg().map(Value::Int).ok_or(FaultKind::Overflow),
        [Value::Float(value)] => Ok(Value::Float(-value)),
        _ => Err(FaultKind::Internal),
    }
}

/// Whether two values are equal; an int and a float are compared as floats.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(&**right).all(|(l, r)| equal(l, r))
        }
        _ => match as_float(left).zip(as_float(right)) {
            Some((left, right)) => compare_floats(Comparison::Equal, left, right),
            None => left == right,
        },
    }
}

/// Compares floats as the script language does: the difference counts only where it is more than
/// [`f64::EPSILON`] of the greater one (or more than that itself, where one is zero or the product
/// rounds to zero), so that `0.1 + 0.2 == 0.3`.
fn compare_floats(comparison: Comparison, left: f64, right: f64) -> bool {
    let scale = if left * right == 0.0 { 1.0 } else { left.abs().max(right.abs()) };
    let difference = (left - right) / scale;
    match comparison {
        Comparison::Equal => difference.abs() <= f64::EPSILON,
        Comparison::NotEqual => difference.abs() > f64::EPSILON,
        Comparison::Less => -difference > f64::EPSILON,
        Comparison::LessOrEqual => -difference > -f64::EPSILON,
        Comparison::Greater => difference > f64::EPSILON,
        Comparison::GreaterOrEqual => difference > -f64::EPSILON,
    }
}

fn compare(comparison: Comparison, values: &[Value]) -> Result<Value, FaultKind> {
    let [left, right] = values else { return Err(FaultKind::Internal) };
    let ordering = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        _ => {
            let truth = match (comparison, as_float(left).zip(as_float(right))) {
                (_, Some((left, right))) => compare_floats(comparison, left, right),
                (Comparison::Equal, None) => equal(left, right),
                (Comparison::NotEqual, None) => !equal(left, right),
                _ => return Err(FaultKind::Internal),
            };
            return Ok(Value::Bool(truth));
        }
    };
    Ok(Value::Bool(match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }))
}

fn calculate(operator: Arithmetic, values: &[Value]) -> Result<Value, FaultKind> {
    if let [Value::Int(left), Value::Int(right)] = values {
        let (left, right) = (*left, *right);
        let result = match operator {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Remainder if right == 0 => return Err(FaultKind::RemainderByZero),
            Arithmetic::Remainder => left.checked_rem(right),
            // The division of two ints does not load.
            Arithmetic::Divide => return Err(FaultKind::Internal),
        };
        return result.map(Value::Int).ok_or(FaultKind::Overflow);
    }
    let [left, right] = values else { return Err(FaultKind::Internal) };
    let (left, right) = as_float(left).zip(as_float(right)).ok_or(FaultKind::Internal)?;
    let result = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    };
    if result.is_finite() { Ok(Value::Float(result)) } else { Err(FaultKind::NotFinite) }
}

fn is_in(values: &[Value]) -> Result<Value, FaultKind> {
    match values {
        [item, Value::List(items)] => Ok(Value::Bool(items.iter().any(|other| equal(item, other)))),
        [Value::Text(part), Value::Text(text)] => Ok(Value::Bool(text.contains(part.as_str()))),
        _ => Err(FaultKind::Internal),
    }
}

fn within(values: &[Value], inclusive: bool) -> Result<Value, FaultKind> {
    let [Value::Int(item), Value::Int(from), Value::Int(to)] = values else {
        return Err(FaultKind::Internal);
    };
    let below = if inclusive { item <= to } else { item < to };
    Ok(Value::Bool(from <= item && below))
}
