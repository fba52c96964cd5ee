//! Helper functions of a book and functions of the host, called from conditions.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]
#![expect(clippy::needless_pass_by_value, reason = "`expect!` gives values")]
#![expect(clippy::too_many_lines, reason = "what conditions come to is long")]

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::{Expect, expect};
use ptms_core::{Diagnostic, Sources, Timestamp, Type, Value};
use ptms_rules::{Function, Functions, Input, Output, Rulebook, Session};

const FACTS: &str = r#"
[context]
size = "int"
load = "float"
name = "string"
open = "bool"
took = "duration"
tags = { type = "list", item = "string", max_len = 8 }
phase = { type = "enum", values = ["coding", "testing"] }
unset = "int"
"#;

const HELPERS: &str = r#"
fn same(x) { x }
fn is_large(size) { size > 10 }
fn grade(size) { if is_large(size) { "large" } else { "small" } }
fn weight(size, load) { size * load }
fn longest(tags) {
    let found = "";
    for tag in tags { if tag.len() > found.len() { found = tag; } }
    found
}
fn twice(tags) {
    let both = tags;
    for tag in tags { both.push(tag); }
    both
}
fn fail(x) { throw "no " + x }
fn forever(x) { loop { } }
fn deep(x) { deep(x) }
"#;

/// The functions of the host.
fn functions() -> Functions {
    let mut functions = Functions::default();
    let is_private =
        Function::new("is_private", [Type::String], Type::Bool, |arguments| match arguments {
            [Value::Text(name)] => Ok(name.starts_with("10.").into()),
            _ => Err("no text".to_owned()),
        });
    let half = Function::new("half", [Type::Float], Type::Float, |arguments| match arguments {
        [Value::Float(x)] if *x < 0.0 => Err("less than nothing".to_owned()),
        [Value::Float(x)] if *x > 1e6 => Ok("too much".into()),
        [Value::Float(x)] => Ok((x / 2.0).into()),
        _ => Err("no float".to_owned()),
    });
    functions.add(is_private).unwrap();
    functions.add(half).unwrap();
    functions
}

fn load(condition: &str) -> Result<Rulebook, Vec<Diagnostic>> {
    let rule = format!("[[rule]]\nid = \"r\"\nwhen = '''{condition}'''\n");
    let sources = Sources::from_iter([
        ("facts.toml", FACTS),
        ("helpers.rhai", HELPERS),
        ("rules.toml", rule.as_str()),
    ]);
    Rulebook::load_with(&sources, &functions())
}

/// What conditions come to, each over the same facts.
fn verdicts(conditions: &[&str], expected: Expect) {
    let mut out = String::new();
    for condition in conditions {
        let book = load(condition).unwrap_or_else(|found| panic!("{condition}: {found:#?}"));
        let mut session = Session::new(book.rules);
        let facts = [
            ("size", 12.into()),
            ("load", 0.5.into()),
            ("name", "10.0.0.1".into()),
            ("open", true.into()),
            ("took", 90_000_000_000_i64.into()),
            ("tags", Value::list(["a".into(), "bcd".into()])),
            ("phase", "coding".into()),
        ];
        let facts = facts.map(|(name, value)| (name.into(), value)).to_vec();
        session.handle(Timestamp::from_secs(1), Input::Set(facts)).unwrap();
        let verdict = match session.poll() {
            Some(Output::Fired(_)) => "true".to_owned(),
            Some(Output::Fault(fault)) => format!("column {}: {}", fault.column, fault.message),
            Some(other) => panic!("{other:?}"),
            None => "false or unknown".to_owned(),
        };
        writeln!(out, "{condition}\n  {verdict}").unwrap();
    }
    expected.assert_eq(&out);
}

/// What is wrong with conditions.
fn refused(conditions: &[&str], expected: Expect) {
    let mut out = String::new();
    for condition in conditions {
        writeln!(out, "{condition}").unwrap();
        for found in load(condition).err().unwrap_or_default() {
            let (_, column) = found.labels.first().unwrap().condition.unwrap();
            writeln!(out, "  column {column}, {}: {}", found.code, found.message).unwrap();
            writeln!(out, "  help: {}", found.help.unwrap_or_default()).unwrap();
        }
    }
    expected.assert_eq(&out);
}

#[test]
fn what_helpers_return_is_of_the_type_that_its_place_takes() {
    verdicts(
        &[
            "is_large(ctx.size)",
            "ctx.size.is_large()",
            "!is_large(ctx.size)",
            "is_large(ctx.size) && ctx.open",
            r#"grade(ctx.size) == "large""#,
            r#"grade(ctx.size) in ["large", "huge"]"#,
            "weight(ctx.size, ctx.load) == 6",
            "weight(ctx.size, ctx.load) * 2 > 11.5 && -weight(ctx.size, ctx.load) < 0.0",
            "weight(ctx.size, 2) / 5 == 4.8",
            r#"longest(ctx.tags) == "bcd""#,
            r#""bcd" in twice(ctx.tags)"#,
            "same(ctx.size) in 1..20",
            r#"same(ctx.took) > dur("1m")"#,
            "same(ctx.phase) == ctx.phase",
            "same(same(ctx.open))",
            "len(same(ctx.name)) == 8 && abs(same(-3)) == 3",
            "max(same(2), same(3)) == 3",
            "if same(ctx.open) { same(1) } else { same(2) } == 1",
            r#"switch grade(ctx.size) { "large" => is_large(11), _ => false }"#,
            "(same(ctx.unset) ?? 3) == 3",
            "(same(ctx.unset) ?? same(2)) == 2",
            "is_private(ctx.name) && half(ctx.size) == 6.0 && half(same(3)) == 1.5",
            "is_large(ctx.unset) || ctx.open",
            "is_large(ctx.unset) && ctx.open",
        ],
        expect![[r#"
            is_large(ctx.size)
              true
            ctx.size.is_large()
              true
            !is_large(ctx.size)
              false or unknown
            is_large(ctx.size) && ctx.open
              true
            grade(ctx.size) == "large"
              true
            grade(ctx.size) in ["large", "huge"]
              true
            weight(ctx.size, ctx.load) == 6
              true
            weight(ctx.size, ctx.load) * 2 > 11.5 && -weight(ctx.size, ctx.load) < 0.0
              true
            weight(ctx.size, 2) / 5 == 4.8
              true
            longest(ctx.tags) == "bcd"
              true
            "bcd" in twice(ctx.tags)
              true
            same(ctx.size) in 1..20
              true
            same(ctx.took) > dur("1m")
              true
            same(ctx.phase) == ctx.phase
              true
            same(same(ctx.open))
              true
            len(same(ctx.name)) == 8 && abs(same(-3)) == 3
              true
            max(same(2), same(3)) == 3
              true
            if same(ctx.open) { same(1) } else { same(2) } == 1
              true
            switch grade(ctx.size) { "large" => is_large(11), _ => false }
              true
            (same(ctx.unset) ?? 3) == 3
              true
            (same(ctx.unset) ?? same(2)) == 2
              true
            is_private(ctx.name) && half(ctx.size) == 6.0 && half(same(3)) == 1.5
              true
            is_large(ctx.unset) || ctx.open
              true
            is_large(ctx.unset) && ctx.open
              false or unknown
        "#]],
    );
}

#[test]
fn what_is_of_another_type_is_a_fault_at_its_place() {
    verdicts(
        &[
            "ctx.open && same(ctx.size)",
            "grade(ctx.size) > 3",
            "ctx.open && same(ctx.load) in 1..20",
            "same(9007199254740993) > 1",
            "longest(ctx.size) == ctx.name",
            "fail(ctx.name) == 1",
            "fail(ctx.name) == 1 || ctx.open",
            "ctx.size % 0 == 1 && fail(ctx.name)",
            "forever(1) || deep(1)",
            "half(-1.0) > 1.0",
            "half(1e7) > 1.0",
        ],
        expect![[r#"
            ctx.open && same(ctx.size)
              column 13: `same` returns an int, and a bool is needed here
            grade(ctx.size) > 3
              column 1: `grade` returns a string, and a float is needed here
            ctx.open && same(ctx.load) in 1..20
              column 13: `same` returns a float, and an int is needed here
            same(9007199254740993) > 1
              column 1: `same` returns an int that no float equals, and a float is needed here
            longest(ctx.size) == ctx.name
              column 1: `longest` (helpers.rhai, line 8): `for` goes through a list or a range
            fail(ctx.name) == 1
              column 1: `fail` (helpers.rhai, line 16): no 10.0.0.1
            fail(ctx.name) == 1 || ctx.open
              true
            ctx.size % 0 == 1 && fail(ctx.name)
              column 1: a remainder of a division by zero
            forever(1) || deep(1)
              column 1: `forever` (helpers.rhai): it does more than 20000 operations
            half(-1.0) > 1.0
              column 1: `half`: less than nothing
            half(1e7) > 1.0
              column 1: `half`: it returns a string, and is declared to return float
        "#]],
    );
}

#[test]
fn calls_are_checked_when_the_book_is_loaded() {
    refused(
        &[
            "is_largr(ctx.size)",
            "is_large()",
            "weight(ctx.size) > 1",
            "is_large(ctx.sise)",
            "same(1) == same(2)",
            "same(1) in same(2)",
            "half(ctx.name) > 1.0",
            "half(1.0, 2.0) > 1.0",
            "half(1.0) && ctx.open",
            "is_private(same(1), 2)",
            "has(same(1))",
            "helpers::same(1)",
        ],
        expect![[r#"
            is_largr(ctx.size)
              column 1, E0303: conditions have no function `is_largr`
              help: did you mean `is_large`?
            is_large()
              column 1, E0304: `is_large` takes 1 argument, not 0
              help: write `is_large(size)`
            weight(ctx.size) > 1
              column 1, E0304: `weight` takes 2 arguments, not 1
              help: write `weight(size, load)`
            is_large(ctx.sise)
              column 14, E0201: no fact `sise` is declared
              help: did you mean `ctx.size`?
            same(1) == same(2)
              column 1, E0305: nothing here says what the two helpers return
              help: compare each with a value, or compare them in a helper
            same(1) in same(2)
              column 1, E0305: nothing here says what the two helpers return
              help: compare each with a value, or compare them in a helper
            half(ctx.name) > 1.0
              column 6, E0304: `half` takes a float here, this is a string
              help: write `half(float)`
            half(1.0, 2.0) > 1.0
              column 1, E0304: `half` takes 1 argument, not 2
              help: write `half(float)`
            half(1.0) && ctx.open
              column 1, E0305: `&&` takes true or false, this is a float
              help: compare it with something
            is_private(same(1), 2)
              column 1, E0304: `is_private` takes 1 argument, not 2
              help: write `is_private(string)`
            has(same(1))
              column 5, E0304: `has` asks about a fact or a field
              help: write `has(ctx.fact)`
            helpers::same(1)
              column 10, E0302: conditions have no modules
              help: 
        "#]],
    );
}

/// The cheaper function decides, so that the dearer one is not called.
#[test]
fn of_two_functions_the_cheaper_is_called_first() {
    let calls = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let mut functions = Functions::default();
    for ((name, cost), calls) in [("dear", 500), ("cheap", 5)].into_iter().zip(&calls) {
        let calls = calls.clone();
        let function = Function::new(name, [Type::Bool], Type::Bool, move |arguments| {
            calls.fetch_add(1, Ordering::Relaxed);
            arguments.first().cloned().ok_or_else(String::new)
        });
        functions.add(function.with_cost(cost)).unwrap();
    }
    let rules = "[context]\nopen = 'bool'\n[[rule]]\nid = 'r'\nwhen = 'dear(ctx.open) || cheap(ctx.open)'\n";
    let book = Rulebook::load_with(&Sources::from_iter([("rules.toml", rules)]), &functions);
    let mut session = Session::new(book.unwrap().rules);
    let open = Input::Set(vec![("open".into(), true.into())]);
    session.handle(Timestamp::from_secs(1), open).unwrap();
    assert!(matches!(session.poll(), Some(Output::Fired(_))));
    assert_eq!(calls.map(|calls| calls.load(Ordering::Relaxed)), [0, 1]);
}
