//! Runs as stories: a plan, a host, and all that was said, one line each.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use pso_graph::Plan;
use ptms_core::{Timestamp, Value};

use super::monitor::Watched;
use super::sketch::plan;
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
fn a_critical_step_fails_and_all_is_undone_in_reverse() {
    check(
        "collect\n review needs collect\n test needs collect\n ship needs review,test",
        "ship activate: 2 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s    ask: activate test
            2s  activate review: succeeded (true)
            2s  activate test: succeeded (true)
            2s    ask: activate ship
            4s  activate ship: failed (io)
            4s    turn back: ship failed (io)
            4s    ask: undo ship
            5s  undo ship: succeeded (true)
            5s    ask: undo test
            5s    ask: undo review
            6s  undo test: succeeded (true)
            6s  undo review: succeeded (true)
            6s    ask: undo collect
            7s  undo collect: succeeded (true)
            7s    end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn effects_under_way_are_awaited_and_then_undone() {
    check(
        "slow\n fast\n next needs fast",
        "slow activate: 4 ok\n fast activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate fast
            0s    ask: activate slow
            1s  activate fast: failed cleanly (io)
            1s    turn back: fast failed (io)
            4s  activate slow: succeeded (true)
            4s    ask: undo slow
            5s  undo slow: succeeded (true)
            5s    end: rolled back because fast failed (io)
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

#[test]
fn silence_is_unknown_and_undone() {
    check(
        "collect\n review needs collect",
        "review activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            11s activate review: silence
            11s activate review: settled
            11s   turn back: review timed out
            11s   ask: undo review
            12s undo review: succeeded (true)
            12s   ask: undo collect
            13s undo collect: succeeded (true)
            13s   end: rolled back because review timed out
        "#]],
    );
}

#[test]
fn an_answer_that_comes_while_silence_settles_counts() {
    check(
        "collect settles\n review needs collect settles",
        "collect activate: 12 ok\n review activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            10s activate collect: silence
            12s activate collect: succeeded (true)
            12s   ask: activate review
            22s activate review: silence
            27s activate review: settled
            27s   turn back: review timed out
            27s   ask: undo review
            28s undo review: succeeded (true)
            28s   ask: undo collect
            29s undo collect: succeeded (true)
            29s   end: rolled back because review timed out
        "#]],
    );
}

#[test]
fn silence_is_verified_where_the_step_says_so() {
    check(
        "collect verify\n review needs collect",
        "collect activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            10s activate collect: silence
            10s activate collect: settled
            10s   ask: verify collect
            11s verify collect: succeeded (true)
            11s   ask: activate review
            12s activate review: succeeded (true)
            12s   end: completed
        "#]],
    );
}

#[test]
fn a_success_that_no_verification_confirms_is_undone() {
    check(
        "collect verify",
        "collect verify: 1 unknown\n collect verify: 1 failed\n collect verify: 1 unknown",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: verify collect
            2s  verify collect: unknown
            2s    ask: verify collect, again
            3s  verify collect, again: failed (io)
            3s    ask: verify collect, again
            4s  verify collect, again: unknown
            4s    turn back: collect was not confirmed
            4s    ask: undo collect
            5s  undo collect: succeeded (true)
            5s    end: rolled back because collect was not confirmed
        "#]],
    );
}

#[test]
fn a_success_that_a_verification_denies_is_undone_at_once() {
    check(
        "collect verify",
        "collect verify: 1 no",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: verify collect
            2s  verify collect: succeeded (false)
            2s    turn back: collect was not confirmed
            2s    ask: undo collect
            3s  undo collect: succeeded (true)
            3s    end: rolled back because collect was not confirmed
        "#]],
    );
}

#[test]
fn what_cannot_be_undone_is_named_and_what_it_needs_is_held() {
    check(
        "base\n data needs base\n cache after data\n ship needs data,cache",
        "ship activate: 1 clean\n data undo: 1 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            1s  activate base: succeeded (true)
            1s    ask: activate data
            2s  activate data: succeeded (true)
            2s    ask: activate cache
            3s  activate cache: succeeded (true)
            3s    ask: activate ship
            4s  activate ship: failed cleanly (io)
            4s    turn back: ship failed (io)
            4s    ask: undo cache
            5s  undo cache: succeeded (true)
            5s    ask: undo data
            6s  undo data: failed (io)
            6s    hold base for data
            6s    end: stuck: the undo of data failed (io); kept up: base; rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn an_undeclared_undo_is_residue_and_nothing_is_not() {
    check(
        "a\n b needs a undo nothing\n c undo undeclared\n d needs b,c",
        "d activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    ask: activate c
            1s  activate a: succeeded (true)
            1s    ask: activate b
            1s  activate c: succeeded (true)
            2s  activate b: succeeded (true)
            2s    ask: activate d
            3s  activate d: failed cleanly (io)
            3s    turn back: d failed (io)
            3s    give up c: Undeclared
            3s    nothing to reverse of b
            3s    ask: undo a
            4s  undo a: succeeded (true)
            4s    end: stuck: c declares no undo; rolled back because d failed (io)
        "#]],
    );
}

#[test]
fn an_optional_step_that_cannot_be_undone_leaves_the_run_stuck_with_the_rest_up() {
    check(
        "a optional\n b",
        "a activate: 1 failed\n a undo: 1 unknown",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    ask: activate b
            1s  activate a: failed (io)
            1s    ask: undo a
            1s  activate b: succeeded (true)
            2s  undo a: unknown
            2s    end: stuck: the undo of a had an unknown outcome; went on although a failed (io)
        "#]],
    );
}

#[test]
fn a_late_success_during_the_undo_is_undone_once_more() {
    check(
        "a",
        "a activate: 12 ok\n a undo: 5 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   turn back: a timed out
            10s   ask: undo a
            12s activate a: succeeded (true)
            15s undo a: succeeded (true)
            15s   ask: undo a, anew
            16s undo a, anew: succeeded (true)
            16s   end: rolled back because a timed out
        "#]],
    );
}

#[test]
fn a_late_denial_before_the_undo_spares_it() {
    check(
        "a verify",
        "a activate: 12 clean\n a verify: 5 no",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   ask: verify a
            12s activate a: failed cleanly (io)
            15s verify a: succeeded (false)
            15s   turn back: a failed (io)
            15s   end: rolled back because a failed (io)
        "#]],
    );
}

/// The verification saw the step up, so the denial must not strike it from the residue.
#[test]
fn a_late_denial_does_not_outweigh_a_verification() {
    check(
        "a verify undo undeclared\n b needs a",
        "a activate: 14 clean\n b activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   ask: verify a
            11s verify a: succeeded (true)
            11s   ask: activate b
            12s activate b: failed cleanly (io)
            12s   turn back: b failed (io)
            12s   give up a: Undeclared
            12s   end: stuck: a declares no undo; rolled back because b failed (io)
            14s activate a: failed cleanly (io)
        "#]],
    );
}

#[test]
fn a_late_success_after_the_end_reopens_the_account() {
    check(
        "a",
        "a activate: 30 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            10s activate a: silence
            10s activate a: settled
            10s   turn back: a timed out
            10s   ask: undo a
            11s undo a: succeeded (true)
            11s   end: rolled back because a timed out
            30s activate a: succeeded (true)
            30s   give up a: LateSuccess
            30s   end: stuck: a succeeded after the end of the run; rolled back because a timed out
        "#]],
    );
}

#[test]
fn a_late_undo_strikes_its_residue_and_frees_what_was_held() {
    check(
        "a\n b needs a\n x\n y needs x\n c needs b,y",
        "c activate: 1 clean\n b undo: 12 ok\n y undo: 9 ok\n x undo: 9 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    ask: activate x
            1s  activate a: succeeded (true)
            1s    ask: activate b
            1s  activate x: succeeded (true)
            1s    ask: activate y
            2s  activate b: succeeded (true)
            2s  activate y: succeeded (true)
            2s    ask: activate c
            3s  activate c: failed cleanly (io)
            3s    turn back: c failed (io)
            3s    ask: undo y
            3s    ask: undo b
            12s undo y: succeeded (true)
            12s   ask: undo x
            13s undo b: silence
            13s   hold a for b
            15s undo b: succeeded (true)
            15s   ask: undo a
            16s undo a: succeeded (true)
            21s undo x: succeeded (true)
            21s   end: rolled back because c failed (io)
        "#]],
    );
}

#[test]
fn a_late_undo_after_the_end_strikes_its_residue_and_asks_for_nothing() {
    check(
        "a\n b needs a\n c needs b",
        "c activate: 1 clean\n b undo: 12 ok",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: succeeded (true)
            1s    ask: activate b
            2s  activate b: succeeded (true)
            2s    ask: activate c
            3s  activate c: failed cleanly (io)
            3s    turn back: c failed (io)
            3s    ask: undo b
            13s undo b: silence
            13s   hold a for b
            13s   end: stuck: the undo of b timed out; kept up: a; rolled back because c failed (io)
            15s undo b: succeeded (true)
            15s   end: stuck; kept up: a; rolled back because c failed (io)
        "#]],
    );
}

#[test]
fn a_cancelled_run_awaits_what_is_under_way_and_is_rolled_back() {
    check(
        "collect\n review needs collect settles\n test needs collect\n ship needs review,test",
        "review activate: 0 silent\n test activate: 4 ok\n at 3: cancel\n at 4: cancel",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s    ask: activate test
            3s  word: cancel
            3s    turn back: it was cancelled
            4s  word: cancel
            5s  activate test: succeeded (true)
            5s    ask: undo test
            6s  undo test: succeeded (true)
            11s activate review: silence
            16s activate review: settled
            16s   ask: undo review
            17s undo review: succeeded (true)
            17s   ask: undo collect
            18s undo collect: succeeded (true)
            18s   end: cancelled and rolled back
        "#]],
    );
}

#[test]
fn a_cancelled_step_settles_and_is_not_counted_as_done() {
    check(
        "collect settles\n notify optional settles\n mail needs notify optional",
        "collect activate: 4 ok\n notify activate: 0 silent\n at 3: cancel collect\n at 3: cancel notify",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            0s    ask: activate notify
            3s  word: cancel collect
            3s  word: cancel notify
            4s  activate collect: succeeded (true)
            8s  activate notify: settled
            8s    ask: undo notify
            9s  undo notify: succeeded (true)
            9s    skip mail for notify
            9s    end: completed with failures: notify was cancelled
        "#]],
    );
}

#[test]
fn a_step_that_is_cancelled_before_it_begins_fails() {
    check(
        "collect\n notify needs collect optional\n report wants notify",
        "collect activate: 4 ok\n at 3: cancel notify",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            3s  word: cancel notify
            3s    ask: activate report
            4s  activate collect: succeeded (true)
            4s  activate report: succeeded (true)
            4s    end: completed with failures: notify was cancelled
        "#]],
    );
}

#[test]
fn a_paused_run_begins_nothing_and_hears_everything() {
    check(
        "collect\n review needs collect verify",
        "collect activate: 4 ok\n at 3: pause\n at 20: resume",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            3s  word: pause run
            4s  activate collect: succeeded (true)
            20s word: resume run
            20s   ask: activate review
            21s activate review: succeeded (true)
            21s   ask: verify review
            22s verify review: succeeded (true)
            22s   end: completed
        "#]],
    );
}

#[test]
fn a_paused_step_is_not_undone_and_keeps_what_it_needs() {
    check(
        "collect\n review needs collect\n ship needs review\n test",
        "ship activate: 4 clean\n at 3: pause review\n at 20: resume review",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            0s    ask: activate test
            1s  activate collect: succeeded (true)
            1s    ask: activate review
            1s  activate test: succeeded (true)
            2s  activate review: succeeded (true)
            2s    ask: activate ship
            3s  word: pause review
            6s  activate ship: failed cleanly (io)
            6s    turn back: ship failed (io)
            6s    ask: undo test
            7s  undo test: succeeded (true)
            20s word: resume review
            20s   ask: undo review
            21s undo review: succeeded (true)
            21s   ask: undo collect
            22s undo collect: succeeded (true)
            22s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn a_completed_run_is_undone_on_request() {
    check(
        "collect\n review needs collect",
        "at 10: undo",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate collect
        1s  activate collect: succeeded (true)
        1s    ask: activate review
        2s  activate review: succeeded (true)
        2s    end: completed
        10s word: undo
        10s   turn back: its undo was asked for
        10s   ask: undo review
        11s undo review: succeeded (true)
        11s   ask: undo collect
        12s undo collect: succeeded (true)
        12s   end: rolled back because its undo was asked for
    "#]],
    );
}

#[test]
fn what_is_stuck_is_tried_again_by_the_word_of_a_person() {
    check(
        "base\n data needs base\n ship needs data",
        "ship activate: 1 clean\n data undo: 1 failed\n data undo: 1 failed\n at 20: retry data\n at 30: retry data",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            1s  activate base: succeeded (true)
            1s    ask: activate data
            2s  activate data: succeeded (true)
            2s    ask: activate ship
            3s  activate ship: failed cleanly (io)
            3s    turn back: ship failed (io)
            3s    ask: undo data
            4s  undo data: failed (io)
            4s    hold base for data
            4s    end: stuck: the undo of data failed (io); kept up: base; rolled back because ship failed (io)
            20s word: Retry data
            20s   ask: undo data, again
            21s undo data, again: failed (io)
            21s   end: stuck: the undo of data failed (io); kept up: base; rolled back because ship failed (io)
            30s word: Retry data
            30s   ask: undo data, again
            31s undo data, again: succeeded (true)
            31s   ask: undo base
            32s undo base: succeeded (true)
            32s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn what_a_person_saw_to_frees_what_was_held() {
    check(
        "base\n data needs base undo undeclared\n ship needs data",
        "ship activate: 1 clean\n at 20: undone data",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            1s  activate base: succeeded (true)
            1s    ask: activate data
            2s  activate data: succeeded (true)
            2s    ask: activate ship
            3s  activate ship: failed cleanly (io)
            3s    turn back: ship failed (io)
            3s    give up data: Undeclared
            3s    hold base for data
            3s    end: stuck: data declares no undo; kept up: base; rolled back because ship failed (io)
            20s word: Undone data
            20s   ask: undo base
            21s undo base: succeeded (true)
            21s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn what_a_person_accepts_stays_with_what_it_needs() {
    check(
        "base\n data needs base undo undeclared\n other undo undeclared\n ship needs data,other",
        "ship activate: 1 clean\n at 20: accept data\n at 21: accept other",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            0s    ask: activate other
            1s  activate base: succeeded (true)
            1s    ask: activate data
            1s  activate other: succeeded (true)
            2s  activate data: succeeded (true)
            2s    ask: activate ship
            3s  activate ship: failed cleanly (io)
            3s    turn back: ship failed (io)
            3s    give up other: Undeclared
            3s    give up data: Undeclared
            3s    hold base for data
            3s    end: stuck: data declares no undo, other declares no undo; kept up: base; rolled back because ship failed (io)
            20s word: Accept data
            20s   end: stuck: data declares no undo, other declares no undo; kept up: base; rolled back because ship failed (io)
            21s word: Accept other
            21s   end: accepted: data declares no undo, other declares no undo; kept up: base; rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn a_clean_failure_is_tried_again_anew_after_growing_waits() {
    check(
        "collect retry 4,2,exponential\n review needs collect",
        "collect activate: 1 clean\n collect activate: 1 clean\n collect activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: failed cleanly (io)
            1s    try collect anew in 2s
            3s  collect has waited
            3s    ask: activate collect, anew
            4s  activate collect, anew: failed cleanly (io)
            4s    try collect anew in 4s
            8s  collect has waited
            8s    ask: activate collect, anew
            9s  activate collect, anew: failed cleanly (io)
            9s    try collect anew in 8s
            17s collect has waited
            17s   ask: activate collect, anew
            18s activate collect, anew: succeeded (true)
            18s   ask: activate review
            19s activate review: succeeded (true)
            19s   end: completed
        "#]],
    );
}

#[test]
fn what_may_be_there_is_undone_before_it_is_begun_anew() {
    check(
        "collect settles retry 2,3,linear",
        "collect activate: 0 silent",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate collect
        10s activate collect: silence
        15s activate collect: settled
        15s   try collect anew in 3s
        15s   ask: undo collect
        16s undo collect: succeeded (true)
        18s collect has waited
        18s   ask: activate collect, anew
        19s activate collect, anew: succeeded (true)
        19s   end: completed
    "#]],
    );
}

#[test]
fn what_is_idempotent_is_repeated_under_the_same_key_while_nothing_is_known() {
    check(
        "collect idempotent retry 3,2,linear",
        "collect activate: 1 unknown\n collect activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: unknown
            1s    try collect again in 2s
            3s  collect has waited
            3s    ask: activate collect, again
            4s  activate collect, again: failed cleanly (io)
            4s    try collect again in 4s
            8s  collect has waited
            8s    ask: activate collect, again
            9s  activate collect, again: succeeded (true)
            9s    end: completed
        "#]],
    );
}

#[test]
fn a_late_success_ends_a_back_off() {
    check(
        "collect idempotent settles retry 3,20,constant",
        "collect activate: 17 ok",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate collect
        10s activate collect: silence
        15s activate collect: settled
        15s   try collect again in 20s
        17s activate collect: succeeded (true)
        17s   end: completed
    "#]],
    );
}

#[test]
fn what_cannot_be_undone_is_not_begun_anew() {
    check(
        "collect retry 3,1,constant",
        "collect activate: 1 failed\n collect undo: 1 failed",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate collect
            1s  activate collect: failed (io)
            1s    try collect anew in 1s
            1s    ask: undo collect
            2s  undo collect: failed (io)
            2s    turn back: collect failed (io)
            2s    end: stuck: the undo of collect failed (io); rolled back because collect failed (io)
        "#]],
    );
}

#[test]
fn attempts_end_by_number_by_time_and_by_class() {
    check(
        "a retry 2,1,constant",
        "a activate: 1 clean\n a activate: 1 clean",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    try a anew in 1s
        2s  a has waited
        2s    ask: activate a, anew
        3s  activate a, anew: failed cleanly (io)
        3s    no more tries of a
        3s    turn back: a failed (io)
        3s    end: rolled back because a failed (io)
    "#]],
    );
    check(
        "a retry 9,4,constant total 5",
        "a activate: 1 clean\n a activate: 1 clean",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    try a anew in 4s
        5s  a has waited
        5s    ask: activate a, anew
        6s  activate a, anew: failed cleanly (io)
        6s    no more tries of a
        6s    turn back: a failed (io)
        6s    end: rolled back because a failed (io)
    "#]],
    );
    check(
        "a retry 9,1,constant gives-up io",
        "a activate: 1 clean",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    no more tries of a
        1s    turn back: a failed (io)
        1s    end: rolled back because a failed (io)
    "#]],
    );
    check(
        "a retry 9,1,constant within 15",
        "a activate: 1 clean\n a activate: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: failed cleanly (io)
            1s    try a anew in 1s
            2s  a has waited
            2s    ask: activate a, anew
            12s activate a, anew: silence
            12s activate a, anew: settled
            12s   try a anew in 1s
            12s   ask: undo a
            13s undo a: succeeded (true)
            13s   ask: activate a, anew
            14s activate a, anew: succeeded (true)
            14s   end: completed
        "#]],
    );
}

#[test]
fn a_step_that_is_exhausted_waits_for_a_person() {
    check(
        "a retry 2,1,constant pauses",
        "a activate: 1 clean\n a activate: 1 clean\n a activate: 1 clean\n at 10: resume a",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: failed cleanly (io)
            1s    try a anew in 1s
            2s  a has waited
            2s    ask: activate a, anew
            3s  activate a, anew: failed cleanly (io)
            3s    a is exhausted and waits
            10s word: resume a
            10s   try a anew
            10s   ask: activate a, anew
            11s activate a, anew: failed cleanly (io)
            11s   try a anew in 1s
            12s a has waited
            12s   ask: activate a, anew
            13s activate a, anew: succeeded (true)
            13s   end: completed
        "#]],
    );
}

#[test]
fn a_step_is_cancelled_in_its_back_off() {
    check(
        "a retry 2,5,constant",
        "a activate: 1 clean\n at 3: cancel a",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: failed cleanly (io)
        1s    try a anew in 5s
        3s  word: cancel a
        3s    turn back: a was cancelled
        3s    end: rolled back because a was cancelled
    "#]],
    );
}

#[test]
fn an_undo_is_tried_again_under_the_same_key() {
    check(
        "a undo-retry 3,2,linear settles\n b needs a",
        "b activate: 1 clean\n a undo: 1 failed\n a undo: 0 silent",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: succeeded (true)
            1s    ask: activate b
            2s  activate b: failed cleanly (io)
            2s    turn back: b failed (io)
            2s    ask: undo a
            3s  undo a: failed (io)
            3s    try the undo of a again in 2s
            5s  a has waited
            5s    ask: undo a, again
            15s undo a, again: silence
            15s   try the undo of a again in 5s
            20s a has waited
            20s   ask: undo a, again
            21s undo a, again: succeeded (true)
            21s   end: rolled back because b failed (io)
        "#]],
    );
}

#[test]
fn a_pivot_stays_with_what_it_needs_and_the_rest_is_undone() {
    check(
        "base\n side\n data needs base undo pivot\n after needs data\n ship needs after,side",
        "ship activate: 1 clean",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            0s    ask: activate side
            1s  activate base: succeeded (true)
            1s    ask: activate data
            1s  activate side: succeeded (true)
            2s  activate data: succeeded (true)
            2s    ask: activate after
            3s  activate after: succeeded (true)
            3s    ask: activate ship
            4s  activate ship: failed cleanly (io)
            4s    turn back: ship failed (io)
            4s    ask: undo side
            4s    ask: undo after
            5s  undo side: succeeded (true)
            5s  undo after: succeeded (true)
            5s    give up data: Pivot
            5s    hold base for data
            5s    end: stuck: there is no way back beyond data; kept up: base; rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn an_undo_that_stops_the_rollback_keeps_the_rest_until_a_person_decides() {
    check(
        "base\n side\n data stops\n ship needs data,side,base",
        "ship activate: 1 clean\n side undo: 2 ok\n data undo: 1 failed\n base undo: 2 ok\n at 20: undone data",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate base
            0s    ask: activate data
            0s    ask: activate side
            1s  activate base: succeeded (true)
            1s  activate data: succeeded (true)
            1s  activate side: succeeded (true)
            1s    ask: activate ship
            2s  activate ship: failed cleanly (io)
            2s    turn back: ship failed (io)
            2s    ask: undo side
            2s    ask: undo data
            2s    ask: undo base
            3s  undo data: failed (io)
            4s  undo side: succeeded (true)
            4s  undo base: succeeded (true)
            4s    end: stuck: the undo of data failed (io); rolled back because ship failed (io)
            20s word: Undone data
            20s   end: rolled back because ship failed (io)
        "#]],
    );
}

#[test]
fn a_step_waits_for_a_signal_that_may_come_early() {
    check(
        "a\n b needs a awaits built\n c needs a awaits tested",
        "a activate: 5 ok\n at 2: signal built\n at 9: signal tested",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            2s  word: built has come
            5s  activate a: succeeded (true)
            5s    ask: activate b
            5s    c waits
            6s  activate b: succeeded (true)
            9s  word: tested has come
            9s    ask: activate c
            10s activate c: succeeded (true)
            10s   end: completed
        "#]],
    );
}

#[test]
fn a_step_waits_for_a_person_who_says_yes_or_no() {
    check(
        "a\n b needs a asks release\n c optional asks mail",
        "at 5: no mail\n at 6: yes release",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            0s    c waits
            1s  activate a: succeeded (true)
            1s    b waits
            5s  word: no to mail
            6s  word: yes to release
            6s    ask: activate b
            7s  activate b: succeeded (true)
            7s    end: completed with failures: c was denied
        "#]],
    );
    check(
        "a\n b needs a asks release",
        "a activate: 5 ok\n at 2: no release",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        2s  word: no to release
        5s  activate a: succeeded (true)
        5s    b was denied before
        5s    turn back: b was denied
        5s    ask: undo a
        6s  undo a: succeeded (true)
        6s    end: rolled back because b was denied
    "#]],
    );
}

#[test]
fn a_step_waits_for_an_instant_or_at_most_so_long() {
    check(
        "a rests 7\n b asks release at-most 9",
        "",
        &expect![[r#"
        0s  r1 starts
        0s    a waits
        0s    b waits
        7s  a has waited
        7s    ask: activate a
        8s  activate a: succeeded (true)
        9s  b has waited
        9s    turn back: b waited in vain
        9s    ask: undo a
        10s undo a: succeeded (true)
        10s   end: rolled back because b waited in vain
    "#]],
    );
}

#[test]
fn a_wait_ends_with_the_way_up() {
    check(
        "a\n b rests 50\n c awaits built",
        "at 3: cancel",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        0s    b waits
        0s    c waits
        1s  activate a: succeeded (true)
        3s  word: cancel
        3s    turn back: it was cancelled
        3s    ask: undo a
        4s  undo a: succeeded (true)
        4s    end: cancelled and rolled back
    "#]],
    );
}

#[test]
fn a_silence_between_heartbeats_is_a_time_out() {
    check(
        "a beats 4 settles",
        "a activate: 0 silent",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        4s  activate a: silence
        9s  activate a: settled
        9s    turn back: a timed out
        9s    ask: undo a
        10s undo a: succeeded (true)
        10s   end: rolled back because a timed out
    "#]],
    );
}

#[test]
fn a_heartbeat_postpones_the_time_out_up_to_that_of_the_attempt() {
    let mut run = Watched::new(Execution::start(Timestamp::from_secs(0), "r1", plan("a beats 4")));
    let effect = run.open[0].clone();
    for secs in [3, 6, 9] {
        assert_eq!(run.alarm(), Some(Timestamp::from_secs((secs + 1).min(10))));
        run.beat(Timestamp::from_secs(secs), &effect);
    }
    assert_eq!(run.alarm(), Some(Timestamp::from_secs(10)));
    assert_eq!(run.journal.len(), 2, "a heartbeat is never recorded");
}

/// Each condition is asked for once, when the turn of its step comes; whoever needs a step that is skipped
/// is skipped too, and whoever only comes after it is not.
#[test]
fn a_condition_that_does_not_hold_skips_its_step_and_what_needs_it() {
    let plan = plan(
        "a when fail\n b needs a\n c after a\n d when skip\n e when run\n f when fail optional",
    );
    let now = Timestamp::from_secs(0);
    let mut run = Watched::new(Execution::start(now, "r1", plan));
    for (id, verdict) in [("a", Some(false)), ("d", None), ("e", None), ("f", None)] {
        run.judge(now, Question::Step(run.plan.find(id).unwrap()), verdict);
    }
    while let Some(effect) = run.open.first().cloned() {
        run.answer(now, &effect, ok());
    }
    let lines = run.journal.iter().map(|record| line(&run.plan, record));
    expect![[r#"
        0s  r1 starts
        0s    does the condition of a hold?
        0s    does the condition of d hold?
        0s    does the condition of e hold?
        0s    does the condition of f hold?
        0s  verdict on a: Some(false)
        0s    skip b for a
        0s    ask: activate c
        0s  verdict on d: None
        0s  verdict on e: None
        0s    ask: activate e
        0s  verdict on f: None
        0s  activate c: succeeded (true)
        0s  activate e: succeeded (true)
        0s    end: completed with failures: f has a condition that nobody could tell
    "#]]
    .assert_eq(&lines.collect::<String>());
}

/// What a run was for is asked once all steps have ended.
#[test]
fn a_criterion_that_is_not_true_is_named_in_the_end() {
    check(
        "a\n b optional after a\n success ctx.up\n success ctx.fast",
        "b activate: 1 clean\n ctx.up: 2 no\n ctx.fast: 1 unknown",
        &expect![[r#"
            0s  r1 starts
            0s    ask: activate a
            1s  activate a: succeeded (true)
            1s    ask: activate b
            2s  activate b: failed cleanly (io)
            2s    is it true that ctx.fast?
            2s    is it true that ctx.up?
            3s  ctx.fast: None
            4s  ctx.up: Some(false)
            4s    end: completed with failures: b failed (io), nobody could tell whether `ctx.fast`, `ctx.up` is not true
        "#]],
    );
}

#[test]
fn a_run_that_is_what_it_was_for_completes() {
    check(
        "a\n required ctx.up",
        "",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    is it true that ctx.up?
        2s  ctx.up: Some(true)
        2s    end: completed
    "#]],
    );
}

#[test]
fn a_required_criterion_that_is_not_true_turns_the_run_back() {
    check(
        "a\n required ctx.up\n success ctx.zoom",
        "ctx.up: 1 unknown",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    is it true that ctx.up?
        1s    is it true that ctx.zoom?
        2s  ctx.up: None
        2s    turn back: nobody could tell whether `ctx.up`
        2s    ask: undo a
        3s  undo a: succeeded (true)
        3s    end: rolled back because nobody could tell whether `ctx.up`
    "#]],
    );
    check(
        "a undo pivot\n b needs a\n required ctx.up",
        "ctx.up: 1 no",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    ask: activate b
        2s  activate b: succeeded (true)
        2s    is it true that ctx.up?
        3s  ctx.up: Some(false)
        3s    turn back: `ctx.up` is not true
        3s    ask: undo b
        4s  undo b: succeeded (true)
        4s    give up a: Pivot
        4s    end: stuck: there is no way back beyond a; rolled back because `ctx.up` is not true
    "#]],
    );
}

/// What was asked is idle once the run is cancelled.
#[test]
fn a_cancel_ends_the_questions() {
    check(
        "a\n success ctx.up",
        "ctx.up: 9 no\n at 3: cancel",
        &expect![[r#"
        0s  r1 starts
        0s    ask: activate a
        1s  activate a: succeeded (true)
        1s    is it true that ctx.up?
        3s  word: cancel
        3s    turn back: it was cancelled
        3s    ask: undo a
        4s  undo a: succeeded (true)
        4s    end: cancelled and rolled back
    "#]],
    );
}
