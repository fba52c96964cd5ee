//! Texts that mean harm: each is refused with a diagnostic or harmless, never a panic and never a
//! stack overflow (test threads have 2 MiB), and faults are blamed on nobody else.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

use ptms_core::{Diagnostic, Event, Severity, Sources, Timestamp};
use ptms_rules::{Input, MAX_DIAGNOSTICS, Output, Rulebook, Session};

const NEIGHBOUR: &str = "
[context]
cpu = 'float'
size = 'int'
name = 'string'
flag = 'bool'

[event.log]
fields = { level = 'string' }

[[rule]]
id = 'neighbour'
when = 'ctx.cpu > 0.5 && count(\"log\", \"5m\") >= 1'
";

/// Loads a book of an innocent rule and one with `condition`, each in a file of its own.
fn load(condition: &str) -> Result<Rulebook, Vec<Diagnostic>> {
    let escaped = condition.replace('\\', "\\\\").replace('"', "\\\"");
    let escaped = escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\0', "\\u0000");
    let hostile = format!("[[rule]]\nid = 'hostile'\nwhen = \"{escaped}\"\n");
    Rulebook::load(&Sources::from_iter([("a.toml", NEIGHBOUR), ("b.toml", hostile.as_str())]))
}

/// The condition does not load, and only its own file is blamed.
#[track_caller]
fn refused(condition: &str) {
    let shown: String = condition.chars().take(60).collect();
    let Err(found) = load(condition) else { panic!("it loads: {shown}") };
    assert!(found.iter().any(|found| found.severity == Severity::Error), "{shown}");
    for found in found {
        let label = found.labels.first().unwrap();
        assert_eq!(label.span.file, "b.toml", "{shown}: {}", found.message);
        assert!(!found.message.is_empty() && found.message.len() < 10_000, "{shown}");
    }
}

/// The condition does not load, or it runs to an end; the innocent rule fires all the same.
#[track_caller]
fn refused_or_harmless(condition: &str) {
    let Ok(book) = load(condition) else { return refused(condition) };
    let mut session = Session::new(book.rules);
    let facts = [
        ("cpu", 0.9.into()),
        ("size", i64::MIN.into()),
        ("name", "x".repeat(65_536).into()),
        ("flag", true.into()),
    ];
    let facts = facts.map(|(name, value)| (name.into(), value)).to_vec();
    session.handle(Timestamp::from_secs(1), Input::Set(facts)).unwrap();
    let event = Event::new("log").with("level", "error");
    session.handle(Timestamp::from_secs(2), Input::Event(event)).unwrap();
    let outputs: Vec<Output> = std::iter::from_fn(|| session.poll()).take(10).collect();
    let fired =
        |output: &Output| matches!(output, Output::Fired(fired) if fired.rule == "neighbour");
    assert!(outputs.iter().any(fired), "{condition}: {outputs:?}");
}

/// Everything that Rhai has and conditions do not.
const CONSTRUCTS: &[&str] = &[
    "let x = 1; x == 1",
    "const X = 1; X == 1",
    "ctx.size = 1",
    "ctx.size += 1",
    "ctx = 3",
    "if true { true }",
    "switch ctx.size { 0 => true }",
    "while true {}",
    "loop { break true; }",
    "do { } while true",
    "for i in 0..10 { }",
    "for i in 0..9223372036854775807 { }",
    "fn f() { f() } f()",
    "|| true",
    "|x| x > 1",
    "(|| true).call()",
    "Fn(\"f\")",
    "Fn(\"f\").call()",
    "call(ctx.name)",
    "curry(1)",
    "eval(\"true\")",
    "\"true\".eval()",
    "print(\"x\") == ()",
    "debug(1) == ()",
    "type_of(1) == \"i64\"",
    "this == 1",
    "is_shared(ctx.size)",
    "import \"x\" as y; true",
    "export x",
    "throw 1",
    "try { true } catch { false }",
    "return true",
    "break",
    "continue",
    "{ true }",
    "({ true })",
    "#{a: 1}.a == 1",
    "#{} == #{}",
    "[1, 2, 3][0] == 1",
    "ctx[\"cpu\"] > 1.0",
    "ctx.name[0] == \"x\"",
    "ctx?.cpu > 1.0",
    "ctx.cpu?.x",
    "`${ctx.name}` == \"\"",
    "`${{ loop {} }}` == \"\"",
    "\"a\" * 1000000000 == \"\"",
    "\"a\".repeat(1000000000) == \"\"",
    "\"a\".pad(1000000000, \"b\") == \"\"",
    "ctx.name + ctx.name == \"\"",
    "[].pad(1000000000, 0) == []",
    "range(0, 1000000000).len() > 1",
    "sleep(1000) == ()",
    "timestamp() > 1",
    "rand() > 0.5",
    "math::sqrt(2.0) > 1.0",
    "a::b::c()",
    "global::x == 1",
    "1 << 64 > 0",
    "2 ** 63 > 0",
    "1 & 1 == 1",
    "~1 == 1",
    "'a' == 'a'",
    "() == ()",
    "ctx.size.abs() == ctx",
    "ctx.size.count(\"log\")",
    "count(\"log\" + \"\", \"5m\") > 1",
    "count(\"log\", \"9999999999999999999d\") > 1",
    "count(\"log\", \"5m\") > 99999999999999999999",
    "has(has(ctx.cpu))",
    "dur(\"-5m\") > dur(\"1m\")",
    "true;;;;true",
    "true // \n ; false",
    "/* unclosed",
    "\"unclosed",
    "`unclosed",
    "'",
    "\u{0}",
    "\u{202e}eurt",
    "ｃtx.cpu > 1.0",
    "ctx . cpu . cpu > 1.0",
    "......",
    "!!!!",
    "((((",
    "))))",
    "= = =",
    "@#$%^&*",
    "private fn x() {}",
    "$expr$",
    "goto 10",
    "async { await }",
    "0x",
    "0b2",
    "1e",
    "1.2.3",
    "1__0__",
    "\"\\u{110000}\" == ctx.name",
    "\"\\xZZ\" == ctx.name",
];

#[test]
fn constructs_that_conditions_do_not_have_are_refused() {
    CONSTRUCTS.iter().for_each(|condition| refused(condition));
}

#[test]
fn conditions_that_nest_deeply_are_refused() {
    for depth in [65, 1_000, 4_000] {
        refused(&format!("{}true{}", "(".repeat(depth), ")".repeat(depth)));
        refused(&format!("{}true", "!".repeat(depth)));
        refused(&format!("{}1 > 0", "- ".repeat(depth)));
        refused(&format!("{}1{} == 1", "[".repeat(depth), "]".repeat(depth)));
        refused(&format!("{}1{} == 1", "abs(".repeat(depth), ")".repeat(depth)));
        refused(&format!("{}1{}", "#{a:".repeat(depth), "}".repeat(depth)));
        refused(&format!("{}true{}", "{".repeat(depth), "}".repeat(depth)));
        refused(&format!("{}true", "if true ".repeat(depth)));
        refused(&format!("{}true{}", "if true { ".repeat(depth), " } else { true }".repeat(depth)));
        refused(&format!("{}{{ true }}", "if false { true } else ".repeat(depth)));
        let nested = "switch 1 { 1 | 2 => ".repeat(depth);
        refused(&format!("{nested}true{}", ", _ => true }".repeat(depth)));
        refused(&format!("{}x", "|x| ".repeat(depth)));
        refused(&format!("ctx{}", ".a".repeat(depth)));
        refused(&format!("ctx{}", "[0]".repeat(depth)));
        refused(&format!("ctx.name{} == 1", ".len()".repeat(depth)));
        refused(&format!("1{} > 0", " + 1".repeat(depth)));
        refused(&format!("1{}", " < 1".repeat(depth)));
        refused(&format!("1{} == 1", " ?? 1 + 1".repeat(depth)));
        refused(&format!("true{}", " == true".repeat(depth)));
    }
}

#[test]
fn conditions_that_are_long_are_refused_or_harmless() {
    for terms in [64, 500, 900] {
        refused_or_harmless(&format!("ctx.flag{}", " && true".repeat(terms)));
        refused_or_harmless(&format!("ctx.flag{}", " || true".repeat(terms)));
        refused_or_harmless(&format!("ctx.flag{}", " ?? true".repeat(terms)));
        refused_or_harmless(&format!("ctx.size in [1{}]", ", 1".repeat(terms)));
        refused_or_harmless(&format!("min(1{}) > 0", ", 1".repeat(terms)));
        refused_or_harmless(&format!("ctx.flag{}", " && true || false".repeat(terms / 2)));
    }
    refused(&"x".repeat(8_192));
    refused(&format!("ctx.{}", "x".repeat(8_000)));
    refused(&format!("{}()", "x".repeat(8_000)));
    refused(&format!("count(\"{}\", \"5m\") > 1", "x".repeat(8_000)));
    refused(&format!("ctx.size > {}", "9".repeat(8_000)));
    refused_or_harmless(&format!("ctx.name == \"{}\"", "x".repeat(8_000)));
    refused_or_harmless(&format!("ctx.flag{}", " ".repeat(8_000)));
    refused_or_harmless(&format!("ctx.flag /*{}*/", "x".repeat(8_000)));
    refused_or_harmless(&format!("ctx.flag {}", "/*".repeat(4_000)));
    refused(&"true && ".repeat(200_000));
    refused(&"(".repeat(1_000_000));
    refused(&"\u{1f600}".repeat(100_000));
}

#[test]
fn arithmetic_that_faults_disturbs_nobody() {
    for condition in [
        "ctx.size * ctx.size > 0",
        "-ctx.size > 0",
        "abs(ctx.size) > 0",
        "ctx.size % 0 == 0",
        "ctx.cpu / 0.0 > 1.0",
        "1e308 * 10.0 > ctx.cpu",
        "ctx.name.contains(ctx.name)",
        "ctx.name in ctx.name && len(ctx.name) > 3",
    ] {
        assert!(load(condition).is_ok(), "{condition}");
        refused_or_harmless(condition);
    }
}

fn read(text: &str) -> Vec<Diagnostic> {
    Rulebook::read(&Sources::from_iter([("book.toml", text)])).1
}

#[test]
fn toml_that_nests_deeply_is_refused() {
    for depth in [100, 10_000, 200_000] {
        let nested = [
            format!("x = {}{}", "[".repeat(depth), "]".repeat(depth)),
            format!("x = {}", "[".repeat(depth)),
            format!("x = {}1{}", "{a=".repeat(depth), "}".repeat(depth)),
            format!("{}x = 1", "a.".repeat(depth)),
            format!("[{}x]\ny = 1", "a.".repeat(depth)),
            format!("[[{}x]]\ny = 1", "a.".repeat(depth)),
            format!("[[rule]]\nid = 'a'\nwhen = {}", "[".repeat(depth)),
        ];
        for text in nested {
            assert!(!read(&text).is_empty(), "{text:.40}");
        }
    }
}

#[test]
fn a_flood_of_faults_is_cut_off() {
    let unknown: String = (0..5_000).map(|number| format!("key-{number} = 1\n")).collect();
    let garbage = "= ]] \u{0}\n".repeat(20_000);
    for text in [unknown, garbage] {
        let found = read(&text);
        assert_eq!(found.len(), MAX_DIAGNOSTICS + 1);
        let last = found.last().unwrap();
        assert_eq!(last.severity, Severity::Error);
        assert!(last.message.starts_with("1000 faults"), "{}", last.message);
    }
}

#[test]
fn times_at_the_ends_of_the_world_come_to_an_end() {
    let book = Rulebook::load(&Sources::from_iter([(
        "a.toml",
        "[context]\nx = { type = 'int', stale = '1d' }\n[event.e]\n\
         [[rule]]\nid = 'a'\nwhen = 'count(\"e\", \"365d\") >= 1 || has(ctx.x)'\nfor = '1d'\ncooldown = '1d'\n",
    )]));
    let mut session = Session::new(book.unwrap().rules);
    for now in [Timestamp::MIN, Timestamp::from_nanos(0), Timestamp::MAX, Timestamp::MAX] {
        for input in
            [Input::Event(Event::new("e")), Input::Set(vec![("x".into(), 1.into())]), Input::Wake]
        {
            session.handle(now, input).unwrap();
            assert!(std::iter::from_fn(|| session.poll()).count() < 10);
        }
    }
    assert_eq!(session.next_deadline(), None);
}

/// Bodies of a helper `f(x)`, of which none gives a bool.
const HARMFUL_HELPERS: [&str; 16] = [
    "loop { }",
    "while true { x += 1; }",
    "for i in 0..9223372036854775807 { }",
    "f(x)",
    "f(x) + f(x)",
    "let s = \"ab\"; loop { s += s; }",
    "let a = [x]; loop { a = [a, a]; }",
    "let a = [x]; loop { a = [a]; }",
    "let a = [x]; loop { a.push(a); }",
    "let a = [x, x]; loop { a[0] = a; a[1] = a; }",
    "throw x",
    "x / 0",
    "x * x",
    "[x, [x]]",
    "x == 1; let y = 2;",
    "split(\"aaaa\", \"\")[99]",
];

/// Each loads, faults alone with the id of its rule and the place of the call, and the rule beside it
/// fires.
#[test]
fn helpers_that_mean_harm_fault_alone() {
    for body in HARMFUL_HELPERS {
        let helper = format!("fn f(x) {{ {body} }}");
        let sources = Sources::from_iter([
            ("a.toml", NEIGHBOUR),
            ("b.toml", "[[rule]]\nid = 'hostile'\nwhen = 'ctx.flag && f(ctx.size)'\n"),
            ("f.rhai", helper.as_str()),
        ]);
        let book = Rulebook::load(&sources).unwrap_or_else(|found| panic!("{body}: {found:#?}"));
        let mut session = Session::new(book.rules);
        let facts = [("cpu", 0.9.into()), ("size", i64::MIN.into()), ("flag", true.into())];
        let facts = facts.map(|(name, value)| (name.into(), value)).to_vec();
        session.handle(Timestamp::from_secs(1), Input::Set(facts)).unwrap();
        let event = Event::new("log").with("level", "error");
        session.handle(Timestamp::from_secs(2), Input::Event(event)).unwrap();
        let outputs: Vec<Output> = std::iter::from_fn(|| session.poll()).take(10).collect();
        let [Output::Fault(fault), Output::Fired(fired)] = outputs.as_slice() else {
            panic!("{body}: {outputs:?}")
        };
        assert_eq!((&*fault.rule, fault.line, fault.column), ("hostile", 1, 13), "{body}");
        assert!(fault.message.starts_with("`f`"), "{body}: {}", fault.message);
        assert_eq!(fired.rule, "neighbour", "{body}");
    }
}

/// What stands in modules and does not load; only its own file is blamed.
#[test]
fn modules_that_mean_harm_are_refused() {
    let long = |text: &str, times: usize| text.repeat(times);
    let modules = [
        "let x = 1;".to_owned(),
        "loop { }".to_owned(),
        "import \"x\" as y;".to_owned(),
        "fn f() { import \"x\" as y; }".to_owned(),
        "export const X = 1;".to_owned(),
        "private fn f() { }".to_owned(),
        "fn f() { ctx.cpu }".to_owned(),
        "fn f() { event.level }".to_owned(),
        "fn f() { count(\"log\", \"5m\") }".to_owned(),
        "fn f() { eval(\"f()\") }".to_owned(),
        "fn f() { print(\"x\") }".to_owned(),
        "fn f() { debug(1) }".to_owned(),
        "fn f() { timestamp() }".to_owned(),
        "fn f() { sleep(1) }".to_owned(),
        "fn f(x) { x.replace(\"a\", x); x }".to_owned(),
        "fn f(x) { x.pad(1000000000, \"a\"); x }".to_owned(),
        "fn f() { |x| x }".to_owned(),
        "fn f() { Fn(\"f\") }".to_owned(),
        "fn f() { let g = f; g }".to_owned(),
        "fn f() { f!() }".to_owned(),
        "fn f() { this }".to_owned(),
        "fn int.f() { 1 }".to_owned(),
        "fn f() { #{ a: 1 } }".to_owned(),
        "fn f(x) { `${x}` }".to_owned(),
        "fn f() { try { f() } catch { 1 } }".to_owned(),
        "fn f() { let x = loop { break ctx; }; x }".to_owned(),
        "fn f() { 2 ** 63 }".to_owned(),
        "fn f() { global::x }".to_owned(),
        "fn f() { fn g() { } }".to_owned(),
        "fn abs(x) { x }".to_owned(),
        "fn count(x) { x }".to_owned(),
        "fn f() { } fn f() { }".to_owned(),
        "fn f(x, x) { x }".to_owned(),
        "fn f(x) { let x = 1; let x = 2; x".to_owned(),
        format!("fn f() {{ {}1{} }}", long("(", 5_000), long(")", 5_000)),
        format!("fn f() {{ {}{} }}", long("{", 5_000), long("}", 5_000)),
        format!("fn f() {{ 1{} }}", long(" + 1", 5_000)),
        format!("fn f() {{ {}1{} }}", long("[", 5_000), long("]", 5_000)),
        format!("fn {}() {{ }}", long("x", 60_000)),
        format!("fn f() {{ \"{}\" }}", long("x", 60_000)),
        (0..300).map(|number| format!("fn f{number}() {{ }}\n")).collect(),
        long(" ", 70_000),
    ];
    for module in modules {
        let sources = Sources::from_iter([("a.toml", NEIGHBOUR), ("m.rhai", module.as_str())]);
        let Err(found) = Rulebook::load(&sources) else { panic!("it loads: {module:.80}") };
        for found in found {
            assert_eq!(found.labels.first().unwrap().span.file, "m.rhai", "{module:.80}");
            assert!(found.message.len() < 2_000, "{module:.80}");
        }
    }
}

/// An arm of a `switch` costs no more than those before it did.
#[test]
fn modules_of_many_arms_load() {
    let arms: String = (0..4_000).map(|number| format!("{number} => true, ")).collect();
    let module = format!("fn f(x) {{ switch x {{ {arms} _ => false }} }}");
    let sources = Sources::from_iter([("a.toml", NEIGHBOUR), ("m.rhai", module.as_str())]);
    assert!(Rulebook::load(&sources).is_ok());
}
