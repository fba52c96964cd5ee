//! The engine from outside: stories with virtual time, and properties over random streams.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod modes;
mod story;

use std::fmt::Write;
use std::sync::Arc;

use expect_test::expect;
use proptest::prelude::*;
use ptms::{Action, Book, Effect, Engine, Event, Input, InputError, Outcome, Output, Sources};

use crate::story::{DONE, Story, at};

const BOOK: &str = r#"
    [context]
    load = "float"

    [event.log]
    fields = { service = "string" }

    [select.error]
    on  = "log"
    key = { service = "event.service" }

    [[rule]]
    id       = "burst"
    key      = ["service"]
    when     = 'count("error", "10s") >= 2'
    priority = "high"
    workflow = "mend"

    [[rule]]
    id       = "busy"
    when     = "ctx.load > 0.9"
    for      = "5s"
    cooldown = "1m"
    systems  = ["scaler"]

    [system.debugger]
    undo = "release"

    [system.archive]
    undo = "nothing"

    [system.scaler]
    timeout = "30s"
    undo    = "shrink"

    [[workflow.mend.step]]
    id     = "collect"
    system = "debugger"

    [[workflow.mend.step]]
    id       = "keep"
    system   = "archive"
    needs    = ["collect"]
    critical = false
"#;

fn engine() -> Engine {
    story::engine(BOOK)
}

fn error(service: &str) -> Input {
    Input::Event(Event::new("log").with("service", service))
}

fn load(value: f64) -> Input {
    Input::Set(vec![("load".into(), value.into())])
}

#[test]
fn two_keys_run_side_by_side_and_a_second_firing_is_dropped() {
    Story::of(BOOK)
        .input(0, error("api"))
        .input(1, error("api"))
        .input(2, error("web"))
        .input(3, error("web"))
        .answer(4, DONE)
        .answer(5, DONE)
        .answer(6, DONE)
        .input(20, error("web"))
        .input(21, error("web"))
        .check(&expect![[r#"
            0   wait for 10.000000000
            1   fired burst service=api
            1   started burst[service="api"]@1000000000
            1   please activate debugger for step collect
            1   wait for 10.000000000
            2   wait for 10.000000000
            3   fired burst service=web
            3   started burst[service="web"]@3000000000
            3   please activate debugger for step collect
            3   wait for 10.000000000
            4   host: collect succeeded
            4   please activate archive for step keep
            4   wait for 10.000000000
            5   host: collect succeeded
            5   please activate archive for step keep
            5   wait for 10.000000000
            6   host: keep succeeded
            6   ended burst[service="api"]@1000000000: completed
            6   wait for 10.000000000
            20  burst service=api because condition_false
            20  burst service=web because condition_false
            20  wait for 30.000000000
            21  fired burst service=web
            21  dropped burst, burst[service="web"]@3000000000 goes on
            21  wait for 30.000000000
        "#]]);
}

#[test]
fn a_rule_in_the_shadow_is_told_and_starts_nothing() {
    let shadow = BOOK.replacen("id       = \"busy\"", "id = \"busy\"\nshadow = true", 1);
    assert_ne!(shadow, BOOK);
    let book = Book::load(&Sources::from_iter([("book.toml", shadow)])).unwrap();
    assert!(book.plan_of("busy").is_none() && book.plan_of("burst").is_some());
    let mut engine = Engine::new(Arc::new(book));
    engine.handle(at(0), load(0.95)).unwrap();
    engine.handle(at(5), Input::Wake).unwrap();
    let told: Vec<Output> = std::iter::from_fn(|| match engine.poll() {
        Output::Wait(_) => None,
        output => Some(output),
    })
    .collect();
    assert!(matches!(told.as_slice(), [Output::Transition(_), Output::Fired(_)]), "{told:?}");
    assert_eq!(engine.open_runs(), 0);
}

#[test]
fn for_matures_when_its_instant_is_closed_and_silence_is_undone() {
    Story::of(BOOK)
        .input(0, load(0.95))
        .input(5, Input::Wake)
        .ignore()
        .input(35, Input::Wake)
        .input(65, Input::Wake)
        .answer(66, DONE)
        .check(&expect![[r#"
            0   busy  because condition_true
            0   wait for 5.000000000
            5   fired busy 
            5   started busy@5000000000
            5   please activate scaler for step scaler
            5   wait for 35.000000000
            35  give up busy@5000000000/0/activate/0
            35  wait for 65.000000000
            65  please undo scaler for step scaler by shrink
            65  wait for 95.000000000
            66  host: scaler succeeded
            66  ended busy@5000000000: rolled back because scaler timed out
            66  wait for an input
        "#]]);
}

/// The rules are told that time has come this far before the outcome ends the run.
#[test]
fn an_outcome_that_comes_after_a_due_firing_does_not_start_a_second_run() {
    Story::of(BOOK)
        .input(0, load(0.95))
        .input(5, Input::Wake)
        .input(6, load(0.5))
        .input(60, load(0.95))
        .answer(70, DONE)
        .check(&expect![[r#"
            0   busy  because condition_true
            0   wait for 5.000000000
            5   fired busy 
            5   started busy@5000000000
            5   please activate scaler for step scaler
            5   wait for 35.000000000
            6   busy  because condition_false
            6   wait for 35.000000000
            60  busy  because condition_true
            60  give up busy@5000000000/0/activate/0
            60  wait for 65.000000000
            70  host: scaler succeeded
            70  fired busy 
            70  dropped busy, busy@5000000000 goes on
            70  ended busy@5000000000: completed
            70  wait for an input
        "#]]);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    Story::of(BOOK)
        .input(9, load(0.5))
        .input(8, load(0.5))
        .input(9, Input::Event(Event::new("lgo")))
        .input(9, Input::Event(Event::new("log").with("servce", "api")))
        .input(9, Input::Set(vec![("laod".into(), 1.into())]))
        .input(9, load(f64::NAN))
        .check(&expect![[r#"
            9   wait for an input
            8   refused: time runs backwards: 8.000000000 is before 9.000000000
            8   wait for an input
            9   refused: no event "lgo" is declared (did you mean "log"?)
            9   wait for an input
            9   refused: event "log" has no field "servce" (did you mean "service"?)
            9   wait for an input
            9   refused: no fact "laod" is declared (did you mean "load"?)
            9   wait for an input
            9   refused: fact "load": the number is not finite
            9   wait for an input
        "#]]);
}

#[test]
fn outcomes_that_nobody_waits_for_are_refused() {
    let mut engine = engine();
    for second in [0, 1] {
        engine.handle(at(second), error("api")).unwrap();
    }
    let effect = loop {
        if let Output::Perform(effect) = engine.poll() {
            break effect;
        }
    };
    while !matches!(engine.poll(), Output::Wait(_)) {}
    let mut stranger = effect.clone();
    stranger.key.run = "nobody".into();
    let before = format!("{engine:?}");
    let refused = engine.handle(at(1), Input::succeeded(&stranger)).unwrap_err();
    assert!(matches!(refused, InputError::UnknownRun { .. }), "{refused}");
    let mut later = effect.clone();
    later.attempt += 1;
    assert!(engine.handle(at(1), Input::succeeded(&later)).is_err());
    assert_eq!(format!("{engine:?}"), before, "a refused outcome changes nothing");
    engine.handle(at(1), Input::succeeded(&effect)).unwrap();
}

/// One thing that a random host does.
#[derive(Clone, Debug)]
enum Move {
    Error(u8),
    Load(u8),
    Wake,
    /// Answers one of the open effects: which, and how.
    Answer(prop::sample::Index, u8),
}

fn moves() -> impl Strategy<Value = Vec<(i64, Move)>> {
    let one = prop_oneof![
        4 => (0_u8..3).prop_map(Move::Error),
        2 => (0_u8..3).prop_map(Move::Load),
        1 => Just(Move::Wake),
        4 => (any::<prop::sample::Index>(), 0_u8..3).prop_map(|(which, how)| Move::Answer(which, how)),
    ];
    prop::collection::vec((0_i64..15, one), 1..60)
}

/// Plays the moves, then answers and wakes until all runs rest; what was said, as text.
fn play(moves: &[(i64, Move)], mut poll_now: impl FnMut(usize) -> bool) -> String {
    let mut engine = engine();
    let (mut open, mut told, mut second) = (Vec::new(), String::new(), 0);
    let drain = |engine: &mut Engine, open: &mut Vec<Effect>, told: &mut String| loop {
        let output = engine.poll();
        if let Output::Wait(until) = output {
            return until;
        }
        if let Output::Perform(effect) = &output {
            open.push(effect.clone());
        }
        writeln!(told, "{output:?}").unwrap();
    };
    for (index, (gap, what)) in moves.iter().enumerate() {
        second += gap;
        let input = match what {
            Move::Error(service) => error(&format!("s{service}")),
            Move::Load(tenths) => load(f64::from(*tenths) * 0.5),
            Move::Wake => Input::Wake,
            Move::Answer(which, how) if !open.is_empty() => {
                let effect = open.remove(which.index(open.len()));
                Input::outcome(&effect, outcome(&effect, *how))
            }
            Move::Answer(..) => continue,
        };
        // A late answer to a run that has given the effect up may be refused; nothing else may.
        let is_answer = matches!(input, Input::Outcome { .. });
        let handled = engine.handle(at(second), input);
        assert!(handled.is_ok() || is_answer, "{handled:?}");
        if is_answer || poll_now(index) {
            drain(&mut engine, &mut open, &mut told);
        }
    }
    for _ in 0..1_000 {
        drain(&mut engine, &mut open, &mut told);
        let Some(due) = engine.next_run_deadline() else { break };
        engine.handle(due.max(at(second)), Input::Wake).unwrap();
    }
    assert_eq!(engine.open_runs(), 0, "every run comes to rest");
    told
}

fn outcome(effect: &Effect, how: u8) -> Outcome {
    match (&effect.key.action, how) {
        (Action::Verify, _) => Outcome::Succeeded(Some((how == 0).into())),
        (_, 0) => DONE,
        (_, 1) => Outcome::Failed { class: "no".into(), clean: false },
        _ => Outcome::Unknown,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_same_inputs_give_the_same_outputs(moves in moves()) {
        prop_assert_eq!(play(&moves, |_| true), play(&moves, |_| true));
    }

    /// When nobody answers, it makes no difference how often the engine is polled in between.
    #[test]
    fn polling_later_changes_nothing(moves in moves(), often in 2_usize..5) {
        let silent: Vec<_> =
            moves.into_iter().filter(|(_, what)| !matches!(what, Move::Answer(..))).collect();
        let now_and_then = play(&silent, |index| index % often == 0);
        prop_assert_eq!(play(&silent, |_| true), now_and_then);
    }
}
