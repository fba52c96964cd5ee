//! Which firing of one book is which of the other, for one rule and key. Knows no rule.
//!
//! Firings at the same instant are the same firing. Of the rest, in order of time, the two that come next
//! are one firing that moved if they are at most `within` apart; else the earlier of the two stands alone:
//! it vanished if the old book has it, and appeared if the new one has. So each firing is matched at most
//! once, and the outcome does not depend on the order in which anything is looked at.

use ptms::{Duration, Timestamp};

/// What became of a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Both books have it at this instant.
    Same(Timestamp),
    /// From the instant of the old book to that of the new.
    Moved(Timestamp, Timestamp),
    /// Only the old book has it.
    Vanished(Timestamp),
    /// Only the new book has it.
    Appeared(Timestamp),
}

impl Fate {
    /// When it happened first, in either book.
    pub(super) fn at(self) -> Timestamp {
        match self {
            Self::Same(at) | Self::Vanished(at) | Self::Appeared(at) => at,
            Self::Moved(from, to) => from.min(to),
        }
    }
}

/// What became of the firings of a rule and key; both lists in order of time, so is the outcome.
pub(super) fn fates(old: &[Timestamp], new: &[Timestamp], within: Duration) -> Vec<Fate> {
    let (same, old, new) = split(old, new);
    let mut fates: Vec<Fate> = same.into_iter().map(Fate::Same).collect();
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let fate = match (old.peek().copied(), new.peek().copied()) {
            (None, None) => break,
            (Some(from), Some(to)) if near(from, to, within) => {
                new.next();
                old.next();
                Fate::Moved(from, to)
            }
            (Some(from), to) if to.is_none_or(|to| from < to) => {
                old.next();
                Fate::Vanished(from)
            }
            (_, Some(to)) => {
                new.next();
                Fate::Appeared(to)
            }
            (Some(from), None) => {
                old.next();
                Fate::Vanished(from)
            }
        };
        fates.push(fate);
    }
    fates.sort_by_key(|fate| fate.at());
    fates
}

/// The instants of both, and those of one alone.
fn split(old: &[Timestamp], new: &[Timestamp]) -> (Vec<Timestamp>, Vec<Timestamp>, Vec<Timestamp>) {
    let (mut same, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    let (mut old, mut new) = (old.iter().copied().peekable(), new.iter().copied().peekable());
    loop {
        match (old.peek().copied(), new.peek().copied()) {
            (Some(from), Some(to)) if from == to => {
                same.push(from);
                old.next();
                new.next();
            }
            (Some(from), to) if to.is_none_or(|to| from < to) => left.extend(old.next()),
            (_, Some(_)) => right.extend(new.next()),
            (Some(_), None) => left.extend(old.next()),
            (None, None) => return (same, left, right),
        }
    }
}

fn near(from: Timestamp, to: Timestamp, within: Duration) -> bool {
    from.as_nanos().abs_diff(to.as_nanos()) <= within.as_nanos().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second)
    }

    fn check(old: &[i64], new: &[i64], within: u32, expected: &str) {
        let times = |seconds: &[i64]| seconds.iter().copied().map(at).collect::<Vec<_>>();
        let fates = fates(&times(old), &times(new), Duration::from_secs(within));
        let second = |at: Timestamp| at.as_nanos() / 1_000_000_000;
        let shown = fates.iter().map(|fate| match *fate {
            Fate::Same(at) => format!("={}", second(at)),
            Fate::Moved(from, to) => format!("{}>{}", second(from), second(to)),
            Fate::Vanished(at) => format!("-{}", second(at)),
            Fate::Appeared(at) => format!("+{}", second(at)),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn firings_are_matched_in_order() {
        check(&[1, 2], &[1, 2], 5, "=1 =2");
        check(&[10], &[13], 5, "10>13");
        check(&[10], &[3], 5, "+3 -10");
        check(&[10, 20], &[20, 23], 5, "-10 =20 +23");
        check(&[10, 12], &[13], 5, "10>13 -12");
        check(&[], &[4], 5, "+4");
        check(&[4], &[5], 0, "-4 +5");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_firing_has_one_fate(
            mut old in vec(0..100_i64, 0..12),
            mut new in vec(0..100_i64, 0..12),
            within in 0..20_u32,
        ) {
            old.sort_unstable();
            new.sort_unstable();
            let times = |seconds: &[i64]| seconds.iter().copied().map(at).collect::<Vec<_>>();
            let (old, new) = (times(&old), times(&new));
            let fates = fates(&old, &new, Duration::from_secs(within));
            let (mut before, mut after) = (Vec::new(), Vec::new());
            for fate in &fates {
                match *fate {
                    Fate::Same(at) => { before.push(at); after.push(at); }
                    Fate::Moved(from, to) => {
                        prop_assert!(near(from, to, Duration::from_secs(within)));
                        before.push(from);
                        after.push(to);
                    }
                    Fate::Vanished(at) => before.push(at),
                    Fate::Appeared(at) => after.push(at),
                }
            }
            before.sort();
            after.sort();
            prop_assert_eq!((before, after), (old.clone(), new.clone()));
            // The same books the other way round differ in the same places.
            let back = super::fates(&new, &old, Duration::from_secs(within));
            prop_assert_eq!(back.len(), fates.len());
        }
    }
}
