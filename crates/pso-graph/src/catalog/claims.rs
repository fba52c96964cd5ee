//! What systems take for themselves: pools, exclusive things, and the absence of other systems. Knows
//! nothing of plans.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::pool::Amount;
use ptms_core::system::Reference;
use ptms_core::{Name, Origin, PoolSpec, SystemSpec};

use super::fault::{Faults, at, place};
use super::resolve::find_system;
use crate::plan::{Claims, Units};

/// Pools ordered by name, each name once and each with something in it.
pub(super) fn pools(mut pools: Vec<PoolSpec>, faults: &mut Faults) -> Vec<PoolSpec> {
    faults.unique(
        &mut pools,
        |pool| (&pool.name, pool.origin.as_ref()),
        |name| format!("pool `{name}`"),
    );
    for pool in pools.iter().filter(|pool| pool.capacity == 0) {
        let message = format!("pool `{}` has no units", pool.name);
        let fault = Diagnostic::error(diagnostic::BAD_VALUE, message);
        faults.push(
            at(fault, pool.origin.as_ref(), "").help("give it at least one, or delete the pool"),
        );
    }
    pools
}

/// The position of a pool among pools ordered by name.
pub(super) fn find_pool<'a>(pools: &'a [PoolSpec], name: &str) -> Option<&'a PoolSpec> {
    let found = pools.binary_search_by(|pool| pool.name.as_str().cmp(name)).ok()?;
    pools.get(found)
}

/// What each system claims, in the order of the systems; conflicts not yet.
pub(super) fn of_systems(
    systems: &[SystemSpec],
    pools: &[PoolSpec],
    faults: &mut Faults,
) -> Vec<Claims> {
    let claims = |system: &SystemSpec| {
        let mut units = |amounts: &[Amount], verb| of_pools(system, amounts, verb, pools, faults);
        let (uses, holds) = (units(&system.uses, "uses"), units(&system.holds, "holds"));
        let mut exclusive: Vec<Name> = names(&system.exclusive);
        exclusive.sort_unstable();
        exclusive.dedup();
        let claims = Claims { uses, holds, exclusive, conflicts: Vec::new() };
        check_fits(system, &claims, pools, faults);
        claims
    };
    systems.iter().map(claims).collect()
}

fn names(references: &[Reference]) -> Vec<Name> {
    references.iter().map(|reference| reference.name.clone()).collect()
}

/// The amounts by pool; several of one pool add up.
fn of_pools(
    system: &SystemSpec,
    amounts: &[Amount],
    verb: &str,
    pools: &[PoolSpec],
    faults: &mut Faults,
) -> Vec<Units> {
    let mut totals: BTreeMap<&Name, u64> = BTreeMap::new();
    for Amount { pool: Reference { name, origin, .. }, units, .. } in amounts {
        if find_pool(pools, name).is_none() {
            let message = format!(
                "system `{}` {verb} pool `{name}`, but no such pool is declared",
                system.name
            );
            let candidates = pools.iter().map(|pool| pool.name.as_str());
            faults.unknown(message, name, origin.as_ref(), candidates, || None);
        } else if *units == 0 {
            let message = format!("system `{}` {verb} nothing of pool `{name}`", system.name);
            let fault = Diagnostic::error(diagnostic::BAD_VALUE, message);
            faults.push(at(fault, origin.as_ref(), "").help("say at least 1, or leave it out"));
        } else {
            let total = totals.entry(name).or_default();
            *total = total.saturating_add(*units);
        }
    }
    totals.into_iter().map(|(pool, units)| Units { pool: pool.clone(), units }).collect()
}

/// Reports what one activation claims beyond what there is.
fn check_fits(system: &SystemSpec, claims: &Claims, pools: &[PoolSpec], faults: &mut Faults) {
    let mut claimed: BTreeMap<&Name, (u64, u64)> = BTreeMap::new();
    claims.uses.iter().for_each(|of| claimed.entry(&of.pool).or_default().0 = of.units);
    claims.holds.iter().for_each(|of| claimed.entry(&of.pool).or_default().1 = of.units);
    claimed.retain(|name, (uses, holds)| {
        find_pool(pools, name).is_some_and(|pool| uses.saturating_add(*holds) > pool.capacity)
    });
    if claimed.is_empty() {
        return;
    }
    // The first place of each stays.
    let amounts = system.uses.iter().chain(&system.holds).rev();
    let origins: BTreeMap<&Name, &Origin> =
        amounts.filter_map(|of| Some((&of.pool.name, of.pool.origin.as_ref()?))).collect();
    for (name, (uses, holds)) in claimed {
        let Some(pool) = find_pool(pools, name) else { continue };
        let takes = match (uses, holds) {
            (_, 0) => format!("uses {uses}"),
            (0, _) => format!("holds {holds}"),
            _ => format!("uses {uses} and holds {holds}"),
        };
        let declared = place(pool.origin.as_ref());
        let message = format!(
            "system `{}` {takes} of pool `{}`, which has {}{declared}: it can never be activated",
            system.name, pool.name, pool.capacity
        );
        let origin = origins.get(name).copied();
        let fault = Diagnostic::error(diagnostic::NEVER_FITS, message);
        let fault = at(fault, origin.or(system.origin.as_ref()), "");
        faults.push(at(fault, pool.origin.as_ref(), "the pool"));
    }
}

/// Two systems that may never be active at the same time.
#[derive(Clone, Debug)]
pub(super) struct Conflict {
    /// The smaller number first.
    pub(super) pair: (u32, u32),
    /// Who says so, and where; the first in the text of several.
    pub(super) by: u32,
    pub(super) origin: Option<Origin>,
}

/// Who conflicts with whom, ordered by pair, each pair once.
pub(super) fn conflicts(systems: &[SystemSpec], faults: &mut Faults) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (by, system) in (0..).zip(systems) {
        for Reference { name, origin, .. } in &system.conflicts {
            if *name == system.name {
                let message = format!("system `{name}` conflicts with itself");
                let fault = Diagnostic::error(diagnostic::SELF_DEPENDENCY, message);
                faults.push(at(fault, origin.as_ref(), ""));
                continue;
            }
            let Some(other) = find_system(systems, name) else {
                let message = format!(
                    "system `{}` conflicts with `{name}`, but no such system is declared",
                    system.name
                );
                let candidates = systems.iter().map(|system| system.name.as_str());
                faults.unknown(message, name, origin.as_ref(), candidates, || None);
                continue;
            };
            let pair = if by < other { (by, other) } else { (other, by) };
            conflicts.push(Conflict { pair, by, origin: origin.clone() });
        }
    }
    conflicts.sort_by(|left, right| {
        let rank = |one: &Conflict| (one.pair, one.origin.is_none());
        rank(left)
            .cmp(&rank(right))
            .then_with(|| (&left.origin, left.by).cmp(&(&right.origin, right.by)))
    });
    conflicts.dedup_by_key(|conflict| conflict.pair);
    conflicts
}

/// The claims with who conflicts with whom, told by both.
pub(super) fn with_conflicts(
    mut claims: Vec<Claims>,
    systems: &[SystemSpec],
    conflicts: &[Conflict],
) -> Vec<Claims> {
    for Conflict { pair: (left, right), .. } in conflicts {
        for (one, other) in [(left, right), (right, left)] {
            let slot = claims.get_mut(*one as usize);
            if let Some((claims, other)) = slot.zip(systems.get(*other as usize)) {
                claims.conflicts.push(other.name.clone());
            }
        }
    }
    claims.iter_mut().for_each(|claims| claims.conflicts.sort_unstable());
    claims
}
