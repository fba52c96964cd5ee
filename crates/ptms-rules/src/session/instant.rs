//! The order of what happens: deadlines before inputs, inputs before what their instant matures.

use ptms_core::{Key, Timestamp};

use super::input::Checked;
use super::{Session, Turn};
use crate::calendar::CalendarId;
use crate::rule_set::Reader;
use crate::space::SpaceId;

impl Session {
    /// Does one thing: what triggers did comes back, or the next deadline before the waiting input comes,
    /// or the input. False if there is nothing to do.
    pub(super) fn advance(&mut self) -> bool {
        if let (Some(now), Some(event)) = (self.now, self.told.pop_front()) {
            let mut turn = Turn::new(now, false);
            self.apply_event(&event, &mut turn);
            self.expire(&mut turn);
            self.evaluate(turn);
            return true;
        }
        let Some((target, _)) = &self.pending else { return false };
        let target = *target;
        if let Some(due) = self.next_deadline()
            && due < target
        {
            self.close(Turn::new(due, true));
            return true;
        }
        let Some((_, input)) = self.pending.take() else { return false };
        self.now = Some(target);
        if matches!(input, Checked::Advance) {
            // Nothing was put in: whatever is due at the instant waits until it is closed.
            return true;
        }
        let mut turn = Turn::new(target, matches!(input, Checked::Wake));
        self.begin(&mut turn);
        match input {
            Checked::Event(event) => self.apply_event(&event, &mut turn),
            Checked::Set(facts) => self.apply_set(facts, &mut turn),
            Checked::Unset(facts) => self.apply_unset(facts, &mut turn),
            Checked::Expect(key) => self.apply_expect(&key, &mut turn),
            Checked::Wake | Checked::Advance => {
                self.close(turn);
                return true;
            }
        }
        self.expire(&mut turn);
        self.evaluate(turn);
        true
    }

    /// The first evaluation sees, beside what its input concerns, everything that has no key. Keys are
    /// not born yet.
    fn begin(&mut self, turn: &mut Turn) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let calendars = 0..self.rules.calendars.list.len();
        calendars.for_each(|calendar| self.await_edge(turn.now, CalendarId(calendar)));
        self.begin_windows(turn.now, None, &Key::default());
        let readers = self.rules.readers().filter(|(_, space)| space.is_none());
        turn.affected.extend(readers.map(|(reader, _)| (reader, Key::default())));
    }

    /// Lets everything happen that is due at the instant of a turn that closes it.
    fn close(&mut self, mut turn: Turn) {
        let at = turn.now;
        self.now = Some(at);
        self.expire(&mut turn);
        while let Some((due, rule, key)) = self.timers.first().cloned() {
            if due > at {
                break;
            }
            self.timers.pop_first();
            if let Some(live) = self.live.get_mut(rule).and_then(|live| live.get_mut(&key)) {
                live.timer = None;
            }
            turn.affected.insert((Reader::Rule(rule), key));
        }
        self.evaluate(turn);
        // What keys leave behind, others may have read.
        let mut turn = Turn::new(at, false);
        for index in 0..self.spaces.len() {
            let left = self.spaces.get_mut(index).map(|space| space.expire(at)).unwrap_or_default();
            for key in left {
                self.evict(SpaceId(index), &key, &mut turn);
            }
        }
        self.evaluate(turn);
    }

    /// Lets what has left windows and gone stale be gone, and what matures mature.
    fn expire(&mut self, turn: &mut Turn) {
        let now = turn.now;
        self.advance_windows(turn);
        while let Some((at, calendar)) = self.edges.first().copied() {
            if at > now {
                break;
            }
            self.edges.pop_first();
            self.await_edge(now, calendar);
            self.affect_calendar(calendar, &mut turn.affected);
        }
        while let Some((at, fact, key)) = self.stale.first().cloned() {
            if at > now {
                break;
            }
            self.stale.pop_first();
            self.affect_fact(fact, &key, &mut turn.affected);
        }
    }

    /// Remembers when the hours of a calendar next begin or end.
    fn await_edge(&mut self, now: Timestamp, calendar: CalendarId) {
        let hours = self.rules.calendars.list.get(calendar.0);
        let edge = hours.and_then(|hours| hours.next_edge(now));
        self.edges.extend(edge.map(|at| (at, calendar)));
    }
}
