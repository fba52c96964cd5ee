//! Rulebooks: TOML rules with Rhai conditions over facts, events and time windows.
//!
//! | module | what lives there |
//! |---|---|
//! | `book` | from texts to a checked [`Rulebook`]; every fault at once |
//! | [`draft`] | rulebooks built in Rust, which are written as such texts |
//! | `condition` | conditions: syntax tree, check, evaluation with four truth values |
//! | `script` | the only module that says `rhai`: it parses conditions |
//! | `functions`, `callables` | [`Functions`] of the host; what conditions call without looking inside |
//! | `rule_set` | [`RuleSet`]: the compiled rules, shared |
//! | `explain` | [`Explanation`]: why a rule does what it does |
//! | `session` | [`Session`]: a running rulebook |
//! | `window`, `space` | events in a window, keys that are alive |
//! | `time` | what the functions over time keep; `probe` lets the benchmarks at it |
//! | `calendar` | hours of days of the week |
//!
//! A [`Session`] is told inputs with the time at which they happened ([`Session::handle`]) and says
//! what came of them ([`Session::poll`]). The same inputs give the same outputs. This crate knows no
//! file, no clock, no plan and no run.

#![doc = include_str!("reference.md")]

mod book;
mod calendar;
mod callables;
mod condition;
mod derived;
pub mod draft;
mod explain;
mod functions;
mod inhibition;
#[cfg(test)]
mod json_schema;
mod memory;
#[doc(hidden)]
pub mod probe;
#[cfg(test)]
mod reference;
mod rule_set;
mod rule_spec;
mod script;
mod session;
mod space;
mod tables;
mod time;
mod told;
mod window;

/// The JSON Schema (draft 2020-12) of a file of a rulebook, for editors: completion, and what each key
/// means. It is looser than [`Rulebook::load`], which also reads conditions and names.
///
/// ```
/// assert!(ptms_rules::JSON_SCHEMA.contains("\"title\": \"PTMS rulebook\""));
/// ```
pub const JSON_SCHEMA: &str = include_str!("schema.json");

pub use book::{FORMAT, MAX_DIAGNOSTICS, MAX_FILE_LEN, MAX_RULES, Planning, Rulebook};
pub use explain::{Contents, Explanation, Hold, Lack, Part, Reading, Timer};
pub use functions::{Function, FunctionError, Functions};
pub use memory::{KEY_TEXT_LEN, MemoryUse};
pub use rule_set::{OpaqueCall, RuleReads, RuleSet};
pub use rule_spec::RuleSpec;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use script::differential::disagreement;
pub use session::{
    Answer, Input, InputError, Output, RuleFault, Session, Stats, Transition, Verdicts,
};
