//! What is derived: facts, and the signals that functions of time look at. It is worked out before the rules
//! that read it.

use ptms_core::{Change, Key, Timestamp, Value};

use super::{Session, Turn};
use crate::condition::{Program, Truth};
use crate::derived::{DerivedFact, DerivedKind};

impl Session {
    /// Works out something derived for a key; what reads it is affected if it has changed.
    pub(super) fn derive(&mut self, index: usize, key: &Key, turn: &mut Turn) {
        let rules = self.rules.clone();
        match rules.derived.get(index).map(|derived| &derived.kind) {
            Some(DerivedKind::Fact(fact)) => self.derive_fact(fact, key, turn),
            Some(DerivedKind::Signal { condition, .. }) => {
                self.tell_signal(index, condition, key, turn);
            }
            None => {}
        }
    }

    fn derive_fact(&mut self, derived: &DerivedFact, key: &Key, turn: &mut Turn) {
        let changed = match self.value_of(turn.now, derived, key) {
            Some(value) => {
                // The value was admitted when the book was loaded.
                let changed = self.context.set(turn.now, derived.fact, key, value);
                matches!(changed, Ok(Change::Changed))
            }
            None => self.context.unset(derived.fact, key),
        };
        if changed {
            self.affect_fact(derived.fact, key, &mut turn.affected);
        }
    }

    /// The value of the first case that is true; none where a case before it is unknown or a fault.
    fn value_of(&self, now: Timestamp, derived: &DerivedFact, key: &Key) -> Option<Value> {
        for (when, value) in &derived.cases {
            match self.truth(now, key, None, when) {
                Truth::True => return Some(value.clone()),
                Truth::False => {}
                Truth::Unknown | Truth::Fault(_) => return None,
            }
        }
        derived.otherwise.clone()
    }

    /// Tells the windows that look at a signal what it is. What sees it change in this one evaluation is
    /// worked out once more right after; that a signal goes back then may be seen in turn, as often as
    /// signals look at signals, which is in no circle.
    fn tell_signal(&mut self, index: usize, condition: &Program, key: &Key, turn: &mut Turn) {
        let rules = self.rules.clone();
        let signal = match self.truth(turn.now, key, None, condition) {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown | Truth::Fault(_) => None,
        };
        for id in rules.readers.of_signal.get(index).into_iter().flatten() {
            let changed = self.windows.change(*id, |window| window.signal(turn.now, key, signal));
            if changed != Some(true) {
                continue;
            }
            self.affect_window(*id, key, &mut turn.affected);
            if rules.windows.get(id.0).is_some_and(|spec| spec.spec.function.is_pulse()) {
                self.affect_window(*id, key, &mut turn.pulsed);
            }
        }
    }
}
