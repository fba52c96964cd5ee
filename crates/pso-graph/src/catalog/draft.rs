//! A plan in the making: from a request to steps and links, and from these to a frozen plan. Knows
//! nothing of how names were resolved.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Duration, FieldSpec, Name, Origin, WorkflowSpec};

use super::fault::{Faults, at, place};
use super::links::{Link, Links};
use super::node::{self, Node};
use super::resolve::Flow;
use super::{Catalog, check};
use crate::groups::Groups;
use crate::knot::Knot;
use crate::limit::{MAX_EDGES, MAX_STEPS};
use crate::order::{self, Order};
use crate::plan::{
    Between, Condition, Edge, EdgeKind, Origins, Parts, Plan, Pool, Step, StepId, Success, Why,
};

/// Steps and what links them, not yet in order.
#[derive(Debug)]
pub(super) struct Draft {
    name: Name,
    /// Who is tied in a knot: "steps of workflow `emergency`".
    whose: String,
    // INVARIANT: ordered by (priority, most urgent first; id), so that of two nodes that could come
    // next the smaller number does. Links are between these numbers.
    nodes: Vec<Node>,
    links: Links,
    params: Vec<FieldSpec>,
    success: Vec<Success>,
    deadline: Option<(Duration, Option<Origin>)>,
}

/// No system.
const NONE: u32 = u32::MAX;

impl Draft {
    /// Gathers the steps for a workflow and for systems named beside it, which ascend, and links them.
    /// `None` if the plan would be too large, which is then reported.
    pub(super) fn new(
        catalog: &Catalog,
        workflow: Option<usize>,
        named: &[u32],
        wants: bool,
        faults: &mut Faults,
    ) -> Option<Self> {
        let spec = workflow.and_then(|index| catalog.workflows.get(index));
        let flow = workflow.and_then(|index| catalog.flows.get(index));
        let of_workflow = spec.zip(flow).map(|(spec, flow)| node::of_workflow(catalog, spec, flow));
        let mut nodes = of_workflow.unwrap_or_default();
        let activated: BTreeSet<u32> = nodes.iter().filter_map(|node| node.system).collect();
        let beside = named.iter().filter(|system| !activated.contains(system));
        nodes.extend(
            beside.filter_map(|system| node::of_system(catalog, *system, true, Why::Named)),
        );
        let pulled = node::pulled_in(catalog, &nodes, wants);
        nodes.extend(pulled);
        if let Some(spec) = spec {
            node::collisions(spec, &nodes, faults);
        }
        nodes.sort_by(|left, right| {
            let by_priority = right.step.priority.cmp(&left.step.priority);
            by_priority.then_with(|| left.step.id.cmp(&right.step.id))
        });
        let name = name(catalog, spec, named);
        if nodes.len() > MAX_STEPS {
            faults.push(too_much(&name, "steps", MAX_STEPS));
            return None;
        }
        let Some(links) = link(catalog, flow, &nodes) else {
            faults.push(too_much(&name, "edges", MAX_EDGES));
            return None;
        };
        let whose = match spec.filter(|_| named.is_empty()) {
            Some(spec) => format!("steps of workflow `{}`", spec.name),
            None => format!("steps of plan `{name}`"),
        };
        let deadline = spec.and_then(|spec| Some((spec.deadline?, spec.origin.clone())));
        let params = spec.map(|spec| spec.params.clone()).unwrap_or_default();
        let success = spec.map(success).unwrap_or_default();
        Some(Self { name, whose, nodes, links, params, success, deadline })
    }

    /// The plan, if nothing stands against it; else what does is reported.
    pub(super) fn freeze(mut self, catalog: &Catalog, faults: &mut Faults) -> Option<Plan> {
        let sound = self.check_critical(faults);
        let together = check::together(catalog, &self.nodes, faults);
        let pools = check::pools(catalog, &self.nodes, faults);
        let arcs = |links: &Links| order::sort(self.nodes.len(), links.arcs());
        let (sorted, dropped) = match arcs(&self.links) {
            Order::Sorted(order) => (order, Vec::new()),
            Order::Knotted(_) => {
                let knots = self.links.knots();
                if !knots.is_empty() {
                    self.report(&knots, faults);
                    return None;
                }
                let (links, dropped) = std::mem::take(&mut self.links).loosened(|link| {
                    let step = |number: u32| self.nodes.get(number as usize).map(|node| &node.step);
                    let (later, earlier) = (step(link.later), step(link.earlier));
                    let id = |step: Option<&Step>| step.map(|step| step.id.clone());
                    (later.map(|step| step.priority), id(earlier), id(later))
                });
                let Order::Sorted(order) = arcs(&links) else { return None };
                self.links = links;
                (order, dropped)
            }
        };
        if !sound || !together || sorted.is_empty() {
            return None;
        }
        let parts = self.ordered(&sorted, dropped, pools?, catalog.settings.default_estimate);
        let plan = Plan::freeze(parts);
        check::whole(&plan, catalog.settings.ambiguity, faults).then_some(plan)
    }

    /// Reports knots.
    fn report(&self, knots: &[Knot], faults: &mut Faults) {
        let node = |number: u32| self.nodes.get(number as usize);
        let id = |number| node(number).map(|node| &node.step.id);
        let system = |number| node(number).map(|node| node.step.subject());
        for knot in knots {
            faults.push(self.links.cycle(&self.whose, knot, id, system));
        }
    }

    /// The parts of the plan with its steps in this order.
    fn ordered(
        self,
        order: &[u32],
        dropped: Vec<Link>,
        pools: Vec<Pool>,
        default_estimate: Duration,
    ) -> Parts {
        let mut position = vec![0_u32; order.len()];
        for (place, node) in (0..).zip(order) {
            if let Some(slot) = position.get_mut(*node as usize) {
                *slot = place;
            }
        }
        let mut nodes: Vec<Option<Node>> = self.nodes.into_iter().map(Some).collect();
        let in_order = order.iter().filter_map(|node| nodes.get_mut(*node as usize)?.take());
        let steps = in_order.map(|node| (node.step, node.origin));
        let (steps, step_origins) = steps.unzip();
        let id = |node: u32| StepId::new(position.get(node as usize).copied().unwrap_or_default());
        let edge = |Link { later, earlier, kind, between, weak: _, origin }| {
            (Edge { from: id(earlier), to: id(later), kind, between }, origin)
        };
        let edges = |links: Vec<(Edge, Option<Origin>)>| {
            let mut edges = links;
            edges.sort_unstable_by_key(|(edge, _)| (edge.from, edge.to));
            edges.into_iter().unzip()
        };
        let (dropped, dropped_origins) = edges(dropped.into_iter().map(edge).collect());
        let (edges, edge_origins) = edges(self.links.into_iter().map(edge).collect());
        let (deadline, deadline_at) = self.deadline.unzip();
        let origins = Origins {
            steps: step_origins,
            edges: edge_origins,
            dropped: dropped_origins,
            deadline: deadline_at.flatten(),
        };
        let Self { name, params, success, .. } = self;
        Parts {
            name,
            steps,
            edges,
            pools,
            params,
            success,
            deadline,
            default_estimate,
            dropped,
            origins,
        }
    }

    /// Whether every step that a critical one needs is critical too.
    fn check_critical(&self, faults: &mut Faults) -> bool {
        let mut sound = true;
        for link in self.links.iter().filter(|link| link.kind == EdgeKind::Needs) {
            let node = |number: u32| self.nodes.get(number as usize);
            let Some((later, earlier)) = node(link.later).zip(node(link.earlier)) else { continue };
            if later.step.critical && !earlier.step.critical {
                sound = false;
                faults.push(lame(later, link, earlier));
            }
        }
        sound
    }
}

/// The fault of a critical step that needs one that is not.
fn lame(later: &Node, link: &Link, earlier: &Node) -> Diagnostic {
    let (dependent, dependency) = (&later.step, &earlier.step);
    let (needed_at, declared_at) = (place(link.origin.as_ref()), place(earlier.origin.as_ref()));
    let (later_id, earlier_id) = (&dependent.id, &dependency.id);
    let message = match link.between {
        Between::Steps => format!(
            "critical step `{later_id}` needs step `{earlier_id}`{needed_at}, which is not critical{declared_at}"
        ),
        Between::Systems | Between::Phases => format!(
            "critical step `{later_id}` needs step `{earlier_id}`, which is not critical{declared_at}: `{}` needs `{}`{needed_at}",
            dependent.subject(),
            dependency.subject()
        ),
    };
    let fault = Diagnostic::error(diagnostic::BAD_PLAN, message);
    let fault = at(fault, link.origin.as_ref(), "needed here");
    at(fault, earlier.origin.as_ref(), "not critical").help(format!(
        "make `{earlier_id}` critical, or let `{later_id}` want it, or make `{later_id}` not critical either"
    ))
}

fn too_much(plan: &Name, what: &str, limit: usize) -> Diagnostic {
    let message = format!("plan `{plan}` would have more than {limit} {what}");
    Diagnostic::error(diagnostic::TOO_MUCH, message)
}

/// What the plan is called: the workflow and the systems beside it, shortened.
fn name(catalog: &Catalog, workflow: Option<&WorkflowSpec>, named: &[u32]) -> Name {
    /// More systems than this are counted rather than named.
    const NAMED: usize = 3;
    let systems = named.iter().filter_map(|system| catalog.systems.get(*system as usize));
    let names = workflow.map(|workflow| &workflow.name).into_iter();
    let names = names.chain(systems.take(NAMED).map(|system| &system.name));
    let mut name = names.map(Name::as_str).collect::<Vec<_>>().join("+");
    if named.len() > NAMED {
        name.push_str(&format!("+{} more", named.len() - NAMED));
    }
    name.into()
}

/// What must be true at the end, each condition once.
fn success(workflow: &WorkflowSpec) -> Vec<Success> {
    let mut required: BTreeMap<&Name, bool> = BTreeMap::new();
    for criterion in &workflow.success {
        *required.entry(&criterion.text).or_default() |= criterion.required;
    }
    let success = |(text, required): (&Name, bool)| {
        let (workflow, text, params) = (workflow.name.clone(), text.clone(), BTreeMap::new());
        Success { condition: Condition { workflow, text, params }, required }
    };
    required.into_iter().map(success).collect()
}

/// What the workflow and the systems say, between the steps; `None` beyond the limit.
fn link(catalog: &Catalog, flow: Option<&Flow>, nodes: &[Node]) -> Option<Links> {
    let count = catalog.systems.len();
    let mut first_depths = vec![u32::MAX; count];
    for node in nodes {
        let slot = node.system.and_then(|system| first_depths.get_mut(system as usize));
        if let Some(depth) = slot {
            *depth = node.depth.min(*depth);
        }
    }
    let first = |node: &Node| {
        let system =
            node.system.filter(|system| first_depths.get(*system as usize) == Some(&node.depth));
        system.unwrap_or(NONE)
    };
    let firsts = Groups::new(count, nodes.iter().map(first));
    let mut links = Vec::new();
    for (later, node) in (0..).zip(nodes) {
        for link in node.system.iter().flat_map(|system| catalog.links.of(*system)) {
            let firsts = firsts.of(link.earlier as usize);
            if links.len() + firsts.len() > MAX_EDGES {
                return None;
            }
            links.extend(firsts.iter().map(|earlier| Link {
                later,
                earlier: *earlier,
                ..link.clone()
            }));
        }
    }
    if let Some(flow) = flow {
        let mut node_of = vec![NONE; flow.steps.len()];
        for (index, node) in (0..).zip(nodes) {
            let slot = node.number.and_then(|number| node_of.get_mut(number as usize));
            if let Some(slot) = slot {
                *slot = index;
            }
        }
        let node = |number: u32| node_of.get(number as usize).copied().unwrap_or(NONE);
        if links.len() + flow.links.len() > MAX_EDGES {
            return None;
        }
        let between = |link: &Link| Link {
            later: node(link.later),
            earlier: node(link.earlier),
            ..link.clone()
        };
        links.extend(flow.links.iter().map(between));
    }
    Some(Links::new(nodes.len(), links))
}
