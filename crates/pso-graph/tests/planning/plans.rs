//! Which steps a plan has, why, and in which order.

use crate::book::{brief, catalog, request};
use expect_test::{Expect, expect};

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
    let plan = |steps: &str| {
        let text = format!("system A undo=stop\nworkflow w\n{steps}");
        let plan = catalog(&text).unwrap().plan(&request("@w")).unwrap();
        plan.steps().iter().map(|step| format!("{:?}", step.undo)).collect::<Vec<_>>()
    };
    assert_eq!(plan("step a A\nstep b A undo=nothing"), [r#"Action("stop")"#, "Nothing"]);
}
