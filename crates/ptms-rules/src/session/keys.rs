//! Keys that come and go, and which rules and keys a change concerns.

use ptms_core::{FactId, Key, Reason, TriggerState};

use super::{Affected, Live, Output, Session, Transition, Turn};
use crate::calendar::CalendarId;
use crate::rule_set::Reader;
use crate::space::{Admission, Space, SpaceId};
use crate::window::WindowId;

impl Session {
    /// Lets a key live, of which an input speaks. Where it is refused, the turn says so.
    pub(super) fn admit(&mut self, space: SpaceId, key: &Key, turn: &mut Turn) {
        let now = turn.now;
        let entry = (space, key.clone());
        if turn.refused.contains(&entry) {
            return;
        }
        match self.spaces.get_mut(space.0).map(|keys| keys.touch(now, key)) {
            Some(Admission::Known) => {}
            Some(Admission::Born { evicted }) => {
                if let Some(evicted) = evicted {
                    self.evict(space, &evicted, turn);
                }
                self.begin_windows(now, Some(space), key);
                let rules = self.rules.readers.of_space.get(space.0).into_iter().flatten();
                turn.affected.extend(rules.map(|rule| (*rule, key.clone())));
            }
            Some(Admission::Refused) | None => {
                turn.refused.insert(entry);
                self.stats.keys_refused += 1;
                self.outputs.push_back(Output::KeyRefused { at: now, key: key.clone() });
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
    /// have read its windows and facts.
    pub(super) fn evict(&mut self, space: SpaceId, key: &Key, turn: &mut Turn) {
        let at = turn.now;
        let rules = self.rules.clone();
        let members = rules.readers.of_space.get(space.0).map_or(&[][..], Vec::as_slice);
        for reader in members {
            let Reader::Rule(rule) = reader else { continue };
            let Some(live) = self.live.get_mut(*rule).and_then(|live| live.remove(key)) else {
                continue;
            };
            if let Some(timer) = live.timer {
                self.timers.remove(&(timer, *rule, key.clone()));
            }
            if live.state.is_firing() {
                self.note_firing(*rule, key, false, turn);
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
            if spec.space == Some(space) {
                let own = WindowId(index);
                self.windows.change(own, |window| window.forget(key));
                turn.fits.retain(|(id, of, _)| *id != own || of != key);
                self.affect_window(own, key, &mut turn.affected);
            }
        }
        for (index, own) in rules.readers.space_of_fact.iter().enumerate() {
            if *own == Some(space)
                && let Some(fact) = rules.schema().fact_at(index)
            {
                self.unset(fact, key, turn);
            }
        }
        let stays = |(reader, other): &(Reader, Key)| other != key || !members.contains(reader);
        turn.affected.retain(stays);
        turn.pulsed.retain(stays);
        self.stats.keys_evicted += 1;
        self.outputs.push_back(Output::Evicted { at, key: key.clone() });
    }

    /// The readers of a fact, for the keys that see its value for `part`.
    pub(super) fn affect_fact(&self, fact: FactId, part: &Key, affected: &mut Affected) {
        let own = self.rules.readers.space_of_fact.get(fact.index()).copied().flatten();
        for reader in self.rules.readers.of_fact.get(fact.index()).into_iter().flatten() {
            self.affect(*reader, own, part, affected);
        }
    }

    /// The readers of a calendar, for all their keys.
    pub(super) fn affect_calendar(&self, calendar: CalendarId, affected: &mut Affected) {
        for reader in self.rules.readers.of_calendar.get(calendar.0).into_iter().flatten() {
            self.affect(*reader, None, &Key::default(), affected);
        }
    }

    /// The readers of a window, for the keys that see its group `part`.
    pub(super) fn affect_window(&self, window: WindowId, part: &Key, affected: &mut Affected) {
        let own = self.rules.windows.get(window.0).and_then(|spec| spec.space);
        for reader in self.rules.readers.of_window.get(window.0).into_iter().flatten() {
            self.affect(*reader, own, part, affected);
        }
    }

    /// What reads, for all its keys that include `part`, which is a key of the space `own`.
    fn affect(&self, reader: Reader, own: Option<SpaceId>, part: &Key, affected: &mut Affected) {
        let space = self.rules.space_of(reader);
        if space == own {
            affected.insert((reader, part.clone()));
        } else if let Some(space) = space {
            let keys = self.spaces.get(space.0).into_iter().flat_map(Space::keys);
            let seeing = keys.filter(|key| key.includes(part));
            affected.extend(seeing.map(|key| (reader, key.clone())));
        }
    }
}
