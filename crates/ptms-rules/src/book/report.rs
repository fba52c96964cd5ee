//! The faults and doubts found so far, without those that only follow from others.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{MISSING_KEY, TOML_SYNTAX, TOO_MUCH};
use ptms_core::{Code, Diagnostic, Label, Name, Severity, Span};

use super::MAX_DIAGNOSTICS;
use super::text::File;
use crate::tables::Spoiled;

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    /// Whether more were found than are kept, or were not looked for.
    left_out: bool,
    has_error: bool,
    /// By file, the first and last byte of each line of which the TOML parser has spoken.
    broken: BTreeMap<Name, BTreeMap<usize, usize>>,
    /// The rule for which a condition of its template is looked at.
    pub(super) instance: Option<Label>,
    /// Whose declarations are at fault.
    pub(super) spoiled: Spoiled,
    /// The keys that were asked for, by kind of section.
    #[cfg(test)]
    pub(super) asked: BTreeMap<String, std::collections::BTreeSet<&'static str>>,
}

impl Report {
    pub(super) fn error(&mut self, code: Code, span: Span, message: String, help: &str) {
        let diagnostic = Diagnostic::error(code, message).label(span, "");
        self.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Notes a place at which a text is no TOML.
    pub(super) fn no_toml(&mut self, file: File<'_>, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim_end().replace('\n', "; ");
        let unquoted = message.starts_with("string values must be quoted");
        let text = file.text.get(span.clone()).unwrap_or_default();
        let help = match message.as_str() {
            _ if unquoted => "put it in double quotes",
            "duplicate key" => {
                "another of this name stands above: rename one of them, or put both into one"
            }
            _ if text == ":" => "write `=` between a key and its value",
            _ => "",
        };
        self.error(TOML_SYNTAX, file.span(span.clone()), message, help);
        let line = file.line(span.start);
        self.broken.entry(file.name.clone()).or_default().insert(line.start, line.end);
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.follows(&diagnostic) {
            return;
        }
        let mut diagnostic = diagnostic;
        if let Some(rule) = &self.instance {
            let same = |other: &Diagnostic| {
                (other.code, &other.message, other.labels.first())
                    == (diagnostic.code, &diagnostic.message, diagnostic.labels.first())
            };
            if self.diagnostics.iter().any(same) {
                return;
            }
            diagnostic.labels.push(rule.clone());
        }
        self.has_error |= diagnostic.severity == Severity::Error;
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out = true;
        }
    }

    /// Whether something is at fault, from which other things may only follow.
    pub(super) const fn has_error(&self) -> bool {
        self.has_error
    }

    /// Whether so much has been found that the rest need not be looked at. A book of doubts only is
    /// looked at to its end: it may be used.
    pub(super) fn breaks_off(&mut self) -> bool {
        let full = self.has_error && self.diagnostics.len() >= MAX_DIAGNOSTICS;
        self.left_out |= full;
        full
    }

    /// Whether a fault may only follow from a text that is no TOML: it stands on a line of which the
    /// TOML parser has spoken, or is a key that could not be read.
    fn follows(&self, diagnostic: &Diagnostic) -> bool {
        let Some(place) = diagnostic.labels.first().map(|label| &label.span) else { return false };
        let Some(broken) = self.broken.get(&place.file) else { return false };
        let line = broken.range(..=place.start).next_back();
        let on_broken_line = line.is_some_and(|(_, end)| place.start <= *end);
        diagnostic.code != TOML_SYNTAX && (diagnostic.code == MISSING_KEY || on_broken_line)
    }

    /// Everything, by place.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        Diagnostic::sort(&mut diagnostics);
        // What a template says is read with each of its rules.
        diagnostics.dedup();
        if self.left_out {
            let count = diagnostics.len();
            let message = format!("{count} faults and doubts: the rest of the book is left out");
            diagnostics.push(match self.has_error {
                true => Diagnostic::error(TOO_MUCH, message),
                false => Diagnostic::warning(TOO_MUCH, message),
            });
        }
        diagnostics
    }
}
