//! Sequences as authors write them: what fires, and when.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

use expect_test::{Expect, expect};
use ptms_core::{Event, Sources, Timestamp};
use ptms_rules::{Input, Output, Rulebook, Session};

/// The firings of a rule with this condition, over events (second, kind, user); the last instant is closed
/// a minute later.
fn check(when: &str, events: &[(i64, &str, &str)], expected: &Expect) {
    let mut text = String::new();
    for kind in ["a", "b", "c"] {
        text += &format!(
            "[event.{kind}]\nfields = {{ user = \"string\" }}\n\
             [select.{kind}-of]\non = \"{kind}\"\nkey = {{ user = \"event.user\" }}\n"
        );
    }
    text += &format!("[[rule]]\nid = \"r\"\nkey = [\"user\"]\nwhen = '{when}'\n");
    let loaded = Rulebook::load(&Sources::from_iter([("book.toml", text.as_str())]));
    let book = loaded.unwrap_or_else(|found| panic!("{text}\n{found:#?}"));
    let (mut session, mut said) = (Session::new(book.rules), String::new());
    let last = events.last().map_or(0, |(second, ..)| *second);
    let inputs = events
        .iter()
        .map(|(second, kind, user)| (*second, Input::Event(Event::new(*kind).with("user", *user))));
    for (second, input) in inputs.chain([(last + 60, Input::Wake)]) {
        session.handle(Timestamp::from_secs(second), input).unwrap();
        while let Some(output) = session.poll() {
            if let Output::Fired(firing) = output {
                said += &format!("{} {}\n", firing.at.as_nanos() / 1_000_000_000, firing.key);
            }
        }
    }
    expected.assert_eq(&said);
}

#[test]
fn one_after_the_other_for_each_key() {
    let events = [(0, "a", "x"), (1, "a", "y"), (2, "b", "x"), (9, "c", "x"), (9, "c", "y")];
    check(
        r#"seq(["a-of", "b-of", "c-of"], "10s")"#,
        &events,
        &expect![[r#"
        9 user=x
    "#]],
    );
    // A span is less than the window.
    check(r#"seq(["a-of", "b-of", "c-of"], "9s")"#, &events, &expect![""]);
    check(
        r#"seq(["a-of", "!b-of", "c-of"], "10s")"#,
        &events,
        &expect![[r#"
        9 user=y
    "#]],
    );
}

#[test]
fn what_must_not_follow_is_waited_for() {
    let events = [(0, "a", "x"), (0, "a", "y"), (0, "a", "z"), (5, "b", "y"), (10, "b", "z")];
    check(
        r#"seq(["a-of", "!b-of"], "10s")"#,
        &events,
        &expect![[r#"
        10 user=x
    "#]],
    );
}

#[test]
fn two_matches_at_one_instant_are_two_firings() {
    let events = [(0, "a", "x"), (1, "b", "x"), (1, "a", "x"), (1, "b", "x"), (1, "b", "x")];
    check(
        r#"seq(["a-of", "b-of"], "10s")"#,
        &events,
        &expect![[r#"
        1 user=x
        1 user=x
    "#]],
    );
    check(
        r#"seq(["a-of", "b-of"], "10s", #{reuse: true})"#,
        &events,
        &expect![[r#"
        1 user=x
        1 user=x
        1 user=x
    "#]],
    );
}

#[test]
fn an_end_to_every_beginning() {
    let events = [(0, "a", "x"), (1, "c", "x"), (2, "b", "x"), (3, "a", "x"), (4, "b", "x")];
    check(
        r#"seq(["a-of", "b-of"], "10s", #{"until": "c-of"})"#,
        &events,
        &expect![[r#"
        4 user=x
    "#]],
    );
}
