//! Conditions: their syntax tree, their check against the declarations, and their evaluation with
//! four truth values. Knows no TOML and no script engine.

mod check;
pub(crate) mod evaluate;
pub(crate) mod expr;
pub(crate) mod functions;
mod node;
mod types;

pub(crate) use check::{Checker, Surroundings};
pub(crate) use evaluate::{Environment, Fault, Truth};
pub(crate) use node::{Node, Reads};
