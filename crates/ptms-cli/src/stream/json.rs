//! One line of an event file. Knows what a line must look like, not what the book declares.

use ptms::{Event, Key, KeyValue, Name, Timestamp, Value};
use serde_json::Value as Json;

use crate::instant::parse_rfc3339;
use crate::stream::Feed;
use crate::stream::distinct::Distinct;
use crate::words::did_you_mean;

const KEYS: [&str; 7] = ["at", "event", "expect", "fields", "key", "set", "unset"];

/// What the line says; or what is wrong with it.
pub(crate) fn parse(line: &str) -> Result<(Timestamp, Feed), String> {
    let entries = match serde_json::from_str(line).map_err(|fault| unusable(&fault))? {
        Distinct(Json::Object(entries)) => entries,
        Distinct(other) => return Err(format!("the line is {}, not an object", kind(&other))),
    };
    if let Some(key) = entries.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("unknown key {key:?}{}", did_you_mean(key, KEYS)));
    }
    let entry = |key| entries.get(key);
    let at = instant(entry("at").ok_or("the line lacks its time, \"at\"")?)?;
    let says = ["event", "expect", "set", "unset"];
    let mut said = says.into_iter().filter_map(|key| Some((key, entry(key)?)));
    let Some((what, given)) = said.next() else {
        return Err(
            "the line says nothing: give \"event\", \"set\", \"unset\" or \"expect\"".to_owned()
        );
    };
    if said.next().is_some() {
        return Err(
            "give only one of \"event\", \"set\", \"unset\" and \"expect\" on a line".to_owned()
        );
    }
    if what != "event" && entry("fields").is_some() {
        return Err("\"fields\" belongs to an \"event\"".to_owned());
    }
    if !matches!(what, "set" | "unset") && entry("key").is_some() {
        return Err("\"key\" belongs to a \"set\" or \"unset\"".to_owned());
    }
    let key = entry("key").map(|given| dimensions(given, "key")).transpose()?;
    let feed = match (what, key) {
        ("event", _) => event(given, entry("fields"))?,
        ("set", None) => Feed::Set(values(given, "set", "fact")?),
        ("set", Some(key)) => Feed::SetFor(key, values(given, "set", "fact")?),
        ("unset", None) => Feed::Unset(names(given)?),
        ("unset", Some(key)) => Feed::UnsetFor(key, names(given)?),
        _ => Feed::Expect(dimensions(given, "expect")?),
    };
    Ok((at, feed))
}

fn instant(at: &Json) -> Result<Timestamp, String> {
    match at {
        Json::String(text) => {
            parse_rfc3339(text).map_err(|fault| format!("\"at\": {text:?} {fault}"))
        }
        Json::Number(number) => number.as_i64().map(Timestamp::from_nanos).ok_or_else(|| {
            format!("\"at\": {number} is no count of whole nanoseconds of the years 1678 to 2261")
        }),
        other => Err(format!("\"at\" is a text or a whole number, not {}", kind(other))),
    }
}

fn event(kind_of_event: &Json, fields: Option<&Json>) -> Result<Feed, String> {
    let Json::String(name) = kind_of_event else {
        return Err(format!("\"event\" is a name, not {}", kind(kind_of_event)));
    };
    let mut event = Event::new(name.as_str());
    if let Some(fields) = fields {
        event.fields = values(fields, "fields", "field")?;
    }
    Ok(Feed::Event(event))
}

fn values(given: &Json, key: &str, noun: &str) -> Result<Vec<(Name, Value)>, String> {
    let Json::Object(entries) = given else {
        return Err(format!("{key:?} is an object of names and values, not {}", kind(given)));
    };
    if entries.is_empty() && noun == "fact" {
        return Err(format!("{key:?} names no fact"));
    }
    let value = |(name, given): (&String, &Json)| {
        let found = value(given).ok_or_else(|| {
            let hint = match (given, noun) {
                (Json::Null, "fact") => "; to make it unknown, write \"unset\"",
                (Json::Null, _) => "; leave it out",
                _ => "",
            };
            format!("{noun} {name:?}: {} is no value{hint}", kind(given))
        });
        found.map(|value| (Name::from(name.as_str()), value))
    };
    entries.iter().map(value).collect()
}

fn names(given: &Json) -> Result<Vec<Name>, String> {
    let wrong = || "\"unset\" is a list of names of facts".to_owned();
    let items = given.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
    let mut names = Vec::new();
    for item in items {
        let name = item.as_str().map(Name::from).ok_or_else(wrong)?;
        if names.contains(&name) {
            return Err(format!("\"unset\" names {:?} twice", name.as_str()));
        }
        names.push(name);
    }
    Ok(names)
}

/// A key: dimensions with their values.
fn dimensions(given: &Json, key: &str) -> Result<Key, String> {
    let named = values(given, key, "dimension")?;
    if named.is_empty() {
        return Err(format!("{key:?} names no dimension"));
    }
    let dimension = |(name, value): (Name, Value)| match KeyValue::new(&value) {
        Some(value) => Ok((name, value)),
        None => {
            Err(format!("dimension {:?}: a key is made of bools, ints and texts", name.as_str()))
        }
    };
    named.into_iter().map(dimension).collect::<Result<Vec<_>, _>>().map(Key::new)
}

fn value(given: &Json) -> Option<Value> {
    match given {
        Json::Bool(value) => Some(Value::Bool(*value)),
        Json::Number(number) if number.is_u64() || number.is_i64() => {
            number.as_i64().map(Value::Int)
        }
        Json::Number(number) => number.as_f64().map(Value::Float),
        Json::String(text) => Some(Value::from(text.as_str())),
        Json::Array(items) => items.iter().map(value).collect::<Option<Vec<_>>>().map(Value::list),
        Json::Null | Json::Object(_) => None,
    }
}

fn kind(given: &Json) -> &'static str {
    match given {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(number) if number.is_u64() && !number.is_i64() => "so great an int",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The parser's words, with the place in ours: it takes every line for line 1.
fn unusable(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let reason = text.rsplit_once(" at line ").map_or(&*text, |(reason, _)| reason);
    let not_json = if fault.is_data() { "" } else { "not JSON: " };
    format!("{not_json}{reason} at column {}", fault.column())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(line: &str, expected: &Expect) {
        let shown = match parse(line) {
            Ok((at, feed)) => format!("{at} {feed:?}"),
            Err(fault) => format!("error: {fault}"),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn lines_that_say_something() {
        check(
            r#"{"at": 5, "event": "log", "fields": {"a": 1, "b": 2.5, "c": ["x"]}}"#,
            &expect![[
                r#"0.000000005 Event(Event { name: "log", fields: [("a", Int(1)), ("b", Float(2.5)), ("c", List([Text("x")]))] })"#
            ]],
        );
        check(
            r#"{"at": "2026-11-20T10:00:00.250Z", "event": "deploy"}"#,
            &expect![[r#"1795168800.250000000 Event(Event { name: "deploy", fields: [] })"#]],
        );
        check(
            r#"{"at": "2026-11-20T11:00:00+01:00", "set": {"cpu": 0.5}}"#,
            &expect![[r#"1795168800.000000000 Set([("cpu", Float(0.5))])"#]],
        );
        check(
            r#"{"at": -1, "unset": ["cpu", "load"]}"#,
            &expect![[r#"-0.000000001 Unset(["cpu", "load"])"#]],
        );
    }

    #[test]
    fn lines_with_keys() {
        check(
            r#"{"at": 1, "set": {"cpu": 0.5}, "key": {"zone": 2, "host": "a"}}"#,
            &expect![[
                r#"0.000000001 SetFor(Key([("host", Text("a")), ("zone", Int(2))]), [("cpu", Float(0.5))])"#
            ]],
        );
        check(
            r#"{"at": 1, "unset": ["cpu"], "key": {"host": "a"}}"#,
            &expect![[r#"0.000000001 UnsetFor(Key([("host", Text("a"))]), ["cpu"])"#]],
        );
        check(
            r#"{"at": 1, "expect": {"host": "a"}}"#,
            &expect![[r#"0.000000001 Expect(Key([("host", Text("a"))]))"#]],
        );
        check(r#"{"at": 1, "expect": {}}"#, &expect![[r#"error: "expect" names no dimension"#]]);
        check(
            r#"{"at": 1, "set": {"cpu": 1}, "key": {"host": 0.5}}"#,
            &expect![[r#"error: dimension "host": a key is made of bools, ints and texts"#]],
        );
        check(
            r#"{"at": 1, "set": {"cpu": 1}, "key": "a"}"#,
            &expect![[r#"error: "key" is an object of names and values, not a text"#]],
        );
        check(
            r#"{"at": 1, "event": "log", "key": {"host": "a"}}"#,
            &expect![[r#"error: "key" belongs to a "set" or "unset""#]],
        );
    }

    #[test]
    fn lines_of_no_use() {
        check("{", &expect!["error: not JSON: EOF while parsing an object at column 1"]);
        check("at 5", &expect!["error: not JSON: expected value at column 1"]);
        check("[1]", &expect!["error: the line is a list, not an object"]);
        check("{}", &expect![[r#"error: the line lacks its time, "at""#]]);
        check(
            r#"{"at": 1}"#,
            &expect![[r#"error: the line says nothing: give "event", "set", "unset" or "expect""#]],
        );
        check(
            r#"{"at": 1, "evnt": "log"}"#,
            &expect![[r#"error: unknown key "evnt" (did you mean "event"?)"#]],
        );
        check(
            r#"{"at": 1, "event": "log", "set": {"cpu": 1}}"#,
            &expect![[r#"error: give only one of "event", "set", "unset" and "expect" on a line"#]],
        );
        check(
            r#"{"at": 1, "set": {"cpu": 1}, "fields": {}}"#,
            &expect![[r#"error: "fields" belongs to an "event""#]],
        );
        check(
            r#"{"at": 1, "unset": ["cpu"], "unset": ["load"]}"#,
            &expect![[r#"error: "unset" is given twice at column 46"#]],
        );
        check(
            r#"{"at": 1, "set": {"cpu": 1, "load": [true, null, -2], "cpu": 2}}"#,
            &expect![[r#"error: "cpu" is given twice at column 63"#]],
        );
    }

    #[test]
    fn values_of_no_use() {
        check(
            r#"{"at": 1.5, "event": "log"}"#,
            &expect![[
                r#"error: "at": 1.5 is no count of whole nanoseconds of the years 1678 to 2261"#
            ]],
        );
        check(
            r#"{"at": null, "event": "log"}"#,
            &expect![[r#"error: "at" is a text or a whole number, not null"#]],
        );
        check(
            r#"{"at": "yesterday", "event": "log"}"#,
            &expect![[
                r#"error: "at": "yesterday" is no time: write 2026-11-20T10:00:00.250Z or whole nanoseconds"#
            ]],
        );
        check(
            r#"{"at": "2026-11-20T10:00:00", "event": "log"}"#,
            &expect![[
                r#"error: "at": "2026-11-20T10:00:00" has no zone: write Z for UTC at its end, or an offset such as +01:00"#
            ]],
        );
        check(r#"{"at": 1, "event": 7}"#, &expect![[r#"error: "event" is a name, not a number"#]]);
        check(
            r#"{"at": 1, "event": "log", "fields": [1]}"#,
            &expect![[r#"error: "fields" is an object of names and values, not a list"#]],
        );
        check(
            r#"{"at": 1, "event": "log", "fields": {"a": null}}"#,
            &expect![[r#"error: field "a": null is no value; leave it out"#]],
        );
        check(
            r#"{"at": 1, "event": "log", "fields": {"a": {"b": 1}}}"#,
            &expect![[r#"error: field "a": an object is no value"#]],
        );
        check(r#"{"at": 1, "set": {}}"#, &expect![[r#"error: "set" names no fact"#]]);
        check(
            r#"{"at": 1, "set": {"cpu": null}}"#,
            &expect![[r#"error: fact "cpu": null is no value; to make it unknown, write "unset""#]],
        );
        check(
            r#"{"at": 1, "set": {"cpu": 18446744073709551615}}"#,
            &expect![[r#"error: fact "cpu": so great an int is no value"#]],
        );
        check(
            r#"{"at": 1, "unset": "cpu"}"#,
            &expect![[r#"error: "unset" is a list of names of facts"#]],
        );
        check(
            r#"{"at": 1, "unset": ["cpu", "load", "cpu"]}"#,
            &expect![[r#"error: "unset" names "cpu" twice"#]],
        );
        check(
            r#"{"at": 1, "unset": []}"#,
            &expect![[r#"error: "unset" is a list of names of facts"#]],
        );
    }
}
