//! Rust source as a flat list of tokens: comments, texts and test code left out. Knows no rule.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A word, a bracket or a piece of punctuation, with the line on which it stands. Literals are
/// there as an empty text.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path of at least two words, or one that is imported.
#[derive(Debug)]
pub(crate) struct Path {
    /// Its words; the last is `*` for a glob.
    pub(crate) words: Vec<String>,
    /// The name under which an import makes it known here; `None` for a path in other code.
    pub(crate) imported_as: Option<String>,
    pub(crate) line: usize,
}

/// The code of a file, and the names of the modules in files of their own that are test code.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) tokens: Vec<Token>,
    pub(crate) test_modules: Vec<String>,
}

impl Code {
    /// The tokens of `source` without comments and without what stands under `#[cfg(test)]`.
    pub(crate) fn parse(source: &str) -> Code {
        let stream: TokenStream = source.parse().expect("a file that the compiler accepts");
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let mut test_modules = Vec::new();
        while let Some((start, end)) = test_item(&tokens) {
            if let [.., module, name, semicolon] = &tokens[start..end]
                && (module.text.as_str(), semicolon.text.as_str()) == ("mod", ";")
            {
                test_modules.push(name.text.clone());
            }
            tokens.drain(start..end);
        }
        Code { tokens, test_modules }
    }

    /// Every path, those of `use` declarations unfolded.
    pub(crate) fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        let mut rest = self.tokens.as_slice();
        while let [first, after @ ..] = rest {
            rest = match first.text.as_str() {
                // `use<'a>` in a type captures lifetimes and imports nothing
                "use" if !starts(after, "<") => imports(after, &[], &mut paths),
                _ if is_word(first) => path(rest, &mut paths),
                _ => after,
            };
        }
        paths
    }

    /// What the signature of every `pub` item says: the tokens from `pub` to its body.
    pub(crate) fn public_signatures(&self) -> Vec<&[Token]> {
        let open =
            |at: &usize| self.tokens[*at].text == "pub" && !starts(&self.tokens[at + 1..], "(");
        (0..self.tokens.len()).filter(open).map(|at| signature(&self.tokens[at..])).collect()
    }
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        let mut push = |text: &str, line| into.push(Token { text: text.into(), line });
        match tree {
            TokenTree::Ident(word) => push(&word.to_string(), line),
            TokenTree::Literal(_) => push("", line),
            TokenTree::Punct(mark) => {
                let next = trees.peek().map(ToString::to_string).unwrap_or_default();
                let pair = format!("{}{next}", mark.as_char());
                let joint = mark.spacing() == Spacing::Joint;
                if joint && matches!(pair.as_str(), "::" | "->" | "=>") {
                    trees.next();
                    push(&pair, line);
                } else {
                    push(&mark.as_char().to_string(), line);
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open, line);
                flatten(group.stream(), into);
                into.push(Token { text: close.into(), line: group.span_close().start().line });
            }
        }
    }
}

/// From where to where the first item under `#[cfg(test)]` goes, the attribute included.
fn test_item(tokens: &[Token]) -> Option<(usize, usize)> {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    let found = |window: &[Token]| window.iter().map(|token| &token.text).eq(attribute);
    let start = tokens.windows(attribute.len()).position(found)?;
    let mut depth = 0_i32;
    let body = &tokens[start + attribute.len()..];
    let ends = |token: &Token| {
        depth += nesting(token);
        depth < 0 || (depth == 0 && matches!(token.text.as_str(), ";" | "}"))
    };
    let length = body.iter().position(ends).map_or(body.len(), |at| at + 1);
    Some((start, start + attribute.len() + length))
}

fn nesting(token: &Token) -> i32 {
    match token.text.as_str() {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

fn starts(tokens: &[Token], text: &str) -> bool {
    tokens.first().is_some_and(|token| token.text == text)
}

fn is_word(token: &Token) -> bool {
    token.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads `a::b::c` from the front; what is left is returned.
fn path<'a>(tokens: &'a [Token], into: &mut Vec<Path>) -> &'a [Token] {
    let line = tokens[0].line;
    let mut words = vec![tokens[0].text.clone()];
    let mut rest = &tokens[1..];
    while let [colons, word, after @ ..] = rest
        && colons.text == "::"
        && is_word(word)
    {
        words.push(word.text.clone());
        rest = after;
    }
    if words.len() > 1 {
        into.push(Path { words, imported_as: None, line });
    }
    rest
}

/// Reads one tree of imports from the front, with the words that stand before it; what is left is
/// returned.
fn imports<'a>(tokens: &'a [Token], before: &[String], into: &mut Vec<Path>) -> &'a [Token] {
    let mut words = before.to_vec();
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        match token.text.as_str() {
            "::" => rest = after,
            "{" => {
                rest = after;
                while !starts(rest, "}") && !rest.is_empty() {
                    rest = without(imports(rest, &words, into), ",");
                }
                return without(rest, "}");
            }
            "," | "}" | ";" => {
                let line = token.line;
                words.retain(|word| word != "self");
                let alias = words.iter().position(|word| word == "as");
                let name = words.last().cloned();
                words.truncate(alias.unwrap_or(words.len()));
                into.push(Path { words, imported_as: name, line });
                return rest;
            }
            word => {
                words.push(word.into());
                rest = after;
            }
        }
    }
    rest
}

/// What follows `text`, if the tokens begin with it.
fn without<'a>(tokens: &'a [Token], text: &str) -> &'a [Token] {
    if starts(tokens, text) { &tokens[1..] } else { tokens }
}

/// The tokens of the item or field at the front up to where its body, value or successor begins.
fn signature(tokens: &[Token]) -> &[Token] {
    let kind = tokens.get(1).map_or("", |token| token.text.as_str());
    let whole = matches!(kind, "enum" | "trait" | "type" | "use");
    let mut depth = 0_i32;
    let ends = |token: &Token| {
        let text = token.text.as_str();
        let at_top = depth == 0;
        depth += nesting(token) + i32::from(text == "<") - i32::from(text == ">");
        depth < 0
            || (at_top && text == ";")
            || (at_top && !whole && matches!(text, "{" | "," | "="))
            // the unnamed fields of a struct each say for themselves whether they are public
            || (at_top && kind == "struct" && text == "(")
            || (depth == 0 && whole && kind != "type" && text == "}")
    };
    let end = tokens.iter().position(ends).unwrap_or(tokens.len());
    &tokens[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        let shown = |path: Path| {
            let alias = path.imported_as.map(|name| format!(" as {name}")).unwrap_or_default();
            format!("{}: {}{alias}", path.line, path.words.join("::"))
        };
        Code::parse(source).paths().into_iter().map(shown).collect()
    }

    #[test]
    fn imports_are_unfolded() {
        assert_eq!(
            paths("use std::{fmt::{self, Debug as D}, fs,\n io::*};"),
            [
                "1: std::fmt as fmt",
                "1: std::fmt::Debug as D",
                "1: std::fs as fs",
                "2: std::io::* as *"
            ]
        );
        assert_eq!(paths("fn f() -> impl Iterator + use<'_> { a::b() }"), ["1: a::b"]);
    }

    #[test]
    fn comments_texts_and_tests_are_not_code() {
        assert_eq!(
            paths("/// a::b\nfn f() { /* c::d */ \"e::f\"; r#\"g::h\"#; i::j }"),
            ["2: i::j"]
        );
        assert_eq!(paths("#[cfg(test)] mod tests { use a::b; } fn f() { c::d }"), ["1: c::d"]);
        assert_eq!(paths("#[cfg(test)]\nuse a::{b, c};\nuse d::e;"), ["3: d::e as e"]);
        assert_eq!(Code::parse("#[cfg(test)] mod story; mod other;").test_modules, ["story"]);
    }

    #[test]
    fn signatures_end_where_the_inside_begins() {
        let shown = |source: &str| -> Vec<String> {
            let code = Code::parse(source);
            let text = |tokens: &[Token]| -> Vec<String> {
                tokens.iter().map(|token| token.text.clone()).collect()
            };
            code.public_signatures().into_iter().map(|one| text(one).join(" ")).collect()
        };
        assert_eq!(
            shown("pub fn f(a: B<C, D>) -> E { g() }"),
            ["pub fn f ( a : B < C , D > ) -> E"]
        );
        assert_eq!(
            shown("pub struct S { pub a: B<C>, d: E }"),
            ["pub struct S", "pub a : B < C >"]
        );
        assert_eq!(shown("pub struct S(A);"), ["pub struct S"]);
        assert_eq!(shown("pub const A: B = C;"), ["pub const A : B"]);
        assert_eq!(shown("pub enum A { B(C) } D"), ["pub enum A { B ( C )"]);
        assert_eq!(shown("pub type A = B;"), ["pub type A = B"]);
        assert_eq!(shown("pub(crate) fn f(a: B) {}"), Vec::<String>::new());
    }
}
