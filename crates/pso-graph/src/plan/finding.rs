//! What is to be remarked on in a plan that can be made all the same. Knows nothing of settings.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Duration, Name, Severity};

use super::{Plan, StepId};

/// How many edges may be looked at to see whether the writers of exclusive things are ordered: each thing
/// takes a walk over the plan from its first writer to its last. Exact for every plan that people
/// write; for what is left, one finding says so.
const SEARCH: usize = 50_000_000;

impl Plan {
    /// What is to be remarked on, in the order in which it is shown: steps that write the same exclusive
    /// thing in no order, estimates longer than their time-out, and a deadline shorter than the critical
    /// path where that rests on assumed durations.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::SystemSpec;
    ///
    /// let writer = |name: &str| {
    ///     let mut system = SystemSpec::new(name);
    ///     system.exclusive.push("repo".into());
    ///     system
    /// };
    /// let catalog = Catalog::new([writer("a"), writer("b")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("a").system("b")).unwrap();
    /// assert_eq!(plan.findings()[0].message, "steps `a` and `b` both write `repo`, in no order");
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<Diagnostic> {
        let mut findings = self.ambiguities();
        findings.extend(self.too_late().filter(|found| found.severity == Severity::Warning));
        for (id, step) in self.ids().zip(&self.steps) {
            let Some(estimate) = step.estimate.filter(|estimate| *estimate > step.timeout) else {
                continue;
            };
            let message = format!(
                "step `{}` is expected to take {estimate}, but times out after {}",
                step.id, step.timeout
            );
            let found = Diagnostic::warning(diagnostic::TOO_LATE, message);
            findings.push(match self.origin(id) {
                Some(origin) => found.label(origin.span.clone(), ""),
                None => found,
            });
        }
        Diagnostic::sort(&mut findings);
        findings
    }

    /// Neighbours in plan order among the writers of one thing that no path leads between: if there are
    /// none, all writers of it are in one order.
    pub(crate) fn ambiguities(&self) -> Vec<Diagnostic> {
        let mut writers: BTreeMap<&Name, Vec<StepId>> = BTreeMap::new();
        for (id, step) in self.ids().zip(&self.steps) {
            for thing in &step.claims.exclusive {
                writers.entry(thing).or_default().push(id);
            }
        }
        writers.retain(|_, writers| writers.len() > 1);
        let mut left = SEARCH;
        let mut latest = vec![0_u32; self.steps.len()];
        let mut findings = Vec::new();
        let mut unseen = 0;
        for (thing, writers) in writers {
            match self.gaps(&writers, &mut latest, &mut left) {
                Some(gaps) => {
                    findings.extend(gaps.into_iter().map(|pair| self.ambiguous(thing, pair)));
                }
                None => unseen += 1,
            }
        }
        if unseen > 0 {
            let message = format!(
                "whether the writers of {unseen} more things are ordered was not looked at"
            );
            findings.push(Diagnostic::warning(diagnostic::AMBIGUOUS, message));
        }
        findings
    }

    /// The neighbours among these steps, which ascend, that no path leads between; `None` once too much
    /// was looked at.
    fn gaps(
        &self,
        writers: &[StepId],
        latest: &mut [u32],
        left: &mut usize,
    ) -> Option<Vec<(StepId, StepId)>> {
        let (first, last) = (writers.first()?.index(), writers.last()?.index());
        // By step: the number, from 1, of the last writer that leads to it or is it.
        let mut gaps = Vec::new();
        let mut number = 0_u32;
        for index in first..=last {
            let id = StepId::new(index as u32);
            let mut reached = 0;
            for edge in self.predecessors(id).filter(|edge| edge.from.index() >= first) {
                *left = left.checked_sub(1)?;
                reached = latest.get(edge.from.index()).copied().unwrap_or(0).max(reached);
            }
            if writers.get(number as usize) == Some(&id) {
                let before =
                    (number as usize).checked_sub(1).and_then(|before| writers.get(before));
                gaps.extend(before.filter(|_| reached != number).map(|before| (*before, id)));
                number += 1;
                reached = number;
            }
            if let Some(slot) = latest.get_mut(index) {
                *slot = reached;
            }
        }
        Some(gaps)
    }

    fn ambiguous(&self, thing: &Name, (one, other): (StepId, StepId)) -> Diagnostic {
        let id = |step| self.step(step).map_or("", |step| step.id.as_str());
        let message =
            format!("steps `{}` and `{}` both write `{thing}`, in no order", id(one), id(other));
        let mut found = Diagnostic::warning(diagnostic::AMBIGUOUS, message);
        for origin in [one, other].into_iter().filter_map(|step| self.origin(step)) {
            found = found.label(origin.span.clone(), "");
        }
        found.help("say which comes first; as it is, whichever starts first writes first")
    }

    /// That the deadline is shorter than the critical path: an error if that is so whatever the steps
    /// take of which nobody has said, else a warning.
    pub(crate) fn too_late(&self) -> Option<Diagnostic> {
        let deadline = self.deadline?;
        let (longest, known) = (self.path(self.default_estimate), self.path(Duration::ZERO));
        if longest <= deadline {
            return None;
        }
        let name = &self.name;
        let found = if known > deadline {
            let message = format!(
                "the deadline of `{name}` is {deadline}, but its critical path takes {known}"
            );
            Diagnostic::error(diagnostic::TOO_LATE, message)
        } else {
            let message = format!(
                "the deadline of `{name}` is {deadline}, but its critical path takes {longest} if every step of which nobody has said takes {}",
                self.default_estimate
            );
            Diagnostic::warning(diagnostic::TOO_LATE, message)
        };
        Some(match &self.origins.deadline {
            Some(origin) => found.label(origin.span.clone(), ""),
            None => found,
        })
    }

    /// Whether all steps one after the other take no more than [`Duration::MAX`], so that no sum of
    /// their durations overflows.
    pub(crate) fn adds_up(&self) -> bool {
        let mut durations = self.ids().map(|step| self.duration(step).as_nanos());
        durations.try_fold(0_i64, i64::checked_add).is_some()
    }

    /// The length of the longest path, where a step without an estimate takes so long.
    fn path(&self, default: Duration) -> Duration {
        let mut starts = vec![Duration::ZERO; self.steps.len()];
        let mut end = Duration::ZERO;
        for (id, step) in self.ids().zip(&self.steps) {
            let start = starts.get(id.index()).copied().unwrap_or_default();
            let finish = start.saturating_add(step.estimate.unwrap_or(default));
            end = end.max(finish);
            for edge in self.successors(id) {
                if let Some(slot) = starts.get_mut(edge.to.index()) {
                    *slot = finish.max(*slot);
                }
            }
        }
        end
    }
}
