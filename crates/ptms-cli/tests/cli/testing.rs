//! `ptms test`: tests that pass, fail and prove nothing, and files that cannot be read as tests.

use expect_test::{Expect, expect};

use crate::scratch::{BOOK, Scratch, with_book};

fn check(test: &str, tests: &str, args: &str, expected: &Expect) {
    let scratch = with_book(test).file("book/rules.test.toml", tests);
    scratch.check(&format!("test book {args}"), expected);
}

/// Every kind of expectation, each of which holds.
const PASSING: &str = r#"
[[test]]
name  = "a slow response is noticed after half a minute"
set   = { latency_ms = 300 }
until = "+1m"
fires = { slow-response = "+30s" }

[[test]]
name = "errors of two services are no burst of one"

[[test.input]]
event  = "log"
fields = { level = "error", service = "api" }
times  = 2
every  = "50s"

[[test.input]]
at     = "+50s"
event  = "log"
fields = { level = "info", service = "web" }

[[test.expect]]
at     = "+50s"
fires  = [{ rule = "error-burst", key = { service = "api" } }]
firing = "error-burst"

[[test.expect]]
at       = "+1m"
resolves = "error-burst"
inactive = "error-burst"

[[test]]
name  = "a gap in the series changes nothing, an unset fact does not either"
quiet = ["slow-response"]

[[test.series]]
every = "10s"
set   = { latency_ms = "100 +100x3, _ x2, 100", jobs = "_, 1 x2" }

[[test.input]]
at    = "+1m30s"
unset = "latency_ms"

[[test.expect]]
at      = "+45s"
pending = "slow-response"
facts   = { latency_ms = 300.0, jobs = 1 }

[[test.expect]]
at      = "+1m30s"
unknown = "latency_ms"

[[test]]
name      = "what is never said is not decided"
set       = { jobs = 1 }
undecided = "slow-response"

[[test]]
name = "a review that fails is undone, with what it needed"
fail = "review"

[[test.input]]
event  = "log"
fields = { level = "error", service = "api" }
times  = 2
every  = "1s"

[[test.run]]
rule   = "error-burst"
at     = "+1s"
steps  = ["collect", "review", "report"]
order  = ["collect", "review", "report"]
undone = ["review", "collect"]
end    = "rolled_back"
takes  = "1m"

[[test]]
name    = "a collection that never answers is undone too"
silence = "emergency-debugging/collect"
start   = "2026-11-20T10:00:00Z"

[[test.input]]
at     = "2026-11-20T10:00:01Z"
event  = "log"
fields = { level = "error", service = "api" }
times  = 2
every  = "1s"

[[test.run]]
rule   = "error-burst"
end    = "rolled_back"
undone = ["collect"]
"#;

#[test]
fn all_that_can_be_expected() {
    check(
        "test-passing",
        PASSING,
        "--coverage",
        &expect![[r#"
            exit 0
            --- stdout
            book/rules.test.toml
              ok    a slow response is noticed after half a minute
              ok    errors of two services are no burst of one
              ok    a gap in the series changes nothing, an unset fact does not either
              ok    what is never said is not decided
              ok    a review that fails is undone, with what it needed
              ok    a collection that never answers is undone too

            condition of                                 true    false  unknown    fault
            error-burst                                     3        4        -        -
            slow-response                                   3        3        5        -

            coverage: 100.0 %, 4 of 4 outcomes

            6 tests: 6 passed
        "#]],
    );
    check(
        "test-one",
        PASSING,
        "review --format json",
        &expect![[r#"
            exit 0
            --- stdout
            {"kind":"test","file":"book/rules.test.toml","line":59,"name":"a review that fails is undone, with what it needed","end":"passed","findings":[]}
            {"kind":"summary","tests":1,"passed":1,"failed":0,"prove_nothing":0}
        "#]],
    );
    check(
        "test-none",
        PASSING,
        "rewiev",
        &expect![[r#"
        exit 3
        --- stderr
        error: none of 6 tests has "rewiev" in its name
    "#]],
    );
}

#[test]
fn what_does_not_hold_is_explained() {
    let tests = r#"
[[test]]
name  = "too early"
set   = { latency_ms = 300 }

[[test.expect]]
at    = "+29s"
fires = "slow-response"

[[test]]
name  = "at another instant"
set   = { latency_ms = 300 }
fires = { slow-response = ["+30s", "+10m"] }

[[test]]
name  = "held back by the cooldown"
quiet = "slow-response"
[[test.series]]
every = "1m"
set   = { latency_ms = "300, 100, 300 x2" }
[[test.expect]]
at    = "+3m"
fires = "slow-response"

[[test]]
name  = "never true"
set   = { latency_ms = 100 }
fires = "slow-response"

[[test]]
name  = "no such state, no such run"
set   = { latency_ms = 100, jobs = 1 }
[[test.expect]]
at      = "+1s"
firing  = "slow-response"
facts   = { jobs = 2 }
unknown = "latency_ms"
[[test.run]]
rule = "slow-response"
end  = "completed"

[[test]]
name = "not like this"
[[test.input]]
event  = "log"
fields = { level = "error", service = "api" }
times  = 2
every  = "1s"
[[test.run]]
rule  = "error-burst"
steps = ["collect", "review"]
[[test.run]]
rule  = "error-burst"
order = ["report", "collect"]
[[test.run]]
rule = "error-burst"
end  = "stuck"
"#;
    check(
        "test-failing",
        tests,
        "--min-coverage 100",
        &expect![[r#"
        exit 1
        --- stdout
        book/rules.test.toml
          FAIL  too early
          FAIL  at another instant
          FAIL  held back by the cooldown
          FAIL  never true
          FAIL  no such state, no such run
          FAIL  not like this

        too early
        error[E0601]: slow-response does not fire at +29s
         --> book/rules.test.toml:8:9
          |
        8 | fires = "slow-response"
          |         ^^^^^^^^^^^^^^^
          |
          = help: its condition is true since +0s; its `for` ends at +30s

        at another instant
        error[E0601]: slow-response should fire at +30s, +10m: it does at +30s
          --> book/rules.test.toml:13:11
           |
        13 | fires = { slow-response = ["+30s", "+10m"] }
           |           ^^^^^^^^^^^^^

        held back by the cooldown
        error[E0601]: slow-response fires at +30s
          --> book/rules.test.toml:17:9
           |
        17 | quiet = "slow-response"
           |         ^^^^^^^^^^^^^^^

        error[E0601]: slow-response does not fire at +3m
          --> book/rules.test.toml:23:9
           |
        23 | fires = "slow-response"
           |         ^^^^^^^^^^^^^^^
           |
           = help: its condition is true since +2m; the cooldown ends at +5m30s

        never true
        error[E0601]: slow-response does not fire
          --> book/rules.test.toml:28:9
           |
        28 | fires = "slow-response"
           |         ^^^^^^^^^^^^^^^
           |
           = help: its condition was once false

        no such state, no such run
        error[E0601]: slow-response is inactive at +1s, not firing
          --> book/rules.test.toml:35:11
           |
        35 | firing  = "slow-response"
           |           ^^^^^^^^^^^^^^^
           |
           = help: its condition was once false

        error[E0601]: the fact `jobs` is 1 at +1s, not 2
          --> book/rules.test.toml:36:13
           |
        36 | facts   = { jobs = 2 }
           |             ^^^^

        error[E0601]: the fact `latency_ms` is 100.0 at +1s, not unknown
          --> book/rules.test.toml:37:11
           |
        37 | unknown = "latency_ms"
           |           ^^^^^^^^^^^^

        error[E0601]: slow-response starts no run
          --> book/rules.test.toml:38:1
           |
        38 | [[test.run]]
           | ^^^^^^^^^^^^
           |
           = help: its condition was once false

        not like this
        error[E0601]: the plan emergency-debugging should have the steps collect,
                      review
          --> book/rules.test.toml:49:1
           |
        49 | [[test.run]]
           | ^^^^^^^^^^^^
           |
           = help: it has collect, report, review

        error[E0601]: nothing in the plan emergency-debugging puts report before
                      collect
          --> book/rules.test.toml:52:1
           |
        52 | [[test.run]]
           | ^^^^^^^^^^^^
           |
           = help: it is the other way round

        error[E0601]: the run of error-burst should end stuck
          --> book/rules.test.toml:55:1
           |
        55 | [[test.run]]
           | ^^^^^^^^^^^^
           |
           = help: it completed

        condition of                                 true    false  unknown    fault
        error-burst                                     1        1        -        -
        slow-response                                   7        3        1        -

        coverage: 100.0 %, 4 of 4 outcomes, at least 100 % are asked for

        6 tests: 0 passed, 6 failed
    "#]],
    );
}

#[test]
fn what_proves_nothing_is_no_success() {
    let tests = r#"
[[test]]
name  = "no service was heard of"
set   = { latency_ms = 100 }
quiet = "error-burst"

[[test]]
name  = "nothing was ever known"
set   = { jobs = 1 }
quiet = "slow-response"

[[test]]
name  = "a count of nothing is known, and says nothing"
set   = { jobs = 1 }
quiet = "errors"
"#;
    let rule = "\n[[rule]]\nid = \"errors\"\nwhen = 'count(\"error\", \"1m\") > 9'\n";
    let scratch = Scratch::new("test-idle")
        .file("book/rules.toml", format!("{BOOK}{rule}"))
        .file("book/rules.test.toml", tests);
    scratch.check(
        "test book",
        &expect![[r#"
        exit 1
        --- stdout
        book/rules.test.toml
          IDLE  no service was heard of
          IDLE  nothing was ever known
          IDLE  a count of nothing is known, and says nothing

        no service was heard of
        error[E0602]: that error-burst does not fire proves nothing
         --> book/rules.test.toml:5:9
          |
        5 | quiet = "error-burst"
          |         ^^^^^^^^^^^^^
          |
          = help: its condition was never evaluated: nothing that it reads has come

        nothing was ever known
        error[E0602]: that slow-response does not fire proves nothing
          --> book/rules.test.toml:10:9
           |
        10 | quiet = "slow-response"
           |         ^^^^^^^^^^^^^^^
           |
           = help: its condition was once unknown

        a count of nothing is known, and says nothing
        error[E0602]: that errors does not fire proves nothing
          --> book/rules.test.toml:15:9
           |
        15 | quiet = "errors"
           |         ^^^^^^^^
           |
           = help: nothing that it reads has come: log

        3 tests: 0 passed, 3 prove nothing
    "#]],
    );
    scratch.check("test book --format junit", &expect![[r#"
        exit 1
        --- stdout
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="ptms" tests="3" failures="3">
          <testsuite name="book/rules.test.toml" tests="3" failures="3" errors="0" skipped="0">
            <testcase classname="book/rules.test.toml" name="no service was heard of">
              <failure type="E0602" message="that error-burst does not fire proves nothing">error[E0602]: that error-burst does not fire proves nothing
         --&gt; book/rules.test.toml:5:9
          |
        5 | quiet = &quot;error-burst&quot;
          |         ^^^^^^^^^^^^^
          |
          = help: its condition was never evaluated: nothing that it reads has come</failure>
            </testcase>
            <testcase classname="book/rules.test.toml" name="nothing was ever known">
              <failure type="E0602" message="that slow-response does not fire proves nothing">error[E0602]: that slow-response does not fire proves nothing
          --&gt; book/rules.test.toml:10:9
           |
        10 | quiet = &quot;slow-response&quot;
           |         ^^^^^^^^^^^^^^^
           |
           = help: its condition was once unknown</failure>
            </testcase>
            <testcase classname="book/rules.test.toml" name="a count of nothing is known, and says nothing">
              <failure type="E0602" message="that errors does not fire proves nothing">error[E0602]: that errors does not fire proves nothing
          --&gt; book/rules.test.toml:15:9
           |
        15 | quiet = &quot;errors&quot;
           |         ^^^^^^^^
           |
           = help: nothing that it reads has come: log</failure>
            </testcase>
          </testsuite>
        </testsuites>
    "#]]);
}

#[test]
fn every_fault_of_a_test_file_at_once() {
    let tests = r#"
[[tset]]

[[test]]
nmae = "a"

[[test]]
name  = "b"
start = "yesterday"
set   = { latncy_ms = 300, jobs = "many", latency_ms = -1 }
event = "log"
fires = ["slow-respnse", { rule = "error-burst", key = { servce = "api" } }]
fail  = "reviev"

[[test]]
name = "b"
[[test.input]]
at     = "30s"
event  = "log"
fields = { level = "error", sevrice = "api" }
[[test.input]]
event  = "log"
fields = { level = 3, service = "api" }
[[test.input]]
event  = "log"
fields = { level = "error" }
[[test.input]]
event  = "lgo"
[[test.series]]
every = "10 s"
set   = { latency_ms = "100 x3, fast x2" }
[[test.expect]]
fires = "slow-response"
[[test.expect]]
at = "+1m"
[[test.run]]
rule  = "error-burst"
steps = ["colect"]
end   = "done"
[[test.run]]
steps = ["collect"]
"#;
    check(
        "test-faults",
        tests,
        "",
        &expect![[r#"
            exit 1
            --- stderr
            error[E0103]: `tset` means nothing here
             --> book/rules.test.toml:2:3
              |
            2 | [[tset]]
              |   ^^^^
              |
              = help: did you mean `test`?

            error[E0105]: the test has no `name`
             --> book/rules.test.toml:4:1
              |
            4 | [[test]]
              | ^^^^^^^^

            error[E0103]: `nmae` means nothing here
             --> book/rules.test.toml:5:1
              |
            5 | nmae = "a"
              | ^^^^
              |
              = help: did you mean `name`?

            error[E0105]: an input says one of `set`, `unset`, `event` and `expect`
             --> book/rules.test.toml:7:1
              |
            7 | [[test]]
              | ^^^^^^^^

            error[E0109]: `start`: "yesterday" is no time: write 2026-11-20T10:00:00.250Z
                          or whole nanoseconds
             --> book/rules.test.toml:9:9
              |
            9 | start = "yesterday"
              |         ^^^^^^^^^^^
              |
              = help: write 2026-11-20T10:00:00Z

            error[E0201]: no fact `latncy_ms` is declared
              --> book/rules.test.toml:10:11
               |
            10 | set   = { latncy_ms = 300, jobs = "many", latency_ms = -1 }
               |           ^^^^^^^^^
               |
               = help: did you mean `latency_ms`?

            error[E0109]: fact `jobs`: expected int, found a string
              --> book/rules.test.toml:10:35
               |
            10 | set   = { latncy_ms = 300, jobs = "many", latency_ms = -1 }
               |                                   ^^^^^^

            error[E0109]: fact `latency_ms`: -1.0 is less than the minimum 0.0
              --> book/rules.test.toml:10:56
               |
            10 | set   = { latncy_ms = 300, jobs = "many", latency_ms = -1 }
               |                                                        ^^

            error[E0201]: no rule `slow-respnse` is declared
              --> book/rules.test.toml:12:10
               |
            12 | fires = ["slow-respnse", { rule = "error-burst", key = { servce = "api" ...
               |          ^^^^^^^^^^^^^^
               |
               = help: did you mean `slow-response`?

            error[E0201]: the key of `error-burst` has no dimension `servce`
              --> book/rules.test.toml:12:58
               |
            12 | fires = ["slow-respnse", { rule = "error-burst", key = { servce = "api" ...
               |                                                          ^^^^^^
               |
               = help: did you mean `service`?

            error[E0201]: no rule starts a step `reviev`
              --> book/rules.test.toml:13:9
               |
            13 | fail  = "reviev"
               |         ^^^^^^^^
               |
               = help: did you mean `review`?

            error[E0108]: a test called "b" is there already
              --> book/rules.test.toml:16:8
               |
            16 | name = "b"
               |        ^^^

            error[E0109]: `at`: "30s" is no instant: write "+30s" after the start, or
                          2026-11-20T10:00:00Z
              --> book/rules.test.toml:18:10
               |
            18 | at     = "30s"
               |          ^^^^^

            error[E0201]: the event `log` has no field `sevrice`
              --> book/rules.test.toml:20:29
               |
            20 | fields = { level = "error", sevrice = "api" }
               |                             ^^^^^^^
               |
               = help: did you mean `service`?

            error[E0109]: field `level`: expected string, found an int
              --> book/rules.test.toml:23:20
               |
            23 | fields = { level = 3, service = "api" }
               |                    ^

            error[E0109]: event "log" lacks its field "service"
              --> book/rules.test.toml:24:1
               |
            24 | [[test.input]]
               | ^^^^^^^^^^^^^^

            error[E0201]: no event `lgo` is declared
              --> book/rules.test.toml:28:10
               |
            28 | event  = "lgo"
               |          ^^^^^
               |
               = help: did you mean `log`?

            error[E0109]: `every`: "10 s" is no duration
              --> book/rules.test.toml:30:9
               |
            30 | every = "10 s"
               |         ^^^^^^
               |
               = help: a duration is whole numbers with the units ms, s, m, h, d, such as
                       "90s" or "1h30m"

            error[E0109]: `latency_ms`: "fast" is no float
              --> book/rules.test.toml:31:33
               |
            31 | set   = { latency_ms = "100 x3, fast x2" }
               |                                 ^^^^^^^
               |
               = help: a series is such as "100 x10, 300 +10x5, _ x2"

            error[E0105]: [[test.expect]] has no `at`
              --> book/rules.test.toml:32:1
               |
            32 | [[test.expect]]
               | ^^^^^^^^^^^^^^^
               |
               = help: such as at = "+30s"

            error[E0105]: [[test.expect]] expects nothing
              --> book/rules.test.toml:34:1
               |
            34 | [[test.expect]]
               | ^^^^^^^^^^^^^^^
               |
               = help: such as fires = ["a-rule"]

            error[E0201]: what `error-burst` starts has no step `colect`
              --> book/rules.test.toml:38:10
               |
            38 | steps = ["colect"]
               |          ^^^^^^^^
               |
               = help: did you mean `collect`?

            error[E0109]: "done" is no end of a run
              --> book/rules.test.toml:39:9
               |
            39 | end   = "done"
               |         ^^^^^^
               |
               = help: runs end completed, completed_with_failures, rolled_back, stuck,
                       cancelled, accepted

            error[E0105]: `rule` is missing
              --> book/rules.test.toml:40:1
               |
            40 | [[test.run]]
               | ^^^^^^^^^^^^
               |
               = help: the id of a rule

            24 errors in 1 file
        "#]],
    );
    check(
        "test-no-toml",
        "[[test]\nname = 1\n",
        "",
        &expect![[r#"
        exit 1
        --- stderr
        error[E0102]: unclosed array table, expected `]`
         --> book/rules.test.toml:1:8
          |
        1 | [[test]
          |        ^

        1 error in 1 file
    "#]],
    );
}

/// Facts of keys, and facts that rules derive.
#[test]
fn facts_of_keys_and_derived_facts() {
    let rules = r#"
[context]
cpu = { type = "float", key = ["host"], stale = "1m" }

[key.host]
max = 10
ttl = "1h"

[event.test_run]
fields = {}

[derive.phase]
type   = "enum"
values = ["coding", "testing"]
cases  = [{ when = 'count("test_run", "30m") > 0', value = "testing" }]
else   = "coding"

[[rule]]
id   = "hot"
key  = ["host"]
when = 'ctx.cpu > 0.9'
"#;
    let tests = r#"
[[test]]
name  = "one host is hot"
fires = { hot = "+1m" }
[[test.series]]
every = "1m"
key   = { host = "a" }
set   = { cpu = "0.5, 0.95 x2" }
[[test.input]]
at    = "+90s"
event = "test_run"
[[test.input]]
set = { cpu = 0.1 }
key = { host = "b" }
[[test.expect]]
at    = "+1m"
facts = { phase = "coding" }
[[test.expect]]
at      = "+90s"
facts   = { phase = "testing" }
[[test.expect]]
at      = "+90s"
key     = { host = "b" }
unknown = "cpu"
[[test.expect]]
at    = "+90s"
key   = { host = "a" }
facts = { cpu = 0.95 }

[[test]]
name      = "a host of which nothing is heard"
undecided = [{ rule = "hot", key = { host = "c" } }]
[[test.input]]
expect = { host = "c" }
"#;
    let scratch = Scratch::new("test-keys").file("book/rules.toml", rules);
    let scratch = scratch.file("book/rules.test.toml", tests);
    scratch.check(
        "test book",
        &expect![[r#"
        exit 0
        --- stdout
        book/rules.test.toml
          ok    one host is hot
          ok    a host of which nothing is heard

        2 tests: 2 passed
    "#]],
    );
    let scratch = scratch.file(
        "book/rules.test.toml",
        "[[test]]\nname = \"a\"\nset = { cpu = 1 }\nquiet = \"hot\"\n[[test.input]]\nset = { phase = \"coding\" }\n",
    );
    scratch.check(
        "test book",
        &expect![[r#"
        exit 1
        --- stderr
        error[E0109]: fact "cpu" has one value for each "host": the key must say which
         --> book/rules.test.toml:1:1
          |
        1 | [[test]]
          | ^^^^^^^^

        error[E0109]: fact "phase" is derived: the rulebook says what it is, not the
                      host
         --> book/rules.test.toml:5:1
          |
        5 | [[test.input]]
          | ^^^^^^^^^^^^^^

        2 errors in 1 file
    "#]],
    );
}

#[test]
fn where_tests_are_looked_for() {
    let tests = "[[test]]\nname = \"x\"\nset = { jobs = 1 }\nundecided = \"slow-response\"\n";
    let scratch = Scratch::new("test-places")
        .file("book/rules.toml", BOOK)
        .file("one.toml", BOOK)
        .file("one.test.toml", tests)
        .file("two.test.toml", "no test of it");
    scratch.check(
        "test one.toml",
        &expect![[r#"
        exit 0
        --- stdout
        one.test.toml
          ok    x

        1 test: 1 passed
    "#]],
    );
    scratch.check("test book", &expect![[r#"
        exit 2
        --- stderr
        error: no tests: book has no .test.toml file; write one beside the rules, such as rules.test.toml
    "#]]);
    let scratch = scratch.file("book/a.test.toml", tests);
    scratch.check(
        "test book",
        &expect![[r#"
        exit 0
        --- stdout
        book/a.test.toml
          ok    x

        1 test: 1 passed
    "#]],
    );
    scratch.check(
        "check book",
        &expect![[r#"
        exit 0
        --- stdout
        no findings: 2 rules, 4 systems, 1 workflow
    "#]],
    );
}
