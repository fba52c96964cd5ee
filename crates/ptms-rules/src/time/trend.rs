//! `slope` and `forecast`: the line through the values of a window, by least squares over panes.

use std::mem::size_of;

use ptms_core::{Duration, Timestamp};

use super::fold::Fold;
use super::panes::{COARSE, Panes, width};
use super::piece;

/// The line through the values in the panes of a window.
#[derive(Clone, Debug)]
pub(crate) struct Trend {
    panes: Panes<Moments>,
    last: f64,
}

impl Trend {
    pub(crate) const fn new() -> Self {
        Self { panes: Panes::new(), last: 0.0 }
    }

    /// The most bytes beside the state.
    pub(crate) const fn worst_bytes() -> usize {
        piece(size_of::<Self>()) + Panes::<Moments>::worst_bytes(COARSE)
    }

    pub(crate) fn event(&mut self, now: Timestamp, value: f64, span: Duration) {
        self.advance(now, span);
        self.panes.add(now, Moments::of(now, value), width(span, COARSE), COARSE);
        self.last = value;
    }

    pub(crate) fn advance(&mut self, now: Timestamp, span: Duration) {
        self.panes.advance(now, span);
    }

    pub(crate) fn next_deadline(&self, span: Duration) -> Option<Timestamp> {
        self.panes.next_leaves(span)
    }

    /// By how much the values grow in a second; `None` for fewer than two, and for values of one
    /// instant.
    pub(crate) fn slope(&self) -> Option<f64> {
        let moments = self.panes.fold();
        (moments.spread > 0.0).then(|| moments.product / moments.spread)
    }

    /// What the last value comes to after `horizon` if the values grow as they do.
    pub(crate) fn forecast(&self, horizon: Duration) -> Option<f64> {
        self.slope().map(|slope| self.last + slope * horizon.as_secs_f64())
    }
}

/// What is known of points (instant, value): how many, their means, and the sums of squares and of
/// products of what they differ from them. Joined as in Chan, Golub and LeVeque, *Updating Formulae and
/// a Pairwise Algorithm for Computing Sample Variances* (1979), which loses no digits to cancellation.
#[derive(Clone, Copy, Debug)]
struct Moments {
    count: f64,
    /// The instant from which the mean instant is measured, so that it stays small.
    anchor: Timestamp,
    /// In seconds.
    mean_at: f64,
    mean: f64,
    /// The sum of squares of the instants.
    spread: f64,
    /// The sum of products of instants and values.
    product: f64,
}

impl Moments {
    const fn of(at: Timestamp, value: f64) -> Self {
        Self { count: 1.0, anchor: at, mean_at: 0.0, mean: value, spread: 0.0, product: 0.0 }
    }
}

impl Fold for Moments {
    const EMPTY: Self = Self {
        count: 0.0,
        anchor: Timestamp::MIN,
        mean_at: 0.0,
        mean: 0.0,
        spread: 0.0,
        product: 0.0,
    };

    fn join(self, later: Self) -> Self {
        if self.count == 0.0 {
            return later;
        }
        if later.count == 0.0 {
            return self;
        }
        let between = later.anchor.since(self.anchor).as_secs_f64();
        let apart = later.mean_at + between - self.mean_at;
        let growth = later.mean - self.mean;
        let count = self.count + later.count;
        let (share, weight) = (later.count / count, self.count * later.count / count);
        Self {
            count,
            anchor: self.anchor,
            mean_at: self.mean_at + apart * share,
            mean: self.mean + growth * share,
            spread: self.spread + later.spread + apart * apart * weight,
            product: self.product + later.product + apart * growth * weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::panes::tests::inside;
    use crate::time::tests::{at, million, nanos, stream};

    /// The slope by definition: in the arithmetic of whole numbers, per nanosecond.
    fn slope(points: &[(i64, i64)]) -> Option<f64> {
        let count = points.len() as i128;
        let sum = |of: fn(i128, i128) -> i128| -> i128 {
            points.iter().map(|(at, value)| of(i128::from(*at), i128::from(*value))).sum()
        };
        let (sum_at, sum_value) = (sum(|at, _| at), sum(|_, value| value));
        let spread = count * sum(|at, _| at * at) - sum_at * sum_at;
        let product = count * sum(|at, value| at * value) - sum_at * sum_value;
        (spread != 0).then(|| product as f64 / spread as f64)
    }

    /// Relative to how large the slope could be.
    fn close(found: Option<f64>, expected: Option<f64>, scale: f64) -> bool {
        match (found, expected) {
            (None, None) => true,
            (Some(found), Some(expected)) => (found * 1e-9 - expected).abs() <= 1e-9 * scale,
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_line_is_that_of_least_squares(
            steps in stream(),
            values in prop::collection::vec(-9_i64..10, 1..20),
            span in 1_i64..9,
            horizon in 0_i64..1_000,
        ) {
            let (mut trend, mut seen, mut values) = (Trend::new(), Vec::new(), values.into_iter().cycle());
            for (now, event) in steps {
                trend.advance(at(now), nanos(span));
                if event {
                    let value = values.next().unwrap();
                    trend.event(at(now), value as f64, nanos(span));
                    seen.push((now, value));
                }
                seen.retain(|(at, _)| inside(now, *at, span, COARSE));
                let expected = slope(&seen);
                prop_assert!(close(trend.slope(), expected, 20.0), "{:?} {:?}", trend, expected);
                let ahead = expected.map(|slope| seen.last().unwrap().1 as f64 + slope * horizon as f64);
                let forecast = trend.forecast(nanos(horizon)).map(|value| value * 1e9);
                prop_assert!(close(forecast, ahead, 20.0 * horizon as f64 + 20.0));
            }
        }
    }

    /// Instants of our days, and a slope that is small beside the values.
    #[test]
    fn a_slope_does_not_drift() {
        let (mut trend, mut seen) = (Trend::new(), std::collections::VecDeque::new());
        let (span, epoch) = (4_000, 1_763_640_000_000_000_000);
        for (index, now) in million().enumerate() {
            let (now, value) = (epoch + now, 1_000_000_000 + (index as i64 % 10) + now / 3);
            trend.event(at(now), value as f64, nanos(span));
            seen.push_back((now, value));
            if index % 9_973 == 0 && index > 0 {
                while seen.pop_front_if(|(at, _)| !inside(now, *at, span, COARSE)).is_some() {}
                let points: Vec<_> =
                    seen.iter().map(|(at, value)| (at - epoch, value - 1_000_000_000)).collect();
                assert!(close(trend.slope(), slope(&points), 1.0), "{:?}", trend.slope());
            }
        }
    }
}
