//! The steps of a plan before they are in order: where each comes from and what is settled for it. Knows
//! nothing of what links them.

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, Origin, StepSpec, SystemSpec, WorkflowSpec};

use super::Catalog;
use super::closure::{Pulled, Root, closure};
use super::fault::{Faults, at};
use super::resolve::{Flow, Place};
use crate::limit::{DEFAULT_SETTLE, DEFAULT_TIMEOUT};
use crate::plan::{Claims, EdgeKind, Step, Why};

/// A step, and what decides its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) step: Step,
    /// `None` where the system is not declared, which has been reported.
    pub(super) system: Option<u32>,
    /// How deep the step lies in the workflow's own order.
    pub(super) depth: u32,
    /// Its number in the workflow, if it is of the workflow.
    pub(super) number: Option<u32>,
    pub(super) origin: Option<Origin>,
}

/// The steps of a workflow, with what they leave open taken from their systems.
pub(super) fn of_workflow(catalog: &Catalog, workflow: &WorkflowSpec, flow: &Flow) -> Vec<Node> {
    let declared = workflow.steps.iter().zip(&flow.steps);
    let node = |(number, (step, place)): (u32, (&StepSpec, &Place))| {
        let undeclared;
        let declared = place.system.and_then(|system| catalog.systems.get(system as usize));
        let spec = match declared {
            Some(spec) => spec,
            None => {
                undeclared = SystemSpec::new(&step.system.name);
                &undeclared
            }
        };
        let settled = Step {
            id: step.id.clone(),
            system: spec.name.clone(),
            phase: step.phase.as_ref().map(|phase| phase.name.clone()),
            priority: spec.priority,
            critical: step.critical,
            verify: step.verify.unwrap_or(spec.verify),
            undo: step.undo.as_ref().unwrap_or(&spec.undo).clone(),
            timeout: step.timeout.or(spec.timeout).unwrap_or(DEFAULT_TIMEOUT),
            settle: step.settle.or(spec.settle).unwrap_or(DEFAULT_SETTLE),
            idempotent: step.idempotent.unwrap_or(spec.idempotent),
            estimate: step.estimate.or(spec.estimate),
            claims: place.system.map(|system| claims(catalog, system)).unwrap_or_default(),
            wave: 0,
            why: Why::Workflow,
        };
        Node {
            step: settled,
            system: place.system,
            depth: place.depth,
            number: Some(number),
            origin: step.origin.clone(),
        }
    };
    (0..).zip(declared).map(node).collect()
}

/// A step that is made for a system.
pub(super) fn of_system(catalog: &Catalog, system: u32, critical: bool, why: Why) -> Option<Node> {
    let spec = catalog.systems.get(system as usize)?;
    let step = Step {
        id: spec.name.clone(),
        system: spec.name.clone(),
        phase: None,
        priority: spec.priority,
        critical,
        verify: spec.verify,
        undo: spec.undo.clone(),
        timeout: spec.timeout.unwrap_or(DEFAULT_TIMEOUT),
        settle: spec.settle.unwrap_or(DEFAULT_SETTLE),
        idempotent: spec.idempotent,
        estimate: spec.estimate,
        claims: claims(catalog, system),
        wave: 0,
        why,
    };
    let origin = spec.origin.clone();
    Some(Node { step, system: Some(system), depth: 0, number: None, origin })
}

fn claims(catalog: &Catalog, system: u32) -> Claims {
    catalog.claims.get(system as usize).cloned().unwrap_or_default()
}

/// The steps for what the systems of these steps need and want.
pub(super) fn pulled_in(catalog: &Catalog, nodes: &[Node]) -> Vec<Node> {
    // A system with several steps counts once; its critical step with the smallest id speaks for it.
    let mut roots: Vec<(u32, bool, &Name)> = nodes
        .iter()
        .filter_map(|node| Some((node.system?, !node.step.critical, &node.step.id)))
        .collect();
    roots.sort_unstable();
    roots.dedup_by_key(|(system, ..)| *system);
    let starts: Vec<Root> = roots
        .iter()
        .map(|(system, secondary, _)| Root { system: *system, critical: !secondary })
        .collect();
    let pulled = closure(catalog.systems.len(), &catalog.links, &starts);
    let node = |Pulled { system, critical, by, kind }| {
        let step = match roots.binary_search_by_key(&by, |(system, ..)| *system) {
            Ok(root) => roots.get(root)?.2,
            Err(_) => &catalog.systems.get(by as usize)?.name,
        };
        let why = match kind {
            EdgeKind::Needs => Why::NeededBy(step.clone()),
            EdgeKind::Wants | EdgeKind::After => Why::WantedBy(step.clone()),
        };
        of_system(catalog, system, critical, why)
    };
    pulled.into_iter().filter_map(node).collect()
}

/// Reports steps that are made for systems and whose ids the workflow uses for other systems.
pub(super) fn collisions(workflow: &WorkflowSpec, nodes: &[Node], faults: &mut Faults) {
    for node in nodes.iter().filter(|node| node.number.is_none()) {
        let Step { id, why, .. } = &node.step;
        let found = workflow.steps.binary_search_by(|step| step.id.cmp(id));
        let Some(taken) = found.ok().and_then(|index| workflow.steps.get(index)) else { continue };
        let message = format!(
            "step `{id}` of workflow `{}` activates `{}`, but the plan also has to activate the system called `{id}` ({why})",
            workflow.name, taken.system.name
        );
        let fault = Diagnostic::error(diagnostic::BAD_PLAN, message);
        let fault = at(fault, taken.origin.as_ref(), "");
        faults.push(
            at(fault, node.origin.as_ref(), "the system").help("call the step something else"),
        );
    }
}
