//! Records a developer's day as a PTMS event file.
//!
//! Two modes write to one file, one JSON object a line:
//!
//! ```text
//! devloop-recorder watch --out FILE [--every SECONDS]     samples the host and the git log until killed
//! devloop-recorder run   --out FILE -- cargo test …       runs a cargo command and records its result
//! ```
//!
//! Only the fields that the devloop rulebook declares are kept: counts, durations, the name of a
//! crate, the code of a compiler error. No path, package id, rendered text, author or host name is
//! ever written; `tests/devloop_stream.rs` checks the committed file for them.

mod cargo;
mod host;
mod log;

use std::process::ExitCode;
use std::time::Duration;

use log::Log;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("devloop-recorder: {message}");
            ExitCode::from(3)
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode, String> {
    let usage = "usage: devloop-recorder watch|run --out FILE [--every SECONDS] [-- COMMAND …]";
    let (mode, rest) = arguments.split_first().ok_or(usage)?;
    let split = rest.iter().position(|word| word == "--");
    let (options, command) = match split {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &[][..]),
    };
    let option = |name: &str| {
        let at = options.iter().position(|word| word == name)?;
        options.get(at + 1).cloned()
    };
    let log = Log::open(&option("--out").ok_or(usage)?)?;
    match (mode.as_str(), command) {
        ("watch", []) => {
            let seconds = option("--every").map_or(Ok(10), |text| text.parse());
            let seconds: u64 = seconds.map_err(|_| "--every takes a whole number of seconds")?;
            host::watch(&log, Duration::from_secs(seconds.max(1)))
        }
        ("run", [_, ..]) => cargo::run(&log, command),
        _ => Err(usage.to_owned()),
    }
}
