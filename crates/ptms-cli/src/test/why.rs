//! Why a rule has not fired, as far as the engine says: the one place to ask.

use ptms::{Engine, RuleReads, Timestamp, TriggerState, Verdicts};

use super::case::{Of, State};
use super::moment::shown;
use super::story::Seen;
use crate::stream::Feed;

/// What keeps the rule from firing anew now, although its condition is or was true.
pub(super) fn held_back(engine: &Engine, of: &Of, start: Timestamp) -> Option<String> {
    let rule = engine.book().rules().find(|rule| rule.id == of.rule)?;
    let mut triggers = engine.triggers().filter(|trigger| of.is(&trigger.rule, &trigger.key));
    triggers.find_map(|trigger| match trigger.state {
        TriggerState::Pending { since } => {
            let waited = since + rule.wait;
            let cooled = trigger.last_fire.map(|last| last + rule.cooldown);
            let (what, end) = match cooled.filter(|cooled| *cooled > waited) {
                Some(cooled) => ("the cooldown", cooled),
                None => ("its `for`", waited),
            };
            let (since, end) = (shown(since, start), shown(end, start));
            Some(format!("its condition is true since {since}; {what} ends at {end}"))
        }
        TriggerState::Firing { since } | TriggerState::Resolving { since, .. } => {
            Some(format!("it fires since {}", shown(since, start)))
        }
        TriggerState::Inactive => None,
    })
}

/// Why the rule has not fired, where nothing holds it back.
pub(super) fn no_firing(engine: &Engine, of: &Of, seen: &Seen) -> String {
    let fault = seen.faults.iter().rfind(|fault| of.is(&fault.rule, &fault.key));
    match fault {
        Some(fault) => format!("its condition cannot be worked out: {}", fault.message),
        None => told(verdicts(engine, of)),
    }
}

/// Why it proves nothing that the rule has not fired, with what the test has put in; `None` if it does
/// prove something.
pub(super) fn proves_nothing<'a>(
    engine: &Engine,
    of: &Of,
    mut put: impl Iterator<Item = &'a Feed>,
) -> Option<String> {
    let verdicts = verdicts(engine, of);
    if verdicts.known_true + verdicts.known_false == 0 {
        return Some(told(verdicts));
    }
    let RuleReads { facts, events, .. } = engine.book().reads_of(&of.rule);
    let concerns = |feed: &Feed| match feed {
        Feed::Event(event) => events.contains(&event.name),
        Feed::Set(set) | Feed::SetFor(_, set) => set.iter().any(|(fact, _)| facts.contains(fact)),
        Feed::Unset(unset) | Feed::UnsetFor(_, unset) => {
            unset.iter().any(|fact| facts.contains(fact))
        }
        Feed::Expect(_) => true,
    };
    // What a derived fact reads is among what the rule reads; of a calendar nothing can be put in.
    let deaf = facts.is_empty() && events.is_empty();
    if verdicts.known_true > 0 || deaf || put.any(concerns) {
        return None;
    }
    let reads: Vec<&str> = facts.iter().chain(&events).map(ptms::Name::as_str).collect();
    Some(format!("nothing that it reads has come: {}", reads.join(", ")))
}

/// What the condition of the rule came to, over all keys.
pub(super) fn verdicts(engine: &Engine, of: &Of) -> Verdicts {
    let mut rules = engine.verdicts();
    rules.find(|(rule, _)| rule.id == of.rule).map(|(_, verdicts)| verdicts).unwrap_or_default()
}

/// What conditions came to, in words.
pub(super) fn told(verdicts: Verdicts) -> String {
    if verdicts.total() == 0 {
        return "its condition was never evaluated: nothing that it reads has come".to_owned();
    }
    let counts = [
        (verdicts.known_true, "true"),
        (verdicts.known_false, "false"),
        (verdicts.unknown, "unknown"),
        (verdicts.fault, "at fault"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, what)| format!("{count} times {what}")).collect();
    format!("its condition was {}", counts.join(", ")).replace(" 1 times ", " once ")
}

/// The state of a trigger, without since when.
pub(super) const fn state_of(state: TriggerState) -> State {
    match state {
        TriggerState::Inactive => State::Inactive,
        TriggerState::Pending { .. } => State::Pending,
        TriggerState::Firing { .. } | TriggerState::Resolving { .. } => State::Firing,
    }
}
