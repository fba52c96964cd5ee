//! The reference of conditions, written once and plainly: the lifting to four truth values over
//! operations that plain Rhai performs on known values. Compiled programs must come to the same.

use std::sync::LazyLock;

use ptms_core::{Duration, Value};
use rhai::{Dynamic, Engine, EvalAltResult, Map, OptimizationLevel, Scope};

use crate::condition::cell::{Cell, Fault, FaultKind, Slots};
use crate::condition::node::{Node, NodeKind, Pattern};
use crate::condition::operation::Operation;

/// What a part of a condition comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reading {
    Known(Value),
    Unknown,
    Fault(Fault),
}

/// Rhai as it comes, without the limits on depth that differ between builds, and with those functions
/// of conditions that it lacks.
pub(super) static PLAIN: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(0, 0).set_optimization_level(OptimizationLevel::None);
    engine.register_fn("has", |_: Dynamic| true);
    engine.register_fn("count", |_: &str, span: &str| counted(span.parse().unwrap()));
    engine.register_fn("count", |_: &str, span: &str, _: Map| counted(span.parse().unwrap()));
    engine.register_fn("dur", |text: &str| text.parse::<Duration>().unwrap().as_nanos());
    engine
});

/// How many events a window holds here: one for each minute.
pub(super) fn counted(span: Duration) -> i64 {
    span.as_nanos() / Duration::from_secs(60).as_nanos()
}

/// The value of a part of a condition, by the definition.
pub(super) fn read(node: &Node, slots: &impl Slots) -> Reading {
    let all = |operands: &[Node]| operands.iter().map(|operand| read(operand, slots)).collect();
    match &node.kind {
        NodeKind::Constant(value) => Reading::Known(value.clone()),
        NodeKind::Slot(slot) => {
            value_of(slots.read(*slot)).map_or(Reading::Unknown, Reading::Known)
        }
        NodeKind::Has(operand) => match read(operand, slots) {
            Reading::Known(_) => Reading::Known(true.into()),
            Reading::Unknown => Reading::Known(false.into()),
            fault @ Reading::Fault(_) => fault,
        },
        NodeKind::And(operands) => junction(all(operands), false),
        NodeKind::Or(operands) => junction(all(operands), true),
        NodeKind::Coalesce(operands) => {
            let readings: Vec<Reading> = all(operands);
            let present = readings.into_iter().find(|reading| *reading != Reading::Unknown);
            present.unwrap_or(Reading::Unknown)
        }
        NodeKind::Strict(operation, operands) => {
            strict(all(operands), node.at, |values| apply(*operation, values))
        }
        NodeKind::Opaque(function, operands) => strict(all(operands), node.at, |values| {
            let cells: Vec<Cell<'_>> = values.iter().map(Cell::from).collect();
            function.call(&cells).map_err(|_| FaultKind::Opaque)
        }),
        NodeKind::If(parts) => match read(&parts[0], slots) {
            Reading::Known(condition) => {
                read(if condition == true.into() { &parts[1] } else { &parts[2] }, slots)
            }
            open => open,
        },
        NodeKind::Switch { subject, arms, default } => match read(subject, slots) {
            Reading::Known(value) => {
                let fits = |pattern: &Pattern| match pattern {
                    Pattern::Value(other) => holds("a == b", &[&value, other]),
                    Pattern::Range { first, last } => {
                        holds("a in b..=c", &[&value, &(*first).into(), &(*last).into()])
                    }
                };
                let arm = arms.iter().find(|(patterns, _)| patterns.iter().any(fits));
                read(arm.map_or(default, |(_, result)| result), slots)
            }
            open => open,
        },
    }
}

fn value_of(cell: Cell<'_>) -> Option<Value> {
    match cell {
        Cell::Bool(value) => Some(value.into()),
        Cell::Int(value) => Some(value.into()),
        Cell::Float(value) => Some(value.into()),
        Cell::Text(text) => Some(text.into()),
        Cell::List(items) => Some(Value::list(items.iter().cloned())),
        Cell::Unknown | Cell::Fault(_) => None,
    }
}

/// A known `decisive` operand decides, wherever it stands; else the leftmost fault; else unknown.
fn junction(operands: Vec<Reading>, decisive: bool) -> Reading {
    if operands.contains(&Reading::Known(decisive.into())) {
        return Reading::Known(decisive.into());
    }
    strict(operands, 0, |_| Ok((!decisive).into()))
}

/// The leftmost fault, else unknown if any operand is, else the operation.
fn strict(
    operands: Vec<Reading>,
    at: usize,
    operation: impl FnOnce(&[Value]) -> Result<Value, FaultKind>,
) -> Reading {
    let mut values = Vec::new();
    let mut unknown = false;
    for operand in operands {
        match operand {
            Reading::Known(value) => values.push(value),
            Reading::Unknown => unknown = true,
            fault @ Reading::Fault(_) => return fault,
        }
    }
    if unknown {
        return Reading::Unknown;
    }
    let fault = |kind| Reading::Fault(Fault { kind, at });
    operation(&values).map_or_else(fault, Reading::Known)
}

/// An operation on known values, as plain Rhai performs it; a float that is not finite is a fault.
fn apply(operation: Operation, values: &[Value]) -> Result<Value, FaultKind> {
    let script = match operation {
        Operation::Not => "!a".to_owned(),
        Operation::Negate => "-a".to_owned(),
        Operation::Compare(comparison) => format!("a {} b", comparison.symbol()),
        Operation::Arithmetic(operator) => format!("a {} b", operator.symbol()),
        Operation::In => "a in b".to_owned(),
        Operation::Within { inclusive: false } => "a in b..c".to_owned(),
        Operation::Within { inclusive: true } => "a in b..=c".to_owned(),
        Operation::Call(function) => match values {
            [_] => format!("{}(a)", function.name),
            _ => format!("{}(a, b)", function.name),
        },
    };
    match plain(&script, &values.iter().collect::<Vec<_>>()) {
        Some(Value::Float(value)) if !value.is_finite() => Err(FaultKind::NotFinite),
        Some(value) => Ok(value),
        None if script == "a % b" && values[1] == 0.into() => Err(FaultKind::RemainderByZero),
        None => Err(FaultKind::Overflow),
    }
}

fn holds(script: &str, values: &[&Value]) -> bool {
    plain(script, values) == Some(true.into())
}

/// What plain Rhai makes of a script over `a`, `b` and `c`; `None` for a fault of arithmetic.
fn plain(script: &str, values: &[&Value]) -> Option<Value> {
    let mut scope = Scope::new();
    for (name, value) in ["a", "b", "c"].into_iter().zip(values) {
        scope.push_constant_dynamic(name, dynamic(value));
    }
    let result = PLAIN.eval_expression_with_scope::<Dynamic>(&mut scope, script);
    let value = known_or_fault(script, result)?;
    let found = if let Ok(value) = value.as_bool() {
        value.into()
    } else if let Ok(value) = value.as_int() {
        value.into()
    } else if let Ok(value) = value.as_float() {
        value.into()
    } else {
        panic!("{script}: {value}")
    };
    Some(found)
}

/// The value, or `None` for a fault of arithmetic; anything else is our mistake.
pub(super) fn known_or_fault<T>(script: &str, result: Result<T, Box<EvalAltResult>>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => match error.unwrap_inner() {
            EvalAltResult::ErrorArithmetic(..) => None,
            other => panic!("{script}: {other}"),
        },
    }
}

pub(super) fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::List(items) => items.iter().map(dynamic).collect::<Vec<_>>().into(),
    }
}
