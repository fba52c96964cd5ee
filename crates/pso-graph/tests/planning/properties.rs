//! Every promise, on random declarations.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use pso_graph::{Catalog, Plan, StepId, Why};
use ptms_core::diagnostic::{BAD_PLAN, CYCLE};
use ptms_core::{Diagnostic, SystemSpec, WorkflowSpec};

use crate::book::render;
use crate::oracle::{Expected, Model, Waits, model, reach};

type Declared = (Vec<SystemSpec>, Vec<WorkflowSpec>);

/// A shuffle that is a function of its seed (Fisher and Yates, over an xorshift).
pub(crate) fn shuffle<T>(items: &mut [T], seed: &mut u64) {
    for end in (1..items.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        items.swap(end, (*seed % (end as u64 + 1)) as usize);
    }
}

fn shuffled((mut systems, mut workflows): Declared, mut seed: u64) -> Declared {
    for system in &mut systems {
        for list in [&mut system.needs, &mut system.wants, &mut system.after] {
            shuffle(list, &mut seed);
        }
    }
    for step in workflows.iter_mut().flat_map(|workflow| &mut workflow.steps) {
        for list in [&mut step.needs, &mut step.wants, &mut step.after] {
            shuffle(list, &mut seed);
        }
    }
    workflows.iter_mut().for_each(|workflow| shuffle(&mut workflow.steps, &mut seed));
    shuffle(&mut systems, &mut seed);
    (systems, workflows)
}

fn plan((systems, workflows): Declared, model: &Model) -> Result<Plan, Vec<Diagnostic>> {
    Catalog::new(systems, workflows)?.plan(&model.request())
}

fn id(plan: &Plan, step: StepId) -> String {
    plan.step(step).unwrap().id.to_string()
}

/// The plan as the oracle speaks of it.
fn seen(plan: &Plan) -> Expected {
    let step =
        |step: &pso_graph::Step| (step.id.to_string(), (step.subject().to_string(), step.critical));
    let edge = |edge: &pso_graph::Edge| ((id(plan, edge.from), id(plan, edge.to)), edge.kind);
    Expected {
        steps: plan.steps().iter().map(step).collect(),
        edges: plan.edges().iter().map(edge).collect(),
    }
}

/// That the walk of a cycle closes, and that each of its edges is declared so: the label of an edge says
/// between whom, and the message the same from step to step.
fn check_walk(model: &Model, fault: &Diagnostic) -> Result<(), TestCaseError> {
    let declared: BTreeSet<String> = [("s", 0), ("t", 1)]
        .into_iter()
        .flat_map(|(letter, which)| {
            let waits: Vec<&Waits> = match which {
                0 => model.systems.iter().map(|system| &system.1).collect(),
                _ => model.steps.iter().map(|step| &step.waits).collect(),
            };
            waits.into_iter().enumerate().flat_map(move |(later, waits)| {
                waits.iter().map(move |(kind, earlier)| {
                    format!("`{letter}{later}` {kind} `{letter}{earlier}`")
                })
            })
        })
        .collect();
    for label in &fault.labels {
        prop_assert!(declared.contains(&label.text), "{} in {}", label.text, fault.message);
    }
    let (_, walk) = fault.message.split_once("circle: ").unwrap();
    let names: Vec<&str> = walk
        .split(", which ")
        .map(|hop| hop.split_once(" because ").map_or(hop, |(hop, _)| hop))
        .flat_map(|hop| hop.split('`').skip(1).step_by(2))
        .collect();
    prop_assert_eq!(names.len(), fault.labels.len() + 1);
    prop_assert_eq!(names.first(), names.last());
    prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), fault.labels.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_plan_is_what_brute_force_finds(model in model()) {
        let (systems, workflows) = model.declare();
        let catalog = Catalog::new(systems, workflows);
        let alone = if model.steps.is_empty() { !model.is_cyclic() } else { model.expected(&[]).is_some() };
        prop_assert_eq!(catalog.is_ok(), alone);
        match catalog.and_then(|catalog| catalog.plan(&model.request())) {
            Ok(plan) => prop_assert_eq!(Some(seen(&plan)), model.expected(&model.named)),
            Err(faults) => {
                prop_assert_eq!(None, model.expected(&model.named));
                prop_assert!(faults.iter().all(|fault| [CYCLE, BAD_PLAN].contains(&fault.code)));
                for fault in faults.iter().filter(|fault| fault.code == CYCLE) {
                    check_walk(&model, fault)?;
                }
            }
        }
    }

    #[test]
    fn the_order_of_declarations_means_nothing(model in model(), seed in 1..u64::MAX) {
        let straight = plan(model.declare(), &model);
        match (straight, plan(shuffled(model.declare(), seed), &model)) {
            (Ok(left), Ok(right)) => {
                prop_assert_eq!(serde_json::to_string(&left).unwrap(), serde_json::to_string(&right).unwrap());
                prop_assert_eq!(left.canonical(), right.canonical());
            }
            (left, right) => prop_assert_eq!(render(&left.unwrap_err()), render(&right.unwrap_err())),
        }
    }

    #[test]
    fn places_are_outside_equality_and_digest(model in model()) {
        let (mut systems, mut workflows) = model.declare();
        for system in &mut systems {
            let references = system.needs.iter_mut().chain(&mut system.wants).chain(&mut system.after);
            references.for_each(|reference| reference.origin = None);
            system.origin = None;
        }
        for step in workflows.iter_mut().flat_map(|workflow| &mut workflow.steps) {
            let references = step.needs.iter_mut().chain(&mut step.wants).chain(&mut step.after);
            references.for_each(|reference| reference.origin = None);
            step.origin = None;
        }
        if let Ok(placed) = plan(model.declare(), &model) {
            let bare = plan((systems, workflows), &model).unwrap();
            prop_assert_eq!(placed.digest(), bare.digest());
            prop_assert_eq!(placed, bare);
        }
    }

    #[test]
    fn steps_come_in_the_one_order(model in model()) {
        let Ok(plan) = plan(model.declare(), &model) else { return Ok(()) };
        let priority = |step: &pso_graph::Step| model.systems[step.subject()[1..].parse::<usize>().unwrap()].0;
        let mut left: BTreeSet<StepId> = plan.ids().collect();
        for next in plan.ids() {
            let ready = left.iter().filter(|step| plan.predecessors(**step).all(|edge| !left.contains(&edge.from)));
            let first = ready.min_by_key(|id| {
                let step = plan.step(**id).unwrap();
                (std::cmp::Reverse(priority(step)), &step.id)
            });
            prop_assert_eq!(first, Some(&next));
            left.remove(&next);
        }
    }

    #[test]
    fn waves_are_longest_paths_and_reasons_lead_home(model in model()) {
        let Ok(plan) = plan(model.declare(), &model) else { return Ok(()) };
        let mut longest: BTreeMap<StepId, usize> = BTreeMap::new();
        for step in plan.ids() {
            let before = plan.predecessors(step).map(|edge| longest[&edge.from] + 1);
            longest.insert(step, before.max().unwrap_or(0));
        }
        let waves = plan.waves();
        prop_assert_eq!(waves.iter().map(Vec::len).sum::<usize>(), plan.steps().len());
        for (number, wave) in waves.iter().enumerate() {
            prop_assert!(!wave.is_empty());
            prop_assert!(wave.iter().all(|step| longest[step] == number));
        }
        for step in plan.steps() {
            let (mut at, mut hops) = (step, 0);
            while let Why::NeededBy(by) | Why::WantedBy(by) = &at.why {
                let (from, to) = (plan.find(&at.id).unwrap(), plan.find(by).unwrap());
                prop_assert!(plan.successors(from).any(|edge| edge.to == to));
                at = plan.step(to).unwrap();
                hops += 1;
                prop_assert!(hops <= plan.steps().len());
            }
        }
    }

    #[test]
    fn the_way_back_reverses_every_order(model in model(), pick in any::<u32>()) {
        let Ok(plan) = plan(model.declare(), &model) else { return Ok(()) };
        let started: BTreeSet<StepId> = plan.ids().filter(|id| pick >> (id.index() % 32) & 1 == 1).collect();
        let back = plan.way_back(&started);
        let undone: Vec<StepId> = back.iter().flatten().copied().collect();
        prop_assert_eq!(undone.len(), started.len());
        prop_assert_eq!(undone.into_iter().collect::<BTreeSet<_>>(), started);
        let group: BTreeMap<StepId, usize> =
            back.iter().enumerate().flat_map(|(number, group)| group.iter().map(move |id| (*id, number))).collect();
        let arcs = plan.edges().iter().map(|edge| (edge.from.index(), edge.to.index()));
        let reach = reach(plan.steps().len(), arcs);
        for (step, number) in &group {
            // As early as those that come after it allow: in the group after the last of them.
            let later = group.iter().filter(|(other, _)| reach[step.index()][other.index()]);
            prop_assert_eq!(later.map(|(_, number)| number + 1).max().unwrap_or(0), *number);
        }
    }

    #[test]
    fn what_is_written_is_read_back(model in model()) {
        let Ok(plan) = plan(model.declare(), &model) else { return Ok(()) };
        let json = serde_json::to_string(&plan).unwrap();
        let read: Plan = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &plan);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn text_keeps_to_its_columns(model in model()) {
        let Ok(plan) = plan(model.declare(), &model) else { return Ok(()) };
        prop_assert!(plan.to_text().lines().all(|line| line.chars().count() <= 80 && line.trim_end() == line));
    }
}
