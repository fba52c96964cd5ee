//! What an answer, or a silence, says of an effect, and so of its step. A record that does not fit
//! changes nothing.

use pso_graph::StepId;
use ptms_core::{Timestamp, Value};

use super::{State, VERIFY_ATTEMPTS};
use crate::end::{Fault, Remains};
use crate::error::Refusal;
use crate::key::Action;
use crate::outcome::Outcome;
use crate::record::Call;
use crate::step::{Event, StepState, Verdict, Word};

/// Whether an answer came in time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Late,
}

impl State {
    /// The host answered an attempt, in time or late.
    pub(super) fn answered(
        &mut self,
        call: &Call,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let mut standing = self.standing(call)?;
        let state = self.step(call.step).cloned().unwrap_or_default();
        let is_current =
            self.lives.get(call.step.index()).is_some_and(|life| life.epoch() == call.epoch);
        let event = match (&call.action, standing) {
            (Action::Activate, Standing::Open) => Event::Activated(self.class(call, outcome)),
            // Any success decides the key: whatever else is under way for it no longer matters.
            (Action::Activate, Standing::Late)
                if is_current && word(outcome) == Word::Succeeded && is_undecided(&state) =>
            {
                self.silent.extend(self.under_way(call.step));
                standing = Standing::Open;
                Event::Activated(Word::Succeeded)
            }
            (Action::Activate, Standing::Late) if !is_current => self.haunts(call.step, outcome),
            (Action::Activate, Standing::Late) => match word(outcome) {
                // A verification that found the step up outweighs a late denial.
                Word::Clean | Word::Unclean if self.is_faultless(call.step) => Event::LateOther,
                // So does an attempt under the same key of which nothing is known yet.
                Word::Clean if self.is_doubtful(call) => Event::LateOther,
                // Once an undo was begun, only its success says that nothing remains.
                Word::Clean if self.is_being_undone(call.step) => Event::LateOther,
                Word::Clean if self.is_haunted(call.step) => Event::LateActivated(Word::Unclean),
                word => Event::LateActivated(word),
            },
            (Action::Verify, Standing::Open) => Event::Verified(verdict(call, outcome)),
            (Action::Undo(_), Standing::Open) => Event::Undone(undone(outcome)),
            (Action::Undo(_), Standing::Late)
                if self.is_undo_undecided(call, &state) && undone(outcome).is_ok() =>
            {
                if matches!(state, StepState::Undoing { again: false }) {
                    self.silent.extend(self.under_way(call.step));
                    standing = Standing::Open;
                }
                Event::LateUndone
            }
            (Action::Verify | Action::Undo(_), Standing::Late) => Event::LateOther,
        };
        let was_looked_at = matches!(state, StepState::Unverified(_) | StepState::Verifying(_));
        self.conclude(call, standing, &event, (fault(outcome), at))?;
        self.keep_output(call.step, &event, was_looked_at, outcome);
        let life = self.lives.get_mut(call.step.index());
        if let Some(life) = life.filter(|_| is_current && call.action == Action::Activate) {
            life.is_unknown |= *outcome == Outcome::Unknown;
        }
        self.silent.remove(call);
        Ok(())
    }

    /// Keeps what the success that decides an activation gave back.
    fn keep_output(&mut self, step: StepId, event: &Event, was_looked_at: bool, of: &Outcome) {
        let decides = match event {
            Event::Activated(Word::Succeeded) => true,
            Event::LateActivated(Word::Succeeded) => was_looked_at,
            _ => false,
        };
        if decides
            && let Outcome::Succeeded(output) = of
            && let Some(life) = self.lives.get_mut(step.index())
        {
            life.output = output.clone();
        }
    }

    /// An attempt of an earlier epoch was answered. What of it was there has been undone, and whoever
    /// undid it made its later arrival harmless; where nothing newer is there, it is undone all the same.
    fn haunts(&mut self, step: StepId, outcome: &Outcome) -> Event {
        use StepState as S;
        let Some(life) = self.lives.get_mut(step.index()) else { return Event::LateOther };
        if word(outcome) != Word::Succeeded {
            return Event::LateOther;
        }
        match life.state {
            S::Unverified(Word::Clean) | S::Verifying(Word::Clean) => {
                life.is_haunted = true;
                Event::LateActivated(Word::Unclean)
            }
            S::Activating | S::Settling | S::Again | S::Unverified(_) | S::Verifying(_) | S::Up => {
                life.is_haunted = true;
                Event::LateOther
            }
            _ => Event::LateActivated(Word::Succeeded),
        }
    }

    /// The host did not answer in time. An activation settles first: its answer may only be late.
    pub(super) fn timed_out(&mut self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        if self.standing(call)? == Standing::Late {
            return Err(Refusal::Run("the effect has already timed out"));
        }
        let event = match call.action {
            Action::Activate => return self.give_up(call.step, at, Fault::TimedOut),
            Action::Verify => Event::Verified(verdict(call, &Outcome::Unknown)),
            Action::Undo(_) => Event::Undone(Err(Remains::UndoTimedOut)),
        };
        self.conclude(call, Standing::Open, &event, (Some(Fault::TimedOut), at))?;
        self.silent.insert(call.clone());
        Ok(())
    }

    /// Lets an activation settle from `at` on.
    pub(super) fn give_up(
        &mut self,
        step: StepId,
        at: Timestamp,
        fault: Fault,
    ) -> Result<(), Refusal> {
        self.change(step, &Event::GiveUp)?;
        let settle = self.plan.step(step).map(|step| step.settle).unwrap_or_default();
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.fault = Some(fault);
            life.is_abandoned = true;
        }
        self.postpone(step, at + settle);
        Ok(())
    }

    /// An activation has settled: nobody knows what became of it.
    pub(super) fn settled(&mut self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        let is_settling = self.step(call.step) == Some(&StepState::Settling);
        if !is_settling || self.under_way(call.step).as_ref() != Some(call) {
            return Err(Refusal::Run("the effect does not settle"));
        }
        let fault = self.lives.get(call.step.index()).and_then(|life| life.fault.clone());
        self.conclude(call, Standing::Open, &Event::Activated(Word::Unknown), (fault, at))?;
        self.silent.insert(call.clone());
        Ok(())
    }

    /// Moves the deadline of what is under way for a step.
    pub(super) fn postpone(&mut self, step: StepId, deadline: Timestamp) {
        let Some(life) = self.lives.get_mut(step.index()) else { return };
        if let Some(was) = life.deadline.replace(deadline) {
            self.deadlines.remove(&(was, step));
        }
        self.deadlines.insert((deadline, step));
    }

    /// What an answer to an open activation says, all attempts under its key considered: a failure is
    /// none for sure while another attempt may have succeeded.
    fn class(&self, call: &Call, outcome: &Outcome) -> Word {
        match word(outcome) {
            Word::Clean | Word::Unclean if self.is_doubtful(call) => Word::Unknown,
            Word::Clean if self.is_haunted(call.step) => Word::Unclean,
            word => word,
        }
    }

    /// Whether nobody knows what became of another attempt under the key of this activation.
    fn is_doubtful(&self, call: &Call) -> bool {
        let same_key = |other: &Call| {
            (other.step, &other.action, other.epoch) == (call.step, &call.action, call.epoch)
        };
        self.lives.get(call.step.index()).is_some_and(|life| life.is_unknown)
            || self.silent.iter().any(|other| same_key(other) && other != call)
    }

    /// Applies an answer, or the silence that stands for it.
    pub(super) fn conclude(
        &mut self,
        call: &Call,
        standing: Standing,
        event: &Event,
        (fault, at): (Option<Fault>, Timestamp),
    ) -> Result<(), Refusal> {
        let step = call.step;
        let was_unverified = matches!(self.step(step), Some(StepState::Unverified(_)));
        match event {
            Event::LateUndone | Event::Undone(Ok(()))
                if self.step(step) != Some(&StepState::Undoing { again: true }) =>
            {
                self.reversed(step, event, at)?;
            }
            _ => self.change(step, event)?,
        }
        let Some(life) = self.lives.get_mut(step.index()) else { return Ok(()) };
        match (event, &life.state) {
            (Event::Activated(_), _) => life.fault = fault,
            (
                Event::LateActivated(_),
                StepState::Unverified(_) | StepState::Verifying(_) | StepState::Failing(_),
            ) => {
                life.fault = fault;
            }
            // What comes now cannot be struck by an undo that was asked for earlier.
            (Event::LateActivated(Word::Succeeded), StepState::Unclean) => life.undo_open = false,
            (Event::Verified(_), StepState::Up) => life.fault = None,
            (Event::Verified(_), StepState::Unclean | StepState::Failing(_))
                if life.fault.is_none() =>
            {
                life.fault = Some(Fault::Unconfirmed);
            }
            _ => {}
        }
        if standing == Standing::Late {
            if was_unverified {
                self.note_failure(step);
            }
            return Ok(());
        }
        match call.action {
            Action::Activate | Action::Verify => self.note_failure(step),
            Action::Undo(_) if matches!(self.step(step), Some(StepState::Stuck(_))) => {
                self.abandon_renewal(step);
            }
            Action::Undo(_) => {}
        }
        Ok(())
    }

    /// A step is given up without having been asked for again.
    pub(super) fn falter(&mut self, step: StepId, fault: Fault) {
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.fault = Some(fault);
        }
        self.note_failure(step);
    }

    /// Keeps account of a step that has failed, if it has.
    pub(super) fn note_failure(&mut self, step: StepId) {
        if matches!(self.step(step), Some(StepState::Unclean | StepState::Failed)) {
            self.failed(step);
        }
    }

    pub(super) fn failed(&mut self, step: StepId) {
        self.failures.push(step);
        if self.critical.is_none() && self.plan.step(step).is_some_and(|step| step.critical) {
            self.critical = Some(step);
        }
    }

    /// Whether an answer to this attempt would be taken.
    pub(crate) fn awaits(&self, call: &Call) -> Result<(), Refusal> {
        self.standing(call).map(|_| ())
    }

    /// Whether an answer to this attempt is still waited for.
    fn standing(&self, call: &Call) -> Result<Standing, Refusal> {
        if self.under_way(call.step).as_ref() == Some(call) {
            return Ok(Standing::Open);
        }
        if self.silent.contains(call) {
            return Ok(Standing::Late);
        }
        let step = self.plan.step(call.step).ok_or(Refusal::NoSuchStep(call.step))?;
        let (step, call) = (step.id.clone(), call.clone());
        Err(match self.was_issued(&call) {
            true => Refusal::AlreadyAnswered { step, call },
            false => Refusal::NotIssued { step, call },
        })
    }

    fn was_issued(&self, call: &Call) -> bool {
        let Some(life) = self.lives.get(call.step.index()) else { return false };
        let epoch = call.epoch as usize;
        let asked = life.past.iter().chain([&life.asked]).nth(epoch).copied().unwrap_or_default();
        let attempts = match &call.action {
            Action::Activate => asked.activations,
            Action::Verify => asked.verifications,
            Action::Undo(action) => {
                let declared = self.plan.step(call.step).and_then(|step| step.undo.action());
                let attempts = life.undos.get(epoch).filter(|_| declared == Some(action));
                attempts.copied().unwrap_or_default()
            }
        };
        (1..=attempts).contains(&call.attempt)
    }

    /// Whether something of an earlier epoch may have come to be there since.
    fn is_haunted(&self, step: StepId) -> bool {
        self.lives.get(step.index()).is_some_and(|life| life.is_haunted)
    }

    /// Whether nothing speaks against the activation of the step.
    fn is_faultless(&self, step: StepId) -> bool {
        self.lives.get(step.index()).is_some_and(|life| life.fault.is_none())
    }

    /// Whether an undo of the step was begun in this epoch.
    fn is_being_undone(&self, step: StepId) -> bool {
        self.lives.get(step.index()).is_some_and(|life| life.asked.undo)
    }

    /// Whether a success decides this undo: it is the last of the step, and is not decided yet.
    fn is_undo_undecided(&self, call: &Call, state: &StepState) -> bool {
        use StepState as S;
        let Some(life) = self.lives.get(call.step.index()) else { return false };
        let is_open = match state {
            S::Unclean | S::Held => life.undo_open,
            S::Undoing { .. } | S::FailingUndo(_) => true,
            S::Stuck(why) | S::Accepted(why) => why.is_of_undo(),
            _ => false,
        };
        is_open && life.undos.len() == call.epoch as usize + 1
    }
}

/// Whether a success decides the activation: nothing has been concluded from what is not known.
const fn is_undecided(state: &StepState) -> bool {
    use StepState as S;
    matches!(state, S::Activating | S::Settling | S::Again | S::Failing(Word::Unknown))
}

/// What an answer says of an activation.
const fn word(outcome: &Outcome) -> Word {
    match outcome {
        Outcome::Succeeded(_) => Word::Succeeded,
        Outcome::Failed { clean: true, .. } => Word::Clean,
        Outcome::Failed { clean: false, .. } => Word::Unclean,
        Outcome::Unknown => Word::Unknown,
    }
}

/// What an answer, or silence, says against an activation.
fn fault(outcome: &Outcome) -> Option<Fault> {
    match outcome {
        Outcome::Succeeded(_) => None,
        Outcome::Failed { class, .. } => Some(Fault::Failed { class: class.clone() }),
        Outcome::Unknown => Some(Fault::Unknown),
    }
}

/// What an answer says of a verification.
fn verdict(call: &Call, outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Succeeded(Some(Value::Bool(true))) => Verdict::Confirmed,
        Outcome::Succeeded(Some(Value::Bool(false))) => Verdict::Unconfirmed,
        _ if call.attempt >= VERIFY_ATTEMPTS => Verdict::Unconfirmed,
        _ => Verdict::Inconclusive,
    }
}

/// What an answer says of an undo.
fn undone(outcome: &Outcome) -> Result<(), Remains> {
    match outcome {
        Outcome::Succeeded(_) => Ok(()),
        Outcome::Failed { class, .. } => Err(Remains::UndoFailed { class: class.clone() }),
        Outcome::Unknown => Err(Remains::UndoUnknown),
    }
}
