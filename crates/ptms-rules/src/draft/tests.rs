//! What is built means what it would mean if it had been written, whatever the texts in it are.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use ptms_core::{Diagnostic, Duration, Pattern, Priority, Sources, Type, Value};
use toml::de::{DeTable, DeValue};

use super::table::{Item, Table};
use super::*;
use crate::Rulebook;

fn secs(secs: u32) -> Duration {
    Duration::from_secs(secs)
}

/// All that a book means, without where it is written.
fn meaning(sources: &Sources) -> String {
    let book = Rulebook::load(sources).unwrap_or_else(|found| panic!("{found:#?}"));
    let shown = format!("{book:#?}");
    let mut out = String::new();
    let mut skipped = None;
    for line in shown.lines() {
        let (indent, what) = (line.len() - line.trim_start().len(), line.trim_start());
        match skipped {
            None if what == "origin: Some(" => skipped = Some(indent),
            Some(of) if indent == of => skipped = None,
            Some(_) => {}
            None => out.extend([line, "\n"]),
        }
    }
    assert!(skipped.is_none());
    out
}

fn is_a_table(item: &toml::Spanned<DeValue<'_>>) -> bool {
    item.get_ref().is_table()
}

/// What a TOML text holds, in its order.
fn table(read: &DeTable<'_>) -> Table {
    let mut entries: Vec<_> = read.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    // TOML has the tables of a table behind its values. Where facts are declared in both ways, all are
    // made tables, so that they keep their order.
    let mixed = entries.iter().any(|(_, value)| value.get_ref().get("type").is_some());
    let mut out = Table::default();
    for (key, value) in entries {
        let item = match value.get_ref() {
            DeValue::Table(inner) => Item::Table(table(inner)),
            DeValue::Array(items) if items.iter().any(is_a_table) => Item::Tables(
                items.iter().filter_map(|item| item.get_ref().as_table()).map(table).collect(),
            ),
            DeValue::String(ty) if mixed => {
                let mut declaration = Table::default();
                declaration.set("type", ty.trim_end_matches('?'));
                if ty.ends_with('?') {
                    declaration.set("optional", true);
                }
                Item::Table(declaration)
            }
            other => Item::Value(value_of(other)),
        };
        out.add(key.get_ref(), item);
    }
    out
}

fn value_of(read: &DeValue<'_>) -> Value {
    match read {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Integer(int) => {
            Value::from(i64::from_str_radix(int.as_str(), int.radix()).unwrap())
        }
        DeValue::Float(float) => Value::from(float.as_str().parse::<f64>().unwrap()),
        DeValue::Array(items) => Value::list(items.iter().map(|item| value_of(item.get_ref()))),
        DeValue::Datetime(_) | DeValue::Table(_) => panic!("no value of a book"),
    }
}

/// The book of a text, written anew, means the same.
fn check_rewritten(text: &str, module: &str) {
    let draft = Draft { table: table(DeTable::parse(text).unwrap().get_ref()) };
    let mut sources = [Sources::from_iter([("book.toml", text)]), draft.to_sources("book.toml")];
    for sources in &mut sources {
        sources.add("helpers.rhai", module);
    }
    let [written, rewritten] = sources.map(|sources| meaning(&sources));
    assert!(written == rewritten, "{text}\n{draft}");
}

#[test]
fn the_examples_written_anew_mean_the_same() {
    let blocks: Vec<&str> = include_str!("../reference.md").split("```toml\n").collect();
    for pair in blocks.windows(2) {
        let [before, block] = pair else { continue };
        let module = before.split_once("```rhai\n").map_or("", |(_, rest)| rest);
        check_rewritten(block.split("```").next().unwrap(), module.split("```").next().unwrap());
    }
    let devloop = [
        include_str!("../../../../examples/devloop/facts.toml"),
        include_str!("../../../../examples/devloop/systems.toml"),
        include_str!("../../../../examples/devloop/workflows.toml"),
        include_str!("../../../../examples/devloop/rules.toml"),
    ];
    check_rewritten(&devloop.concat(), "");
    check_rewritten(include_str!("../../../../examples/hosts/rules.toml"), "");
}

/// A book of which most keys are said by methods.
#[expect(clippy::too_many_lines, reason = "a book is as long as it is")]
fn built() -> Draft {
    let phases = Type::Enum(["coding", "testing"].map(Into::into).into());
    let hosts = Type::List { item: Box::new(Type::String), max_len: 10 };
    let rule = RuleDraft::new("error-cascade", r#"count("error", "5m") >= 3 && signal.busy"#)
        .wait(secs(30))
        .resolve_when(r#"count("error", "5m") == 0"#)
        .cooldown(secs(600))
        .keep(secs(60))
        .repeat(secs(120))
        .on_unknown("report")
        .stale_after(secs(3_600))
        .on_load("baseline")
        .mode("queue")
        .max(3)
        .on_resolve("cancel")
        .key(&["service"])
        .pattern(&Pattern::Error)
        .priority(Priority::Critical)
        .systems(&["PDT"])
        .workflow("emergency")
        .with("service", r#"last("log").service"#)
        .confidence(0.9)
        .estimate(secs(900), secs(2_700))
        .description("several errors of one service")
        .owner("platform")
        .runbook("https://example.com/runbook")
        .tags(&["errors"])
        .shadow(true)
        .enabled(true);
    Draft::new()
        .fact("phase", phases)
        .fact("cpu", FactDraft::new(Type::Float).min(0.0).max(1.0).stale(secs(60)).sensitive(true))
        .fact("open", FactDraft::new(Type::Int).key(&["service"]))
        .event(
            "log",
            EventDraft::new()
                .field("level", Type::String)
                .field("service", Type::String)
                .field("took", FieldDraft::new(Type::Float).optional(true))
                .field("user", FieldDraft::new(Type::String).sensitive(true)),
        )
        .selector(
            "error",
            SelectorDraft::new("log")
                .filter(r#"event.level == "error""#)
                .key("service", "event.service")
                .value("event.took"),
        )
        .key("service", KeyDraft::new().max(1_000).ttl(secs(86_400)))
        .calendar(
            "office",
            CalendarDraft::new().days(&["mon"]).from("09:00").to("17:30").utc_offset("+01:00"),
        )
        .signal("busy", r#"ctx.cpu > 0.9 && during("office") || ctx.mood == "bad""#)
        .derived(
            "mood",
            DerivedDraft::new(Type::String).case("ctx.cpu > 0.5", "bad").otherwise("good"),
        )
        .rule(rule)
        .pool("cores", 4)
        .settings(SettingsDraft::new().default_estimate(secs(30)).ambiguity("error"))
        .system("PDT", system())
        .system("store", SystemDraft::new().undo("nothing"))
        .workflow(
            "emergency",
            WorkflowDraft::new()
                .description("find out why")
                .phases(&["look"])
                .deadline(secs(36_000))
                .param("service", Type::String)
                .param("hosts", FieldDraft::new(hosts).optional(true))
                .success("ctx.cpu < 0.5", true)
                .step(StepDraft::waiting("agreed").approval("release").deadline(secs(60)))
                .step(StepDraft::waiting("told").signal("go").deadline(secs(60)))
                .step(StepDraft::waiting("later").timer(secs(60)))
                .step(step()),
        )
}

fn system() -> SystemDraft {
    let retry = RetryDraft::new(5)
        .backoff("linear")
        .base(secs(1))
        .cap(secs(9))
        .total(secs(60))
        .jitter(0.5)
        .retry_on(&["net"])
        .give_up_on(&["auth"])
        .on_exhaustion("pause");
    SystemDraft::new()
        .description("the debugger")
        .tier("development")
        .priority(Priority::High)
        .needs(&["store"])
        .uses("cores", 2)
        .holds("cores", 1)
        .exclusive(&["core-dumps"])
        .estimate(secs(20))
        .timeout(secs(60))
        .step_timeout(secs(600))
        .heartbeat(secs(10))
        .settle(secs(10))
        .idempotent(true)
        .verify(true)
        .retry(retry)
        .undo("release")
        .undo_retry(RetryDraft::new(2))
        .on_undo_failure("stop")
}

fn step() -> StepDraft {
    StepDraft::new("look", "PDT")
        .needs(&["agreed"])
        .wants(&["told"])
        .after(&["later"])
        .phase("look")
        .critical(true)
        .when("has(param.hosts)")
        .on_unknown("skip")
        .for_each("param.hosts")
        .max(3)
        .input("host", "item")
        .input("tries", 3)
        .input_text("why", "param.service")
}

/// The same book, written.
const WRITTEN: &str = r#"
[context]
phase = { type = "enum", values = ["coding", "testing"] }
cpu   = { type = "float", min = 0.0, max = 1.0, stale = "1m", sensitive = true }
open  = { type = "int", key = ["service"] }

[event.log.fields]
level   = "string"
service = "string"
took    = { type = "float", optional = true }
user    = { type = "string", sensitive = true }

[select.error]
on    = "log"
where = 'event.level == "error"'
key   = { service = "event.service" }
value = "event.took"

[key.service]
max = 1_000
ttl = "1d"

[calendar.office]
days       = ["mon"]
from       = "09:00"
to         = "17:30"
utc_offset = "+01:00"

[signal]
busy = 'ctx.cpu > 0.9 && during("office") || ctx.mood == "bad"'

[derive.mood]
type  = "string"
cases = [{ when = 'ctx.cpu > 0.5', value = "bad" }]
else  = "good"

[[rule]]
id           = "error-cascade"
when         = 'count("error", "5m") >= 3 && signal.busy'
for          = "30s"
resolve_when = 'count("error", "5m") == 0'
cooldown     = "10m"
keep         = "1m"
repeat       = "2m"
on_unknown   = "report"
stale_after  = "1h"
on_load      = "baseline"
mode         = "queue"
max          = 3
on_resolve   = "cancel"
key          = ["service"]
pattern      = "error"
priority     = "critical"
systems      = ["PDT"]
workflow     = "emergency"
with         = { service = 'last("log").service' }
confidence   = 0.9
estimate     = "15m..45m"
description  = "several errors of one service"
owner        = "platform"
runbook      = "https://example.com/runbook"
tags         = ["errors"]
shadow       = true

[pool]
cores = 4

[settings]
default_estimate = "30s"
ambiguity        = "error"

[system.PDT]
description     = "the debugger"
tier            = "development"
priority        = "high"
needs           = ["store"]
uses            = { cores = 2 }
holds           = { cores = 1 }
exclusive       = ["core-dumps"]
estimate        = "20s"
timeout         = "1m"
step_timeout    = "10m"
heartbeat       = "10s"
settle          = "10s"
idempotent      = true
verify          = true
undo            = "release"
undo_retry      = { max = 2 }
on_undo_failure = "stop"

[system.PDT.retry]
max           = 5
backoff       = "linear"
base          = "1s"
cap           = "9s"
total         = "1m"
jitter        = 0.5
retry_on      = ["net"]
give_up_on    = ["auth"]
on_exhaustion = "pause"

[system.store]
undo = "nothing"

[workflow.emergency]
description = "find out why"
phases      = ["look"]
deadline    = "10h"
success     = [{ when = "ctx.cpu < 0.5", required = true }]

[workflow.emergency.params]
service = "string"
hosts   = { type = "list", item = "string", max_len = 10, optional = true }

[[workflow.emergency.step]]
id   = "agreed"
wait = { approval = "release", deadline = "1m" }

[[workflow.emergency.step]]
id   = "told"
wait = { signal = "go", deadline = "1m" }

[[workflow.emergency.step]]
id   = "later"
wait = { timer = "1m" }

[[workflow.emergency.step]]
id         = "look"
system     = "PDT"
needs      = ["agreed"]
wants      = ["told"]
after      = ["later"]
phase      = "look"
when       = "has(param.hosts)"
on_unknown = "skip"
for_each   = "param.hosts"
max        = 3
input      = { host = "item", tries = 3, why = { value = "param.service" } }
"#;

#[test]
fn a_book_that_is_built_means_what_it_would_mean_written() {
    let written = meaning(&Sources::from_iter([("book.toml", WRITTEN)]));
    assert_eq!(meaning(&built().to_sources("book.toml")), written);
}

/// A draft can say every key that the schema of the format has.
#[test]
fn every_key_can_be_said() {
    let schema: serde_json::Value = serde_json::from_str(crate::JSON_SCHEMA).unwrap();
    let by_type = ["type", "values", "item", "max_len"];
    let check = |section: &str, said: &[&[&'static str]]| {
        let known = schema["$defs"][section]["properties"].as_object().unwrap();
        let known: BTreeSet<&str> = known.keys().map(String::as_str).collect();
        let said: BTreeSet<&str> = said.iter().copied().flatten().copied().collect();
        assert_eq!(said, known, "of the section `{section}`");
    };
    check("fact", &[FactDraft::KEYS, &by_type, &["min", "max"]]);
    check("event", &[&["fields"]]);
    check("field", &[FieldDraft::KEYS, &["type"]]);
    check("select", &[SelectorDraft::KEYS, &["on", "key"]]);
    check("key", &[KeyDraft::KEYS]);
    check("derive", &[DerivedDraft::KEYS, &by_type, &["cases", "else"]]);
    check("calendar", &[CalendarDraft::KEYS]);
    // In Rust, a function is a template.
    let templates = ["template", "params"];
    check("rule", &[RuleDraft::KEYS, &["id", "when", "pattern", "estimate", "with"], &templates]);
    check("system", &[SystemDraft::KEYS, SystemDraft::CONDUCT, &["uses", "holds"]]);
    check("retry", &[RetryDraft::KEYS, &["max"]]);
    check("workflow", &[WorkflowDraft::KEYS, &["params", "success", "step"]]);
    let of_step = ["id", "system", "wait", "input", "for_each"];
    check("step", &[StepDraft::KEYS, StepDraft::CONDUCT, &of_step]);
    check("settings", &[SettingsDraft::KEYS]);
}

/// What is told of a draft: where it stands in its text, the line, and the help.
fn check_told(draft: &Draft, expected: &Expect) {
    let sources = draft.to_sources("built.toml");
    let tell = |found: &Diagnostic| {
        let span = &found.labels[0].span;
        let origin = sources.origin(span).unwrap();
        let line = sources.text("built.toml").unwrap().lines().nth(origin.line - 1).unwrap();
        let help = found.help.as_deref().unwrap_or_default();
        format!(
            "{}: {}\n  {}:{} {line}\n  help: {help}\n",
            found.code, found.message, origin.line, origin.column
        )
    };
    let found = Rulebook::load(&sources).unwrap_err();
    expected.assert_eq(&found.iter().map(tell).collect::<String>());
}

#[test]
fn faults_are_told_with_their_place_in_the_text() {
    let draft = Draft::new()
        .fact("phase", Type::Enum(["coding", "testing"].map(Into::into).into()))
        .fact("cpu", Type::Float)
        .rule(RuleDraft::new("a", "ctx.cpu > \"high\"").mode("que"))
        .rule(RuleDraft::new("b", "ctx.cpu > 0.5 &&\n  ctx.phse == 'coding'").workflow("w"))
        .rule(RuleDraft::new("a", "ctx.phase == \"code\""));
    check_told(
        &draft,
        &expect![[r#"
        E0305: a float cannot be compared with a string
          10:9 when = 'ctx.cpu > "high"'
          help: leave out the quotes around a number
        E0109: `mode` cannot be "que"
          11:8 mode = "que"
          help: `mode` is "single", "restart", "queue" or "parallel"
        E0301: single quotes stand around one character, not a string
          17:15   ctx.phse == 'coding'"""
          help: write strings in double quotes, and the condition in single ones: 'ctx.name == "a"'
        E0201: no workflow `w` is declared
          18:12 workflow = "w"
          help: declare it: [workflow.w]
        E0108: the rule `a` is declared twice
          21:6 id = "a"
          help: rename one of them, or delete it
        E0201: "code" is not one of the declared values
          22:22 when = 'ctx.phase == "code"'
          help: the values are coding, testing
    "#]],
    );
    let twice = Draft::new().fact("cpu", Type::Float).fact("cpu", Type::Int);
    check_told(
        &twice,
        &expect![[r#"
            E0102: duplicate key
              4:10 [context.cpu]
              help: another of this name stands above: rename one of them, or put both into one
            E0102: duplicate key
              5:1 type = "int"
              help: another of this name stands above: rename one of them, or put both into one
        "#]],
    );
}

/// Texts that try to leave their place.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        "['\"\\\\\n\r\t\\[\\]{}=#., a]{0,16}",
        Just("''' \n[[rule]]\nid = \"x\"\nwhen = 'true'".to_owned()),
        Just("\"\"\"\\".to_owned()),
    ]
}

proptest! {
    /// Whatever the texts of a book are, they come back as they are, and only where they were put.
    #[test]
    fn texts_stay_in_their_place(
        words in proptest::array::uniform4(hostile()),
        name in hostile(),
        condition in hostile(),
    ) {
        let [description, owner, tag, value] = words;
        let rule = RuleDraft::new("odd", "ctx.cpu > 0.5")
            .description(&description)
            .owner(&owner)
            .tags(&[&tag, "last"]);
        let neighbour = RuleDraft::new("neighbour", "ctx.cpu > 0.9").wait(secs(30));
        let mood = DerivedDraft::new(Type::String).case("ctx.cpu > 0.5", value.as_str());
        let draft = Draft::new().fact("cpu", Type::Float).derived("mood", mood).rule(rule).rule(neighbour);

        let book = Rulebook::load(&draft.to_sources("built.toml")).unwrap();
        let specs: Vec<_> = book.rules.specs().collect();
        prop_assert_eq!(specs.len(), 2);
        prop_assert_eq!(specs[0].description.as_deref(), Some(description.as_str()));
        prop_assert_eq!(specs[0].owner.as_deref(), Some(owner.as_str()));
        prop_assert_eq!(&specs[0].tags[..], [tag.as_str(), "last"]);
        prop_assert_eq!((&*specs[1].when, specs[1].wait), ("ctx.cpu > 0.9", secs(30)));
        prop_assert_eq!(&book.rules.derived[0].fact().unwrap().cases[0].1, &Value::from(value));

        // Where a name or a condition is refused, nothing else is.
        let worse = draft.fact(&name, Type::Int).rule(RuleDraft::new("worse", &condition));
        let sources = worse.to_sources("built.toml");
        let read: toml::Table = toml::from_str(&worse.to_string()).unwrap();
        prop_assert_eq!(read["context"].as_table().unwrap().len(), 2);
        prop_assert_eq!(read["rule"][2]["when"].as_str(), Some(condition.as_str()));
        for found in Rulebook::load(&sources).err().into_iter().flatten() {
            let line = sources.origin(&found.labels[0].span).unwrap().line;
            let text = sources.text("built.toml").unwrap();
            let before = text.lines().take(line).collect::<Vec<_>>().join("\n");
            prop_assert!(!before.contains("neighbour") || before.contains("\"worse\""), "{}", found.message);
        }
    }
}
