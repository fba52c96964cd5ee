//! The `ptms` command: check a rulebook, show its plans, replay a stream against it.
#![expect(dead_code, reason = "the commands arrive with the engine")]

mod args;
mod book;
mod exit;
mod instant;
mod render;
mod stream;

fn main() {}
