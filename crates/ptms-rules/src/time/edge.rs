//! What is told from how a signal went: `rising`, `falling`, `changed`, and `held`. Unknown moves none.

use ptms_core::{Duration, Timestamp};

/// Which change of a signal is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// From false to true.
    Rising,
    /// From true to false.
    Falling,
    /// Either.
    Either,
}

/// `rising`, `falling` and `changed`: what a signal was when it was last known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge(Option<bool>);

impl Edge {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// Takes what the signal is, `None` where that is unknown; whether that is the change meant. The
    /// first known value changes nothing.
    pub(crate) fn signal(&mut self, signal: Option<bool>, change: Change) -> bool {
        let Some(is) = signal else { return false };
        match (self.0.replace(is), change) {
            (Some(false), Change::Rising | Change::Either) => is,
            (Some(true), Change::Falling | Change::Either) => !is,
            (None | Some(_), _) => false,
        }
    }
}

/// `held(sig, D)`: whether a signal has not been known to be false for a span since it was true.
#[derive(Clone, Debug, Default)]
pub(crate) enum Held {
    /// It was never known.
    #[default]
    Unknown,
    /// It was known to be false, and not true since.
    Down,
    /// It was true first at this instant, and not false since.
    Up(Timestamp),
    /// For the whole span.
    Whole,
}

impl Held {
    pub(crate) fn signal(&mut self, now: Timestamp, signal: Option<bool>) {
        match (&self, signal) {
            (Self::Unknown | Self::Down, Some(true)) => *self = Self::Up(now),
            (_, Some(false)) => *self = Self::Down,
            (Self::Up(_) | Self::Whole, Some(true)) | (_, None) => {}
        }
    }

    /// Lets what is due happen; at `now` itself only where `now` is being closed, and the signal has
    /// been told.
    pub(crate) fn advance(&mut self, now: Timestamp, closing: bool, span: Duration) {
        if let Some(due) = self.next_deadline(span)
            && (due < now || (due == now && closing))
        {
            *self = Self::Whole;
        }
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        match self {
            Self::Up(since) => Some(*since + span),
            Self::Unknown | Self::Down | Self::Whole => None,
        }
    }

    /// Unknown until the signal is known for the first time.
    pub(crate) const fn value(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Down | Self::Up(_) => Some(false),
            Self::Whole => Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::tests::{at, nanos};

    type Signals = Vec<(i64, Option<bool>)>;

    fn signals() -> impl Strategy<Value = Signals> {
        prop::collection::vec((0_i64..4, prop::option::of(any::<bool>())), 1..60)
    }

    proptest! {
        #[test]
        fn an_edge_is_a_difference_of_known_neighbours(signals in signals()) {
            let changes = [Change::Rising, Change::Falling, Change::Either];
            let mut edges = changes.map(|_| Edge::new());
            for index in 0..signals.len() {
                let is = signals[index].1;
                let was = signals[..index].iter().rev().find_map(|(_, signal)| *signal);
                let rose = was == Some(false) && is == Some(true);
                let fell = was == Some(true) && is == Some(false);
                let found: Vec<bool> =
                    edges.iter_mut().zip(changes).map(|(edge, change)| edge.signal(is, change)).collect();
                prop_assert_eq!(found, vec![rose, fell, rose || fell]);
            }
        }

        /// Each signal is followed by the close of its instant.
        #[test]
        fn held_is_not_false_for_a_span_since_it_was_true(signals in signals(), span in 1_i64..9) {
            let (mut held, mut now) = (Held::default(), 0);
            let mut past: Signals = Vec::new();
            for (gap, signal) in signals {
                now += gap;
                // Everything due before happens before.
                held.advance(at(now), false, nanos(span));
                held.signal(at(now), signal);
                held.advance(at(now), true, nanos(span));
                past.push((now, signal));
                let after_false = past.iter().rposition(|(_, signal)| *signal == Some(false));
                let start = after_false.map_or(0, |index| index + 1);
                let since = past[start..].iter().find(|(_, signal)| *signal == Some(true));
                let known = past.iter().any(|(_, signal)| signal.is_some());
                let expected = known.then(|| since.is_some_and(|(since, _)| since + span <= now));
                prop_assert_eq!(held.value(), expected);
            }
        }
    }
}
