//! Times as files and people write them. The engine counts nanoseconds and knows no calendar.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ptms::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What stands in front of a time that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstantError {
    /// No form of time that is read here.
    Form,
    /// Date and clock time, but nobody says where.
    NoZone,
    /// Before 1677 or after 2262.
    OutOfRange,
}

impl fmt::Display for InstantError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Form => "is no time: write 2026-11-20T10:00:00.250Z or whole nanoseconds",
            Self::NoZone => "has no zone: write Z for UTC at its end, or an offset such as +01:00",
            Self::OutOfRange => "is outside the years 1678 to 2261",
        })
    }
}

/// A time in RFC 3339, with `Z` or any offset.
pub(crate) fn parse_rfc3339(text: &str) -> Result<Timestamp, InstantError> {
    match text.parse::<jiff::Timestamp>() {
        Ok(instant) => nanos(instant),
        Err(_) if text.parse::<DateTime>().is_ok() => Err(InstantError::NoZone),
        Err(_) => Err(InstantError::Form),
    }
}

/// A time in RFC 3339, as whole nanoseconds since the epoch, or without a zone, which means UTC.
pub(crate) fn parse_lenient(text: &str) -> Result<Timestamp, InstantError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let nanos = text.parse().map_err(|_| InstantError::OutOfRange)?;
        return Ok(Timestamp::from_nanos(nanos));
    }
    parse_rfc3339(text).or_else(|refused| match text.parse::<DateTime>() {
        Ok(civil) => {
            let zoned = TimeZone::UTC.to_timestamp(civil).map_err(|_| InstantError::OutOfRange)?;
            nanos(zoned)
        }
        Err(_) => Err(refused),
    })
}

fn nanos(instant: jiff::Timestamp) -> Result<Timestamp, InstantError> {
    let nanos = i64::try_from(instant.as_nanosecond()).map_err(|_| InstantError::OutOfRange)?;
    Ok(Timestamp::from_nanos(nanos))
}

/// An instant that is shown, and serialises, in RFC 3339 and UTC, with as many decimals as it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl Instant {
    /// The day in UTC: `2026-11-20`.
    pub(crate) fn day(self) -> String {
        TimeZone::UTC.to_datetime(self.calendar()).date().to_string()
    }

    /// The time of day in UTC, with milliseconds where there are any.
    pub(crate) fn clock(self) -> String {
        let time = TimeZone::UTC.to_datetime(self.calendar()).time();
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        match time.millisecond() {
            0 => format!("{hour:02}:{minute:02}:{second:02}"),
            millis => format!("{hour:02}:{minute:02}:{second:02}.{millis:03}"),
        }
    }

    fn calendar(self) -> jiff::Timestamp {
        // Every instant of the engine lies within the calendar's years -9999 to 9999.
        jiff::Timestamp::from_nanosecond(self.0.as_nanos().into()).unwrap_or_default()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.calendar())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        parse_rfc3339(&text)
            .map(Self)
            .map_err(|fault| de::Error::custom(format!("{text:?} {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_and_write() {
        let cases = [
            ("2026-11-20T10:00:00.250Z", "2026-11-20T10:00:00.25Z"),
            ("2026-11-20T10:00:00+01:00", "2026-11-20T09:00:00Z"),
            ("2014-04-01 00:00:00", "2014-04-01T00:00:00Z"),
            ("2014-04-01T12:30:01.000000007", "2014-04-01T12:30:01.000000007Z"),
            ("0", "1970-01-01T00:00:00Z"),
            ("-1", "1969-12-31T23:59:59.999999999Z"),
            ("-9223372036854775808", "1677-09-21T00:12:43.145224192Z"),
            ("9223372036854775807", "2262-04-11T23:47:16.854775807Z"),
        ];
        for (text, written) in cases {
            let at = parse_lenient(text).unwrap();
            assert_eq!(Instant(at).to_string(), written);
            assert_eq!(parse_rfc3339(written), Ok(at), "what is written reads back");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let cases = [
            ("yesterday", InstantError::Form),
            ("", InstantError::Form),
            ("-", InstantError::Form),
            ("1.5", InstantError::Form),
            ("2014-13-01 00:00:00", InstantError::Form),
            ("99999999999999999999", InstantError::OutOfRange),
            ("2500-01-01T00:00:00Z", InstantError::OutOfRange),
            ("1500-01-01 00:00:00", InstantError::OutOfRange),
        ];
        for (text, error) in cases {
            assert_eq!(parse_lenient(text), Err(error), "{text}");
        }
        assert_eq!(parse_rfc3339("2014-04-01 00:00:00"), Err(InstantError::NoZone));
    }

    #[test]
    fn the_time_of_day_shows_milliseconds_only_where_there_are_any() {
        let at = |text| Instant(parse_rfc3339(text).unwrap());
        assert_eq!(at("2026-11-20T10:00:00Z").clock(), "10:00:00");
        assert_eq!(at("2026-11-20T10:00:00.0509Z").clock(), "10:00:00.050");
        assert_eq!(at("2026-11-20T10:00:00Z").day(), "2026-11-20");
    }
}
