//! What is named in a book and read elsewhere: signals.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]
#![expect(clippy::needless_pass_by_value, reason = "`expect!` gives values")]

use std::fmt::Write;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use ptms_core::{Event, Sources, Timestamp, Value};
use ptms_rules::{Input, Output, Rulebook, Session};

/// What a book makes of inputs at whole seconds, a line for each output.
fn run(book: &str, inputs: impl IntoIterator<Item = (i64, Input)>) -> String {
    let book = Rulebook::load(&Sources::from_iter([("book.toml", book)]));
    let mut session = Session::new(book.unwrap_or_else(|found| panic!("{found:#?}")).rules);
    let mut out = String::new();
    for (second, input) in inputs {
        if let Err(refused) = session.handle(Timestamp::from_secs(second), input) {
            writeln!(out, "{second} refused: {refused}").unwrap();
        }
        while let Some(output) = session.poll() {
            let line = match output {
                Output::Fired(firing) => format!("{} {} fired", seconds(firing.at), firing.rule),
                Output::Transition(change) => {
                    let (at, reason) = (seconds(change.at), change.reason.as_str());
                    format!("{at} {} {reason}", change.rule)
                }
                Output::Fault(fault) => {
                    let at = (fault.line, fault.column);
                    format!("{} {} at {at:?}: {}", seconds(fault.at), fault.rule, fault.message)
                }
                other => format!("{other:?}"),
            };
            writeln!(out, "{line}").unwrap();
        }
    }
    out
}

fn seconds(at: Timestamp) -> i64 {
    at.as_nanos() / 1_000_000_000
}

fn set(name: &str, value: impl Into<Value>) -> Input {
    Input::Set(vec![(name.into(), value.into())])
}

fn check(book: &str, inputs: impl IntoIterator<Item = (i64, Input)>, expected: Expect) {
    expected.assert_eq(&run(book, inputs));
}

#[test]
fn a_fault_in_a_signal_is_shown_where_the_signal_is_read() {
    check(
        r#"
[context]
n = "int"

[signal]
odd = '7 % ctx.n == 1'
strange = 'ctx.n != 5 && signal.odd'

[[rule]]
id = "a"
when = 'ctx.n == 1 || signal.strange'
"#,
        [(0, set("n", 0)), (1, set("n", 3)), (2, set("n", 1)), (3, set("n", 0))],
        expect![[r#"
            0 a at (1, 15): a remainder of a division by zero
            1 a fired
            3 a at (1, 15): a remainder of a division by zero
        "#]],
    );
}

/// What a signal means, over two facts and a window.
const MEANINGS: [&str; 5] = [
    "ctx.n > 1",
    "1 % ctx.n == 0",
    "count(\"e\", \"2s\") >= 2",
    "ctx.b && ctx.n < 2",
    "has(ctx.n) || ctx.b",
];

/// Where it is read.
const READERS: [&str; 4] =
    ["{}", "!{}", "ctx.b || {}", "count(\"e\", \"3s\") > 1 && !({} && ctx.b)"];

fn input(dice: u8) -> Input {
    match dice % 8 {
        0 | 1 => Input::Event(Event::new("e")),
        2 => set("b", true),
        3 => set("b", false),
        4 => Input::Unset(vec!["n".into(), "b".into()]),
        number => set("n", i64::from(number) - 5),
    }
}

proptest! {
    /// A signal is what it stands for, in brackets.
    #[test]
    fn a_signal_is_its_condition(
        meanings in [0..MEANINGS.len(), 0..MEANINGS.len()],
        reader in 0..READERS.len(),
        steps in prop::collection::vec((0_i64..3, any::<u8>()), 0..40),
    ) {
        let [first, second] = meanings.map(|index| MEANINGS[index]);
        let rules = |condition: &str| format!(
            "[[rule]]\nid = 'a'\nwhen = '''{condition}'''\n\
             [[rule]]\nid = 'b'\nwhen = 'ctx.n == 1'\nresolve_when = '''{condition}'''\n"
        );
        let head = "[context]\nn = 'int'\nb = 'bool'\n[event.e]\n";
        let named = format!(
            "{head}[signal]\nx = '''signal.y || !({second})'''\ny = '''{first}'''\n{}",
            rules(&READERS[reader].replace("{}", "signal.x")),
        );
        let written = format!("(({first}) || !({second}))");
        let plain = format!("{head}{}", rules(&READERS[reader].replace("{}", &written)));
        let mut now = 0;
        let inputs: Vec<(i64, Input)> = steps.iter().map(|(gap, dice)| {
            now += gap;
            (now, input(*dice))
        }).collect();
        let without_columns = |text: String| {
            let cut = |line: &str| line.split(" at (").next().unwrap_or_default().to_owned();
            text.lines().map(cut).collect::<Vec<_>>()
        };
        prop_assert_eq!(
            without_columns(run(&named, inputs.clone())),
            without_columns(run(&plain, inputs)),
        );
    }
}
