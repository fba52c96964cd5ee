//! What is wrong with a text that the script engine cannot parse, in the author's words.

use rhai::{LexError, ParseErrorType, Position};

use super::engine::MAX_DEPTH;
use super::helpers::{MAX_HELPER_DEPTH, MAX_HELPERS};
use super::place::Lines;
use super::{ScriptError, ScriptErrorKind};

/// The words in which [`syntax_error`] tells an author what is wrong and what to do.
type Words = (String, Option<&'static str>);

/// What a text should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// One expression.
    Condition,
    /// Functions.
    Module,
}

/// What the script engine says of a text that it cannot parse, in the author's words.
pub(super) fn syntax_error(
    grammar: Grammar,
    text: &str,
    lines: &Lines<'_>,
    kind: &ParseErrorType,
    position: Position,
) -> ScriptError {
    let start = lines.byte(position);
    let end = lines.token_end(start);
    let token = text.get(start..end).unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let blame = match kind {
        ParseErrorType::ExprTooDeep
        | ParseErrorType::LiteralTooLarge(..)
        | ParseErrorType::TooManyFunctions => ScriptErrorKind::TooMuch,
        _ => ScriptErrorKind::Syntax,
    };
    let (message, help) = match kind {
        ParseErrorType::ExprTooDeep => too_deep(grammar),
        ParseErrorType::LiteralTooLarge(_, max) => {
            (format!("a list of more than {max} items"), Some("split it into several lists"))
        }
        ParseErrorType::BadInput(error) => bad_input(error, token, before, after),
        ParseErrorType::MissingToken(..) if is_unit(token, before) => (
            format!("`{token}` cannot stand here"),
            Some("write a duration in double quotes: \"5m\""),
        ),
        ParseErrorType::MissingToken(missing, _) => (format!("`{missing}` is missing here"), None),
        ParseErrorType::MismatchedType(expected, found) => {
            (format!("expected {}, found {}", type_words(expected), type_words(found)), None)
        }
        ParseErrorType::WrongSwitchIntegerCase => (
            "in a `switch` values stand before ranges".to_owned(),
            Some("put this arm before the first range"),
        ),
        ParseErrorType::WrongSwitchDefaultCase => {
            ("`_` is the last arm of a `switch`".to_owned(), Some("put it behind all other arms"))
        }
        ParseErrorType::ExprExpected(what) if what.ends_with("literal") => (
            "an arm of a `switch` stands for values that are written out".to_owned(),
            Some("as in `\"a\" | \"b\" => …` or `1..5 => …`"),
        ),
        _ => match grammar {
            Grammar::Condition => out_of_place(token, before, after),
            Grammar::Module => of_module(kind, token, before, after),
        },
    };
    let help = help.map(str::to_owned);
    ScriptError { kind: blame, start, end, message, help }
}

fn too_deep(grammar: Grammar) -> Words {
    let levels = "operators in a row or levels of nesting";
    match grammar {
        Grammar::Condition => (
            format!("the condition has more than {MAX_DEPTH} {levels}"),
            Some("split it into several rules"),
        ),
        Grammar::Module => (
            format!("the helper has more than {MAX_HELPER_DEPTH} {levels}"),
            Some("split it into several functions"),
        ),
    }
}

/// What is wrong with a module.
fn of_module(kind: &ParseErrorType, token: &str, before: &str, after: &str) -> Words {
    let message = match kind {
        ParseErrorType::TooManyFunctions => {
            let message = format!("a module of more than {MAX_HELPERS} functions");
            return (message, Some("split it into several modules"));
        }
        ParseErrorType::WrongFnDefinition => {
            let help = "declare it beside this one; helpers see each other";
            return ("a function within a function".to_owned(), Some(help));
        }
        ParseErrorType::FnMissingName => "the function has no name".to_owned(),
        ParseErrorType::FnMissingParams(name) => {
            return (
                format!("`{name}` has no list of arguments"),
                Some("write `fn f(a, b) { … }`"),
            );
        }
        ParseErrorType::FnMissingBody(name) => {
            return (format!("`{name}` has no body"), Some("write `fn f(a, b) { … }`"));
        }
        ParseErrorType::FnDuplicatedParam(_, name) => format!("two arguments are called `{name}`"),
        ParseErrorType::VariableExists(name) => {
            return (format!("there is a `{name}` already"), Some("give it a name of its own"));
        }
        ParseErrorType::AssignmentToConstant(name) => format!("`{name}` cannot be changed"),
        ParseErrorType::LoopBreak => format!("`{token}` stands in loops only"),
        _ if token.is_empty() => "the module ends too early".to_owned(),
        _ => return (format!("`{token}` cannot stand here"), near_miss(token, before, after)),
    };
    (message, None)
}

/// A character or word that the script engine cannot read.
fn bad_input(error: &LexError, token: &str, before: &str, after: &str) -> Words {
    match error {
        LexError::UnterminatedString => {
            ("the string has no closing quote".to_owned(), Some("close it on the same line"))
        }
        LexError::StringTooLong(max) => {
            (format!("a string or name is longer than {max} bytes"), None)
        }
        LexError::MalformedEscapeSequence(escape) => {
            let help = "strings know \\\\, \\\", \\n, \\r, \\t, \\x41 and \\u00e4";
            (format!("`{escape}` means no character"), Some(help))
        }
        LexError::MalformedNumber(number) => (format!("`{number}` is no number"), None),
        LexError::MalformedChar(_) => (SINGLE_QUOTES.0.to_owned(), Some(SINGLE_QUOTES.1)),
        LexError::MalformedIdentifier(name) => (format!("`{name}` is no name"), None),
        _ => out_of_place(token, before, after),
    }
}

/// Single quotes where double ones are meant, and what to do.
pub(super) const SINGLE_QUOTES: (&str, &str) = (
    "single quotes stand around one character, not a string",
    "write strings in double quotes, and the condition in single ones: 'ctx.name == \"a\"'",
);

/// A word or sign that cannot stand where it stands.
fn out_of_place(token: &str, before: &str, after: &str) -> Words {
    if token.is_empty() {
        let is_share = before.trim_end().ends_with('%');
        let help = is_share.then_some("a number has no `%`: leave it out");
        return ("the condition ends too early".to_owned(), help);
    }
    let message = match token {
        "null" | "nil" | "undefined" | "void" => format!("there is no `{token}` here"),
        "let" | "const" | "while" | "loop" | "for" | "do" | "fn" | "return" | "throw" | "try"
        | "import" | "export" | "break" | "continue" | "private" => {
            format!("a condition is one expression, without `{token}`")
        }
        ";" => "a condition is one expression, without `;`".to_owned(),
        "eval" | "print" | "debug" | "Fn" | "call" | "curry" | "type_of" | "is_shared" | "this" => {
            format!("conditions have no `{token}`")
        }
        _ => format!("`{token}` cannot stand here"),
    };
    (message, near_miss(token, before, after))
}

/// What authors who know another language write, and what they should write here.
fn near_miss(token: &str, before: &str, after: &str) -> Option<&'static str> {
    let last_word = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = after.trim_start().split(char::is_whitespace).next().unwrap_or_default();
    match token {
        "and" | "AND" => Some("write `&&` for *and*"),
        "or" | "OR" => Some("write `||` for *or*"),
        "not" | "NOT" if matches!(word, "in" | "IN") => Some("write `!in` for *not in*"),
        "not" | "NOT" => Some("write `!` for *not*"),
        "=" if after.starts_with('>') => Some("write `>=` for *at least*"),
        "=" if after.starts_with('<') => Some("write `<=` for *at most*"),
        "=" | "===" | "is" | "IS" | "equals" => Some("write `==` to compare"),
        "!==" => Some("write `!=` for *is not*"),
        ">" if before.ends_with('<') => Some("write `!=` for *is not*"),
        "?" => Some("write `if a { b } else { c }`"),
        "~" | "like" | "LIKE" | "matches" => {
            Some("look into strings with `contains`, `starts_with` and `ends_with`")
        }
        "IN" => Some("write `in`"),
        "null" | "nil" | "undefined" | "void" => Some("write `!has(x)` for *x is unknown*"),
        _ if is_unit(token, before) => Some("write a duration as `dur(\"5m\")`"),
        "between" | "BETWEEN" => Some("write `a <= x && x <= b`"),
        "$" => Some("a parameter is written `param.name`"),
        "," if before.ends_with(is_digit) && after.starts_with(is_digit) => {
            Some("a number has a point before its fraction: `1.5`")
        }
        "&" | "|" if before.ends_with(token) => Some("write `&&` for *and*, `||` for *or*"),
        _ if matches!(last_word, "not" | "NOT") => Some("write `!` for *not*"),
        _ if ends_operand(before) && begins_operand(token) => {
            Some("join two conditions by `&&` or `||`")
        }
        _ => None,
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Whether it is the unit of a duration that stands without quotes.
fn is_unit(token: &str, before: &str) -> bool {
    matches!(token, "ms" | "s" | "m" | "h" | "d") && before.ends_with(is_digit)
}

/// Whether an operand may end here.
fn ends_operand(before: &str) -> bool {
    let last = |c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '"');
    before.trim_end().ends_with(last)
}

/// Whether an operand may begin here.
fn begins_operand(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '(' | '"' | '!'))
}

/// A type as the script engine calls it, as rule authors call it.
pub(super) fn type_words(name: &str) -> &str {
    match name {
        "bool" => "true or false",
        "i64" => "an int",
        "f64" => "a float",
        "string" => "a string",
        "array" => "a list",
        "char" => "a character",
        "()" => "nothing",
        other => other,
    }
}
