//! What is wrong with declarations and requests, as their authors read it.

use crate::book::{catalog, render, request};
use expect_test::{Expect, expect};
use pso_graph::Catalog;
use ptms_core::step::Does;
use ptms_core::system::Reference;
use ptms_core::{StepSpec, SystemSpec, WorkflowSpec};

/// The faults of the declarations, or else of the request.
fn check(declarations: &str, words: &str, expected: Expect) {
    let faults = match catalog(declarations) {
        Ok(catalog) => catalog.plan(&request(words)).unwrap_err(),
        Err(faults) => faults,
    };
    expected.assert_eq(&render(&faults));
}

#[test]
fn a_cycle_is_a_walk() {
    check(
        "system PDT: after PAT\nsystem PAT: needs PTT\nsystem PTT: wants PDT",
        "",
        expect![[r#"
            E0501 systems wait for each other in a circle: `PAT` needs `PTT` (book.toml:2), which wants `PDT` (book.toml:3), which is after `PAT` (book.toml:1)
                line 2: `PAT` needs `PTT`
                line 3: `PTT` wants `PDT`
                line 1: `PDT` is after `PAT`
                help: one of these has to go, perhaps `PDT` is after `PAT`: `after` only orders
        "#]],
    );
}

#[test]
fn the_shortest_cycle_of_each_knot_is_shown() {
    check(
        "
system A: needs B
system B: needs C
system C: needs A, needs D
system D: needs C
system X: needs Y
system Y: needs X
system Z: needs X",
        "",
        expect![[r#"
            E0501 systems wait for each other in a circle: `C` needs `D` (book.toml:4), which needs `C` (book.toml:5)
                line 4: `C` needs `D`
                line 5: `D` needs `C`
                help: one of these has to go; 2 more are tied into this knot by longer circles
            E0501 systems wait for each other in a circle: `X` needs `Y` (book.toml:6), which needs `X` (book.toml:7)
                line 6: `X` needs `Y`
                line 7: `Y` needs `X`
                help: one of these has to go
        "#]],
    );
}

#[test]
fn a_long_cycle_is_cut() {
    let system = |number: usize| format!("system s{number:02}: needs s{:02}\n", (number + 1) % 40);
    check(
        &(0..40).map(system).collect::<String>(),
        "",
        expect![[r#"
            E0501 systems wait for each other in a circle: `s00` needs `s01` (book.toml:1), which needs `s02` (book.toml:2), which needs `s03` (book.toml:3), which needs `s04` (book.toml:4), which needs `s05` (book.toml:5), and so on over 30 more, until `s35` needs `s36` (book.toml:36), which needs `s37` (book.toml:37), which needs `s38` (book.toml:38), which needs `s39` (book.toml:39), which needs `s00` (book.toml:40)
                line 1: `s00` needs `s01`
                line 2: `s01` needs `s02`
                line 3: `s02` needs `s03`
                line 4: `s03` needs `s04`
                line 5: `s04` needs `s05`
                line 36: `s35` needs `s36`
                line 37: `s36` needs `s37`
                line 38: `s37` needs `s38`
                line 39: `s38` needs `s39`
                line 40: `s39` needs `s00`
                help: one of these has to go
        "#]],
    );
}

#[test]
fn names_that_are_not_declared() {
    check(
        "
system PFD
system PAT: needs PFX, after weather
workflow emergency
step collect PDX
step review PAT: after colect, wants PAT",
        "",
        expect![[r#"
            E0201 system `PAT` is after `weather`, but no such system is declared
                line 3: 
            E0201 system `PAT` needs `PFX`, but no such system is declared
                line 3: 
                help: did you mean `PFD`?
            E0201 step `collect` of workflow `emergency` activates `PDX`, but no such system is declared
                line 5: 
            E0201 step `review` of workflow `emergency` is after `colect`, but the workflow has no such step
                line 6: 
                help: did you mean `collect`?
            E0201 step `review` of workflow `emergency` wants `PAT`, but the workflow has no such step
                line 6: 
                help: `PAT` is a system; the step that activates it is `review`
        "#]],
    );
}

#[test]
fn names_that_are_declared_twice() {
    check(
        "
system PFD
system PFD high
workflow w
step a PFD
step a PFD
workflow w
step b PFD",
        "",
        expect![[r#"
            E0108 system `PFD` is declared twice
                line 3: 
                line 2: first declared here
            E0108 step `a` of workflow `w` is declared twice
                line 6: 
                line 5: first declared here
            E0108 workflow `w` is declared twice
                line 7: 
                line 4: first declared here
        "#]],
    );
}

#[test]
fn what_depends_on_itself() {
    check(
        "system PFD: needs PFD\nworkflow w\nstep a PFD: after a",
        "",
        expect![[r#"
        E0502 system `PFD` needs itself
            line 1: 
        E0502 step `a` of workflow `w` is after itself
            line 3: 
    "#]],
    );
}

#[test]
fn a_workflow_against_its_own_order() {
    check(
        "system A\nsystem B\nworkflow w\nstep a A: needs b\nstep b B: after a",
        "",
        expect![[r#"
            E0501 steps of workflow `w` wait for each other in a circle: `a` needs `b` (book.toml:4), which is after `a` (book.toml:5)
                line 4: `a` needs `b`
                line 5: `b` is after `a`
                help: one of these has to go, perhaps `b` is after `a`: `after` only orders
        "#]],
    );
}

#[test]
fn a_workflow_against_the_order_of_systems() {
    check(
        "system A: needs B\nsystem B\nworkflow w\nstep collect A\nstep review B: needs collect",
        "",
        expect![[r#"
            E0501 steps of workflow `w` wait for each other in a circle: `collect` needs `review` because `A` needs `B` (book.toml:1), which needs `collect` (book.toml:5)
                line 1: `A` needs `B`
                line 5: `review` needs `collect`
                help: one of these has to go
        "#]],
    );
}

#[test]
fn a_workflow_against_what_it_pulls_in() {
    check(
        "
system A: needs X
system B
system X: after B
workflow w
step a A
step b B: needs a",
        "",
        expect![[r#"
            E0501 steps of workflow `w` wait for each other in a circle: `X` is after `b` because `X` is after `B` (book.toml:4), which needs `a` (book.toml:7), which needs `X` because `A` needs `X` (book.toml:2)
                line 4: `X` is after `B`
                line 7: `b` needs `a`
                line 2: `A` needs `X`
                help: one of these has to go, perhaps `X` is after `B`: `after` only orders
        "#]],
    );
}

#[test]
fn a_system_named_beside_a_workflow() {
    check(
        "
system A: after X
system B
system X: after B
workflow w
step a A
step b B: needs a",
        "@w X",
        expect![[r#"
            E0501 steps of plan `w+X` wait for each other in a circle: `X` is after `b` because `X` is after `B` (book.toml:4), which needs `a` (book.toml:7), which is after `X` because `A` is after `X` (book.toml:2)
                line 4: `X` is after `B`
                line 7: `b` needs `a`
                line 2: `A` is after `X`
                help: one of these has to go, perhaps `X` is after `B`: `after` only orders
        "#]],
    );
}

#[test]
fn a_knot_of_systems_is_not_told_again_for_each_workflow() {
    check(
        "
system A: needs B
system B: needs A
workflow w
step a A
step b B
step c A: needs d
step d A: needs c",
        "",
        expect![[r#"
            E0501 systems wait for each other in a circle: `A` needs `B` (book.toml:2), which needs `A` (book.toml:3)
                line 2: `A` needs `B`
                line 3: `B` needs `A`
                help: one of these has to go
            E0501 steps of workflow `w` wait for each other in a circle: `c` needs `d` (book.toml:7), which needs `c` (book.toml:8)
                line 7: `c` needs `d`
                line 8: `d` needs `c`
                help: one of these has to go
        "#]],
    );
}

#[test]
fn a_critical_step_that_needs_one_that_is_not() {
    check(
        "
system A
system B: needs A
workflow w
step collect A soft
step review B
step report B: needs collect",
        "",
        expect![[r#"
            E0503 critical step `review` needs step `collect`, which is not critical (book.toml:5): `B` needs `A` (book.toml:3)
                line 3: needed here
                line 5: not critical
                help: make `collect` critical, or let `review` want it, or make `review` not critical either
            E0503 critical step `report` needs step `collect` (book.toml:7), which is not critical (book.toml:5)
                line 7: needed here
                line 5: not critical
                help: make `collect` critical, or let `report` want it, or make `report` not critical either
        "#]],
    );
}

#[test]
fn a_step_called_like_another_system() {
    check(
        "system A: needs X\nsystem B\nsystem X\nworkflow w\nstep a A\nstep X B",
        "",
        expect![[r#"
            E0503 step `X` of workflow `w` activates `B`, but the plan also has to activate the system called `X` (needed by a)
                line 6: 
                line 3: the system
                help: call the step something else
        "#]],
    );
}

#[test]
fn a_workflow_without_steps() {
    check(
        "workflow w",
        "",
        expect![[r#"
        E0503 workflow `w` has no steps
            line 1: 
    "#]],
    );
}

#[test]
fn a_request_for_nothing() {
    check(
        "system A",
        "",
        expect![[r#"
        E0503 there is nothing to plan: no workflow and no system is named
    "#]],
    );
}

#[test]
fn a_request_for_what_is_not_declared() {
    check(
        "system PAT\nworkflow emergency\nstep a PAT",
        "@emergncy PTA weather",
        expect![[r#"
        E0201 no system `PTA` is declared
            help: did you mean `PAT`?
        E0201 no system `weather` is declared
        E0201 no workflow `emergncy` is declared
            help: did you mean `emergency`?
    "#]],
    );
}

#[test]
fn a_plan_with_too_many_edges() {
    let step = |number: usize| format!("step a{number} A\nstep b{number} B\n");
    let steps: String = (0..3000).map(step).collect();
    check(
        &format!("system A\nsystem B: after A\nworkflow w\n{steps}"),
        "",
        expect![[r#"
        E0110 plan `w` would have more than 8388608 edges
    "#]],
    );
}

#[test]
fn a_step_that_would_run_a_workflow() {
    let sub = WorkflowSpec::new("sub", [StepSpec::new("a", "A")]);
    let does = Does::Run(Reference::new("sub", None));
    let run = WorkflowSpec::new("w", [StepSpec::doing("b", does)]);
    let faults = Catalog::new([SystemSpec::new("A")], [sub, run]);
    expect![[r#"
        E0503 step `b` of workflow `w` runs workflow `sub`, but a step cannot run a workflow: it activates a system or waits
            help: list the steps of `sub` in this workflow
    "#]]
    .assert_eq(&render(&faults.unwrap_err()));
}

#[test]
fn the_same_said_twice_is_said_once() {
    let plan = catalog("system A: needs B, needs B, after B\nsystem B").unwrap();
    let plan = plan.plan(&request("A A")).unwrap();
    assert_eq!((plan.steps().len(), plan.edges().len()), (2, 1));
}
