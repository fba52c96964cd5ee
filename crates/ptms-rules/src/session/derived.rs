//! Derived facts: worked out before the rules of every evaluation.

use ptms_core::{Change, Key, Timestamp, Value};

use super::{Affected, Session};
use crate::condition::{Environment, Truth};
use crate::rule_set::Derived;
use crate::window::WindowId;

impl Session {
    /// Works out every derived fact, in order; the rules that read one that has changed are affected.
    pub(super) fn derive(&mut self, now: Timestamp, affected: &mut Affected) {
        let rules = self.rules.clone();
        for derived in &rules.derived {
            let changed = match self.value_of(now, derived) {
                Some(value) => {
                    // The value was admitted when the book was loaded.
                    matches!(self.context.set(now, derived.fact, value), Ok(Change::Changed))
                }
                None => self.context.unset(derived.fact),
            };
            if changed {
                self.affect_fact(derived.fact, affected);
            }
        }
    }

    /// The value of the first case that is true; none where a case before it is unknown or a fault.
    fn value_of(&self, now: Timestamp, derived: &Derived) -> Option<Value> {
        let count = |window: WindowId| self.count(now, window, &Key::default());
        let environment = Environment {
            now,
            context: &self.context,
            calendars: &self.rules.calendars,
            event: None,
            count: &count,
        };
        for (when, value) in &derived.cases {
            match when.truth(&environment) {
                Truth::True => return Some(value.clone()),
                Truth::False => {}
                Truth::Unknown | Truth::Fault(_) => return None,
            }
        }
        derived.otherwise.clone()
    }
}
