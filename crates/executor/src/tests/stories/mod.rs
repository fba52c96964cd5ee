//! Runs as stories: a plan, a host, and all that was said, one line each.

mod control;
mod late;
mod retry;
mod success;
mod undo;
mod waits;

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use pso_graph::Plan;
use ptms_core::{Timestamp, Value};

use crate::tests::monitor::Watched;
use crate::tests::sketch::plan;
use crate::{Call, Change, Command, Execution, Outcome, Question, Record, Resolution, Scope};

/// A host that answers after a second with success, unless told otherwise: `step action: seconds
/// outcome` a line, where the outcome is `ok`, `no` (a verification's), `failed`, `clean`, `unknown` or
/// `silent`, and a second line for the same effect speaks of the next time that it is asked for. A
/// time-out is 10 seconds. A condition is true after a second, unless a line `its text: seconds outcome`
/// says otherwise. A line `at seconds: word` is a word about the run: `cancel`, `undo`, `pause`,
/// `resume`, each but `undo` also with the id of a step, and `retry`, `undone`, `accept` with one.
fn check(steps: &str, host: &str, expected: &Expect) {
    let plan = plan(steps);
    let (mut script, words) = read(&plan, host);
    let mut now = Timestamp::from_secs(0);
    let mut run = Watched::new(Execution::start(now, "r1", plan));
    let mut words = words.into_iter().peekable();
    let mut queue = BTreeMap::new();
    let (mut asked, mut judged, mut order) = (0, BTreeSet::new(), 0);
    loop {
        let effects = run.asked.iter().skip(asked).map(|effect| {
            let verb = effect.key.action.to_string();
            let name = format!("{} {}", effect.step, verb.split(' ').next().unwrap());
            (name, Ok(effect.clone()))
        });
        let questions = run.asking.difference(&judged).map(|question| {
            (question.condition(&run.plan).unwrap().text.to_string(), Err(*question))
        });
        for (name, of) in effects.chain(questions) {
            let scripted = script.get_mut(&name).and_then(Vec::pop);
            let (secs, outcome) = scripted.unwrap_or((1, Some(ok())));
            if let Some(outcome) = outcome {
                let due = now.as_nanos() / 1_000_000_000 + i64::from(secs);
                queue.insert((Timestamp::from_secs(due), order), (of, outcome));
                order += 1;
            }
        }
        asked = run.asked.len();
        judged.extend(&run.asking);
        let answer = queue.first_key_value().map(|((due, _), _)| *due);
        let next = [run.alarm(), answer].into_iter().flatten().min();
        if let Some((at, word)) = words.next_if(|(at, _)| next.is_none_or(|next| *at < next)) {
            now = at;
            run.command(now, word).unwrap();
            continue;
        }
        match (run.alarm(), answer) {
            (Some(alarm), answer) if answer.is_none_or(|due| alarm < due) => {
                now = alarm;
                run.wake(now);
            }
            (_, Some(due)) => {
                now = due;
                let (_, (of, outcome)) = queue.pop_first().unwrap();
                match of {
                    Ok(effect) => run.answer(now, &effect, outcome),
                    Err(question) => run.judge(now, question, verdict(&outcome)),
                }
            }
            (_, None) => break,
        }
    }
    expected
        .assert_eq(&run.journal.iter().map(|record| line(&run.plan, record)).collect::<String>());
}

/// What the host says of each effect or condition, last to first, and after how many seconds.
type Script = BTreeMap<String, Vec<(u32, Option<Outcome>)>>;

fn read(plan: &Plan, host: &str) -> (Script, Vec<(Timestamp, Command)>) {
    let mut script = Script::new();
    let mut words = Vec::new();
    for line in host.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (effect, answer) = line.split_once(": ").unwrap();
        if let Some(at) = effect.strip_prefix("at ") {
            words.push((Timestamp::from_secs(at.parse().unwrap()), command(plan, answer)));
            continue;
        }
        let (secs, outcome) = answer.split_once(' ').unwrap();
        let failed = |clean| Outcome::Failed { class: "io".into(), clean };
        let outcome = match outcome {
            "ok" => Some(ok()),
            "no" => Some(Outcome::Succeeded(Some(false.into()))),
            "failed" => Some(failed(false)),
            "clean" => Some(failed(true)),
            "unknown" => Some(Outcome::Unknown),
            _ => None,
        };
        script.entry(effect.to_owned()).or_default().insert(0, (secs.parse().unwrap(), outcome));
    }
    (script, words)
}

fn command(plan: &Plan, word: &str) -> Command {
    let (verb, id) = word.split_once(' ').map_or((word, None), |(verb, id)| (verb, Some(id)));
    let name = || ptms_core::Name::from(id.unwrap());
    match verb {
        "signal" => return Command::Signal(name()),
        "yes" | "no" => return Command::Approval { name: name(), granted: verb == "yes" },
        _ => {}
    }
    let step = id.map(|id| plan.find(id).unwrap());
    let scope = step.map_or(Scope::Run, Scope::Step);
    let resolve = |resolution| Command::Resolve { step: step.unwrap(), resolution };
    match verb {
        "cancel" => step.map_or(Command::Cancel, Command::CancelStep),
        "undo" => Command::Undo,
        "pause" => Command::Pause(scope),
        "resume" => Command::Resume(scope),
        "retry" => resolve(Resolution::Retry),
        "undone" => resolve(Resolution::Undone),
        _ => resolve(Resolution::Accept),
    }
}

fn verdict(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Succeeded(Some(Value::Bool(holds))) => Some(*holds),
        _ => None,
    }
}

fn ok() -> Outcome {
    Outcome::Succeeded(Some(true.into()))
}

pub(super) fn line(plan: &Plan, record: &Record) -> String {
    let id = |id| plan.step(id).unwrap().id.as_str();
    let text = |question: &Question| question.condition(plan).unwrap().text.to_string();
    let call = |call: &Call| {
        let verb = call.action.to_string();
        let verb = verb.split(' ').next().unwrap();
        let anew = if call.epoch > 0 { ", anew" } else { "" };
        let again = if call.attempt > 1 { ", again" } else { "" };
        format!("{verb} {}{anew}{again}", id(call.step))
    };
    let in_secs = |due: Timestamp| match due.since(record.at).as_secs_f64() {
        0.0 => String::new(),
        secs => format!(" in {secs}s"),
    };
    let line = match &record.change {
        Change::Started { run, .. } => format!("{run} starts"),
        Change::Issued { call: which, .. } => format!("  ask: {}", call(which)),
        Change::Answered { call: which, outcome } => format!("{}: {outcome}", call(which)),
        Change::TimedOut { call: which } => format!("{}: silence", call(which)),
        Change::Settled { call: which } => format!("{}: settled", call(which)),
        Change::Recovered { fence, found } => format!("recovered: {fence}, {} known", found.len()),
        Change::Commanded { command } => format!("word: {}", said(plan, command)),
        Change::Retrying { step, same_key, due } => {
            let how = if *same_key { "again" } else { "anew" };
            format!("  try {} {how}{}", id(*step), in_secs(*due))
        }
        Change::Failed { step } => format!("  no more tries of {}", id(*step)),
        Change::Exhausted { step } => format!("  {} is exhausted and waits", id(*step)),
        Change::RetryingUndo { step, due } => {
            format!("  try the undo of {} again{}", id(*step), in_secs(*due))
        }
        Change::Asked { question: Question::Step(step) } => {
            format!("  does the condition of {} hold?", id(*step))
        }
        Change::Asked { question } => format!("  is it true that {}?", text(question)),
        Change::Judged { question: Question::Step(step), verdict, .. } => {
            format!("verdict on {}: {verdict:?}", id(*step))
        }
        Change::Judged { question, verdict, .. } => format!("{}: {verdict:?}", text(question)),
        Change::Waiting { step, .. } => format!("  {} waits", id(*step)),
        Change::Denied { step } => format!("  {} was denied before", id(*step)),
        Change::Lacking { step, input } => format!("  {} lacks {input}", id(*step)),
        Change::Passed { step } => format!("  {} only waits", id(*step)),
        Change::Due { step } => format!("{} has waited", id(*step)),
        Change::Skipped { step, because } => format!("  skip {} for {}", id(*step), id(*because)),
        Change::RollingBack { cause } => format!("  turn back: {cause}"),
        Change::Cleared { step } => format!("  nothing to reverse of {}", id(*step)),
        Change::Stranded { step, why } => format!("  give up {}: {why:?}", id(*step)),
        Change::Held { step, by } => format!("  hold {} for {}", id(*step), id(*by)),
        Change::Ended { end } => format!("  end: {end}"),
    };
    let at = format!("{}s", record.at.as_nanos() / 1_000_000_000);
    format!("{at:<4}{line}\n")
}

fn said(plan: &Plan, command: &Command) -> String {
    let id = |id| plan.step(id).unwrap().id.as_str();
    let scope = |scope: &Scope| match scope {
        Scope::Step(step) => id(*step).to_owned(),
        other => other.to_string(),
    };
    match command {
        Command::Cancel => "cancel".to_owned(),
        Command::CancelStep(step) => format!("cancel {}", id(*step)),
        Command::Pause(of) => format!("pause {}", scope(of)),
        Command::Resume(of) => format!("resume {}", scope(of)),
        Command::Undo => "undo".to_owned(),
        Command::Signal(name) => format!("{name} has come"),
        Command::Approval { name, granted: true } => format!("yes to {name}"),
        Command::Approval { name, granted: false } => format!("no to {name}"),
        Command::Resolve { step, resolution } => format!("{resolution:?} {}", id(*step)),
    }
}

#[test]
fn all_goes_well() {
    check(
        "collect\n review needs collect verify\n test after collect\n ship needs review,test",
        "",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s    ask: activate test
            2s  activate review: succeeded (true)
            2s    ask: verify review
            2s  activate test: succeeded (true)
            3s  verify review: succeeded (true)
            3s    ask: activate ship
            4s  activate ship: succeeded (true)
            4s    end: completed
        "#]],
    );
}

#[test]
fn an_optional_step_fails_and_what_needs_it_is_skipped() {
    check(
        "collect\n notify needs collect optional\n mail needs notify optional\n report wants notify",
        "notify activate: 1 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate notify
            2s  activate notify: failed (io)
            2s    ask: undo notify
            3s  undo notify: succeeded (true)
            3s    skip mail for notify
            3s    ask: activate report
            4s  activate report: succeeded (true)
            4s    end: completed with failures: notify failed (io)
        "#]],
    );
}
