//! What goes on for one trigger: its open runs, and the firings that wait for them. Knows no execution.

use std::collections::VecDeque;
use std::sync::Arc;

use pso_graph::Plan;
use ptms_core::{Firing, RunMode};
use ptms_executor::RunId;
use serde::Serialize;

use crate::journal::Decision;

/// The open runs of a trigger, and the firings that wait for them.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Going {
    /// In the order in which they started.
    open: Vec<Open>,
    /// First to last.
    waiting: VecDeque<Waiting>,
}

/// A run that has not come to rest.
#[derive(Clone, Debug, Serialize)]
struct Open {
    run: RunId,
    /// Whether it was decided to cancel it.
    cancelled: bool,
}

/// A firing that starts a run once the open ones have ended.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Waiting {
    pub(super) firing: Firing,
    #[serde(skip)]
    pub(super) plan: Arc<Plan>,
}

impl Going {
    /// What a firing comes to that would start `run`.
    pub(super) fn decide(&self, mode: RunMode, run: RunId) -> Decision {
        let Some(first) = self.open.first() else { return Decision::Started { run } };
        let running = first.run.clone();
        match mode {
            RunMode::Restart => Decision::Restarting { running },
            RunMode::Queue { max } if self.waiting.len() < max => Decision::Queued { running },
            RunMode::Parallel { max } if self.open.len() < max => Decision::Started { run },
            RunMode::Single | RunMode::Queue { .. } | RunMode::Parallel { .. } => {
                Decision::Dropped { running }
            }
        }
    }

    /// Carries out a decision on a firing; the firings that waited and start no run for it.
    pub(super) fn carry_out(
        &mut self,
        decision: &Decision,
        firing: &Firing,
        plan: &Arc<Plan>,
    ) -> Vec<Firing> {
        let superseded = match decision {
            Decision::Started { run } => {
                // It may have waited.
                self.waiting.retain(|waiting| waiting.firing.at != firing.at);
                self.open.push(Open { run: run.clone(), cancelled: false });
                return Vec::new();
            }
            Decision::Dropped { .. } => return Vec::new(),
            Decision::Queued { .. } => Vec::new(),
            Decision::Restarting { .. } => self.cancel(),
        };
        self.waiting.push_back(Waiting { firing: firing.clone(), plan: plan.clone() });
        superseded
    }

    /// Decides to cancel every open run; the firings that waited for them and start none.
    pub(super) fn cancel(&mut self) -> Vec<Firing> {
        self.open.iter_mut().for_each(|open| open.cancelled = true);
        self.waiting.drain(..).map(|waiting| waiting.firing).collect()
    }

    /// A run has come to rest.
    pub(super) fn close(&mut self, run: &RunId) {
        self.open.retain(|open| open.run != *run);
    }

    /// The firing whose turn it is, if no run is open.
    pub(super) fn next(&self) -> Option<&Waiting> {
        self.waiting.front().filter(|_| self.open.is_empty())
    }

    /// Whether the run of a firing at the same instant waits already.
    pub(super) fn waits(&self, firing: &Firing) -> bool {
        self.waiting.iter().any(|waiting| waiting.firing.at == firing.at)
    }

    /// The open runs that it was decided to cancel.
    pub(super) fn cancelled(&self) -> impl Iterator<Item = &RunId> {
        self.open.iter().filter(|open| open.cancelled).map(|open| &open.run)
    }

    /// The open runs.
    pub(super) fn open(&self) -> impl Iterator<Item = &RunId> {
        self.open.iter().map(|open| &open.run)
    }

    /// Whether nothing goes on any more.
    pub(super) fn is_over(&self) -> bool {
        self.open.is_empty() && self.waiting.is_empty()
    }
}
