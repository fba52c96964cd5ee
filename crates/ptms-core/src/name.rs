//! Names: cheap to copy, compared as text.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name of a fact, rule, system and so on: shared text, cheap to clone, ordered as text.
///
/// ```
/// use ptms_core::Name;
///
/// let name = Name::from("latency_ms");
/// assert_eq!(name, "latency_ms");
/// assert_eq!(name.len(), 10);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` can be declared as a name: letters, digits, `_`, `-` and `.`, beginning with a
    /// letter or `_`, at most [`Name::MAX_LEN`] bytes, ASCII.
    ///
    /// ```
    /// use ptms_core::Name;
    ///
    /// assert!(Name::is_valid("error-cascade"));
    /// assert!(!Name::is_valid("3rd"));
    /// assert!(!Name::is_valid("two words"));
    /// ```
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        let first_fits = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        first_fits && text.len() <= Self::MAX_LEN && text.chars().all(fits)
    }

    /// The longest name that can be declared, in bytes: long enough for any real name, short enough
    /// to be shown whole in a message.
    pub const MAX_LEN: usize = 100;
}

/// The candidate that `wanted` was most likely meant to be, if any is near enough.
///
/// Near enough is an edit distance (optimal string alignment) of at most a third of the longer
/// text, and at least one, but never the whole text; equal distances go to the smaller text, so that the order of the
/// candidates does not matter. Of very many candidates only the first [`MOST_COMPARED`] are looked at.
///
/// ```
/// use ptms_core::name::nearest;
///
/// assert_eq!(nearest("latncy_ms", ["cpu", "latency_ms"]), Some("latency_ms"));
/// assert_eq!(nearest("weather", ["cpu", "latency_ms"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Beyond this many bytes a comparison costs more than the help is worth.
    const LONGEST: usize = 4 * Name::MAX_LEN;
    if wanted.len() > LONGEST {
        return None;
    }
    let wanted = wanted.to_lowercase();
    let wanted_len = wanted.chars().count();
    let distance = |candidate: &'a str| {
        let lowered = candidate.to_lowercase();
        let len = lowered.chars().count();
        let allowed = (wanted_len.max(len) / 3).max(1);
        // Texts differ at least by what one is longer.
        if wanted_len.abs_diff(len) > allowed {
            return None;
        }
        let distance = strsim::osa_distance(&wanted, &lowered);
        (distance <= allowed && distance < wanted_len.max(len)).then_some((distance, candidate))
    };
    let compared = candidates.into_iter().take(MOST_COMPARED);
    let near = compared.filter(|text| text.len() <= LONGEST).filter_map(distance);
    near.min().map(|(_, candidate)| candidate)
}

/// The most candidates that [`nearest`] looks at: more than any book of people declares, few enough
/// that a book with a thousand faults is answered in seconds.
pub const MOST_COMPARED: usize = 10_000;

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.0, out)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, out)
    }
}

impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}
