//! Conditions, and parts of them, that come to the same whatever happens.

use expect_test::expect;

use crate::{check, conditions};

#[test]
fn conditions_that_read_nothing() {
    conditions(
        &[
            "true",
            "1 > 2",
            "1 % 0 == 1",
            r#""a" in ["a", "b"] && !(2.0 / 4.0 == 0.5)"#,
            "true && ctx.flag",
        ],
        expect![[r#"
            true
            ^^^^
              E0309: the condition reads nothing and is always true
              help: read a fact, as in `ctx.name`, or count events
            1 > 2
            ^^^^^
              E0309: the condition reads nothing and is always false
              help: read a fact, as in `ctx.name`, or count events
            1 % 0 == 1
            ^^^^^^^^^^
              E0309: the condition reads nothing and always fails: a remainder of a division by zero
              help: read a fact, as in `ctx.name`, or count events
            "a" in ["a", "b"] && !(2.0 / 4.0 == 0.5)
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: the condition reads nothing and is always false
              help: read a fact, as in `ctx.name`, or count events
            true && ctx.flag
              fine
        "#]],
    );
}

#[test]
fn comparisons_that_exclude_each_other() {
    conditions(
        &[
            "ctx.size > 5 && ctx.size < 3",
            "ctx.size > 5 && ctx.flag && ctx.size < 6",
            "ctx.size > 5 && ctx.size < 7",
            "ctx.cpu > 0.5 && ctx.cpu < 0.6",
            "ctx.cpu > 0.5 && ctx.cpu <= 0.5",
            "ctx.cpu >= 0.5 && ctx.cpu <= 0.5",
            "5 < ctx.size && (ctx.flag && 3 >= ctx.size)",
            r#"ctx.phase == "coding" && ctx.phase == "testing""#,
            r#"ctx.phase == "coding" && !(ctx.phase in ["coding"])"#,
            r#"ctx.name == "a" && ctx.name == "b""#,
            r#"ctx.name > "b" && ctx.name < "a""#,
            r#"ctx.name > "a" && ctx.name < "b""#,
            "ctx.size in 1..5 && ctx.size in [7, 8]",
            "ctx.flag && !ctx.flag",
            r#"ctx.took > dur("5m") && ctx.took < dur("1m")"#,
            r#"count("log", "5m") > 5 && count("log", "5m") < 3"#,
            r#"count("log", "5m") > 5 && count("log", "10m") < 3"#,
            r#"age("log") > dur("5m") && age("log") < dur("1m")"#,
            "!(ctx.size < 3 || ctx.size >= 3)",
            "ctx.size > 9007199254740992.0",
            "ctx.size + 1 > 5 && ctx.size < 2",
        ],
        expect![[r#"
            ctx.size > 5 && ctx.size < 3
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.size` makes all of it true
              help: join by `||` if one of them is enough
            ctx.size > 5 && ctx.flag && ctx.size < 6
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.size` makes all of it true
              help: join by `||` if one of them is enough
            ctx.size > 5 && ctx.size < 7
              fine
            ctx.cpu > 0.5 && ctx.cpu < 0.6
              fine
            ctx.cpu > 0.5 && ctx.cpu <= 0.5
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.cpu` makes all of it true
              help: join by `||` if one of them is enough
            ctx.cpu >= 0.5 && ctx.cpu <= 0.5
              fine
            5 < ctx.size && (ctx.flag && 3 >= ctx.size)
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.size` makes all of it true
              help: join by `||` if one of them is enough
            ctx.phase == "coding" && ctx.phase == "testing"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.phase` makes all of it true
              help: join by `||` if one of them is enough
            ctx.phase == "coding" && !(ctx.phase in ["coding"])
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.phase` makes all of it true
              help: join by `||` if one of them is enough
            ctx.name == "a" && ctx.name == "b"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.name` makes all of it true
              help: join by `||` if one of them is enough
            ctx.name > "b" && ctx.name < "a"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.name` makes all of it true
              help: join by `||` if one of them is enough
            ctx.name > "a" && ctx.name < "b"
              fine
            ctx.size in 1..5 && ctx.size in [7, 8]
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.size` makes all of it true
              help: join by `||` if one of them is enough
            ctx.flag && !ctx.flag
            ^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.flag` makes all of it true
              help: join by `||` if one of them is enough
            ctx.took > dur("5m") && ctx.took < dur("1m")
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `ctx.took` makes all of it true
              help: join by `||` if one of them is enough
            count("log", "5m") > 5 && count("log", "5m") < 3
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `count(…)` makes all of it true
              help: join by `||` if one of them is enough
            count("log", "5m") > 5 && count("log", "10m") < 3
              fine
            age("log") > dur("5m") && age("log") < dur("1m")
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: no value of `age(…)` makes all of it true
              help: join by `||` if one of them is enough
            !(ctx.size < 3 || ctx.size >= 3)
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: every value of `ctx.size` makes part of it true
              help: join by `&&` what must hold together
            ctx.size > 9007199254740992.0
              fine
            ctx.size + 1 > 5 && ctx.size < 2
              fine
        "#]],
    );
}

#[test]
fn comparisons_one_of_which_always_holds() {
    conditions(
        &[
            r#"ctx.phase != "coding" || ctx.phase != "testing""#,
            r#"ctx.name != "a" || ctx.name != "b""#,
            "ctx.size < 5 || ctx.size > 3",
            "ctx.size < 3 || ctx.size > 5",
            "ctx.flag || !ctx.flag",
            "if ctx.flag || !ctx.flag { ctx.size > 3 } else { false }",
        ],
        expect![[r#"
            ctx.phase != "coding" || ctx.phase != "testing"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: every value of `ctx.phase` makes part of it true
              help: join by `&&` what must hold together
            ctx.name != "a" || ctx.name != "b"
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: every value of `ctx.name` makes part of it true
              help: join by `&&` what must hold together
            ctx.size < 5 || ctx.size > 3
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: every value of `ctx.size` makes part of it true
              help: join by `&&` what must hold together
            ctx.size < 3 || ctx.size > 5
              fine
            ctx.flag || !ctx.flag
            ^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: every value of `ctx.flag` makes part of it true
              help: join by `&&` what must hold together
            if ctx.flag || !ctx.flag { ctx.size > 3 } else { false }
               ^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: every value of `ctx.flag` makes part of it true
              help: join by `&&` what must hold together
        "#]],
    );
}

#[test]
fn comparisons_beyond_what_is_declared() {
    conditions(
        &[
            r#"count("log", "5m") >= 0"#,
            r#"count("log", "5m") < 0 || ctx.flag"#,
            r#"rate("log", "5m") < 0.0"#,
            r#"ctx.phase in ["testing", "coding"]"#,
            r#"!(ctx.phase in ["testing", "coding"])"#,
        ],
        expect![[r#"
            count("log", "5m") >= 0
            ^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: `count(…)` is at least 0
              help: leave it out, or compare with another value
            count("log", "5m") < 0 || ctx.flag
            ^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: `count(…)` is at least 0
              help: compare with another value
            rate("log", "5m") < 0.0
            ^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never true: `rate(…)` is at least 0.0
              help: compare with another value
            ctx.phase in ["testing", "coding"]
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: `ctx.phase` is one of coding, testing
              help: leave it out, or compare with another value
            !(ctx.phase in ["testing", "coding"])
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0309: this is never false: `ctx.phase` is one of coding, testing
              help: leave it out, or compare with another value
        "#]],
    );
    check(
        r#"
[context]
load = { type = "float", min = 0.0, max = 1.0 }
team = { type = "int", min = 1 }
took = { type = "duration", max = "1h" }

[event.log]
fields = { level = "string" }

[select.error]
on = "log"
where = 'event.level == "error" && event.level == "info"'

[select.any]
on = "log"
where = 'true'

[signal]
busy = 'ctx.load > 0.8'

[[rule]]
id = "in-percent"
when = 'ctx.load > 80'

[[rule]]
id = "nobody"
when = 'ctx.team < 1 && count("error", "5m") > 3'

[[rule]]
id = "any-time"
when = 'ctx.took <= dur("1h") && count("any", "5m") > 3'

[[rule]]
id = "busy-and-idle"
when = 'signal.busy && ctx.load < 0.2'

[[rule]]
id = "fine"
when = 'ctx.load >= 1.0 || ctx.team <= 1'
"#,
        expect![[r#"
            warning E0309: this is never true: no value of `event.level` makes all of it true
              rules.toml:12:10, in the condition 1:1
                where = 'event.level == "error" && event.level == "info"'
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: join by `||` if one of them is enough
            warning E0309: this is never true: `ctx.load` is from 0.0 to 1.0
              rules.toml:23:9, in the condition 1:1
                when = 'ctx.load > 80'
                        ^^^^^^^^^^^^^
              help: compare with another value
            warning E0309: this is never true: `ctx.team` is at least 1
              rules.toml:27:9, in the condition 1:1
                when = 'ctx.team < 1 && count("error", "5m") > 3'
                        ^^^^^^^^^^^^
              help: compare with another value
            warning E0309: this is never false: `ctx.took` is at most 1h
              rules.toml:31:9, in the condition 1:1
                when = 'ctx.took <= dur("1h") && count("any", "5m") > 3'
                        ^^^^^^^^^^^^^^^^^^^^
              help: leave it out, or compare with another value
            warning E0309: this is never true: no value of `ctx.load` makes all of it true
              rules.toml:35:9, in the condition 1:1
                when = 'signal.busy && ctx.load < 0.2'
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: join by `||` if one of them is enough
        "#]],
    );
}
