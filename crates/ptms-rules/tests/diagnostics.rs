//! What rule authors are told: every case is a book with faults and the words it gets, as prose.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test that panics has failed")]

use std::fmt::Write;

use expect_test::{Expect, expect};
use ptms_core::{Diagnostic, Label, Severity, Sources};
use ptms_rules::Rulebook;

/// The findings of a book of one file.
fn check(text: &str, expected: Expect) {
    check_files(&[("rules.toml", text)], expected);
}

/// The findings of a book of several files.
fn check_files(files: &[(&str, &str)], expected: Expect) {
    let sources = Sources::from_iter(files.iter().copied());
    let (_, found) = Rulebook::read(&sources);
    expected.assert_eq(&render(&sources, &found));
}

/// How many findings a book has.
fn count(files: &[(&str, &str)]) -> usize {
    Rulebook::read(&Sources::from_iter(files.iter().copied())).1.len()
}

fn render(sources: &Sources, found: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in found {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(out, "{severity} {}: {}", diagnostic.code, diagnostic.message).unwrap();
        for label in &diagnostic.labels {
            render_label(&mut out, sources, label);
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

/// The place, the line on which it begins, and what of that line is meant.
fn render_label(out: &mut String, sources: &Sources, label: &Label) {
    let origin = sources.origin(&label.span).unwrap();
    write!(out, "  {}:{}:{}", label.span.file, origin.line, origin.column).unwrap();
    if let Some((line, column)) = label.condition {
        write!(out, ", in the condition {line}:{column}").unwrap();
    }
    let text = sources.text(&label.span.file).unwrap();
    let line = text.lines().nth(origin.line - 1).unwrap_or_default();
    let rest = text[label.span.start..label.span.end].lines().next().unwrap_or_default();
    // Of a line longer than a screen, the part that is meant.
    let from = (origin.column - 1).saturating_sub(60);
    let shown: String = line.chars().skip(from).take(100).collect();
    let marks = "^".repeat(rest.chars().count().clamp(1, 100));
    let indent = " ".repeat(origin.column - 1 - from);
    let marked = format!("    {indent}{marks} {}", label.text);
    let shown = format!("    {shown}");
    writeln!(out, "\n{}\n{}", shown.trim_end(), marked.trim_end()).unwrap();
}

// ---- the text of the files ------------------------------------------------------------------------

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
            warning E0309: the condition reads nothing: it is always the same
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
            warning E0309: the condition reads nothing: it is always the same
              rules.toml:4:9, in the condition 1:1
                when = 'true'
                        ^^^^
              help: read a fact, as in `ctx.name`, or count events
            error E0102: duplicate key
              rules.toml:5:1
                id = "busier"
                ^^
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
            warning E0309: the condition reads nothing: it is always the same
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
              help: the keys here are confidence, cooldown, description, enabled, estimate, for, id, key, owner, pattern, priority, resolve_when, runbook, systems, tags, when, workflow
        "#]],
    );
}

#[test]
fn keys_of_later_versions() {
    check(
        r#"
[signal]
slow = "1 == 1"

[derive.phase]
type = "enum"

[context]
cpu = { type = "float", key = ["host"] }

[[rule]]
id = "busy"
when = 'has(ctx.cpu)'
keep = "5m"
inhibited_by = ["other"]
on = "log"
"#,
        expect![[r#"
            error E0103: `signal` is not available in this version
              rules.toml:2:2
                [signal]
                 ^^^^^^
              help: leave it out for now
            error E0103: `derive` is not available in this version
              rules.toml:5:2
                [derive.phase]
                 ^^^^^^
              help: leave it out for now
            error E0103: `key` is not available in this version
              rules.toml:9:25
                cpu = { type = "float", key = ["host"] }
                                        ^^^
              help: leave it out for now
            error E0103: `keep` is not available in this version
              rules.toml:14:1
                keep = "5m"
                ^^^^
              help: leave it out for now
            error E0103: `inhibited_by` is not available in this version
              rules.toml:15:1
                inhibited_by = ["other"]
                ^^^^^^^^^^^^
              help: leave it out for now
            error E0103: `on` is not available in this version
              rules.toml:16:1
                on = "log"
                ^^
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
            error E0104: `fields` takes a table of types
              rules.toml:8:10
                fields = ["level"]
                         ^^^^^^^^^
              help: as in `fields = { level = "string" }`
            error E0104: `id` takes a string, this is a whole number
              rules.toml:11:6
                id = 7
                     ^
            error E0104: `when` takes a string, this is true or false
              rules.toml:12:8
                when = true
                       ^^^^
            error E0104: `for` takes a duration such as "5m", this is a whole number
              rules.toml:13:7
                for = 30
                      ^^
            error E0104: `enabled` takes true or false, this is a string
              rules.toml:14:11
                enabled = "yes"
                          ^^^^^
            error E0104: `systems` takes a list of strings, this is a string
              rules.toml:15:11
                systems = "PDT"
                          ^^^^^
            error E0104: `confidence` takes a number, this is a string
              rules.toml:16:14
                confidence = "high"
                             ^^^^^^
            error E0104: `key` takes a list of strings, this is a string
              rules.toml:17:7
                key = "service"
                      ^^^^^^^^^
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
              help: a duration is whole numbers with the units ms, s, m, h, d, such as "90s" or "1h30m"
            error E0109: `confidence` is from 0 to 1
              rules.toml:14:14
                confidence = 1.5
                             ^^^
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
              help: the types are bool, int, float, string, duration, enum and list
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
              help: fields are bool, int, float, string or duration
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
            warning E0309: the condition reads nothing: it is always the same
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

// ---- names ----------------------------------------------------------------------------------------

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
            error E0402: no selector has the dimension `servce`
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
              help: declare [select.wraning], or an event of that name
            error E0303: conditions have no function `distinct`
              rules.toml:28:69, in the condition 1:61
                cuont("warning", "5m") > 3 && count("wraning", "5m") > 3 && distinct("x", "5m") > 1'
                                                                            ^^^^^^^^
              help: the functions are abs, contains, ends_with, len, max, min, starts_with, to_float, count, dur, has
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
              help: put this into the `where` of a [select.…] and count what it selects
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
              help: see the reference of conditions
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

// ---- types ----------------------------------------------------------------------------------------

/// A rule over one fact of every type.
fn condition(condition: &str, expected: Expect) {
    let book = format!(
        r#"
[context]
flag = "bool"
size = "int"
cpu = "float"
name = "string"
phase = {{ type = "enum", values = ["coding", "testing"] }}
took = "duration"
tags = {{ type = "list", item = "string", max_len = 8 }}

[event.log]

[[rule]]
id = "r"
when = '''{condition}'''
"#
    );
    check(&book, expected);
}

#[test]
fn comparisons_of_different_types() {
    condition(
        r#"ctx.name == 3"#,
        expect![[r#"
            error E0305: a string cannot be compared with an int
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.name == 3'''
                          ^^^^^^^^^^^^^
              help: put a string in double quotes
        "#]],
    );
    condition(
        r#"ctx.size == "3""#,
        expect![[r#"
            error E0305: an int cannot be compared with a string
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.size == "3"'''
                          ^^^^^^^^^^^^^^^
              help: leave out the quotes around a number
        "#]],
    );
    condition(
        r#"ctx.flag > true"#,
        expect![[r#"
            error E0305: `>` needs an order, and a bool has none
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.flag > true'''
                          ^^^^^^^^^^^^^^^
              help: use `==`, `!=` or `in`
        "#]],
    );
    condition(
        r#"ctx.flag == 1"#,
        expect![[r#"
            error E0305: a bool cannot be compared with an int
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.flag == 1'''
                          ^^^^^^^^^^^^^
              help: both sides must have one type
        "#]],
    );
    condition(
        r#"ctx.took > 5"#,
        expect![[r#"
            error E0305: a duration cannot be compared with an int
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.took > 5'''
                          ^^^^^^^^^^^^
              help: write a duration as `dur("5m")`
        "#]],
    );
    condition(
        r#"ctx.took > "5m""#,
        expect![[r#"
            error E0305: a duration cannot be compared with a string
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.took > "5m"'''
                          ^^^^^^^^^^^^^^^
              help: write a duration as `dur("5m")`
        "#]],
    );
    condition(
        r#"ctx.phase < "testing""#,
        expect![[r#"
            error E0305: `<` needs an order, and an enum has none
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.phase < "testing"'''
                          ^^^^^^^^^^^^^^^^^^^^^
              help: use `==`, `!=` or `in`
        "#]],
    );
    condition(
        r#"ctx.phase == "codign" || ctx.phase in ["testing", "shipping"]"#,
        expect![[r#"
            error E0201: "codign" is not one of the declared values
              rules.toml:15:24, in the condition 1:14
                when = '''ctx.phase == "codign" || ctx.phase in ["testing", "shipping"]'''
                                       ^^^^^^^^
              help: did you mean "coding"?
            error E0201: "shipping" is not one of the declared values
              rules.toml:15:61, in the condition 1:51
                when = '''ctx.phase == "codign" || ctx.phase in ["testing", "shipping"]'''
                                                                            ^^^^^^^^^^
              help: the values are coding, testing
        "#]],
    );
    condition(
        r#"ctx.tags == "a""#,
        expect![[r#"
            error E0305: a list of strings cannot be compared with a string
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.tags == "a"'''
                          ^^^^^^^^^^^^^^^
              help: both sides must have one type
        "#]],
    );
    condition(
        r#"ctx.tags in "a""#,
        expect![[r#"
            error E0305: `in` cannot look for a list of strings in a string
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.tags in "a"'''
                          ^^^^^^^^^^^^^^^
              help: `in` looks for an item in a list, a part in a string, an int in a range
        "#]],
    );
    condition(
        r#"3 in ctx.tags"#,
        expect![[r#"
            error E0305: `in` cannot look for an int in a list of strings
              rules.toml:15:11, in the condition 1:1
                when = '''3 in ctx.tags'''
                          ^^^^^^^^^^^^^
              help: `in` looks for an item in a list, a part in a string, an int in a range
        "#]],
    );
    condition(
        r#"ctx.cpu in 0..5"#,
        expect![[r#"
            error E0305: a range is over ints, this is a float
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.cpu in 0..5'''
                          ^^^^^^^
              help: write `a <= x && x < b`
        "#]],
    );
    condition(
        r#"ctx.size in [1, "two", true]"#,
        expect![[r#"
            error E0305: a list holds values of one type, this is a string
              rules.toml:15:27, in the condition 1:17
                when = '''ctx.size in [1, "two", true]'''
                                          ^^^^^
        "#]],
    );
    condition(
        r#"ctx.size in [1, ctx.size]"#,
        expect![[r#"
            error E0305: the items of a list are written out
              rules.toml:15:27, in the condition 1:17
                when = '''ctx.size in [1, ctx.size]'''
                                          ^^^^^^^^
              help: compare with `==` and join with `||`
        "#]],
    );
}

#[test]
fn arithmetic_of_what_is_no_number() {
    condition(
        r#"ctx.flag + 1 > 2"#,
        expect![[r#"
            error E0305: `+` takes numbers, this is a bool
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.flag + 1 > 2'''
                          ^^^^^^^^
        "#]],
    );
    condition(
        r#"ctx.name + "x" == "yx""#,
        expect![[r#"
            error E0305: `+` takes numbers, this is a string
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.name + "x" == "yx"'''
                          ^^^^^^^^
        "#]],
    );
    condition(
        r#"ctx.size / 2 > 1"#,
        expect![[r#"
            error E0306: a division of two ints drops the fraction
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.size / 2 > 1'''
                          ^^^^^^^^^^^^
              help: write `to_float(a) / b`
        "#]],
    );
    condition(
        r#"-ctx.name == "x""#,
        expect![[r#"
            error E0305: `-` takes a number, this is a string
              rules.toml:15:12, in the condition 1:2
                when = '''-ctx.name == "x"'''
                           ^^^^^^^^
        "#]],
    );
    condition(
        r#"ctx.took * 2 > dur("5m")"#,
        expect![[r#"
            error E0305: `*` takes numbers, this is a duration
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.took * 2 > dur("5m")'''
                          ^^^^^^^^
              help: compare durations as they are: `ctx.took > dur("5m")`
        "#]],
    );
    condition(
        r#"ctx.size ** 2 > 4"#,
        expect![[r#"
            error E0302: conditions have no operator `**`
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.size ** 2 > 4'''
                                   ^^
        "#]],
    );
}

#[test]
fn what_is_not_true_or_false() {
    condition(
        r#"ctx.size"#,
        expect![[r#"
            error E0308: a condition is true or false, this is an int
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.size'''
                          ^^^^^^^^
              help: compare it with something, as in `… > 0`
        "#]],
    );
    condition(
        r#"count("log", "5m")"#,
        expect![[r#"
            error E0308: a condition is true or false, this is an int
              rules.toml:15:11, in the condition 1:1
                when = '''count("log", "5m")'''
                          ^^^^^^^^^^^^^^^^^
              help: compare it with something, as in `… > 0`
        "#]],
    );
    condition(
        r#"ctx.flag && ctx.size"#,
        expect![[r#"
            error E0305: `&&` takes true or false, this is an int
              rules.toml:15:23, in the condition 1:13
                when = '''ctx.flag && ctx.size'''
                                      ^^^^^^^^
              help: compare it with something
        "#]],
    );
    condition(
        r#"!ctx.size == 3"#,
        expect![[r#"
            error E0305: `!` takes true or false, this is an int
              rules.toml:15:12, in the condition 1:2
                when = '''!ctx.size == 3'''
                           ^^^^^^^^
              help: put brackets around what it denies: `!(a == b)`
        "#]],
    );
    condition(
        r#""true""#,
        expect![[r#"
            error E0308: a condition is true or false, this is a string
              rules.toml:15:11, in the condition 1:1
                when = '''"true"'''
                          ^^^^^^
              help: compare it with something, as in `… > 0`
        "#]],
    );
    condition(
        r#"1 < 2"#,
        expect![[r#"
            warning E0309: the condition reads nothing: it is always the same
              rules.toml:15:11, in the condition 1:1
                when = '''1 < 2'''
                          ^^^^^
              help: read a fact, as in `ctx.name`, or count events
        "#]],
    );
}

#[test]
fn unknown_values_have_their_words() {
    condition(
        r#"ctx.cpu == ()"#,
        expect![[r#"
            error E0302: conditions have no `()`
              rules.toml:15:22, in the condition 1:12
                when = '''ctx.cpu == ()'''
                                     ^
              help: write `!has(x)` for *x is unknown*
        "#]],
    );
    condition(
        r#"ctx.cpu == null"#,
        expect![[r#"
            error E0301: there is no `null` here
              rules.toml:15:22, in the condition 1:12
                when = '''ctx.cpu == null'''
                                     ^^^^
              help: write `!has(x)` for *x is unknown*
        "#]],
    );
    condition(
        r#"ctx.cpu ?? "none" == 3.0"#,
        expect![[r#"
            error E0302: beside `??` brackets must show what belongs together
              rules.toml:15:11, in the condition 1:1
                when = '''ctx.cpu ?? "none" == 3.0'''
                          ^^^^^^^^^^^^^^^^^
              help: `a ?? 0 > b` means `(a ?? 0) > b`: write the brackets that you mean
        "#]],
    );
    condition(
        r#"has("cpu")"#,
        expect![[r#"
            error E0304: `has` asks about a fact or a field
              rules.toml:15:15, in the condition 1:5
                when = '''has("cpu")'''
                              ^^^^^
              help: write `has(ctx.fact)`
        "#]],
    );
    condition(
        r#"has(ctx.cpu > 1.0)"#,
        expect![[r#"
            error E0304: `has` asks about a fact or a field
              rules.toml:15:15, in the condition 1:5
                when = '''has(ctx.cpu > 1.0)'''
                              ^^^^^^^^^^^^^
              help: write `has(ctx.fact)`
        "#]],
    );
    condition(
        r#"has(ctx.cpu, ctx.size)"#,
        expect![[r#"
            error E0304: `has` takes other arguments
              rules.toml:15:11, in the condition 1:1
                when = '''has(ctx.cpu, ctx.size)'''
                          ^^^
              help: write `has(ctx.fact)`
        "#]],
    );
}

// ---- what authors who know another language write -------------------------------------------------

#[test]
fn words_of_other_languages() {
    condition(
        "ctx.flag and ctx.cpu > 0.5",
        expect![[r#"
            error E0301: `and` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag and ctx.cpu > 0.5'''
                                   ^^^
              help: write `&&` for *and*
        "#]],
    );
    condition(
        "ctx.flag or ctx.cpu > 0.5",
        expect![[r#"
            error E0301: `or` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag or ctx.cpu > 0.5'''
                                   ^^
              help: write `||` for *or*
        "#]],
    );
    condition(
        "not ctx.flag",
        expect![[r#"
            error E0301: `ctx` cannot stand here
              rules.toml:15:15, in the condition 1:5
                when = '''not ctx.flag'''
                              ^^^
              help: write `!` for *not*
        "#]],
    );
    condition(
        "ctx.flag AND ctx.flag",
        expect![[r#"
            error E0301: `AND` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag AND ctx.flag'''
                                   ^^^
              help: write `&&` for *and*
        "#]],
    );
    condition(
        "ctx.size = 3",
        expect![[r#"
            error E0301: `=` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.size = 3'''
                                   ^
              help: write `==` to compare
        "#]],
    );
    condition(
        "ctx.size is 3",
        expect![[r#"
            error E0301: `is` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.size is 3'''
                                   ^^
              help: write `==` to compare
        "#]],
    );
    condition(
        "ctx.size <> 3",
        expect![[r#"
            error E0301: `>` cannot stand here
              rules.toml:15:21, in the condition 1:11
                when = '''ctx.size <> 3'''
                                    ^
              help: write `!=` for *is not*
        "#]],
    );
    condition(
        "ctx.size === 3",
        expect![[r#"
            error E0301: `===` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.size === 3'''
                                   ^^^
              help: write `==` to compare
        "#]],
    );
    condition(
        "ctx.name == 'x'",
        expect![[r#"
            error E0302: single quotes stand around one character, not a string
              rules.toml:15:23, in the condition 1:13
                when = '''ctx.name == 'x''''
                                      ^^^
              help: write strings in double quotes: "a"
        "#]],
    );
    condition(
        "ctx.name == 'abc'",
        expect![[r#"
            error E0301: single quotes stand around one character, not a string
              rules.toml:15:23, in the condition 1:13
                when = '''ctx.name == 'abc''''
                                      ^^^^^
              help: write strings in double quotes: "a"
        "#]],
    );
    condition("ctx.name == `abc`", expect![[""]]);
    condition(
        "1 < ctx.size < 3",
        expect![[r#"
            error E0305: comparisons do not chain
              rules.toml:15:11, in the condition 1:1
                when = '''1 < ctx.size < 3'''
                          ^^^^^^^^^^^^^^^^
              help: write `a < x && x < b`
        "#]],
    );
    condition(
        "ctx.flag & ctx.flag",
        expect![[r#"
            error E0302: conditions have no `&`
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag & ctx.flag'''
                                   ^
              help: write `&&` for *and*
        "#]],
    );
    condition(
        "ctx.flag | ctx.flag",
        expect![[r#"
            error E0302: conditions have no `|`
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag | ctx.flag'''
                                   ^
              help: write `||` for *or*
        "#]],
    );
    condition(
        "ctx.flag ^ ctx.flag",
        expect![[r#"
            error E0302: conditions have no operator `^`
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag ^ ctx.flag'''
                                   ^
        "#]],
    );
    condition(
        "ctx.flag ? true : false",
        expect![[r#"
            error E0301: `?` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag ? true : false'''
                                   ^
              help: write `(a && b) || (!a && c)` for *if a then b else c*
        "#]],
    );
    condition(
        "ctx.flag == True",
        expect![[r#"
            error E0201: nothing is called `True`
              rules.toml:15:23, in the condition 1:13
                when = '''ctx.flag == True'''
                                      ^^^^
              help: write `true`
        "#]],
    );
    condition(
        "ctx.name ~= \"x\"",
        expect![[r#"
            error E0301: `~` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.name ~= "x"'''
                                   ^
              help: look into strings with `contains`, `starts_with` and `ends_with`
        "#]],
    );
    condition(
        "ctx.name not in [\"x\"]",
        expect![[r#"
            error E0301: `not` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.name not in ["x"]'''
                                   ^^^
              help: write `!in` for *not in*
        "#]],
    );
    condition(
        "ctx.name like \"x%\"",
        expect![[r#"
            error E0301: `like` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.name like "x%"'''
                                   ^^^^
              help: look into strings with `contains`, `starts_with` and `ends_with`
        "#]],
    );
    condition(
        "ctx.took > 5m",
        expect![[r#"
            error E0301: `m` cannot stand here
              rules.toml:15:23, in the condition 1:13
                when = '''ctx.took > 5m'''
                                      ^
              help: write a duration as `dur("5m")`
        "#]],
    );
    condition(
        "ctx.cpu > 90%",
        expect![[r#"
            error E0301: the condition ends too early
              rules.toml:15:24, in the condition 1:14
                when = '''ctx.cpu > 90%'''
                                       ^
        "#]],
    );
}

#[test]
fn conditions_that_end_too_early_or_too_late() {
    condition(
        "",
        expect![[r#"
            error E0301: the condition ends too early
              rules.toml:15:11, in the condition 1:1
                when = ''''''
                          ^
        "#]],
    );
    condition(
        "ctx.cpu >",
        expect![[r#"
            error E0301: the condition ends too early
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.cpu >'''
                                   ^
        "#]],
    );
    condition(
        "(ctx.cpu > 0.5",
        expect![[r#"
            error E0301: `)` is missing here
              rules.toml:15:25, in the condition 1:15
                when = '''(ctx.cpu > 0.5'''
                                        ^
        "#]],
    );
    condition(
        "ctx.cpu > 0.5)",
        expect![[r#"
            error E0301: `)` cannot stand here
              rules.toml:15:24, in the condition 1:14
                when = '''ctx.cpu > 0.5)'''
                                       ^
        "#]],
    );
    condition(
        "ctx.name == \"x",
        expect![[r#"
            error E0301: the string has no closing quote
              rules.toml:15:23, in the condition 1:13
                when = '''ctx.name == "x'''
                                      ^^
              help: close it on the same line
        "#]],
    );
    condition(
        "ctx.cpu > 0.5;",
        expect![[r#"
            error E0301: a condition is one expression, without `;`
              rules.toml:15:24, in the condition 1:14
                when = '''ctx.cpu > 0.5;'''
                                       ^
        "#]],
    );
    condition(
        "ctx.cpu > 0.5; ctx.flag",
        expect![[r#"
            error E0301: a condition is one expression, without `;`
              rules.toml:15:24, in the condition 1:14
                when = '''ctx.cpu > 0.5; ctx.flag'''
                                       ^
        "#]],
    );
    condition(
        "ctx.flag ctx.flag",
        expect![[r#"
            error E0301: `ctx` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.flag ctx.flag'''
                                   ^^^
              help: join two conditions by `&&` or `||`
        "#]],
    );
    condition(
        "ctx. > 3",
        expect![[r#"
            error E0301: `>` cannot stand here
              rules.toml:15:16, in the condition 1:6
                when = '''ctx. > 3'''
                               ^
        "#]],
    );
}

#[test]
fn constructs_that_conditions_do_not_have() {
    condition(
        "if ctx.flag { true } else { false }",
        expect![[r#"
            error E0302: conditions have no blocks, `if` or `switch` yet
              rules.toml:15:11, in the condition 1:1
                when = '''if ctx.flag { true } else { false }'''
                          ^^
              help: see the reference of conditions
        "#]],
    );
    condition(
        "switch ctx.size { 1 => true, _ => false }",
        expect![[r#"
            error E0302: conditions have no blocks, `if` or `switch` yet
              rules.toml:15:11, in the condition 1:1
                when = '''switch ctx.size { 1 => true, _ => false }'''
                          ^^^^^^
              help: see the reference of conditions
        "#]],
    );
    condition(
        "let x = 3; x > 2",
        expect![[r#"
            error E0301: a condition is one expression, without `let`
              rules.toml:15:11, in the condition 1:1
                when = '''let x = 3; x > 2'''
                          ^^^
        "#]],
    );
    condition(
        "ctx.size = 3; true",
        expect![[r#"
            error E0301: `=` cannot stand here
              rules.toml:15:20, in the condition 1:10
                when = '''ctx.size = 3; true'''
                                   ^
              help: write `==` to compare
        "#]],
    );
    condition(
        "`${ctx.size}` == \"3\"",
        expect![[r#"
            error E0302: conditions have no interpolated strings
              rules.toml:15:11, in the condition 1:1
                when = '''`${ctx.size}` == "3"'''
                          ^^^^^^^^^^^^^
              help: see the reference of conditions
        "#]],
    );
    condition(
        "#{a: 1}.a == 1",
        expect![[r#"
            error E0302: conditions have no maps
              rules.toml:15:11, in the condition 1:1
                when = '''#{a: 1}.a == 1'''
                          ^
              help: see the reference of conditions
        "#]],
    );
    condition(
        "|x| x > 3",
        expect![[r#"
            error E0301: `|` cannot stand here
              rules.toml:15:11, in the condition 1:1
                when = '''|x| x > 3'''
                          ^
        "#]],
    );
    condition(
        "eval(\"true\")",
        expect![[r#"
            error E0301: conditions have no `eval`
              rules.toml:15:11, in the condition 1:1
                when = '''eval("true")'''
                          ^^^^
        "#]],
    );
    condition(
        "while true { }",
        expect![[r#"
            error E0301: a condition is one expression, without `while`
              rules.toml:15:11, in the condition 1:1
                when = '''while true { }'''
                          ^^^^^
        "#]],
    );
    condition(
        "ctx.name[0] == \"a\"",
        expect![[r#"
            error E0302: conditions have no `[…]` access
              rules.toml:15:19, in the condition 1:9
                when = '''ctx.name[0] == "a"'''
                                  ^
        "#]],
    );
    condition(
        "math::sqrt(4.0) > 1.0",
        expect![[r#"
            error E0302: conditions have no modules
              rules.toml:15:17, in the condition 1:7
                when = '''math::sqrt(4.0) > 1.0'''
                                ^^^^
        "#]],
    );
    condition(
        "1..3 == 1..3",
        expect![[r#"
            error E0302: a range stands only after `in`
              rules.toml:15:11, in the condition 1:1
                when = '''1..3 == 1..3'''
                          ^^^^
              help: write `x in 1..5`
            error E0302: a range stands only after `in`
              rules.toml:15:19, in the condition 1:9
                when = '''1..3 == 1..3'''
                                  ^^^^
              help: write `x in 1..5`
        "#]],
    );
    condition(
        "ctx.size < 99999999999999999999",
        expect![[r#"
            error E0302: the whole number is beyond 64 bits
              rules.toml:15:22, in the condition 1:12
                when = '''ctx.size < 99999999999999999999'''
                                     ^^^^^^^^^^^^^^^^^^^^
        "#]],
    );
    condition(
        r#"ctx.name == "\q""#,
        expect![[r#"
            error E0301: `\q` means no character
              rules.toml:15:25, in the condition 1:15
                when = '''ctx.name == "\q"'''
                                        ^
              help: strings know \\, \", \n, \r, \t, \x41 and \u00e4
        "#]],
    );
    condition(
        "ctx.cpu < 1e999",
        expect![[r#"
            error E0302: the number is beyond all floats
              rules.toml:15:21, in the condition 1:11
                when = '''ctx.cpu < 1e999'''
                                    ^^^^^
        "#]],
    );
}

// ---- windows --------------------------------------------------------------------------------------

#[test]
fn windows_that_cannot_be_kept() {
    condition(
        r#"count(ctx.name, "5m") > 3"#,
        expect![[r#"
            error E0307: the selector is written out, in double quotes
              rules.toml:15:17, in the condition 1:7
                when = '''count(ctx.name, "5m") > 3'''
                                ^^^^^^^^
              help: as in `count("error", "5m")`
        "#]],
    );
    condition(
        r#"count("log", ctx.took) > 3"#,
        expect![[r#"
            error E0307: the duration is written out, in double quotes
              rules.toml:15:24, in the condition 1:14
                when = '''count("log", ctx.took) > 3'''
                                       ^^^^^^^^
              help: as in "5m" or "1h30m"
        "#]],
    );
    condition(
        r#"count("log", 5) > 3"#,
        expect![[r#"
            error E0307: the duration is written out, in double quotes
              rules.toml:15:24, in the condition 1:14
                when = '''count("log", 5) > 3'''
                                       ^
              help: as in "5m" or "1h30m"
        "#]],
    );
    condition(
        r#"count("log", "0s") > 3"#,
        expect![[r#"
            error E0401: a window of no length never holds an event
              rules.toml:15:24, in the condition 1:14
                when = '''count("log", "0s") > 3'''
                                       ^^^^
              help: give it a length, as in "5m"
        "#]],
    );
    condition(
        r#"count("log", "5 minutes") > 3"#,
        expect![[r#"
            error E0401: "5 minutes" is no duration
              rules.toml:15:24, in the condition 1:14
                when = '''count("log", "5 minutes") > 3'''
                                       ^^^^^^^^^^^
              help: a duration is whole numbers with the units ms, s, m, h, d, such as "90s" or "1h30m"
        "#]],
    );
    condition(
        r#"count("log", "30m1h") > 3"#,
        expect![[r#"
            error E0401: "30m1h" is no duration
              rules.toml:15:24, in the condition 1:14
                when = '''count("log", "30m1h") > 3'''
                                       ^^^^^^^
              help: the units of a duration go from large to small, each at most once: "1h30m"
        "#]],
    );
    condition(
        r#"count("log", "5m") > 4096"#,
        expect![[r#"
            error E0401: a count goes up to 4096, this asks about 4097
              rules.toml:15:32, in the condition 1:22
                when = '''count("log", "5m") > 4096'''
                                               ^^^^
              help: use a shorter window and a smaller number
        "#]],
    );
    condition(
        r#"count("log", "5m") >= 5000"#,
        expect![[r#"
            error E0401: a count goes up to 4096, this asks about 5000
              rules.toml:15:33, in the condition 1:23
                when = '''count("log", "5m") >= 5000'''
                                                ^^^^
              help: use a shorter window and a smaller number
        "#]],
    );
    condition(
        r#"count("log") > 3"#,
        expect![[r#"
            error E0304: `count` takes other arguments
              rules.toml:15:11, in the condition 1:1
                when = '''count("log") > 3'''
                          ^^^^^
              help: write `count("selector", "5m")`
        "#]],
    );
    condition(
        r#"count() > 3"#,
        expect![[r#"
            error E0304: `count` takes other arguments
              rules.toml:15:11, in the condition 1:1
                when = '''count() > 3'''
                          ^^^^^
              help: write `count("selector", "5m")`
        "#]],
    );
    condition(
        r#"count("log", "5m", "x") > 3"#,
        expect![[r#"
            error E0304: `count` takes other arguments
              rules.toml:15:11, in the condition 1:1
                when = '''count("log", "5m", "x") > 3'''
                          ^^^^^
              help: write `count("selector", "5m")`
        "#]],
    );
    condition(
        r#"abs(ctx.name) > 3 && min(1) > 0 && ctx.name.contains(3)"#,
        expect![[r#"
            error E0304: `abs` does not take (a string)
              rules.toml:15:11, in the condition 1:1
                when = '''abs(ctx.name) > 3 && min(1) > 0 && ctx.name.contains(3)'''
                          ^^^^^^^^^^^^
              help: write `abs(number)`
            error E0304: `min` does not take (an int)
              rules.toml:15:32, in the condition 1:22
                when = '''abs(ctx.name) > 3 && min(1) > 0 && ctx.name.contains(3)'''
                                               ^^^^^
              help: write `min(number, number)`
            error E0304: `contains` does not take (a string, an int)
              rules.toml:15:46, in the condition 1:36
                when = '''abs(ctx.name) > 3 && min(1) > 0 && ctx.name.contains(3)'''
                                                             ^^^^^^^^^^^^^^^^^^^
              help: write `text.contains("part")`
        "#]],
    );
    condition(
        r#"dur(5) == ctx.took"#,
        expect![[r#"
            error E0307: the duration is written out, in double quotes
              rules.toml:15:15, in the condition 1:5
                when = '''dur(5) == ctx.took'''
                              ^
              help: as in "5m" or "1h30m"
        "#]],
    );
}

// ---- keys -----------------------------------------------------------------------------------------

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
            error E0402: no selector has the dimension `region`
              rules.toml:18:8
                key = ["region"]
                       ^^^^^^^^
              help: give a selector this dimension: `key = { region = "event.…" }`
            error E0402: nothing that the rule reads has all of these dimensions at once
              rules.toml:23:8
                key = ["service", "host"]
                       ^^^^^^^^^
              help: a rule with a key must `count` a selector that has all of its dimensions
            error E0402: nothing that the rule reads has the dimension `service`
              rules.toml:28:8
                key = ["service"]
                       ^^^^^^^^^
              help: a rule with a key must `count` a selector that has all of its dimensions
            error E0402: nothing that the rule reads has the dimension `service`
              rules.toml:33:8
                key = ["service"]
                       ^^^^^^^^^
              help: a rule with a key must `count` a selector that has all of its dimensions
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

// ---- places ---------------------------------------------------------------------------------------

#[test]
fn places_in_a_condition_of_several_lines() {
    check(
        "
[context]
größe = 'float'
cpu = 'float'

[[rule]]
id = 'three-lines'
when = '''
ctx.cpu > 0.5 &&
  ctx.cpu < 0.9 &&
    ctx.cqu != 0.7   // ä
'''
",
        expect![[r#"
            error E0102: invalid unquoted key, expected letters, numbers, `-`, `_`
              rules.toml:3:3
                größe = 'float'
                  ^^
            error E0201: no fact `cqu` is declared
              rules.toml:11:9, in the condition 3:9
                    ctx.cqu != 0.7   // ä
                        ^^^
              help: did you mean `ctx.cpu`?
        "#]],
    );
}

#[test]
fn places_in_a_string_with_escapes() {
    check(
        r#"
[context]
name = "string"

[[rule]]
id = "escapes"
when = "ctx.name == \"\\\"ä\\\" \u00e4\" || ctx.nmae == \"x\""
"#,
        expect![[r#"
            error E0201: no fact `nmae` is declared
              rules.toml:7:49, in the condition 1:30
                when = "ctx.name == \"\\\"ä\\\" \u00e4\" || ctx.nmae == \"x\""
                                                                ^^^^
              help: did you mean `ctx.name`?
        "#]],
    );
}

#[test]
fn places_after_windows_line_breaks() {
    check(
        "[context]\r\ncpu = 'float'\r\n\r\n[[rule]]\r\nid = 'crlf'\r\nwhen = '''\r\nctx.cpu > 0.5\r\n  && ctx.cqu > 1.0'''\r\n",
        expect![[r#"
            error E0201: no fact `cqu` is declared
              rules.toml:8:10, in the condition 2:10
                  && ctx.cqu > 1.0'''
                         ^^^
              help: did you mean `ctx.cpu`?
        "#]],
    );
}

// ---- limits ---------------------------------------------------------------------------------------

#[test]
fn conditions_that_are_too_much() {
    check(
        &format!("[[rule]]\nid = 'deep'\nwhen = '{}true'\n", "!".repeat(70)),
        expect![[r#"
            error E0110: the condition has more than 64 operators in a row or levels of nesting
              rules.toml:3:72, in the condition 1:64
                !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!true'
                                                                            ^
              help: split it into several rules
        "#]],
    );
    check(
        &format!("[[rule]]\nid = 'brackets'\nwhen = '{}true{}'\n", "(".repeat(70), ")".repeat(70)),
        expect![[r#"
            error E0110: the condition has more than 64 operators in a row or levels of nesting
              rules.toml:3:41, in the condition 1:33
                when = '((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((true))))))))))))))))))
                                                        ^
              help: split it into several rules
        "#]],
    );
    check(
        &format!("[[rule]]\nid = 'sum'\nwhen = '0{} > 1'\n", " + 1".repeat(70)),
        expect![[r#"
            error E0110: the condition has more than 64 operators in a row or levels of nesting
              rules.toml:3:259, in the condition 1:251
                + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 > 1'
                                                                            ^
              help: split it into several rules
        "#]],
    );
    let list = format!("0{}", ", 1".repeat(300));
    check(
        &format!("[[rule]]\nid = 'list'\nwhen = '3 in [{list}]'\n"),
        expect![[r#"
            error E0110: a list of more than 256 items
              rules.toml:3:783, in the condition 1:775
                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
                                                                            ^
              help: split it into several lists
        "#]],
    );
    check(
        &format!("[[rule]]\nid = 'long'\nwhen = 'true{}'\n", " && true".repeat(1100)),
        expect![[r#"
            error E0110: the condition is longer than 8192 bytes
              rules.toml:3:9, in the condition 1:1
                when = 'true && true && true && true && true && true && true && true && true && true && true && true
                        ^
              help: split it into several rules
        "#]],
    );
}

// ---- everything at once ---------------------------------------------------------------------------

#[test]
fn every_fault_of_a_book_is_reported_at_once() {
    let files = [
        (
            "facts.toml",
            r#"
[context]
latency_ms = "flot"                                     # 1
cpu = "float"

[event.log]
fields = { level = "string", service = "string" }

[select.error]
on = "log"
where = 'event.level = "error"'                         # 2
key = { service = "event.servce" }                      # 3
"#,
        ),
        (
            "rules.toml",
            r#"
[[rule]]
id = "a"
when = 'ctx.latency_ms > 250.0'
prioritty = "high"                                      # 4
for = "5 minutes"                                       # 5

[[rule]]
id = "b"
when = 'ctx.cqu > 0.9 && count("error", "0s") > 1'      # 6, 7
systems = ["PTT"]                                       # 8

[[rule]]
id = "a"                                                # 9
when = 'ctx.cpu > "0.9"'                                # 10
cooldown = 5                                            # 11

[[rule]]                                                # 12: no id
when = 'ctx.cpu > 0.9'
"#,
        ),
    ];
    assert_eq!(count(&files), 12);
    check_files(
        &files,
        expect![[r#"
            error E0109: "flot" is no type by itself
              facts.toml:3:14
                latency_ms = "flot"                                     # 1
                             ^^^^^^
              help: did you mean "float"?
            error E0301: `=` cannot stand here
              facts.toml:11:22, in the condition 1:13
                where = 'event.level = "error"'                         # 2
                                     ^
              help: write `==` to compare
            error E0201: "event.servce" is no field of the event `log`
              facts.toml:12:19
                key = { service = "event.servce" }                      # 3
                                  ^^^^^^^^^^^^^^
              help: did you mean "event.service"?
            error E0103: [[rule]] has no key `prioritty`
              rules.toml:5:1
                prioritty = "high"                                      # 4
                ^^^^^^^^^
              help: did you mean `priority`?
            error E0109: `for` takes a duration, "5 minutes" is none
              rules.toml:6:7
                for = "5 minutes"                                       # 5
                      ^^^^^^^^^^^
              help: a duration is whole numbers with the units ms, s, m, h, d, such as "90s" or "1h30m"
            error E0201: no fact `cqu` is declared
              rules.toml:10:13, in the condition 1:5
                when = 'ctx.cqu > 0.9 && count("error", "0s") > 1'      # 6, 7
                            ^^^
              help: did you mean `ctx.cpu`?
            error E0401: a window of no length never holds an event
              rules.toml:10:41, in the condition 1:33
                when = 'ctx.cqu > 0.9 && count("error", "0s") > 1'      # 6, 7
                                                        ^^^^
              help: give it a length, as in "5m"
            error E0201: no system `PTT` is declared
              rules.toml:11:12
                systems = ["PTT"]                                       # 8
                           ^^^^^
              help: declare it: [system.PTT]
            error E0108: the rule `a` is declared twice
              rules.toml:14:6
                id = "a"                                                # 9
                     ^^^ again here
              rules.toml:3:6
                id = "a"
                     ^^^ first here
              help: rename one of them, or delete it
            error E0305: a float cannot be compared with a string
              rules.toml:15:9, in the condition 1:1
                when = 'ctx.cpu > "0.9"'                                # 10
                        ^^^^^^^^^^^^^^^
              help: leave out the quotes around a number
            error E0104: `cooldown` takes a duration such as "5m", this is a whole number
              rules.toml:16:12
                cooldown = 5                                            # 11
                           ^
            error E0105: [[rule]] has no `id`
              rules.toml:18:1
                [[rule]]                                                # 12: no id
                ^^^^^^^^
              help: give the rule a name that is its own: `id = "slow"`
        "#]],
    );
}
