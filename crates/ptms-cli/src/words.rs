//! Small pieces of messages.

use std::fmt::{self, Write};

/// How many columns everything for people is laid out for.
pub(crate) const WIDTH: usize = 80;

/// ` (did you mean "x"?)`, or nothing.
pub(crate) fn did_you_mean<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> impl fmt::Display {
    let nearest = ptms::name::nearest(wanted, candidates);
    nearest.map(|name| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}

/// `1 error`, `2,000 errors`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The text with what a terminal could obey, or would not show, written out: `\u{1b}`.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// As much of the text as `width` columns hold.
pub(crate) fn cut(text: &str, width: usize) -> String {
    match text.chars().nth(width) {
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// The text in lines of at most `width` columns, broken at blanks, the later ones indented. A word
/// that is longer stands alone.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > 0 && column + 1 + len > width {
            let _ = write!(lines, "\n{:indent$}", "");
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += len;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn nothing_is_left_to_obey() {
        assert_eq!(plain("a\u{1b}[2J\n\u{202e}é\"\\"), r#"a\u{1b}[2J\n\u{202e}é"\"#);
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äöüß", 3), "äö…");
    }

    #[test]
    fn long_texts_are_broken_at_blanks() {
        assert_eq!(wrapped("a bc  d", 4, 2), "a bc\n  d");
        assert_eq!(wrapped("a toolong b", 4, 0), "a\ntoolong\nb");
        assert_eq!(wrapped("", 4, 2), "");
    }
}
