//! Calendars: hours of days of the week, as a level that is true inside them.
//!
//! An interval belongs to the day on which it begins, also where it ends on the next. The offset from
//! UTC is fixed: a calendar knows no summer time, no holidays and no place.

use ptms_core::Timestamp;

const MINUTE: i128 = 60_000_000_000;

/// The minutes of a day.
pub(crate) const DAY: u16 = 24 * 60;

/// The greatest offset from UTC, in minutes: more than any place on earth has.
pub(crate) const MAX_OFFSET: i16 = 18 * 60;

/// The days of the week as authors write them, the first first.
pub(crate) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The weekday, from Monday, of the day on which time began: 1 January 1970 was a Thursday.
const FIRST_DAY: i128 = 3;

/// Which calendar of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CalendarId(pub(crate) usize);

/// Hours of days of the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    /// From Monday on: whether an interval begins on that day.
    pub(crate) days: [bool; 7],
    /// When an interval begins, in minutes of the day, less than [`DAY`].
    pub(crate) from: u16,
    /// When it ends, likewise but at most [`DAY`]; on the next day if that is not after `from`.
    pub(crate) to: u16,
    /// Minutes that its clock is ahead of UTC, at most [`MAX_OFFSET`] either way.
    pub(crate) offset: i16,
}

impl Calendar {
    /// Whether `now` lies in an interval. The instant at which one begins is inside, that at which it
    /// ends is not.
    pub(crate) fn is_in(&self, now: Timestamp) -> bool {
        self.is_in_at(now.as_nanos().into())
    }

    /// The next instant after `now` at which [`Calendar::is_in`] changes; `None` if it never does while
    /// time can be counted.
    pub(crate) fn next_edge(&self, now: Timestamp) -> Option<Timestamp> {
        let now = i128::from(now.as_nanos());
        let inside = self.is_in_at(now);
        // From the interval that may have begun yesterday to the one of this weekday in a week.
        let today = self.day_of(now);
        let edges = (today - 1..=today + 7).flat_map(|day| self.interval(day));
        let next = edges.filter(|at| *at > now && self.is_in_at(*at) != inside).min();
        next.and_then(|at| i64::try_from(at).ok()).map(Timestamp::from_nanos)
    }

    fn is_in_at(&self, now: i128) -> bool {
        let today = self.day_of(now);
        [today - 1, today].into_iter().any(|day| {
            let [begin, end] = self.interval(day);
            let weekday = usize::try_from((day + FIRST_DAY).rem_euclid(7)).unwrap_or_default();
            self.days.get(weekday) == Some(&true) && begin <= now && now < end
        })
    }

    /// The day of the calendar's own clock, counted from the first.
    fn day_of(&self, now: i128) -> i128 {
        (now + i128::from(self.offset) * MINUTE).div_euclid(i128::from(DAY) * MINUTE)
    }

    /// When the interval of a day begins and ends, if there is one.
    fn interval(&self, day: i128) -> [i128; 2] {
        let to = if self.to > self.from { self.to } else { self.to + DAY };
        [self.from, to].map(|minute| {
            let of_day = i128::from(minute) - i128::from(self.offset);
            (day * i128::from(DAY) + of_day) * MINUTE
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 1 January 1970 was a Thursday, and 20 November 2025 one too.
    const THURSDAY: i64 = 1_763_596_800;

    fn office() -> Calendar {
        let days = [true, true, true, true, true, false, false];
        Calendar { days, from: 9 * 60, to: 17 * 60, offset: 0 }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_secs(THURSDAY + hours * 3_600)
    }

    #[test]
    fn an_office_in_a_week() {
        for (hour, inside, next) in [
            (0, false, 9),
            (9, true, 17),
            (16, true, 17),
            (17, false, 24 + 9),
            (24 + 12, true, 24 + 17),
            (24 + 17, false, 4 * 24 + 9),
            (2 * 24 + 12, false, 4 * 24 + 9),
        ] {
            assert_eq!(office().is_in(at(hour)), inside, "{hour}");
            assert_eq!(office().next_edge(at(hour)), Some(at(next)), "{hour}");
        }
    }

    #[test]
    fn whole_days_join() {
        let mut week = Calendar { from: 0, to: DAY, ..office() };
        assert_eq!(week.next_edge(at(12)), Some(at(48)), "until the end of Friday");
        week.days = [true; 7];
        assert!(week.is_in(at(0)));
        assert_eq!(week.next_edge(at(0)), None);
        week.days = [false; 7];
        assert_eq!(week.next_edge(at(0)), None);
    }

    #[test]
    fn the_ends_of_time() {
        for end in [i64::MIN, i64::MAX].map(Timestamp::from_nanos) {
            office().is_in(end);
            assert!(office().next_edge(end).is_none_or(|edge| edge > end));
        }
    }

    /// What a clock on the wall says: weekday from Monday, and minute of the day.
    fn clock(minute: i64, offset: i16) -> (usize, u16) {
        let local = minute + i64::from(offset);
        // A Thursday long before, so that nothing is negative.
        let since = local + 7 * 1_000 * i64::from(DAY);
        let weekday = (since / i64::from(DAY) + 3) % 7;
        (usize::try_from(weekday).unwrap(), u16::try_from(since % i64::from(DAY)).unwrap())
    }

    /// What a person with a clock on the wall says.
    fn oracle(calendar: &Calendar, minute: i64) -> bool {
        let (weekday, time) = clock(minute, calendar.offset);
        let (today, yesterday) = (calendar.days[weekday], calendar.days[(weekday + 6) % 7]);
        match calendar.from < calendar.to {
            true => today && calendar.from <= time && time < calendar.to,
            false => (today && calendar.from <= time) || (yesterday && time < calendar.to),
        }
    }

    proptest! {
        #[test]
        fn says_what_a_clock_on_the_wall_says(
            days in any::<[bool; 7]>(),
            from in prop_oneof![Just(0), Just(DAY - 1), 0..DAY],
            to in prop_oneof![Just(DAY), 0..=DAY],
            offset in prop_oneof![Just(0), -MAX_OFFSET..=MAX_OFFSET],
            minute in -30_000_i64..30_000_000,
            nanos in prop_oneof![Just(0), Just(59_999_999_999), 0..60_000_000_000_i64],
        ) {
            let calendar = Calendar { days, from, to, offset };
            let now = Timestamp::from_nanos(minute * 60_000_000_000 + nanos);
            prop_assert_eq!(calendar.is_in(now), oracle(&calendar, minute));
            let changes = |later: &i64| oracle(&calendar, *later) != oracle(&calendar, minute);
            let week = 8 * i64::from(DAY);
            let expected = (minute + 1..=minute + week).find(changes);
            prop_assert_eq!(
                calendar.next_edge(now),
                expected.map(|later| Timestamp::from_nanos(later * 60_000_000_000)),
            );
        }
    }
}
