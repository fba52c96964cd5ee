//! Tests that were run, for people and as JSON lines. Runs nothing.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use ptms::diagnostic::{TEST_FAILED, TEST_IDLE};
use ptms::{Code, Diagnostic, Name, Sources};
use serde::Serialize;

use super::case::Case;
use super::coverage::{Coverage, Line};
use super::story::{Finding, Outcome};
use crate::render;
use crate::screen::BOLD;
use crate::words::{counted, plain};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CARE: Style = AnsiColor::Yellow.on_default().bold();

/// A test that was run.
#[derive(Debug)]
pub(super) struct Tested {
    pub(super) file: Name,
    pub(super) name: Name,
    /// What is wrong, by place.
    pub(super) findings: Vec<Diagnostic>,
    pub(super) end: End,
    line_of: ptms::Span,
}

/// What a test came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Passed,
    Failed,
    /// All holds, but something would whatever the rules said.
    ProvesNothing,
}

impl Tested {
    /// The test with what came of it.
    pub(super) fn new(case: Case, outcome: Outcome) -> Self {
        let end = match (outcome.failed.is_empty(), outcome.idle.is_empty()) {
            (false, _) => End::Failed,
            (true, false) => End::ProvesNothing,
            (true, true) => End::Passed,
        };
        let failed = outcome.failed.into_iter().map(|found| told(TEST_FAILED, found));
        let idle = outcome.idle.into_iter().map(|found| told(TEST_IDLE, found));
        let mut findings: Vec<Diagnostic> = failed.chain(idle).collect();
        Diagnostic::sort(&mut findings);
        let file = case.span.file.clone();
        Self { file, name: case.name, findings, end, line_of: case.span }
    }

    /// Whether all that it expects holds, and proves something.
    pub(super) fn passed(&self) -> bool {
        self.end == End::Passed
    }
}

fn told(code: Code, finding: Finding) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, finding.message).label(finding.span, "");
    if finding.why.is_empty() { diagnostic } else { diagnostic.help(finding.why) }
}

/// Everything that there is to report.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// The texts of the tests.
    pub(super) sources: &'a Sources,
    pub(super) tested: &'a [Tested],
    /// Where somebody wants to see it.
    pub(super) coverage: Option<&'a Coverage>,
    /// The least that is asked for, in percent.
    pub(super) least: Option<u8>,
}

impl Report<'_> {
    /// How many tests ended so.
    pub(super) fn count(&self, end: End) -> usize {
        self.tested.iter().filter(|tested| tested.end == end).count()
    }

    /// Every test on a line, then what is wrong, then the counts.
    pub(super) fn human(&self) -> String {
        let mut text = String::new();
        let mut file = None;
        for tested in self.tested {
            if file != Some(&tested.file) {
                let _ = writeln!(text, "{BOLD}{}{BOLD:#}", tested.file);
                file = Some(&tested.file);
            }
            let (style, word) = match tested.end {
                End::Passed => (GOOD, "ok   "),
                End::Failed => (BAD, "FAIL "),
                End::ProvesNothing => (CARE, "IDLE "),
            };
            let _ = writeln!(text, "  {style}{word}{style:#} {}", plain(&tested.name));
        }
        text.push('\n');
        for tested in self.tested.iter().filter(|tested| !tested.passed()) {
            let _ = writeln!(text, "{BOLD}{}{BOLD:#}", plain(&tested.name));
            text.push_str(&render::bare(self.sources, &tested.findings));
        }
        if let Some(coverage) = self.coverage {
            text.push_str(&self.covered(coverage));
        }
        text.push_str(&self.counts());
        text.push('\n');
        text
    }

    /// `12 tests: 10 passed, 1 failed, 1 proves nothing`
    fn counts(&self) -> String {
        let (failed, idle) = (self.count(End::Failed), self.count(End::ProvesNothing));
        let mut text = counted(self.tested.len(), "test");
        let _ = write!(text, ": {} passed", self.count(End::Passed));
        if failed > 0 {
            let _ = write!(text, ", {failed} failed");
        }
        if idle > 0 {
            let _ = write!(text, ", {idle} {} nothing", if idle == 1 { "proves" } else { "prove" });
        }
        text
    }

    fn covered(&self, coverage: &Coverage) -> String {
        let mut text = format!(
            "{:<40} {:>8} {:>8} {:>8} {:>8}\n",
            "condition of", "true", "false", "unknown", "fault"
        );
        for Line { rule, seen } in coverage.lines() {
            let _ = write!(text, "{:<40}", crate::words::cut(rule, 40));
            for (count, counts) in [
                (seen.known_true, true),
                (seen.known_false, true),
                (seen.unknown, false),
                (seen.fault, false),
            ] {
                let style = if counts && count == 0 { BAD } else { Style::new() };
                let shown = if count == 0 { "-".to_owned() } else { count.to_string() };
                let _ = write!(text, " {style}{shown:>8}{style:#}");
            }
            text.push('\n');
        }
        let (seen, all) = coverage.outcomes();
        let least = self.least.map(|least| format!(", at least {least} % are asked for"));
        let _ = writeln!(
            text,
            "\ncoverage: {:.1} %, {seen} of {all} outcomes{}\n",
            coverage.percent(),
            least.unwrap_or_default()
        );
        text
    }

    /// A JSON object for each test, and one that counts them.
    pub(super) fn json(&self) -> String {
        let mut text = String::new();
        for tested in self.tested {
            let line = self.sources.origin(&tested.line_of).map(|origin| origin.line);
            let findings = render::findings(self.sources, &tested.findings);
            let (file, name) = (&tested.file, &tested.name);
            let test = TestLine { kind: "test", file, line, name, end: tested.end, findings };
            // Plain strings and numbers: writing them cannot fail.
            text.push_str(&serde_json::to_string(&test).unwrap_or_default());
            text.push('\n');
        }
        let summary = SummaryLine {
            kind: "summary",
            tests: self.tested.len(),
            passed: self.count(End::Passed),
            failed: self.count(End::Failed),
            prove_nothing: self.count(End::ProvesNothing),
            coverage: self.coverage.map(CoverageLine::new),
        };
        text.push_str(&serde_json::to_string(&summary).unwrap_or_default());
        text.push('\n');
        text
    }
}

#[derive(Serialize)]
struct TestLine<'a> {
    kind: &'static str,
    file: &'a Name,
    line: Option<usize>,
    name: &'a Name,
    end: End,
    findings: Vec<render::Finding<'a>>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    kind: &'static str,
    tests: usize,
    passed: usize,
    failed: usize,
    prove_nothing: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<CoverageLine<'a>>,
}

#[derive(Serialize)]
struct CoverageLine<'a> {
    seen: usize,
    of: usize,
    rules: Vec<Line<'a>>,
}

impl<'a> CoverageLine<'a> {
    fn new(coverage: &'a Coverage) -> Self {
        let (seen, of) = coverage.outcomes();
        Self { seen, of, rules: coverage.lines().collect() }
    }
}
