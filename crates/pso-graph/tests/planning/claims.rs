//! What systems take for themselves, and order that may be given up.

use expect_test::{Expect, expect};
use pso_graph::Catalog;
use ptms_core::Severity;

use crate::book::{brief, catalog, declare, render, request};

/// The faults of the declarations, or else of the request.
fn refused(declarations: &str, words: &str, expected: Expect) {
    let faults = match catalog(declarations) {
        Ok(catalog) => catalog.plan(&request(words)).unwrap_err(),
        Err(faults) => faults,
    };
    expected.assert_eq(&render(&faults));
}

/// The plan, what it gave up, and what is to be remarked on.
fn planned(declarations: &str, words: &str, expected: Expect) {
    let plan = catalog(declarations).unwrap().plan(&request(words)).unwrap();
    let mut seen = brief(&plan);
    for edge in plan.dropped() {
        seen.push_str(&format!("given up: {}\n", plan.reason(edge)));
    }
    seen.push_str(&render(&plan.findings()));
    expected.assert_eq(&seen);
}

#[test]
fn a_weak_edge_orders_where_it_can() {
    planned(
        "system A: weak B\nsystem B",
        "A B",
        expect![[r#"
        0 B=B, named
        1 A=A, named; is after B
    "#]],
    );
}

#[test]
fn a_weak_edge_is_given_up_where_it_closes_a_circle() {
    planned(
        "system A: weak B\nsystem B: needs A",
        "B",
        expect![[r#"
        0 A=A, needed by B
        1 B=B, named; needs A
        given up: A is after B
    "#]],
    );
}

#[test]
fn the_least_urgent_of_several_weak_edges_is_given_up() {
    planned(
        "system A high: weak C\nsystem B low: weak A\nsystem C: weak B",
        "A B C",
        expect![[r#"
        0 B=B, named
        1 C=C, named; is after B
        2 A=A, named; is after C
        given up: B is after A
    "#]],
    );
}

#[test]
fn a_circle_without_a_weak_edge_is_a_fault_beside_one_that_has_one() {
    refused(
        "system A: weak B\nsystem B: weak A\nsystem C: needs D\nsystem D: after C",
        "A",
        expect![[r#"
            E0501 systems wait for each other in a circle: `C` needs `D` (book.toml:3), which is after `C` (book.toml:4)
                line 3: `C` needs `D`
                line 4: `D` is after `C`
                help: one of these has to go, perhaps `D` is after `C`: `after` only orders
        "#]],
    );
}

#[test]
fn systems_that_conflict_are_in_no_plan_together() {
    refused(
        "system A: conflicts B\nsystem B\nsystem C: wants B",
        "A C",
        expect![[r#"
        E0504 the plan would activate both `A` (named) and `B` (wanted by C), but `A` conflicts with `B` (book.toml:1)
            line 1: 
            help: ask for them in plans of their own
    "#]],
    );
}

#[test]
fn a_system_that_pulls_in_what_it_conflicts_with() {
    refused(
        "system A: needs X\nsystem B: conflicts A\nsystem X: wants B\nworkflow w\nstep a A",
        "",
        expect![[r#"
            E0504 system `A` can never be active: `A` needs `X` (book.toml:1), which wants `B` (book.toml:3), but `B` conflicts with `A` (book.toml:2)
                line 1: `A` needs `X`
                line 3: `X` wants `B`
                line 2: `B` conflicts with `A`
                help: one of these has to go
        "#]],
    );
}

#[test]
fn claims_on_what_is_not_there() {
    refused(
        "
pool cpu 4
pool gpu 0
pool cpu 5
system A: uses cup 2, holds cpu 0
system B: uses cpu 3, holds cpu 2
system C: conflicts D, conflicts C",
        "",
        expect![[r#"
            E0109 pool `gpu` has no units
                line 3: 
                help: give it at least one, or delete the pool
            E0108 pool `cpu` is declared twice
                line 4: 
                line 2: first declared here
            E0109 system `A` holds nothing of pool `cpu`
                line 5: 
                help: say at least 1, or leave it out
            E0201 system `A` uses pool `cup`, but no such pool is declared
                line 5: 
                help: did you mean `cpu`?
            E0505 system `B` uses 3 and holds 2 of pool `cpu`, which has 4 (book.toml:2): it can never be activated
                line 6: 
                line 2: the pool
            E0201 system `C` conflicts with `D`, but no such system is declared
                line 7: 
            E0502 system `C` conflicts with itself
                line 7: 
        "#]],
    );
}

#[test]
fn holds_that_cannot_coexist() {
    refused(
        "pool cpu 4\nsystem A: holds cpu 3\nsystem B: holds cpu 2",
        "A B",
        expect![[r#"
        E0505 the steps of the plan hold 5 of pool `cpu` together, which has 4: `A` 3, `B` 2
            line 1: the pool
            help: what is held is held until it is undone: ask for fewer systems at once
    "#]],
    );
}

#[test]
fn a_step_that_the_holds_of_others_starve() {
    refused(
        "pool cpu 4\nsystem A: holds cpu 3\nsystem B: uses cpu 2",
        "A B",
        expect![[r#"
        E0505 step `B` uses 2 of pool `cpu`, which has 4, but the steps of the plan hold 3 of them: `A` 3
            line 3: 
            line 1: the pool
    "#]],
    );
}

#[test]
fn writers_without_an_order_are_a_finding() {
    planned(
        "
system A: exclusive repo
system B: exclusive repo, after A
system C: exclusive repo
system D: exclusive other",
        "A B C D",
        expect![[r#"
            0 A=A, named
            1 B=B, named; is after A
            0 C=C, named
            0 D=D, named
            E0506 steps `B` and `C` both write `repo`, in no order
                line 3: 
                line 4: 
                help: say which comes first; as it is, whichever starts first writes first
        "#]],
    );
}

#[test]
fn settings_raise_ambiguity_to_a_fault() {
    let mut declarations = declare("system A: exclusive repo\nsystem B: exclusive repo");
    declarations.settings.ambiguity = Severity::Error;
    let catalog = Catalog::declare(declarations).unwrap();
    assert!(catalog.plan(&request("A")).is_ok());
    let faults = catalog.plan(&request("A B")).unwrap_err();
    assert_eq!(faults[0].severity, Severity::Error);
}

#[test]
fn phases_are_barriers() {
    planned(
        "
system A
system B
workflow w phases=contain,repair,verify
step a A phase=contain
step b B phase=contain: needs a
step c A phase=verify
step free B",
        "@w",
        expect![[r#"
            0 a=A, step of the workflow
            1 b=B, step of the workflow; needs a
            2 c=A, step of the workflow; is after a; is after b
            0 free=B, step of the workflow
        "#]],
    );
}

#[test]
fn phases_that_are_not_there_or_against_the_order() {
    refused(
        "
system A
workflow w phases=contain,repair,contain
step a A phase=repiar
step b A phase=contain: needs c
step c A phase=repair
workflow v
step a A phase=contain",
        "",
        expect![[r#"
            E0108 phase `contain` of workflow `w` is listed twice
                line 3: 
            E0201 step `a` of workflow `w` belongs to phase `repiar`, but the workflow has no such phase
                line 4: 
                help: did you mean `repair`?
            E0501 steps of workflow `w` wait for each other in a circle: `b` needs `c` (book.toml:5), which is after `b` because the phase of `c` is after that of `b` (book.toml:6)
                line 5: `b` needs `c`
                line 6: the phase of `c` is after that of `b`
                help: one of these has to go, perhaps the phase of `c` is after that of `b`: `after` only orders
            E0201 step `a` of workflow `v` belongs to phase `contain`, but the workflow has no such phase
                line 8: 
                help: list the phases in their order: `phases = ["contain"]`
        "#]],
    );
}

#[test]
fn deadlines() {
    refused(
        "
system A estimate=40s
system B estimate=30s: needs A
workflow w deadline=1m
step a A
step b B",
        "",
        expect![[r#"
            E0507 the deadline of `w` is 1m, but its critical path takes 1m10s
                line 4: 
        "#]],
    );
    planned(
        "
system A
system B estimate=10m: needs A
workflow w deadline=10m
step a A
step b B",
        "@w",
        expect![[r#"
            0 a=A, step of the workflow
            1 b=B, step of the workflow; needs a
            E0507 the deadline of `w` is 10m, but its critical path takes 11m if every step of which nobody has said takes 1m
                line 4: 
            E0507 step `b` is expected to take 10m, but times out after 5m
                line 6: 
        "#]],
    );
}

#[test]
fn estimates_without_end() {
    let systems: String =
        ["A", "B"].map(|name| format!("system {name} estimate=90000d\n")).concat();
    refused(
        &systems,
        "A B",
        expect![[r#"
        E0110 the steps of plan `A+B` take more than 292 years
    "#]],
    );
}
