//! The order and the knots of a graph that consists of numbers: what plans rest on, for those who have
//! numbers already.

use crate::groups::Groups;
use crate::knot::{self, Knot};
use crate::order::{self, Order};

/// All nodes in one order, and what no order can place.
///
/// ```
/// use pso_graph::outline;
///
/// let outline = outline(4, &[(3, 1), (1, 0), (0, 1), (1, 2)]);
/// assert_eq!(outline.order, [3, 0, 1, 2]);
/// assert_eq!(outline.knots[0].members, [0, 1]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline {
    /// Every node once. Arcs go forward, except within a knot, whose members stand together and ascend.
    /// Of nodes and knots that could come next, the one with the smallest number does.
    pub order: Vec<u32>,
    /// The knots, by their smallest member.
    pub knots: Vec<Knot>,
}

/// The order and the knots of nodes `0..count`. An arc goes from the node that comes first to the one
/// that waits; arcs may repeat, and those that speak of other nodes are left out. O((n + m) log n), and
/// up to a limit the search for a shortest cycle of each knot.
#[must_use]
pub fn outline(count: usize, arcs: &[(u32, u32)]) -> Outline {
    let known = |(from, to): &(u32, u32)| (*from as usize) < count && (*to as usize) < count;
    if !arcs.iter().all(known) {
        let arcs: Vec<_> = arcs.iter().copied().filter(known).collect();
        return outline(count, &arcs);
    }
    let knots = match order::sort(count, arcs.iter().copied()) {
        Order::Sorted(order) => return Outline { order, knots: Vec::new() },
        Order::Knotted(left) => knot::among(count, arcs, &left),
    };
    // Every knot as its smallest member.
    let mut stands_for: Vec<u32> = (0..count as u32).collect();
    for knot in &knots {
        for (member, first) in knot.members.iter().zip(knot.members.first().into_iter().cycle()) {
            if let Some(slot) = stands_for.get_mut(*member as usize) {
                *slot = *first;
            }
        }
    }
    let of = |node: u32| stands_for.get(node as usize).copied().unwrap_or(node);
    let contracted = arcs.iter().map(|(from, to)| (of(*from), of(*to)));
    let contracted = contracted.filter(|(from, to)| from != to);
    let members = Groups::new(count, stands_for.iter().copied());
    let order = match order::sort(count, contracted) {
        Order::Sorted(order) => {
            order.iter().flat_map(|node| members.of(*node as usize)).copied().collect()
        }
        // INVARIANT: without its knots a graph can be ordered.
        Order::Knotted(_) => Vec::new(),
    };
    Outline { order, knots }
}
