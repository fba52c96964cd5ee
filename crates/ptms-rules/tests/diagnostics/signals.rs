//! Signals: what they stand for, who reads them, and circles.

use expect_test::expect;

use crate::{check, check_files, count};

#[test]
fn signals_that_are_read_as_meant() {
    check(
        r#"
[context]
latency_ms = "float"
cpu = "float"

[signal]
slow = 'ctx.latency_ms > 250.0'
bad = 'signal.slow && signal.net.down'
"net.down" = '!has(ctx.cpu) || ctx.cpu > 1.0'

[[rule]]
id = "slow"
when = '!(signal.bad) || signal.slow'
"#,
        expect![""],
    );
}

#[test]
fn signals_that_cannot_be_read() {
    check(
        r#"
[context]
latency_ms = "float"

[event.log]
fields = { level = "string" }

[signal]
slow = 'ctx.latncy_ms > 250.0'
fast = 'ctx.latency_ms'
many = 'event.level == "error" && '
three = 3
while = 'ctx.latency_ms > 1.0'
very-slow = 'ctx.latency_ms > 1.0'
calm = 'ctx.latency_ms < 1.0'

[select.error]
on = "log"
where = 'signal.calm'

[[rule]]
id = "a"
when = 'signal.slow && signal.clam && calm && signal && signal.weather && has(signal.calm) && signal.calm > 3'
"#,
        expect![[r#"
            error E0201: no fact `latncy_ms` is declared
              rules.toml:9:13, in the condition 1:5
                slow = 'ctx.latncy_ms > 250.0'
                            ^^^^^^^^^
              help: did you mean `ctx.latency_ms`?
            error E0308: a condition is true or false, this is a float
              rules.toml:10:9, in the condition 1:1
                fast = 'ctx.latency_ms'
                        ^^^^^^^^^^^^^^
              help: compare it with something, as in `… > 0`
            error E0301: the condition ends too early
              rules.toml:11:35, in the condition 1:27
                many = 'event.level == "error" && '
                                                  ^
            error E0104: the signal `three` needs a condition
              rules.toml:12:9
                three = 3
                        ^
              help: as in `slow = 'ctx.latency_ms > 250.0'`
            error E0107: "while" cannot be the name of a signal
              rules.toml:13:1
                while = 'ctx.latency_ms > 1.0'
                ^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "very-slow" cannot be the name of a signal
              rules.toml:14:1
                very-slow = 'ctx.latency_ms > 1.0'
                ^^^^^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0302: a selector looks at one event and at facts, not at signals
              rules.toml:19:10, in the condition 1:1
                where = 'signal.calm'
                         ^^^^^^^^^^^
              help: write the condition out
            error E0201: no signal `clam` is declared
              rules.toml:23:24, in the condition 1:16
                when = 'signal.slow && signal.clam && calm && signal && signal.weather && has(signal.calm) && signal
                                       ^^^^^^^^^^^
              help: did you mean `signal.calm`?
            error E0201: nothing is called `calm`
              rules.toml:23:39, in the condition 1:31
                when = 'signal.slow && signal.clam && calm && signal && signal.weather && has(signal.calm) && signal
                                                      ^^^^
              help: write `signal.calm`
            error E0201: `signal` is not a value by itself
              rules.toml:23:47, in the condition 1:39
                when = 'signal.slow && signal.clam && calm && signal && signal.weather && has(signal.calm) && signal
                                                              ^^^^^^
              help: name a signal, as in `signal.name`
            error E0201: no signal `weather` is declared
              rules.toml:23:57, in the condition 1:49
                when = 'signal.slow && signal.clam && calm && signal && signal.weather && has(signal.calm) && signal
                                                                        ^^^^^^^^^^^^^^
              help: declare it: `weather = 'ctx.…'` under [signal]
            error E0304: `has` asks about a fact or a field
              rules.toml:23:79, in the condition 1:71
                w && signal.clam && calm && signal && signal.weather && has(signal.calm) && signal.calm > 3'
                                                                            ^^^^^^^^^^^
              help: write `has(ctx.fact)`
            error E0305: a bool cannot be compared with an int
              rules.toml:23:95, in the condition 1:87
                 && calm && signal && signal.weather && has(signal.calm) && signal.calm > 3'
                                                                            ^^^^^^^^^^^^^^^
              help: both sides must have one type
        "#]],
    );
}

#[test]
fn a_fault_in_a_signal_is_told_once() {
    check(
        r#"
[signal]
slow = 'ctx.latency_ms > 250.0'
worse = 'signal.slow && count("log", "5m") > 3'

[[rule]]
id = "a"
when = 'signal.slow'

[[rule]]
id = "b"
when = 'signal.worse'
"#,
        expect![[r#"
            error E0201: no fact `latency_ms` is declared
              rules.toml:3:13, in the condition 1:5
                slow = 'ctx.latency_ms > 250.0'
                            ^^^^^^^^^^
              help: declare it: `latency_ms = "float"` under [context]
            error E0201: no selector or event `log` is declared
              rules.toml:4:31, in the condition 1:22
                worse = 'signal.slow && count("log", "5m") > 3'
                                              ^^^^^
              help: declare [select.log], or an event of that name
        "#]],
    );
}

#[test]
fn signals_in_a_circle() {
    check_files(
        &[
            (
                "a.toml",
                r#"
[context]
cpu = "float"

[signal]
calm = '!signal.busy'
self = 'signal.self || ctx.cpu > 0.5'
behind = 'signal.calm && ctx.cpu == "high"'
"#,
            ),
            (
                "b.toml",
                r#"
[signal]
busy = '''ctx.cpu > 0.9 &&
  signal.tired'''
tired = '!signal.calm'

[[rule]]
id = "a"
when = 'signal.calm && signal.behind'
"#,
            ),
        ],
        expect![[r#"
            error E0501: a circle that cannot be worked out: signal `calm` reads signal `busy` (a.toml:6), which reads signal `tired` (b.toml:4), which reads signal `calm` (b.toml:5)
              a.toml:6:10, in the condition 1:2
                calm = '!signal.busy'
                         ^^^^^^^^^^^ signal `calm` reads signal `busy`
              b.toml:4:3, in the condition 2:3
                  signal.tired'''
                  ^^^^^^^^^^^^ signal `busy` reads signal `tired`
              b.toml:5:11, in the condition 1:2
                tired = '!signal.calm'
                          ^^^^^^^^^^^ signal `tired` reads signal `calm`
              help: one of these must not read the next
            error E0502: signal `self` reads itself (a.toml:7)
              a.toml:7:9, in the condition 1:1
                self = 'signal.self || ctx.cpu > 0.5'
                        ^^^^^^^^^^^ signal `self` reads signal `self`
              help: write what it stands for without it
            error E0305: a float cannot be compared with a string
              a.toml:8:26, in the condition 1:16
                behind = 'signal.calm && ctx.cpu == "high"'
                                         ^^^^^^^^^^^^^^^^^
              help: leave out the quotes around a number
        "#]],
    );
}

#[test]
fn a_signal_that_does_not_fit_where_it_is_read() {
    check(
        r#"
[event.log]
fields = { service = "string" }

[select.error]
on = "log"
key = { service = "event.service" }

[key.service]
ttl = "1h"

[signal]
failing = 'count("error", "2h") > 3'

[[rule]]
id = "any-service"
when = 'signal.failing'

[[rule]]
id = "one-service"
key = ["service"]
when = 'signal.failing'
"#,
        expect![[r#"
            error E0401: in the signal `failing`, the window is 2h, and a key of `service` leaves after 1h
              rules.toml:22:9, in the condition 1:1
                when = 'signal.failing'
                        ^^^^^^^^^^^^^^
              help: make the `ttl` of [key.service] longer
        "#]],
    );
}

#[test]
fn signals_that_nothing_reads() {
    check(
        r#"
[context]
cpu = "float"

[signal]
busy = 'ctx.cpu > 0.9'
calm = '!signal.busy'
always = '1 == 1'
"#,
        expect![[r#"
            warning E0202: nothing reads the signal `calm`
              rules.toml:7:1
                calm = '!signal.busy'
                ^^^^
              help: read it as `signal.calm`, or delete it
            warning E0202: nothing reads the signal `always`
              rules.toml:8:1
                always = '1 == 1'
                ^^^^^^
              help: read it as `signal.always`, or delete it
            warning E0309: the condition reads nothing and is always true
              rules.toml:8:11, in the condition 1:1
                always = '1 == 1'
                          ^^^^^^
              help: read a fact, as in `ctx.name`, or count events
        "#]],
    );
}

/// Each signal reads the one before twice: what is written in a line stands for a million parts.
#[test]
fn signals_that_grow_without_measure() {
    let mut book = "[context]\ncpu = \"float\"\n[signal]\ns0 = 'ctx.cpu > 1.0'\n".to_owned();
    for level in 1..20 {
        let before = level - 1;
        book.push_str(&format!("s{level} = 'signal.s{before} || signal.s{before}'\n"));
    }
    book.push_str("[[rule]]\nid = \"a\"\nwhen = 'signal.s19'\n");
    check(
        &book,
        expect![[r#"
            error E0110: with the signals that it reads, the condition has more than 8192 parts
              rules.toml:15:22, in the condition 1:15
                s11 = 'signal.s10 || signal.s10'
                                     ^^^^^^^^^^
              help: make it, or the signals, simpler
        "#]],
    );
}

#[test]
fn signals_that_nest_without_measure() {
    let mut book = "[context]\ncpu = \"float\"\n[signal]\ns0 = 'ctx.cpu > 1.0'\n".to_owned();
    for level in 1..400 {
        book.push_str(&format!("s{level} = '!signal.s{}'\n", level - 1));
    }
    book.push_str("[[rule]]\nid = \"a\"\nwhen = 'signal.s399'\n");
    check(
        &book,
        expect![[r#"
            error E0110: with the signals that it reads, the condition has more than 256 levels of nesting
              rules.toml:132:10, in the condition 1:2
                s128 = '!signal.s127'
                         ^^^^^^^^^^^
              help: make it, or the signals, simpler
        "#]],
    );
}

/// A long way round is told in part, and takes no stack.
#[test]
fn a_circle_of_thousands() {
    let mut book = "[signal]\n".to_owned();
    for level in 0..5_000 {
        book.push_str(&format!("s{level} = 'signal.s{}'\n", (level + 1) % 5_000));
    }
    assert_eq!(count(&[("rules.toml", &book)]), 1);
}

#[test]
fn a_signal_over_keyed_facts() {
    check(
        r#"
[context]
cpu = { type = "float", key = ["host"] }

[signal]
busy = 'ctx.cpu > 0.9'

[[rule]]
id = "host-busy"
key = ["host"]
when = 'signal.busy'

[[rule]]
id = "busy"
when = 'signal.busy'
"#,
        expect![[r#"
            error E0402: in the signal `busy`, `cpu` has one value for each `host`
              rules.toml:15:9, in the condition 1:1
                when = 'signal.busy'
                        ^^^^^^^^^^^
              help: give the rule that dimension: `key = ["host"]`
        "#]],
    );
}

#[test]
fn signals_that_are_looked_at_as_they_cannot_be() {
    check(
        r#"
[context]
cpu = "float"
load = { type = "float", key = ["host"] }

[event.login]
fields = { host = "string" }

[select.login-of]
on = "login"
key = { host = "event.host" }
where = 'rising("hot")'

[key.host]
ttl = "1h"

[signal]
hot = 'ctx.cpu > 0.9'
full = 'ctx.load > 0.9'
came = 'seq(["login", "login"], "5m")'
often = 'changed("hot") || signal.came'
stays = 'held("often", "1m")'

[derive.arrived]
type = "bool"
cases = [{ when = 'signal.came', value = true }]

[system.lock]

[workflow.look]
step = [{ id = "lock", system = "lock", when = 'changed("hot")' }]

[[rule]]
id = "names"
when = 'rising("hto") || falling(hot) || changed(ctx.cpu > 0.9) || held(signal.hot, "1m")'

[[rule]]
id = "spans"
when = 'held("hot") || held("hot", "0s") || held("hot", "1 min") || rising("hot", "1m") || rising()'

[[rule]]
id = "dimensions"
when = 'rising("full")'

[[rule]]
id = "pulses"
when = 'held("came", "1m")'

[[rule]]
id = "short-lived"
key = ["host"]
when = 'held("full", "1h")'

[[rule]]
id = "for"
for = "5s"
when = 'ctx.arrived && ctx.cpu > 0.5'

[[rule]]
id = "ends"
for = "5s"
when = 'ctx.cpu > 0.5'
resolve_when = 'falling("hot")'
"#,
        expect![[r#"
            error E0303: a selector looks at one event, not at a window of them
              rules.toml:12:10, in the condition 1:1
                where = 'rising("hot")'
                         ^^^^^^
              help: count in the condition of a rule
            error E0401: `held` asks about what lasts, and `seq`, `rising`, `falling` and `changed` are true in one instant only
              rules.toml:22:15, in the condition 1:6
                stays = 'held("often", "1m")'
                              ^^^^^^^
              help: name a signal without these
            error E0401: a workflow asks what is so, and `seq`, `rising`, `falling` and `changed` are true in one instant only
              rules.toml:31:48
                step = [{ id = "lock", system = "lock", when = 'changed("hot")' }]
                                                               ^^^^^^^^^^^^^^^^
              help: ask for what lasts, as in `count(…) > 0` or `held("signal", "5m")`
            error E0201: no signal `hto` is declared
              rules.toml:35:16, in the condition 1:8
                when = 'rising("hto") || falling(hot) || changed(ctx.cpu > 0.9) || held(signal.hot, "1m")'
                               ^^^^^
              help: did you mean `signal.hot`?
            error E0307: the signal is written out, in double quotes
              rules.toml:35:34, in the condition 1:26
                when = 'rising("hto") || falling(hot) || changed(ctx.cpu > 0.9) || held(signal.hot, "1m")'
                                                 ^^^
              help: as in `rising("slow")`
            error E0307: the signal is written out, in double quotes
              rules.toml:35:50, in the condition 1:42
                when = 'rising("hto") || falling(hot) || changed(ctx.cpu > 0.9) || held(signal.hot, "1m")'
                                                                 ^^^^^^^^^^^^^
              help: as in `rising("slow")`
            error E0307: the signal is written out, in double quotes
              rules.toml:35:73, in the condition 1:65
                ng("hto") || falling(hot) || changed(ctx.cpu > 0.9) || held(signal.hot, "1m")'
                                                                            ^^^^^^^^^^
              help: as in `rising("slow")`
            error E0304: `held` takes other arguments
              rules.toml:39:9, in the condition 1:1
                when = 'held("hot") || held("hot", "0s") || held("hot", "1 min") || rising("hot", "1m") || rising()'
                        ^^^^
              help: write `held("signal", "5m")`
            error E0401: a window of no length never holds an event
              rules.toml:39:36, in the condition 1:28
                when = 'held("hot") || held("hot", "0s") || held("hot", "1 min") || rising("hot", "1m") || rising()'
                                                   ^^^^
              help: give it a length, as in "5m"
            error E0401: "1 min" is no duration
              rules.toml:39:57, in the condition 1:49
                when = 'held("hot") || held("hot", "0s") || held("hot", "1 min") || rising("hot", "1m") || rising()'
                                                                        ^^^^^^^
              help: did you mean "1m"?
            error E0304: `rising` takes other arguments
              rules.toml:39:69, in the condition 1:61
                held("hot") || held("hot", "0s") || held("hot", "1 min") || rising("hot", "1m") || rising()'
                                                                            ^^^^^^
              help: write `rising("signal")`
            error E0304: `rising` takes other arguments
              rules.toml:39:92, in the condition 1:84
                t", "0s") || held("hot", "1 min") || rising("hot", "1m") || rising()'
                                                                            ^^^^^^
              help: write `rising("signal")`
            error E0402: in the signal `full`, `load` has one value for each `host`
              rules.toml:43:16, in the condition 1:8
                when = 'rising("full")'
                               ^^^^^^
              help: give the rule that dimension: `key = ["host"]`
            error E0401: `held` asks about what lasts, and `seq`, `rising`, `falling` and `changed` are true in one instant only
              rules.toml:47:14, in the condition 1:6
                when = 'held("came", "1m")'
                             ^^^^^^
              help: name a signal without these
            error E0401: the window is 1h, and a key of `host` leaves after 1h
              rules.toml:52:22, in the condition 1:14
                when = 'held("full", "1h")'
                                     ^^^^
              help: make the `ttl` of [key.host] longer
            error E0401: `for` waits for what lasts, and `seq`, `rising`, `falling` and `changed` are true in one instant only
              rules.toml:56:7
                for = "5s"
                      ^^^^
              help: leave `for` out; to wait, end a sequence with what must not come (`"!b"`), or ask for `held("signal", "5m")` instead of `rising`
        "#]],
    );
}
