//! Instants of a test as people write them: `"+30s"` after its start, or a date. Knows no clock.

use ptms::{Duration, Timestamp};

use crate::instant::{Instant, InstantError, parse_rfc3339};

/// When a test starts unless it says: a Saturday, at midnight UTC.
pub(super) const DEFAULT_START: &str = "2000-01-01T00:00:00Z";

/// The instant that `text` writes in a test that starts at `start`.
pub(super) fn parse(text: &str, start: Timestamp) -> Result<Timestamp, String> {
    let Some(offset) = text.strip_prefix('+') else {
        return parse_date(text, start);
    };
    let offset: Duration =
        offset.parse().map_err(|fault: ptms::DurationError| fault.to_string())?;
    let at = start.as_nanos().checked_add(offset.as_nanos());
    at.map(Timestamp::from_nanos).ok_or_else(|| InstantError::OutOfRange.to_string())
}

fn parse_date(text: &str, start: Timestamp) -> Result<Timestamp, String> {
    match parse_rfc3339(text) {
        Ok(at) if at < start => Err(format!("is before the test starts, at {}", Instant(start))),
        Ok(at) => Ok(at),
        Err(InstantError::Form) => {
            Err("is no instant: write \"+30s\" after the start, or 2026-11-20T10:00:00Z".to_owned())
        }
        Err(fault) => Err(fault.to_string()),
    }
}

/// The instant as it is written after the start of its test: `+1m30s`.
pub(super) fn shown(at: Timestamp, start: Timestamp) -> String {
    let nanos = at.as_nanos().saturating_sub(start.as_nanos());
    match Duration::from_nanos(nanos) {
        Some(offset) => format!("+{offset}"),
        None => Instant(at).to_string(),
    }
}
