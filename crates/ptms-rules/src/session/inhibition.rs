//! Triggers that are held back while others fire.

use ptms_core::{Key, TriggerState};

use super::{Session, Turn};
use crate::rule_set::Reader;

impl Session {
    /// Whether a trigger of another rule fires that holds this one back.
    pub(super) fn is_inhibited(&self, rule: usize, key: &Key) -> bool {
        self.inhibitors(rule, key).next().is_some()
    }

    /// The rules that hold back a trigger.
    pub(super) fn inhibitors(&self, rule: usize, key: &Key) -> impl Iterator<Item = usize> {
        let all = self.rules.inhibitions.of(rule);
        all.filter_map(|(index, inhibition)| {
            let part = key.part(&inhibition.equal)?;
            self.inhibiting.get(index)?.contains_key(&part).then_some(inhibition.source)
        })
    }

    /// Notes that a trigger fires from now on, or that it does not any more. Where that changes whether
    /// triggers are held back, they are affected.
    pub(super) fn note_firing(&mut self, rule: usize, key: &Key, fires: bool, turn: &mut Turn) {
        let rules = self.rules.clone();
        for (index, inhibition) in rules.inhibitions.by(rule) {
            let Some(part) = key.part(&inhibition.equal) else { continue };
            let Some(firing) = self.inhibiting.get_mut(index) else { continue };
            let count = firing.entry(part.clone()).or_default();
            let was = *count;
            *count = if fires { was + 1 } else { was.saturating_sub(1) };
            let is = *count;
            if is == 0 {
                firing.remove(&part);
            }
            if (was == 0) == (is == 0) {
                continue;
            }
            let live = self.live.get(inhibition.target).into_iter().flatten();
            let held = live.filter(|(key, live)| {
                matches!(live.state, TriggerState::Pending { .. }) && key.includes(&part)
            });
            let target = Reader::Rule(inhibition.target);
            turn.affected.extend(held.map(|(key, _)| (target, key.clone())));
        }
    }
}
