//! What triggers do, as events that conditions look at: `@fired:rule` and `@resolved:rule`.

use ptms_core::Name;

/// What a trigger did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Fired,
    Resolved,
}

impl Outcome {
    pub(crate) const ALL: [Self; 2] = [Self::Fired, Self::Resolved];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Fired => "@fired:",
            Self::Resolved => "@resolved:",
        }
    }

    /// What the event, and the selector of it, is called.
    pub(crate) fn event_of(self, rule: &str) -> Name {
        format!("{}{rule}", self.prefix()).into()
    }

    /// The outcome, and the rule, of which an event of this name tells.
    pub(crate) fn parse(event: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|outcome| {
            let rule = event.strip_prefix(outcome.prefix())?;
            Some((outcome, rule))
        })
    }

    /// Every name that a text speaks of behind the word for this outcome; where names have points, also
    /// what is before these, because a field may stand behind.
    pub(crate) fn spoken_of(self, text: &str) -> impl Iterator<Item = &str> {
        let prefix = self.prefix();
        text.match_indices(prefix).flat_map(move |(at, _)| {
            let rest = text.get(at + prefix.len()..).unwrap_or_default();
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let name = rest.get(..len).unwrap_or_default();
            let points = name.match_indices('.').filter_map(move |(at, _)| name.get(..at));
            points.chain([name])
        })
    }
}
