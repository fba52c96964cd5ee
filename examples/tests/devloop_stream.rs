//! The recorded stream of the devloop example: it is real, it holds nothing but declared fields, and
//! its book makes something of it.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ptms::prelude::*;
use ptms::{Action, Outcome};
use serde_json::Value as Json;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/devloop"))
}

fn lines() -> Vec<Json> {
    let text = std::fs::read_to_string(folder().join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn at(line: &Json) -> Timestamp {
    let instant: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
    Timestamp::from_nanos(instant.as_nanosecond().try_into().unwrap())
}

fn book() -> Book {
    let mut sources = Sources::default();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".toml") && !name.ends_with(".test.toml") {
            sources.add(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    Book::load(&sources).unwrap()
}

#[test]
fn it_is_more_than_an_hour_of_real_work() {
    let lines = lines();
    assert!(lines.windows(2).all(|pair| at(&pair[0]) <= at(&pair[1])), "time runs backwards");
    let span = at(lines.last().unwrap()).since(at(&lines[0]));
    assert!(span.as_secs_f64() >= 3_600.0, "only {span}");
    let count = |event: &str, what: &dyn Fn(&Json) -> bool| {
        lines.iter().filter(|line| line["event"] == event && what(&line["fields"])).count()
    };
    assert!(count("build", &|fields| fields["ok"] == false) >= 5, "no failing builds");
    assert!(count("build", &|fields| fields["ok"] == true) >= 20, "no passing builds");
    assert!(count("test_run", &|fields| fields["failed"] != 0) >= 5, "no failing tests");
    assert!(count("compile_error", &|_| true) >= 20, "no compile errors");
    assert!(count("commit", &|_| true) >= 10, "no commits");
}

/// Texts are names of crates, codes of errors and verbs of cargo: no path, no package id, nothing
/// rendered, no author and no host.
#[test]
fn it_holds_nothing_but_declared_fields() {
    let allowed = BTreeMap::from([
        ("build", ["duration_ms", "errors", "ok", "verb", "warnings"].as_slice()),
        ("commit", &["deleted", "files", "inserted"]),
        ("compile_error", &["code", "component"]),
        ("test_run", &["duration_ms", "failed", "passed"]),
    ]);
    for line in lines() {
        let kind = line["event"].as_str();
        let object = kind.map_or(&line["set"], |_| &line["fields"]).as_object().unwrap();
        let keys: Vec<&str> = object.keys().map(String::as_str).collect();
        let expected = kind.map_or(&["disk_busy", "load", "memory_used"][..], |kind| allowed[kind]);
        assert_eq!(keys, expected, "{line}");
        for value in object.values() {
            let Some(text) = value.as_str() else { continue };
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-:".contains(c);
            assert!(text.len() <= 60 && text.chars().all(plain), "{line}");
        }
    }
    let text = std::fs::read_to_string(folder().join("events.jsonl")).unwrap();
    for forbidden in ["/", "\\", "@", "#", "file:", ".rs", ".toml", "http", "root", "home"] {
        assert!(!text.contains(forbidden), "the stream says {forbidden:?}");
    }
}

#[test]
fn the_book_makes_something_of_it() {
    let mut engine = Engine::new(Arc::new(book()));
    let mut fired = BTreeSet::new();
    let mut ends = Vec::new();
    for line in lines() {
        let now = at(&line);
        // Deadlines before the line happen at their own instants, as a host on a clock would have it.
        while let Some(due) = wake_before(&mut engine, now, &mut fired, &mut ends) {
            engine.handle(due, Input::Wake).unwrap();
        }
        engine.handle(now, input(&line)).unwrap();
        drain(&mut engine, now, &mut fired, &mut ends);
    }
    assert_eq!(engine.open_runs(), 0);
    assert!(ends.len() >= 5, "{ends:?}");
    assert!(ends.iter().all(|end| *end == End::Completed), "{ends:?}");
    for rule in
        ["single-error", "error-burst", "phase-coding", "phase-testing", "resource-exhaustion"]
    {
        assert!(fired.contains(rule), "{rule} never fires: {fired:?}");
    }
}

fn wake_before(
    engine: &mut Engine,
    now: Timestamp,
    fired: &mut BTreeSet<String>,
    ends: &mut Vec<End>,
) -> Option<Timestamp> {
    let due = drain(engine, now, fired, ends)?;
    (due < now).then_some(due)
}

/// Does what the engine asks, with success, until it waits; until when.
fn drain(
    engine: &mut Engine,
    now: Timestamp,
    fired: &mut BTreeSet<String>,
    ends: &mut Vec<End>,
) -> Option<Timestamp> {
    let mut answers = Vec::new();
    let until = loop {
        match engine.poll() {
            Output::Fired(firing) => drop(fired.insert(firing.rule.to_string())),
            Output::Perform(effect) => {
                let up = (effect.key.action == Action::Verify).then_some(Value::Bool(true));
                answers.push(Input::outcome(&effect, Outcome::Succeeded(up)));
            }
            Output::Ended { end, .. } => ends.push(end),
            Output::Wait(until) => break until,
            _ => {}
        }
    };
    if answers.is_empty() {
        return until;
    }
    for answer in answers {
        engine.handle(now, answer).unwrap();
    }
    drain(engine, now, fired, ends)
}

fn input(line: &Json) -> Input {
    let values = |object: &Json| -> Vec<(String, Value)> {
        let entries = object.as_object().unwrap().iter();
        entries
            .map(|(name, value)| (name.clone(), serde_json::from_value(value.clone()).unwrap()))
            .collect()
    };
    match line["event"].as_str() {
        Some(kind) => Input::Event(
            values(&line["fields"])
                .into_iter()
                .fold(Event::new(kind), |event, (name, value)| event.with(name, value)),
        ),
        None => Input::Set(
            values(&line["set"]).into_iter().map(|(name, value)| (name.into(), value)).collect(),
        ),
    }
}
