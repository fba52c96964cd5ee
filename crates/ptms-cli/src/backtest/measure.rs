//! How good the firings of a rule were, given labels: with counts, and with intervals that say how much
//! those are worth. Knows no book.

use std::collections::BTreeMap;

use ptms::{Duration, Name, Timestamp};
use serde::Serialize;

use super::feed::Heard;
use super::labels::{Interval, Labels};
use super::side::Side;

/// By rule, of those that labels concern or that fired.
pub(super) type Measures = BTreeMap<Name, Measure>;

/// How good the firings of a rule were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Measure {
    /// Firings inside a label, of all firings.
    pub(super) precision: Share,
    /// Labels with a firing inside, of all labels that concern the rule.
    pub(super) recall: Share,
    /// Firings outside of all labels, by day of the stream; `None` for a stream of one instant.
    pub(super) false_alarms_a_day: Option<f64>,
    /// From the beginning of a label to the first firing inside, the middle one of all labels that were
    /// found, or of two the earlier.
    #[serde(rename = "median_delay_ns")]
    pub(super) median_delay: Option<Duration>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) hits: usize,
    pub(super) of: usize,
}

impl Share {
    /// The share; `None` of nothing.
    pub(super) fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The Wilson score interval of the rate, at 95 %: between which rates what was counted is no surprise.
    /// Unlike the textbook's it keeps within 0 and 1 and means something for few counts.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    /// American Statistical Association 22 (1927), 209-212:
    /// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
    pub(super) fn interval(self) -> Option<(f64, f64)> {
        /// The 97.5 % quantile of the normal distribution.
        const Z: f64 = 1.959_963_984_540_054;
        let p = self.rate()?;
        let n = self.of as f64;
        let squared = Z * Z / n;
        let middle = p + squared / 2.0;
        let reach = Z * (p * (1.0 - p) / n + squared / (4.0 * n)).sqrt();
        let scale = 1.0 + squared;
        Some((((middle - reach) / scale).max(0.0), ((middle + reach) / scale).min(1.0)))
    }
}

impl Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole {
            hits: usize,
            of: usize,
            rate: Option<f64>,
            interval: Option<(f64, f64)>,
        }
        let Self { hits, of } = *self;
        Whole { hits, of, rate: self.rate(), interval: self.interval() }.serialize(to)
    }
}

/// Measures every rule that fired or that a label names.
pub(super) fn measure(side: &Side, labels: &Labels, heard: &Heard) -> Measures {
    let days = heard.from.zip(heard.to).map(|(from, to)| to.since(from).as_secs_f64() / 86_400.0);
    let days = days.filter(|days| *days > 0.0);
    let named = |id: &Name| labels.intervals.iter().any(|one| one.rule.as_ref() == Some(id));
    let rules = side.book.rules().filter(|rule| side.count(&rule.id) > 0 || named(&rule.id));
    rules.map(|rule| (rule.id.clone(), of_rule(&rule.id, side, labels, days))).collect()
}

fn of_rule(rule: &Name, side: &Side, labels: &Labels, days: Option<f64>) -> Measure {
    let concerned: Vec<&Interval> =
        labels.intervals.iter().filter(|interval| interval.concerns(rule)).collect();
    // The first firing inside each label.
    let mut found: Vec<Option<Timestamp>> = vec![None; concerned.len()];
    let mut precision = Share::default();
    for ((_, key), fired) in side.firings.iter().filter(|((id, _), _)| id == rule) {
        for firing in fired {
            precision.of += 1;
            let mut right = false;
            for (interval, found) in concerned.iter().zip(&mut found) {
                if interval.fits(rule, key) && interval.holds(firing.at) {
                    right = true;
                    *found = Some(found.map_or(firing.at, |first| first.min(firing.at)));
                }
            }
            precision.hits += usize::from(right);
        }
    }
    let mut delays: Vec<Duration> = concerned
        .iter()
        .zip(&found)
        .filter_map(|(interval, found)| found.map(|found| found.since(interval.from)))
        .collect();
    delays.sort();
    let recall = Share { hits: delays.len(), of: concerned.len() };
    let wrong = (precision.of - precision.hits) as f64;
    Measure {
        precision,
        recall,
        false_alarms_a_day: days.map(|days| wrong / days),
        median_delay: delays.get(delays.len().saturating_sub(1) / 2).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
    /// (1998), 857-872, table I, method 3: the same intervals to four places.
    #[test]
    fn intervals_are_those_of_the_literature() {
        for (hits, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (from, to) = Share { hits, of }.interval().unwrap();
            assert!((from - low).abs() < 5e-5 && (to - high).abs() < 5e-5, "{from} {to}");
        }
        assert_eq!(Share::default().interval(), None);
    }
}
