//! Values that keys do not take, what is missing, what stands twice.

use expect_test::expect;

use crate::{check, check_files};

#[test]
fn values_of_another_shape() {
    check(
        r#"
[context]
cpu = 3
mem = { min = 0 }
disk = { type = "float", min = "low", stale = 5 }

[event.log]
fields = ["level"]

[[rule]]
id = 7
when = true
for = 30
enabled = "yes"
systems = "PDT"
confidence = "high"
key = "service"
"#,
        expect![[r#"
            error E0104: the fact `cpu` needs a type
              rules.toml:3:7
                cpu = 3
                      ^
              help: as in `name = "float"` or `name = { type = "float", min = 0.0 }`
            error E0105: the fact `mem` has no `type`
              rules.toml:4:1
                mem = { min = 0 }
                ^^^
              help: the types are bool, int, float, string, duration, enum and list
            error E0104: `min` of a fact of type float is a float
              rules.toml:5:32
                disk = { type = "float", min = "low", stale = 5 }
                                               ^^^^^
            error E0104: `stale` takes a duration such as "5m", this is a whole number
              rules.toml:5:47
                disk = { type = "float", min = "low", stale = 5 }
                                                              ^
              help: write `stale = "5s"` for seconds
            error E0104: `fields` takes a table of types
              rules.toml:8:10
                fields = ["level"]
                         ^^^^^^^^^
              help: as in `fields = { level = "string" }`
            error E0104: `id` takes a string, this is a whole number
              rules.toml:11:6
                id = 7
                     ^
              help: as in `id = "…"`
            error E0104: `when` takes a string, this is true or false
              rules.toml:12:8
                when = true
                       ^^^^
              help: as in `when = "…"`
            error E0104: `for` takes a duration such as "5m", this is a whole number
              rules.toml:13:7
                for = 30
                      ^^
              help: write `for = "30s"` for seconds
            error E0104: `enabled` takes true or false, this is a string
              rules.toml:14:11
                enabled = "yes"
                          ^^^^^
              help: write `enabled = true` or `enabled = false`, without quotes
            error E0104: `systems` takes a list of strings, this is a string
              rules.toml:15:11
                systems = "PDT"
                          ^^^^^
              help: write `systems = ["PDT"]`
            error E0104: `confidence` takes a number, this is a string
              rules.toml:16:14
                confidence = "high"
                             ^^^^^^
              help: leave out the quotes
            error E0104: `key` takes a list of strings, this is a string
              rules.toml:17:7
                key = "service"
                      ^^^^^^^^^
              help: write `key = ["service"]`
        "#]],
    );
}

#[test]
fn values_outside_what_a_key_takes() {
    check(
        r#"
[key.service]
max = 0
ttl = "0s"

[context]
cpu = { type = "float", min = 2, max = 1, stale = "0s" }

[[rule]]
id = "busy"
when = 'ctx.cpu > 0.9'
for = "30"
cooldown = "5 min"
confidence = 1.5
priority = "urgent"
estimate = "45m..15m"
"#,
        expect![[r#"
            error E0109: `max` is from 1 to 10000000
              rules.toml:3:7
                max = 0
                      ^
            error E0109: `ttl` must be longer than nothing
              rules.toml:4:7
                ttl = "0s"
                      ^^^^
            error E0109: `max` is less than `min`: no value would be admitted
              rules.toml:7:40
                cpu = { type = "float", min = 2, max = 1, stale = "0s" }
                                                       ^
              help: make it greater than `min`, or leave one of them out
            error E0109: `stale` must be longer than nothing: the fact would never be known
              rules.toml:7:51
                cpu = { type = "float", min = 2, max = 1, stale = "0s" }
                                                                  ^^^^
            error E0109: `for` takes a duration, "30" is none
              rules.toml:12:7
                for = "30"
                      ^^^^
              help: a duration is whole numbers with the units ms, s, m, h, d, such as "90s" or "1h30m"
            error E0109: `cooldown` takes a duration, "5 min" is none
              rules.toml:13:12
                cooldown = "5 min"
                           ^^^^^^^
              help: did you mean "5m"?
            error E0109: `confidence` is from 0 to 1
              rules.toml:14:14
                confidence = 1.5
                             ^^^
              help: as in `confidence = 0.9`
            error E0109: "urgent" is no priority
              rules.toml:15:12
                priority = "urgent"
                           ^^^^^^^^
              help: a priority is critical, high, medium or low
            error E0109: the estimate ends before it begins
              rules.toml:16:12
                estimate = "45m..15m"
                           ^^^^^^^^^^
              help: write the shorter one first: "15m..45m"
        "#]],
    );
}

#[test]
fn types_that_do_not_exist() {
    check(
        r#"
[context]
cpu = "double"
phase = "enum"
level = { type = "enum" }
tags = { type = "list", item = "string" }
nested = { type = "list", item = "list", max_len = 3 }
when = { type = "flot" }

[event.log]
fields = { level = "text", at = 3, latency = "float?", when = "int??" }
"#,
        expect![[r#"
            error E0109: "double" is no type by itself
              rules.toml:3:7
                cpu = "double"
                      ^^^^^^^^
              help: did you mean "float"?
            error E0109: "enum" is no type by itself
              rules.toml:4:9
                phase = "enum"
                        ^^^^^^
              help: an enum needs its values: `{ type = "enum", values = ["a", "b"] }`
            error E0105: the fact `level` has no `values`
              rules.toml:5:1
                level = { type = "enum" }
                ^^^^^
              help: as in `values = ["low", "high"]`
            error E0105: the fact `tags` has no `item` and `max_len`
              rules.toml:6:1
                tags = { type = "list", item = "string" }
                ^^^^
              help: as in `item = "int", max_len = 10`
            error E0109: "list" is no type by itself
              rules.toml:7:34
                nested = { type = "list", item = "list", max_len = 3 }
                                                 ^^^^^^
              help: items are bool, int, float, string or duration
            error E0109: "flot" is no type by itself
              rules.toml:8:17
                when = { type = "flot" }
                                ^^^^^^
              help: did you mean "float"?
            error E0109: "text" is no type by itself
              rules.toml:11:20
                fields = { level = "text", at = 3, latency = "float?", when = "int??" }
                                   ^^^^^^
              help: did you mean "string"?
            error E0104: the field `at` needs a type
              rules.toml:11:33
                fields = { level = "text", at = 3, latency = "float?", when = "int??" }
                                                ^
              help: as in `level = "string"`, or `level = "string?"` where an event may lack it
            error E0109: "int?" is no type by itself
              rules.toml:11:63
                elds = { level = "text", at = 3, latency = "float?", when = "int??" }
                                                                            ^^^^^^^
              help: did you mean "int"?
        "#]],
    );
}

#[test]
fn names_that_cannot_be_declared() {
    check(
        r#"
[context]
"cpu load" = "float"
cpu-load = "float"
if = "bool"
"" = "bool"

[event."log line"]

[event.log]
fields = { "the level" = "string", while = "int" }

[select."3rd"]
on = "log"

[[rule]]
id = "busy host"
when = 'true'
"#,
        expect![[r#"
            error E0107: "cpu load" cannot be the name of a fact
              rules.toml:3:1
                "cpu load" = "float"
                ^^^^^^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "cpu-load" cannot be the name of a fact
              rules.toml:4:1
                cpu-load = "float"
                ^^^^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "if" cannot be the name of a fact
              rules.toml:5:1
                if = "bool"
                ^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "" cannot be the name of a fact
              rules.toml:6:1
                "" = "bool"
                ^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "log line" cannot be a name
              rules.toml:8:8
                [event."log line"]
                       ^^^^^^^^^^
              help: names are letters, digits, `_`, `-` and `.`, and begin with a letter
            error E0107: "the level" cannot be the name of a field
              rules.toml:11:12
                fields = { "the level" = "string", while = "int" }
                           ^^^^^^^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "while" cannot be the name of a field
              rules.toml:11:36
                fields = { "the level" = "string", while = "int" }
                                                   ^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
            error E0107: "3rd" cannot be a name
              rules.toml:13:9
                [select."3rd"]
                        ^^^^^
              help: names are letters, digits, `_`, `-` and `.`, and begin with a letter
            error E0107: "busy host" cannot be a name
              rules.toml:17:6
                id = "busy host"
                     ^^^^^^^^^^^
              help: names are letters, digits, `_`, `-` and `.`, and begin with a letter
            warning E0309: the condition reads nothing and is always true
              rules.toml:18:9, in the condition 1:1
                when = 'true'
                        ^^^^
              help: read a fact, as in `ctx.name`, or count events
        "#]],
    );
}

#[test]
fn what_must_be_there() {
    check(
        r#"
[select.error]
where = 'event.level == "error"'

[[rule]]

[[rule]]
id = "no-condition"

[[workflow.fix.step]]
needs = ["collect"]
"#,
        expect![[r#"
            error E0105: [select.error] has no `on`
              rules.toml:2:9
                [select.error]
                        ^^^^^
              help: name the event that it selects from: `on = "log"`
            error E0105: [[rule]] has no `id`
              rules.toml:5:1
                [[rule]]
                ^^^^^^^^
              help: give the rule a name that is its own: `id = "slow"`
            error E0105: [[rule]] has no `when`
              rules.toml:5:1
                [[rule]]
                ^^^^^^^^
              help: give the rule a condition: `when = 'ctx.cpu > 0.9'`
            error E0105: [[rule]] has no `when`
              rules.toml:7:1
                [[rule]]
                ^^^^^^^^
              help: give the rule a condition: `when = 'ctx.cpu > 0.9'`
            error E0105: [[workflow.fix.step]] has no `id`
              rules.toml:10:1
                [[workflow.fix.step]]
                ^^^^^^^^^^^^^^^^^^^^^
              help: give the step a name: `id = "collect"`
            error E0105: [[workflow.fix.step]] has no `system`
              rules.toml:10:1
                [[workflow.fix.step]]
                ^^^^^^^^^^^^^^^^^^^^^
              help: say what it activates: `system = "PDT"`
        "#]],
    );
}

#[test]
fn duplicates_in_one_file_and_across_two() {
    check_files(
        &[
            (
                "a.toml",
                r#"
[context]
cpu = "float"

[event.log]

[select.log2]
on = "log"

[system.PDT]

[[rule]]
id = "busy"
when = 'ctx.cpu > 0.9'

[[rule]]
id = "busy"
when = 'ctx.cpu > 0.8'
"#,
            ),
            (
                "b.toml",
                r#"
[context]
cpu = "int"

[event.log]

[select.log2]
on = "log"

[system.PDT]

[[rule]]
id = "busy"
when = 'ctx.cpu > 0.7'
"#,
            ),
        ],
        expect![[r#"
            error E0108: the rule `busy` is declared twice
              a.toml:17:6
                id = "busy"
                     ^^^^^^ again here
              a.toml:13:6
                id = "busy"
                     ^^^^^^ first here
              help: rename one of them, or delete it
            error E0108: the fact `cpu` is declared twice
              b.toml:3:1
                cpu = "int"
                ^^^ again here
              a.toml:3:1
                cpu = "float"
                ^^^ first here
              help: rename one of them, or delete it
            error E0108: the event `log` is declared twice
              b.toml:5:8
                [event.log]
                       ^^^ again here
              a.toml:5:8
                [event.log]
                       ^^^ first here
              help: rename one of them, or delete it
            error E0108: the selector `log2` is declared twice
              b.toml:7:9
                [select.log2]
                        ^^^^ again here
              a.toml:7:9
                [select.log2]
                        ^^^^ first here
              help: rename one of them, or delete it
            error E0108: the system `PDT` is declared twice
              b.toml:10:9
                [system.PDT]
                        ^^^ again here
              a.toml:10:9
                [system.PDT]
                        ^^^ first here
              help: rename one of them, or delete it
            error E0108: the rule `busy` is declared twice
              b.toml:13:6
                id = "busy"
                     ^^^^^^ again here
              a.toml:13:6
                id = "busy"
                     ^^^^^^ first here
              help: rename one of them, or delete it
        "#]],
    );
}

#[test]
fn a_selector_with_the_name_of_an_event() {
    check(
        r#"
[event.log]
fields = { level = "string" }

[select.log]
on = "log"
where = 'event.level == "error"'
"#,
        expect![[""]],
    );
}

#[test]
fn what_firings_do_while_a_run_goes_on() {
    check(
        r#"
[context]
cpu = "float"

[[rule]]
id = "a"
when = "ctx.cpu > 0.9"
mode = "queued"
max = 3

[[rule]]
id = "b"
when = "ctx.cpu > 0.9"
mode = "restart"
max = 3
on_resolve = "stop"

[[rule]]
id = "c"
when = "ctx.cpu > 0.9"
mode = "parallel"
max = 0
"#,
        expect![[r#"
            error E0109: `mode` cannot be "queued"
              rules.toml:8:8
                mode = "queued"
                       ^^^^^^^^
              help: `mode` is "single", "restart", "queue" or "parallel"
            error E0109: `max` is for rules that have several runs, and this one has one at a time
              rules.toml:15:7
                max = 3
                      ^
              help: say `mode = "queue"` or `mode = "parallel"`, or leave `max` out
            error E0109: `on_resolve` cannot be "stop"
              rules.toml:16:14
                on_resolve = "stop"
                             ^^^^^^
              help: `on_resolve` is "leave" or "cancel"
            error E0109: `max` is from 1 to 1000
              rules.toml:22:7
                max = 0
                      ^
        "#]],
    );
}

#[test]
fn fields_of_which_more_is_said() {
    check(
        r#"
[event.log]
fields = { a = { type = "string?" }, b = { type = "list", sensitive = true }, c = { sensitve = true }, d = { type = "int", sensitive = 1 } }
"#,
        expect![[r#"
            error E0109: "string?" is no type by itself
              rules.toml:3:25
                fields = { a = { type = "string?" }, b = { type = "list", sensitive = true }, c = { sensitve = true
                                        ^^^^^^^^^
              help: did you mean "string"?
            error E0109: "list" is no type by itself
              rules.toml:3:51
                fields = { a = { type = "string?" }, b = { type = "list", sensitive = true }, c = { sensitve = true
                                                                  ^^^^^^
              help: fields are bool, int, float, string or duration
            error E0105: the field `c` has no `type`
              rules.toml:3:79
                ype = "string?" }, b = { type = "list", sensitive = true }, c = { sensitve = true }, d = { type = "i
                                                                            ^
              help: fields are bool, int, float, string or duration
            error E0103: the field `c` has no key `sensitve`
              rules.toml:3:85
                "string?" }, b = { type = "list", sensitive = true }, c = { sensitve = true }, d = { type = "int", s
                                                                            ^^^^^^^^
              help: did you mean `sensitive`?
            error E0104: `sensitive` takes true or false, this is a whole number
              rules.toml:3:136
                }, c = { sensitve = true }, d = { type = "int", sensitive = 1 } }
                                                                            ^
              help: write `sensitive = true` or `sensitive = false`, without quotes
        "#]],
    );
}
