//! Instants and durations as integers of nanoseconds. Nothing here reads a clock.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An instant: nanoseconds since the Unix epoch, 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// The host hands one in as the first argument of every call that can change state. Instants
/// before the epoch are negative; the range covers the years 1677 to 2262.
///
/// ```
/// use ptms_core::{Duration, Timestamp};
///
/// let noon = Timestamp::from_nanos(1_763_640_000_000_000_000);
/// let later = noon + Duration::from_secs(90);
/// assert_eq!(later.since(noon), Duration::from_secs(90));
/// assert_eq!(noon.since(later), Duration::ZERO);
/// assert_eq!(noon.to_string(), "1763640000.000000000");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `nanos` nanoseconds after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The instant `millis` milliseconds after the epoch, or the nearest that can be represented.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// The instant `secs` seconds after the epoch, or the nearest that can be represented.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this instant is; zero where it is not after it. Saturates at
    /// [`Duration::MAX`].
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        if self.0 <= earlier.0 {
            return Duration::ZERO;
        }
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// The instant `duration` before this one, or [`Timestamp::MIN`].
    #[must_use]
    pub const fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.0))
    }
}

/// The instant a duration later; stays at [`Timestamp::MAX`] rather than overflowing.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

/// Seconds since the epoch with nine decimals, which sorts and reads back without loss. A calendar
/// form is the business of whoever shows it to a person.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        write!(out, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

/// A length of time: a non-negative number of nanoseconds, at most about 292 years.
///
/// Written as rule authors write it: whole numbers with the units `ms`, `s`, `m`, `h`, `d`, largest
/// first, each at most once.
///
/// ```
/// use ptms_core::Duration;
///
/// let pause: Duration = "1h30m".parse()?;
/// assert_eq!(pause, Duration::from_secs(5400));
/// assert_eq!(pause.to_string(), "1h30m");
/// assert!("90".parse::<Duration>().is_err());
/// assert!("1.5h".parse::<Duration>().is_err());
/// # Ok::<(), ptms_core::DurationError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Duration(i64);

/// The units in which durations are written, largest first, with their nanoseconds.
const UNITS: [(&str, i64); 5] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest duration.
    pub const MAX: Self = Self(i64::MAX);

    /// `nanos` nanoseconds; `None` if negative.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Option<Self> {
        if nanos < 0 { None } else { Some(Self(nanos)) }
    }

    /// `millis` milliseconds, or [`Duration::MAX`].
    #[must_use]
    pub const fn from_millis(millis: u32) -> Self {
        Self((millis as i64).saturating_mul(1_000_000))
    }

    /// `secs` seconds, or [`Duration::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u32) -> Self {
        Self((secs as i64).saturating_mul(1_000_000_000))
    }

    /// The number of nanoseconds; never negative.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The number of seconds, as near as a float can say it.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or [`Duration::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Reads back what [`Serialize`] wrote; a negative number is refused.
impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let nanos = i64::deserialize(from)?;
        Self::from_nanos(nanos).ok_or_else(|| serde::de::Error::custom("a negative duration"))
    }
}

/// Why a text is no duration.
///
/// ```
/// use ptms_core::{Duration, DurationError};
///
/// assert_eq!("5 min".parse::<Duration>(), Err(DurationError::Syntax));
/// assert_eq!("30m1h".parse::<Duration>(), Err(DurationError::Order));
/// assert_eq!("999999999d".parse::<Duration>(), Err(DurationError::TooLong));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// Not whole numbers followed by units.
    #[error(
        "a duration is whole numbers with the units ms, s, m, h, d, such as \"90s\" or \"1h30m\""
    )]
    Syntax,
    /// A unit stands twice, or a larger one after a smaller one.
    #[error("the units of a duration go from large to small, each at most once: \"1h30m\"")]
    Order,
    /// More nanoseconds than can be counted.
    #[error("the duration is longer than 292 years")]
    TooLong,
}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let mut total = 0_i64;
        let mut largest_left = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(DurationError::Syntax)?;
            let (number, after) = rest.split_at(digits);
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, next) = after.split_at(letters);
            if number.is_empty() {
                return Err(DurationError::Syntax);
            }
            let found = UNITS.iter().enumerate().find(|(_, (name, _))| *name == unit);
            let (rank, (_, nanos)) = found.ok_or(DurationError::Syntax)?;
            if rank < largest_left {
                return Err(DurationError::Order);
            }
            largest_left = rank + 1;
            let count: i64 = number.parse().map_err(|_| DurationError::TooLong)?;
            let part = count.checked_mul(*nanos).ok_or(DurationError::TooLong)?;
            total = total.checked_add(part).ok_or(DurationError::TooLong)?;
            rest = next;
        }
        if text.is_empty() { Err(DurationError::Syntax) } else { Ok(Self(total)) }
    }
}

/// The shortest text that parses back to the same duration; less than a millisecond is shown in
/// nanoseconds (`"1500ns"`), which authors cannot write.
impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return out.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, nanos) in UNITS {
            let count = rest / nanos;
            rest %= nanos;
            if count > 0 {
                write!(out, "{count}{unit}")?;
            }
        }
        if rest > 0 { write!(out, "{rest}ns") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn durations_of_whole_milliseconds_read_back(millis in 0..=i64::MAX / 1_000_000) {
            let duration = Duration(millis * 1_000_000);
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "[0-9dhms ]{0,12}") {
            if let Ok(duration) = text.parse::<Duration>() {
                prop_assert_eq!(duration.to_string().parse(), Ok(duration));
            }
        }
    }
}
