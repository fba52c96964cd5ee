//! Conditions that authors write: wrong types, other languages, what conditions do not have.

use expect_test::expect;

use crate::conditions;

#[test]
fn comparisons_of_different_types() {
    conditions(
        &[
            "ctx.name == 3",
            r#"ctx.size == "3""#,
            "ctx.flag > true",
            "ctx.flag == 1",
            "ctx.took > 5",
            r#"ctx.took > "5m""#,
            r#"ctx.phase < "testing""#,
            r#"ctx.phase == "codign" || ctx.phase in ["testing", "shipping"]"#,
            r#"ctx.tags == "a""#,
            r#"ctx.tags in "a""#,
            "3 in ctx.tags",
            "ctx.cpu in 0..5",
            r#"ctx.size in [1, "two", true]"#,
            "ctx.size in [1, ctx.size]",
        ],
        expect![[r#"
            ctx.name == 3
            ^^^^^^^^^^^^^
              E0305: a string cannot be compared with an int
              help: put a string in double quotes
            ctx.size == "3"
            ^^^^^^^^^^^^^^^
              E0305: an int cannot be compared with a string
              help: leave out the quotes around a number
            ctx.flag > true
            ^^^^^^^^^^^^^^^
              E0305: `>` needs an order, and a bool has none
              help: use `==`, `!=` or `in`
            ctx.flag == 1
            ^^^^^^^^^^^^^
              E0305: a bool cannot be compared with an int
              help: both sides must have one type
            ctx.took > 5
            ^^^^^^^^^^^^
              E0305: a duration cannot be compared with an int
              help: write a duration as `dur("5m")`
            ctx.took > "5m"
            ^^^^^^^^^^^^^^^
              E0305: a duration cannot be compared with a string
              help: write a duration as `dur("5m")`
            ctx.phase < "testing"
            ^^^^^^^^^^^^^^^^^^^^^
              E0305: `<` needs an order, and an enum has none
              help: use `==`, `!=` or `in`
            ctx.phase == "codign" || ctx.phase in ["testing", "shipping"]
                         ^^^^^^^^
              E0201: "codign" is not one of the declared values
              help: did you mean "coding"?
                                                              ^^^^^^^^^^
              E0201: "shipping" is not one of the declared values
              help: the values are coding, testing
            ctx.tags == "a"
            ^^^^^^^^^^^^^^^
              E0305: a list of strings cannot be compared with a string
              help: both sides must have one type
            ctx.tags in "a"
            ^^^^^^^^^^^^^^^
              E0305: `in` cannot look for a list of strings in a string
              help: `in` looks for an item in a list, a part in a string, an int in a range
            3 in ctx.tags
            ^^^^^^^^^^^^^
              E0305: `in` cannot look for an int in a list of strings
              help: `in` looks for an item in a list, a part in a string, an int in a range
            ctx.cpu in 0..5
            ^^^^^^^
              E0305: a range is over ints, this is a float
              help: write `a <= x && x < b`
            ctx.size in [1, "two", true]
                            ^^^^^
              E0305: a list holds values of one type, this is a string
            ctx.size in [1, ctx.size]
                            ^^^^^^^^
              E0305: the items of a list are written out
              help: compare with `==` and join with `||`
        "#]],
    );
}

#[test]
fn arithmetic_of_what_is_no_number() {
    conditions(
        &[
            "ctx.flag + 1 > 2",
            r#"ctx.name + "x" == "yx""#,
            "ctx.size / 2 > 1",
            r#"-ctx.name == "x""#,
            r#"ctx.took * 2 > dur("5m")"#,
            "ctx.size ** 2 > 4",
        ],
        expect![[r#"
            ctx.flag + 1 > 2
            ^^^^^^^^
              E0305: `+` takes numbers, this is a bool
            ctx.name + "x" == "yx"
            ^^^^^^^^
              E0305: `+` takes numbers, this is a string
            ctx.size / 2 > 1
            ^^^^^^^^^^^^
              E0306: a division of two ints drops the fraction
              help: write `to_float(a) / b`
            -ctx.name == "x"
             ^^^^^^^^
              E0305: `-` takes a number, this is a string
            ctx.took * 2 > dur("5m")
            ^^^^^^^^
              E0305: `*` takes numbers, this is a duration
              help: compare durations as they are: `ctx.took > dur("5m")`
            ctx.size ** 2 > 4
                     ^^
              E0302: conditions have no operator `**`
        "#]],
    );
}

#[test]
fn what_is_not_true_or_false() {
    conditions(
        &[
            "ctx.size",
            r#"count("log", "5m")"#,
            "ctx.flag && ctx.size",
            "!ctx.size == 3",
            r#""true""#,
            "1 < 2",
        ],
        expect![[r#"
            ctx.size
            ^^^^^^^^
              E0308: a condition is true or false, this is an int
              help: compare it with something, as in `… > 0`
            count("log", "5m")
            ^^^^^^^^^^^^^^^^^
              E0308: a condition is true or false, this is an int
              help: compare it with something, as in `… > 0`
            ctx.flag && ctx.size
                        ^^^^^^^^
              E0305: `&&` takes true or false, this is an int
              help: compare it with something
            !ctx.size == 3
             ^^^^^^^^
              E0305: `!` takes true or false, this is an int
              help: put brackets around what it denies: `!(a == b)`
            "true"
            ^^^^^^
              E0308: a condition is true or false, this is a string
              help: compare it with something, as in `… > 0`
            1 < 2
            ^^^^^
              E0309: the condition reads nothing and is always true
              help: read a fact, as in `ctx.name`, or count events
        "#]],
    );
}

#[test]
fn unknown_values_have_their_words() {
    conditions(
        &[
            "ctx.cpu == ()",
            "ctx.cpu == null",
            r#"(ctx.cpu ?? "none") == 3.0"#,
            "ctx.cpu + 1.0 ?? 2.0 > 3.0",
            "((ctx.cpu + 1.0) ?? (2.0 + 1.0)) > 3.0",
            "max((ctx.cpu) + (1.0) ?? 2.0, 1.0) > 3.0",
            "ctx.cpu ?? 0.0 > 3.0",
            "3.0 < (ctx.cpu ?? 0.0) && (ctx.flag ?? false)",
            r#"has("cpu")"#,
            "has(ctx.cpu > 1.0)",
            "has(ctx.cpu, ctx.size)",
        ],
        expect![[r#"
            ctx.cpu == ()
                       ^
              E0302: conditions have no `()`
              help: write `!has(x)` for *x is unknown*
            ctx.cpu == null
                       ^^^^
              E0301: there is no `null` here
              help: write `!has(x)` for *x is unknown*
            (ctx.cpu ?? "none") == 3.0
             ^^^^^^^^^^^^^^^^^
              E0305: the two sides of `??` have different types
              help: make it a float too
            ctx.cpu + 1.0 ?? 2.0 > 3.0
            ^^^^^^^^^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a + b ?? 0` means `(a + b) ?? 0`: write the brackets that you mean
            ((ctx.cpu + 1.0) ?? (2.0 + 1.0)) > 3.0
              fine
            max((ctx.cpu) + (1.0) ?? 2.0, 1.0) > 3.0
                 ^^^^^^^^^^^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a + b ?? 0` means `(a + b) ?? 0`: write the brackets that you mean
            ctx.cpu ?? 0.0 > 3.0
            ^^^^^^^^^^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a ?? 0 > b` means `(a ?? 0) > b`: write the brackets that you mean
            3.0 < (ctx.cpu ?? 0.0) && (ctx.flag ?? false)
              fine
            has("cpu")
                ^^^^^
              E0304: `has` asks about a fact or a field
              help: write `has(ctx.cpu)`
            has(ctx.cpu > 1.0)
                ^^^^^^^^^^^^^
              E0304: `has` asks about a fact or a field
              help: write `has(ctx.fact)`
            has(ctx.cpu, ctx.size)
            ^^^
              E0304: `has` takes other arguments
              help: write `has(ctx.fact)`
        "#]],
    );
}

#[test]
fn words_of_other_languages() {
    conditions(
        &[
            "ctx.flag and ctx.cpu > 0.5",
            "ctx.flag or ctx.cpu > 0.5",
            "not ctx.flag",
            "ctx.flag AND ctx.flag",
            "ctx.size = 3",
            "ctx.size is 3",
            "ctx.size <> 3",
            "ctx.size === 3",
            "ctx.name == 'x' && ctx.flag",
            "ctx.name == 'abc' && ctx.flag",
            "ctx.name == `abc`",
            "1 < ctx.size < 3",
            "ctx.flag & ctx.flag",
            "ctx.flag | ctx.flag",
            "ctx.flag & ctx.size == 3",
            "ctx.size == 3 | ctx.flag",
            "ctx.size == 3 & ctx.cpu > 0.5",
            "ctx.size & 4 == 4",
            "(ctx.size & 4) != 0",
            "ctx.size & 4 > 0 && ctx.flag",
            "ctx.flag ^ ctx.flag",
            "ctx.size ?? 0 + 1 > 3",
            "ctx.size + ctx.size ?? 0 > 3",
            "ctx.cpu ?? 0.0 > 0.5",
            "ctx.flag ?? false == true",
            "ctx.flag ? true : false",
            "ctx.flag == True",
            "ctx.cpu == None",
            r#"ctx.name ~= "x""#,
            r#"ctx.name not in ["x"]"#,
            r#"ctx.name !in ["x"]"#,
            r#"ctx.name like "x%""#,
            "ctx.took > 5m",
            "ctx.cpu > 90%",
        ],
        expect![[r#"
            ctx.flag and ctx.cpu > 0.5
                     ^^^
              E0301: `and` cannot stand here
              help: write `&&` for *and*
            ctx.flag or ctx.cpu > 0.5
                     ^^
              E0301: `or` cannot stand here
              help: write `||` for *or*
            not ctx.flag
                ^^^
              E0301: `ctx` cannot stand here
              help: write `!` for *not*
            ctx.flag AND ctx.flag
                     ^^^
              E0301: `AND` cannot stand here
              help: write `&&` for *and*
            ctx.size = 3
                     ^
              E0301: `=` cannot stand here
              help: write `==` to compare
            ctx.size is 3
                     ^^
              E0301: `is` cannot stand here
              help: write `==` to compare
            ctx.size <> 3
                      ^
              E0301: `>` cannot stand here
              help: write `!=` for *is not*
            ctx.size === 3
                     ^^^
              E0301: `===` cannot stand here
              help: write `==` to compare
            ctx.name == 'x' && ctx.flag
                        ^^^
              E0302: single quotes stand around one character, not a string
              help: write strings in double quotes, and the condition in single ones: 'ctx.name == "a"'
            ctx.name == 'abc' && ctx.flag
                        ^^^^^
              E0301: single quotes stand around one character, not a string
              help: write strings in double quotes, and the condition in single ones: 'ctx.name == "a"'
            ctx.name == `abc`
              fine
            1 < ctx.size < 3
            ^^^^^^^^^^^^^^^^
              E0305: comparisons do not chain
              help: write `a < x && x < b`
            ctx.flag & ctx.flag
                     ^
              E0302: conditions have no `&`
              help: write `&&` for *and*
            ctx.flag | ctx.flag
                     ^
              E0302: conditions have no `|`
              help: write `||` for *or*
            ctx.flag & ctx.size == 3
                     ^
              E0302: conditions have no `&`
              help: write `&&` for *and*; comparisons bind tighter: put brackets around what belongs together
            ctx.size == 3 | ctx.flag
                          ^
              E0302: conditions have no `|`
              help: write `||` for *or*; comparisons bind tighter: put brackets around what belongs together
            ctx.size == 3 & ctx.cpu > 0.5
                          ^
              E0302: conditions have no `&`
              help: write `&&` for *and*
            ctx.size & 4 == 4
                     ^
              E0302: conditions have no `&`
              help: conditions look at no bits: declare a fact of type bool for each
            (ctx.size & 4) != 0
                      ^
              E0302: conditions have no `&`
              help: conditions look at no bits: declare a fact of type bool for each
            ctx.size & 4 > 0 && ctx.flag
                     ^
              E0302: conditions have no `&`
              help: conditions look at no bits: declare a fact of type bool for each
            ctx.flag ^ ctx.flag
                     ^
              E0302: conditions have no operator `^`
            ctx.size ?? 0 + 1 > 3
                        ^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a + b ?? 0` means `(a + b) ?? 0`: write the brackets that you mean
            ctx.size + ctx.size ?? 0 > 3
            ^^^^^^^^^^^^^^^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a + b ?? 0` means `(a + b) ?? 0`: write the brackets that you mean
            ctx.cpu ?? 0.0 > 0.5
            ^^^^^^^^^^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a ?? 0 > b` means `(a ?? 0) > b`: write the brackets that you mean
            ctx.flag ?? false == true
            ^^^^^^^^^^^^^^^^^
              E0302: beside `??` brackets must show what belongs together
              help: `a ?? 0 > b` means `(a ?? 0) > b`: write the brackets that you mean
            ctx.flag ? true : false
                     ^
              E0301: `?` cannot stand here
              help: write `if a { b } else { c }`
            ctx.flag == True
                        ^^^^
              E0201: nothing is called `True`
              help: write `true`
            ctx.cpu == None
                       ^^^^
              E0201: nothing is called `None`
              help: write `!has(x)` for *x is unknown*
            ctx.name ~= "x"
                     ^
              E0301: `~` cannot stand here
              help: look into strings with `contains`, `starts_with` and `ends_with`
            ctx.name not in ["x"]
                     ^^^
              E0301: `not` cannot stand here
              help: write `!in` for *not in*
            ctx.name !in ["x"]
              fine
            ctx.name like "x%"
                     ^^^^
              E0301: `like` cannot stand here
              help: look into strings with `contains`, `starts_with` and `ends_with`
            ctx.took > 5m
                        ^
              E0301: `m` cannot stand here
              help: write a duration as `dur("5m")`
            ctx.cpu > 90%
                         ^
              E0301: the condition ends too early
              help: a number has no `%`: leave it out
        "#]],
    );
}

#[test]
fn conditions_that_end_too_early_or_too_late() {
    conditions(
        &[
            "",
            "ctx.cpu >",
            "(ctx.cpu > 0.5",
            "ctx.cpu > 0.5)",
            r#"ctx.name == "x"#,
            "ctx.cpu > 0.5;",
            "ctx.cpu > 0.5; ctx.flag",
            "ctx.flag ctx.flag",
            "ctx. > 3",
        ],
        expect![[r#"

            ^
              E0301: the condition ends too early
            ctx.cpu >
                     ^
              E0301: the condition ends too early
            (ctx.cpu > 0.5
                          ^
              E0301: `)` is missing here
            ctx.cpu > 0.5)
                         ^
              E0301: `)` cannot stand here
            ctx.name == "x
                        ^^
              E0301: the string has no closing quote
              help: close it on the same line
            ctx.cpu > 0.5;
                         ^
              E0301: a condition is one expression, without `;`
            ctx.cpu > 0.5; ctx.flag
                         ^
              E0301: a condition is one expression, without `;`
            ctx.flag ctx.flag
                     ^^^
              E0301: `ctx` cannot stand here
              help: join two conditions by `&&` or `||`
            ctx. > 3
                 ^
              E0301: `>` cannot stand here
        "#]],
    );
}

#[test]
fn constructs_that_conditions_do_not_have() {
    conditions(
        &[
            "let x = 3; x > 2",
            "ctx.size = 3; true",
            r#"`${ctx.size}` == "3""#,
            "#{a: 1}.a == 1",
            "|x| x > 3",
            r#"eval("true")"#,
            "while true { }",
            r#"ctx.name[0] == "a""#,
            r#"ctx["cpu"] > 1.0"#,
            "ctx?.cpu > 1.0",
            "(1 + 2).len > 3",
            "math::sqrt(4.0) > 1.0",
            "1..3 == 1..3",
            "ctx.size < 99999999999999999999",
            "ctx.cpu < 1e999",
            r#"ctx.name == "\q""#,
        ],
        expect![[r#"
            let x = 3; x > 2
            ^^^
              E0301: a condition is one expression, without `let`
            ctx.size = 3; true
                     ^
              E0301: `=` cannot stand here
              help: write `==` to compare
            `${ctx.size}` == "3"
            ^^^^^^^^^^^^^
              E0302: conditions have no interpolated strings
              help: see the reference of conditions
            #{a: 1}.a == 1
                    ^
              E0302: only `ctx` and `event` have named parts
            |x| x > 3
            ^
              E0301: `|` cannot stand here
            eval("true")
            ^^^^
              E0301: conditions have no `eval`
            while true { }
            ^^^^^
              E0301: a condition is one expression, without `while`
            ctx.name[0] == "a"
                    ^
              E0302: conditions have no `[…]` access
            ctx["cpu"] > 1.0
               ^
              E0302: conditions have no `[…]` access
              help: a fact is written `ctx.name`; lists are looked into by `in`
            ctx?.cpu > 1.0
               ^
              E0302: conditions have no `?.`
              help: an unknown value needs no special point: write `.`
            (1 + 2).len > 3
                    ^^^
              E0302: only `ctx` and `event` have named parts
            math::sqrt(4.0) > 1.0
                  ^^^^
              E0302: conditions have no modules
            1..3 == 1..3
            ^^^^
              E0302: a range stands only after `in`
              help: write `x in 1..5`
                    ^^^^
              E0302: a range stands only after `in`
              help: write `x in 1..5`
            ctx.size < 99999999999999999999
                       ^^^^^^^^^^^^^^^^^^^^
              E0302: the whole number is beyond 64 bits
            ctx.cpu < 1e999
                      ^^^^^
              E0302: the number is beyond all floats
            ctx.name == "\q"
                          ^
              E0301: `\q` means no character
              help: strings know \\, \", \n, \r, \t, \x41 and \u00e4
        "#]],
    );
}

#[test]
fn windows_that_cannot_be_kept() {
    conditions(
        &[
            r#"count(ctx.name, "5m") > 3"#,
            r#"count("log", ctx.took) > 3"#,
            r#"count("log", 5) > 3"#,
            r#"count("log", "0s") > 3"#,
            r#"count("log", "5 minutes") > 3"#,
            r#"count("log", "30m1h") > 3"#,
            r#"count("log", "5m") > 4096"#,
            r#"count("log", "5m") >= 5000"#,
            r#"count("log", "5m") >= 4096"#,
            r#"count("log", "5m") > 5000.5"#,
            r#"count("log", "5m") in 1..=5000"#,
            r#"count("log", "5m") in [1, 5000]"#,
        ],
        expect![[r#"
            count(ctx.name, "5m") > 3
                  ^^^^^^^^
              E0307: the selector is written out, in double quotes
              help: as in `count("error", "5m")`
            count("log", ctx.took) > 3
                         ^^^^^^^^
              E0307: the duration is written out, in double quotes
              help: as in "5m" or "1h30m"
            count("log", 5) > 3
                         ^
              E0307: the duration is written out, in double quotes
              help: as in "5m" or "1h30m"
            count("log", "0s") > 3
                         ^^^^
              E0401: a window of no length never holds an event
              help: give it a length, as in "5m"
            count("log", "5 minutes") > 3
                         ^^^^^^^^^^^
              E0401: "5 minutes" is no duration
              help: did you mean "5m"?
            count("log", "30m1h") > 3
                         ^^^^^^^
              E0401: "30m1h" is no duration
              help: the units of a duration go from large to small, each at most once: "1h30m"
            count("log", "5m") > 4096
                                 ^^^^
              E0401: a count goes up to 4096, this asks about 4097
              help: use a shorter window and a smaller number
            count("log", "5m") >= 5000
                                  ^^^^
              E0401: a count goes up to 4096, this asks about 5000
              help: use a shorter window and a smaller number
            count("log", "5m") >= 4096
              fine
            count("log", "5m") > 5000.5
                                 ^^^^^^
              E0401: a count goes up to 4096
              help: use a shorter window and a smaller number
            count("log", "5m") in 1..=5000
                                      ^^^^
              E0401: a count goes up to 4096
              help: use a shorter window and a smaller number
            count("log", "5m") in [1, 5000]
                                      ^^^^
              E0401: a count goes up to 4096
              help: use a shorter window and a smaller number
        "#]],
    );
}

#[test]
fn functions_that_take_other_arguments() {
    conditions(
        &[
            r#"count("log") > 3"#,
            "count() > 3",
            r#"count("log", "5m", "x") > 3"#,
            "abs(ctx.name) > 3 && min(1) > 0 && ctx.name.contains(3)",
            "dur(5) == ctx.took",
            "length(ctx.name) > 3",
            r#"startswith(ctx.name, "x")"#,
            r#"distinct("log", "5m") > 1"#,
        ],
        expect![[r#"
            count("log") > 3
            ^^^^^
              E0304: `count` takes other arguments
              help: write `count("selector", "5m")`
            count() > 3
            ^^^^^
              E0304: `count` takes other arguments
              help: write `count("selector", "5m")`
            count("log", "5m", "x") > 3
            ^^^^^
              E0304: `count` takes other arguments
              help: write `count("selector", "5m")`
            abs(ctx.name) > 3 && min(1) > 0 && ctx.name.contains(3)
            ^^^^^^^^^^^^
              E0304: `abs` does not take (a string)
              help: write `abs(number)`
                                 ^^^^^
              E0304: `min` does not take (an int)
              help: write `min(number, number)`
                                               ^^^^^^^^^^^^^^^^^^^
              E0304: `contains` does not take (a string, an int)
              help: write `text.contains("part")`
            dur(5) == ctx.took
                ^
              E0307: the duration is written out, in double quotes
              help: as in "5m" or "1h30m"
            length(ctx.name) > 3
            ^^^^^^
              E0303: conditions have no function `length`
              help: the functions are abs, absent, age, avg, changed, contains, count, distinct, dur, during, ends_with, falling, forecast, has, held, last, len, max, min, quantile, rate, ratio, rising, seq, slope, starts_with, sum, to_float
            startswith(ctx.name, "x")
            ^^^^^^^^^^
              E0303: conditions have no function `startswith`
              help: did you mean `starts_with`?
            distinct("log", "5m") > 1
                     ^^^^^
              E0304: the field whose values are told apart is missing
              help: write its name behind a point, as in "log.service"
        "#]],
    );
}

#[test]
fn choices() {
    conditions(
        &[
            "if ctx.flag { ctx.cpu } else { 1.0 } > 0.5",
            "if ctx.flag { true }",
            "if ctx.size { true } else { false }",
            "(if ctx.flag { ctx.size } else { 1.0 }) > 0",
            r#"(if ctx.flag { ctx.phase } else { "none" }) == 1"#,
            "if ctx.flag { let x = 1; x > 0 } else { false }",
            "ctx.flag ? ctx.size > 1 : false",
            r#"switch ctx.phase { "coding" => ctx.flag, "testing" => false, _ => true }"#,
            r#"switch ctx.phase { "codign" => true, 3 => false, _ => true }"#,
            r#"switch ctx.size { 1 | "two" => true, _ => false }"#,
            "switch ctx.size { 1.5 => true, _ => false }",
            r#"switch ctx.size { 1 => true, _ => "no" }"#,
            "switch ctx.size { 1 => true, 2 => false }",
            "switch ctx.size { 1 if ctx.flag => true, _ => false }",
            "switch ctx.size { 1..5 => true, 7 => false, _ => false }",
            "switch ctx.size { ctx.flag => true, _ => false }",
            "switch ctx.size { _ => true, 1 => false }",
            "switch ctx.cpu { 1.0 => true, _ => false }",
            "switch ctx.took { 1 => true, _ => false }",
        ],
        expect![[r#"
            if ctx.flag { ctx.cpu } else { 1.0 } > 0.5
              fine
            if ctx.flag { true }
            ^^
              E0302: an `if` without `else` may have no value
              help: add the other branch: `if a { b } else { c }`
            if ctx.size { true } else { false }
               ^^^^^^^^
              E0305: `if` takes true or false, this is an int
              help: compare it with something
            (if ctx.flag { ctx.size } else { 1.0 }) > 0
                                             ^^^
              E0305: the branches have different types: an int and a float
              help: write the int as `1.0`, or `to_float(…)` around it
            (if ctx.flag { ctx.phase } else { "none" }) == 1
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              E0305: a string cannot be compared with an int
              help: put a string in double quotes
            if ctx.flag { let x = 1; x > 0 } else { false }
                          ^^^
              E0301: a condition is one expression, without `let`
            ctx.flag ? ctx.size > 1 : false
                     ^
              E0301: `?` cannot stand here
              help: write `if a { b } else { c }`
            switch ctx.phase { "coding" => ctx.flag, "testing" => false, _ => true }
              fine
            switch ctx.phase { "codign" => true, 3 => false, _ => true }
                               ^^^^^^^^
              E0201: "codign" is not one of the declared values
              help: did you mean "coding"?
                                                 ^
              E0305: the arm stands for an int, the `switch` is over an enum
              help: give the arm a value of that type; all other values are `_`
            switch ctx.size { 1 | "two" => true, _ => false }
                                  ^^^^^
              E0305: the arm stands for a string, the `switch` is over an int
              help: give the arm a value of that type; all other values are `_`
            switch ctx.size { 1.5 => true, _ => false }
                              ^^^
              E0305: the arm stands for a float, the `switch` is over an int
              help: give the arm a value of that type; all other values are `_`
            switch ctx.size { 1 => true, _ => "no" }
                                              ^^^^
              E0305: the branches have different types: a bool and a string
              help: make it a bool too
            switch ctx.size { 1 => true, 2 => false }
            ^^^^^^
              E0302: a `switch` without `_` may have no value
              help: add a last arm for all other values: `_ => …`
            switch ctx.size { 1 if ctx.flag => true, _ => false }
                                   ^^^
              E0302: arms have no conditions here
              help: write `if` … `else if` … `else`
            switch ctx.size { 1..5 => true, 7 => false, _ => false }
                                            ^
              E0301: in a `switch` values stand before ranges
              help: put this arm before the first range
            switch ctx.size { ctx.flag => true, _ => false }
                              ^^^
              E0301: an arm of a `switch` stands for values that are written out
              help: as in `"a" | "b" => …` or `1..5 => …`
            switch ctx.size { _ => true, 1 => false }
                              ^
              E0301: `_` is the last arm of a `switch`
              help: put it behind all other arms
            switch ctx.cpu { 1.0 => true, _ => false }
                   ^^^^^^^
              E0305: `switch` cannot tell values apart of a float
              help: write `if` … `else if` … `else`
            switch ctx.took { 1 => true, _ => false }
                   ^^^^^^^^
              E0305: `switch` cannot tell values apart of a duration
              help: write `if` … `else if` … `else`
        "#]],
    );
}
