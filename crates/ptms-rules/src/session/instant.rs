//! The order of what happens: deadlines before inputs, inputs before what their instant matures.

use ptms_core::{Key, Timestamp};

use super::input::Checked;
use super::{Session, Turn};
use crate::calendar::CalendarId;
use crate::space::SpaceId;

impl Session {
    /// Does one thing: the next deadline before the waiting input, or the input. False if there is
    /// nothing to do.
    pub(super) fn advance(&mut self) -> bool {
        let Some((target, _)) = &self.pending else { return false };
        let target = *target;
        if let Some(due) = self.next_deadline()
            && due < target
        {
            self.close(due, Turn::default());
            return true;
        }
        let Some((_, input)) = self.pending.take() else { return false };
        self.now = Some(target);
        if matches!(input, Checked::Advance) {
            // Nothing was put in: whatever is due at the instant waits until it is closed.
            return true;
        }
        let mut turn = self.begin(target);
        match input {
            Checked::Event(event) => self.apply_event(target, &event, &mut turn),
            Checked::Set(facts) => self.apply_set(target, facts, &mut turn),
            Checked::Unset(facts) => self.apply_unset(target, facts, &mut turn),
            Checked::Expect(key) => self.apply_expect(target, &key, &mut turn),
            Checked::Wake | Checked::Advance => {
                self.close(target, turn);
                return true;
            }
        }
        self.expire(target, false, &mut turn);
        self.evaluate(target, false, turn);
        true
    }

    /// What the first evaluation sees beside what its input concerns: every rule that has no key. Keys
    /// are not born yet.
    fn begin(&mut self, now: Timestamp) -> Turn {
        let first = !std::mem::replace(&mut self.begun, true);
        if first {
            let calendars = 0..self.rules.calendars.list.len();
            calendars.for_each(|calendar| self.await_edge(now, CalendarId(calendar)));
            self.begin_windows(now, None, &Key::default());
        }
        let rules = self.rules.rules.iter().enumerate();
        let unkeyed = rules.filter(|(_, rule)| first && rule.space.is_none());
        let affected = unkeyed.map(|(index, _)| (index, Key::default())).collect();
        Turn { affected, ..Turn::default() }
    }

    /// Lets everything happen that is due at `at`.
    fn close(&mut self, at: Timestamp, mut turn: Turn) {
        self.now = Some(at);
        self.expire(at, true, &mut turn);
        while let Some((due, rule, key)) = self.timers.first().cloned() {
            if due > at {
                break;
            }
            self.timers.pop_first();
            if let Some(live) = self.live.get_mut(rule).and_then(|live| live.get_mut(&key)) {
                live.timer = None;
            }
            turn.affected.insert((rule, key));
        }
        self.evaluate(at, true, turn);
        // What keys leave behind, others may have read.
        let mut turn = Turn::default();
        for index in 0..self.spaces.len() {
            let left = self.spaces.get_mut(index).map(|space| space.expire(at)).unwrap_or_default();
            for key in left {
                self.evict(at, SpaceId(index), &key, &mut turn);
            }
        }
        self.evaluate(at, false, turn);
    }

    /// Lets what has left windows and gone stale by `now` be gone, and what matures mature.
    fn expire(&mut self, now: Timestamp, closing: bool, turn: &mut Turn) {
        self.advance_windows(now, closing, turn);
        while let Some((at, calendar)) = self.edges.first().copied() {
            if at > now {
                break;
            }
            self.edges.pop_first();
            self.await_edge(now, calendar);
            self.affect_calendar(calendar, turn);
        }
        while let Some((at, fact, key)) = self.stale.first().cloned() {
            if at > now {
                break;
            }
            self.stale.pop_first();
            self.affect_fact(fact, &key, turn);
        }
    }

    /// Remembers when the hours of a calendar next begin or end.
    fn await_edge(&mut self, now: Timestamp, calendar: CalendarId) {
        let hours = self.rules.calendars.list.get(calendar.0);
        let edge = hours.and_then(|hours| hours.next_edge(now));
        self.edges.extend(edge.map(|at| (at, calendar)));
    }
}
