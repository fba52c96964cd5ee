//! What authors write out of habit, who know another system: each is told what it is called here, once.

use expect_test::expect;

use crate::{check, conditions};

#[test]
fn keys_and_types_of_other_systems() {
    check(
        r#"
[context]
load = "double"
team = { type = "integer" }
busy = "boolean"
mood = { type = "enum", values = "good, bad" }

[key.host]
max = "100"

[event.log]
fields = { level = "str", host = "string" }

[select.error]
on = ["log"]
where = 'level == "error" || log.level == "fatal"'
key = { host = "event.host" }

[select.warning]
on = "log"
where = 'level == "warning" || log.host == "fatal"'
key = { host = "event.host" }

[derive.phase]
type = "string"
cases = [{ if = 'ctx.load > 1.0', then = "high" }]
default = "low"

[[rule]]
name = "named"
condition = 'count("warning", "5m") > 3'
severity = "high"
estimate = "15m-45m"

[[rule]]
id = "twice"
key = ["host", "host"]
when = 'count("warning", "5m") > 3'

[[rule]]
id = "outside"
when = 'context.load > 1.0 && facts.load > 1.0'

[[workflow.repair.step]]
name = "first"
action = "PDT"
retry = 3
"#,
        expect![[r#"
            error E0109: "double" is no type by itself
              rules.toml:3:8
                load = "double"
                       ^^^^^^^^
              help: did you mean "float"?
            error E0109: "integer" is no type by itself
              rules.toml:4:17
                team = { type = "integer" }
                                ^^^^^^^^^
              help: did you mean "int"?
            error E0109: "boolean" is no type by itself
              rules.toml:5:8
                busy = "boolean"
                       ^^^^^^^^^
              help: did you mean "bool"?
            error E0104: `values` takes a list of strings, this is a string
              rules.toml:6:34
                mood = { type = "enum", values = "good, bad" }
                                                 ^^^^^^^^^^^
              help: write `values = ["good, bad"]`
            error E0104: `max` takes a whole number from 0, this is a string
              rules.toml:9:7
                max = "100"
                      ^^^^^
              help: leave out the quotes
            error E0109: "str" is no type by itself
              rules.toml:12:20
                fields = { level = "str", host = "string" }
                                   ^^^^^
              help: did you mean "string"?
            error E0104: `on` takes a string, this is a list
              rules.toml:15:6
                on = ["log"]
                     ^^^^^^^
              help: leave out the brackets
            error E0201: nothing is called `level`
              rules.toml:21:10, in the condition 1:1
                where = 'level == "warning" || log.host == "fatal"'
                         ^^^^^
              help: facts are written `ctx.name`, strings in double quotes
            error E0201: nothing is called `log`
              rules.toml:21:32, in the condition 1:23
                where = 'level == "warning" || log.host == "fatal"'
                                               ^^^^^^^^
              help: write `event.host`
            error E0103: the case has no key `if`
              rules.toml:26:12
                cases = [{ if = 'ctx.load > 1.0', then = "high" }]
                           ^^
              help: did you mean `when`?
            error E0103: the case has no key `then`
              rules.toml:26:35
                cases = [{ if = 'ctx.load > 1.0', then = "high" }]
                                                  ^^^^
              help: did you mean `value`?
            error E0103: [derive.phase] has no key `default`
              rules.toml:27:1
                default = "low"
                ^^^^^^^
              help: did you mean `else`?
            error E0103: [[rule]] has no key `name`
              rules.toml:30:1
                name = "named"
                ^^^^
              help: did you mean `id`?
            error E0103: [[rule]] has no key `condition`
              rules.toml:31:1
                condition = 'count("warning", "5m") > 3'
                ^^^^^^^^^
              help: did you mean `when`?
            error E0103: [[rule]] has no key `severity`
              rules.toml:32:1
                severity = "high"
                ^^^^^^^^
              help: did you mean `priority`?
            error E0109: an estimate has two points between its ends
              rules.toml:33:12
                estimate = "15m-45m"
                           ^^^^^^^^^
              help: write "15m..45m"
            error E0402: the dimension `host` stands twice
              rules.toml:37:16
                key = ["host", "host"]
                               ^^^^^^
              help: leave one of them out
            error E0201: nothing is called `context`
              rules.toml:42:9, in the condition 1:1
                when = 'context.load > 1.0 && facts.load > 1.0'
                        ^^^^^^^^^^^^
              help: write `ctx.load`
            error E0201: nothing is called `facts`
              rules.toml:42:31, in the condition 1:23
                when = 'context.load > 1.0 && facts.load > 1.0'
                                              ^^^^^^^^^^
              help: write `ctx.load`
            error E0103: [[workflow.repair.step]] has no key `name`
              rules.toml:45:1
                name = "first"
                ^^^^
              help: did you mean `id`?
            error E0103: [[workflow.repair.step]] has no key `action`
              rules.toml:46:1
                action = "PDT"
                ^^^^^^
              help: did you mean `system`?
            error E0104: `retry` takes a table, this is a whole number
              rules.toml:47:9
                retry = 3
                        ^
              help: as in `retry = { max = 3 }`
        "#]],
    );
}

#[test]
fn a_table_that_stands_twice() {
    check(
        r#"
[event.log]
fields = { level = "string" }

[event.log]
fields = { host = "string" }

[[rule]]
id: "a"
when = 'count("log", "5m") > 3'
"#,
        expect![[r#"
            error E0102: duplicate key
              rules.toml:5:8
                [event.log]
                       ^^^
              help: another of this name stands above: rename one of them, or put both into one
            error E0102: duplicate key
              rules.toml:6:1
                fields = { host = "string" }
                ^^^^^^
              help: another of this name stands above: rename one of them, or put both into one
            error E0102: invalid unquoted key, expected letters, numbers, `-`, `_`
              rules.toml:9:3
                id: "a"
                  ^
              help: write `=` between a key and its value
            error E0102: key with no value, expected `=`
              rules.toml:9:5
                id: "a"
                    ^
        "#]],
    );
}

#[test]
fn signs_of_other_languages() {
    conditions(
        &[
            r#"count("log", "5m") => 3"#,
            "ctx.size =< 3",
            r#"count("log", 5m) > 3"#,
            "ctx.cpu > 80 %",
            "ctx.cpu > 1,5",
            "ctx.size between 1 and 3",
            "ctx.flag &&& ctx.flag",
            r#"count("log", "5m") > $n"#,
            r#"avg("log.ms", "5m") > 3"#,
            r#"ctx["cpu"] > 1.0"#,
        ],
        expect![[r#"
            count("log", "5m") => 3
                               ^
              E0301: `=` cannot stand here
              help: write `>=` for *at least*
            ctx.size =< 3
                     ^
              E0301: `=` cannot stand here
              help: write `<=` for *at most*
            count("log", 5m) > 3
                          ^
              E0301: `m` cannot stand here
              help: write a duration in double quotes: "5m"
            ctx.cpu > 80 %
                          ^
              E0301: the condition ends too early
              help: a number has no `%`: leave it out
            ctx.cpu > 1,5
                       ^
              E0301: `,` cannot stand here
              help: a number has a point before its fraction: `1.5`
            ctx.size between 1 and 3
                     ^^^^^^^
              E0301: `between` cannot stand here
              help: write `a <= x && x <= b`
            ctx.flag &&& ctx.flag
                       ^
              E0301: `&` cannot stand here
              help: write `&&` for *and*, `||` for *or*
            count("log", "5m") > $n
                                 ^
              E0301: `$` cannot stand here
              help: a parameter is written `param.name`
            avg("log.ms", "5m") > 3
                ^^^^^^^^
              E0201: no selector or event `log.ms` is declared
              help: name the selector alone; which field it is says its `value`
            ctx["cpu"] > 1.0
               ^
              E0302: conditions have no `[…]` access
              help: a fact is written `ctx.name`; lists are looked into by `in`
        "#]],
    );
}
