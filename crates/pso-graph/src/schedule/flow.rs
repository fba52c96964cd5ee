//! Who passes what on to whom in a schedule (the resource flow of Artigues, Michelon and Reusser 2003).
//! Knows numbers and times, and not how they came about.

use std::collections::{BTreeMap, BTreeSet};

use super::Arc;
use super::load::Load;
use crate::plan::{Plan, StepId};

/// The arcs that pass units on, without those that are edges of the plan anyway; ordered by (from, to).
///
/// Steps take over from those that finished last, which leaves early units to whoever comes in a hurry.
/// Every step gives its units to few others, so there are at most twice as many arcs as claims.
pub(super) fn arcs(plan: &Plan, starts: &[i64], durations: &[i64], load: &Load) -> Vec<Arc> {
    if load.is_empty() {
        return Vec::new();
    }
    let mut order: Vec<(i64, usize)> =
        starts.iter().copied().zip(0..).filter(|(_, step)| load.class_of(*step) != 0).collect();
    order.sort_unstable();
    // By number: units that are or will be free, by when and after whom. No step: from the start.
    let mut free: Vec<BTreeMap<(i64, Option<usize>), u64>> =
        load.limits.iter().map(|(_, units)| BTreeMap::from([((0, None), *units)])).collect();
    let mut arcs: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for (start, step) in order {
        let took = durations.get(step).copied().unwrap_or_default();
        if took == 0 {
            continue;
        }
        for (number, units) in load.class(load.class_of(step)) {
            let Some(free) = free.get_mut(*number as usize) else { continue };
            let mut wanted = *units;
            while wanted > 0 {
                let Some((key, there)) =
                    free.range_mut(..=(start, Some(usize::MAX))).next_back().map(|(k, v)| (*k, v))
                else {
                    break;
                };
                let taken = wanted.min(*there);
                wanted -= taken;
                *there -= taken;
                if *there == 0 {
                    free.remove(&key);
                }
                if let Some(from) = key.1 {
                    arcs.entry((from, step)).or_insert(*number);
                }
            }
            free.insert((start + took, Some(step)), *units);
        }
    }
    let edges: BTreeSet<(usize, usize)> = plan
        .edges()
        .iter()
        .map(|edge| (edge.from.index(), edge.to.index()))
        .filter(|pair| arcs.contains_key(pair))
        .collect();
    let arcs = arcs.into_iter().filter(|(pair, _)| !edges.contains(pair));
    arcs.filter_map(|((from, to), number)| {
        let of = load.limits.get(number as usize)?.0.clone();
        Some(Arc { from: StepId::new(from as u32), to: StepId::new(to as u32), of })
    })
    .collect()
}
