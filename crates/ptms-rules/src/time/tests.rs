//! What the tests of all states share, and what is said of all states alike.

use proptest::prelude::*;
use ptms_core::{Duration, Timestamp};

use super::*;

/// How long the streams are that would show drift.
pub(super) const MILLION: usize = 1_000_000;

pub(super) fn at(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

pub(super) fn nanos(nanos: i64) -> Duration {
    Duration::from_nanos(nanos).unwrap()
}

/// Instants that grow, each with whether an event happens then. Gaps of zero make equal instants, and
/// the spans of the tests are as small, so that events lie exactly on the edges.
pub(super) fn stream() -> impl Strategy<Value = Vec<(i64, bool)>> {
    prop::collection::vec((0_i64..4, prop::bool::weighted(0.8)), 1..80).prop_map(|steps| {
        let mut now = 0;
        let step = |(gap, event)| {
            now += gap;
            (now, event)
        };
        steps.into_iter().map(step).collect()
    })
}

/// The instants of a million events, on average 1.3 apart, many of them equal.
pub(super) fn million() -> impl Iterator<Item = i64> {
    let (mut now, mut random) = (0, 1_u64);
    (0..MILLION).map(move |_| {
        // Knuth's MMIX generator.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        now += [0, 0, 0, 1, 1, 1, 3, 4][(random >> 61) as usize];
        now
    })
}

fn function() -> impl Strategy<Value = Function> {
    let steps = Steps { fill: vec![1, 2], bar: vec![4, 8], until: 16, reuse: false };
    prop::sample::select(vec![
        Function::Count(Keep::Newest(3)),
        Function::Count(Keep::All),
        Function::Paned,
        Function::Total,
        Function::Least,
        Function::Greatest,
        Function::Quantile,
        Function::Distinct(3),
        Function::Trend,
        Function::Last,
        Function::Age(vec![nanos(2), nanos(5)]),
        Function::Absent,
        Function::Sequence(steps),
        Function::Edge(Change::Either),
        Function::Held,
    ])
}

/// What a state says to every question.
fn answers(state: &State, spec: &Spec, now: i64) -> String {
    let share = Share::new(0.5).unwrap();
    let questions = [
        Question::Value,
        Question::Rate,
        Question::Mean,
        Question::Quantile(share),
        Question::Forecast(nanos(7)),
    ];
    // An age is a function of now; here it is asked as of the same instant.
    let answer = |question| format!("{:?}", state.value(spec, question, at(now)));
    questions.map(answer).join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Time that passes between deadlines changes nothing, to the last digit, and no deadline is passed
    /// over: a state that is advanced at every instant says what one says that is advanced at its
    /// deadlines only.
    #[test]
    fn only_deadlines_count(
        function in function(),
        steps in stream(),
        values in prop::collection::vec((-5_i64..5, 0_u32..32), 1..9),
        span in 1_i64..9,
    ) {
        let spec = Spec { function, span: nanos(span) };
        let mut lazy = State::new(&spec, at(0));
        let mut eager = lazy.clone();
        let (mut pulses, mut eager_pulses) = (Vec::new(), Vec::new());
        let mut before = 0;
        for ((now, event), (value, terms)) in steps.into_iter().zip(values.into_iter().cycle()) {
            while let Some(due) = lazy.next_deadline(&spec).filter(|due| *due < at(now)) {
                pulses.extend(lazy.advance(&spec, due, true).then_some(due));
                prop_assert_ne!(lazy.next_deadline(&spec), Some(due), "a deadline is met");
            }
            for instant in before..now {
                let pulse = eager.advance(&spec, at(instant), true);
                eager_pulses.extend(pulse.then_some(at(instant)));
            }
            before = now;
            lazy.advance(&spec, at(now), false);
            eager.advance(&spec, at(now), false);
            if event {
                let value = Value::Int(value);
                let what = Happening { value: Some(&value).filter(|_| terms != 0), terms };
                let signal = [Some(true), Some(false), None][terms as usize % 3];
                for (state, pulses) in [(&mut lazy, &mut pulses), (&mut eager, &mut eager_pulses)] {
                    let pulse = state.event(&spec, at(now), what) | state.signal(&spec, at(now), signal);
                    pulses.extend(pulse.then_some(at(now)));
                }
            }
            prop_assert_eq!(answers(&lazy, &spec, now), answers(&eager, &spec, now));
            prop_assert_eq!(&pulses, &eager_pulses);
            if spec.function.forgets() && lazy.next_deadline(&spec).is_none() {
                let fresh = answers(&State::new(&spec, at(now)), &spec, now);
                prop_assert_eq!(answers(&lazy, &spec, now), fresh);
            }
        }
    }

    /// At the ends of time nothing overflows.
    #[test]
    fn the_ends_of_time_are_as_any_other(
        function in function(),
        late in any::<bool>(),
        gaps in prop::collection::vec(0_i64..3, 1..20),
        span in prop_oneof![Just(1), 1_i64..9, Just(i64::MAX)],
    ) {
        let spec = Spec { function, span: nanos(span) };
        let mut now = if late { i64::MAX - 20 } else { i64::MIN };
        let mut state = State::new(&spec, at(now));
        for gap in gaps {
            now = now.saturating_add(gap);
            state.advance(&spec, at(now), true);
            state.event(&spec, at(now), Happening { value: Some(&Value::Int(1)), terms: 3 });
            state.signal(&spec, at(now), Some(gap > 0));
            answers(&state, &spec, now);
        }
    }
}

#[test]
fn values_of_nothing() {
    let value = |function, question| {
        let spec = Spec { function, span: nanos(1_000_000_000) };
        let state = State::new(&spec, at(0));
        let found = state.value(&spec, question, at(0));
        assert_eq!(found, spec.value_of_nothing(question), "{spec:?}");
        format!("{found:?}")
    };
    let found = [
        value(Function::Count(Keep::All), Question::Value),
        value(Function::Paned, Question::Rate),
        value(Function::Total, Question::Value),
        value(Function::Total, Question::Mean),
        value(Function::Greatest, Question::Value),
        value(Function::Quantile, Question::Quantile(Share::new(0.5).unwrap())),
        value(Function::Distinct(9), Question::Value),
        value(Function::Trend, Question::Value),
        value(Function::Last, Question::Value),
        value(Function::Age(Vec::new()), Question::Value),
        value(Function::Absent, Question::Value),
        value(Function::Held, Question::Value),
    ];
    let (zero, none) = ("Some(Int(0))", "None");
    let float = "Some(Float(0.0))";
    assert_eq!(found, [zero, float, float, none, none, none, zero, none, none, none, none, none],);
}
