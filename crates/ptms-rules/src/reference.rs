//! The reference of the rule language is true: its examples load, its functions and limits are ours.

use std::collections::BTreeSet;

use ptms_core::{Name, Sources, Value};

use crate::condition::MAX_CELLS;
use crate::condition::functions::FUNCTIONS;
use crate::condition::{MAX_LEVELS, MAX_PARTS, over_time};
use crate::script::limits::{
    ALLOWED, MAX_CALLS, MAX_CONDITION_LEN, MAX_DEPTH, MAX_HELPER_DEPTH, MAX_HELPER_TEXT,
    MAX_HELPERS, MAX_ITEMS, MAX_LIST_LEN, MAX_MODULE_LEN, MAX_OPERATIONS, MAX_VARIABLES,
};
use crate::space::{DEFAULT_MAX_KEYS, MAX_KEYS};
use crate::tables::MAX_INLINED;
use crate::time::{CAP, MOST_AGES, MOST_DISTINCT, TEXT_LEN};
use crate::{MAX_DIAGNOSTICS, MAX_FILE_LEN, MAX_RULES, Rulebook};

const REFERENCE: &str = include_str!("reference.md");

/// The part of the reference under a heading.
fn section(heading: &str) -> &'static str {
    let (_, rest) = REFERENCE.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

#[test]
fn the_examples_load() {
    let blocks: Vec<&str> = REFERENCE.split("```toml\n").collect();
    assert!(blocks.len() > 9, "the examples are found");
    for pair in blocks.windows(2) {
        let [before, block] = pair else { continue };
        let block = block.split("```").next().unwrap();
        // Helper functions stand before the rules that call them.
        let module = before.split_once("```rhai\n").map_or("", |(_, rest)| rest);
        let module = module.split("```").next().unwrap();
        let sources = Sources::from_iter([("reference.md", block), ("reference.rhai", module)]);
        let book = Rulebook::load(&sources);
        assert!(book.as_ref().is_ok_and(|book| book.warnings.is_empty()), "{block}\n{book:#?}");
    }
}

#[test]
fn every_section_can_be_found_from_the_top() {
    let (contents, _) = REFERENCE.split_once("\n## ").unwrap();
    let headings: Vec<&str> =
        REFERENCE.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    for heading in &headings {
        let anchor = heading.to_lowercase().replace(' ', "-").replace(',', "");
        assert!(contents.contains(&format!("[{heading}](#{anchor})")), "{heading}");
    }
    assert_eq!(contents.matches("](#").count(), headings.len(), "and no other");
}

/// The keys of the sections that this crate explains in tables.
#[test]
fn every_key_is_explained() {
    let schema: serde_json::Value = serde_json::from_str(crate::JSON_SCHEMA).unwrap();
    let explained = |text: &str| -> BTreeSet<String> {
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
    };
    let both = ["fact", "select"];
    for (name, sections) in
        [("Rules", &["rule"][..]), ("Facts, events and selectors", &both), ("Systems", &["system"])]
    {
        let keys = sections
            .iter()
            .flat_map(|section| schema["$defs"][section]["properties"].as_object().unwrap().keys());
        let explained = explained(section(name));
        for key in keys {
            assert!(explained.contains(key), "`{key}` in {name}");
        }
    }
}

#[test]
fn the_functions_of_helpers_are_listed() {
    let text = section("Helper functions").replace('\n', " ");
    let (_, rest) = text.split_once("the functions ").unwrap();
    let listed = rest.split('.').next().unwrap().replace(" and ", ", ");
    let listed: Vec<&str> = listed.split(", ").map(|name| name.trim_matches('`')).collect();
    assert_eq!(listed, ALLOWED.map(|(name, _)| name), "in order");
}

#[test]
fn the_examples_of_systems_and_workflows_have_every_key_of_the_tables() {
    for (heading, count) in [("Systems", 22), ("Workflows", 30), ("Pools and settings", 2)] {
        let text = section(heading);
        let cells = text.lines().filter(|line| line.starts_with("| `")).map(|row| row.split('|'));
        let keys: Vec<&str> = cells
            .filter_map(|mut cells| cells.nth(1))
            .flat_map(|cell| cell.split(", ").map(|key| key.trim().trim_matches('`')))
            .collect();
        assert_eq!(keys.len(), count, "{keys:?}");
        for key in keys {
            let is_set =
                |line: &str| line.split_once('=').is_some_and(|(set, _)| set.trim() == key);
            let is_table = text.contains(&format!(".{key}]]"));
            assert!(is_table || text.lines().any(is_set), "{key}");
        }
    }
}

#[test]
fn the_functions_are_those_of_conditions() {
    let rows = section("Functions").lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: Vec<&str> = rows.map(|row| row.split('(').next().unwrap()).collect();
    let special = ["dur", "during", "has"];
    let known: BTreeSet<&str> =
        FUNCTIONS.iter().map(|function| function.name).chain(special).collect();
    assert_eq!(listed, known.into_iter().collect::<Vec<_>>(), "in order");
    let rows = section("Functions over time").lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: Vec<&str> = rows.map(|row| row.split('(').next().unwrap()).collect();
    assert_eq!(listed, over_time().collect::<Vec<_>>(), "in order");
}

#[test]
fn the_limits_are_ours() {
    let grouped = |number: usize| {
        let digits = number.to_string();
        let mut out = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        out
    };
    let rows = [
        ("a file", vec![MAX_FILE_LEN]),
        ("rules in a book", vec![MAX_RULES]),
        ("a condition", vec![MAX_CONDITION_LEN, MAX_DEPTH, MAX_CELLS]),
        ("a condition with the signals that it reads", vec![MAX_PARTS, MAX_LEVELS]),
        ("all that signals and templates stand for in a book", vec![MAX_INLINED]),
        ("a list that is written out", vec![MAX_LIST_LEN]),
        ("a `.rhai` file", vec![MAX_MODULE_LEN, MAX_HELPERS, MAX_HELPER_DEPTH]),
        ("a call of a helper", vec![MAX_OPERATIONS as usize, MAX_CALLS, MAX_VARIABLES]),
        ("a value in a helper", vec![MAX_HELPER_TEXT, MAX_ITEMS]),
        ("a name", vec![Name::MAX_LEN]),
        ("a string that a host hands in", vec![Value::MAX_TEXT_LEN]),
        ("events kept by a window for a key", vec![CAP]),
        ("different values kept by a window for a key", vec![MOST_DISTINCT, TEXT_LEN]),
        ("ages asked of one selector", vec![MOST_AGES]),
        ("keys of a dimension", vec![DEFAULT_MAX_KEYS, MAX_KEYS]),
        ("faults told of a book", vec![MAX_DIAGNOSTICS]),
    ];
    let limits = section("Limits");
    for (what, numbers) in rows {
        let row = limits.lines().find(|line| line.starts_with(&format!("| {what} |"))).unwrap();
        for number in numbers {
            assert!(row.contains(&grouped(number)), "{row}: {number}");
        }
    }
    assert_eq!(limits.lines().filter(|line| line.starts_with("| ")).count(), 17, "and a heading");
}
