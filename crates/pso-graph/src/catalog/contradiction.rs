//! Systems that can never be active: what they pull in conflicts with them. Knows links and conflicts,
//! no plan.

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, SystemSpec};

use super::claims::Conflict;
use super::fault::{self, Faults, Hop, at, place};
use super::links::{Link, Links};
use crate::plan::EdgeKind;

/// How many links may be followed in search of contradictions: each system that has a conflict is
/// searched from, and a million of these would take for ever. What is not found here is found by the
/// first plan that has both.
const SEARCH: usize = 5_000_000;

/// Reports every system that needs or wants, however indirectly, one that it conflicts with. Returns the
/// other conflicts, so that what was said is not said again.
pub(super) fn check(
    systems: &[SystemSpec],
    links: &Links,
    conflicts: Vec<Conflict>,
    faults: &mut Faults,
) -> Vec<Conflict> {
    let mut search = Search { links, reached: vec![None; systems.len()], left: SEARCH };
    let contradictory = |conflict: &Conflict| {
        let (left, right) = conflict.pair;
        let found = search.chain(left, right).or_else(|| search.chain(right, left));
        if let Some(chain) = &found {
            faults.push(contradiction(systems, conflict, chain));
        }
        found.is_some()
    };
    let mut conflicts = conflicts;
    conflicts.retain({
        let mut contradictory = contradictory;
        move |conflict| !contradictory(conflict)
    });
    conflicts
}

struct Search<'a> {
    links: &'a Links,
    /// By which search each system was reached last, and by which system.
    reached: Vec<Option<((u32, u32), u32)>>,
    left: usize,
}

impl<'a> Search<'a> {
    /// The shortest chain of needs and wants from one system to another.
    fn chain(&mut self, from: u32, to: u32) -> Option<Vec<&'a Link>> {
        let links = self.links;
        let mut layer = vec![from];
        while !layer.is_empty() && self.left > 0 {
            let mut next = Vec::new();
            for by in layer {
                for link in links.of(by) {
                    self.left = self.left.saturating_sub(1);
                    let slot = self.reached.get_mut(link.earlier as usize)?;
                    let fresh = slot.is_none_or(|(search, _)| search != (from, to));
                    if link.kind == EdgeKind::After || !fresh || link.earlier == from {
                        continue;
                    }
                    *slot = Some(((from, to), by));
                    if link.earlier == to {
                        return Some(self.path(from, to));
                    }
                    next.push(link.earlier);
                }
            }
            layer = next;
        }
        None
    }

    fn path(&self, from: u32, to: u32) -> Vec<&'a Link> {
        let mut path = Vec::new();
        let mut at = to;
        while at != from {
            let Some((_, by)) = self.reached.get(at as usize).copied().flatten() else { break };
            path.extend(self.links.find(by, at));
            at = by;
        }
        path.reverse();
        path
    }
}

fn contradiction(systems: &[SystemSpec], conflict: &Conflict, chain: &[&Link]) -> Diagnostic {
    let name = |system: u32| systems.get(system as usize).map(|system| &system.name);
    let hop = |link: &&'_ Link| -> Option<(&Name, EdgeKind, &Name)> {
        Some((name(link.later)?, link.kind, name(link.earlier)?))
    };
    let hops: Vec<Hop<'_>> = chain
        .iter()
        .filter_map(|link| {
            let (later, kind, earlier) = hop(link)?;
            Some(Hop { later, kind, earlier, because: None, origin: link.origin.as_ref() })
        })
        .collect();
    let (left, right) = conflict.pair;
    let other = if conflict.by == left { right } else { left };
    let (by, other) = (name(conflict.by), name(other));
    let (by, other) = (by.map_or("", Name::as_str), other.map_or("", Name::as_str));
    let says = format!("`{by}` conflicts with `{other}`{}", place(conflict.origin.as_ref()));
    let first = hops.first().map_or("", |hop| hop.later.as_str());
    let message =
        format!("system `{first}` can never be active: {}, but {says}", fault::walk(&hops));
    let mut fault = Diagnostic::error(diagnostic::CONFLICT, message);
    for hop in &hops {
        fault = at(fault, hop.origin, &hop.whole());
    }
    at(fault, conflict.origin.as_ref(), &format!("`{by}` conflicts with `{other}`"))
        .help("one of these has to go")
}
