//! What no order can place: the knots of a graph, each with a shortest cycle. Knows numbers and arcs
//! only; smaller numbers are preferred wherever there is a choice.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::groups::Groups;
use crate::order::{self, Order};

/// How many arcs the search for shortest cycles may look at before it contents itself with the
/// shortest cycle found so far in each knot. Exact search takes nodes times arcs; this much takes a
/// fraction of a second and is exact for every knot that a person could untie by hand.
const SEARCH: usize = 5_000_000;

/// Nodes that all lead to each other.
///
/// ```
/// let knot = &pso_graph::outline(3, &[(2, 0), (0, 1), (1, 2)]).knots[0];
/// assert_eq!(knot.cycle, [0, 1, 2]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Knot {
    /// All its nodes, ascending; at least two.
    pub members: Vec<u32>,
    /// A shortest cycle: each node has an arc to the next and the last to the first, which is the
    /// smallest. Of several cycles of that length, the smallest sequence.
    pub cycle: Vec<u32>,
}

/// The knots among nodes `0..count`, by their smallest member. Arcs may repeat; an arc from a node to
/// itself makes no knot.
pub(crate) fn knots(count: usize, arcs: &[(u32, u32)]) -> Vec<Knot> {
    match order::sort(count, arcs.iter().copied().filter(|(from, to)| from != to)) {
        Order::Sorted(_) => Vec::new(),
        Order::Knotted(left) => among(count, arcs, &left),
    }
}

/// The knots, where an order has left these nodes over.
pub(crate) fn among(count: usize, arcs: &[(u32, u32)], left: &[u32]) -> Vec<Knot> {
    let components = components_among(count, arcs, left);
    if components.is_empty() {
        return Vec::new();
    }
    let mut search = Search::new(&components, count, arcs);
    let knot = |members: Vec<u32>| Knot { cycle: search.shortest_cycle(&members), members };
    components.into_iter().map(knot).collect()
}

/// The members of each knot, ascending, by the smallest.
pub(crate) fn components(count: usize, arcs: &[(u32, u32)]) -> Vec<Vec<u32>> {
    match order::sort(count, arcs.iter().copied().filter(|(from, to)| from != to)) {
        Order::Sorted(_) => Vec::new(),
        Order::Knotted(left) => components_among(count, arcs, &left),
    }
}

fn components_among(count: usize, arcs: &[(u32, u32)], left: &[u32]) -> Vec<Vec<u32>> {
    let proper = arcs.iter().copied().filter(|(from, to)| from != to);
    let mut position = vec![None; count];
    for (index, node) in left.iter().enumerate() {
        if let Some(slot) = position.get_mut(*node as usize) {
            *slot = Some(index as u32);
        }
    }
    let place = |node: u32| position.get(node as usize).copied().flatten();
    let inner = proper.filter_map(|(from, to)| place(from).zip(place(to)));
    // petgraph's Tarjan recurses once per node and would overflow the stack on a long cycle;
    // its Kosaraju keeps a stack of its own.
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in left {
        graph.add_node(());
    }
    graph.extend_with_edges(inner);
    let node = |index: NodeIndex| left.get(index.index()).copied();
    let component = |component: Vec<NodeIndex>| {
        let mut members: Vec<u32> = component.into_iter().filter_map(node).collect();
        members.sort_unstable();
        members
    };
    let knotted = kosaraju_scc(&graph).into_iter().filter(|component| component.len() > 1);
    let mut components: Vec<Vec<u32>> = knotted.map(component).collect();
    components.sort_unstable();
    components
}

/// Breadth-first searches for short cycles, over one budget.
struct Search {
    /// The heads of the arcs within knots; those of one tail ascend.
    heads: Vec<u32>,
    out: Groups,
    /// Who was reached, from which start, and by whom.
    reached: Vec<(u32, u32)>,
    left: usize,
}

/// No node.
const NONE: u32 = u32::MAX;

impl Search {
    fn new(components: &[Vec<u32>], count: usize, arcs: &[(u32, u32)]) -> Self {
        let mut component_of = vec![NONE; count];
        for (number, component) in components.iter().enumerate() {
            for node in component {
                if let Some(slot) = component_of.get_mut(*node as usize) {
                    *slot = number as u32;
                }
            }
        }
        let of = |node: u32| component_of.get(node as usize).copied().unwrap_or(NONE);
        let within = |(from, to): &(u32, u32)| of(*from) == of(*to) && of(*from) != NONE;
        let mut arcs: Vec<(u32, u32)> = arcs.iter().copied().filter(within).collect();
        arcs.retain(|(from, to)| from != to);
        arcs.sort_unstable();
        arcs.dedup();
        Self {
            heads: arcs.iter().map(|(_, to)| *to).collect(),
            out: Groups::new(count, arcs.iter().map(|(from, _)| *from)),
            reached: vec![(NONE, NONE); count],
            left: SEARCH,
        }
    }

    /// A shortest cycle through the members of a knot, which ascend.
    fn shortest_cycle(&mut self, members: &[u32]) -> Vec<u32> {
        let mut best: Vec<u32> = Vec::new();
        for start in members {
            // The first search always runs to its end, and in a knot it always finds a cycle.
            if best.len() == 2 || (self.left == 0 && !best.is_empty()) {
                break;
            }
            let limit = if best.is_empty() { usize::MAX } else { best.len() - 1 };
            if let Some(cycle) = self.cycle_through(*start, limit) {
                best = cycle;
            }
        }
        best
    }

    /// The shortest cycle of at most `limit` nodes whose smallest node is `start`; cycles through
    /// smaller nodes have been looked for from these.
    fn cycle_through(&mut self, start: u32, limit: usize) -> Option<Vec<u32>> {
        let mut layer = vec![start];
        for _ in 0..limit {
            let mut next = Vec::new();
            for node in layer {
                for arc in self.out.of(node as usize) {
                    self.left = self.left.saturating_sub(1);
                    let head = self.heads.get(*arc as usize).copied()?;
                    if head == start {
                        return Some(self.path(start, node));
                    }
                    let slot = self.reached.get_mut(head as usize)?;
                    if head > start && slot.0 != start {
                        *slot = (start, node);
                        next.push(head);
                    }
                }
            }
            if next.is_empty() {
                return None;
            }
            layer = next;
        }
        None
    }

    /// The way by which `end` was reached from `start`.
    fn path(&self, start: u32, end: u32) -> Vec<u32> {
        let mut path = vec![end];
        let mut node = end;
        while node != start {
            let Some((_, parent)) = self.reached.get(node as usize) else { break };
            node = *parent;
            path.push(node);
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const COUNT: u32 = 7;

    /// All simple cycles, each beginning with its smallest node, by trying every path.
    fn cycles(arcs: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let mut paths: Vec<Vec<u32>> = (0..COUNT).map(|start| vec![start]).collect();
        let mut cycles = Vec::new();
        while let Some(path) = paths.pop() {
            for (_, head) in
                arcs.iter().filter(|(tail, head)| tail != head && path.last() == Some(tail))
            {
                if *head == path[0] {
                    cycles.push(path.clone());
                } else if *head > path[0] && !path.contains(head) {
                    paths.push([&path[..], &[*head]].concat());
                }
            }
        }
        cycles
    }

    /// The knots from the cycles: cycles that share a node are of one knot.
    fn expected(arcs: &[(u32, u32)]) -> Vec<Knot> {
        let mut knots: Vec<Knot> = Vec::new();
        for cycle in cycles(arcs) {
            let mut whole = Knot { members: cycle.clone(), cycle };
            let shares =
                |knot: &mut Knot| knot.members.iter().any(|node| whole.members.contains(node));
            let joined: Vec<Knot> = knots.extract_if(.., shares).collect();
            for knot in joined {
                whole.members.extend(knot.members);
                let (left, right) = (&whole.cycle, &knot.cycle);
                whole.cycle = if (left.len(), left) < (right.len(), right) {
                    whole.cycle
                } else {
                    knot.cycle
                };
            }
            whole.members.sort_unstable();
            whole.members.dedup();
            knots.push(whole);
        }
        knots.sort_by(|left, right| left.members.cmp(&right.members));
        knots
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn knots_and_shortest_cycles_are_what_brute_force_finds(arcs in vec((0..COUNT, 0..COUNT), 0..16)) {
            prop_assert_eq!(knots(COUNT as usize, &arcs), expected(&arcs));
        }
    }

    #[test]
    fn a_cycle_of_any_length_neither_overflows_nor_takes_for_ever() {
        let count = 300_000;
        let arcs: Vec<(u32, u32)> = (0..count).map(|node| (node, (node + 1) % count)).collect();
        let knots = knots(count as usize, &arcs);
        assert_eq!(knots.len(), 1);
        assert_eq!(knots[0].cycle, (0..count).collect::<Vec<u32>>());
    }
}
