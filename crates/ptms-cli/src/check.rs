//! `ptms check`: every fault of a rulebook.

use std::io::Write;

use ptms::{Book, OpaqueCall};

use crate::args::{CheckArgs, ReportFormat};
use crate::exit::{Exit, Failure};
use crate::watch::watch;
use crate::words::counted;
use crate::{book, render};

/// Loads the book and reports what is wrong with it; again and again if somebody wants to watch.
pub(crate) fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    if args.watch { watch(&args.book, || once(args)) } else { once(args) }
}

fn once(args: &CheckArgs) -> Result<Exit, Failure> {
    let sources = book::read(&args.book)?;
    let loaded = Book::load(&sources);
    let findings = match &loaded {
        Ok(book) => book.warnings(),
        Err(faults) => faults,
    };
    let text = match (args.format, &loaded) {
        (ReportFormat::Json, _) => render::json(&sources, findings),
        (ReportFormat::Human, Ok(book)) if findings.is_empty() => {
            format!("no findings: {}\n", contents(book))
        }
        (ReportFormat::Human, _) => render::human(&sources, findings),
    };
    write!(anstream::stdout(), "{text}")?;
    if let Ok(book) = &loaded
        && args.verbose
    {
        write!(anstream::stdout(), "{}", opaque_calls(book))?;
    }
    Ok(if findings.is_empty() { Exit::Fine } else { Exit::Findings })
}

/// The calls for which a condition is not compiled wholly, one a line.
fn opaque_calls(book: &Book) -> String {
    let mut text = String::new();
    for call in book.opaque_calls() {
        let OpaqueCall { rule, key, function, line, column, cost, .. } = call;
        let place = format!("line {line}, column {column} of `{key}`");
        text.push_str(&format!(
            "{rule}: `{function}` is called, not compiled ({place}; cost {cost})\n"
        ));
    }
    if text.is_empty() {
        text.push_str("all conditions are compiled wholly\n");
    }
    text
}

/// `12 rules, 9 systems, 2 workflows, 1 warning`
pub(crate) fn contents(book: &Book) -> String {
    let rules = counted(book.rules().count(), "rule");
    let systems = counted(book.catalog().systems().len(), "system");
    let workflows = counted(book.catalog().workflows().len(), "workflow");
    let doubts = match book.warnings().len() {
        0 => String::new(),
        doubts => format!(", {}", counted(doubts, "warning")),
    };
    format!("{rules}, {systems}, {workflows}{doubts}")
}
