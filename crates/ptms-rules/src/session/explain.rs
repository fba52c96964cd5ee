//! Explanations, made of what the session knows. Changes nothing.

use ptms_core::{Key, Timestamp, TriggerState};

use super::{Live, Session};
use crate::explain::{Explanation, Hold, Scene, Timer};
use crate::rule_set::Rule;
use crate::space::Space;

impl Session {
    /// Why a rule does what it does, or does not, for a key at `now`; `None` where there is no such rule
    /// or it is disabled. Exact once [`Session::poll`] has said `None` for that instant.
    #[must_use]
    pub fn explain(&self, rule: &str, key: &Key, now: Timestamp) -> Option<Explanation> {
        let index = self.rules.rules.iter().position(|other| other.spec.id == rule)?;
        let rule = self.rules.rules.get(index)?;
        let live = self.live.get(index).and_then(|live| live.get(key)).cloned().unwrap_or_default();
        let (when, resolve_when) = self.within(now, key, None, |around| {
            let scene = Scene {
                now,
                key,
                rules: &self.rules,
                context: &self.context,
                windows: &self.windows,
                around,
            };
            let when = scene.part(&rule.when.tree, &rule.spec.when);
            let resolves = rule.resolve_when.as_ref().zip(rule.spec.resolve_when.as_ref());
            let resolves = resolves.filter(|_| matches!(live.state, TriggerState::Firing { .. }));
            (when, resolves.map(|(ends, text)| scene.part(&ends.tree, text)))
        });
        let timers = timers(now, rule, &live);
        Some(Explanation {
            at: now,
            rule: rule.spec.id.clone(),
            key: key.clone(),
            state: live.state,
            last_fire: live.last_fire,
            holds: self.holds(index, key, &live, &timers),
            timers,
            when,
            resolve_when,
        })
    }

    /// The keys of a rule that are alive, in order; of a rule without key its one key. Nothing where there
    /// is no such rule.
    pub fn keys_of(&self, rule: &str) -> impl Iterator<Item = Key> {
        let rule = self.rules.rules.iter().find(|other| other.spec.id == rule);
        let space = rule.and_then(|rule| self.spaces.get(rule.space?.0));
        let only = rule.filter(|rule| rule.space.is_none()).map(|_| Key::default());
        space.into_iter().flat_map(Space::keys).cloned().chain(only)
    }

    fn holds(&self, index: usize, key: &Key, live: &Live, timers: &[Timer]) -> Vec<Hold> {
        let Some(rule) = self.rules.rules.get(index) else { return Vec::new() };
        let space = rule.space.and_then(|space| self.spaces.get(space.0));
        let is_alive = space.is_none_or(|space| space.is_alive(key))
            && (rule.space.is_some() || key.is_empty());
        let idle = matches!(live.state, TriggerState::Inactive | TriggerState::Pending { .. });
        let of_timers = timers.iter().filter(|_| idle).filter_map(|timer| match timer.of {
            "for" => Some(Hold::For { until: timer.due }),
            "cooldown" => Some(Hold::Cooldown { until: timer.due }),
            _ => None,
        });
        let inhibitors = self.inhibitors(index, key).filter(|_| idle);
        let inhibitors = inhibitors.filter_map(|source| {
            let rule = self.rules.rules.get(source)?.spec.id.clone();
            Some(Hold::Inhibited { rule })
        });
        let between = rule.spec.on.clone().map(|on| Hold::BetweenEvents { on });
        let others = [
            (!is_alive).then_some(Hold::NotAlive),
            live.unarmed.then_some(Hold::Baseline),
            between.filter(|_| idle),
            rule.spec.shadow.then_some(Hold::Shadow),
        ];
        of_timers.chain(inhibitors).chain(others.into_iter().flatten()).collect()
    }
}

/// What is still to come of the durations of a rule.
fn timers(now: Timestamp, rule: &Rule, live: &Live) -> Vec<Timer> {
    let spec = &rule.spec;
    let cooldown = live.last_fire.map(|last| last + spec.cooldown);
    let (wait, keep) = match live.state {
        TriggerState::Pending { since } => (Some(since + spec.wait), None),
        TriggerState::Resolving { from, .. } => (None, Some(from + spec.keep)),
        TriggerState::Inactive | TriggerState::Firing { .. } => (None, None),
    };
    let stale = live.unknown_since.zip(spec.stale_after).map(|(since, after)| since + after);
    let all = [
        ("for", wait),
        ("cooldown", cooldown),
        ("keep", keep),
        ("repeat", live.repeat_at),
        ("stale_after", stale),
    ];
    let timers = all.into_iter().filter_map(|(of, due)| Some(Timer { of, due: due? }));
    timers.filter(|timer| timer.due > now).collect()
}
