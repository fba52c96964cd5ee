//! `kill -9` at random points of runs whose effects are real processes.
//!
//! `PTMS_KILL_ROUNDS` says how many rounds there are for each book; a few without it.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::scratch::Scratch;

/// Writes down what it does in one piece, and takes a while.
const DO: &str =
    "echo \"$PTMS_ACTION $PTMS_SYSTEM $PTMS_KEY $PTMS_REVERSES\" >> effects; sleep 0.02\n";

/// Whether the activation was written down.
const LOOK: &str = "grep -qF \"activate $PTMS_SYSTEM ${PTMS_KEY%/verify/*}/activate/\" effects\n";

const HOST: &str = r#"
[default.activate]
command = ["sh", "do.sh"]
[default.verify]
command = ["sh", "look.sh"]
[default.undo]
command = ["sh", "do.sh"]
"#;

/// Two runs of a diamond of four systems, all of which are `kind`.
fn scratch(test: &str, kind: &str) -> Scratch {
    let system = |name: &str, needs: &str| {
        format!("[system.{name}]\nundo = \"undo\"\nneeds = [{needs}]\n{kind}\n")
    };
    let book = [
        "[context]\nload = \"float\"\n",
        "[[rule]]\nid = \"busy\"\nwhen = \"ctx.load > 1.0\"\nsystems = [\"d\"]\n",
        &system("a", ""),
        &system("b", "\"a\""),
        &system("c", "\"a\""),
        &system("d", "\"b\", \"c\""),
    ]
    .concat();
    let load = |hour: u32, load: u32| {
        format!("{{\"at\": \"2026-11-20T{hour:02}:00:00Z\", \"set\": {{\"load\": {load}}}}}\n")
    };
    Scratch::new(test)
        .file("book.toml", book)
        .file("events", [load(1, 2), load(2, 0), load(3, 2), load(4, 0)].concat())
        .file("host.toml", HOST)
        .file("do.sh", DO)
        .file("look.sh", LOOK)
        .file("effects", "")
}

const RUN: &str = "run book.toml --events events --host host.toml --journal j";

fn rounds() -> u64 {
    std::env::var("PTMS_KILL_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap())
}

/// Numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The records of the journal; `None` if it was killed before it held any.
fn records(scratch: &Scratch) -> Option<Vec<Value>> {
    let shown = scratch.ptms("journal show j --format json");
    if !shown.status.success() {
        let refusal = String::from_utf8(shown.stderr).unwrap();
        let unborn = ["no such file", "the file is empty", "the file is no journal"];
        assert!(unborn.iter().any(|unborn| refusal.contains(unborn)), "{refusal}");
        // It died while it was making the file; whoever finds such a thing removes it.
        let _ = std::fs::remove_file(scratch.path("j"));
        return None;
    }
    Some(lines(&String::from_utf8(shown.stdout).unwrap())).filter(|records| !records.is_empty())
}

/// The keys of the activations that were begun, each as often as it was.
fn activated(scratch: &Scratch) -> Vec<String> {
    let effects = scratch.read("effects");
    let activations = effects.lines().filter(|line| line.starts_with("activate "));
    activations.map(|line| line.split(' ').nth(2).unwrap().to_owned()).collect()
}

/// What the engine said to do, by the journal.
fn issued(records: &[Value]) -> BTreeSet<String> {
    let mut issued = BTreeSet::new();
    for record in records {
        let Some(run) = record["record"].get("run") else { continue };
        if let Some(call) = run["record"]["change"].get("issued").map(|issued| &issued["call"])
            && call["action"] == "activate"
        {
            let (step, epoch) = (&call["step"], &call["epoch"]);
            issued.insert(format!("{}/{step}/activate/{epoch}", run["run"].as_str().unwrap()));
        }
    }
    issued
}

/// A run that is killed a few times and resumed each time, and the number of kills that struck.
fn killed(scratch: &Scratch, random: &mut Random, whole: Duration) -> usize {
    let mut known: Vec<Value> = Vec::new();
    let mut kills = 0;
    for _ in 0..=random.below(3) {
        let command = if known.is_empty() { RUN } else { "resume j --out out.jsonl" };
        let mut child = scratch.command(command).spawn().unwrap();
        sleep(Duration::from_micros(random.below(whole.as_micros().try_into().unwrap())));
        if child.try_wait().unwrap().is_none() {
            kills += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let Some(now) = records(scratch) else {
            assert!(known.is_empty(), "the journal is lost");
            assert_eq!(
                activated(scratch),
                [""; 0],
                "something was done that is not in the journal"
            );
            continue;
        };
        assert_eq!(now.get(..known.len()).unwrap(), known, "what was written down has changed");
        let begun: BTreeSet<_> = activated(scratch).into_iter().collect();
        assert!(begun.is_subset(&issued(&now)), "begun before it was written down");
        known = now;
    }
    let last = if known.is_empty() { RUN } else { "resume j" };
    let output = scratch.ptms(&format!("{last} --out out.jsonl"));
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{complaints}");
    assert_eq!(records(scratch).unwrap().get(..known.len()).unwrap(), known);
    kills
}

/// Every run that started has ended, and what is rolled back is undone: all that was begun of it.
fn check_ends(scratch: &Scratch) {
    let transcript = lines(&scratch.read("out.jsonl"));
    let of = |kind: &'static str| transcript.iter().filter(move |entry| entry["kind"] == kind);
    let started: BTreeSet<_> = of("started").map(|entry| entry["run"].as_str().unwrap()).collect();
    let ends: BTreeMap<_, _> =
        of("ended").map(|entry| (entry["run"].as_str().unwrap(), &entry["end"])).collect();
    assert_eq!(started, ends.keys().copied().collect());
    assert_eq!(started.len(), 2);
    let effects = scratch.read("effects");
    let undone: String = effects.lines().filter(|line| line.starts_with("undo ")).collect();
    for key in activated(scratch) {
        let end = ends[key.split('/').next().unwrap()];
        if end == "rolled_back" {
            assert!(undone.contains(&format!("\"{key}\"")), "{key} is not undone");
        } else {
            assert_eq!(end, "completed");
        }
    }
}

/// The transcript without what may differ after a crash: that it was resumed, and the effects that were
/// under way then.
fn without(transcript: &str, under_way: &BTreeSet<String>) -> Vec<String> {
    let kept = lines(transcript).into_iter().filter(|entry| {
        entry["kind"] != "resumed" && !key_of(entry).is_some_and(|key| under_way.contains(&key))
    });
    kept.map(|entry| entry.to_string()).collect()
}

/// What tells the effect of a `perform` or an `outcome` apart.
fn key_of(entry: &Value) -> Option<String> {
    let of_effect = matches!(entry["kind"].as_str(), Some("perform" | "outcome"));
    of_effect.then(|| format!("{} {} {}", entry["run"], entry["step"], entry["action"]))
}

/// The effects that had no answer when the program went on.
fn under_way(transcript: &str) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    let mut found = BTreeSet::new();
    for entry in lines(transcript) {
        let key = key_of(&entry);
        match entry["kind"].as_str().unwrap() {
            "perform" => open.extend(key),
            "outcome" => drop(key.is_some_and(|key| open.remove(&key))),
            "resumed" => found.extend(open.iter().cloned()),
            _ => {}
        }
    }
    found
}

/// Kills runs with systems of one kind, and hands each to `check` with the uncrashed transcript.
#[expect(clippy::print_stdout, reason = "how much was tried, shown with --nocapture")]
fn check(test: &str, kind: &str, check: impl Fn(&Scratch, &str)) {
    let uncrashed = scratch(test, kind);
    let begun = Instant::now();
    let output = uncrashed.ptms(&format!("{RUN} --out out.jsonl"));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let whole = begun.elapsed();
    let expected = uncrashed.read("out.jsonl");
    let (mut kills, mut struck, mut rolled_back, mut effects) = (0, 0, 0, 0);
    for round in 0..rounds() {
        let scratch = scratch(test, kind);
        kills += killed(&scratch, &mut Random(round), whole);
        check_ends(&scratch);
        check(&scratch, &expected);
        let transcript = scratch.read("out.jsonl");
        struck += under_way(&transcript).len();
        rolled_back += transcript.matches("\"end\":\"rolled_back\"").count();
        effects += scratch.read("effects").lines().count();
    }
    let rounds = rounds();
    println!(
        "{test}: {rounds} rounds, {kills} kills, {struck} effects under way at one, \
         {rolled_back} runs rolled back, {effects} effects in all"
    );
}

#[test]
fn idempotent_effects_are_asked_for_again() {
    check("killed-idempotent", "idempotent = true", |scratch, expected| {
        let transcript = scratch.read("out.jsonl");
        let under_way = under_way(&transcript);
        assert_eq!(without(&transcript, &under_way), without(expected, &under_way));
    });
}

#[test]
fn verified_effects_are_looked_at() {
    check("killed-verified", "verify = true\nsettle = \"0s\"", |scratch, expected| {
        not_twice(scratch);
        let transcript = scratch.read("out.jsonl");
        if transcript.contains("\"value\":false") {
            // It was killed before the command could begin, and so the run is rolled back.
            return;
        }
        // What is looked at comes later at its instant than what goes on without.
        let sorted = |transcript: &str| {
            let mut lines = without(transcript, &under_way(&scratch.read("out.jsonl")));
            lines.sort();
            lines
        };
        assert_eq!(sorted(&transcript), sorted(expected));
    });
}

#[test]
fn other_effects_are_undone_and_never_done_twice() {
    check("killed-plain", "", |scratch, _| not_twice(scratch));
}

fn not_twice(scratch: &Scratch) {
    let mut keys = BTreeSet::new();
    for key in activated(scratch) {
        assert!(keys.insert(key.clone()), "{key} was done twice");
    }
}
