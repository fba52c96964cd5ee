//! The runs of an engine: which are open, whose they are, when they want to be woken. Knows no rule.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::sync::Arc;

use pso_graph::{Digest, Plan};
use ptms_core::{Firing, Key, KeyValue, Name, Timestamp};
use ptms_executor::{Effect, EffectKey, End, Execution, Outcome, Recovery, RunId};
use serde::Serialize;

use super::outbox::Outbox;
use super::{InputError, Output};
use crate::journal::{Decision, Entry};

/// How many runs are remembered after their end, so that a late outcome can still be accounted for.
/// The oldest are forgotten first.
const MAX_ENDED_RUNS: usize = 10_000;

/// The longest key, in bytes, that a run id shows as it is; a longer one shows as a digest.
const MAX_SHOWN_KEY: usize = 256;

/// The runs of an engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    by_id: BTreeMap<RunId, Run>,
    /// The open run of each trigger that has one.
    open: BTreeMap<(Name, Key), RunId>,
    wakes: BTreeSet<(Timestamp, RunId)>,
    /// Numbers the owners of the journal: grows with every recovery.
    fence: u64,
    /// A run that it was decided to start, and of which the journal says no more.
    unbegun: Option<(RunId, (Name, Key), Arc<Plan>)>,
    /// Runs that have come to rest, in that order.
    ended: VecDeque<RunId>,
}

#[derive(Clone, Debug)]
struct Run {
    execution: Execution,
    trigger: (Name, Key),
    wake: Option<Timestamp>,
    open: bool,
}

impl Runs {
    /// Decides what a firing starts: a run, unless its trigger has one that is going on.
    pub(super) fn start(
        &mut self,
        now: Timestamp,
        firing: &Firing,
        plan: &Arc<Plan>,
        outbox: &mut Outbox,
    ) {
        let (rule, key) = (firing.rule.clone(), firing.key.clone());
        let id = run_id(firing);
        let open = self.open.get(&(rule.clone(), key.clone())).cloned();
        // A trigger can fire, resolve and fire again at one instant; that is one run.
        let running = open.or_else(|| self.by_id.contains_key(&id).then(|| id.clone()));
        let decision = match &running {
            Some(running) => Decision::Dropped { running: running.clone() },
            None => Decision::Started { run: id.clone() },
        };
        outbox.note(|| {
            let (rule, key) = (rule.clone(), key.clone());
            Entry::Decided { at: now, rule, key, fired: firing.at, decision }
        });
        match running {
            Some(running) => outbox.say(Output::Dropped { at: now, rule, key, running }),
            None => self.begin(now, &id, (rule, key), plan, outbox),
        }
    }

    /// Begins a run that it was decided to start.
    fn begin(
        &mut self,
        now: Timestamp,
        id: &RunId,
        trigger: (Name, Key),
        plan: &Arc<Plan>,
        outbox: &mut Outbox,
    ) {
        let execution = Execution::start(now, id.clone(), plan.clone());
        let (rule, key) = trigger.clone();
        self.open.insert(trigger.clone(), id.clone());
        self.by_id.insert(id.clone(), Run { execution, trigger, wake: None, open: true });
        outbox.say(Output::Started { at: now, run: id.clone(), rule, key, plan: plan.clone() });
        self.drain(now, id, outbox);
    }

    /// Whether a run waits for this outcome.
    pub(super) fn accepts(
        &self,
        now: Timestamp,
        key: &EffectKey,
        attempt: u32,
    ) -> Result<(), InputError> {
        let Some(run) = self.by_id.get(&key.run) else {
            return Err(InputError::UnknownRun { run: key.run.clone() });
        };
        Ok(run.execution.accepts(now, key, attempt)?)
    }

    /// Tells a run what became of an effect.
    pub(super) fn answer(
        &mut self,
        now: Timestamp,
        key: EffectKey,
        attempt: u32,
        outcome: Outcome,
        outbox: &mut Outbox,
    ) -> Result<(), InputError> {
        let id = key.run.clone();
        let Some(run) = self.by_id.get_mut(&id) else {
            return Err(InputError::UnknownRun { run: id });
        };
        let input = ptms_executor::Input::Outcome { effect: key, attempt, outcome };
        run.execution.handle(now, input)?;
        self.drain(now, &id, outbox);
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

    /// When the next run wants to be woken.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(due, _)| *due)
    }

    /// The number of runs that have not come to rest.
    pub(super) fn open(&self) -> usize {
        self.open.len()
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
        if first {
            self.open.remove(&run.trigger);
        }
        outbox.say(Output::Ended { at, run: id.clone(), end });
        if first
            && let Some(oldest) = self.forget_after(id)
            && let Some(forgotten) = self.by_id.remove(&oldest)
            && let Some(wake) = forgotten.wake
        {
            self.wakes.remove(&(wake, oldest));
        }
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
        trigger: (Name, Key),
        open: bool,
    ) {
        if open {
            self.open.insert(trigger.clone(), id.clone());
        }
        self.fence = self.fence.max(execution.state().fence());
        let wake = match execution.poll() {
            ptms_executor::Output::Wait(until) => until,
            _ => None,
        };
        self.wakes.extend(wake.map(|due| (due, id.clone())));
        self.by_id.insert(id, Run { execution, trigger, wake, open });
    }

    /// Remembers a run that it was decided to start: it begins with the recovery.
    pub(super) fn restore_unbegun(&mut self, id: RunId, trigger: (Name, Key), plan: Arc<Plan>) {
        self.unbegun = Some((id, trigger, plan));
    }

    /// The state of every run by id, the open ones, and the order in which the others came to rest.
    pub(super) fn durable(&self) -> impl Serialize + '_ {
        let states: Vec<_> =
            self.by_id.iter().map(|(id, run)| (id, run.open, run.execution.state())).collect();
        (states, &self.ended)
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
        let ids: BTreeSet<RunId> = self.open.values().cloned().collect();
        for id in ids {
            let Some(run) = self.by_id.get_mut(&id) else { continue };
            let found = by_run.remove(&id).unwrap_or_default();
            run.execution.handle(now, ptms_executor::Input::Recovered { fence, found })?;
            self.drain(now, &id, outbox);
        }
        if let Some((id, trigger, plan)) = self.unbegun.take() {
            self.begin(now, &id, trigger, &plan, outbox);
        }
        Ok(())
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
