//! Windows: the events that they take, the time that passes over them, and what they say.

use ptms_core::{CheckedEvent, Key, Timestamp};

use super::{Session, Turn};
use crate::condition::Cell;
use crate::space::SpaceId;
use crate::time::{Function, Happening, Question, Terms};
use crate::window::WindowId;

impl Turn {
    /// Notes that an event falls into a group of a window, whose terms it fits.
    pub(super) fn fit(&mut self, window: WindowId, key: Key, terms: Terms) {
        match self.fits.iter_mut().find(|(other, of, _)| *other == window && *of == key) {
            Some((.., fit)) => *fit |= terms,
            None => self.fits.push((window, key, terms)),
        }
    }
}

impl Session {
    /// Puts an event into its windows, once into each, however many selectors selected it.
    pub(super) fn apply_fits(&mut self, event: &CheckedEvent, turn: &mut Turn) {
        for (id, key, terms) in std::mem::take(&mut turn.fits) {
            let field = self.rules.windows.get(id.0).and_then(|spec| spec.source.field());
            let value = field.and_then(|field| event.field(field));
            let was_armed = self.is_armed(id, &key);
            let happening = Happening { value, terms };
            self.windows.change(id, |window| window.event(turn.now, &key, happening));
            self.spare_armed(id, &key, was_armed);
            self.affect_window(id, &key, &mut turn.affected);
        }
    }

    /// Begins to look for the events of a key that lives from now on; of all keys, where there is no
    /// space.
    pub(super) fn begin_windows(&mut self, now: Timestamp, space: Option<SpaceId>, key: &Key) {
        let rules = self.rules.clone();
        for (index, spec) in rules.windows.iter().enumerate() {
            if spec.space == space {
                let id = WindowId(index);
                self.windows.change(id, |window| window.begin(now, key));
                self.spare_armed(id, key, false);
            }
        }
    }

    /// Lets what has left windows be gone, and what matures mature.
    pub(super) fn advance_windows(&mut self, turn: &mut Turn) {
        let (now, closing) = (turn.now, turn.closing);
        for id in self.windows.due(now) {
            let changed = self.windows.change(id, |window| window.advance(now, closing));
            for key in changed.unwrap_or_default() {
                self.spare_armed(id, &key, true);
                self.affect_window(id, &key, &mut turn.affected);
            }
        }
    }

    /// Notes what sees something that holds in this one evaluation.
    pub(super) fn note_pulses(&self, turn: &mut Turn) {
        for (id, key) in self.windows.pulses() {
            self.affect_window(id, key, &mut turn.pulsed);
        }
    }

    fn is_armed(&self, id: WindowId, key: &Key) -> bool {
        self.windows.find(id).is_some_and(|window| window.is_armed(key))
    }

    /// Tells the space of a window whether it spares the key from now on, as it did before or not: one
    /// that waits for events not to come does.
    fn spare_armed(&mut self, id: WindowId, key: &Key, was_armed: bool) {
        let spec = self.rules.windows.get(id.0);
        let waits = spec.filter(|spec| spec.spec.function == Function::Absent);
        let is_armed = self.is_armed(id, key);
        let space = waits.and_then(|spec| self.spaces.get_mut(spec.space?.0));
        let Some(space) = space else { return };
        match (was_armed, is_armed) {
            (false, true) => space.hold(key),
            (true, false) => space.release(key),
            (true, true) | (false, false) => {}
        }
    }

    /// What a window says to who sees it with `key`.
    pub(super) fn read_window(
        &self,
        now: Timestamp,
        window: WindowId,
        question: Question,
        key: &Key,
    ) -> Cell<'_> {
        let spec = self.rules.windows.get(window.0);
        let (Some(spec), Some(window)) = (spec, self.windows.find(window)) else {
            return Cell::Unknown;
        };
        let group = match spec.space {
            None => Some(Key::default()),
            Some(space) => self.rules.part(space, key),
        };
        group.map_or(Cell::Unknown, |group| window.read(now, &group, question))
    }
}
