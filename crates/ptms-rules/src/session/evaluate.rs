//! The evaluation of one rule for one key, and what comes of it.

use ptms_core::diagnostic::line_and_column;
use ptms_core::{Key, OnUnknown, Reason, Timestamp, TriggerState, Value};

use super::life::{Next, Seen, Terms, next};
use super::{Live, Output, RuleFault, Session, Transition, Turn};
use crate::condition::{Environment, Program, Truth};
use crate::rule_set::{Reader, Rule};
use crate::told::Outcome;

/// What the conditions of a rule came to.
struct Looked {
    when: Truth,
    /// `None` where the rule has no `resolve_when`.
    resolve_when: Option<Truth>,
    /// Whether something was seen that holds in this one evaluation.
    pulse: bool,
}

impl Session {
    /// Works out what the turn affects, in order. What saw a pulse is worked out again right after,
    /// when the pulse is over.
    pub(super) fn evaluate(&mut self, mut turn: Turn) {
        loop {
            self.note_pulses(&mut turn);
            while let Some((reader, key)) = turn.affected.pop_first() {
                match reader {
                    Reader::Derived(index) => self.derive(index, &key, &mut turn),
                    Reader::Rule(index) => self.evaluate_rule(index, key, &mut turn),
                }
            }
            self.windows.end_pulses();
            if turn.pulsed.is_empty() {
                return;
            }
            turn = Turn { affected: turn.pulsed, ..Turn::new(turn.now, false) };
        }
    }

    fn evaluate_rule(&mut self, index: usize, key: Key, turn: &mut Turn) {
        let rules = self.rules.clone();
        let Some(rule) = rules.rules.get(index) else { return };
        self.stats.evaluations += 1;
        let old = self.live.get(index).and_then(|live| live.get(&key)).cloned().unwrap_or_default();
        let looked = self.look(turn, index, &key, rule, old.state);
        let mut new = old.clone();
        self.report(turn, index, &key, &looked, &mut new);
        let seen =
            Seen { inhibited: self.is_inhibited(index, &key), ..see(turn, rule, &looked, &old) };
        new.unarmed = old.unarmed && seen.when != Truth::False;
        match next(old.state, &seen) {
            Next::Stay => {}
            Next::Miss => self.stats.pulses_missed += 1,
            Next::To(state, reason) => {
                let again = matches!(old.state, TriggerState::Resolving { .. });
                self.enter(turn, index, &key, &mut new, (state, reason), again);
            }
        }
        new.inhibited = seen.inhibited && matches!(new.state, TriggerState::Pending { .. });
        let lasting =
            matches!(new.state, TriggerState::Pending { .. } | TriggerState::Firing { .. });
        new.unknown_since = seen.unknown_since.filter(|_| lasting);
        self.repeat(&seen, rule, &key, &mut new);
        let repeat = new.repeat_at.filter(|due| !seen.matured(*due));
        new.timer = seen.due(new.state, new.unknown_since).into_iter().chain(repeat).min();
        let fires = new.state.is_firing();
        if fires != old.state.is_firing() {
            self.note_firing(index, &key, fires, turn);
            self.come_back(index, &key, if fires { Outcome::Fired } else { Outcome::Resolved });
        }
        self.store(index, key, &old, new);
    }

    /// What the conditions of a rule come to. A rule that looks at events is false between them.
    fn look(
        &mut self,
        turn: &Turn,
        index: usize,
        key: &Key,
        rule: &Rule,
        state: TriggerState,
    ) -> Looked {
        let pulse = turn.pulsed.contains(&(Reader::Rule(index), key.clone()));
        let when = match (rule.on, turn.event_for(index, key)) {
            (Some(_), None) => Truth::False,
            (_, event) => {
                let when = self.truth(turn.now, key, event, &rule.when.program);
                if let Some(verdicts) = self.verdicts.get_mut(index) {
                    verdicts.count(when);
                }
                when
            }
        };
        // While `when` is true it wins, and `resolve_when` is not looked at.
        let resolve_when = rule.resolve_when.as_ref().map(|condition| match state {
            TriggerState::Firing { .. } if when != Truth::True => {
                self.truth(turn.now, key, None, &condition.program)
            }
            _ => Truth::Unknown,
        });
        Looked { when, resolve_when, pulse }
    }

    /// Says once, until something is known again, that a condition is at fault or unknown. What is false
    /// for want of an event says nothing of that.
    fn report(&mut self, turn: &Turn, index: usize, key: &Key, looked: &Looked, live: &mut Live) {
        let (at, rules) = (turn.now, self.rules.clone());
        let Some(rule) = rules.rules.get(index) else { return };
        let conditions = [
            (Some(looked.when), Some((&rule.when, &rule.spec.when))),
            (looked.resolve_when, rule.resolve_when.as_ref().zip(rule.spec.resolve_when.as_ref())),
        ];
        let fault = conditions.into_iter().find_map(|(truth, condition)| match truth {
            Some(Truth::Fault(fault)) => condition.map(|condition| (fault, condition)),
            _ => None,
        });
        if let Some((fault, (condition, text))) = fault.filter(|_| !live.faulted) {
            let event = turn.event_for(index, key);
            let message =
                self.within(at, key, event, |around| condition.program.told(around, fault));
            let (line, column) = line_and_column(text, fault.at);
            let (rule, key) = (rule.spec.id.clone(), key.clone());
            let fault = RuleFault { at, rule, key, line, column, message };
            self.outputs.push_back(Output::Fault(fault));
        }
        let between = rule.on.is_some() && turn.event_for(index, key).is_none();
        live.faulted = fault.is_some() || (between && live.faulted);
        let reports = rule.spec.on_unknown == OnUnknown::Report;
        let unknown = reports && matches!(looked.when, Truth::Unknown | Truth::Fault(_));
        if unknown && !live.reported && looked.when == Truth::Unknown {
            let (rule, key) = (rule.spec.id.clone(), key.clone());
            self.outputs.push_back(Output::Unknown { at, rule, key });
        }
        live.reported = (unknown || between) && (live.reported || looked.when == Truth::Unknown);
    }

    /// Enters the next state and says so.
    fn enter(
        &mut self,
        turn: &Turn,
        index: usize,
        key: &Key,
        live: &mut Live,
        (state, reason): (TriggerState, Reason),
        again: bool,
    ) {
        let (at, rules) = (turn.now, self.rules.clone());
        let Some(rule) = rules.rules.get(index) else { return };
        live.state = state;
        if matches!(state, TriggerState::Firing { .. }) && !again {
            live.last_fire = Some(at);
            live.repeat_at = rule.spec.repeat.map(|every| at + every);
            let mut firing = self.firing(turn, index, rule, key);
            firing.reason = reason;
            self.outputs.push_back(Output::Fired(firing));
        } else {
            let (rule, key) = (rule.spec.id.clone(), key.clone());
            let transition = Transition { at, rule, key, to: state, reason };
            self.outputs.push_back(Output::Transition(transition));
        }
    }

    /// Tells again, where it is due, that a trigger is still firing.
    fn repeat(&mut self, seen: &Seen, rule: &Rule, key: &Key, live: &mut Live) {
        live.repeat_at = live.repeat_at.filter(|_| live.state.is_firing());
        if let Some(due) = live.repeat_at.filter(|due| seen.matured(*due)) {
            self.outputs.push_back(Output::Repeated(rule.spec.firing(key, seen.now)));
            live.repeat_at = rule.spec.repeat.map(|every| due + every);
        }
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

    /// What a condition comes to for a key, with the values of the event at hand.
    pub(super) fn truth(
        &self,
        now: Timestamp,
        key: &Key,
        event: Option<&[Option<Value>]>,
        condition: &Program,
    ) -> Truth {
        self.within(now, key, event, |around| condition.truth(around))
    }

    /// What `look` sees of what a condition is evaluated against.
    pub(super) fn within<T>(
        &self,
        now: Timestamp,
        key: &Key,
        event: Option<&[Option<Value>]>,
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
}

/// What the life of a trigger goes by.
fn see(turn: &Turn, rule: &Rule, looked: &Looked, old: &Live) -> Seen {
    let spec = &rule.spec;
    let unknown = matches!(looked.when, Truth::Unknown | Truth::Fault(_));
    let cooldown_end = old.last_fire.map(|last| last + spec.cooldown);
    Seen {
        now: turn.now,
        closing: turn.closing,
        when: match spec.on_unknown {
            OnUnknown::False if unknown => Truth::False,
            _ => looked.when,
        },
        resolve_when: looked.resolve_when,
        pulse: looked.pulse,
        unarmed: old.unarmed,
        inhibited: false,
        was_inhibited: old.inhibited,
        cooldown_end: cooldown_end.filter(|_| !spec.cooldown.is_zero()),
        unknown_since: old.unknown_since.or(Some(turn.now)).filter(|_| unknown),
        terms: Terms { wait: spec.wait, keep: spec.keep, stale_after: spec.stale_after },
    }
}
