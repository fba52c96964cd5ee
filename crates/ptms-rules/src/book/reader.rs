//! Reads TOML tables and keeps where everything stands. A fault is noted and reading goes on, so that
//! all of them are reported at once. Knows nothing of rules.

use std::collections::BTreeSet;
use std::ops::Range;

use ptms_core::diagnostic::{
    BAD_NAME, BAD_VALUE, MISSING_KEY, UNKNOWN_KEY, WRONG_SHAPE, line_and_column,
};
use ptms_core::name::nearest;
use ptms_core::trigger::PriorityError;
use ptms_core::{Code, Diagnostic, Duration, Name, Origin, Priority, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text of a rulebook.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    pub(super) name: &'a Name,
    pub(super) text: &'a str,
}

impl File<'_> {
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.name, range)
    }

    pub(super) fn origin(&self, range: Range<usize>) -> Origin {
        let (line, column) = line_and_column(self.text, range.start);
        Origin::new(self.span(range), line, column)
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Report {
    pub(super) fn error(&mut self, code: Code, span: Span, message: String, help: &str) {
        let diagnostic = Diagnostic::error(code, message).label(span, "");
        self.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// A text in a TOML file, with the way from its bytes to those of the file.
#[derive(Clone, Debug)]
pub(super) struct Text<'a> {
    pub(super) file: File<'a>,
    pub(super) value: &'a str,
    pub(super) range: Range<usize>,
}

impl Text<'_> {
    pub(super) fn span(&self) -> Span {
        self.file.span(self.range.clone())
    }

    /// The byte of the file that holds byte `wanted` of the value. Literal strings and basic ones
    /// without escapes map one to one; an escape counts as a whole.
    pub(super) fn file_offset(&self, wanted: usize) -> usize {
        let raw = self.file.text.get(self.range.clone()).unwrap_or_default();
        let quote = if raw.starts_with("'''") || raw.starts_with("\"\"\"") { 3 } else { 1 };
        let basic = raw.starts_with('"');
        let mut at = quote;
        let rest = |at: usize| raw.get(at..).unwrap_or_default();
        if quote == 3 {
            // A line break right after the opening quotes is no part of the value.
            at += if rest(at).starts_with("\r\n") {
                2
            } else {
                usize::from(rest(at).starts_with('\n'))
            };
        }
        for (decoded, c) in self.value.char_indices() {
            at = skip_ignored(raw, at, basic, c);
            if decoded >= wanted {
                return self.range.start + at;
            }
            at += if basic && rest(at).starts_with('\\') {
                escape_len(rest(at))
            } else {
                rest(at).chars().next().map_or(0, char::len_utf8)
            };
        }
        self.range.start + at
    }

    pub(super) fn span_within(&self, range: Range<usize>) -> Span {
        let (start, end) = (self.file_offset(range.start), self.file_offset(range.end));
        self.file.span(start..end.max(start))
    }
}

/// Passes over what stands in the file but not in the value before the character `next`: a
/// backslash at the end of a line with the space after it, and the `\r` of a line break that the
/// parser reads as `\n`.
fn skip_ignored(raw: &str, mut at: usize, basic: bool, next: char) -> usize {
    let rest = |at: usize| raw.get(at..).unwrap_or_default();
    while basic && rest(at).starts_with('\\') {
        let after = rest(at + 1);
        let blank = after.len() - after.trim_start().len();
        if !after.get(..blank).is_some_and(|blank| blank.contains('\n')) {
            break;
        }
        at += 1 + blank;
    }
    if next == '\n' && rest(at).starts_with("\r\n") { at + 1 } else { at }
}

/// The length of the escape at the start of `text`.
fn escape_len(text: &str) -> usize {
    match text.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 2,
    }
}

/// A table that is being read. Keys that nobody asked for are unknown.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) file: File<'a>,
    /// What the author calls it, such as `[[rule]]`.
    title: String,
    /// Where it is named, for faults that have no better place.
    pub(super) range: Range<usize>,
    table: &'a DeTable<'a>,
    asked: BTreeSet<&'static str>,
}

/// A key with its value.
pub(super) type Entry<'a> = (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

impl<'a> Section<'a> {
    pub(super) fn new(
        file: File<'a>,
        title: impl Into<String>,
        range: Range<usize>,
        table: &'a DeTable<'a>,
    ) -> Self {
        Self { file, title: title.into(), range, table, asked: BTreeSet::new() }
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
        self.table.get(key)
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
        report.error(WRONG_SHAPE, self.file.span(value.span()), message, "");
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

    /// A number, whole or not.
    pub(super) fn number(&mut self, report: &mut Report, key: &'static str) -> Option<f64> {
        let value = self.entry(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong_shape(report, key, "a number", value);
        }
        number
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
            let takes = format!("tables, each headed {title}");
            self.wrong_shape(report, key, &takes, value);
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

    /// Notes the keys that nobody asked for. `reserved` are those that the language will have and
    /// this version does not.
    pub(super) fn finish(self, report: &mut Report, reserved: &[&str]) {
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

/// The name of an entry.
pub(super) fn key_text<'a>(
    file: File<'a>,
    key: &'a Spanned<std::borrow::Cow<'a, str>>,
) -> Text<'a> {
    Text { file, value: key.get_ref(), range: key.span() }
}

/// The text, if the value is one.
pub(super) fn text_of<'a>(file: File<'a>, value: &'a Spanned<DeValue<'a>>) -> Option<Text<'a>> {
    let text = value.get_ref().as_str()?;
    Some(Text { file, value: text, range: value.span() })
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
        let help = ptms_core::DurationError::to_string(error);
        report.error(BAD_VALUE, text.span(), message, &help);
    }
    parsed.ok()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every byte of a value is found again where the file has it.
    fn check(toml: &str) {
        let name = Name::from("t.toml");
        let file = File { name: &name, text: toml };
        let table = DeTable::parse(toml).unwrap();
        let text = text_of(file, table.get_ref().get("x").unwrap()).unwrap();
        for (at, c) in text.value.char_indices() {
            let offset = text.file_offset(at);
            let raw = &toml[offset..];
            assert!(raw.starts_with(c) || raw.starts_with('\\'), "{c:?} at {at} is not at {raw:?}");
        }
        let close = text.file_offset(text.value.len());
        assert!(toml[close..].starts_with(['"', '\'', '\\']), "{:?}", &toml[close..]);
    }

    #[test]
    fn bytes_of_values_are_found_in_the_file() {
        check(r#"x = "plain""#);
        check(r"x = 'lit\eral'");
        check("x = '''\nfirst\nsecond'''");
        check("x = '''\r\nfirst\r\nsecond'''");
        check("x = \"\"\"\\\n   folded \\\n   on\"\"\"");
        check(r#"x = "tab\tquote\" \u00e4 \U0001F600 end""#);
        check("x = 'ä ö'");
    }

    proptest! {
        #[test]
        fn escapes_of_any_text_are_counted(value in "[a-z\"\\\\\n\t\u{e4}]{0,12}") {
            check(&format!("x = {}", toml_string(&value)));
        }
    }

    fn toml_string(value: &str) -> String {
        let mut out = String::from("\"");
        for c in value.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                c => out.push(c),
            }
        }
        out + "\""
    }
}
