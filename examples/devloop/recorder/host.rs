//! Samples of the machine from `/proc`, and commits from the git log of the current folder.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::log::Log;

/// Samples until the process is killed.
pub(crate) fn watch(log: &Log, every: Duration) -> Result<ExitCode, String> {
    let mut head = head();
    let mut disk = (Instant::now(), disk_busy_ms());
    loop {
        std::thread::sleep(every);
        let now = (Instant::now(), disk_busy_ms());
        let elapsed_ms = now.0.duration_since(disk.0).as_millis().max(1) as f64;
        let busy_ms = now.1.saturating_sub(disk.1) as f64;
        disk = now;
        log.set(json!({
            "load": load(),
            "memory_used": round(memory_used()),
            "disk_busy": round((busy_ms / elapsed_ms).min(1.0)),
        }))?;
        let latest = self::head();
        if latest != head {
            record_commits(log, head.as_deref(), latest.as_deref())?;
            head = latest;
        }
    }
}

fn round(share: f64) -> f64 {
    (share * 1000.0).round() / 1000.0
}

/// Runnable tasks, averaged over the last minute.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// Share of the memory that is not available, 0 to 1.
fn memory_used() -> f64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    match (kib("MemTotal:"), kib("MemAvailable:")) {
        (Some(total), Some(available)) if total > 0.0 => 1.0 - available / total,
        _ => 0.0,
    }
}

/// Milliseconds that the busiest disk has spent on input and output since it was started.
fn disk_busy_ms() -> u64 {
    let text = std::fs::read_to_string("/proc/diskstats").unwrap_or_default();
    let busy = |line: &str| line.split_whitespace().nth(12)?.parse().ok();
    text.lines().filter_map(busy).max().unwrap_or(0)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn head() -> Option<String> {
    git(&["rev-parse", "--verify", "--quiet", "HEAD"]).map(|text| text.trim().to_owned())
}

/// One `commit` event for each commit after `old`, oldest first.
fn record_commits(log: &Log, old: Option<&str>, new: Option<&str>) -> Result<(), String> {
    let Some(new) = new else { return Ok(()) };
    let range = old.map_or_else(|| new.to_owned(), |old| format!("{old}..{new}"));
    let listed = git(&["log", "--reverse", "--format=tformat:commit", "--numstat", &range]);
    for commit in listed.unwrap_or_default().split("commit\n").skip(1) {
        let (mut files, mut inserted, mut deleted) = (0_u64, 0_u64, 0_u64);
        for line in commit.lines().filter(|line| !line.is_empty()) {
            let mut counts = line.split('\t').map(|word| word.parse().unwrap_or(0));
            files += 1;
            inserted += counts.next().unwrap_or(0);
            deleted += counts.next().unwrap_or(0);
        }
        log.event("commit", json!({ "files": files, "inserted": inserted, "deleted": deleted }))?;
    }
    Ok(())
}
