//! The `ptms` command: check a rulebook, show its plans, replay a stream against it.
#![expect(dead_code, reason = "the commands arrive with the engine")]

mod args;
mod entry;
mod exit;
mod instant;
mod render;
mod report;
mod screen;
mod stream;
mod summary;
mod tally;
mod transcript;
mod words;

fn main() {}
