//! `ptms run`: what a person sees, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use expect_test::expect;

use crate::scratch::{BOOK, EVENTS, Scratch, with_book};

#[test]
fn everything_completes() {
    with_book("completes").check(
        "run book",
        &expect![[r#"
        exit 0
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  book/events.jsonl

        2026-11-20 UTC
        10:00:02.500  critical  error-burst  service=api
        10:00:02.500  run 1     emergency-debugging, 3 steps
        10:00:12.500  run 1       ✓ collect (PDT) activated
        10:00:32.500  run 1       ✓ review (PAT) activated
        10:00:52.500  run 1       ✓ review (PAT) verified
        10:00:52.500  run 1       ✓ report (PTT) activated
        10:00:52.500  run 1     completed, after 50s
        10:01:30      medium    slow-response
        10:01:30      run 2     PPO, 1 step
        10:01:30      run 2       ✓ PPO activated
        10:01:30      run 2     completed, after 0s

        7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

        rule            fired  completed
        error-burst         1          1
        slow-response       1          1
        all                 2          2

        2 runs, all completed
    "#]],
    );
}

#[test]
fn verbose_shows_every_transition() {
    with_book("verbose").check(
        "run book --verbose",
        &expect![[r#"
        exit 0
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  book/events.jsonl

        2026-11-20 UTC
        10:00:02.500  critical  error-burst  service=api
        10:00:02.500  run 1     emergency-debugging, 3 steps
        10:00:12.500  run 1       ✓ collect (PDT) activated
        10:00:32.500  run 1       ✓ review (PAT) activated
        10:00:52.500  run 1       ✓ review (PAT) verified
        10:00:52.500  run 1       ✓ report (PTT) activated
        10:00:52.500  run 1     completed, after 50s
        10:01:00      resolved  error-burst  service=api (condition_false)
        10:01:00      pending   slow-response (condition_true)
        10:01:30      medium    slow-response
        10:01:30      run 2     PPO, 1 step
        10:01:30      run 2       ✓ PPO activated
        10:01:30      run 2     completed, after 0s
        10:03:00      resolved  slow-response (condition_false)

        7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

        rule            fired  completed
        error-burst         1          1
        slow-response       1          1
        all                 2          2

        2 runs, all completed
    "#]],
    );
}

#[test]
fn a_failed_step_is_undone() {
    with_book("fail").check(
        "run book --fail review",
        &expect![[r#"
        exit 1
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  book/events.jsonl

        2026-11-20 UTC
        10:00:02.500  critical  error-burst  service=api
        10:00:02.500  run 1     emergency-debugging, 3 steps
        10:00:12.500  run 1       ✓ collect (PDT) activated
        10:00:32.500  run 1       ✗ review (PAT) failed (simulated)
        10:00:32.500  run 1     the way back
        10:00:52.500  run 1       ← review (PAT) undone: restore
        10:01:02.500  run 1       ← collect (PDT) undone: release
        10:01:02.500  run 1     rolled back because review failed (simulated), after 1m
        10:01:30      medium    slow-response
        10:01:30      run 2     PPO, 1 step
        10:01:30      run 2       ✓ PPO activated
        10:01:30      run 2     completed, after 0s

        7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

        rule            fired  completed  undone
        error-burst         1          -       1
        slow-response       1          1       -
        all                 2          1       1

        2 runs, 1 did not complete
    "#]],
    );
}

#[test]
fn a_silent_step_is_undone() {
    with_book("silence").check(
        "run book --silence emergency-debugging/collect",
        &expect![[r#"
            exit 1
            --- stdout
            book    book: 2 rules, 4 systems, 1 workflow
            stream  book/events.jsonl

            2026-11-20 UTC
            10:00:02.500  critical  error-burst  service=api
            10:00:02.500  run 1     emergency-debugging, 3 steps
            10:00:02.500  run 1       ? collect (PDT) is silent: no answer comes
            10:01:30      medium    slow-response
            10:01:30      run 2     PPO, 1 step
            10:01:30      run 2       ✓ PPO activated
            10:01:30      run 2     completed, after 0s
            10:03:00      stream    is at its end; what is going on comes to rest
            10:05:32.500  run 1     the way back
            10:05:42.500  run 1       ← collect (PDT) undone: release
            10:05:42.500  run 1     rolled back because collect timed out, after 5m40s

            7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

            rule            fired  completed  undone
            error-burst         1          -       1
            slow-response       1          1       -
            all                 2          1       1

            2 runs, 1 did not complete
        "#]],
    );
}

#[test]
fn a_silent_step_that_is_verified_is_up() {
    with_book("verified").check(
        "run book --silence review",
        &expect![[r#"
            exit 0
            --- stdout
            book    book: 2 rules, 4 systems, 1 workflow
            stream  book/events.jsonl

            2026-11-20 UTC
            10:00:02.500  critical  error-burst  service=api
            10:00:02.500  run 1     emergency-debugging, 3 steps
            10:00:12.500  run 1       ✓ collect (PDT) activated
            10:00:12.500  run 1       ? review (PAT) is silent: no answer comes
            10:01:30      medium    slow-response
            10:01:30      run 2     PPO, 1 step
            10:01:30      run 2       ✓ PPO activated
            10:01:30      run 2     completed, after 0s
            10:02:02.500  run 1       ✓ review (PAT) verified
            10:02:02.500  run 1       ✓ report (PTT) activated
            10:02:02.500  run 1     completed, after 2m

            7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

            rule            fired  completed
            error-burst         1          1
            slow-response       1          1
            all                 2          2

            2 runs, all completed
        "#]],
    );
}

/// An answer that comes after its time-out is still an answer.
#[test]
fn a_step_that_takes_longer_than_its_time_out() {
    let book = BOOK.replace("estimate = \"10s\"", "estimate = \"50s\"\ntimeout = \"40s\"");
    let scratch = Scratch::new("late").file("book/rules.toml", book).file("events", EVENTS);
    scratch.check(
        "run book --events events",
        &expect![[r#"
            exit 0
            --- stdout
            book    book: 2 rules, 4 systems, 1 workflow, 1 warning
            stream  events

            2026-11-20 UTC
            10:00:02.500  critical  error-burst  service=api
            10:00:02.500  run 1     emergency-debugging, 3 steps
            10:00:52.500  run 1       ✓ collect (PDT) activated
            10:01:12.500  run 1       ✓ review (PAT) activated
            10:01:30      medium    slow-response
            10:01:30      run 2     PPO, 1 step
            10:01:30      run 2       ✓ PPO activated
            10:01:30      run 2     completed, after 0s
            10:01:32.500  run 1       ✓ review (PAT) verified
            10:01:32.500  run 1       ✓ report (PTT) activated
            10:01:32.500  run 1     completed, after 1m30s

            7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

            rule            fired  completed
            error-burst         1          1
            slow-response       1          1
            all                 2          2

            2 runs, all completed
        "#]],
    );
}

#[test]
fn a_step_that_is_not_critical_may_fail() {
    with_book("partly").check(
        "run book --fail report",
        &expect![[r#"
        exit 1
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  book/events.jsonl

        2026-11-20 UTC
        10:00:02.500  critical  error-burst  service=api
        10:00:02.500  run 1     emergency-debugging, 3 steps
        10:00:12.500  run 1       ✓ collect (PDT) activated
        10:00:32.500  run 1       ✓ review (PAT) activated
        10:00:52.500  run 1       ✓ review (PAT) verified
        10:00:52.500  run 1       ✗ report (PTT) failed (simulated)
        10:00:52.500  run 1     completed with failures: report failed (simulated),
                                after 50s
        10:01:30      medium    slow-response
        10:01:30      run 2     PPO, 1 step
        10:01:30      run 2       ✓ PPO activated
        10:01:30      run 2     completed, after 0s

        7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

        rule            fired  completed  partly
        error-burst         1          -       1
        slow-response       1          1       -
        all                 2          1       1

        2 runs, 1 did not complete
    "#]],
    );
}

#[test]
fn what_cannot_be_undone_is_named() {
    let book = BOOK.replace("undo = \"release\"\n", "");
    let scratch = Scratch::new("stuck").file("book/rules.toml", book).file("events", EVENTS);
    scratch.check(
        "run book --events events --fail review",
        &expect![[r#"
        exit 1
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow, 1 warning
        stream  events

        2026-11-20 UTC
        10:00:02.500  critical  error-burst  service=api
        10:00:02.500  run 1     emergency-debugging, 3 steps
        10:00:12.500  run 1       ✓ collect (PDT) activated
        10:00:32.500  run 1       ✗ review (PAT) failed (simulated)
        10:00:32.500  run 1     the way back
        10:00:52.500  run 1       ← review (PAT) undone: restore
        10:00:52.500  run 1     stuck: collect declares no undo; rolled back because
                                review failed (simulated), after 50s
        10:01:30      medium    slow-response
        10:01:30      run 2     PPO, 1 step
        10:01:30      run 2       ✓ PPO activated
        10:01:30      run 2     completed, after 0s

        7 inputs from 2026-11-20 10:00:00 to 2026-11-20 10:03:00 UTC

        rule            fired  completed   stuck
        error-burst         1          -       1
        slow-response       1          1       -
        all                 2          1       1

        2 runs, 1 did not complete
    "#]],
    );
}

/// Every step may fail or fall silent, and every run comes to rest.
#[test]
fn every_step_ends_honestly() {
    let scratch = with_book("honest");
    for step in ["collect", "review", "report", "PPO"] {
        for how in ["fail", "silence"] {
            let output = scratch.ptms(&format!("run book --{how} {step} --out out.jsonl"));
            // Silence about a step that is verified is no failure.
            let code = if (how, step) == ("silence", "review") { 0 } else { 1 };
            assert_eq!(output.status.code(), Some(code), "{how} {step}");
            let transcript = scratch.read("out.jsonl");
            let count = |kind: &str| transcript.matches(&format!(r#""kind":"{kind}""#)).count();
            assert_eq!((count("started"), count("ended")), (2, 2), "{how} {step}");
        }
    }
}

#[test]
fn standard_input_and_files_are_alike() {
    let scratch = with_book("stdin");
    let from_file = scratch.ptms("run book --out file.jsonl");
    let from_stdin =
        scratch.ptms_reading("run book --events - --out stdin.jsonl", EVENTS.trim_start());
    assert_eq!(from_file.status.code(), Some(0));
    assert_eq!(from_stdin.status.code(), Some(0));
    assert_eq!(scratch.read("file.jsonl"), scratch.read("stdin.jsonl"));
}

#[test]
fn csv() {
    let rows = "when,note,value\n\
        2014-04-01 00:00:00,\"a, b\",100.5\n\
        2014-04-01T00:05:00Z,,300\n\
        1396311000000000000,,\n\
        2014-04-01 00:15:00+00:00,,251\n";
    let scratch = Scratch::new("csv").file("book/rules.toml", BOOK).file("series.csv", rows);
    scratch.check(
        "run book --csv series.csv --at when --set value=latency_ms",
        &expect![[r#"
        exit 1
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  series.csv

        2014-04-01 UTC
        00:05:30      medium    slow-response
        00:05:30      run 1     PPO, 1 step
        00:05:30      run 1       ✓ PPO activated
        00:05:30      run 1     completed, after 0s

        3 inputs from 2014-04-01 00:00:00 to 2014-04-01 00:15:00 UTC
        1 line refused

        rule            fired  completed
        slow-response       1          1

        never fired: error-burst

        1 run, completed
        --- stderr
        series.csv:4: the row sets nothing: its cells are empty; the line is skipped
    "#]],
    );
}

/// `for` matures at 30 s, where the line that makes the condition false is still to come: it does not
/// fire. One nanosecond earlier it does.
#[test]
fn a_line_comes_before_a_wake_up_of_its_instant() {
    for (end, fired) in [(30_000_000_000_u64, 0), (30_000_000_001, 1)] {
        let events = format!(
            "{{\"at\": 0, \"set\": {{\"latency_ms\": 300}}}}\n\
             {{\"at\": {end}, \"set\": {{\"latency_ms\": 100}}}}\n"
        );
        let scratch = Scratch::new("instant").file("book/rules.toml", BOOK).file("events", events);
        scratch.ptms("run book --events events --out out.jsonl");
        let transcript = scratch.read("out.jsonl");
        assert_eq!(transcript.matches(r#""kind":"fired""#).count(), fired, "{transcript}");
    }
}

/// The last instant is closed: what matures at it happens.
#[test]
fn the_last_instant_is_closed() {
    let events = "{\"at\": 0, \"set\": {\"latency_ms\": 300}}\n\
                  {\"at\": 30000000000, \"set\": {\"latency_ms\": 301}}\n";
    let scratch = Scratch::new("last").file("book/rules.toml", BOOK).file("events", events);
    scratch.ptms("run book --events events --out out.jsonl");
    assert!(scratch.read("out.jsonl").contains(r#""kind":"fired","at":"1970-01-01T00:00:30Z""#));
}

#[test]
fn faults_of_conditions_are_shown() {
    let book = BOOK.to_owned() + "\n[[rule]]\nid = \"share\"\nwhen = '100 % ctx.jobs == 0'\n";
    let events = "{\"at\": 0, \"set\": {\"jobs\": 0}}\n";
    let scratch = Scratch::new("fault").file("book/rules.toml", book).file("events", events);
    scratch.check(
        "run book --events events",
        &expect![[r#"
        exit 0
        --- stdout
        book    book: 3 rules, 4 systems, 1 workflow
        stream  events

        1970-01-01 UTC
        00:00:00      fault     share: a remainder of a division by zero (line 1, column
                                1 of the condition)

        1 input from 1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC

        rule            fired  faults
        share               -       1

        never fired: error-burst, share, slow-response

        no run was started
    "#]],
    );
}

#[test]
fn many_firings_are_shown_briefly() {
    let events: String = (0..40)
        .map(|minute| {
            let latency = if minute % 2 == 0 { 300 } else { 100 };
            let at = minute * 600_000_000_000_u64;
            format!("{{\"at\": {at}, \"set\": {{\"latency_ms\": {latency}}}}}\n")
        })
        .collect();
    let scratch =
        Scratch::new("many").file("book/rules.toml", BOOK).file("book/events.jsonl", events);
    scratch.check(
        "run book",
        &expect![[r#"
        exit 0
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  book/events.jsonl

        1970-01-01 UTC
        00:00:30      medium    slow-response
        00:00:30      run 1     PPO, 1 step
        00:00:30      run 1       ✓ PPO activated
        00:00:30      run 1     completed, after 0s
        00:20:30      medium    slow-response
        00:20:30      run 2     PPO, 1 step
        00:20:30      run 2       ✓ PPO activated
        00:20:30      run 2     completed, after 0s
        00:40:30      medium    slow-response
        00:40:30      run 3     PPO, 1 step
        00:40:30      run 3       ✓ PPO activated
        00:40:30      run 3     completed, after 0s
        01:00:30      medium    slow-response fires on, and is only counted from here

        40 inputs from 1970-01-01 00:00:00 to 1970-01-01 06:30:00 UTC

        rule            fired  completed
        slow-response      20         20

        never fired: error-burst

        20 runs, all completed
    "#]],
    );
    scratch.check(
        "run book --fail PPO",
        &expect![[r#"
        exit 1
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  book/events.jsonl

        1970-01-01 UTC
        00:00:30      medium    slow-response
        00:00:30      run 1     PPO, 1 step
        00:00:30      run 1       ✗ PPO failed (simulated)
        00:00:30      run 1     the way back
        00:00:30      run 1       ← PPO undone: reset
        00:00:30      run 1     rolled back because PPO failed (simulated), after 0s
        00:20:30      medium    slow-response
        00:20:30      run 2     PPO, 1 step
        00:20:30      run 2       ✗ PPO failed (simulated)
        00:20:30      run 2     the way back
        00:20:30      run 2       ← PPO undone: reset
        00:20:30      run 2     rolled back because PPO failed (simulated), after 0s
        00:40:30      medium    slow-response
        00:40:30      run 3     PPO, 1 step
        00:40:30      run 3       ✗ PPO failed (simulated)
        00:40:30      run 3     the way back
        00:40:30      run 3       ← PPO undone: reset
        00:40:30      run 3     rolled back because PPO failed (simulated), after 0s
        01:00:30      medium    slow-response fires on, and is only counted from here
        01:00:30      run 4     slow-response: rolled back because PPO failed
                                (simulated), after 0s
        01:20:30      run 5     slow-response: rolled back because PPO failed
                                (simulated), after 0s
        01:40:30      run 6     slow-response: rolled back because PPO failed
                                (simulated), after 0s

        40 inputs from 1970-01-01 00:00:00 to 1970-01-01 06:30:00 UTC

        rule            fired  undone
        slow-response      20      20

        never fired: error-burst

        20 runs, 20 did not complete
    "#]],
    );
}

/// A key is made of what events say.
#[test]
fn a_key_cannot_spoil_the_screen() {
    let error = |second: u32, service: &str| {
        let fields = format!(r#"{{"level": "error", "service": "{service}"}}"#);
        format!("{{\"at\": {second}, \"event\": \"log\", \"fields\": {fields}}}\n")
    };
    let (hidden, long) = (r"\u001b[2J\nall is well", "long ".repeat(50));
    let events = [error(1, hidden), error(2, hidden), error(3, &long), error(4, &long)].concat();
    Scratch::new("keys").file("book/rules.toml", BOOK).file("book/events.jsonl", events).check(
        "run book --verbose",
        &expect![[r#"
            exit 0
            --- stdout
            book    book: 2 rules, 4 systems, 1 workflow
            stream  book/events.jsonl

            1970-01-01 UTC
            00:00:00      critical  error-burst  service=\u{1b}[2J\nall is well
            00:00:00      run 1     emergency-debugging, 3 steps
            00:00:00      critical  error-burst  service=long long long long long long long…
            00:00:00      run 2     emergency-debugging, 3 steps
            00:00:00      stream    is at its end; what is going on comes to rest
            00:00:10      run 1       ✓ collect (PDT) activated
            00:00:10      run 2       ✓ collect (PDT) activated
            00:00:30      run 1       ✓ review (PAT) activated
            00:00:30      run 2       ✓ review (PAT) activated
            00:00:50      run 1       ✓ review (PAT) verified
            00:00:50      run 1       ✓ report (PTT) activated
            00:00:50      run 1     completed, after 50s
            00:00:50      run 2       ✓ review (PAT) verified
            00:00:50      run 2       ✓ report (PTT) activated
            00:00:50      run 2     completed, after 50s

            4 inputs from 1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC

            rule            fired  completed
            error-burst         2          2

            never fired: slow-response

            2 runs, all completed
        "#]],
    );
}

/// `ptms … | head` ends quietly, and finishes transcript and journal if they are wanted.
#[test]
fn a_reader_that_leaves_is_no_fault() {
    let events: String = (0..4000)
        .map(|minute| {
            let latency = if minute % 2 == 0 { 300 } else { 100 };
            let at = minute * 600_000_000_000_u64;
            format!("{{\"at\": {at}, \"set\": {{\"latency_ms\": {latency}}}}}\n")
        })
        .collect();
    let scratch =
        Scratch::new("pipe").file("book/rules.toml", BOOK).file("book/events.jsonl", events);
    for args in ["run book --verbose", "run book --verbose --out out.jsonl --journal j"] {
        let mut child = scratch.command(args).stdin(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args}");
        assert_eq!(output.status.code(), Some(0), "{args}");
    }
    let checked = scratch.ptms("journal check j").stdout;
    assert!(String::from_utf8(checked).unwrap().contains("up to line 4000"));
    assert!(scratch.read("out.jsonl").lines().last().unwrap().contains(r#""kind":"summary""#));
}
