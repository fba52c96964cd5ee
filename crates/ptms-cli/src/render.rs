//! Diagnostics for people, underlined in the book, and for programs, one JSON object a line.

use std::collections::BTreeSet;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use ptms::{Diagnostic, Label, Severity, Sources};
use serde::Serialize;

use crate::words::{WIDTH, counted, wrapped};

/// The diagnostics with their lines underlined, and a line that counts them; styled, for a stream
/// that takes the styles off where nobody sees them.
pub(crate) fn human(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut text = bare(sources, diagnostics);
    text.push_str(&summary(diagnostics));
    text.push('\n');
    text
}

/// The same without the line that counts them.
pub(crate) fn bare(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let renderer = Renderer::styled().term_width(WIDTH);
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&renderer.render(&[group(sources, diagnostic)]));
        text.push_str("\n\n");
    }
    text
}

/// `3 errors, 1 warning in 2 files`
pub(crate) fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
    let counts = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, noun)| counted(*count, noun)).collect();
    let main = diagnostics.iter().filter_map(|one| one.labels.first());
    let files: BTreeSet<_> = main.map(|label| &label.span.file).collect();
    match files.len() {
        0 => counts.join(", "),
        files => format!("{} in {}", counts.join(", "), counted(files, "file")),
    }
}

fn group<'text>(sources: &'text Sources, diagnostic: &'text Diagnostic) -> Group<'text> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(fitted(&diagnostic.message, "warning[E0101]: "))
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    let mut labels = diagnostic.labels.iter().enumerate().peekable();
    // Neighbouring labels in one file share a snippet; the first label of all is the main one.
    while let Some((_, Label { span, .. })) = labels.peek() {
        let file = &span.file;
        let text = sources.text(file).unwrap_or_default();
        let mut snippet = Snippet::source(text).path(&**file);
        while let Some((index, label)) = labels.next_if(|(_, label)| label.span.file == *file) {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let range = within(text, label.span.start..label.span.end);
            snippet = snippet.annotation(kind.span(range).label(words(label)));
        }
        group = group.element(snippet);
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(fitted(help, "  = help: "))),
        None => group,
    }
}

/// The text in lines that fit behind `head`; the renderer indents them and keeps them apart.
fn fitted(text: &str, head: &str) -> String {
    let lines = text.lines().map(|line| wrapped(line, WIDTH - head.len(), 0));
    lines.collect::<Vec<_>>().join("\n")
}

/// The label's text, with the place inside the condition where it lies in one.
fn words(label: &Label) -> Option<String> {
    let place = label.condition.map(|(line, column)| match line {
        1 => format!("column {column} of the condition"),
        _ => format!("line {line}, column {column} of the condition"),
    });
    match (label.text.is_empty(), place) {
        (true, place) => place,
        (false, None) => Some(label.text.clone()),
        (false, Some(place)) => Some(format!("{} ({place})", label.text)),
    }
}

/// The range moved inside `text` and onto its characters, whatever it was.
fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = range.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The diagnostics as JSON, one object a line, places as bytes and as lines and columns.
pub(crate) fn json(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for line in findings(sources, diagnostics) {
        // Plain strings and numbers: writing them cannot fail.
        text.push_str(&serde_json::to_string(&line).unwrap_or_default());
        text.push('\n');
    }
    text
}

/// The diagnostics as plain data.
pub(crate) fn findings<'text>(
    sources: &'text Sources,
    diagnostics: &'text [Diagnostic],
) -> Vec<Finding<'text>> {
    let finding = |diagnostic: &'text Diagnostic| Finding {
        code: diagnostic.code.as_str(),
        severity: diagnostic.severity,
        message: &diagnostic.message,
        labels: diagnostic.labels.iter().map(|label| place(sources, label)).collect(),
        help: diagnostic.help.as_deref(),
    };
    diagnostics.iter().map(finding).collect()
}

/// A diagnostic as a program reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'text> {
    code: &'static str,
    severity: Severity,
    message: &'text str,
    labels: Vec<Place<'text>>,
    help: Option<&'text str>,
}

#[derive(Debug, Serialize)]
struct Place<'text> {
    file: &'text str,
    start: usize,
    end: usize,
    line: Option<usize>,
    column: Option<usize>,
    /// Line and column inside the condition.
    condition: Option<(usize, usize)>,
    text: &'text str,
}

fn place<'text>(sources: &Sources, label: &'text Label) -> Place<'text> {
    let origin = sources.origin(&label.span);
    Place {
        file: &label.span.file,
        start: label.span.start,
        end: label.span.end,
        line: origin.as_ref().map(|origin| origin.line),
        column: origin.as_ref().map(|origin| origin.column),
        condition: label.condition,
        text: &label.text,
    }
}

#[cfg(test)]
mod tests {
    use ptms::Span;
    use ptms::diagnostic::UNKNOWN_NAME;

    use super::*;

    #[test]
    fn no_span_is_too_wild_to_render() {
        let sources = Sources::from_iter([("a.toml", "ä = 1\nö = 2\n"), ("b.toml", "")]);
        for file in ["a.toml", "b.toml", "missing.toml"] {
            for (start, end) in [(0, 0), (1, 1), (0, 1), (3, 99), (99, 100), (14, 14), (5, 8)] {
                let span = Span::new(file, start..end);
                let diagnostic = Diagnostic::error(UNKNOWN_NAME, "no such\nname").label(span, "");
                assert!(human(&sources, &[diagnostic]).contains("1 error in 1 file"));
            }
        }
    }

    #[test]
    fn findings_are_counted() {
        let error = Diagnostic::error(UNKNOWN_NAME, "x").label(Span::new("a", 0..0), "");
        let warning = Diagnostic::warning(UNKNOWN_NAME, "x").label(Span::new("b", 0..0), "");
        assert_eq!(
            summary(&[error.clone(), error, warning.clone()]),
            "2 errors, 1 warning in 2 files"
        );
        assert_eq!(summary(&[warning]), "1 warning in 1 file");
        assert_eq!(summary(&[Diagnostic::warning(UNKNOWN_NAME, "x")]), "1 warning");
    }
}
