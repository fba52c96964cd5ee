//! Which of the arcs that may be given up have to be, so that an order exists. Knows numbers and arcs
//! only.

use crate::groups::Groups;
use crate::knot;

/// How many arcs the search may look at before whatever is left in a knot is given up unseen: each
/// weak arc may have to look at all others, and a million would take for ever. This much takes a
/// fraction of a second.
const SEARCH: usize = 20_000_000;

/// The weak arcs to give up. `weak` are positions in `arcs`, those to be given up first in front; the
/// other arcs have no cycle.
///
/// In each knot the first weak arc on a cycle is given up, repeatedly, until no cycle is left; then any
/// that no longer closes one is taken back, in reverse order. What comes out is the same as this: all
/// weak arcs are left out, and from the last to the first each is taken in that closes no cycle. (When
/// an arc is not on a cycle although all behind it are there, it is on none where fewer are.)
pub(crate) fn untie(count: usize, arcs: &[(u32, u32)], weak: &[u32]) -> Vec<u32> {
    let mut knot_of = vec![None; count];
    for (number, knot) in knot::components(count, arcs).into_iter().enumerate() {
        for member in knot {
            if let Some(slot) = knot_of.get_mut(member as usize) {
                *slot = Some(number);
            }
        }
    }
    let tied = |(from, to): (u32, u32)| {
        let of = |node: u32| knot_of.get(node as usize).copied().flatten();
        of(from).is_some() && of(from) == of(to)
    };
    let mut search = Search {
        arcs,
        out: Groups::new(count, arcs.iter().map(|(from, _)| *from)),
        there: arcs.iter().map(|arc| tied(*arc)).collect(),
        seen: vec![u32::MAX; count],
        left: SEARCH,
    };
    let arc = |weak: u32| arcs.get(weak as usize).copied();
    let tied: Vec<u32> = weak.iter().copied().filter(|weak| arc(*weak).is_some_and(tied)).collect();
    tied.iter().for_each(|weak| search.set(*weak, false));
    let mut given_up = Vec::new();
    for weak in tied.into_iter().rev() {
        let Some((from, to)) = arc(weak) else { continue };
        if search.leads(weak, to, from) {
            given_up.push(weak);
        } else {
            search.set(weak, true);
        }
    }
    given_up.reverse();
    given_up
}

struct Search<'a> {
    arcs: &'a [(u32, u32)],
    out: Groups,
    /// Which arcs are taken in.
    there: Vec<bool>,
    /// By which search each node was seen last.
    seen: Vec<u32>,
    left: usize,
}

impl Search<'_> {
    fn set(&mut self, arc: u32, there: bool) {
        if let Some(slot) = self.there.get_mut(arc as usize) {
            *slot = there;
        }
    }

    /// Whether a way leads from one node to the other, as far as can be told: yes, once the search is
    /// spent.
    fn leads(&mut self, search: u32, from: u32, to: u32) -> bool {
        let mut stack = vec![from];
        while let Some(node) = stack.pop() {
            if node == to {
                return true;
            }
            for arc in self.out.of(node as usize) {
                if self.left == 0 {
                    return true;
                }
                self.left -= 1;
                let there = self.there.get(*arc as usize).copied().unwrap_or(false);
                let Some((_, head)) = self.arcs.get(*arc as usize).filter(|_| there) else {
                    continue;
                };
                if let Some(slot) = self.seen.get_mut(*head as usize)
                    && *slot != search
                {
                    *slot = search;
                    stack.push(*head);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::order::{self, Order};

    const COUNT: usize = 7;

    fn is_ordered(arcs: &[(u32, u32)], without: &[u32]) -> bool {
        let kept = (0..).zip(arcs).filter(|(arc, _)| !without.contains(arc)).map(|(_, arc)| *arc);
        matches!(order::sort(COUNT, kept), Order::Sorted(_))
    }

    fn on_cycle(arcs: &[(u32, u32)], gone: &[u32], arc: u32) -> bool {
        let (from, to) = arcs[arc as usize];
        let mut reached = vec![to];
        let mut next = 0;
        while let Some(node) = reached.get(next).copied() {
            next += 1;
            for (_, (_, head)) in
                (0..).zip(arcs).filter(|(arc, (tail, _))| *tail == node && !gone.contains(arc))
            {
                if !reached.contains(head) {
                    reached.push(*head);
                }
            }
        }
        reached.contains(&from)
    }

    /// The rule as it is told: drop the first on a cycle, repeatedly; then restore in reverse order.
    fn as_told(arcs: &[(u32, u32)], weak: &[u32]) -> Vec<u32> {
        let mut gone: Vec<u32> = Vec::new();
        while let Some(first) =
            weak.iter().find(|arc| !gone.contains(arc) && on_cycle(arcs, &gone, **arc))
        {
            gone.push(*first);
        }
        for arc in gone.clone().into_iter().rev() {
            let without: Vec<u32> = gone.iter().copied().filter(|one| *one != arc).collect();
            if is_ordered(arcs, &without) {
                gone = without;
            }
        }
        gone
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn what_is_given_up_is_what_the_rule_says(
            hard in vec((0..COUNT as u32, 0..COUNT as u32), 0..10),
            soft in vec((0..COUNT as u32, 0..COUNT as u32), 0..10),
        ) {
            let forward = hard.into_iter().filter(|(from, to)| from < to);
            let mut arcs: Vec<_> = forward.collect();
            let hard = arcs.len() as u32;
            arcs.extend(soft.into_iter().filter(|(from, to)| from != to));
            let weak: Vec<u32> = (hard..arcs.len() as u32).collect();
            let given_up = untie(COUNT, &arcs, &weak);
            prop_assert!(is_ordered(&arcs, &given_up));
            prop_assert_eq!(given_up, as_told(&arcs, &weak));
        }
    }
}
