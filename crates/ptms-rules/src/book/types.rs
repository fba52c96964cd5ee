//! Types as authors write them, of facts, fields, parameters and items.

use ptms_core::diagnostic::{BAD_VALUE, WRONG_SHAPE};
use ptms_core::{Type, Value};

use super::reader::Section;
use super::report::Report;
use super::text::Text;
use super::values::{int_of, number_of};

const SIMPLE_TYPES: [&str; 5] = ["bool", "int", "float", "string", "duration"];

const TYPES: &str = "the types are bool, int, float, string, duration, enum and list";

fn scalar(name: &str) -> Option<Type> {
    match name {
        "bool" => Some(Type::Bool),
        "int" => Some(Type::Int),
        "float" => Some(Type::Float),
        "string" => Some(Type::String),
        "duration" => Some(Type::Duration),
        _ => None,
    }
}

/// A type that is one word, of a fact.
pub(super) fn simple_type(report: &mut Report, text: &Text<'_>, name: &str) -> Option<Type> {
    let help = match name {
        "enum" => "an enum needs its values: `{ type = \"enum\", values = [\"a\", \"b\"] }`",
        "list" => "a list needs its limits: `{ type = \"list\", item = \"int\", max_len = 10 }`",
        _ => TYPES,
    };
    scalar(name).or_else(|| no_type(report, text, name, help))
}

/// A type that is one word, of a field or of the items of a list.
pub(super) fn scalar_type(
    report: &mut Report,
    text: &Text<'_>,
    name: &str,
    what: &str,
) -> Option<Type> {
    let help = || format!("{what} are bool, int, float, string or duration");
    scalar(name).or_else(|| no_type(report, text, name, &help()))
}

fn no_type(report: &mut Report, text: &Text<'_>, name: &str, help: &str) -> Option<Type> {
    let alias = match name.to_lowercase().as_str() {
        "integer" | "long" | "i64" | "uint" => Some("int"),
        "double" | "number" | "real" | "decimal" | "f64" => Some("float"),
        "boolean" | "flag" => Some("bool"),
        "str" | "text" | "varchar" => Some("string"),
        "time" | "timespan" | "seconds" => Some("duration"),
        _ => None,
    };
    let nearest = || ptms_core::name::nearest(name, SIMPLE_TYPES);
    let near = alias.or_else(nearest).filter(|_| scalar(name).is_none());
    let help = near.map_or_else(|| help.to_owned(), |near| format!("did you mean \"{near}\"?"));
    report.error(BAD_VALUE, text.span(), format!("{name:?} is no type by itself"), &help);
    None
}

/// The type of a table with `type`, and `values` or `item` and `max_len` where it needs them.
pub(super) fn full_type(report: &mut Report, section: &mut Section<'_>) -> Option<Type> {
    let Some(name) = section.text(report, "type") else {
        if section.entry("type").is_none() {
            section.missing(report, "type", TYPES);
        }
        return None;
    };
    match name.value {
        "enum" => {
            let values = section.texts(report, "values");
            let is_list = section.entry("values").is_none_or(|value| value.get_ref().is_array());
            if values.is_empty() && is_list {
                section.missing(report, "values", "as in `values = [\"low\", \"high\"]`");
                return None;
            }
            (!values.is_empty())
                .then(|| Type::Enum(values.iter().map(|text| text.value.into()).collect()))
        }
        "list" => {
            let item = section.text(report, "item");
            let max_len = section.count(report, "max_len");
            if item.is_none() || max_len.is_none() {
                section.missing(
                    report,
                    "item` and `max_len",
                    "as in `item = \"int\", max_len = 10`",
                );
            }
            let item = item.and_then(|item| scalar_type(report, &item, item.value, "items"))?;
            Some(Type::List { item: Box::new(item), max_len: max_len? })
        }
        simple => simple_type(report, &name, simple),
    }
}

/// A bound as a value of the type that it bounds.
pub(super) fn bound(
    report: &mut Report,
    section: &mut Section<'_>,
    key: &'static str,
    ty: Option<&Type>,
) -> Option<Value> {
    let value = section.entry(key)?;
    let bound = match ty? {
        Type::Int => int_of(value.get_ref()).map(Value::Int),
        Type::Float => number_of(value.get_ref()).map(Value::Float),
        Type::Duration => {
            return section.duration(report, key).map(|bound| Value::Int(bound.as_nanos()));
        }
        _ => None,
    };
    if bound.is_none() {
        let message = match ty? {
            ty @ (Type::Int | Type::Float) => format!("`{key}` of a fact of type {ty} is a {ty}"),
            ty => format!("a fact of type {ty} has no `{key}`"),
        };
        report.error(WRONG_SHAPE, section.file.span(value.span()), message, "");
    }
    bound
}
