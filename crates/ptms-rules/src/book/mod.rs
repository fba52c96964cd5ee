//! From texts to a checked rulebook: TOML tables are lowered by hand, so that every fault of every
//! file is reported at once, each where it stands.

mod calendars;
mod condition;
mod conduct;
mod declarations;
mod derives;
mod fields;
mod given;
mod handed;
mod inhibition;
mod keys;
mod life;
mod order;
mod planning;
mod reader;
mod report;
mod rules;
mod selectors;
mod signals;
mod systems;
mod templates;
mod text;
mod told;
mod types;
mod values;
mod workflows;

use std::sync::Arc;

use ptms_core::diagnostic::{BAD_FORMAT_VERSION, TOO_MUCH, UNFIT_PARSER};
use ptms_core::{Diagnostic, Severity, Sources, Span, SystemSpec, WorkflowSpec};
use toml::de::DeTable;

pub use self::planning::Planning;

use self::declarations::Declarations;
use self::reader::Section;
use self::report::Report;
use self::text::{File, line_starts};
use crate::callables::Callables;
use crate::functions::Functions;
use crate::rule_set::RuleSet;
use crate::script::{Helpers, Module, Parser};

/// The version of the rule language that this crate reads.
pub const FORMAT: i64 = 1;

/// The longest text of a rulebook, in bytes. Checked before the parser sees it.
pub const MAX_FILE_LEN: usize = 16 * 1024 * 1024;

/// The most faults and doubts of a rulebook that are told; of more, only that they are.
pub const MAX_DIAGNOSTICS: usize = 1_000;

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
    /// What is said for all plans.
    pub planning: Planning,
    /// Doubts that do not keep the book from being used, by place.
    pub warnings: Vec<Diagnostic>,
}

impl Rulebook {
    /// Reads, checks and compiles the texts, in the order of their names. Those whose name ends in
    /// `.rhai` hold helper functions, all others are TOML.
    ///
    /// # Errors
    ///
    /// Every fault of every text, by place, together with the doubts.
    pub fn load(sources: &Sources) -> Result<Self, Vec<Diagnostic>> {
        Self::load_with(sources, &Functions::default())
    }

    /// The same, for conditions that call functions of the host; see [`Functions`].
    ///
    /// # Errors
    ///
    /// Every fault of every text, by place, together with the doubts.
    pub fn load_with(sources: &Sources, functions: &Functions) -> Result<Self, Vec<Diagnostic>> {
        let (book, diagnostics) = Self::read_with(sources, functions);
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
        Self::read_with(sources, &Functions::default())
    }

    /// The same, for conditions that call functions of the host.
    #[must_use]
    pub fn read_with(sources: &Sources, functions: &Functions) -> (Option<Self>, Vec<Diagnostic>) {
        let mut report = Report::default();
        let book = match Parser::new() {
            Ok(parser) => read(sources, functions, &parser, &mut report),
            Err(reason) => {
                let help =
                    "find the crate that enables this feature: `cargo tree -e features -i rhai`";
                report.push(Diagnostic::error(UNFIT_PARSER, reason).help(help));
                None
            }
        };
        (book, report.into_diagnostics())
    }
}

fn read(
    sources: &Sources,
    functions: &Functions,
    parser: &Parser,
    report: &mut Report,
) -> Option<Rulebook> {
    let callables = callables(sources, functions, report);
    let mut parsed = Vec::new();
    for (name, text) in sources.iter().filter(|(name, _)| !is_module(name)) {
        if text.len() > MAX_FILE_LEN {
            let message = format!("{name} is longer than {MAX_FILE_LEN} bytes");
            report.error(TOO_MUCH, Span::new(name, 0..0), message, "split it into several files");
            continue;
        }
        let lines = line_starts(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        let whole = errors.is_empty();
        for error in errors {
            report.no_toml(File { name, text, lines: &lines }, &error);
        }
        parsed.push((name, text, lines, table, whole));
    }
    let mut declarations = Declarations::default();
    for (name, text, lines, table, whole) in &parsed {
        let file = File { name, text, lines };
        let mut top = Section::new(file, "the rulebook", 0..0, table.get_ref());
        check_format(&mut top, report);
        declarations.gather(&mut top, report);
        // Behind a broken header the keys of its table seem to stand at the top.
        if *whole {
            top.finish(report, &[]);
        }
    }
    declarations.compile(callables, parser, report)
}

/// Whether a text of this name holds helper functions.
fn is_module(name: &str) -> bool {
    name.ends_with(".rhai")
}

/// The helper functions of the modules, and the functions of the host.
fn callables(sources: &Sources, functions: &Functions, report: &mut Report) -> Callables {
    let modules = sources.iter().filter(|(name, _)| is_module(name));
    let modules: Vec<Module<'_>> = modules.map(|(name, text)| Module { name, text }).collect();
    let (helpers, found) = Helpers::compile(&modules, functions);
    found.into_iter().for_each(|found| report.push(found));
    Callables { helpers: Arc::new(helpers), host: functions.clone() }
}

fn check_format(top: &mut Section<'_>, report: &mut Report) {
    let Some(value) = top.entry("format") else { return };
    if values::int_of(value.get_ref()) != Some(FORMAT) {
        let span = top.file.span(value.span());
        let message = format!("this version reads `format = {FORMAT}`");
        let help = "leave `format` out, or use a newer version of PTMS";
        report.error(BAD_FORMAT_VERSION, span, message, help);
    }
}

/// The keys that the readers of a book ask for, by kind of section.
#[cfg(test)]
pub(crate) fn asked_keys(
    sources: &Sources,
) -> std::collections::BTreeMap<String, std::collections::BTreeSet<&'static str>> {
    let mut report = Report::default();
    let parser = Parser::new().unwrap();
    read(sources, &Functions::default(), &parser, &mut report);
    report.asked
}
