//! How often, and how far apart, something is tried again. Knows no clock and draws no lots.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::time::Duration;

/// How the waits between attempts grow.
///
/// ```
/// use ptms_core::Backoff;
///
/// assert_eq!(serde_json::to_string(&Backoff::Exponential).unwrap(), r#""exponential""#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    /// Not at all.
    #[default]
    Constant,
    /// By the first wait, each time.
    Linear,
    /// To twice as much, each time.
    Exponential,
}

impl fmt::Display for Backoff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Exponential => "exponential",
        })
    }
}

/// What becomes of a step whose attempts are used up.
///
/// ```
/// use ptms_core::Exhaustion;
///
/// assert_eq!(Exhaustion::default(), Exhaustion::Fail);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exhaustion {
    /// It has failed.
    #[default]
    Fail,
    /// It waits until a person resumes it, and then has all its attempts once more.
    Pause,
}

/// How often, and how far apart, an effect that failed is tried again.
///
/// ```
/// use ptms_core::{Backoff, Duration, Retry};
///
/// let mut retry = Retry::new(5);
/// (retry.backoff, retry.base) = (Backoff::Exponential, Duration::from_secs(1));
/// retry.cap = Some(Duration::from_secs(3));
/// let waits: Vec<i64> = (2..=5).map(|attempt| retry.wait(attempt).as_nanos() / 1_000_000_000).collect();
/// assert_eq!(waits, [1, 2, 3, 3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Retry {
    /// How many attempts in all, the first among them; from 1 to [`Retry::MAX_ATTEMPTS`].
    pub max: u32,
    /// How the waits grow.
    #[serde(default)]
    pub backoff: Backoff,
    /// The wait before the second attempt.
    #[serde(default, rename = "base_ns")]
    pub base: Duration,
    /// No wait is longer.
    #[serde(default, rename = "cap_ns", skip_serializing_if = "Option::is_none")]
    pub cap: Option<Duration>,
    /// No attempt begins later than this after the first began.
    #[serde(default, rename = "total_ns", skip_serializing_if = "Option::is_none")]
    pub total: Option<Duration>,
    /// By how many thousandths at most a wait is shortened, so that what failed together is not tried
    /// again together; at most 1000.
    #[serde(default)]
    pub jitter_permille: u16,
    /// Only failures of these classes are tried again; all, if it is empty. An outcome that nobody
    /// knows is of the class `unknown`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry_on: Vec<Name>,
    /// Failures of these classes are not tried again, whatever else is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub give_up_on: Vec<Name>,
    /// What becomes of the step when no attempt is left.
    #[serde(default)]
    pub on_exhaustion: Exhaustion,
}

impl Retry {
    /// The most attempts that can be asked for: with an hour between them, six weeks. Who wants to go on
    /// for ever wants a person to look: `on_exhaustion = "pause"`.
    pub const MAX_ATTEMPTS: u32 = 1_000;

    /// So many attempts in all, one right after the other.
    #[must_use]
    pub const fn new(max: u32) -> Self {
        Self {
            max,
            backoff: Backoff::Constant,
            base: Duration::ZERO,
            cap: None,
            total: None,
            jitter_permille: 0,
            retry_on: Vec::new(),
            give_up_on: Vec::new(),
            on_exhaustion: Exhaustion::Fail,
        }
    }

    /// The wait before this attempt, of which the first is 1, unshortened; it grows up to
    /// [`Duration::MAX`] where there is no cap.
    #[must_use]
    pub fn wait(&self, attempt: u32) -> Duration {
        let Some(number) = attempt.checked_sub(2) else { return Duration::ZERO };
        let factor = match self.backoff {
            Backoff::Constant => 1,
            Backoff::Linear => i64::from(number) + 1,
            Backoff::Exponential => {
                1_i64.checked_shl(number).filter(|two| *two > 0).unwrap_or(i64::MAX)
            }
        };
        let nanos = self.base.as_nanos().saturating_mul(factor);
        let wait = Duration::from_nanos(nanos).unwrap_or(Duration::MAX);
        self.cap.map_or(wait, |cap| wait.min(cap))
    }

    /// The wait before this attempt, shortened by the share of the jitter that `lot` draws. The same lot
    /// gives the same wait.
    ///
    /// ```
    /// use ptms_core::{Duration, Retry};
    ///
    /// let mut retry = Retry::new(2);
    /// (retry.base, retry.jitter_permille) = (Duration::from_secs(10), 500);
    /// assert_eq!(retry.jittered(2, 0), Duration::from_secs(10));
    /// assert_eq!(retry.jittered(2, u64::MAX), Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn jittered(&self, attempt: u32, lot: u64) -> Duration {
        let wait = self.wait(attempt);
        let most =
            i128::from(wait.as_nanos()) * i128::from(self.jitter_permille.min(1_000)) / 1_000;
        // Less than 2^63 times less than 2^64, so within 127 bits.
        let less = (most * i128::from(lot)) / i128::from(u64::MAX);
        let nanos = i64::try_from(less).map_or(0, |less| wait.as_nanos() - less);
        Duration::from_nanos(nanos).unwrap_or_default()
    }

    /// All waits between the attempts together, unshortened, at most [`Duration::MAX`].
    #[must_use]
    pub fn waits(&self) -> Duration {
        let attempts = 2..=self.max.min(Self::MAX_ATTEMPTS);
        attempts.fold(Duration::ZERO, |sum, attempt| sum.saturating_add(self.wait(attempt)))
    }

    /// Whether a failure of this class is tried again while attempts are left.
    #[must_use]
    pub fn covers(&self, class: &str) -> bool {
        let is_class = |name: &Name| name == class;
        let wanted = self.retry_on.is_empty() || self.retry_on.iter().any(is_class);
        wanted && !self.give_up_on.iter().any(is_class)
    }
}

/// In words: "at most 3 attempts, exponential from 1s, at most 1m apart".
impl fmt::Display for Retry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { max, backoff, base, cap, total, jitter_permille, .. } = self;
        write!(out, "at most {max} attempt{}", if *max == 1 { "" } else { "s" })?;
        match backoff {
            Backoff::Constant if base.is_zero() => {}
            Backoff::Constant => write!(out, ", {base} apart")?,
            Backoff::Linear | Backoff::Exponential => write!(out, ", {backoff} from {base}")?,
        }
        cap.iter().try_for_each(|cap| write!(out, ", at most {cap} apart"))?;
        if *jitter_permille > 0 {
            write!(out, ", up to {jitter_permille}/1000 sooner")?;
        }
        total.iter().try_for_each(|total| write!(out, ", within {total}"))?;
        for (words, classes) in [("only on", &self.retry_on), ("never on", &self.give_up_on)] {
            if !classes.is_empty() {
                let names: Vec<&str> = classes.iter().map(Name::as_str).collect();
                write!(out, ", {words} {}", names.join(" or "))?;
            }
        }
        match self.on_exhaustion {
            Exhaustion::Fail => Ok(()),
            Exhaustion::Pause => out.write_str(", then it pauses"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_as_said_and_never_overflow() {
        let mut retry = Retry::new(Retry::MAX_ATTEMPTS);
        retry.base = Duration::from_secs(2);
        let seconds = |retry: &Retry, attempt| retry.wait(attempt).as_nanos() / 1_000_000_000;
        assert_eq!([1, 2, 3, 9].map(|attempt| seconds(&retry, attempt)), [0, 2, 2, 2]);
        retry.backoff = Backoff::Linear;
        assert_eq!([1, 2, 3, 9].map(|attempt| seconds(&retry, attempt)), [0, 2, 4, 16]);
        retry.backoff = Backoff::Exponential;
        assert_eq!([1, 2, 3, 9].map(|attempt| seconds(&retry, attempt)), [0, 2, 4, 256]);
        for attempt in [60, 63, 64, 65, 66, 200, u32::MAX] {
            assert_eq!(retry.wait(attempt), Duration::MAX, "attempt {attempt}");
        }
        retry.jitter_permille = u16::MAX;
        assert_eq!(retry.jittered(u32::MAX, u64::MAX), Duration::ZERO);
    }

    #[test]
    fn classes() {
        let mut retry = Retry::new(2);
        assert!(retry.covers("refused"));
        retry.give_up_on.push("refused".into());
        assert!(!retry.covers("refused") && retry.covers("unknown"));
        retry.retry_on.push("busy".into());
        assert!(retry.covers("busy") && !retry.covers("unknown"));
    }
}
