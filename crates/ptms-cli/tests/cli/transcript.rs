//! The transcript is deterministic, and `docs/transcript.md` describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use crate::scratch::{BOOK, EVENTS, Scratch, with_book};

const DOCS: &str = include_str!("../../../../docs/transcript.md");

#[test]
fn the_same_stream_gives_the_same_bytes() {
    let scratch = with_book("twice");
    for options in ["", "--fail review", "--silence collect"] {
        scratch.ptms(&format!("run book {options} --out one.jsonl"));
        scratch.ptms(&format!("run book {options} --out two.jsonl --verbose"));
        assert!(!scratch.read("one.jsonl").is_empty());
        assert_eq!(scratch.read("one.jsonl"), scratch.read("two.jsonl"), "{options}");
    }
}

/// The fields of every kind, from lines of JSON.
fn fields<'a>(lines: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, BTreeSet<String>> {
    let mut kinds = BTreeMap::new();
    for line in lines {
        let Value::Object(entry) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        let kind = entry["kind"].as_str().unwrap().to_owned();
        let fields: &mut BTreeSet<String> = kinds.entry(kind).or_default();
        fields.extend(entry.keys().cloned());
    }
    kinds
}

#[test]
fn every_kind_and_field_is_documented() {
    let sections: BTreeMap<&str, &str> =
        DOCS.split("\n### `").skip(1).map(|section| section.split_once('`').unwrap()).collect();
    let written = fields(EVERY_KIND.iter().flat_map(|transcript| transcript.lines()));
    let documented: BTreeSet<&str> = sections.keys().copied().collect();
    assert_eq!(written.keys().map(String::as_str).collect::<BTreeSet<_>>(), documented);
    let shared = DOCS.split("\n## ").next().unwrap();
    // An outcome has the fields of what it answers, and says so.
    let of_perform = sections["perform"];
    for (kind, fields) in &written {
        let section = sections[kind.as_str()];
        for field in fields {
            let named = format!("`{field}`");
            let repeated = kind == "outcome" && of_perform.contains(&named);
            assert!(
                section.contains(&named) || shared.contains(&named) || repeated,
                "{field} of {kind} is not documented"
            );
        }
    }
}

/// The examples have no field that is never written.
#[test]
fn every_example_is_true() {
    let examples = DOCS.lines().filter(|line| line.starts_with("{\"kind\""));
    let written = fields(EVERY_KIND.iter().flat_map(|transcript| transcript.lines()));
    for (kind, fields) in fields(examples) {
        let unknown: Vec<_> = fields.difference(&written[&kind]).collect();
        assert!(unknown.is_empty(), "{kind} has no {unknown:?}");
    }
}

/// Transcripts in which every kind occurs with every field.
static EVERY_KIND: LazyLock<Vec<String>> = LazyLock::new(every_kind);

fn every_kind() -> Vec<String> {
    // Firings that find the run of the one before going on, a condition that faults, and a line of no
    // use.
    let book = BOOK.replace("undo = \"release\"\n", "")
        + "
[[rule]]
id = \"share\"
when = 'ctx.jobs % ctx.jobs == 0'

[[rule]]
id = \"again\"
when = 'ctx.jobs > 1'
workflow = \"emergency-debugging\"
systems = [\"PPO\"]
";
    let more = r#"
{"at": "2026-11-20T10:04:00Z", "set": {"jobs": 2}}
{"at": "2026-11-20T10:04:01Z", "set": {"jobs": 0}}
{"at": "2026-11-20T10:04:02Z", "set": {"jobs": 2}}
{"at": "2026-11-20T10:04:03Z", "event": "log", "fields": {"level": "error", "service": "api"}}
{"at": "2026-11-20T10:04:04Z", "event": "log", "fields": {"level": "error", "service": "api"}}
no JSON
"#;
    let run = |options: &str| {
        let scratch = Scratch::new(&format!("every-kind{}", options.replace(' ', "")))
            .file("book/rules.toml", &book)
            .file("book/events.jsonl", format!("{EVENTS}{more}"));
        scratch.ptms(&format!("run book {options} --out out.jsonl"));
        scratch.read("out.jsonl")
    };
    // One key at most: `db` has to leave for `api`, which fires and stays, so `web` is refused.
    let error = |second: u32, service: &str| {
        let fields = format!(r#"{{"level": "error", "service": "{service}"}}"#);
        format!("{{\"at\": {second}, \"event\": \"log\", \"fields\": {fields}}}\n")
    };
    let of = [error(1, "db"), error(2, "api"), error(3, "api"), error(4, "web")].concat();
    let scratch = Scratch::new("every-kind-of-key")
        .file("book/rules.toml", BOOK.replace("max = 100", "max = 1"))
        .file("book/events.jsonl", of + &error(5, "api"));
    scratch.ptms("run book --out out.jsonl");
    let mut transcripts = vec![scratch.read("out.jsonl")];
    let scratch = with_book("every-kind-resumed");
    scratch.ptms("run book --journal j");
    scratch.ptms("resume j --out out.jsonl");
    transcripts.push(scratch.read("out.jsonl"));
    transcripts.push(of_a_long_life());
    for options in ["", "--fail review", "--fail report", "--silence collect", "--fail PPO"] {
        transcripts.push(run(options));
    }
    transcripts
}

/// A trigger that is kept, repeats itself, loses sight of its fact, and fires while its run goes on; and
/// one whose steps have conditions.
fn of_a_long_life() -> String {
    let rules = r#"
[context]
a = { type = "int", key = ["host"] }
b = "int"

[key.host]
max = 10
ttl = "1d"

[system.S]
estimate = "10m"
timeout  = "20m"
undo     = "nothing"

[[rule]]
id         = "kept"
key        = ["host"]
when       = 'ctx.a > 1'
keep       = "1m"
repeat     = "30s"
on_unknown = "report"
mode       = "queue"
systems    = ["S"]

[[rule]]
id       = "asks"
when     = 'ctx.b == 0'
workflow = "asked"

[[workflow.asked.step]]
id     = "known"
system = "S"
when   = 'ctx.b == 0'

[[workflow.asked.step]]
id         = "faulty"
system     = "S"
when       = '1 % ctx.b == 0'
on_unknown = "skip"
"#;
    let of = |second: u32, what: &str| {
        format!("{{\"at\": {second}000000000, {what}, \"key\": {{\"host\": \"h\"}}}}\n")
    };
    let set = |second: u32, a: u32| of(second, &format!("\"set\": {{\"a\": {a}}}"));
    let events = [set(5, 2), set(10, 1), set(20, 2), set(60, 1), set(130, 2)].concat();
    let events =
        "{\"at\": 1, \"set\": {\"b\": 0}}\n".to_owned() + &events + &of(140, "\"unset\": [\"a\"]");
    let scratch = Scratch::new("every-kind-of-life")
        .file("book/rules.toml", rules)
        .file("book/events.jsonl", events);
    scratch.ptms("run book --out out.jsonl");
    scratch.read("out.jsonl")
}
