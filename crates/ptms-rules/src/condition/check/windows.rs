//! Functions over time: what each takes, and the window that answers it.

use ptms_core::diagnostic::{BAD_WINDOW, NOT_LITERAL, UNKNOWN_FUNCTION, WRONG_TYPE};
use ptms_core::{Duration, Type, Value};

use super::arguments::Grouping;
use super::{Checked, Checker, sequences, signals};
use crate::condition::cell::Slot;
use crate::condition::expr::{Comparison, Expr, ExprKind, Word};
use crate::condition::node::{Node, NodeKind};
use crate::condition::types::Ty;
use crate::tables::NamedSelector;
use crate::time::{CAP, Function, Keep, MOST_AGES, MOST_DISTINCT, Question, Share, Spec};
use crate::window::{Source, WindowId, WindowSpec};

/// The functions over time, ordered by name, each with how it is written.
const FUNCTIONS: [(&str, &str); 19] = [
    ("absent", "absent(\"selector\", \"5m\")"),
    ("age", "age(\"selector\") > dur(\"5m\")"),
    ("avg", "avg(\"selector\", \"5m\")"),
    ("changed", "changed(\"signal\")"),
    ("count", "count(\"selector\", \"5m\")"),
    ("distinct", "distinct(\"selector.field\", \"5m\")"),
    ("falling", "falling(\"signal\")"),
    ("forecast", "forecast(\"selector\", \"5m\", \"1h\")"),
    ("held", "held(\"signal\", \"5m\")"),
    ("last", "last(\"selector\").field"),
    ("max", "max(\"selector\", \"5m\")"),
    ("min", "min(\"selector\", \"5m\")"),
    ("quantile", "quantile(\"selector\", 0.95, \"5m\")"),
    ("rate", "rate(\"selector\", \"5m\")"),
    ("ratio", "ratio(\"selector\", \"other\", \"5m\")"),
    ("rising", "rising(\"signal\")"),
    ("seq", sequences::USAGE),
    ("slope", "slope(\"selector\", \"5m\")"),
    ("sum", "sum(\"selector\", \"5m\")"),
];

/// The names of the functions over time, in order.
pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether a call is one of a function over time. `min` and `max` are so if they speak of a selector.
pub(super) fn is_one(name: &str, arguments: &[Expr]) -> bool {
    let of_text =
        || matches!(arguments, [Expr { kind: ExprKind::Literal(Value::Text(_)), .. }, ..]);
    names().any(|known| known == name) && (!matches!(name, "min" | "max") || of_text())
}

/// What the value of a call is compared with.
pub(super) type Compared<'e> = Option<(Comparison, &'e Expr)>;

impl Checker<'_> {
    /// A call of a function over time, perhaps compared with something: what is compared with a literal
    /// needs to be exact only up to that.
    pub(super) fn over_time(
        &mut self,
        name: &Word,
        arguments: &[Expr],
        compared: Compared<'_>,
    ) -> Checked {
        if self.around.in_selector {
            let message = "a selector looks at one event, not at a window of them".to_owned();
            let place = (name.start, name.end);
            self.fault_at(UNKNOWN_FUNCTION, place, message, "count in the condition of a rule");
            return None;
        }
        if name.text == "seq" {
            return self.sequence(name, arguments);
        }
        if let Some(function) = signals::function(&name.text) {
            return self.of_signal(name, arguments, function);
        }
        let (arguments, by) = self.options(arguments)?;
        let (slot, ty) = match (name.text.as_str(), arguments) {
            ("count", [selector, span]) => {
                let need = self.need(compared, CAP, "a count");
                let keep = need.map(|need| need.map_or(Keep::All, Keep::Newest));
                let function = Function::Count(keep.unwrap_or(Keep::All));
                let slot = self.plain(selector, span, by, function, Question::Value);
                (slot.filter(|_| keep.is_some()), Ty::Int)
            }
            ("distinct", [of, span]) => (self.distinct(of, span, by, compared), Ty::Int),
            ("rate", [selector, span]) => {
                (self.plain(selector, span, by, Function::Paned, Question::Rate), Ty::Float)
            }
            ("ratio", [part, whole, span]) => (self.ratio(part, whole, span, by), Ty::Float),
            ("absent", [selector, span]) => {
                (self.plain(selector, span, by, Function::Absent, Question::Value), Ty::Bool)
            }
            ("last", [selector, field]) => return self.last(name, selector, field, by),
            ("age", [selector]) => (self.age(name, selector, by, compared), Ty::Duration),
            ("quantile", [selector, share, span]) => {
                let question = self.share(share).map(Question::Quantile);
                (self.valued(selector, span, by, Function::Quantile, question), Ty::Float)
            }
            ("forecast", [selector, span, horizon]) => {
                let question = self.literal_duration(horizon).map(Question::Forecast);
                (self.valued(selector, span, by, Function::Trend, question), Ty::Float)
            }
            (known, [selector, span]) => {
                let Some((function, question)) = of_values(known) else {
                    return self.misused(name);
                };
                (self.valued(selector, span, by, function, Some(question)), Ty::Float)
            }
            _ => return self.misused(name),
        };
        Some((Node::new(NodeKind::Slot(slot?), name.start), ty))
    }

    pub(super) fn misused(&mut self, name: &Word) -> Checked {
        let usage = FUNCTIONS.iter().find(|(known, _)| *known == name.text);
        self.wrong_arguments(name, usage.map_or("", |(_, usage)| usage))
    }

    /// The window over the events of a selector, entered into the tables.
    fn window(
        &mut self,
        selector: &NamedSelector,
        field: Option<usize>,
        (span, at): (Duration, &Expr),
        by: Grouping,
        function: Function,
    ) -> Option<WindowId> {
        let space = self.grouped(selector, by);
        self.outlived(space, span, at)?;
        let source = Source::of(selector.id, field);
        let spec = Spec { function, span };
        Some(self.tables.window(WindowSpec { source, space, spec }))
    }

    /// A function that looks at events alone.
    fn plain(
        &mut self,
        selector: &Expr,
        span: &Expr,
        by: Grouping,
        function: Function,
        question: Question,
    ) -> Option<Slot> {
        let (named, length) = (self.selector(selector), self.window_span(span));
        let (named, length) = named.zip(length)?;
        let window = self.window(&named, None, (length, span), by, function)?;
        Some(Slot::Window(window, question))
    }

    /// A function that looks at the value of a selector.
    fn valued(
        &mut self,
        selector: &Expr,
        span: &Expr,
        by: Grouping,
        function: Function,
        question: Option<Question>,
    ) -> Option<Slot> {
        let (named, length) = (self.selector(selector), self.window_span(span));
        let value = named.as_ref().and_then(|named| self.value_of(selector, named));
        let (named, length) = named.zip(length)?;
        let window = self.window(&named, Some(value?), (length, span), by, function)?;
        Some(Slot::Window(window, question?))
    }

    fn ratio(&mut self, part: &Expr, whole: &Expr, span: &Expr, by: Grouping) -> Option<Slot> {
        let (part, whole) = (self.selector(part), self.selector(whole));
        let length = self.window_span(span)?;
        let (part, whole) = part.zip(whole)?;
        let part = self.window(&part, None, (length, span), by, Function::Paned)?;
        let whole = self.window(&whole, None, (length, span), by, Function::Paned)?;
        Some(Slot::Ratio(part, whole))
    }

    fn distinct(
        &mut self,
        of: &Expr,
        span: &Expr,
        by: Grouping,
        compared: Compared<'_>,
    ) -> Option<Slot> {
        let (selected, length) = (self.selector_and_field(of), self.window_span(span));
        let need = self.need(compared, MOST_DISTINCT, "a number of different values");
        let ((named, field), (length, need)) = selected.zip(length.zip(need))?;
        let event = self.around.schema.events().get(named.event.index())?;
        if matches!(event.fields.get(field)?.ty, Type::Float) {
            let message = "floats are not told apart: two that look alike may differ".to_owned();
            self.fault(
                WRONG_TYPE,
                of,
                message,
                "use an int, a string, an enum, a duration or a bool",
            );
            return None;
        }
        let function = Function::Distinct(need.unwrap_or(MOST_DISTINCT));
        let window = self.window(&named, Some(field), (length, span), by, function)?;
        Some(Slot::Window(window, Question::Value))
    }

    fn last(&mut self, name: &Word, selector: &Expr, field: &Expr, by: Grouping) -> Checked {
        let named = self.selector(selector)?;
        let ExprKind::Literal(Value::Text(text)) = &field.kind else {
            return self.misused(name);
        };
        let field = self.field_of(field, &named, text)?;
        let event = self.around.schema.events().get(named.event.index())?;
        let ty = Ty::of(&event.fields.get(field)?.ty)?;
        let lasting = (Duration::ZERO, selector);
        let window = self.window(&named, Some(field), lasting, by, Function::Last)?;
        let slot = Slot::Window(window, Question::Value);
        Some((Node::new(NodeKind::Slot(slot), name.start), ty))
    }

    /// `age` is a duration that grows with every instant: when a comparison with a constant changes is
    /// known, when another would is not.
    fn age(
        &mut self,
        name: &Word,
        selector: &Expr,
        by: Grouping,
        compared: Compared<'_>,
    ) -> Option<Slot> {
        let named = self.selector(selector);
        let bound = compared.and_then(|(comparison, other)| {
            let ExprKind::Call { name, arguments } = &other.kind else { return None };
            let [Expr { kind: ExprKind::Literal(Value::Text(text)), .. }] = arguments.as_slice()
            else {
                return None;
            };
            (name.text == "dur").then_some((comparison, text))
        });
        let Some((comparison, text)) = bound else {
            let message = "an age is compared with a duration that is written out".to_owned();
            let help = "as in `age(\"heartbeat\") > dur(\"5m\")`";
            self.fault_at(NOT_LITERAL, (name.start, name.end), message, help);
            return None;
        };
        // A text that is no duration is a fault of the other side.
        let reached: Duration = text.parse().ok()?;
        let passed = Duration::from_nanos(reached.as_nanos().saturating_add(1))?;
        let ages = match comparison {
            Comparison::GreaterOrEqual | Comparison::Less => vec![reached],
            Comparison::Greater | Comparison::LessOrEqual => vec![passed],
            Comparison::Equal | Comparison::NotEqual => vec![reached, passed],
        };
        let named = named?;
        let space = self.grouped(&named, by);
        self.outlived(space, reached, selector)?;
        let slot = (Duration::ZERO, selector);
        let window = self.window(&named, None, slot, by, Function::Age(ages))?;
        let known = self.tables.windows.get(window.0).map(|window| &window.spec.function);
        if matches!(known, Some(Function::Age(ages)) if ages.len() > MOST_AGES) {
            let message = format!("the book asks about more than {MOST_AGES} ages of one selector");
            self.fault(BAD_WINDOW, selector, message, "use fewer different durations");
            return None;
        }
        Some(Slot::Window(window, Question::Value))
    }

    fn share(&mut self, expr: &Expr) -> Option<Share> {
        let share = match Self::literal(expr) {
            Some(Value::Float(share)) => Share::new(share),
            Some(Value::Int(share)) => Share::new(share as f64),
            _ => {
                let message = "which quantile is written out".to_owned();
                self.fault(
                    NOT_LITERAL,
                    expr,
                    message,
                    "as in `quantile(\"request\", 0.95, \"5m\")`",
                );
                return None;
            }
        };
        if share.is_none() {
            let message = "a quantile is from 0 to 1".to_owned();
            self.fault(BAD_WINDOW, expr, message, "write 0.95 for 95 %");
        }
        share
    }

    /// Up to which number a count is to be exact, if all that matters is how it compares with a literal;
    /// nothing where that is more than it comes to.
    fn need(&mut self, compared: Compared<'_>, cap: usize, what: &str) -> Option<Option<usize>> {
        let Some((comparison, literal)) = compared else { return Some(None) };
        let (need, asked) = match Self::literal(literal) {
            Some(Value::Int(bound)) => {
                let reached = match comparison {
                    Comparison::GreaterOrEqual | Comparison::Less => bound,
                    _ => bound.saturating_add(1),
                };
                let need = usize::try_from(reached.max(1)).unwrap_or(usize::MAX);
                (Some(need), format!("up to {cap}, this asks about {reached}"))
            }
            // A float is compared as one: that the count stays below it is all that is known.
            Some(Value::Float(bound)) if bound > cap as f64 => {
                (Some(usize::MAX), format!("up to {cap}"))
            }
            _ => return Some(None),
        };
        if need.is_some_and(|need| need > cap) {
            let message = format!("{what} goes {asked}");
            let help = "use a shorter window and a smaller number";
            self.fault(BAD_WINDOW, literal, message, help);
            return None;
        }
        Some(need)
    }

    /// Whether `expr` is a count and `literal` a number that no count comes to; a fault if so.
    pub(super) fn out_of_reach(&mut self, expr: &Expr, literal: &Expr) -> bool {
        let cap = match &expr.kind {
            ExprKind::Call { name, .. } if name.text == "count" => CAP,
            ExprKind::Call { name, .. } if name.text == "distinct" => MOST_DISTINCT,
            _ => return false,
        };
        let bound = match Self::literal(literal) {
            Some(Value::Int(bound)) => bound as f64,
            Some(Value::Float(bound)) => bound,
            _ => return false,
        };
        let far = bound > cap as f64;
        if far {
            let message = format!("a count goes up to {cap}");
            self.fault(BAD_WINDOW, literal, message, "use a shorter window and a smaller number");
        }
        far
    }
}

/// What a function of values keeps, and what of it is asked.
fn of_values(name: &str) -> Option<(Function, Question)> {
    Some(match name {
        "sum" => (Function::Total, Question::Value),
        "avg" => (Function::Total, Question::Mean),
        "min" => (Function::Least, Question::Value),
        "max" => (Function::Greatest, Question::Value),
        "slope" => (Function::Trend, Question::Value),
        _ => return None,
    })
}
