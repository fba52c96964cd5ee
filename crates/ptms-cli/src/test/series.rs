//! Series of values in one line: `"100 x10, 300 +10x5, _ x2"`. Knows no fact and no instant.
//!
//! A series is items, separated by commas; each item gives one sample or several, in a row:
//!
//! | item | samples |
//! |---|---|
//! | `300` | one of 300 |
//! | `300 x5` | five of 300 |
//! | `300 +10x5` | five: 300, 310, 320, 330, 340; the first is the value itself |
//! | `0.5 -0.1x3` | three: 0.5, 0.4, 0.3 |
//! | `_`, `_ x2` | one gap, two gaps: nothing is said at these instants |
//!
//! Blanks around items and before the step or the `x` do not matter. Sample `i` of a ramp is the value plus `i` times the step,
//! calculated at once, so that floats do not drift. A text that is not plain is written in double quotes,
//! in which nothing is an escape: `"in review" x3`.

use ptms::{Type, Value};

use crate::stream::value_of_text;

/// The most samples of a series: a week of minutes, and a slip of the keyboard does not fill the memory.
pub(super) const MAX_SAMPLES: usize = 10_080;

/// What is wrong with a series, and the bytes of it that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeriesFault {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) message: String,
}

/// The samples of a series of values of one type, gaps as `None`.
pub(super) fn samples(text: &str, ty: &Type) -> Result<Vec<Option<Value>>, SeriesFault> {
    let mut samples = Vec::new();
    let mut start = 0;
    for item in items(text) {
        let end = start + item.len();
        let blank = item.len() - item.trim_start().len();
        let len = item.trim().len();
        let fault =
            |message| SeriesFault { start: start + blank, end: start + blank + len, message };
        let item = Item::parse(item)
            .ok_or_else(|| fault(format!("{:?} is no item of a series", item.trim())))?;
        if item.count == 0 || samples.len().saturating_add(item.count) > MAX_SAMPLES {
            return Err(fault(format!(
                "a series has 1 to {MAX_SAMPLES} samples, each item at least 1"
            )));
        }
        for index in 0..item.count {
            samples.push(item.sample(index, ty).map_err(fault)?);
        }
        start = end + 1;
    }
    Ok(samples)
}

/// The text between commas, those in quotes apart.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// One item as it is written.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    /// `None` for a gap.
    value: Option<&'a str>,
    /// With its sign.
    step: Option<&'a str>,
    count: usize,
}

impl<'a> Item<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (value, rest) = match text.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => text.split_at(text.find(char::is_whitespace).unwrap_or(text.len())),
        };
        if value.is_empty() || value.contains('"') {
            return None;
        }
        let rest = rest.trim_start();
        let (step, count) = match rest.rsplit_once('x') {
            Some((step, count)) => (step.trim_end(), count.trim_start()),
            None => ("", if rest.is_empty() { "1" } else { return None }),
        };
        if !step.is_empty() && !step.starts_with(['+', '-']) {
            return None;
        }
        let plain = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = if plain { count.parse().ok()? } else { return None };
        let gap = value == "_" && !text.starts_with('"');
        if gap && !step.is_empty() {
            return None;
        }
        let step = Some(step).filter(|step| !step.is_empty());
        Some(Self { value: (!gap).then_some(value), step, count })
    }

    fn sample(&self, index: usize, ty: &Type) -> Result<Option<Value>, String> {
        let Some(text) = self.value else { return Ok(None) };
        let value = value_of_text(ty, text).ok_or_else(|| format!("{text:?} is no {ty}"))?;
        let Some(step) = self.step else { return Ok(Some(value)) };
        let number = step.strip_prefix('+').unwrap_or(step);
        // A duration is an int and its step is written as one; a step down has its sign in front.
        let size = number.strip_prefix('-').unwrap_or(number);
        let size =
            value_of_text(ty, size).ok_or_else(|| format!("{step:?} is no step of {ty}s"))?;
        let sign = if number.starts_with('-') { -1 } else { 1 };
        // A series has so few samples that none is cut off here.
        let times = sign * i32::try_from(index).unwrap_or(i32::MAX);
        stepped(&value, &size, times).map(Some)
    }
}

/// The value plus so many times the step.
fn stepped(value: &Value, step: &Value, times: i32) -> Result<Value, String> {
    match (value, step) {
        (Value::Int(value), Value::Int(step)) => {
            let sum = step.checked_mul(times.into()).and_then(|change| value.checked_add(change));
            sum.map(Value::Int).ok_or_else(|| "the series leaves the ints".to_owned())
        }
        (Value::Float(value), Value::Float(step)) => {
            Ok(Value::Float(step.mul_add(times.into(), *value)))
        }
        _ => Err(format!("{} has no steps", value.kind())),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(ty: &Type, text: &str, expected: &Expect) {
        let shown = match samples(text, ty) {
            Ok(samples) => {
                let shown = |sample: &Option<Value>| match sample {
                    Some(value) => value.to_string(),
                    None => "_".to_owned(),
                };
                samples.iter().map(shown).collect::<Vec<_>>().join(" ")
            }
            Err(SeriesFault { start, end, message }) => {
                format!("{:?}: {message}", text.get(start..end).unwrap())
            }
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_table_of_the_documentation() {
        check(&Type::Int, "300", &expect!["300"]);
        check(&Type::Int, "300 x5", &expect!["300 300 300 300 300"]);
        check(&Type::Int, "300 +10x5", &expect!["300 310 320 330 340"]);
        check(&Type::Float, "0.5 -0.1x3", &expect!["0.5 0.4 0.3"]);
        check(&Type::Float, "_, 1, _ x2", &expect!["_ 1.0 _ _"]);
        check(&Type::Int, " 100 x2, 300   +10 x 2 ,_ x1", &expect!["100 100 300 310 _"]);
        check(
            &Type::String,
            "\"in, review\" x2, done",
            &expect![[r#""in, review" "in, review" "done""#]],
        );
        check(&Type::Duration, "1m +30s x3", &expect!["60000000000 90000000000 120000000000"]);
        check(&Type::Bool, "true, false x2", &expect!["true false false"]);
        check(&Type::String, "\"_\"", &expect![[r#""_""#]]);
    }

    #[test]
    fn what_is_no_series() {
        check(&Type::Int, "", &expect![[r#""": "" is no item of a series"#]]);
        check(&Type::Int, "1,,2", &expect![[r#""": "" is no item of a series"#]]);
        check(&Type::Int, "1, fast", &expect![[r#""fast": "fast" is no int"#]]);
        check(
            &Type::Int,
            "1 x0",
            &expect!["\"1 x0\": a series has 1 to 10080 samples, each item at least 1"],
        );
        check(
            &Type::Int,
            "1 x99999",
            &expect!["\"1 x99999\": a series has 1 to 10080 samples, each item at least 1"],
        );
        check(&Type::Int, "1, _x1", &expect![[r#""_x1": "_x1" is no int"#]]);
        check(&Type::Int, "1 2", &expect![[r#""1 2": "1 2" is no item of a series"#]]);
        check(&Type::Int, "1 x-2", &expect![[r#""1 x-2": "1 x-2" is no item of a series"#]]);
        check(&Type::Int, "_ +1x2", &expect![[r#""_ +1x2": "_ +1x2" is no item of a series"#]]);
        check(&Type::Int, "1 +0.5x2", &expect![[r#""1 +0.5x2": "+0.5" is no step of ints"#]]);
        check(&Type::Bool, "true +true x2", &expect![[r#""true +true x2": a bool has no steps"#]]);
        check(
            &Type::Int,
            "9223372036854775807 +1x2",
            &expect![[r#""9223372036854775807 +1x2": the series leaves the ints"#]],
        );
        check(
            &Type::String,
            "\"open x2",
            &expect![[r#""\"open x2": "\"open x2" is no item of a series"#]],
        );
    }

    /// An item as somebody means it, and how it can be written.
    fn item() -> impl Strategy<Value = (Option<i64>, i64, usize)> {
        (proptest::option::of(-1000..1000_i64), -50..50_i64, 1..6_usize)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn what_is_meant_is_what_is_read(items in proptest::collection::vec(item(), 1..8), blank in " {0,2}") {
            let mut text = Vec::new();
            let mut meant = Vec::new();
            for (value, step, count) in items {
                match value {
                    None => text.push(format!("{blank}_ {blank}x{blank}{count}{blank}")),
                    Some(value) => {
                        let step_text = if step == 0 { String::new() } else { format!("{step:+}") };
                        text.push(format!("{blank}{value} {blank}{step_text}{blank}x{count}"));
                    }
                }
                for index in 0..count {
                    meant.push(value.map(|value| Value::Int(value + step * index as i64)));
                }
            }
            prop_assert_eq!(samples(&text.join(","), &Type::Int), Ok(meant));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9_x+,\" \u{e4}-]{0,16}") {
            for ty in [Type::Int, Type::Float, Type::String, Type::Duration] {
                match samples(&text, &ty) {
                    Ok(samples) => prop_assert!((1..=MAX_SAMPLES).contains(&samples.len())),
                    Err(fault) => prop_assert!(text.get(fault.start..fault.end).is_some()),
                }
            }
        }
    }
}
