//! The texts of a rulebook, and the way from the bytes of a TOML value to those of its file.

use std::borrow::Cow;
use std::ops::Range;

use ptms_core::{Name, Origin, Span};
use toml::Spanned;
use toml::de::DeValue;

/// A text of a rulebook.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    pub(super) name: &'a Name,
    pub(super) text: &'a str,
    /// Where its lines begin, see [`line_starts`].
    pub(super) lines: &'a [usize],
}

/// The first byte of every line.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

impl File<'_> {
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.name, range)
    }

    /// The bytes of the line that holds `byte`; its line break is its last.
    pub(super) fn line(&self, byte: usize) -> Range<usize> {
        let next = self.lines.partition_point(|start| *start <= byte);
        let start = next.checked_sub(1).and_then(|line| self.lines.get(line)).copied();
        let end = self.lines.get(next).map_or(self.text.len(), |next| next - 1);
        start.unwrap_or(0)..end
    }

    pub(super) fn origin(&self, range: Range<usize>) -> Origin {
        let line = self.lines.partition_point(|start| *start <= range.start);
        let start = self.line(range.start).start;
        let column = 1 + self.text.get(start..range.start).unwrap_or_default().chars().count();
        Origin::new(self.span(range), line, column)
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

    /// The byte of the file that holds byte `wanted` of the value; always the first of a character, and
    /// inside the place of the text or at its end.
    pub(super) fn file_offset(&self, wanted: usize) -> usize {
        let Range { start, end } = self.range;
        let found = end.min(start + self.raw_offset(wanted));
        // In a text that is no TOML an escape can seem to end inside a character.
        let boundary = |at: &usize| self.file.text.is_char_boundary(*at);
        (start..=found).rev().find(boundary).unwrap_or(start)
    }

    /// The same, from where the text begins. Literal strings and basic ones without escapes map one to
    /// one; an escape counts as a whole.
    fn raw_offset(&self, wanted: usize) -> usize {
        let raw = self.file.text.get(self.range.clone()).unwrap_or_default();
        let quote = match raw {
            _ if raw.starts_with("'''") || raw.starts_with("\"\"\"") => 3,
            _ if raw.starts_with(['\'', '"']) => 1,
            // no TOML, and read as a text all the same
            _ => 0,
        };
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
                return at;
            }
            at += if basic && rest(at).starts_with('\\') {
                escape_len(rest(at))
            } else {
                rest(at).chars().next().map_or(0, char::len_utf8)
            };
        }
        at
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

/// The name of an entry.
pub(super) fn key_text<'a>(file: File<'a>, key: &'a Spanned<Cow<'a, str>>) -> Text<'a> {
    Text { file, value: key.get_ref(), range: key.span() }
}

/// The text, if the value is one.
pub(super) fn text_of<'a>(file: File<'a>, value: &'a Spanned<DeValue<'a>>) -> Option<Text<'a>> {
    let text = value.get_ref().as_str()?;
    Some(Text { file, value: text, range: value.span() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use toml::de::DeTable;

    use super::*;

    /// Every byte of a value is found again where the file has it.
    fn check(toml: &str) {
        let name = Name::from("t.toml");
        let lines = line_starts(toml);
        let file = File { name: &name, text: toml, lines: &lines };
        let table = DeTable::parse(toml).unwrap();
        let text = text_of(file, table.get_ref().get("x").unwrap()).unwrap();
        for (at, c) in text.value.char_indices() {
            let offset = text.file_offset(at);
            let raw = toml.get(offset..).unwrap();
            assert!(raw.starts_with(c) || raw.starts_with('\\'), "{c:?} at {at} is not at {raw:?}");
        }
        let close = text.file_offset(text.value.len());
        let raw = toml.get(close..).unwrap();
        assert!(raw.starts_with(['"', '\'', '\\']), "{raw:?}");
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
