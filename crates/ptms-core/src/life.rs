//! The words of a trigger's life: why it changed its state, and what its rule asks for where nothing is
//! known.

use serde::{Deserialize, Serialize};

/// Why a trigger changed its state.
///
/// ```
/// use ptms_core::Reason;
///
/// assert_eq!(serde_json::to_string(&Reason::ForElapsed).unwrap(), r#""for_elapsed""#);
/// assert_eq!(Reason::ForElapsed.as_str(), "for_elapsed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The condition is known to be true.
    ConditionTrue,
    /// The condition has been true for as long as the rule's `for` asks.
    ForElapsed,
    /// The condition is true and the cooldown that held it back is over.
    CooldownElapsed,
    /// The condition is true and no rule that held it back is firing any more.
    InhibitionEnded,
    /// The condition is known to be false.
    ConditionFalse,
    /// The condition `resolve_when` is known to be true.
    ResolveWhen,
    /// The rule's `keep` has passed since its condition ended.
    KeepElapsed,
    /// Nothing was known of the condition for the rule's `stale_after`.
    Stale,
    /// The key left because too many others came, or because nothing was heard of it for too long.
    Evicted,
}

impl Reason {
    /// The reason as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConditionTrue => "condition_true",
            Self::ForElapsed => "for_elapsed",
            Self::CooldownElapsed => "cooldown_elapsed",
            Self::InhibitionEnded => "inhibition_ended",
            Self::ConditionFalse => "condition_false",
            Self::ResolveWhen => "resolve_when",
            Self::KeepElapsed => "keep_elapsed",
            Self::Stale => "stale",
            Self::Evicted => "evicted",
        }
    }
}

/// What a trigger makes of a condition that is unknown.
///
/// ```
/// use ptms_core::OnUnknown;
///
/// assert_eq!(OnUnknown::default(), OnUnknown::Hold);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// It stays as it is.
    #[default]
    Hold,
    /// As if the condition were false.
    False,
    /// It stays as it is, and that is told once until something is known again.
    Report,
}

/// What a trigger makes of a condition that is true already when its rule is loaded.
///
/// ```
/// use ptms_core::OnLoad;
///
/// assert_eq!(OnLoad::default(), OnLoad::Eval);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLoad {
    /// It has become true at that instant.
    #[default]
    Eval,
    /// The condition must be seen to be false first.
    Baseline,
}
