//! `@fired:rule` and `@resolved:rule`: the events of the rules of which a book speaks so, and the circles
//! in which a rule would wait for itself.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::{EventSpec, FieldSpec, Name, Schema};

use super::derives::Declared;
use super::order::{Graph, Kind, Verb};
use super::reader::Section;
use super::report::Report;
use super::selectors::{self, Selectors};
use super::templates::Templates;
use super::text::Text;
use crate::condition::{Program, Reads};
use crate::derived::Derived;
use crate::rule_set::{Rule, Selector};
use crate::tables::Tables;
use crate::told::Outcome;
use crate::window::SelectorId;

/// Every name of which a text speaks as of a rule that fires or resolves.
pub(super) fn spoken_of(text: &str) -> impl Iterator<Item = &str> {
    Outcome::ALL.into_iter().flat_map(|outcome| outcome.spoken_of(text))
}

/// Declares the events of the rules of which the book speaks, and selects them: their fields and keys are
/// the dimensions of the rule.
pub(super) fn declare(
    schema: Schema,
    (spoken_of, rules): (&BTreeSet<&str>, &[Section<'_>]),
    templates: &Templates<'_>,
    selectors: &mut Selectors,
) -> Schema {
    if spoken_of.is_empty() {
        return schema;
    }
    let mut told: Vec<(Name, Vec<Name>)> = Vec::new();
    for section in rules {
        let Some(id) = section.content().get("id").and_then(|id| id.get_ref().as_str()) else {
            continue;
        };
        selectors.names.add_rule(id.into());
        if spoken_of.contains(id) {
            let key = templates.said(section, "key").and_then(|key| key.get_ref().as_array());
            let names = key.into_iter().flatten().filter_map(|name| name.get_ref().as_str());
            let mut names: Vec<Name> = names.map(Name::from).collect();
            names.sort();
            names.dedup();
            told.push((id.into(), names));
        }
    }
    let dimensions = schema.dimensions().clone();
    let mut events = schema.events().to_vec();
    for (id, key) in &mut told {
        key.retain(|name| dimensions.contains_key(name));
        let fields = key
            .iter()
            .filter_map(|name| Some(FieldSpec::new(name.clone(), dimensions.get(name)?.clone())));
        let fields: Vec<FieldSpec> = fields.collect();
        let event = |outcome: Outcome| EventSpec::new(outcome.event_of(id), fields.clone());
        events.extend(Outcome::ALL.map(event));
    }
    let schema = Schema::new(schema.facts().to_vec(), events).with_dimensions(dimensions);
    for (id, names) in told {
        for name in Outcome::ALL.map(|outcome| outcome.event_of(&id)) {
            let Some(event) = schema.event(&name) else { continue };
            let key = names.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
            selectors::add(
                selectors,
                &name,
                Selector { name: name.clone(), event, filter: None, key, value: None },
            );
        }
    }
    schema
}

/// The rules, after a look for circles among them and the derived facts.
pub(super) fn check<'a>(
    graph: &mut Graph<'a>,
    rules: Vec<(Text<'a>, Rule)>,
    derives: &[Declared<'a>],
    lowered: (&Schema, &Selectors, &Tables),
    report: &mut Report,
) -> Vec<Rule> {
    enter(graph, &rules, derives, lowered);
    graph.check(report);
    rules.into_iter().map(|(_, rule)| rule).collect()
}

/// Enters which rules and derived facts look at which rules.
fn enter<'a>(
    graph: &mut Graph<'a>,
    rules: &[(Text<'a>, Rule)],
    derives: &[Declared<'a>],
    (schema, selectors, tables): (&Schema, &Selectors, &Tables),
) {
    let told: BTreeMap<SelectorId, Name> = selectors.names.told();
    if told.is_empty() {
        return;
    }
    rules.iter().for_each(|(id, _)| graph.declare(Kind::Rule, id.value));
    let mut enter = |reader: (Kind, &str), at: &Text<'a>, programs: &[&Program], on| {
        let reads = tables.read_through(Reads::of(programs.iter().copied()));
        let windows = reads.windows.iter().filter_map(|window| tables.windows.get(window.0));
        let read =
            windows.flat_map(|window| window.source.selectors()).map(|(selector, _)| selector);
        for rule in read.copied().chain(on).filter_map(|selector| told.get(&selector)) {
            graph.enter(reader, Verb::LooksAt, (Kind::Rule, rule), at);
        }
        for fact in reads.facts.iter().filter_map(|fact| schema.facts().get(fact.index())) {
            // Of facts among themselves the graph knows already.
            if reader.0 == Kind::Rule {
                graph.enter(reader, Verb::Reads, (Kind::Fact, &fact.name), at);
            }
        }
    };
    for (id, rule) in rules {
        let conditions = std::iter::once(&rule.when).chain(&rule.resolve_when);
        let conditions: Vec<&Program> = conditions.map(|condition| &condition.program).collect();
        enter((Kind::Rule, id.value), id, &conditions, rule.on);
    }
    for derived in tables.derived.iter().filter_map(Derived::fact) {
        let name = schema.facts().get(derived.fact.index()).map(|fact| fact.name.as_str());
        let declared = derives.iter().find(|declared| Some(declared.name.value) == name);
        if let Some(Declared { name, .. }) = declared {
            let cases: Vec<&Program> = derived.cases.iter().map(|(when, _)| when).collect();
            enter((Kind::Fact, name.value), name, &cases, None);
        }
    }
}
