//! How a record changes the state. A record that does not fit changes nothing.
//!
//! Folding applies what was decided and never decides: whether it was a step's turn is not asked again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pso_graph::{Plan, StepId};
use ptms_core::{OnUndoFailure, Timestamp};

use super::criteria::Judgement;
use super::decide::Move;
use super::order::{Order, remains};
use super::{Course, Life, State};
use crate::end::{Cause, End, Fault};
use crate::error::{Refusal, ReplayError};
use crate::key::{Action, RunId};
use crate::output::Question;
use crate::record::{Call, Change, FORMAT, Record};
use crate::step::{Event, StepState, is_under_way, next};
use crate::terms::Terms;

impl State {
    /// The state after the first record: the beginning of a replay, one record at a time.
    ///
    /// # Errors
    ///
    /// If it is none that begins a run.
    pub fn begin(first: &Record) -> Result<Self, ReplayError> {
        let Change::Started { format, run, plan, at_once, params } = &first.change else {
            return Err(ReplayError::NotStarted);
        };
        if *format > FORMAT {
            return Err(ReplayError::Newer { found: *format });
        }
        let terms = Terms { params: params.clone(), at_once: *at_once };
        Ok(Self::started(first.at, run.clone(), Arc::clone(plan), terms))
    }

    /// The state of a run of which nothing is recorded but that it started.
    pub(crate) fn started(at: Timestamp, run: RunId, plan: Arc<Plan>, terms: Terms) -> Self {
        let Terms { params, at_once } = terms;
        let criteria = vec![Judgement::default(); plan.success().len()];
        let mut state = Self {
            lives: vec![Life::default(); plan.steps().len()],
            order: Order::up(&plan),
            run,
            plan,
            at_once,
            params,
            fence: 0,
            seq: 1,
            at,
            cause: None,
            end: None,
            failures: Vec::new(),
            critical: None,
            turn: None,
            paused: BTreeSet::new(),
            signals: BTreeSet::new(),
            approvals: BTreeMap::new(),
            criteria,
            began: at,
            silent: BTreeSet::new(),
            agenda: BTreeSet::new(),
            verdicts: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            in_flight: 0,
            remaining: BTreeSet::new(),
            halted: BTreeSet::new(),
            pending: 0,
        };
        state.plan_agenda();
        state
    }

    /// The state after one more record.
    ///
    /// # Errors
    ///
    /// If it does not fit those before it. Then nothing has changed.
    pub fn fold(&mut self, record: &Record) -> Result<(), Refusal> {
        if record.at < self.at {
            return Err(Refusal::Run("it lies before the record in front of it"));
        }
        match &record.change {
            Change::Started { .. } => return Err(Refusal::Run("the run has already started")),
            Change::Issued { call, deadline } => self.issued(call, *deadline, record.at)?,
            Change::Answered { call, outcome } => self.answered(call, outcome, record.at)?,
            Change::TimedOut { call } => self.timed_out(call, record.at)?,
            Change::Settled { call } => self.settled(call, record.at)?,
            Change::Recovered { fence, found } => self.recovered(record.at, *fence, found)?,
            Change::Commanded { command } => self.commanded(command, record.at)?,
            Change::Retrying { step, same_key, due } => {
                self.retrying(*step, *same_key, *due, record.at)?;
            }
            Change::Failed { step } => {
                self.change(*step, &Event::Fail)?;
                self.note_failure(*step);
            }
            Change::Exhausted { step } => self.exhausted(*step)?,
            Change::RetryingUndo { step, due } => self.retrying_undo(*step, *due, record.at)?,
            Change::Asked { question } => self.asked(*question)?,
            Change::Judged { question, verdict, read: _ } => self.judged(*question, *verdict)?,
            Change::Waiting { step, until } => self.waits(*step, *until, record.at)?,
            Change::Denied { step } => self.refuse(*step, Fault::Denied)?,
            Change::Lacking { step, input } => self.lacks(*step, input)?,
            Change::Passed { step } => self.change(*step, &Event::Pass)?,
            Change::Due { step } => self.due(*step)?,
            Change::Skipped { step, because: _ } => self.change(*step, &Event::Skip)?,
            Change::Cleared { step } => self.reversed(*step, &Event::Clear, record.at)?,
            Change::Stranded { step, why } => {
                self.change(*step, &Event::Strand(why.clone()))?;
                self.abandon_renewal(*step);
            }
            Change::Held { step, by: _ } => self.change(*step, &Event::Hold)?,
            Change::RollingBack { cause } => self.turn_back(cause)?,
            Change::Ended { end } => self.ended(end)?,
        }
        self.at = record.at;
        self.seq += 1;
        Ok(())
    }

    fn asked(&mut self, question: Question) -> Result<(), Refusal> {
        match question {
            Question::Step(step) => self.change(step, &Event::Ask),
            Question::Criterion(index) => self.asked_criterion(index),
        }
    }

    fn judged(&mut self, question: Question, verdict: Option<bool>) -> Result<(), Refusal> {
        match question {
            Question::Step(step) => self.judged_step(step, verdict),
            Question::Criterion(index) => self.judged_criterion(index, verdict),
        }
    }

    fn issued(&mut self, call: &Call, deadline: Timestamp, at: Timestamp) -> Result<(), Refusal> {
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
                Action::Activate => {
                    life.asked.activations = call.attempt;
                    life.tries += 1;
                    life.since = life.since.or(Some(at));
                }
                Action::Verify => life.asked.verifications = call.attempt,
                Action::Undo(_) if life.undo_open => {
                    life.undos.last_mut().into_iter().for_each(|tries| *tries = call.attempt);
                    life.undo_open = false;
                }
                Action::Undo(_) => {
                    life.undos.push(call.attempt);
                    life.asked.undo = true;
                    life.undo_since = Some(at);
                    life.is_haunted = false;
                }
            }
            life.deadline = Some(deadline);
            life.is_abandoned = false;
        }
        self.deadlines.insert((deadline, call.step));
        Ok(())
    }

    fn turn_back(&mut self, cause: &Cause) -> Result<(), Refusal> {
        if self.course() != Course::Up {
            return Err(Refusal::Run("the run is not on its way up"));
        }
        self.cause = Some(cause.clone());
        self.turn = None;
        self.end_waits();
        self.order = Order::back(&self.plan, |step| self.step(step));
        self.plan_agenda();
        Ok(())
    }

    fn ended(&mut self, end: &End) -> Result<(), Refusal> {
        if self.in_flight > 0 {
            return Err(Refusal::Run("a run cannot end while effects are under way"));
        }
        if self.end.is_none() && self.pending > 0 {
            return Err(Refusal::Run("a run cannot end while there is something to do"));
        }
        self.end = Some(end.clone());
        self.plan_agenda();
        Ok(())
    }

    /// Moves a step to its next state, and brings up to date what follows from that.
    pub(super) fn change(&mut self, step: StepId, event: &Event) -> Result<(), Refusal> {
        let plan = Arc::clone(&self.plan);
        let planned = plan.step(step).ok_or(Refusal::NoSuchStep(step))?;
        let life = self.lives.get_mut(step.index()).ok_or(Refusal::NoSuchStep(step))?;
        let to = next(planned, &life.state, event)?;
        // An effect is over, or a rest is.
        if to != life.state
            && !is_under_way(&to)
            && let Some(until) = life.deadline.take()
        {
            self.deadlines.remove(&(until, step));
        }
        let from = std::mem::replace(&mut life.state, to.clone());
        self.in_flight = (self.in_flight + usize::from(is_under_way(&to)))
            .saturating_sub(usize::from(is_under_way(&from)));

        self.pending = (self.pending + usize::from(self.order.is_pending(&to)))
            .saturating_sub(usize::from(self.order.is_pending(&from)));
        if remains(&to) {
            self.remaining.insert(step);
        } else {
            self.remaining.remove(&step);
        }
        let halts = planned.on_undo_failure == OnUndoFailure::Stop
            && matches!(&to, StepState::Stuck(why) if why.is_of_undo());
        let turned = if halts { self.halted.insert(step) } else { self.halted.remove(&step) };
        let lives = &self.lives;
        let state = |step: StepId| lives.get(step.index()).map(|life| &life.state);
        let touched = self.order.changed(&plan, step, (&from, &to), state);
        for step in touched.into_iter().chain([step]) {
            self.plan_step(step);
        }
        if turned {
            self.plan_agenda();
        }
        Ok(())
    }

    /// Puts a step on the agenda, or takes it off.
    pub(super) fn plan_step(&mut self, step: StepId) {
        let next = self.next_move(step);
        put(&mut self.verdicts, step, next.as_ref().is_some_and(Move::may_turn));
        put(&mut self.agenda, step, next.is_some());
    }

    /// Looks at every step anew: when the run starts, turns back, ends, or goes on after its end, and
    /// when a pause begins or ends.
    pub(super) fn plan_agenda(&mut self) {
        let is_pending = |life: &&Life| self.order.is_pending(&life.state);
        self.pending = self.lives.iter().filter(is_pending).count();
        let plan = Arc::clone(&self.plan);
        (self.agenda, self.verdicts) = (BTreeSet::new(), BTreeSet::new());
        plan.ids().for_each(|step| self.plan_step(step));
    }
}

/// Lets a set hold a step, or not.
fn put(set: &mut BTreeSet<StepId>, step: StepId, holds: bool) {
    if holds {
        set.insert(step);
    } else {
        set.remove(&step);
    }
}
