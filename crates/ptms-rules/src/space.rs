//! Key spaces: which keys of a tuple of dimensions are alive, and which leave when there are too many.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::{Duration, Key, Name, Timestamp};

/// Which key space of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SpaceId(pub(crate) usize);

/// The number of keys that a tuple of dimensions without declared `max` may have alive: enough for
/// the services and hosts of a large company, little enough for any machine.
pub(crate) const DEFAULT_MAX_KEYS: usize = 10_000;

/// The greatest `max` that can be declared.
pub(crate) const MAX_KEYS: usize = 10_000_000;

/// A tuple of dimensions and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpaceSpec {
    /// Ordered by name; not empty.
    pub(crate) dimensions: Vec<Name>,
    /// The most keys alive at once.
    pub(crate) max: usize,
    /// A key leaves this long after its last input.
    pub(crate) ttl: Option<Duration>,
}

/// The live keys of one tuple of dimensions.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    max: usize,
    ttl: Option<Duration>,
    last_input: BTreeMap<Key, Timestamp>,
    /// The same, by instant: the least recent first, then by key.
    by_age: BTreeSet<(Timestamp, Key)>,
}

/// What happened when an event spoke of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It was alive.
    Known,
    /// It is now alive; where the space was full, another key left for it.
    Born { evicted: Option<Key> },
    /// The space is full of keys that must not leave.
    Refused,
}

impl Space {
    pub(crate) const fn new(spec: &SpaceSpec) -> Self {
        let (max, ttl) = (spec.max, spec.ttl);
        Self { max, ttl, last_input: BTreeMap::new(), by_age: BTreeSet::new() }
    }

    /// The live keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.last_input.keys()
    }

    /// An input at `now` speaks of `key`. A full space lets the least recently seen key leave that
    /// is not `spared`.
    pub(crate) fn touch(
        &mut self,
        now: Timestamp,
        key: &Key,
        spared: impl Fn(&Key) -> bool,
    ) -> Admission {
        if let Some(last) = self.last_input.insert(key.clone(), now) {
            self.by_age.remove(&(last, key.clone()));
            self.by_age.insert((now, key.clone()));
            return Admission::Known;
        }
        let mut evicted = None;
        if self.last_input.len() > self.max {
            let found =
                self.by_age.iter().find(|(_, key)| !spared(key)).map(|(_, key)| key.clone());
            let Some(leaving) = found else {
                self.last_input.remove(key);
                return Admission::Refused;
            };
            self.remove(&leaving);
            evicted = Some(leaving);
        }
        self.by_age.insert((now, key.clone()));
        Admission::Born { evicted }
    }

    /// The next instant at which a key leaves for want of input.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        let ttl = self.ttl?;
        self.by_age.first().map(|(last, _)| *last + ttl)
    }

    /// Lets the keys leave whose time to live is over at `now`; gives them in the order of leaving.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<Key> {
        let mut left = Vec::new();
        while self.next_deadline().is_some_and(|deadline| deadline <= now) {
            let Some((_, key)) = self.by_age.pop_first() else { break };
            self.last_input.remove(&key);
            left.push(key);
        }
        left
    }

    fn remove(&mut self, key: &Key) {
        if let Some(last) = self.last_input.remove(key) {
            self.by_age.remove(&(last, key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use ptms_core::KeyValue;

    use super::*;

    fn key(number: i64) -> Key {
        Key::new([("n".into(), KeyValue::Int(number))])
    }

    fn space(max: usize) -> Space {
        let ttl = Duration::from_nanos(10);
        Space::new(&SpaceSpec { dimensions: vec!["n".into()], max, ttl })
    }

    #[test]
    fn the_least_recently_seen_key_leaves_first() {
        let mut space = space(2);
        let at = Timestamp::from_nanos;
        assert_eq!(space.touch(at(1), &key(1), |_| false), Admission::Born { evicted: None });
        assert_eq!(space.touch(at(2), &key(2), |_| false), Admission::Born { evicted: None });
        assert_eq!(space.touch(at(3), &key(1), |_| false), Admission::Known);
        let evicted = Some(key(2));
        assert_eq!(space.touch(at(4), &key(3), |_| false), Admission::Born { evicted });
        let evicted = Some(key(3));
        assert_eq!(space.touch(at(5), &key(4), |k| *k == key(1)), Admission::Born { evicted });
        assert_eq!(space.touch(at(6), &key(5), |_| true), Admission::Refused);
        assert_eq!(space.keys().cloned().collect::<Vec<_>>(), [key(1), key(4)]);
    }

    #[test]
    fn a_key_leaves_exactly_its_time_to_live_after_its_last_input() {
        let mut space = space(5);
        let at = Timestamp::from_nanos;
        space.touch(at(0), &key(1), |_| false);
        space.touch(at(3), &key(2), |_| false);
        assert_eq!(space.next_deadline(), Some(at(10)));
        assert_eq!(space.expire(at(9)), []);
        assert_eq!(space.expire(at(13)), [key(1), key(2)]);
    }
}
