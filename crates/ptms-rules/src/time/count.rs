//! `count`: how many events lie in a window.

use std::collections::VecDeque;
use std::mem::size_of;

use ptms_core::{Duration, Timestamp};

use super::fold::push_bounded;
use super::panes::{FINE, Panes, Tally, width};
use super::{CAP, piece};

/// How much of a window is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keep {
    /// The newest so many: nobody asks whether there are more.
    Newest(usize),
    /// The newest [`CAP`] one by one, and older ones in panes.
    All,
}

impl Keep {
    pub(crate) const fn limit(self) -> usize {
        match self {
            Self::Newest(need) if need < CAP => need,
            Self::Newest(_) | Self::All => CAP,
        }
    }
}

/// How many events lie in (now − span, now].
#[derive(Clone, Debug)]
pub(crate) struct Count {
    newest: VecDeque<Timestamp>,
    /// Events older than the newest, where all are kept and there were too many.
    merged: Option<Box<Panes<Tally>>>,
}

impl Count {
    pub(crate) const fn new() -> Self {
        Self { newest: VecDeque::new(), merged: None }
    }

    /// The most bytes beside the state.
    pub(crate) const fn worst_bytes(keep: Keep) -> usize {
        let merged = match keep {
            Keep::Newest(_) => 0,
            Keep::All => piece(size_of::<Panes<Tally>>()) + Panes::<Tally>::worst_bytes(FINE),
        };
        piece(keep.limit() * size_of::<Timestamp>()) + merged
    }

    pub(crate) fn event(&mut self, now: Timestamp, span: Duration, keep: Keep) {
        self.advance(now, span);
        // INVARIANT: what is left of the newest is the newest of the window, so their number is the
        // count, or the limit where there are more.
        if self.newest.len() >= keep.limit()
            && let Some(oldest) = self.newest.pop_front()
            && keep == Keep::All
        {
            let merged = self.merged.get_or_insert_with(|| Box::new(Panes::new()));
            merged.add(oldest, Tally(1), width(span, FINE), FINE);
        }
        push_bounded(&mut self.newest, now, keep.limit());
    }

    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        while self.newest.front().is_some_and(|at| *at + span <= now) {
            self.newest.pop_front();
        }
        if let Some(merged) = &mut self.merged {
            merged.advance(now, span);
            if merged.is_empty() {
                self.merged = None;
            }
        }
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        let newest = self.newest.front().map(|at| *at + span);
        let merged = self.merged.as_ref().and_then(|merged| merged.next_leaves(span));
        newest.into_iter().chain(merged).min()
    }

    pub(crate) fn count(&self) -> u64 {
        let merged = self.merged.as_ref().map_or(0, |merged| merged.fold().0);
        merged + self.newest.len() as u64
    }

    /// The oldest event and the newest; of the oldest that is kept in a pane nobody knows when it was.
    pub(crate) fn ends(&self) -> [Option<Timestamp>; 2] {
        let oldest = self.newest.front().filter(|_| self.merged.is_none());
        [oldest.copied(), self.newest.back().copied()]
    }

    pub(crate) const fn is_approximate(&self) -> bool {
        self.merged.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{MILLION, at, million, nanos, stream};

    proptest! {
        #[test]
        fn counts_what_the_definition_counts_up_to_the_need(
            steps in stream(),
            span in 1_i64..9,
            need in 1_usize..6,
        ) {
            let keep = Keep::Newest(need);
            let (mut count, mut seen) = (Count::new(), Vec::new());
            for (now, event) in steps {
                count.advance(at(now), nanos(span));
                if event {
                    count.event(at(now), nanos(span), keep);
                    seen.push(now);
                }
                let inside: Vec<i64> = seen.iter().copied().filter(|at| *at > now - span).collect();
                prop_assert_eq!(count.count(), inside.len().min(need) as u64);
                let newest = inside.iter().rev().take(need).next_back();
                prop_assert_eq!(count.next_deadline(nanos(span)), newest.map(|front| at(front + span)));
                prop_assert!(!count.is_approximate());
            }
        }
    }

    /// A million events, of which up to 30,000 lie in the window at once: what is merged stays at most
    /// one pane too long, and once fewer lie in it the count is exact again.
    #[test]
    fn what_is_merged_stays_at_most_a_pane_longer() {
        let span = 40_000;
        let pane = (span + FINE - 1) / FINE;
        let (mut count, mut seen) = (Count::new(), VecDeque::new());
        let (mut merged, mut exact) = (0, 0);
        for (index, now) in million().enumerate() {
            // A lull now and then.
            let now = now + (index as i64 / 300_000) * 50_000;
            count.event(at(now), nanos(span), Keep::All);
            seen.push_back(now);
            while seen.front().is_some_and(|at| *at <= now - span - pane) {
                seen.pop_front();
            }
            if index % 1_009 != 0 {
                continue;
            }
            let inside = seen.iter().rev().take_while(|at| **at > now - span).count() as u64;
            if count.is_approximate() {
                merged += 1;
                assert!(inside <= count.count() && count.count() <= seen.len() as u64);
            } else {
                exact += 1;
                assert_eq!(count.count(), inside);
            }
        }
        assert!(merged > MILLION / 2_000 && exact > 10, "{merged} {exact}");
    }
}
