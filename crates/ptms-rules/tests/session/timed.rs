//! Functions over time by definition: what they come to is worked out anew from all events.

use crate::book::{Dice, SELECTORS, Selector};

/// A function, compared with a number that it comes to only where that is exact.
#[derive(Clone, Debug)]
pub(crate) struct Timed {
    function: Function,
    pub(crate) selector: Selector,
    /// A power of two, so that panes end with the milliseconds.
    pub(crate) span: i64,
    operator: &'static str,
    bound: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Rate,
    Ratio,
    Sum,
    Avg,
    Min,
    Max,
    Quantile,
    Distinct,
    Last,
    Age,
    Absent,
    Slope,
    Forecast,
}

use Function::{
    Absent, Age, Avg, Distinct, Forecast, Last, Max, Min, Quantile, Rate, Ratio, Slope, Sum,
};

/// What a function looks at.
pub(crate) struct View {
    pub(crate) now: i64,
    /// The last instant that was closed.
    pub(crate) closed: Option<i64>,
    /// When looking began, for a key that lives.
    pub(crate) born: Option<i64>,
    /// All events of the selector that the key sees: instant, `h`, `v`.
    pub(crate) events: Vec<(i64, i64, i64)>,
    /// The instants of all events.
    pub(crate) all: Vec<i64>,
}

impl Timed {
    pub(crate) fn random(dice: &mut Dice<'_>) -> Self {
        let function = dice.pick(&[
            Rate, Ratio, Sum, Avg, Min, Max, Quantile, Distinct, Last, Age, Absent, Absent, Slope,
            Forecast,
        ]);
        let operators: &[_] = if function == Age { &[">=", "<"] } else { &[">=", ">", "<", "<="] };
        Self {
            function,
            selector: dice.pick(SELECTORS.get(1..).unwrap_or_default()),
            span: 1 << dice.roll(3),
            operator: dice.pick(operators),
            bound: dice.roll(3),
        }
    }

    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self.function, Absent)
    }

    pub(crate) fn text(&self) -> String {
        let Self { selector: Selector { name, .. }, span, operator, bound, .. } = self;
        let call = match self.function {
            Rate => format!("rate(\"{name}\", \"{span}ms\")"),
            Ratio => format!("ratio(\"{name}\", \"e\", \"{span}ms\")"),
            Sum => format!("sum(\"{name}\", \"{span}ms\")"),
            Avg => format!("avg(\"{name}\", \"{span}ms\")"),
            Min => format!("min(\"{name}\", \"{span}ms\")"),
            Max => format!("max(\"{name}\", \"{span}ms\")"),
            Quantile => format!("quantile(\"{name}\", 0.5, \"{span}ms\")"),
            Distinct => format!("distinct(\"{name}.h\", \"{span}ms\")"),
            Last => format!("last(\"{name}\").v"),
            Age => return format!("age(\"{name}\") {operator} dur(\"{bound}ms\")"),
            Absent => return format!("absent(\"{name}\", \"{span}ms\")"),
            Slope => format!("slope(\"{name}\", \"{span}ms\")"),
            Forecast => format!("forecast(\"{name}\", \"{span}ms\", \"1ms\")"),
        };
        match self.function {
            Distinct | Last => format!("{call} {operator} {bound}"),
            _ => format!("{call} {operator} {:?}", self.limit()),
        }
    }

    /// The number that it is compared with: for floats one that they do not come to.
    fn limit(&self) -> f64 {
        let bound = self.bound as f64;
        match self.function {
            Distinct | Last | Age => bound,
            Rate => (bound + 0.3) * 1_000.0 / self.span as f64,
            Slope => (bound - 0.7) * 137.0,
            _ => bound + 0.37,
        }
    }

    /// Unknown where it has no value.
    pub(crate) fn truth(&self, view: &View) -> Option<bool> {
        if self.function == Absent {
            return self.absent(view);
        }
        let (value, limit) = (self.value(view)?, self.limit());
        Some(match self.operator {
            ">=" => value >= limit,
            ">" => value > limit,
            "<" => value < limit,
            _ => value <= limit,
        })
    }

    fn absent(&self, view: &View) -> Option<bool> {
        let last = view.events.last().map(|(at, ..)| *at);
        let over = self.is_over(view);
        if over { Some(true) } else { last.map(|_| false) }
    }

    /// Whether a whole span was closed since the last event.
    pub(crate) fn is_over(&self, view: &View) -> bool {
        let since = view.events.last().map(|(at, ..)| *at).or(view.born);
        since.zip(view.closed).is_some_and(|(since, closed)| closed >= since + self.span)
    }

    fn value(&self, view: &View) -> Option<f64> {
        let inside = |at: i64| view.now - self.span < at;
        let events: Vec<_> = view.events.iter().filter(|(at, ..)| inside(*at)).collect();
        let mut values: Vec<f64> = events.iter().map(|(_, _, v)| *v as f64).collect();
        let (count, sum) = (values.len() as f64, values.iter().sum::<f64>());
        let seconds = 1e-3 * self.span as f64;
        match self.function {
            Rate => Some(count / seconds),
            Ratio => {
                let all = view.all.iter().filter(|at| inside(**at)).count();
                (all > 0).then(|| count / all as f64)
            }
            Sum => Some(sum),
            Avg => (count > 0.0).then(|| sum / count),
            Min => values.into_iter().reduce(f64::min),
            Max => values.into_iter().reduce(f64::max),
            Quantile => {
                values.sort_by(f64::total_cmp);
                let rank = values.len().div_ceil(2).max(1);
                values.get(rank - 1).copied()
            }
            Distinct => {
                let hs: std::collections::BTreeSet<i64> =
                    events.iter().map(|(_, h, _)| *h).collect();
                Some(hs.len() as f64)
            }
            Last => view.events.last().map(|(_, _, v)| *v as f64),
            Age => view.events.last().map(|(at, ..)| (view.now - at) as f64),
            Slope => slope(&events),
            Forecast => slope(&events).map(|slope| values.last().unwrap_or(&0.0) + slope * 1e-3),
            Absent => None,
        }
    }
}

/// Growth a second, by least squares.
fn slope(events: &[&(i64, i64, i64)]) -> Option<f64> {
    let count = events.len() as i64;
    let sum =
        |of: fn(i64, i64) -> i64| -> i64 { events.iter().map(|(at, _, v)| of(*at, *v)).sum() };
    let (sum_at, sum_v) = (sum(|at, _| at), sum(|_, v| v));
    let spread = count * sum(|at, _| at * at) - sum_at * sum_at;
    let product = count * sum(|at, v| at * v) - sum_at * sum_v;
    (spread != 0).then(|| product as f64 / spread as f64 * 1e3)
}
