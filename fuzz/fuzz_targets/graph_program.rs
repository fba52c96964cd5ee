//! Any declarations give a catalog or faults, and any plan keeps what a plan promises.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use pso_graph::{Catalog, EdgeKind, Pass, Plan, StepId};
use ptms_fuzz::{Program, WORKFLOW};

fuzz_target!(|input: (Program, u64)| {
    let (program, started) = input;
    let catalog = match Catalog::declare(program.declarations()) {
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
    schedules_are_feasible(&plan, Pass::Serial);
    schedules_are_feasible(&plan, Pass::Parallel);
    assert!(plan.diff(&plan).is_empty());

    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    let mut backwards = program.declarations();
    backwards.systems.reverse();
    let backwards = Catalog::declare(backwards).unwrap();
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
    let systems: BTreeSet<&str> = plan.steps().iter().filter_map(|step| step.system.as_deref()).collect();
    for (id, step) in plan.ids().zip(plan.steps()) {
        let waits_for = |system: &str| {
            plan.predecessors(id)
                .any(|edge| plan.step(edge.from).unwrap().system.as_deref() == Some(system))
        };
        let spec = catalog.system(step.system.as_ref().unwrap()).unwrap();
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

/// No step starts before those that it waits for have finished, no pool is used beyond what there is,
/// no two steps write one thing at once, and nothing finishes before the lower bound.
fn schedules_are_feasible(plan: &Plan, pass: Pass) {
    let schedule = plan.schedule(pass);
    assert!(schedule.lower_bound <= schedule.makespan);
    for edge in plan.edges() {
        let (from, to) = (schedule.slots[edge.from.index()], schedule.slots[edge.to.index()]);
        assert!(from.finish <= to.start);
    }
    for now in schedule.slots.iter().map(|slot| slot.start) {
        let running = || {
            let steps = plan.steps().iter().zip(&schedule.slots);
            steps.filter(|(_, slot)| slot.start <= now && now < slot.finish).map(|(step, _)| step)
        };
        for pool in plan.pools() {
            let uses = running().flat_map(|step| {
                let width = u64::from(plan.width(plan.find(&step.id).unwrap()));
                step.claims.uses.iter().map(move |one| (one, width))
            });
            let of_pool = uses.filter(|(one, _)| one.pool == pool.name);
            let used: u64 = of_pool.map(|(one, width)| one.units * width).sum();
            assert!(used <= pool.free());
        }
        assert!(running().filter(|step| !step.claims.exclusive.is_empty()).count() <= 1);
    }
}

/// Whatever was started is undone once, and nothing before what waited for it.
fn way_back_is_the_reverse(plan: &Plan, started: u64) {
    let started = |id: &StepId| started >> (id.index() % 64) & 1 == 1;
    let started: BTreeSet<StepId> = plan.ids().filter(started).collect();
    let back = plan.way_back(&started);
    let undone: Vec<StepId> = back.iter().flatten().copied().collect();
    let stays = plan.stays(&started);
    for pivot in plan.pivots().filter(|pivot| started.contains(pivot)) {
        assert!(stays.contains(&pivot));
    }
    for step in &stays {
        let needed = plan.predecessors(*step).filter(|edge| edge.kind == EdgeKind::Needs);
        assert!(needed.filter(|edge| started.contains(&edge.from)).all(|edge| stays.contains(&edge.from)));
    }
    assert_eq!(undone.len() + stays.len(), started.len());
    assert_eq!(undone.iter().chain(&stays).copied().collect::<BTreeSet<_>>(), started);
    let group = |id: StepId| back.iter().position(|group| group.contains(&id));
    for edge in plan.edges() {
        if let (Some(from), Some(to)) = (group(edge.from), group(edge.to)) {
            assert!(to < from);
        }
    }
}
