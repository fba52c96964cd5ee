//! Operations on known values: operators and pure functions. They know no unknown and no fault of an
//! operand: who applies them has looked.

use super::cell::{Cell, FaultKind};
use super::expr::{Arithmetic, Comparison};
use super::functions::Function;

/// What is strict in all of its operands: at fault if one is, unknown if one is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Not,
    Negate,
    Compare(Comparison),
    Arithmetic(Arithmetic),
    /// Whether the first operand is an item of the second, which is a list or a text.
    In,
    /// Whether the first operand is within the bounds given by the other two.
    Within {
        inclusive: bool,
    },
    Call(&'static Function),
}

impl Operation {
    /// The result for known operands of the types that the checker lets through.
    pub(crate) fn apply<'a>(self, operands: &[Cell<'a>]) -> Result<Cell<'a>, FaultKind> {
        match (self, operands) {
            (Self::Not, [Cell::Bool(value)]) => Ok(Cell::Bool(!value)),
            (Self::Negate, [operand]) => negate(*operand),
            (Self::Compare(comparison), [left, right]) => compare(comparison, *left, *right),
            (Self::Arithmetic(operator), [left, right]) => calculate(operator, *left, *right),
            (Self::In, [item, container]) => is_in(*item, *container),
            (Self::Within { inclusive }, [Cell::Int(item), Cell::Int(from), Cell::Int(to)]) => {
                let below = if inclusive { item <= to } else { item < to };
                Ok(Cell::Bool(from <= item && below))
            }
            (Self::Call(function), arguments) => (function.apply)(arguments),
            _ => Err(FaultKind::Internal),
        }
    }
}

fn negate(operand: Cell<'_>) -> Result<Cell<'_>, FaultKind> {
    match operand {
        Cell::Int(value) => value.checked_neg().map(Cell::Int).ok_or(FaultKind::Overflow),
        Cell::Float(value) => Ok(Cell::Float(-value)),
        _ => Err(FaultKind::Internal),
    }
}

/// Whether two values are equal; an int and a float are compared as floats.
fn equal(left: Cell<'_>, right: Cell<'_>) -> bool {
    match (left, right) {
        (Cell::Int(left), Cell::Int(right)) => left == right,
        (Cell::List(left), Cell::List(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(left, right)| equal(left.into(), right.into()))
        }
        _ => match left.as_float().zip(right.as_float()) {
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

pub(super) fn compare<'a>(
    comparison: Comparison,
    left: Cell<'a>,
    right: Cell<'a>,
) -> Result<Cell<'a>, FaultKind> {
    let ordering = match (left, right) {
        (Cell::Int(left), Cell::Int(right)) => left.cmp(&right),
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        _ => {
            let truth = match (comparison, left.as_float().zip(right.as_float())) {
                (_, Some((left, right))) => compare_floats(comparison, left, right),
                (Comparison::Equal, None) => equal(left, right),
                (Comparison::NotEqual, None) => !equal(left, right),
                _ => return Err(FaultKind::Internal),
            };
            return Ok(Cell::Bool(truth));
        }
    };
    Ok(Cell::Bool(match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }))
}

fn calculate<'a>(
    operator: Arithmetic,
    left: Cell<'a>,
    right: Cell<'a>,
) -> Result<Cell<'a>, FaultKind> {
    if let (Cell::Int(left), Cell::Int(right)) = (left, right) {
        let result = match operator {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Remainder if right == 0 => return Err(FaultKind::RemainderByZero),
            Arithmetic::Remainder => left.checked_rem(right),
            // The division of two ints does not load.
            Arithmetic::Divide => return Err(FaultKind::Internal),
        };
        return result.map(Cell::Int).ok_or(FaultKind::Overflow);
    }
    let (left, right) = left.as_float().zip(right.as_float()).ok_or(FaultKind::Internal)?;
    let result = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    };
    if result.is_finite() { Ok(Cell::Float(result)) } else { Err(FaultKind::NotFinite) }
}

fn is_in<'a>(item: Cell<'a>, container: Cell<'a>) -> Result<Cell<'a>, FaultKind> {
    match (item, container) {
        (_, Cell::List(items)) => {
            Ok(Cell::Bool(items.iter().any(|other| equal(item, other.into()))))
        }
        (Cell::Text(part), Cell::Text(text)) => Ok(Cell::Bool(text.contains(part))),
        _ => Err(FaultKind::Internal),
    }
}
