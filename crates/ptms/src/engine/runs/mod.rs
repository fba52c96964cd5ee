//! The runs of an engine: which are open, whose they are, when they want to be woken. Knows no rule.

mod going;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::sync::Arc;

use pso_graph::{Condition, Digest, Plan, StepId};
use ptms_core::{Firing, Key, KeyValue, Name, RunMode, Timestamp, Value};
use ptms_executor::{Command, Effect, EffectKey, End, Execution, Recovery, RunId, Terms};
use serde::Serialize;

use self::going::Going;
use super::outbox::Outbox;
use super::{InputError, Output};
use crate::journal::{Decision, Entry};

/// How many runs are remembered after their end, so that a late outcome can still be accounted for.
/// The oldest are forgotten first.
const MAX_ENDED_RUNS: usize = 10_000;

/// The longest key, in bytes, that a run id shows as it is; a longer one shows as a digest.
const MAX_SHOWN_KEY: usize = 256;

/// A rule and a key: what tells triggers apart.
pub(super) type TriggerKey = (Name, Key);

/// The runs of an engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    by_id: BTreeMap<RunId, Run>,
    /// By trigger: what goes on for it.
    going: BTreeMap<TriggerKey, Going>,
    wakes: BTreeSet<(Timestamp, RunId)>,
    /// Numbers the owners of the journal: grows with every recovery.
    fence: u64,
    /// A run that it was decided to start, and of which the journal says no more.
    unbegun: Option<(RunId, Firing, Arc<Plan>)>,
    /// Conditions that runs have asked for, first to last.
    questions: VecDeque<Question>,
    /// Runs that have come to rest, in that order.
    ended: VecDeque<RunId>,
}

/// A run asks whether a condition holds: that of a step, or one of its success.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) run: RunId,
    pub(super) question: ptms_executor::Question,
    pub(super) condition: Condition,
}

#[derive(Clone, Debug)]
struct Run {
    execution: Execution,
    trigger: TriggerKey,
    wake: Option<Timestamp>,
    open: bool,
}

impl Runs {
    /// Decides what a firing starts, by the mode of its rule.
    pub(super) fn start(
        &mut self,
        now: Timestamp,
        firing: &Firing,
        mode: RunMode,
        plan: &Arc<Plan>,
        outbox: &mut Outbox,
    ) {
        let run = run_id(firing);
        let going = self.going.get(&trigger_of(firing));
        // A trigger can fire, resolve and fire again at one instant; that is one run.
        let had = self.by_id.contains_key(&run) || going.is_some_and(|going| going.waits(firing));
        let decision = match going {
            _ if had => Decision::Dropped { running: run },
            None => Decision::Started { run },
            Some(going) => going.decide(mode, run),
        };
        self.decided(now, firing, plan, decision, outbox);
    }

    /// Notes, tells and carries out a decision on a firing.
    fn decided(
        &mut self,
        now: Timestamp,
        firing: &Firing,
        plan: &Arc<Plan>,
        decision: Decision,
        outbox: &mut Outbox,
    ) {
        let (rule, key, fired) = (firing.rule.clone(), firing.key.clone(), firing.at);
        outbox.note(|| {
            let (rule, key, decision) = (rule.clone(), key.clone(), decision.clone());
            Entry::Decided { at: now, rule, key, fired, decision }
        });
        let superseded = self.carry_out(&decision, firing, plan);
        match decision {
            Decision::Started { run } => self.begin(now, &run, firing, plan, outbox),
            Decision::Dropped { running } => {
                outbox.say(Output::Dropped { at: now, rule, key, fired, running });
            }
            Decision::Queued { running } => {
                outbox.say(Output::Queued { at: now, rule, key, fired, running });
            }
            Decision::Restarting { running } => {
                drop_all(now, superseded, &running, outbox);
                let trigger = (rule.clone(), key.clone());
                outbox.say(Output::Queued { at: now, rule, key, fired, running });
                self.cancel_decided(now, &trigger, outbox);
            }
        }
    }

    /// Remembers what was decided on a firing; the firings that waited and start no run for it.
    pub(super) fn carry_out(
        &mut self,
        decision: &Decision,
        firing: &Firing,
        plan: &Arc<Plan>,
    ) -> Vec<Firing> {
        if matches!(decision, Decision::Dropped { .. }) {
            return Vec::new();
        }
        let going = self.going.entry(trigger_of(firing)).or_default();
        going.carry_out(decision, firing, plan)
    }

    /// Cancels what goes on for a trigger, because it has resolved.
    pub(super) fn resolved(&mut self, now: Timestamp, trigger: &TriggerKey, outbox: &mut Outbox) {
        let Some(going) = self.going.get(trigger) else { return };
        let Some(running) = going.open().next().cloned() else { return };
        drop_all(now, self.cancel(trigger), &running, outbox);
        self.cancel_decided(now, trigger, outbox);
    }

    /// Tells the open runs of a trigger that it was decided to cancel them, unless they go back already.
    fn cancel_decided(&mut self, now: Timestamp, trigger: &TriggerKey, outbox: &mut Outbox) {
        let Some(going) = self.going.get(trigger) else { return };
        let cancelled: Vec<RunId> = going.cancelled().cloned().collect();
        for id in cancelled {
            if let Some(run) = self.by_id.get(&id)
                && run.execution.state().cause().is_none()
            {
                // An open run can be cancelled at any instant that is not before its last.
                let cancel = ptms_executor::Input::Command(Command::Cancel);
                let _ = self.tell(now, &id, cancel, outbox);
            }
        }
    }

    /// Begins a run that it was decided to start.
    fn begin(
        &mut self,
        now: Timestamp,
        id: &RunId,
        firing: &Firing,
        plan: &Arc<Plan>,
        outbox: &mut Outbox,
    ) {
        let mut terms = Terms::default();
        terms.params = firing.with.iter().cloned().collect();
        let execution = Execution::start_with(now, id.clone(), plan.clone(), terms);
        let (rule, key) = trigger_of(firing);
        let trigger = trigger_of(firing);
        self.by_id.insert(id.clone(), Run { execution, trigger, wake: None, open: true });
        outbox.say(Output::Started { at: now, run: id.clone(), rule, key, plan: plan.clone() });
        self.drain(now, id, outbox);
    }

    /// Whether a run takes this input.
    pub(super) fn accepts(
        &self,
        now: Timestamp,
        id: &RunId,
        input: &ptms_executor::Input,
    ) -> Result<(), InputError> {
        let run = self.by_id.get(id).ok_or_else(|| unknown(id))?;
        match input {
            ptms_executor::Input::Outcome { effect, attempt, outcome } => {
                run.execution.accepts(now, effect, *attempt, outcome)?;
            }
            // A command is rare enough to be tried.
            other => run.execution.clone().handle(now, other.clone())?,
        }
        Ok(())
    }

    /// Tells a run something.
    pub(super) fn tell(
        &mut self,
        now: Timestamp,
        id: &RunId,
        input: ptms_executor::Input,
        outbox: &mut Outbox,
    ) -> Result<(), InputError> {
        let run = self.by_id.get_mut(id).ok_or_else(|| unknown(id))?;
        run.execution.handle(now, input)?;
        self.drain(now, id, outbox);
        Ok(())
    }

    /// Wakes the run that is due first; false if none is due at `now`.
    pub(super) fn wake_one(&mut self, now: Timestamp, outbox: &mut Outbox) -> bool {
        let Some((_, id)) = self.wakes.first().filter(|(due, _)| *due <= now).cloned() else {
            return false;
        };
        if let Some(run) = self.by_id.get_mut(&id) {
            // A wake-up at an instant that is not before the run's last cannot be refused.
            let _ = run.execution.handle(now, ptms_executor::Input::Wake);
        }
        self.drain(now, &id, outbox);
        true
    }

    /// The condition that a run asked for first, and nobody has answered.
    pub(super) fn next_question(&mut self) -> Option<Question> {
        self.questions.pop_front()
    }

    /// The parameters of a condition that a run asked for, if it still goes forward and so waits for an
    /// answer.
    pub(super) fn asks(&self, question: &Question) -> Option<BTreeMap<Name, Value>> {
        let state = self.by_id.get(&question.run)?.execution.state();
        if state.cause().is_some() || state.end().is_some() {
            return None;
        }
        let params = &question.condition.params;
        if params.is_empty() {
            return Some(state.params().clone());
        }
        let given = params.iter();
        Some(given.filter_map(|(name, from)| Some((name.clone(), state.resolve(from)?))).collect())
    }

    /// The id of a step of a run.
    pub(super) fn step_name(&self, run: &RunId, step: StepId) -> Option<Name> {
        let plan = self.by_id.get(run)?.execution.state().plan();
        plan.step(step).map(|step| step.id.clone())
    }

    /// When the next run wants to be woken.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(due, _)| *due)
    }

    /// The number of runs that have not come to rest.
    pub(super) fn open(&self) -> usize {
        self.going.values().map(|going| going.open().count()).sum()
    }

    /// Passes on all that a run has to say.
    fn drain(&mut self, now: Timestamp, id: &RunId, outbox: &mut Outbox) {
        let Some(run) = self.by_id.get_mut(id) else { return };
        let (wake, end) = loop {
            match run.execution.poll() {
                ptms_executor::Output::Record(seq, record) => {
                    outbox.note(|| Entry::Run { run: id.clone(), seq, record });
                }
                ptms_executor::Output::Abandon { key, attempt } => {
                    outbox.say(Output::Abandon { key, attempt });
                }
                ptms_executor::Output::Perform { mut effect, .. } => {
                    // A run that began after the recovery knows nothing of it.
                    effect.fence = self.fence;
                    outbox.say(Output::Perform(effect));
                }
                ptms_executor::Output::Decide { question, condition } => {
                    self.questions.push_back(Question { run: id.clone(), question, condition });
                }
                ptms_executor::Output::Wait(until) => break (until, None),
                ptms_executor::Output::Done(end) => break (None, Some(end)),
            }
        };
        if let Some(was) = std::mem::replace(&mut run.wake, wake) {
            self.wakes.remove(&(was, id.clone()));
        }
        self.wakes.extend(wake.map(|due| (due, id.clone())));
        if let Some(end) = end {
            self.rest(now, id, end, outbox);
        }
    }

    /// A run has come to rest, for the first time or again.
    fn rest(&mut self, at: Timestamp, id: &RunId, end: End, outbox: &mut Outbox) {
        let Some(run) = self.by_id.get_mut(id) else { return };
        let first = std::mem::replace(&mut run.open, false);
        let trigger = run.trigger.clone();
        outbox.say(Output::Ended { at, run: id.clone(), end });
        if !first {
            return;
        }
        if let Some(oldest) = self.forget_after(id)
            && let Some(forgotten) = self.by_id.remove(&oldest)
            && let Some(wake) = forgotten.wake
        {
            self.wakes.remove(&(wake, oldest));
        }
        self.close(&trigger, id);
        self.start_next(at, &trigger, outbox);
    }

    /// Starts the run of the firing whose turn it is, if there is one.
    fn start_next(&mut self, now: Timestamp, trigger: &TriggerKey, outbox: &mut Outbox) {
        let Some(waiting) = self.going.get(trigger).and_then(Going::next).cloned() else { return };
        let decision = Decision::Started { run: run_id(&waiting.firing) };
        self.decided(now, &waiting.firing, &waiting.plan, decision, outbox);
    }

    /// This firing and its plan, if it has waited and it is its turn.
    pub(super) fn next_of(&self, firing: &Firing) -> Option<(Firing, Arc<Plan>)> {
        let next = self.going.get(&trigger_of(firing))?.next()?;
        (next.firing.at == firing.at).then(|| (next.firing.clone(), next.plan.clone()))
    }

    /// Remembers that a run of a trigger is no longer open.
    pub(super) fn close(&mut self, trigger: &TriggerKey, id: &RunId) {
        let Some(going) = self.going.get_mut(trigger) else { return };
        going.close(id);
        if going.is_over() {
            self.going.remove(trigger);
        }
    }

    /// Remembers that what goes on for a trigger is cancelled; the firings that waited.
    pub(super) fn cancel(&mut self, trigger: &TriggerKey) -> Vec<Firing> {
        self.going.get_mut(trigger).map(Going::cancel).unwrap_or_default()
    }

    /// Remembers that a run has come to rest; the one that is forgotten for it, if any.
    pub(super) fn forget_after(&mut self, id: &RunId) -> Option<RunId> {
        self.ended.push_back(id.clone());
        if self.ended.len() > MAX_ENDED_RUNS { self.ended.pop_front() } else { None }
    }

    /// Puts back a run that was replayed. A recovery reaches every run that is open, so the greatest
    /// fence of all runs is that of the journal.
    pub(super) fn restore(
        &mut self,
        id: RunId,
        mut execution: Execution,
        trigger: TriggerKey,
        open: bool,
    ) {
        self.fence = self.fence.max(execution.state().fence());
        let wake = match execution.poll() {
            ptms_executor::Output::Wait(until) => until,
            _ => None,
        };
        self.wakes.extend(wake.map(|due| (due, id.clone())));
        self.by_id.insert(id, Run { execution, trigger, wake, open });
    }

    /// Remembers a run that it was decided to start: it begins with the recovery.
    pub(super) fn restore_unbegun(&mut self, id: RunId, firing: Firing, plan: Arc<Plan>) {
        self.unbegun = Some((id, firing, plan));
    }

    /// The state of every run by id, what goes on for each trigger, and the order in which runs came to
    /// rest.
    pub(super) fn durable(&self) -> impl Serialize + '_ {
        let states: Vec<_> =
            self.by_id.iter().map(|(id, run)| (id, run.open, run.execution.state())).collect();
        let going: Vec<_> = self.going.iter().collect();
        (states, going, &self.ended)
    }

    /// The effects that are under way in all runs, by run and step.
    pub(super) fn outstanding(&self) -> impl Iterator<Item = Effect> {
        self.by_id.values().flat_map(|run| run.execution.outstanding())
    }

    /// Tells every run what is known of its effects after a crash.
    pub(super) fn recover(
        &mut self,
        now: Timestamp,
        fence: u64,
        found: &BTreeMap<EffectKey, Recovery>,
        outbox: &mut Outbox,
    ) -> Result<(), InputError> {
        if fence <= self.fence {
            return Err(InputError::OldFence { fence, latest: self.fence });
        }
        self.fence = fence;
        let mut by_run: BTreeMap<&RunId, BTreeMap<EffectKey, Recovery>> = BTreeMap::new();
        for (key, recovery) in found {
            by_run.entry(&key.run).or_default().insert(key.clone(), recovery.clone());
        }
        // By id, so that the order does not depend on whose runs they are.
        let ids: BTreeSet<RunId> = self.going.values().flat_map(Going::open).cloned().collect();
        for id in ids {
            let Some(run) = self.by_id.get_mut(&id) else { continue };
            let found = by_run.remove(&id).unwrap_or_default();
            run.execution.handle(now, ptms_executor::Input::Recovered { fence, found })?;
            self.drain(now, &id, outbox);
        }
        if let Some((id, firing, plan)) = self.unbegun.take() {
            self.begin(now, &id, &firing, &plan, outbox);
        }
        // What was decided before the crash, and perhaps not done.
        let triggers: Vec<TriggerKey> = self.going.keys().cloned().collect();
        for trigger in triggers {
            self.cancel_decided(now, &trigger, outbox);
            self.start_next(now, &trigger, outbox);
        }
        Ok(())
    }
}

fn unknown(run: &RunId) -> InputError {
    InputError::UnknownRun { run: run.clone() }
}

fn trigger_of(firing: &Firing) -> TriggerKey {
    (firing.rule.clone(), firing.key.clone())
}

/// Tells that firings start no run.
fn drop_all(at: Timestamp, firings: Vec<Firing>, running: &RunId, outbox: &mut Outbox) {
    for Firing { rule, key, at: fired, .. } in firings {
        outbox.say(Output::Dropped { at, rule, key, fired, running: running.clone() });
    }
}

/// The id of the run that a firing starts: rule, key and instant, so that a firing that is told twice
/// starts one run, and people recognise it.
fn run_id(firing: &Firing) -> RunId {
    let mut id = firing.rule.to_string();
    if !firing.key.is_empty() {
        let shown = shown(&firing.key);
        let fits = shown.len() <= MAX_SHOWN_KEY;
        let shown =
            if fits { shown } else { format!("{:032x}", Digest::of(shown.as_bytes()).as_u128()) };
        let _ = write!(id, "[{shown}]");
    }
    let _ = write!(id, "@{}", firing.at.as_nanos());
    RunId::from(id)
}

/// A key as text; unlike its display it tells any two keys apart, because texts are quoted.
fn shown(key: &Key) -> String {
    let parts = key.iter().map(|(name, value)| match value {
        KeyValue::Text(text) => format!("{name}={:?}", text.as_str()),
        other => format!("{name}={other}"),
    });
    parts.collect::<Vec<_>>().join(",")
}
