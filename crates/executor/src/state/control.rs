//! What the word of a person changes. A word that does not fit changes nothing.

use pso_graph::StepId;
use ptms_core::{Timestamp, Undo};

use super::{Course, State};
use crate::control::{Command, Resolution, Scope};
use crate::end::{Cause, End, Fault};
use crate::error::Refusal;
use crate::key::Action;
use crate::step::{Event, StepState};

const ENDED: Refusal = Refusal::Run("the run has ended");

impl State {
    pub(super) fn commanded(&mut self, command: &Command, at: Timestamp) -> Result<(), Refusal> {
        match command {
            Command::Cancel => self.cancel(),
            Command::CancelStep(step) => {
                self.cancel_step(*step, at)?;
                if let Some(life) = self.lives.get_mut(step.index()) {
                    life.is_cancelled = true;
                }
                self.plan_step(*step);
                Ok(())
            }
            Command::Pause(scope) => self.pause(scope),
            Command::Resume(scope) => self.resume(scope),
            Command::Undo => self.recall(),
            Command::Signal(name) => self.signalled(name),
            Command::Approval { name, granted } => self.approved(name, *granted),
            Command::Resolve { step, resolution } => self.resolved(*step, *resolution),
        }
    }

    fn cancel(&mut self) -> Result<(), Refusal> {
        match self.course() {
            Course::Up => {
                self.turn = Some(Cause::Cancelled);
                // Local undos go on to their end.
                for (call, _) in self.all_under_way() {
                    if !matches!(call.action, Action::Undo(_)) {
                        self.abandon(call.step);
                    }
                }
                Ok(())
            }
            Course::Back => Ok(()),
            Course::Ended => Err(ENDED),
        }
    }

    fn cancel_step(&mut self, step: StepId, at: Timestamp) -> Result<(), Refusal> {
        use StepState as S;
        let state = self.step(step).ok_or(Refusal::NoSuchStep(step))?;
        match (self.course(), state) {
            (Course::Ended, _) => Err(ENDED),
            // In a rollback there is nothing to add; else it has been given up already, or its end only
            // waits for a look at it.
            (Course::Back, _)
            | (_, S::Settling | S::Unverified(_) | S::Verifying(_) | S::Failing(_)) => Ok(()),
            (Course::Up, S::Waiting | S::Asking | S::Awaiting | S::Again | S::Anew) => {
                self.change(step, &Event::Cancel)?;
                self.falter(step, Fault::Cancelled);
                Ok(())
            }
            (Course::Up, S::Activating) => self.give_up(step, at, Fault::Cancelled),
            (Course::Up, S::Unclean | S::Undoing { .. } | S::FailingUndo(_)) => {
                self.abandon_renewal(step);
                Ok(())
            }
            (Course::Up, _) => Err(Refusal::Run("the step is over; only the run can be undone")),
        }
    }

    fn pause(&mut self, scope: &Scope) -> Result<(), Refusal> {
        if self.course() == Course::Ended {
            return Err(ENDED);
        }
        match scope {
            Scope::Step(step) if self.plan.step(*step).is_none() => {
                return Err(Refusal::NoSuchStep(*step));
            }
            Scope::Phase(name)
                if !self.plan.steps().iter().any(|step| step.phase.as_ref() == Some(name)) =>
            {
                return Err(Refusal::Run("the plan of the run has no such phase"));
            }
            Scope::Run | Scope::Phase(_) | Scope::Step(_) => {}
        }
        self.paused.insert(scope.clone());
        self.plan_agenda();
        Ok(())
    }

    fn resume(&mut self, scope: &Scope) -> Result<(), Refusal> {
        let spared: Vec<StepId> = self
            .plan
            .ids()
            .filter(|step| self.is_exhausted(*step) && self.is_in(*step, scope))
            .collect();
        if !self.paused.remove(scope) && spared.is_empty() {
            return Err(Refusal::Run("what is to go on is not paused"));
        }
        spared.into_iter().for_each(|step| self.spare(step));
        self.plan_agenda();
        Ok(())
    }

    fn is_in(&self, step: StepId, scope: &Scope) -> bool {
        match scope {
            Scope::Run => true,
            Scope::Phase(name) => {
                self.plan.step(step).is_some_and(|step| step.phase.as_ref() == Some(name))
            }
            Scope::Step(one) => *one == step,
        }
    }

    /// Whether a step is not to begin anything for now.
    pub(super) fn is_paused(&self, step: StepId) -> bool {
        self.paused.iter().any(|scope| self.is_in(step, scope))
    }

    /// Takes a completed run back.
    fn recall(&mut self) -> Result<(), Refusal> {
        match self.end {
            Some(End::Completed | End::CompletedWithFailures { .. }) => {
                self.turn = Some(Cause::Requested);
                self.reopen();
                Ok(())
            }
            _ => Err(Refusal::Run("only a run that has completed can be undone")),
        }
    }

    fn resolved(&mut self, step: StepId, resolution: Resolution) -> Result<(), Refusal> {
        let planned = self.plan.step(step).ok_or(Refusal::NoSuchStep(step))?;
        if !matches!(self.end, Some(End::Stuck { .. })) {
            return Err(Refusal::Run("only a run that is stuck leaves something to decide"));
        }
        let event = match (resolution, self.step(step), &planned.undo) {
            (Resolution::Retry, Some(StepState::Stuck(_)), Undo::Undeclared) => {
                return Err(Refusal::Run("the step declares no undo that could be tried again"));
            }
            (Resolution::Retry, Some(StepState::Stuck(_)), Undo::Pivot) => {
                return Err(Refusal::Run("there is no way back beyond the step"));
            }
            (Resolution::Retry, ..) => Event::Reopen,
            (Resolution::Undone, ..) => Event::MarkUndone,
            (Resolution::Accept, ..) => Event::Accept,
        };
        let undo_open = matches!(self.step(step), Some(StepState::Stuck(why)) if why.is_of_undo());
        self.change(step, &event)?;
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.undo_open = undo_open && resolution == Resolution::Retry;
        }
        self.reopen();
        Ok(())
    }

    /// Goes on after the end.
    fn reopen(&mut self) {
        self.end = None;
        self.plan_agenda();
    }

    /// The host is told to stop caring about what is under way.
    fn abandon(&mut self, step: StepId) {
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.is_abandoned = true;
        }
    }
}
