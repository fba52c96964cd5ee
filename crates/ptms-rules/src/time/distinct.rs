//! `distinct`: how many different values occur in a window.

use std::collections::BTreeMap;
use std::mem::size_of;

use ptms_core::{Duration, KeyValue, Timestamp};

use super::{piece, tree_bytes};

/// The most values that a window tells apart: enough for the services and users of a burst. It is
/// more than the [cap](super::CAP) of events, because a value takes its place once, however often
/// it occurs.
pub(crate) const MOST_DISTINCT: usize = 16_384;

/// The longest text of which all bytes count, in bytes: names and addresses are shorter.
pub(crate) const TEXT_LEN: usize = 256;

/// The values whose last occurrence lies in (now − span, now], the most recent so many of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Distinct {
    // INVARIANT: the two hold the same values, each with the number of its last occurrence.
    numbers: BTreeMap<KeyValue, u64>,
    by_number: BTreeMap<u64, (Timestamp, KeyValue)>,
    next: u64,
    /// When a value was last cut or left out for want of room.
    crowded: Option<Timestamp>,
}

impl Distinct {
    pub(crate) const fn new() -> Self {
        Self { numbers: BTreeMap::new(), by_number: BTreeMap::new(), next: 0, crowded: None }
    }

    /// The most bytes beside the state, of a window that tells `need` values apart.
    pub(crate) const fn worst_bytes(need: usize) -> usize {
        let need = need + 1;
        let numbers = tree_bytes(need, size_of::<(KeyValue, u64)>());
        let by_number = tree_bytes(need, size_of::<(u64, Timestamp, KeyValue)>());
        // A text lies in one piece of memory with two counters.
        let texts = need * piece(TEXT_LEN + 2 * size_of::<usize>());
        piece(size_of::<Self>()) + numbers + by_number + texts
    }

    pub(crate) fn event(&mut self, now: Timestamp, value: KeyValue, span: Duration, need: usize) {
        self.advance(now, span);
        let (value, cut) = cut(value);
        let number = self.next;
        self.next += 1;
        if let Some(before) = self.numbers.insert(value.clone(), number) {
            self.by_number.remove(&before);
        }
        self.by_number.insert(number, (now, value));
        // The newest `need` decide whether there are so many.
        let full = self.by_number.len() > need;
        if full && let Some((_, (_, oldest))) = self.by_number.pop_first() {
            self.numbers.remove(&oldest);
        }
        if cut || full {
            self.crowded = Some(now);
        }
    }

    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        while let Some(oldest) = self.by_number.first_entry()
            && oldest.get().0 + span <= now
        {
            self.numbers.remove(&oldest.remove().1);
        }
        self.crowded = self.crowded.filter(|at| *at + span > now);
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        self.by_number.first_key_value().map(|(_, (at, _))| *at + span)
    }

    pub(crate) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there may be more.
    pub(crate) const fn is_approximate(&self) -> bool {
        self.crowded.is_some()
    }
}

/// The value with at most [`TEXT_LEN`] bytes of text, and whether that is less than it has.
fn cut(value: KeyValue) -> (KeyValue, bool) {
    match &value {
        KeyValue::Text(text) if text.len() > TEXT_LEN => {
            let start = (0..=TEXT_LEN).rev().find_map(|len| text.get(..len)).unwrap_or_default();
            (KeyValue::Text(start.into()), true)
        }
        _ => (value, false),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{at, million, nanos, stream};

    proptest! {
        #[test]
        fn counts_the_values_that_occur(
            steps in stream(),
            values in prop::collection::vec(0_i64..6, 1..20),
            span in 1_i64..9,
            need in 1_usize..8,
        ) {
            let (mut distinct, mut seen) = (Distinct::new(), Vec::new());
            let mut values = values.into_iter().cycle();
            for (now, event) in steps {
                distinct.advance(at(now), nanos(span));
                if event {
                    let value = values.next().unwrap();
                    distinct.event(at(now), KeyValue::Int(value), nanos(span), need);
                    seen.push((now, value));
                }
                let inside = seen.iter().filter(|(at, _)| *at > now - span);
                let values: std::collections::BTreeSet<i64> = inside.map(|(_, value)| *value).collect();
                prop_assert_eq!(distinct.count(), values.len().min(need));
                prop_assert!(values.len() <= need || distinct.is_approximate());
                prop_assert!(distinct.next_deadline(nanos(span)).is_none_or(|due| due > at(now)));
            }
        }
    }

    #[test]
    fn many_values_stay_within_the_need() {
        let mut distinct = Distinct::new();
        let span = 1_000_000_000;
        for (index, now) in million().take(100_000).enumerate() {
            distinct.event(at(now), KeyValue::Int(index as i64), nanos(span), 5_000);
        }
        assert_eq!((distinct.count(), distinct.by_number.len()), (5_000, 5_000));
        assert!(distinct.is_approximate());
    }

    #[test]
    fn long_texts_are_told_apart_by_their_beginnings() {
        let mut distinct = Distinct::new();
        let text = |end: &str| KeyValue::Text(format!("{}ä{end}", "x".repeat(TEXT_LEN - 1)).into());
        distinct.event(at(0), KeyValue::Text("x".into()), nanos(9), 8);
        assert!(!distinct.is_approximate());
        distinct.event(at(1), text("1"), nanos(9), 8);
        distinct.event(at(2), text("2"), nanos(9), 8);
        assert_eq!((distinct.count(), distinct.is_approximate()), (2, true));
        distinct.advance(at(11), nanos(9));
        assert_eq!((distinct.count(), distinct.is_approximate()), (0, false));
    }
}
