//! The steps of a plan before they are in order: where each comes from and what is settled for it. Knows
//! nothing of what links them.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, Origin, StepSpec, SystemSpec, Undo, WorkflowSpec};

use super::Catalog;
use super::closure::{Pulled, Root, closure};
use super::fault::{Faults, at};
use super::resolve::{Flow, Place};
use crate::limit::{DEFAULT_SETTLE, DEFAULT_TIMEOUT};
use crate::plan::{Claims, Condition, EdgeKind, FanOut, Guard, Step, Why};

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
        let system = place.system.and_then(|system| catalog.systems.get(system as usize));
        let step = match system {
            Some(system) => Step {
                claims: place.system.map(|system| claims(catalog, system)).unwrap_or_default(),
                ..settled(step, &workflow.name, system)
            },
            // A gate, or a system that is not declared, which has been reported.
            None => {
                let mut nothing = SystemSpec::new(&step.id);
                nothing.undo = Undo::Nothing;
                Step { system: None, ..settled(step, &workflow.name, &nothing) }
            }
        };
        let origin = workflow.steps.get(number as usize).and_then(|step| step.origin.clone());
        Node { step, system: place.system, depth: place.depth, number: Some(number), origin }
    };
    (0..).zip(declared).map(node).collect()
}

/// A step that is made for a system.
pub(super) fn of_system(catalog: &Catalog, system: u32, critical: bool, why: Why) -> Option<Node> {
    let spec = catalog.systems.get(system as usize)?;
    let step = StepSpec::new(&spec.name, &spec.name);
    let claims = claims(catalog, system);
    let step = Step { critical, why, claims, ..settled(&step, &spec.name, spec) };
    let origin = spec.origin.clone();
    Some(Node { step, system: Some(system), depth: 0, number: None, origin })
}

/// The step with what it leaves open taken from its system, but for its claims.
fn settled(step: &StepSpec, workflow: &Name, system: &SystemSpec) -> Step {
    let condition = |text: &Name| Condition {
        workflow: workflow.clone(),
        text: text.clone(),
        params: BTreeMap::new(),
    };
    let when = step
        .when
        .as_ref()
        .map(|guard| Guard { condition: condition(&guard.text), on_unknown: guard.on_unknown });
    let for_each =
        step.for_each.as_ref().map(|each| FanOut { over: each.over.source.clone(), max: each.max });
    let input = step.input.iter().map(|(name, given)| (name.clone(), given.source.clone()));
    Step {
        id: step.id.clone(),
        system: Some(system.name.clone()),
        phase: step.phase.as_ref().map(|phase| phase.name.clone()),
        priority: system.priority,
        critical: step.critical,
        when,
        wait: step.wait.clone(),
        for_each,
        input: input.collect(),
        verify: step.verify.unwrap_or(system.verify),
        retry: step.retry.as_ref().or(system.retry.as_ref()).cloned(),
        undo: step.undo.as_ref().unwrap_or(&system.undo).clone(),
        undo_retry: step.undo_retry.as_ref().or(system.undo_retry.as_ref()).cloned(),
        on_undo_failure: step.on_undo_failure.unwrap_or(system.on_undo_failure),
        timeout: step.timeout.or(system.timeout).unwrap_or(DEFAULT_TIMEOUT),
        step_timeout: step.step_timeout.or(system.step_timeout),
        heartbeat: step.heartbeat.or(system.heartbeat),
        settle: step.settle.or(system.settle).unwrap_or(DEFAULT_SETTLE),
        idempotent: step.idempotent.unwrap_or(system.idempotent),
        estimate: step.estimate.or(system.estimate),
        claims: Claims::default(),
        wave: 0,
        why: Why::Workflow,
    }
}

fn claims(catalog: &Catalog, system: u32) -> Claims {
    catalog.claims.get(system as usize).cloned().unwrap_or_default()
}

/// The steps for what the systems of these steps need and, where `wants` says so, want.
pub(super) fn pulled_in(catalog: &Catalog, nodes: &[Node], wants: bool) -> Vec<Node> {
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
    let pulled = closure(catalog.systems.len(), &catalog.links, &starts, wants);
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
            "step `{id}` of workflow `{}` {}, but the plan also has to activate the system called `{id}` ({why})",
            workflow.name,
            taken.system().map_or_else(
                || "only waits".to_owned(),
                |system| format!("activates `{}`", system.name)
            )
        );
        let fault = Diagnostic::error(diagnostic::BAD_PLAN, message);
        let fault = at(fault, taken.origin.as_ref(), "");
        faults.push(
            at(fault, node.origin.as_ref(), "the system").help("call the step something else"),
        );
    }
}
