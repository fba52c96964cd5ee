//! What a test expects: `fires` and its kin, `[[test.expect]]` and `[[test.run]]`, checked against the
//! book.

use ptms::diagnostic::{BAD_VALUE, MISSING_KEY, UNKNOWN_NAME};
use ptms::name::nearest;
use ptms::{Key, KeyValue, Name, Span, Timestamp};
use toml::de::DeTable;

use super::case::{Does, Expected, Of, RunLike, State, What};
use super::file::{Reader, expected};
use crate::entry::End;
use crate::toml_file::{Entry, Given, TomlFile};

/// What can be said of rules.
const OF_RULES: [&str; 7] =
    ["fires", "resolves", "quiet", "undecided", "pending", "firing", "inactive"];

impl Reader<'_> {
    /// What is expected at one instant.
    pub(super) fn expect(&mut self, span: &Span, table: &DeTable<'_>) -> Vec<Expected> {
        let entries = self.file.entries(table);
        let at = entries.iter().find(|(key, ..)| *key == "at");
        let Some((key, _, value)) = at else {
            let message = "[[test.expect]] has no `at`".to_owned();
            self.file.fault(MISSING_KEY, span.clone(), message, "such as at = \"+30s\"");
            return Vec::new();
        };
        // Behind an instant that cannot be read, everything else is looked at all the same.
        let at = Some(self.moment(key, value).unwrap_or(self.start));
        let of = entries.iter().find(|(key, ..)| *key == "key");
        let of = of.and_then(|(key, _, value)| self.dimensions(key, value)).unwrap_or_default();
        let mut all = Vec::new();
        for (key, key_span, value) in entries {
            match key {
                "at" | "key" => {}
                "facts" => all.extend(self.facts_expected(at, &of, value)),
                "unknown" => {
                    for (fact, span) in self.file.texts(key, value) {
                        let spec = self.fact(fact, span.clone());
                        all.extend(spec.map(|spec| {
                            expected(at, What::Fact(spec.name, of.clone(), None), span)
                        }));
                    }
                }
                _ if OF_RULES.contains(&key) => all.extend(self.of_rules(at, key, value)),
                _ => {
                    let known: Vec<&str> =
                        ["at", "facts", "unknown", "key"].into_iter().chain(OF_RULES).collect();
                    self.file.unknown_key(key, key_span, &known);
                }
            }
        }
        if all.is_empty() {
            let message = "[[test.expect]] expects nothing".to_owned();
            self.file.fault(MISSING_KEY, span.clone(), message, "such as fires = [\"a-rule\"]");
        }
        all
    }

    fn facts_expected(
        &mut self,
        at: Option<Timestamp>,
        of: &Key,
        value: &Given<'_>,
    ) -> Vec<Expected> {
        let mut all = Vec::new();
        let Some(table) = self.file.table("facts", value) else { return all };
        for (name, span, value) in self.file.entries(table) {
            let value = self.fact_value(name, span.clone(), value);
            all.extend(value.map(|(name, value)| {
                expected(at, What::Fact(name, of.clone(), Some(value)), span)
            }));
        }
        all
    }

    /// What is expected of the rules that a list names; or, of the whole test, of those in a table
    /// with their instants.
    pub(super) fn of_rules(
        &mut self,
        at: Option<Timestamp>,
        key: &str,
        value: &Given<'_>,
    ) -> Vec<Expected> {
        let does = match key {
            "fires" => Some(Does::Fire),
            "resolves" => Some(Does::Resolve),
            _ => None,
        };
        let instants = value.get_ref().as_table().filter(|table| table.get("rule").is_none());
        if let (Some(does), Some(table), None) = (does, instants, at) {
            return self.at_instants(does, table);
        }
        let mut all = Vec::new();
        for item in TomlFile::items(value) {
            let span = self.file.span(item.span());
            let Some(of) = self.of(key, item) else { continue };
            let what = match (key, does) {
                (_, Some(does)) => What::Does(does, of),
                ("undecided", _) => What::Undecided(of),
                ("pending", _) => What::Is(State::Pending, of),
                ("firing", _) => What::Is(State::Firing, of),
                ("inactive", _) => What::Is(State::Inactive, of),
                _ => What::Quiet(of),
            };
            all.push(expected(at, what, span));
        }
        all
    }

    /// `{ rule = ["+30s", "+5m"] }`: at these instants and no other.
    fn at_instants(&mut self, does: Does, table: &DeTable<'_>) -> Vec<Expected> {
        let mut all = Vec::new();
        for (rule, span, value) in self.file.entries(table) {
            let Some(rule) = self.rule(rule, span.clone()) else { continue };
            let items = TomlFile::items(value);
            let mut instants: Vec<Timestamp> =
                items.iter().filter_map(|item| self.moment(&rule, item)).collect();
            if instants.len() < items.len() {
                continue;
            }
            instants.sort();
            let of = Of { rule, key: Vec::new() };
            all.push(expected(None, What::DoesAt(does, of, instants), span));
        }
        all
    }

    /// A rule: its id, or a table with its `rule` and `key`.
    fn of(&mut self, key: &str, value: &Given<'_>) -> Option<Of> {
        let span = self.file.span(value.span());
        if let Some(id) = value.get_ref().as_str() {
            return self.rule(id, span).map(|rule| Of { rule, key: Vec::new() });
        }
        let Some(table) = value.get_ref().as_table() else {
            let takes = "rules: \"id\" or { rule = \"id\", key = { … } }";
            self.wrong_shape(key, takes, span);
            return None;
        };
        let entries = self.file.entries(table);
        for (key, span, _) in &entries {
            if !["rule", "key"].contains(key) {
                self.file.unknown_key(key, span.clone(), &["rule", "key"]);
            }
        }
        self.of_entries(&span, &entries)
    }

    /// The rule that `rule` and `key` among these entries mean.
    fn of_entries(&mut self, span: &Span, entries: &[Entry<'_>]) -> Option<Of> {
        let entry = |wanted| entries.iter().find(|(key, ..)| *key == wanted);
        let Some((key, _, value)) = entry("rule") else {
            let message = "`rule` is missing".to_owned();
            self.file.fault(MISSING_KEY, span.clone(), message, "the id of a rule");
            return None;
        };
        let id = self.file.text(key, value)?;
        let rule = self.rule(id, self.file.span(value.span()))?;
        let key = match entry("key") {
            Some((_, _, value)) => self.key(&rule, value)?,
            None => Vec::new(),
        };
        Some(Of { rule, key })
    }

    fn key(&mut self, rule: &Name, value: &Given<'_>) -> Option<Vec<(Name, KeyValue)>> {
        let table = self.file.table("key", value)?;
        let dimensions = self.rules.get(&**rule).map(|spec| spec.key.clone()).unwrap_or_default();
        let mut key = Vec::new();
        for (name, span, value) in self.file.entries(table) {
            if !dimensions.iter().any(|dimension| dimension == name) {
                let near = nearest(name, dimensions.iter().map(|dimension| &**dimension));
                let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
                let message = format!("the key of `{rule}` has no dimension `{name}`");
                self.file.fault(UNKNOWN_NAME, span, message, &help);
                continue;
            }
            let given = self.file.value(name, value)?;
            match KeyValue::new(&given) {
                Some(value) => key.push((name.into(), value)),
                None => {
                    let span = self.file.span(value.span());
                    self.wrong_shape(name, "a bool, a whole number or a string", span);
                }
            }
        }
        Some(key)
    }

    fn rule(&mut self, id: &str, span: Span) -> Option<Name> {
        match self.rules.get(id) {
            Some(spec) => Some(spec.id.clone()),
            None => {
                let ids: Vec<&str> = self.rules.keys().copied().collect();
                self.unknown("rule", id, span, ids);
                None
            }
        }
    }

    /// What a run of a rule looks like.
    pub(super) fn run(&mut self, span: &Span, table: &DeTable<'_>) -> Option<Expected> {
        let entries = self.file.entries(table);
        let of = self.of_entries(span, &entries)?;
        let (mut at, mut like) = (None, RunLike::default());
        for (key, key_span, value) in entries {
            match key {
                "rule" | "key" => {}
                "at" => at = self.moment(key, value),
                "steps" => like.steps = Some(self.steps_of(&of, key, value)),
                "order" => like.order = self.steps_of(&of, key, value),
                "undone" => like.undone = Some(self.steps_of(&of, key, value)),
                "end" => like.end = self.end(key, value),
                "takes" => like.takes = self.duration(key, value),
                _ => {
                    let known = ["rule", "key", "at", "steps", "order", "undone", "end", "takes"];
                    self.file.unknown_key(key, key_span, &known);
                }
            }
        }
        if self.book.plan_of(&of.rule).is_none() {
            let message = format!("the rule `{}` starts nothing", of.rule);
            let help = "give the rule `systems` or a `workflow`";
            self.file.fault(BAD_VALUE, span.clone(), message, help);
            return None;
        }
        // It is looked at when everything has come to rest, whenever the run started.
        Some(expected(None, What::Run(of, at, like), span.clone()))
    }

    /// Steps of what the rule starts.
    fn steps_of(&mut self, of: &Of, key: &str, value: &Given<'_>) -> Vec<Name> {
        let plan = self.book.plan_of(&of.rule);
        let known: Vec<&Name> =
            plan.iter().flat_map(|plan| plan.steps()).map(|step| &step.id).collect();
        let mut steps = Vec::new();
        for (text, span) in self.file.texts(key, value) {
            if let Some(step) = known.iter().find(|step| ***step == *text) {
                steps.push(Name::clone(step));
            } else if !known.is_empty() {
                let near = nearest(text, known.iter().map(|step| step.as_str()));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                let message = format!("what `{}` starts has no step `{text}`", of.rule);
                self.file.fault(UNKNOWN_NAME, span, message, &help.unwrap_or_default());
            }
        }
        steps
    }

    fn end(&mut self, key: &str, value: &Given<'_>) -> Option<End> {
        let text = self.file.text(key, value)?;
        let end = End::ALL.into_iter().find(|end| end.word() == text);
        if end.is_none() {
            let words = End::ALL.map(End::word).join(", ");
            let span = self.file.span(value.span());
            let message = format!("{text:?} is no end of a run");
            self.file.fault(BAD_VALUE, span, message, &format!("runs end {words}"));
        }
        end
    }
}
