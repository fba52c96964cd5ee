//! One state of a function over time by itself, for the benchmarks of this repository. Nothing else may
//! use it: it can change with every version.

use ptms_core::{Duration, Timestamp, Value};

use crate::time::{
    Change, Function, Happening, Keep, MOST_DISTINCT, Question, Share, Spec, State, Steps,
};

/// The state of a function for one key.
///
/// ```
/// use ptms_core::{Duration, Timestamp};
/// use ptms_rules::probe::Probe;
///
/// let mut probe = Probe::new("count", Duration::from_secs(60)).unwrap();
/// probe.event(Timestamp::from_secs(1), None, 0);
/// assert_eq!(probe.value(Timestamp::from_secs(2)), 1.0);
/// assert!(probe.worst_bytes() > 4_096 * 8);
/// ```
#[derive(Clone, Debug)]
pub struct Probe {
    spec: Spec,
    state: State,
    question: Question,
}

impl Probe {
    /// The state of a function, which is called as in conditions; `None` for other names. `count-10` counts
    /// up to ten, `distinct-3` up to three, and `seq` has five steps.
    #[must_use]
    pub fn new(function: &str, span: Duration) -> Option<Self> {
        let plain = Question::Value;
        let five = || Steps {
            fill: (0..5).map(|step| 1 << step).collect(),
            bar: vec![0; 5],
            until: 0,
            reuse: false,
        };
        let (function, question) = match function {
            "absent" => (Function::Absent, plain),
            "age" => (Function::Age(vec![span]), plain),
            "avg" => (Function::Total, Question::Mean),
            "changed" => (Function::Edge(Change::Either), plain),
            "count" => (Function::Count(Keep::All), plain),
            "count-10" => (Function::Count(Keep::Newest(10)), plain),
            "distinct" => (Function::Distinct(MOST_DISTINCT), plain),
            "distinct-3" => (Function::Distinct(3), plain),
            "held" => (Function::Held, plain),
            "max" => (Function::Greatest, plain),
            "min" => (Function::Least, plain),
            "quantile" => (Function::Quantile, Question::Quantile(Share::new(0.99)?)),
            "rate" => (Function::Paned, Question::Rate),
            "seq" => (Function::Sequence(five()), plain),
            "slope" => (Function::Trend, plain),
            "sum" => (Function::Total, plain),
            _ => return None,
        };
        let spec = Spec { function, span };
        let state = State::new(&spec, Timestamp::MIN);
        Some(Self { spec, state, question })
    }

    /// Takes an event, which fits these terms of a sequence; for functions of signals, a signal that is
    /// true. Whether that is a pulse.
    pub fn event(&mut self, now: Timestamp, value: Option<&Value>, terms: u32) -> bool {
        match self.spec.function {
            Function::Edge(_) | Function::Held => self.state.signal(&self.spec, now, Some(true)),
            _ => self.state.event(&self.spec, now, Happening { value, terms }),
        }
    }

    /// What the function comes to, as a number; not a number where it is unknown or none.
    pub fn value(&mut self, now: Timestamp) -> f64 {
        self.state.advance(&self.spec, now, false);
        match self.state.value(&self.spec, self.question, now) {
            Some(answer) => answer.as_float(),
            None => f64::NAN,
        }
    }

    /// The most bytes that the state takes.
    #[must_use]
    pub const fn worst_bytes(&self) -> usize {
        self.spec.worst_bytes()
    }

    /// The state alone, which is what is kept for a key.
    #[must_use]
    pub fn into_state(self) -> impl Sized {
        self.state
    }
}
