//! `ptms check` and `ptms plan` on a book without faults.

use expect_test::expect;

use crate::scratch::with_book;

#[test]
fn no_findings() {
    let scratch = with_book("no-findings");
    scratch.check(
        "check book",
        &expect![[r#"
        exit 0
        --- stdout
        no findings: 2 rules, 4 systems, 1 workflow
    "#]],
    );
    scratch.check(
        "check book/rules.toml --format json",
        &expect![[r#"
        exit 0
    "#]],
    );
}

#[test]
fn plans() {
    let scratch = with_book("plans");
    scratch.check(
        "plan book --workflow emergency-debugging",
        &expect![[r#"
        exit 0
        --- stdout
        plan emergency-debugging: 3 steps in 3 waves

        wave 1
          collect  PDT  step of the workflow; undo release

        wave 2
          review   PAT  step of the workflow; verified; undo restore
              needs collect (book/rules.toml:65)

        wave 3
          report   PTT  step of the workflow; not critical; nothing to undo
              wants review (book/rules.toml:70)

        the way back, once everything is up
          1.  report
          2.  review
          3.  collect
    "#]],
    );
    scratch.check(
        "plan book --systems PAT,PPO",
        &expect![[r#"
        exit 0
        --- stdout
        plan PAT+PPO: 3 steps in 2 waves

        wave 1
          PDT  PDT  needed by PAT; undo release
          PPO  PPO  named; undo reset

        wave 2
          PAT  PAT  named; verified; undo restore
              needs PDT (book/rules.toml:43)

        the way back, once everything is up
          1.  PPO, PAT
          2.  PDT
    "#]],
    );
    scratch.check(
        "plan book --systems PAT --format mermaid",
        &expect![[r#"
        exit 0
        --- stdout
        flowchart TD
            s0["PDT"]
            s1["PAT"]
            s0 -->|needs| s1
            classDef soft stroke-dasharray:5 5
            classDef stays stroke-width:3px
            classDef softstays stroke-width:3px,stroke-dasharray:5 5
    "#]],
    );
    scratch.check(
        "plan book --systems PAT --format dot",
        &expect![[r#"
        exit 0
        --- stdout
        digraph "PAT" {
            node [shape=box];
            { rank=same;
                "PDT" [label="PDT"];
            }
            { rank=same;
                "PAT" [label="PAT"];
            }
            "PDT" -> "PAT" [label=needs];
        }
    "#]],
    );
    let output = scratch.ptms("plan book --workflow emergency-debugging --format json");
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["name"], "emergency-debugging");
}

#[test]
fn the_schema_for_editors() {
    let printed = with_book("schema").ptms("schema");
    assert!(printed.status.success());
    assert_eq!(
        String::from_utf8(printed.stdout).unwrap(),
        include_str!("../../../ptms-rules/src/schema.json")
    );
}
