//! Functions over time that are called as they cannot be.

use expect_test::expect;

use crate::check;

#[test]
fn every_fault_of_calls_over_time() {
    check(
        r##"
[event.request]
fields = { host = "string", took = "float", note = "string" }

[select.slow]
on = "request"
value = "event.took"
key = { host = "event.host" }

[select.noted]
on = "request"
value = "event.note"

[[rule]]
id = "spans"
when = 'rate("request", "0s") > 1.0 && sum("slow", "5 min") > 1.0 && absent("reqest", "1m")'

[[rule]]
id = "values"
when = 'avg("request", "1m") > 1.0 && quantile("slow", 95, "1m") > 1.0 && quantile("slow", ctx.q, "1m") > 1.0'

[[rule]]
id = "distinct"
when = 'distinct("slow", "1m") > 1 && distinct("slow.hots", "1m") > 1 && distinct("slow.took", "1m") > 1'

[[rule]]
id = "caps"
when = 'distinct("slow.host", "1m") > 20_000 || count("slow", "1m") > 4096 || count("slow", "1m") > 5000.0'

[[rule]]
id = "ages"
when = 'age("slow") == age("request") || last("slow").hots == "x" || age("slow") > dur("1 min")'

[[rule]]
id = "options"
when = 'count("slow", "1m", #{by: ["host"]}) > 1 && count("slow", "1m", #{of: 1}) > 1'

[[rule]]
id = "sequences"
when = 'seq(["!slow", "request"], "1m") || seq([], "1m") || seq(["slow", 3], "1m") || seq(["slow"], "1m", #{reuse: 1})'

[[rule]]
id = "grouping"
key = ["host"]
when = 'seq(["slow", "request"], "1m")'

[[rule]]
id = "pulse"
for = "5s"
when = 'seq(["slow", "request"], "1m")'
"##,
        expect![[r#"
            error E0109: a value is a number, this is a string
              rules.toml:12:9
                value = "event.note"
                        ^^^^^^^^^^^^
              help: use an int or a float
            error E0401: a window of no length never holds an event
              rules.toml:16:25, in the condition 1:17
                when = 'rate("request", "0s") > 1.0 && sum("slow", "5 min") > 1.0 && absent("reqest", "1m")'
                                        ^^^^
              help: give it a length, as in "5m"
            error E0401: "5 min" is no duration
              rules.toml:16:52, in the condition 1:44
                when = 'rate("request", "0s") > 1.0 && sum("slow", "5 min") > 1.0 && absent("reqest", "1m")'
                                                                   ^^^^^^^
              help: did you mean "5m"?
            error E0201: no selector or event `reqest` is declared
              rules.toml:16:77, in the condition 1:69
                quest", "0s") > 1.0 && sum("slow", "5 min") > 1.0 && absent("reqest", "1m")'
                                                                            ^^^^^^^^
              help: did you mean "request"?
            error E0305: the selector has no `value`
              rules.toml:20:13, in the condition 1:5
                when = 'avg("request", "1m") > 1.0 && quantile("slow", 95, "1m") > 1.0 && quantile("slow", ctx.q, "1
                            ^^^^^^^^^
              help: say which field it is: `value = "event.latency_ms"` in its [select.…]
            error E0401: a quantile is from 0 to 1
              rules.toml:20:56, in the condition 1:48
                when = 'avg("request", "1m") > 1.0 && quantile("slow", 95, "1m") > 1.0 && quantile("slow", ctx.q, "1
                                                                       ^^
              help: write 0.95 for 95 %
            error E0307: which quantile is written out
              rules.toml:20:92, in the condition 1:84
                1.0 && quantile("slow", 95, "1m") > 1.0 && quantile("slow", ctx.q, "1m") > 1.0'
                                                                            ^^^^^
              help: as in `quantile("request", 0.95, "5m")`
            error E0304: the field whose values are told apart is missing
              rules.toml:24:18, in the condition 1:10
                when = 'distinct("slow", "1m") > 1 && distinct("slow.hots", "1m") > 1 && distinct("slow.took", "1m")
                                 ^^^^^^
              help: write its name behind a point, as in "slow.service"
            error E0201: the event `request` has no field `hots`
              rules.toml:24:48, in the condition 1:40
                when = 'distinct("slow", "1m") > 1 && distinct("slow.hots", "1m") > 1 && distinct("slow.took", "1m")
                                                               ^^^^^^^^^^^
              help: did you mean `host`?
            error E0305: floats are not told apart: two that look alike may differ
              rules.toml:24:83, in the condition 1:75
                ", "1m") > 1 && distinct("slow.hots", "1m") > 1 && distinct("slow.took", "1m") > 1'
                                                                            ^^^^^^^^^^^
              help: use an int, a string, an enum, a duration or a bool
            error E0401: a number of different values goes up to 16384, this asks about 20001
              rules.toml:28:39, in the condition 1:31
                when = 'distinct("slow.host", "1m") > 20_000 || count("slow", "1m") > 4096 || count("slow", "1m") >
                                                      ^^^^^^
              help: use a shorter window and a smaller number
            error E0401: a count goes up to 4096, this asks about 4097
              rules.toml:28:71, in the condition 1:63
                stinct("slow.host", "1m") > 20_000 || count("slow", "1m") > 4096 || count("slow", "1m") > 5000.0'
                                                                            ^^^^
              help: use a shorter window and a smaller number
            error E0401: a count goes up to 4096
              rules.toml:28:101, in the condition 1:93
                _000 || count("slow", "1m") > 4096 || count("slow", "1m") > 5000.0'
                                                                            ^^^^^^
              help: use a shorter window and a smaller number
            error E0307: an age is compared with a duration that is written out
              rules.toml:32:9, in the condition 1:1
                when = 'age("slow") == age("request") || last("slow").hots == "x" || age("slow") > dur("1 min")'
                        ^^^
              help: as in `age("heartbeat") > dur("5m")`
            error E0307: an age is compared with a duration that is written out
              rules.toml:32:24, in the condition 1:16
                when = 'age("slow") == age("request") || last("slow").hots == "x" || age("slow") > dur("1 min")'
                                       ^^^
              help: as in `age("heartbeat") > dur("5m")`
            error E0201: the event `request` has no field `hots`
              rules.toml:32:55, in the condition 1:47
                when = 'age("slow") == age("request") || last("slow").hots == "x" || age("slow") > dur("1 min")'
                                                                      ^^^^
              help: did you mean `host`?
            error E0401: "1 min" is no duration
              rules.toml:32:88, in the condition 1:80
                "request") || last("slow").hots == "x" || age("slow") > dur("1 min")'
                                                                            ^^^^^^^
              help: did you mean "1m"?
            error E0304: `by` takes `[]`: all events together
              rules.toml:36:35, in the condition 1:27
                when = 'count("slow", "1m", #{by: ["host"]}) > 1 && count("slow", "1m", #{of: 1}) > 1'
                                                  ^^^^^^^
              help: leave it out to group by the rule's key
            error E0304: there is no option `of` here
              rules.toml:36:75, in the condition 1:67
                "slow", "1m", #{by: ["host"]}) > 1 && count("slow", "1m", #{of: 1}) > 1'
                                                                            ^^
              help: the option is `by`, as in `#{by: []}`
            error E0304: a sequence begins with an event that comes
              rules.toml:40:14, in the condition 1:6
                when = 'seq(["!slow", "request"], "1m") || seq([], "1m") || seq(["slow", 3], "1m") || seq(["slow"],
                             ^^^^^^^
              help: put an event before this one: it must not come between two
            error E0304: `seq` takes other arguments
              rules.toml:40:44, in the condition 1:36
                when = 'seq(["!slow", "request"], "1m") || seq([], "1m") || seq(["slow", 3], "1m") || seq(["slow"],
                                                           ^^^
              help: write `seq(["first", "!not", "then"], "5m")`
            error E0307: the terms of a sequence are written out, in double quotes
              rules.toml:40:74, in the condition 1:66
                "!slow", "request"], "1m") || seq([], "1m") || seq(["slow", 3], "1m") || seq(["slow"], "1m", #{reuse
                                                                            ^
              help: as in `seq(["first", "!not", "then"], "5m")`
            error E0304: `reuse` is no option of a sequence like this
              rules.toml:40:109, in the condition 1:101
                ], "1m") || seq(["slow", 3], "1m") || seq(["slow"], "1m", #{reuse: 1})'
                                                                            ^^^^^
              help: write `"until": "selector"`, `reuse: true` or `by: []`
            error E0304: the events of the sequence are grouped by different dimensions of the rule
              rules.toml:45:9, in the condition 1:1
                when = 'seq(["slow", "request"], "1m")'
                        ^^^
              help: give their selectors the same dimensions, or add `#{by: []}`
            error E0401: `for` waits for what lasts, and `seq`, `rising`, `falling` and `changed` are true in one instant only
              rules.toml:49:7
                for = "5s"
                      ^^^^
              help: leave `for` out; to wait, end a sequence with what must not come (`"!b"`), or ask for `held("signal", "5m")` instead of `rising`
        "#]],
    );
}
