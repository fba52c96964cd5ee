//! Whether the steps of a plan can be up together, on what there is and in the time that there is. Knows
//! nothing of how they were chosen.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, Origin, Severity};

use super::Catalog;
use super::claims::{Conflict, find_pool};
use super::fault::{Faults, at, place};
use super::node::Node;
use crate::plan::{Claims, Missing, Plan, Pool};

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

/// Who takes how many units of one pool, in the order of the nodes.
#[derive(Default)]
struct Takers<'a> {
    uses: Vec<(&'a Node, u64)>,
    holds: Vec<(&'a Node, u64)>,
}

/// The pools that the steps use or hold, ordered by name; `None` if there is not enough of one, which is
/// then reported.
pub(super) fn pools(catalog: &Catalog, nodes: &[Node], faults: &mut Faults) -> Option<Vec<Pool>> {
    let mut takers: BTreeMap<&Name, Takers<'_>> = BTreeMap::new();
    for node in nodes {
        let Claims { uses, holds, .. } = &node.step.claims;
        for of in uses {
            takers.entry(&of.pool).or_default().uses.push((node, of.units));
        }
        for of in holds {
            takers.entry(&of.pool).or_default().holds.push((node, of.units));
        }
    }
    let mut sound = true;
    let mut pools = Vec::new();
    for (name, takers) in takers {
        let Some(spec) = find_pool(&catalog.pools, name) else { continue };
        let pool = Pool { name: name.clone(), capacity: spec.capacity, held: takers.held() };
        let faulty = match pool.held > spec.capacity {
            true => vec![takers.coexist(&pool, spec.origin.as_ref())],
            false => takers.starved(&pool, spec.origin.as_ref()),
        };
        sound &= faulty.is_empty();
        faulty.into_iter().for_each(|fault| faults.push(fault));
        pools.push(pool);
    }
    sound.then_some(pools)
}

impl Takers<'_> {
    /// What all hold together.
    fn held(&self) -> u64 {
        let held = |(node, units): &(&Node, u64)| units.saturating_mul(node.step.times());
        self.holds.iter().map(held).fold(0, u64::saturating_add)
    }

    /// "`a` 3, `b` 2 and 7 more": who holds.
    fn holders(&self) -> String {
        /// More holders than this are counted rather than named.
        const NAMED: usize = 5;
        let holds = |(node, units): &(&Node, u64)| match node.step.times() {
            1 => format!("`{}` {units}", node.step.id),
            times => format!("`{}` {times} times {units}", node.step.id),
        };
        let named: Vec<String> = self.holds.iter().take(NAMED).map(holds).collect();
        match self.holds.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }

    fn coexist(&self, Pool { name, capacity, held }: &Pool, origin: Option<&Origin>) -> Diagnostic {
        let message = format!(
            "the steps of the plan hold {held} of pool `{name}` together, which has {capacity}: {}",
            self.holders()
        );
        let fault = Diagnostic::error(diagnostic::NEVER_FITS, message);
        at(fault, origin, "the pool")
            .help("what is held is held until it is undone: ask for fewer systems at once")
    }

    /// The steps that use more than what is not held. What one system claims alone beyond what there is
    /// has been reported with the system.
    fn starved(&self, pool: &Pool, origin: Option<&Origin>) -> Vec<Diagnostic> {
        let Pool { name, capacity, held } = pool;
        let own = |node: &Node| {
            let holds = &node.step.claims.holds;
            let found = holds.binary_search_by(|of| of.pool.cmp(name)).ok();
            found.and_then(|found| holds.get(found)).map_or(0, |of| of.units)
        };
        let short = self.uses.iter().filter(|(node, uses)| {
            *uses > pool.free() && uses.saturating_add(own(node)) <= *capacity
        });
        let fault = |(node, uses): &(&Node, u64)| {
            let message = format!(
                "step `{}` uses {uses} of pool `{name}`, which has {capacity}, but the steps of the plan hold {held} of them: {}",
                node.step.id,
                self.holders()
            );
            let fault = Diagnostic::error(diagnostic::NEVER_FITS, message);
            at(at(fault, node.origin.as_ref(), ""), origin, "the pool")
        };
        short.map(fault).collect()
    }
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
