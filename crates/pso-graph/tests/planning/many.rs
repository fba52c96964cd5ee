//! Much of everything, right and wrong: it takes its time, and no more than that. Whatever looks through
//! all of it for each of it would take hours here.

use pso_graph::{Catalog, Declarations, Pass, Request, outline};
use ptms_core::pool::Amount;
use ptms_core::step::{Awaited, ForEach, Given, Source, Wait};
use ptms_core::{
    Diagnostic, Duration, FieldSpec, PoolSpec, StepSpec, SystemSpec, Type, WorkflowSpec, diagnostic,
};

const MANY: u32 = 1_000_000;

/// What people would call many.
const SOME: usize = 30_000;

fn faults(declarations: Declarations, request: &Request) -> Vec<Diagnostic> {
    Catalog::declare(declarations).and_then(|catalog| catalog.plan(request)).unwrap_err()
}

/// The message of the first of so many faults.
fn first(faults: &[Diagnostic], count: usize) -> &str {
    assert_eq!(faults.len(), count);
    &faults[0].message
}

#[test]
fn a_million_edges_from_one_node_and_to_one() {
    let from: Vec<(u32, u32)> = (1..=MANY).map(|node| (0, node)).collect();
    let to: Vec<(u32, u32)> = (1..=MANY).map(|node| (node, 0)).collect();
    let count = MANY as usize + 1;
    let there = outline(count, &from);
    assert!(there.knots.is_empty());
    assert_eq!(there.order, (0..=MANY).collect::<Vec<u32>>());
    let back = outline(count, &to);
    assert_eq!(back.order.last(), Some(&0));
    let both = outline(count, &[from, to].concat());
    assert_eq!(both.knots.len(), 1);
    assert_eq!((both.knots[0].members.len(), &both.knots[0].cycle[..]), (count, &[0, 1][..]));
}

#[test]
fn a_million_times_the_same_edge() {
    let mut system = SystemSpec::new("A");
    system.needs = vec!["B".into(); MANY as usize];
    let catalog = Catalog::new([system, SystemSpec::new("B")], []).unwrap();
    let plan = catalog.plan(&Request::new().system("A")).unwrap();
    assert_eq!((plan.steps().len(), plan.edges().len()), (2, 1));
}

#[test]
fn one_that_needs_all_others() {
    let count = 10 * SOME;
    let mut last = SystemSpec::new("z");
    last.needs = (0..count).map(|number| format!("s{number}").as_str().into()).collect();
    let others = (0..count).map(|number| SystemSpec::new(format!("s{number}")));
    let catalog = Catalog::new(others.chain([last]), []).unwrap();
    let plan = catalog.plan(&Request::new().system("z")).unwrap();
    assert_eq!((plan.edges().len(), plan.waves().len()), (count, 2));
    assert_eq!(plan.schedule(Pass::Parallel).critical_path.len(), 2);
    let back: Vec<usize> = plan.way_back(&plan.ids().collect()).iter().map(Vec::len).collect();
    assert_eq!(back, [1, count]);
}

#[test]
fn many_that_need_what_nobody_declared() {
    let mut system = SystemSpec::new("A");
    system.needs = (0..10 * SOME).map(|number| format!("s{number}").as_str().into()).collect();
    let faults = Catalog::new([system], []).unwrap_err();
    assert_eq!(first(&faults, 10 * SOME), "system `A` needs `s0`, but no such system is declared");
}

#[test]
fn many_that_others_leave_nothing() {
    let mut declarations = Declarations::default();
    declarations.pools = vec![PoolSpec::new("cpu", SOME as u64)];
    let mut request = Request::new();
    for number in 0..SOME {
        let mut system = SystemSpec::new(format!("s{number:05}"));
        system.holds.push(Amount::new("cpu".into(), 1));
        if number % 2 == 1 {
            system.uses.push(Amount::new("cpu".into(), 1));
        }
        request = request.system(system.name.clone());
        declarations.systems.push(system);
    }
    let faults = faults(declarations, &request);
    assert_eq!(
        first(&faults, SOME / 2),
        "step `s00001` uses 1 of pool `cpu`, which has 30000, but the steps of the plan hold 30000 \
         of them: `s00000` 1, `s00001` 1, `s00002` 1, `s00003` 1, `s00004` 1 and 29995 more"
    );
}

#[test]
fn many_pools() {
    let mut declarations = Declarations::default();
    let mut all = SystemSpec::new("all");
    let mut request = Request::new();
    for number in 0..SOME {
        let pool = format!("p{number:05}");
        declarations.pools.push(PoolSpec::new(pool.as_str(), 2));
        all.uses.push(Amount::new(pool.as_str().into(), 3));
        let mut one = SystemSpec::new(format!("s{number:05}"));
        one.holds.push(Amount::new(pool.as_str().into(), 1));
        request = request.system(one.name.clone());
        declarations.systems.push(one);
    }
    let mut fitting = declarations.clone();
    declarations.systems.push(all.clone());
    assert_eq!(
        first(&faults(declarations, &request), SOME),
        "system `all` uses 3 of pool `p00000`, which has 2: it can never be activated"
    );
    all.uses.iter_mut().for_each(|amount| amount.units = 1);
    fitting.systems.push(all);
    let plan = Catalog::declare(fitting).unwrap().plan(&request.system("all")).unwrap();
    assert_eq!(plan.pools().len(), SOME);
}

#[test]
fn many_phases_and_parameters() {
    let step = |number: usize| {
        let mut step = StepSpec::new(format!("x{number}"), "A");
        step.phase = Some("none".into());
        step.input.insert("p".into(), Given::from(Source::Param(format!("p{number}").into())));
        step
    };
    let mut workflow = WorkflowSpec::new("w", (0..SOME).map(step));
    let name = |number: usize| format!("p{number}");
    workflow.phases = (0..SOME).map(|number| name(number).as_str().into()).collect();
    workflow.params = (0..SOME).map(|number| FieldSpec::new(name(number), Type::String)).collect();
    let faults = Catalog::new([SystemSpec::new("A")], [workflow]).unwrap_err();
    assert_eq!(
        first(&faults, SOME),
        "step `x0` of workflow `w` belongs to phase `none`, but the workflow has no such phase"
    );
}

#[test]
fn lists_and_waits_without_end() {
    let mut system = SystemSpec::new("A");
    system.estimate = Some(Duration::MAX);
    let mut step = StepSpec::new("a", "A");
    let over = Source::Output { step: "b".into(), path: Vec::new() };
    step.for_each = Some(ForEach::new(over, 10_000));
    step.wait = Some(Wait::new(Awaited::Timer(Duration::MAX)));
    step.needs = vec!["b".into()];
    let steps = [step, StepSpec::new("b", "A")];
    let faults = Catalog::new([system], [WorkflowSpec::new("w", steps)]).unwrap_err();
    assert_eq!(first(&faults, 1), "the steps of plan `w` take more than 292 years");
    assert_eq!(faults[0].code, diagnostic::TOO_MUCH);
}
