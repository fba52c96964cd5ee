//! Phases of a workflow as links: a barrier between two of them is a link between each step of the one
//! and each of the other. Knows nothing of systems.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, StepSpec, WorkflowSpec};

use super::fault::{Faults, at};
use super::links::Link;
use crate::limit::MAX_EDGES;
use crate::plan::{Between, EdgeKind};

/// Links from every step that is in a phase to every step of a later one. All pairs: a step can be
/// skipped while a step of an earlier phase still runs, so those that wait for it alone would not wait
/// for the other.
pub(super) fn links(workflow: &WorkflowSpec, faults: &mut Faults) -> Vec<Link> {
    let names = names(workflow, faults);
    let numbers: BTreeMap<&Name, usize> = names.iter().copied().zip(0..).collect();
    let mut phases: Vec<Vec<(u32, &StepSpec)>> = vec![Vec::new(); names.len()];
    for (number, step) in (0..).zip(&workflow.steps) {
        let Some(phase) = &step.phase else { continue };
        let found = numbers.get(&phase.name);
        if let Some(steps) = found.and_then(|found| phases.get_mut(*found)) {
            steps.push((number, step));
            continue;
        }
        let message = format!(
            "step `{}` of workflow `{}` belongs to phase `{}`, but the workflow has no such phase",
            step.id, workflow.name, phase.name
        );
        let candidates = names.iter().map(|name| name.as_str());
        let list = || {
            let list = format!("list the phases in their order: `phases = [\"{}\"]`", phase.name);
            names.is_empty().then_some(list)
        };
        faults.unknown(message, &phase.name, phase.origin.as_ref(), candidates, list);
    }
    let (mut pairs, mut before) = (0_usize, 0_usize);
    for steps in &phases {
        pairs = pairs.saturating_add(before.saturating_mul(steps.len()));
        before += steps.len();
    }
    if pairs > MAX_EDGES {
        let message = format!(
            "the phases of workflow `{}` order {pairs} pairs of steps; the limit is {MAX_EDGES}",
            workflow.name
        );
        faults.push(Diagnostic::error(diagnostic::TOO_MUCH, message));
        return Vec::new();
    }
    let mut links = Vec::with_capacity(pairs);
    let mut earlier: Vec<u32> = Vec::new();
    for steps in phases {
        for (later, step) in &steps {
            let origin = || step.phase.as_ref().and_then(|phase| phase.origin.clone());
            links.extend(earlier.iter().map(|earlier| Link {
                later: *later,
                earlier: *earlier,
                kind: EdgeKind::After,
                between: Between::Phases,
                weak: false,
                origin: origin(),
            }));
        }
        earlier.extend(steps.iter().map(|(number, _)| *number));
    }
    links
}

/// The phases in their order, each once.
fn names<'a>(workflow: &'a WorkflowSpec, faults: &mut Faults) -> Vec<&'a Name> {
    let mut names: Vec<&Name> = Vec::new();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for phase in &workflow.phases {
        if !seen.insert(&phase.name) {
            let message =
                format!("phase `{}` of workflow `{}` is listed twice", phase.name, workflow.name);
            let fault = Diagnostic::error(diagnostic::DUPLICATE_NAME, message);
            faults.push(at(fault, phase.origin.as_ref(), ""));
            continue;
        }
        names.push(&phase.name);
    }
    names
}
