//! Keys that come and go, and which rules and keys a change concerns.

use std::collections::BTreeSet;

use ptms_core::{CheckedEvent, FactId, Key, KeyValue, Name, Timestamp, TriggerState};

use super::{Affected, Live, Output, Reason, Session, Transition};
use crate::calendar::CalendarId;
use crate::rule_set::RuleSet;
use crate::space::{Admission, Space, SpaceId};
use crate::window::{SelectorId, WindowId};

impl Session {
    /// Lets the keys of a selected event live, and puts it into its windows.
    pub(super) fn apply_selected(
        &mut self,
        now: Timestamp,
        rules: &RuleSet,
        id: SelectorId,
        event: &CheckedEvent,
        affected: &mut Affected,
    ) {
        let Some(selector) = rules.selectors.get(id.0) else { return };
        let part = |(name, field): &(Name, usize)| {
            Some((name.clone(), KeyValue::new(event.field(*field)?)?))
        };
        let carried = Key::new(selector.key.iter().filter_map(part));
        let mut refused = BTreeSet::new();
        let mut without_key = false;
        for space in rules.readers.spaces_of_selector.get(id.0).into_iter().flatten() {
            match project(rules, *space, &carried) {
                Some(key) if self.admit(now, *space, &key, affected) => {}
                Some(_) => {
                    refused.insert(*space);
                }
                None => {
                    without_key = true;
                    refused.insert(*space);
                }
            }
        }
        self.stats.events_without_key += u64::from(without_key);
        for window in rules.readers.of_selector.get(id.0).into_iter().flatten() {
            let key = match rules.windows.get(window.0).and_then(|spec| spec.space) {
                None => Key::default(),
                Some(space) if refused.contains(&space) => continue,
                Some(space) => match project(rules, space, &carried) {
                    Some(key) => key,
                    None => continue,
                },
            };
            if let Some(window) = self.windows.get_mut(window.0) {
                window.push(now, &key);
            }
            self.affect_window(*window, &key, affected);
        }
    }

    /// Whether a key lives, or now does.
    fn admit(
        &mut self,
        now: Timestamp,
        space: SpaceId,
        key: &Key,
        affected: &mut Affected,
    ) -> bool {
        let rules = self.rules.clone();
        let members = rules.readers.of_space.get(space.0).map_or(&[][..], Vec::as_slice);
        let admission = self.spaces.get_mut(space.0).map(|keys| keys.touch(now, key));
        match admission {
            Some(Admission::Known) => true,
            Some(Admission::Born { evicted }) => {
                if let Some(evicted) = evicted {
                    self.evict(now, space, &evicted, affected);
                }
                affected.extend(members.iter().map(|rule| (*rule, key.clone())));
                true
            }
            Some(Admission::Refused) | None => {
                self.stats.keys_refused += 1;
                self.outputs.push_back(Output::KeyRefused { at: now, key: key.clone() });
                false
            }
        }
    }

    /// Tells the space of a trigger's key what spares the key from now on: a trigger that is pending,
    /// firing or cooling.
    pub(super) fn spare(&mut self, rule: usize, key: &Key, old: &Live, new: &Live) {
        let Some(rule) = self.rules.rules.get(rule) else { return };
        let Some(space) = rule.space.and_then(|space| self.spaces.get_mut(space.0)) else { return };
        let active = |live: &Live| live.state != TriggerState::Inactive;
        match (active(old), active(new)) {
            (false, true) => space.hold(key),
            (true, false) => space.release(key),
            (true, true) | (false, false) => {}
        }
        let cooldown = rule.spec.cooldown;
        if let Some(last) = new.last_fire.filter(|_| new.last_fire != old.last_fire)
            && !cooldown.is_zero()
        {
            space.cool(key, last + cooldown);
        }
    }

    /// Forgets all that is known of a key that has left its space. Rules over more dimensions may
    /// have read its windows.
    pub(super) fn evict(
        &mut self,
        at: Timestamp,
        space: SpaceId,
        key: &Key,
        affected: &mut Affected,
    ) {
        let rules = self.rules.clone();
        for rule in rules.readers.of_space.get(space.0).into_iter().flatten() {
            let Some(live) = self.live.get_mut(*rule).and_then(|live| live.remove(key)) else {
                continue;
            };
            if let Some(timer) = live.timer {
                self.timers.remove(&(timer, *rule, key.clone()));
            }
            if live.state != TriggerState::Inactive
                && let Some(rule) = rules.rules.get(*rule)
            {
                self.outputs.push_back(Output::Transition(Transition {
                    at,
                    rule: rule.spec.id.clone(),
                    key: key.clone(),
                    to: TriggerState::Inactive,
                    reason: Reason::Evicted,
                }));
            }
        }
        for (index, spec) in rules.windows.iter().enumerate() {
            if spec.space == Some(space)
                && let Some(window) = self.windows.get_mut(index)
            {
                window.forget(key);
                self.affect_window(WindowId(index), key, affected);
            }
        }
        let members = rules.readers.of_space.get(space.0).map_or(&[][..], Vec::as_slice);
        affected.retain(|(rule, other)| other != key || !members.contains(rule));
        self.stats.keys_evicted += 1;
        self.outputs.push_back(Output::Evicted { at, key: key.clone() });
    }

    pub(super) fn affect_fact(&self, fact: FactId, affected: &mut Affected) {
        for rule in self.rules.readers.of_fact.get(fact.index()).into_iter().flatten() {
            self.affect(*rule, |_| true, affected);
        }
    }

    pub(super) fn affect_calendar(&self, calendar: CalendarId, affected: &mut Affected) {
        for rule in self.rules.readers.of_calendar.get(calendar.0).into_iter().flatten() {
            self.affect(*rule, |_| true, affected);
        }
    }

    /// The rules that read a window, for the keys that see its group `group`.
    pub(super) fn affect_window(&self, window: WindowId, group: &Key, affected: &mut Affected) {
        for rule in self.rules.readers.of_window.get(window.0).into_iter().flatten() {
            let rule_space = self.rules.rules.get(*rule).and_then(|rule| rule.space);
            let window_space = self.rules.windows.get(window.0).and_then(|spec| spec.space);
            if rule_space == window_space {
                affected.insert((*rule, group.clone()));
            } else {
                let sees =
                    |key: &Key| group.iter().all(|(name, value)| key.value(name) == Some(value));
                self.affect(*rule, sees, affected);
            }
        }
    }

    /// A rule, for all its keys that `sees` accepts.
    fn affect(&self, rule: usize, sees: impl Fn(&Key) -> bool, affected: &mut Affected) {
        match self.rules.rules.get(rule).and_then(|rule| rule.space) {
            None => {
                affected.insert((rule, Key::default()));
            }
            Some(space) => {
                let keys = self.spaces.get(space.0).into_iter().flat_map(Space::keys);
                affected.extend(keys.filter(|key| sees(key)).map(|key| (rule, key.clone())));
            }
        }
    }
}

/// The part of a key that a space is made of; `None` if a dimension is missing.
pub(super) fn project(rules: &RuleSet, space: SpaceId, key: &Key) -> Option<Key> {
    let dimensions = &rules.spaces.get(space.0)?.dimensions;
    let part = |name: &Name| Some((name.clone(), key.value(name)?.clone()));
    dimensions.iter().map(part).collect::<Option<Vec<_>>>().map(Key::new)
}
