//! Panes: what happened in equal stretches of time, of which a window is made that need not be exact.
//! A pane is (start, end], its end a multiple of its width since the epoch.

use std::mem::size_of;

use ptms_core::{Duration, Timestamp};

use super::fold::{Fold, Folded};
use super::piece;

/// Into how many panes the window of a function is divided that is never exact.
pub(crate) const COARSE: i64 = 64;

/// Into how many panes a window is divided for the events beyond those that it keeps.
pub(crate) const FINE: i64 = 1_024;

/// How wide a pane is of a window of `span` divided by `parts`: ⌈span / parts⌉, at least a nanosecond.
pub(crate) fn width(span: Duration, parts: i64) -> Duration {
    let nanos = span.as_nanos();
    let rest = i64::from(nanos % parts != 0);
    Duration::from_nanos((nanos / parts + rest).max(1)).unwrap_or(span)
}

/// The end of the pane in which `at` lies: the first multiple of `width` that is not before it.
pub(crate) fn end(at: Timestamp, width: Duration) -> Timestamp {
    let (at, width) = (at.as_nanos(), width.as_nanos().max(1));
    let past = at.rem_euclid(width);
    Timestamp::from_nanos(if past == 0 { at } else { at.saturating_add(width - past) })
}

/// What happened, pane by pane. A pane leaves when its end lies a span back.
#[derive(Clone, Debug)]
pub(crate) struct Panes<A> {
    // INVARIANT: each dated with its end; ends grow.
    closed: Folded<A>,
    /// The newest pane, which things still join, with its end.
    open: Option<(Timestamp, A)>,
}

impl<A: Fold> Panes<A> {
    pub(crate) const fn new() -> Self {
        Self { closed: Folded::new(), open: None }
    }

    /// The most bytes that panes of a window divided by `parts` take beside themselves.
    pub(crate) const fn worst_bytes(parts: i64) -> usize {
        Folded::<A>::worst_bytes(limit(parts))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        // A closed pane leaves before the open one.
        self.open.is_none()
    }

    /// When the next pane leaves.
    pub(crate) fn next_leaves(&self, span: Duration) -> Option<Timestamp> {
        let oldest = self.closed.oldest().or(self.open.map(|(end, _)| end));
        oldest.map(|end| end + span)
    }

    /// Adds what happened at `at`, which nothing before was after.
    pub(crate) fn add(&mut self, at: Timestamp, what: A, width: Duration, parts: i64) {
        match &mut self.open {
            Some((end, open)) if at <= *end => *open = open.join(what),
            open => {
                if let Some((end, pane)) = open.replace((end(at, width), what)) {
                    self.closed.push(end, pane, limit(parts));
                }
            }
        }
    }

    /// Drops the panes that have left by `now`.
    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        while self.closed.oldest().is_some_and(|end| end + span <= now) {
            self.closed.pop();
        }
        self.open = self.open.filter(|(end, _)| *end + span > now);
    }

    /// What all panes come to.
    pub(crate) fn fold(&self) -> A {
        let open = self.open.map_or(A::EMPTY, |(_, pane)| pane);
        self.closed.fold().join(open)
    }
}

/// How many panes there are at once: their ends lie between `now − span` and `now + width`.
const fn limit(parts: i64) -> usize {
    parts as usize + 1
}

/// How many things happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally(pub(crate) u64);

impl Fold for Tally {
    const EMPTY: Self = Self(0);

    fn join(self, later: Self) -> Self {
        Self(self.0.saturating_add(later.0))
    }
}

/// `rate` and each side of `ratio`: how many events lie in the panes of a window.
#[derive(Clone, Debug)]
pub(crate) struct Paned(Panes<Tally>);

impl Paned {
    pub(crate) const fn new() -> Self {
        Self(Panes::new())
    }

    /// The most bytes beside the state.
    pub(crate) const fn worst_bytes() -> usize {
        piece(size_of::<Self>()) + Panes::<Tally>::worst_bytes(COARSE)
    }

    pub(crate) fn event(&mut self, now: Timestamp, span: Duration) {
        self.advance(now, span);
        self.0.add(now, Tally(1), width(span, COARSE), COARSE);
    }

    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        self.0.advance(now, span);
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        self.0.next_leaves(span)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.fold().0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{at, nanos, stream};

    /// The events of a stream that the panes hold at `now`, by definition.
    pub(crate) fn inside(now: i64, event: i64, span: i64, parts: i64) -> bool {
        let width = (span + parts - 1) / parts;
        let end = -(-event).div_euclid(width) * width;
        end > now - span
    }

    #[test]
    fn a_pane_ends_with_its_end() {
        let end = |at, width| end(Timestamp::from_nanos(at), nanos(width)).as_nanos();
        assert_eq!([end(0, 5), end(1, 5), end(5, 5), end(6, 5)], [0, 5, 5, 10]);
        assert_eq!([end(-1, 5), end(-5, 5), end(-6, 5)], [0, -5, -5]);
        assert_eq!([end(i64::MAX, 1_000), end(i64::MIN, 7)], [i64::MAX, i64::MIN + 1]);
        assert_eq!([width(nanos(64), 64), width(nanos(65), 64)], [nanos(1), nanos(2)]);
        assert_eq!([width(nanos(3), 64), width(Duration::ZERO, 64)], [nanos(1), nanos(1)]);
    }

    proptest! {
        #[test]
        fn counts_the_events_of_the_panes_that_have_not_left(
            steps in stream(),
            span in prop_oneof![1_i64..9, 60_i64..400],
            stretch in 1_i64..60,
        ) {
            let (mut paned, mut seen) = (Paned::new(), Vec::new());
            for (now, event) in steps {
                let now = now * stretch;
                paned.advance(at(now), nanos(span));
                if event {
                    paned.event(at(now), nanos(span));
                    seen.push(now);
                }
                let expected = seen.iter().filter(|event| inside(now, **event, span, COARSE)).count();
                prop_assert_eq!(paned.count(), expected as u64);
                let ends = seen.iter().map(|event| end(at(*event), width(nanos(span), COARSE)) + nanos(span));
                prop_assert_eq!(paned.next_deadline(nanos(span)), ends.filter(|end| *end > at(now)).min());
                prop_assert!(paned.0.closed.len() <= limit(COARSE));
            }
        }
    }
}
