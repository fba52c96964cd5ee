//! What an input changes before anything is evaluated: windows, facts, and the keys it speaks of.

use ptms_core::{CheckedEvent, Context, FactId, Key, KeyValue, Name, Timestamp, Value};

use super::{Session, Turn};
use crate::condition::Truth;
use crate::rule_set::{Reader, RuleSet};
use crate::space::SpaceId;
use crate::window::SelectorId;

impl Session {
    pub(super) fn apply_event(&mut self, event: &CheckedEvent, turn: &mut Turn) {
        let rules = self.rules.clone();
        let selectors = rules.readers.of_event.get(event.kind().index());
        for selector in selectors.into_iter().flatten() {
            if self.selects(turn.now, *selector, event) {
                self.apply_selected(*selector, event.values(), turn);
            }
        }
        self.apply_fits(event, turn);
    }

    fn selects(&mut self, now: Timestamp, selector: SelectorId, event: &CheckedEvent) -> bool {
        let Some(selector) = self.rules.selectors.get(selector.0) else { return false };
        let Some(filter) = &selector.filter else { return true };
        match self.truth(now, &Key::default(), Some(event.values()), filter) {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown | Truth::Fault(_) => {
                self.stats.undecided_events += 1;
                false
            }
        }
    }

    /// Lets the keys of a selected event live, notes the windows that it falls into, and shows it to the
    /// rules that look at it.
    fn apply_selected(&mut self, id: SelectorId, event: &[Option<Value>], turn: &mut Turn) {
        let rules = self.rules.clone();
        let Some(selector) = rules.selectors.get(id.0) else { return };
        let part = |(name, field): &(Name, usize)| {
            Some((name.clone(), KeyValue::new(event.get(*field)?.as_ref()?)?))
        };
        let carried = Key::new(selector.key.iter().filter_map(part));
        let mut without_key = false;
        for space in rules.readers.spaces_of_selector.get(id.0).into_iter().flatten() {
            match rules.part(*space, &carried) {
                Some(key) => {
                    self.admit(*space, &key, turn);
                }
                None => without_key = true,
            }
        }
        self.stats.events_without_key += u64::from(without_key);
        for (window, terms) in rules.readers.of_selector.get(id.0).into_iter().flatten() {
            let space = rules.windows.get(window.0).and_then(|spec| spec.space);
            if let Some(key) = admitted(&rules, space, &carried, turn) {
                turn.fit(*window, key, *terms);
            }
        }
        for rule in rules.readers.on_selector.get(id.0).into_iter().flatten() {
            let space = rules.space_of(Reader::Rule(*rule));
            if let Some(key) = admitted(&rules, space, &carried, turn) {
                turn.event.get_or_insert_with(|| event.to_vec());
                turn.shown.insert((*rule, key.clone()));
                turn.affected.insert((Reader::Rule(*rule), key.clone()));
                turn.pulsed.insert((Reader::Rule(*rule), key));
            }
        }
    }

    /// Lets the keys of facts live, and sets them.
    pub(super) fn apply_set(&mut self, facts: Vec<(FactId, Key, Value)>, turn: &mut Turn) {
        let rules = self.rules.clone();
        for (fact, key, value) in facts {
            for space in rules.readers.spaces_of_fact.get(fact.index()).into_iter().flatten() {
                if let Some(part) = rules.part(*space, &key) {
                    self.admit(*space, &part, turn);
                }
            }
            let own = rules.readers.space_of_fact.get(fact.index()).copied().flatten();
            if own.is_some_and(|space| turn.refused.contains(&(space, key.clone()))) {
                continue;
            }
            let now = turn.now;
            self.change_fact(fact, &key, turn, |context| {
                // The value was admitted when the input was checked.
                let _ = context.set(now, fact, &key, value);
            });
        }
    }

    pub(super) fn apply_unset(&mut self, facts: Vec<(FactId, Key)>, turn: &mut Turn) {
        let rules = self.rules.clone();
        for (fact, key) in facts {
            for space in rules.readers.spaces_of_fact.get(fact.index()).into_iter().flatten() {
                let part = rules.part(*space, &key);
                if let (Some(part), Some(keys)) = (part, self.spaces.get_mut(space.0)) {
                    keys.renew(turn.now, &part);
                }
            }
            // Of a key that does not live there is nothing to unset.
            if self.context.is_set(fact, &key) {
                self.unset(fact, &key, turn);
            }
        }
    }

    /// Makes a fact unknown.
    pub(super) fn unset(&mut self, fact: FactId, key: &Key, turn: &mut Turn) {
        self.change_fact(fact, key, turn, |context| {
            context.unset(fact, key);
        });
    }

    /// Lets every part of a key live that rules have as their key.
    pub(super) fn apply_expect(&mut self, key: &Key, turn: &mut Turn) {
        let rules = self.rules.clone();
        for (index, _) in rules.spaces.iter().enumerate() {
            let space = SpaceId(index);
            if let Some(part) = rules.part(space, key) {
                self.admit(space, &part, turn);
            }
        }
    }

    /// Changes the value of a fact, and keeps account of when it goes stale.
    fn change_fact(
        &mut self,
        fact: FactId,
        key: &Key,
        turn: &mut Turn,
        change: impl FnOnce(&mut Context),
    ) {
        let was = self.context.stale_from(fact, key);
        change(&mut self.context);
        let is = self.context.stale_from(fact, key);
        if was != is {
            let entry = |at| (at, fact, key.clone());
            was.map(|at| self.stale.remove(&entry(at)));
            is.map(|at| self.stale.insert(entry(at)));
        }
        self.affect_fact(fact, key, &mut turn.affected);
    }
}

/// The part of what an event carries that is a key of a space, unless it was refused.
fn admitted(rules: &RuleSet, space: Option<SpaceId>, carried: &Key, turn: &Turn) -> Option<Key> {
    let Some(space) = space else { return Some(Key::default()) };
    let key = rules.part(space, carried)?;
    (!turn.refused.contains(&(space, key.clone()))).then_some(key)
}
