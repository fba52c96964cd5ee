//! `[derive.name]`: facts that the book works out, from cases of which the first true one wins.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::diagnostic::{DUPLICATE_NAME, WRONG_SHAPE};
use ptms_core::{Diagnostic, FactSpec, Name, Schema, Type, Value};

use super::condition::{Purpose, compile, parse};
use super::declarations::{check_property, unique};
use super::keys;
use super::order::{Graph, Kind};
use super::reader::Section;
use super::report::Report;
use super::text::Text;
use super::types::full_type;
use crate::condition::Surroundings;
use crate::condition::expr::Expr;
use crate::derived::DerivedFact;
use crate::script::Parser;
use crate::tables::Tables;

/// A derived fact as declared.
pub(super) struct Declared<'a> {
    pub(super) name: Text<'a>,
    /// None where the declaration is at fault beside its conditions.
    fact: Option<FactSpec>,
    key: Vec<Text<'a>>,
    cases: Vec<Case<'a>>,
    otherwise: Option<Value>,
}

struct Case<'a> {
    when: Option<(Text<'a>, Expr)>,
    value: Option<Value>,
}

/// Reads all derived facts. `set` are the facts that hosts set: no fact is both.
pub(super) fn read<'a>(
    sections: Vec<(Text<'a>, Section<'a>)>,
    set: &[(Text<'a>, FactSpec)],
    parser: &Parser,
    report: &mut Report,
) -> Vec<Declared<'a>> {
    let set: BTreeMap<&str, &Text<'a>> = set.iter().map(|(name, _)| (name.value, name)).collect();
    let mut found = Vec::new();
    for (name, section) in sections {
        let valid = check_property(report, parser, "fact", &name);
        let mut declared = derived(name.clone(), section, parser, report);
        if let Some(first) = set.get(name.value) {
            let message = format!("the fact `{}` is both set and derived", name.value);
            let fault = Diagnostic::error(DUPLICATE_NAME, message)
                .label(name.span(), "derived here")
                .label(first.span(), "a fact that the host sets here")
                .help("delete one of the two, or rename it");
            report.push(fault);
            continue;
        }
        declared.fact = declared.fact.filter(|_| valid);
        if declared.fact.is_none() {
            report.spoiled.add("context", name.value);
        }
        found.push((name, declared));
    }
    unique(report, "derived fact", found)
}

fn derived<'a>(
    name: Text<'a>,
    mut section: Section<'a>,
    parser: &Parser,
    report: &mut Report,
) -> Declared<'a> {
    let ty = full_type(report, &mut section);
    let cases = cases(&mut section, ty.as_ref(), parser, report);
    let otherwise = section.value(report, "else", ty.as_ref());
    let complete = section.entry("else").is_none() || otherwise.is_some();
    let key = section.texts(report, "key");
    section.finish(report, &[]);
    let fact = ty.filter(|_| complete).map(|ty| {
        let mut fact = FactSpec::new(name.value, ty);
        let names: BTreeSet<Name> = key.iter().map(|text| text.value.into()).collect();
        (fact.derived, fact.key) = (true, names.into_iter().collect());
        fact
    });
    Declared { name, fact, key, cases, otherwise }
}

/// `cases = [{ when = '…', value = … }]`
fn cases<'a>(
    section: &mut Section<'a>,
    ty: Option<&Type>,
    parser: &Parser,
    report: &mut Report,
) -> Vec<Case<'a>> {
    let help = "as in `cases = [{ when = 'ctx.load > 0.9', value = \"high\" }]`";
    let Some(value) = section.entry("cases") else {
        section.missing(report, "cases", help);
        return Vec::new();
    };
    let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
        let message = "`cases` takes a list of at least one case".to_owned();
        report.error(WRONG_SHAPE, section.file.span(value.span()), message, help);
        return Vec::new();
    };
    let mut cases = Vec::new();
    for item in items.iter() {
        let Some(table) = item.get_ref().as_table() else {
            let message = "a case is a table with `when` and `value`".to_owned();
            report.error(WRONG_SHAPE, section.file.span(item.span()), message, help);
            continue;
        };
        let mut section = Section::new(section.file, "the case", item.span(), table);
        let when = section.text(report, "when");
        let value = section.value(report, "value", ty);
        for (key, help) in [
            ("when", "say when the fact has the value: `when = 'ctx.load > 0.9'`"),
            ("value", "say what the fact is then: `value = …`"),
        ] {
            if section.entry(key).is_none() {
                section.missing(report, key, help);
            }
        }
        section.finish(report, &[]);
        let when = when.and_then(|text| parse(&text, parser, report).map(|expr| (text, expr)));
        cases.push(Case { when, value });
    }
    cases
}

impl<'a> Declared<'a> {
    /// The fact, where its declaration is not at fault.
    pub(super) fn fact(&self) -> Option<FactSpec> {
        self.fact.clone()
    }

    pub(super) fn enter(&self, graph: &mut Graph<'a>) {
        graph.declare(Kind::Fact, self.name.value);
    }

    pub(super) fn enter_reads(&self, graph: &mut Graph<'a>) {
        for (text, expr) in self.cases.iter().filter_map(|case| case.when.as_ref()) {
            graph.enter_reads((Kind::Fact, self.name.value), text, expr);
        }
    }
}

/// Checks and compiles the conditions of all derived facts, in an order in which none comes before one
/// that it reads.
pub(super) fn compile_all<'a>(
    declared: &[Declared<'a>],
    order: &[(Kind, &'a str)],
    schema: &Schema,
    around: Surroundings<'_>,
    tables: &mut Tables,
    report: &mut Report,
) {
    let by_name: BTreeMap<&str, &Declared<'a>> =
        declared.iter().map(|declared| (declared.name.value, declared)).collect();
    let facts = order.iter().filter(|(kind, _)| *kind == Kind::Fact);
    for declared in facts.filter_map(|(_, name)| by_name.get(name)) {
        let key = keys::declared(declared.key.clone(), schema, report).dimensions;
        let space = (!key.is_empty()).then(|| tables.space(key.clone()));
        let around = Surroundings { dimensions: &key, ..around };
        let mut cases = Vec::new();
        for case in &declared.cases {
            let when = case.when.as_ref();
            let when = when.and_then(|(text, expr)| {
                Some(compile(text, (expr, Purpose::Condition), around, tables, report)?.program)
            });
            cases.extend(when.zip(case.value.clone()));
        }
        let otherwise = declared.otherwise.clone();
        if let Some(fact) = schema.fact(declared.name.value) {
            tables.derive(space, DerivedFact { fact, cases, otherwise });
        }
    }
}
