//! How a record changes the state. A record that does not fit changes nothing.
//!
//! Folding applies what was decided and never decides: whether it was a step's turn is not asked again.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use pso_graph::{Plan, StepId};
use ptms_core::{Timestamp, Value};

use super::order::Order;
use super::{Course, Life, State, VERIFY_ATTEMPTS};
use crate::end::{Cause, End, Fault, Remains};
use crate::error::{Refusal, ReplayError};
use crate::key::{Action, RunId};
use crate::outcome::Outcome;
use crate::record::{Call, Change, FORMAT, Record};
use crate::step::{Event, StepState, Verdict, Word, next};

/// Whether an answer came in time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Late,
}

impl State {
    /// The state after the first record.
    pub(crate) fn begin(first: &Record) -> Result<Self, ReplayError> {
        let Change::Started { format, run, plan, at_once } = &first.change else {
            return Err(ReplayError::NotStarted);
        };
        if *format > FORMAT {
            return Err(ReplayError::Newer { found: *format });
        }
        Ok(Self::started(first.at, run.clone(), Arc::clone(plan), *at_once))
    }

    /// The state of a run of which nothing is recorded but that it started.
    pub(crate) fn started(
        at: Timestamp,
        run: RunId,
        plan: Arc<Plan>,
        at_once: Option<NonZeroU32>,
    ) -> Self {
        let mut state = Self {
            lives: vec![Life::default(); plan.steps().len()],
            order: Order::up(&plan),
            run,
            plan,
            at_once,
            seq: 1,
            at,
            cause: None,
            end: None,
            failures: Vec::new(),
            critical: None,
            silent: BTreeSet::new(),
            agenda: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            remaining: BTreeSet::new(),
        };
        state.plan_agenda();
        state
    }

    /// The state after one more record.
    pub(crate) fn fold(&mut self, record: &Record) -> Result<(), Refusal> {
        if record.at < self.at {
            return Err(Refusal::Run("it lies before the record in front of it"));
        }
        match &record.change {
            Change::Started { .. } => return Err(Refusal::Run("the run has already started")),
            Change::Issued { call, deadline } => self.issued(call, *deadline)?,
            Change::Answered { call, outcome } => self.answered(call, outcome)?,
            Change::TimedOut { call } => self.timed_out(call)?,
            Change::Skipped { step, because: _ } => self.change(*step, &Event::Skip)?,
            Change::Cleared { step } => self.change(*step, &Event::Clear)?,
            Change::Stranded { step, why } => self.change(*step, &Event::Strand(why.clone()))?,
            Change::Held { step, by: _ } => self.change(*step, &Event::Hold)?,
            Change::RollingBack { cause } => self.turn_back(cause)?,
            Change::Ended { end } => self.ended(end)?,
        }
        self.at = record.at;
        self.seq += 1;
        Ok(())
    }

    fn issued(&mut self, call: &Call, deadline: Timestamp) -> Result<(), Refusal> {
        if self.end.is_some() {
            return Err(Refusal::Run("the run has ended"));
        }
        if self.upcoming(call.step, call.action.clone()).as_ref() != Some(call) {
            return Err(Refusal::Run("the effect does not carry the next key of its step"));
        }
        let event = match call.action {
            Action::Activate => Event::Activate,
            Action::Verify => Event::Verify,
            Action::Undo(_) => Event::Undo,
        };
        self.change(call.step, &event)?;
        if let Some(life) = self.lives.get_mut(call.step.index()) {
            match call.action {
                Action::Activate => {}
                Action::Verify => life.verifications = call.attempt,
                Action::Undo(_) => life.undos = call.epoch.saturating_add(1),
            }
            life.deadline = Some(deadline);
        }
        self.deadlines.insert((deadline, call.step));
        Ok(())
    }

    fn answered(&mut self, call: &Call, outcome: &Outcome) -> Result<(), Refusal> {
        let standing = self.standing(call)?;
        let event = match (&call.action, standing) {
            (Action::Activate, Standing::Open) => Event::Activated(word(outcome)),
            (Action::Activate, Standing::Late) => match word(outcome) {
                // A verification that found the step up outweighs a late denial.
                Word::Clean | Word::Unclean if self.is_faultless(call.step) => Event::LateOther,
                word => Event::LateActivated(word),
            },
            (Action::Verify, Standing::Open) => Event::Verified(verdict(call, outcome)),
            (Action::Undo(_), Standing::Open) => Event::Undone(undone(outcome)),
            (Action::Undo(_), Standing::Late)
                if self.is_last_undo(call) && undone(outcome).is_ok() =>
            {
                Event::LateUndone
            }
            (Action::Verify | Action::Undo(_), Standing::Late) => Event::LateOther,
        };
        self.settle(call, standing, &event, fault(outcome))?;
        self.silent.remove(call);
        Ok(())
    }

    fn timed_out(&mut self, call: &Call) -> Result<(), Refusal> {
        if self.standing(call)? == Standing::Late {
            return Err(Refusal::Run("the effect has already timed out"));
        }
        let event = match call.action {
            Action::Activate => Event::Activated(Word::Unknown),
            Action::Verify => Event::Verified(verdict(call, &Outcome::Unknown)),
            Action::Undo(_) => Event::Undone(Err(Remains::UndoTimedOut)),
        };
        self.settle(call, Standing::Open, &event, Some(Fault::TimedOut))?;
        self.silent.insert(call.clone());
        Ok(())
    }

    /// Applies an answer, or the silence that stands for it.
    fn settle(
        &mut self,
        call: &Call,
        standing: Standing,
        event: &Event,
        fault: Option<Fault>,
    ) -> Result<(), Refusal> {
        let step = call.step;
        self.change(step, event)?;
        let Some(life) = self.lives.get_mut(step.index()) else { return Ok(()) };
        match (event, &life.state) {
            (Event::Activated(_), _) => life.fault = fault,
            (Event::LateActivated(_), StepState::Unverified(_) | StepState::Verifying(_)) => {
                life.fault = fault;
            }
            (Event::Verified(_), StepState::Up) => life.fault = None,
            (Event::Verified(_), StepState::Unclean) if life.fault.is_none() => {
                life.fault = Some(Fault::Unconfirmed);
            }
            _ => {}
        }
        if standing == Standing::Late {
            return Ok(());
        }
        if let Some(deadline) = life.deadline.take() {
            self.deadlines.remove(&(deadline, step));
        }
        let has_failed = matches!(life.state, StepState::Unclean | StepState::Failed)
            && matches!(call.action, Action::Activate | Action::Verify);
        if has_failed {
            self.failures.push(step);
            if self.critical.is_none() && self.plan.step(step).is_some_and(|step| step.critical) {
                self.critical = Some(step);
            }
        }
        Ok(())
    }

    fn turn_back(&mut self, cause: &Cause) -> Result<(), Refusal> {
        if self.course() != Course::Up {
            return Err(Refusal::Run("the run is not on its way up"));
        }
        self.cause = Some(cause.clone());
        self.order = Order::back(&self.plan, |step| self.step(step));
        self.plan_agenda();
        Ok(())
    }

    fn ended(&mut self, end: &End) -> Result<(), Refusal> {
        if !self.deadlines.is_empty() {
            return Err(Refusal::Run("a run cannot end while effects are under way"));
        }
        self.end = Some(end.clone());
        self.plan_agenda();
        Ok(())
    }

    /// Moves a step to its next state, and brings up to date what follows from that.
    fn change(&mut self, step: StepId, event: &Event) -> Result<(), Refusal> {
        let plan = Arc::clone(&self.plan);
        let planned = plan.step(step).ok_or(Refusal::NoSuchStep(step))?;
        let life = self.lives.get_mut(step.index()).ok_or(Refusal::NoSuchStep(step))?;
        let to = next(planned, &life.state, event)?;
        let from = std::mem::replace(&mut life.state, to.clone());

        if matches!(to, StepState::Stuck(_) | StepState::Held) {
            self.remaining.insert(step);
        } else {
            self.remaining.remove(&step);
        }
        let lives = &self.lives;
        let state = |step: StepId| lives.get(step.index()).map(|life| &life.state);
        let touched = self.order.changed(&plan, step, (&from, &to), state);
        for step in touched.into_iter().chain([step]) {
            self.plan_step(step);
        }
        Ok(())
    }

    /// Puts a step on the agenda, or takes it off.
    fn plan_step(&mut self, step: StepId) {
        if self.next_move(step).is_some() {
            self.agenda.insert(step);
        } else {
            self.agenda.remove(&step);
        }
    }

    /// Looks at every step anew: when the run starts, turns back or ends.
    fn plan_agenda(&mut self) {
        self.agenda = self.plan.ids().filter(|step| self.next_move(*step).is_some()).collect();
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
        match &call.action {
            Action::Activate => {
                let has_started = !matches!(life.state, StepState::Waiting | StepState::Skipped);
                has_started && (call.epoch, call.attempt) == (0, 1)
            }
            Action::Verify => call.epoch == 0 && (1..=life.verifications).contains(&call.attempt),
            Action::Undo(action) => {
                let declared = self.plan.step(call.step).and_then(|step| step.undo.action());
                declared == Some(action) && call.epoch < life.undos && call.attempt == 1
            }
        }
    }

    /// Whether nothing speaks against the activation of the step.
    fn is_faultless(&self, step: StepId) -> bool {
        self.lives.get(step.index()).is_some_and(|life| life.fault.is_none())
    }

    /// Whether no undo of the step was begun after this one.
    fn is_last_undo(&self, call: &Call) -> bool {
        self.lives
            .get(call.step.index())
            .is_some_and(|life| life.undos == call.epoch.saturating_add(1))
    }
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
