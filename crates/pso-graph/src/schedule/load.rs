//! What steps claim while they run, by number: pools first, then exclusive things as pools of one unit.
//! Knows no time.

use std::collections::BTreeMap;

use ptms_core::Name;

use crate::plan::{Plan, Step, StepId};

/// What can run out, and who claims how much of it.
pub(super) struct Load {
    /// By number of what can run out: its name, and how many units there are.
    pub(super) limits: Vec<(Name, u64)>,
    /// The different claims, each as (number, units) in order of the numbers. The first is empty.
    classes: Vec<Vec<(u32, u64)>>,
    /// By step: its claim.
    class_of: Vec<u32>,
}

impl Load {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut limits: Vec<(Name, u64)> =
            plan.pools().iter().map(|pool| (pool.name.clone(), pool.free())).collect();
        let mut writers: BTreeMap<&Name, u32> = BTreeMap::new();
        // Steps are large and many: those that claim nothing are looked at once.
        let mut claimants: Vec<StepId> = Vec::new();
        for (id, Step { claims, .. }) in plan.ids().zip(plan.steps()) {
            if !claims.uses.is_empty() || !claims.exclusive.is_empty() {
                claimants.push(id);
            }
            for thing in &claims.exclusive {
                *writers.entry(thing).or_default() += 1;
            }
        }
        // What one step alone writes holds nobody up.
        writers.retain(|_, writers| *writers > 1);
        let mut things: BTreeMap<&Name, u32> = BTreeMap::new();
        for thing in writers.into_keys() {
            things.insert(thing, limits.len() as u32);
            limits.push((thing.clone(), 1));
        }
        let pools: BTreeMap<&Name, u32> =
            plan.pools().iter().zip(0..).map(|(pool, number)| (&pool.name, number)).collect();
        let mut known: BTreeMap<Vec<(u32, u64)>, u32> = BTreeMap::from([(Vec::new(), 0)]);
        let mut class_of = vec![0; plan.steps().len()];
        for id in claimants {
            let Some(step) = plan.step(id) else { continue };
            let (claims, width) = (&step.claims, u64::from(plan.width(id)));
            let used = claims.uses.iter();
            let mut class: Vec<(u32, u64)> = used
                .filter_map(|units| {
                    Some((*pools.get(&units.pool)?, units.units.saturating_mul(width)))
                })
                .chain(claims.exclusive.iter().filter_map(|thing| Some((*things.get(thing)?, 1))))
                .collect();
            class.sort_unstable();
            let next = known.len() as u32;
            let class = *known.entry(class).or_insert(next);
            if let Some(slot) = class_of.get_mut(id.index()) {
                *slot = class;
            }
        }
        let mut classes = vec![Vec::new(); known.len()];
        for (class, number) in known {
            if let Some(slot) = classes.get_mut(number as usize) {
                *slot = class;
            }
        }
        Self { limits, classes, class_of }
    }

    /// Whether no step waits for anything but its edges.
    pub(super) const fn is_empty(&self) -> bool {
        self.classes.len() == 1
    }

    pub(super) const fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The claim of a step.
    pub(super) fn class_of(&self, step: usize) -> u32 {
        self.class_of.get(step).copied().unwrap_or_default()
    }

    /// What this claim takes.
    pub(super) fn class(&self, class: u32) -> &[(u32, u64)] {
        self.classes.get(class as usize).map_or(&[], Vec::as_slice)
    }

    /// The longest time for which the steps keep all of one thing busy, rounded up.
    pub(super) fn busy(&self, durations: &[i64]) -> i64 {
        let mut work = vec![0_u128; self.limits.len()];
        for (step, duration) in durations.iter().enumerate() {
            for (number, units) in self.class(self.class_of(step)) {
                if let Some(slot) = work.get_mut(*number as usize) {
                    // At most 2^20 steps of less than 2^63 ns and 2^64 units: the sum of durations fits
                    // 63 bits, so this fits 127.
                    *slot += u128::from(duration.unsigned_abs()) * u128::from(*units);
                }
            }
        }
        let busy = work.into_iter().zip(&self.limits);
        let busy = busy.map(|(work, (_, units))| work.div_ceil(u128::from((*units).max(1))));
        busy.max().and_then(|busy| i64::try_from(busy).ok()).unwrap_or_default()
    }
}
