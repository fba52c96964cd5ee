//! Any declarations give a catalog or faults, and any plan keeps what a plan promises.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use pso_graph::{Catalog, Plan, StepId};
use ptms_fuzz::{Program, WORKFLOW};

fuzz_target!(|input: (Program, u64)| {
    let (program, started) = input;
    let (systems, workflows) = (program.systems(), program.workflows());
    let catalog = match Catalog::new(systems.clone(), workflows.clone()) {
        Ok(catalog) => catalog,
        Err(faults) => return assert!(!faults.is_empty()),
    };
    let plan = match catalog.plan(&program.request()) {
        Ok(plan) => plan,
        Err(faults) => return assert!(!faults.is_empty()),
    };

    order_is_kept(&plan);
    declarations_are_kept(&catalog, &plan, program.request().workflow.is_some());
    way_back_is_the_reverse(&plan, started);

    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    let backwards = Catalog::new(systems.into_iter().rev(), workflows).unwrap();
    assert_eq!(backwards.plan(&program.request()).unwrap().canonical(), plan.canonical());
});

/// Every edge leads on, and the wave of a step is the length of the longest path to it.
fn order_is_kept(plan: &Plan) {
    for (id, step) in plan.ids().zip(plan.steps()) {
        let waves = plan.predecessors(id).map(|edge| {
            assert!(edge.to == id && edge.from < id);
            plan.step(edge.from).unwrap().wave + 1
        });
        assert_eq!(step.wave, waves.max().unwrap_or(0));
    }
    let out: usize = plan.ids().map(|id| plan.successors(id).count()).sum();
    assert_eq!(out, plan.edges().len());
}

/// What a system needs and wants is there, and comes first; so does what a step of the workflow
/// waits for.
fn declarations_are_kept(catalog: &Catalog, plan: &Plan, with_workflow: bool) {
    let systems: BTreeSet<&str> = plan.steps().iter().map(|step| step.system.as_str()).collect();
    for (id, step) in plan.ids().zip(plan.steps()) {
        let waits_for = |system: &str| {
            plan.predecessors(id).any(|edge| plan.step(edge.from).unwrap().system == *system)
        };
        let spec = catalog.system(&step.system).unwrap();
        for reference in spec.needs.iter().chain(&spec.wants) {
            assert!(waits_for(&reference.name), "{} without {}", step.id, reference.name);
        }
        for reference in spec.after.iter().filter(|one| systems.contains(one.name.as_str())) {
            assert!(waits_for(&reference.name), "{} before {}", step.id, reference.name);
        }
    }
    let workflow = catalog.workflow(WORKFLOW).filter(|_| with_workflow);
    for spec in workflow.iter().flat_map(|workflow| &workflow.steps) {
        let id = plan.find(&spec.id).unwrap();
        for reference in spec.needs.iter().chain(&spec.wants).chain(&spec.after) {
            let earlier = plan.find(&reference.name).unwrap();
            assert!(plan.predecessors(id).any(|edge| edge.from == earlier));
        }
    }
}

/// Whatever was started is undone once, and nothing before what waited for it.
fn way_back_is_the_reverse(plan: &Plan, started: u64) {
    let started = |id: &StepId| started >> (id.index() % 64) & 1 == 1;
    let started: BTreeSet<StepId> = plan.ids().filter(started).collect();
    let back = plan.way_back(&started);
    let undone: Vec<StepId> = back.iter().flatten().copied().collect();
    assert_eq!(undone.len(), started.len());
    assert_eq!(undone.iter().copied().collect::<BTreeSet<_>>(), started);
    let group = |id: StepId| back.iter().position(|group| group.contains(&id));
    for edge in plan.edges() {
        if let (Some(from), Some(to)) = (group(edge.from), group(edge.to)) {
            assert!(to < from);
        }
    }
}
