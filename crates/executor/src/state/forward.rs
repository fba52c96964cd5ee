//! What comes before an activation: the condition of a step, and what it waits for. First what is
//! decided, then what changes.

use pso_graph::StepId;
use ptms_core::step::{Awaited, OnUnknown, Wait};
use ptms_core::{Name, Timestamp};

use super::State;
use crate::end::Fault;
use crate::error::Refusal;
use crate::output::Question;
use crate::step::{Event, StepState};

/// How the wait of a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// What it waits for has come, or it waits for nothing.
    Met,
    /// A person has said no.
    Denied,
    /// It has not come yet.
    Open,
}

impl State {
    /// Whether the condition of a step is still to be asked for.
    pub(super) fn has_question(&self, step: StepId) -> bool {
        let is_admitted = self.lives.get(step.index()).is_some_and(|life| life.is_admitted);
        !is_admitted && self.plan.step(step).is_some_and(|step| step.when.is_some())
    }

    /// What is done about a condition that holds, does not, or that nobody can tell.
    pub(super) fn judged_step(
        &mut self,
        step: StepId,
        verdict: Option<bool>,
    ) -> Result<(), Refusal> {
        let planned = self.plan.step(step).ok_or(Refusal::NoSuchStep(step))?;
        let Some(guard) = planned.when.as_ref().filter(|_| self.is_asking(Question::Step(step)))
        else {
            return Err(Refusal::Run("nobody asked for this verdict"));
        };
        match (verdict, guard.on_unknown) {
            (Some(true), _) | (None, OnUnknown::Run) => {
                if let Some(life) = self.lives.get_mut(step.index()) {
                    life.is_admitted = true;
                }
                self.change(step, &Event::Come)
            }
            (Some(false), _) | (None, OnUnknown::Skip) => self.change(step, &Event::Skip),
            (None, OnUnknown::Fail) => self.refuse(step, Fault::Undecided),
        }
    }

    pub(super) fn wait_of(&self, step: StepId) -> Standing {
        let wait = self.plan.step(step).and_then(|step| step.wait.as_ref());
        let has_waited = || self.lives.get(step.index()).is_some_and(|life| life.has_waited);
        match wait.map(|wait| &wait.awaited) {
            None => Standing::Met,
            Some(Awaited::Timer(_)) if has_waited() => Standing::Met,
            Some(Awaited::Signal(name)) if self.signals.contains(name) => Standing::Met,
            Some(Awaited::Approval(name)) => match self.approvals.get(name) {
                Some(true) => Standing::Met,
                Some(false) => Standing::Denied,
                None => Standing::Open,
            },
            Some(Awaited::Timer(_) | Awaited::Signal(_)) => Standing::Open,
        }
    }

    /// Until when a wait that begins now lasts at most.
    pub(super) fn wait_until(&self, step: StepId, now: Timestamp) -> Option<Timestamp> {
        let Wait { awaited, deadline, .. } = self.plan.step(step)?.wait.as_ref()?;
        let span = match awaited {
            Awaited::Timer(span) => Some(*span),
            Awaited::Signal(_) | Awaited::Approval(_) => None,
        };
        span.into_iter().chain(*deadline).min().map(|span| now + span)
    }

    pub(super) fn waits(
        &mut self,
        step: StepId,
        until: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(step, &Event::Wait)?;
        // Even an instant that has come already is waited for, so that it is recorded.
        if let Some(until) = until {
            self.rest_until(step, until.max(at));
        }
        Ok(())
    }

    /// The instant has come up to which a step waits.
    pub(super) fn waited(&mut self, step: StepId) -> Result<(), Refusal> {
        let wait = self.plan.step(step).and_then(|step| step.wait.as_ref());
        let is_timer = wait.is_some_and(|wait| {
            let Awaited::Timer(span) = wait.awaited else { return false };
            wait.deadline.is_none_or(|deadline| span <= deadline)
        });
        if !is_timer {
            return self.refuse(step, Fault::NotInTime);
        }
        if let Some(life) = self.lives.get_mut(step.index()) {
            life.has_waited = true;
        }
        self.change(step, &Event::Come)
    }

    /// A step that has not begun fails.
    pub(super) fn refuse(&mut self, step: StepId, fault: Fault) -> Result<(), Refusal> {
        self.change(step, &Event::Cancel)?;
        self.falter(step, fault);
        Ok(())
    }

    /// Something has come for which steps wait, now or later.
    pub(super) fn signalled(&mut self, name: &Name) -> Result<(), Refusal> {
        if !self.is_awaited(&Awaited::Signal(name.clone())) {
            return Err(Refusal::Run("the plan of the run has no step that waits for this signal"));
        }
        self.signals.insert(name.clone());
        self.look_again()
    }

    /// A person has said yes or no. What was said first stands.
    pub(super) fn approved(&mut self, name: &Name, granted: bool) -> Result<(), Refusal> {
        if !self.is_awaited(&Awaited::Approval(name.clone())) {
            return Err(Refusal::Run(
                "the plan of the run has no step that waits for this approval",
            ));
        }
        if self.approvals.get(name).is_some_and(|said| *said != granted) {
            return Err(Refusal::Run("the approval has been decided otherwise"));
        }
        self.approvals.insert(name.clone(), granted);
        self.look_again()
    }

    fn is_awaited(&self, awaited: &Awaited) -> bool {
        let waits = |step: &pso_graph::Step| {
            step.wait.as_ref().is_some_and(|wait| wait.awaited == *awaited)
        };
        self.plan.steps().iter().any(waits)
    }

    /// Looks at all steps that wait.
    fn look_again(&mut self) -> Result<(), Refusal> {
        for step in Vec::from_iter(self.plan.ids()) {
            if self.step(step) != Some(&StepState::Awaiting) {
                continue;
            }
            match self.wait_of(step) {
                Standing::Met => self.change(step, &Event::Come)?,
                Standing::Denied => self.refuse(step, Fault::Denied)?,
                Standing::Open => {}
            }
        }
        Ok(())
    }
}
