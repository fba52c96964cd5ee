//! The functions of conditions that look at nothing but their arguments. Those that look at facts
//! or windows (`has`, `count`) are syntax and live in the checker.

use super::cell::{Cell, FaultKind};
use super::check;
use super::types::Ty;

/// A pure function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// How it is called, for messages.
    pub(crate) usage: &'static str,
    /// The type of the result for arguments of these types; `None` if it does not take them.
    pub(crate) result: fn(&[Ty]) -> Option<Ty>,
    /// The result. Called with arguments of the types that `result` accepts.
    pub(crate) apply: for<'a> fn(&[Cell<'a>]) -> Result<Cell<'a>, FaultKind>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

/// All pure functions, ordered by name. The reference of the rule language lists them too; a test
/// keeps both in step.
pub(crate) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        usage: "abs(number)",
        result: |types| match types {
            [ty] if ty.is_number() => Some(ty.clone()),
            _ => None,
        },
        apply: |arguments| match arguments {
            [Cell::Int(value)] => value.checked_abs().map(Cell::Int).ok_or(FaultKind::Overflow),
            [Cell::Float(value)] => Ok(Cell::Float(value.abs())),
            _ => Err(FaultKind::Internal),
        },
    },
    Function {
        name: "contains",
        usage: "text.contains(\"part\")",
        result: two_texts,
        apply: |arguments| on_texts(arguments, |text, part| text.contains(part)),
    },
    Function {
        name: "ends_with",
        usage: "text.ends_with(\"part\")",
        result: two_texts,
        apply: |arguments| on_texts(arguments, |text, part| text.ends_with(part)),
    },
    Function {
        name: "len",
        usage: "len(text or list)",
        result: |types| match types {
            [Ty::Text | Ty::Enum(_) | Ty::List(_) | Ty::Empty] => Some(Ty::Int),
            _ => None,
        },
        apply: |arguments| {
            let len = match arguments {
                [Cell::Text(text)] => text.chars().count(),
                [Cell::List(items)] => items.len(),
                _ => return Err(FaultKind::Internal),
            };
            i64::try_from(len).map(Cell::Int).map_err(|_| FaultKind::Overflow)
        },
    },
    Function {
        name: "max",
        usage: "max(number, number)",
        result: two_numbers,
        apply: |arguments| numbers(arguments, i64::max, f64::max),
    },
    Function {
        name: "min",
        usage: "min(number, number)",
        result: two_numbers,
        apply: |arguments| numbers(arguments, i64::min, f64::min),
    },
    Function {
        name: "starts_with",
        usage: "text.starts_with(\"part\")",
        result: two_texts,
        apply: |arguments| on_texts(arguments, |text, part| text.starts_with(part)),
    },
    Function {
        name: "to_float",
        usage: "to_float(number)",
        result: |types| match types {
            [ty] if ty.is_number() => Some(Ty::Float),
            _ => None,
        },
        apply: |arguments| match arguments {
            [value] => value.as_float().map(Cell::Float).ok_or(FaultKind::Internal),
            _ => Err(FaultKind::Internal),
        },
    },
];

/// The function called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Whether conditions have a function of this name.
pub(crate) fn is_ours(name: &str) -> bool {
    let is_special = || check::SPECIAL.contains(&name) || check::over_time().any(|one| one == name);
    find(name).is_some() || is_special()
}

fn two_texts(types: &[Ty]) -> Option<Ty> {
    matches!(types, [Ty::Text | Ty::Enum(_), Ty::Text | Ty::Enum(_)]).then_some(Ty::Bool)
}

fn two_numbers(types: &[Ty]) -> Option<Ty> {
    match types {
        [Ty::Int, Ty::Int] => Some(Ty::Int),
        [left, right] if left.is_number() && right.is_number() => Some(Ty::Float),
        _ => None,
    }
}

fn on_texts<'a>(
    arguments: &[Cell<'a>],
    test: impl Fn(&str, &str) -> bool,
) -> Result<Cell<'a>, FaultKind> {
    match arguments {
        [Cell::Text(text), Cell::Text(part)] => Ok(Cell::Bool(test(text, part))),
        _ => Err(FaultKind::Internal),
    }
}

/// Two numbers as one of the type that both fit.
fn numbers<'a>(
    arguments: &[Cell<'a>],
    ints: fn(i64, i64) -> i64,
    floats: fn(f64, f64) -> f64,
) -> Result<Cell<'a>, FaultKind> {
    match arguments {
        [Cell::Int(left), Cell::Int(right)] => Ok(Cell::Int(ints(*left, *right))),
        [left, right] => {
            let pair = left.as_float().zip(right.as_float()).ok_or(FaultKind::Internal)?;
            Ok(Cell::Float(floats(pair.0, pair.1)))
        }
        _ => Err(FaultKind::Internal),
    }
}
