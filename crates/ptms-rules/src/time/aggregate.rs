//! `sum`, `avg`, `min` and `max` of the values in a window: the newest exactly, older ones in panes.

use std::mem::size_of;

use ptms_core::{Duration, Timestamp};

use super::fold::{Fold, Folded};
use super::panes::{FINE, Panes, width};
use super::{CAP, piece};

/// What the values in (now − span, now] come to.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate<A> {
    /// The newest [`CAP`].
    newest: Folded<A>,
    /// Values older than those, where there were too many.
    merged: Panes<A>,
}

impl<A: Fold> Aggregate<A> {
    pub(crate) const fn new() -> Self {
        Self { newest: Folded::new(), merged: Panes::new() }
    }

    /// The most bytes beside the state.
    pub(crate) const fn worst_bytes() -> usize {
        piece(size_of::<Self>()) + Folded::<A>::worst_bytes(CAP) + Panes::<A>::worst_bytes(FINE)
    }

    pub(crate) fn event(&mut self, now: Timestamp, value: A, span: Duration) {
        self.advance(now, span);
        if self.newest.len() >= CAP
            && let Some((at, oldest)) = self.newest.pop()
        {
            self.merged.add(at, oldest, width(span, FINE), FINE);
        }
        self.newest.push(now, value, CAP);
    }

    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        while self.newest.oldest().is_some_and(|at| at + span <= now) {
            self.newest.pop();
        }
        self.merged.advance(now, span);
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        let newest = self.newest.oldest().map(|at| at + span);
        newest.into_iter().chain(self.merged.next_leaves(span)).min()
    }

    /// What the values come to; `None` where there are none.
    pub(crate) fn value(&self) -> Option<A> {
        let empty = self.newest.is_empty() && self.merged.is_empty();
        (!empty).then(|| self.merged.fold().join(self.newest.fold()))
    }

    /// The oldest value and the newest; of the oldest that is kept in a pane nobody knows when it was.
    pub(crate) fn ends(&self) -> [Option<Timestamp>; 2] {
        [self.newest.oldest().filter(|_| self.merged.is_empty()), self.newest.newest()]
    }

    pub(crate) const fn is_approximate(&self) -> bool {
        !self.merged.is_empty()
    }
}

/// A sum, and of how many values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Total {
    pub(crate) sum: f64,
    pub(crate) count: u64,
}

impl Total {
    pub(crate) const fn of(value: f64) -> Self {
        Self { sum: value, count: 1 }
    }

    pub(crate) fn mean(self) -> f64 {
        self.sum / self.count as f64
    }
}

impl Fold for Total {
    const EMPTY: Self = Self { sum: 0.0, count: 0 };

    fn join(self, later: Self) -> Self {
        Self { sum: self.sum + later.sum, count: self.count.saturating_add(later.count) }
    }
}

/// The least value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Least(pub(crate) f64);

impl Fold for Least {
    const EMPTY: Self = Self(f64::INFINITY);

    fn join(self, later: Self) -> Self {
        Self(self.0.min(later.0))
    }
}

/// The greatest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Greatest(pub(crate) f64);

impl Fold for Greatest {
    const EMPTY: Self = Self(f64::NEG_INFINITY);

    fn join(self, later: Self) -> Self {
        Self(self.0.max(later.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{at, million, nanos, stream};

    proptest! {
        /// Whole numbers, so that sums are exact in every order.
        #[test]
        fn comes_to_what_the_definition_comes_to(
            steps in stream(),
            values in prop::collection::vec(-9_i32..10, 1..20),
            span in 1_i64..9,
        ) {
            let span_of = nanos(span);
            let (mut total, mut least, mut greatest) =
                (Aggregate::new(), Aggregate::new(), Aggregate::new());
            let mut values = values.into_iter().cycle().map(f64::from);
            let mut seen = Vec::new();
            for (now, event) in steps {
                total.advance(at(now), span_of);
                least.advance(at(now), span_of);
                greatest.advance(at(now), span_of);
                if event {
                    let value = values.next().unwrap();
                    total.event(at(now), Total::of(value), span_of);
                    least.event(at(now), Least(value), span_of);
                    greatest.event(at(now), Greatest(value), span_of);
                    seen.push((now, value));
                }
                seen.retain(|(at, _)| *at > now - span);
                let inside = || seen.iter().map(|(_, value)| *value);
                let sum: f64 = inside().sum();
                let expected = (!seen.is_empty()).then_some(Total { sum, count: seen.len() as u64 });
                prop_assert_eq!(total.value(), expected);
                prop_assert_eq!(least.value(), inside().reduce(f64::min).map(Least));
                prop_assert_eq!(greatest.value(), inside().reduce(f64::max).map(Greatest));
                let leaves = seen.first().map(|(first, _)| at(first + span));
                prop_assert_eq!(total.next_deadline(span_of), leaves);
            }
        }
    }

    /// A million values of very different sizes, some 300 of them inside at once: a running sum from
    /// which the values that leave are taken back would keep the rounding of the greatest for ever.
    #[test]
    fn a_sum_does_not_drift() {
        let span = 400;
        let (mut total, mut inside) = (Aggregate::new(), std::collections::VecDeque::new());
        let (mut running, mut drifted) = (0.0, false);
        for (index, now) in million().enumerate() {
            let value = if index % 1_000 == 0 { 1e18 } else { (index % 7) as f64 + 0.1 };
            total.event(at(now), Total::of(value), nanos(span));
            inside.push_back((now, value));
            running += value;
            while let Some((_, value)) = inside.pop_front_if(|(at, _)| *at <= now - span) {
                running -= value;
            }
            if index % 101 == 0 {
                let (sum, count) = inside.iter().fold((0.0, 0), |(s, c), (_, v)| (s + v, c + 1));
                let found = total.value().unwrap();
                assert_eq!(found.count, count);
                assert!((found.sum - sum).abs() <= 1e-12 * sum, "{} {sum} at {now}", found.sum);
                drifted |= (running - sum).abs() > 1e-12_f64 * sum;
            }
        }
        assert!(drifted, "the stream would show drift");
    }

    /// Beyond the cap the oldest are merged, and stay at most a pane too long.
    #[test]
    fn what_is_merged_stays_at_most_a_pane_longer() {
        let span = 40_000;
        let pane = (span + FINE - 1) / FINE;
        let (mut greatest, mut total) = (Aggregate::new(), Aggregate::new());
        let mut seen = std::collections::VecDeque::new();
        let mut merged = 0;
        for (index, now) in million().take(100_000).enumerate() {
            let value = f64::from((index as u32).wrapping_mul(2_654_435_761) >> 8);
            greatest.event(at(now), Greatest(value), nanos(span));
            total.event(at(now), Total::of(value), nanos(span));
            seen.push_back((now, value));
            while seen.pop_front_if(|(at, _)| *at <= now - span - pane).is_some() {}
            if index % 997 != 0 {
                continue;
            }
            merged += usize::from(total.is_approximate());
            let upper = seen.iter().map(|(_, value)| *value);
            let lower = seen.iter().filter(|(at, _)| *at > now - span).map(|(_, value)| *value);
            let bounds = |(low, found, high): (f64, f64, f64)| low <= found && found <= high;
            let (found_sum, found_max) = (total.value().unwrap().sum, greatest.value().unwrap().0);
            assert!(bounds((lower.clone().sum(), found_sum, upper.clone().sum())));
            let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
            assert!(bounds((most(&mut lower.clone()), found_max, most(&mut upper.clone()))));
        }
        assert!(merged > 50, "{merged}");
    }
}
