//! Runs the built program, as a shell would.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test that finds something else than it expects has failed; what it expects is long"
)]

mod backtests;
mod bad_books;
mod bad_lines;
mod bad_usage;
mod books;
mod commands;
mod journal;
mod killed;
mod nab;
mod runs;
mod scratch;
mod testing;
mod tools;
mod transcript;
