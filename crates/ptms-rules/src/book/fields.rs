//! What has a type and may be lacked: the fields of `[event.name]`, the parameters of workflows.

use ptms_core::diagnostic::WRONG_SHAPE;
use ptms_core::{EventSpec, FieldSpec, Type};
use toml::Spanned;
use toml::de::DeValue;

use super::declarations::{check_property, unique};
use super::reader::{Section, in_file_order};
use super::report::Report;
use super::text::{Text, key_text, text_of};
use super::types::{full_type, scalar_type};
use crate::script::Parser;

/// What kind of thing is declared, in the words of authors.
#[derive(Clone, Copy)]
struct Kind {
    word: &'static str,
    plural: &'static str,
    /// How one is declared.
    help: &'static str,
    /// The type of a table, which may say more than a text.
    ty: fn(&mut Report, &mut Section<'_>) -> Option<Type>,
    /// Whether its values can be kept out of messages.
    can_be_sensitive: bool,
}

const FIELD: Kind = Kind {
    word: "field",
    plural: "fields",
    help: "as in `level = \"string\"`, or `level = \"string?\"` where an event may lack it",
    ty: type_of_field,
    can_be_sensitive: true,
};

const PARAMETER: Kind = Kind {
    word: "parameter",
    plural: "parameters",
    help: "as in `service = \"string\"`, or `\"string?\"` where a run may lack it",
    ty: full_type,
    can_be_sensitive: false,
};

/// `[event.log] fields = { level = "string", user = { type = "string", sensitive = true } }`
pub(super) fn event<'a>(
    report: &mut Report,
    parser: &Parser,
    name: &Text<'a>,
    mut section: Section<'a>,
) -> Option<EventSpec> {
    let mut fields = Vec::new();
    if let Some(table) = section.entry("fields").and_then(|value| value.get_ref().as_table()) {
        for (key, value) in in_file_order(table) {
            let field_name = key_text(section.file, key);
            match declared(report, parser, FIELD, &field_name, value) {
                Some(field) => fields.push((field_name, field)),
                None => report.spoiled.add(&format!("event.{}", name.value), field_name.value),
            }
        }
    } else if let Some(value) = section.entry("fields") {
        let help = "as in `fields = { level = \"string\" }`";
        let span = section.file.span(value.span());
        report.error(WRONG_SHAPE, span, "`fields` takes a table of types".to_owned(), help);
    }
    section.finish(report, &[]);
    Some(EventSpec::new(name.value, unique(report, "field", fields)))
}

/// `params = { service = "string?", hosts = { type = "list", item = "string", max_len = 20 } }`
pub(super) fn params(
    report: &mut Report,
    section: &mut Section<'_>,
    parser: &Parser,
) -> Vec<FieldSpec> {
    let Some(table) = section.table(report, "params") else { return Vec::new() };
    let mut params = Vec::new();
    for (name, value) in table.entries() {
        let name = key_text(table.file, name);
        match declared(report, parser, PARAMETER, &name, value) {
            Some(param) => params.push((name, param)),
            None => report.spoiled.add("parameter", name.value),
        }
    }
    unique(report, "parameter", params)
}

/// `"string?"`, or a table that says more.
fn declared<'a>(
    report: &mut Report,
    parser: &Parser,
    kind: Kind,
    name: &Text<'a>,
    value: &'a Spanned<DeValue<'a>>,
) -> Option<FieldSpec> {
    if !check_property(report, parser, kind.word, name) {
        return None;
    }
    if let Some(short) = text_of(name.file, value) {
        let bare = short.value.strip_suffix('?');
        let ty = scalar_type(report, &short, bare.unwrap_or(short.value), kind.plural)?;
        let mut spec = FieldSpec::new(name.value, ty);
        spec.optional = bare.is_some();
        return Some(spec);
    }
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("the {} `{}` needs a type", kind.word, name.value);
        report.error(WRONG_SHAPE, name.file.span(value.span()), message, kind.help);
        return None;
    };
    let title = format!("the {} `{}`", kind.word, name.value);
    let mut section = Section::new(name.file, title, name.range.clone(), table);
    let ty = (kind.ty)(report, &mut section);
    let mut spec = FieldSpec::new(name.value, Type::Bool);
    spec.optional = section.flag(report, "optional").unwrap_or(false);
    if kind.can_be_sensitive {
        spec.sensitive = section.flag(report, "sensitive").unwrap_or(false);
    }
    section.finish(report, &[]);
    spec.ty = ty?;
    Some(spec)
}

/// The `type` of a field: one word.
fn type_of_field(report: &mut Report, section: &mut Section<'_>) -> Option<Type> {
    let ty = section.text(report, "type");
    if section.entry("type").is_none() {
        section.missing(report, "type", "fields are bool, int, float, string or duration");
    }
    let ty = ty?;
    scalar_type(report, &ty, ty.value, FIELD.plural)
}
