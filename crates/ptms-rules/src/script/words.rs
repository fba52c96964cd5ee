//! Why a helper function came to no end, in the words of its author.

use rhai::EvalAltResult;

use super::helpers::{MAX_CALLS, MAX_OPERATIONS, MAX_VARIABLES};
use super::syntax::type_words;

/// A call of a helper function that came to nothing.
pub(super) struct Failure {
    /// The function at fault, which may be one that the helper calls.
    pub(super) helper: String,
    /// The line of its module, where that is known.
    pub(super) line: Option<usize>,
    pub(super) reason: String,
}

impl Failure {
    /// What the script engine says of a call of `helper`.
    pub(super) fn of(helper: &str, error: EvalAltResult) -> Self {
        match error {
            EvalAltResult::ErrorInFunctionCall(inner, _, error, _) => Self::of(&inner, *error),
            error => {
                let (line, reason) = (error.position().line(), reason(&error));
                Self { helper: helper.to_owned(), line, reason }
            }
        }
    }
}

fn reason(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorTooManyOperations(_) => {
            format!("it does more than {MAX_OPERATIONS} operations")
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            format!("calls nest more than {MAX_CALLS} deep")
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            format!("it has more than {MAX_VARIABLES} variables at once")
        }
        EvalAltResult::ErrorDataTooLarge(..) => "a string or list grows too long".to_owned(),
        EvalAltResult::ErrorArithmetic(..) => {
            "a whole number is beyond 64 bits, or divided by zero".to_owned()
        }
        EvalAltResult::ErrorArrayBounds(..) | EvalAltResult::ErrorStringBounds(..) => {
            "an index is outside of what it looks into".to_owned()
        }
        EvalAltResult::ErrorIndexingType(..) => "only strings and lists have an index".to_owned(),
        EvalAltResult::ErrorFor(_) => "`for` goes through a list or a range".to_owned(),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => does_not_take(signature),
        EvalAltResult::ErrorMismatchDataType(wanted, found, _) => {
            format!("{} is needed, this is {}", type_words(wanted), type_words(found))
        }
        EvalAltResult::ErrorRuntime(thrown, _) => thrown.to_string(),
        other => other.unwrap_inner().to_string(),
    }
}

/// `- (bool)` as the author would say it.
fn does_not_take(signature: &str) -> String {
    let (name, types) = signature.split_once('(').unwrap_or((signature, ""));
    let types = types.trim_end_matches(')').split(", ").filter(|name| !name.is_empty());
    let types: Vec<&str> = types.map(|name| type_words(name.trim_start_matches("&mut "))).collect();
    format!("`{}` does not take ({})", name.trim(), types.join(", "))
}
