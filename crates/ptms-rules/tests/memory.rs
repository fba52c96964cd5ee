//! Keys that nobody counts on: what a session takes stays within what its book says that it can.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::alloc::System;

use cap::Cap;
use ptms_core::{Event, Key, KeyValue, Sources, Timestamp};
use ptms_rules::{Input, KEY_TEXT_LEN, Rulebook, Session};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const BOOK: &str = r#"
[context]
load = { type = "float", key = ["user"], stale = "1m" }

[event.login]
fields = { user = "string", host = "string" }

[select.login-of]
on  = "login"
key = { user = "event.user" }

[select.login-at]
on  = "login"
key = { user = "event.user", host = "event.host" }

[key.user]
max = 500

[key."host+user"]
max = 200

[signal]
busy = 'ctx.load > 0.5'

[[rule]]
id   = "often"
key  = ["user"]
when = 'count("login-of", "1h") >= 4 || held("busy", "10s")'
for  = "1s"

[[rule]]
id       = "everywhere"
key      = ["host", "user"]
when     = 'count("login-at", "1h") >= 2 || rising("busy") || seq(["login-at", "!login-at"], "1h")'
cooldown = "1m"
"#;

/// A text as long as texts of keys are thought to be, and its own for each number.
fn text(number: u64) -> KeyValue {
    KeyValue::Text(format!("{number:0>KEY_TEXT_LEN$}").as_str().into())
}

/// Events and facts of ever new keys, some of which come back a few times.
fn soak(inputs: u64) {
    let rules = Rulebook::load(&Sources::from_iter([("book.toml", BOOK)])).unwrap().rules;
    let limit: usize = rules.worst_memory().iter().map(|part| part.bytes).sum();
    let before = ALLOCATOR.allocated();
    let mut session = Session::new(rules);
    let mut most = 0;
    for number in 0..inputs {
        let user = text(number / 2 % 9_973);
        let now = Timestamp::from_millis(i64::try_from(number).unwrap());
        let input = if number % 3 == 0 {
            let load = f64::from(u8::try_from(number % 2).unwrap());
            Input::SetFor(Key::new([("user".into(), user)]), vec![("load".into(), load.into())])
        } else {
            let event = Event::new("login").with("user", &user).with("host", &text(number % 3));
            Input::Event(event)
        };
        session.handle(now, input).unwrap();
        while session.poll().is_some() {}
        most = most.max(ALLOCATOR.allocated().saturating_sub(before));
    }
    assert!(session.stats().keys_evicted + session.stats().keys_refused > inputs / 10);
    assert!(most <= limit, "{most} bytes of {limit}");
    // Otherwise the limit says nothing.
    assert!(most > limit / 20, "{most} bytes of {limit}");
}

#[test]
fn ten_thousand_inputs() {
    soak(10_000);
}

#[test]
#[ignore = "takes a minute when optimised"]
fn a_million_inputs() {
    soak(1_000_000);
}
