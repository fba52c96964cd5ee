//! What is known of the newest event: its field (`last`), how long ago it was (`age`), and whether none
//! came for too long (`absent`).

use std::mem::size_of;

use ptms_core::{Duration, Timestamp, Value};

use super::piece;

/// `last(sel).field`: the field of the newest event.
#[derive(Clone, Debug)]
pub(crate) struct Last(Option<Value>);

impl Last {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// The most bytes beside the state: a text may live on here alone.
    pub(crate) const fn worst_bytes() -> usize {
        piece(Value::MAX_TEXT_LEN + 2 * size_of::<usize>())
    }

    /// `value` is that of the field; an event that lacks it makes it unknown.
    pub(crate) fn event(&mut self, value: Option<&Value>) {
        self.0 = value.cloned();
    }

    pub(crate) const fn value(&self) -> Option<&Value> {
        self.0.as_ref()
    }
}

/// `age(sel)`: how long ago the newest event was.
#[derive(Clone, Debug)]
pub(crate) struct Age {
    last: Option<Timestamp>,
    /// How many of the ages that somebody asks about have been reached.
    passed: u16,
}

/// The most ages that somebody may ask about: one deadline each.
pub(crate) const MOST_AGES: usize = 1_024;

impl Age {
    pub(crate) const fn new() -> Self {
        Self { last: None, passed: 0 }
    }

    pub(crate) fn event(&mut self, now: Timestamp, ages: &[Duration]) {
        *self = Self { last: Some(now), passed: 0 };
        self.advance(now, ages);
    }

    /// `ages` are those at which an answer changes, in order.
    pub(crate) fn advance(&mut self, now: Timestamp, ages: &[Duration]) {
        while self.next_deadline(ages).is_some_and(|due| due <= now) {
            self.passed += 1;
        }
    }

    pub(crate) fn next_deadline(&self, ages: &[Duration]) -> Option<Timestamp> {
        let age = ages.get(usize::from(self.passed))?;
        self.last.map(|last| last + *age)
    }

    pub(crate) const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    pub(crate) fn value(&self, now: Timestamp) -> Option<Duration> {
        self.last.map(|last| now.since(last))
    }
}

/// `absent(sel, W)`: whether no event came for a span of observed time.
#[derive(Clone, Debug)]
pub(crate) struct Absent {
    /// The last event, or when looking for one began.
    since: Timestamp,
    seen: bool,
    absent: bool,
}

impl Absent {
    /// `born` is when looking begins.
    pub(crate) const fn new(born: Timestamp) -> Self {
        Self { since: born, seen: false, absent: false }
    }

    pub(crate) const fn event(&mut self, now: Timestamp) {
        *self = Self { since: now, seen: true, absent: false };
    }

    /// Lets what is due happen; at `now` itself only where `now` is being closed, for an event at the
    /// same instant comes before.
    pub(crate) fn advance(&mut self, now: Timestamp, closing: bool, span: Duration) {
        let due = self.since + span;
        self.absent |= due < now || (due == now && closing);
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        (!self.absent).then(|| self.since + span)
    }

    /// The last event.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.seen.then_some(self.since)
    }

    /// Unknown where nothing was seen and it is too early to say so.
    pub(crate) const fn value(&self) -> Option<bool> {
        if self.absent || self.seen { Some(self.absent) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{at, nanos, stream};

    proptest! {
        #[test]
        fn ages_are_told_when_they_are_reached(
            steps in stream(),
            ages in prop::collection::btree_set(0_i64..9, 0..4),
        ) {
            let edges: Vec<Duration> = ages.iter().map(|age| nanos(*age)).collect();
            let (mut age, mut last) = (Age::new(), None);
            for (now, event) in steps {
                age.advance(at(now), &edges);
                if event {
                    age.event(at(now), &edges);
                    last = Some(now);
                }
                prop_assert_eq!(age.value(at(now)), last.map(|last| nanos(now - last)));
                let due = last.and_then(|last| {
                    ages.iter().map(|age| last + age).find(|due| *due > now)
                });
                prop_assert_eq!(age.next_deadline(&edges), due.map(at));
            }
        }

        /// An instant is closed where the stream says so, after its events.
        #[test]
        fn absent_is_that_the_last_event_lies_a_span_back_when_an_instant_closes(
            steps in prop::collection::vec((0_i64..4, any::<bool>(), any::<bool>()), 1..60),
            span in 1_i64..9,
        ) {
            let span_of = nanos(span);
            let (mut absent, mut last) = (Absent::new(at(0)), None);
            let mut now = 0;
            for (gap, event, closing) in steps {
                now += gap;
                absent.advance(at(now), false, span_of);
                if event {
                    absent.event(at(now));
                    last = Some(now);
                }
                let before = now - last.unwrap_or(0) > span || (absent.value() == Some(true));
                if closing {
                    absent.advance(at(now), true, span_of);
                }
                let reached = before || (closing && now - last.unwrap_or(0) >= span);
                let expected = if reached { Some(true) } else { last.map(|_| false) };
                prop_assert_eq!(absent.value(), expected);
                prop_assert_eq!(absent.next_deadline(span_of).is_none(), expected == Some(true));
            }
        }
    }

    #[test]
    fn an_event_at_the_edge_comes_before_absence() {
        let mut absent = Absent::new(at(0));
        assert_eq!((absent.value(), absent.next_deadline(nanos(5))), (None, Some(at(5))));
        absent.advance(at(5), false, nanos(5));
        assert_eq!(absent.value(), None);
        absent.event(at(5));
        absent.advance(at(5), true, nanos(5));
        assert_eq!((absent.value(), absent.next_deadline(nanos(5))), (Some(false), Some(at(10))));
        absent.advance(at(10), true, nanos(5));
        assert_eq!((absent.value(), absent.next_deadline(nanos(5))), (Some(true), None));
        absent.event(at(10));
        assert_eq!(absent.value(), Some(false));
    }

    #[test]
    fn an_event_without_the_field_makes_it_unknown() {
        let mut last = Last::new();
        assert_eq!(last.value(), None);
        last.event(Some(&Value::from("api")));
        assert_eq!(last.value(), Some(&Value::from("api")));
        last.event(None);
        assert_eq!(last.value(), None);
    }
}
