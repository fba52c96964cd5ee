//! What changed between two plans, and who would feel a change.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use pso_graph::Catalog;

use crate::book::{catalog, request};
use crate::oracle::model;

fn check(old: &str, new: &str, words: &str, expected: Expect) {
    let plan = |text: &str| catalog(text).unwrap().plan(&request(words)).unwrap();
    expected.assert_eq(&plan(new).diff(&plan(old)).to_string());
}

#[test]
fn a_plan_beside_an_older_one() {
    check(
        "
pool cpu 4
system PAT undo=restore: needs PFD, after PDT, uses cpu 2
system PFD
system PDT",
        "
pool cpu 8
system PAT undo=revert estimate=5s: needs PKES, needs PDT, uses cpu 3, exclusive repo
system PKES
system PDT",
        "PAT PDT",
        expect![[r#"
            ~ pools was cpu 4 (0 held) and is cpu 8 (0 held)
            + step PKES (needed by PAT)
            - step PFD (was needed by PAT)
            ~ step PAT: estimate was open and is 5s
            ~ step PAT: exclusive was nothing and is repo
            ~ step PAT: undo was `restore` and is `revert`
            ~ step PAT: uses was cpu 2 and is cpu 3
            + PAT needs PDT (book.toml:3)
            + PAT needs PKES (book.toml:3)
            - PAT is after PDT (book.toml:3)
            - PAT needs PFD (book.toml:3)
        "#]],
    );
}

fn impact(text: &str, name: &str, expected: Expect) {
    let impact = catalog(text).unwrap().impact(name).unwrap();
    let mut seen = String::new();
    for affected in &impact.systems {
        let how = if affected.fails { "fails" } else { "goes on without" };
        seen.push_str(&format!("{affected}: {how}\n"));
    }
    for (workflow, steps) in &impact.workflows {
        seen.push_str(&format!("{workflow}: {}\n", steps.join(", ")));
    }
    expected.assert_eq(&seen);
}

#[test]
fn who_would_feel_it() {
    impact(
        "
system A: needs B, wants D
system B: needs C
system C
system D: after C
system E: wants B
system F: needs E
workflow v
step x D
workflow w
step a A
step z D",
        "C",
        expect![[r#"
            B needs C: fails
            A needs B: fails
            E wants B: goes on without
            F needs E: goes on without
            w: a
        "#]],
    );
    assert!(catalog("system A").unwrap().impact("B").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_diff_is_empty_exactly_for_equal_plans(one in model(), other in model()) {
        let plan = |model: &crate::oracle::Model| {
            let (systems, workflows) = model.declare();
            Catalog::new(systems, workflows).ok()?.plan(&model.request()).ok()
        };
        let (Some(one), Some(other)) = (plan(&one), plan(&other)) else { return Ok(()) };
        prop_assert!(one.diff(&one).is_empty());
        prop_assert_eq!(one.diff(&other).is_empty(), one == other);
        let (there, back) = (one.diff(&other), other.diff(&one));
        prop_assert_eq!((there.added, there.edges_added), (back.removed, back.edges_removed));
    }

    #[test]
    fn impact_is_the_closure_backwards(model in model()) {
        let (systems, workflows) = model.declare();
        let Ok(catalog) = Catalog::new(systems, workflows) else { return Ok(()) };
        for system in catalog.systems() {
            let impact = catalog.impact(&system.name).unwrap();
            for other in catalog.systems().iter().filter(|other| other.name != system.name) {
                // Whoever pulls it in when asked for alone is affected, and nobody else is.
                let plan = catalog.plan(&pso_graph::Request::new().system(other.name.clone())).unwrap();
                let found = plan.find(&system.name).and_then(|step| plan.step(step));
                let affected = impact.systems.iter().find(|affected| affected.system == other.name);
                prop_assert_eq!(found.map(|step| step.critical), affected.map(|affected| affected.fails));
            }
        }
    }
}
