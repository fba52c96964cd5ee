//! The end, held against what is there.

use std::collections::BTreeSet;

use pso_graph::{EdgeKind, StepId};
use ptms_core::Undo;

use super::{Belief, Seen, Watched};
use crate::{Cause, End, Residue, Unmet};

impl Watched {
    pub(super) fn on_end(&self, end: &End) {
        // What may be there although its author said that there is nothing to reverse does not count.
        let there: BTreeSet<StepId> = self.plan.ids().filter(|id| self.is_there(*id)).collect();
        let critical_up = || {
            let mut critical = self.plan.ids().filter(|id| self.plan.step(*id).unwrap().critical);
            critical.all(|id| self.seen(id).belief == Belief::Up || self.seen(id).skipped)
        };
        match end {
            End::Completed => {
                let is_done = |seen: &Seen| seen.belief == Belief::Up || seen.skipped;
                assert!(self.seen.iter().all(is_done), "not all is up");
                assert!(self.seen.iter().all(|seen| !seen.failed), "something failed");
                assert_eq!(self.unmet(), [], "a criterion is not true");
            }
            End::CompletedWithFailures { failed, unmet } => {
                assert!(critical_up() && !self.rolling_back);
                assert!(!failed.is_empty() || !unmet.is_empty());
                assert_eq!(self.unmet(), *unmet, "what is not true is exact");
                for id in self.plan.ids() {
                    let seen = self.seen(id);
                    let listed =
                        failed.iter().any(|failure| failure.step == self.plan.step(id).unwrap().id);
                    assert_eq!(listed, seen.failed, "failures are exact");
                    assert!(!seen.failed || !there.contains(&id), "something remains");
                    assert!(seen.failed || seen.skipped || seen.belief == Belief::Up);
                }
            }
            End::RolledBack { .. } | End::Cancelled => {
                assert!(self.rolling_back);
                assert_eq!(there, BTreeSet::new(), "something remains");
                assert_eq!(
                    *end == End::Cancelled,
                    self.run.state().cause() == Some(&Cause::Cancelled)
                );
            }
            End::Accepted { residue, held, .. } | End::Stuck { residue, held, .. } => {
                assert!(!residue.is_empty() || self.late);
                let accepted =
                    |one: &Residue| self.seen(self.plan.find(&one.step).unwrap()).accepted;
                let all = !residue.is_empty() && residue.iter().all(accepted);
                assert_eq!(
                    matches!(end, End::Accepted { .. }),
                    all,
                    "accepted by a person, and whole"
                );
                let id = |name: &str| self.plan.find(name).unwrap();
                let residue: BTreeSet<StepId> = residue.iter().map(|one| id(&one.step)).collect();
                let held: BTreeSet<StepId> = held.iter().map(|name| id(name)).collect();
                assert!(residue.is_subset(&there), "what is gone is no residue");
                if !self.rolling_back {
                    assert!(critical_up() && held.is_empty());
                    let failed = |id: &StepId| self.seen(*id).failed;
                    assert_eq!(residue, there.into_iter().filter(failed).collect());
                    return;
                }
                assert!(
                    there.is_subset(&residue.union(&held).copied().collect()),
                    "residue is exact"
                );
                for id in &held {
                    // A step that came back after its undo may be up again, and is held like any other.
                    let belief = self.seen(*id).belief;
                    assert!(belief == Belief::Up || (self.late && belief == Belief::Maybe));
                }
                if !self.late {
                    assert_eq!(held, self.needed_by(&residue), "held is exact");
                }
            }
        }
    }

    /// The criteria that are not true. All have been judged, and none is required.
    pub(super) fn unmet(&self) -> Vec<Unmet> {
        let criteria = self.plan.success().iter().zip(0..);
        let found = criteria.filter_map(|(criterion, index)| {
            let verdict = self.criteria[&index];
            assert!(
                !criterion.required || verdict == Some(true),
                "completed without what it requires"
            );
            let of = &criterion.condition;
            (verdict != Some(true)).then(|| Unmet::new(&of.workflow, &of.text, verdict))
        });
        found.collect()
    }

    pub(super) fn is_there(&self, id: StepId) -> bool {
        let there = matches!(self.seen(id).belief, Belief::Up | Belief::Maybe);
        there && self.plan.step(id).unwrap().undo != Undo::Nothing
    }

    /// All that the given steps need, directly or not, without themselves.
    pub(super) fn needed_by(&self, steps: &BTreeSet<StepId>) -> BTreeSet<StepId> {
        let mut needed = BTreeSet::new();
        for id in self.plan.ids().rev() {
            let mut needs = self.plan.successors(id).filter(|edge| edge.kind == EdgeKind::Needs);
            let wanted = needs.any(|edge| steps.contains(&edge.to) || needed.contains(&edge.to));
            if wanted && !steps.contains(&id) {
                needed.insert(id);
            }
        }
        needed
    }
}
