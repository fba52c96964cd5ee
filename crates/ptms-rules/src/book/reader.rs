//! Reads TOML tables and keeps where everything stands. A fault is noted and reading goes on, so that
//! all of them are reported at once. Knows nothing of rules, and of values only where they stand.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use ptms_core::diagnostic::{MISSING_KEY, UNKNOWN_KEY, WRONG_SHAPE};
use ptms_core::name::nearest;
use ptms_core::{Origin, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::report::Report;
use super::text::{File, Text, key_text};
use super::values::int_of;

/// A table that is being read. Keys that nobody asked for are unknown.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) file: File<'a>,
    /// What the author calls it, such as `[[rule]]`.
    title: String,
    /// Where it is named, for faults that have no better place.
    pub(super) range: Range<usize>,
    table: &'a DeTable<'a>,
    /// Says what the table itself does not; of the same file.
    template: Option<(&'a str, &'a DeTable<'a>)>,
    asked: BTreeSet<&'static str>,
}

/// What authors call a key who know another system, and what it is called here.
const ALIASES: [(&str, &str); 12] = [
    ("name", "id"),
    ("if", "when"),
    ("condition", "when"),
    ("cond", "when"),
    ("expr", "when"),
    ("then", "value"),
    ("default", "else"),
    ("event", "on"),
    ("severity", "priority"),
    ("desc", "description"),
    ("action", "system"),
    ("depends_on", "needs"),
];

/// The key that `written` was most likely meant to be.
fn meant<'k>(written: &str, keys: &BTreeSet<&'k str>) -> Option<&'k str> {
    let mut aliases = ALIASES.iter().filter(|(alias, _)| *alias == written);
    aliases
        .find_map(|(_, key)| keys.get(key).copied())
        .or_else(|| nearest(written, keys.iter().copied()))
}

/// What no template says for its rules.
const OWN: [&str; 2] = ["id", "template"];

/// A key with its value.
pub(super) type Entry<'a> = (&'a Spanned<Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

impl<'a> Section<'a> {
    pub(super) fn new(
        file: File<'a>,
        title: impl Into<String>,
        range: Range<usize>,
        table: &'a DeTable<'a>,
    ) -> Self {
        Self { file, title: title.into(), range, table, template: None, asked: BTreeSet::new() }
    }

    pub(super) fn span(&self) -> Span {
        self.file.span(self.range.clone())
    }

    pub(super) fn origin(&self) -> Origin {
        self.file.origin(self.range.clone())
    }

    /// The value of `key`, if it is there.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.insert(key);
        let of_template = || {
            let (_, table) = self.template.filter(|_| !OWN.contains(&key))?;
            table.get(key)
        };
        self.table.get(key).or_else(of_template)
    }

    pub(super) const fn content(&self) -> &'a DeTable<'a> {
        self.table
    }

    /// From here on, `template` says what the table itself does not.
    pub(super) fn fill_from(&mut self, name: &'a str, template: &'a DeTable<'a>) {
        self.template = Some((name, template));
    }

    /// Whether what is said of `key` is said by the template.
    pub(super) fn is_of_template(&self, key: &str) -> bool {
        let says = |(_, table): (_, &DeTable<'_>)| table.contains_key(key);
        !self.table.contains_key(key) && self.template.is_some_and(says)
    }

    /// A table within this one that no template says.
    pub(super) fn own_table(
        &mut self,
        report: &mut Report,
        key: &'static str,
    ) -> Option<Section<'a>> {
        self.asked.insert(key);
        if self.is_of_template(key) { None } else { self.table(report, key) }
    }

    /// All entries in the order in which they are written, for tables whose keys are the author's.
    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        in_file_order(self.table)
    }

    /// Notes that `key` takes something else than stands there.
    pub(super) fn wrong_shape(
        &self,
        report: &mut Report,
        key: &str,
        takes: &str,
        value: &Spanned<DeValue<'_>>,
    ) {
        let found = shape(value.get_ref());
        let message = format!("`{key}` takes {takes}, this is {found}");
        let help = match takes {
            "a string" => match value.get_ref() {
                DeValue::Array(items) if items.len() == 1 => "leave out the brackets".to_owned(),
                _ => format!("as in `{key} = \"…\"`"),
            },
            "true or false" => format!("write `{key} = true` or `{key} = false`, without quotes"),
            "a duration such as \"5m\"" => match int_of(value.get_ref()) {
                Some(seconds) => format!("write `{key} = \"{seconds}s\"` for seconds"),
                None => format!("as in `{key} = \"5m\"`"),
            },
            "a list of strings" => match value.get_ref() {
                DeValue::String(text) => format!("write `{key} = [\"{text}\"]`"),
                _ => format!("as in `{key} = [\"a\", \"b\"]`"),
            },
            "a table" if key.ends_with("retry") => format!("as in `{key} = {{ max = 3 }}`"),
            "a table" if key == "wait" => "as in `wait = { timer = \"5m\" }`".to_owned(),
            _ if value.get_ref().is_str() && takes.contains("number") => {
                "leave out the quotes".to_owned()
            }
            _ => String::new(),
        };
        report.error(WRONG_SHAPE, self.file.span(value.span()), message, &help);
    }

    /// Notes that `key` is missing, unless another one stands there that was meant to be it.
    pub(super) fn missing(&self, report: &mut Report, key: &str, help: &str) {
        let is_it = |written: &Entry<'_>| {
            let written = written.0.get_ref().as_ref();
            !self.asked.contains(written) && meant(written, &BTreeSet::from([key])).is_some()
        };
        if self.entries().iter().any(is_it) {
            return;
        }
        let message = format!("{} has no `{key}`", self.title);
        report.error(MISSING_KEY, self.span(), message, help);
    }

    /// A table within this one.
    pub(super) fn table(&mut self, report: &mut Report, key: &'static str) -> Option<Section<'a>> {
        let value = self.entry(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_shape(report, key, "a table", value);
            return None;
        };
        Some(Section::new(self.file, format!("`{key}`"), value.span(), table))
    }

    /// The tables of `[[key]]`; empty if it is not there.
    pub(super) fn tables(
        &mut self,
        report: &mut Report,
        key: &'static str,
        title: &str,
    ) -> Vec<Section<'a>> {
        let Some(value) = self.entry(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            let message = format!("`{key}` takes tables, each headed {title}");
            let help = format!("write {title}, in double brackets");
            report.error(WRONG_SHAPE, self.file.span(value.span()), message, &help);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(self.file, title, item.span(), table)),
                None => self.wrong_shape(report, key, "tables", item),
            }
        }
        sections
    }

    /// The tables of `[key.name]`, in the order in which they are written, with their names.
    pub(super) fn named_tables(
        &mut self,
        report: &mut Report,
        key: &'static str,
    ) -> Vec<(Text<'a>, Section<'a>)> {
        let Some(outer) = self.table(report, key) else { return Vec::new() };
        let mut sections = Vec::new();
        for (name, value) in outer.entries() {
            let text = key_text(self.file, name);
            let title = format!("[{key}.{}]", text.value);
            match value.get_ref().as_table() {
                Some(table) => {
                    sections.push((text, Section::new(self.file, title, name.span(), table)));
                }
                None => self.wrong_shape(report, text.value, "a table", value),
            }
        }
        sections
    }

    /// The entries of the table `key`, in the order in which they are written, with their names.
    pub(super) fn named_values(
        &mut self,
        report: &mut Report,
        key: &'static str,
    ) -> Vec<(Text<'a>, &'a Spanned<DeValue<'a>>)> {
        let Some(outer) = self.table(report, key) else { return Vec::new() };
        let entries = outer.entries().into_iter();
        entries.map(|(name, value)| (key_text(self.file, name), value)).collect()
    }

    /// What kind of section it is, as the JSON Schema calls it.
    #[cfg(test)]
    fn kind(&self) -> &str {
        let inner = self.title.trim_matches(['[', ']', '`']);
        match (inner.strip_prefix("the "), self.title.starts_with("[[")) {
            (Some("rulebook"), _) => inner,
            (Some(what), _) => what.split(' ').next().unwrap_or_default(),
            (None, true) => inner.rsplit('.').next().unwrap_or_default(),
            (None, false) if inner == "undo_retry" => "retry",
            (None, false) => inner.split('.').next().unwrap_or_default(),
        }
    }

    /// Notes the keys that nobody asked for. `reserved` are those that the language will have and
    /// this version does not.
    pub(super) fn finish(self, report: &mut Report, reserved: &[&str]) {
        #[cfg(test)]
        report.asked.entry(self.kind().to_owned()).or_default().extend(&self.asked);
        if let Some((name, table)) = self.template {
            let range = self.range.clone();
            let mut template = Section::new(self.file, format!("[template.{name}]"), range, table);
            template.asked = self.asked.iter().copied().filter(|key| !OWN.contains(key)).collect();
            template.finish(report, reserved);
        }
        for (key, _) in self.entries() {
            let name = key.get_ref().as_ref();
            if self.asked.contains(name) {
                continue;
            }
            let span = self.file.span(key.span());
            if reserved.contains(&name) {
                let message = format!("`{name}` is not available in this version");
                report.error(UNKNOWN_KEY, span, message, "leave it out for now");
                continue;
            }
            let help = match meant(name, &self.asked) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let known = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
                    format!("the keys here are {known}")
                }
            };
            let message = format!("{} has no key `{name}`", self.title);
            report.error(UNKNOWN_KEY, span, message, &help);
        }
    }
}

/// The entries of a table in the order in which they are written.
pub(super) fn in_file_order<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// What a TOML value is, in the words of authors.
fn shape(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
