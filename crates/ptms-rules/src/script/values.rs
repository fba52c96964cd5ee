//! Values on their way into helper functions and out of them.

use ptms_core::Value;
use rhai::{Array, Dynamic};

use super::helpers::{MAX_HELPER_TEXT, MAX_ITEMS};
use super::syntax::type_words;
use crate::condition::cell::Cell;

pub(super) fn dynamic(cell: Cell<'_>) -> Dynamic {
    match cell {
        Cell::Bool(value) => value.into(),
        Cell::Int(value) => value.into(),
        Cell::Float(value) => value.into(),
        Cell::Text(text) => text.into(),
        Cell::List(items) => {
            items.iter().map(|item| dynamic(item.into())).collect::<Array>().into()
        }
        // A call is strict in its arguments.
        Cell::Unknown | Cell::Fault(_) => Dynamic::UNIT,
    }
}

/// Whether the value is beyond the limits of helpers, which the script engine checks only for what it
/// makes itself.
pub(super) fn is_too_long(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Text(text) => text.len() > MAX_HELPER_TEXT,
        Cell::List(items) => {
            let texts = items.iter().map(|item| match item {
                Value::Text(text) => text.len(),
                _ => 0,
            });
            items.len() > MAX_ITEMS || texts.sum::<usize>() > MAX_HELPER_TEXT
        }
        _ => false,
    }
}

/// A scalar, or a list of scalars; otherwise what it is instead.
pub(super) fn value(from: &Dynamic) -> Result<Value, String> {
    if let Ok(items) = from.as_array_ref() {
        let items: Result<Vec<Value>, String> = items.iter().map(scalar).collect();
        return items.map(Value::list);
    }
    scalar(from)
}

fn scalar(from: &Dynamic) -> Result<Value, String> {
    if let Ok(value) = from.as_bool() {
        return Ok(Value::Bool(value));
    }
    if let Ok(value) = from.as_int() {
        return Ok(Value::Int(value));
    }
    if let Ok(value) = from.as_float() {
        let finite = value.is_finite().then_some(Value::Float(value));
        return finite.ok_or_else(|| "it returns a float that is not finite".to_owned());
    }
    if let Ok(value) = from.as_immutable_string_ref() {
        return Ok(Value::Text(value.as_str().into()));
    }
    if let Ok(value) = from.as_char() {
        return Ok(Value::Text(value.to_string().into()));
    }
    let kind = match from.type_name() {
        "array" => "a list within a list",
        name if name.contains("Range") => "a range",
        name => type_words(name),
    };
    Err(format!("it returns {kind}"))
}
