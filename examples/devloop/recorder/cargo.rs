//! Runs a cargo command, shows its output as usual, and records what came of it.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::log::Log;

/// What one command has shown so far.
#[derive(Default)]
struct Tally {
    errors: u64,
    warnings: u64,
    suites: u64,
    passed: u64,
    failed: u64,
}

/// Runs `command` (`cargo build`, `check`, `clippy` or `test`, with its arguments), records the
/// compiler errors as they come, then one `build` event and, where tests ran, one `test_run`.
pub(crate) fn run(log: &Log, command: &[String]) -> Result<ExitCode, String> {
    let verb = command.get(1).map_or("other", String::as_str);
    let known = matches!(verb, "build" | "check" | "clippy" | "test" | "run" | "bench" | "doc");
    let mut arguments: Vec<&str> = command.iter().skip(1).map(String::as_str).collect();
    if known && verb != "run" {
        arguments.insert(1, "--message-format=json-diagnostic-rendered-ansi");
    }
    let started = Instant::now();
    let mut process = Command::new(&command[0]);
    let spawned = process.args(&arguments).stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| format!("cannot start {}: {error}", command[0]))?;
    let mut tally = Tally::default();
    let output = child.stdout.take().ok_or("no output to read")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| format!("cannot read the output: {error}"))?;
        read_line(log, &mut tally, &String::from_utf8_lossy(&line))?;
    }
    let status = child.wait().map_err(|error| format!("lost the command: {error}"))?;
    let duration_ms = started.elapsed().as_millis() as u64;
    if known {
        record(log, verb, &tally, duration_ms, status.success())?;
    }
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101)))
}

fn record(log: &Log, verb: &str, tally: &Tally, ms: u64, success: bool) -> Result<(), String> {
    log.event(
        "build",
        json!({
            "verb": verb,
            "ok": success || (tally.suites > 0 && tally.errors == 0),
            "errors": tally.errors,
            "warnings": tally.warnings,
            "duration_ms": ms,
        }),
    )?;
    if tally.suites == 0 {
        return Ok(());
    }
    log.event(
        "test_run",
        json!({ "passed": tally.passed, "failed": tally.failed, "duration_ms": ms }),
    )
}

fn read_line(log: &Log, tally: &mut Tally, line: &str) -> Result<(), String> {
    if !line.starts_with('{') {
        read_test_line(tally, line);
        println!("{line}");
        return Ok(());
    }
    let Ok(message) = serde_json::from_str::<Value>(line) else {
        println!("{line}");
        return Ok(());
    };
    if message["reason"] != "compiler-message" {
        return Ok(());
    }
    let diagnostic = &message["message"];
    eprint!("{}", diagnostic["rendered"].as_str().unwrap_or_default());
    // The compiler's closing line ("aborting due to …") has no span and is no fault of its own.
    let placed = diagnostic["spans"].as_array().is_some_and(|spans| !spans.is_empty());
    match diagnostic["level"].as_str() {
        Some("error") if placed => {
            tally.errors += 1;
            let component = message["target"]["name"].as_str().unwrap_or("unknown");
            let code = diagnostic["code"]["code"].as_str().unwrap_or("syntax");
            log.event("compile_error", json!({ "component": component, "code": code }))
        }
        Some("warning") if placed => {
            tally.warnings += 1;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Adds up lines such as `test result: ok. 12 passed; 0 failed; …`.
fn read_test_line(tally: &mut Tally, line: &str) {
    let Some(rest) = line.strip_prefix("test result: ") else { return };
    let number_before = |name: &str| {
        let mut words = rest.split([' ', ';', '.']).filter(|word| !word.is_empty());
        let mut last = None;
        for word in &mut words {
            if word == name {
                return last.and_then(|number: &str| number.parse::<u64>().ok()).unwrap_or(0);
            }
            last = Some(word);
        }
        0
    };
    tally.suites += 1;
    tally.passed += number_before("passed");
    tally.failed += number_before("failed");
}
