//! Whether what steps are given is there by then. Knows nothing of what it is.

use std::collections::BTreeSet;

use ptms_core::Name;
use ptms_core::step::Source;

use super::{EdgeKind, Plan, Step, StepId};

/// How many edges may be followed backwards from steps that are given outputs. A step mostly needs what
/// it is given directly; this allows for a thousand that lie ten thousand edges behind.
const SEARCH: usize = 10_000_000;

/// A step is given the output of one that it does not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// The step that is given it.
    pub(crate) to: StepId,
    /// The step whose output it is.
    pub(crate) of: Name,
    /// Whether it may be there all the same: it was too far to look.
    pub(crate) unseen: bool,
}

impl Plan {
    /// Every output that a step is given and that may not be there, because the step does not need, however
    /// indirectly, the one that gives it.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        let mut left = SEARCH;
        let mut missing = Vec::new();
        for (to, step) in self.ids().zip(&self.steps) {
            for of in outputs(step) {
                // Names that are none of others have been reported.
                let Some(earlier) = self.find(of).filter(|earlier| *earlier != to) else {
                    continue;
                };
                let found = self.needs(to, earlier, &mut left);
                if found != Some(true) {
                    missing.push(Missing { to, of: of.clone(), unseen: found.is_none() });
                }
            }
        }
        missing
    }

    /// Whether needs alone lead from `later` back to `earlier`; `None` once too much was looked at.
    fn needs(&self, later: StepId, earlier: StepId, left: &mut usize) -> Option<bool> {
        // Every need goes back in plan order, so nothing before `earlier` leads there.
        let mut seen = BTreeSet::from([later]);
        let mut open = vec![later];
        while let Some(step) = open.pop() {
            for edge in self.predecessors(step).filter(|edge| edge.kind == EdgeKind::Needs) {
                *left = left.checked_sub(1)?;
                if edge.from == earlier {
                    return Some(true);
                }
                if edge.from > earlier && seen.insert(edge.from) {
                    open.push(edge.from);
                }
            }
        }
        Some(false)
    }
}

/// The steps whose outputs a step is given, each once.
fn outputs(step: &Step) -> BTreeSet<&Name> {
    let guard = step.when.iter().flat_map(|guard| guard.condition.params.values());
    let list = step.for_each.iter().map(|each| &each.over);
    let sources = step.input.values().chain(list).chain(guard);
    sources
        .filter_map(|source| match source {
            Source::Output { step, .. } => Some(step),
            Source::Value(_) | Source::Param(_) | Source::Item | Source::Secret(_) => None,
        })
        .collect()
}
