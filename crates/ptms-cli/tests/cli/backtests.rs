//! `ptms backtest`: what changes, what is allowed, and how good firings were.

use std::env;
use std::path::Path;

use expect_test::expect;

use crate::scratch::{BOOK, EVENTS, Scratch, with_book};

/// The book with these replacements, beside the one as it is.
fn with_change(test: &str, changes: &[(&str, &str)]) -> Scratch {
    let mut changed = BOOK.to_owned();
    for (from, to) in changes {
        assert!(changed.contains(from), "{from}");
        changed = changed.replace(from, to);
    }
    with_book(test).file("new/rules.toml", changed)
}

#[test]
fn a_book_is_as_it_was() {
    let scratch = with_change("backtest-same", &[]);
    scratch.check(
        "backtest book new",
        &expect![[r#"
        exit 0
        --- stdout
        old     book: 2 rules, 4 systems, 1 workflow
        new     new: 2 rules, 4 systems, 1 workflow
        stream  7 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:03:00Z

        2 rules without differences, 0 of them never fired
        0 differences in 0 rules
    "#]],
    );
    scratch.check("backtest book new --format json", &expect![[r#"
        exit 0
        --- stdout
        {"kind":"rule","rule":"error-burst","before":1,"after":1,"differences":0,"reason":"same","changes":[]}
        {"kind":"rule","rule":"slow-response","before":1,"after":1,"differences":0,"reason":"same","changes":[]}
        {"kind":"summary","inputs":7,"refused":0,"refused_by":[0,0],"from":"2026-11-20T10:00:00Z","to":"2026-11-20T10:03:00Z","differences":0,"allowed":true}
    "#]]);
}

#[test]
fn firings_move_appear_and_vanish() {
    let changes = [
        ("for = \"30s\"\ncooldown", "for = \"45s\"\ncooldown"),
        ("count(\"error\", \"1m\") >= 2", "count(\"error\", \"2s\") >= 2"),
    ];
    let scratch = with_change("backtest-moves", &changes);
    scratch.check(
        "backtest book new",
        &expect![[r#"
        exit 1
        --- stdout
        old     book: 2 rules, 4 systems, 1 workflow
        new     new: 2 rules, 4 systems, 1 workflow
        stream  7 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:03:00Z

        error-burst: 1 firing before, 0 after
          because   its when was count("error", "1m") >= 2 and is count("error", "2s")
                    >= 2
          vanishes  2026-11-20T10:00:02.5Z  [service=api]

        slow-response: 1 firing before, 1 after
          because   its for was 30s and is 45s
          moves     2026-11-20T10:01:30Z by +15s

        0 rules without differences, 0 of them never fired
        2 differences in 2 rules
    "#]],
    );
    scratch.check(
        "backtest new book --events book/events.jsonl --moved-within 5s --allow 3",
        &expect![[r#"
        exit 0
        --- stdout
        old     new: 2 rules, 4 systems, 1 workflow
        new     book: 2 rules, 4 systems, 1 workflow
        stream  7 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:03:00Z

        error-burst: 0 firings before, 1 after
          because   its when was count("error", "2s") >= 2 and is count("error", "1m")
                    >= 2
          appears   2026-11-20T10:00:02.5Z  [service=api]

        slow-response: 1 firing before, 1 after
          because   its for was 45s and is 30s
          appears   2026-11-20T10:01:30Z
          vanishes  2026-11-20T10:01:45Z

        0 rules without differences, 0 of them never fired
        3 differences in 2 rules; allowed: 3
    "#]],
    );
    scratch.check(
        "backtest book new --allow 1 --allow error-burst=1",
        &expect![[r#"
        exit 0
        --- stdout
        old     book: 2 rules, 4 systems, 1 workflow
        new     new: 2 rules, 4 systems, 1 workflow
        stream  7 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:03:00Z

        error-burst: 1 firing before, 0 after
          because   its when was count("error", "1m") >= 2 and is count("error", "2s")
                    >= 2
          vanishes  2026-11-20T10:00:02.5Z  [service=api]

        slow-response: 1 firing before, 1 after
          because   its for was 30s and is 45s
          moves     2026-11-20T10:01:30Z by +15s

        0 rules without differences, 0 of them never fired
        2 differences in 2 rules; allowed: 1, 1 of error-burst
    "#]],
    );
    scratch.check(
        "backtest book new --allow error-brust=1",
        &expect![[r#"
        exit 3
        --- stderr
        error: --allow: no rule "error-brust" is declared (did you mean "error-burst"?)
    "#]],
    );
    scratch.check("backtest book new --format json", &expect![[r#"
        exit 1
        --- stdout
        {"kind":"rule","rule":"error-burst","before":1,"after":0,"differences":1,"reason":{"changed":[{"of":"when","from":"count(\"error\", \"1m\") >= 2","to":"count(\"error\", \"2s\") >= 2"}]},"changes":[{"change":"vanishes","key":{"service":"api"},"from":"2026-11-20T10:00:02.5Z"}]}
        {"kind":"rule","rule":"slow-response","before":1,"after":1,"differences":1,"reason":{"changed":[{"of":"for","from":"30s","to":"45s"}]},"changes":[{"change":"moves","from":"2026-11-20T10:01:30Z","to":"2026-11-20T10:01:45Z"}]}
        {"kind":"summary","inputs":7,"refused":0,"refused_by":[0,0],"from":"2026-11-20T10:00:00Z","to":"2026-11-20T10:03:00Z","differences":2,"allowed":false}
    "#]]);
}

#[test]
fn rules_come_and_go_and_plans_differ() {
    let changes = [
        ("id = \"error-burst\"", "id = \"bursts\""),
        ("undo = \"reset\"", "undo = \"reset\"\nneeds = [\"PDT\"]"),
    ];
    let scratch = with_change("backtest-plans", &changes);
    scratch.check(
        "backtest book new",
        &expect![[r#"
        exit 1
        --- stdout
        old     book: 2 rules, 4 systems, 1 workflow
        new     new: 2 rules, 4 systems, 1 workflow
        stream  7 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:03:00Z

        bursts: 0 firings before, 1 after
          because   the rule is new
          appears   2026-11-20T10:00:02.5Z  [service=api]

        error-burst: 1 firing before, 0 after
          because   the rule is gone
          vanishes  2026-11-20T10:00:02.5Z  [service=api]

        slow-response: 1 firing before, 1 after
          plan      of 1 firing is another:
                    + step PDT (needed by PPO)
                    + PPO needs PDT (new/rules.toml:54)

        0 rules without differences, 0 of them never fired
        3 differences in 3 rules
    "#]],
    );
}

#[test]
fn what_one_book_does_not_take() {
    let events = format!(
        "{}\n{}\nnothing\n",
        EVENTS.trim(),
        r#"{"at":"2026-11-20T10:04:00Z","set":{"cpu":1}}"#
    );
    let scratch =
        with_change("backtest-refused", &[("jobs = \"int\"", "jobs = \"int\"\ncpu = \"int\"")])
            .file("e.jsonl", events);
    scratch.check(
        "backtest book new --events e.jsonl",
        &expect![[r#"
        exit 1
        --- stdout
        old     book: 2 rules, 4 systems, 1 workflow
                1 line refused, the first is 8: no fact "cpu" is declared
        new     new: 2 rules, 4 systems, 1 workflow
        stream  8 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:04:00Z

        2 rules without differences, 0 of them never fired
        0 differences in 0 rules
        --- stderr
        warning: e.jsonl:9: not JSON: expected ident at column 2; the line is skipped
    "#]],
    );
    scratch.check(
        "backtest book new --events e.jsonl --events e.jsonl --format json",
        &expect![[r#"
            exit 1
            --- stdout
            {"kind":"rule","rule":"error-burst","before":1,"after":1,"differences":0,"reason":"same","changes":[]}
            {"kind":"rule","rule":"slow-response","before":1,"after":1,"differences":0,"reason":"same","changes":[]}
            {"kind":"summary","inputs":9,"refused":9,"refused_by":[2,0],"from":"2026-11-20T10:00:00Z","to":"2026-11-20T10:04:00Z","differences":0,"allowed":true}
            --- stderr
            warning: e.jsonl:9: not JSON: expected ident at column 2; the line is skipped
            warning: e.jsonl:1: time runs backwards; the line is skipped
            warning: e.jsonl:2: time runs backwards; the line is skipped
            warning: e.jsonl:3: time runs backwards; the line is skipped
            warning: e.jsonl:4: time runs backwards; the line is skipped
            warning: e.jsonl:5: time runs backwards; the line is skipped
            warning: e.jsonl:6: time runs backwards; the line is skipped
            warning: e.jsonl:7: time runs backwards; the line is skipped
            warning: e.jsonl:9: not JSON: expected ident at column 2; the line is skipped
        "#]],
    );
    scratch.check(
        "backtest book",
        &expect![[r#"
        exit 3
        --- stderr
        error: the following required arguments were not provided:
          <NEW>

        Usage: ptms backtest <OLD> <NEW>

        For more information, try '--help'.
    "#]],
    );
    scratch.check(
        "backtest book new --events missing.jsonl",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read missing.jsonl: no such file or directory
    "#]],
    );
}

#[test]
fn firings_are_measured_by_labels() {
    let labels = r#"
{"from": "2026-11-20T10:00:00Z", "to": "2026-11-20T10:00:30Z", "rule": "error-burst", "key": {"service": "api"}}
{"from": "2026-11-20T10:01:00Z", "to": "2026-11-20T10:01:10Z", "rule": "slow-response"}
"#;
    let scratch = with_book("backtest-labels")
        .file("labels.jsonl", labels)
        .file("bad.jsonl", "{\"from\": \"1\", \"to\": \"2\", \"rule\": \"slow-respnse\"}");
    scratch.check(
        "backtest book --labels labels.jsonl",
        &expect![[r#"
            exit 0
            --- stdout
            book    book: 2 rules, 4 systems, 1 workflow
            stream  7 inputs, 2026-11-20T10:00:00Z to 2026-11-20T10:03:00Z

            rule                   precision (95 %)       recall (95 %) false/day     delay
            error-burst         100 % (1/1; 21-100) 100 % (1/1; 21-100)     0.000   2s500ms
            slow-response           0 % (0/1; 0-79)     0 % (0/1; 0-79)   480.000         -
        "#]],
    );
    scratch.check("backtest book --labels labels.jsonl --format json", &expect![[r#"
        exit 0
        --- stdout
        {"kind":"measure","rule":"error-burst","precision":{"hits":1,"of":1,"rate":1.0,"interval":[0.20654931437723742,1.0]},"recall":{"hits":1,"of":1,"rate":1.0,"interval":[0.20654931437723742,1.0]},"false_alarms_a_day":0.0,"median_delay_ns":2500000000}
        {"kind":"measure","rule":"slow-response","precision":{"hits":0,"of":1,"rate":0.0,"interval":[0.0,0.7934506856227626]},"recall":{"hits":0,"of":1,"rate":0.0,"interval":[0.0,0.7934506856227626]},"false_alarms_a_day":480.0,"median_delay_ns":null}
        {"kind":"summary","inputs":7,"refused":0,"refused_by":[0],"from":"2026-11-20T10:00:00Z","to":"2026-11-20T10:03:00Z","differences":0,"allowed":true}
    "#]]);
    scratch.check(
        "backtest book --labels bad.jsonl",
        &expect![[r#"
        exit 2
        --- stderr
        error: bad.jsonl: no rule "slow-respnse" is declared (did you mean "slow-response"?)
    "#]],
    );
}

/// Two rules and the labelled breakdowns of a machine: <https://github.com/numenta/NAB>.
#[test]
fn public_series_with_public_labels() {
    let Some(folder) = env::var_os("PTMS_DATA") else {
        eprintln!("SKIPPED: set PTMS_DATA to the folder of public data to run this test");
        return;
    };
    let folder = Path::new(&folder).join("nab");
    let rules = "
[context]
temperature = { type = \"float\", stale = \"1h\" }

[[rule]]
id = \"too-cold\"
when = 'ctx.temperature < 30.0'
for = \"30m\"
resolve_when = 'ctx.temperature > 60.0'
cooldown = \"1d\"

[[rule]]
id = \"too-hot\"
when = 'ctx.temperature > 102.0'
cooldown = \"1d\"
";
    let scratch = Scratch::new("backtest-nab").file("book/rules.toml", rules);
    let (file, labels) =
        (folder.join("machine_temperature_system_failure.csv"), folder.join("labels.json"));
    let args = format!(
        "backtest book --csv {} --at timestamp --set value=temperature --labels {}",
        file.display(),
        labels.display()
    );
    let output = scratch.ptms(&args);
    expect![[r#"
        book    book: 2 rules, 0 systems, 0 workflows
        stream  22,684 inputs, 2013-12-02T21:15:00Z to 2014-02-19T15:25:00Z

        rule                   precision (95 %)       recall (95 %) false/day     delay
        too-cold            100 % (2/2; 34-100)   50 % (2/4; 15-85)     0.000     22h5m
        too-hot               15 % (2/13; 4-42)   50 % (2/4; 15-85)     0.140    23h20m
    "#]]
    .assert_eq(&String::from_utf8(output.stdout).unwrap());
}
