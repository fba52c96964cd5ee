//! How pools are used over time.

use std::collections::BTreeMap;

use ptms_core::{Duration, Name};

use super::{PoolProfile, Slot};
use crate::plan::Plan;

pub(super) fn profiles(plan: &Plan, slots: &[Slot]) -> Vec<PoolProfile> {
    if plan.pools().is_empty() {
        return Vec::new();
    }
    // By pool, by time: units taken and units given back.
    let mut changes: BTreeMap<&Name, BTreeMap<Duration, (u64, u64)>> =
        plan.pools().iter().map(|pool| (&pool.name, BTreeMap::new())).collect();
    let running = |(_, slot): &(_, &Slot)| slot.start < slot.finish;
    for ((id, step), slot) in plan.ids().zip(plan.steps()).zip(slots).filter(running) {
        for claim in &step.claims.uses {
            let Some(changes) = changes.get_mut(&claim.pool) else { continue };
            let units = claim.units.saturating_mul(plan.width(id).into());
            changes.entry(slot.start).or_default().0 += units;
            changes.entry(slot.finish).or_default().1 += units;
        }
    }
    let profile = |(name, changes): (&Name, BTreeMap<Duration, (u64, u64)>)| {
        let mut uses: Vec<(Duration, u64)> = Vec::new();
        let (mut now, mut peak) = (0_u64, 0);
        for (at, (taken, given_back)) in changes {
            let next = now.saturating_sub(given_back).saturating_add(taken);
            if next != now {
                uses.push((at, next));
            }
            now = next;
            peak = now.max(peak);
        }
        PoolProfile { name: name.clone(), peak, uses }
    };
    changes.into_iter().map(profile).collect()
}
