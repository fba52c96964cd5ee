//! The one order in which nodes come. Knows numbers and arcs only: the caller numbers the nodes so that
//! of two that could come first, the smaller number does.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::groups::Groups;

/// All nodes such that every arc goes forward, or the nodes that no order can place: those on a
/// cycle or behind one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Sorted(Vec<u32>),
    Knotted(Vec<u32>),
}

/// Sorts the nodes `0..count`: among those whose predecessors are placed, always the smallest number
/// next (Kahn 1962, with a heap in place of his set). O((n + m) log n); arcs may repeat.
pub(crate) fn sort(count: usize, arcs: impl Iterator<Item = (u32, u32)> + Clone) -> Order {
    let out = Groups::new(count, arcs.clone().map(|(from, _)| from));
    let heads: Vec<u32> = arcs.map(|(_, to)| to).collect();
    let mut waits_for = vec![0_u32; count];
    for head in &heads {
        if let Some(number) = waits_for.get_mut(*head as usize) {
            *number += 1;
        }
    }
    let free = waits_for.iter().enumerate().filter(|(_, number)| **number == 0);
    let mut ready: BinaryHeap<Reverse<u32>> = free.map(|(node, _)| Reverse(node as u32)).collect();
    let mut sorted = Vec::with_capacity(count);
    while let Some(Reverse(node)) = ready.pop() {
        sorted.push(node);
        for head in out.of(node as usize).iter().filter_map(|arc| heads.get(*arc as usize)) {
            let Some(number) = waits_for.get_mut(*head as usize) else { continue };
            *number -= 1;
            if *number == 0 {
                ready.push(Reverse(*head));
            }
        }
    }
    if sorted.len() == count {
        return Order::Sorted(sorted);
    }
    let left = waits_for.iter().enumerate().filter(|(_, number)| **number > 0);
    Order::Knotted(left.map(|(node, _)| node as u32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_numbers_come_first_where_arcs_allow() {
        let arcs = [(2, 0), (3, 1), (2, 0)];
        assert_eq!(sort(4, arcs.into_iter()), Order::Sorted(vec![2, 0, 3, 1]));
    }

    #[test]
    fn what_no_order_can_place_is_left() {
        let arcs = [(0, 1), (1, 2), (2, 1), (2, 3)];
        assert_eq!(sort(4, arcs.into_iter()), Order::Knotted(vec![1, 2, 3]));
    }
}
