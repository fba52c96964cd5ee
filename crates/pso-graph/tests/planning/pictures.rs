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
            classDef soft stroke-dasharray: 5 5
            classDef stays stroke-width: 3px
            classDef softstays stroke-width: 3px, stroke-dasharray: 5 5
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

#[test]
fn json() {
    check(
        &serde_json::to_string_pretty(&emergency()).unwrap(),
        expect![[r#"
            {
              "name": "emergency-debugging",
              "digest": "fnv1a128:27ff94fa70d6473ab2c9cb5389091c71",
              "steps": [
                {
                  "id": "PFD",
                  "system": "PFD",
                  "critical": true,
                  "verify": false,
                  "undo": "undeclared",
                  "timeout_ns": 300000000000,
                  "estimate_ns": null,
                  "wave": 0,
                  "why": {
                    "needed_by": "review"
                  }
                },
                {
                  "id": "PKES",
                  "system": "PKES",
                  "critical": false,
                  "verify": false,
                  "undo": "undeclared",
                  "timeout_ns": 300000000000,
                  "estimate_ns": null,
                  "wave": 0,
                  "why": {
                    "wanted_by": "review"
                  }
                },
                {
                  "id": "collect",
                  "system": "PDT",
                  "critical": true,
                  "verify": false,
                  "undo": "nothing",
                  "timeout_ns": 60000000000,
                  "estimate_ns": null,
                  "wave": 0,
                  "why": "workflow"
                },
                {
                  "id": "review",
                  "system": "PAT",
                  "critical": true,
                  "verify": true,
                  "undo": {
                    "action": "restore"
                  },
                  "timeout_ns": 300000000000,
                  "estimate_ns": null,
                  "wave": 1,
                  "why": "workflow"
                },
                {
                  "id": "report-to-everybody",
                  "system": "PTT",
                  "critical": false,
                  "verify": false,
                  "undo": "undeclared",
                  "timeout_ns": 300000000000,
                  "estimate_ns": 120000000000,
                  "wave": 2,
                  "why": "workflow"
                }
              ],
              "edges": [
                {
                  "from": "PFD",
                  "to": "review",
                  "kind": "needs",
                  "between": "systems",
                  "reason": "PAT needs PFD"
                },
                {
                  "from": "PKES",
                  "to": "review",
                  "kind": "wants",
                  "between": "systems",
                  "reason": "PAT wants PKES"
                },
                {
                  "from": "collect",
                  "to": "review",
                  "kind": "needs",
                  "between": "steps",
                  "reason": "review needs collect"
                },
                {
                  "from": "review",
                  "to": "report-to-everybody",
                  "kind": "wants",
                  "between": "steps",
                  "reason": "report-to-everybody wants review"
                }
              ],
              "origins": {
                "steps": [
                  {
                    "span": {
                      "file": "systems.toml",
                      "start": 200,
                      "end": 205
                    },
                    "line": 20,
                    "column": 1
                  },
                  {
                    "span": {
                      "file": "systems.toml",
                      "start": 300,
                      "end": 305
                    },
                    "line": 30,
                    "column": 1
                  },
                  {
                    "span": {
                      "file": "workflows.toml",
                      "start": 30,
                      "end": 35
                    },
                    "line": 3,
                    "column": 1
                  },
                  {
                    "span": {
                      "file": "workflows.toml",
                      "start": 90,
                      "end": 95
                    },
                    "line": 9,
                    "column": 1
                  },
                  {
                    "span": {
                      "file": "workflows.toml",
                      "start": 150,
                      "end": 155
                    },
                    "line": 15,
                    "column": 1
                  }
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
                  },
                  {
                    "span": {
                      "file": "systems.toml",
                      "start": 140,
                      "end": 145
                    },
                    "line": 14,
                    "column": 1
                  },
                  {
                    "span": {
                      "file": "workflows.toml",
                      "start": 120,
                      "end": 125
                    },
                    "line": 12,
                    "column": 1
                  },
                  {
                    "span": {
                      "file": "workflows.toml",
                      "start": 170,
                      "end": 175
                    },
                    "line": 17,
                    "column": 1
                  }
                ]
              }
            }"#]],
    );
}
