//! Derived facts: their cases, their values, and circles.

use expect_test::expect;

use crate::{check, check_files};

#[test]
fn derived_facts_with_faults() {
    check(
        r#"
[context]
load = "float"
phase = "string"

[event.test]

[derive.phase]
type = "string"
cases = [{ when = 'ctx.load > 0.9', value = "busy" }]

[derive.level]
type = "enum"
values = ["low", "high"]
cases = [
  { when = 'ctx.laod > 0.9', value = "hihg" },
  { when = 'ctx.load', value = 3 },
  { when = 'count("tset", "5m") > 0' },
  { value = "low", colour = "red" },
  "low",
]
else = "medium"

[derive.size]
type = "itn"
cases = [{ when = 'ctx.lod > 0.1', value = 3 }]

[derive.took]
type = "duration"
cases = [{ when = 'ctx.load > 0.1', value = "5 minutes" }]
else = 300

[derive.ports]
type = "list"
item = "int"
max_len = 2
cases = [{ when = 'ctx.load > 0.1', value = [1, 2, 3] }, { when = 'ctx.load < 0.1', value = [1, "2"] }]
else = 99999999999999999999

[derive.nothing]
type = "bool"
cases = []

[derive.less]
type = "bool"
case = []

[derive.very-slow]
type = "bool"
cases = [{ when = 'ctx.load > 0.1', value = true }]

[[rule]]
id = "a"
when = 'ctx.level == "hihg" || ctx.size > 3 || ctx.took > dur("5m") || ctx.nothing || ctx.less'
"#,
        expect![[r#"
            error E0108: the fact `phase` is both set and derived
              rules.toml:8:9
                [derive.phase]
                        ^^^^^ derived here
              rules.toml:4:1
                phase = "string"
                ^^^^^ a fact that the host sets here
              help: delete one of the two, or rename it
            error E0201: no fact `laod` is declared
              rules.toml:16:17, in the condition 1:5
                  { when = 'ctx.laod > 0.9', value = "hihg" },
                                ^^^^
              help: did you mean `ctx.load`?
            error E0109: `value` does not fit: "hihg" is not one of "low", "high" (did you mean "high"?)
              rules.toml:16:38
                  { when = 'ctx.laod > 0.9', value = "hihg" },
                                                     ^^^^^^
            error E0308: a condition is true or false, this is a float
              rules.toml:17:13, in the condition 1:1
                  { when = 'ctx.load', value = 3 },
                            ^^^^^^^^
              help: compare it with something, as in `… > 0`
            error E0109: `value` does not fit: expected enum, found an int
              rules.toml:17:32
                  { when = 'ctx.load', value = 3 },
                                               ^
            error E0105: the case has no `value`
              rules.toml:18:3
                  { when = 'count("tset", "5m") > 0' },
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: say what the fact is then: `value = …`
            error E0201: no selector or event `tset` is declared
              rules.toml:18:19, in the condition 1:7
                  { when = 'count("tset", "5m") > 0' },
                                  ^^^^^^
              help: did you mean "test"?
            error E0105: the case has no `when`
              rules.toml:19:3
                  { value = "low", colour = "red" },
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: say when the fact has the value: `when = 'ctx.load > 0.9'`
            error E0103: the case has no key `colour`
              rules.toml:19:20
                  { value = "low", colour = "red" },
                                   ^^^^^^
              help: the keys here are value, when
            error E0104: a case is a table with `when` and `value`
              rules.toml:20:3
                  "low",
                  ^^^^^
              help: as in `cases = [{ when = 'ctx.load > 0.9', value = "high" }]`
            error E0109: `else` does not fit: "medium" is not one of "low", "high"
              rules.toml:22:8
                else = "medium"
                       ^^^^^^^^
            error E0109: "itn" is no type by itself
              rules.toml:25:8
                type = "itn"
                       ^^^^^
              help: did you mean "int"?
            error E0201: no fact `lod` is declared
              rules.toml:26:24, in the condition 1:5
                cases = [{ when = 'ctx.lod > 0.1', value = 3 }]
                                       ^^^
              help: did you mean `ctx.load`?
            error E0109: `value` does not fit: expected duration
              rules.toml:30:45
                cases = [{ when = 'ctx.load > 0.1', value = "5 minutes" }]
                                                            ^^^^^^^^^^^
              help: write a duration as "5m"
            error E0109: `else` does not fit: expected duration
              rules.toml:31:8
                else = 300
                       ^^^
              help: write a duration as "5m"
            error E0109: `value` does not fit: 3 items are more than the 2 allowed
              rules.toml:37:45
                cases = [{ when = 'ctx.load > 0.1', value = [1, 2, 3] }, { when = 'ctx.load < 0.1', value = [1, "2"]
                                                            ^^^^^^^^^
            error E0109: `value` does not fit: expected int, found a string
              rules.toml:37:93
                1', value = [1, 2, 3] }, { when = 'ctx.load < 0.1', value = [1, "2"] }]
                                                                            ^^^^^^^^
            error E0109: `else` does not fit: expected list of int
              rules.toml:38:8
                else = 99999999999999999999
                       ^^^^^^^^^^^^^^^^^^^^
            error E0104: `cases` takes a list of at least one case
              rules.toml:42:9
                cases = []
                        ^^
              help: as in `cases = [{ when = 'ctx.load > 0.9', value = "high" }]`
            error E0103: [derive.less] has no key `case`
              rules.toml:46:1
                case = []
                ^^^^
              help: did you mean `cases`?
            error E0107: "very-slow" cannot be the name of a fact
              rules.toml:48:9
                [derive.very-slow]
                        ^^^^^^^^^
              help: use letters, digits and `_`, begin with a letter, and use no word of the rule language
        "#]],
    );
}

#[test]
fn a_fact_is_derived_once() {
    let high = "[derive.high]\ntype = \"bool\"\ncases = [{ when = 'count(\"e\", \"1m\") > 3', value = true }]\n";
    check_files(
        &[("a.toml", &format!("[event.e]\n{high}")), ("b.toml", high)],
        expect![[r#"
        error E0108: the derived fact `high` is declared twice
          b.toml:1:9
            [derive.high]
                    ^^^^ again here
          a.toml:2:9
            [derive.high]
                    ^^^^ first here
          help: rename one of them, or delete it
    "#]],
    );
}

#[test]
fn derived_facts_in_a_circle() {
    check(
        r#"
[context]
load = "float"

[derive.high]
type = "bool"
cases = [{ when = 'ctx.load > 0.9 && signal.rising', value = true }]
else = false

[signal]
rising = 'ctx.trend == "up"'

[derive.trend]
type = "enum"
values = ["up", "down"]
cases = [
  { when = 'ctx.load > 0.1', value = "up" },
  { when = '!ctx.high', value = "down" },
]

[derive.own]
type = "bool"
cases = [{ when = 'has(ctx.own)', value = true }]

[[rule]]
id = "a"
when = 'ctx.high || ctx.trend == "up" || ctx.own'
"#,
        expect![[r#"
            error E0501: a circle that cannot be worked out: signal `rising` reads fact `trend` (rules.toml:11), which reads fact `high` (rules.toml:18), which reads signal `rising` (rules.toml:7)
              rules.toml:11:11, in the condition 1:1
                rising = 'ctx.trend == "up"'
                          ^^^^^^^^^ signal `rising` reads fact `trend`
              rules.toml:18:14, in the condition 1:2
                  { when = '!ctx.high', value = "down" },
                             ^^^^^^^^ fact `trend` reads fact `high`
              rules.toml:7:38, in the condition 1:19
                cases = [{ when = 'ctx.load > 0.9 && signal.rising', value = true }]
                                                     ^^^^^^^^^^^^^ fact `high` reads signal `rising`
              help: one of these must not read the next
            error E0502: fact `own` reads itself (rules.toml:23)
              rules.toml:23:24, in the condition 1:5
                cases = [{ when = 'has(ctx.own)', value = true }]
                                       ^^^^^^^ fact `own` reads fact `own`
              help: write what it stands for without it
        "#]],
    );
}

#[test]
fn a_selector_reads_no_derived_fact() {
    check(
        r#"
[context]
load = "float"

[event.log]

[derive.high]
type = "bool"
cases = [{ when = 'ctx.load > 0.9', value = true }]
else = false

[select.busy]
on = "log"
where = 'ctx.load > 0.5 && ctx.high'

[[rule]]
id = "a"
when = 'count("busy", "1m") > 3'
"#,
        expect![[r#"
            error E0302: a selector looks at facts that are set, and `high` is derived
              rules.toml:14:32, in the condition 1:23
                where = 'ctx.load > 0.5 && ctx.high'
                                               ^^^^
              help: read it in the condition of a rule
        "#]],
    );
}
