//! How much memory the states of the functions over time take, filled as full as they can be, against
//! the bytes that they state. Ends with 1 where one takes more.
//!
//! What is counted is the resident memory of this process (`/proc/self/statm`), so this runs on Linux.

#![expect(clippy::print_stdout, reason = "it is what this program says")]

use std::hint::black_box;
use std::process::ExitCode;

use ptms_core::{Duration, Timestamp, Value};
use ptms_rules::probe::Probe;

/// The functions, for how many keys, and how many events come to each.
const CASES: [(&str, usize, usize); 14] = [
    ("count-10", 1_000_000, 20),
    ("absent", 1_000_000, 1),
    ("age", 1_000_000, 1),
    ("held", 1_000_000, 1),
    ("changed", 1_000_000, 1),
    ("seq", 1_000_000, 24),
    ("distinct-3", 100_000, 5),
    ("rate", 100_000, 200),
    ("slope", 50_000, 200),
    ("count", 5_000, 20_000),
    ("sum", 2_000, 20_000),
    ("max", 2_000, 20_000),
    ("distinct", 50, 20_000),
    ("quantile", 100, 200_000),
];

fn main() -> ExitCode {
    let mut within = true;
    println!("{:<12} {:>9} {:>14} {:>14}", "function", "keys", "stated bytes", "measured");
    for (function, keys, events) in CASES {
        let Some(empty) = Probe::new(function, Duration::from_secs(100)) else { continue };
        let before = resident();
        let mut states = Vec::with_capacity(keys);
        states.extend((0..keys).map(|key| fill(empty.clone(), function, key, events).into_state()));
        let measured = resident().saturating_sub(before) / keys;
        // Memory that is given back would be there for the next.
        std::mem::forget(black_box(states));
        let stated = empty.worst_bytes();
        within &= measured <= stated;
        println!("{function:<12} {keys:>9} {stated:>14} {measured:>14}");
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A state to which so many events came, over a window and a half.
fn fill(mut probe: Probe, function: &str, key: usize, events: usize) -> Probe {
    let padding = "x".repeat(250);
    for event in 0..events {
        let now = Timestamp::from_nanos(150_000_000_000 / events as i64 * event as i64);
        let value = if function.starts_with("distinct") {
            Value::from(format!("{key}-{event}-{padding}"))
        } else {
            // Over nine powers of ten.
            Value::Float(1.01_f64.powi((event * 7_919 % 2_083) as i32))
        };
        probe.event(now, Some(&value), 1 << (event % 6));
    }
    probe
}

/// The resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4_096
}
