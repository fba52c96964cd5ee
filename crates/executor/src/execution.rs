//! The execution of a plan as the host drives it: inputs in, outputs out. Owns the queue of outputs and
//! the latest instant; everything else is in the [`State`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use pso_graph::{Condition, Plan, StepId};
use ptms_core::Timestamp;

use crate::control::Command;
use crate::error::{HandleError, Refusal};
use crate::input::Input;
use crate::key::{Action, Effect, EffectKey, RunId};
use crate::outcome::{MAX_OUTPUT, Outcome};
use crate::output::{Output, Question};
use crate::record::{Call, Change, FORMAT, Record, Recovery};
use crate::state::State;
use crate::step::StepState;
use crate::terms::Terms;

/// One run of a plan, driven by the host.
///
/// After [`start`](Execution::start) and after every [`handle`](Execution::handle), call
/// [`poll`](Execution::poll) until it says [`Output::Wait`] or [`Output::Done`]. All records of one call
/// come before all effects.
///
/// The cost of a call grows with the edges of the steps that it changes, not with the plan; only
/// starting, turning back and ending look at the whole plan.
///
/// ```
/// use ptms_core::{SystemSpec, Timestamp};
/// use ptms_executor::{End, Execution, Input, Outcome, Output};
/// use pso_graph::{Catalog, Request};
///
/// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let now = Timestamp::default();
/// let mut run = Execution::start(now, "r1", plan);
/// let end = loop {
///     match run.poll() {
///         Output::Record(..) => {}
///         Output::Perform { effect, .. } => {
///             let outcome = Outcome::Succeeded(None);
///             run.handle(now, Input::Outcome { effect: effect.key, attempt: effect.attempt, outcome })?;
///         }
///         Output::Done(end) => break end,
///         _ => unreachable!("every effect was answered"),
///     }
/// };
/// assert_eq!(end, End::Completed);
/// # Ok::<(), ptms_executor::HandleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Execution {
    state: State,
    now: Timestamp,
    records: VecDeque<(u64, Record)>,
    asks: VecDeque<Ask>,
    /// The attempts that must show that they are alive, and until when.
    beats: BTreeMap<StepId, (Call, Timestamp)>,
}

/// What the host is to be asked, once it has the records that say so.
#[derive(Clone, Debug)]
enum Ask {
    Perform(u64, Effect),
    Decide(Question, Condition),
    Abandon(EffectKey, u32),
}

impl Execution {
    /// Begins a run without parameters, whose host may make any number of effects at once.
    #[must_use]
    pub fn start(now: Timestamp, run: impl Into<RunId>, plan: impl Into<Arc<Plan>>) -> Self {
        Self::start_with(now, run, plan, Terms::default())
    }

    /// Begins a run on these terms.
    #[must_use]
    pub fn start_with(
        now: Timestamp,
        run: impl Into<RunId>,
        plan: impl Into<Arc<Plan>>,
        terms: Terms,
    ) -> Self {
        let (run, plan) = (run.into(), plan.into());
        let Terms { params, at_once } = terms.clone();
        let started = Change::Started {
            format: FORMAT,
            run: run.clone(),
            plan: plan.clone(),
            at_once,
            params,
        };
        let state = State::started(now, run, plan, terms);
        let records = VecDeque::from([(0, Record::new(now, started))]);
        let (asks, beats) = Default::default();
        let mut execution = Self { state, now, records, asks, beats };
        execution.decide();
        execution
    }

    /// Goes on from the state that a journal leads to. The records that follow are numbered on from
    /// its last. Nothing is asked for until [`Input::Recovered`] is handed in.
    #[must_use]
    pub fn resume(state: State) -> Self {
        let now = state.at();
        let (records, asks, beats) = Default::default();
        Self { state, now, records, asks, beats }
    }

    /// What is under way, by step: asked for, and not answered, even where its time is over.
    #[must_use]
    pub fn outstanding(&self) -> Vec<Effect> {
        let calls = self.state.all_under_way().into_iter();
        calls.filter_map(|(call, deadline)| self.effect(&call, deadline)).collect()
    }

    /// Takes in what the host says at `now`: first the input, then the time-outs that are due at or
    /// before `now`, then what follows from both.
    ///
    /// # Errors
    ///
    /// If time ran backwards, or the outcome is for an effect that was never asked for or already has
    /// its answer. Then nothing has changed.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Result<(), HandleError> {
        if now < self.now {
            return Err(HandleError::TimeBackwards { now, last: self.now });
        }
        match input {
            Input::Outcome { effect, attempt, outcome } => {
                let call = self.call(&effect, attempt)?;
                fits(&outcome)?;
                self.record(now, Change::Answered { call, outcome })?;
            }
            Input::Recovered { fence, mut found } => {
                for recovery in found.values() {
                    if let Recovery::Became(outcome) = recovery {
                        fits(outcome)?;
                    }
                }
                let calls = self.state.all_under_way().into_iter();
                let known = calls.filter_map(|(call, _)| {
                    let recovery = found.remove(&self.key(&call))?;
                    Some((call, recovery))
                });
                let found = known.collect();
                self.record(now, Change::Recovered { fence, found })?;
            }
            Input::Heartbeat { effect, attempt } => {
                let call = self.call(&effect, attempt)?;
                self.state.awaits(&call)?;
                self.beat(call, now);
            }
            Input::Verdict { question, verdict, read } => {
                self.record(now, Change::Judged { question, verdict, read })?;
            }
            Input::Command(command) => self.record(now, Change::Commanded { command })?,
            Input::Wake => {}
        }
        self.now = now;
        self.time_out();
        self.decide();
        Ok(())
    }

    /// Whether this outcome of an attempt would be taken at `now`.
    ///
    /// # Errors
    ///
    /// What [`Execution::handle`] would say.
    pub fn accepts(
        &self,
        now: Timestamp,
        effect: &EffectKey,
        attempt: u32,
        outcome: &Outcome,
    ) -> Result<(), HandleError> {
        if now < self.now {
            return Err(HandleError::TimeBackwards { now, last: self.now });
        }
        let call = self.call(effect, attempt)?;
        fits(outcome)?;
        Ok(self.state.awaits(&call)?)
    }

    /// The next output; in the end always the same [`Output::Wait`] or [`Output::Done`].
    pub fn poll(&mut self) -> Output {
        if let Some((seq, record)) = self.records.pop_front() {
            return Output::Record(seq, record);
        }
        match self.asks.pop_front() {
            Some(Ask::Perform(after, effect)) => return Output::Perform { effect, after },
            Some(Ask::Decide(question, condition)) => {
                return Output::Decide { question, condition };
            }
            Some(Ask::Abandon(key, attempt)) => return Output::Abandon { key, attempt },
            None => {}
        }
        match self.state.end() {
            Some(end) => Output::Done(end.clone()),
            None => {
                let due = self.next_due().map(|(due, _)| due);
                Output::Wait(due.into_iter().chain(self.state.expires()).min())
            }
        }
    }

    /// Where the run stands.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The latest instant that was handed in.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Records the time-outs that are due, and what has settled, by instant, then by step.
    fn time_out(&mut self) {
        while let Some((due, step)) = self.next_due()
            && due <= self.now
        {
            let change = match (self.state.under_way(step), self.state.step(step)) {
                (Some(call), Some(StepState::Settling)) => Change::Settled { call },
                (Some(call), _) => Change::TimedOut { call },
                (None, _) => Change::Due { step },
            };
            if !self.apply(change) {
                break;
            }
        }
    }

    /// The next time-out, silence of a heartbeat or end of a rest, and whose it is.
    fn next_due(&self) -> Option<(Timestamp, StepId)> {
        let beats = self.beats.iter().map(|(step, (_, due))| (*due, *step));
        beats.chain(self.state.first_deadline()).min()
    }

    /// An attempt has just shown that it is alive, or has begun.
    fn beat(&mut self, call: Call, now: Timestamp) {
        let heartbeat = self.state.plan().step(call.step).and_then(|step| step.heartbeat);
        if let Some(heartbeat) = heartbeat
            && self.state.under_way(call.step).as_ref() == Some(&call)
            && self.state.step(call.step) != Some(&StepState::Settling)
        {
            self.beats.insert(call.step, (call, now + heartbeat));
        }
    }

    /// Forgets what no longer has to show that it is alive.
    fn forget_beats(&mut self) {
        let state = &self.state;
        self.beats.retain(|step, (call, _)| {
            state.under_way(*step).as_ref() == Some(call)
                && state.step(*step) != Some(&StepState::Settling)
        });
    }

    /// Asks whether a condition holds.
    fn ask(&mut self, question: Question) {
        if let Some(condition) = question.condition(self.state.plan()) {
            self.asks.push_back(Ask::Decide(question, condition.clone()));
        }
    }

    /// Makes all decisions that can be made.
    fn decide(&mut self) {
        while let Some(change) = self.state.decide(self.now) {
            if !self.apply(change) {
                break;
            }
        }
    }

    /// Records a change of the engine's own making.
    fn apply(&mut self, change: Change) -> bool {
        let folded = self.record(self.now, change);
        // INVARIANT: what is decided can be folded. The loops end even if it could not.
        debug_assert_eq!(folded, Ok(()));
        folded.is_ok()
    }

    /// The only way to change the state: make a record, fold it, hand it out.
    fn record(&mut self, now: Timestamp, change: Change) -> Result<(), Refusal> {
        let seq = self.state.seq();
        let record = Record::new(now, change);
        let wanted = self.wanted(&record.change);
        self.state.fold(&record)?;
        for call in wanted {
            let is_over = self.state.under_way(call.step).as_ref() != Some(&call);
            if is_over || self.state.is_abandoned(call.step) {
                self.abandon(&call);
            }
        }
        self.forget_beats();
        match &record.change {
            Change::Issued { call, deadline } => {
                if let Some(effect) = self.effect(call, *deadline) {
                    self.asks.push_back(Ask::Perform(seq, effect));
                }
                self.beat(call.clone(), now);
            }
            Change::Recovered { .. } => {
                let calls = self.state.all_under_way().into_iter();
                calls.for_each(|(call, _)| self.beat(call, now));
                self.state.asking().into_iter().for_each(|question| self.ask(question));
            }
            Change::Asked { question } => self.ask(*question),
            // Nobody is asked any more what has become idle.
            Change::RollingBack { .. } | Change::Commanded { .. } => {
                let state = &self.state;
                let is_idle =
                    |ask: &Ask| matches!(ask, Ask::Decide(of, _) if !state.is_asking(*of));
                self.asks.retain(|ask| !is_idle(ask));
            }
            _ => {}
        }
        self.records.push_back((seq, record));
        Ok(())
    }

    /// The attempts, still wanted, that this change may make unwanted.
    fn wanted(&self, change: &Change) -> Vec<Call> {
        let is_wanted = |call: &Call| !self.state.is_abandoned(call.step);
        let of = |step| self.state.under_way(step).filter(is_wanted);
        match change {
            Change::TimedOut { call } => of(call.step).into_iter().collect(),
            // A late answer can decide the key under which another attempt is under way.
            Change::Answered { call, .. } => {
                of(call.step).filter(|open| open != call).into_iter().collect()
            }
            Change::Commanded { command: Command::CancelStep(step) } => {
                of(*step).into_iter().collect()
            }
            Change::Commanded { command: Command::Cancel } => {
                let calls = self.state.all_under_way().into_iter().map(|(call, _)| call);
                calls.filter(is_wanted).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Takes back what was asked. An effect that the host was not handed yet must not be made after it
    /// was given up; of others it is told.
    fn abandon(&mut self, call: &Call) {
        let (key, attempt) = (self.key(call), call.attempt);
        let before = self.asks.len();
        let is_it = |ask: &Ask| matches!(ask, Ask::Perform(_, effect) if effect.key == key && effect.attempt == attempt);
        self.asks.retain(|ask| !is_it(ask));
        if self.asks.len() == before {
            self.asks.push_back(Ask::Abandon(key, attempt));
        }
    }

    /// The attempt that an outcome speaks of.
    fn call(&self, effect: &EffectKey, attempt: u32) -> Result<Call, HandleError> {
        let EffectKey { run, step, action, epoch } = effect.clone();
        if run != *self.state.run() {
            return Err(HandleError::OtherRun { given: run, run: self.state.run().clone() });
        }
        Ok(Call { step, action, epoch, attempt })
    }

    /// What tells the effect of a call apart.
    fn key(&self, call: &Call) -> EffectKey {
        let Call { step, action, epoch, .. } = call.clone();
        EffectKey { run: self.state.run().clone(), step, action, epoch }
    }

    /// What the host is asked for by a call.
    fn effect(&self, call: &Call, deadline: Timestamp) -> Option<Effect> {
        let step = self.state.plan().step(call.step)?;
        let (key, attempt) = (self.key(call), call.attempt);
        let reverses = match key.action {
            Action::Undo(_) => {
                let last = self.state.epoch(call.step)?;
                let key = |epoch| EffectKey { action: Action::Activate, epoch, ..key.clone() };
                (0..=last).map(key).collect()
            }
            Action::Activate | Action::Verify => Vec::new(),
        };
        let (step, system) = (step.id.clone(), step.subject().clone());
        let (input, fence) = (self.state.input(call.step), self.state.fence());
        Some(Effect { key, attempt, step, system, input, reverses, deadline, fence })
    }
}

/// Whether an outcome gives back no more than is kept.
fn fits(outcome: &Outcome) -> Result<(), HandleError> {
    match outcome.size() {
        0..=MAX_OUTPUT => Ok(()),
        size => Err(HandleError::OutputTooLarge { size }),
    }
}
