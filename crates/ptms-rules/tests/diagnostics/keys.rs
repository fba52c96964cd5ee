//! Keys of rules and their limits.

use expect_test::expect;

use crate::check;

#[test]
fn keys_that_nothing_supplies() {
    check(
        r#"
[context]
cpu = "float"

[event.log]
fields = { service = "string", host = "string", level = "string" }

[select.error]
on = "log"
key = { service = "event.service" }

[select.boot]
on = "log"
key = { host = "event.host" }

[[rule]]
id = "by-region"
key = ["region"]
when = 'count("error", "5m") > 3'

[[rule]]
id = "by-both"
key = ["service", "host"]
when = 'count("error", "5m") > 3 && count("boot", "5m") > 0'

[[rule]]
id = "reads-no-event"
key = ["service"]
when = 'ctx.cpu > 0.9'

[[rule]]
id = "reads-others"
key = ["service"]
when = 'count("boot", "5m") > 3'
"#,
        expect![[r#"
            error E0402: no selector and no fact has the dimension `region`
              rules.toml:18:8
                key = ["region"]
                       ^^^^^^^^
              help: give a selector this dimension: `key = { region = "event.…" }`
            error E0402: nothing that the rule reads has all of these dimensions at once
              rules.toml:23:8
                key = ["service", "host"]
                       ^^^^^^^^^
              help: a rule with a key must `count` a selector that has all of its dimensions, or read a fact that does
            error E0402: nothing that the rule reads has the dimension `service`
              rules.toml:28:8
                key = ["service"]
                       ^^^^^^^^^
              help: a rule with a key must `count` a selector that has all of its dimensions, or read a fact that does
            error E0402: nothing that the rule reads has the dimension `service`
              rules.toml:33:8
                key = ["service"]
                       ^^^^^^^^^
              help: a rule with a key must `count` a selector that has all of its dimensions, or read a fact that does
        "#]],
    );
}

#[test]
fn a_dimension_of_two_types() {
    check(
        r#"
[event.log]
fields = { service = "string", code = "int", took = "float" }

[select.error]
on = "log"
key = { service = "event.service", took = "event.took" }

[select.slow]
on = "log"
key = { service = "event.code", code = 3 }
"#,
        expect![[r#"
            error E0402: a key cannot be made of a float
              rules.toml:7:43
                key = { service = "event.service", took = "event.took" }
                                                          ^^^^^^^^^^^^
              help: use a bool, an int or a string
            error E0402: the dimension `service` is of type string and of type int
              rules.toml:11:19
                key = { service = "event.code", code = 3 }
                                  ^^^^^^^^^^^^ int here
              rules.toml:7:9
                key = { service = "event.service", took = "event.took" }
                        ^^^^^^^ string here
              help: give the two dimensions different names
            error E0104: a dimension takes a field, as in "event.service"
              rules.toml:11:40
                key = { service = "event.code", code = 3 }
                                                       ^
        "#]],
    );
}

#[test]
fn a_time_to_live_shorter_than_what_it_feeds() {
    check(
        r#"
[key.service]
ttl = "5m"

[event.log]
fields = { service = "string" }

[select.log-line]
on = "log"
key = { service = "event.service" }

[[rule]]
id = "burst"
key = ["service"]
when = 'count("log-line", "5m") > 3'
for = "10m"
cooldown = "1h"
"#,
        expect![[r#"
            error E0401: the window is 5m, and a key of `service` leaves after 5m
              rules.toml:15:27, in the condition 1:19
                when = 'count("log-line", "5m") > 3'
                                          ^^^^
              help: make the `ttl` of [key.service] longer
            error E0401: `for` is 10m, and a key of `service` leaves after 5m
              rules.toml:16:7
                for = "10m"
                      ^^^^^
              help: make the `ttl` of [key.service] longer
            error E0401: `cooldown` is 1h, and a key of `service` leaves after 5m
              rules.toml:17:12
                cooldown = "1h"
                           ^^^^
              help: make the `ttl` of [key.service] longer
        "#]],
    );
}

#[test]
fn facts_with_a_key() {
    check(
        r#"
[context]
cpu = { type = "float", key = ["host"] }
disk = { type = "float", key = ["host", "my disk"] }
load = { type = "flaot", key = ["rack"] }

[event.log]
fields = { host = "int" }

[select.loaded]
on = "log"
where = 'ctx.cpu > 0.5'
key = { hots = "event.host" }

[[rule]]
id = "un-keyed"
when = 'ctx.cpu > 0.9'

[[rule]]
id = "of-another-key"
key = ["hots"]
when = 'ctx.cpu > 0.9 && count("log", "1m") > 3'

[[rule]]
id = "of-its-key"
key = ["host"]
when = 'ctx.cpu > 0.9'

[[rule]]
id = "of-a-spoiled-fact"
key = ["rack"]
when = 'ctx.load > 0.9'
"#,
        expect![[r#"
            error E0107: "my disk" cannot be a name
              rules.toml:4:41
                disk = { type = "float", key = ["host", "my disk"] }
                                                        ^^^^^^^^^
              help: names are letters, digits, `_`, `-` and `.`, and begin with a letter
            error E0109: "flaot" is no type by itself
              rules.toml:5:17
                load = { type = "flaot", key = ["rack"] }
                                ^^^^^^^
              help: did you mean "float"?
            error E0402: `cpu` has one value for each `host`
              rules.toml:12:14, in the condition 1:5
                where = 'ctx.cpu > 0.5'
                             ^^^
              help: a selector sees facts without key only
            error E0402: `cpu` has one value for each `host`
              rules.toml:17:13, in the condition 1:5
                when = 'ctx.cpu > 0.9'
                            ^^^
              help: give the rule that dimension: `key = ["host"]`
            error E0402: `cpu` has one value for each `host`
              rules.toml:22:13, in the condition 1:5
                when = 'ctx.cpu > 0.9 && count("log", "1m") > 3'
                            ^^^
              help: give the rule that dimension: `key = ["host"]`
        "#]],
    );
}

#[test]
fn the_fields_of_a_life() {
    check(
        r#"
[key.host]
ttl = "10m"

[event.log]
fields = { host = "string", level = "string" }

[select.of-host]
on = "log"
key = { host = "event.host" }

[derive.calm]
type = "bool"
key = ["rack"]
cases = [{ when = 'count("log", "1m") == 0', value = true }]

[[rule]]
id = "waits"
on = "of-host"
for = "5m"
when = 'event.level == "error"'
resolve_when = 'event.level == "info"'

[[rule]]
id = "of-another-key"
key = ["host"]
on = "log"
when = 'event.level == "error"'

[[rule]]
id = "misspelt"
on = "of-hots"
when = 'event.lvl == "error"'

[[rule]]
id = "durations"
key = ["host"]
when = 'count("of-host", "1m") > 3'
keep = "10m"
repeat = "0s"
stale_after = "1h"
on_unknown = "false"
on_load = "later"
"#,
        expect![[r#"
            error E0402: no selector and no fact has the dimension `rack`
              rules.toml:14:8
                key = ["rack"]
                       ^^^^^^
              help: give a selector this dimension: `key = { rack = "event.…" }`
            error E0109: `for` waits for a condition that lasts, and one of an event does not
              rules.toml:20:7
                for = "5m"
                      ^^^^
              help: count the events instead, as in `count("error", "1m") >= 3`
            error E0310: there is no event here: a rule's condition sees all of them
              rules.toml:22:17, in the condition 1:1
                resolve_when = 'event.level == "info"'
                                ^^^^^^^^^^^
              help: put this into the `where` of a [select.…] and count what it selects, or name the selector whose events the rule looks at one by one: `on = "…"`
            error E0402: the events of `log` have no dimension `host`
              rules.toml:27:6
                on = "log"
                     ^^^^^
              help: a rule looks at the events of one of its keys: give the selector that dimension
            error E0201: no selector or event `of-hots` is declared
              rules.toml:32:6
                on = "of-hots"
                     ^^^^^^^^^
              help: did you mean "of-host"?
            error E0401: `keep` is 10m, and a key of `host` leaves after 10m
              rules.toml:39:8
                keep = "10m"
                       ^^^^^
              help: make the `ttl` of [key.host] longer
            error E0109: `repeat` must be longer than nothing: it would be told for ever
              rules.toml:40:10
                repeat = "0s"
                         ^^^^
            error E0109: `stale_after` is for what is unknown, and this rule reads that as false
              rules.toml:41:15
                stale_after = "1h"
                              ^^^^
              help: leave out `stale_after`, or `on_unknown = "false"`
            error E0401: `stale_after` is 1h, and a key of `host` leaves after 10m
              rules.toml:41:15
                stale_after = "1h"
                              ^^^^
              help: make the `ttl` of [key.host] longer
            error E0109: `on_load` cannot be "later"
              rules.toml:43:11
                on_load = "later"
                          ^^^^^^^
              help: `on_load` is "eval" or "baseline"
        "#]],
    );
}
