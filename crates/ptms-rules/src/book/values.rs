//! What stands behind a key, as what it must be: texts, names, numbers, durations, choices. A fault is
//! noted where it is something else.

use ptms_core::diagnostic::{BAD_NAME, BAD_VALUE};
use ptms_core::trigger::PriorityError;
use ptms_core::{Duration, Name, Priority, Type, Value};
use toml::de::DeValue;

use super::reader::Section;
use super::report::Report;
use super::text::{Text, text_of};
use crate::condition::duration_help;

impl<'a> Section<'a> {
    pub(super) fn text(&mut self, report: &mut Report, key: &'static str) -> Option<Text<'a>> {
        let value = self.entry(key)?;
        let text = text_of(self.file, value);
        if text.is_none() {
            self.wrong_shape(report, key, "a string", value);
        }
        text
    }

    /// A text without position, for people.
    pub(super) fn words(&mut self, report: &mut Report, key: &'static str) -> Option<Name> {
        self.text(report, key).map(|text| text.value.into())
    }

    /// A text that must be a name.
    pub(super) fn name(&mut self, report: &mut Report, key: &'static str) -> Option<Text<'a>> {
        let text = self.text(report, key)?;
        check_name(report, &text).then_some(text)
    }

    pub(super) fn flag(&mut self, report: &mut Report, key: &'static str) -> Option<bool> {
        let value = self.entry(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_shape(report, key, "true or false", value);
        }
        flag
    }

    pub(super) fn duration(&mut self, report: &mut Report, key: &'static str) -> Option<Duration> {
        let value = self.entry(key)?;
        let Some(text) = text_of(self.file, value) else {
            self.wrong_shape(report, key, "a duration such as \"5m\"", value);
            return None;
        };
        parse_duration(report, key, &text, text.value)
    }

    /// The `priority`, or the default one.
    pub(super) fn priority(&mut self, report: &mut Report) -> Priority {
        let Some(text) = self.text(report, "priority") else { return Priority::default() };
        text.value.parse().unwrap_or_else(|error: PriorityError| {
            let message = format!("{:?} is no priority", text.value);
            report.error(BAD_VALUE, text.span(), message, &error.to_string());
            Priority::default()
        })
    }

    /// One of a few words, and what it stands for.
    pub(super) fn choice<T: Copy>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(report, key)?;
        let chosen = choices.iter().find(|(word, _)| *word == text.value);
        if chosen.is_none() {
            let message = format!("`{key}` cannot be {:?}", text.value);
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
            let help = format!("`{key}` is {}", one_of(&words));
            report.error(BAD_VALUE, text.span(), message, &help);
        }
        chosen.map(|(_, meaning)| *meaning)
    }

    /// A number, whole or not.
    pub(super) fn number(&mut self, report: &mut Report, key: &'static str) -> Option<f64> {
        let value = self.entry(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong_shape(report, key, "a number", value);
        }
        number
    }

    /// A value written out, of the type `ty`; nothing where the type is at fault itself.
    pub(super) fn value(
        &mut self,
        report: &mut Report,
        key: &'static str,
        ty: Option<&Type>,
    ) -> Option<Value> {
        self.entry(key)?;
        self.value_at(report, key, ty)
    }

    /// The same, of a key that is the author's.
    pub(super) fn value_at(
        &self,
        report: &mut Report,
        key: &str,
        ty: Option<&Type>,
    ) -> Option<Value> {
        let (written, ty) = self.content().get(key).zip(ty)?;
        let value = value_of(written.get_ref(), ty);
        let admitted = value.map(|value| ty.admit(value).map_err(|error| error.to_string()));
        match admitted.unwrap_or_else(|| Err(format!("expected {ty}"))) {
            Ok(value) => Some(value),
            Err(why) => {
                let message = format!("`{key}` does not fit: {why}");
                let help = match ty {
                    Type::Duration => "write a duration as \"5m\"",
                    _ => "",
                };
                report.error(BAD_VALUE, self.file.span(written.span()), message, help);
                None
            }
        }
    }

    pub(super) fn count(&mut self, report: &mut Report, key: &'static str) -> Option<usize> {
        let value = self.entry(key)?;
        let count = int_of(value.get_ref()).and_then(|int| usize::try_from(int).ok());
        if count.is_none() {
            self.wrong_shape(report, key, "a whole number from 0", value);
        }
        count
    }

    /// A list of texts; empty if it is not there.
    pub(super) fn texts(&mut self, report: &mut Report, key: &'static str) -> Vec<Text<'a>> {
        let Some(value) = self.entry(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_shape(report, key, "a list of strings", value);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match text_of(self.file, item) {
                Some(text) => texts.push(text),
                None => self.wrong_shape(report, key, "a list of strings", item),
            }
        }
        texts
    }
}

/// The whole number, if the value is one of 64 bits.
pub(super) fn int_of(value: &DeValue<'_>) -> Option<i64> {
    let int = value.as_integer()?;
    i64::from_str_radix(int.as_str(), int.radix()).ok()
}

/// The number, if the value is one that is finite.
pub(super) fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let float = value.as_float().and_then(|float| float.as_str().parse::<f64>().ok());
    let int = || int_of(value).and_then(ptms_core::value::widen);
    float.or_else(int).filter(|number| number.is_finite())
}

/// What is written, as a value that may be of the type `ty`.
fn value_of(written: &DeValue<'_>, ty: &Type) -> Option<Value> {
    match (written, ty) {
        (DeValue::String(text), Type::Duration) => {
            text.parse().ok().map(|span: Duration| Value::Int(span.as_nanos()))
        }
        (_, Type::Duration) => None,
        (DeValue::Array(items), Type::List { item, .. }) => {
            let items: Option<Vec<Value>> =
                items.iter().map(|written| value_of(written.get_ref(), item)).collect();
            items.map(Value::list)
        }
        (DeValue::String(text), _) => Some(Value::from(text.as_ref())),
        (DeValue::Boolean(value), _) => Some(Value::Bool(*value)),
        (DeValue::Integer(_), _) => int_of(written).map(Value::Int),
        (DeValue::Float(_), _) => number_of(written).map(Value::Float),
        _ => None,
    }
}

/// Whether a text can be declared as a name; a fault if not.
pub(super) fn check_name(report: &mut Report, text: &Text<'_>) -> bool {
    let valid = Name::is_valid(text.value);
    if !valid {
        let message = format!("{:?} cannot be a name", text.value);
        let help = "names are letters, digits, `_`, `-` and `.`, and begin with a letter";
        report.error(BAD_NAME, text.span(), message, help);
    }
    valid
}

/// The duration that `value` writes; a fault on `text` if it is none.
pub(super) fn parse_duration(
    report: &mut Report,
    key: &str,
    text: &Text<'_>,
    value: &str,
) -> Option<Duration> {
    let parsed = value.parse();
    if let Err(error) = &parsed {
        let message = format!("`{key}` takes a duration, {value:?} is none");
        report.error(BAD_VALUE, text.span(), message, &duration_help(value, error));
    }
    parsed.ok()
}

/// `a, b or c`
fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}
