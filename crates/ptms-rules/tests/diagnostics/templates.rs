//! Templates, their parameters, and the rules that are made of them.

use expect_test::expect;

use crate::{check, check_files};

#[test]
fn templates_and_rules_with_faults() {
    check(
        r#"
[context]
latency_ms = "float"
name = "string"

[event.log]

[template.slow]
params = { limit = "float", who = "string", window = "duration", odd = "list", none = 3 }
when = 'ctx.latency_ms > param.limit && ctx.name == param.whom'
resolve_when = 'ctx.latncy_ms < 100.0 || ctx.latency_ms == param.who'
for = "5 minutes"
colour = "red"
id = "slow"

[template.many]
params = { window = "duration", selector = "string" }
when = 'count(param.selector, param.window) > 3'

[[rule]]
id = "a"
template = "slow"
params = { limit = "high", whom = "me", window = 5 }

[[rule]]
id = "b"
template = "slwo"

[[rule]]
id = "c"
template = "many"
params = { selector = "lgo", window = "5m" }

[[rule]]
id = "d"
template = "many"
params = { selector = 'log", "1m") > 0 || count("log', window = "0s" }

[[rule]]
id = "e"
when = 'ctx.latency_ms > param.limit'
params = { limit = 3.0 }
"#,
        expect![[r#"
            error E0109: "list" is no type by itself
              rules.toml:9:72
                limit = "float", who = "string", window = "duration", odd = "list", none = 3 }
                                                                            ^^^^^^
              help: parameters are bool, int, float, string or duration
            error E0104: the parameter `none` needs a type
              rules.toml:9:87
                , who = "string", window = "duration", odd = "list", none = 3 }
                                                                            ^
              help: as in `limit = "float"`
            error E0201: the template has no parameter `whom`
              rules.toml:10:53
                when = 'ctx.latency_ms > param.limit && ctx.name == param.whom'
                                                                    ^^^^^^^^^^
              rules.toml:20:1
                [[rule]]
                ^^^^^^^^ in this rule of the template
              help: did you mean `param.who`?
            error E0109: `for` takes a duration, "5 minutes" is none
              rules.toml:12:7
                for = "5 minutes"
                      ^^^^^^^^^^^
              help: did you mean "5m"?
            error E0103: [template.slow] has no key `colour`
              rules.toml:13:1
                colour = "red"
                ^^^^^^
              help: the keys here are confidence, cooldown, description, enabled, equal, estimate, for, inhibited_by, keep, key, max, mode, on, on_load, on_resolve, on_unknown, owner, params, pattern, priority, repeat, resolve_when, runbook, shadow, stale_after, systems, tags, when, with, workflow
            error E0103: [template.slow] has no key `id`
              rules.toml:14:1
                id = "slow"
                ^^
              help: the keys here are confidence, cooldown, description, enabled, equal, estimate, for, inhibited_by, keep, key, max, mode, on, on_load, on_resolve, on_unknown, owner, params, pattern, priority, repeat, resolve_when, runbook, shadow, stale_after, systems, tags, when, with, workflow
            error E0201: no selector or event `lgo` is declared
              rules.toml:18:15, in the condition 1:7
                when = 'count(param.selector, param.window) > 3'
                              ^^^^^^^^^^^^^^
              rules.toml:29:1
                [[rule]]
                ^^^^^^^^ in this rule of the template
              help: did you mean "log"?
            error E0201: no selector or event `log", "1m") > 0 || count("log` is declared
              rules.toml:18:15, in the condition 1:7
                when = 'count(param.selector, param.window) > 3'
                              ^^^^^^^^^^^^^^
              rules.toml:34:1
                [[rule]]
                ^^^^^^^^ in this rule of the template
              help: declare [select.log", "1m") > 0 || count("log], or an event of that name
            error E0401: a window of no length never holds an event
              rules.toml:18:31, in the condition 1:23
                when = 'count(param.selector, param.window) > 3'
                                              ^^^^^^^^^^^^
              rules.toml:34:1
                [[rule]]
                ^^^^^^^^ in this rule of the template
              help: give it a length, as in "5m"
            error E0105: the template `slow` needs `none`
              rules.toml:20:1
                [[rule]]
                ^^^^^^^^ not given here
              rules.toml:8:11
                [template.slow]
                          ^^^^ by this template
              help: give it: `params = { none = … }`
            error E0105: the template `slow` needs `odd`
              rules.toml:20:1
                [[rule]]
                ^^^^^^^^ not given here
              rules.toml:8:11
                [template.slow]
                          ^^^^ by this template
              help: give it: `params = { odd = … }`
            error E0105: the template `slow` needs `who`
              rules.toml:20:1
                [[rule]]
                ^^^^^^^^ not given here
              rules.toml:8:11
                [template.slow]
                          ^^^^ by this template
              help: give it: `params = { who = … }`
            error E0109: `limit` does not fit: expected float, found a string
              rules.toml:23:20
                params = { limit = "high", whom = "me", window = 5 }
                                   ^^^^^^
            error E0103: the template `slow` has no parameter `whom`
              rules.toml:23:28
                params = { limit = "high", whom = "me", window = 5 }
                                           ^^^^
              help: did you mean `who`?
            error E0109: `window` does not fit: expected duration
              rules.toml:23:50
                params = { limit = "high", whom = "me", window = 5 }
                                                                 ^
              help: write a duration as "5m"
            error E0201: no template `slwo` is declared
              rules.toml:27:12
                template = "slwo"
                           ^^^^^^
              help: did you mean "slow"?
            error E0201: there are no parameters here
              rules.toml:41:26, in the condition 1:18
                when = 'ctx.latency_ms > param.limit'
                                         ^^^^^^^^^^^
              help: `param.name` is for the conditions of a [template.…], and of a workflow that declares it
            error E0103: [[rule]] has no key `params`
              rules.toml:42:1
                params = { limit = 3.0 }
                ^^^^^^
              help: the keys here are confidence, cooldown, description, enabled, equal, estimate, for, id, inhibited_by, keep, key, max, mode, on, on_load, on_resolve, on_unknown, owner, pattern, priority, repeat, resolve_when, runbook, shadow, stale_after, systems, tags, template, when, with, workflow
        "#]],
    );
}

#[test]
fn a_fault_of_a_template_is_told_once_for_all_its_rules() {
    check(
        r#"
[context]
latency_ms = "float"

[template.slow]
params = { limit = "float", name = "string" }
when = 'ctx.latncy_ms > param.limit && ctx.latency_ms > param.name'
cooldown = "soon"

[[rule]]
id = "a"
template = "slow"
params = { limit = 3.0, name = "x" }

[[rule]]
id = "b"
template = "slow"
params = { limit = 4.0, name = "y" }
cooldown = "1m"

[[rule]]
id = "c"
template = "slow"
params = { limit = 5.0, name = "z" }
"#,
        expect![[r#"
            error E0201: no fact `latncy_ms` is declared
              rules.toml:7:13, in the condition 1:5
                when = 'ctx.latncy_ms > param.limit && ctx.latency_ms > param.name'
                            ^^^^^^^^^
              rules.toml:10:1
                [[rule]]
                ^^^^^^^^ in this rule of the template
              help: did you mean `ctx.latency_ms`?
            error E0305: a float cannot be compared with a string
              rules.toml:7:40, in the condition 1:32
                when = 'ctx.latncy_ms > param.limit && ctx.latency_ms > param.name'
                                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^
              rules.toml:10:1
                [[rule]]
                ^^^^^^^^ in this rule of the template
              help: leave out the quotes around a number
            error E0109: `cooldown` takes a duration, "soon" is none
              rules.toml:8:12
                cooldown = "soon"
                           ^^^^^^
              help: a duration is whole numbers with the units ms, s, m, h, d, such as "90s" or "1h30m"
        "#]],
    );
}

#[test]
fn a_template_stands_beside_its_rules_and_is_used() {
    check_files(
        &[
            ("a.toml", "[event.e]\n[template.x]\nwhen = 'count(\"e\", \"1m\") > 3'\n"),
            ("b.toml", "[[rule]]\nid = \"r\"\ntemplate = \"x\"\n"),
        ],
        expect![[r#"
            error E0201: the template `x` stands in another file
              b.toml:3:12
                template = "x"
                           ^^^ named here
              a.toml:2:11
                [template.x]
                          ^ declared here
              help: write rules into the file of their template
        "#]],
    );
    check(
        r#"
[event.e]
[template.x]
when = 'count("e", "1m") > 3'
"#,
        expect![[r#"
            warning E0202: no rule is made of the template `x`
              rules.toml:3:11
                [template.x]
                          ^
              help: write `template = "x"` into a rule, or delete it
        "#]],
    );
}
