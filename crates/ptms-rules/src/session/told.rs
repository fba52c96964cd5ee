//! What triggers do comes back as events, at the same instant.

use ptms_core::{Event, Key};

use super::Session;
use crate::told::Outcome;

impl Session {
    /// Notes what a trigger did, where something looks at that: it comes back as an event after the
    /// evaluation at hand and before the next input.
    pub(super) fn come_back(&mut self, rule: usize, key: &Key, outcome: Outcome) {
        let Some(name) = self.rules.told.get(&(rule, outcome)) else { return };
        let event = Event::new(name.clone());
        let event = key.iter().fold(event, |event, (name, value)| event.with(name.clone(), value));
        // The event is declared with the dimensions of the rule.
        self.told.extend(self.rules.schema().check_event(&event).ok());
    }
}
