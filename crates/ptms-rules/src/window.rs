//! Windows over events: how many selected events lie in (now − W, now], for each key.
//!
//! Equal calls share one window. A window knows instants and keys; it knows no condition and no rule.

use std::collections::{BTreeMap, VecDeque};

use ptms_core::{Duration, Key, Timestamp};

use crate::space::SpaceId;

/// Which window of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WindowId(pub(crate) usize);

/// Which selector of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SelectorId(pub(crate) usize);

/// The most events that one window of one key remembers. Above it a count stays where it is; a
/// comparison with a greater literal does not load.
pub(crate) const CAP: usize = 4_096;

/// The identity of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowSpec {
    pub(crate) selector: SelectorId,
    pub(crate) span: Duration,
    /// The dimensions by which its events are grouped; `None` for one window over all of them.
    pub(crate) space: Option<SpaceId>,
    /// The greatest count that anyone asks about, at most [`CAP`].
    pub(crate) need: usize,
}

/// The events of one window, for each key.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    span: Duration,
    need: usize,
    rings: BTreeMap<Key, VecDeque<Timestamp>>,
    /// The instant at which the oldest event of each non-empty ring leaves, with its key.
    leaving: std::collections::BTreeSet<(Timestamp, Key)>,
}

impl Window {
    pub(crate) fn new(spec: &WindowSpec) -> Self {
        let (rings, leaving) = Default::default();
        Self { span: spec.span, need: spec.need.clamp(1, CAP), rings, leaving }
    }

    /// The instant from which an event at `at` is outside.
    fn end(&self, at: Timestamp) -> Timestamp {
        at + self.span
    }

    /// Adds an event at `now`, which no event of the window is after.
    pub(crate) fn push(&mut self, now: Timestamp, key: &Key) {
        let ring = self.rings.entry(key.clone()).or_default();
        let was_leaving = ring.front().copied();
        // INVARIANT: the ring holds the newest `need` events, so its length, once those that have
        // left are dropped, is the count or `need` where the count is greater.
        if ring.len() == self.need {
            ring.pop_front();
        }
        ring.push_back(now);
        let is_leaving = ring.front().copied();
        self.reschedule(key, was_leaving, is_leaving);
    }

    /// How many events of `key` lie in (now − W, now], or `need` where they are more.
    pub(crate) fn count(&self, now: Timestamp, key: &Key) -> usize {
        let Some(ring) = self.rings.get(key) else { return 0 };
        ring.len() - ring.partition_point(|at| self.end(*at) <= now)
    }

    /// The next instant at which an event leaves.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.leaving.first().map(|(at, _)| *at)
    }

    /// Drops the events that have left by `now`; gives the keys whose count changed.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<Key> {
        let mut changed = Vec::new();
        while let Some((at, key)) = self.leaving.first().cloned() {
            if at > now {
                break;
            }
            self.leaving.pop_first();
            let (span, ring) = (self.span, self.rings.get_mut(&key));
            let Some(ring) = ring else { continue };
            while ring.front().is_some_and(|front| *front + span <= now) {
                ring.pop_front();
            }
            match ring.front() {
                Some(front) => {
                    self.leaving.insert((*front + span, key.clone()));
                }
                None => {
                    self.rings.remove(&key);
                }
            }
            changed.push(key);
        }
        changed
    }

    /// Drops all events of `key`.
    pub(crate) fn forget(&mut self, key: &Key) {
        if let Some(ring) = self.rings.remove(key) {
            self.reschedule(key, ring.front().copied(), None);
        }
    }

    fn reschedule(&mut self, key: &Key, was: Option<Timestamp>, is: Option<Timestamp>) {
        if was == is {
            return;
        }
        if let Some(was) = was {
            self.leaving.remove(&(self.end(was), key.clone()));
        }
        if let Some(is) = is {
            self.leaving.insert((self.end(is), key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a window must say: the plain definition, over all events ever seen.
    fn oracle(events: &[(i64, u8)], now: i64, span: i64, key: u8) -> usize {
        let inside = |(at, of): &&(i64, u8)| *of == key && now - span < *at && *at <= now;
        events.iter().filter(inside).count()
    }

    fn key(number: u8) -> Key {
        Key::new([("n".into(), ptms_core::KeyValue::Int(number.into()))])
    }

    proptest! {
        /// Gaps of zero make equal instants; small spans put events exactly on the edges.
        #[test]
        fn counts_what_the_definition_counts(
            steps in prop::collection::vec((0_i64..4, 0_u8..3, any::<bool>()), 1..120),
            span in 1_i64..7,
            need in 1_usize..6,
        ) {
            let spec = WindowSpec {
                selector: SelectorId(0),
                span: Duration::from_nanos(span).unwrap(),
                space: None,
                need,
            };
            let mut window = Window::new(&spec);
            let (mut now, mut seen) = (0, Vec::new());
            for (gap, number, expire) in steps {
                now += gap;
                let at = Timestamp::from_nanos(now);
                if expire {
                    let before: Vec<usize> = (0..3).map(|n| window.count(at, &key(n))).collect();
                    window.expire(at);
                    let after: Vec<usize> = (0..3).map(|n| window.count(at, &key(n))).collect();
                    prop_assert_eq!(before, after, "dropping what has left changes no count");
                    prop_assert!(window.next_deadline().is_none_or(|deadline| deadline > at));
                }
                window.push(at, &key(number));
                seen.push((now, number));
                for number in 0..3 {
                    let expected = oracle(&seen, now, span, number).min(need);
                    prop_assert_eq!(window.count(at, &key(number)), expected);
                }
            }
        }
    }
}
