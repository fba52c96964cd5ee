//! Where a fault stands in the file and in its condition; limits; everything at once.

use expect_test::expect;

use crate::{check, check_files, count};

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
              help: did you mean "5m"?
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
              help: write `cooldown = "5s"` for seconds
            error E0105: [[rule]] has no `id`
              rules.toml:18:1
                [[rule]]                                                # 12: no id
                ^^^^^^^^
              help: give the rule a name that is its own: `id = "slow"`
        "#]],
    );
}
