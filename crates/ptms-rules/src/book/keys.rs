//! The keys of rules: dimensions that selectors supply, and durations that keys must outlive.

use std::collections::BTreeSet;

use ptms_core::diagnostic::{BAD_KEY, BAD_WINDOW};
use ptms_core::name::nearest;
use ptms_core::{Duration, Name};

use super::reader::Section;
use super::report::Report;
use super::selectors::Selectors;
use super::text::Text;
use crate::condition::Reads;
use crate::rule_set::Selector;
use crate::space::SpaceSpec;
use crate::tables::{Tables, tuple_name};

/// The key of a rule as declared.
pub(super) struct DeclaredKey<'a> {
    texts: Vec<Text<'a>>,
    /// Ordered by name.
    pub(super) dimensions: Vec<Name>,
}

/// Reads `key`. Every dimension must be one that some selector has.
pub(super) fn declared<'a>(
    section: &mut Section<'a>,
    selectors: &Selectors,
    report: &mut Report,
) -> DeclaredKey<'a> {
    let texts = section.texts(report, "key");
    let carried: BTreeSet<&Name> =
        selectors.list.iter().flat_map(|selector| &selector.key).map(|(name, _)| name).collect();
    let mut dimensions = BTreeSet::new();
    for text in &texts {
        let name = Name::from(text.value);
        if carried.contains(&name) {
            dimensions.insert(name);
        } else if !report.spoiled.contains("dimension", &name) {
            let help = match nearest(&name, carried.iter().map(|name| name.as_str())) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => {
                    format!("give a selector this dimension: `key = {{ {name} = \"event.…\" }}`")
                }
            };
            let message = format!("no selector has the dimension `{name}`");
            report.error(BAD_KEY, text.span(), message, &help);
        }
    }
    DeclaredKey { texts, dimensions: dimensions.into_iter().collect() }
}

impl DeclaredKey<'_> {
    /// Notes a key that never lives, because no selector that the rule reads supplies all of it.
    pub(super) fn check_supplied(
        &self,
        reads: &Reads,
        selectors: &Selectors,
        tables: &Tables,
        report: &mut Report,
    ) {
        if self.dimensions.is_empty() || self.dimensions.len() != self.texts.len() {
            return;
        }
        let read: Vec<&Selector> = reads
            .windows
            .iter()
            .filter_map(|window| tables.windows.get(window.0))
            .filter_map(|window| selectors.list.get(window.selector.0))
            .collect();
        let supplies = |selector: &&Selector, name: &str| {
            selector.key.iter().any(|(carried, _)| carried == name)
        };
        let help = "a rule with a key must `count` a selector that has all of its dimensions";
        let mut all_supplied = true;
        for text in &self.texts {
            if !read.iter().any(|selector| supplies(selector, text.value)) {
                all_supplied = false;
                let message =
                    format!("nothing that the rule reads has the dimension `{}`", text.value);
                report.error(BAD_KEY, text.span(), message, help);
            }
        }
        let at_once =
            |selector: &&&Selector| self.dimensions.iter().all(|name| supplies(selector, name));
        if all_supplied
            && read.iter().find(at_once).is_none()
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
