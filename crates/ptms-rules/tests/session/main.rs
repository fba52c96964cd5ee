//! Sessions against an oracle, and the properties of instants and wake-ups.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod book;
mod oracle;
mod timed;
mod watched;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use ptms_core::{Event, Key, Sources, Timestamp, TriggerState, Value};
use ptms_rules::{Input, Output, Reading, RuleSet, Rulebook, Session};

use self::book::{Book, Condition, Dice, Limits, Rule, SELECTORS, Step};
use self::oracle::Oracle;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn load(book: &Book) -> Arc<RuleSet> {
    let text = book.text();
    let loaded = Rulebook::load(&Sources::from_iter([("book.toml", text.as_str())]));
    loaded.unwrap_or_else(|found| panic!("{text}\n{found:#?}")).rules
}

/// An output in the words of the oracle.
fn words(output: &Output) -> String {
    let millis = |at: Timestamp| at.as_nanos() / 1_000_000;
    match output {
        Output::Fired(fired) => {
            let (at, reason) = (millis(fired.at), fired.reason.as_str());
            format!("{at} {} {} fired {reason}", fired.rule, fired.key)
        }
        Output::Transition(change) => {
            let state = match change.to {
                TriggerState::Inactive => "inactive",
                TriggerState::Pending { .. } => "pending",
                TriggerState::Firing { .. } => "firing",
                TriggerState::Resolving { .. } => "resolving",
            };
            let (at, reason) = (millis(change.at), change.reason.as_str());
            format!("{at} {} {} {state} {reason}", change.rule, change.key)
        }
        Output::Repeated(fired) => {
            format!("{} {} {} repeated", millis(fired.at), fired.rule, fired.key)
        }
        Output::Unknown { at, rule, key } => format!("{} {rule} {key} unknown", millis(*at)),
        Output::Fault(fault) => format!("{} {} {} fault", millis(fault.at), fault.rule, fault.key),
        Output::KeyRefused { at, key } => format!("{} refused {key}", millis(*at)),
        Output::Evicted { at, key } => format!("{} evicted {key}", millis(*at)),
    }
}

fn drain(session: &mut Session) -> Vec<String> {
    std::iter::from_fn(|| session.poll()).map(|output| words(&output)).collect()
}

/// A stream on a small grid, so that equal instants and the edges of windows and timers collide. It
/// ends long after everything is over.
fn stream(dice: &mut Dice<'_>, len: i64) -> Vec<(i64, Step)> {
    let mut now = 0;
    let mut steps = Vec::new();
    for _ in 0..len {
        steps.push((now, Step::random(dice)));
        now += dice.pick(&[0, 0, 1, 1, 1, 2, 3, 12]);
    }
    steps.push((now + 30, Step::Wake));
    steps
}

/// The same stream with wake-ups between its inputs. They begin after the first input, which is what
/// begins a session.
fn with_wakes(stream: &[(i64, Step)], mut wanted: impl FnMut() -> bool) -> Vec<(i64, Step)> {
    let mut begun = false;
    let mut steps = Vec::new();
    for (index, (now, step)) in stream.iter().enumerate() {
        steps.push((*now, *step));
        begun |= *step != Step::Advance;
        let next = stream.get(index + 1).map_or(*now, |(next, _)| *next);
        let instants = (*now..next).filter(|_| begun && wanted());
        steps.extend(instants.map(|instant| (instant, Step::Wake)));
    }
    steps
}

/// What a session says of a stream, polled after every input.
fn run(rules: &Arc<RuleSet>, stream: &[(i64, Step)]) -> Vec<String> {
    let mut session = Session::new(rules.clone());
    let mut said = Vec::new();
    for (now, step) in stream {
        session.handle(at(*now), step.input()).unwrap();
        said.extend(drain(&mut session));
    }
    said
}

fn entropy() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

/// A random book, loaded, and a random stream.
fn case(bytes: &[u8], limited: bool) -> (Book, Arc<RuleSet>, Vec<(i64, Step)>) {
    let mut dice = Dice(bytes.iter());
    let book = Book::random(&mut dice, limited);
    let (rules, stream) = (load(&book), stream(&mut dice, 40));
    (book, rules, stream)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Books with limits lose and refuse keys.
    #[test]
    fn a_session_says_what_the_definition_says(bytes in entropy(), limited in any::<bool>()) {
        let (book, rules, stream) = case(&bytes, limited);
        let mut oracle = Oracle::new(&book);
        for (now, step) in &stream {
            oracle.handle(*now, *step);
        }
        prop_assert_eq!(run(&rules, &stream), oracle.outputs, "{}\n{:?}", book.text(), stream);
    }

    #[test]
    fn wake_ups_that_precede_no_input_of_their_instant_change_nothing(
        bytes in entropy(),
        limited in any::<bool>(),
        wakes in prop::collection::vec(any::<bool>(), 64),
    ) {
        let (book, rules, stream) = case(&bytes, limited);
        let mut wakes = wakes.into_iter().cycle();
        let some = with_wakes(&stream, || wakes.next().unwrap());
        let all = with_wakes(&stream, || true);
        let said = run(&rules, &stream);
        prop_assert_eq!(&run(&rules, &some), &said, "{}\n{:?}", book.text(), some);
        prop_assert_eq!(&run(&rules, &all), &said, "{}\n{:?}", book.text(), all);
    }

    #[test]
    fn waking_only_at_deadlines_is_waking_at_every_instant(
        bytes in entropy(),
        limited in any::<bool>(),
    ) {
        let (book, rules, stream) = case(&bytes, limited);
        let mut session = Session::new(rules.clone());
        let mut said = Vec::new();
        for (now, step) in &stream {
            while let Some(due) = session.next_deadline().filter(|due| *due < at(*now)) {
                session.handle(due, Input::Wake).unwrap();
                said.extend(drain(&mut session));
            }
            session.handle(at(*now), step.input()).unwrap();
            let before = said.len();
            said.extend(drain(&mut session));
            // What a wake-up did not announce happened at the instant of an input.
            let prefix = format!("{now} ");
            prop_assert!(said[before..].iter().all(|line| line.starts_with(&prefix)), "{said:?}");
        }
        prop_assert_eq!(said, run(&rules, &with_wakes(&stream, || true)), "{}\n{:?}", book.text(), stream);
    }

    #[test]
    fn how_often_a_host_polls_changes_nothing(
        bytes in entropy(),
        limited in any::<bool>(),
        polls in prop::collection::vec(0_usize..4, 64),
    ) {
        let (book, rules, stream) = case(&bytes, limited);
        let mut session = Session::new(rules.clone());
        let mut said = Vec::new();
        for ((now, step), polls) in stream.iter().zip(polls.into_iter().cycle()) {
            session.handle(at(*now), step.input()).unwrap();
            said.extend((0..polls).map_while(|_| session.poll()).map(|output| words(&output)));
        }
        said.extend(drain(&mut session));
        prop_assert_eq!(said, run(&rules, &stream), "{}\n{:?}", book.text(), stream);
    }

    /// Of rules without key, because the verdicts of one with a key do not say of which.
    #[test]
    fn an_explanation_says_what_the_evaluation_said(bytes in entropy()) {
        let (book, rules, stream) = case(&bytes, false);
        let mut session = Session::new(rules.clone());
        for (now, step) in &stream {
            let before: Vec<_> = session.verdicts().map(|(_, verdicts)| verdicts).collect();
            session.handle(at(*now), step.input()).unwrap();
            // What a value is follows the clock, so the instant is closed before it is looked at.
            session.handle(at(*now), Input::Wake).unwrap();
            drain(&mut session);
            for ((spec, after), before) in session.verdicts().zip(before) {
                if after.total() != before.total() + 1 || !spec.key.is_empty() || spec.on.is_some() {
                    continue;
                }
                let why = session.explain(&spec.id, &Key::default(), at(*now)).unwrap();
                let expected = match why.when.reading {
                    Reading::Value(Value::Bool(true)) => after.known_true - before.known_true,
                    Reading::Value(Value::Bool(false)) => after.known_false - before.known_false,
                    Reading::Unknown => after.unknown - before.unknown,
                    Reading::Fault(_) => after.fault - before.fault,
                    _ => 0,
                };
                prop_assert_eq!(expected, 1, "{}\n{:?}\n{}", book.text(), stream, why);
            }
        }
    }

    /// Batches are handed in whole and then polled, or one input a call with time told in between.
    #[test]
    fn splitting_a_batch_into_calls_changes_nothing(
        bytes in entropy(),
        limited in any::<bool>(),
        ends in prop::collection::vec(any::<bool>(), 64),
    ) {
        let (book, rules, stream) = case(&bytes, limited);
        let mut session = Session::new(rules.clone());
        let mut said = Vec::new();
        for ((now, step), ends) in stream.iter().zip(ends.into_iter().cycle()) {
            session.handle(at(*now), step.input()).unwrap();
            if ends {
                said.extend(drain(&mut session));
            }
        }
        said.extend(drain(&mut session));
        let told = stream.iter().flat_map(|(now, step)| [(*now, *step), (*now, Step::Advance)]);
        let calls: Vec<_> = told.collect();
        prop_assert_eq!(said, run(&rules, &calls), "{}\n{:?}", book.text(), stream);
    }

    #[test]
    fn a_refused_input_changes_nothing(bytes in entropy(), refused in 0_usize..7) {
        let (book, rules, stream) = case(&bytes, false);
        let mut session = Session::new(rules.clone());
        let mut said = Vec::new();
        for (now, step) in &stream {
            session.handle(at(*now), step.input()).unwrap();
            let wrong = match refused {
                6 => Input::Event(Event::new("@fired:r0")),
                0 => Input::Event(Event::new("e").with("h", "text").with("v", 1)),
                1 => Input::Event(Event::new("f")),
                2 => Input::Set(vec![("b".into(), true.into()), ("n".into(), 0.5.into())]),
                3 => Input::Set(vec![("b".into(), true.into()), ("b".into(), false.into())]),
                4 => Input::Unset(vec!["b".into(), "c".into()]),
                _ => Input::Event(Event::new("e").with("h", 1).with("v", 1).with("v", 1)),
            };
            prop_assert!(session.handle(at(*now), wrong).is_err());
            prop_assert!(session.handle(at(*now - 1), Input::Wake).is_err());
            said.extend(drain(&mut session));
        }
        prop_assert_eq!(said, run(&rules, &stream), "{}\n{:?}", book.text(), stream);
    }
}

/// Rules over more dimensions read the windows of the key that leaves.
#[test]
fn a_key_that_leaves_takes_its_events_with_it() {
    let count = |selector, bound| Condition::Count { selector, span: 5, operator: ">=", bound };
    let [_, by_k, by_hk] = SELECTORS;
    let rule = Rule {
        key: &["h", "k"],
        when: Condition::And(vec![count(by_k, 1), count(by_hk, 0)]),
        ..Rule::default()
    };
    let limits = [None, Some(1), None].map(|max| Limits { max, ttl: None });
    let [derived, derived_k] = [Condition::B, Condition::B];
    let book =
        Book { stale: None, limits, derived, derived_k, signals: Vec::new(), rules: vec![rule] };
    let stream = [(0, 0), (1, 1)].map(|(now, k)| (now, Step::Event { h: 0, k: Some(k), v: 1 }));
    let expected = [
        "0 r0 h=0,k=0 fired condition_true",
        "1 evicted k=0",
        "1 r0 h=0,k=0 inactive condition_false",
        "1 r0 h=0,k=1 fired condition_true",
    ];
    assert_eq!(run(&load(&book), &stream), expected);
}

/// Every transition that `session/life.rs` has, as a state before, and what is said.
const TRANSITIONS: [&str; 20] = [
    "inactive → fired condition_true",
    "inactive → pending condition_true",
    "pending → fired for_elapsed",
    "pending → fired cooldown_elapsed",
    "pending → fired inhibition_ended",
    "pending → inactive condition_false",
    "pending → inactive stale",
    "pending → inactive evicted",
    "firing → inactive condition_false",
    "firing → inactive resolve_when",
    "firing → inactive stale",
    "firing → inactive evicted",
    "firing → resolving condition_false",
    "firing → resolving resolve_when",
    "firing → repeated",
    "resolving → firing condition_true",
    "resolving → inactive keep_elapsed",
    "resolving → inactive evicted",
    "resolving → repeated",
    "inactive → unknown",
];

/// Random books and streams go every way through the life of a trigger: what the other tests hold
/// against the definition is all of it.
#[test]
fn every_transition_is_reached() {
    let mut reached = BTreeSet::new();
    let mut byte = 1_u32;
    for _ in 0..1_500 {
        let bytes: Vec<u8> = (0..300)
            .map(|_| {
                byte = byte.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                byte.to_be_bytes()[0]
            })
            .collect();
        let (_, rules, stream) = case(&bytes, bytes[0] < 128);
        let mut states = BTreeMap::new();
        for line in run(&rules, &stream) {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            let [_, rule, key, said] = words[..] else { continue };
            let state =
                states.entry(format!("{rule} {key}")).or_insert_with(|| "inactive".to_owned());
            let next = said.split(' ').next().unwrap();
            reached.insert(format!("{state} → {said}"));
            match next {
                "fired" => *state = "firing".to_owned(),
                "inactive" | "pending" | "firing" | "resolving" => *state = next.to_owned(),
                _ => {}
            }
        }
    }
    let missing: Vec<&str> =
        TRANSITIONS.into_iter().filter(|transition| !reached.contains(*transition)).collect();
    assert!(missing.is_empty(), "no stream reaches {missing:#?}");
    let unlisted: Vec<&String> = reached
        .iter()
        .filter(|reached| !TRANSITIONS.contains(&reached.as_str()))
        .filter(|reached| !reached.ends_with(" fault") && !reached.ends_with(" unknown"))
        .collect();
    assert!(unlisted.is_empty(), "not in the list: {unlisted:#?}");
}
