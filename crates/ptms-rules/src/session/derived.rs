//! Derived facts: worked out before the rules that read them.

use ptms_core::{Change, Key, Timestamp, Value};

use super::{Session, Turn};
use crate::condition::Truth;
use crate::rule_set::Derived;

impl Session {
    /// Works out a derived fact for a key; what reads it is affected if it has changed.
    pub(super) fn derive(&mut self, index: usize, key: &Key, turn: &mut Turn) {
        let rules = self.rules.clone();
        let Some(derived) = rules.derived.get(index) else { return };
        let changed = match self.value_of(turn.now, derived, key) {
            Some(value) => {
                // The value was admitted when the book was loaded.
                let changed = self.context.set(turn.now, derived.fact, key, value);
                matches!(changed, Ok(Change::Changed))
            }
            None => self.context.unset(derived.fact, key),
        };
        if changed {
            self.affect_fact(derived.fact, key, turn);
        }
    }

    /// The value of the first case that is true; none where a case before it is unknown or a fault.
    fn value_of(&self, now: Timestamp, derived: &Derived, key: &Key) -> Option<Value> {
        for (when, value) in &derived.cases {
            match self.truth(now, key, None, when) {
                Truth::True => return Some(value.clone()),
                Truth::False => {}
                Truth::Unknown | Truth::Fault(_) => return None,
            }
        }
        derived.otherwise.clone()
    }
}
