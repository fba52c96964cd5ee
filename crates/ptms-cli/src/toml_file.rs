//! A TOML file that people write beside a rulebook, read so that everything wrong with it is collected.
//! Knows no key of any file.

use std::borrow::Cow;
use std::ops::Range;

use ptms::diagnostic::{TOML_SYNTAX, UNKNOWN_KEY, WRONG_SHAPE};
use ptms::name::nearest;
use ptms::{Code, Diagnostic, Name, Span, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with its place.
pub(crate) type Given<'a> = Spanned<DeValue<'a>>;

/// A key with its place and its value.
pub(crate) type Entry<'a> = (&'a str, Span, &'a Given<'a>);

/// The name of a file, and what has been found wrong with it.
#[derive(Debug)]
pub(crate) struct TomlFile {
    name: Name,
    faults: Vec<Diagnostic>,
}

impl TomlFile {
    /// A file of which nothing has been read.
    pub(crate) const fn new(name: Name) -> Self {
        Self { name, faults: Vec::new() }
    }

    /// What was found wrong with it.
    pub(crate) fn into_faults(self) -> Vec<Diagnostic> {
        self.faults
    }

    /// The text as a table; `None`, and its faults are noted, where it is no TOML.
    pub(crate) fn parse<'a>(&mut self, text: &'a str) -> Option<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let span = self.span(error.span().unwrap_or(0..0));
            let message = error.message().trim_end().replace('\n', "; ");
            self.fault(TOML_SYNTAX, span, message, "");
        }
        errors.is_empty().then(|| table.into_inner())
    }

    /// The entries of a table in the order in which they are written.
    pub(crate) fn entries<'a>(&self, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
        let entry = |(key, value): (&'a Spanned<Cow<'a, str>>, _)| {
            (&**key.get_ref(), self.span(key.span()), value)
        };
        let mut entries: Vec<Entry<'a>> = table.iter().map(entry).collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    /// The value as a table.
    pub(crate) fn table<'a>(&mut self, key: &str, value: &'a Given<'a>) -> Option<&'a DeTable<'a>> {
        self.shaped(key, "a table", value, value.get_ref().as_table())
    }

    /// The value as tables, each headed `[[key]]`, with their places.
    pub(crate) fn tables<'a>(
        &mut self,
        key: &str,
        value: &'a Given<'a>,
    ) -> Vec<(Span, &'a DeTable<'a>)> {
        let takes = format!("tables, each headed [[{key}]]");
        let Some(items) = self.shaped(key, &takes, value, value.get_ref().as_array()) else {
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            let table = self.shaped(key, "tables", item, item.get_ref().as_table());
            tables.extend(table.map(|table| (self.span(item.span()), table)));
        }
        tables
    }

    /// The value as a text.
    pub(crate) fn text<'a>(&mut self, key: &str, value: &'a Given<'a>) -> Option<&'a str> {
        self.shaped(key, "a string", value, value.get_ref().as_str())
    }

    /// The items of a list, or the one value that stands for a list of itself.
    pub(crate) fn items<'a>(value: &'a Given<'a>) -> Vec<&'a Given<'a>> {
        match value.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => vec![value],
        }
    }

    /// The value as texts: a list of strings, or one string.
    pub(crate) fn texts<'a>(&mut self, key: &str, value: &'a Given<'a>) -> Vec<(&'a str, Span)> {
        let mut texts = Vec::new();
        for item in Self::items(value) {
            let text = self.shaped(key, "a list of strings", item, item.get_ref().as_str());
            texts.extend(text.map(|text| (text, self.span(item.span()))));
        }
        texts
    }

    /// The value as facts and fields hold it.
    pub(crate) fn value(&mut self, key: &str, given: &Given<'_>) -> Option<Value> {
        let value = value_of(given.get_ref());
        self.shaped(key, "a bool, a number, a string or a list of these", given, value)
    }

    fn shaped<T>(
        &mut self,
        key: &str,
        takes: &str,
        value: &Given<'_>,
        shaped: Option<T>,
    ) -> Option<T> {
        if shaped.is_none() {
            let span = self.span(value.span());
            self.fault(WRONG_SHAPE, span, format!("`{key}` takes {takes}"), "");
        }
        shaped
    }

    /// Notes a key that the file may not have here.
    pub(crate) fn unknown_key(&mut self, key: &str, span: Span, known: &[&str]) {
        let help = match nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", known.join(", ")),
        };
        self.fault(UNKNOWN_KEY, span, format!("`{key}` means nothing here"), &help);
    }

    /// A place in the file.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.name.clone(), range)
    }

    /// Notes a fault; the help may be empty.
    pub(crate) fn fault(&mut self, code: Code, span: Span, message: String, help: &str) {
        let fault = Diagnostic::error(code, message).label(span, "");
        self.faults.push(if help.is_empty() { fault } else { fault.help(help) });
    }
}

fn value_of(given: &DeValue<'_>) -> Option<Value> {
    match given {
        DeValue::Boolean(value) => Some(Value::Bool(*value)),
        DeValue::Integer(int) => {
            i64::from_str_radix(int.as_str(), int.radix()).ok().map(Value::Int)
        }
        DeValue::Float(float) => float.as_str().parse().ok().map(Value::Float),
        DeValue::String(text) => Some(Value::from(&**text)),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| value_of(item.get_ref()));
            items.collect::<Option<Vec<_>>>().map(Value::list)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}
