//! Calendars: days, times and offsets.

use expect_test::expect;

use crate::check;

#[test]
fn hours_that_cannot_be() {
    check(
        r#"
[calendar.office]
days = ["mon", "tues", "weekend", 3]
from = "9:00"
to = "17.30"
utc_offset = "2h"

[calendar.never]
days = []

[calendar.none]
from = "08:00"
to = "08:00"

[calendar.late]
from = "24:00"
to = "24:01"
utc_offset = "+19:00"
timezone = "Europe/Berlin"

[calendar.same]
from = "12:60"
to = 17
days = "mon"

[[rule]]
id = "a"
when = 'during("office") && during("never")'
"#,
        expect![[r#"
            error E0109: "tues" is no day of the week
              rules.toml:3:16
                days = ["mon", "tues", "weekend", 3]
                               ^^^^^^
              help: did you mean "tue"?
            error E0109: "weekend" is no day of the week
              rules.toml:3:24
                days = ["mon", "tues", "weekend", 3]
                                       ^^^^^^^^^
              help: the days are mon, tue, wed, thu, fri, sat, sun
            error E0104: `days` takes a list of strings, this is a whole number
              rules.toml:3:35
                days = ["mon", "tues", "weekend", 3]
                                                  ^
              help: as in `days = ["a", "b"]`
            error E0109: `from` cannot be "9:00"
              rules.toml:4:8
                from = "9:00"
                       ^^^^^^
              help: write hours and minutes, from "00:00" to "24:00"
            error E0109: `to` cannot be "17.30"
              rules.toml:5:6
                to = "17.30"
                     ^^^^^^^
              help: write hours and minutes, from "00:00" to "24:00"
            error E0109: `utc_offset` cannot be "2h"
              rules.toml:6:14
                utc_offset = "2h"
                             ^^^^
              help: write how far the clock is ahead of UTC, as in "+02:00" or "-05:30"
            error E0109: `days` names no day
              rules.toml:9:8
                days = []
                       ^^
              help: leave it out for every day
            error E0109: `from` and `to` are the same time
              rules.toml:13:6
                to = "08:00"
                     ^^^^^^^
              help: leave both out for whole days
            error E0109: `to` cannot be "24:01"
              rules.toml:17:6
                to = "24:01"
                     ^^^^^^^
              help: write hours and minutes, from "00:00" to "24:00"
            error E0109: `utc_offset` cannot be "+19:00"
              rules.toml:18:14
                utc_offset = "+19:00"
                             ^^^^^^^^
              help: no clock is more than 18 hours from UTC
            error E0109: `from` cannot be "12:60"
              rules.toml:22:8
                from = "12:60"
                       ^^^^^^^
              help: write hours and minutes, from "00:00" to "24:00"
            error E0104: `to` takes a string, this is a whole number
              rules.toml:23:6
                to = 17
                     ^^
              help: as in `to = "…"`
            error E0104: `days` takes a list of strings, this is a string
              rules.toml:24:8
                days = "mon"
                       ^^^^^
              help: write `days = ["mon"]`
        "#]],
    );
}

#[test]
fn calendars_that_are_not_found_or_not_read() {
    check(
        r#"
[event.log]

[calendar.office]
from = "09:00"

[calendar.night]
from = "22:00"
to = "06:00"

[select.late]
on = "log"
where = 'during("night")'

[[rule]]
id = "a"
when = 'during("offce") || during("weekend") || during() || during(office) || during("night") > 3'
"#,
        expect![[r#"
            error E0303: a selector looks at one event, not at the time
              rules.toml:13:10, in the condition 1:1
                where = 'during("night")'
                         ^^^^^^
              help: ask in the condition of a rule
            error E0201: no calendar `offce` is declared
              rules.toml:17:16, in the condition 1:8
                when = 'during("offce") || during("weekend") || during() || during(office) || during("night") > 3'
                               ^^^^^^^
              help: did you mean "office"?
            error E0201: no calendar `weekend` is declared
              rules.toml:17:35, in the condition 1:27
                when = 'during("offce") || during("weekend") || during() || during(office) || during("night") > 3'
                                                  ^^^^^^^^^
              help: declare [calendar.weekend]
            error E0304: `during` takes other arguments
              rules.toml:17:49, in the condition 1:41
                when = 'during("offce") || during("weekend") || during() || during(office) || during("night") > 3'
                                                                ^^^^^^
              help: write `during("calendar")`
            error E0307: the calendar is written out, in double quotes
              rules.toml:17:68, in the condition 1:60
                'during("offce") || during("weekend") || during() || during(office) || during("night") > 3'
                                                                            ^^^^^^
              help: as in `during("office")`
            error E0305: a bool cannot be compared with an int
              rules.toml:17:79, in the condition 1:71
                fce") || during("weekend") || during() || during(office) || during("night") > 3'
                                                                            ^^^^^^^^^^^^^^^^^^^
              help: both sides must have one type
        "#]],
    );
    check(
        r#"
[calendar.office]
from = "09:00"

[calendar.night]
from = "22:00"
to = "06:00"

[[rule]]
id = "a"
when = 'during("office")'
"#,
        expect![[r#"
            warning E0202: nothing reads the calendar `night`
              rules.toml:5:11
                [calendar.night]
                          ^^^^^
              help: ask for it with `during("night")`, or delete it
        "#]],
    );
}
