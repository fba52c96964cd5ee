//! What the records say: of answers, of silence, of words and of decisions.

use std::sync::Arc;

use pso_graph::StepId;
use ptms_core::step::{Awaited, OnUnknown, Wait};
use ptms_core::{Timestamp, Value};

use super::{Belief, Seen, Watched};
use crate::{
    Action, Call, Cause, Change, Command, Effect, End, Outcome, Question, Record, Resolution,
};

impl Watched {
    pub(super) fn on_record(&mut self, record: &Record) {
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
    pub(super) fn on_turn(&mut self, cause: &Cause) {
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
    pub(super) fn on_question(&mut self, change: &Change) {
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
    pub(super) fn on_word(&mut self, call: &Call, outcome: &Outcome) {
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
    pub(super) fn on_retry(&mut self, record: &Record) {
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
    pub(super) fn settles(&mut self, step: StepId, at: Timestamp) {
        let settle = self.plan.step(step).unwrap().settle;
        for effect in self.open.iter_mut().filter(|effect| effect.key.step == step) {
            effect.deadline = at + settle;
        }
    }

    pub(super) fn on_command(&mut self, command: &Command, at: Timestamp) {
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
    pub(super) fn on_come(&mut self, what: &Awaited, granted: bool) {
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
    pub(super) fn journal_is_open(&self, command: &Command) -> bool {
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
    pub(super) fn is_settling(&self, step: StepId) -> bool {
        let given_up = |record: &Record| match &record.change {
            Change::TimedOut { call } => call.step == step && call.action == Action::Activate,
            Change::Commanded { command } => *command == Command::CancelStep(step),
            _ => false,
        };
        self.journal.iter().any(given_up)
    }

    pub(super) fn on_answer(&mut self, effect: &Effect, outcome: &Outcome) {
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

    pub(super) fn on_late(&mut self, effect: &Effect, outcome: &Outcome) {
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
    pub(super) fn is_doubtful(&self, effect: &Effect) -> bool {
        let other = |one: &Effect| one.key == effect.key && one.attempt != effect.attempt;
        self.seen(effect.key.step).unknown || self.silent.iter().any(other)
    }
}
