//! Runs whose host dies: after any record, again and again, knowing something of what was under way or
//! nothing at all.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use ptms_core::{Duration, StepSpec, Timestamp};

use super::random;
use super::sketch::plan;
use crate::{
    Action, Change, Command, Effect, EffectKey, Execution, Input, Outcome, Output, Record,
    Recovery, replay,
};

fn ok() -> Outcome {
    Outcome::Succeeded(Some(true.into()))
}

fn clean() -> Outcome {
    Outcome::Failed { class: "io".into(), clean: true }
}

/// A run, its journal, and what its hosts were asked for before and after each death.
struct Survivor {
    run: Execution,
    now: Timestamp,
    journal: Vec<Record>,
    activated: BTreeSet<EffectKey>,
}

impl Survivor {
    /// What the journal leads to. Every effect that it announces may have happened.
    fn new(journal: &[Record]) -> Self {
        let state = replay(journal).unwrap();
        let issued = journal.iter().filter_map(|record| match &record.change {
            Change::Issued { call, .. } if call.action == Action::Activate => Some(EffectKey {
                run: state.run().clone(),
                step: call.step,
                action: Action::Activate,
                epoch: call.epoch,
            }),
            _ => None,
        });
        let (activated, now) = (issued.collect(), state.at() + Duration::from_secs(1));
        Self { run: Execution::resume(state), now, journal: journal.to_vec(), activated }
    }

    /// Hands in what is known, one byte for each outstanding effect; gives those that still run.
    fn recover(&mut self, fence: u64, known: &[u8]) -> Vec<Effect> {
        let outstanding = self.run.outstanding();
        let mut found = BTreeMap::new();
        let mut running = Vec::new();
        for (effect, byte) in outstanding.into_iter().zip(known.iter().chain(std::iter::repeat(&0)))
        {
            let recovery = match byte % 4 {
                0 => continue,
                1 => Recovery::Became(ok()),
                2 => Recovery::Became(clean()),
                _ => {
                    running.push(effect.clone());
                    Recovery::StillRunning
                }
            };
            found.insert(effect.key, recovery);
        }
        let again = Input::Recovered { fence, found };
        self.run.handle(self.now, again.clone()).unwrap();
        let state = self.run.state().clone();
        self.run.handle(self.now, again).unwrap_err();
        assert_eq!(*self.run.state(), state, "an older owner is refused and changes nothing");
        running
    }

    /// Answers everything well until the run rests, or until so many records are made.
    fn live(&mut self, mut running: Vec<Effect>, records: usize) {
        for _ in 0..10_000 {
            let answer = match self.run.poll() {
                Output::Record(seq, record) => {
                    assert_eq!(seq, self.journal.len() as u64);
                    self.journal.push(record);
                    if self.journal.len() >= records {
                        return;
                    }
                    continue;
                }
                Output::Perform { effect, .. } => {
                    self.check_once(&effect);
                    effect
                }
                Output::Decide { .. } | Output::Abandon { .. } => continue,
                Output::Wait(until) => match running.pop() {
                    Some(effect) => effect,
                    None if until.is_none() => {
                        let scope = self.run.state().paused().next().expect("it waits for a word");
                        let word = Command::Resume(scope.clone());
                        self.run.handle(self.now, Input::Command(word)).unwrap();
                        continue;
                    }
                    None => {
                        self.now = self.now.max(until.expect("it waits for something"));
                        self.run.handle(self.now, Input::Wake).unwrap();
                        continue;
                    }
                },
                Output::Done(_) => return,
            };
            let Effect { key, attempt, .. } = answer;
            let input = Input::Outcome { effect: key, attempt, outcome: ok() };
            self.run.handle(self.now, input).unwrap();
        }
        panic!("the run does not come to rest");
    }

    /// An activation that may have happened is asked for again only where that is safe.
    fn check_once(&mut self, effect: &Effect) {
        if effect.key.action == Action::Activate && !self.activated.insert(effect.key.clone()) {
            let step = self.run.state().plan().step(effect.key.step).unwrap();
            assert!(step.idempotent, "performed twice: {}", effect.key);
            assert!(effect.attempt > 1, "the same attempt twice");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_run_survives_its_hosts(
        steps in random::steps(),
        idempotent in proptest::collection::vec(any::<bool>(), 8),
        host in proptest::collection::vec(any::<u8>(), 0..60),
        deaths in proptest::collection::vec(
            (any::<prop::sample::Index>(), proptest::collection::vec(any::<u8>(), 0..6)), 1..4),
    ) {
        let mark = |(mut step, idempotent): (StepSpec, bool)| {
            step.idempotent = Some(idempotent);
            step
        };
        let steps: Vec<StepSpec> = steps.into_iter().zip(idempotent).map(mark).collect();
        let mut journal = random::run(steps, None, &host).journal;
        for (fence, (cut, known)) in (1..).zip(&deaths) {
            journal.truncate(1 + cut.index(journal.len()));
            let mut survivor = Survivor::new(&journal);
            let running = survivor.recover(fence, known);
            let is_last = fence as usize == deaths.len();
            let records = if is_last { usize::MAX } else { journal.len() + 3 };
            survivor.live(running, records);
            journal = survivor.journal;
            if is_last {
                prop_assert!(survivor.run.state().end().is_some());
                prop_assert_eq!(&replay(&journal).unwrap(), survivor.run.state());
            }
        }
    }
}

/// The host dies when it has been asked for the first effect, and knows what `known` says; after that
/// it answers everything well.
fn check(steps: &str, known: &[u8], expected: &Expect) {
    let mut run = Execution::start(Timestamp::from_secs(0), "r1", plan(steps));
    let mut journal = Vec::new();
    while let Output::Record(_, record) = run.poll() {
        journal.push(record);
    }
    let mut survivor = Survivor::new(&journal);
    let running = survivor.recover(1, known);
    survivor.live(running, usize::MAX);
    let plan = survivor.run.state().plan().clone();
    let lines = survivor.journal.iter().skip(journal.len());
    expected
        .assert_eq(&lines.map(|record| super::stories::line(&plan, record)).collect::<String>());
}

#[test]
fn what_is_not_idempotent_settles_and_is_undone() {
    check(
        "collect settles",
        &[],
        &expect![[r#"
        1s  recovered: 1, 0 known
        6s  activate collect: settled
        6s    turn back: collect had an unknown outcome
        6s    ask: undo collect
        6s  undo collect: succeeded (true)
        6s    end: rolled back because collect had an unknown outcome
    "#]],
    );
}

#[test]
fn what_is_idempotent_is_asked_for_again_under_the_same_key() {
    check(
        "collect idempotent",
        &[],
        &expect![[r#"
        1s  recovered: 1, 0 known
        1s    ask: activate collect, again
        1s  activate collect, again: succeeded (true)
        1s    end: completed
    "#]],
    );
}

#[test]
fn what_can_be_verified_is_verified() {
    check(
        "collect verify settles\n review needs collect",
        &[],
        &expect![[r#"
        1s  recovered: 1, 0 known
        6s  activate collect: settled
        6s    ask: verify collect
        6s  verify collect: succeeded (true)
        6s    ask: activate review
        6s  activate review: succeeded (true)
        6s    end: completed
    "#]],
    );
}

#[test]
fn what_the_host_found_out_counts() {
    check(
        "collect\n review needs collect",
        &[1],
        &expect![[r#"
        1s  recovered: 1, 1 known
        1s    ask: activate review
        1s  activate review: succeeded (true)
        1s    end: completed
    "#]],
    );
}

#[test]
fn what_still_runs_is_waited_for() {
    check(
        "collect\n review needs collect",
        &[3],
        &expect![[r#"
        1s  recovered: 1, 1 known
        1s  activate collect: succeeded (true)
        1s    ask: activate review
        1s  activate review: succeeded (true)
        1s    end: completed
    "#]],
    );
}

/// A step that came back while it was being undone is undone once more, also when the host dies between.
#[test]
fn a_second_undo_that_is_owed_survives_the_host() {
    let mut run = Execution::start(Timestamp::from_secs(0), "r1", plan("collect"));
    let mut journal = Vec::new();
    let mut asked = Vec::new();
    let mut drain = |run: &mut Execution, asked: &mut Vec<Effect>| loop {
        match run.poll() {
            Output::Record(_, record) => journal.push(record),
            Output::Perform { effect, .. } => asked.push(effect),
            Output::Decide { .. } | Output::Abandon { .. } => {}
            Output::Wait(_) | Output::Done(_) => break,
        }
    };
    drain(&mut run, &mut asked);
    run.handle(Timestamp::from_secs(10), Input::Wake).unwrap();
    drain(&mut run, &mut asked);
    let Effect { key, attempt, .. } = asked[0].clone();
    let late = Input::Outcome { effect: key, attempt, outcome: ok() };
    run.handle(Timestamp::from_secs(12), late).unwrap();
    drain(&mut run, &mut asked);
    let died = journal.len();

    let mut survivor = Survivor::new(&journal);
    let running = survivor.recover(1, &[]);
    survivor.live(running, usize::MAX);
    let plan = survivor.run.state().plan().clone();
    let lines = survivor.journal.iter().skip(died);
    expect![[r#"
        13s recovered: 1, 0 known
        13s   ask: undo collect, anew
        13s undo collect, anew: succeeded (true)
        13s   end: rolled back because collect timed out
    "#]]
    .assert_eq(&lines.map(|record| super::stories::line(&plan, record)).collect::<String>());
}
