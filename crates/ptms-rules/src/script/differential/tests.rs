//! Generated conditions and contexts, and the known traps.

use proptest::prelude::*;
use ptms_core::Value;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn programs_agree_with_the_reference_and_with_plain_rhai(
        bytes in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        let (_, disagreement) = run(&bytes);
        prop_assert!(disagreement.is_none(), "{}", disagreement.unwrap_or_default());
    }
}

/// The same at length: `cargo test --release -p ptms-rules --lib -- --ignored a_million`.
#[test]
#[ignore = "takes a minute when optimised"]
fn a_million_pairs_agree() {
    let (mut state, mut pairs) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    while pairs < 1_000_000 {
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            // xorshift64, George Marsaglia
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[4]
        })
        .take(2_048)
        .collect();
        let (more, disagreement) = run(&bytes);
        assert_eq!(disagreement, None);
        pairs += more;
    }
}

/// A condition over known facts: what plain Rhai says (`None` for a fault) and what we say.
#[track_caller]
fn check(condition: &str, rhai: Option<bool>, here: &str) {
    let facts: [(&str, Value); 8] = [
        ("i", i64::MAX.into()),
        ("j", ((1_i64 << 53) + 1).into()),
        ("f", 9_007_199_254_740_992.0.into()),
        ("g", (-0.0).into()),
        ("s", "a".into()),
        ("zero", 0.into()),
        ("yes", true.into()),
        ("ints", Value::list([1.into(), 2.into()])),
    ];
    assert_eq!(plain(condition, &facts), rhai, "plain Rhai: {condition}");
    let (found, expected) = Condition::load(condition).unwrap().truths(&facts);
    assert_eq!(found, expected, "the reference: {condition}");
    let found = match found {
        Truth::Fault(fault) => format!("{:?} at {}", fault.kind, fault.at),
        truth => format!("{truth:?}"),
    };
    assert_eq!(found, here, "{condition}");
}

#[test]
fn known_traps() {
    // Ints and floats are compared as floats: above 2^53 neighbours look equal.
    check("ctx.j == ctx.f", Some(true), "True");
    check("ctx.j > ctx.f", Some(false), "False");
    check("9007199254740993 == 9007199254740992.0", Some(true), "True");
    check("9007199254740993 == 9007199254740992", Some(false), "False");
    // The two zeros are one number.
    check("ctx.g == 0.0", Some(true), "True");
    check("ctx.g < 0.0", Some(false), "False");
    check("0 == -0.0", Some(true), "True");
    // Whole numbers do not wrap.
    check("ctx.i + 1 > 0", None, "Overflow at 0");
    check("-(-ctx.i - 1) > 0", None, "Overflow at 0");
    check("abs(-ctx.i - 1) > 0", None, "Overflow at 0");
    check("(-ctx.i - 1) % -1 == 0", None, "Overflow at 1");
    check("ctx.i * ctx.i > 0 || ctx.yes", None, "True");
    check("ctx.yes || ctx.i * ctx.i > 0", Some(true), "True");
    check("!ctx.yes && ctx.i % ctx.zero == 0", Some(false), "False");
    check("ctx.i % ctx.zero == 0 && !ctx.yes", None, "False");
    check("ctx.i % ctx.zero == 0 || ctx.i + 1 > 0", None, "RemainderByZero at 0");
    // Floats that are not finite are faults here and values in Rhai.
    check("1.0 / 0.0 > 5.0", Some(false), "NotFinite at 0");
    check("ctx.f % 0.0 == 1.0", Some(false), "NotFinite at 0");
    check("1e300 * 1e300 > 5.0", Some(false), "NotFinite at 0");
    check("to_float(ctx.zero) / ctx.zero == 1.0", Some(false), "NotFinite at 0");
    // Floats that differ by a rounding are equal, and near zero those that differ by as much as one.
    check("0.1 + 0.2 == 0.3", Some(true), "True");
    check("0.1 + 0.2 > 0.3", Some(false), "False");
    check("1.0 + 2.220446049250313e-16 >= 1.0", Some(true), "True");
    check("1e-17 > 0.0", Some(false), "False");
    check("1e-16 == 2e-16", Some(false), "False");
    check("0.1 + 0.2 in [0.3]", Some(true), "True");
    // Ranges, lists, texts.
    check("2 in 0..2", Some(false), "False");
    check("2 in 0..=2", Some(true), "True");
    check("1 in 3..0", Some(false), "False");
    check("1 in [1.0, 2.0]", Some(true), "True");
    check("1.0 in ctx.ints", Some(true), "True");
    check("2 !in ctx.ints", Some(false), "False");
    check("ctx.ints == [1, 2]", Some(true), "True");
    check("\"\" in ctx.s", Some(true), "True");
    check("\"Z\" < ctx.s", Some(true), "True");
    check("len(\"äö\") == 2", Some(true), "True");
    check("min(1, 0.5) == 0.5", Some(true), "True");
    // Of a choice only what is chosen is evaluated; the first arm that fits is.
    check("(if ctx.yes { 1 } else { 1 % ctx.zero }) == 1", Some(true), "True");
    check("if ctx.i + 1 > 0 { true } else { false }", None, "Overflow at 3");
    check("switch ctx.zero { 0 | 1 => true, 0 => false, _ => false }", Some(true), "True");
    check("switch ctx.zero { 1 => false, 0..1 => true, _ => false }", Some(true), "True");
    check("switch ctx.zero { 0..0 => true, -1..=-1 => true, _ => false }", Some(false), "False");
    check(
        "switch ctx.s { \"A\" | \"{a\" => false, /* => */ \"a\" => true, _ => 1 > 2 }",
        Some(true),
        "True",
    );
    check("switch ctx.i % ctx.zero { 0 => true, _ => false }", None, "RemainderByZero at 7");
    check("(switch ctx.yes { true => 2.5, _ => 0.5 }) > 1", Some(true), "True");
    // `-` binds before `*`, comparison before `&&`, `&&` before `||`.
    check("-1 * 2 == -2 && 1 + 2 * 3 == 7 || false", Some(true), "True");
}

/// What plain Rhai makes of conditions that do not load here, because hardly anybody means that.
#[test]
fn traps_that_do_not_load() {
    let facts: [(&str, Value); 4] =
        [("s", "a".into()), ("i", 1.into()), ("f", 1.5.into()), ("b", true.into())];
    let mut table = String::new();
    for condition in [
        "ctx.s == 1",
        "ctx.i == \"1\"",
        "ctx.i == true",
        "\"a\" == 'a'",
        "ctx.s == ()",
        "ctx.i > ()",
        "() == ()",
        "ctx.f in 0..5",
        "1 in [\"a\", 1, true]",
        "ctx.s in [1, 2]",
        "1 < ctx.i < 3",
        "ctx.b || 5",
        "!ctx.b || 5",
        "!ctx.i",
        "!ctx.s == \"a\"",
        "ctx.i + ctx.i ?? 0 > 1",
        "ctx.i ?? 0 == 1",
        "ctx.i & 1 == 1",
        "ctx.i / 2 == 0",
        "(ctx.i ?? 2.5) / 2 == 0",
        "ctx.i = 1",
        "if ctx.i { true } else { false }",
        "if ctx.b { true }",
        "switch ctx.i { 1.0 => true, _ => false }",
        "switch ctx.f { 1 => true, _ => false }",
        "switch ctx.i { 2 => true }",
    ] {
        assert!(Condition::load(condition).is_err(), "{condition}");
        let found =
            eval(condition, &facts).map_or_else(|_| "refused".to_owned(), |v| v.to_string());
        table += &format!("{condition:<40} {found}\n");
    }
    expect_test::expect![[r#"
        ctx.s == 1                               false
        ctx.i == "1"                             false
        ctx.i == true                            false
        "a" == 'a'                               true
        ctx.s == ()                              false
        ctx.i > ()                               false
        () == ()                                 true
        ctx.f in 0..5                            refused
        1 in ["a", 1, true]                      true
        ctx.s in [1, 2]                          false
        1 < ctx.i < 3                            false
        ctx.b || 5                               refused
        !ctx.b || 5                              refused
        !ctx.i                                   refused
        !ctx.s == "a"                            refused
        ctx.i + ctx.i ?? 0 > 1                   true
        ctx.i ?? 0 == 1                          true
        ctx.i & 1 == 1                           refused
        ctx.i / 2 == 0                           true
        (ctx.i ?? 2.5) / 2 == 0                  true
        ctx.i = 1                                refused
        if ctx.i { true } else { false }         refused
        if ctx.b { true }                        true
        switch ctx.i { 1.0 => true, _ => false } false
        switch ctx.f { 1 => true, _ => false }   false
        switch ctx.i { 2 => true }               
    "#]]
    .assert_eq(&table);
}
