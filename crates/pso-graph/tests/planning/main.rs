//! What `pso-graph` promises, as seen from outside.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test says what it expects by failing, and expect-test hands its snapshots over by value"
)]

mod book;
mod changes;
mod claims;
mod conduct;
mod everything;
mod faults;
mod many;
mod oracle;
mod pictures;
mod plans;
mod properties;
mod schedules;
mod wire;
