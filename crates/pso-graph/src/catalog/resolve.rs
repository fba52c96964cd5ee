//! From names to numbers: which declaration does a reference mean? Knows nothing of plans.

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::system::Reference;
use ptms_core::{Name, StepSpec, SystemSpec, WorkflowSpec};

use super::fault::{Faults, at};
use super::links::{Link, Links};
use super::phases;
use crate::limit::{MAX_EDGES, MAX_STEPS};
use crate::order::{self, Order};
use crate::plan::{Between, EdgeKind};

/// The steps of one workflow by number. Steps are numbered in the order of their ids.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) steps: Vec<Place>,
    /// What the workflow says between its steps, without knots.
    pub(super) links: Links,
}

/// Where a step of a workflow stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its system; `None` where that is not declared, which is a fault.
    pub(super) system: Option<u32>,
    /// The length of the longest path to it along what the workflow says between its steps.
    pub(super) depth: u32,
}

/// The position of a system among systems ordered by name.
pub(super) fn find_system(systems: &[SystemSpec], name: &str) -> Option<u32> {
    systems.binary_search_by(|system| system.name.as_str().cmp(name)).ok().map(|index| index as u32)
}

/// Systems ordered by name, each name once.
pub(super) fn by_name(
    systems: impl IntoIterator<Item = SystemSpec>,
    faults: &mut Faults,
) -> Vec<SystemSpec> {
    let mut systems: Vec<SystemSpec> = systems.into_iter().collect();
    faults.unique(
        &mut systems,
        |system| (&system.name, system.origin.as_ref()),
        |name| format!("system `{name}`"),
    );
    bounded(&mut systems, || "the catalog has".to_owned(), "systems", faults);
    systems
}

/// Workflows ordered by name, each name once, and so the steps of each.
pub(super) fn workflows_by_name(
    workflows: impl IntoIterator<Item = WorkflowSpec>,
    faults: &mut Faults,
) -> Vec<WorkflowSpec> {
    let mut workflows: Vec<WorkflowSpec> = workflows.into_iter().collect();
    faults.unique(
        &mut workflows,
        |workflow| (&workflow.name, workflow.origin.as_ref()),
        |name| format!("workflow `{name}`"),
    );
    for WorkflowSpec { name, steps, origin, .. } in &mut workflows {
        faults.unique(
            steps,
            |step| (&step.id, step.origin.as_ref()),
            |step| format!("step `{step}` of workflow `{name}`"),
        );
        bounded(steps, || format!("workflow `{name}` has"), "steps", faults);
        if steps.is_empty() {
            let message = format!("workflow `{name}` has no steps");
            faults.push(at(Diagnostic::error(diagnostic::BAD_PLAN, message), origin.as_ref(), ""));
        }
    }
    workflows
}

/// Cuts what is beyond the limit, and says so; so every number fits 32 bits.
fn bounded<T>(items: &mut Vec<T>, whose: impl Fn() -> String, what: &str, faults: &mut Faults) {
    if items.len() > MAX_STEPS {
        let message = format!("{} {} {what}; the limit is {MAX_STEPS}", whose(), items.len());
        faults.push(Diagnostic::error(diagnostic::TOO_MUCH, message));
        items.truncate(MAX_STEPS);
    }
}

/// What the systems say among themselves, without what cannot be: unknown names, systems that depend on
/// themselves, and knots.
pub(super) fn systems(systems: &[SystemSpec], faults: &mut Faults) -> Links {
    let declared = systems.iter().map(|system| Declared {
        name: &system.name,
        references: [&system.needs, &system.wants, &system.after],
        weak: &system.weak,
    });
    let scope = Scope {
        declared: declared.collect(),
        between: Between::Systems,
        all: "systems".to_owned(),
        one: |name: &Name| format!("system `{name}`"),
        missing: "no such system is declared",
        instead: |_: &Name| None,
    };
    scope.links(Vec::new(), faults)
}

/// What a workflow says between its steps, likewise, and which systems these activate.
pub(super) fn flow(workflow: &WorkflowSpec, systems: &[SystemSpec], faults: &mut Faults) -> Flow {
    let WorkflowSpec { name, steps, .. } = workflow;
    let mut system_of = |step: &StepSpec| {
        let Reference { name: system, origin, .. } = step.system()?;
        let found = find_system(systems, system);
        if found.is_none() {
            let message = format!(
                "step `{}` of workflow `{name}` activates `{system}`, but no such system is declared",
                step.id
            );
            let names = systems.iter().map(|system| system.name.as_str());
            faults.unknown(message, system, origin.as_ref(), names, || None);
        }
        found
    };
    let systems: Vec<_> = steps.iter().map(&mut system_of).collect();
    let declared = steps.iter().map(|step| Declared {
        name: &step.id,
        references: [&step.needs, &step.wants, &step.after],
        weak: &[],
    });
    let scope = Scope {
        declared: declared.collect(),
        between: Between::Steps,
        all: format!("steps of workflow `{name}`"),
        one: |step: &Name| format!("step `{step}` of workflow `{name}`"),
        missing: "the workflow has no such step",
        instead: |name: &Name| {
            let activates =
                |step: &&StepSpec| step.system().is_some_and(|system| system.name == *name);
            let step = steps.iter().find(activates)?;
            Some(format!("`{name}` is a system; the step that activates it is `{}`", step.id))
        },
    };
    let links = scope.links(phases::links(workflow, faults), faults);
    let place = |(system, depth)| Place { system, depth };
    let steps = systems.into_iter().zip(depths(steps.len(), &links)).map(place).collect();
    Flow { steps, links }
}

/// Something declared, and what it needs, wants and is after.
struct Declared<'a> {
    name: &'a Name,
    /// Needs, wants, after.
    references: [&'a [Reference]; 3],
    /// What it is after unless that closes a circle.
    weak: &'a [Reference],
}

/// Declarations that can refer to each other, ordered by name, and how to speak of them.
struct Scope<'a, One, Instead> {
    declared: Vec<Declared<'a>>,
    between: Between,
    all: String,
    one: One,
    missing: &'static str,
    /// What to do about a name that stands for something else.
    instead: Instead,
}

impl<One, Instead> Scope<'_, One, Instead>
where
    One: Fn(&Name) -> String,
    Instead: Fn(&Name) -> Option<String>,
{
    /// What they say between themselves, and what else links them, without what cannot be.
    fn links(&self, others: Vec<Link>, faults: &mut Faults) -> Links {
        let mut links = others;
        for (later, declared) in self.declared.iter().enumerate() {
            let [needs, wants, after] = declared.references;
            for (kind, weak, references) in [
                (EdgeKind::Needs, false, needs),
                (EdgeKind::Wants, false, wants),
                (EdgeKind::After, false, after),
                (EdgeKind::After, true, declared.weak),
            ] {
                let resolved = references.iter().filter_map(|reference| {
                    let earlier = self.resolve(declared.name, kind, reference, faults)?;
                    let (later, origin) = (later as u32, reference.origin.clone());
                    Some(Link { later, earlier, kind, between: self.between, weak, origin })
                });
                links.extend(resolved);
            }
        }
        if links.len() > MAX_EDGES {
            let message = format!(
                "{} refer to each other {} times; the limit is {MAX_EDGES}",
                self.all,
                links.len()
            );
            faults.push(Diagnostic::error(diagnostic::TOO_MUCH, message));
            links.truncate(MAX_EDGES);
        }
        let links = Links::new(self.declared.len(), links);
        let knots = links.knots();
        for knot in &knots {
            let name = |node: u32| self.declared.get(node as usize).map(|declared| declared.name);
            faults.push(links.cycle(&self.all, knot, name, name));
        }
        links.without(&knots)
    }

    /// The number of what is referred to, unless that is a fault.
    fn resolve(
        &self,
        by: &Name,
        kind: EdgeKind,
        to: &Reference,
        faults: &mut Faults,
    ) -> Option<u32> {
        let one = &self.one;
        if to.name == *by {
            let fault = Diagnostic::error(
                diagnostic::SELF_DEPENDENCY,
                format!("{} {kind} itself", one(by)),
            );
            faults.push(at(fault, to.origin.as_ref(), ""));
            return None;
        }
        let found = self.declared.binary_search_by_key(&&to.name, |declared| declared.name);
        if found.is_err() {
            let message = format!("{} {kind} `{}`, but {}", one(by), to.name, self.missing);
            let names = self.declared.iter().map(|declared| declared.name.as_str());
            faults
                .unknown(message, &to.name, to.origin.as_ref(), names, || (self.instead)(&to.name));
        }
        found.ok().map(|index| index as u32)
    }
}

/// The length of the longest path to each of `0..count` along links without knots.
fn depths(count: usize, links: &Links) -> Vec<u32> {
    let mut depths = vec![0; count];
    let arcs = links.iter().map(|link| (link.earlier, link.later));
    let Order::Sorted(sorted) = order::sort(count, arcs) else { return depths };
    for node in sorted {
        let before = links.of(node).filter_map(|link| depths.get(link.earlier as usize));
        let depth = before.max().map_or(0, |depth| depth + 1);
        if let Some(slot) = depths.get_mut(node as usize) {
            *slot = depth;
        }
    }
    depths
}
