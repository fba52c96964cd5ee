//! `inhibited_by` and `equal`.

use expect_test::expect;

use crate::check;

const CONTEXT: &str = r#"
[context]
up = { type = "bool", key = ["host"] }
used = { type = "float", key = ["disk", "host"] }
"#;

#[test]
fn who_holds_back_is_a_rule() {
    check(
        &format!(
            r#"{CONTEXT}
[[rule]]
id = "down"
key = ["host"]
when = "!ctx.up"

[[rule]]
id = "full"
key = ["disk", "host"]
when = "ctx.used > 0.9"
inhibited_by = ["dwon", "something-else", "down"]
equal = ["disk", "hots"]

[[rule]]
id = "fuller"
key = ["disk", "host"]
when = "ctx.used > 0.99"
equal = ["host"]
"#
        ),
        expect![[r#"
            error E0201: no rule `dwon` is declared
              rules.toml:15:17
                inhibited_by = ["dwon", "something-else", "down"]
                                ^^^^^^
              help: did you mean "down"?
            error E0201: no rule `something-else` is declared
              rules.toml:15:25
                inhibited_by = ["dwon", "something-else", "down"]
                                        ^^^^^^^^^^^^^^^^
              help: name a rule by its `id`
            error E0402: the rule `down` has no dimension `disk`
              rules.toml:16:10
                equal = ["disk", "hots"]
                         ^^^^^^
              rules.toml:15:43
                inhibited_by = ["dwon", "something-else", "down"]
                                                          ^^^^^^ which holds this one back
              help: `equal` names dimensions that both rules have
            error E0402: the rule has no dimension `hots`
              rules.toml:16:18
                equal = ["disk", "hots"]
                                 ^^^^^^
              help: `equal` names dimensions of the key of this rule
            error E0109: `equal` is for rules that others hold back
              rules.toml:22:9
                equal = ["host"]
                        ^^^^^^^^
              help: say which: `inhibited_by = ["…"]`, or leave `equal` out
        "#]],
    );
}

#[test]
fn a_circle_of_rules_that_hold_one_another_back() {
    check(
        &format!(
            r#"{CONTEXT}
[[rule]]
id = "a"
key = ["host"]
when = "ctx.up"
inhibited_by = ["b", "d"]

[[rule]]
id = "b"
key = ["host"]
when = "!ctx.up"
inhibited_by = ["c"]

[[rule]]
id = "c"
key = ["host"]
when = "!ctx.up"
inhibited_by = ["a"]

[[rule]]
id = "d"
key = ["host"]
when = "!ctx.up"
inhibited_by = ["d"]
"#
        ),
        expect![[r#"
            error E0501: a circle that cannot be worked out: rule `a` is held back by rule `b` (rules.toml:10), which is held back by rule `c` (rules.toml:16), which is held back by rule `a` (rules.toml:22)
              rules.toml:10:17
                inhibited_by = ["b", "d"]
                                ^^^ rule `a` is held back by rule `b`
              rules.toml:16:17
                inhibited_by = ["c"]
                                ^^^ rule `b` is held back by rule `c`
              rules.toml:22:17
                inhibited_by = ["a"]
                                ^^^ rule `c` is held back by rule `a`
              help: one of these must not be held back by the next
            error E0502: rule `d` is held back by itself (rules.toml:28)
              rules.toml:28:17
                inhibited_by = ["d"]
                                ^^^ rule `d` is held back by rule `d`
              help: leave that out
        "#]],
    );
}
