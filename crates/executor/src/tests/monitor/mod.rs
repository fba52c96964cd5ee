//! A witness: watches what a run asks for and what the host answers, keeps its own account of the world,
//! and objects to whatever the engine promised not to do. Knows the plan, the outputs and the answers,
//! and nothing of the state behind them.

mod asks;
mod ends;
mod hears;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pso_graph::{Plan, StepId};
use ptms_core::Timestamp;

use crate::{
    Action, Change, Command, Effect, EffectKey, End, Execution, HandleError, Input, Outcome,
    Output, Question, Record, Scope,
};

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

    fn is_in(&self, step: StepId, scope: &Scope) -> bool {
        match scope {
            Scope::Run => true,
            Scope::Phase(phase) => self.plan.step(step).unwrap().phase.as_ref() == Some(phase),
            Scope::Step(one) => *one == step,
        }
    }

    fn is_paused(&self, step: StepId) -> bool {
        self.paused.iter().any(|scope| self.is_in(step, scope))
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
