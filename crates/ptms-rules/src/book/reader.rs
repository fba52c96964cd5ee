//! Reads TOML tables and keeps where everything stands. A fault is noted and reading goes on, so that
//! all of them are reported at once. Knows nothing of rules.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use ptms_core::diagnostic::{BAD_NAME, BAD_VALUE, MISSING_KEY, UNKNOWN_KEY, WRONG_SHAPE};
use ptms_core::name::nearest;
use ptms_core::trigger::PriorityError;
use ptms_core::{Duration, Name, Origin, Priority, Span, Type, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::report::Report;
use super::text::{File, Text, key_text, text_of};
use crate::condition::duration_help;

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
    fn wrong_shape(
        &self,
        report: &mut Report,
        key: &str,
        takes: &str,
        value: &Spanned<DeValue<'_>>,
    ) {
        let found = shape(value.get_ref());
        let message = format!("`{key}` takes {takes}, this is {found}");
        let help = match takes {
            "a string" => format!("as in `{key} = \"…\"`"),
            "true or false" => format!("write `{key} = true`, without quotes"),
            "a duration such as \"5m\"" => match int_of(value.get_ref()) {
                Some(seconds) => format!("write `{key} = \"{seconds}s\"` for seconds"),
                None => format!("as in `{key} = \"5m\"`"),
            },
            "a list of strings" => format!("as in `{key} = [\"a\", \"b\"]`"),
            _ => String::new(),
        };
        report.error(WRONG_SHAPE, self.file.span(value.span()), message, &help);
    }

    /// Notes that `key` is missing.
    pub(super) fn missing(&self, report: &mut Report, key: &str, help: &str) {
        let message = format!("{} has no `{key}`", self.title);
        report.error(MISSING_KEY, self.span(), message, help);
    }

    pub(super) fn text(&mut self, report: &mut Report, key: &'static str) -> Option<Text<'a>> {
        let value = self.entry(key)?;
        let text = text_of(self.file, value);
        if text.is_none() {
            self.wrong_shape(report, key, "a string", value);
        }
        text
    }

    /// A text without position, for people.
    pub(super) fn words(&mut self, report: &mut Report, key: &'static str) -> Option<Name> {
        self.text(report, key).map(|text| text.value.into())
    }

    /// A text that must be a name.
    pub(super) fn name(&mut self, report: &mut Report, key: &'static str) -> Option<Text<'a>> {
        let text = self.text(report, key)?;
        check_name(report, &text).then_some(text)
    }

    pub(super) fn flag(&mut self, report: &mut Report, key: &'static str) -> Option<bool> {
        let value = self.entry(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_shape(report, key, "true or false", value);
        }
        flag
    }

    pub(super) fn duration(&mut self, report: &mut Report, key: &'static str) -> Option<Duration> {
        let value = self.entry(key)?;
        let Some(text) = text_of(self.file, value) else {
            self.wrong_shape(report, key, "a duration such as \"5m\"", value);
            return None;
        };
        parse_duration(report, key, &text, text.value)
    }

    /// The `priority`, or the default one.
    pub(super) fn priority(&mut self, report: &mut Report) -> Priority {
        let Some(text) = self.text(report, "priority") else { return Priority::default() };
        text.value.parse().unwrap_or_else(|error: PriorityError| {
            let message = format!("{:?} is no priority", text.value);
            report.error(BAD_VALUE, text.span(), message, &error.to_string());
            Priority::default()
        })
    }

    /// One of a few words, and what it stands for.
    pub(super) fn choice<T: Copy>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(report, key)?;
        let chosen = choices.iter().find(|(word, _)| *word == text.value);
        if chosen.is_none() {
            let message = format!("`{key}` cannot be {:?}", text.value);
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
            let help = format!("`{key}` is {}", one_of(&words));
            report.error(BAD_VALUE, text.span(), message, &help);
        }
        chosen.map(|(_, meaning)| *meaning)
    }

    /// A number, whole or not.
    pub(super) fn number(&mut self, report: &mut Report, key: &'static str) -> Option<f64> {
        let value = self.entry(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong_shape(report, key, "a number", value);
        }
        number
    }

    /// A value written out, of the type `ty`; nothing where the type is at fault itself.
    pub(super) fn value(
        &mut self,
        report: &mut Report,
        key: &'static str,
        ty: Option<&Type>,
    ) -> Option<Value> {
        self.asked.insert(key);
        self.value_at(report, key, ty)
    }

    /// The same, of a key that is the author's.
    pub(super) fn value_at(
        &self,
        report: &mut Report,
        key: &str,
        ty: Option<&Type>,
    ) -> Option<Value> {
        let (written, ty) = self.table.get(key).zip(ty)?;
        let value = value_of(written.get_ref(), ty);
        let admitted = value.map(|value| ty.admit(value).map_err(|error| error.to_string()));
        match admitted.unwrap_or_else(|| Err(format!("expected {ty}"))) {
            Ok(value) => Some(value),
            Err(why) => {
                let message = format!("`{key}` does not fit: {why}");
                let help = match ty {
                    Type::Duration => "write a duration as \"5m\"",
                    _ => "",
                };
                report.error(BAD_VALUE, self.file.span(written.span()), message, help);
                None
            }
        }
    }

    pub(super) fn count(&mut self, report: &mut Report, key: &'static str) -> Option<usize> {
        let value = self.entry(key)?;
        let count = int_of(value.get_ref()).and_then(|int| usize::try_from(int).ok());
        if count.is_none() {
            self.wrong_shape(report, key, "a whole number from 0", value);
        }
        count
    }

    /// A list of texts; empty if it is not there.
    pub(super) fn texts(&mut self, report: &mut Report, key: &'static str) -> Vec<Text<'a>> {
        let Some(value) = self.entry(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_shape(report, key, "a list of strings", value);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match text_of(self.file, item) {
                Some(text) => texts.push(text),
                None => self.wrong_shape(report, key, "a list of strings", item),
            }
        }
        texts
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
            let help = match nearest(name, self.asked.iter().copied()) {
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

/// The whole number, if the value is one of 64 bits.
pub(super) fn int_of(value: &DeValue<'_>) -> Option<i64> {
    let int = value.as_integer()?;
    i64::from_str_radix(int.as_str(), int.radix()).ok()
}

/// The number, if the value is one that is finite.
pub(super) fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let float = value.as_float().and_then(|float| float.as_str().parse::<f64>().ok());
    let int = || int_of(value).and_then(ptms_core::value::widen);
    float.or_else(int).filter(|number| number.is_finite())
}

/// What is written, as a value that may be of the type `ty`.
fn value_of(written: &DeValue<'_>, ty: &Type) -> Option<Value> {
    match (written, ty) {
        (DeValue::String(text), Type::Duration) => {
            text.parse().ok().map(|span: Duration| Value::Int(span.as_nanos()))
        }
        (_, Type::Duration) => None,
        (DeValue::Array(items), Type::List { item, .. }) => {
            let items: Option<Vec<Value>> =
                items.iter().map(|written| value_of(written.get_ref(), item)).collect();
            items.map(Value::list)
        }
        (DeValue::String(text), _) => Some(Value::from(text.as_ref())),
        (DeValue::Boolean(value), _) => Some(Value::Bool(*value)),
        (DeValue::Integer(_), _) => int_of(written).map(Value::Int),
        (DeValue::Float(_), _) => number_of(written).map(Value::Float),
        _ => None,
    }
}

/// Whether a text can be declared as a name; a fault if not.
pub(super) fn check_name(report: &mut Report, text: &Text<'_>) -> bool {
    let valid = Name::is_valid(text.value);
    if !valid {
        let message = format!("{:?} cannot be a name", text.value);
        let help = "names are letters, digits, `_`, `-` and `.`, and begin with a letter";
        report.error(BAD_NAME, text.span(), message, help);
    }
    valid
}

/// The duration that `value` writes; a fault on `text` if it is none.
pub(super) fn parse_duration(
    report: &mut Report,
    key: &str,
    text: &Text<'_>,
    value: &str,
) -> Option<Duration> {
    let parsed = value.parse();
    if let Err(error) = &parsed {
        let message = format!("`{key}` takes a duration, {value:?} is none");
        report.error(BAD_VALUE, text.span(), message, &duration_help(value, error));
    }
    parsed.ok()
}

/// `a, b or c`
fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
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
