//! `--journal`, `ptms resume` and `ptms journal`, without crashes, and files that are no journals.

use std::fs;

use expect_test::expect;
use ptms_journal::{Batch, FileStore, JournalStore};
use serde_json::Value;

use crate::scratch::{Scratch, with_book};

fn with_journal(test: &str) -> Scratch {
    let scratch = with_book(&format!("journal-{test}"));
    scratch.ptms("run book --journal j --out one.jsonl");
    scratch
}

#[test]
fn a_run_that_was_done_is_told_again() {
    with_journal("done").check(
        "resume j --out two.jsonl",
        &expect![[r#"
        exit 0
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  /scratch/book/events.jsonl

        2026-11-20 UTC
        10:03:00      resumed   goes on with its journal, 0 effects under way

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
fn the_journal_changes_nothing() {
    let scratch = with_journal("same");
    scratch.ptms("run book --out two.jsonl");
    assert_eq!(scratch.read("one.jsonl"), scratch.read("two.jsonl"));
}

/// A simulated run goes on where it stopped: the stream grows, as if the program had died before.
#[test]
fn a_stream_is_read_on() {
    let scratch = with_book("journal-on");
    let events = scratch.read("book/events.jsonl");
    scratch.ptms("run book --out whole.jsonl");
    let some: String = events.lines().take(4).map(|line| format!("{line}\n")).collect();
    let scratch = scratch.file("book/events.jsonl", some);
    scratch.ptms("run book --journal j");
    let scratch = scratch.file("book/events.jsonl", events);
    scratch.ptms("resume j --out resumed.jsonl");
    let resumed = scratch.read("resumed.jsonl");
    expect![[
        r#"{"kind":"resumed","at":"2026-11-20T10:00:52.5Z","fence":2,"line":4,"under_way":0}"#
    ]]
    .assert_eq(resumed.lines().find(|line| line.contains("\"resumed\"")).unwrap_or_default());
    let without = resumed.lines().filter(|line| !line.contains("\"resumed\""));
    assert_eq!(
        without.collect::<Vec<_>>(),
        scratch.read("whole.jsonl").lines().collect::<Vec<_>>()
    );
}

#[test]
fn a_journal_is_shown_and_checked() {
    let scratch = with_journal("shown");
    scratch.check(
        "journal check j",
        &expect![[r#"
        exit 0
        --- stdout
        sound: 47 records in 5 streams, up to line 7
        0 runs going on, 0 effects under way
    "#]],
    );
    let shown = scratch.ptms("journal show j");
    let shown = String::from_utf8(shown.stdout).unwrap();
    let short: Vec<_> =
        shown.lines().take(6).map(|line| line.split('{').next().unwrap().trim()).collect();
    expect![[r#"
        0  host #0
        1  engine #0  "opened, with the rulebook"
        2  engine #1  2026-11-20T10:00:00Z
        3  engine #2  2026-11-20T10:00:00.25Z
        4  engine #3  2026-11-20T10:00:02Z
        5  engine #4  2026-11-20T10:00:02.5Z"#]]
    .assert_eq(&short.join("\n"));
}

#[test]
fn an_existing_file_is_not_overwritten() {
    let scratch = with_journal("exists");
    let before = fs::read(scratch.path("j")).unwrap();
    scratch.check(
        "run book --journal j",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot use `j` as a journal: the file exists already; to go on with it: ptms resume j
    "#]],
    );
    assert!(before == fs::read(scratch.path("j")).unwrap());
}

#[test]
fn what_is_no_journal() {
    let scratch = with_journal("none").file("empty", "").file("text", "no journal\n".repeat(1000));
    let whole = fs::read(scratch.path("j")).unwrap();
    let scratch = scratch.file("half", &whole[..whole.len() / 2]);
    for (command, expected) in [
        (
            "resume absent",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `absent` as a journal: no such file
        "#]],
        ),
        (
            "resume empty",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `empty` as a journal: the file is empty
        "#]],
        ),
        (
            "resume text",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `text` as a journal: the file is no journal
        "#]],
        ),
        (
            "resume half",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `half` as a journal: the database is damaged: File truncated below stored layout: file_len=526336, layout_len=1056768
        "#]],
        ),
        (
            "resume book",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `book` as a journal: it is not a file
        "#]],
        ),
        (
            "resume j --host absent.toml",
            expect![[r#"
            exit 3
            --- stderr
            error: --host: this run had none, so nothing that it did is real
        "#]],
        ),
        (
            "journal check text",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `text` as a journal: the file is no journal
        "#]],
        ),
        (
            "journal show half",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `half` as a journal: the database is damaged: File truncated below stored layout: file_len=526336, layout_len=1056768
        "#]],
        ),
        (
            "run book --journal empty",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `empty` as a journal: the file exists already; to go on with it: ptms resume empty
        "#]],
        ),
        (
            "run book --journal book",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot use `book` as a journal: it is not a file
        "#]],
        ),
        (
            "run book --journal absent/j",
            expect![[r#"
                exit 2
                --- stderr
                error: cannot use `absent/j` as a journal: no such file or directory
            "#]],
        ),
        (
            "run book --events - --journal new",
            expect![[r#"
            exit 3
            --- stderr
            error: --journal: standard input cannot be read again; replay a file
        "#]],
        ),
    ] {
        scratch.check(command, &expected);
    }
    assert_eq!(scratch.read("empty"), "");
    assert!(whole[..whole.len() / 2] == fs::read(scratch.path("half")).unwrap());
}

#[test]
fn a_journal_of_which_a_byte_has_changed() {
    let scratch = with_journal("flipped");
    let mut bytes = fs::read(scratch.path("j")).unwrap();
    let at = bytes.windows(9).position(|window| window == b"condition").unwrap();
    bytes[at] ^= 1;
    let scratch = scratch.file("j", bytes);
    let refused = scratch.ptms("resume j");
    assert_eq!(refused.status.code(), Some(2));
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(complaint.contains("of stream transcript is damaged"), "{complaint}");
}

#[test]
fn a_transcript_does_not_wipe_out_the_journal_or_the_book() {
    let scratch = with_journal("out");
    for (command, expected) in [
        (
            "resume j --out j",
            expect![[r#"
            exit 3
            --- stderr
            error: --out: j is needed, and would be lost
        "#]],
        ),
        (
            "run book --journal new --out new",
            expect![[r#"
            exit 3
            --- stderr
            error: --out: new is needed, and would be lost
        "#]],
        ),
        (
            "run book --journal new --out book/./rules.toml",
            expect![[r#"
            exit 3
            --- stderr
            error: --out: book/rules.toml is needed, and would be lost
        "#]],
        ),
        (
            "resume j --out book/rules.toml",
            expect![[r#"
            exit 3
            --- stderr
            error: --out: book/rules.toml is needed, and would be lost
        "#]],
        ),
    ] {
        scratch.check(command, &expected);
    }
    assert!(!scratch.path("new").exists());
    assert!(!scratch.read("book/rules.toml").is_empty());
    assert_eq!(scratch.ptms("journal check j").status.code(), Some(0));
}

/// A journal with sound check sums whose records say something else than those of `j`.
fn rewritten(scratch: &Scratch, name: &str, change: impl Fn(&str, &mut Value)) {
    let mut batch = Batch::new();
    for record in FileStore::look(scratch.path("j")).unwrap().read_all().unwrap() {
        let record = record.unwrap();
        let mut content = serde_json::from_slice(&record.bytes).unwrap();
        change(&record.stream, &mut content);
        batch.push(&record.stream, content.to_string().as_bytes());
    }
    FileStore::create(scratch.path(name)).unwrap().append(&batch).unwrap();
}

#[test]
fn what_is_written_must_follow_from_what_was_written_before() {
    let scratch = with_journal("diverged");
    rewritten(&scratch, "other", |_, content| {
        if let Some(decided) = content.get_mut("decided") {
            decided["rule"] = "slow-response".into();
        }
    });
    rewritten(&scratch, "newer", |_, content| {
        if let Some(opened) = content.get_mut("opened") {
            opened["format"] = 99.into();
        }
    });
    rewritten(&scratch, "newer-host", |stream, content| {
        if stream == "host" {
            content["format"] = 99.into();
        }
    });
    rewritten(&scratch, "unknown", |_, content| {
        if content.get("decided").is_some() {
            *content = serde_json::json!({"pondered": 1});
        }
    });
    for (command, expected) in [
        (
            "journal check other",
            expect![[r#"
            exit 1
            --- stderr
            error: other: entry 5: recorded is a firing of slow-response [service=api] at 1795168802.500000000, what follows is a firing of error-burst [service=api] at 1795168802.500000000
        "#]],
        ),
        (
            "resume other",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot go on with other: entry 5: recorded is a firing of slow-response [service=api] at 1795168802.500000000, what follows is a firing of error-burst [service=api] at 1795168802.500000000
        "#]],
        ),
        (
            "resume newer",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot go on with newer: the journal has format 99, this version reads up to 1: use a newer version
        "#]],
        ),
        (
            "resume newer-host",
            expect![[r#"
            exit 2
            --- stderr
            error: newer-host: it has format 99; use a newer version of ptms
        "#]],
        ),
        (
            "resume unknown",
            expect![[r#"
            exit 2
            --- stderr
            error: unknown: record 5 of stream engine: this version cannot read it: unknown variant `pondered`, expected one of `opened`, `input`, `decided`, `run` at line 1 column 11
        "#]],
        ),
    ] {
        scratch.check(command, &expected);
    }
}

#[test]
fn a_journal_that_may_not_be_written() {
    let scratch = with_journal("protected");
    let mut permissions = fs::metadata(scratch.path("j")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(scratch.path("j"), permissions).unwrap();
    scratch.check(
        "resume j",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot use `j` as a journal: the file is write-protected
    "#]],
    );
    assert_eq!(scratch.ptms("journal check j").status.code(), Some(0));
}

#[test]
fn a_journal_that_is_owned() {
    let scratch = with_journal("owned");
    let owner = FileStore::open(scratch.path("j")).unwrap();
    scratch.check(
        "resume j",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot use `j` as a journal: the journal is in use
    "#]],
    );
    drop(owner);
}
