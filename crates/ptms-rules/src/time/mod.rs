//! What the functions over time keep: one [`State`] for each call and key, one [`Spec`] for all keys of
//! a call.
//!
//! | module | functions |
//! |---|---|
//! | `count` | `count` |
//! | `panes` | `rate`, `ratio`; panes, of which other windows are made where they are not exact |
//! | `aggregate` | `sum`, `avg`, `min`, `max` |
//! | `quantile` | `quantile` |
//! | `distinct` | `distinct` |
//! | `trend` | `slope`, `forecast` |
//! | `latest` | `last`, `age`, `absent` |
//! | `sequence` | `seq` |
//! | `edge` | `rising`, `falling`, `changed`, `held` |
//! | `fold` | what the items of a queue come to |
//!
//! A window is (now − span, now]. A state is told what happens ([`State::event`], [`State::signal`]) and how
//! far time has come ([`State::advance`]), never backwards, and at [`State::next_deadline`] at the latest.
//! Between these its [value](State::value) is exact. It knows no rule, no selector and no key.

mod aggregate;
mod count;
mod distinct;
mod edge;
mod fold;
mod latest;
mod panes;
mod quantile;
mod sequence;
#[cfg(test)]
mod tests;
mod trend;

use std::mem::size_of;

use ptms_core::{Duration, KeyValue, Timestamp, Value};

use self::aggregate::{Aggregate, Greatest, Least, Total};
use self::count::Count;
use self::distinct::Distinct;
use self::edge::{Edge, Held};
use self::latest::{Absent, Age, Last};
use self::panes::Paned;
use self::quantile::Quantile;
use self::sequence::Sequence;
use self::trend::Trend;

pub(crate) use self::count::Keep;
pub(crate) use self::distinct::MOST_DISTINCT;
#[cfg(test)]
pub(crate) use self::distinct::TEXT_LEN;
pub(crate) use self::edge::Change;
pub(crate) use self::latest::MOST_AGES;
pub(crate) use self::quantile::Share;
pub(crate) use self::sequence::{MOST_TERMS, Steps, Terms};

/// The most events of one window of one key that are kept one by one: a burst of a second, or a day of
/// an event every twenty seconds, in 32 KiB.
pub(crate) const CAP: usize = 4_096;

/// What a call keeps, for every key alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spec {
    pub(crate) function: Function,
    /// How long its window is; zero for those without.
    pub(crate) span: Duration,
}

/// What is kept, for one function or several that can share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Function {
    /// `count`.
    Count(Keep),
    /// `rate`, and either side of `ratio`.
    Paned,
    /// `sum` and `avg`.
    Total,
    /// `min`.
    Least,
    /// `max`.
    Greatest,
    /// `quantile`.
    Quantile,
    /// `distinct`, which tells so many values apart.
    Distinct(usize),
    /// `slope` and `forecast`.
    Trend,
    /// `last`.
    Last,
    /// `age`, with the ages at which an answer changes, in order.
    Age(Vec<Duration>),
    /// `absent`.
    Absent,
    /// `seq`.
    Sequence(Steps),
    /// `rising`, `falling`, `changed`.
    Edge(Change),
    /// `held`.
    Held,
}

/// What is kept for one key.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Count(Count),
    Paned(Box<Paned>),
    Total(Box<Aggregate<Total>>),
    Least(Box<Aggregate<Least>>),
    Greatest(Box<Aggregate<Greatest>>),
    Quantile(Box<Quantile>),
    Distinct(Box<Distinct>),
    Trend(Box<Trend>),
    Last(Last),
    Age(Age),
    Absent(Absent),
    Sequence(Sequence),
    Edge(Edge),
    Held(Held),
}

/// What is asked of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// The one thing that the state is for.
    Value,
    /// Of a [`Function::Paned`]: how many in a second, instead of how many.
    Rate,
    /// Of a [`Function::Total`]: the mean, instead of the sum.
    Mean,
    /// Of a [`Function::Quantile`].
    Quantile(Share),
    /// Of a [`Function::Trend`]: what the value will be, instead of the slope.
    Forecast(Duration),
}

/// What a state says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer<'a> {
    Bool(bool),
    /// A whole number; also a duration in nanoseconds.
    Int(i64),
    /// Perhaps not finite.
    Float(f64),
    Stored(&'a Value),
}

impl Answer<'_> {
    /// As a number; not a number where it is none.
    pub(crate) fn as_float(self) -> f64 {
        match self {
            Self::Bool(value) => f64::from(u8::from(value)),
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
            Self::Stored(value) => number(value).unwrap_or(f64::NAN),
        }
    }
}

/// Something that happened to a state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Happening<'a> {
    /// The value or field that the function looks at, where the event has it.
    pub(crate) value: Option<&'a Value>,
    /// The terms of a sequence that the event fits.
    pub(crate) terms: Terms,
}

impl Spec {
    /// The most bytes that a state takes, with what it points to.
    pub(crate) const fn worst_bytes(&self) -> usize {
        let beside = match &self.function {
            Function::Count(keep) => Count::worst_bytes(*keep),
            Function::Paned => Paned::worst_bytes(),
            Function::Total => Aggregate::<Total>::worst_bytes(),
            Function::Least => Aggregate::<Least>::worst_bytes(),
            Function::Greatest => Aggregate::<Greatest>::worst_bytes(),
            Function::Quantile => Quantile::worst_bytes(),
            Function::Distinct(need) => Distinct::worst_bytes(*need),
            Function::Trend => Trend::worst_bytes(),
            Function::Last => Last::worst_bytes(),
            Function::Sequence(steps) => Sequence::worst_bytes(steps),
            Function::Age(_) | Function::Absent | Function::Edge(_) | Function::Held => 0,
        };
        size_of::<State>() + beside
    }
}

impl Spec {
    /// What a state says to which nothing has ever happened, or nothing of which is left.
    pub(crate) const fn value_of_nothing(&self, question: Question) -> Option<Answer<'static>> {
        match (&self.function, question) {
            (Function::Paned, Question::Rate) | (Function::Total, Question::Value) => {
                Some(Answer::Float(0.0))
            }
            (Function::Count(_) | Function::Paned | Function::Distinct(_), _) => {
                Some(Answer::Int(0))
            }
            _ => None,
        }
    }
}

impl Function {
    /// Whether a state that has no deadline is as if nothing had ever happened.
    pub(crate) const fn forgets(&self) -> bool {
        match self {
            Self::Count(_)
            | Self::Paned
            | Self::Total
            | Self::Least
            | Self::Greatest
            | Self::Quantile
            | Self::Distinct(_)
            | Self::Trend => true,
            Self::Last
            | Self::Age(_)
            | Self::Absent
            | Self::Sequence(_)
            | Self::Edge(_)
            | Self::Held => false,
        }
    }

    /// Whether it says only that something happened, and only in the evaluation that follows.
    pub(crate) const fn is_pulse(&self) -> bool {
        matches!(self, Self::Sequence(_) | Self::Edge(_))
    }

    /// The function without what those that ask it need of it: equal ones share a state that serves
    /// all.
    pub(crate) fn identity(&self) -> Self {
        match self {
            Self::Count(_) => Self::Count(Keep::Newest(0)),
            Self::Distinct(_) => Self::Distinct(0),
            Self::Age(_) => Self::Age(Vec::new()),
            other => other.clone(),
        }
    }

    /// Serves who needs `other`, too, which has the same [identity](Self::identity).
    pub(crate) fn serve(&mut self, other: Self) {
        match (self, other) {
            (Self::Count(keep), Self::Count(other)) => *keep = (*keep).max(other),
            (Self::Distinct(need), Self::Distinct(other)) => *need = (*need).max(other),
            (Self::Age(ages), Self::Age(other)) => {
                ages.extend(other);
                ages.sort_unstable();
                ages.dedup();
            }
            _ => {}
        }
    }
}

impl State {
    /// A state that has seen nothing; `born` is when it begins to look.
    pub(crate) fn new(spec: &Spec, born: Timestamp) -> Self {
        match &spec.function {
            Function::Count(_) => Self::Count(Count::new()),
            Function::Paned => Self::Paned(Box::new(Paned::new())),
            Function::Total => Self::Total(Box::new(Aggregate::new())),
            Function::Least => Self::Least(Box::new(Aggregate::new())),
            Function::Greatest => Self::Greatest(Box::new(Aggregate::new())),
            Function::Quantile => Self::Quantile(Box::new(Quantile::new())),
            Function::Distinct(_) => Self::Distinct(Box::new(Distinct::new())),
            Function::Trend => Self::Trend(Box::new(Trend::new())),
            Function::Last => Self::Last(Last::new()),
            Function::Age(_) => Self::Age(Age::new()),
            Function::Absent => Self::Absent(Absent::new(born)),
            Function::Sequence(steps) => Self::Sequence(Sequence::new(steps)),
            Function::Edge(_) => Self::Edge(Edge::new()),
            Function::Held => Self::Held(Held::default()),
        }
    }

    /// Takes an event at `now`. Whether that is a pulse.
    pub(crate) fn event(&mut self, spec: &Spec, now: Timestamp, what: Happening<'_>) -> bool {
        let span = spec.span;
        match (self, &spec.function, what.value) {
            (Self::Count(state), Function::Count(keep), _) => state.event(now, span, *keep),
            (Self::Paned(state), ..) => state.event(now, span),
            (Self::Last(state), _, value) => state.event(value),
            (Self::Age(state), Function::Age(ages), _) => state.event(now, ages),
            (Self::Absent(state), ..) => state.event(now),
            (Self::Sequence(state), Function::Sequence(steps), _) => {
                return state.event(now, what.terms, steps, span);
            }
            (state, function, Some(value)) => state.value_event(function, now, span, value),
            // An event that lacks the value is no value.
            (_, _, None) => {}
        }
        false
    }

    /// What [`Self::event`] does for functions of values.
    fn value_event(&mut self, function: &Function, now: Timestamp, span: Duration, value: &Value) {
        match (self, function, number(value)) {
            (Self::Total(state), _, Some(value)) => state.event(now, Total::of(value), span),
            (Self::Least(state), _, Some(value)) => state.event(now, Least(value), span),
            (Self::Greatest(state), _, Some(value)) => state.event(now, Greatest(value), span),
            (Self::Quantile(state), _, Some(value)) => state.event(now, value, span),
            (Self::Trend(state), _, Some(value)) => state.event(now, value, span),
            (Self::Distinct(state), Function::Distinct(need), _) => {
                if let Some(value) = KeyValue::new(value) {
                    state.event(now, value, span, *need);
                }
            }
            // The check of the book lets no other value come here.
            _ => {}
        }
    }

    /// Takes what the signal is at `now`, `None` where that is unknown. Whether that is a pulse.
    pub(crate) fn signal(&mut self, spec: &Spec, now: Timestamp, signal: Option<bool>) -> bool {
        match (self, &spec.function) {
            (Self::Edge(state), Function::Edge(change)) => return state.signal(signal, *change),
            (Self::Held(state), _) => state.signal(now, signal),
            // The others look at no signal.
            _ => {}
        }
        false
    }

    /// Lets time pass: what is due before `now` happens, and what has left at `now` is out. What matures
    /// at `now` itself does so only where `now` is being closed. Whether that is a pulse.
    pub(crate) fn advance(&mut self, spec: &Spec, now: Timestamp, closing: bool) -> bool {
        let span = spec.span;
        match (self, &spec.function) {
            (Self::Count(state), _) => state.advance(now, span),
            (Self::Paned(state), _) => state.advance(now, span),
            (Self::Total(state), _) => state.advance(now, span),
            (Self::Least(state), _) => state.advance(now, span),
            (Self::Greatest(state), _) => state.advance(now, span),
            (Self::Quantile(state), _) => state.advance(now, span),
            (Self::Distinct(state), _) => state.advance(now, span),
            (Self::Trend(state), _) => state.advance(now, span),
            (Self::Age(state), Function::Age(ages)) => state.advance(now, ages),
            (Self::Absent(state), _) => state.advance(now, closing, span),
            (Self::Held(state), _) => state.advance(now, closing, span),
            (Self::Sequence(state), Function::Sequence(steps)) => {
                return state.advance(now, closing, steps, span);
            }
            (Self::Last(_) | Self::Edge(_) | Self::Age(_) | Self::Sequence(_), _) => {}
        }
        false
    }

    /// When time changes what the state says, if nothing happens before. The current instant itself
    /// where something matures at it.
    pub(crate) fn next_deadline(&self, spec: &Spec) -> Option<Timestamp> {
        let span = spec.span;
        match (self, &spec.function) {
            (Self::Count(state), _) => state.next_deadline(span),
            (Self::Paned(state), _) => state.next_deadline(span),
            (Self::Total(state), _) => state.next_deadline(span),
            (Self::Least(state), _) => state.next_deadline(span),
            (Self::Greatest(state), _) => state.next_deadline(span),
            (Self::Quantile(state), _) => state.next_deadline(span),
            (Self::Distinct(state), _) => state.next_deadline(span),
            (Self::Trend(state), _) => state.next_deadline(span),
            (Self::Age(state), Function::Age(ages)) => state.next_deadline(ages),
            (Self::Absent(state), _) => state.next_deadline(span),
            (Self::Sequence(state), _) => state.next_deadline(span),
            (Self::Held(state), _) => state.next_deadline(span),
            (Self::Last(_) | Self::Edge(_) | Self::Age(_), _) => None,
        }
    }

    /// The answer as of `now`, to which the state has [advanced](Self::advance); `None` where it is
    /// unknown. Pulses are not kept here.
    pub(crate) fn value(
        &self,
        spec: &Spec,
        question: Question,
        now: Timestamp,
    ) -> Option<Answer<'_>> {
        let int = |count: u64| Answer::Int(i64::try_from(count).unwrap_or(i64::MAX));
        Some(match (self, question) {
            (Self::Count(state), _) => int(state.count()),
            (Self::Paned(state), Question::Rate) => {
                Answer::Float(state.count() as f64 / spec.span.as_secs_f64())
            }
            (Self::Paned(state), _) => int(state.count()),
            (Self::Total(state), Question::Mean) => Answer::Float(state.value()?.mean()),
            (Self::Total(state), _) => Answer::Float(state.value().map_or(0.0, |total| total.sum)),
            (Self::Least(state), _) => Answer::Float(state.value()?.0),
            (Self::Greatest(state), _) => Answer::Float(state.value()?.0),
            (Self::Quantile(state), Question::Quantile(share)) => {
                Answer::Float(state.value(share)?)
            }
            (Self::Distinct(state), _) => int(state.count() as u64),
            (Self::Trend(state), Question::Forecast(horizon)) => {
                Answer::Float(state.forecast(horizon)?)
            }
            (Self::Trend(state), _) => Answer::Float(state.slope()?),
            (Self::Last(state), _) => Answer::Stored(state.value()?),
            (Self::Age(state), _) => Answer::Int(state.value(now)?.as_nanos()),
            (Self::Absent(state), _) => Answer::Bool(state.value()?),
            (Self::Held(state), _) => Answer::Bool(state.value()?),
            (Self::Quantile(_) | Self::Sequence(_) | Self::Edge(_), _) => return None,
        })
    }

    /// The oldest event that counts and the newest, where that is known.
    pub(crate) fn ends(&self, spec: &Spec, now: Timestamp) -> [Option<Timestamp>; 2] {
        match self {
            Self::Count(state) => state.ends(),
            Self::Total(state) => state.ends(),
            Self::Least(state) => state.ends(),
            Self::Greatest(state) => state.ends(),
            Self::Age(state) => [None, state.last()],
            Self::Absent(state) => [None, state.last()],
            Self::Sequence(state) => [state.progress(now, spec.span).1, None],
            _ => [None, None],
        }
    }

    /// Whether the answer may differ from the exact one, because more came than is kept.
    pub(crate) fn is_approximate(&self) -> bool {
        match self {
            Self::Count(state) => state.is_approximate(),
            Self::Total(state) => state.is_approximate(),
            Self::Least(state) => state.is_approximate(),
            Self::Greatest(state) => state.is_approximate(),
            Self::Quantile(state) => state.is_approximate(),
            Self::Distinct(state) => state.is_approximate(),
            Self::Paned(_)
            | Self::Trend(_)
            | Self::Last(_)
            | Self::Age(_)
            | Self::Absent(_)
            | Self::Sequence(_)
            | Self::Edge(_)
            | Self::Held(_) => false,
        }
    }
}

/// A value as a float: the nearest, where it is a whole number.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Bool(_) | Value::Text(_) | Value::List(_) => None,
    }
}

/// The most bytes of a [`BTreeMap`](std::collections::BTreeMap) of `len` entries of `entry` bytes: nodes of
/// eleven entries, filled with five at least, with the pointers of twelve children.
pub(crate) const fn tree_bytes(len: usize, entry: usize) -> usize {
    (len / 5 + 1) * piece(11 * entry + 14 * size_of::<usize>())
}

/// The bytes of a piece of memory with what an allocator takes for itself: two words, and what is left
/// over of the next four.
pub(crate) const fn piece(bytes: usize) -> usize {
    (bytes + 2 * size_of::<usize>()).next_multiple_of(4 * size_of::<usize>())
}
