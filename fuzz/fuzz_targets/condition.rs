//! Any text is a condition or is refused; what a condition comes to is what its reference and plain
//! Rhai make of it; it never panics, whatever becomes known and unknown, and being woken where nothing
//! happens changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ptms_core::{Event, Sources, Timestamp};
use ptms_rules::{Input, Output, Rulebook, Session};

fuzz_target!(|condition: &str| {
    if let Some(disagreement) = ptms_rules::disagreement(condition) {
        panic!("{disagreement}");
    }
    if condition.contains("'''") {
        return;
    }
    let text = format!("{DECLARATIONS}\n{RULES}").replace("CONDITION", condition);
    let Ok(book) = Rulebook::load(&Sources::from_iter([("rules.toml", text)])) else { return };
    let outputs = |woken| outputs(Session::new(book.rules.clone()), woken);
    assert_eq!(outputs(false), outputs(true), "{condition:?}");
});

const DECLARATIONS: &str = r#"
    [context]
    b = "bool"
    c = "bool"
    d = "duration"
    e = { type = "enum", values = ["coding", "testing"] }
    f = { type = "float", stale = "20s" }
    g = "float"
    i = "int"
    j = "int"
    s = "string"
    t = "string"
    ints = { type = "list", item = "int", max_len = 8 }
    texts = { type = "list", item = "string", max_len = 8 }

    [key.service]
    max = 3
    ttl = "1d"

    [event.log]
    fields = { level = "string", service = "string", number = "int?" }

    [select.error]
    on = "log"
    where = 'event.level == "error"'
    key = { service = "event.service" }
"#;

const RULES: &str = r#"
    [[rule]]
    id = "at-once"
    when = '''CONDITION'''

    [[rule]]
    id = "patient"
    when = '''CONDITION'''
    for = "15s"
    cooldown = "40s"

    [[rule]]
    id = "keyed"
    key = ["service"]
    when = '''count("error", "30s") >= 1 && (CONDITION)'''
    resolve_when = '''CONDITION'''
"#;

/// What a session says of a fixed story in which everything is set, changed and taken back; the first
/// instants lie before anything is known.
fn outputs(mut session: Session, woken: bool) -> Vec<Output> {
    let set = |name: &str, value| Input::Set(vec![(name.into(), value)]);
    let unset = |name: &str| Input::Unset(vec![name.into()]);
    let log = |level, service| {
        Input::Event(Event::new("log").with("level", level).with("service", service))
    };
    let story = [
        log("error", "api"),
        log("info", "db"),
        set("b", true.into()),
        set("i", i64::MAX.into()),
        set("f", 0.5.into()),
        set("s", "käse".into()),
        set("e", "coding".into()),
        log("error", "db"),
        log("error", "web"),
        log("error", "mail"),
        set("i", i64::MIN.into()),
        set("b", false.into()),
        unset("f"),
        set("i", 0.into()),
        set("e", "testing".into()),
        log("error", "api"),
        set("f", f64::MIN_POSITIVE.into()),
        unset("e"),
        unset("i"),
        set("s", "".into()),
    ];
    let mut outputs = Vec::new();
    for (index, input) in story.into_iter().enumerate() {
        let at = 10 * index as i64;
        // time begins with the first input: a rule may be true of nothing at all
        for second in (at - 9..at).filter(|_| woken && index > 0) {
            session.handle(Timestamp::from_secs(second), Input::Wake).unwrap();
            outputs.extend(std::iter::from_fn(|| session.poll()));
        }
        session.handle(Timestamp::from_secs(at), input).unwrap();
        outputs.extend(std::iter::from_fn(|| session.poll()));
    }
    session.handle(Timestamp::from_secs(1_000), Input::Wake).unwrap();
    outputs.extend(std::iter::from_fn(|| session.poll()));
    outputs
}
