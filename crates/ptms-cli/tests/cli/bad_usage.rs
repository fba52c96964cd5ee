//! Command lines that ask for what cannot be.

use expect_test::expect;

use crate::scratch::{BOOK, Scratch, with_book};

#[test]
fn clap_refuses_with_our_exit_code() {
    let scratch = with_book("clap");
    for (args, code) in [
        ("", 3),
        ("--help", 0),
        ("run --help", 0),
        ("--version", 0),
        ("explain book", 3),
        ("check", 3),
        ("check book --format xml", 3),
        ("plan book", 3),
        ("run book --csv x.csv", 3),
        ("run book --csv x.csv --at time --set value", 3),
        ("run book --csv x.csv --at time --set a=b --events y", 3),
        ("run book --set a=b", 3),
    ] {
        let output = scratch.ptms(args);
        assert_eq!(output.status.code(), Some(code), "{args}");
        let (said, silent) = match code {
            0 => (output.stdout, output.stderr),
            _ => (output.stderr, output.stdout),
        };
        assert!(!said.is_empty() && silent.is_empty(), "{args}");
        let said = String::from_utf8(said).unwrap();
        assert!(code != 0 || said.lines().all(|line| line.chars().count() <= 80), "{said}");
    }
}

#[test]
fn names_that_the_book_does_not_have() {
    let scratch = with_book("names");
    scratch.check(
        "plan book --workflow emergency-debuging",
        &expect![[r#"
        exit 3
        --- stderr
        error: no workflow "emergency-debuging" is declared (did you mean "emergency-debugging"?)
    "#]],
    );
    scratch.check(
        "plan book --systems PDT,PAX",
        &expect![[r#"
        exit 3
        --- stderr
        error: no system "PAX" is declared (did you mean "PAT"?)
    "#]],
    );
    scratch.check(
        "run book --fail reviw",
        &expect![[r#"
        exit 3
        --- stderr
        error: no rule starts a step "reviw" (did you mean "review"?)
    "#]],
    );
    scratch.check("run book --silence emergency-debugging/colect", &expect![[r#"
        exit 3
        --- stderr
        error: no rule starts a step "emergency-debugging/colect" (did you mean "emergency-debugging/collect"?)
    "#]]);
    scratch.check(
        "run book --csv x.csv --at time --set value=latency",
        &expect![[r#"
        exit 3
        --- stderr
        error: --set: no fact "latency" is declared (did you mean "latency_ms"?)
    "#]],
    );
}

#[test]
fn steps_that_cannot_be_told_what_to_do() {
    let scratch = with_book("steps");
    scratch.check("run book --fail PTT", &expect![[r#"
        exit 3
        --- stderr
        error: no rule starts a step "PTT"; the system PTT is activated by emergency-debugging/report
    "#]]);
    scratch.check(
        "run book --fail review --silence emergency-debugging/review",
        &expect![[r#"
        exit 3
        --- stderr
        error: --fail and --silence: emergency-debugging/review cannot do both, give one
    "#]],
    );
}

#[test]
fn a_transcript_does_not_wipe_out_its_stream() {
    let scratch = with_book("same-file");
    let output = scratch.ptms("run book --out book/../book/events.jsonl");
    assert_eq!(output.status.code(), Some(3));
    assert!(!scratch.read("book/events.jsonl").is_empty());
}

#[test]
fn nothing_to_replay() {
    let scratch = Scratch::new("nothing").file("book/rules.toml", BOOK);
    scratch.check("run book", &expect![[r#"
        exit 3
        --- stderr
        error: nothing to replay: there is no book/events.jsonl; give --events FILE, or --csv FILE with --at and --set
    "#]]);
    scratch.check("run book/rules.toml", &expect![[r#"
        exit 3
        --- stderr
        error: nothing to replay: there is no book/events.jsonl; give --events FILE, or --csv FILE with --at and --set
    "#]]);
}
