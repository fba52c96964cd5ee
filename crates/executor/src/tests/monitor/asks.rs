//! What the host is asked for, held against what was promised.

use std::collections::BTreeSet;
use std::sync::Arc;

use pso_graph::{EdgeKind, StepId};

use super::{Belief, Watched};
use crate::{Action, Change, Effect, EffectKey};

impl Watched {
    pub(super) fn on_perform(&mut self, effect: &Effect, after: u64) {
        let key = &effect.key;
        let plan = Arc::clone(&self.plan);
        let step = plan.step(key.step).unwrap();
        assert!(
            matches!(&self.journal[after as usize].change, Change::Issued { call, deadline }
                if call.step == key.step && call.action == key.action && *deadline == effect.deadline),
            "an effect comes after the record that announces it"
        );
        assert!(self.performed.insert((key.clone(), effect.attempt)), "performed twice: {key}");
        assert!(self.open.iter().all(|open| open.key.step != key.step), "two effects on one step");
        if key.action == Action::Activate || effect.attempt > 1 {
            let (rest, now) = (self.rests.remove(&key.step), self.journal.last().unwrap().at);
            let is_over = rest.is_none_or(|rest| rest <= now);
            assert!(is_over || self.rolling_back, "begun before its rest is over");
        }
        assert!(
            key.action == Action::Verify || !self.is_paused(key.step),
            "begun in a pause: {key}"
        );
        self.awaiting.remove(&key.step);
        match &key.action {
            Action::Activate => {
                assert!(!self.cancelled, "activated after it was cancelled: {key}");
                assert!(!self.rolling_back, "activated in a rollback: {key}");
                self.check_next(effect);
                for edge in plan.predecessors(key.step) {
                    let before = self.seen(edge.from);
                    if edge.kind == EdgeKind::Needs {
                        assert_eq!(before.belief, Belief::Up, "started before what it needs");
                    }
                    let begun = before.belief != Belief::Untouched;
                    let under_way = self.open.iter().any(|open| open.key.step == edge.from);
                    assert!(
                        (begun || before.skipped || before.failed) && !under_way,
                        "started before what it follows"
                    );
                }
                let seen = self.seen_mut(key.step);
                if seen.epoch != key.epoch {
                    (seen.epoch, seen.unknown, seen.passed) = (key.epoch, false, false);
                }
                seen.tries += 1;
                seen.belief = Belief::Maybe;
            }
            Action::Verify => {
                assert!(!self.rolling_back && step.verify);
                assert_eq!(self.seen(key.step).belief, Belief::Maybe);
                assert_eq!(key.epoch, self.seen(key.step).epoch);
            }
            Action::Undo(_) => self.on_undo(effect),
        }
        let mut open = effect.clone();
        if let Some(heartbeat) = step.heartbeat {
            open.deadline = open.deadline.min(self.journal.last().unwrap().at + heartbeat);
        }
        self.open.push(open);
        self.asked.push(effect.clone());
    }

    pub(super) fn on_undo(&mut self, effect: &Effect) {
        let key = &effect.key;
        let plan = Arc::clone(&self.plan);
        let step = plan.step(key.step).unwrap();
        assert!(matches!(&key.action, Action::Undo(action) if step.undo.action() == Some(action)));
        assert!(matches!(self.seen(key.step).belief, Belief::Up | Belief::Maybe));
        let keys = (0..=self.seen(key.step).epoch).map(|epoch| EffectKey {
            action: Action::Activate,
            epoch,
            ..key.clone()
        });
        assert_eq!(effect.reverses, keys.collect::<Vec<_>>(), "an undo knows every key");
        let begun = self.seen(key.step).undos;
        if effect.attempt == 1 {
            assert_eq!(key.epoch, begun, "the epoch counts the undos");
            self.seen_mut(key.step).undos += 1;
            let seen = self.seen_mut(key.step);
            (seen.covered, seen.haunted) = (Some(seen.epoch), false);
        } else {
            assert_eq!(key.epoch + 1, begun, "the same undo, once more");
        }
        if self.rolling_back && !self.late {
            self.check_way_back(key.step);
        } else if !self.rolling_back {
            let in_place = !step.critical || step.retry.is_some();
            assert!(in_place, "a critical step is undone only in a rollback, or to retry");
        }
    }

    /// A first attempt, one more under a key of which nothing is known, or a new key where nothing is.
    pub(super) fn check_next(&self, effect: &Effect) {
        let Effect { key, attempt, .. } = effect;
        let (step, seen) = (self.plan.step(key.step).unwrap(), self.seen(key.step));
        match (key.epoch, attempt) {
            (0, 1) => assert_eq!(seen.belief, Belief::Untouched),
            (_, 1) => {
                assert_eq!(key.epoch, seen.epoch + 1, "epochs are counted");
                assert_eq!(seen.belief, Belief::Gone, "begun anew although something may be there");
            }
            (epoch, _) => {
                assert!(epoch == seen.epoch && step.idempotent, "a key is performed twice");
                assert_eq!(seen.belief, Belief::Maybe, "repeated although it is decided");
            }
        }
        let max = step.retry.as_ref().map_or(1, |retry| retry.max);
        assert!(seen.tries < max, "tried too often");
    }

    /// Nothing that comes after `step`, however far, may still be there, unless it is stuck.
    pub(super) fn check_way_back(&self, step: StepId) {
        let mut reached = vec![step];
        let mut seen = BTreeSet::new();
        while let Some(step) = reached.pop() {
            for edge in self.plan.successors(step) {
                if !seen.insert(edge.to) {
                    continue;
                }
                reached.push(edge.to);
                let under_way = self.open.iter().any(|open| open.key.step == edge.to);
                assert!(!under_way, "undone while a later step is under way");
                let there = matches!(self.seen(edge.to).belief, Belief::Up | Belief::Maybe);
                assert!(!there || self.seen(edge.to).passed, "undone before a later step");
            }
        }
    }
}
