//! What the items of a queue come to together, while items join at one end and leave at the other.
//! Nothing is ever taken back, so floats do not drift.

use std::collections::VecDeque;
use std::mem::size_of;

use ptms_core::Timestamp;

use super::piece;

/// Something that later things can join. Joining is associative, as far as floats are.
pub(crate) trait Fold: Copy {
    /// What nothing at all comes to.
    const EMPTY: Self;

    /// Both together; `later` came after.
    #[must_use]
    fn join(self, later: Self) -> Self;
}

/// A queue of dated items that knows what they come to together, in a constant time, amortised: two
/// stacks, of which the older keeps what each item and all below it come to (Tangwongsan, Hirzel,
/// Schneider and Wu, *General Incremental Sliding-Window Aggregation*, VLDB 2015).
#[derive(Clone, Debug)]
pub(crate) struct Folded<A> {
    items: VecDeque<(Timestamp, A)>,
    // INVARIANT: the oldest `folds.len()` items are the older stack. The last fold is that of all of
    // them, the one before it leaves out the oldest item, and so on.
    folds: Vec<A>,
    /// What the items of the newer stack come to.
    newer: A,
}

impl<A: Fold> Folded<A> {
    pub(crate) const fn new() -> Self {
        Self { items: VecDeque::new(), folds: Vec::new(), newer: A::EMPTY }
    }

    /// The most bytes that a queue of at most `limit` items takes beside itself.
    pub(crate) const fn worst_bytes(limit: usize) -> usize {
        piece(limit * size_of::<(Timestamp, A)>()) + piece(limit * size_of::<A>())
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// When the oldest item is dated.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.items.front().map(|(at, _)| *at)
    }

    /// When the newest item is dated.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.items.back().map(|(at, _)| *at)
    }

    /// What all items come to.
    pub(crate) fn fold(&self) -> A {
        self.folds.last().map_or(self.newer, |older| older.join(self.newer))
    }

    /// Adds an item; of a queue that never holds more than `limit`, memory for more is not reserved.
    pub(crate) fn push(&mut self, at: Timestamp, item: A, limit: usize) {
        push_bounded(&mut self.items, (at, item), limit);
        self.newer = self.newer.join(item);
    }

    /// Takes the oldest item.
    pub(crate) fn pop(&mut self) -> Option<(Timestamp, A)> {
        if self.folds.is_empty() {
            self.folds.reserve_exact(self.items.len());
            let mut fold = A::EMPTY;
            for (_, item) in self.items.iter().rev() {
                fold = item.join(fold);
                self.folds.push(fold);
            }
            self.newer = A::EMPTY;
        }
        self.folds.pop();
        self.items.pop_front()
    }
}

/// Adds to a queue that never holds more than `limit` items, without reserving memory for more: the
/// memory doubles as that of a [`VecDeque`], but not beyond.
pub(crate) fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, limit: usize) {
    if queue.len() == queue.capacity() {
        let wanted = (queue.len() * 2).max(4).min(limit.max(queue.len() + 1));
        queue.reserve_exact(wanted - queue.len());
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Joining texts shows the order in which things were joined.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Digits(u128);

    impl Fold for Digits {
        const EMPTY: Self = Self(0);

        fn join(self, later: Self) -> Self {
            let mut shift = 1;
            while shift <= later.0 {
                shift *= 10;
            }
            Self(self.0 * shift + later.0)
        }
    }

    proptest! {
        #[test]
        fn a_queue_knows_what_its_items_come_to(
            steps in prop::collection::vec(prop::option::of(1_u128..10), 0..60),
        ) {
            let mut queue = Folded::new();
            let mut plain = VecDeque::new();
            for step in steps {
                match step {
                    Some(digit) if plain.len() < 20 => {
                        queue.push(Timestamp::MIN, Digits(digit), 20);
                        plain.push_back(digit);
                    }
                    _ => {
                        let popped = queue.pop().map(|(_, digit)| digit.0);
                        prop_assert_eq!(popped, plain.pop_front());
                    }
                }
                let expected = plain.iter().fold(0, |all, digit| all * 10 + digit);
                prop_assert_eq!(queue.fold(), Digits(expected));
                prop_assert!(queue.items.capacity() <= 20 && queue.folds.capacity() <= 20);
            }
        }
    }
}
