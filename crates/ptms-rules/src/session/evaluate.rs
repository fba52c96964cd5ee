//! The evaluation of one rule for one key, and what comes of it.

use ptms_core::diagnostic::line_and_column;
use ptms_core::{CheckedEvent, Key, Timestamp, TriggerState};

use super::life::{Seen, earliest_fire, next};
use super::{Live, Output, RuleFault, Session, Transition, Turn};
use crate::condition::{Environment, Program, Truth};
use crate::rule_set::Rule;

impl Session {
    /// Evaluates rules for keys, in order. `closing` says whether this closes `now`. What reads a pulse
    /// is evaluated again right after, when the pulse is over.
    pub(super) fn evaluate(&mut self, now: Timestamp, closing: bool, mut turn: Turn) {
        loop {
            self.derive(now, &mut turn);
            for (rule, key) in std::mem::take(&mut turn.affected) {
                self.evaluate_one(now, closing, rule, key);
            }
            if !self.end_pulses(&mut turn) {
                return;
            }
        }
    }

    fn evaluate_one(&mut self, now: Timestamp, closing: bool, index: usize, key: Key) {
        let rules = self.rules.clone();
        let Some(rule) = rules.rules.get(index) else { return };
        self.stats.evaluations += 1;
        let old = self.live.get(index).and_then(|live| live.get(&key)).cloned().unwrap_or_default();
        let when = self.truth(now, &key, None, &rule.when);
        // While `when` is true it wins, and `resolve_when` is not looked at.
        let resolve_when = match (&rule.resolve_when, old.state) {
            (Some(condition), TriggerState::Firing { .. }) if when != Truth::True => {
                Some(self.truth(now, &key, None, condition))
            }
            (Some(_), _) => Some(Truth::Unknown),
            (None, _) => None,
        };
        let conditions = [
            (Some(when), Some((&rule.when, &rule.spec.when))),
            (resolve_when, rule.resolve_when.as_ref().zip(rule.spec.resolve_when.as_ref())),
        ];
        let fault = conditions.into_iter().find_map(|(truth, condition)| match truth {
            Some(Truth::Fault(fault)) => condition.map(|condition| (fault, condition)),
            _ => None,
        });
        let told = fault.filter(|_| !old.faulted).map(|(fault, (condition, text))| {
            let told = self.within(now, &key, None, |around| condition.told(around, fault));
            (line_and_column(text, fault.at), told)
        });
        if let Some(verdicts) = self.verdicts.get_mut(index) {
            verdicts.count(when);
        }
        let cooldown = rule.spec.cooldown;
        let cooldown_end =
            old.last_fire.map(|last| last + cooldown).filter(|_| !cooldown.is_zero());
        let seen = Seen { now, closing, when, resolve_when, wait: rule.spec.wait, cooldown_end };

        let mut new = old.clone();
        new.faulted = fault.is_some();
        if let Some((place, message)) = told {
            self.report_fault(now, rule, &key, place, message);
        }
        if let Some((state, reason)) = next(old.state, &seen) {
            new.state = state;
            if state.is_firing() {
                new.last_fire = Some(now);
                self.outputs.push_back(Output::Fired(rule.spec.firing(&key, now)));
            } else {
                let (rule, key) = (rule.spec.id.clone(), key.clone());
                let transition = Transition { at: now, rule, key, to: state, reason };
                self.outputs.push_back(Output::Transition(transition));
            }
        }
        new.timer = match new.state {
            TriggerState::Pending { since } => Some(earliest_fire(since, &seen))
                .filter(|due| *due > now || (*due == now && !closing)),
            _ => None,
        };
        self.store(index, key, &old, new);
    }

    fn store(&mut self, rule: usize, key: Key, old: &Live, new: Live) {
        if old.timer != new.timer {
            if let Some(timer) = old.timer {
                self.timers.remove(&(timer, rule, key.clone()));
            }
            if let Some(timer) = new.timer {
                self.timers.insert((timer, rule, key.clone()));
            }
        }
        self.spare(rule, &key, old, &new);
        let Some(live) = self.live.get_mut(rule) else { return };
        if new == Live::default() {
            live.remove(&key);
        } else if new != *old {
            live.insert(key, new);
        }
    }

    /// What a condition comes to for a key, with the event at hand.
    pub(super) fn truth(
        &self,
        now: Timestamp,
        key: &Key,
        event: Option<&CheckedEvent>,
        condition: &Program,
    ) -> Truth {
        self.within(now, key, event, |around| condition.truth(around))
    }

    /// What `look` sees of what a condition is evaluated against.
    fn within<T>(
        &self,
        now: Timestamp,
        key: &Key,
        event: Option<&CheckedEvent>,
        look: impl FnOnce(&Environment<'_>) -> T,
    ) -> T {
        look(&Environment {
            now,
            context: &self.context,
            calendars: &self.rules.calendars,
            key,
            event,
            params: &[],
            window: &|window, question| self.read_window(now, window, question, key),
        })
    }

    fn report_fault(
        &mut self,
        at: Timestamp,
        rule: &Rule,
        key: &Key,
        (line, column): (usize, usize),
        message: String,
    ) {
        let (rule, key) = (rule.spec.id.clone(), key.clone());
        let fault = RuleFault { at, rule, key, line, column, message };
        self.outputs.push_back(Output::Fault(fault));
    }
}
