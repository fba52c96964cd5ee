//! Functions: `has` and `dur`, whose arguments are syntax, and the pure ones.

use ptms_core::diagnostic::{
    BAD_WINDOW, NOT_LITERAL, UNKNOWN_FUNCTION, UNKNOWN_NAME, WRONG_ARGUMENTS,
};
use ptms_core::{Duration, DurationError, Value};

use super::callables::settled;
use super::{Checked, Checker, windows};
use crate::condition::cell::Slot;
use crate::condition::expr::{Expr, ExprKind, Word};
use crate::condition::functions;
use crate::condition::node::{Node, NodeKind};
use crate::condition::operation::Operation;
use crate::condition::types::Ty;

/// The functions whose arguments are syntax, beside those over time.
pub(crate) const SPECIAL: [&str; 3] = ["dur", "during", "has"];

impl Checker<'_> {
    pub(super) fn call(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        match name.text.as_str() {
            _ if windows::is_one(&name.text, arguments) => self.over_time(name, arguments, None),
            "has" => self.has(expr, name, arguments),
            "dur" => self.duration(expr, name, arguments),
            "during" => self.during(name, arguments),
            _ => self.pure(expr, name, arguments),
        }
    }

    fn pure(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        let Some(function) = functions::find(&name.text) else {
            return self.callable(expr, name, arguments);
        };
        let mut parts = self.parts(arguments)?;
        // What helpers return is what the function takes.
        let fitting = [Ty::Text, Ty::Float].into_iter().find(|open| {
            let types = parts.iter().map(|(_, ty)| if *ty == Ty::Open { open } else { ty });
            (function.result)(&types.cloned().collect::<Vec<_>>()).is_some()
        });
        if let Some(open) = fitting {
            parts = parts.into_iter().map(|part| settled(part, &open)).collect();
        }
        let (nodes, types): (Vec<Node>, Vec<Ty>) = parts.into_iter().unzip();
        let Some(ty) = (function.result)(&types) else {
            let shown = types.iter().map(Ty::to_string).collect::<Vec<_>>().join(", ");
            let message = format!("`{}` does not take ({shown})", function.name);
            self.fault(WRONG_ARGUMENTS, expr, message, format!("write `{}`", function.usage));
            return None;
        };
        let kind = NodeKind::Strict(Operation::Call(function), nodes);
        Some((Node::new(kind, name.start), ty))
    }

    fn has(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        let [argument] = arguments else {
            return self.wrong_arguments(name, "has(ctx.fact)");
        };
        let (node, _) = self.part(argument)?;
        if !matches!(node.kind, NodeKind::Slot(_)) {
            let message = "`has` asks about a fact or a field".to_owned();
            let name = match &argument.kind {
                ExprKind::Literal(Value::Text(name)) => name,
                _ => "fact",
            };
            self.fault(WRONG_ARGUMENTS, argument, message, format!("write `has(ctx.{name})`"));
            return None;
        }
        Some((Node::new(NodeKind::Has(Box::new(node)), expr.start), Ty::Bool))
    }

    fn duration(&mut self, expr: &Expr, name: &Word, arguments: &[Expr]) -> Checked {
        let [argument] = arguments else {
            return self.wrong_arguments(name, "dur(\"5m\")");
        };
        let duration = self.literal_duration(argument)?;
        let node = Node::new(NodeKind::Constant(Value::Int(duration.as_nanos())), expr.start);
        Some((node, Ty::Duration))
    }

    /// `during("office")`
    fn during(&mut self, name: &Word, arguments: &[Expr]) -> Checked {
        let [argument] = arguments else {
            return self.wrong_arguments(name, "during(\"calendar\")");
        };
        if self.around.in_selector {
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
        Some((Node::new(NodeKind::Slot(Slot::During(id)), name.start), Ty::Bool))
    }

    pub(super) fn literal_duration(&mut self, expr: &Expr) -> Option<Duration> {
        // A parameter of a template comes as `dur("5m")`.
        let inner = match &expr.kind {
            ExprKind::Call { name, arguments } if name.text == "dur" => arguments.first(),
            _ => None,
        };
        let ExprKind::Literal(Value::Text(text)) = &inner.unwrap_or(expr).kind else {
            let message = "the duration is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, expr, message, "as in \"5m\" or \"1h30m\"");
            return None;
        };
        let parsed = text.parse();
        if let Err(error) = &parsed {
            let message = format!("\"{text}\" is no duration");
            self.fault(BAD_WINDOW, expr, message, duration_help(text, error));
        }
        parsed.ok()
    }

    pub(super) fn wrong_arguments(&mut self, name: &Word, usage: &str) -> Checked {
        let message = format!("`{}` takes other arguments", name.text);
        let place = (name.start, name.end);
        self.fault_at(WRONG_ARGUMENTS, place, message, format!("write `{usage}`"));
        None
    }
}

/// What to write instead of a text that is no duration.
pub(crate) fn duration_help(text: &str, error: &DurationError) -> String {
    match meant(text) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => error.to_string(),
    }
}

/// The duration that people would read in `30 s` or `5 minutes`.
fn meant(text: &str) -> Option<Duration> {
    let mut written = String::new();
    for word in text.to_lowercase().split_whitespace() {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = word.get(digits.len()..).unwrap_or_default();
        written.push_str(digits);
        written.push_str(match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => "s",
            "m" | "min" | "mins" | "minute" | "minutes" => "m",
            "h" | "hr" | "hrs" | "hour" | "hours" => "h",
            "d" | "day" | "days" => "d",
            "ms" | "msec" | "millis" | "milliseconds" => "ms",
            _ => unit,
        });
    }
    written.parse().ok()
}
