//! What is named in a book and read elsewhere: signals, derived facts, calendars
//! and templates.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]
#![expect(clippy::needless_pass_by_value, reason = "`expect!` gives values")]

use std::fmt::Write;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use ptms_core::{Event, Key, KeyValue, Sources, Timestamp, Value};
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

/// A derived fact that another reads, and a rule for each of its values.
const DERIVED: &str = r#"
[context]
load = "float"
n = "int"

[event.test]

[derive.phase]
type = "enum"
values = ["testing", "busy", "odd", "calm"]
cases = [
    { when = 'count("test", "10s") > 0', value = "testing" },
    { when = 'ctx.load > 0.9', value = "busy" },
    { when = '7 % ctx.n == 1', value = "odd" },
]
else = "calm"

[derive.spare]
type = "int"
cases = [{ when = 'ctx.phase == "calm"', value = 10 }, { when = 'ctx.phase == "odd"', value = 5 }]

[[rule]]
id = "testing"
when = 'ctx.phase == "testing"'

[[rule]]
id = "busy"
when = 'ctx.phase == "busy"'

[[rule]]
id = "calm"
when = 'ctx.phase == "calm"'

[[rule]]
id = "spare"
when = 'ctx.spare > 7'

[[rule]]
id = "unknown-phase"
when = '!has(ctx.phase)'

[[rule]]
id = "unknown-spare"
when = '!has(ctx.spare)'
"#;

#[test]
fn the_first_true_case_gives_the_value() {
    let test = || Input::Event(Event::new("test"));
    check(
        DERIVED,
        [
            (0, set("load", 0.5)),
            (1, set("n", 2)),
            (2, test()),
            (3, set("load", 0.95)),
            (20, Input::Wake),
            (21, set("load", 0.1)),
            (22, set("n", 0)),
            (23, set("load", 1.0)),
            (24, Input::Unset(vec!["load".into()])),
            (25, test()),
        ],
        expect![[r#"
            0 unknown-phase fired
            0 unknown-spare fired
            1 unknown-phase condition_false
            1 unknown-spare condition_false
            2 testing fired
            2 unknown-spare fired
            12 testing condition_false
            12 busy fired
            21 busy condition_false
            21 unknown-spare condition_false
            22 unknown-phase fired
            22 unknown-spare fired
            23 busy fired
            23 unknown-phase condition_false
            24 unknown-phase fired
            25 testing fired
            25 busy condition_false
            25 unknown-phase condition_false
        "#]],
    );
}

#[test]
fn a_host_does_not_set_what_is_derived() {
    check(
        DERIVED,
        [(0, set("phase", "calm")), (1, Input::Unset(vec!["spare".into()]))],
        expect![[r#"
            0 refused: fact "phase" is derived: the rulebook says what it is, not the host
            1 refused: fact "spare" is derived: the rulebook says what it is, not the host
        "#]],
    );
}

/// The session begins on a Thursday.
#[test]
fn hours_begin_and_end_by_themselves() {
    let hour = 3_600;
    let times = [12, 3 * 24, 4 * 24 + 12].map(|hours| (hours * hour, set("cpu", 0.95)));
    check(
        r#"
[context]
cpu = "float"

[calendar.office]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "09:00"
to = "17:00"
utc_offset = "+01:00"

[derive.staff]
type = "bool"
cases = [{ when = 'during("office")', value = true }]

[signal]
busy = 'ctx.cpu > 0.9'

[[rule]]
id = "busy-office"
when = 'signal.busy && during("office")'

[[rule]]
id = "staff"
when = 'ctx.staff'
resolve_when = '!has(ctx.staff)'
"#,
        times,
        expect![[r#"
            43200 busy-office fired
            43200 staff fired
            57600 busy-office condition_false
            57600 staff resolve_when
            115200 busy-office fired
            115200 staff fired
            144000 busy-office condition_false
            144000 staff resolve_when
            374400 busy-office fired
            374400 staff fired
        "#]],
    );
}

#[test]
fn rules_of_a_template_differ_in_what_they_give() {
    let event = || Input::Event(Event::new("e"));
    check(
        r#"
[context]
n = "int"
took = "duration"

[event.e]

[template.many]
params = { selector = "string", window = "duration", most = "int", slow = "duration" }
when = 'count(param.selector, param.window) > param.most && ctx.took > param.slow'
for = "1s"

[[rule]]
id = "short"
template = "many"
params = { selector = "e", window = "2s", most = 1, slow = "1s" }

[[rule]]
id = "long"
template = "many"
params = { selector = "e", window = "1m", most = 2, slow = "3s" }
for = "5s"
"#,
        [
            (0, set("took", 2_000_000_000_i64)),
            (1, event()),
            (1, event()),
            (2, event()),
            (3, set("took", 4_000_000_000_i64)),
            (20, Input::Wake),
        ],
        expect![[r#"
            1 short condition_true
            2 short fired
            3 short condition_false
            3 long condition_true
            8 long fired
        "#]],
    );
}

#[test]
fn a_value_that_is_sensitive_is_not_shown() {
    check(
        r#"
[context]
balance = { type = "int", min = 0, sensitive = true }
tier = { type = "enum", values = ["gold", "plain"], sensitive = true }
open = { type = "int", min = 0 }

[event.payment]
fields = { account = { type = "int", sensitive = true }, sum = "int" }

[[rule]]
id = "a"
when = 'ctx.balance > ctx.open && ctx.tier == "gold"'
"#,
        [
            (0, set("balance", -123_456)),
            (1, set("balance", "a-secret")),
            (2, set("tier", "platinum")),
            (3, set("open", -5)),
            (4, Input::Event(Event::new("payment").with("account", "a-secret").with("sum", 1))),
            (5, Input::Event(Event::new("payment").with("account", 7).with("sum", "much"))),
        ],
        expect![[r#"
            0 refused: fact "balance": the value does not fit the declaration; it is not shown, because it is sensitive
            1 refused: fact "balance": the value does not fit the declaration; it is not shown, because it is sensitive
            2 refused: fact "tier": the value does not fit the declaration; it is not shown, because it is sensitive
            3 refused: fact "open": -5 is less than the minimum 0
            4 refused: field "account" of event "payment": the value does not fit the declaration; it is not shown, because it is sensitive
            5 refused: field "sum" of event "payment": expected int, found a string
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

/// A signal of a fact that has one value for each host.
const EDGES: &str = r#"
[context]
load = { type = "float", key = ["host"] }
calm = "bool"

[signal]
hot = 'ctx.load > 0.9'
gone = 'falling("hot")'

[derive.worry]
type = "bool"
key = ["host"]
cases = [{ when = 'held("hot", "5s")', value = true }]

[[rule]]
id = "rises"
key = ["host"]
when = 'rising("hot") && has(ctx.load)'

[[rule]]
id = "lasts"
key = ["host"]
when = 'ctx.worry && has(ctx.load)'

[[rule]]
id = "goes"
key = ["host"]
when = 'changed("gone") && has(ctx.load)'
"#;

fn load(host: &str, load: f64) -> Input {
    let key = Key::new([("host".into(), KeyValue::Text(host.into()))]);
    Input::SetFor(key, vec![("load".into(), load.into())])
}

/// The first value known is no change. What changes for one evaluation changes back in the next; who
/// sees a change in both sees it until then.
#[test]
fn signals_are_looked_at_for_each_key() {
    check(
        EDGES,
        [
            (0, load("a", 1.0)),
            (1, load("b", 0.1)),
            (2, load("b", 1.0)),
            (3, load("a", 0.1)),
            (9, Input::Wake),
        ],
        expect![[r#"
            2 rises fired
            2 rises condition_false
            3 goes fired
            3 goes condition_false
            7 lasts fired
        "#]],
    );
}
