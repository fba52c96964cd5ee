//! Conditions against plain Rhai, and against the definition of the four truth values.
//!
//! The reference of conditions is what Rhai makes of them: where everything is known and plain Rhai
//! yields a bool, a condition is that bool; where plain Rhai faults, a condition faults or another
//! operand decides it. The one departure: a float that is not finite is a fault here.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use ptms_core::{Context, FactSpec, Key, Schema, Timestamp, Type, Value};
use rhai::{Dynamic, Engine, EvalAltResult, Map, OptimizationLevel, Scope};

use super::Parser;
use crate::condition::cell::FaultKind;
use crate::condition::{Cell, Checker, Environment, Program, Surroundings, Truth};
use crate::tables::{Calendars, SelectorNames, Signals, Spoiled, Tables};

const NOW: Timestamp = Timestamp::from_secs(0);

/// The facts that conditions speak of here.
static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let phases = Type::Enum(["coding".into(), "testing".into()].into());
    let list = |item| Type::List { item: Box::new(item), max_len: 8 };
    let facts = [
        ("i", Type::Int),
        ("j", Type::Int),
        ("f", Type::Float),
        ("g", Type::Float),
        ("s", Type::String),
        ("t", Type::String),
        ("b", Type::Bool),
        ("c", Type::Bool),
        ("e", phases),
        ("ints", list(Type::Int)),
        ("texts", list(Type::String)),
        ("zero", Type::Int),
        ("yes", Type::Bool),
        ("no", Type::Bool),
        ("unset", Type::Bool),
    ];
    Arc::new(Schema::new(facts.map(|(name, ty)| FactSpec::new(name, ty)), []))
});

static PARSER: LazyLock<Parser> = LazyLock::new(|| Parser::new().unwrap());

static PLAIN: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(0, 0).set_optimization_level(OptimizationLevel::None);
    engine
});

/// The condition, if it loads.
fn checked(condition: &str) -> Result<Program, String> {
    let expr = PARSER.parse(condition).map_err(|errors| format!("{condition}: {errors:?}"))?;
    let (selectors, spoiled) = (SelectorNames::default(), Spoiled::default());
    let around = Surroundings {
        schema: &SCHEMA,
        selectors: &selectors,
        signals: &Signals::default(),
        event: None,
        dimensions: &[],
    };
    let mut tables = Tables::default();
    let (node, findings) = Checker::new(around, &spoiled, &mut tables).condition(&expr);
    let node = node.ok_or_else(|| format!("{condition}: {findings:?}"))?;
    Program::compile(&node).ok_or_else(|| format!("{condition}: too many cells"))
}

/// Our verdict on a condition, given the values of facts.
fn ours(condition: &str, facts: &[(&str, Value)]) -> Truth {
    let mut context = Context::new(SCHEMA.clone());
    for (name, value) in facts {
        context.set(NOW, SCHEMA.fact(name).unwrap(), &Key::default(), value.clone()).unwrap();
    }
    let environment = Environment {
        now: NOW,
        context: &context,
        calendars: &Calendars::default(),
        key: &Key::default(),
        event: None,
        window: &|_, _| Cell::Unknown,
    };
    checked(condition).unwrap().truth(&environment)
}

/// What plain Rhai makes of it; `None` for a fault of arithmetic.
fn plain(condition: &str, facts: &[(&str, Value)]) -> Option<bool> {
    let known = facts.iter().map(|(name, value)| ((*name).into(), dynamic(value)));
    let mut scope = Scope::new();
    scope.push_constant("ctx", known.collect::<Map>());
    match PLAIN.eval_expression_with_scope::<bool>(&mut scope, condition) {
        Ok(verdict) => Some(verdict),
        Err(error) => match error.unwrap_inner() {
            EvalAltResult::ErrorArithmetic(..) => None,
            other => panic!("{condition}: {other}"),
        },
    }
}

fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::List(items) => items.iter().map(dynamic).collect::<Vec<_>>().into(),
    }
}

/// Bytes as the source of all decisions, so that shrinking them shrinks what is built of them.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }
}

const INTS: [i64; 12] =
    [0, 1, -1, 2, 3, -7, i64::MAX, i64::MIN, i64::MAX - 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1];
const FLOATS: [f64; 13] = [
    0.0,
    -0.0,
    1.0,
    1.5,
    -2.5,
    9_007_199_254_740_992.0,
    9_223_372_036_854_775_808.0,
    1e308,
    -1e308,
    5e-324,
    1e-17,
    0.1,
    0.3,
];
const TEXTS: [&str; 6] = ["", "a", "ab", "ä", "b a", "coding"];
const PHASES: [&str; 2] = ["coding", "testing"];

/// Values of all facts.
fn values(dice: &mut Dice<'_>) -> Vec<(&'static str, Value)> {
    let ints = (0..dice.roll(4)).map(|_| Value::Int(dice.pick(&INTS))).collect::<Vec<_>>();
    let texts = (0..dice.roll(4)).map(|_| dice.pick(&TEXTS).into()).collect::<Vec<Value>>();
    vec![
        ("i", dice.pick(&INTS).into()),
        ("j", dice.pick(&INTS).into()),
        ("f", dice.pick(&FLOATS).into()),
        ("g", dice.pick(&FLOATS).into()),
        ("s", dice.pick(&TEXTS).into()),
        ("t", dice.pick(&TEXTS).into()),
        ("b", (dice.roll(2) == 0).into()),
        ("c", (dice.roll(2) == 0).into()),
        ("e", dice.pick(&PHASES).into()),
        ("ints", Value::list(ints)),
        ("texts", Value::list(texts)),
    ]
}

/// A condition, with brackets around everything.
fn truth_text(dice: &mut Dice<'_>, depth: usize) -> String {
    if depth == 0 {
        return dice.pick(&["ctx.b", "ctx.c", "true", "false"]).to_owned();
    }
    let deeper = depth - 1;
    match dice.roll(18) {
        16 => {
            let condition = truth_text(dice, deeper);
            let (then, otherwise) = (truth_text(dice, deeper), truth_text(dice, deeper));
            format!("(if {condition} {{ {then} }} else {{ {otherwise} }})")
        }
        17 => switch_text(dice, |dice| truth_text(dice, deeper)),
        0 | 1 => format!("({} && {})", truth_text(dice, deeper), truth_text(dice, deeper)),
        2 | 3 => format!("({} || {})", truth_text(dice, deeper), truth_text(dice, deeper)),
        4 => format!("(!{})", truth_text(dice, deeper)),
        5 => {
            let operator = dice.pick(&["==", "!="]);
            format!("({} {operator} {})", truth_text(dice, deeper), truth_text(dice, deeper))
        }
        6..=9 => {
            let operator = comparison(dice);
            format!("({} {operator} {})", number_text(dice, deeper), number_text(dice, deeper))
        }
        10 => {
            let operator = comparison(dice);
            format!("({} {operator} {})", text_text(dice), text_text(dice))
        }
        11 => {
            let function = dice.pick(&["contains", "starts_with", "ends_with"]);
            match dice.roll(2) {
                0 => format!("{function}({}, {})", text_text(dice), text_text(dice)),
                _ => format!("{}.{function}({})", dice.pick(&["ctx.s", "ctx.e"]), text_text(dice)),
            }
        }
        12 => {
            let operator = dice.pick(&["in", "!in"]);
            let (low, high) = (int_text(dice, 0), int_text(dice, 0));
            let dots = dice.pick(&["..", "..="]);
            format!("({} {operator} ({low}){dots}({high}))", int_text(dice, deeper))
        }
        13 => {
            let operator = dice.pick(&["in", "!in"]);
            let list =
                dice.pick(&["[]", "[1]", "[1, 2.5, -0.0]", "ctx.ints", "[9007199254740993]"]);
            format!("({} {operator} {list})", number_text(dice, deeper))
        }
        14 => {
            let list = dice.pick(&["[]", "[\"a\", \"ab\"]", "ctx.texts", "\"ab ä\"", "ctx.s"]);
            format!("({} in {list})", text_text(dice))
        }
        _ => match dice.roll(3) {
            0 => format!("(ctx.e {} \"coding\")", dice.pick(&["==", "!="])),
            1 => "(ctx.e in [\"coding\", \"testing\"])".to_owned(),
            _ => format!("({} ?? {})", truth_text(dice, deeper), truth_text(dice, deeper)),
        },
    }
}

/// A `switch` over an int, a string, an enum or a bool; results of any kind.
fn switch_text(dice: &mut Dice<'_>, mut result: impl FnMut(&mut Dice<'_>) -> String) -> String {
    let ints = ["0", "1 | 2", "9007199254740993 | -1", "-7..2", "3..=3", "2..0 | 4..=9"];
    let texts = ["\"a\"", "\"\" | \"ä\"", "\"b a\"", "\"{,=>}|\\\"\" | \"ab\""];
    let (subject, arms) = match dice.roll(4) {
        0 => (int_text(dice, 1), ints.as_slice()),
        1 => (text_text(dice).to_owned(), texts.as_slice()),
        2 => ("ctx.e".to_owned(), ["\"coding\"", "\"testing\""].as_slice()),
        _ => (truth_text(dice, 1), ["true", "false"].as_slice()),
    };
    let mut text = format!("(switch {subject} {{ ");
    // Rhai does not take a value after a range.
    let mut from = 0;
    for _ in 0..dice.roll(4) {
        from = arms.len().min(from + dice.roll(3));
        for arm in arms.iter().skip(from).take(1) {
            text += &format!("{arm} => {}, ", result(dice));
        }
        from += 1;
    }
    format!("{text}_ => {} }})", result(dice))
}

fn comparison(dice: &mut Dice<'_>) -> &'static str {
    dice.pick(&["==", "!=", "<", "<=", ">", ">="])
}

fn number_text(dice: &mut Dice<'_>, depth: usize) -> String {
    if dice.roll(2) == 0 { int_text(dice, depth) } else { float_text(dice, depth) }
}

fn int_text(dice: &mut Dice<'_>, depth: usize) -> String {
    if depth == 0 {
        let literals =
            ["ctx.i", "ctx.j", "0", "1", "-1", "9223372036854775807", "9007199254740993", "1_000"];
        return dice.pick(&literals).to_owned();
    }
    let deeper = depth - 1;
    match dice.roll(9) {
        8 => switch_text(dice, |dice| int_text(dice, deeper)),
        0 => format!("abs({})", int_text(dice, deeper)),
        1 => format!("(-({}))", int_text(dice, deeper)),
        2 => {
            let function = dice.pick(&["min", "max"]);
            format!("{function}({}, {})", int_text(dice, deeper), int_text(dice, deeper))
        }
        3 => format!("len({})", dice.pick(&["ctx.s", "ctx.ints", "ctx.texts", "\"äb\""])),
        4 => format!("({} ?? {})", int_text(dice, deeper), int_text(dice, deeper)),
        _ => {
            let operator = dice.pick(&["+", "-", "*", "%"]);
            format!("({} {operator} {})", int_text(dice, deeper), int_text(dice, deeper))
        }
    }
}

fn text_text(dice: &mut Dice<'_>) -> &'static str {
    dice.pick(&["ctx.s", "ctx.t", "\"a\"", "\"ä\"", "\"\"", "(ctx.s ?? \"b\")"])
}

fn float_text(dice: &mut Dice<'_>, depth: usize) -> String {
    if depth == 0 {
        let literals = [
            "ctx.f",
            "ctx.g",
            "0.0",
            "-0.0",
            "1.5",
            "0.2",
            "2.220446049250313e-16",
            "1e300",
            "9007199254740993.0",
        ];
        return dice.pick(&literals).to_owned();
    }
    let deeper = depth - 1;
    match dice.roll(8) {
        0 => format!("abs({})", float_text(dice, deeper)),
        1 => format!("(-({}))", float_text(dice, deeper)),
        2 => {
            let function = dice.pick(&["min", "max"]);
            format!("{function}({}, {})", number_text(dice, deeper), float_text(dice, deeper))
        }
        3 => format!("to_float({})", int_text(dice, deeper)),
        _ => {
            let operator = dice.pick(&["+", "-", "*", "/", "%"]);
            let (left, right) = (number_text(dice, deeper), float_text(dice, deeper));
            match dice.roll(2) {
                0 => format!("({left} {operator} {right})"),
                _ => format!("({right} {operator} {left})"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn with_everything_known_conditions_are_what_plain_rhai_makes_of_them(
        bytes in prop::collection::vec(any::<u8>(), 0..256),
    ) {
        let mut dice = Dice(bytes.iter());
        let facts = values(&mut dice);
        for _ in 0..8 {
            let condition = truth_text(&mut dice, 4);
            let ours = ours(&condition, &facts);
            match plain(&condition, &facts) {
                Some(true) => prop_assert!(is_or_departs(ours, Truth::True), "{condition}: {ours:?}"),
                Some(false) => prop_assert!(is_or_departs(ours, Truth::False), "{condition}: {ours:?}"),
                None => prop_assert!(ours != Truth::Unknown, "{condition}: {ours:?}"),
            }
            let Truth::Fault(fault) = ours else { continue };
            prop_assert_ne!(fault.kind, FaultKind::Internal, "{}", condition);
        }
    }
}

/// The departure from plain Rhai: a float that is not finite faults.
fn is_or_departs(ours: Truth, expected: Truth) -> bool {
    ours == expected || matches!(ours, Truth::Fault(fault) if fault.kind == FaultKind::NotFinite)
}

/// What a part of a condition comes to, by the definition of the four truth values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Known(bool),
    Unknown,
    /// A fault, with the byte of the condition at which it shows.
    Fault(usize),
}

/// A random condition over leaves that are known, unknown or at fault; appends its text and says what
/// it must come to.
fn lifted(dice: &mut Dice<'_>, depth: usize, text: &mut String) -> Expected {
    if depth == 0 {
        return match dice.roll(5) {
            0 => leaf(text, "ctx.yes", Expected::Known(true)),
            1 => leaf(text, "ctx.no", Expected::Known(false)),
            2 => leaf(text, "ctx.unset", Expected::Unknown),
            3 => leaf(text, "has(ctx.unset)", Expected::Known(false)),
            _ => leaf(text, "1 % ctx.zero == 0", Expected::Fault(text.len())),
        };
    }
    let (name, count) =
        dice.pick(&[("&&", 2), ("&&", 3), ("||", 2), ("||", 3), ("==", 2), ("??", 2), ("!", 1)]);
    let mut operands = Vec::new();
    for index in 0..count {
        text.push_str(match (name, index) {
            ("!", _) => "!(",
            (_, 0) => "(",
            ("&&", _) => " && (",
            ("||", _) => " || (",
            ("==", _) => " == (",
            _ => " ?? (",
        });
        let less = dice.roll(2);
        operands.push(lifted(dice, (depth - 1).saturating_sub(less), text));
        text.push(')');
    }
    match name {
        "&&" => decided_by(false, &operands),
        "||" => decided_by(true, &operands),
        "??" => match operands[0] {
            Expected::Unknown => operands[1],
            known_or_fault => known_or_fault,
        },
        "==" => strict(&operands, |values| values[0] == values[1]),
        _ => strict(&operands, |values| !values[0]),
    }
}

fn leaf(text: &mut String, written: &str, expected: Expected) -> Expected {
    text.push_str(written);
    expected
}

/// A known `decisive` operand decides, wherever it stands; else the leftmost fault; else unknown.
fn decided_by(decisive: bool, operands: &[Expected]) -> Expected {
    if operands.contains(&Expected::Known(decisive)) {
        return Expected::Known(decisive);
    }
    strict(operands, |_| !decisive)
}

/// The leftmost fault, else unknown if any operand is, else the operation.
fn strict(operands: &[Expected], operation: impl Fn(&[bool]) -> bool) -> Expected {
    let fault = operands.iter().find(|operand| matches!(operand, Expected::Fault(_)));
    if let Some(fault) = fault {
        return *fault;
    }
    let known = |operand: &Expected| match operand {
        Expected::Known(value) => Some(*value),
        _ => None,
    };
    let values: Option<Vec<bool>> = operands.iter().map(known).collect();
    values.map_or(Expected::Unknown, |values| Expected::Known(operation(&values)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn four_truth_values_are_lifted_as_defined(bytes in prop::collection::vec(any::<u8>(), 0..96)) {
        let facts: [(&str, Value); 3] =
            [("zero", 0.into()), ("yes", true.into()), ("no", false.into())];
        let mut dice = Dice(bytes.iter());
        for _ in 0..8 {
            let mut condition = String::new();
            let expected = lifted(&mut dice, 3, &mut condition);
            let found = match ours(&condition, &facts) {
                Truth::True => Expected::Known(true),
                Truth::False => Expected::Known(false),
                Truth::Unknown => Expected::Unknown,
                Truth::Fault(fault) => Expected::Fault(fault.at),
            };
            prop_assert_eq!(found, expected, "{}", condition);
        }
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
    let found = match ours(condition, &facts) {
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
    // `-` binds before `*`, comparison before `&&`, `&&` before `||`.
    check("-1 * 2 == -2 && 1 + 2 * 3 == 7 || false", Some(true), "True");
}

/// Plain Rhai lets these be false for ever; here they do not load.
#[test]
fn what_plain_rhai_answers_with_false_for_ever_does_not_load() {
    let facts: [(&str, Value); 2] = [("s", "a".into()), ("i", 1.into())];
    for condition in ["ctx.s == 1", "ctx.i == \"1\"", "ctx.i == true", "ctx.s == ()"] {
        assert_eq!(plain(condition, &facts), Some(false), "{condition}");
        assert!(checked(condition).is_err(), "{condition}");
    }
}
