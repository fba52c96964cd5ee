//! Derived facts: worked out before the rules of every evaluation.

use ptms_core::{Change, Key, Timestamp, Value};

use super::{Session, Turn};
use crate::condition::Truth;
use crate::rule_set::Derived;

impl Session {
    /// Works out every derived fact, in order; the rules that read one that has changed are affected.
    pub(super) fn derive(&mut self, now: Timestamp, turn: &mut Turn) {
        let rules = self.rules.clone();
        for derived in &rules.derived {
            let changed = match self.value_of(now, derived) {
                Some(value) => {
                    // The value was admitted when the book was loaded.
                    matches!(
                        self.context.set(now, derived.fact, &Key::default(), value),
                        Ok(Change::Changed)
                    )
                }
                None => self.context.unset(derived.fact, &Key::default()),
            };
            if changed {
                self.affect_fact(derived.fact, &Key::default(), turn);
            }
        }
    }

    /// The value of the first case that is true; none where a case before it is unknown or a fault.
    fn value_of(&self, now: Timestamp, derived: &Derived) -> Option<Value> {
        let key = Key::default();
        for (when, value) in &derived.cases {
            match self.truth(now, &key, None, when) {
                Truth::True => return Some(value.clone()),
                Truth::False => {}
                Truth::Unknown | Truth::Fault(_) => return None,
            }
        }
        derived.otherwise.clone()
    }
}
