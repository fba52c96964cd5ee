//! `[signal]`: named conditions that rules, derived facts and other signals read.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{UNUSED_NAME, WRONG_SHAPE};
use ptms_core::{Diagnostic, Name, Schema};
use toml::Spanned;
use toml::de::DeValue;

use super::condition::{check, parse};
use super::declarations::{check_property, unique};
use super::order::{Graph, Kind};
use super::report::Report;
use super::selectors::Selectors;
use super::text::{Text, text_of};
use crate::condition::Surroundings;
use crate::condition::expr::Expr;
use crate::script::Parser;
use crate::tables::{Signals, Tables};

/// The signals of a book whose conditions parse, by name.
pub(super) struct Parsed<'a> {
    by_name: BTreeMap<&'a str, (Text<'a>, Text<'a>, Expr)>,
}

/// Parses the signals and enters them into the graph.
pub(super) fn read<'a>(
    entries: Vec<(Text<'a>, &'a Spanned<DeValue<'a>>)>,
    parser: &Parser,
    report: &mut Report,
) -> Parsed<'a> {
    let mut found = Vec::new();
    for (name, value) in entries {
        match signal(&name, value, parser, report) {
            Some((text, expr)) => found.push((name.clone(), (name.value, (name, text, expr)))),
            None => report.spoiled.add("signal", name.value),
        }
    }
    Parsed { by_name: unique(report, "signal", found).into_iter().collect() }
}

fn signal<'a>(
    name: &Text<'a>,
    value: &'a Spanned<DeValue<'a>>,
    parser: &Parser,
    report: &mut Report,
) -> Option<(Text<'a>, Expr)> {
    let valid = check_property(report, parser, "signal", name);
    let Some(text) = text_of(name.file, value) else {
        let message = format!("the signal `{}` needs a condition", name.value);
        let help = "as in `slow = 'ctx.latency_ms > 250.0'`";
        report.error(WRONG_SHAPE, name.file.span(value.span()), message, help);
        return None;
    };
    let expr = parse(&text, parser, report)?;
    valid.then_some((text, expr))
}

impl<'a> Parsed<'a> {
    pub(super) fn enter(&self, graph: &mut Graph<'a>) {
        self.by_name.keys().for_each(|name| graph.declare(Kind::Signal, name));
    }

    pub(super) fn enter_reads(&self, graph: &mut Graph<'a>) {
        for (name, (_, text, expr)) in &self.by_name {
            graph.enter_reads((Kind::Signal, name), text, expr);
        }
    }

    /// Checks every signal by itself, for who may read it with any dimensions: what depends on these is
    /// looked at where it is read. `order` is such that no signal comes before one that it reads.
    pub(super) fn check(
        &self,
        order: &[(Kind, &'a str)],
        schema: &Schema,
        selectors: &Selectors,
        tables: &mut Tables,
        report: &mut Report,
    ) -> Signals {
        let mut signals = Signals::default();
        let dimensions: Vec<Name> = schema.dimensions().keys().cloned().collect();
        for (kind, name) in order {
            let Some((_, text, expr)) = self.by_name.get(name).filter(|_| *kind == Kind::Signal)
            else {
                continue;
            };
            let around = Surroundings {
                schema,
                selectors: &selectors.names,
                signals: &signals,
                event: None,
                params: &[],
                in_selector: false,
                dimensions: &dimensions,
            };
            // Windows are entered where the signal is read.
            let mut scratch = tables.scratch();
            let checked = check(text, expr, around, &mut scratch, report);
            tables.used_signals.append(&mut scratch.used_signals);
            match checked {
                Some(_) => signals.add(Name::from(*name), expr.clone()),
                None => report.spoiled.add("signal", name),
            }
        }
        signals
    }

    /// Doubts about the signals that nothing reads. In a book with faults they may be read by what
    /// could not be understood.
    pub(super) fn check_used(&self, tables: &Tables, report: &mut Report) {
        if report.has_error() {
            return;
        }
        for (name, _, _) in self.by_name.values() {
            if !tables.used_signals.contains(name.value) {
                let message = format!("nothing reads the signal `{}`", name.value);
                let help = format!("read it as `signal.{}`, or delete it", name.value);
                let doubt = Diagnostic::warning(UNUSED_NAME, message);
                report.push(doubt.label(name.span(), "").help(help));
            }
        }
    }
}
