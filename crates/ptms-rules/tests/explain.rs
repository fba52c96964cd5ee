//! Explanations as people read them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

use expect_test::{Expect, expect};
use ptms_core::{Event, Key, KeyValue, Sources, Timestamp, Value};
use ptms_rules::{Explanation, Input, Rulebook, Session};

const DECLARATIONS: &str = r#"
    [context]
    load  = "float"
    mood  = { type = "enum", values = ["calm", "busy"] }
    ready = "bool"
    pause = "duration"
    beat  = { type = "int", stale = "10s" }
    code  = { type = "int", sensitive = true }

    [event.error]
    fields = { host = "string", size = "int" }

    [event.done]
    fields = { host = "string" }

    [select.bad]
    on  = "error"
    key = { host = "event.host" }
    value = "event.size"

    [signal]
    strained = 'ctx.load > 0.5 && ctx.mood != "calm"'
"#;

/// Something that happens at a second.
enum Step {
    Event(i64, &'static str),
    Set(i64, &'static str, Value),
}

use Step::{Event as Sent, Set};

/// What is said of the rule `r`, which these lines make up, after the steps.
fn explained(rule: &str, steps: &[Step], second: i64, key: &Key) -> Explanation {
    let helper = "fn odd(n) { if n < 0 { throw \"below zero\" } n % 2 == 1 }";
    let text = format!("{DECLARATIONS}\n[[rule]]\nid = 'r'\n{rule}");
    let sources = Sources::from_iter([("helpers.rhai", helper), ("book.toml", text.as_str())]);
    let loaded = Rulebook::load(&sources);
    let mut session = Session::new(loaded.unwrap_or_else(|found| panic!("{found:#?}")).rules);
    for step in steps {
        let (at, input) = match step {
            Sent(at, name) => {
                let event = Event::new(*name).with("host", "a");
                let event = if *name == "error" { event.with("size", *at) } else { event };
                (*at, Input::Event(event))
            }
            Set(at, name, value) => (*at, Input::Set(vec![((*name).into(), value.clone())])),
        };
        session.handle(Timestamp::from_secs(at), input).unwrap();
        while session.poll().is_some() {}
    }
    let at = Timestamp::from_secs(second);
    session.handle(at, Input::Wake).unwrap();
    while session.poll().is_some() {}
    session.explain("r", key, at).unwrap()
}

fn check(rule: &str, steps: &[Step], second: i64, expected: &Expect) {
    expected.assert_eq(&explained(rule, steps, second, &Key::default()).to_string());
}

#[test]
fn a_count_that_is_two_short() {
    let rule = r#"when = 'count("bad", "1m") >= 3 && ctx.load > 0.5'"#;
    check(
        rule,
        &[Set(0, "load", 0.75.into()), Sent(10, "error")],
        30,
        &expect![[r#"
            r is not firing
            when:
              false    count("bad", "1m") >= 3 && ctx.load > 0.5
              false      count("bad", "1m") >= 3  (2 below)
              1            count("bad", "1m")  (newest 20s ago; time changes it in 40s)
              true       ctx.load > 0.5  (0.25 above)
              0.75         ctx.load
        "#]],
    );
}

#[test]
fn unknown_because_nobody_said_or_nobody_says_any_more() {
    let rule = "when = 'ctx.beat > 3 || ctx.ready'";
    check(
        rule,
        &[Set(0, "beat", 1.into())],
        30,
        &expect![[r#"
        r is not firing
        when:
          unknown  ctx.beat > 3 || ctx.ready
          unknown    ctx.beat > 3
          unknown      ctx.beat  (it went stale 20s ago)
          unknown    ctx.ready  (it is not set)
    "#]],
    );
}

#[test]
fn held_back_by_a_cooldown() {
    let rule = "when = 'ctx.load > 0.5'\ncooldown = '1m'";
    let steps =
        [Set(0, "load", 0.75.into()), Set(10, "load", 0.25.into()), Set(20, "load", 1.0.into())];
    check(
        rule,
        &steps,
        30,
        &expect![[r#"
        r is pending; its condition came true 10s ago
          it fired 30s ago
          its `cooldown` holds it back: it ends in 30s
        when:
          true     ctx.load > 0.5  (0.5 above)
          1.0        ctx.load
    "#]],
    );
}

#[test]
fn held_back_by_another_rule() {
    let rule =
        "when = 'ctx.load > 0.5'\ninhibited_by = ['s']\n[[rule]]\nid = 's'\nwhen = 'ctx.ready'";
    let steps = [Set(0, "ready", true.into()), Set(1, "load", 0.75.into())];
    check(
        rule,
        &steps,
        8,
        &expect![[r#"
        r is pending; its condition came true 7s ago
          `s` fires and holds it back
        when:
          true     ctx.load > 0.5  (0.25 above)
          0.75       ctx.load
    "#]],
    );
}

#[test]
fn held_back_by_for() {
    let rule = "when = 'ctx.load > 0.5'\nfor = '20s'";
    check(
        rule,
        &[Set(0, "load", 0.75.into())],
        8,
        &expect![[r#"
        r is pending; its condition came true 8s ago
          its `for` holds it back: it ends in 12s
        when:
          true     ctx.load > 0.5  (0.25 above)
          0.75       ctx.load
    "#]],
    );
}

#[test]
fn a_call_whose_inside_is_not_known() {
    let rule = "when = 'odd(ctx.beat) && has(ctx.load)'";
    check(
        rule,
        &[Set(0, "beat", 4.into())],
        1,
        &expect![[r#"
        r is not firing
        when:
          false    odd(ctx.beat) && has(ctx.load)
          false      odd(ctx.beat)
          4            ctx.beat
          false      has(ctx.load)
          unknown      ctx.load  (it is not set)
    "#]],
    );
    check(
        rule,
        &[Set(0, "beat", (-1).into())],
        1,
        &expect![[r#"
        r is not firing
        when:
          false    odd(ctx.beat) && has(ctx.load)
          fault      odd(ctx.beat)  (`odd` (helpers.rhai, line 1): below zero)
          -1           ctx.beat
          false      has(ctx.load)
          unknown      ctx.load  (it is not set)
    "#]],
    );
}

#[test]
fn a_sequence_that_is_half_matched() {
    let rule = r#"when = 'seq(["bad", "done"], "1m")'"#;
    check(
        rule,
        &[Sent(10, "error")],
        30,
        &expect![[r#"
        r is not firing
        when:
          false    seq(["bad", "done"], "1m")  (1 of 2 steps, begun 20s ago)
    "#]],
    );
}

#[test]
fn what_stands_in_a_signal() {
    let rule = "when = '!signal.strained || (ctx.beat in 1..=3 && ctx.pause < dur(\"2m\"))'";
    let steps = [
        Set(0, "mood", "busy".into()),
        Set(0, "load", 0.75.into()),
        Set(0, "pause", Value::Int(150_000_000_000)),
    ];
    check(
        rule,
        &steps,
        1,
        &expect![[r#"
        r is not firing
        when:
          false    !signal.strained || (ctx.beat in 1..=3 && ctx.pause < dur("2m"))
          false      !signal.strained
          true         signal.strained
          true           ctx.load > 0.5  (0.25 above)
          0.75             ctx.load
          true           ctx.mood != "calm"
          "busy"           ctx.mood
          false      ctx.beat in 1..=3 && ctx.pause < dur("2m")
          unknown      ctx.beat in 1..=3
          unknown        ctx.beat  (it is not set)
          false        ctx.pause < dur("2m")  (30s above)
          2m30s          ctx.pause
    "#]],
    );
}

#[test]
fn a_firing_and_what_would_end_it() {
    let rule =
        "when = 'ctx.load > 0.5'\nresolve_when = 'ctx.load < 0.25'\nrepeat = '10s'\nshadow = true";
    let steps = [Set(0, "load", 0.75.into()), Set(4, "load", 0.3.into())];
    check(
        rule,
        &steps,
        6,
        &expect![[r#"
            r is firing; it fired 6s ago
              it is a shadow: it fires and starts nothing
              its `repeat` is due in 4s
            when:
              false    ctx.load > 0.5  (0.2 below)
              0.3        ctx.load
            resolve_when:
              false    ctx.load < 0.25  (0.05 above)
              0.3        ctx.load
        "#]],
    );
}

#[test]
fn what_is_sensitive_is_hidden() {
    let rule = "when = 'ctx.code + 1 > 41 && odd(ctx.code)'";
    check(
        rule,
        &[Set(0, "code", 12345.into())],
        1,
        &expect![[r#"
        r is firing; it fired 1s ago
        when:
          true     ctx.code + 1 > 41 && odd(ctx.code)
          true       ctx.code + 1 > 41
          hidden       ctx.code + 1
          hidden         ctx.code
          true       odd(ctx.code)
          hidden       ctx.code
    "#]],
    );
    check(
        rule,
        &[Set(0, "code", (-12345).into())],
        1,
        &expect![[r#"
        r is not firing
        when:
          false    ctx.code + 1 > 41 && odd(ctx.code)
          false      ctx.code + 1 > 41
          hidden       ctx.code + 1
          hidden         ctx.code
          hidden     odd(ctx.code)
          hidden       ctx.code
    "#]],
    );
}

#[test]
fn a_key_and_one_that_never_lived() {
    let rule = "key = ['host']\nwhen = 'sum(\"bad\", \"1m\") > 100 || age(\"bad\") > dur(\"5m\")'";
    for (host, expected) in [
        (
            "a",
            expect![[r#"
                r for host=a is not firing
                when:
                  false    sum("bad", "1m") > 100 || age("bad") > dur("5m")
                  false      sum("bad", "1m") > 100  (70 below)
                  30.0         sum("bad", "1m")
                                   (oldest 20s ago, newest 10s ago)
                                   (time changes it in 40s)
                  false      age("bad") > dur("5m")  (4m50s below)
                  10s          age("bad")  (newest 10s ago; time changes it in 4m50s1ns)
            "#]],
        ),
        (
            "z",
            expect![[r#"
                r for host=z is not firing
                  the key is not alive: nothing has spoken of it, or it has left
                when:
                  unknown  sum("bad", "1m") > 100 || age("bad") > dur("5m")
                  false      sum("bad", "1m") > 100  (100 below)
                  0.0          sum("bad", "1m")
                  unknown    age("bad") > dur("5m")
                  unknown      age("bad")  (it has not seen enough)
            "#]],
        ),
    ] {
        let key = Key::new([("host".into(), KeyValue::Text(host.into()))]);
        let found = explained(rule, &[Sent(10, "error"), Sent(20, "error")], 30, &key);
        expected.assert_eq(&found.to_string());
    }
}

#[test]
fn a_rule_that_looks_at_events() {
    let rule = "on = 'bad'\nwhen = 'event.size > 5'";
    check(
        rule,
        &[Sent(10, "error")],
        30,
        &expect![[r#"
        r is not firing
          it fired 20s ago
          it looks at the events of "bad" one by one; between them it is false
        when:
          unknown  event.size > 5
          unknown    event.size  (there is no event now)
    "#]],
    );
}

#[test]
fn as_data() {
    let found = explained("when = 'ctx.beat > 3'", &[Set(0, "beat", 1.into())], 1, &Key::default());
    let json = serde_json::to_string_pretty(&found).unwrap();
    expect![[r#"
        {
          "at": 1000000000,
          "rule": "r",
          "key": {},
          "state": "inactive",
          "last_fire": null,
          "holds": [],
          "timers": [],
          "when": {
            "text": "ctx.beat > 3",
            "reading": {
              "value": false
            },
            "distance": -2.0,
            "parts": [
              {
                "text": "ctx.beat",
                "reading": {
                  "value": 1
                }
              }
            ]
          },
          "resolve_when": null
        }"#]]
    .assert_eq(&json);
}
