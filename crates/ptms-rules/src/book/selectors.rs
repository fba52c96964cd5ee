//! `[select.name]`: named event predicates, and every event as a selector of its own.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{BAD_KEY, BAD_VALUE, UNKNOWN_NAME, WRONG_SHAPE};
use ptms_core::{Diagnostic, EventId, FieldSpec, Name, Schema, Type};

use super::condition::condition;
use super::declarations::unique;
use super::reader::{Section, in_file_order};
use super::report::Report;
use super::text::{Text, key_text, text_of};
use super::values::check_name;
use crate::condition::Surroundings;
use crate::rule_set::Selector;
use crate::script::Parser;
use crate::tables::{NamedSelector, SelectorNames, Signals, Tables};
use crate::window::SelectorId;

/// The selectors of a rulebook.
#[derive(Default)]
pub(super) struct Selectors {
    pub(super) list: Vec<Selector>,
    pub(super) names: SelectorNames,
    /// The dimensions that selectors have, with their types.
    pub(super) types: BTreeMap<Name, Type>,
}

impl Selectors {}

/// Lowers all selectors. Dimensions have one type in the whole book.
pub(super) fn lower<'a>(
    sections: Vec<(Text<'a>, Section<'a>)>,
    parser: &Parser,
    schema: &Schema,
    tables: &mut Tables,
    report: &mut Report,
) -> Selectors {
    let mut types = BTreeMap::new();
    let mut found = Vec::new();
    for (name, section) in sections {
        if report.breaks_off() {
            break;
        }
        let valid = check_name(report, &name);
        let selector = selector(&name, section, parser, schema, tables, &mut types, report);
        if selector.is_none() || !valid {
            report.spoiled.add("select", name.value);
        }
        found.extend(selector.filter(|_| valid).map(|selector| (name.clone(), (name, selector))));
    }
    let types = types.into_iter().map(|(name, (ty, _))| (name, ty)).collect();
    let mut selectors = Selectors { types, ..Selectors::default() };
    for (name, selector) in unique(report, "selector", found) {
        add(&mut selectors, &name.value.into(), selector);
    }
    for spec in schema.events() {
        if let Some(event) = schema.event(&spec.name) {
            add(
                &mut selectors,
                &spec.name,
                Selector {
                    name: spec.name.clone(),
                    event,
                    filter: None,
                    key: Vec::new(),
                    value: None,
                },
            );
        }
    }
    selectors
}

/// Adds a selector, if its name is free.
pub(super) fn add(selectors: &mut Selectors, name: &Name, mut selector: Selector) {
    let dimensions = selector.key.iter().map(|(dimension, _)| dimension.clone()).collect();
    let id = SelectorId(selectors.list.len());
    let Selector { event, value, .. } = selector;
    if selectors.names.add(name, NamedSelector { id, event, value, dimensions }) {
        selector.name.clone_from(name);
        selectors.list.push(selector);
    }
}

fn selector<'a>(
    name: &Text<'a>,
    mut section: Section<'a>,
    parser: &Parser,
    schema: &Schema,
    tables: &mut Tables,
    types: &mut BTreeMap<Name, (Type, Text<'a>)>,
    report: &mut Report,
) -> Option<Selector> {
    let event = event_of(&mut section, schema, report);
    let filter = section.text(report, "where");
    let key = section.entry("key");
    if let Some(value) = key
        && value.get_ref().as_table().is_none()
    {
        let help = "as in `key = { service = \"event.service\" }`";
        let span = section.file.span(value.span());
        report.error(WRONG_SHAPE, span, "`key` takes a table of dimensions".to_owned(), help);
    }
    let file = section.file;
    let value = section.text(report, "value");
    section.finish(report, &[]);
    let entries =
        key.and_then(|key| key.get_ref().as_table()).map(in_file_order).unwrap_or_default();
    let value =
        event.zip(value).and_then(|(event, path)| value_field(&path, event, schema, report));
    let Some(event) = event else {
        for (name, _) in entries {
            report.spoiled.add("dimension", name.get_ref());
        }
        return None;
    };
    let mut dimensions = Vec::new();
    for (name, value) in entries {
        let name = key_text(file, name);
        let Some(path) = text_of(file, value) else {
            let message = "a dimension takes a field, as in \"event.service\"".to_owned();
            report.error(WRONG_SHAPE, file.span(value.span()), message, "");
            report.spoiled.add("dimension", name.value);
            continue;
        };
        let field = dimension(&name, &path, event, schema, types, report);
        if field.is_none() {
            report.spoiled.add("dimension", name.value);
        }
        dimensions.extend(field.map(|field| (Name::from(name.value), field)));
    }
    dimensions.sort();
    let around = Surroundings {
        schema,
        selectors: &SelectorNames::default(),
        signals: &Signals::default(),
        event: Some(event),
        params: &[],
        in_selector: true,
        dimensions: &[],
    };
    let filter = match filter {
        Some(text) => Some(condition(&text, parser, around, tables, report)?.1.program),
        None => None,
    };
    Some(Selector { name: name.value.into(), event, filter, key: dimensions, value })
}

fn event_of(section: &mut Section<'_>, schema: &Schema, report: &mut Report) -> Option<EventId> {
    let Some(on) = section.text(report, "on") else {
        if section.entry("on").is_none() {
            section.missing(report, "on", "name the event that it selects from: `on = \"log\"`");
        }
        return None;
    };
    let event = schema.event(on.value);
    if event.is_none() && !report.spoiled.contains("event", on.value) {
        let help = match schema.nearest_event(on.value) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("declare it under [event.{}]", on.value),
        };
        report.error(
            UNKNOWN_NAME,
            on.span(),
            format!("no event `{}` is declared", on.value),
            &help,
        );
    }
    event
}

/// The field that `event.name` names, with its position; `what` it is wanted for is said where there is none.
fn field_of<'s>(
    path: &Text<'_>,
    what: &str,
    event: EventId,
    schema: &'s Schema,
    report: &mut Report,
) -> Option<(usize, &'s FieldSpec)> {
    let spec = schema.events().get(event.index())?;
    let field = path.value.strip_prefix("event.").and_then(|field| spec.field(field));
    let Some(field) = field else {
        let bare = path.value.strip_prefix("event.").unwrap_or_default();
        if report.spoiled.contains(&format!("event.{}", spec.name), bare) {
            return None;
        }
        let fields: Vec<String> =
            spec.fields.iter().map(|field| format!("\"event.{}\"", field.name)).collect();
        let message = format!("{:?} is no field of the event `{}`", path.value, spec.name);
        let help = match ptms_core::name::nearest(
            path.value,
            fields.iter().map(|field| field.trim_matches('"')),
        ) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("{what} is one of {}", fields.join(", ")),
        };
        report.error(UNKNOWN_NAME, path.span(), message, &help);
        return None;
    };
    Some(field)
}

/// The position of the field that is the selector's value.
fn value_field(
    path: &Text<'_>,
    event: EventId,
    schema: &Schema,
    report: &mut Report,
) -> Option<usize> {
    let (index, field) = field_of(path, "a value", event, schema, report)?;
    if !matches!(field.ty, Type::Int | Type::Float) {
        let message = format!("a value is a number, this is a {}", field.ty);
        report.error(BAD_VALUE, path.span(), message, "use an int or a float");
        return None;
    }
    Some(index)
}

/// The position of the field that gives a dimension.
fn dimension<'a>(
    name: &Text<'a>,
    path: &Text<'a>,
    event: EventId,
    schema: &Schema,
    types: &mut BTreeMap<Name, (Type, Text<'a>)>,
    report: &mut Report,
) -> Option<usize> {
    let (index, field) = field_of(path, "a dimension", event, schema, report)?;
    if !matches!(field.ty, Type::Bool | Type::Int | Type::String | Type::Enum(_) | Type::Duration) {
        let message = format!("a key cannot be made of a {}", field.ty);
        report.error(BAD_KEY, path.span(), message, "use a bool, an int or a string");
        return None;
    }
    let (declared, first) =
        types.entry(name.value.into()).or_insert_with(|| (field.ty.clone(), name.clone()));
    if *declared != field.ty {
        let message = format!(
            "the dimension `{}` is of type {declared} and of type {}",
            name.value, field.ty
        );
        let diagnostic = Diagnostic::error(BAD_KEY, message)
            .label(path.span(), format!("{} here", field.ty))
            .label(first.span(), format!("{declared} here"))
            .help("give the two dimensions different names");
        report.push(diagnostic);
        return None;
    }
    Some(index)
}
