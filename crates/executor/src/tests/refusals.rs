//! What fits nothing is refused with one clear message, and changes nothing.

use expect_test::{Expect, expect};
use ptms_core::Timestamp;

use super::monitor::Watched;
use super::sketch::plan;
use crate::{Change, Effect, Execution, Input, Outcome, Question, Record, RunId, replay};

/// Two steps, `a` then `b`, of which `a` is under way.
fn started() -> (Watched, Effect) {
    let run = Execution::start(Timestamp::from_secs(60), "r1", plan("a verify\n b needs a"));
    let watched = Watched::new(run);
    let effect = watched.open[0].clone();
    (watched, effect)
}

fn check(run: &Watched, now: u32, input: Input, expected: &Expect) {
    let mut after = run.run.clone();
    let refused = after.handle(Timestamp::from_secs(now.into()), input).unwrap_err();
    expected.assert_eq(&refused.to_string());
    assert_eq!(after.state(), run.run.state());
    assert_eq!(after.now(), run.run.now());
    assert_eq!(after.poll(), run.run.clone().poll());
}

fn outcome(effect: &Effect, change: impl FnOnce(&mut Effect)) -> Input {
    let mut effect = effect.clone();
    change(&mut effect);
    Input::Outcome { effect: effect.key, attempt: effect.attempt, outcome: Outcome::Unknown }
}

#[test]
fn time_that_runs_backwards() {
    let (run, effect) = started();
    check(
        &run,
        59,
        Input::Wake,
        &expect!["time ran backwards: 59.000000000 came after 60.000000000"],
    );
    check(
        &run,
        59,
        outcome(&effect, |_| ()),
        &expect!["time ran backwards: 59.000000000 came after 60.000000000"],
    );
}

#[test]
fn outcomes_that_nobody_asked_for() {
    let (run, effect) = started();
    let b = run.plan.find("b").unwrap();
    let larger = plan("a\n b\n c").find("c").unwrap();
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.key.run = RunId::from("r2")),
        &expect!["the outcome is for run r2, but this is run r1"],
    );
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.key.step = larger),
        &expect!["the plan of the run has no step 2"],
    );
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.key.step = b),
        &expect!["nobody asked for this effect of step b: activate, epoch 0, attempt 1"],
    );
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.key.epoch = 1),
        &expect!["nobody asked for this effect of step a: activate, epoch 1, attempt 1"],
    );
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.attempt = 2),
        &expect!["nobody asked for this effect of step a: activate, epoch 0, attempt 2"],
    );
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.key.action = crate::Action::Verify),
        &expect!["nobody asked for this effect of step a: verify, epoch 0, attempt 1"],
    );
    let undo = crate::Action::Undo("undo-a".into());
    check(
        &run,
        61,
        outcome(&effect, |effect| effect.key.action = undo),
        &expect!["nobody asked for this effect of step a: undo by undo-a, epoch 0, attempt 1"],
    );
}

#[test]
fn a_second_answer() {
    let (mut run, effect) = started();
    run.answer(Timestamp::from_secs(61), &effect, Outcome::Succeeded(None));
    check(
        &run,
        62,
        outcome(&effect, |_| ()),
        &expect!["this effect of step a already has its answer: activate, epoch 0, attempt 1"],
    );
    let verify = run.open[0].clone();
    run.answer(Timestamp::from_secs(62), &verify, Outcome::Succeeded(Some(true.into())));
    check(
        &run,
        62,
        outcome(&verify, |_| ()),
        &expect!["this effect of step a already has its answer: verify, epoch 0, attempt 1"],
    );
}

#[test]
fn a_second_answer_after_a_late_one_and_after_the_end() {
    let (mut run, effect) = started();
    let now = Timestamp::from_secs(70);
    run.wake(now);
    run.answer(now, &effect, Outcome::Succeeded(None));
    check(
        &run,
        70,
        outcome(&effect, |_| ()),
        &expect!["this effect of step a already has its answer: activate, epoch 0, attempt 1"],
    );
    let verify = run.open[0].clone();
    run.answer(now, &verify, Outcome::Succeeded(Some(false.into())));
    let undo = run.open[0].clone();
    run.answer(now, &undo, Outcome::Succeeded(None));
    assert!(run.end.is_some());
    check(
        &run,
        71,
        outcome(&undo, |_| ()),
        &expect![
            "this effect of step a already has its answer: undo by undo-a, epoch 0, attempt 1"
        ],
    );
    run.wake(Timestamp::from_secs(100));
}

#[test]
fn an_output_that_is_too_large() {
    let (run, effect) = started();
    let text = "x".repeat(crate::MAX_OUTPUT);
    let of = |output: ptms_core::Value| Input::Outcome {
        effect: effect.key.clone(),
        attempt: 1,
        outcome: Outcome::Succeeded(Some(output)),
    };
    let more = ptms_core::Value::list([text.as_str().into(), 1.into()]);
    check(&run, 61, of(more), &expect!["the output has 65544 bytes; the limit is 65536"]);
    let mut run = run;
    run.run.handle(Timestamp::from_secs(61), of(text.into())).unwrap();
}

#[test]
fn words_that_fit_nothing() {
    let (run, effect) = started();
    let word = Input::Command;
    check(
        &run,
        61,
        word(crate::Command::Signal("built".into())),
        &expect!["the plan of the run has no step that waits for this signal"],
    );
    check(
        &run,
        61,
        word(crate::Command::Undo),
        &expect!["only a run that has completed can be undone"],
    );
    check(
        &run,
        61,
        word(crate::Command::Resume(crate::Scope::Run)),
        &expect!["what is to go on is not paused"],
    );
    let verdict = Input::Verdict {
        question: Question::Step(effect.key.step),
        verdict: None,
        read: Default::default(),
    };
    check(&run, 61, verdict, &expect!["nobody asked for this verdict"]);
}

/// An answer that comes with the instant of its own time-out is in time.
#[test]
fn an_answer_goes_before_the_time_out() {
    let (mut run, effect) = started();
    run.answer(effect.deadline, &effect, Outcome::Succeeded(None));
    assert!(run.silent.is_empty());
}

fn check_replay(records: &[Record], expected: &Expect) {
    expected.assert_eq(&replay(records).unwrap_err().to_string());
}

#[test]
fn records_that_are_no_journal() {
    let (mut run, effect) = started();
    run.answer(Timestamp::from_secs(61), &effect, Outcome::Succeeded(None));
    let journal = run.journal;
    check_replay(&[], &expect!["a journal has at least one record"]);
    check_replay(
        &journal[1..],
        &expect!["the first record of a journal says what was started; this one does not"],
    );
    check_replay(
        &[&journal[..], &journal[..1]].concat(),
        &expect!["record 4 does not fit those before it: it lies before the record in front of it"],
    );
    check_replay(
        &[&journal[..], &journal[1..2]].concat(),
        &expect!["record 4 does not fit those before it: it lies before the record in front of it"],
    );
    check_replay(
        &[&journal[..1], &journal[2..]].concat(),
        &expect![
            "record 1 does not fit those before it: nobody asked for this effect of step a: activate, epoch 0, attempt 1"
        ],
    );
    check_replay(
        &[&journal[..3], &journal[2..]].concat(),
        &expect![
            "record 3 does not fit those before it: this effect of step a already has its answer: activate, epoch 0, attempt 1"
        ],
    );
    let ended = Change::Ended { end: crate::End::Completed };
    let ended = Record::new(Timestamp::from_secs(70), ended);
    check_replay(
        &[&journal[..], &[ended]].concat(),
        &expect![
            "record 4 does not fit those before it: a run cannot end while effects are under way"
        ],
    );

    let mut newer = journal[0].clone();
    let Change::Started { format, .. } = &mut newer.change else { panic!() };
    *format += 1;
    check_replay(
        &[newer],
        &expect!["the journal has format 2; this version reads formats up to 1"],
    );
}
