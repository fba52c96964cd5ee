//! The blocking driver, with hosts of several kinds.

use std::collections::VecDeque;
use std::error::Error;
use std::num::NonZeroU32;

use ptms_core::{Duration, Timestamp};

use super::sketch::{TIMEOUT, plan};
use crate::drive::MAX_IDLE_WAKES;
use crate::{
    Change, DriveError, Effect, End, Execution, Host, Input, Outcome, Record, Terms, drive, replay,
};

const START: Timestamp = Timestamp::from_secs(100);

/// A host whose effects take `secs` each: one after the other, or side by side.
struct Worker {
    now: Timestamp,
    secs: u32,
    side_by_side: bool,
    begun: VecDeque<(Timestamp, Effect)>,
    journal: Vec<Record>,
    /// Refuses to store more.
    full_at: u64,
}

impl Worker {
    fn new(secs: u32, side_by_side: bool) -> Self {
        let (begun, journal) = Default::default();
        Self { now: START, secs, side_by_side, begun, journal, full_at: u64::MAX }
    }
}

impl Host for Worker {
    fn now(&mut self) -> Timestamp {
        self.now
    }

    fn perform(&mut self, effect: &Effect) -> Option<Outcome> {
        let announced = |record: &Record| {
            matches!(&record.change, Change::Issued { call, .. }
                if (call.step, &call.action) == (effect.key.step, &effect.key.action))
        };
        assert!(self.journal.iter().any(announced), "made before it was stored");
        if self.side_by_side {
            self.begun.push_back((self.now + Duration::from_secs(self.secs), effect.clone()));
            return None;
        }
        self.now = self.now + Duration::from_secs(self.secs);
        Some(Outcome::Succeeded(None))
    }

    fn wait(&mut self, until: Option<Timestamp>) -> Input {
        match self.begun.pop_front() {
            Some((done, effect)) if until.is_none_or(|until| done <= until) => {
                self.now = done.max(self.now);
                let outcome = Outcome::Succeeded(None);
                Input::Outcome { effect: effect.key, attempt: effect.attempt, outcome }
            }
            begun => {
                self.begun.extend(begun);
                self.now = until.unwrap_or(self.now).max(self.now);
                Input::Wake
            }
        }
    }

    fn append(&mut self, seq: u64, record: &Record) -> Result<(), Box<dyn Error + Send + Sync>> {
        if seq >= self.full_at {
            return Err("the disk is full".into());
        }
        assert_eq!(seq, self.journal.len() as u64);
        self.journal.push(record.clone());
        Ok(())
    }
}

#[test]
fn effects_side_by_side() {
    let mut host = Worker::new(4, true);
    let mut run = Execution::start(START, "r1", plan("a\n b\n c\n d needs a,b,c"));
    assert_eq!(drive(&mut run, &mut host).unwrap(), End::Completed);
    assert_eq!(host.now.since(START), Duration::from_secs(8));
    assert_eq!(replay(&host.journal).unwrap(), *run.state());
}

/// Three effects of four seconds are longer than the time-out of ten, but none of them is.
#[test]
fn effects_one_after_the_other_have_the_whole_time_out_each() {
    assert!(TIMEOUT < Duration::from_secs(3 * 4));
    let mut host = Worker::new(4, false);
    let plan = plan("a\n b\n c\n d needs a,b,c");
    let terms = Terms::default().at_once(NonZeroU32::MIN);
    let mut run = Execution::start_with(START, "r1", plan, terms);
    assert_eq!(drive(&mut run, &mut host).unwrap(), End::Completed);
    assert_eq!(host.now.since(START), Duration::from_secs(16));
    assert_eq!(replay(&host.journal).unwrap(), *run.state());
}

/// A host that was handed too much at once is not handed what was given up meanwhile.
#[test]
fn an_effect_that_timed_out_before_it_was_handed_out_is_not_made() {
    let mut host = Worker::new(11, false);
    let mut run = Execution::start(START, "r1", plan("a\n b optional"));
    let end = drive(&mut run, &mut host).unwrap();
    assert_eq!(end.to_string(), "completed with failures: b timed out");
    let made = host.now.since(START).as_nanos() / Duration::from_secs(11).as_nanos();
    assert_eq!(made, 2, "a, and the undo of b");
}

/// Nobody can tell whether `a` is to be done, which turns the run back; what of `b` is idle then.
#[test]
fn a_question_that_has_become_idle_is_not_asked() {
    let mut run = Execution::start(START, "r1", plan("a when fail\n b when fail"));
    let end = drive(&mut run, &mut Worker::new(1, false)).unwrap();
    assert_eq!(end.to_string(), "rolled back because a has a condition that nobody could tell");
}

#[test]
fn a_clock_that_runs_backwards_stands_still() {
    let mut host = Worker::new(1, false);
    let mut run = Execution::start(START + Duration::from_secs(50), "r1", plan("a\n b needs a"));
    assert_eq!(drive(&mut run, &mut host).unwrap(), End::Completed);
    assert_eq!(run.now().since(START), Duration::from_secs(50));
}

#[test]
fn a_journal_that_is_full_stops_the_run_before_the_effect() {
    for full_at in 0..5 {
        let mut host = Worker { full_at, ..Worker::new(1, false) };
        let mut run = Execution::start(START, "r1", plan("a\n b needs a"));
        let refused = drive(&mut run, &mut host).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("record {full_at} could not be stored: the disk is full")
        );
        assert_eq!(host.journal.len() as u64, full_at);
    }
}

/// Wakes up early, and answers what was never asked.
struct Odd {
    wakes: u32,
    answer: Option<Effect>,
}

impl Host for Odd {
    fn now(&mut self) -> Timestamp {
        START
    }

    fn perform(&mut self, effect: &Effect) -> Option<Outcome> {
        self.answer.get_or_insert_with(|| effect.clone());
        None
    }

    fn wait(&mut self, _: Option<Timestamp>) -> Input {
        self.wakes += 1;
        match &self.answer {
            Some(effect) if self.wakes > MAX_IDLE_WAKES / 2 => {
                let (effect, outcome) = (effect.key.clone(), Outcome::Succeeded(None));
                Input::Outcome { effect, attempt: 1, outcome }
            }
            _ => Input::Wake,
        }
    }
}

#[test]
fn early_wake_ups_do_no_harm_and_a_second_answer_stops_the_driver() {
    let mut run = Execution::start(START, "r1", plan("a\n b needs a"));
    let refused = drive(&mut run, &mut Odd { wakes: 0, answer: None }).unwrap_err();
    assert!(matches!(refused, DriveError::Input(_)), "{refused}");
    assert_eq!(run.state().in_flight(), 1);
}
