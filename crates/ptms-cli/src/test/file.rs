//! Test files: every fault at once, names and values checked against the book. Runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ptms::diagnostic::{BAD_VALUE, DUPLICATE_NAME, MISSING_KEY, UNKNOWN_NAME, WRONG_SHAPE};
use ptms::name::nearest;
use ptms::{Book, Diagnostic, Duration, Name, Plan, RuleSpec, Span, Timestamp};
use toml::de::DeTable;

use super::case::{Case, Expected, Put, What};
use super::moment;
use crate::args::StepName;
use crate::instant::parse_rfc3339;
use crate::stream::Feed;
use crate::toml_file::{Entry, Given, TomlFile};

/// The keys of a test that are those of an input: a small test needs no other.
const INPUT: [&str; 5] = ["set", "unset", "key", "event", "fields"];

/// The keys of a test.
const TEST: [&str; 17] = [
    "name",
    "key",
    "start",
    "until",
    "set",
    "unset",
    "event",
    "fields",
    "series",
    "input",
    "expect",
    "run",
    "fires",
    "resolves",
    "quiet",
    "undecided",
    "fail",
];

/// Reads a test file and collects what is wrong with it.
#[derive(Debug)]
pub(super) struct Reader<'book> {
    pub(super) file: TomlFile,
    pub(super) book: &'book Book,
    pub(super) rules: BTreeMap<&'book str, &'book RuleSpec>,
    /// When the test that is being read starts.
    pub(super) start: Timestamp,
}

impl<'book> Reader<'book> {
    /// The tests of the text, in its order, and its faults.
    pub(super) fn read(name: Name, book: &'book Book, text: &str) -> (Vec<Case>, Vec<Diagnostic>) {
        let rules = book.rules().map(|rule| (rule.id.as_str(), rule)).collect();
        let file = TomlFile::new(name);
        let mut reader = Self { file, book, rules, start: Timestamp::default() };
        let cases = reader.cases(text);
        (cases, reader.file.into_faults())
    }

    fn cases(&mut self, text: &str) -> Vec<Case> {
        let Some(table) = self.file.parse(text) else { return Vec::new() };
        let mut cases = Vec::new();
        let mut names = BTreeSet::new();
        for (key, span, value) in self.file.entries(&table) {
            if key != "test" {
                self.file.unknown_key(key, span, &["test"]);
                continue;
            }
            for (span, table) in self.file.tables("test", value) {
                let Some(case) = self.case(span, table) else { continue };
                if !names.insert(case.name.clone()) {
                    let message = format!("a test called {:?} is there already", &*case.name);
                    self.file.fault(DUPLICATE_NAME, case.span.clone(), message, "");
                }
                cases.push(case);
            }
        }
        cases
    }

    fn case(&mut self, span: Span, table: &DeTable<'_>) -> Option<Case> {
        let entries = self.file.entries(table);
        self.start = self.start_of(&entries);
        let mut case = Case {
            name: "".into(),
            span: span.clone(),
            start: self.start,
            inputs: Vec::new(),
            fail: Vec::new(),
            silence: Vec::new(),
            end: self.start,
            expected: Vec::new(),
        };
        for (key, key_span, value) in &entries {
            self.entry(&mut case, key, key_span.clone(), value);
        }
        let own: Vec<Entry<'_>> =
            entries.iter().filter(|(key, ..)| INPUT.contains(key)).cloned().collect();
        if !own.is_empty() {
            case.inputs.extend(self.input(&span, own));
        }
        if case.name.is_empty() {
            self.file.fault(MISSING_KEY, span, "the test has no `name`".to_owned(), "");
            return None;
        }
        if case.expected.is_empty() {
            let message = format!("the test {:?} expects nothing", &*case.name);
            let help = "say what happens: `fires`, `quiet`, [[test.expect]] or [[test.run]]";
            self.file.fault(MISSING_KEY, span, message, help);
        }
        finish(&mut case);
        Some(case)
    }

    fn entry(&mut self, case: &mut Case, key: &str, span: Span, value: &Given<'_>) {
        match key {
            "name" => {
                case.name = self.file.text(key, value).unwrap_or("a test").into();
                case.span = self.file.span(value.span());
            }
            "until" => case.end = self.moment(key, value).unwrap_or(case.end),
            "series" => {
                for (span, table) in self.file.tables("test.series", value) {
                    case.inputs.extend(self.series(&span, table));
                }
            }
            "input" => {
                for (span, table) in self.file.tables("test.input", value) {
                    let entries = self.file.entries(table);
                    case.inputs.extend(self.input(&span, entries));
                }
            }
            "fires" | "resolves" | "quiet" | "undecided" => {
                case.expected.extend(self.of_rules(None, key, value));
            }
            "expect" => {
                for (span, table) in self.file.tables("test.expect", value) {
                    case.expected.extend(self.expect(&span, table));
                }
            }
            "run" => {
                for (span, table) in self.file.tables("test.run", value) {
                    case.expected.extend(self.run(&span, table));
                }
            }
            "fail" => case.fail.extend(self.steps(key, value)),
            "silence" => case.silence.extend(self.steps(key, value)),
            "start" | "set" | "unset" | "key" | "event" | "fields" => {}
            _ => {
                let known: Vec<&str> = TEST.into_iter().chain(["silence"]).collect();
                self.file.unknown_key(key, span, &known);
            }
        }
    }

    fn start_of(&mut self, entries: &[Entry<'_>]) -> Timestamp {
        let default = parse_rfc3339(moment::DEFAULT_START).unwrap_or_default();
        let given = entries.iter().find(|(key, ..)| *key == "start");
        let Some((key, _, value)) = given else { return default };
        let Some(text) = self.file.text(key, value) else { return default };
        parse_rfc3339(text).unwrap_or_else(|fault| {
            let span = self.file.span(value.span());
            let help = "write 2026-11-20T10:00:00Z";
            self.file.fault(BAD_VALUE, span, format!("`start`: {text:?} {fault}"), help);
            default
        })
    }

    /// The instant that a value writes.
    pub(super) fn moment(&mut self, key: &str, value: &Given<'_>) -> Option<Timestamp> {
        let text = self.file.text(key, value)?;
        let moment = moment::parse(text, self.start);
        let span = self.file.span(value.span());
        let noted = |fault| {
            self.file.fault(BAD_VALUE, span, format!("`{key}`: {text:?} {fault}"), "");
        };
        moment.map_err(noted).ok()
    }

    pub(super) fn duration(&mut self, key: &str, value: &Given<'_>) -> Option<Duration> {
        let text = self.file.text(key, value)?;
        let span = self.file.span(value.span());
        let noted = |fault: ptms::DurationError| {
            let message = format!("`{key}`: {text:?} is no duration");
            self.file.fault(BAD_VALUE, span, message, &fault.to_string());
        };
        text.parse().map_err(noted).ok()
    }

    /// Steps that some rule's plan has, alone or as workflow/step.
    fn steps(&mut self, key: &str, value: &Given<'_>) -> Vec<StepName> {
        let of_rules = self.book.rules().filter_map(|rule| self.book.plan_of(&rule.id));
        let plans: Vec<&Arc<Plan>> = of_rules.collect();
        let known =
            || plans.iter().flat_map(|plan| plan.steps().iter().map(move |step| (plan, step)));
        let mut steps = Vec::new();
        for (text, span) in self.file.texts(key, value) {
            let name = StepName(text.to_owned());
            if known().any(|(plan, step)| name.names(plan.name(), &step.id)) {
                steps.push(name);
                continue;
            }
            let near = nearest(text, known().map(|(_, step)| step.id.as_str()));
            let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
            let message = format!("no rule starts a step `{text}`");
            self.file.fault(UNKNOWN_NAME, span, message, &help);
        }
        steps
    }

    /// Notes a name that the book does not declare.
    pub(super) fn unknown<'a>(
        &mut self,
        noun: &str,
        name: &str,
        span: Span,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        let message = format!("no {noun} `{name}` is declared");
        self.file.fault(UNKNOWN_NAME, span, message, &near.unwrap_or_default());
    }

    pub(super) fn wrong_shape(&mut self, key: &str, takes: &str, span: Span) {
        self.file.fault(WRONG_SHAPE, span, format!("`{key}` takes {takes}"), "");
    }
}

/// Puts what was read in order, and finds the last instant.
fn finish(case: &mut Case) {
    case.inputs.sort_by_key(|put| (put.at, put.span.start));
    // What is expected of the whole test comes last.
    case.expected.sort_by_key(|expected| (expected.at.is_none(), expected.at, expected.span.start));
    let inputs = case.inputs.iter().map(|put| put.at);
    let instants = case.expected.iter().flat_map(|expected| {
        let listed = match &expected.what {
            What::DoesAt(_, _, instants) => instants.as_slice(),
            _ => &[],
        };
        expected.at.iter().chain(listed).copied()
    });
    case.end = inputs.chain(instants).chain([case.end]).max().unwrap_or(case.end);
}

/// What is put in at an instant.
pub(super) const fn put(at: Timestamp, feed: Feed, span: Span) -> Put {
    Put { at, feed, span }
}

/// What is expected at an instant, or of the whole test.
pub(super) const fn expected(at: Option<Timestamp>, what: What, span: Span) -> Expected {
    Expected { at, what, span }
}
