//! Longest paths through a plan, forwards and backwards. Knows no pools.

use crate::plan::{Plan, StepId};

/// Times in nanoseconds, by step.
pub(super) struct Paths {
    /// When each step can start at the earliest.
    pub(super) earliest: Vec<i64>,
    /// When it has to start at the latest.
    pub(super) latest: Vec<i64>,
    /// How long the longest path is.
    pub(super) length: i64,
}

// INVARIANT of a plan: all durations together fit an i64, so no sum along a path overflows.

pub(super) fn paths(plan: &Plan, durations: &[i64]) -> Paths {
    let of = |times: &[i64], step: StepId| times.get(step.index()).copied().unwrap_or_default();
    // Edges are ordered by their earlier step, so once those from a step come, all those to it have
    // been; backwards likewise. Memory is read as it lies.
    let mut earliest = vec![0_i64; durations.len()];
    for edge in plan.edges() {
        let finish = of(&earliest, edge.from) + of(durations, edge.from);
        if let Some(slot) = earliest.get_mut(edge.to.index()) {
            *slot = finish.max(*slot);
        }
    }
    let finishes = earliest.iter().zip(durations).map(|(start, took)| start + took);
    let length = finishes.max().unwrap_or(0);
    let mut latest: Vec<i64> = durations.iter().map(|took| length - took).collect();
    for edge in plan.edges().iter().rev() {
        let start = of(&latest, edge.to) - of(durations, edge.from);
        if let Some(slot) = latest.get_mut(edge.from.index()) {
            *slot = start.min(*slot);
        }
    }
    Paths { earliest, latest, length }
}

impl Paths {
    /// When a step has to finish at the latest.
    pub(super) fn latest_finish(&self, step: usize, durations: &[i64]) -> i64 {
        self.latest.get(step).zip(durations.get(step)).map_or(0, |(latest, took)| latest + took)
    }

    /// The steps of a longest path.
    pub(super) fn critical(&self, plan: &Plan, durations: &[i64]) -> Vec<StepId> {
        let at = |step: StepId| {
            let times = self.earliest.get(step.index()).zip(self.latest.get(step.index()));
            times.filter(|(earliest, latest)| earliest == latest).map(|(start, _)| *start)
        };
        let finish = |step: StepId| {
            at(step).map(|start| start + durations.get(step.index()).copied().unwrap_or_default())
        };
        let mut path = Vec::new();
        let mut ids = plan.ids();
        let mut next =
            ids.find(|step| at(*step) == Some(0) && plan.predecessors(*step).next().is_none());
        while let Some(step) = next {
            path.push(step);
            let mut after = plan.successors(step).map(|edge| edge.to);
            next = after.find(|later| at(*later).is_some() && at(*later) == finish(step));
        }
        path
    }
}
