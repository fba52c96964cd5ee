//! The script line: the only module that says `rhai`.
//!
//! It hardens (one constructor builds the engine), proves (a canary detects Cargo features that
//! another crate switched on in the shared `rhai` and that would make it unfit), and translates
//! (syntax and positions into our own [`Expr`](crate::condition::expr::Expr)). It knows no fact, no
//! rule and no file.

mod allowed;
mod brackets;
#[cfg(any(test, fuzzing))]
pub(crate) mod differential;
mod engine;
mod helpers;
mod lower;
mod module;
mod place;
mod syntax;
mod values;
mod words;

pub(crate) use engine::Parser;

/// What the reference of the rule language says of scripts.
#[cfg(test)]
pub(crate) mod limits {
    pub(crate) use super::allowed::ALLOWED;
    pub(crate) use super::engine::{MAX_CONDITION_LEN, MAX_DEPTH, MAX_LIST_LEN};
    pub(crate) use super::helpers::{
        MAX_CALLS, MAX_HELPER_DEPTH, MAX_HELPER_TEXT, MAX_HELPERS, MAX_ITEMS, MAX_MODULE_LEN,
        MAX_OPERATIONS, MAX_VARIABLES,
    };
}
pub(crate) use helpers::{Helpers, Module};
pub(crate) use module::arguments;

use ptms_core::Code;
use ptms_core::diagnostic::{SCRIPT_FORBIDDEN, SCRIPT_SYNTAX, TOO_MUCH};

/// Why a text is no condition, or no module: a byte of it, what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptError {
    pub(crate) kind: ScriptErrorKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// Who is to blame for a [`ScriptError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptErrorKind {
    /// The author: the text does not parse.
    Syntax,
    /// The author: it parses, but conditions may not use it.
    Forbidden,
    /// The author: it exceeds a limit.
    TooMuch,
}

impl ScriptErrorKind {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Syntax => SCRIPT_SYNTAX,
            Self::Forbidden => SCRIPT_FORBIDDEN,
            Self::TooMuch => TOO_MUCH,
        }
    }
}

/// Whether scripts can call a function by this name.
pub(crate) fn is_function_name(name: &str) -> bool {
    name.is_ascii() && rhai::is_valid_function_name(name) && !engine::GONE.contains(&name)
}
