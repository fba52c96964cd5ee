//! The durable state of a run: a fold of its records, changed by nothing else. Knows nothing of what is
//! decided next, nor of what the host has been told.
//!
//! `fold` is the only code that changes a state, `answers` and `recovery` the parts of it that hear the
//! host, `control` the part that hears people, `criteria` the part about success; `given` says what steps
//! are told; `order` counts what the edges of the plan still ask; `decide` reads a state and says what
//! the run does next.

mod answers;
mod control;
mod criteria;
mod decide;
mod fold;
mod forward;
mod given;
mod order;
mod recovery;
mod retry;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use pso_graph::{Plan, StepId};
use ptms_core::{Name, Timestamp, Value};
use serde::Serialize;

use self::criteria::Judgement;
use self::order::Order;
use crate::control::Scope;
use crate::end::{Cause, End, Failure, Fault};
use crate::error::ReplayError;
use crate::key::{Action, RunId};
use crate::output::Question;
use crate::record::{Call, Record};
use crate::step::StepState;

/// How often one activation is verified while the answers are inconclusive: often enough for a glitch,
/// and each attempt has the full time-out of its step.
pub const VERIFY_ATTEMPTS: u32 = 3;

/// Where a run stands, as far as its records tell.
///
/// ```
/// use ptms_executor::{Execution, Output, replay};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let mut run = Execution::start(Timestamp::default(), "r1", plan);
/// let mut journal = Vec::new();
/// while let Output::Record(_, record) = run.poll() {
///     journal.push(record);
/// }
/// let state = replay(&journal).unwrap();
/// assert_eq!(&state, run.state());
/// assert_eq!((state.run().as_str(), state.end()), ("r1", None));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    run: RunId,
    plan: Arc<Plan>,
    at_once: Option<NonZeroU32>,
    params: BTreeMap<Name, Value>,
    /// Numbers the owners of the journal: grows with every recovery.
    fence: u64,
    /// How many records have been folded.
    seq: u64,
    /// When the last of them was made.
    at: Timestamp,
    /// Set from when the run turns back.
    cause: Option<Cause>,
    end: Option<End>,
    lives: Vec<Life>,
    /// The steps that failed, in the order in which they did.
    failures: Vec<StepId>,
    /// The first of them that is critical.
    critical: Option<StepId>,
    /// Why the run is to turn back as soon as it can, where no step is to blame.
    turn: Option<Cause>,
    /// What is not to begin anything for now.
    paused: BTreeSet<Scope>,
    /// What has happened of what steps wait for.
    signals: BTreeSet<Name>,
    /// To what people have said yes or no.
    approvals: BTreeMap<Name, bool>,
    /// How each success criterion of the plan stands.
    criteria: Vec<Judgement>,
    /// When the run began.
    began: Timestamp,
    /// Attempts that were given up and were not answered since.
    silent: BTreeSet<Call>,

    // INVARIANT: what follows is a function of what stands above.
    order: Order,
    /// The steps that call for a decision; see `decide`.
    agenda: BTreeSet<StepId>,
    /// Those of the agenda of which it is to be said what they come to, which may turn the run back.
    verdicts: BTreeSet<StepId>,
    /// One for every effect under way, and for every step that rests.
    deadlines: BTreeSet<(Timestamp, StepId)>,
    /// How many effects are under way.
    in_flight: usize,
    /// The steps that are stuck, accepted or held.
    remaining: BTreeSet<StepId>,
    /// Those that are stuck and let nothing more be undone.
    halted: BTreeSet<StepId>,
    /// How many steps the run still has something to do about, or waits for.
    pending: usize,
}

/// The life of one step so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Life {
    state: StepState,
    /// What was asked for in each epoch before this one.
    past: Vec<Asked>,
    /// What was asked for in this epoch.
    asked: Asked,
    /// How often its activation was asked for since it began, or since a person let it go on.
    tries: u32,
    /// When the first of these was.
    since: Option<Timestamp>,
    /// Whether the host has said of an attempt in this epoch that it is unknown.
    is_unknown: bool,
    /// Whether an attempt of an earlier epoch succeeded late, and was not undone since.
    is_haunted: bool,
    /// Whether it was cancelled, and is not tried again.
    is_cancelled: bool,
    /// Whether its attempts are used up, and it waits for a person.
    is_exhausted: bool,
    /// Whether its condition holds, or counts as if it did.
    is_admitted: bool,
    /// Whether it has waited for its instant.
    has_waited: bool,
    /// When it is begun anew, once it is undone.
    renews: Option<Timestamp>,
    /// How often each of its undos was asked for, which have a key each.
    undos: Vec<u32>,
    /// When the last of these was begun.
    undo_since: Option<Timestamp>,
    /// Whether this is not decided, and it is to be asked for once more under the same key.
    undo_open: bool,
    /// What it gave back when it succeeded.
    output: Option<Value>,
    /// What speaks against it, unless a verification confirms it.
    fault: Option<Fault>,
    /// Of the effect under way, or of what is left of it: when it is given up, or acted on. Else until
    /// when it rests.
    deadline: Option<Timestamp>,
    /// Whether the host was told already to stop caring about the effect under way.
    is_abandoned: bool,
}

/// What was asked for in one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Asked {
    activations: u32,
    verifications: u32,
    /// Whether an undo was begun.
    undo: bool,
}

/// Which way a run is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    Up,
    Back,
    Ended,
}

/// The state that the records of a run lead to, from the first one on.
///
/// Every prefix of a journal can be replayed.
///
/// # Errors
///
/// If the records are not those of one run, whole and in order.
///
/// ```
/// use ptms_core::Timestamp;
/// use ptms_executor::{Change, End, Record, ReplayError, replay};
///
/// let ended = Record::new(Timestamp::default(), Change::Ended { end: End::Completed });
/// assert_eq!(replay([&ended]).unwrap_err(), ReplayError::NotStarted);
/// ```
pub fn replay<'a>(records: impl IntoIterator<Item = &'a Record>) -> Result<State, ReplayError> {
    let mut records = records.into_iter();
    let mut state = State::begin(records.next().ok_or(ReplayError::Empty)?)?;
    for record in records {
        let seq = state.seq;
        state.fold(record).map_err(|why| ReplayError::Record { seq, why })?;
    }
    Ok(state)
}

/// What a reader may know.
impl State {
    /// The run.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// All that it does.
    #[must_use]
    pub const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Where a step is in its life; `None` for a step of another plan.
    #[must_use]
    pub fn step(&self, step: StepId) -> Option<&StepState> {
        self.lives.get(step.index()).map(|life| &life.state)
    }

    /// Why the run is being, was, or is about to be rolled back; `None` if it is not.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref().or(self.turn.as_ref())
    }

    /// How it ended; `None` if it has not.
    #[must_use]
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// What is not to begin anything for now.
    pub fn paused(&self) -> impl Iterator<Item = &Scope> {
        self.paused.iter()
    }

    /// How many effects are under way.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many records there are, which is also the sequence number of the next one.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The number of the journal's owner: 0 until the first recovery.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.fence
    }

    /// When the last record was made.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// What decisions are made from.
impl State {
    /// All that the future depends on, with instants as they lie from `now`.
    #[cfg(test)]
    pub(crate) fn steering(&self, now: Timestamp) -> String {
        let life = |(life, step): (&Life, &pso_graph::Step)| {
            let since = |instant: Option<Timestamp>| instant.map(|instant| instant.since(now));
            let total = |retry: &Option<ptms_core::Retry>| retry.as_ref().and_then(|one| one.total);
            let begun = life.since.filter(|_| step.step_timeout.or(total(&step.retry)).is_some());
            let undone = life.undo_since.filter(|_| total(&step.undo_retry).is_some());
            let instants = [life.deadline, life.renews, begun, undone].map(since);
            let mut life = life.clone();
            (life.deadline, life.since, life.undo_since, life.renews) = (None, None, None, None);
            (life, instants)
        };
        let lives: Vec<_> = self.lives.iter().zip(self.plan.steps()).map(life).collect();
        let heard = (&self.signals, &self.approvals, &self.criteria);
        format!("{:?}", (lives, &self.turn, &self.paused, &self.failures, heard))
    }

    pub(crate) const fn course(&self) -> Course {
        match (&self.end, &self.cause) {
            (Some(_), _) => Course::Ended,
            (None, Some(_)) => Course::Back,
            (None, None) => Course::Up,
        }
    }

    /// Whether the host makes as many effects at once as it can.
    pub(crate) fn is_at_limit(&self) -> bool {
        self.at_once.is_some_and(|limit| self.in_flight() >= limit.get() as usize)
    }

    /// When the next effect times out, or the next step has rested, and which step it is.
    pub(crate) fn first_deadline(&self) -> Option<(Timestamp, StepId)> {
        self.deadlines.first().copied()
    }

    /// Whether the engine above is to say whether this condition holds.
    pub(crate) fn is_asking(&self, question: Question) -> bool {
        self.course() == Course::Up
            && match question {
                Question::Step(step) => self.step(step) == Some(&StepState::Asking),
                Question::Criterion(index) => self.criterion(index) == Some(Judgement::Asked),
            }
    }

    /// All that the engine above is to judge.
    pub(crate) fn asking(&self) -> Vec<Question> {
        let steps = self.plan.ids().map(Question::Step);
        let criteria = (0..).zip(&self.criteria).map(|(index, _)| Question::Criterion(index));
        steps.chain(criteria).filter(|question| self.is_asking(*question)).collect()
    }

    /// When the run has taken too long, unless it has turned back or ended before.
    pub(crate) fn expires(&self) -> Option<Timestamp> {
        let limit = self.plan.deadline().filter(|_| self.course() == Course::Up)?;
        Some(self.began + limit)
    }

    /// Every attempt that is under way or settles, with its deadline, by step.
    pub(crate) fn all_under_way(&self) -> Vec<(Call, Timestamp)> {
        let steps: BTreeSet<StepId> = self.deadlines.iter().map(|(_, step)| *step).collect();
        let call = |step: StepId| {
            let deadline = self.lives.get(step.index())?.deadline?;
            Some((self.under_way(step)?, deadline))
        };
        steps.into_iter().filter_map(call).collect()
    }

    /// Whether the host was told to stop caring about what is under way for a step.
    pub(crate) fn is_abandoned(&self, step: StepId) -> bool {
        self.lives.get(step.index()).is_some_and(|life| life.is_abandoned)
    }

    /// The number of the key under which a step is, or was last, activated.
    pub(crate) fn epoch(&self, step: StepId) -> Option<u32> {
        self.lives.get(step.index()).map(Life::epoch)
    }

    /// How a step failed, if it did.
    fn failure(&self, step: StepId) -> Option<Failure> {
        let fault = self.lives.get(step.index())?.fault.clone()?;
        Some(Failure::new(&self.plan.step(step)?.id, fault))
    }

    /// The attempt that would come next under this action.
    fn upcoming(&self, step: StepId, action: Action) -> Option<Call> {
        let life = self.lives.get(step.index())?;
        let undos = life.undos.len() as u32;
        let (epoch, attempt) = match action {
            Action::Activate => (life.epoch(), life.asked.activations + 1),
            Action::Verify => (life.epoch(), life.asked.verifications + 1),
            Action::Undo(_) if life.undo_open => (undos.checked_sub(1)?, life.undos.last()? + 1),
            Action::Undo(_) => (undos, 1),
        };
        Some(Call { step, action, epoch, attempt })
    }

    /// The attempt that is under way for a step, or that it settles.
    pub(crate) fn under_way(&self, step: StepId) -> Option<Call> {
        let life = self.lives.get(step.index())?;
        let (action, epoch, attempt) = match life.state {
            StepState::Activating | StepState::Settling => {
                (Action::Activate, life.epoch(), life.asked.activations)
            }
            StepState::Verifying(_) => (Action::Verify, life.epoch(), life.asked.verifications),
            StepState::Undoing { .. } => {
                let action = self.plan.step(step)?.undo.action()?.clone();
                let epoch = (life.undos.len() as u32).checked_sub(1)?;
                (Action::Undo(action), epoch, *life.undos.last()?)
            }
            _ => return None,
        };
        Some(Call { step, action, epoch, attempt })
    }
}
