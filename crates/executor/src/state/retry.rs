//! Whether, and when, what failed is tried again: first what is decided, then what the record of it changes.

use pso_graph::{Digest, StepId};
use ptms_core::{Exhaustion, Retry, Timestamp, Undo};

use super::{Life, State};
use crate::end::Remains;
use crate::error::Refusal;
use crate::record::Change;
use crate::step::{Event, StepState, Word};

impl State {
    /// What becomes of a failed activation.
    pub(super) fn judge(&self, id: StepId, word: Word, now: Timestamp) -> Option<Change> {
        let (step, life) = (self.plan.step(id)?, self.lives.get(id.index())?);
        let retry = step.retry.as_ref()?;
        let is_reversible = matches!(step.undo, Undo::Action(_) | Undo::Nothing);
        let same_key = word == Word::Unknown && step.idempotent;
        let covered = life.fault.as_ref().is_some_and(|fault| retry.covers(fault.class()));
        if life.is_cancelled || !covered || !(word == Word::Clean || same_key || is_reversible) {
            return Some(Change::Failed { step: id });
        }
        let due = now + self.wait(retry, id, life.tries + 1);
        let begun = life.since.unwrap_or(now);
        let in_time = |limit| due <= begun + limit;
        Some(if step.step_timeout.is_some_and(|limit| due >= begun + limit) {
            Change::Failed { step: id }
        } else if life.tries < retry.max && retry.total.is_none_or(in_time) {
            Change::Retrying { step: id, same_key, due }
        } else {
            match retry.on_exhaustion {
                Exhaustion::Fail => Change::Failed { step: id },
                Exhaustion::Pause => Change::Exhausted { step: id },
            }
        })
    }

    /// What becomes of a failed undo. One that was given up is not tried again before it has settled.
    pub(super) fn judge_undo(&self, id: StepId, why: &Remains, now: Timestamp) -> Option<Change> {
        let (step, life) = (self.plan.step(id)?, self.lives.get(id.index())?);
        let retry = step.undo_retry.as_ref()?;
        let tries = life.undos.last().copied().unwrap_or_default();
        let wait = self.wait(retry, id, tries + 1);
        let due = match why {
            Remains::UndoTimedOut => now + wait.max(step.settle),
            _ => now + wait,
        };
        let in_time = |limit| life.undo_since.is_none_or(|since| due <= since + limit);
        let again =
            tries < retry.max && retry.covers(why.class()) && retry.total.is_none_or(in_time);
        Some(if again {
            Change::RetryingUndo { step: id, due }
        } else {
            Change::Stranded { step: id, why: why.clone() }
        })
    }

    /// The wait before an attempt. Its lot is drawn from what tells the attempt apart, so it is the same
    /// wherever the run goes on.
    fn wait(&self, retry: &Retry, step: StepId, attempt: u32) -> ptms_core::Duration {
        if retry.jitter_permille == 0 {
            return retry.wait(attempt);
        }
        let name = self.plan.step(step).map_or("", |step| step.id.as_str());
        let lot = Digest::of(format!("{}/{name}/{attempt}", self.run).as_bytes()).as_u128();
        retry.jittered(attempt, (lot >> 64) as u64 ^ lot as u64)
    }

    /// Whether a step has used up its attempts and waits for a person.
    pub(super) fn is_exhausted(&self, step: StepId) -> bool {
        self.lives.get(step.index()).is_some_and(|life| life.is_exhausted)
    }
}

/// What the records change.
impl State {
    pub(super) fn retrying(
        &mut self,
        step: StepId,
        same_key: bool,
        due: Timestamp,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(step, if same_key { &Event::Repeat } else { &Event::Renew })?;
        if self.step(step) == Some(&StepState::Unclean) {
            if let Some(life) = self.lives.get_mut(step.index()) {
                life.renews = Some(due);
            }
        } else {
            if !same_key {
                self.begin_epoch(step);
            }
            self.rest(step, due, at);
        }
        Ok(())
    }

    pub(super) fn retrying_undo(
        &mut self,
        step: StepId,
        due: Timestamp,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(step, &Event::RepeatUndo)?;
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.undo_open = true;
        }
        self.rest(step, due, at);
        Ok(())
    }

    pub(super) fn exhausted(&mut self, step: StepId) -> Result<(), Refusal> {
        let life = self.lives.get_mut(step.index()).ok_or(Refusal::NoSuchStep(step))?;
        if !matches!(life.state, StepState::Failing(_)) {
            return Err(Refusal::Run("only a step that has just failed has used up its attempts"));
        }
        life.is_exhausted = true;
        self.plan_step(step);
        Ok(())
    }

    /// A person lets it go on: it has all its attempts once more.
    pub(super) fn spare(&mut self, step: StepId) {
        if let Some(life) = self.lives.get_mut(step.index()) {
            (life.is_exhausted, life.tries, life.since) = (false, 0, None);
        }
        self.plan_step(step);
    }

    /// The instant has come for which a step was waiting.
    pub(super) fn due(&mut self, step: StepId) -> Result<(), Refusal> {
        let life = self.lives.get_mut(step.index()).ok_or(Refusal::NoSuchStep(step))?;
        let Some(until) = life.deadline.filter(|_| life.rests()) else {
            return Err(Refusal::Run("the step waits for no instant"));
        };
        life.deadline = None;
        let waits = life.state == StepState::Awaiting;
        self.deadlines.remove(&(until, step));
        self.plan_step(step);
        if waits { self.waited(step) } else { Ok(()) }
    }

    /// Nothing of a step is there any more: it is over, unless it is begun anew.
    pub(super) fn reversed(
        &mut self,
        step: StepId,
        event: &Event,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let life = self.lives.get(step.index()).ok_or(Refusal::NoSuchStep(step))?;
        let Some(due) = life.renews else { return self.change(step, event) };
        self.change(step, &Event::Renewed)?;
        self.begin_epoch(step);
        self.rest(step, due, at);
        Ok(())
    }

    /// A step that cannot be undone is not begun anew, so it has failed.
    pub(super) fn abandon_renewal(&mut self, step: StepId) {
        let renewal = self.lives.get_mut(step.index()).and_then(|life| life.renews.take());
        if renewal.is_some() {
            self.failed(step);
        }
    }

    /// On the way back nothing is begun anew, and nothing waits for that.
    pub(super) fn end_waits(&mut self) {
        for (step, life) in self.plan.ids().zip(&mut self.lives) {
            life.renews = None;
            if life.rests()
                && life.state != StepState::Unclean
                && let Some(until) = life.deadline.take()
            {
                self.deadlines.remove(&(until, step));
            }
        }
    }

    fn begin_epoch(&mut self, step: StepId) {
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.past.push(std::mem::take(&mut life.asked));
            (life.is_unknown, life.renews, life.output) = (false, None, None);
        }
    }

    /// Lets a step do nothing until an instant.
    fn rest(&mut self, step: StepId, until: Timestamp, at: Timestamp) {
        if until > at {
            self.rest_until(step, until);
        }
    }

    pub(super) fn rest_until(&mut self, step: StepId, until: Timestamp) {
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.deadline = Some(until);
        }
        self.deadlines.insert((until, step));
        self.plan_step(step);
    }
}

impl Life {
    /// The number of the activation's key.
    pub(super) fn epoch(&self) -> u32 {
        self.past.len() as u32
    }

    /// Whether it waits for an instant before it calls for anything.
    pub(super) const fn rests(&self) -> bool {
        self.deadline.is_some()
            && matches!(
                self.state,
                StepState::Awaiting | StepState::Again | StepState::Anew | StepState::Unclean
            )
    }
}
