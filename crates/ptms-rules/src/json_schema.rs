//! The JSON Schema of a file of a rulebook is true: it has the keys that are read, no more and no
//! fewer, and the books at hand fit it.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::Sources;
use serde_json::Value;

use crate::book::asked_keys;

fn schema() -> Value {
    serde_json::from_str(crate::JSON_SCHEMA).unwrap()
}

/// What the fault of a value is, with its place; the part of JSON Schema that ours uses.
fn fault(root: &Value, schema: &Value, value: &Value, place: &str) -> Option<String> {
    if let Some(reference) = schema.get("$ref") {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        return fault(root, root.pointer(pointer).unwrap(), value, place);
    }
    for (key, wanted) in schema.as_object().unwrap() {
        let found = match key.as_str() {
            // A pattern is a hint for editors; the readers say what they take.
            "title" | "description" | "default" | "$schema" | "$defs" | "pattern" => None,
            "type" => {
                let wanted = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
                let fits = wanted.iter().any(|wanted| is_of(value, wanted.as_str().unwrap()));
                (!fits).then(|| format!("is no {wanted:?}"))
            }
            "const" => (value != wanted).then(|| format!("is not {wanted}")),
            "enum" => {
                (!wanted.as_array().unwrap().contains(value)).then(|| format!("not in {wanted}"))
            }
            "anyOf" => {
                let faults = wanted.as_array().unwrap().iter();
                let faults: Option<Vec<String>> =
                    faults.map(|wanted| fault(root, wanted, value, place)).collect();
                faults.map(|faults| faults.join(" and "))
            }
            "minimum" => (value.as_f64() < wanted.as_f64()).then(|| format!("under {wanted}")),
            "maximum" => (value.as_f64() > wanted.as_f64()).then(|| format!("over {wanted}")),
            "minItems" => (value.as_array().map_or(0, Vec::len) as u64)
                .lt(&wanted.as_u64().unwrap())
                .then(|| "too few".to_owned()),
            "minLength" => value.as_str().is_some_and(str::is_empty).then(|| "empty".to_owned()),
            "required" => {
                let lacks = |key: &&Value| value.get(key.as_str().unwrap()).is_none();
                wanted.as_array().unwrap().iter().find(lacks).map(|key| format!("lacks {key}"))
            }
            "items" => value.as_array().and_then(|items| {
                items.iter().find_map(|item| fault(root, wanted, item, &format!("{place}[]")))
            }),
            "properties" => wanted.as_object().unwrap().iter().find_map(|(key, wanted)| {
                fault(root, wanted, value.get(key)?, &format!("{place}.{key}"))
            }),
            "additionalProperties" => value.as_object().and_then(|entries| {
                let named = schema.get("properties").and_then(Value::as_object);
                let others = entries.iter();
                others
                    .filter(|(key, _)| !named.is_some_and(|named| named.contains_key(*key)))
                    .find_map(|(key, other)| match wanted {
                        Value::Bool(false) => Some(format!("{place} has an unknown key {key}")),
                        wanted => fault(root, wanted, other, &format!("{place}.{key}")),
                    })
            }),
            other => panic!("the test does not know {other}"),
        };
        if let Some(found) = found {
            return Some(format!("{place}: {found}"));
        }
    }
    None
}

fn is_of(value: &Value, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        other => panic!("the test does not know {other}"),
    }
}

/// What the schema says of a TOML text.
fn check(text: &str) -> Option<String> {
    let table: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let schema = schema();
    fault(&schema, &schema, &serde_json::to_value(table).unwrap(), "book")
}

/// The executed examples of the reference.
fn examples() -> Vec<&'static str> {
    let blocks = include_str!("reference.md").split("```toml\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_examples_of_the_reference_fit() {
    for example in examples().into_iter().chain([RARE]) {
        assert_eq!(check(example), None, "{example}");
    }
}

#[test]
fn the_books_of_the_examples_fit() {
    for book in [
        include_str!("../../../examples/devloop/facts.toml"),
        include_str!("../../../examples/devloop/rules.toml"),
        include_str!("../../../examples/devloop/systems.toml"),
        include_str!("../../../examples/devloop/workflows.toml"),
        include_str!("../../../examples/hosts/rules.toml"),
    ] {
        assert_eq!(check(book), None, "{book}");
    }
}

#[test]
fn what_does_not_fit_is_told() {
    for (text, expected) in [
        ("colour = 1", "book: book has an unknown key colour"),
        ("format = 2", "book: book.format: is not 1"),
        ("[context]\ncpu = \"flaot\"", "book.context.cpu"),
        ("[context]\ncpu = { min = 1 }", "lacks \"type\""),
        ("[[rule]]\nid = \"a\"", "lacks \"when\" and book.rule[]: lacks \"template\""),
        ("[[rule]]\nid = \"a\"\nwhen = \"\"", "empty"),
        ("[[rule]]\nid = \"a\"\nwhen = \"x\"\nconfidence = 2.0", "over 1"),
        ("[calendar.a]\ndays = []", "too few"),
        ("[pool]\ncpu = 0", "under 1"),
        ("[signal]\na = 3", "is no"),
    ] {
        let found = check(text).unwrap_or_else(|| panic!("{text}"));
        assert!(found.contains(expected), "{found}");
    }
}

/// Keys that the reference does not use, because they belong to others.
const RARE: &str = r#"
[context]
tags = { type = "list", item = "string", max_len = 8, sensitive = true }

[event.payment]
fields = { account = { type = "string", optional = true, sensitive = true } }

[derive.ports]
type    = "list"
item    = "int"
max_len = 2
cases   = [{ when = 'has(ctx.tags)', value = [80, 443] }]

[system.builder]
retry      = { max = 3, backoff = "linear", base = "1s" }
undo_retry = { max = 2 }

[workflow.build]
params = { kind = { type = "enum", values = ["a"], optional = true }, hosts = { type = "list", item = "int", max_len = 2 } }

[[workflow.build.step]]
id   = "wait"
wait = { signal = "built", deadline = "1h" }

[[workflow.build.step]]
id         = "go"
system     = "builder"
when       = "param.fast"
on_unknown = "run"
for_each   = "param.hosts"
max        = 20
input      = { tries = 3, host = "item" }
"#;

/// What the readers ask for in a section is what the schema has for it.
#[test]
fn the_keys_are_those_that_are_read() {
    let mut read: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for example in examples().into_iter().chain([RARE]) {
        for (title, keys) in asked_keys(&Sources::from_iter([("reference.md", example)])) {
            read.entry(title).or_default().extend(keys);
        }
    }
    let schema = schema();
    let sections = schema.pointer("/$defs").unwrap().as_object().unwrap().iter();
    let with_keys =
        sections.filter_map(|(name, section)| Some((name.as_str(), section.get("properties")?)));
    for (name, properties) in with_keys.chain([("the rulebook", &schema["properties"])]) {
        let known: BTreeSet<&str> =
            properties.as_object().unwrap().keys().map(String::as_str).collect();
        let asked = read.remove(name).unwrap_or_else(|| {
            panic!(
                "no example of the reference has a section `{name}`, or the schema has one too many"
            )
        });
        assert_eq!(known, asked, "of the section `{name}`: mend src/schema.json");
    }
    assert_eq!(read.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "sections without a schema");
}

/// Editors show the descriptions, so everything has one.
#[test]
fn everything_is_described() {
    fn visit(schema: &Value, place: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, property) in properties.into_iter().flatten() {
            let described = property.get("description").is_some() || property.get("$ref").is_some();
            assert!(described, "{place}.{key}");
            visit(property, &format!("{place}.{key}"));
        }
    }
    let schema = schema();
    visit(&schema, "book");
    for (name, section) in schema["$defs"].as_object().unwrap() {
        assert!(section.get("description").is_some(), "{name}");
        visit(section, name);
    }
}
