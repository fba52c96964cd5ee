//! `inhibited_by` and `equal`: the rules that hold others back.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{BAD_KEY, BAD_VALUE};
use ptms_core::{Diagnostic, Name};

use super::order::{Graph, Kind, Verb};
use super::reader::Section;
use super::report::Report;
use super::rules::{Known, check_known};
use super::text::Text;
use crate::rule_set::Rule;
use crate::rule_spec::RuleSpec;

/// What a rule says of those that hold it back.
pub(super) struct Inhibited<'a> {
    rule: &'a str,
    sources: Vec<Text<'a>>,
    equal: Vec<Text<'a>>,
}

/// Reads what a rule says, whose key is known; `None` where it says nothing.
pub(super) fn read<'a>(
    section: &mut Section<'a>,
    id: Option<&Text<'a>>,
    spec: &mut RuleSpec,
    known: &Known<'_>,
    report: &mut Report,
) -> Option<Inhibited<'a>> {
    let mut sources = section.texts(report, "inhibited_by");
    sources.retain(|text| check_known(report, "rule", text, &known.rules));
    let mut equal = section.texts(report, "equal");
    if let Some(value) = section.entry("equal") {
        if section.entry("inhibited_by").is_none() {
            let message = "`equal` is for rules that others hold back".to_owned();
            let help = "say which: `inhibited_by = [\"…\"]`, or leave `equal` out";
            report.error(BAD_VALUE, section.file.span(value.span()), message, help);
        }
        equal.retain(|text| {
            let has = spec.key.iter().any(|name| *name == text.value);
            if !has {
                let message = format!("the rule has no dimension `{}`", text.value);
                let help = "`equal` names dimensions of the key of this rule";
                report.error(BAD_KEY, text.span(), message, help);
            }
            has
        });
        let mut names: Vec<Name> = equal.iter().map(|text| text.value.into()).collect();
        names.sort();
        names.dedup();
        spec.equal = Some(names);
    }
    let mut names: Vec<Name> = Vec::new();
    for name in sources.iter().map(|text| Name::from(text.value)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    spec.inhibited_by = names;
    let rule = id?.value;
    (!sources.is_empty()).then_some(Inhibited { rule, sources, equal })
}

/// Enters who is held back by whom, and notes dimensions that not both have.
pub(super) fn check<'a>(
    inhibited: &[Inhibited<'a>],
    rules: &[(Text<'a>, Rule)],
    graph: &mut Graph<'a>,
    report: &mut Report,
) {
    if inhibited.is_empty() {
        return;
    }
    let keys: BTreeMap<&str, &[Name]> =
        rules.iter().map(|(_, rule)| (rule.spec.id.as_str(), rule.spec.key.as_slice())).collect();
    for Inhibited { rule, sources, equal } in inhibited {
        graph.declare(Kind::Rule, rule);
        for source in sources {
            graph.declare(Kind::Rule, source.value);
            let (reader, read) = ((Kind::Rule, *rule), (Kind::Rule, source.value));
            graph.enter(reader, Verb::IsHeldBackBy, read, source);
            let Some(key) = keys.get(source.value) else { continue };
            for text in equal {
                if !key.iter().any(|name| *name == text.value) {
                    let message =
                        format!("the rule `{}` has no dimension `{}`", source.value, text.value);
                    let fault = Diagnostic::error(BAD_KEY, message)
                        .label(text.span(), "")
                        .label(source.span(), "which holds this one back")
                        .help("`equal` names dimensions that both rules have");
                    report.push(fault);
                }
            }
        }
    }
}
