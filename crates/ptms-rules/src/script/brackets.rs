//! The brackets of a condition. The script engine's tree does not keep them.

/// The round brackets of `text` that have a partner, by their bytes; those in strings and comments
/// are none.
pub(super) fn pairs(text: &str) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match rest.as_bytes() {
            [b'(', ..] => open.push(at),
            [b')', ..] => pairs.extend(open.pop().map(|open| (open, at))),
            _ => {}
        }
        at += unit_len(rest);
    }
    pairs
}

/// The first of `tokens` in `text` from byte `from` on that stands outside of strings, comments and
/// brackets that open after `from`, with its place.
pub(super) fn outside_brackets<'t>(
    text: &str,
    from: usize,
    tokens: &[&'t str],
) -> Option<(usize, &'t str)> {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if depth == 0
            && let Some(token) = tokens.iter().find(|token| rest.starts_with(**token))
        {
            return Some((at, token));
        }
        match rest.as_bytes() {
            [b'(' | b'[' | b'{', ..] => depth += 1,
            [b')' | b']' | b'}', ..] => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += unit_len(rest);
    }
    None
}

/// The length of the string, comment or single character at the start of `text`.
pub(super) fn unit_len(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    match first {
        '"' | '\'' | '`' => quoted_len(text, first),
        '/' if text.starts_with("//") => text.find('\n').unwrap_or(text.len()),
        '/' if text.starts_with("/*") => comment_len(text),
        c => c.len_utf8(),
    }
}

/// The length of a quoted text with its quotes.
pub(super) fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        // Between backquotes a backslash is only itself.
        escaped = c == '\\' && !escaped && quote != '`';
    }
    text.len()
}

/// The length of a comment; comments nest.
fn comment_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_are_none() {
        let cases: [(&str, &[(usize, usize)]); 7] = [
            ("(a)", &[(0, 2)]),
            ("((a) + b)", &[(1, 3), (0, 8)]),
            (r#""(" (a)"#, &[(4, 6)]),
            (r#""\"(" (a)"#, &[(6, 8)]),
            (r"`\` (a)", &[(4, 6)]),
            ("/* ( /* */ ( */ (a) // (", &[(16, 18)]),
            (") ä( (a)", &[(6, 8)]),
        ];
        for (text, expected) in cases {
            assert_eq!(pairs(text), expected, "{text}");
        }
    }
}
