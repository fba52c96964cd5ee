//! What helper functions come to, and that those which mean harm come to an end.

#![expect(clippy::needless_pass_by_value, reason = "`expect!` gives values")]

use expect_test::{Expect, expect};

use super::*;

fn helpers(text: &str) -> Helpers {
    let name = Name::from("h.rhai");
    let (helpers, found) = Helpers::compile(&[Module { name: &name, text }], &Functions::default());
    assert_eq!(found, [], "{text}");
    helpers
}

/// What a function `f(x)` with this body makes of a value.
#[track_caller]
fn check(body: &str, argument: impl Into<Value>, expected: Result<Value, &str>) {
    let found = helpers(&format!("fn f(x) {{\n{body}\n}}")).call("f", &[(&argument.into()).into()]);
    assert_eq!(found, expected.map_err(str::to_owned), "{body}");
}

#[test]
fn helpers_are_functions_of_their_arguments() {
    check("x * 2", 21, Ok(42.into()));
    check(
        "let sum = 0; for item in x { sum += item; } sum",
        Value::list([1.into(), 2.into()]),
        Ok(3.into()),
    );
    check("if x > 1.5 { \"high\" } else { \"low\" }", 2.0, Ok("high".into()));
    check("switch x { \"a\" => 1, \"b\" => 2, _ => 0 }", "b", Ok(2.into()));
    check(
        "let parts = x.split(\",\"); parts.push(\"c\"); parts",
        "a,b",
        Ok(Value::list(["a".into(), "b".into(), "c".into()])),
    );
    check("x in 1..5 && x in [1, 2.0] && \"a\" in \"cat\"", 2, Ok(true.into()));
    check("x[0]", "abc", Ok("a".into()));
    check("x > dur(\"1m\")", 60_000_000_001_i64, Ok(true.into()));
    check("let i = 0; while i < x { i += 1; if i == 7 { return i; } } -1", 9, Ok(7.into()));
    check("loop { if x > 3 { break; } x += 1; } x", 0, Ok(4.into()));
}

#[test]
fn every_allowed_function_is_there() {
    let samples = ["1", "1.5", "\"1m\"", "[1]"];
    for (name, parameters) in allowed::ALLOWED {
        let calls =
            samples.iter().flat_map(|first| samples.iter().map(move |second| (first, second)));
        let known = calls.into_iter().any(|(first, second)| {
            let call = if parameters == 1 {
                format!("{name}({first})")
            } else {
                format!("let a = {first}; {name}(a, {second})")
            };
            let text = format!("fn f() {{ {call}; true }}");
            helpers(&text).call("f", &[]) == Ok(true.into())
        });
        assert!(known, "{name}");
    }
}

/// Why functions `f(x)` with these bodies come to nothing.
#[track_caller]
fn faults(cases: &[(&str, Value)], expected: Expect) {
    let mut out = String::new();
    for (body, argument) in cases {
        let found = helpers(&format!("fn f(x) {{\n{body}\n}}")).call("f", &[argument.into()]);
        let Err(reason) = found else { panic!("{body}: {found:?}") };
        out.push_str(&format!("{body}\n  {reason}\n"));
    }
    expected.assert_eq(&out);
}

#[test]
fn what_a_helper_cannot_work_out_is_a_fault() {
    faults(
        &[
            ("x + 1", i64::MAX.into()),
            ("1 / x", 0.into()),
            ("1.0 / x", 0.into()),
            ("throw \"never \" + x", "this".into()),
            ("throw x", 1.into()),
            ("x[3]", "ab".into()),
            ("x[3]", Value::list([])),
            ("x + true", 1.into()),
            ("len(x)", 1.into()),
            ("x == 1; let y = 1;", 1.into()),
            ("if x { 1 } else { 2 }", 1.into()),
            ("x && true", 1.into()),
            ("[x, [x]]", 1.into()),
            ("0..x", 1.into()),
            ("for i in x { }", 1.into()),
            ("dur(\"5 minutes\")", 1.into()),
            ("sqrt(x)", (-1.0).into()),
            ("to_int(x)", 1e300.into()),
            ("len(x)", "x".repeat(MAX_HELPER_TEXT + 1).into()),
        ],
        expect![[r#"
            x + 1
              `f` (h.rhai, line 2): a whole number is beyond 64 bits, or divided by zero
            1 / x
              `f` (h.rhai, line 2): a whole number is beyond 64 bits, or divided by zero
            1.0 / x
              `f` (h.rhai): it returns a float that is not finite
            throw "never " + x
              `f` (h.rhai, line 2): never this
            throw x
              `f` (h.rhai, line 2): 1
            x[3]
              `f` (h.rhai, line 2): an index is outside of what it looks into
            x[3]
              `f` (h.rhai, line 2): an index is outside of what it looks into
            x + true
              `f` (h.rhai, line 2): `+` does not take (an int, true or false)
            len(x)
              `f` (h.rhai, line 2): `len` does not take (an int)
            x == 1; let y = 1;
              `f` (h.rhai): it returns nothing
            if x { 1 } else { 2 }
              `f` (h.rhai, line 2): true or false is needed, this is an int
            x && true
              `f` (h.rhai, line 2): true or false is needed, this is an int
            [x, [x]]
              `f` (h.rhai): it returns a list within a list
            0..x
              `f` (h.rhai): it returns a range
            for i in x { }
              `f` (h.rhai, line 2): `for` goes through a list or a range
            dur("5 minutes")
              `f` (h.rhai, line 2): a duration is whole numbers with the units ms, s, m, h, d, such as "90s" or "1h30m"
            sqrt(x)
              `f` (h.rhai): it returns a float that is not finite
            to_int(x)
              `f` (h.rhai, line 2): a whole number is beyond 64 bits
            len(x)
              `f` (h.rhai): a string or list that is handed over is too long
        "#]],
    );
}

#[test]
fn helpers_that_mean_harm_come_to_an_end() {
    faults(
        &[
            ("loop { }", 1.into()),
            ("while true { x += 1; }", 1.into()),
            ("for i in 0..9223372036854775807 { }", 1.into()),
            ("f(x)", 1.into()),
            ("f(x + 1) + f(x + 2)", 1.into()),
            ("loop { x += x; }", "ab".into()),
            ("loop { x = x + x; }", "ab".into()),
            ("loop { x += 'a'; }", "ab".into()),
            ("loop { x = 'a' + x; }", "ab".into()),
            ("let a = [x]; loop { a = [a, a]; }", 1.into()),
            ("let a = [x]; loop { a = [a]; }", 1.into()),
            ("let a = [x]; loop { a.push(x); }", 1.into()),
            ("let a = [x]; loop { a.push(a); }", 1.into()),
            ("let a = [x]; loop { let b = a; a.push(b); }", 1.into()),
            ("let a = [x]; loop { let b = a; push(a, b); }", 1.into()),
            ("let a = [x, x]; loop { a[0] = a; a[1] = a; }", 1.into()),
            ("let a = [x, x]; loop { a[0] += a[1]; a[1] += a[0]; }", "ab".into()),
            ("let a = [x]; loop { a += a; }", 1.into()),
            ("loop { let a = [x, x, x, x]; x = a; }", "ab".into()),
            ("loop { x = x.to_upper() + x; }", "\u{df}".into()),
            ("loop { x = split(x + x, \"\"); x = x[0] + \"aa\"; }", "ab".into()),
        ],
        expect![[r#"
            loop { }
              `f` (h.rhai): it does more than 20000 operations
            while true { x += 1; }
              `f` (h.rhai): it does more than 20000 operations
            for i in 0..9223372036854775807 { }
              `f` (h.rhai): it does more than 20000 operations
            f(x)
              `f` (h.rhai): calls nest more than 8 deep
            f(x + 1) + f(x + 2)
              `f` (h.rhai): calls nest more than 8 deep
            loop { x += x; }
              `f` (h.rhai): a string or list grows too long
            loop { x = x + x; }
              `f` (h.rhai): a string or list grows too long
            loop { x += 'a'; }
              `f` (h.rhai): a string or list grows too long
            loop { x = 'a' + x; }
              `f` (h.rhai): it does more than 20000 operations
            let a = [x]; loop { a = [a, a]; }
              `f` (h.rhai): a string or list grows too long
            let a = [x]; loop { a = [a]; }
              `f` (h.rhai): a string or list grows too long
            let a = [x]; loop { a.push(x); }
              `f` (h.rhai, line 2): a list grows too long
            let a = [x]; loop { a.push(a); }
              `f` (h.rhai): a string or list grows too long
            let a = [x]; loop { let b = a; a.push(b); }
              `f` (h.rhai): a string or list grows too long
            let a = [x]; loop { let b = a; push(a, b); }
              `f` (h.rhai): a string or list grows too long
            let a = [x, x]; loop { a[0] = a; a[1] = a; }
              `f` (h.rhai): a string or list grows too long
            let a = [x, x]; loop { a[0] += a[1]; a[1] += a[0]; }
              `f` (h.rhai): a string or list grows too long
            let a = [x]; loop { a += a; }
              `f` (h.rhai): a string or list grows too long
            loop { let a = [x, x, x, x]; x = a; }
              `f` (h.rhai): a string or list grows too long
            loop { x = x.to_upper() + x; }
              `f` (h.rhai): a string or list grows too long
            loop { x = split(x + x, ""); x = x[0] + "aa"; }
              `f` (h.rhai): it does more than 20000 operations
        "#]],
    );
}

/// Tests have 2 MiB of stack.
#[test]
fn helpers_that_nest_as_deep_as_they_may_fit_the_stack() {
    let nested = MAX_ITEMS - 2;
    let list = format!("fn f(x) {{ let a = [x]; for i in 0..{nested} {{ a = [a]; }} len(a) }}");
    assert_eq!(helpers(&list).call("f", &[Cell::Int(1)]), Ok(1.into()));
    let calls = |depth| {
        let (open, close) = ("abs(".repeat(depth), ")".repeat(depth));
        format!("fn f(x) {{ if x == 0 {{ 0 }} else {{ {open}f(x - 1){close} }} }}")
    };
    let blocks = |depth| {
        let (open, close) = ("if true { ".repeat(depth), " }".repeat(depth));
        format!("fn f(x) {{ {open}if x > 0 {{ return f(x - 1); }}{close} 0 }}")
    };
    let lists = |depth| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("fn f(x) {{ if x > 0 {{ let a = {open}f(x - 1){close}; }} 0 }}")
    };
    for text in [&calls as &dyn Fn(usize) -> String, &blocks, &lists] {
        let name = Name::from("h.rhai");
        let compiles = |depth: &usize| {
            let text = text(*depth);
            Helpers::compile(&[Module { name: &name, text: &text }], &Functions::default())
                .1
                .is_empty()
        };
        let deepest = (0..MAX_HELPER_DEPTH).rev().find(compiles).unwrap();
        assert!(deepest > 4, "{deepest}");
        let helpers = helpers(&text(deepest));
        assert_eq!(helpers.call("f", &[Cell::Int(MAX_CALLS as i64 - 1)]), Ok(0.into()));
    }
}
