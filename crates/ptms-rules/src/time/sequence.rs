//! `seq`: one event after the other, and none of others between.
//!
//! Of all ways in which the first steps can have been filled only the one with the latest start is kept,
//! for each number of steps: whatever a way with an earlier start can still become, that one can too. So
//! an event costs as much as the sequence has terms, however many came before.

use std::mem::size_of;

use ptms_core::{Duration, Timestamp};

use super::piece;

/// The most terms of a sequence, with those that must not come and with `until`: a word has a bit for
/// each.
pub(crate) const MOST_TERMS: usize = 32;

/// Terms of a sequence, one bit each, in the order in which they are written.
pub(crate) type Terms = u32;

/// What is to come, and what must not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Steps {
    /// The terms to be filled, in order; not empty.
    pub(crate) fill: Vec<Terms>,
    /// Beside each: the terms that must not come after it and before the next, or, after the last,
    /// within the span.
    pub(crate) bar: Vec<Terms>,
    /// The terms that end every beginning.
    pub(crate) until: Terms,
    /// Whether an event may be part of several matches.
    pub(crate) reuse: bool,
}

impl Steps {
    /// Whether a match is one only if nothing comes after it for the span.
    fn waits(&self) -> bool {
        self.bar.last().is_some_and(|bar| *bar != 0)
    }
}

/// How far a sequence has come.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// By step: the latest start of the events that fill the steps up to it.
    starts: Box<[Option<Timestamp>]>,
    /// When all steps were filled, if it has to be seen whether a barred term follows.
    filled: Option<Timestamp>,
}

impl Sequence {
    pub(crate) fn new(steps: &Steps) -> Self {
        Self { starts: vec![None; steps.fill.len()].into(), filled: None }
    }

    /// The most bytes beside the state.
    pub(crate) const fn worst_bytes(steps: &Steps) -> usize {
        piece(steps.fill.len() * size_of::<Option<Timestamp>>())
    }

    /// An event that fits `terms`; whether it completes a match.
    pub(crate) fn event(
        &mut self,
        now: Timestamp,
        terms: Terms,
        steps: &Steps,
        span: Duration,
    ) -> bool {
        if terms & steps.until != 0 {
            self.clear();
        }
        for (start, bar) in self.starts.iter_mut().zip(&steps.bar) {
            if terms & bar != 0 {
                *start = None;
            }
        }
        if steps.bar.last().is_some_and(|bar| terms & bar != 0) {
            self.filled = None;
        }
        // From the last step to the first, so that an event fills one.
        let mut filled = false;
        for (step, fill) in steps.fill.iter().enumerate().rev() {
            if terms & fill == 0 {
                continue;
            }
            let before = match step.checked_sub(1) {
                None => Some(now),
                Some(before) => self.starts.get(before).copied().flatten(),
            };
            let Some(start) = before.filter(|start| *start + span > now) else { continue };
            if step + 1 == steps.fill.len() {
                filled = true;
                if !steps.waits() && !steps.reuse {
                    // The match consumes the event too.
                    break;
                }
            } else if let Some(latest) = self.starts.get_mut(step) {
                *latest = Some(start);
            }
        }
        if !filled {
            return false;
        }
        if steps.waits() {
            // The earliest stays: otherwise a steady stream would postpone it for ever.
            self.filled = self.filled.or(Some(now));
            return false;
        }
        self.matched(steps);
        true
    }

    /// Lets what is due happen; at `now` itself only where `now` is being closed. Whether a match is
    /// complete because no barred term has followed it.
    pub(crate) fn advance(
        &mut self,
        now: Timestamp,
        closing: bool,
        steps: &Steps,
        span: Duration,
    ) -> bool {
        let due = self.next_deadline(span);
        let complete = due.is_some_and(|due| due < now || (due == now && closing));
        if complete {
            self.filled = None;
            self.matched(steps);
        }
        complete
    }

    /// How many steps are filled at `now`, and the earliest event that counts for them.
    pub(crate) fn progress(&self, now: Timestamp, span: Duration) -> (usize, Option<Timestamp>) {
        if self.filled.is_some() {
            return (self.starts.len(), self.filled);
        }
        let mut starts = self.starts.iter().enumerate().rev();
        let found = starts.find_map(|(step, start)| {
            start.filter(|start| *start + span > now).map(|start| (step + 1, Some(start)))
        });
        found.unwrap_or_default()
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        self.filled.map(|filled| filled + span)
    }

    fn matched(&mut self, steps: &Steps) {
        if !steps.reuse {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.starts.fill(None);
        self.filled = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{at, nanos};

    /// Whether events of `past`, each (instant, terms), fill the steps up to `step`, the last of them by
    /// `last`, by trying every one: how the definition says it.
    fn fills(
        past: &[(i64, Terms)],
        step: usize,
        last: usize,
        end: i64,
        steps: &Steps,
        span: i64,
    ) -> bool {
        let (at, terms) = past[last];
        if terms & steps.fill[step] == 0 || end - at >= span {
            return false;
        }
        let Some(before) = step.checked_sub(1) else { return true };
        (0..last).any(|earlier| {
            let barred = steps.bar[before] | steps.until;
            let free = past[earlier + 1..=last].iter().all(|(_, terms)| terms & barred == 0);
            free && fills(past, before, earlier, end, steps, span)
        })
    }

    /// The instants of the matches by definition; an instant is closed where time goes on.
    fn matches(events: &[(i64, Terms)], end: i64, steps: &Steps, span: i64) -> Vec<i64> {
        let (mut found, mut used) = (Vec::new(), 0);
        let mut waiting: Option<i64> = None;
        for index in 0..=events.len() {
            let (now, terms) = events.get(index).copied().unwrap_or((end, 0));
            if let Some(filled) = waiting.filter(|filled| filled + span < now) {
                found.push(filled + span);
                waiting = None;
                used = if steps.reuse { used } else { index };
            }
            if terms & (steps.bar[steps.bar.len() - 1] | steps.until) != 0 {
                waiting = None;
            }
            let last = steps.fill.len() - 1;
            let past = &events[used..events.len().min(index + 1)];
            if index == events.len() || !fills(past, last, past.len() - 1, now, steps, span) {
                continue;
            }
            if steps.waits() {
                waiting = waiting.or(Some(now));
            } else {
                found.push(now);
                used = if steps.reuse { used } else { index + 1 };
            }
        }
        found
    }

    fn terms() -> impl Strategy<Value = Terms> {
        prop::sample::select(vec![0b1, 0b10, 0b100, 0b1000, 0b11, 0b110])
    }

    fn steps() -> impl Strategy<Value = Steps> {
        let bar = prop_oneof![3 => Just(0), 1 => terms()];
        let until = prop_oneof![4 => Just(0), 1 => terms()];
        let pairs = prop::collection::vec((terms(), bar), 1..5);
        (pairs, until, any::<bool>()).prop_map(|(pairs, until, reuse)| {
            let (fill, bar) = pairs.into_iter().unzip();
            Steps { fill, bar, until, reuse }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        #[test]
        fn matches_what_the_definition_matches(
            steps in steps(),
            events in prop::collection::vec((0_i64..3, terms()), 1..24),
            span in 1_i64..9,
        ) {
            let mut now = 0;
            let events: Vec<(i64, Terms)> = events.into_iter().map(|(gap, terms)| {
                now += gap;
                (now, terms)
            }).collect();
            let (mut sequence, mut found) = (Sequence::new(&steps), Vec::new());
            let end = now + 20;
            let advance = |sequence: &mut Sequence, to: i64, found: &mut Vec<i64>| {
                while let Some(due) = sequence.next_deadline(nanos(span)).filter(|due| *due < at(to)) {
                    assert!(sequence.advance(due, true, &steps, nanos(span)));
                    found.push(due.as_nanos());
                }
            };
            for (now, terms) in &events {
                advance(&mut sequence, *now, &mut found);
                if sequence.event(at(*now), *terms, &steps, nanos(span)) {
                    found.push(*now);
                }
            }
            advance(&mut sequence, end, &mut found);
            prop_assert_eq!(found, matches(&events, end, &steps, span));
        }
    }

    fn run(steps: &Steps, events: &[(i64, Terms)]) -> Vec<i64> {
        let mut sequence = Sequence::new(steps);
        let fires =
            |(now, terms): &&(i64, Terms)| sequence.event(at(*now), *terms, steps, nanos(10));
        events.iter().filter(fires).map(|(now, _)| *now).collect()
    }

    #[test]
    fn the_span_is_less_than_the_window() {
        let steps = Steps { fill: vec![1, 2], bar: vec![0, 0], until: 0, reuse: false };
        assert_eq!(run(&steps, &[(0, 1), (9, 2)]), [9]);
        assert_eq!(run(&steps, &[(0, 1), (10, 2)]), [0; 0]);
        // The latest possible start counts, and a match consumes it.
        assert_eq!(run(&steps, &[(0, 1), (5, 1), (12, 2), (13, 2)]), [12]);
        let reuse = Steps { reuse: true, ..steps };
        assert_eq!(run(&reuse, &[(0, 1), (5, 1), (12, 2), (13, 2)]), [12, 13]);
    }

    #[test]
    fn a_steady_stream_does_not_postpone_a_trailing_bar() {
        let steps = Steps { fill: vec![1], bar: vec![2], until: 0, reuse: false };
        let mut sequence = Sequence::new(&steps);
        for now in 0..10 {
            assert!(!sequence.event(at(now), 1, &steps, nanos(10)));
            assert_eq!(sequence.next_deadline(nanos(10)), Some(at(10)));
        }
        assert!(!sequence.advance(at(10), false, &steps, nanos(10)), "the instant is open");
        let mut barred = sequence.clone();
        barred.event(at(10), 2, &steps, nanos(10));
        assert!(!barred.advance(at(10), true, &steps, nanos(10)), "at the edge it still bars");
        assert!(sequence.advance(at(10), true, &steps, nanos(10)));
        assert_eq!(sequence.next_deadline(nanos(10)), None);
    }
}
