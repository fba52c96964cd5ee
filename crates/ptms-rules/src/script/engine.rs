//! One constructor for the script engine, with every limit set, and the canary.

use rhai::{Engine, OptimizationLevel, ParseErrorType, Position};

use super::lower::Lowering;
use super::{ScriptError, ScriptErrorKind};
use crate::condition::expr::Expr;

/// The longest condition, in bytes: a screen of text. Checked before the parser sees it.
pub(crate) const MAX_CONDITION_LEN: usize = 8_192;

/// How deep a condition may nest; also how many operators may follow each other on one level. Deep
/// enough for any condition that a person can read, shallow enough for the smallest stack.
pub(crate) const MAX_DEPTH: usize = 64;

/// Parses conditions. One is enough for a whole rulebook.
pub(crate) struct Parser {
    engine: Engine,
}

impl Parser {
    /// A hardened parser.
    ///
    /// # Errors
    ///
    /// The reason why the `rhai` that this program was built with is unfit.
    pub(crate) fn new() -> Result<Self, &'static str> {
        let parser = Self { engine: hardened() };
        canary(&parser.engine)?;
        Ok(parser)
    }

    /// The condition as a tree whose positions are bytes of `text`.
    pub(crate) fn parse(&self, text: &str) -> Result<Expr, Vec<ScriptError>> {
        if text.len() > MAX_CONDITION_LEN {
            let message = format!("the condition is longer than {MAX_CONDITION_LEN} bytes");
            return Err(vec![ScriptError {
                kind: ScriptErrorKind::TooMuch,
                start: 0,
                end: 0,
                message,
                help: Some("split it into several rules".to_owned()),
            }]);
        }
        let lines = Lines::new(text);
        let ast = self.engine.compile_expression(text).map_err(|error| {
            vec![syntax_error(text, &lines, error.err_type(), error.position())]
        })?;
        Lowering::new(text, &lines).condition(&ast)
    }

    /// Whether `ctx.name` can be written in a condition: `name` is an identifier, or several joined by
    /// points, and none is a word of the language.
    pub(crate) fn is_property(&self, name: &str) -> bool {
        let plain = |part: &str| {
            let mut chars = part.chars();
            chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let parses = || self.engine.compile_expression(format!("ctx.{name}")).is_ok();
        name.split('.').all(plain) && parses()
    }
}

/// The one place in which a script engine is made. It has no functions and no modules: conditions
/// are evaluated by this crate, and what the engine contributes is its syntax. The limits are set
/// all the same, because their defaults differ between debug and release builds.
fn hardened() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_expr_depths(MAX_DEPTH, MAX_DEPTH)
        .set_max_operations(100_000)
        .set_max_call_levels(8)
        .set_max_variables(8)
        .set_max_functions(0)
        .set_max_modules(0)
        .set_max_string_size(MAX_CONDITION_LEN)
        .set_max_array_size(256)
        .set_max_map_size(16)
        .set_max_strings_interned(256)
        .set_allow_looping(false)
        .set_allow_loop_expressions(false)
        .set_allow_statement_expression(false)
        .set_allow_anonymous_fn(false)
        .set_allow_shadowing(false);
    for symbol in ["eval", "print", "debug", "Fn", "call", "curry", "type_of", "is_shared", "this"]
    {
        engine.disable_symbol(symbol);
    }
    engine
}

/// Features of `rhai` unify over a whole program. Those that would change the meaning of conditions
/// are detected here, once per rulebook.
fn canary(engine: &Engine) -> Result<(), &'static str> {
    if size_of::<rhai::INT>() != size_of::<i64>() {
        return Err("rhai was built with `only_i32`: whole numbers need 64 bits");
    }
    if size_of::<rhai::FLOAT>() != size_of::<f64>() {
        return Err("rhai was built with `f32_float`: floats need 64 bits");
    }
    match engine.compile_expression("1 +\n +") {
        Err(error) if error.position().line() == Some(2) => {}
        _ => return Err("rhai was built with `no_position`: messages need positions"),
    }
    let deep = format!("{}1{}", "(".repeat(2 * MAX_DEPTH), ")".repeat(2 * MAX_DEPTH));
    if engine.compile_expression(deep).is_ok() {
        return Err("rhai was built with `unchecked`: rulebooks need its limits");
    }
    Ok(())
}

/// Where the lines of a text begin, to turn positions into bytes.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect() }
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
                let operators = ["&&", "||", "??", "==", "!=", "<=", ">=", "..=", "..", "<>", "**"];
                let found = operators.iter().find(|operator| rest.starts_with(**operator));
                found.map_or(c.len_utf8(), |operator| operator.len())
            }
        };
        start + len
    }
}

/// The length of a quoted text with its quotes.
fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// What the script engine says of a text that it cannot parse, in the author's words.
fn syntax_error(
    text: &str,
    lines: &Lines<'_>,
    kind: &ParseErrorType,
    position: Position,
) -> ScriptError {
    let start = lines.byte(position);
    let end = lines.token_end(start);
    let token = text.get(start..end).unwrap_or_default();
    if matches!(kind, ParseErrorType::ExprTooDeep) {
        return ScriptError {
            kind: ScriptErrorKind::TooMuch,
            start,
            end,
            message: format!(
                "the condition has more than {MAX_DEPTH} operators in a row or levels of nesting"
            ),
            help: Some("split it into several rules".to_owned()),
        };
    }
    let message = match kind {
        ParseErrorType::UnexpectedEOF => "the condition ends too early".to_owned(),
        ParseErrorType::MissingToken(missing, _) => format!("`{missing}` is missing here"),
        ParseErrorType::MismatchedType(expected, found) => {
            format!("expected {}, found {}", type_words(expected), type_words(found))
        }
        ParseErrorType::BadInput(_) => plain(&kind.to_string()),
        _ if token.is_empty() => "the condition ends too early".to_owned(),
        _ => format!("`{token}` cannot stand here"),
    };
    let help = near_miss(text, start, token);
    ScriptError { kind: ScriptErrorKind::Syntax, start, end, message, help }
}

/// A type as the script engine calls it, as rule authors call it.
fn type_words(name: &str) -> &str {
    match name {
        "bool" => "true or false",
        "i64" => "an int",
        "f64" => "a float",
        "string" => "a string",
        other => other,
    }
}

/// A message without capital letter and full stop, as all of ours.
fn plain(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_lowercase().collect::<String>());
    first.unwrap_or_default() + chars.as_str()
}

/// What authors who know another language write, and what they should write here.
fn near_miss(text: &str, start: usize, token: &str) -> Option<String> {
    let help = match token {
        "and" | "AND" => "write `&&` for *and*",
        "or" | "OR" => "write `||` for *or*",
        "not" | "NOT" => "write `!` for *not*",
        "=" | "is" => "write `==` to compare",
        "<>" => "write `!=` for *is not*",
        _ => {
            let before = text.get(..start).unwrap_or_default().trim_end();
            let last = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
            return match last {
                "and" | "or" | "not" => near_miss(text, before.len() - last.len(), last),
                _ => None,
            };
        }
    };
    Some(help.to_owned())
}
