//! Texts that are no TOML, keys that mean nothing, versions and names.

use expect_test::expect;

use crate::check;

#[test]
fn broken_toml_is_said_at_once_and_the_rest_is_read() {
    check(
        r#"
[context]
cpu = "float
mem = "float"

[[rule]]
id = "busy"
when = 'ctx.cpu > 0.9'
priority = urgent
for = 30s
"#,
        expect![[r#"
            error E0102: invalid basic string, expected `"`
              rules.toml:3:13
                cpu = "float
                            ^
            error E0102: string values must be quoted, expected literal string
              rules.toml:9:12
                priority = urgent
                           ^^^^^^
              help: put it in double quotes
            error E0102: string values must be quoted, expected literal string
              rules.toml:10:7
                for = 30s
                      ^^^
              help: put it in double quotes
        "#]],
    );
}

#[test]
fn broken_toml_of_every_kind_has_no_consequences() {
    let rules = |rules: &str| format!("[context]\ncpu = \"float\"\n\n[[rule]]\n{rules}");
    check(
        &rules("id = \"a\nwhen = 'ctx.cpu > 0.9'\n"),
        expect![[r#"
            error E0102: invalid basic string, expected `"`
              rules.toml:5:8
                id = "a
                       ^
        "#]],
    );
    check(
        &rules("id = \"a\"\nwhen = 'ctx.cpu > 0.9\n"),
        expect![[r#"
            error E0102: invalid literal string, expected `'`
              rules.toml:6:22
                when = 'ctx.cpu > 0.9
                                     ^
        "#]],
    );
    check(
        &rules("id = \"a\"\nwhen = ctx.cpu > 0.9\n"),
        expect![[r#"
            error E0102: string values must be quoted, expected literal string
              rules.toml:6:8
                when = ctx.cpu > 0.9
                       ^^^^^^^^^^^^^
              help: put it in double quotes
        "#]],
    );
    check(
        &rules("id = \"a\"\nwhen = '''ctx.cpu > 0.9\n"),
        expect![[r#"
            error E0102: invalid multi-line literal string, expected `'`
              rules.toml:7:1
    
                ^
        "#]],
    );
    check(
        &rules("id = \"a\"\nwhen =\n"),
        expect![[r#"
            error E0102: string values must be quoted, expected literal string
              rules.toml:6:7
                when =
                      ^
              help: put it in double quotes
        "#]],
    );
    check(
        &rules("id \"a\"\nwhen = 'ctx.cpu > 0.9'\n"),
        expect![[r#"
            error E0102: key with no value, expected `=`
              rules.toml:5:4
                id "a"
                   ^
        "#]],
    );
    check(
        &rules("id = \"a\"\nwhen = 'true'\nsystems = [\"PDT\", PAT]\n"),
        expect![[r#"
            warning E0309: the condition reads nothing and is always true
              rules.toml:6:9, in the condition 1:1
                when = 'true'
                        ^^^^
              help: read a fact, as in `ctx.name`, or count events
            error E0102: string values must be quoted, expected literal string
              rules.toml:7:19
                systems = ["PDT", PAT]
                                  ^^^
              help: put it in double quotes
        "#]],
    );
    check(
        &rules("id = \"a\"\nwhen = \"ctx.cpu > 0.9 && ctx.name == \"x\"\"\n"),
        expect![[r#"
            error E0102: unexpected key or value, expected newline, `#`
              rules.toml:6:39
                when = "ctx.cpu > 0.9 && ctx.name == "x""
                                                      ^
        "#]],
    );
    check(
        "[context\ncpu = \"float\"\n[[rule]]\nid = 'a'\nwhen = 'ctx.cpu > 0.9'\n",
        expect![[r#"
            error E0102: unclosed table, expected `]`
              rules.toml:1:9
                [context
                        ^
        "#]],
    );
    check(
        "[[rule]\nid = 'a'\nwhen = '1 == 1'\n",
        expect![[r#"
            error E0102: unclosed array table, expected `]`
              rules.toml:1:8
                [[rule]
                       ^
        "#]],
    );
    check(
        "when 'the cpu is busy' do PDT\n",
        expect![[r#"
            error E0102: key with no value, expected `=`
              rules.toml:1:6
                when 'the cpu is busy' do PDT
                     ^
        "#]],
    );
}

#[test]
fn a_key_that_stands_twice() {
    check(
        r#"
[[rule]]
id = "busy"
when = 'true'
id = "busier"
"#,
        expect![[r#"
            warning E0309: the condition reads nothing and is always true
              rules.toml:4:9, in the condition 1:1
                when = 'true'
                        ^^^^
              help: read a fact, as in `ctx.name`, or count events
            error E0102: duplicate key
              rules.toml:5:1
                id = "busier"
                ^^
              help: another of this name stands above: rename one of them, or put both into one
        "#]],
    );
}

#[test]
fn single_brackets_around_a_rule() {
    check(
        r#"
[rule]
id = "busy"
when = 'true'
"#,
        expect![[r#"
            error E0104: `rule` takes tables, each headed [[rule]]
              rules.toml:2:1
                [rule]
                ^^^^^^
              help: write [[rule]], in double brackets
        "#]],
    );
}

#[test]
fn keys_that_nobody_knows() {
    check(
        r#"
formt = 1

[contxt]
cpu = "float"

[[rule]]
id = "busy"
when = '1 == 1'
cooldwn = "5m"
colour = "red"
"#,
        expect![[r#"
            error E0103: the rulebook has no key `formt`
              rules.toml:2:1
                formt = 1
                ^^^^^
              help: did you mean `format`?
            error E0103: the rulebook has no key `contxt`
              rules.toml:4:2
                [contxt]
                 ^^^^^^
              help: did you mean `context`?
            warning E0309: the condition reads nothing and is always true
              rules.toml:9:9, in the condition 1:1
                when = '1 == 1'
                        ^^^^^^
              help: read a fact, as in `ctx.name`, or count events
            error E0103: [[rule]] has no key `cooldwn`
              rules.toml:10:1
                cooldwn = "5m"
                ^^^^^^^
              help: did you mean `cooldown`?
            error E0103: [[rule]] has no key `colour`
              rules.toml:11:1
                colour = "red"
                ^^^^^^
              help: the keys here are confidence, cooldown, description, enabled, equal, estimate, for, id, inhibited_by, keep, key, max, mode, on, on_load, on_resolve, on_unknown, owner, pattern, priority, repeat, resolve_when, runbook, shadow, stale_after, systems, tags, template, when, with, workflow
        "#]],
    );
}

#[test]
fn keys_of_later_versions() {
    check(
        r#"
[[workflow.heal.step]]
id = "again"
workflow = "heal"
"#,
        expect![[r#"
            error E0105: [[workflow.heal.step]] has no `system`
              rules.toml:2:1
                [[workflow.heal.step]]
                ^^^^^^^^^^^^^^^^^^^^^^
              help: say what it activates: `system = "PDT"`
            error E0103: `workflow` is not available in this version
              rules.toml:4:1
                workflow = "heal"
                ^^^^^^^^
              help: leave it out for now
        "#]],
    );
}

#[test]
fn a_version_of_the_language_that_is_not_read() {
    check(
        "format = 2\n",
        expect![[r#"
            error E0106: this version reads `format = 1`
              rules.toml:1:10
                format = 2
                         ^
              help: leave `format` out, or use a newer version of PTMS
        "#]],
    );
    check(
        "format = \"1\"\n",
        expect![[r#"
            error E0106: this version reads `format = 1`
              rules.toml:1:10
                format = "1"
                         ^^^
              help: leave `format` out, or use a newer version of PTMS
        "#]],
    );
}
