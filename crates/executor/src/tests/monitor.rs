//! A witness: watches what a run asks for and what the host answers, keeps its own account of the world,
//! and objects to whatever the engine promised not to do. Knows the plan, the outputs and the answers,
//! and nothing of the state behind them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pso_graph::{EdgeKind, Plan, StepId};
use ptms_core::step::{Awaited, OnUnknown, Wait};
use ptms_core::{Timestamp, Undo, Value};

use crate::{
    Action, Cause, Change, Command, Effect, EffectKey, End, Execution, HandleError, Input,
};
use crate::{Call, Outcome, Output, Question, Record, Residue, Resolution, Scope, Unmet};

/// What the witness believes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Belief {
    /// Never begun.
    Untouched,
    /// Is up, by the host's word, and a verification if there is one.
    Up,
    /// Something of it may be there.
    Maybe,
    /// Nothing of it is there.
    Gone,
}

/// What the witness has seen of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) belief: Belief,
    skipped: bool,
    failed: bool,
    /// Whether the host's word lets a verification decide that the step is up.
    may_be_up: bool,
    /// Whether the host's word is that nothing remains.
    clean: bool,
    /// Its turn to be undone has passed, with whatever result.
    passed: bool,
    undos: u32,
    /// How many undos had been begun when it succeeded late.
    returned_at: Option<u32>,
    /// It succeeded late while it was being undone.
    came_back: bool,
    /// A person has accepted that it remains.
    accepted: bool,
    /// A person has said that it is gone.
    marked: bool,
    /// The epoch of its last activation, and the attempts at it in all since it began or was resumed.
    epoch: u32,
    tries: u32,
    /// The epochs that its undos were told to reverse, and whether a newer one was begun since.
    covered: Option<u32>,
    /// An attempt of an earlier epoch succeeded late.
    haunted: bool,
    /// An attempt in this epoch was said to be unknown.
    unknown: bool,
    /// Nothing has been concluded yet from what is not known.
    undecided: bool,
    exhausted: bool,
}

/// A run with its witness.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) run: Execution,
    pub(super) plan: Arc<Plan>,
    pub(super) journal: Vec<Record>,
    /// All effects that the host was asked for.
    pub(super) asked: Vec<Effect>,
    /// Those that are under way.
    pub(super) open: Vec<Effect>,
    /// Those that timed out and were not answered.
    pub(super) silent: Vec<Effect>,
    pub(super) end: Option<End>,
    pub(super) seen: Vec<Seen>,
    pub(super) paused: BTreeSet<Scope>,
    /// Until when steps rest.
    rests: BTreeMap<StepId, Timestamp>,
    /// The conditions that are asked for.
    pub(super) asking: BTreeSet<Question>,
    /// What was said of the success criteria.
    criteria: BTreeMap<u32, Option<bool>>,
    /// The steps that wait for something.
    awaiting: BTreeSet<StepId>,
    performed: BTreeSet<(EffectKey, u32)>,
    rolling_back: bool,
    cancelled: bool,
    late: bool,
}

impl Watched {
    pub(super) fn new(run: Execution) -> Self {
        let plan = Arc::clone(run.state().plan());
        let seen = Seen {
            belief: Belief::Untouched,
            skipped: false,
            failed: false,
            may_be_up: false,
            clean: false,
            passed: false,
            undos: 0,
            returned_at: None,
            came_back: false,
            accepted: false,
            marked: false,
            epoch: 0,
            tries: 0,
            covered: None,
            haunted: false,
            unknown: false,
            undecided: false,
            exhausted: false,
        };
        let seen = vec![seen; plan.steps().len()];
        let (journal, asked, open, silent, performed) = Default::default();
        let mut watched = Self {
            run,
            plan,
            journal,
            asked,
            open,
            silent,
            end: None,
            seen,
            paused: BTreeSet::new(),
            rests: BTreeMap::new(),
            asking: BTreeSet::new(),
            criteria: BTreeMap::new(),
            awaiting: BTreeSet::new(),
            performed,
            rolling_back: false,
            cancelled: false,
            late: false,
        };
        watched.drain();
        watched
    }

    /// Lets time pass to `now`.
    pub(super) fn wake(&mut self, now: Timestamp) {
        self.run.handle(now, Input::Wake).unwrap();
        self.drain();
    }

    /// Answers an effect that was asked for.
    pub(super) fn answer(&mut self, now: Timestamp, effect: &Effect, outcome: Outcome) {
        self.try_answer(now, effect, outcome).unwrap();
    }

    /// Answers an effect, and finds that it cannot be answered again.
    pub(super) fn answer_twice(&mut self, now: Timestamp, effect: &Effect, outcome: &Outcome) {
        self.answer(now, effect, outcome.clone());
        let before = self.run.state().clone();
        self.try_answer(now, effect, outcome.clone()).unwrap_err();
        assert_eq!(*self.run.state(), before, "refused, and yet something changed");
    }

    pub(super) fn try_answer(
        &mut self,
        now: Timestamp,
        effect: &Effect,
        outcome: Outcome,
    ) -> Result<(), HandleError> {
        let Effect { key, attempt, .. } = effect.clone();
        self.run.handle(now, Input::Outcome { effect: key, attempt, outcome })?;
        self.drain();
        Ok(())
    }

    /// Says a word about the run.
    pub(super) fn command(&mut self, now: Timestamp, command: Command) -> Result<(), HandleError> {
        self.run.handle(now, Input::Command(command))?;
        self.drain();
        Ok(())
    }

    /// Says whether a condition holds, where that is still of use.
    pub(super) fn judge(&mut self, now: Timestamp, question: Question, verdict: Option<bool>) {
        let verdict = Input::Verdict { question, verdict, read: BTreeMap::new() };
        if self.run.handle(now, verdict.clone()).is_err() {
            let is_idle = matches!(question, Question::Step(step) if self.seen(step).failed);
            assert!(self.rolling_back || is_idle, "a verdict is refused");
            self.asking.remove(&question);
            return;
        }
        self.drain();
        self.run.handle(now, verdict).unwrap_err();
    }

    /// Shows that an effect under way is alive.
    pub(super) fn beat(&mut self, now: Timestamp, effect: &Effect) {
        let Effect { key, attempt, .. } = effect.clone();
        self.run.handle(now, Input::Heartbeat { effect: key, attempt }).unwrap();
        let heartbeat = self.plan.step(effect.key.step).unwrap().heartbeat.unwrap();
        let asked = self.asked.iter().rev().find(|asked| asked.key == effect.key).unwrap();
        for open in self.open.iter_mut().filter(|open| open.key == effect.key) {
            open.deadline = asked.deadline.min(now + heartbeat);
        }
        self.drain();
    }

    /// The instant at which the run wants to be woken.
    pub(super) fn alarm(&self) -> Option<Timestamp> {
        match self.run.clone().poll() {
            Output::Wait(until) => until,
            _ => None,
        }
    }

    /// All that the future depends on, of the run and of the world.
    pub(super) fn fingerprint(&self, now: Timestamp) -> String {
        let state = self.run.state().steering(now);
        let call = |effect: &Effect| {
            let left = effect.deadline.since(now);
            (effect.key.step, effect.key.action.clone(), effect.key.epoch, effect.attempt, left)
        };
        let open: Vec<_> = self.open.iter().map(call).collect();
        let silent: Vec<_> = self.silent.iter().map(call).collect();
        let said = (&self.criteria, self.cancelled);
        let whole = (self.run.state().cause(), &self.end, &self.paused, said);
        format!("{:?}", (state, &self.seen, open, silent, whole))
    }

    fn drain(&mut self) {
        let mut performs = 0;
        let mut activated = None;
        loop {
            match self.run.poll() {
                Output::Record(seq, record) => {
                    assert_eq!(performs, 0, "all records come before all effects");
                    assert_eq!(
                        seq,
                        self.journal.len() as u64,
                        "records are numbered without a gap"
                    );
                    self.on_record(&record);
                    self.journal.push(record);
                }
                Output::Perform { effect, after } => {
                    performs += 1;
                    if effect.key.action == Action::Activate {
                        assert!(activated < Some(effect.key.step), "activated out of plan order");
                        activated = Some(effect.key.step);
                    }
                    self.on_perform(&effect, after);
                }
                Output::Decide { question, .. } => {
                    performs += 1;
                    assert!(self.asking.insert(question), "asked twice");
                }
                Output::Abandon { key, attempt } => {
                    performs += 1;
                    let known = self.journal.iter().any(|record| match &record.change {
                        Change::TimedOut { call } => {
                            (call.step, call.attempt) == (key.step, attempt)
                        }
                        Change::Commanded { command: Command::CancelStep(step) } => {
                            *step == key.step
                        }
                        Change::Commanded { command } => *command == Command::Cancel,
                        // Another attempt under the same key succeeded late.
                        Change::Answered { call, outcome: Outcome::Succeeded(_) } => {
                            (call.step, &call.action, call.epoch)
                                == (key.step, &key.action, key.epoch)
                        }
                        _ => false,
                    });
                    assert!(known, "given up for no reason");
                }
                Output::Wait(until) => {
                    let due = self.open.iter().map(|effect| effect.deadline).min();
                    assert!(
                        until == due || self.rests.values().any(|rest| Some(*rest) == until),
                        "woken exactly for the next time-out, or the end of a rest"
                    );
                    assert!(due.is_none_or(|due| until <= Some(due)), "woken too late");
                    let exhausted = self.seen.iter().any(|seen| seen.exhausted);
                    let waits = until.is_some()
                        || !self.awaiting.is_empty()
                        || !self.asking.is_empty()
                        || !self.paused.is_empty()
                        || exhausted;
                    assert!(waits, "a run that waits, waits for something");
                    assert_eq!(self.run.state().end(), None);
                    break;
                }
                Output::Done(end) => {
                    assert!(self.open.is_empty(), "ended with effects under way");
                    self.on_end(&end);
                    self.end = Some(end);
                    break;
                }
            }
        }
        assert_eq!(self.open.len(), self.run.state().in_flight());
    }

    fn on_record(&mut self, record: &Record) {
        match &record.change {
            Change::RollingBack { cause } => self.on_turn(cause),
            Change::Commanded { command } => self.on_command(command, record.at),
            Change::Retrying { .. }
            | Change::RetryingUndo { .. }
            | Change::Due { .. }
            | Change::Exhausted { .. }
            | Change::Failed { .. } => self.on_retry(record),
            Change::Skipped { step, because } => {
                let belief = self.seen(*because).belief;
                let missing = self.seen(*because).skipped || self.seen(*because).failed;
                assert!(missing && belief != Belief::Up, "skipped for no reason");
                assert_eq!(self.seen(*step).belief, Belief::Untouched);
                self.seen_mut(*step).skipped = true;
            }
            Change::Answered { call, outcome } => self.on_word(call, outcome),
            Change::TimedOut { call } if call.action == Action::Activate => {
                let effect = self.open.iter().find(|effect| effect.key.step == call.step);
                let effect = effect.expect("only what was asked for");
                assert!(effect.deadline <= record.at, "timed out early");
                self.settles(call.step, record.at);
            }
            Change::TimedOut { call } | Change::Settled { call } => {
                let same = |effect: &Effect| {
                    effect.key.step == call.step && effect.key.action == call.action
                };
                let at =
                    self.open.iter().position(same).expect("only what was asked for times out");
                let effect = self.open.remove(at);
                assert!(effect.deadline <= record.at, "timed out early");
                self.on_answer(&effect, &Outcome::Unknown);
                self.silent.push(effect);
            }
            Change::Cleared { step } => {
                let going_back = self.rolling_back;
                let seen = self.seen_mut(*step);
                seen.passed = true;
                seen.covered = Some(seen.epoch);
                if !going_back {
                    seen.belief = Belief::Gone;
                }
            }
            Change::Stranded { step, .. } => {
                let in_place = !self.rolling_back;
                self.seen_mut(*step).passed = true;
                self.seen_mut(*step).failed |= in_place;
            }
            Change::Held { step, .. } => self.seen_mut(*step).passed = true,
            Change::Waiting { step, until } => {
                self.awaiting.insert(*step);
                until.iter().for_each(|until| _ = self.rests.insert(*step, *until));
            }
            Change::Asked { .. } | Change::Judged { .. } => self.on_question(&record.change),
            Change::Denied { step } | Change::Lacking { step, .. } => {
                self.seen_mut(*step).failed = true;
            }
            Change::Passed { step } => self.seen_mut(*step).belief = Belief::Up,
            Change::Started { .. } | Change::Issued { .. } | Change::Ended { .. } => {}
            Change::Recovered { .. } => panic!("nobody died"),
        }
    }

    /// The run turns back.
    fn on_turn(&mut self, cause: &Cause) {
        assert!(!self.rolling_back, "turned back twice");
        self.rolling_back = true;
        match cause {
            Cause::Critical(failure) => {
                let step = self.plan.find(&failure.step).unwrap();
                assert!(self.plan.step(step).unwrap().critical, "{failure} turned it back");
                assert!(self.seen(step).failed);
            }
            Cause::Cancelled => assert!(self.cancelled),
            Cause::Requested => {}
            Cause::Criterion(unmet) => {
                let success = self.plan.success();
                let required = success.iter().zip(0..).any(|(criterion, index)| {
                    criterion.required
                        && criterion.condition.text == unmet.text
                        && self.criteria.get(&index) == Some(&unmet.verdict)
                });
                assert!(required && unmet.verdict != Some(true), "{unmet}");
            }
            other => panic!("not a cause to turn back: {other}"),
        }
    }

    /// A condition was asked for, or somebody said whether it holds.
    fn on_question(&mut self, change: &Change) {
        match change {
            Change::Asked { question: Question::Criterion(index) } => {
                let has_ended =
                    |seen: &Seen| seen.belief != Belief::Untouched || seen.skipped || seen.failed;
                assert!(self.open.is_empty() && self.seen.iter().all(has_ended), "asked too early");
                assert!(!self.rolling_back && !self.criteria.contains_key(index));
            }
            Change::Judged { question: question @ Question::Criterion(index), verdict, .. } => {
                assert!(self.asking.remove(question), "judged without being asked");
                self.criteria.insert(*index, *verdict);
            }
            Change::Judged { question: question @ Question::Step(step), verdict, .. } => {
                assert!(self.asking.remove(question), "judged without being asked");
                let on_unknown = self.plan.step(*step).unwrap().when.as_ref().unwrap().on_unknown;
                let seen = self.seen_mut(*step);
                seen.skipped |= *verdict == Some(false);
                seen.skipped |= verdict.is_none() && on_unknown == OnUnknown::Skip;
                seen.failed |= verdict.is_none() && on_unknown == OnUnknown::Fail;
            }
            _ => {}
        }
    }

    /// The host answered, in time or late.
    fn on_word(&mut self, call: &Call, outcome: &Outcome) {
        let same = |effect: &Effect| {
            (effect.key.step, &effect.key.action, effect.key.epoch, effect.attempt)
                == (call.step, &call.action, call.epoch, call.attempt)
        };
        if let Some(at) = self.open.iter().position(same) {
            let effect = self.open.remove(at);
            self.on_answer(&effect, outcome);
            let is_activation = effect.key.action == Action::Activate;
            self.seen_mut(call.step).unknown |= is_activation && *outcome == Outcome::Unknown;
        } else {
            let at = self.silent.iter().position(same).expect("an answer to a question");
            let effect = self.silent.remove(at);
            self.on_late(&effect, outcome);
        }
    }

    /// What was decided of something that failed.
    fn on_retry(&mut self, record: &Record) {
        match &record.change {
            Change::Retrying { step, same_key, due } => {
                let is_idempotent = self.plan.step(*step).unwrap().idempotent;
                assert!(!same_key || is_idempotent, "repeated although that is not safe");
                self.rests.insert(*step, *due);
                let seen = self.seen_mut(*step);
                (seen.failed, seen.undecided) = (false, *same_key);
            }
            Change::RetryingUndo { step, due } => _ = self.rests.insert(*step, *due),
            Change::Due { step } => {
                let due = self.rests.get(step).expect("only what rests becomes due");
                assert!(*due <= record.at, "rested too short");
                let wait = self.plan.step(*step).unwrap().wait.clone();
                if self.awaiting.contains(step)
                    && !matches!(wait, Some(Wait { awaited: Awaited::Timer(_), .. }))
                {
                    self.seen_mut(*step).failed = true;
                }
            }
            Change::Exhausted { step } => {
                let seen = self.seen_mut(*step);
                (seen.exhausted, seen.undecided, seen.failed) = (true, true, false);
            }
            Change::Failed { step } => {
                let seen = self.seen_mut(*step);
                (seen.exhausted, seen.undecided, seen.failed) = (false, false, true);
            }
            _ => {}
        }
    }

    /// It settles: an answer may still come.
    fn settles(&mut self, step: StepId, at: Timestamp) {
        let settle = self.plan.step(step).unwrap().settle;
        for effect in self.open.iter_mut().filter(|effect| effect.key.step == step) {
            effect.deadline = at + settle;
        }
    }

    fn on_command(&mut self, command: &Command, at: Timestamp) {
        assert!(self.journal_is_open(command), "nothing is left to command");
        match command {
            Command::Cancel => self.cancelled |= !self.rolling_back,
            Command::CancelStep(_) if self.rolling_back => {}
            Command::CancelStep(step) => {
                let open = self.open.iter().find(|effect| effect.key.step == *step);
                let rests = self.rests.contains_key(step) && open.is_none();
                if self.seen(*step).belief == Belief::Untouched || rests {
                    self.seen_mut(*step).failed = true;
                } else if open.is_some_and(|effect| {
                    effect.key.action == Action::Activate && !self.is_settling(*step)
                }) {
                    self.settles(*step, at);
                }
            }
            Command::Pause(scope) => _ = self.paused.insert(scope.clone()),
            Command::Resume(scope) => {
                let ids: Vec<StepId> =
                    self.plan.ids().filter(|id| self.is_in(*id, scope)).collect();
                let was_paused = self.paused.remove(scope);
                let exhausted = ids.iter().any(|id| self.seen(*id).exhausted);
                assert!(was_paused || exhausted);
                for id in ids {
                    let seen = self.seen_mut(id);
                    seen.tries = if seen.exhausted { 0 } else { seen.tries };
                    seen.exhausted = false;
                }
            }
            Command::Undo => {}
            Command::Signal(name) => self.on_come(&Awaited::Signal(name.clone()), true),
            Command::Approval { name, granted } => {
                self.on_come(&Awaited::Approval(name.clone()), *granted);
            }
            Command::Resolve { step, resolution } => {
                let seen = self.seen_mut(*step);
                match resolution {
                    Resolution::Retry => seen.passed = false,
                    Resolution::Undone => (seen.belief, seen.marked) = (Belief::Gone, true),
                    Resolution::Accept => seen.accepted = true,
                }
            }
        }
        self.end = None;
    }

    /// What steps wait for has come; those that were denied it, and they alone, fail.
    fn on_come(&mut self, what: &Awaited, granted: bool) {
        let plan = Arc::clone(&self.plan);
        let waits = |id: &StepId| {
            plan.step(*id).unwrap().wait.as_ref().is_some_and(|wait| wait.awaited == *what)
        };
        for id in
            plan.ids().filter(waits).filter(|id| self.awaiting.contains(id)).collect::<Vec<_>>()
        {
            self.rests.remove(&id);
            self.seen_mut(id).failed |= !granted;
        }
    }

    /// Whether the run was at a point at which this can be said.
    fn journal_is_open(&self, command: &Command) -> bool {
        match (command, &self.end) {
            (Command::Undo, end) => {
                matches!(end, Some(End::Completed | End::CompletedWithFailures { .. }))
            }
            (Command::Resolve { .. }, end) => matches!(end, Some(End::Stuck { .. })),
            (Command::Resume(_) | Command::Signal(_) | Command::Approval { .. }, _) => true,
            (_, end) => end.is_none(),
        }
    }

    /// Whether the activation under way was given up already.
    fn is_settling(&self, step: StepId) -> bool {
        let given_up = |record: &Record| match &record.change {
            Change::TimedOut { call } => call.step == step && call.action == Action::Activate,
            Change::Commanded { command } => *command == Command::CancelStep(step),
            _ => false,
        };
        self.journal.iter().any(given_up)
    }

    fn on_answer(&mut self, effect: &Effect, outcome: &Outcome) {
        let step = self.plan.step(effect.key.step).unwrap();
        let verify = step.verify && !self.rolling_back;
        let (retried, undo_retried) = (step.retry.is_some(), step.undo_retry.is_some());
        let in_place = !self.rolling_back;
        let doubt = self.is_doubtful(effect);
        let seen = self.seen_mut(effect.key.step);
        let found = match outcome {
            Outcome::Succeeded(Some(Value::Bool(found))) => Some(*found),
            _ => None,
        };
        match &effect.key.action {
            Action::Activate => {
                let outcome = match outcome {
                    Outcome::Failed { .. } if doubt => &Outcome::Unknown,
                    outcome => outcome,
                };
                seen.hear(outcome);
                seen.belief = match outcome {
                    Outcome::Succeeded(_) if !verify => Belief::Up,
                    Outcome::Failed { clean: true, .. } if !seen.haunted => Belief::Gone,
                    _ => Belief::Maybe,
                };
                let failed = !seen.may_be_up || (*outcome == Outcome::Unknown && !verify);
                seen.failed = failed && (!retried || !in_place);
            }
            Action::Verify if found == Some(true) && seen.may_be_up => seen.belief = Belief::Up,
            Action::Verify => {
                let failed = found.is_some() || effect.attempt == 3;
                seen.failed = failed && (!retried || !in_place);
                if failed && seen.clean && found != Some(true) && !seen.haunted {
                    seen.belief = Belief::Gone;
                }
            }
            Action::Undo(_) => {
                let succeeded = matches!(outcome, Outcome::Succeeded(_));
                seen.passed = !seen.came_back && (succeeded || !undo_retried);
                if succeeded && !seen.came_back {
                    seen.belief = Belief::Gone;
                }
                // What cannot be undone is not begun anew.
                seen.failed |= in_place && seen.passed && !succeeded;
                seen.came_back = false;
            }
        }
    }

    fn on_late(&mut self, effect: &Effect, outcome: &Outcome) {
        self.late = true;
        let came_back = self.seen(effect.key.step).came_back;
        let decided = |open: &Effect| {
            open.key == effect.key && open.key.action != Action::Verify && !came_back
        };
        if matches!(outcome, Outcome::Succeeded(_))
            && let Some(at) = self.open.iter().position(decided)
        {
            self.silent.push(self.open.remove(at));
        }
        let under_way = self.open.iter().find(|open| open.key.step == effect.key.step);
        let under_way = under_way.map(|open| open.key.action.clone());
        let undoing = matches!(under_way, Some(Action::Undo(_)));
        let verify = self.plan.step(effect.key.step).unwrap().verify;
        let doubt = self.is_doubtful(effect);
        let seen = self.seen_mut(effect.key.step);
        let succeeded = matches!(outcome, Outcome::Succeeded(_));
        let clean = matches!(outcome, Outcome::Failed { clean: true, .. });
        let is_newest = effect.key.epoch == seen.epoch;
        let is_covered = seen.covered.is_some_and(|epoch| effect.key.epoch <= epoch) || seen.marked;
        match &effect.key.action {
            // A newer epoch lives: the undo before it made this harmless.
            Action::Activate if !is_newest && succeeded && seen.is_alive() && !undoing => {
                seen.haunted = true;
            }
            Action::Activate if is_covered && succeeded => {
                seen.belief = Belief::Maybe;
                seen.returned_at = Some(seen.undos);
                seen.came_back = undoing;
            }
            Action::Activate if !is_newest || is_covered => {}
            Action::Activate if under_way == Some(Action::Verify) => seen.hear(outcome),
            Action::Activate if succeeded && (seen.undecided || under_way.is_none()) => {
                if seen.undecided {
                    seen.belief = if verify { Belief::Maybe } else { Belief::Up };
                    (seen.exhausted, seen.failed) = (false, false);
                }
                seen.hear(outcome);
            }
            Action::Activate
                if clean
                    && !doubt
                    && seen.belief == Belief::Maybe
                    && (seen.exhausted || !seen.undecided) =>
            {
                seen.belief = Belief::Gone;
            }
            Action::Undo(_) if succeeded => {
                // What has been begun anew since is under a key that it does not reverse.
                let is_last =
                    seen.undos == effect.key.epoch + 1 && seen.covered == Some(seen.epoch);
                if is_last && seen.returned_at != Some(seen.undos) {
                    seen.belief = Belief::Gone;
                    seen.accepted = false;
                }
            }
            _ => {}
        }
        if succeeded {
            self.rests.remove(&effect.key.step);
        }
    }

    /// Whether nobody knows what became of another attempt under the same key.
    fn is_doubtful(&self, effect: &Effect) -> bool {
        let other = |one: &Effect| one.key == effect.key && one.attempt != effect.attempt;
        self.seen(effect.key.step).unknown || self.silent.iter().any(other)
    }

    fn is_in(&self, step: StepId, scope: &Scope) -> bool {
        match scope {
            Scope::Run => true,
            Scope::Phase(phase) => self.plan.step(step).unwrap().phase.as_ref() == Some(phase),
            Scope::Step(one) => *one == step,
        }
    }

    fn on_perform(&mut self, effect: &Effect, after: u64) {
        let key = &effect.key;
        let plan = Arc::clone(&self.plan);
        let step = plan.step(key.step).unwrap();
        assert!(
            matches!(&self.journal[after as usize].change, Change::Issued { call, deadline }
                if call.step == key.step && call.action == key.action && *deadline == effect.deadline),
            "an effect comes after the record that announces it"
        );
        assert!(self.performed.insert((key.clone(), effect.attempt)), "performed twice: {key}");
        assert!(self.open.iter().all(|open| open.key.step != key.step), "two effects on one step");
        if key.action == Action::Activate || effect.attempt > 1 {
            let (rest, now) = (self.rests.remove(&key.step), self.journal.last().unwrap().at);
            let is_over = rest.is_none_or(|rest| rest <= now);
            assert!(is_over || self.rolling_back, "begun before its rest is over");
        }
        assert!(
            key.action == Action::Verify || !self.is_paused(key.step),
            "begun in a pause: {key}"
        );
        self.awaiting.remove(&key.step);
        match &key.action {
            Action::Activate => {
                assert!(!self.cancelled, "activated after it was cancelled: {key}");
                assert!(!self.rolling_back, "activated in a rollback: {key}");
                self.check_next(effect);
                for edge in plan.predecessors(key.step) {
                    let before = self.seen(edge.from);
                    if edge.kind == EdgeKind::Needs {
                        assert_eq!(before.belief, Belief::Up, "started before what it needs");
                    }
                    let begun = before.belief != Belief::Untouched;
                    let under_way = self.open.iter().any(|open| open.key.step == edge.from);
                    assert!(
                        (begun || before.skipped || before.failed) && !under_way,
                        "started before what it follows"
                    );
                }
                let seen = self.seen_mut(key.step);
                if seen.epoch != key.epoch {
                    (seen.epoch, seen.unknown, seen.passed) = (key.epoch, false, false);
                }
                seen.tries += 1;
                seen.belief = Belief::Maybe;
            }
            Action::Verify => {
                assert!(!self.rolling_back && step.verify);
                assert_eq!(self.seen(key.step).belief, Belief::Maybe);
                assert_eq!(key.epoch, self.seen(key.step).epoch);
            }
            Action::Undo(_) => self.on_undo(effect),
        }
        let mut open = effect.clone();
        if let Some(heartbeat) = step.heartbeat {
            open.deadline = open.deadline.min(self.journal.last().unwrap().at + heartbeat);
        }
        self.open.push(open);
        self.asked.push(effect.clone());
    }

    fn on_undo(&mut self, effect: &Effect) {
        let key = &effect.key;
        let plan = Arc::clone(&self.plan);
        let step = plan.step(key.step).unwrap();
        assert!(matches!(&key.action, Action::Undo(action) if step.undo.action() == Some(action)));
        assert!(matches!(self.seen(key.step).belief, Belief::Up | Belief::Maybe));
        let keys = (0..=self.seen(key.step).epoch).map(|epoch| EffectKey {
            action: Action::Activate,
            epoch,
            ..key.clone()
        });
        assert_eq!(effect.reverses, keys.collect::<Vec<_>>(), "an undo knows every key");
        let begun = self.seen(key.step).undos;
        if effect.attempt == 1 {
            assert_eq!(key.epoch, begun, "the epoch counts the undos");
            self.seen_mut(key.step).undos += 1;
            let seen = self.seen_mut(key.step);
            (seen.covered, seen.haunted) = (Some(seen.epoch), false);
        } else {
            assert_eq!(key.epoch + 1, begun, "the same undo, once more");
        }
        if self.rolling_back && !self.late {
            self.check_way_back(key.step);
        } else if !self.rolling_back {
            let in_place = !step.critical || step.retry.is_some();
            assert!(in_place, "a critical step is undone only in a rollback, or to retry");
        }
    }

    /// A first attempt, one more under a key of which nothing is known, or a new key where nothing is.
    fn check_next(&self, effect: &Effect) {
        let Effect { key, attempt, .. } = effect;
        let (step, seen) = (self.plan.step(key.step).unwrap(), self.seen(key.step));
        match (key.epoch, attempt) {
            (0, 1) => assert_eq!(seen.belief, Belief::Untouched),
            (_, 1) => {
                assert_eq!(key.epoch, seen.epoch + 1, "epochs are counted");
                assert_eq!(seen.belief, Belief::Gone, "begun anew although something may be there");
            }
            (epoch, _) => {
                assert!(epoch == seen.epoch && step.idempotent, "a key is performed twice");
                assert_eq!(seen.belief, Belief::Maybe, "repeated although it is decided");
            }
        }
        let max = step.retry.as_ref().map_or(1, |retry| retry.max);
        assert!(seen.tries < max, "tried too often");
    }

    fn is_paused(&self, step: StepId) -> bool {
        self.paused.iter().any(|scope| self.is_in(step, scope))
    }

    /// Nothing that comes after `step`, however far, may still be there, unless it is stuck.
    fn check_way_back(&self, step: StepId) {
        let mut reached = vec![step];
        let mut seen = BTreeSet::new();
        while let Some(step) = reached.pop() {
            for edge in self.plan.successors(step) {
                if !seen.insert(edge.to) {
                    continue;
                }
                reached.push(edge.to);
                let under_way = self.open.iter().any(|open| open.key.step == edge.to);
                assert!(!under_way, "undone while a later step is under way");
                let there = matches!(self.seen(edge.to).belief, Belief::Up | Belief::Maybe);
                assert!(!there || self.seen(edge.to).passed, "undone before a later step");
            }
        }
    }

    fn on_end(&self, end: &End) {
        // What may be there although its author said that there is nothing to reverse does not count.
        let there: BTreeSet<StepId> = self.plan.ids().filter(|id| self.is_there(*id)).collect();
        let critical_up = || {
            let mut critical = self.plan.ids().filter(|id| self.plan.step(*id).unwrap().critical);
            critical.all(|id| self.seen(id).belief == Belief::Up || self.seen(id).skipped)
        };
        match end {
            End::Completed => {
                let is_done = |seen: &Seen| seen.belief == Belief::Up || seen.skipped;
                assert!(self.seen.iter().all(is_done), "not all is up");
                assert!(self.seen.iter().all(|seen| !seen.failed), "something failed");
                assert_eq!(self.unmet(), [], "a criterion is not true");
            }
            End::CompletedWithFailures { failed, unmet } => {
                assert!(critical_up() && !self.rolling_back);
                assert!(!failed.is_empty() || !unmet.is_empty());
                assert_eq!(self.unmet(), *unmet, "what is not true is exact");
                for id in self.plan.ids() {
                    let seen = self.seen(id);
                    let listed =
                        failed.iter().any(|failure| failure.step == self.plan.step(id).unwrap().id);
                    assert_eq!(listed, seen.failed, "failures are exact");
                    assert!(!seen.failed || !there.contains(&id), "something remains");
                    assert!(seen.failed || seen.skipped || seen.belief == Belief::Up);
                }
            }
            End::RolledBack { .. } | End::Cancelled => {
                assert!(self.rolling_back);
                assert_eq!(there, BTreeSet::new(), "something remains");
                assert_eq!(
                    *end == End::Cancelled,
                    self.run.state().cause() == Some(&Cause::Cancelled)
                );
            }
            End::Accepted { residue, held, .. } | End::Stuck { residue, held, .. } => {
                assert!(!residue.is_empty() || self.late);
                let accepted =
                    |one: &Residue| self.seen(self.plan.find(&one.step).unwrap()).accepted;
                let all = !residue.is_empty() && residue.iter().all(accepted);
                assert_eq!(
                    matches!(end, End::Accepted { .. }),
                    all,
                    "accepted by a person, and whole"
                );
                let id = |name: &str| self.plan.find(name).unwrap();
                let residue: BTreeSet<StepId> = residue.iter().map(|one| id(&one.step)).collect();
                let held: BTreeSet<StepId> = held.iter().map(|name| id(name)).collect();
                assert!(residue.is_subset(&there), "what is gone is no residue");
                if !self.rolling_back {
                    assert!(critical_up() && held.is_empty());
                    let failed = |id: &StepId| self.seen(*id).failed;
                    assert_eq!(residue, there.into_iter().filter(failed).collect());
                    return;
                }
                assert!(
                    there.is_subset(&residue.union(&held).copied().collect()),
                    "residue is exact"
                );
                for id in &held {
                    // A step that came back after its undo may be up again, and is held like any other.
                    let belief = self.seen(*id).belief;
                    assert!(belief == Belief::Up || (self.late && belief == Belief::Maybe));
                }
                if !self.late {
                    assert_eq!(held, self.needed_by(&residue), "held is exact");
                }
            }
        }
    }

    /// The criteria that are not true. All have been judged, and none is required.
    fn unmet(&self) -> Vec<Unmet> {
        let criteria = self.plan.success().iter().zip(0..);
        let found = criteria.filter_map(|(criterion, index)| {
            let verdict = self.criteria[&index];
            assert!(
                !criterion.required || verdict == Some(true),
                "completed without what it requires"
            );
            let of = &criterion.condition;
            (verdict != Some(true)).then(|| Unmet::new(&of.workflow, &of.text, verdict))
        });
        found.collect()
    }

    fn is_there(&self, id: StepId) -> bool {
        let there = matches!(self.seen(id).belief, Belief::Up | Belief::Maybe);
        there && self.plan.step(id).unwrap().undo != Undo::Nothing
    }

    /// All that the given steps need, directly or not, without themselves.
    fn needed_by(&self, steps: &BTreeSet<StepId>) -> BTreeSet<StepId> {
        let mut needed = BTreeSet::new();
        for id in self.plan.ids().rev() {
            let mut needs = self.plan.successors(id).filter(|edge| edge.kind == EdgeKind::Needs);
            let wanted = needs.any(|edge| steps.contains(&edge.to) || needed.contains(&edge.to));
            if wanted && !steps.contains(&id) {
                needed.insert(id);
            }
        }
        needed
    }

    pub(super) fn seen(&self, step: StepId) -> &Seen {
        &self.seen[step.index()]
    }

    fn seen_mut(&mut self, step: StepId) -> &mut Seen {
        &mut self.seen[step.index()]
    }
}

impl Seen {
    /// Whether its newest epoch has been begun, and something of it is, or may be, there.
    fn is_alive(&self) -> bool {
        let begun = self.covered.is_none_or(|epoch| epoch < self.epoch);
        begun && matches!(self.belief, Belief::Up | Belief::Maybe)
    }

    fn hear(&mut self, outcome: &Outcome) {
        self.may_be_up = matches!(outcome, Outcome::Succeeded(_) | Outcome::Unknown);
        self.clean = matches!(outcome, Outcome::Failed { clean: true, .. });
    }
}
