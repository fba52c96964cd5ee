//! `ptms run --host`: real processes, and everything that can happen to them.
#![cfg(unix)]

use std::process::Stdio;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::scratch::Scratch;

/// A book with one rule, whose run activates `first`, then `second`.
fn book(second: &str) -> String {
    format!(
        r#"
[context]
load = "float"

[[rule]]
id = "busy"
when = "ctx.load > 1.0"
systems = ["second"]

[system.first]
undo = "release"

[system.second]
needs = ["first"]
undo = "restore"
{second}
"#
    )
}

const EVENTS: &str = r#"{"at": "2026-11-20T10:00:00Z", "set": {"load": 2}}"#;

/// Every command writes down what it was asked for.
const HOST: &str = r#"
[default.activate]
command = ["sh", "tell.sh"]

[default.verify]
command = ["sh", "tell.sh"]

[default.undo]
command = ["sh", "tell.sh"]
"#;

const TELL: &str = "echo \"$PTMS_ACTION $PTMS_SYSTEM $PTMS_UNDO\" >> told\n";

fn scratch(test: &str, second: &str) -> Scratch {
    Scratch::new(&format!("commands-{test}"))
        .file("book/rules.toml", book(second))
        .file("book/events.jsonl", EVENTS)
        .file("host/host.toml", HOST)
        .file("host/tell.sh", TELL)
}

/// A host in which activating `second` runs this script, with these meanings of exit codes.
fn with_second(scratch: Scratch, script: &str, exits: &str) -> Scratch {
    let own = "\n[system.second.activate]\ncommand = [\"sh\", \"second.sh\"]\n";
    scratch
        .file("host/host.toml", format!("{HOST}{own}{exits}\n"))
        .file("host/second.sh", format!("{TELL}{script}\n"))
}

const RUN: &str = "run book --host host/host.toml --out out.jsonl";

/// What became of activating `second`, the end of the run, and the complaints.
fn check(test: &str, second: &str, script: &str, exits: &str, expected: &Expect) -> Scratch {
    let scratch = with_second(scratch(test, second), script, exits);
    let output = scratch.ptms(RUN);
    let mut seen = String::new();
    for line in scratch.read("out.jsonl").lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| entry.get(key).map(|word| format!(" {word}")).unwrap_or_default();
        match entry["kind"].as_str().unwrap() {
            "outcome" if entry["system"] == "second" => {
                let told = ["action", "outcome", "value", "class", "clean"].map(word).concat();
                seen.push_str(&format!("{}\n", told.trim_start()));
            }
            "ended" => seen.push_str(entry["message"].as_str().unwrap()),
            _ => {}
        }
    }
    let complaints = String::from_utf8(output.stderr).unwrap();
    expected.assert_eq(&format!("{seen}\n{complaints}"));
    scratch
}

#[test]
fn everything_is_told_to_the_commands() {
    let tell = "env | grep ^PTMS_ | sort >> told; echo >> told\n";
    let scratch = scratch("environment", "verify = true\nidempotent = true")
        .file("host/tell.sh", tell.to_owned() + "[ $PTMS_SYSTEM$PTMS_ACTION != secondverify ]");
    let output = scratch.ptms(RUN);
    assert_eq!(output.status.code(), Some(1));
    expect![[r#"
        PTMS_ACTION=activate
        PTMS_ATTEMPT=1
        PTMS_EPOCH=0
        PTMS_FENCE=0
        PTMS_INPUT=null
        PTMS_KEY=busy@1795168800000000000/0/activate/0
        PTMS_REVERSES=[]
        PTMS_RUN=busy@1795168800000000000
        PTMS_STEP=first
        PTMS_SYSTEM=first
        PTMS_UNDO=

        PTMS_ACTION=activate
        PTMS_ATTEMPT=1
        PTMS_EPOCH=0
        PTMS_FENCE=0
        PTMS_INPUT=null
        PTMS_KEY=busy@1795168800000000000/1/activate/0
        PTMS_REVERSES=[]
        PTMS_RUN=busy@1795168800000000000
        PTMS_STEP=second
        PTMS_SYSTEM=second
        PTMS_UNDO=

        PTMS_ACTION=verify
        PTMS_ATTEMPT=1
        PTMS_EPOCH=0
        PTMS_FENCE=0
        PTMS_INPUT=null
        PTMS_KEY=busy@1795168800000000000/1/verify/0
        PTMS_REVERSES=[]
        PTMS_RUN=busy@1795168800000000000
        PTMS_STEP=second
        PTMS_SYSTEM=second
        PTMS_UNDO=

        PTMS_ACTION=undo
        PTMS_ATTEMPT=1
        PTMS_EPOCH=0
        PTMS_FENCE=0
        PTMS_INPUT=null
        PTMS_KEY=busy@1795168800000000000/1/undo/0
        PTMS_REVERSES=["busy@1795168800000000000/1/activate/0"]
        PTMS_RUN=busy@1795168800000000000
        PTMS_STEP=second
        PTMS_SYSTEM=second
        PTMS_UNDO=restore

        PTMS_ACTION=undo
        PTMS_ATTEMPT=1
        PTMS_EPOCH=0
        PTMS_FENCE=0
        PTMS_INPUT=null
        PTMS_KEY=busy@1795168800000000000/0/undo/0
        PTMS_REVERSES=["busy@1795168800000000000/0/activate/0"]
        PTMS_RUN=busy@1795168800000000000
        PTMS_STEP=first
        PTMS_SYSTEM=first
        PTMS_UNDO=release

    "#]]
    .assert_eq(&scratch.read("host/told"));
}

#[test]
fn what_failed_is_undone_in_reverse_order() {
    let scratch = check(
        "undo",
        "",
        "echo one >&2; printf 'tw\\033[1mo\\n' >&2; exit 7",
        "",
        &expect![[r#"
            "activate" "failed" "exit-7" false
            "undo" "succeeded"
            rolled back because second failed (exit-7)
            activate second for step second: sh ended with exit code 7
              one
              tw [1mo
        "#]],
    );
    expect![[r#"
        activate first 
        activate second 
        undo second restore
        undo first release
    "#]]
    .assert_eq(&scratch.read("host/told"));
}

#[test]
fn exit_codes_mean_what_the_operator_says() {
    let exits = r#"exit = { 3 = { failed = "no-capacity", clean = true }, 75 = "unknown" }"#;
    check(
        "clean",
        "",
        "exit 3",
        exits,
        &expect![[r#"
        "activate" "failed" "no-capacity" true
        rolled back because second failed (no-capacity)
        activate second for step second: sh ended with exit code 3
    "#]],
    );
    check(
        "unknown",
        "",
        "exit 75",
        exits,
        &expect![[r#"
        "activate" "unknown"
        "undo" "succeeded"
        rolled back because second had an unknown outcome
        activate second for step second: sh ended with exit code 75
    "#]],
    );
    check(
        "unmapped",
        "",
        "exit 4",
        exits,
        &expect![[r#"
        "activate" "failed" "exit-4" false
        "undo" "succeeded"
        rolled back because second failed (exit-4)
        activate second for step second: sh ended with exit code 4
    "#]],
    );
    check(
        "inverted",
        "",
        "exit 9",
        "exit = { 9 = \"succeeded\" }",
        &expect![[r#"
        "activate" "succeeded"
        completed
    "#]],
    );
}

#[test]
fn what_a_command_writes_is_its_output() {
    check(
        "json",
        "",
        "echo '[1, 2.5, \"x\"]'",
        "",
        &expect![[r#"
        "activate" "succeeded" [1,2.5,"x"]
        completed
    "#]],
    );
    check(
        "no-json",
        "",
        "echo done",
        "",
        &expect![[r#"
        "activate" "succeeded"
        completed
        activate second for step second: what it wrote is left out: it is no JSON text, number, true, false, or list of these
    "#]],
    );
    check(
        "object",
        "",
        "echo '{\"path\": 1}'",
        "",
        &expect![[r#"
        "activate" "succeeded"
        completed
        activate second for step second: what it wrote is left out: it is no JSON text, number, true, false, or list of these
    "#]],
    );
    check(
        "nested",
        "",
        "echo '[[1]]'",
        "",
        &expect![[r#"
        "activate" "succeeded"
        completed
        activate second for step second: what it wrote is left out: it is no JSON text, number, true, false, or list of these
    "#]],
    );
}

/// `ptms run … | head`: what is real is not given up half-way because nobody watches.
#[test]
fn nobody_watches() {
    let scratch = with_second(scratch("unwatched", ""), "exit 3", "");
    let (nobody, stdout) = std::io::pipe().unwrap();
    drop(nobody);
    let mut command = scratch.command("run book --host host/host.toml");
    let status = command.stdin(Stdio::null()).stdout(stdout).status().unwrap();
    assert_eq!(status.code(), Some(1));
    expect![[r#"
        activate first 
        activate second 
        undo second restore
        undo first release
    "#]]
    .assert_eq(&scratch.read("host/told"));
}

/// Not like an activation that fails.
#[test]
fn an_undo_that_fails() {
    let scratch = with_second(scratch("undo", ""), "exit 3", "");
    let own = "[system.first.undo]\ncommand = [\"false\"]\n";
    let host = scratch.read("host/host.toml") + own;
    scratch.file("host/host.toml", host).check(
        "run book --host host/host.toml",
        &expect![[r#"
        exit 1
        --- stdout
        book    book: 1 rule, 2 systems, 0 workflows
        stream  book/events.jsonl

        2026-11-20 UTC
        10:00:00      medium    busy
        10:00:00      run 1     second, 2 steps
        10:00:00      stream    is at its end; what is going on comes to rest
        10:00:00      run 1       ✓ first activated
        10:00:00      run 1       ✗ second failed (exit-3)
        10:00:00      run 1     the way back
        10:00:00      run 1       ← second undone: restore
        10:00:00      run 1       ✗ undo of first (release) failed (exit-1)
        10:00:00      run 1     stuck: the undo of first failed (exit-1); rolled back
                                because second failed (exit-3), after 0s

        1 input from 2026-11-20 10:00:00 to 2026-11-20 10:00:00 UTC

        rule   fired   stuck
        busy       1       1

        1 run, 1 did not complete
        --- stderr
        activate second for step second: sh ended with exit code 3
        undo first for step first by release: false ended with exit code 1
    "#]],
    );
}

/// It is ended with all that it has started, and the engine goes by its time-out.
#[test]
fn a_command_that_hangs() {
    let scratch = check(
        "hangs",
        "timeout = \"300ms\"\nsettle = \"1s\"",
        "(sleep 3; echo late >> told) & sleep 60",
        "",
        &expect![[r#"
            "activate" "silent"
            "undo" "succeeded"
            rolled back because second timed out
            activate second for step second: sh was ended, its time was up
        "#]],
    );
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(!scratch.read("host/told").contains("late"));
}

#[test]
fn a_gigabyte_neither_hangs_nor_fills_memory() {
    check(
        "gigabyte",
        "",
        "head -c 1000000000 /dev/zero; head -c 1000000 /dev/zero >&2",
        "",
        &expect![[r#"
            "activate" "succeeded"
            completed
            activate second for step second: what it wrote is left out: it is longer than 65536 bytes
        "#]],
    );
}

#[test]
fn a_command_that_a_signal_ends() {
    check(
        "signal",
        "",
        "kill -9 $$",
        "",
        &expect![[r#"
        "activate" "unknown"
        "undo" "succeeded"
        rolled back because second had an unknown outcome
        activate second for step second: sh was ended by a signal
    "#]],
    );
}

/// What stays behind with the output open keeps nobody waiting: here it stays until the test is over.
#[test]
fn a_command_that_leaves_something_running() {
    let stays = "(while [ ! -e over ]; do sleep 0.1; done) & echo 5";
    let expected = expect![[r#"
        "activate" "succeeded" 5
        completed
    "#]];
    check("daemon", "", stays, "", &expected).file("host/over", "");
}

#[test]
fn a_command_that_is_not_there() {
    let scratch = scratch("no-command", "");
    let absent = format!("{HOST}\n[system.second.activate]\ncommand = [\"./absent\"]\n");
    let scratch = scratch.file("host/host.toml", absent);
    let output = scratch.ptms(RUN);
    expect![[r#"
        activate second for step second: cannot run ./absent: no such file or directory
    "#]]
    .assert_eq(&String::from_utf8(output.stderr).unwrap());
    expect![[r#"
        activate first 
        undo first release
    "#]]
    .assert_eq(&scratch.read("host/told"));
}

/// However long each takes, and however many run at a time, the transcript is the same.
#[test]
fn the_transcript_does_not_depend_on_speed() {
    let systems: String = (0..6).map(|n| format!("[system.s{n}]\nundo = \"u\"\n")).collect();
    let all: Vec<_> = (0..6).map(|n| format!("\"s{n}\"")).collect();
    let rule =
        format!("[[rule]]\nid = \"r\"\nwhen = \"ctx.load > 1.0\"\nsystems = [{}]\n", all.join(","));
    let scratch = scratch("speed", "")
        .file("book/rules.toml", format!("[context]\nload = \"float\"\n{rule}{systems}"))
        .file("host/tell.sh", "sleep 0.$((6 - ${PTMS_SYSTEM#s})); [ $PTMS_SYSTEM != s3 ]\n");
    for jobs in [1, 6] {
        scratch.ptms(&format!("run book --host host/host.toml --jobs {jobs} --out {jobs}.jsonl"));
    }
    assert_eq!(scratch.read("1.jsonl"), scratch.read("6.jsonl"));
    assert!(scratch.read("1.jsonl").contains("rolled_back"));
}

#[test]
fn every_fault_of_the_host_file_is_shown_at_once() {
    let host = r#"
[default.activate]
comand = ["sh"]

[default.verify]
command = "sh"
exit = { 256 = "up", 0 = "succeeded", 2 = { clean = 1 }, 3 = { failed = "two words" } }

[system.frist.activate]
command = []

[system.second.stop]
command = ["sh"]

[extra]
"#;
    scratch("faults", "").file("host/host.toml", host).check(
        "run book --host host/host.toml",
        &expect![[r#"
            exit 2
            --- stderr
            error[E0105]: [default.activate] has no `command`
             --> host/host.toml:2:10
              |
            2 | [default.activate]
              |          ^^^^^^^^
              |
              = help: such as command = ["./bin/tool", "start"]

            error[E0103]: `comand` means nothing here
             --> host/host.toml:3:1
              |
            3 | comand = ["sh"]
              | ^^^^^^
              |
              = help: did you mean `command`?

            error[E0104]: `command` takes a list of strings
             --> host/host.toml:6:11
              |
            6 | command = "sh"
              |           ^^^^
              |
              = help: such as ["./bin/tool", "start"]: the program, then each argument

            error[E0109]: `256` is no exit code
             --> host/host.toml:7:10
              |
            7 | exit = { 256 = "up", 0 = "succeeded", 2 = { clean = 1 }, 3 = { failed = "...
              |          ^^^
              |
              = help: exit codes are 0 to 255

            error[E0109]: an exit code of `verify` cannot mean this
             --> host/host.toml:7:26
              |
            7 | exit = { 256 = "up", 0 = "succeeded", 2 = { clean = 1 }, 3 = { failed = "...
              |                          ^^^^^^^^^^^
              |
              = help: it means "up", "down", "unknown", or { failed = "class", clean = true
                      }

            error[E0105]: this exit code has no `failed`
             --> host/host.toml:7:43
              |
            7 | exit = { 256 = "up", 0 = "succeeded", 2 = { clean = 1 }, 3 = { failed = "...
              |                                           ^^^^^^^^^^^^^
              |
              = help: such as { failed = "no-capacity" }

            error[E0104]: `clean` takes true or false
             --> host/host.toml:7:53
              |
            7 | exit = { 256 = "up", 0 = "succeeded", 2 = { clean = 1 }, 3 = { failed = "...
              |                                                     ^

            error[E0109]: `failed` takes a name
             --> host/host.toml:7:73
              |
            7 | ... clean = 1 }, 3 = { failed = "two words" } }
              |                                 ^^^^^^^^^^^
              |
              = help: such as "no-capacity"

            error[E0201]: the book declares no system `frist`
             --> host/host.toml:9:9
              |
            9 | [system.frist.activate]
              |         ^^^^^
              |
              = help: did you mean `first`?

            error[E0109]: `command` names no program
              --> host/host.toml:10:11
               |
            10 | command = []
               |           ^^

            error[E0103]: `stop` means nothing here
              --> host/host.toml:12:16
               |
            12 | [system.second.stop]
               |                ^^^^
               |
               = help: the keys here are activate, verify, undo

            error[E0103]: `extra` means nothing here
              --> host/host.toml:15:2
               |
            15 | [extra]
               |  ^^^^^
               |
               = help: the keys here are default, system

            12 errors in 1 file
        "#]],
    );
}

#[test]
fn a_host_file_that_is_no_use() {
    let scratch = scratch("useless", "verify = true")
        .file("few.toml", "[system.first.activate]\ncommand = [\"true\"]\n")
        .file("broken.toml", "[default\n")
        .file("bytes.toml", b"a = '\xff'");
    for (file, expected) in [
        (
            "few.toml",
            expect![[r#"
            exit 2
            --- stderr
            error[E0105]: no command is given to undo first, activate second, verify
                          second, undo second
             |
             = help: write [system.first.undo] with its command, or [default.undo]

            1 error
        "#]],
        ),
        (
            "broken.toml",
            expect![[r#"
            exit 2
            --- stderr
            error[E0102]: unclosed table, expected `]`
             --> broken.toml:1:9
              |
            1 | [default
              |         ^

            1 error in 1 file
        "#]],
        ),
        (
            "bytes.toml",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot read bytes.toml: line 1 is not UTF-8; save the file as UTF-8
        "#]],
        ),
        (
            "absent.toml",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot read absent.toml: no such file or directory
        "#]],
        ),
        (
            "book",
            expect![[r#"
                exit 2
                --- stderr
                error: cannot read book: it is no regular file
            "#]],
        ),
    ] {
        scratch.check(&format!("run book --host {file}"), &expected);
    }
    let usage = scratch.ptms("run book --host few.toml --fail first");
    assert_eq!(usage.status.code(), Some(3));
}
