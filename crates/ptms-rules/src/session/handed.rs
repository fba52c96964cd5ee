//! What a firing hands to its workflow, worked out when the trigger fires.

use ptms_core::diagnostic::line_and_column;
use ptms_core::{Firing, Key, Name, Value};

use super::{Output, RuleFault, Session, Turn};
use crate::condition::Fault;
use crate::rule_set::{Handed, Rule};

impl Session {
    /// The firing of a rule for a key, with what it hands over. What is not known, is a fault, or is more
    /// than the workflow takes is left out and named; a fault is told too.
    pub(super) fn firing(&mut self, turn: &Turn, index: usize, rule: &Rule, key: &Key) -> Firing {
        let mut firing = rule.spec.firing(key, turn.now);
        for (handed, (_, text)) in rule.with.iter().zip(&rule.spec.with) {
            match self.handed(turn, index, key, handed) {
                Ok(Some(value)) => firing.with.push((handed.name.clone(), value)),
                Ok(None) => firing.without.push(handed.name.clone()),
                Err(fault) => {
                    firing.without.push(handed.name.clone());
                    self.tell(turn, index, (rule, key), (handed, text), fault);
                }
            }
        }
        firing
    }

    fn handed(
        &self,
        turn: &Turn,
        index: usize,
        key: &Key,
        handed: &Handed,
    ) -> Result<Option<Value>, Fault> {
        let event = turn.event_for(index, key);
        let value = self.within(turn.now, key, event, |around| handed.program.value(around))?;
        Ok(match &handed.ty {
            Some(ty) => value.and_then(|value| ty.admit(value).ok()),
            None => value,
        })
    }

    fn tell(
        &mut self,
        turn: &Turn,
        index: usize,
        (rule, key): (&Rule, &Key),
        (handed, text): (&Handed, &Name),
        fault: Fault,
    ) {
        let (at, event) = (turn.now, turn.event_for(index, key));
        let why = self.within(at, key, event, |around| handed.program.told(around, fault));
        let message = format!("`{}` is not handed over: {why}", handed.name);
        let (line, column) = line_and_column(text, fault.at);
        let (rule, key) = (rule.spec.id.clone(), key.clone());
        let fault = RuleFault { at, rule, key, line, column, message };
        self.outputs.push_back(Output::Fault(fault));
    }
}
