//! What is to be remarked on in a plan that can be made all the same. Knows nothing of settings.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Duration, Exhaustion, Name, Severity};

use super::{Plan, Step, StepId};

/// How many steps and edges may be looked at to see whether the writers of exclusive things are ordered:
/// each thing takes a walk over the plan from its first writer to its last. Exact for every plan that people
/// write; for what is left, one finding says so.
const SEARCH: usize = 50_000_000;

impl Plan {
    /// What is to be remarked on, in the order in which it is shown: steps that write the same exclusive
    /// thing in no order, estimates and retries that do not fit their time limits, a deadline shorter than
    /// the critical path where that rests on assumed durations, steps that nobody has said how to undo,
    /// and steps that can fail where there is no way back.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::{SystemSpec, Undo};
    ///
    /// let writer = |name: &str| {
    ///     let mut system = SystemSpec::new(name);
    ///     system.undo = Undo::Nothing;
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
        findings.extend(self.hurried());
        findings.extend(self.stranded());
        findings.extend(self.past_return());
        Diagnostic::sort(&mut findings);
        findings
    }

    /// Steps whose own time limits cannot be kept.
    fn hurried(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (id, step) in self.ids().zip(&self.steps) {
            let mut doubt = |says: String| {
                let message = format!("step `{}` {says}", step.id);
                findings.push(self.at(id, Diagnostic::warning(diagnostic::TOO_LATE, message)));
            };
            if let Some(estimate) = step.estimate.filter(|estimate| *estimate > step.timeout) {
                let limit = step.timeout;
                doubt(format!("is expected to take {estimate}, but times out after {limit}"));
            }
            let Some(limit) = step.step_timeout else { continue };
            if let Some(estimate) = step.estimate.filter(|estimate| *estimate > limit) {
                doubt(format!("is expected to take {estimate}, but is given up after {limit}"));
            }
            let waits = step.retry.iter().map(|retry| (retry, retry.waits()));
            for (retry, waits) in waits.filter(|(_, waits)| *waits > limit) {
                let max = retry.max;
                doubt(format!(
                    "waits {waits} between its {max} attempts, but is given up after {limit}"
                ));
            }
        }
        findings
    }

    /// That a rollback can end stuck because nobody has said how to undo some steps.
    fn stranded(&self) -> Option<Diagnostic> {
        let stranded: Vec<StepId> = self.without_undo().collect();
        let first = *stranded.first()?;
        let message = format!(
            "a rollback across {} ends stuck: nobody has said how to undo {}",
            self.named(&stranded),
            if stranded.len() == 1 { "it" } else { "them" }
        );
        let found = self.at(first, Diagnostic::warning(diagnostic::NO_WAY_BACK, message));
        let help = "name the action: `undo = \"restore\"`; or say \"nothing\", or \"pivot\" where \
                    there is no way back";
        Some(found.help(help))
    }

    /// That steps which can fail come after one that stays.
    fn past_return(&self) -> Option<Diagnostic> {
        let pauses = |step: &Step| {
            let retry = step.retry.as_ref();
            retry.is_some_and(|retry| retry.on_exhaustion == Exhaustion::Pause)
        };
        let fails = |id: &StepId| {
            let step = self.step(*id);
            step.is_some_and(|step| step.critical && step.system.is_some() && !pauses(step))
        };
        let mut beyond = self.beyond_pivots();
        beyond.retain(fails);
        let first = *beyond.first()?;
        let pivots: Vec<StepId> = self.pivots().collect();
        let message = format!(
            "beyond {} there is no way back, and if {} fails the run ends stuck",
            self.named(&pivots),
            self.named(&beyond)
        );
        let found = self.at(first, Diagnostic::warning(diagnostic::NO_WAY_BACK, message));
        let help =
            "let it wait for a person instead: `retry = { max = 3, on_exhaustion = \"pause\" }`";
        Some(found.help(help))
    }

    /// The diagnostic with where the step is declared.
    fn at(&self, step: StepId, found: Diagnostic) -> Diagnostic {
        match self.origin(step) {
            Some(origin) => found.label(origin.span.clone(), ""),
            None => found,
        }
    }

    /// "`a`, `b` and 7 more".
    fn named(&self, steps: &[StepId]) -> String {
        /// More steps than this are counted rather than named.
        const NAMED: usize = 5;
        let names = steps.iter().take(NAMED).filter_map(|id| self.step(*id));
        let names: Vec<String> = names.map(|step| format!("`{}`", step.id)).collect();
        match (steps.len().saturating_sub(NAMED), names.split_last()) {
            (0, Some((last, init @ [_, ..]))) => format!("{} and {last}", init.join(", ")),
            (0, _) => names.join(", "),
            (more, _) => format!("{} and {more} more", names.join(", ")),
        }
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
            *left = left.checked_sub(1)?;
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
}
