//! The life of a trigger: from a state, and what an evaluation saw, to the next state. Knows no rule, no
//! key and no output.

use ptms_core::{Duration, Reason, Timestamp, TriggerState};

use crate::condition::Truth;

/// What one evaluation saw of a trigger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) now: Timestamp,
    /// Whether this evaluation closes `now`: only then do timers that are due at `now` take effect.
    pub(crate) closing: bool,
    /// `when`, as the rule's `on_unknown` reads it.
    pub(crate) when: Truth,
    /// `None` where the rule has no `resolve_when`.
    pub(crate) resolve_when: Option<Truth>,
    /// Whether `when` saw something that holds in this one evaluation.
    pub(crate) pulse: bool,
    /// Whether the condition must be seen to be false before it counts.
    pub(crate) unarmed: bool,
    /// Whether another rule holds this one back, and whether it did when last looked at.
    pub(crate) inhibited: bool,
    pub(crate) was_inhibited: bool,
    /// When the cooldown of the last firing ends.
    pub(crate) cooldown_end: Option<Timestamp>,
    /// Since when `when` has been unknown.
    pub(crate) unknown_since: Option<Timestamp>,
    pub(crate) terms: Terms,
}

/// The durations of a rule.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// The rule's `for`.
    pub(crate) wait: Duration,
    pub(crate) keep: Duration,
    pub(crate) stale_after: Option<Duration>,
}

/// What an evaluation means for a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// `when` is true and nothing holds the trigger back.
    Clear,
    /// `when` is true; `for`, a cooldown or another rule holds the trigger back.
    HeldBack,
    /// The same, but `when` is true in this one evaluation only.
    Missed,
    /// `when` is known to be false, and nothing else decides the end.
    False,
    /// `resolve_when` is known to be true, and `when` is not.
    Resolve,
    /// `when` has been unknown for `stale_after`.
    Stale,
    /// `keep` is over.
    Kept,
    /// Nothing that moves a trigger.
    Nothing,
}

/// What a trigger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Stay,
    /// It would have fired for what is over with this evaluation, and was held back.
    Miss,
    To(TriggerState, Reason),
}

impl Seen {
    /// Whether a timer that is due at `due` has taken effect.
    pub(crate) fn matured(&self, due: Timestamp) -> bool {
        due < self.now || (due == self.now && self.closing)
    }

    fn is_clear(&self, since: Timestamp) -> bool {
        let waited = self.terms.wait.is_zero() || self.matured(since + self.terms.wait);
        waited && self.cooldown_end.is_none_or(|end| self.matured(end)) && !self.inhibited
    }

    /// What this evaluation means for a trigger in a state.
    pub(crate) fn cause(&self, state: TriggerState) -> Cause {
        match (state, self.when) {
            (_, Truth::True) if self.unarmed => Cause::Nothing,
            (TriggerState::Pending { since }, Truth::True) if self.is_clear(since) => Cause::Clear,
            (TriggerState::Inactive, Truth::True) if self.is_clear(self.now) => Cause::Clear,
            (TriggerState::Firing { .. } | TriggerState::Resolving { .. }, Truth::True) => {
                Cause::Clear
            }
            (_, Truth::True) if self.pulse => Cause::Missed,
            (_, Truth::True) => Cause::HeldBack,
            // That the condition has ended is settled: only `when` being true takes it back.
            (TriggerState::Resolving { from, .. }, _) => {
                if self.matured(from + self.terms.keep) {
                    Cause::Kept
                } else {
                    Cause::Nothing
                }
            }
            (TriggerState::Firing { .. }, _) if self.resolve_when == Some(Truth::True) => {
                Cause::Resolve
            }
            (TriggerState::Firing { .. }, Truth::False) if self.resolve_when.is_some() => {
                Cause::Nothing
            }
            (_, Truth::False) => Cause::False,
            (_, Truth::Unknown | Truth::Fault(_)) => {
                let stale = self.unknown_since.zip(self.terms.stale_after);
                let is_stale = stale.is_some_and(|(since, after)| self.matured(since + after));
                if is_stale { Cause::Stale } else { Cause::Nothing }
            }
        }
    }

    /// Why a pending trigger fires: what held it back last.
    fn release(&self, since: Timestamp) -> Reason {
        let waited = since + self.terms.wait;
        match self.cooldown_end {
            _ if self.was_inhibited => Reason::InhibitionEnded,
            Some(end) if self.terms.wait.is_zero() || waited < end => Reason::CooldownElapsed,
            _ => Reason::ForElapsed,
        }
    }

    /// The next instant at which a trigger in this state may change though nothing else does.
    pub(crate) fn due(
        &self,
        state: TriggerState,
        unknown_since: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let stale = unknown_since.zip(self.terms.stale_after).map(|(since, after)| since + after);
        let own = match state {
            TriggerState::Inactive | TriggerState::Firing { .. } => None,
            TriggerState::Pending { since } => {
                let waited = since + self.terms.wait;
                Some(self.cooldown_end.map_or(waited, |end| end.max(waited)))
            }
            TriggerState::Resolving { from, .. } => Some(from + self.terms.keep),
        };
        [own, stale].into_iter().flatten().filter(|due| !self.matured(*due)).min()
    }
}

/// What a trigger in a state does after an evaluation.
pub(crate) fn next(state: TriggerState, seen: &Seen) -> Next {
    step(state, seen.cause(state), seen)
}

/// The life of a trigger.
fn step(state: TriggerState, cause: Cause, seen: &Seen) -> Next {
    use TriggerState::{Firing, Inactive, Pending, Resolving};

    let now = seen.now;
    // The condition of a firing trigger has ended.
    let end = |since, reason| match seen.terms.keep.is_zero() {
        true => Next::To(Inactive, reason),
        false => Next::To(Resolving { since, from: now }, reason),
    };
    match (state, cause) {
        (Inactive, Cause::Clear) => Next::To(Firing { since: now }, Reason::ConditionTrue),
        (Inactive, Cause::HeldBack) => Next::To(Pending { since: now }, Reason::ConditionTrue),
        (Pending { since }, Cause::Clear) => Next::To(Firing { since: now }, seen.release(since)),
        (Pending { .. }, Cause::False) => Next::To(Inactive, Reason::ConditionFalse),
        (Pending { .. } | Firing { .. }, Cause::Stale) => Next::To(Inactive, Reason::Stale),
        (Firing { since }, Cause::False) => end(since, Reason::ConditionFalse),
        (Firing { since }, Cause::Resolve) => end(since, Reason::ResolveWhen),
        (Resolving { since, .. }, Cause::Clear) => {
            Next::To(Firing { since }, Reason::ConditionTrue)
        }
        (Resolving { .. }, Cause::Kept) => Next::To(Inactive, Reason::KeepElapsed),
        (Inactive | Pending { .. }, Cause::Missed) => Next::Miss,
        (Inactive, Cause::False | Cause::Resolve | Cause::Stale | Cause::Kept | Cause::Nothing)
        | (Pending { .. }, Cause::HeldBack | Cause::Resolve | Cause::Kept | Cause::Nothing)
        | (
            Firing { .. },
            Cause::Clear | Cause::HeldBack | Cause::Missed | Cause::Kept | Cause::Nothing,
        )
        | (
            Resolving { .. },
            Cause::HeldBack
            | Cause::Missed
            | Cause::False
            | Cause::Resolve
            | Cause::Stale
            | Cause::Nothing,
        ) => Next::Stay,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::expect;

    use super::*;

    /// Every state with every cause.
    #[test]
    fn the_table() {
        let at = Timestamp::from_secs;
        let states = [
            TriggerState::Inactive,
            TriggerState::Pending { since: at(1) },
            TriggerState::Firing { since: at(1) },
            TriggerState::Resolving { since: at(1), from: at(2) },
        ];
        let causes = [
            Cause::Clear,
            Cause::HeldBack,
            Cause::Missed,
            Cause::False,
            Cause::Resolve,
            Cause::Stale,
            Cause::Kept,
            Cause::Nothing,
        ];
        let seen = Seen {
            now: at(3),
            closing: true,
            when: Truth::Unknown,
            resolve_when: None,
            pulse: false,
            unarmed: false,
            inhibited: false,
            was_inhibited: false,
            cooldown_end: None,
            unknown_since: None,
            terms: Terms { keep: Duration::from_secs(9), ..Terms::default() },
        };
        let mut table = String::new();
        for state in states {
            for cause in causes {
                match step(state, cause, &seen) {
                    Next::Stay => {}
                    Next::Miss => writeln!(table, "{state:?} {cause:?}: missed").unwrap(),
                    Next::To(next, reason) => {
                        writeln!(table, "{state:?} {cause:?}: {next:?} {reason:?}").unwrap();
                    }
                }
            }
        }
        expect![[r#"
            Inactive Clear: Firing { since: Timestamp(3000000000) } ConditionTrue
            Inactive HeldBack: Pending { since: Timestamp(3000000000) } ConditionTrue
            Inactive Missed: missed
            Pending { since: Timestamp(1000000000) } Clear: Firing { since: Timestamp(3000000000) } ForElapsed
            Pending { since: Timestamp(1000000000) } Missed: missed
            Pending { since: Timestamp(1000000000) } False: Inactive ConditionFalse
            Pending { since: Timestamp(1000000000) } Stale: Inactive Stale
            Firing { since: Timestamp(1000000000) } False: Resolving { since: Timestamp(1000000000), from: Timestamp(3000000000) } ConditionFalse
            Firing { since: Timestamp(1000000000) } Resolve: Resolving { since: Timestamp(1000000000), from: Timestamp(3000000000) } ResolveWhen
            Firing { since: Timestamp(1000000000) } Stale: Inactive Stale
            Resolving { since: Timestamp(1000000000), from: Timestamp(2000000000) } Clear: Firing { since: Timestamp(1000000000) } ConditionTrue
            Resolving { since: Timestamp(1000000000), from: Timestamp(2000000000) } Kept: Inactive KeepElapsed
        "#]].assert_eq(&table);
    }
}
