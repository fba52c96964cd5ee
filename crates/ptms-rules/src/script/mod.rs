//! The script line: the only module that says `rhai`.
//!
//! It hardens (one constructor builds the engine), proves (a canary detects Cargo features that
//! another crate switched on in the shared `rhai` and that would make it unfit), and translates
//! (syntax and positions into our own [`Expr`](crate::condition::expr::Expr)). It knows no fact, no
//! rule and no file.

mod brackets;
#[cfg(any(test, fuzzing))]
pub(crate) mod differential;
mod engine;
mod lower;
mod place;
mod syntax;

pub(crate) use engine::Parser;
#[cfg(test)]
pub(crate) use engine::{MAX_CONDITION_LEN, MAX_DEPTH, MAX_LIST_LEN};

/// Why a text is no condition: a byte of it, what is wrong, and what to do.
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
