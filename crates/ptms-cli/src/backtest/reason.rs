//! How a rule differs between two books, in the words of its declaration. Knows no stream.

use ptms::{Book, Duration, RuleSpec};
use serde::Serialize;
use serde_json::Value as Json;

/// What is said for people, and decides nothing.
const FOR_PEOPLE: [&str; 6] = ["origin", "description", "owner", "runbook", "tags", "confidence"];

/// One property of a rule that is another now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Turn {
    pub(super) of: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// Why a rule may fire otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// Only the new book has it.
    New,
    /// The new book has it no more, or not enabled.
    Gone,
    /// These properties are others.
    Changed(Vec<Turn>),
    /// It says the same in both books.
    Same,
}

/// How the rule differs.
pub(super) fn reason(rule: &str, old: &Book, new: &Book) -> Reason {
    let find = |book: &Book| book.rules().find(|spec| spec.id == rule).map(properties);
    match (find(old), find(new)) {
        (None, None) => Reason::Same,
        (None, Some(_)) => Reason::New,
        (Some(_), None) => Reason::Gone,
        (Some(before), Some(after)) => {
            let turns = turns(&before, &after);
            if turns.is_empty() { Reason::Same } else { Reason::Changed(turns) }
        }
    }
}

/// What the rule declares, as data, so that a property that is added later is not overlooked.
fn properties(rule: &RuleSpec) -> serde_json::Map<String, Json> {
    match serde_json::to_value(rule) {
        Ok(Json::Object(mut properties)) => {
            properties.retain(|name, _| !FOR_PEOPLE.contains(&&**name));
            properties
        }
        _ => serde_json::Map::new(),
    }
}

fn turns(
    before: &serde_json::Map<String, Json>,
    after: &serde_json::Map<String, Json>,
) -> Vec<Turn> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let turn = |name: &String| Turn {
        of: if name == "wait" { "for".to_owned() } else { name.clone() },
        from: shown(name, before.get(name)),
        to: shown(name, after.get(name)),
    };
    names.filter(differs).map(turn).collect()
}

fn shown(name: &str, value: Option<&Json>) -> String {
    let is_duration = ["wait", "cooldown", "keep", "repeat", "stale_after"].contains(&name);
    match value {
        None | Some(Json::Null) => "none".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) if is_duration => {
            let duration = number.as_i64().and_then(Duration::from_nanos);
            duration.map_or_else(|| number.to_string(), |duration| duration.to_string())
        }
        Some(Json::Array(items)) if items.is_empty() => "none".to_owned(),
        Some(Json::Array(items)) => {
            let items: Vec<_> = items.iter().map(|item| shown(name, Some(item))).collect();
            items.join(", ")
        }
        Some(other) => other.to_string(),
    }
}
