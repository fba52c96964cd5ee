//! From the text of a condition to a checked one; where its faults stand in the file and in itself.

use ptms_core::diagnostic::{TOO_MUCH, line_and_column};
use ptms_core::{Diagnostic, Label, Name, Severity, Type};

use super::report::Report;
use super::text::Text;
use crate::condition::expr::Expr;
use crate::condition::{Checker, Compiled, Finding, MAX_CELLS, Node, Surroundings};
use crate::script::Parser;
use crate::tables::Tables;

/// What an expression is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// A condition: it is true or false.
    Condition,
    /// A value for a workflow: of its parameter's type, where there is one.
    Value(Option<&'a Type>),
}

/// Parses, checks and compiles a condition; its text, and the program if nothing is at fault.
pub(super) fn condition(
    text: &Text<'_>,
    parser: &Parser,
    around: Surroundings<'_>,
    tables: &mut Tables,
    report: &mut Report,
) -> Option<(Name, Compiled)> {
    expression(text, Purpose::Condition, parser, around, tables, report)
}

/// The same, of an expression for any purpose.
pub(super) fn expression(
    text: &Text<'_>,
    purpose: Purpose<'_>,
    parser: &Parser,
    around: Surroundings<'_>,
    tables: &mut Tables,
    report: &mut Report,
) -> Option<(Name, Compiled)> {
    let expr = parse(text, parser, report)?;
    let compiled = compile(text, (&expr, purpose), around, tables, report)?;
    Some((text.value.into(), compiled))
}

/// Checks and compiles an expression that was parsed.
pub(super) fn compile(
    text: &Text<'_>,
    (expr, purpose): (&Expr, Purpose<'_>),
    around: Surroundings<'_>,
    tables: &mut Tables,
    report: &mut Report,
) -> Option<Compiled> {
    let checker = Checker::new(around, &report.spoiled, tables);
    let (node, findings) = match purpose {
        Purpose::Condition => checker.condition(expr),
        Purpose::Value(ty) => checker.value(expr, ty),
    };
    tell(text, findings, report);
    let compiled = Compiled::new(node?);
    if compiled.is_none() {
        let message = format!("the condition holds more than {MAX_CELLS} values at once");
        report.error(TOO_MUCH, text.span(), message, "split it into several rules");
    }
    compiled
}

/// The syntax of a condition, if it has no fault.
pub(super) fn parse(text: &Text<'_>, parser: &Parser, report: &mut Report) -> Option<Expr> {
    let found = parser.parse(text.value);
    for error in found.as_ref().err().into_iter().flatten() {
        let found = Diagnostic::error(error.kind.code(), &error.message);
        report.push(placed(text, (error.start, error.end), found, error.help.as_deref()));
    }
    found.ok()
}

/// The checked condition, if nothing is at fault.
pub(super) fn check(
    text: &Text<'_>,
    expr: &Expr,
    around: Surroundings<'_>,
    tables: &mut Tables,
    report: &mut Report,
) -> Option<Node> {
    let (node, findings) = Checker::new(around, &report.spoiled, tables).condition(expr);
    tell(text, findings, report);
    node
}

/// Notes what was found in an expression.
fn tell(text: &Text<'_>, findings: Vec<Finding>, report: &mut Report) {
    for found in findings {
        let message = match &found.signal {
            Some(signal) => format!("in the signal `{signal}`, {}", found.message),
            None => found.message,
        };
        let diagnostic = match found.severity {
            Severity::Error => Diagnostic::error(found.code, message),
            Severity::Warning => Diagnostic::warning(found.code, message),
        };
        report.push(placed(text, (found.start, found.end), diagnostic, found.help.as_deref()));
    }
}

/// The diagnostic with its place in the file and in the condition.
fn placed(
    text: &Text<'_>,
    (start, end): (usize, usize),
    diagnostic: Diagnostic,
    help: Option<&str>,
) -> Diagnostic {
    let mut label = Label::new(text.span_within(start..end), "");
    label.condition = Some(line_and_column(text.value, start));
    let mut diagnostic = match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    };
    diagnostic.labels.push(label);
    diagnostic
}
