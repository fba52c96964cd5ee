//! From the positions of the script engine to bytes of the condition.

use rhai::Position;

use super::brackets::quoted_len;

/// Where the lines of a text begin, to turn positions into bytes.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self::of_part(text, 0)
    }

    /// The lines of the part of `text` from byte `start` on, whose positions are counted from there.
    pub(super) fn of_part(text: &'a str, start: usize) -> Self {
        let part = text.get(start..).unwrap_or_default();
        let after_breaks = part.match_indices('\n').map(|(at, _)| start + at + 1);
        Self { text, starts: std::iter::once(start).chain(after_breaks).collect() }
    }

    /// The byte at `position`; the end of the text where it names none.
    pub(super) fn byte(&self, position: Position) -> usize {
        let line_start = position.line().and_then(|line| self.starts.get(line.wrapping_sub(1)));
        let Some(&start) = line_start else { return self.text.len() };
        let column = position.position().unwrap_or(1).saturating_sub(1);
        let line = self.text.get(start..).unwrap_or_default();
        let within = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        start + within
    }

    /// The byte after the word, number, text or operator that begins at `start`.
    pub(super) fn token_end(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let Some(first) = rest.chars().next() else { return start };
        let len = match first {
            '"' | '\'' | '`' => quoted_len(rest, first),
            c if c.is_ascii_digit() => {
                let ends = |(at, c): (usize, char)| {
                    let decimal = c == '.'
                        && rest
                            .get(at + 1..)
                            .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
                    !is_word(c) && !decimal
                };
                rest.char_indices().find(|pair| ends(*pair)).map_or(rest.len(), |(at, _)| at)
            }
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => {
                let operators = [
                    "===", "!==", "&&", "||", "??", "==", "!=", "<=", ">=", "..=", "..", "<>", "**",
                ];
                let found = operators.iter().find(|operator| rest.starts_with(**operator));
                found.map_or(c.len_utf8(), |operator| operator.len())
            }
        };
        start + len
    }
}
