//! The keys of rules: dimensions that selectors and facts supply, and durations that keys must outlive.

use std::collections::BTreeSet;

use ptms_core::diagnostic::{BAD_KEY, BAD_WINDOW};
use ptms_core::name::nearest;
use ptms_core::{Duration, Name, Schema};

use super::reader::Section;
use super::report::Report;
use super::text::Text;
use crate::condition::Reads;
use crate::rule_set::Selector;
use crate::space::SpaceSpec;
use crate::tables::{Tables, tuple_name};
use crate::window::SelectorId;

/// The key of a rule as declared.
pub(super) struct DeclaredKey<'a> {
    texts: Vec<Text<'a>>,
    /// Ordered by name.
    pub(super) dimensions: Vec<Name>,
}

/// A key of these dimensions. Each must be one that some selector or fact has.
pub(super) fn declared<'a>(
    texts: Vec<Text<'a>>,
    schema: &Schema,
    report: &mut Report,
) -> DeclaredKey<'a> {
    let mut dimensions = BTreeSet::new();
    for text in &texts {
        let name = Name::from(text.value);
        if dimensions.contains(&name) {
            let message = format!("the dimension `{name}` stands twice");
            report.error(BAD_KEY, text.span(), message, "leave one of them out");
        } else if schema.dimensions().contains_key(&name) {
            dimensions.insert(name);
        } else if !report.spoiled.contains("dimension", &name) {
            let help = match nearest(&name, schema.dimensions().keys().map(Name::as_str)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => {
                    format!("give a selector this dimension: `key = {{ {name} = \"event.…\" }}`")
                }
            };
            let message = format!("no selector and no fact has the dimension `{name}`");
            report.error(BAD_KEY, text.span(), message, &help);
        }
    }
    DeclaredKey { texts, dimensions: dimensions.into_iter().collect() }
}

impl DeclaredKey<'_> {
    /// Notes a key that never lives, because nothing that the rule reads supplies all of it.
    pub(super) fn check_supplied(
        &self,
        reads: Reads,
        on: Option<SelectorId>,
        schema: &Schema,
        selectors: &[Selector],
        tables: &Tables,
        report: &mut Report,
    ) {
        if self.dimensions.is_empty() || self.dimensions.len() != self.texts.len() {
            return;
        }
        let reads = tables.read_through(reads);
        let windows = reads.windows.iter().filter_map(|window| tables.windows.get(window.0));
        let of_selectors = windows
            .flat_map(|window| window.source.selectors())
            .map(|(selector, _)| *selector)
            .chain(on)
            .filter_map(|selector| selectors.get(selector.0))
            .map(|selector| selector.key.iter().map(|(name, _)| name).collect());
        let facts = reads.facts.iter().filter_map(|fact| schema.facts().get(fact.index()));
        let of_facts = facts.filter(|fact| !fact.derived).map(|fact| fact.key.iter().collect());
        let supplied: Vec<BTreeSet<&Name>> = of_selectors.chain(of_facts).collect();
        let help = "a rule with a key must `count` a selector that has all of its dimensions, or read \
                    a fact that does";
        let mut all_supplied = true;
        for text in &self.texts {
            if !supplied.iter().any(|names| names.iter().any(|name| *name == text.value)) {
                all_supplied = false;
                let message =
                    format!("nothing that the rule reads has the dimension `{}`", text.value);
                report.error(BAD_KEY, text.span(), message, help);
            }
        }
        let at_once =
            |names: &BTreeSet<&Name>| self.dimensions.iter().all(|name| names.contains(name));
        if all_supplied
            && !supplied.iter().any(at_once)
            && let Some(first) = self.texts.first()
        {
            let message = "nothing that the rule reads has all of these dimensions at once";
            report.error(BAD_KEY, first.span(), message.to_owned(), help);
        }
    }
}

/// Notes a duration of a rule that its keys may not live to see the end of.
pub(super) fn check_outlived(
    section: &mut Section<'_>,
    key: &'static str,
    duration: Duration,
    space: &SpaceSpec,
    report: &mut Report,
) {
    let Some(ttl) = space.ttl.filter(|ttl| duration >= *ttl) else { return };
    let Some(value) = section.entry(key) else { return };
    let name = tuple_name(&space.dimensions);
    let message = format!("`{key}` is {duration}, and a key of `{name}` leaves after {ttl}");
    let help = format!("make the `ttl` of [key.{name}] longer");
    report.error(BAD_WINDOW, section.file.span(value.span()), message, &help);
}
