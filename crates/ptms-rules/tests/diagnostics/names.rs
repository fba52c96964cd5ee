//! Names that nobody declared.

use expect_test::expect;

use crate::check;

#[test]
fn names_that_are_not_declared() {
    check(
        r#"
[context]
latency_ms = "float"

[event.log]
fields = { level = "string", service = "string" }

[select.error]
on = "lgo"

[select.warning]
on = "log"
where = 'event.levle == "warning"'
key = { service = "event.srevice", host = "host" }

[system.PDT]
[workflow.emergency]

[[rule]]
id = "slow"
when = 'ctx.latncy_ms > 250.0 && ctx.weather == 1 && latency_ms > 3.0 && log'
systems = ["PTD", "DBA"]
workflow = "emergncy"
key = ["servce"]

[[rule]]
id = "many"
when = 'cuont("warning", "5m") > 3 && count("wraning", "5m") > 3 && distinct("x", "5m") > 1'
"#,
        expect![[r#"
            error E0201: no event `lgo` is declared
              rules.toml:9:6
                on = "lgo"
                     ^^^^^
              help: did you mean "log"?
            error E0201: the event `log` has no field `levle`
              rules.toml:13:10, in the condition 1:1
                where = 'event.levle == "warning"'
                         ^^^^^^^^^^^
              help: did you mean `event.level`?
            error E0201: "event.srevice" is no field of the event `log`
              rules.toml:14:19
                key = { service = "event.srevice", host = "host" }
                                  ^^^^^^^^^^^^^^^
              help: did you mean "event.service"?
            error E0201: "host" is no field of the event `log`
              rules.toml:14:43
                key = { service = "event.srevice", host = "host" }
                                                          ^^^^^^
              help: a dimension is one of "event.level", "event.service"
            error E0201: no fact `latncy_ms` is declared
              rules.toml:21:13, in the condition 1:5
                when = 'ctx.latncy_ms > 250.0 && ctx.weather == 1 && latency_ms > 3.0 && log'
                            ^^^^^^^^^
              help: did you mean `ctx.latency_ms`?
            error E0201: no fact `weather` is declared
              rules.toml:21:38, in the condition 1:30
                when = 'ctx.latncy_ms > 250.0 && ctx.weather == 1 && latency_ms > 3.0 && log'
                                                     ^^^^^^^
              help: declare it: `weather = "float"` under [context]
            error E0201: nothing is called `latency_ms`
              rules.toml:21:54, in the condition 1:46
                when = 'ctx.latncy_ms > 250.0 && ctx.weather == 1 && latency_ms > 3.0 && log'
                                                                     ^^^^^^^^^^
              help: write `ctx.latency_ms`
            error E0201: nothing is called `log`
              rules.toml:21:74, in the condition 1:66
                atncy_ms > 250.0 && ctx.weather == 1 && latency_ms > 3.0 && log'
                                                                            ^^^
              help: count its events, as in `count("log", "5m") > 0`
            error E0201: no system `PTD` is declared
              rules.toml:22:12
                systems = ["PTD", "DBA"]
                           ^^^^^
              help: did you mean "PDT"?
            error E0201: no system `DBA` is declared
              rules.toml:22:19
                systems = ["PTD", "DBA"]
                                  ^^^^^
              help: declare it: [system.DBA]
            error E0201: no workflow `emergncy` is declared
              rules.toml:23:12
                workflow = "emergncy"
                           ^^^^^^^^^^
              help: did you mean "emergency"?
            error E0402: no selector and no fact has the dimension `servce`
              rules.toml:24:8
                key = ["servce"]
                       ^^^^^^^^
              help: give a selector this dimension: `key = { servce = "event.…" }`
            error E0303: conditions have no function `cuont`
              rules.toml:28:9, in the condition 1:1
                when = 'cuont("warning", "5m") > 3 && count("wraning", "5m") > 3 && distinct("x", "5m") > 1'
                        ^^^^^
              help: did you mean `count`?
            error E0201: no selector or event `wraning` is declared
              rules.toml:28:45, in the condition 1:37
                when = 'cuont("warning", "5m") > 3 && count("wraning", "5m") > 3 && distinct("x", "5m") > 1'
                                                            ^^^^^^^^^
              help: did you mean "warning"?
            error E0304: the field whose values are told apart is missing
              rules.toml:28:78, in the condition 1:70
                rning", "5m") > 3 && count("wraning", "5m") > 3 && distinct("x", "5m") > 1'
                                                                            ^^^
              help: write its name behind a point, as in "x.service"
        "#]],
    );
}

#[test]
fn an_event_in_the_condition_of_a_rule() {
    check(
        r#"
[event.log]
fields = { level = "string" }

[[rule]]
id = "error"
when = 'event.level == "error"'
"#,
        expect![[r#"
            error E0310: there is no event here: a rule's condition sees all of them
              rules.toml:7:9, in the condition 1:1
                when = 'event.level == "error"'
                        ^^^^^^^^^^^
              help: put this into the `where` of a [select.…] and count what it selects, or name the selector whose events the rule looks at one by one: `on = "…"`
        "#]],
    );
}

#[test]
fn a_window_in_the_condition_of_a_selector() {
    check(
        r#"
[event.log]
fields = { level = "string" }

[select.error]
on = "log"
where = 'count("log", "5m") > 3 && event == 3'
"#,
        expect![[r#"
            error E0303: a selector looks at one event, not at a window of them
              rules.toml:7:10, in the condition 1:1
                where = 'count("log", "5m") > 3 && event == 3'
                         ^^^^^
              help: count in the condition of a rule
            error E0201: `event` is not a value by itself: name one of its fields
              rules.toml:7:36, in the condition 1:27
                where = 'count("log", "5m") > 3 && event == 3'
                                                   ^^^^^
              help: its fields are level
        "#]],
    );
}

#[test]
fn ctx_and_parts_of_values() {
    check(
        r#"
[context]
cpu = "float"
text = "string"

[[rule]]
id = "a"
when = 'ctx == 1'

[[rule]]
id = "b"
when = 'ctx.cpu.load > 1.0'

[[rule]]
id = "c"
when = 'ctx.text.len() > 1 && ctx["cpu"] > 1.0 && ctx?.cpu > 1.0 && (1 + 2).len > 3'
"#,
        expect![[r#"
            error E0201: `ctx` is not a value by itself
              rules.toml:8:9, in the condition 1:1
                when = 'ctx == 1'
                        ^^^
              help: name a fact, as in `ctx.name`
            error E0201: no fact `cpu.load` is declared
              rules.toml:12:13, in the condition 1:5
                when = 'ctx.cpu.load > 1.0'
                            ^^^^^^^^
              help: declare it: `cpu.load = "float"` under [context]
            error E0302: conditions have no `[…]` access
              rules.toml:16:34, in the condition 1:26
                when = 'ctx.text.len() > 1 && ctx["cpu"] > 1.0 && ctx?.cpu > 1.0 && (1 + 2).len > 3'
                                                 ^
              help: a fact is written `ctx.name`; lists are looked into by `in`
            error E0302: conditions have no `?.`
              rules.toml:16:54, in the condition 1:46
                when = 'ctx.text.len() > 1 && ctx["cpu"] > 1.0 && ctx?.cpu > 1.0 && (1 + 2).len > 3'
                                                                     ^
              help: an unknown value needs no special point: write `.`
            error E0302: only `ctx` and `event` have named parts
              rules.toml:16:77, in the condition 1:69
                .len() > 1 && ctx["cpu"] > 1.0 && ctx?.cpu > 1.0 && (1 + 2).len > 3'
                                                                            ^^^
        "#]],
    );
}
