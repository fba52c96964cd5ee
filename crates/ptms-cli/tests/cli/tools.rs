//! `ptms new`, `ptms graph`, `--watch`, completions and manual pages.

use std::fs;
use std::io::{BufRead, BufReader};

use expect_test::expect;

use crate::scratch::{Scratch, with_book};

/// What is new is without findings, passes its tests, is covered, and runs; and is never overwritten.
#[test]
fn a_new_book_is_a_good_one() {
    let scratch = Scratch::new("new").file("other/rules.test.toml", "mine");
    scratch.check(
        "new book",
        &expect![[r#"
        exit 0
        --- stdout
        book/rules.toml                          the rules
        book/rules.test.toml                     their tests
        book/events.jsonl                        a stream to replay

        go on with: ptms test book
    "#]],
    );
    scratch.check(
        "check book",
        &expect![[r#"
        exit 0
        --- stdout
        no findings: 2 rules, 3 systems, 1 workflow
    "#]],
    );
    scratch.check(
        "test book --min-coverage 100",
        &expect![[r#"
        exit 0
        --- stdout
        book/rules.test.toml
          ok    a slow response is noticed after half a minute
          ok    a short peak is nobody's business
          ok    three errors of one service are a burst, of two services they are none
          ok    a debugger that fails is undone, and the collector with it

        condition of                                 true    false  unknown    fault
        error-burst                                     2        5        -        -
        slow-response                                   4        8        2        -

        coverage: 100.0 %, 4 of 4 outcomes, at least 100 % are asked for

        4 tests: 4 passed
    "#]],
    );
    scratch.check(
        "run book",
        &expect![[r#"
        exit 0
        --- stdout
        book    book: 2 rules, 3 systems, 1 workflow
        stream  book/events.jsonl

        2026-11-20 UTC
        10:00:40      medium    slow-response
        10:00:40      run 1     optimizer, 1 step
        10:01:10      high      error-burst  service=api
        10:01:10      run 2     investigate, 2 steps
        10:01:30      run 2       ✓ collect (collector) activated
        10:01:40      run 1       ✓ optimizer activated
        10:01:40      run 1     completed, after 1m
        10:03:00      stream    is at its end; what is going on comes to rest
        10:03:30      run 2       ✓ debug (debugger) activated
        10:03:30      run 2     completed, after 2m20s

        9 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

        rule            fired  completed
        error-burst         1          1
        slow-response       1          1
        all                 2          2

        2 runs, all completed
    "#]],
    );
    scratch.check(
        "new book",
        &expect![[r#"
        exit 3
        --- stderr
        error: book has a rules.toml, rules.test.toml, events.jsonl already; nothing is written
    "#]],
    );
    scratch.check(
        "new other",
        &expect![[r#"
        exit 3
        --- stderr
        error: other has a rules.test.toml already; nothing is written
    "#]],
    );
    assert_eq!(scratch.read("other/rules.test.toml"), "mine");
    assert!(!scratch.path("other/rules.toml").exists());
}

#[test]
fn books_are_drawn() {
    let scratch = with_book("graph");
    scratch.check(
        "graph book",
        &expect![[r#"
        exit 0
        --- stdout
        rule error-burst: starts workflow emergency-debugging
        rule slow-response: starts PPO

        workflow emergency-debugging: activates PAT, PDT, PTT

        system PAT: needs PDT
        system PDT
        system PPO
        system PTT
    "#]],
    );
    scratch.check(
        "graph book --format mermaid",
        &expect![[r#"
        exit 0
        --- stdout
        flowchart LR
            n0{{"error-burst"}}
            n1{{"slow-response"}}
            n2(["emergency-debugging"])
            n3["PAT"]
            n4["PDT"]
            n5["PPO"]
            n6["PTT"]
            n0 --> n2
            n1 --> n5
            n2 --> n3
            n2 --> n4
            n2 --> n6
            n3 -->|needs| n4
    "#]],
    );
    scratch.check(
        "graph book --format dot",
        &expect![[r#"
        exit 0
        --- stdout
        digraph book {
            rankdir=LR;
            n0 [label="error-burst", shape=hexagon];
            n1 [label="slow-response", shape=hexagon];
            n2 [label="emergency-debugging", shape=oval];
            n3 [label="PAT", shape=box];
            n4 [label="PDT", shape=box];
            n5 [label="PPO", shape=box];
            n6 [label="PTT", shape=box];
            n0 -> n2;
            n1 -> n5;
            n2 -> n3;
            n2 -> n4;
            n2 -> n6;
            n3 -> n4 [label="needs", style=solid];
        }
    "#]],
    );
    let svg = String::from_utf8(scratch.ptms("graph book --format svg").stdout).unwrap();
    // Every rule, workflow and system has its box, every edge its line.
    assert_eq!(svg.matches("<text").count(), 2 + 1 + 4);
    let mermaid = String::from_utf8(scratch.ptms("graph book --format mermaid").stdout).unwrap();
    assert_eq!(svg.matches("marker-end").count(), mermaid.matches("->").count());
    scratch.check(
        "graph missing",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read missing: no such file or directory
    "#]],
    );
}

#[test]
fn the_program_describes_itself() {
    let scratch = Scratch::new("about");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script =
            String::from_utf8(scratch.ptms(&format!("completions {shell}")).stdout).unwrap();
        assert!(script.contains("min-coverage"), "{shell}");
    }
    for command in ["", " backtest", " journal"] {
        let page = String::from_utf8(scratch.ptms(&format!("man{command}")).stdout).unwrap();
        assert!(page.contains(".SH NAME"), "{command}");
    }
    scratch.check(
        "man bakctest",
        &expect![[r#"
        exit 3
        --- stderr
        error: there is no command "bakctest" (did you mean "backtest"?)
    "#]],
    );
}

/// A book is checked again when one of its files has changed, however often it could not be read.
#[test]
fn a_watched_book_is_checked_again() {
    let scratch = with_book("watch");
    let mut child = scratch.command("check book --watch").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("no findings: 2 rules"));
    let rules = scratch.path("book/rules.toml");
    let good = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, good.replace("ctx.latency_ms", "ctx.latncy_ms")).unwrap();
    assert!(lines.next().unwrap().contains("no fact `latncy_ms` is declared"));
    fs::write(&rules, &good).unwrap();
    assert!(lines.any(|line| line.starts_with("no findings: 2 rules")));
    child.kill().unwrap();
    child.wait().unwrap();
}
