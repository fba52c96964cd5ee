//! Whether the steps of a plan can be up together, on what there is and in the time that there is. Knows
//! nothing of how they were chosen.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, Origin, Severity};

use super::Catalog;
use super::claims::{Conflict, find_pool};
use super::fault::{Faults, at, place};
use super::node::Node;
use crate::plan::{Missing, Plan, Pool};

/// Whether no two systems of the plan conflict; else every two that do are reported.
pub(super) fn together(catalog: &Catalog, nodes: &[Node], faults: &mut Faults) -> bool {
    let mut by_system: Vec<(u32, &Node)> =
        nodes.iter().filter_map(|node| Some((node.system?, node))).collect();
    by_system.sort_by_key(|(system, node)| (*system, node.number.is_none()));
    let step_of = |system: u32| {
        let first = by_system.partition_point(|(other, _)| *other < system);
        by_system.get(first).filter(|(found, _)| *found == system).map(|(_, node)| *node)
    };
    let mut sound = true;
    for Conflict { pair: (left, right), by, origin } in &catalog.conflicts {
        let Some((left, right)) = step_of(*left).zip(step_of(*right)) else { continue };
        sound = false;
        let (one, other) = if right.system == Some(*by) { (right, left) } else { (left, right) };
        let why = |node: &Node| format!("`{}` ({})", node.step.subject(), node.step.why);
        let message = format!(
            "the plan would activate both {} and {}, but `{}` conflicts with `{}`{}",
            why(left),
            why(right),
            one.step.subject(),
            other.step.subject(),
            place(origin.as_ref())
        );
        let fault = Diagnostic::error(diagnostic::CONFLICT, message);
        faults.push(at(fault, origin.as_ref(), "").help("ask for them in plans of their own"));
    }
    sound
}

/// The pools that the steps use or hold, ordered by name; `None` if there is not enough of one, which is
/// then reported.
pub(super) fn pools(catalog: &Catalog, nodes: &[Node], faults: &mut Faults) -> Option<Vec<Pool>> {
    let mut held: BTreeMap<&Name, u64> = BTreeMap::new();
    for step in nodes.iter().map(|node| &node.step) {
        step.claims.uses.iter().for_each(|units| _ = held.entry(&units.pool).or_default());
        for units in &step.claims.holds {
            let total = held.entry(&units.pool).or_default();
            *total = total.saturating_add(units.units.saturating_mul(step.times()));
        }
    }
    let mut sound = true;
    let mut pools = Vec::new();
    for (name, held) in held {
        let Some(spec) = find_pool(&catalog.pools, name) else { continue };
        let pool = Pool { name: name.clone(), capacity: spec.capacity, held };
        let faulty = match held > spec.capacity {
            true => vec![coexist(nodes, &pool, spec.origin.as_ref())],
            false => starved(nodes, &pool, spec.origin.as_ref()),
        };
        sound &= faulty.is_empty();
        faulty.into_iter().for_each(|fault| faults.push(fault));
        pools.push(pool);
    }
    sound.then_some(pools)
}

/// "`a` 3, `b` 2 and 7 more": who holds units of a pool.
fn holders(nodes: &[Node], pool: &Pool) -> String {
    /// More holders than this are counted rather than named.
    const NAMED: usize = 5;
    let holds = |node: &Node| {
        let units = node.step.claims.holds.iter().find(|units| units.pool == pool.name)?;
        Some(match node.step.times() {
            1 => format!("`{}` {}", node.step.id, units.units),
            times => format!("`{}` {times} times {}", node.step.id, units.units),
        })
    };
    let all: Vec<String> = nodes.iter().filter_map(holds).collect();
    let named = all.get(..NAMED).unwrap_or(&all).join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn coexist(nodes: &[Node], pool: &Pool, origin: Option<&Origin>) -> Diagnostic {
    let Pool { name, capacity, held } = pool;
    let message = format!(
        "the steps of the plan hold {held} of pool `{name}` together, which has {capacity}: {}",
        holders(nodes, pool)
    );
    let fault = Diagnostic::error(diagnostic::NEVER_FITS, message);
    at(fault, origin, "the pool")
        .help("what is held is held until it is undone: ask for fewer systems at once")
}

/// The steps that use more than what is not held. What one system claims alone beyond what there is has
/// been reported with the system.
fn starved(nodes: &[Node], pool: &Pool, origin: Option<&Origin>) -> Vec<Diagnostic> {
    let Pool { name, capacity, held } = pool;
    let mut faults = Vec::new();
    for node in nodes {
        let of = |list: &[crate::plan::Units]| {
            list.iter().find(|units| units.pool == *name).map_or(0, |units| units.units)
        };
        let (uses, own) = (of(&node.step.claims.uses), of(&node.step.claims.holds));
        if uses <= pool.free() || uses.saturating_add(own) > *capacity {
            continue;
        }
        let message = format!(
            "step `{}` uses {uses} of pool `{name}`, which has {capacity}, but the steps of the plan hold {held} of them: {}",
            node.step.id,
            holders(nodes, pool)
        );
        let fault = Diagnostic::error(diagnostic::NEVER_FITS, message);
        faults.push(at(at(fault, node.origin.as_ref(), ""), origin, "the pool"));
    }
    faults
}

/// What can only be seen of the whole plan. Whether it stands.
pub(super) fn whole(plan: &Plan, ambiguity: Severity, faults: &mut Faults) -> bool {
    let mut sound = true;
    if !plan.adds_up() {
        sound = false;
        let message = format!("the steps of plan `{}` take more than 292 years", plan.name());
        faults.push(Diagnostic::error(diagnostic::TOO_MUCH, message));
    } else if let Some(fault) = plan.too_late().filter(|found| found.severity == Severity::Error) {
        sound = false;
        faults.push(fault);
    }
    for missing in plan.missing() {
        sound = false;
        faults.push(absent(plan, &missing));
    }
    if ambiguity == Severity::Error {
        for mut found in plan.ambiguities() {
            sound = false;
            found.severity = Severity::Error;
            faults.push(found);
        }
    }
    sound
}

/// The fault of a step that is given what may not be there.
fn absent(plan: &Plan, Missing { to, of, unseen }: &Missing) -> Diagnostic {
    let id = plan.step(*to).map_or("", |step| step.id.as_str());
    let (code, why) = match unseen {
        false => (diagnostic::BAD_PLAN, format!("does not need `{of}`, so it may not be there")),
        true => (diagnostic::TOO_MUCH, format!("`{of}` lies too far behind it to be looked for")),
    };
    let message = format!("step `{id}` is given `step.{of}.output`, but {why}");
    let fault = at(Diagnostic::error(code, message), plan.origin(*to), "");
    fault.help(format!("say that it needs it: `needs = [\"{of}\"]`"))
}
