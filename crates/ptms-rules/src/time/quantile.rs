//! `quantile`: the value of a rank in a window, with a relative error of at most 1 %.
//!
//! A DDSketch (Masson, Rim and Lee, *DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
//! Relative-Error Guarantees*, VLDB 2019) whose buckets are cut out of the bits of a float instead of by a
//! logarithm: 64 of equal width between two powers of two. That takes no function of which machines could
//! give different digits, and its counts are whole numbers, so a pane that leaves can be taken back exactly.

use std::collections::{BTreeMap, VecDeque};
use std::mem::size_of;

use ptms_core::{Duration, Timestamp};

use super::fold::push_bounded;
use super::panes::{COARSE, end, width};
use super::{piece, tree_bytes};

/// The most buckets of a window. As many as the paper takes; they span nine powers of ten. Of more, the
/// lowest are merged and the value is marked as approximate.
pub(crate) const BUCKETS: usize = 2_048;

/// The bits of a float that are left out of the number of its bucket: all of its fraction but six.
const CUT: u32 = f64::MANTISSA_DIGITS - 1 - 6;

/// A bucket, ordered as the values in it: 0 for zero, positive for positive values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket(i32);

impl Bucket {
    /// The bucket of a finite value. What is too small for a float with all its digits counts as zero.
    fn of(value: f64) -> Self {
        if value.abs() < f64::MIN_POSITIVE {
            return Self(0);
        }
        let number = (value.abs().to_bits() >> CUT) as i32;
        Self(if value < 0.0 { -number } else { number })
    }

    /// The middle of the bucket, less than 0.8 % from every value in it.
    fn value(self) -> f64 {
        let magnitude = (u64::from(self.0.unsigned_abs()) << CUT) | 1 << (CUT - 1);
        match self.0 {
            0 => 0.0,
            1.. => f64::from_bits(magnitude),
            _ => -f64::from_bits(magnitude),
        }
    }
}

/// How many values lie in which bucket, for the values of one pane.
#[derive(Clone, Debug)]
struct Pane {
    end: Timestamp,
    /// Ordered by bucket.
    buckets: Vec<(Bucket, u32)>,
    /// Whether buckets were merged for want of room.
    merged: bool,
}

impl Pane {
    /// Counts a value; false if there were 2³² of its bucket.
    fn add(&mut self, bucket: Bucket) -> bool {
        match self.buckets.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(place) => self.buckets.get_mut(place).is_some_and(|(_, count)| {
                let more = count.checked_add(1);
                *count = more.unwrap_or(*count);
                more.is_some()
            }),
            Err(place) => {
                if self.buckets.len() == self.buckets.capacity() {
                    let wanted = (self.buckets.len() * 2).clamp(4, BUCKETS + 1);
                    self.buckets.reserve_exact(wanted.saturating_sub(self.buckets.len()));
                }
                self.buckets.insert(place, (bucket, 1));
                true
            }
        }
    }

    /// Puts what lies in the lowest bucket, if it is `lowest`, into `next`.
    fn merge(&mut self, lowest: Bucket, next: Bucket) {
        match self.buckets.as_mut_slice() {
            [(first, count), (second, more), ..] if *first == lowest && *second == next => {
                *more = more.saturating_add(*count);
                self.buckets.remove(0);
                self.merged = true;
            }
            [(first, _), ..] if *first == lowest => {
                *first = next;
                self.merged = true;
            }
            _ => {}
        }
    }
}

/// The values in the panes of a window, by bucket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quantile {
    panes: VecDeque<Pane>,
    // INVARIANT: the sums of the buckets of all panes; none is 0.
    buckets: BTreeMap<Bucket, u64>,
    count: u64,
}

impl Quantile {
    pub(crate) const fn new() -> Self {
        Self { panes: VecDeque::new(), buckets: BTreeMap::new(), count: 0 }
    }

    /// The most bytes beside the state.
    pub(crate) const fn worst_bytes() -> usize {
        let pane = size_of::<Pane>() + piece((BUCKETS + 1) * size_of::<(Bucket, u32)>());
        let all = tree_bytes(BUCKETS + 1, size_of::<(Bucket, u64)>());
        piece(size_of::<Self>()) + piece(0) + (COARSE as usize + 1) * pane + all
    }

    pub(crate) fn event(&mut self, now: Timestamp, value: f64, span: Duration) {
        self.advance(now, span);
        if self.panes.back().is_none_or(|pane| pane.end < now) {
            let end = end(now, width(span, COARSE));
            let pane = Pane { end, buckets: Vec::new(), merged: false };
            push_bounded(&mut self.panes, pane, COARSE as usize + 1);
        }
        let bucket = Bucket::of(value);
        if self.panes.back_mut().is_some_and(|pane| pane.add(bucket)) {
            *self.buckets.entry(bucket).or_default() += 1;
            self.count += 1;
        }
        if self.buckets.len() > BUCKETS {
            self.merge_lowest();
        }
    }

    /// Merges the lowest bucket of all panes into the next.
    fn merge_lowest(&mut self) {
        let Some((lowest, count)) = self.buckets.pop_first() else { return };
        let Some(mut next) = self.buckets.first_entry() else { return };
        *next.get_mut() += count;
        let next = *next.key();
        self.panes.iter_mut().for_each(|pane| pane.merge(lowest, next));
    }

    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        while self.panes.front().is_some_and(|pane| pane.end + span <= now) {
            for (bucket, count) in self.panes.pop_front().into_iter().flat_map(|pane| pane.buckets)
            {
                let count = u64::from(count);
                self.count = self.count.saturating_sub(count);
                if let Some(all) = self.buckets.get_mut(&bucket) {
                    *all = all.saturating_sub(count);
                    if *all == 0 {
                        self.buckets.remove(&bucket);
                    }
                }
            }
        }
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        self.panes.front().map(|pane| pane.end + span)
    }

    /// The value of the nearest rank, ⌈q · n⌉ but at least 1; `None` where there are no values.
    pub(crate) fn value(&self, q: Share) -> Option<f64> {
        let rank = q.of(self.count).max(1);
        let mut below = 0;
        for (bucket, count) in &self.buckets {
            below += count;
            if below >= rank {
                return Some(bucket.value());
            }
        }
        None
    }

    pub(crate) fn is_approximate(&self) -> bool {
        self.panes.iter().any(|pane| pane.merged)
    }
}

/// A share from 0 to 1, in billionths, so that a rank is not off by the rounding of 0.07 · 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Share(u32);

impl Share {
    const ALL: u32 = 1_000_000_000;

    /// The nearest share; `None` if it is not one.
    pub(crate) fn new(share: f64) -> Option<Self> {
        let fits = (0.0..=1.0).contains(&share);
        fits.then(|| Self((share * f64::from(Self::ALL)).round() as u32))
    }

    /// The share of a number, rounded up.
    fn of(self, number: u64) -> u64 {
        let share = u128::from(number) * u128::from(self.0);
        u64::try_from(share.div_ceil(u128::from(Self::ALL))).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::panes::tests::inside;
    use crate::time::tests::{at, million, nanos, stream};

    fn nearest_rank(values: &mut [f64], share: f64) -> Option<f64> {
        values.sort_by(f64::total_cmp);
        let rank = (share * 1e3).round() as usize * values.len();
        values.get(rank.div_ceil(1_000).max(1) - 1).copied()
    }

    fn within_a_hundredth(found: Option<f64>, expected: Option<f64>) -> bool {
        match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() <= expected.abs() / 100.0,
            (found, expected) => found == expected,
        }
    }

    #[test]
    fn a_bucket_holds_its_middle_and_is_narrow() {
        let mut value = f64::MIN_POSITIVE;
        while value.is_finite() {
            for value in [value, -value] {
                let middle = Bucket::of(value).value();
                assert_eq!(Bucket::of(middle), Bucket::of(value));
                assert!((middle - value).abs() <= value.abs() * 0.008, "{value} {middle}");
            }
            assert!(Bucket::of(-value) < Bucket(0) && Bucket(0) < Bucket::of(value));
            value *= 1.003;
        }
        assert_eq!([Bucket::of(0.0), Bucket::of(-0.0), Bucket::of(1e-310)], [Bucket(0); 3]);
        assert!(Bucket::of(f64::MAX).value().is_finite());
    }

    #[test]
    fn a_share_is_what_is_written() {
        let of = |share: f64, number| Share::new(share).unwrap().of(number);
        assert_eq!([of(0.07, 100), of(0.5, 3), of(1.0, 9), of(0.0, 9)], [7, 2, 9, 0]);
        assert_eq!([Share::new(1.1), Share::new(-0.1), Share::new(f64::NAN)], [None; 3]);
    }

    proptest! {
        #[test]
        fn a_quantile_is_near_the_nearest_rank(
            steps in stream(),
            values in prop::collection::vec(prop_oneof![-1e6..1e6, Just(0.0), 1e-9..1e-6], 1..20),
            span in 1_i64..9,
            share in prop::sample::select(vec![0.0, 0.5, 0.9, 0.99, 1.0]),
        ) {
            let (mut quantile, mut seen) = (Quantile::new(), Vec::new());
            let mut values = values.into_iter().cycle();
            for (now, event) in steps {
                quantile.advance(at(now), nanos(span));
                if event {
                    let value = values.next().unwrap();
                    quantile.event(at(now), value, nanos(span));
                    seen.push((now, value));
                }
                seen.retain(|(at, _)| inside(now, *at, span, COARSE));
                let mut inside: Vec<f64> = seen.iter().map(|(_, value)| *value).collect();
                let expected = nearest_rank(&mut inside, share);
                let found = quantile.value(Share::new(share).unwrap());
                prop_assert!(within_a_hundredth(found, expected), "{:?} {:?}", found, expected);
                prop_assert!(!quantile.is_approximate());
            }
        }
    }

    /// A million values over 60 powers of ten: the lowest are merged, which the value says, and the high
    /// quantiles stay within a hundredth. What has left has left without a trace.
    #[test]
    fn the_highest_buckets_stay_exact_and_nothing_is_left_behind() {
        let (mut quantile, mut seen) = (Quantile::new(), VecDeque::new());
        let span = 40_000;
        let mut last = 0;
        for (index, now) in million().enumerate() {
            let spread = if index < 500_000 { 600 } else { 60 };
            let value = 1.26_f64.powi((index as u32).wrapping_mul(2_654_435_761) as i32 % spread);
            quantile.event(at(now), value, nanos(span));
            seen.push_back((now, value));
            last = now;
            if index % 99_991 != 0 {
                continue;
            }
            while seen.pop_front_if(|(at, _)| !inside(now, *at, span, COARSE)).is_some() {}
            let mut inside: Vec<f64> = seen.iter().map(|(_, value)| *value).collect();
            for share in [0.9, 0.99, 1.0] {
                let found = quantile.value(Share::new(share).unwrap());
                assert!(within_a_hundredth(found, nearest_rank(&mut inside, share)));
            }
            assert!(quantile.buckets.len() <= BUCKETS);
            assert_eq!(quantile.count, seen.len() as u64);
        }
        quantile.advance(at(last + 2 * span), nanos(span));
        assert!(quantile.buckets.is_empty() && quantile.count == 0 && quantile.panes.is_empty());
    }

    #[test]
    fn more_buckets_than_fit_are_merged_from_below() {
        let (mut quantile, top) = (Quantile::new(), BUCKETS as i32 + 99);
        let first = Bucket::of(1.0).0;
        for bucket in (0..top).rev() {
            quantile.event(at(1), Bucket(first + bucket).value(), nanos(9));
        }
        assert_eq!((quantile.buckets.len(), quantile.count), (BUCKETS, top as u64));
        assert!(quantile.is_approximate());
        let lowest = quantile.value(Share::new(0.0).unwrap());
        assert_eq!(lowest, Some(Bucket(first + 99).value()));
        quantile.advance(at(20), nanos(9));
        assert!(!quantile.is_approximate() && quantile.value(Share::new(0.5).unwrap()).is_none());
    }
}
