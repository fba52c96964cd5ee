//! What rule authors are told: every case is a book with faults and the words it gets, as prose.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test that panics has failed")]
#![expect(clippy::needless_pass_by_value, reason = "`expect!` gives values")]
#![expect(clippy::too_many_lines, reason = "what authors are told is long")]

mod calendars;
mod conditions;
mod constant;
mod derives;
mod files;
mod habits;
mod inhibition;
mod keys;
mod names;
mod places;
mod signals;
mod templates;
mod told;
mod values;
mod windows;
mod workflows;

use std::fmt::Write;

use expect_test::Expect;
use ptms_core::{Diagnostic, Label, Severity, Sources};
use ptms_rules::Rulebook;

/// The findings of a book of one file.
fn check(text: &str, expected: Expect) {
    check_files(&[("rules.toml", text)], expected);
}

/// The findings of a book of several files.
fn check_files(files: &[(&str, &str)], expected: Expect) {
    let sources = Sources::from_iter(files.iter().copied());
    let (_, found) = Rulebook::read(&sources);
    expected.assert_eq(&render(&sources, &found));
}

/// How many findings a book has.
fn count(files: &[(&str, &str)]) -> usize {
    Rulebook::read(&Sources::from_iter(files.iter().copied())).1.len()
}

fn render(sources: &Sources, found: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in found {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(out, "{severity} {}: {}", diagnostic.code, diagnostic.message).unwrap();
        for label in &diagnostic.labels {
            render_label(&mut out, sources, label);
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

/// The place, the line on which it begins, and what of that line is meant.
fn render_label(out: &mut String, sources: &Sources, label: &Label) {
    let origin = sources.origin(&label.span).unwrap();
    write!(out, "  {}:{}:{}", label.span.file, origin.line, origin.column).unwrap();
    if let Some((line, column)) = label.condition {
        write!(out, ", in the condition {line}:{column}").unwrap();
    }
    let text = sources.text(&label.span.file).unwrap();
    let line = text.lines().nth(origin.line - 1).unwrap_or_default();
    let rest = text[label.span.start..label.span.end].lines().next().unwrap_or_default();
    // Of a line longer than a screen, the part that is meant.
    let from = (origin.column - 1).saturating_sub(60);
    let shown: String = line.chars().skip(from).take(100).collect();
    let marks = "^".repeat(rest.chars().count().clamp(1, 100));
    let indent = " ".repeat(origin.column - 1 - from);
    let marked = format!("    {indent}{marks} {}", label.text);
    let shown = format!("    {shown}");
    writeln!(out, "\n{}\n{}", shown.trim_end(), marked.trim_end()).unwrap();
}

/// The findings of rules over one fact of every type, each with one of these conditions. Only what lies
/// in the condition is shown.
fn conditions(conditions: &[&str], expected: Expect) {
    let mut out = String::new();
    for condition in conditions {
        let book = format!("{DECLARATIONS}[[rule]]\nid = \"r\"\nwhen = \'\'\'{condition}\'\'\'\n");
        let sources = Sources::from_iter([("rules.toml", book)]);
        let (_, found) = Rulebook::read(&sources);
        writeln!(out, "{condition}").unwrap();
        if found.is_empty() {
            out.push_str("  fine\n");
        }
        for diagnostic in &found {
            let label = diagnostic.labels.first().unwrap();
            let (line, column) = label.condition.unwrap();
            assert_eq!(line, 1);
            let marks = "^".repeat((label.span.end - label.span.start).max(1));
            writeln!(out, "{}{marks}", " ".repeat(column - 1)).unwrap();
            writeln!(out, "  {}: {}", diagnostic.code, diagnostic.message).unwrap();
            if let Some(help) = &diagnostic.help {
                writeln!(out, "  help: {help}").unwrap();
            }
        }
    }
    expected.assert_eq(&out);
}

const DECLARATIONS: &str = r#"
[context]
flag = "bool"
size = "int"
cpu = "float"
name = "string"
phase = { type = "enum", values = ["coding", "testing"] }
took = "duration"
tags = { type = "list", item = "string", max_len = 8 }

[event.log]

"#;
