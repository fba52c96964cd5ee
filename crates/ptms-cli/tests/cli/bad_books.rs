//! Rulebooks that cannot be read, or say what cannot be.

use expect_test::{Expect, expect};

use crate::scratch::Scratch;

fn check(test: &str, rules: &str, expected: &Expect) {
    Scratch::new(test).file("book/rules.toml", rules).check("check book", expected);
}

#[test]
fn unreadable() {
    let scratch = Scratch::new("unreadable")
        .file("empty/readme.md", "")
        .file("latin/a.toml", b"format = 1\nx = \"caf\xe9\"\n")
        .file("latin/b.toml", b"\xff");
    scratch.check(
        "check missing",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read missing: no such file or directory
    "#]],
    );
    scratch.check(
        "plan missing.toml --workflow x",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read missing.toml: no such file or directory
    "#]],
    );
    scratch.check(
        "check empty",
        &expect![[r#"
        exit 2
        --- stderr
        error: no rulebook in empty: it holds no .toml file
    "#]],
    );
    scratch.check(
        "run latin",
        &expect![[r#"
        exit 2
        --- stderr
        error: cannot read latin/a.toml: line 2 is not UTF-8; save the file as UTF-8
        error: cannot read latin/b.toml: line 1 is not UTF-8; save the file as UTF-8
    "#]],
    );
}

/// What never ends, and what waits for a writer.
#[cfg(unix)]
#[test]
fn no_regular_file() {
    let scratch = Scratch::new("irregular").file("book/a.toml", "");
    let made = std::process::Command::new("mkfifo").arg(scratch.path("book/b.toml")).status();
    assert!(made.unwrap().success());
    for (command, expected) in [
        (
            "check /dev/zero",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot read /dev/zero: it is no regular file
        "#]],
        ),
        (
            "check book",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot read book/b.toml: it is no regular file
        "#]],
        ),
        (
            "run book/a.toml --events /dev/null --host book/b.toml",
            expect![[r#"
            exit 2
            --- stderr
            error: cannot read book/b.toml: it is no regular file
        "#]],
        ),
    ] {
        scratch.check(command, &expected);
    }
}

#[test]
fn not_toml() {
    check(
        "not-toml",
        "[context\ncpu = \"float\"\n",
        &expect![[r#"
            exit 1
            --- stdout
            error[E0102]: unclosed table, expected `]`
             --> book/rules.toml:1:9
              |
            1 | [context
              |         ^

            1 error in 1 file
        "#]],
    );
}

#[test]
fn unknown_key() {
    let rules = "[[rule]]\nid = \"a\"\nwhen = 'true'\ncoldown = \"5m\"\n";
    check(
        "unknown-key",
        rules,
        &expect![[r#"
            exit 1
            --- stdout
            warning[E0309]: the condition reads nothing and is always true
             --> book/rules.toml:3:9
              |
            3 | when = 'true'
              |         ^^^^ column 1 of the condition
              |
              = help: read a fact, as in `ctx.name`, or count events

            error[E0103]: [[rule]] has no key `coldown`
             --> book/rules.toml:4:1
              |
            4 | coldown = "5m"
              | ^^^^^^^
              |
              = help: did you mean `cooldown`?

            1 error, 1 warning in 1 file
        "#]],
    );
}

#[test]
fn unknown_fact() {
    let rules = "
[context]
latency_ms = \"float\"

[[rule]]
id = \"slow\"
when = 'ctx.latncy_ms > 250.0'
";
    check(
        "unknown-fact",
        rules,
        &expect![[r#"
        exit 1
        --- stdout
        error[E0201]: no fact `latncy_ms` is declared
         --> book/rules.toml:7:13
          |
        7 | when = 'ctx.latncy_ms > 250.0'
          |             ^^^^^^^^^ column 5 of the condition
          |
          = help: did you mean `ctx.latency_ms`?

        1 error in 1 file
    "#]],
    );
}

#[test]
fn unknown_system() {
    let rules = "
[system.PAT]
needs = [\"PDX\"]

[system.PDT]
";
    check(
        "unknown-system",
        rules,
        &expect![[r#"
        exit 1
        --- stdout
        error[E0201]: system `PAT` needs `PDX`, but no such system is declared
         --> book/rules.toml:3:10
          |
        3 | needs = ["PDX"]
          |          ^^^^^
          |
          = help: did you mean `PDT`?

        1 error in 1 file
    "#]],
    );
}

#[test]
fn wrong_type() {
    let rules = "
[context]
phase = \"string\"

[[rule]]
id = \"typed\"
when = '''
ctx.phase == \"coding\" &&
  ctx.phase > 3
'''
";
    check(
        "wrong-type",
        rules,
        &expect![[r#"
            exit 1
            --- stdout
            error[E0305]: a string cannot be compared with an int
             --> book/rules.toml:9:3
              |
            9 |   ctx.phase > 3
              |   ^^^^^^^^^^^^^ line 2, column 3 of the condition
              |
              = help: put a string in double quotes

            1 error in 1 file
        "#]],
    );
}

#[test]
fn cycle() {
    let rules = "
[system.PAT]
needs = [\"PTT\"]

[system.PDT]
after = [\"PAT\"]

[system.PTT]
wants = [\"PDT\"]
";
    check(
        "cycle",
        rules,
        &expect![[r#"
        exit 1
        --- stdout
        error[E0501]: systems wait for each other in a circle: `PAT` needs `PTT`
                      (book/rules.toml:3), which wants `PDT` (book/rules.toml:9),
                      which is after `PAT` (book/rules.toml:6)
         --> book/rules.toml:3:10
          |
        3 | needs = ["PTT"]
          |          ^^^^^ `PAT` needs `PTT`
        ...
        6 | after = ["PAT"]
          |          ----- `PDT` is after `PAT`
        ...
        9 | wants = ["PDT"]
          |          ----- `PTT` wants `PDT`
          |
          = help: one of these has to go, perhaps `PDT` is after `PAT`: `after` only
                  orders

        1 error in 1 file
    "#]],
    );
}

/// All of them, from several files, sorted by place.
#[test]
fn all_at_once() {
    let scratch = Scratch::new("all-at-once")
        .file("book/a.toml", "[context]\ncpu = \"flaot\"\n")
        .file(
            "book/b.toml",
            "[[rule]]\nid = \"a\"\nwhen = 'ctx.cup > 1.0'\npriority = \"urgent\"\n",
        )
        .file("book/c.toml", "[system.PAT]\nafter = [\"PAT\"]\n");
    scratch.check(
        "check book",
        &expect![[r#"
            exit 1
            --- stdout
            error[E0109]: "flaot" is no type by itself
             --> book/a.toml:2:7
              |
            2 | cpu = "flaot"
              |       ^^^^^^^
              |
              = help: did you mean "float"?

            error[E0201]: no fact `cup` is declared
             --> book/b.toml:3:13
              |
            3 | when = 'ctx.cup > 1.0'
              |             ^^^ column 5 of the condition
              |
              = help: did you mean `ctx.cpu`?

            error[E0109]: "urgent" is no priority
             --> book/b.toml:4:12
              |
            4 | priority = "urgent"
              |            ^^^^^^^^
              |
              = help: a priority is critical, high, medium or low

            error[E0502]: system `PAT` is after itself
             --> book/c.toml:2:10
              |
            2 | after = ["PAT"]
              |          ^^^^^

            4 errors in 3 files
        "#]],
    );
    scratch.check("check book --format json", &expect![[r#"
        exit 1
        --- stdout
        {"code":"E0109","severity":"error","message":"\"flaot\" is no type by itself","labels":[{"file":"book/a.toml","start":16,"end":23,"line":2,"column":7,"condition":null,"text":""}],"help":"did you mean \"float\"?"}
        {"code":"E0201","severity":"error","message":"no fact `cup` is declared","labels":[{"file":"book/b.toml","start":30,"end":33,"line":3,"column":13,"condition":[1,5],"text":""}],"help":"did you mean `ctx.cpu`?"}
        {"code":"E0109","severity":"error","message":"\"urgent\" is no priority","labels":[{"file":"book/b.toml","start":52,"end":60,"line":4,"column":12,"condition":null,"text":""}],"help":"a priority is critical, high, medium or low"}
        {"code":"E0502","severity":"error","message":"system `PAT` is after itself","labels":[{"file":"book/c.toml","start":22,"end":27,"line":2,"column":10,"condition":null,"text":""}],"help":null}
    "#]]);
    scratch.check(
        "run book",
        &expect![[r#"
            exit 1
            --- stderr
            error[E0109]: "flaot" is no type by itself
             --> book/a.toml:2:7
              |
            2 | cpu = "flaot"
              |       ^^^^^^^
              |
              = help: did you mean "float"?

            error[E0201]: no fact `cup` is declared
             --> book/b.toml:3:13
              |
            3 | when = 'ctx.cup > 1.0'
              |             ^^^ column 5 of the condition
              |
              = help: did you mean `ctx.cpu`?

            error[E0109]: "urgent" is no priority
             --> book/b.toml:4:12
              |
            4 | priority = "urgent"
              |            ^^^^^^^^
              |
              = help: a priority is critical, high, medium or low

            error[E0502]: system `PAT` is after itself
             --> book/c.toml:2:10
              |
            2 | after = ["PAT"]
              |          ^^^^^

            4 errors in 3 files
        "#]],
    );
}
