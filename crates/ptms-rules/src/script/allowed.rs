//! The functions that helper functions may call: pure, each O(1) or over strings and lists whose length
//! the engine bounds; what makes a string or list longer looks at the length before it works.

use std::ops::{Range, RangeInclusive};

use ptms_core::Duration;
use rhai::{Array, Dynamic, Engine, EvalAltResult};

use super::helpers::MAX_ITEMS;

/// Their names, and how many arguments they take.
pub(crate) const ALLOWED: [(&str, usize); 19] = [
    ("abs", 1),
    ("ceiling", 1),
    ("contains", 2),
    ("dur", 1),
    ("ends_with", 2),
    ("floor", 1),
    ("len", 1),
    ("max", 2),
    ("min", 2),
    ("push", 2),
    ("round", 1),
    ("split", 2),
    ("sqrt", 1),
    ("starts_with", 2),
    ("to_float", 1),
    ("to_int", 1),
    ("to_lower", 1),
    ("to_upper", 1),
    ("trim", 1),
];

/// Makes the engine know them, and what `for` goes through.
pub(super) fn register(engine: &mut Engine) {
    numbers(engine);
    texts(engine);
    lists(engine);
    engine.register_iterator::<Range<i64>>();
    engine.register_iterator::<RangeInclusive<i64>>();
}

fn numbers(engine: &mut Engine) {
    engine.register_fn("abs", |x: i64| x.checked_abs().ok_or_else(|| fault(OVERFLOW)));
    engine.register_fn("abs", f64::abs);
    two_numbers(engine, "max", i64::max, f64::max);
    two_numbers(engine, "min", i64::min, f64::min);
    engine.register_fn("ceiling", f64::ceil);
    engine.register_fn("floor", f64::floor);
    engine.register_fn("round", f64::round);
    engine.register_fn("sqrt", f64::sqrt);
    engine.register_fn("to_float", |x: i64| x as f64);
    engine.register_fn("to_float", |x: f64| x);
    engine.register_fn("to_int", |x: i64| x);
    engine.register_fn("to_int", |x: f64| to_int(x).ok_or_else(|| fault(OVERFLOW)));
    // What `x in 1..5` is to the script engine.
    engine.register_fn("contains", |range: Range<i64>, x: i64| range.contains(&x));
    engine.register_fn("contains", |range: RangeInclusive<i64>, x: i64| range.contains(&x));
}

fn texts(engine: &mut Engine) {
    engine.register_fn("contains", |text: &str, part: &str| text.contains(part));
    engine.register_fn("contains", |text: &str, part: char| text.contains(part));
    engine.register_fn("starts_with", |text: &str, part: &str| text.starts_with(part));
    engine.register_fn("ends_with", |text: &str, part: &str| text.ends_with(part));
    engine.register_fn("len", |text: &str| text.chars().count() as i64);
    engine.register_fn("to_lower", |text: &str| text.to_lowercase());
    engine.register_fn("to_upper", |text: &str| text.to_uppercase());
    engine.register_fn("trim", |text: &str| text.trim().to_owned());
    engine.register_fn("split", |text: &str, between: &str| {
        let parts = text.split(between).map(|part| Dynamic::from(part.to_owned()));
        let parts: Array = parts.take(MAX_ITEMS + 1).collect();
        if parts.len() > MAX_ITEMS { Err(fault(TOO_LONG)) } else { Ok(parts) }
    });
    engine.register_fn("dur", |text: &str| {
        text.parse()
            .map(Duration::as_nanos)
            .map_err(|error: ptms_core::DurationError| fault(&error.to_string()))
    });
}

fn lists(engine: &mut Engine) {
    engine.register_iterator::<Array>();
    engine.register_fn("len", |items: &mut Array| items.len() as i64);
    engine.register_fn("contains", |items: &mut Array, wanted: Dynamic| {
        items.iter().any(|item| equal(item, &wanted))
    });
    engine.register_fn("push", |items: &mut Array, item: Dynamic| {
        if items.len() >= MAX_ITEMS {
            return Err(fault(TOO_LONG));
        }
        items.push(item);
        Ok(())
    });
}

const OVERFLOW: &str = "a whole number is beyond 64 bits";
const TOO_LONG: &str = "a list grows too long";

fn fault(message: &str) -> Box<EvalAltResult> {
    message.into()
}

fn two_numbers(
    engine: &mut Engine,
    name: &str,
    ints: fn(i64, i64) -> i64,
    floats: fn(f64, f64) -> f64,
) {
    engine.register_fn(name, ints);
    engine.register_fn(name, floats);
    engine.register_fn(name, move |left: i64, right: f64| floats(left as f64, right));
    engine.register_fn(name, move |left: f64, right: i64| floats(left, right as f64));
}

/// The float without its fraction, if that is an int of 64 bits.
fn to_int(x: f64) -> Option<i64> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    (-BEYOND..BEYOND).contains(&x).then_some(x as i64)
}

/// Whether two scalars are equal; an int and a float are compared as floats.
fn equal(left: &Dynamic, right: &Dynamic) -> bool {
    let number = |value: &Dynamic| value.as_float().or_else(|_| value.as_int().map(|x| x as f64));
    if let (Ok(left), Ok(right)) = (left.as_int(), right.as_int()) {
        return left == right;
    }
    if let (Ok(left), Ok(right)) = (number(left), number(right)) {
        return left == right;
    }
    let texts = (left.as_immutable_string_ref(), right.as_immutable_string_ref());
    if let (Ok(left), Ok(right)) = texts {
        return *left == *right;
    }
    matches!((left.as_bool(), right.as_bool()), (Ok(left), Ok(right)) if left == right)
}
