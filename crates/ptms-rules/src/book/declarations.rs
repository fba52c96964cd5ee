//! The declarations of all files together, and the order in which they are lowered: facts and events
//! first, then selectors, signals and rules, each of which speaks of those before it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ptms_core::diagnostic::{BAD_NAME, BAD_VALUE, DUPLICATE_NAME, TOO_MUCH, WRONG_SHAPE};
use ptms_core::{Diagnostic, Duration, FactSpec, Name, Schema, Span, Type, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::fields::event;
use super::order::Graph;
use super::planning::Planning;
use super::reader::Section;
use super::report::Report;
use super::text::{Text, text_of};
use super::types::{bound, full_type, simple_type};
use super::values::check_name;
use super::{
    MAX_RULES, Rulebook, calendars, derives, rules, selectors, signals, systems, templates, told,
    workflows,
};
use crate::callables::Callables;
use crate::condition::Surroundings;
use crate::rule_set::RuleSet;
use crate::script::Parser;
use crate::space::MAX_KEYS;
use crate::tables::{Calendars, Limits, Tables};

/// The sections of all files, by what they declare.
#[derive(Default)]
pub(super) struct Declarations<'a> {
    facts: Vec<(Text<'a>, &'a Spanned<DeValue<'a>>)>,
    keys: Vec<(Text<'a>, Section<'a>)>,
    calendars: Vec<(Text<'a>, Section<'a>)>,
    events: Vec<(Text<'a>, Section<'a>)>,
    selectors: Vec<(Text<'a>, Section<'a>)>,
    derives: Vec<(Text<'a>, Section<'a>)>,
    signals: Vec<(Text<'a>, &'a Spanned<DeValue<'a>>)>,
    templates: Vec<(Text<'a>, Section<'a>)>,
    rules: Vec<Section<'a>>,
    systems: Vec<(Text<'a>, Section<'a>)>,
    workflows: Vec<(Text<'a>, Section<'a>)>,
    planning: Planning,
    /// The names of which the texts speak as of rules that fire or resolve.
    spoken_of: BTreeSet<&'a str>,
}

impl<'a> Declarations<'a> {
    /// Takes the sections of one file.
    pub(super) fn gather(&mut self, top: &mut Section<'a>, report: &mut Report) {
        self.spoken_of.extend(told::spoken_of(top.file.text));
        self.facts.extend(top.named_values(report, "context"));
        self.keys.extend(top.named_tables(report, "key"));
        self.calendars.extend(top.named_tables(report, "calendar"));
        self.events.extend(top.named_tables(report, "event"));
        self.selectors.extend(top.named_tables(report, "select"));
        self.derives.extend(top.named_tables(report, "derive"));
        self.signals.extend(top.named_values(report, "signal"));
        self.templates.extend(top.named_tables(report, "template"));
        self.rules.extend(top.tables(report, "rule", "[[rule]]"));
        self.systems.extend(top.named_tables(report, "system"));
        self.workflows.extend(top.named_tables(report, "workflow"));
        self.planning.gather(top, report);
    }

    /// Lowers everything. What comes out is complete only if nothing was reported.
    pub(super) fn compile(
        self,
        callables: Callables,
        parser: &Parser,
        report: &mut Report,
    ) -> Option<Rulebook> {
        if self.rules.len() > MAX_RULES {
            let message = format!("the rulebook has more than {MAX_RULES} rules");
            let span = self.rules.get(MAX_RULES).map_or_else(|| Span::new("", 0..0), Section::span);
            report.error(TOO_MUCH, span, message, "split it into several rulebooks");
            return None;
        }
        let set = facts(report, parser, self.facts);
        let derives = derives::read(self.derives, &set, parser, report);
        let mut facts = unique(report, "fact", set);
        facts.extend(derives.iter().filter_map(derives::Declared::fact));
        let event =
            |report: &mut Report, name: &Text<'a>, section| event(report, parser, name, section);
        let events = named(report, "event", self.events, event);
        let schema = Schema::new(facts, events);
        let limits = named(report, "key", self.keys, limits);
        let hours: Vec<Text<'a>> = self.calendars.iter().map(|(name, _)| name.clone()).collect();
        let calendars = named(report, "calendar", self.calendars, calendars::lower);
        let mut tables =
            Tables::new(limits.into_iter().collect(), Calendars::new(calendars), callables);
        let mut selectors = selectors::lower(self.selectors, parser, &schema, &mut tables, report);
        let schema = schema.with_dimensions(selectors.types.clone());
        let templates = templates::read(self.templates, report);
        let told = (&self.spoken_of, &self.rules[..]);
        let schema = Arc::new(told::declare(schema, told, &templates, &mut selectors));
        let keys = schema.facts().iter().map(|fact| &fact.key).filter(|key| !key.is_empty());
        keys.for_each(|key| _ = tables.space(key.clone()));
        let parsed = signals::read(self.signals, parser, report);
        let mut graph = graph(&parsed, &derives);
        let order = graph.order(report);
        let signals = parsed.check(&order, &schema, &selectors, &mut tables, report);
        let around = Surroundings {
            schema: &schema,
            selectors: &selectors.names,
            signals: &signals,
            event: None,
            params: &[],
            in_selector: false,
            dimensions: &[],
        };
        derives::compile_all(&derives, &order, &schema, around, &mut tables, report);
        // Names of systems and workflows are known even where their declaration is at fault.
        let names = |sections: &[(Text<'a>, Section<'a>)]| {
            sections.iter().map(|(name, _)| Name::from(name.value)).collect()
        };
        let (system_names, workflow_names) = (names(&self.systems), names(&self.workflows));
        let mut conditions = workflows::Conditions::new(parser, around, &mut tables);
        let workflow = |report: &mut Report, name: &Text<'a>, section| {
            workflows::lower(report, name, section, &mut conditions)
        };
        let workflows = named(report, "workflow", self.workflows, workflow);
        let asked = conditions.asked;
        let known = rules::Known {
            schema: &schema,
            selectors: &selectors,
            signals: &signals,
            templates: &templates,
            rules: rules::ids(&self.rules),
            systems: system_names,
            workflows: workflow_names,
            params: workflows.iter().map(|spec| (spec.name.clone(), spec.params.clone())).collect(),
        };
        let rules = rules::lower(self.rules, parser, &known, &mut graph, &mut tables, report);
        let lowered = (&*schema, &selectors, &tables);
        let rules = told::check(&mut graph, rules, &derives, lowered, report);
        let systems = named(report, "system", self.systems, systems::lower);
        parsed.check_used(&tables, report);
        templates.check_used(&tables, report);
        calendars::check_used(&hours, &tables, report);
        let rules = Arc::new(RuleSet::new(schema, selectors.list, tables, rules, asked));
        Some(Rulebook { rules, systems, workflows, planning: self.planning, warnings: Vec::new() })
    }
}

/// Who reads whom among signals and derived facts.
fn graph<'a>(signals: &signals::Parsed<'a>, derives: &[derives::Declared<'a>]) -> Graph<'a> {
    let mut graph = Graph::default();
    signals.enter(&mut graph);
    derives.iter().for_each(|declared| declared.enter(&mut graph));
    signals.enter_reads(&mut graph);
    derives.iter().for_each(|declared| declared.enter_reads(&mut graph));
    graph
}

/// Lowers `[kind.name]` sections, of which no two may have one name.
fn named<'a, T>(
    report: &mut Report,
    kind: &str,
    sections: Vec<(Text<'a>, Section<'a>)>,
    mut lower: impl FnMut(&mut Report, &Text<'a>, Section<'a>) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (name, section) in sections {
        let valid = kind == "key" || check_name(report, &name);
        match lower(report, &name, section).filter(|_| valid) {
            Some(lowered) => found.push((name, lowered)),
            None => report.spoiled.add(kind, name.value),
        }
    }
    unique(report, kind, found)
}

/// The declarations without those whose name is taken, each of which is a fault.
pub(super) fn unique<T>(report: &mut Report, kind: &str, found: Vec<(Text<'_>, T)>) -> Vec<T> {
    let mut first: BTreeMap<&str, Text<'_>> = BTreeMap::new();
    let mut kept = Vec::new();
    for (name, item) in found {
        if let Some(before) = first.get(name.value) {
            let message = format!("the {kind} `{}` is declared twice", name.value);
            let diagnostic = Diagnostic::error(DUPLICATE_NAME, message)
                .label(name.span(), "again here")
                .label(before.span(), "first here")
                .help("rename one of them, or delete it");
            report.push(diagnostic);
            continue;
        }
        first.insert(name.value, name.clone());
        kept.push(item);
    }
    kept
}

/// The facts, each with its name.
fn facts<'a>(
    report: &mut Report,
    parser: &Parser,
    entries: Vec<(Text<'a>, &'a Spanned<DeValue<'a>>)>,
) -> Vec<(Text<'a>, FactSpec)> {
    let mut found = Vec::new();
    for (name, value) in entries {
        match fact(report, parser, &name, value) {
            Some(fact) => found.push((name, fact)),
            None => report.spoiled.add("context", name.value),
        }
    }
    found
}

/// Whether a fact, field or signal can be called so; a fault if not.
pub(super) fn check_property(
    report: &mut Report,
    parser: &Parser,
    kind: &str,
    name: &Text<'_>,
) -> bool {
    let fits = Name::is_valid(name.value) && parser.is_property(name.value);
    if !fits {
        let message = format!("{:?} cannot be the name of a {kind}", name.value);
        let help = "use letters, digits and `_`, begin with a letter, and use no word of the rule \
                    language";
        report.error(BAD_NAME, name.span(), message, help);
    }
    fits
}

/// `name = "float"` or `name = { type = "float", min = 0.0 }`.
fn fact<'a>(
    report: &mut Report,
    parser: &Parser,
    name: &Text<'a>,
    value: &'a Spanned<DeValue<'a>>,
) -> Option<FactSpec> {
    if !check_property(report, parser, "fact", name) {
        return None;
    }
    if let Some(short) = text_of(name.file, value) {
        return Some(FactSpec::new(name.value, simple_type(report, &short, short.value)?));
    }
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("the fact `{}` needs a type", name.value);
        let help = "as in `name = \"float\"` or `name = { type = \"float\", min = 0.0 }`";
        report.error(WRONG_SHAPE, name.file.span(value.span()), message, help);
        return None;
    };
    let title = format!("the fact `{}`", name.value);
    let mut section = Section::new(name.file, title, name.range.clone(), table);
    let ty = full_type(report, &mut section);
    let (min, max) = (
        bound(report, &mut section, "min", ty.as_ref()),
        bound(report, &mut section, "max", ty.as_ref()),
    );
    let stale = section.duration(report, "stale");
    let place = |section: &mut Section<'a>, key| {
        section.entry(key).map(|value| name.file.span(value.span())).unwrap_or(section.span())
    };
    if stale == Some(Duration::ZERO) {
        let message = "`stale` must be longer than nothing: the fact would never be known";
        report.error(BAD_VALUE, place(&mut section, "stale"), message.to_owned(), "");
    }
    let mut spec = FactSpec::new(name.value, Type::Bool);
    (spec.min, spec.max, spec.stale) = (min, max, stale);
    if spec.min.as_ref().zip(spec.max.as_ref()).is_some_and(|(min, max)| is_less(max, min)) {
        let message = "`max` is less than `min`: no value would be admitted".to_owned();
        let help = "make it greater than `min`, or leave one of them out";
        report.error(BAD_VALUE, place(&mut section, "max"), message, help);
    }
    spec.key = dimensions(report, &mut section);
    spec.sensitive = section.flag(report, "sensitive").unwrap_or(false);
    section.finish(report, &[]);
    let Some(ty) = ty else {
        spec.key.iter().for_each(|name| report.spoiled.add("dimension", name));
        return None;
    };
    spec.ty = ty;
    Some(spec)
}

/// The dimensions named by `key`, ordered by name.
fn dimensions(report: &mut Report, section: &mut Section<'_>) -> Vec<Name> {
    let texts = section.texts(report, "key");
    let valid = texts.iter().filter(|text| check_name(report, text));
    let names: BTreeSet<Name> = valid.map(|text| text.value.into()).collect();
    names.into_iter().collect()
}

fn is_less(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left < right,
        (Value::Float(left), Value::Float(right)) => left < right,
        _ => false,
    }
}

/// `[key.service] max = 100_000, ttl = "1d"`; several dimensions are joined by `+`.
fn limits<'a>(
    report: &mut Report,
    name: &Text<'a>,
    mut section: Section<'a>,
) -> Option<(String, Limits)> {
    let max = section.count(report, "max");
    if let (Some(count), Some(value)) = (max, section.entry("max"))
        && !(1..=MAX_KEYS).contains(&count)
    {
        let message = format!("`max` is from 1 to {MAX_KEYS}");
        report.error(BAD_VALUE, section.file.span(value.span()), message, "");
    }
    let ttl = section.duration(report, "ttl");
    if let (Some(span), Some(value)) = (ttl, section.entry("ttl"))
        && span.is_zero()
    {
        let message = "`ttl` must be longer than nothing".to_owned();
        report.error(BAD_VALUE, section.file.span(value.span()), message, "");
    }
    section.finish(report, &[]);
    let dimensions: Vec<Name> = name.value.split('+').map(Name::from).collect();
    Some((crate::tables::tuple_name(&dimensions), Limits { max, ttl }))
}
