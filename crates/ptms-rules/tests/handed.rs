//! What firings hand to their workflows, and what the checker says of it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that panics has failed"
)]
#![expect(clippy::needless_pass_by_value, reason = "`expect!` gives values")]

use std::fmt::Write;

use expect_test::{Expect, expect};
use ptms_core::{Event, Sources, Timestamp};
use ptms_rules::{Input, Output, Rulebook, Session};

const DECLARATIONS: &str = r#"
[context]
load = "float"
size = "int"
zero = "int"
tier = { type = "enum", values = ["gold", "plain"] }

[event.error]
fields = { service = "string", code = "int?" }

[select.error-of]
on  = "error"
key = { service = "event.service" }

[system.debugger]

[workflow.look]
params = { service = "string", code = "int?", share = "float?", tier = { type = "enum", values = ["gold", "plain"], optional = true } }

[[workflow.look.step]]
id     = "collect"
system = "debugger"

[workflow.free]

[[workflow.free.step]]
id     = "collect"
system = "debugger"

"#;

/// What a rule with these lines says when it fires: an error of code 7, one without, then the facts.
fn check(rule: &str, expected: Expect) {
    let text = format!("{DECLARATIONS}[[rule]]\nid = \"r\"\n{rule}\n");
    let sources = Sources::from_iter([("rules.toml", text)]);
    let mut out = String::new();
    match Rulebook::load(&sources) {
        Ok(book) => fire(Session::new(book.rules), &mut out),
        Err(found) => {
            for found in found {
                let span = &found.labels[0].span;
                let meant = &sources.text("rules.toml").unwrap()[span.start..span.end];
                let help = found.help.as_deref().unwrap_or_default();
                writeln!(out, "{} at {meant}: {}; {help}", found.code, found.message).unwrap();
            }
        }
    }
    expected.assert_eq(&out);
}

fn fire(mut session: Session, out: &mut String) {
    let error = |service| Event::new("error").with("service", service);
    let facts =
        [("load", 0.5.into()), ("size", 3.into()), ("zero", 0.into()), ("tier", "gold".into())];
    let facts = facts.map(|(name, value)| (name.into(), value)).to_vec();
    let inputs = [
        Input::Event(error("shop").with("code", 7)),
        Input::Event(error("cart")),
        Input::Set(facts),
        Input::Event(error("shop").with("code", 9)),
    ];
    for (second, input) in (0..).zip(inputs) {
        session.handle(Timestamp::from_secs(second), input).unwrap();
        while let Some(output) = session.poll() {
            match output {
                Output::Fired(firing) => {
                    let with = firing.with.iter().map(|(name, value)| format!(" {name}={value}"));
                    let without = firing.without.iter().map(|name| format!(" no {name}"));
                    let all: String = with.chain(without).collect();
                    writeln!(out, "{second} {}{all}", firing.key).unwrap();
                }
                Output::Fault(fault) => {
                    writeln!(out, "{second} {}:{} {}", fault.line, fault.column, fault.message)
                        .unwrap();
                }
                _ => {}
            }
        }
    }
}

#[test]
fn values_are_those_of_the_firing() {
    check(
        r#"
when     = 'count("error", "1m") >= 1'
workflow = "look"
with     = { service = 'last("error").service', code = 'last("error").code', share = "ctx.size" }
"#,
        expect![[r#"
            0  service="shop" code=7 no share
        "#]],
    );
}

#[test]
fn a_key_sees_its_own() {
    check(
        r#"
key      = ["service"]
when     = 'count("error-of", "1m") >= 1'
workflow = "look"
with     = { service = 'last("error-of").service', code = 'last("error-of").code' }
"#,
        expect![[r#"
            0 service=shop service="shop" code=7
            1 service=cart service="cart" no code
        "#]],
    );
}

#[test]
fn the_event_at_hand_is_read() {
    check(
        r#"
on       = "error"
when     = 'event.code > 0'
workflow = "look"
with     = { service = "event.service", code = "event.code * 2" }
"#,
        expect![[r#"
            0  service="shop" code=14
            3  service="shop" code=18
        "#]],
    );
}

#[test]
fn what_is_no_value_is_left_out() {
    check(
        r#"
when     = 'has(ctx.load)'
workflow = "look"
with     = { service = '"shop"', code = "ctx.size % ctx.zero", share = "ctx.load / 0.0", tier = "ctx.tier" }
"#,
        expect![[r#"
            2 1:1 `code` is not handed over: a remainder of a division by zero
            2 1:1 `share` is not handed over: a float is not finite (a division by zero, or too large a number)
            2  service="shop" tier="gold" no code no share
        "#]],
    );
}

#[test]
fn a_workflow_without_parameters_and_a_host_take_anything() {
    check(
        r#"
when     = 'has(ctx.load)'
workflow = "free"
with     = { busy = "ctx.load > 0.1", patience = 'dur("5m")', list = "[1, 2]" }
"#,
        expect![[r#"
            2  busy=true patience=300000000000 list=[1, 2]
        "#]],
    );
    check(
        "when = 'has(ctx.load)'\nwith = { a = '1' }",
        expect![[r#"
        2  a=1
    "#]],
    );
}

#[test]
fn what_a_workflow_does_not_take_is_refused() {
    check(
        r#"
when     = 'has(ctx.load)'
workflow = "look"
with     = { servce = '"shop"', code = "ctx.load", share = 3, tier = '"silver"', "a b" = "1" }
"#,
        expect![[r#"
            E0105 at { servce = '"shop"', code = "ctx.load", share = 3, tier = '"silver"', "a b" = "1" }: the workflow `look` needs `service`; give it, as in `with = { service = 'ctx.service' }`
            E0103 at servce: the workflow `look` has no parameter `servce`; did you mean `service`?
            E0305 at ctx.load: the workflow takes an int here, this is a float; hand over something else, or declare the parameter so
            E0104 at 3: `share` takes an expression, in quotes; as in `tries = "3"` or `service = 'last("error").service'`
            E0305 at "silver": the workflow takes an enum here, this is a string; the values are gold, plain
            E0107 at "a b": "a b" cannot be a name; names are letters, digits, `_`, `-` and `.`, and begin with a letter
        "#]],
    );
    check(
        "when = 'has(ctx.load)'\nworkflow = 'look'",
        expect![[r#"
        E0105 at 'look': the workflow `look` needs `service`; give it, as in `with = { service = 'ctx.service' }`
    "#]],
    );
    check(
        "when = 'has(ctx.load)'\nwith = { a = 'ctx.lod', b = 'ctx.load >', c = 'event.code' }",
        expect![[r#"
            E0201 at lod: no fact `lod` is declared; did you mean `ctx.load`?
            E0301 at : the condition ends too early; 
            E0310 at event.code: there is no event here: a rule's condition sees all of them; put this into the `where` of a [select.…] and count what it selects, or name the selector whose events the rule looks at one by one: `on = "…"`
        "#]],
    );
}

#[test]
fn a_template_hands_over_what_its_rules_give() {
    let text = format!(
        r#"{DECLARATIONS}
[template.t]
params   = {{ service = "string", least = "float" }}
when     = 'ctx.load > param.least'
workflow = "look"
with     = {{ service = "param.service", share = "param.least" }}

[[rule]]
id       = "r"
template = "t"
params   = {{ service = "shop\" && 1", least = 0.25 }}
"#
    );
    let book = Rulebook::load(&Sources::from_iter([("rules.toml", text)])).unwrap();
    let mut out = String::new();
    fire(Session::new(book.rules), &mut out);
    expect![[r#"
        2  service="shop\" && 1" share=0.25
    "#]]
    .assert_eq(&out);
}
