//! Which steps a plan has, why, and in which order.

use crate::book::{brief, catalog, request};
use expect_test::{Expect, expect};
use pso_graph::{Catalog, limit};
use ptms_core::{Duration, Priority, StepSpec, SystemSpec, Undo, WorkflowSpec};

fn check(declarations: &str, words: &str, expected: Expect) {
    let plan = catalog(declarations).unwrap().plan(&request(words)).unwrap();
    expected.assert_eq(&brief(&plan));
}

#[test]
fn needs_and_wants_pull_in_and_after_does_not() {
    check(
        "
system A: needs B, wants C, after D
system B: after C
system C: needs E
system D
system E",
        "A",
        expect![[r#"
            0 E=E (not critical), needed by C
            1 C=C (not critical), wanted by A; needs E
            2 B=B, needed by A; is after C
            3 A=A, named; wants C; needs B
        "#]],
    );
}

#[test]
fn what_a_critical_step_needs_is_critical_however_else_it_is_reached() {
    check(
        "
system A: wants B, needs C
system B: needs D
system C: needs E
system D
system E: needs D",
        "A",
        expect![[r#"
            0 D=D, needed by E
            1 B=B (not critical), wanted by A; needs D
            1 E=E, needed by C; needs D
            2 C=C, needed by A; needs E
            3 A=A, named; wants B; needs C
        "#]],
    );
}

#[test]
fn what_only_a_step_that_is_not_critical_needs_is_not() {
    check(
        "system A: needs B\nsystem B\nworkflow w\nstep a A soft",
        "@w",
        expect![[r#"
        0 B=B (not critical), needed by a
        1 a=A (not critical), step of the workflow; needs B
    "#]],
    );
}

#[test]
fn one_critical_step_of_several_makes_critical_what_the_system_needs() {
    check(
        "system A: needs X\nsystem X\nworkflow w\nstep a A soft\nstep b A",
        "@w",
        expect![[r#"
        0 X=X, needed by b
        1 a=A (not critical), step of the workflow; needs X
        1 b=A, step of the workflow; needs X
    "#]],
    );
}

#[test]
fn a_workflow_takes_the_place_of_the_systems_that_it_activates() {
    check(
        "
system PAT: needs PDT, needs PFD
system PDT
system PFD
system PPO: needs PDT
workflow emergency
step collect PDT
step review PAT",
        "@emergency PPO PDT",
        expect![[r#"
            0 PFD=PFD, needed by review
            0 collect=PDT, step of the workflow
            1 PPO=PPO, named; needs collect
            1 review=PAT, step of the workflow; needs PFD; needs collect
        "#]],
    );
}

#[test]
fn a_system_is_up_once_its_first_steps_have_ended() {
    check(
        "
system A
system B: needs A
workflow w
step again A: needs use
step begin A
step use B: after begin
step use-too B",
        "@w",
        expect![[r#"
            0 begin=A, step of the workflow
            1 use=B, step of the workflow; needs begin
            2 again=A, step of the workflow; needs use
            1 use-too=B, step of the workflow; needs begin
        "#]],
    );
}

#[test]
fn the_strongest_of_several_edges_stands() {
    check(
        "
system A
system B: after A, needs A, wants A
workflow w
step a A
step b B: wants a",
        "@w",
        expect![[r#"
            0 a=A, step of the workflow
            1 b=B, step of the workflow; needs a
        "#]],
    );
}

#[test]
fn ties_go_by_priority_and_then_by_name() {
    check(
        "
system a low
system b
system c critical: needs a
system d critical
system e",
        "a b c d e",
        expect![[r#"
            0 d=d, named
            0 b=b, named
            0 e=e, named
            0 a=a, named
            1 c=c, named; needs a
        "#]],
    );
}

#[test]
fn a_step_takes_what_it_leaves_open_from_its_system() {
    let short = Duration::from_secs(1);
    let long = Duration::from_secs(2);
    let mut silent = SystemSpec::new("silent");
    silent.priority = Priority::High;
    let mut system = SystemSpec::new("A");
    (system.undo, system.verify) = (Undo::Action("stop".into()), true);
    (system.timeout, system.settle, system.estimate) = (Some(short), Some(short), Some(short));
    system.idempotent = true;
    let mut says = StepSpec::new("says", "A");
    (says.undo, says.verify) = (Some(Undo::Nothing), Some(false));
    (says.timeout, says.settle, says.estimate) = (Some(long), Some(long), Some(long));
    says.idempotent = Some(false);
    let workflow =
        WorkflowSpec::new("w", [StepSpec::new("open", "A"), says, StepSpec::new("x", "silent")]);
    let catalog = Catalog::new([system, silent], [workflow]).unwrap();

    let settled = |words: &str, id: &str| {
        let plan = catalog.plan(&request(words)).unwrap();
        let step = plan.step(plan.find(id).unwrap()).unwrap().clone();
        (step.undo, step.verify, step.idempotent, step.timeout, step.settle, step.estimate)
    };
    let of_system = (Undo::Action("stop".into()), true, true, short, short, Some(short));
    let (timeout, settle) = (limit::DEFAULT_TIMEOUT, limit::DEFAULT_SETTLE);
    let nothing_said = (Undo::Undeclared, false, false, timeout, settle, None);
    assert_eq!(settled("A", "A"), of_system);
    assert_eq!(settled("@w", "open"), of_system);
    assert_eq!(settled("@w", "says"), (Undo::Nothing, false, false, long, long, Some(long)));
    assert_eq!(settled("@w", "x"), nothing_said);
    assert_eq!(settled("silent", "silent"), nothing_said);
}

#[test]
fn a_catalog_is_ordered_by_name() {
    let catalog =
        catalog("system b\nsystem a\nworkflow w\nstep z a\nstep y b\nworkflow v\nstep x a")
            .unwrap();
    let systems: Vec<&str> = catalog.systems().iter().map(|system| system.name.as_str()).collect();
    let workflows: Vec<&str> =
        catalog.workflows().iter().map(|workflow| workflow.name.as_str()).collect();
    assert_eq!((systems, workflows), (vec!["a", "b"], vec!["v", "w"]));
    assert_eq!(catalog.workflow("w").unwrap().steps[0].id, "y");
    assert_eq!(catalog.system("b").unwrap().name, "b");
    assert!(catalog.system("w").is_none() && catalog.workflow("a").is_none());
}

#[test]
fn a_plan_is_called_by_what_is_asked_for() {
    let catalog =
        catalog("system a\nsystem b\nsystem c\nsystem d\nsystem e\nworkflow w\nstep x a").unwrap();
    let name = |words: &str| catalog.plan(&request(words)).unwrap().name().to_string();
    assert_eq!(name("@w"), "w");
    assert_eq!(name("c @w b b"), "w+b+c");
    assert_eq!(name("e d c b a"), "a+b+c+2 more");
}
