//! Lines of a stream that are of no use: each is reported, counted and skipped, and the rest is
//! replayed as if they were not there.

use expect_test::{Expect, expect};

use crate::scratch::{BOOK, EVENTS, Scratch, with_book};

/// Replays a good line, these, and a good line.
fn check(test: &str, lines: &[&[u8]], expected: &Expect) {
    let mut events = br#"{"at": 1000, "set": {"jobs": 1}}"#.to_vec();
    for line in lines {
        events.push(b'\n');
        events.extend_from_slice(line);
    }
    events.extend_from_slice(b"\n{\"at\": 1000, \"set\": {\"jobs\": 2}}\n");
    let scratch = Scratch::new(test).file("book/rules.toml", BOOK).file("events.jsonl", events);
    let output = scratch.ptms("run book --events events.jsonl --out out.jsonl");
    let stderr = String::from_utf8(output.stderr).unwrap();
    expected.assert_eq(&format!("exit {}\n{stderr}", output.status.code().unwrap()));

    let transcript = scratch.read("out.jsonl");
    let refused = transcript.lines().filter(|line| line.contains(r#""kind":"refused""#)).count();
    assert_eq!(refused, stderr.lines().count(), "every complaint is in the transcript");
    let summary = transcript.lines().last().unwrap();
    let counts = format!(r#""inputs":2,"refused":{refused}"#);
    assert!(summary.contains(&counts), "the rest of the stream is not lost: {summary}");
}

#[test]
fn not_json() {
    check(
        "not-json",
        &[b"at 10:00", b"{\"at\": 1000,", b"[]", b"\"x\""],
        &expect![[r#"
        exit 1
        events.jsonl:2: not JSON: expected value at column 1; the line is skipped
        events.jsonl:3: not JSON: EOF while parsing a value at column 12; the line is skipped
        events.jsonl:4: the line is a list, not an object; the line is skipped
        events.jsonl:5: the line is a text, not an object; the line is skipped
    "#]],
    );
}

#[test]
fn not_utf8() {
    check(
        "not-utf8",
        &[b"{\"at\": 1000, \"event\": \"caf\xe9\"}"],
        &expect![[r#"
        exit 1
        events.jsonl:2: byte 27 of the line is not UTF-8; the line is skipped
    "#]],
    );
}

#[test]
fn too_long() {
    let long = vec![b' '; 1024 * 1024 + 1];
    check(
        "too-long",
        &[&long],
        &expect![[r#"
        exit 1
        events.jsonl:2: the line is longer than 1048576 bytes; the line is skipped
    "#]],
    );
}

#[test]
fn unknown_keys_and_shapes() {
    let lines: [&[u8]; 6] = [
        br#"{"at": 1000, "evnt": "log"}"#,
        br#"{"event": "log"}"#,
        br#"{"at": 1000}"#,
        br#"{"at": 1000, "event": "log", "set": {"jobs": 1}}"#,
        br#"{"at": 1000, "set": ["jobs"]}"#,
        br#"{"at": "10 o'clock", "set": {"jobs": 1}}"#,
    ];
    check(
        "shapes",
        &lines,
        &expect![[r#"
            exit 1
            events.jsonl:2: unknown key "evnt" (did you mean "event"?); the line is skipped
            events.jsonl:3: the line lacks its time, "at"; the line is skipped
            events.jsonl:4: the line says nothing: give "event", "set", "unset" or "expect"; the line is skipped
            events.jsonl:5: give only one of "event", "set", "unset" and "expect" on a line; the line is skipped
            events.jsonl:6: "set" is an object of names and values, not a list; the line is skipped
            events.jsonl:7: "at": "10 o'clock" is no time: write 2026-11-20T10:00:00.250Z or whole nanoseconds; the line is skipped
        "#]],
    );
}

#[test]
fn not_declared() {
    let lines: [&[u8]; 5] = [
        br#"{"at": 1000, "event": "lgo", "fields": {}}"#,
        br#"{"at": 1000, "event": "log", "fields": {"level": "x", "srvice": "y"}}"#,
        br#"{"at": 1000, "event": "log", "fields": {"level": "x"}}"#,
        br#"{"at": 1000, "set": {"job": 1}}"#,
        br#"{"at": 1000, "unset": ["latency"]}"#,
    ];
    check(
        "not-declared",
        &lines,
        &expect![[r#"
        exit 1
        events.jsonl:2: no event "lgo" is declared (did you mean "log"?); the line is skipped
        events.jsonl:3: event "log" has no field "srvice" (did you mean "service"?); the line is skipped
        events.jsonl:4: event "log" lacks its field "service"; the line is skipped
        events.jsonl:5: no fact "job" is declared (did you mean "jobs"?); the line is skipped
        events.jsonl:6: no fact "latency" is declared (did you mean "latency_ms"?); the line is skipped
    "#]],
    );
}

#[test]
fn wrong_type() {
    let lines: [&[u8]; 4] = [
        br#"{"at": 1000, "event": "log", "fields": {"level": 3, "service": "y"}}"#,
        br#"{"at": 1000, "set": {"jobs": 1.5}}"#,
        br#"{"at": 1000, "set": {"latency_ms": -1}}"#,
        br#"{"at": 1000, "set": {"jobs": null}}"#,
    ];
    check(
        "wrong-type",
        &lines,
        &expect![[r#"
        exit 1
        events.jsonl:2: field "level" of event "log": expected string, found an int; the line is skipped
        events.jsonl:3: fact "jobs": expected int, found a float; the line is skipped
        events.jsonl:4: fact "latency_ms": -1.0 is less than the minimum 0.0; the line is skipped
        events.jsonl:5: fact "jobs": null is no value; to make it unknown, write "unset"; the line is skipped
    "#]],
    );
}

/// A line that is refused moves no clock, even one from the far future.
#[test]
fn time_that_runs_backwards() {
    let lines: [&[u8]; 3] = [
        br#"{"at": 999, "set": {"jobs": 1}}"#,
        br#"{"at": "2200-01-01T00:00:00Z", "set": {"job": 1}}"#,
        br#"{"at": "1969-12-31T23:59:59Z", "event": "log"}"#,
    ];
    check(
        "backwards",
        &lines,
        &expect![[r#"
        exit 1
        events.jsonl:2: time runs backwards: 1970-01-01T00:00:00.000000999Z is before 1970-01-01T00:00:00.000001Z; the line is skipped
        events.jsonl:3: no fact "job" is declared (did you mean "jobs"?); the line is skipped
        events.jsonl:4: event "log" lacks its field "level"; the line is skipped
    "#]],
    );
}

#[test]
fn blank_lines_are_no_fault() {
    check(
        "blank",
        &[b"", b"   ", b"\r"],
        &expect![[r#"
        exit 0
    "#]],
    );
}

#[test]
fn streams_that_cannot_be_read() {
    let scratch = with_book("no-stream");
    scratch.check(
        "run book --events missing.jsonl",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read missing.jsonl: no such file or directory
    "#]],
    );
    scratch.check(
        "run book --events book",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read book: it is a folder
    "#]],
    );
    scratch.check(
        "run book --out missing/out.jsonl",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot write missing/out.jsonl: no such file or directory
    "#]],
    );
}

/// Bad lines change nothing in what the good ones bring about.
#[test]
fn the_rest_is_replayed_as_if_they_were_not_there() {
    let scratch = with_book("the-rest");
    let output = scratch.ptms_reading("run book --events - --out good.jsonl", EVENTS);
    assert_eq!(output.status.code(), Some(0));
    let bad = EVENTS.replace('\n', "\nnot JSON\n{\"at\": \"2200-01-01T00:00:00Z\"}\n");
    let output = scratch.ptms_reading("run book --events - --out bad.jsonl", &bad);
    assert_eq!(output.status.code(), Some(1));
    let without_refused = |transcript: String| {
        let kept = |line: &&str| !line.contains(r#""refused""#);
        transcript.lines().filter(kept).map(str::to_owned).collect::<Vec<_>>()
    };
    let good = without_refused(scratch.read("good.jsonl"));
    assert!(good.len() > 10);
    assert_eq!(good, without_refused(scratch.read("bad.jsonl")));
}

#[test]
fn rows_of_no_use() {
    let rows = "time,value\n0,100\n1,fast\n,3\n5,1,2\n4,-1\n3,300\n2,1\n";
    let scratch = Scratch::new("rows").file("book/rules.toml", BOOK).file("series.csv", rows);
    scratch.check("run book --csv series.csv --at time --set value=latency_ms", &expect![[r#"
        exit 1
        --- stdout
        book    book: 2 rules, 4 systems, 1 workflow
        stream  series.csv

        2 inputs from 1970-01-01 00:00:00 to 1970-01-01 00:00:00 UTC
        5 lines refused

        never fired: error-burst, slow-response

        no run was started
        --- stderr
        series.csv:3: column "value": "fast" is no float; the line is skipped
        series.csv:4: column "time": "" is no time: write 2026-11-20T10:00:00.250Z or whole nanoseconds; the line is skipped
        series.csv:5: the row has 3 cells, the header 2 columns; the line is skipped
        series.csv:6: fact "latency_ms": -1.0 is less than the minimum 0.0; the line is skipped
        series.csv:8: time runs backwards: 1970-01-01T00:00:00.000000002Z is before 1970-01-01T00:00:00.000000003Z; the line is skipped
    "#]]);
}

#[test]
fn columns_that_are_not_there() {
    let scratch = with_book("columns").file("series.csv", "timestamp,value\n0,1\n");
    scratch.check(
        "run book --csv series.csv --at timestmp --set value=latency_ms",
        &expect![[r#"
        exit 2
        --- stderr
        error: series.csv:1: there is no column "timestmp" (did you mean "timestamp"?)
    "#]],
    );
    scratch.check(
        "run book --csv series.csv --at timestamp --set x=latency_ms",
        &expect![[r#"
        exit 2
        --- stderr
        error: series.csv:1: there is no column "x"
    "#]],
    );
    scratch.check_reading(
        "run book --csv - --at timestamp --set value=jobs",
        "",
        &expect![[r#"
        exit 2
        --- stderr
        error: standard input:1: the file is empty: its first line must name the columns
    "#]],
    );
}
