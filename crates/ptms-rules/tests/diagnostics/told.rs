//! `@fired:rule` and `@resolved:rule`.

use expect_test::expect;

use crate::check;

const CONTEXT: &str = r#"
[context]
up = { type = "bool", key = ["host"] }
"#;

#[test]
fn what_is_told_is_of_a_rule() {
    check(
        &format!(
            r#"{CONTEXT}
[[rule]]
id = "down"
key = ["host"]
when = "!ctx.up"

[[rule]]
id = "a"
when = 'count("@fired:dwon", "5m") > 2'

[[rule]]
id = "b"
key = ["host"]
on = "@resolved:nothing-of-the-kind"
when = 'event.host == "a"'

[[rule]]
id = "c"
when = 'distinct("@fired:down.hots", "5m") > 2'

[[rule]]
id = "d"
when = 'count("@fried:down", "5m") > 2'

[[rule]]
id = "e"
when = 'sum("@fired:down", "5m") > 2.0'
"#
        ),
        expect![[r#"
            error E0201: no rule `dwon` is declared
              rules.toml:12:15, in the condition 1:7
                when = 'count("@fired:dwon", "5m") > 2'
                              ^^^^^^^^^^^^^
              help: did you mean "@fired:down"?
            error E0201: no rule `nothing-of-the-kind` is declared
              rules.toml:17:6
                on = "@resolved:nothing-of-the-kind"
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              help: behind `@resolved:` stands the `id` of a rule
            error E0201: the event `@fired:down` has no field `hots`
              rules.toml:22:18, in the condition 1:10
                when = 'distinct("@fired:down.hots", "5m") > 2'
                                 ^^^^^^^^^^^^^^^^^^
              help: did you mean `host`?
            error E0201: no selector or event `@fried:down` is declared
              rules.toml:26:15, in the condition 1:7
                when = 'count("@fried:down", "5m") > 2'
                              ^^^^^^^^^^^^^
              help: did you mean "@fired:down"?
            error E0305: the selector has no `value`
              rules.toml:30:13, in the condition 1:5
                when = 'sum("@fired:down", "5m") > 2.0'
                            ^^^^^^^^^^^^^
              help: say which field it is: `value = "event.latency_ms"` in its [select.…]
        "#]],
    );
}

#[test]
fn a_rule_that_waits_for_itself() {
    check(
        &format!(
            r#"{CONTEXT}
[signal]
often = 'count("@fired:a", "5m") > 2'

[derive.hot]
type = "bool"
cases = [{{ when = 'signal.often', value = true }}]

[template.watching]
params = {{ of = "string" }}
when   = 'count(param.of, "1m") > 0'

[[rule]]
id = "a"
when = 'count("@resolved:b", "1m") > 0'

[[rule]]
id = "b"
template = "watching"
params = {{ of = "@fired:c" }}

[[rule]]
id = "c"
when = 'ctx.hot'

[[rule]]
id = "d"
on = "@fired:d"
when = '1 > 0'

[[rule]]
id = "e"
when = 'absent("@fired:f", "5m")'

[[rule]]
id = "f"
when = 'ctx.hot'
inhibited_by = ["e"]
"#
        ),
        expect![[r#"
            error E0501: a circle that cannot be worked out: fact `hot` looks at rule `a` (rules.toml:8), which looks at rule `b` (rules.toml:17), which looks at rule `c` (rules.toml:21), which reads fact `hot` (rules.toml:26)
              rules.toml:8:9
                [derive.hot]
                        ^^^ fact `hot` looks at rule `a`
              rules.toml:17:6
                id = "a"
                     ^^^ rule `a` looks at rule `b`
              rules.toml:21:6
                id = "b"
                     ^^^ rule `b` looks at rule `c`
              rules.toml:26:6
                id = "c"
                     ^^^ rule `c` reads fact `hot`
              help: one of these must not look at what the next does
            error E0502: rule `d` looks at itself (rules.toml:30)
              rules.toml:30:6
                id = "d"
                     ^^^ rule `d` looks at rule `d`
              help: leave that out
            error E0501: a circle that cannot be worked out: rule `f` is held back by rule `e` (rules.toml:41), which looks at rule `f` (rules.toml:35)
              rules.toml:41:17
                inhibited_by = ["e"]
                                ^^^ rule `f` is held back by rule `e`
              rules.toml:35:6
                id = "e"
                     ^^^ rule `e` looks at rule `f`
              help: one of these must not be held back by the next
        "#]],
    );
}
