//! Conditions: their syntax tree, their check against the declarations, and their evaluation with
//! four truth values. Knows no TOML and no script engine.

pub(crate) mod cell;
mod check;
mod compile;
pub(crate) mod expr;
pub(crate) mod functions;
pub(crate) mod node;
pub(crate) mod operation;
mod program;
mod types;

pub(crate) use cell::{Cell, Environment, Fault, FaultKind, Slot, Truth};
pub(crate) use check::{Checker, Finding, PULSES, Surroundings, duration_help};
#[cfg(test)]
pub(crate) use check::{MAX_LEVELS, MAX_PARTS, over_time};
pub(crate) use compile::Compiled;
pub(crate) use node::{Node, Opaque};
pub(crate) use program::{MAX_CELLS, Program, Reads};
pub(crate) use types::Ty;
