//! The runs of an engine: which are open, whose they are, when they want to be woken. Knows no rule.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::sync::Arc;

use pso_graph::Plan;
use ptms_core::{Firing, Key, KeyValue, Name, Timestamp};
use ptms_executor::{EffectKey, End, Execution, Outcome, RunId};

use super::{InputError, Output};

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
    /// Starts a run for a firing, unless its trigger has one that is going on.
    pub(super) fn start(
        &mut self,
        now: Timestamp,
        firing: &Firing,
        plan: Arc<Plan>,
        outputs: &mut VecDeque<Output>,
    ) {
        let (rule, key) = (firing.rule.clone(), firing.key.clone());
        let trigger = (rule.clone(), key.clone());
        if let Some(running) = self.open.get(&trigger) {
            let running = running.clone();
            outputs.push_back(Output::Dropped { at: now, rule, key, running });
            return;
        }
        let id = run_id(firing);
        if self.by_id.contains_key(&id) {
            // The same firing again: it has had its run.
            return;
        }
        let execution = Execution::start(now, id.clone(), plan.clone());
        let run = Run { execution, trigger: trigger.clone(), wake: None, open: true };
        self.open.insert(trigger, id.clone());
        self.by_id.insert(id.clone(), run);
        outputs.push_back(Output::Started { at: now, run: id.clone(), rule, key, plan });
        self.drain(now, &id, outputs);
    }

    /// Tells a run what became of an effect.
    pub(super) fn answer(
        &mut self,
        now: Timestamp,
        key: EffectKey,
        attempt: u32,
        outcome: Outcome,
        outputs: &mut VecDeque<Output>,
    ) -> Result<(), InputError> {
        let id = key.run.clone();
        let Some(run) = self.by_id.get_mut(&id) else {
            return Err(InputError::UnknownRun { run: id });
        };
        let input = ptms_executor::Input::Outcome { effect: key, attempt, outcome };
        run.execution.handle(now, input)?;
        self.drain(now, &id, outputs);
        Ok(())
    }

    /// Wakes the run that is due first; false if none is due at `now`.
    pub(super) fn wake_one(&mut self, now: Timestamp, outputs: &mut VecDeque<Output>) -> bool {
        let Some((_, id)) = self.wakes.first().filter(|(due, _)| *due <= now).cloned() else {
            return false;
        };
        if let Some(run) = self.by_id.get_mut(&id) {
            // A wake-up at an instant that is not before the run's last cannot be refused.
            let _ = run.execution.handle(now, ptms_executor::Input::Wake);
        }
        self.drain(now, &id, outputs);
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
    fn drain(&mut self, now: Timestamp, id: &RunId, outputs: &mut VecDeque<Output>) {
        let Some(run) = self.by_id.get_mut(id) else { return };
        let (wake, end) = loop {
            match run.execution.poll() {
                ptms_executor::Output::Record(..) => {}
                ptms_executor::Output::Perform { effect, .. } => {
                    outputs.push_back(Output::Perform(effect));
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
            self.rest(now, id, end, outputs);
        }
    }

    /// A run has come to rest, for the first time or again.
    fn rest(&mut self, at: Timestamp, id: &RunId, end: End, outputs: &mut VecDeque<Output>) {
        let Some(run) = self.by_id.get_mut(id) else { return };
        if std::mem::replace(&mut run.open, false) {
            self.open.remove(&run.trigger);
            self.ended.push_back(id.clone());
        }
        outputs.push_back(Output::Ended { at, run: id.clone(), end });
        if self.ended.len() > MAX_ENDED_RUNS
            && let Some(oldest) = self.ended.pop_front()
            && let Some(forgotten) = self.by_id.remove(&oldest)
            && let Some(wake) = forgotten.wake
        {
            self.wakes.remove(&(wake, oldest));
        }
    }
}

/// The id of the run that a firing starts: rule, key and instant, so that a firing that is told twice
/// starts one run, and people recognise it.
fn run_id(firing: &Firing) -> RunId {
    let mut id = firing.rule.to_string();
    if !firing.key.is_empty() {
        let shown = shown(&firing.key);
        let fits = shown.len() <= MAX_SHOWN_KEY;
        let shown = if fits { shown } else { format!("{:032x}", fnv1a(shown.as_bytes())) };
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

/// FNV-1a of 128 bits (Fowler, Noll, Vo).
fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}
