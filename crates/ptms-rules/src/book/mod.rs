//! From texts to a checked rulebook: TOML tables are lowered by hand, so that every fault of every
//! file is reported at once, each where it stands.

mod condition;
mod declarations;
mod keys;
mod reader;
mod rules;
mod selectors;
mod systems;
mod text;
mod workflows;

use std::collections::BTreeSet;
use std::sync::Arc;

use ptms_core::diagnostic::{BAD_FORMAT_VERSION, MISSING_KEY, TOML_SYNTAX, TOO_MUCH, UNFIT_PARSER};
use ptms_core::{Diagnostic, Name, Severity, Sources, Span, SystemSpec, WorkflowSpec};
use toml::de::DeTable;

use self::declarations::Declarations;
use self::reader::{Report, Section};
use self::text::{File, line_starts};
use crate::rule_set::RuleSet;
use crate::script::Parser;

/// The version of the rule language that this crate reads.
pub const FORMAT: i64 = 1;

/// The longest text of a rulebook, in bytes. Checked before the parser sees it.
pub const MAX_FILE_LEN: usize = 16 * 1024 * 1024;

/// The most rules in a rulebook.
pub const MAX_RULES: usize = 1_000_000;

/// A checked rulebook.
///
/// ```
/// use ptms_core::Sources;
/// use ptms_rules::Rulebook;
///
/// let sources = Sources::from_iter([("rules.toml", r#"
///     [context]
///     latency_ms = "float"
///
///     [[rule]]
///     id = "slow"
///     when = 'ctx.latency_ms > 250.0'
/// "#)]);
/// let book = Rulebook::load(&sources).unwrap();
/// assert_eq!(book.rules.specs().next().unwrap().id, "slow");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rulebook {
    /// The compiled rules.
    pub rules: Arc<RuleSet>,
    /// The declared systems, in the order of the files and of their declaration.
    pub systems: Vec<SystemSpec>,
    /// The declared workflows, likewise.
    pub workflows: Vec<WorkflowSpec>,
    /// Doubts that do not keep the book from being used, by place.
    pub warnings: Vec<Diagnostic>,
}

impl Rulebook {
    /// Reads, checks and compiles the texts, in the order of their names.
    ///
    /// # Errors
    ///
    /// Every fault of every text, by place, together with the doubts.
    pub fn load(sources: &Sources) -> Result<Self, Vec<Diagnostic>> {
        let (book, diagnostics) = Self::read(sources);
        let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
        match book {
            Some(book) if !failed => Ok(Self { warnings: diagnostics, ..book }),
            _ => Err(diagnostics),
        }
    }

    /// The book as far as it can be read, with every fault and doubt by place: for who wants to check
    /// its systems and workflows too before saying what is wrong with it. A book with a fault must not
    /// be run.
    #[must_use]
    pub fn read(sources: &Sources) -> (Option<Self>, Vec<Diagnostic>) {
        let mut report = Report::default();
        let book = match Parser::new() {
            Ok(parser) => read(sources, &parser, &mut report),
            Err(reason) => {
                let help =
                    "find the crate that enables this feature: `cargo tree -e features -i rhai`";
                report.push(Diagnostic::error(UNFIT_PARSER, reason).help(help));
                None
            }
        };
        let mut diagnostics = without_consequences(sources, report.diagnostics);
        Diagnostic::sort(&mut diagnostics);
        (book, diagnostics)
    }
}

/// Leaves out what only follows from a text that is no TOML: faults on a line of which the TOML parser
/// has already spoken, and keys that may be missing because they could not be read.
fn without_consequences(sources: &Sources, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let line = |found: &Diagnostic| {
        let origin = sources.origin(&found.labels.first()?.span)?;
        Some((origin.span.file, origin.line))
    };
    let broken: BTreeSet<(Name, usize)> =
        found.iter().filter(|found| found.code == TOML_SYNTAX).filter_map(line).collect();
    if broken.is_empty() {
        return found;
    }
    let follows = |found: &Diagnostic| {
        let Some((file, line)) = line(found) else { return false };
        let in_file = || broken.iter().any(|(broken, _)| *broken == file);
        (found.code == MISSING_KEY && in_file()) || broken.contains(&(file.clone(), line))
    };
    found.into_iter().filter(|found| found.code == TOML_SYNTAX || !follows(found)).collect()
}

fn read(sources: &Sources, parser: &Parser, report: &mut Report) -> Option<Rulebook> {
    let mut parsed = Vec::new();
    for (name, text) in sources.iter() {
        if text.len() > MAX_FILE_LEN {
            let message = format!("{name} is longer than {MAX_FILE_LEN} bytes");
            report.error(TOO_MUCH, Span::new(name, 0..0), message, "split it into several files");
            continue;
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        let whole = errors.is_empty();
        for error in errors {
            let span = Span::new(name, error.span().unwrap_or(0..0));
            let message = error.message().trim_end().replace('\n', "; ");
            let help = if message.starts_with("string values must be quoted") {
                "put it in double quotes"
            } else {
                ""
            };
            report.error(TOML_SYNTAX, span, message, help);
        }
        parsed.push((name, text, line_starts(text), table, whole));
    }
    let mut declarations = Declarations::default();
    for (name, text, lines, table, whole) in &parsed {
        let file = File { name, text, lines };
        let mut top = Section::new(file, "the rulebook", 0..0, table.get_ref());
        check_format(&mut top, report);
        declarations.gather(&mut top, report);
        let reserved = ["calendar", "derive", "signal", "template", "pool", "settings"];
        // Behind a broken header the keys of its table seem to stand at the top.
        if *whole {
            top.finish(report, &reserved);
        }
    }
    declarations.compile(parser, report)
}

fn check_format(top: &mut Section<'_>, report: &mut Report) {
    let Some(value) = top.entry("format") else { return };
    if reader::int_of(value.get_ref()) != Some(FORMAT) {
        let span = top.file.span(value.span());
        let message = format!("this version reads `format = {FORMAT}`");
        let help = "leave `format` out, or use a newer version of PTMS";
        report.error(BAD_FORMAT_VERSION, span, message, help);
    }
}
