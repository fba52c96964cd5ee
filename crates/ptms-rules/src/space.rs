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

/// The live keys of one tuple of dimensions. It is told what spares a key, so that it never searches
/// for one that may leave: everything takes a time logarithmic in the number of keys, amortized.
#[derive(Clone, Debug)]
pub(crate) struct Space<K = Key> {
    max: usize,
    ttl: Option<Duration>,
    // INVARIANT: every seated key stands either in `evictable` or in `spared`, as its seat says, and
    // in `cooling` where only a cooldown spares it.
    seats: BTreeMap<K, Seat>,
    /// The keys that may leave for others by their last input: the least recent first, then by key.
    evictable: BTreeSet<(Timestamp, K)>,
    /// The keys that must not, in the same order.
    spared: BTreeSet<(Timestamp, K)>,
    /// By the end of the cooldown. It is looked at when room is needed, so it may be over.
    cooling: BTreeSet<(Timestamp, K)>,
}

/// What is kept of a live key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    last_input: Timestamp,
    /// How many triggers of the key are pending or firing.
    active: usize,
    /// When the longest cooldown of its triggers ends.
    cooled_at: Option<Timestamp>,
}

/// What a seat takes.
pub(crate) const SEAT_BYTES: usize = size_of::<Seat>();

/// What happened when an event spoke of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission<K = Key> {
    /// It was alive.
    Known,
    /// It is now alive; where the space was full, another key left for it.
    Born { evicted: Option<K> },
    /// The space is full of keys that must not leave.
    Refused,
}

impl Space {
    pub(crate) const fn new(spec: &SpaceSpec) -> Self {
        Self::with_limits(spec.max, spec.ttl)
    }
}

impl<K: Ord + Clone> Space<K> {
    const fn with_limits(max: usize, ttl: Option<Duration>) -> Self {
        Self {
            max,
            ttl,
            seats: BTreeMap::new(),
            evictable: BTreeSet::new(),
            spared: BTreeSet::new(),
            cooling: BTreeSet::new(),
        }
    }

    /// The live keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.seats.keys()
    }

    /// Whether a key is alive.
    pub(crate) fn is_alive(&self, key: &K) -> bool {
        self.seats.contains_key(key)
    }

    /// An input at `now` speaks of `key`. A full space lets the least recently seen key leave that
    /// is not spared.
    pub(crate) fn touch(&mut self, now: Timestamp, key: &K) -> Admission<K> {
        if self.seats.contains_key(key) {
            self.reseat(key, |seat| seat.last_input = now);
            return Admission::Known;
        }
        let mut evicted = None;
        if self.seats.len() >= self.max {
            evicted = self.make_room(now);
            if evicted.is_none() {
                return Admission::Refused;
            }
        }
        self.seats.insert(key.clone(), Seat { last_input: now, active: 0, cooled_at: None });
        self.evictable.insert((now, key.clone()));
        Admission::Born { evicted }
    }

    /// An input at `now` speaks of `key`, which lives on if it does.
    pub(crate) fn renew(&mut self, now: Timestamp, key: &K) {
        self.reseat(key, |seat| seat.last_input = now);
    }

    /// A trigger of `key` is now pending or firing, and was not: the key is spared until as many
    /// triggers are [released](Self::release).
    pub(crate) fn hold(&mut self, key: &K) {
        self.reseat(key, |seat| seat.active += 1);
    }

    /// A trigger of `key` was pending or firing, and is not any more.
    pub(crate) fn release(&mut self, key: &K) {
        self.reseat(key, |seat| seat.active = seat.active.saturating_sub(1));
    }

    /// A trigger of `key` cools until `end`: before that instant the key is spared.
    pub(crate) fn cool(&mut self, key: &K, end: Timestamp) {
        self.reseat(key, |seat| seat.cooled_at = seat.cooled_at.max(Some(end)));
    }

    /// The next instant at which a key leaves for want of input.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        let ttl = self.ttl?;
        self.oldest().map(|(last, _)| *last + ttl)
    }

    /// Lets the keys leave whose time to live is over at `now`; gives them in the order of leaving.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<K> {
        let mut left = Vec::new();
        while self.next_deadline().is_some_and(|deadline| deadline <= now) {
            let Some((_, key)) = self.oldest().cloned() else { break };
            self.remove(&key);
            left.push(key);
        }
        left
    }

    /// The key whose last input is the least recent, spared or not.
    fn oldest(&self) -> Option<&(Timestamp, K)> {
        [self.evictable.first(), self.spared.first()].into_iter().flatten().min()
    }

    /// Lets a key leave that is not spared at `now`, if there is one.
    fn make_room(&mut self, now: Timestamp) -> Option<K> {
        while self.cooling.first().is_some_and(|(end, _)| *end <= now) {
            let Some((_, key)) = self.cooling.pop_first() else { break };
            self.reseat(&key, |seat| seat.cooled_at = None);
        }
        let (_, leaving) = self.evictable.first().cloned()?;
        self.remove(&leaving);
        Some(leaving)
    }

    /// Changes the seat of a live key, and the orders in which it stands.
    fn reseat(&mut self, key: &K, change: impl FnOnce(&mut Seat)) {
        let Some(seat) = self.seats.get_mut(key) else { return };
        let old = *seat;
        change(seat);
        let new = *seat;
        if old != new {
            self.leave_orders(key, old);
            self.join_orders(key, new);
        }
    }

    fn join_orders(&mut self, key: &K, seat: Seat) {
        self.by_age(seat).insert((seat.last_input, key.clone()));
        if let Some(end) = seat.only_cooling() {
            self.cooling.insert((end, key.clone()));
        }
    }

    fn leave_orders(&mut self, key: &K, seat: Seat) {
        self.by_age(seat).remove(&(seat.last_input, key.clone()));
        if let Some(end) = seat.only_cooling() {
            self.cooling.remove(&(end, key.clone()));
        }
    }

    const fn by_age(&mut self, seat: Seat) -> &mut BTreeSet<(Timestamp, K)> {
        if seat.is_spared() { &mut self.spared } else { &mut self.evictable }
    }

    fn remove(&mut self, key: &K) {
        if let Some(seat) = self.seats.remove(key) {
            self.leave_orders(key, seat);
        }
    }
}

impl Seat {
    const fn is_spared(self) -> bool {
        self.active > 0 || self.cooled_at.is_some()
    }

    /// When the key is spared no longer, where only a cooldown spares it.
    fn only_cooling(self) -> Option<Timestamp> {
        self.cooled_at.filter(|_| self.active == 0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn space(max: usize) -> Space<u8> {
        Space::with_limits(max, Duration::from_nanos(10))
    }

    #[test]
    fn the_least_recently_seen_key_leaves_first() {
        let mut space = space(2);
        let at = Timestamp::from_nanos;
        assert_eq!(space.touch(at(1), &1), Admission::Born { evicted: None });
        assert_eq!(space.touch(at(2), &2), Admission::Born { evicted: None });
        assert_eq!(space.touch(at(3), &1), Admission::Known);
        assert_eq!(space.touch(at(4), &3), Admission::Born { evicted: Some(2) });
        space.hold(&1);
        assert_eq!(space.touch(at(5), &4), Admission::Born { evicted: Some(3) });
        space.cool(&4, at(7));
        assert_eq!(space.touch(at(6), &5), Admission::Refused);
        assert_eq!(space.keys().copied().collect::<Vec<_>>(), [1, 4]);
        assert_eq!(space.touch(at(7), &5), Admission::Born { evicted: Some(4) });
        space.release(&1);
        assert_eq!(space.touch(at(7), &6), Admission::Born { evicted: Some(1) });
    }

    #[test]
    fn a_key_leaves_exactly_its_time_to_live_after_its_last_input() {
        let mut space = space(5);
        let at = Timestamp::from_nanos;
        space.touch(at(0), &1);
        space.touch(at(3), &2);
        space.hold(&1);
        assert_eq!(space.next_deadline(), Some(at(10)));
        assert!(space.expire(at(9)).is_empty());
        assert_eq!(space.expire(at(13)), [1, 2]);
    }

    /// A trigger of a key as the scan sees it.
    #[derive(Clone, Copy, Default)]
    struct Told {
        active: bool,
        cooled_at: Option<Timestamp>,
    }

    /// The space by definition: a scan of all keys and of all their triggers, of which each has two.
    struct Scan {
        max: usize,
        keys: BTreeMap<u8, (Timestamp, [Told; 2])>,
    }

    impl Scan {
        fn touch(&mut self, now: Timestamp, key: u8) -> Admission<u8> {
            if let Some((last, _)) = self.keys.get_mut(&key) {
                *last = now;
                return Admission::Known;
            }
            let mut evicted = None;
            if self.keys.len() == self.max {
                let spared =
                    |told: &Told| told.active || told.cooled_at.is_some_and(|end| now < end);
                let free = self.keys.iter().filter(|(_, (_, told))| !told.iter().any(spared));
                evicted = free.map(|(key, (last, _))| (*last, *key)).min().map(|(_, key)| key);
                let Some(leaving) = evicted else { return Admission::Refused };
                self.keys.remove(&leaving);
            }
            self.keys.insert(key, (now, Default::default()));
            Admission::Born { evicted }
        }

        fn expire(&mut self, now: Timestamp, ttl: Duration) -> Vec<u8> {
            let over = self.keys.iter().map(|(key, (last, _))| (*last, *key));
            let mut over: Vec<_> = over.filter(|(last, _)| *last + ttl <= now).collect();
            over.sort_unstable();
            over.into_iter().map(|(_, key)| self.keys.remove(&key).map_or(0, |_| key)).collect()
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Touch(u8),
        Hold(u8, usize),
        Release(u8, usize),
        Cool(u8, usize, i64),
        Expire,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..6_u8).prop_map(Step::Touch),
            2 => (0..6_u8, 0..2_usize).prop_map(|(key, rule)| Step::Hold(key, rule)),
            2 => (0..6_u8, 0..2_usize).prop_map(|(key, rule)| Step::Release(key, rule)),
            2 => (0..6_u8, 0..2_usize, 0..6_i64).prop_map(|(key, rule, end)| Step::Cool(key, rule, end)),
            1 => Just(Step::Expire),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn it_does_what_a_scan_of_all_keys_would(
            max in 1..5_usize,
            steps in prop::collection::vec((0..3_i64, step()), 0..80),
        ) {
            let ttl = Duration::from_millis(12);
            let mut space = Space::with_limits(max, Some(ttl));
            let mut scan = Scan { max, keys: BTreeMap::new() };
            let mut now = 0;
            for (later, step) in steps {
                now += later;
                let at = Timestamp::from_millis(now);
                match step {
                    Step::Touch(key) => prop_assert_eq!(space.touch(at, &key), scan.touch(at, key)),
                    Step::Expire => prop_assert_eq!(space.expire(at), scan.expire(at, ttl)),
                    Step::Hold(key, rule) | Step::Release(key, rule) | Step::Cool(key, rule, _) => {
                        let Some((_, told)) = scan.keys.get_mut(&key) else { continue };
                        let told = &mut told[rule];
                        match step {
                            Step::Hold(..) if !told.active => {
                                told.active = true;
                                space.hold(&key);
                            }
                            Step::Release(..) if told.active => {
                                told.active = false;
                                space.release(&key);
                            }
                            Step::Cool(_, _, cooldown) => {
                                let end = Timestamp::from_millis(now + cooldown);
                                // A trigger's cooldown never ends earlier than its last one did.
                                told.cooled_at = told.cooled_at.max(Some(end));
                                space.cool(&key, end);
                            }
                            _ => {}
                        }
                    }
                }
                let oldest = scan.keys.values().map(|(last, _)| *last + ttl).min();
                prop_assert_eq!(space.next_deadline(), oldest);
                prop_assert!(space.keys().eq(scan.keys.keys()));
            }
        }
    }

    thread_local! {
        static WORK: Cell<usize> = const { Cell::new(0) };
    }

    /// A key that counts how often one is compared or copied.
    #[derive(Debug, PartialEq, Eq)]
    struct Counted(usize);

    fn count() {
        WORK.with(|work| work.set(work.get() + 1));
    }

    impl Clone for Counted {
        fn clone(&self) -> Self {
            count();
            Self(self.0)
        }
    }

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            count();
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    /// Fills a space with keys that `spare` spares; then as many new ones come, in the second after.
    #[track_caller]
    fn check_work(
        spare: impl Fn(&mut Space<Counted>, &Counted),
        expected: impl Fn(usize) -> Admission<Counted>,
    ) {
        const MAX: usize = 4_096;
        let mut space = Space::with_limits(MAX, None);
        WORK.set(0);
        for number in 0..MAX {
            let key = Counted(number);
            let admission = space.touch(Timestamp::from_secs(1), &key);
            assert_eq!(admission, Admission::Born { evicted: None });
            spare(&mut space, &key);
        }
        for number in 0..MAX {
            let admission = space.touch(Timestamp::from_secs(2), &Counted(MAX + number));
            assert_eq!(admission, expected(number));
        }
        // A scan would look at 4096 keys for each new one.
        let work = WORK.get() / (2 * MAX);
        assert!(work < 200, "{work} comparisons and copies for each key");
    }

    #[test]
    fn a_new_key_is_refused_without_a_look_at_every_spared_one() {
        check_work(Space::hold, |_| Admission::Refused);
        let end = Timestamp::from_secs(3);
        check_work(|space, key| space.cool(key, end), |_| Admission::Refused);
    }

    #[test]
    fn a_cooldown_that_is_over_is_looked_at_once() {
        let end = Timestamp::from_secs(2);
        let in_order = |number| Admission::Born { evicted: Some(Counted(number)) };
        check_work(|space, key| space.cool(key, end), in_order);
    }
}
