//! `[[rule]]`: conditions and the fields of their triggers' lives.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::diagnostic::{BAD_VALUE, BAD_WINDOW, UNKNOWN_NAME};
use ptms_core::name::nearest;
use ptms_core::{Duration, FieldSpec, Name, Pattern, Schema, Span};

use super::condition::{Purpose, expression};
use super::declarations::unique;
use super::handed;
use super::inhibition::{self, Inhibited};
use super::keys::{check_outlived, declared};
use super::life::{life, on};
use super::order::Graph;
use super::reader::Section;
use super::report::Report;
use super::selectors::Selectors;
use super::templates::Templates;
use super::text::Text;
use super::values::parse_duration;
use crate::condition::{PULSES, Program, Reads, Surroundings};
use crate::rule_set::{Handed, Rule};
use crate::rule_spec::RuleSpec;
use crate::script::Parser;
use crate::space::SpaceSpec;
use crate::tables::{Signals, Tables};

/// What rules may speak of.
pub(super) struct Known<'a> {
    pub(super) schema: &'a Schema,
    pub(super) selectors: &'a Selectors,
    pub(super) signals: &'a Signals,
    pub(super) templates: &'a Templates<'a>,
    /// The ids of all rules.
    pub(super) rules: BTreeSet<Name>,
    pub(super) systems: BTreeSet<Name>,
    pub(super) workflows: BTreeSet<Name>,
    /// What the workflows without a fault are told.
    pub(super) params: BTreeMap<Name, Vec<FieldSpec>>,
}

/// The ids of rules, also of those that are at fault otherwise.
pub(super) fn ids(sections: &[Section<'_>]) -> BTreeSet<Name> {
    let id = |section: &Section<'_>| Some(section.content().get("id")?.get_ref().as_str()?.into());
    sections.iter().filter_map(id).collect()
}

/// Lowers all rules, in the order of the files and of their declaration.
pub(super) fn lower<'a>(
    sections: Vec<Section<'a>>,
    parser: &Parser,
    known: &Known<'a>,
    graph: &mut Graph<'a>,
    tables: &mut Tables,
    report: &mut Report,
) -> Vec<(Text<'a>, Rule)> {
    let (mut found, mut inhibited) = (Vec::new(), Vec::new());
    for section in sections {
        if report.breaks_off() {
            break;
        }
        found.extend(rule(section, parser, known, &mut inhibited, tables, report));
    }
    let found = found.into_iter().map(|(id, rule)| (id.clone(), rule.map(|rule| (id, rule))));
    let rules: Vec<_> = unique(report, "rule", found.collect()).into_iter().flatten().collect();
    inhibition::check(&inhibited, &rules, graph, report);
    rules
}

/// The name and, where nothing is at fault, the rule.
fn rule<'a>(
    mut section: Section<'a>,
    parser: &Parser,
    known: &Known<'a>,
    inhibited: &mut Vec<Inhibited<'a>>,
    tables: &mut Tables,
    report: &mut Report,
) -> Option<(Text<'a>, Option<Rule>)> {
    let id = section.name(report, "id");
    let template = known.templates.of(&mut section, report);
    if template.is_none() && section.entry("template").is_some() {
        // Half of the rule stands in a template that is not there.
        return id.map(|id| (id, None));
    }
    let given = template.map(|template| template.fill(&mut section, tables, report));
    check_there(&mut section, report);
    let mut spec = RuleSpec::new(id.as_ref().map_or("", |id| id.value));
    spec.origin = Some(section.origin());
    life(&mut section, &mut spec, report);
    response(&mut section, &mut spec, known, report);
    prose(&mut section, &mut spec, report);
    let key = declared(section.texts(report, "key"), known.schema, report);
    let on = on(&mut section, &key.dimensions, known, report);
    spec.key.clone_from(&key.dimensions);
    inhibited.extend(inhibition::read(&mut section, id.as_ref(), &mut spec, known, report));
    spec.on = on.as_ref().map(|(name, _)| name.clone());
    let on = on.and_then(|(_, selector)| selector);
    let when = section.text(report, "when");
    let resolve_when = section.text(report, "resolve_when");
    let [when_shared, resolve_shared, with_shared] =
        ["when", "resolve_when", "with"].map(|key| section.is_of_template(key));
    let handed = handed::read(&mut section, spec.workflow.as_ref(), &known.params, report);
    let space = (!key.dimensions.is_empty()).then(|| tables.space(key.dimensions.clone()));
    if let Some(space) = space.and_then(|space| tables.spaces.get(space.0)) {
        check_all_outlived(&mut section, &spec, space, report);
    }
    let wait = section.entry("for").map(|value| section.file.span(value.span()));
    section.finish(report, &[]);

    let around = Surroundings {
        schema: known.schema,
        selectors: &known.selectors.names,
        signals: known.signals,
        event: None,
        params: &[],
        in_selector: false,
        dimensions: &key.dimensions,
    };
    let looked_at = on.and_then(|on| known.selectors.list.get(on.0)).map(|selector| selector.event);
    let at_event = Surroundings { event: looked_at, ..around };
    let mut compiled = |text: &Text<'_>, purpose, around, shared: bool| match &given {
        Some(given) if shared => given.expression(text, purpose, parser, around, tables, report),
        _ => expression(text, purpose, parser, around, tables, report),
    };
    let resolves = resolve_when.is_some();
    let when = when.filter(|_| spec.on.is_none() || on.is_some());
    let when = when.and_then(|text| compiled(&text, Purpose::Condition, at_event, when_shared));
    let resolve_when =
        resolve_when.and_then(|text| compiled(&text, Purpose::Condition, around, resolve_shared));
    let handed = handed.into_iter().map(|handed::Declared { name, text, ty }| {
        let (text, value) = compiled(&text, Purpose::Value(ty), at_event, with_shared)?;
        Some(((name.clone(), text), Handed { name, program: value.program, ty: ty.cloned() }))
    });
    let (texts, with): (Vec<_>, Vec<_>) = handed.collect::<Vec<_>>().into_iter().flatten().unzip();
    spec.with = texts;
    let complete = when.filter(|_| !resolves || resolve_when.is_some()).map(|(text, when)| {
        check_lasting(wait.filter(|_| !spec.wait.is_zero()), &when.program, tables, report);
        let conditions = [Some(&when), resolve_when.as_ref().map(|(_, ends)| ends)];
        let reads = Reads::of(conditions.into_iter().flatten().map(|found| &found.program));
        key.check_supplied(reads, on, known.schema, &known.selectors.list, tables, report);
        spec.when = text;
        let (resolve_text, resolve_when) = resolve_when.unzip();
        spec.resolve_when = resolve_text;
        Rule { spec, when, resolve_when, with, space, on }
    });
    id.map(|id| (id, complete))
}

/// Notes what a rule must have and has not.
fn check_there(section: &mut Section<'_>, report: &mut Report) {
    for (key, help) in [
        ("id", "give the rule a name that is its own: `id = \"slow\"`"),
        ("when", "give the rule a condition: `when = 'ctx.cpu > 0.9'`"),
    ] {
        if section.entry(key).is_none() {
            section.missing(report, key, help);
        }
    }
}

/// Notes the durations of a rule that its keys do not outlive.
fn check_all_outlived(
    section: &mut Section<'_>,
    spec: &RuleSpec,
    space: &SpaceSpec,
    report: &mut Report,
) {
    for (name, duration) in [
        ("for", spec.wait),
        ("keep", spec.keep),
        ("cooldown", spec.cooldown),
        ("repeat", spec.repeat.unwrap_or_default()),
        ("stale_after", spec.stale_after.unwrap_or_default()),
    ] {
        check_outlived(section, name, duration, space, report);
    }
}

/// Notes a `for` over what lasts no longer than an instant.
fn check_lasting(wait: Option<Span>, when: &Program, tables: &Tables, report: &mut Report) {
    if let Some(wait) = wait
        && tables.is_pulse(&Reads::of([when]))
    {
        let message =
            format!("`for` waits for what lasts, and {PULSES} are true in one instant only");
        let help = "leave `for` out; to wait, end a sequence with what must not come (`\"!b\"`), \
                    or ask for `held(\"signal\", \"5m\")` instead of `rising`";
        report.error(BAD_WINDOW, wait, message, help);
    }
}

/// What a firing says: pattern, priority, systems, workflow, confidence, estimate.
fn response(
    section: &mut Section<'_>,
    spec: &mut RuleSpec,
    known: &Known<'_>,
    report: &mut Report,
) {
    spec.pattern = section.name(report, "pattern").map(|text| Pattern::from_name(text.value));
    spec.priority = section.priority(report);
    for text in section.texts(report, "systems") {
        if check_known(report, "system", &text, &known.systems) {
            spec.systems.push(text.value.into());
        }
    }
    if let Some(text) = section.text(report, "workflow")
        && check_known(report, "workflow", &text, &known.workflows)
    {
        spec.workflow = Some(text.value.into());
    }
    if let Some(confidence) = section.number(report, "confidence") {
        if !(0.0..=1.0).contains(&confidence)
            && let Some(value) = section.entry("confidence")
        {
            let message = "`confidence` is from 0 to 1".to_owned();
            let help = "as in `confidence = 0.9`";
            report.error(BAD_VALUE, section.file.span(value.span()), message, help);
        }
        spec.confidence = Some(confidence);
    }
    if let Some(text) = section.text(report, "estimate") {
        spec.estimate = estimate(report, &text);
    }
}

/// `"15m..45m"`, or `"15m"` for both.
fn estimate(report: &mut Report, text: &Text<'_>) -> Option<(Duration, Duration)> {
    let is_time = |part: &str| part.trim().parse::<Duration>().is_ok();
    if let Some((least, most)) = text.value.split_once('-')
        && is_time(least)
        && is_time(most)
    {
        let message = "an estimate has two points between its ends".to_owned();
        let help = format!("write \"{}..{}\"", least.trim(), most.trim());
        report.error(BAD_VALUE, text.span(), message, &help);
        return None;
    }
    let (least, most) = text.value.split_once("..").unwrap_or((text.value, text.value));
    let least = parse_duration(report, "estimate", text, least)?;
    let most = parse_duration(report, "estimate", text, most)?;
    if most < least {
        let message = "the estimate ends before it begins".to_owned();
        report.error(BAD_VALUE, text.span(), message, "write the shorter one first: \"15m..45m\"");
    }
    Some((least, most))
}

fn prose(section: &mut Section<'_>, spec: &mut RuleSpec, report: &mut Report) {
    spec.description = section.words(report, "description");
    spec.owner = section.words(report, "owner");
    spec.runbook = section.words(report, "runbook");
    spec.tags = section.texts(report, "tags").iter().map(|text| text.value.into()).collect();
}

/// Whether a name is declared; a fault if not.
pub(super) fn check_known(
    report: &mut Report,
    kind: &str,
    text: &Text<'_>,
    known: &BTreeSet<Name>,
) -> bool {
    let is_known = known.contains(text.value);
    if !is_known {
        let help = match nearest(text.value, known.iter().map(Name::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if kind == "rule" => "name a rule by its `id`".to_owned(),
            None => format!("declare it: [{kind}.{}]", text.value),
        };
        let message = format!("no {kind} `{}` is declared", text.value);
        report.error(UNKNOWN_NAME, text.span(), message, &help);
    }
    is_known
}
