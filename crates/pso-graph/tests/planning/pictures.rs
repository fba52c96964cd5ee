//! What people see of a plan.

use expect_test::{Expect, expect};
use pso_graph::{Catalog, Plan, Request};
use ptms_core::system::Reference;
use ptms_core::{Duration, Origin, Span, StepSpec, SystemSpec, Undo, WorkflowSpec};

fn at(file: &str, line: usize) -> Origin {
    Origin::new(Span::new(file, line * 10..line * 10 + 5), line, 1)
}

fn to(name: &str, file: &str, line: usize) -> Reference {
    Reference::new(name, Some(at(file, line)))
}

fn system(name: &str, line: usize) -> SystemSpec {
    let mut system = SystemSpec::new(name);
    system.origin = Some(at("systems.toml", line));
    system
}

fn step(id: &str, system: &str, line: usize) -> StepSpec {
    let mut step = StepSpec::new(id, system);
    step.origin = Some(at("workflows.toml", line));
    step
}

fn emergency() -> Plan {
    let mut pat = system("PAT", 10);
    pat.after.push(to("PDT", "systems.toml", 12));
    pat.needs.push(to("PFD", "systems.toml", 13));
    pat.wants.push(to("PKES", "systems.toml", 14));
    pat.undo = Undo::Action("restore".into());
    let mut pdt = system("PDT", 1);
    pdt.undo = Undo::Nothing;
    let mut collect = step("collect", "PDT", 3);
    collect.timeout = Some(Duration::from_secs(60));
    let mut review = step("review", "PAT", 9);
    review.needs.push(to("collect", "workflows.toml", 12));
    review.verify = Some(true);
    let mut report = step("report-to-everybody", "PTT", 15);
    report.wants.push(to("review", "workflows.toml", 17));
    report.critical = false;
    report.estimate = Some(Duration::from_secs(120));
    let systems = [pat, pdt, system("PFD", 20), system("PKES", 30), system("PTT", 40)];
    let workflow = WorkflowSpec::new("emergency-debugging", [collect, review, report]);
    let catalog = Catalog::new(systems, [workflow]).unwrap();
    catalog.plan(&Request::new().workflow("emergency-debugging")).unwrap()
}

fn check(picture: &str, expected: Expect) {
    expected.assert_eq(picture);
}

#[test]
fn text() {
    check(
        &emergency().to_text(),
        expect![[r#"
        plan emergency-debugging: 5 steps in 3 waves

        wave 1
          PFD                  PFD   needed by review; undo not declared
          PKES                 PKES  wanted by review; not critical; undo not declared
          collect              PDT   step of the workflow; nothing to undo

        wave 2
          review               PAT   step of the workflow; verified; undo restore
              needs PFD because PAT needs PFD (systems.toml:13)
              wants PKES because PAT wants PKES (systems.toml:14)
              needs collect (workflows.toml:12)

        wave 3
          report-to-everybody  PTT   step of the workflow; not critical; undo not
                                     declared
              wants review (workflows.toml:17)

        the way back, once everything is up
          1.  report-to-everybody
          2.  review
          3.  collect, PKES, PFD

        no way back across PFD, PKES, report-to-everybody: their undo is not declared,
        and a rollback that has to undo them ends stuck
    "#]],
    );
}

#[test]
fn mermaid() {
    check(
        &emergency().to_mermaid(),
        expect![[r#"
            flowchart TD
                s0["PFD"]:::stays
                s1["PKES"]:::softstays
                s2["collect<br>PDT"]
                s3["review<br>PAT"]
                s4["report-to-everybody<br>PTT"]:::softstays
                s0 -->|needs| s3
                s1 -.->|wants| s3
                s2 -->|needs| s3
                s3 -.->|wants| s4
                classDef soft stroke-dasharray:5 5
                classDef stays stroke-width:3px
                classDef softstays stroke-width:3px,stroke-dasharray:5 5
        "#]],
    );
}

#[test]
fn dot() {
    check(
        &emergency().to_dot(),
        expect![[r#"
        digraph "emergency-debugging" {
            node [shape=box];
            { rank=same;
                "PFD" [label="PFD", penwidth=2];
                "PKES" [label="PKES", style=dashed, penwidth=2];
                "collect" [label="collect\nPDT"];
            }
            { rank=same;
                "review" [label="review\nPAT"];
            }
            { rank=same;
                "report-to-everybody" [label="report-to-everybody\nPTT", style=dashed, penwidth=2];
            }
            "PFD" -> "review" [label=needs];
            "PKES" -> "review" [label=wants, style=dashed];
            "collect" -> "review" [label=needs];
            "review" -> "report-to-everybody" [label=wants, style=dashed];
        }
    "#]],
    );
}

fn two_steps() -> Plan {
    let mut pat = SystemSpec::new("PAT");
    pat.needs.push(to("PFD", "systems.toml", 13));
    let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
    catalog.plan(&Request::new().system("PAT")).unwrap()
}

#[test]
fn json() {
    check(
        &serde_json::to_string_pretty(&two_steps()).unwrap(),
        expect![[r#"
            {
              "name": "PAT",
              "digest": "fnv1a128:56a979720eec9b9f626358b6108c96b9",
              "steps": [
                {
                  "id": "PFD",
                  "system": "PFD",
                  "priority": "medium",
                  "critical": true,
                  "verify": false,
                  "undo": "undeclared",
                  "on_undo_failure": "continue",
                  "timeout_ns": 300000000000,
                  "settle_ns": 30000000000,
                  "idempotent": false,
                  "estimate_ns": null,
                  "wave": 0,
                  "why": {
                    "needed_by": "PAT"
                  }
                },
                {
                  "id": "PAT",
                  "system": "PAT",
                  "priority": "medium",
                  "critical": true,
                  "verify": false,
                  "undo": "undeclared",
                  "on_undo_failure": "continue",
                  "timeout_ns": 300000000000,
                  "settle_ns": 30000000000,
                  "idempotent": false,
                  "estimate_ns": null,
                  "wave": 1,
                  "why": "named"
                }
              ],
              "edges": [
                {
                  "from": "PFD",
                  "to": "PAT",
                  "kind": "needs",
                  "between": "systems",
                  "reason": "PAT needs PFD"
                }
              ],
              "default_estimate_ns": 60000000000,
              "origins": {
                "steps": [
                  null,
                  null
                ],
                "edges": [
                  {
                    "span": {
                      "file": "systems.toml",
                      "start": 130,
                      "end": 135
                    },
                    "line": 13,
                    "column": 1
                  }
                ]
              }
            }"#]],
    );
}

/// Names that no rulebook may declare, but a program may, cannot break out of their quotes.
#[test]
fn strange_names() {
    let (quote, slash) = (r#"say "hi"]; x"#, r"C:\N\");
    let mut system = SystemSpec::new(quote);
    system.wants.push(slash.into());
    let catalog = Catalog::new([system, SystemSpec::new(slash)], []).unwrap();
    let plan = catalog.plan(&Request::new().system(quote)).unwrap();
    check(
        &(plan.to_dot() + &plan.to_mermaid()),
        expect![[r#"
            digraph "say \"hi\"]; x" {
                node [shape=box];
                { rank=same;
                    "C:\\N\\" [label="C:\\N\\", style=dashed, penwidth=2];
                }
                { rank=same;
                    "say \"hi\"]; x" [label="say \"hi\"]; x", penwidth=2];
                }
                "C:\\N\\" -> "say \"hi\"]; x" [label=wants, style=dashed];
            }
            flowchart TD
                s0["C#58;#92;N#92;"]:::softstays
                s1["say#32;#34;hi#34;#93;#59;#32;x"]:::stays
                s0 -.->|wants| s1
                classDef soft stroke-dasharray:5 5
                classDef stays stroke-width:3px
                classDef softstays stroke-width:3px,stroke-dasharray:5 5
        "#]],
    );
}

#[test]
fn long_names_keep_the_text_readable() {
    let long = "the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is";
    let mut system = SystemSpec::new(long);
    system.needs = (0..3).map(|n| format!("dependency-{n}").as_str().into()).collect();
    let others = (0..3).map(|n| SystemSpec::new(format!("dependency-{n}")));
    let catalog = Catalog::new(others.chain([system]), []).unwrap();
    let plan = catalog.plan(&Request::new().system(long)).unwrap();
    check(
        &plan.to_text(),
        expect![[r#"
            plan the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is:
            4 steps in 2 waves

            wave 1
              dependency-0  dependency-0
                  needed by
                  the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is;
                  undo not declared
              dependency-1  dependency-1
                  needed by
                  the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is;
                  undo not declared
              dependency-2  dependency-2
                  needed by
                  the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is;
                  undo not declared

            wave 2
              the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is
                  activates
                  the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is;
                  named; undo not declared
                  needs dependency-0
                  needs dependency-1
                  needs dependency-2

            the way back, once everything is up
              1.  the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is
              2.  dependency-2, dependency-1, dependency-0

            no way back across dependency-0, dependency-1, dependency-2,
            the-name-of-a-system-that-somebody-thought-had-to-say-everything-there-is: their
            undo is not declared, and a rollback that has to undo them ends stuck
        "#]],
    );
}

#[test]
fn reasons() {
    let plan = emergency();
    let reasons: Vec<String> = plan.edges().iter().map(|edge| plan.because(edge)).collect();
    check(
        &reasons.join("\n"),
        expect![[r#"
        because PAT needs PFD, systems.toml:13
        because PAT wants PKES, systems.toml:14
        because review needs collect, workflows.toml:12
        because report-to-everybody wants review, workflows.toml:17"#]],
    );
}

#[cfg(feature = "svg")]
#[test]
fn svg_draws_every_label() {
    let svg = emergency().to_svg().unwrap();
    for step in emergency().steps() {
        assert!(svg.contains(&format!(">{}<", step.id)), "{} in {svg}", step.id);
    }
    for (kind, count) in [("needs", 2), ("wants", 2), ("after", 0)] {
        assert_eq!(svg.matches(&format!(">{kind}<")).count(), count, "{kind}");
    }
    assert_eq!(emergency().to_svg().unwrap(), svg);
}

#[cfg(feature = "svg")]
proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    #[test]
    fn svg_of_anything(model in crate::oracle::model()) {
        let (systems, workflows) = model.declare();
        let plan = Catalog::new(systems, workflows).ok().and_then(|catalog| catalog.plan(&model.request()).ok());
        if let Some(plan) = plan {
            proptest::prop_assert!(plan.to_svg() == plan.to_svg());
        }
    }
}
