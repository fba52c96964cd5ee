//! Where what a step is given comes from: `param.service`, `step.collect.output.path`, `item`,
//! `secret.token`, or a value that is written down.

use std::collections::BTreeMap;

use ptms_core::diagnostic::BAD_VALUE;
use ptms_core::step::{Given, Source};
use ptms_core::{Name, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::reader::Section;
use super::report::Report;
use super::text::{File, key_text, text_of};
use super::values::{int_of, number_of};

const HELP: &str = "write `param.NAME`, `step.ID.output`, `step.ID.output.PART`, `item` or \
                    `secret.NAME`; a text that stands for itself is `{ value = \"text\" }`";

/// `input = { service = "param.service", tries = 3 }`
pub(super) fn input(section: &mut Section<'_>, report: &mut Report) -> BTreeMap<Name, Given> {
    let Some(table) = section.table(report, "input") else { return BTreeMap::new() };
    let mut input = BTreeMap::new();
    for (name, value) in table.entries() {
        let name = key_text(table.file, name);
        if let Some(given) = given(table.file, value, report) {
            input.insert(name.value.into(), given);
        }
    }
    input
}

/// One of them, with where it is written.
pub(super) fn given(
    file: File<'_>,
    value: &Spanned<DeValue<'_>>,
    report: &mut Report,
) -> Option<Given> {
    let origin = Some(file.origin(value.span()));
    if let Some(text) = text_of(file, value) {
        let found = source(text.value);
        if found.is_none() {
            let message = format!("{:?} is nothing that a step can be given", text.value);
            report.error(BAD_VALUE, text.span(), message, HELP);
        }
        return found.map(|source| Given::new(source, origin));
    }
    let literal = match value.get_ref().as_table() {
        Some(table) if table.len() == 1 => table.get("value"),
        Some(_) => None,
        None => Some(value),
    };
    let found = literal.and_then(|literal| value_of(literal.get_ref()));
    if found.is_none() {
        let message = "a step is given true or false, a number, a text or a list of these";
        report.error(BAD_VALUE, file.span(value.span()), message.to_owned(), HELP);
    }
    found.map(|value| Given::new(Source::Value(value), origin))
}

/// What a text names. Of an id that has `.output` in it, the first one ends it.
fn source(text: &str) -> Option<Source> {
    if text == "item" {
        return Some(Source::Item);
    }
    let name = |text: &str| Name::is_valid(text).then(|| Name::from(text));
    let (kind, rest) = text.split_once('.')?;
    match kind {
        "param" => name(rest).map(Source::Param),
        "secret" => name(rest).map(Source::Secret),
        "step" => {
            let (step, path) = match rest.split_once(".output.") {
                Some((step, path)) => (step, path.split('.').map(name).collect::<Option<_>>()?),
                None => (rest.strip_suffix(".output")?, Vec::new()),
            };
            Some(Source::Output { step: name(step)?, path })
        }
        _ => None,
    }
}

/// The value that is written down, if the engine has such values.
fn value_of(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::Boolean(value) => Some(Value::Bool(*value)),
        DeValue::Integer(_) => int_of(value).map(Value::Int),
        DeValue::Float(_) => number_of(value).map(Value::Float),
        DeValue::String(text) => Some(Value::Text(text.as_ref().into())),
        DeValue::Array(items) => {
            let scalar = |item: &Spanned<DeValue<'_>>| {
                value_of(item.get_ref()).filter(|value| !matches!(value, Value::List(_)))
            };
            Some(Value::list(items.iter().map(scalar).collect::<Option<Vec<_>>>()?))
        }
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}
