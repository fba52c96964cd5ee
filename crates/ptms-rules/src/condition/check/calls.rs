//! Functions: `count`, `has` and `dur`, whose arguments are syntax, and the pure ones.

use ptms_core::diagnostic::{
    BAD_WINDOW, NOT_LITERAL, UNKNOWN_FUNCTION, UNKNOWN_NAME, WRONG_ARGUMENTS,
};
use ptms_core::name::nearest;
use ptms_core::{Duration, Name, Value};

use super::{Checked, Checker};
use crate::condition::cell::{Cell, Slot};
use crate::condition::expr::{Comparison, Expr, ExprKind, Word};
use crate::condition::functions::{self, FUNCTIONS};
use crate::condition::node::{Node, NodeKind};
use crate::condition::operation::Operation;
use crate::condition::types::Ty;
use crate::space::SpaceId;
use crate::tables::tuple_name;
use crate::window::{CAP, WindowSpec};

/// The functions whose arguments are syntax.
const SPECIAL: [&str; 4] = ["count", "dur", "during", "has"];

impl Checker<'_> {
    pub(super) fn call(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        match name.text.as_str() {
            "count" => self.count(name, arguments, None),
            "has" => self.has(expr, name, arguments),
            "dur" => self.duration(expr, name, arguments),
            "during" => self.during(name, arguments),
            _ => self.pure(expr, name, arguments),
        }
    }

    fn pure(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        let place = (name.start, name.end);
        let Some(function) = functions::find(&name.text) else {
            let known = FUNCTIONS.iter().map(|function| function.name).chain(SPECIAL);
            let help = match nearest(&name.text, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the functions are {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("conditions have no function `{}`", name.text);
            self.fault_at(UNKNOWN_FUNCTION, place, message, help);
            return None;
        };
        let parts = self.parts(arguments)?;
        let (nodes, types): (Vec<Node>, Vec<Ty>) = parts.into_iter().unzip();
        let Some(ty) = (function.result)(&types) else {
            let shown = types.iter().map(Ty::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("`{}` does not take ({shown})", function.name);
            self.fault(WRONG_ARGUMENTS, expr, message, format!("write `{}`", function.usage));
            return None;
        };
        let kind = NodeKind::Strict(Operation::Call(function), nodes);
        Some((Node { kind, at: name.start }, ty))
    }

    fn has(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        let [argument] = arguments else {
            return self.wrong_arguments(name, "has(ctx.fact)");
        };
        let (node, _) = self.part(argument)?;
        if !matches!(node.kind, NodeKind::Slot(_)) {
            let message = "`has` asks about a fact or a field".to_owned();
            self.fault(WRONG_ARGUMENTS, argument, message, "write `has(ctx.fact)`");
            return None;
        }
        Some((Node { kind: NodeKind::Has(Box::new(node)), at: expr.start }, Ty::Bool))
    }

    fn duration(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        let [argument] = arguments else {
            return self.wrong_arguments(name, "dur(\"5m\")");
        };
        let duration = self.literal_duration(argument)?;
        let node =
            Node { kind: NodeKind::Constant(Value::Int(duration.as_nanos())), at: expr.start };
        Some((node, Ty::Duration))
    }

    /// `during("office")`
    fn during(&mut self, name: &Word, arguments: &[Expr]) -> Checked {
        let [argument] = arguments else {
            return self.wrong_arguments(name, "during(\"calendar\")");
        };
        if self.around.event.is_some() {
            let message = "a selector looks at one event, not at the time".to_owned();
            let help = "ask in the condition of a rule";
            self.fault_at(UNKNOWN_FUNCTION, (name.start, name.end), message, help);
            return None;
        }
        let ExprKind::Literal(Value::Text(calendar)) = &argument.kind else {
            let message = "the calendar is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, argument, message, "as in `during(\"office\")`");
            return None;
        };
        let calendars = self.tables.calendars.clone();
        let Some(id) = calendars.find(calendar) else {
            if self.spoiled.contains("calendar", calendar) {
                return None;
            }
            let help = match calendars.nearest(calendar) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("declare [calendar.{calendar}]"),
            };
            let message = format!("no calendar `{calendar}` is declared");
            self.fault(UNKNOWN_NAME, argument, message, help);
            return None;
        };
        self.tables.used_calendars.insert(id);
        Some((Node { kind: NodeKind::Slot(Slot::During(id)), at: name.start }, Ty::Bool))
    }

    /// `count("selector", "5m")`, perhaps compared with a literal.
    pub(super) fn count(
        &mut self,
        name: &Word,
        arguments: &[Expr],
        compared: Option<(Comparison, i64, &Expr)>,
    ) -> Checked {
        if self.around.event.is_some() {
            let message = "a selector looks at one event, not at a window of them".to_owned();
            let place = (name.start, name.end);
            self.fault_at(UNKNOWN_FUNCTION, place, message, "count in the condition of a rule");
            return None;
        }
        let [selector, span] = arguments else {
            return self.wrong_arguments(name, "count(\"selector\", \"5m\")");
        };
        let selector = self.selector(selector);
        let (span_expr, window) = (span, self.window_span(span));
        let need = match compared {
            Some((comparison, bound, literal)) => self.need(comparison, bound, literal),
            None => Some(CAP),
        };
        let ((selector, dimensions), (span, need)) = selector.zip(window.zip(need))?;
        let space = (!dimensions.is_empty()).then(|| self.tables.space(dimensions));
        self.outlived(space, span, span_expr)?;
        let window = self.tables.window(WindowSpec { selector, span, space, need });
        Some((Node { kind: NodeKind::Slot(Slot::Count(window)), at: name.start }, Ty::Int))
    }

    /// The selector that is named, and by which dimensions of the rule its events are grouped.
    fn selector(&mut self, expr: &Expr) -> Option<(crate::window::SelectorId, Vec<Name>)> {
        let ExprKind::Literal(Value::Text(text)) = &expr.kind else {
            let message = "the selector is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, expr, message, "as in `count(\"error\", \"5m\")`");
            return None;
        };
        let Some((id, carried)) = self.around.selectors.find(text) else {
            if self.spoiled.contains("select", text) || self.spoiled.contains("event", text) {
                return None;
            }
            let help = match self.around.selectors.nearest(text) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("declare [select.{text}], or an event of that name"),
            };
            let message = format!("no selector or event `{text}` is declared");
            self.fault(UNKNOWN_NAME, expr, message, help);
            return None;
        };
        let shared = self.around.dimensions.iter().filter(|dimension| carried.contains(dimension));
        Some((id, shared.cloned().collect()))
    }

    /// Refuses a window that a key of its space may not live to see the end of.
    fn outlived(&mut self, space: Option<SpaceId>, span: Duration, at: &Expr) -> Option<()> {
        let spec = space.and_then(|space| self.tables.spaces.get(space.0));
        let Some((spec, ttl)) = spec.and_then(|spec| Some((spec, spec.ttl?))) else {
            return Some(());
        };
        if span < ttl {
            return Some(());
        }
        let name = tuple_name(&spec.dimensions);
        let message = format!("the window is {span}, and a key of `{name}` leaves after {ttl}");
        self.fault(BAD_WINDOW, at, message, format!("make the `ttl` of [key.{name}] longer"));
        None
    }

    fn window_span(&mut self, expr: &Expr) -> Option<Duration> {
        let span = self.literal_duration(expr)?;
        if span.is_zero() {
            let message = "a window of no length never holds an event".to_owned();
            self.fault(BAD_WINDOW, expr, message, "give it a length, as in \"5m\"");
            return None;
        }
        Some(span)
    }

    fn literal_duration(&mut self, expr: &Expr) -> Option<Duration> {
        let ExprKind::Literal(Value::Text(text)) = &expr.kind else {
            let message = "the duration is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, expr, message, "as in \"5m\" or \"1h30m\"");
            return None;
        };
        let parsed = text.parse();
        if let Err(error) = &parsed {
            let message = format!("\"{text}\" is no duration");
            self.fault(BAD_WINDOW, expr, message, ptms_core::DurationError::to_string(error));
        }
        parsed.ok()
    }

    /// How many events a window must remember to answer `count <comparison> bound` for ever.
    fn need(&mut self, comparison: Comparison, bound: i64, literal: &Expr) -> Option<usize> {
        let reached = match comparison {
            Comparison::GreaterOrEqual | Comparison::Less => bound,
            _ => bound.saturating_add(1),
        };
        let need = usize::try_from(reached.max(1)).unwrap_or(usize::MAX);
        if need > CAP {
            let message = format!("a count goes up to {CAP}, this asks about {reached}");
            self.fault(BAD_WINDOW, literal, message, "use a shorter window and a smaller number");
            return None;
        }
        Some(need)
    }

    /// Whether `expr` is a count and `literal` a number that no count comes to; a fault if so.
    pub(super) fn out_of_reach(&mut self, expr: &Expr, literal: &Expr) -> bool {
        let is_count = matches!(&expr.kind, ExprKind::Call { name, .. } if name.text == "count");
        let bound = Self::literal(literal).and_then(|bound| Cell::from(&bound).as_float());
        let far = is_count && bound.is_some_and(|bound| bound > CAP as f64);
        if far {
            let message = format!("a count goes up to {CAP}");
            self.fault(BAD_WINDOW, literal, message, "use a shorter window and a smaller number");
        }
        far
    }

    fn wrong_arguments(&mut self, name: &Word, usage: &str) -> Checked {
        let message = format!("`{}` takes other arguments", name.text);
        let place = (name.start, name.end);
        self.fault_at(WRONG_ARGUMENTS, place, message, format!("write `{usage}`"));
        None
    }
}
