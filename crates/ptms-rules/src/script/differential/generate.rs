//! Conditions and contexts, built of bytes.

use ptms_core::Value;

/// Bytes as the source of all decisions, so that shrinking them shrinks what is built of them.
pub(super) struct Dice<'a>(std::slice::Iter<'a, u8>);

impl<'a> Dice<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

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
const DURATIONS: [i64; 3] = [0, 1_000_000, 300_000_000_000];

/// The values of all facts, or of some.
pub(super) fn values(dice: &mut Dice<'_>, all: bool) -> Vec<(&'static str, Value)> {
    let ints = (0..dice.roll(4)).map(|_| Value::Int(dice.pick(&INTS))).collect::<Vec<_>>();
    let texts = (0..dice.roll(4)).map(|_| dice.pick(&TEXTS).into()).collect::<Vec<Value>>();
    let mut values = vec![
        ("i", dice.pick(&INTS).into()),
        ("j", dice.pick(&INTS).into()),
        ("f", dice.pick(&FLOATS).into()),
        ("g", dice.pick(&FLOATS).into()),
        ("s", dice.pick(&TEXTS).into()),
        ("t", dice.pick(&TEXTS).into()),
        ("b", (dice.roll(2) == 0).into()),
        ("c", (dice.roll(2) == 0).into()),
        ("e", dice.pick(&PHASES).into()),
        ("d", dice.pick(&DURATIONS).into()),
        ("ints", Value::list(ints)),
        ("texts", Value::list(texts)),
        ("zero", 0.into()),
        ("yes", true.into()),
    ];
    values.retain(|_| all || dice.roll(3) > 0);
    values
}

/// A condition, with brackets around everything.
pub(super) fn condition(dice: &mut Dice<'_>) -> String {
    let depth = 1 + dice.roll(4);
    truth_text(dice, depth)
}

fn truth_text(dice: &mut Dice<'_>, depth: usize) -> String {
    if depth == 0 {
        return dice
            .pick(&["ctx.b", "ctx.c", "has(ctx.b)", "has(ctx.i)", "true", "false"])
            .to_owned();
    }
    let deeper = depth - 1;
    match dice.roll(21) {
        16 => choice_text(dice, |dice| truth_text(dice, deeper)),
        17 => switch_text(dice, |dice| truth_text(dice, deeper)),
        18 => {
            let (operator, span) = (comparison(dice), dice.pick(&["1m", "5m", "1h"]));
            let bound = dice.pick(&["0", "1", "5", "61", "ctx.i", "(ctx.j - 1)", "1.5"]);
            format!("(count(\"error\", \"{span}\") {operator} {bound})")
        }
        19 => {
            let operator = comparison(dice);
            format!("(ctx.d {operator} dur(\"{}\"))", dice.pick(&["1ms", "5m", "1h30m"]))
        }
        20 => {
            let operator = dice.pick(&["==", "!="]);
            let list = dice.pick(&["ctx.ints", "[1, 2]", "[1]"]);
            format!("(ctx.ints {operator} {list})")
        }
        0 | 1 => junction_text(dice, "&&", deeper),
        2 | 3 => junction_text(dice, "||", deeper),
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

fn junction_text(dice: &mut Dice<'_>, operator: &str, depth: usize) -> String {
    let operands: Vec<String> = (0..2 + dice.roll(2)).map(|_| truth_text(dice, depth)).collect();
    format!("({})", operands.join(&format!(" {operator} ")))
}

/// An `if`; results of any kind.
fn choice_text(dice: &mut Dice<'_>, mut result: impl FnMut(&mut Dice<'_>) -> String) -> String {
    let condition = truth_text(dice, 1);
    let (then, otherwise) = (result(dice), result(dice));
    match dice.roll(2) {
        0 => format!("(if {condition} {{ {then} }} else {{ {otherwise} }})"),
        _ => {
            let other = truth_text(dice, 0);
            let more = result(dice);
            format!(
                "(if {condition} {{ {then} }} else if {other} {{ {otherwise} }} else {{ {more} }})"
            )
        }
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
        let literals = [
            "ctx.i",
            "ctx.j",
            "ctx.zero",
            "0",
            "1",
            "-1",
            "9223372036854775807",
            "9007199254740993",
            "1_000",
        ];
        return dice.pick(&literals).to_owned();
    }
    let deeper = depth - 1;
    match dice.roll(10) {
        8 => switch_text(dice, |dice| int_text(dice, deeper)),
        9 => choice_text(dice, |dice| int_text(dice, deeper)),
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
    match dice.roll(10) {
        4 => choice_text(dice, |dice| float_text(dice, deeper)),
        5 => format!("({} ?? {})", float_text(dice, deeper), float_text(dice, deeper)),
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
