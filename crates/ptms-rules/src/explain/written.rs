//! Parts of conditions as their authors wrote them; those that stand in a signal as they could be
//! written.

use crate::condition::node::NodeKind;
use crate::condition::operation::Operation;
use crate::condition::{Node, Slot};
use crate::rule_set::RuleSet;
use crate::time::{Change, Function, Question};
use crate::window::WindowId;

/// A condition, and what the names in it stand for.
#[derive(Clone, Copy)]
pub(crate) struct Writing<'a> {
    pub(crate) rules: &'a RuleSet,
    /// What the author of the rule wrote.
    pub(crate) text: &'a str,
}

impl Writing<'_> {
    /// A part that stands in another one. What has the same place as that stands in a signal.
    pub(super) fn of(self, node: &Node, within: Option<&Node>) -> String {
        match within {
            Some(within) if within.place == node.place => self.rewritten(node),
            _ => excerpt(self.text, node.place),
        }
    }

    fn rewritten(self, node: &Node) -> String {
        let list = |nodes: &[Node], between: &str| {
            let parts: Vec<String> = nodes.iter().map(|node| self.bracketed(node)).collect();
            parts.join(between)
        };
        match &node.kind {
            NodeKind::Constant(value) => value.to_string(),
            NodeKind::Slot(slot) => self.slot(*slot),
            NodeKind::Has(operand) => format!("has({})", self.rewritten(operand)),
            NodeKind::And(operands) => list(operands, " && "),
            NodeKind::Or(operands) => list(operands, " || "),
            NodeKind::Coalesce(operands) => list(operands, " ?? "),
            NodeKind::Strict(operation, operands) => match operation {
                Operation::Not => format!("!{}", list(operands, "")),
                Operation::Negate => format!("-{}", list(operands, "")),
                Operation::Compare(comparison) => {
                    list(operands, &format!(" {} ", comparison.symbol()))
                }
                Operation::Arithmetic(operator) => {
                    list(operands, &format!(" {} ", operator.symbol()))
                }
                Operation::In => list(operands, " in "),
                Operation::Within { inclusive } => match operands.split_first() {
                    Some((item, bounds)) => {
                        let between = if *inclusive { "..=" } else { ".." };
                        format!("{} in {}", self.bracketed(item), list(bounds, between))
                    }
                    None => String::new(),
                },
                Operation::Call(function) => format!("{}({})", function.name, list(operands, ", ")),
            },
            NodeKind::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let [condition, then, otherwise] =
                    [condition, then, otherwise].map(|part| self.rewritten(part));
                format!("if {condition} {{ {then} }} else {{ {otherwise} }}")
            }
            NodeKind::Switch { subject, .. } => {
                format!("switch {} {{ … }}", self.rewritten(subject))
            }
            NodeKind::Opaque(function, operands) => {
                format!("{}({})", function.name(), list(operands, ", "))
            }
        }
    }

    /// In brackets, where it would be read otherwise without.
    fn bracketed(self, node: &Node) -> String {
        let text = self.rewritten(node);
        let is_loose = match &node.kind {
            NodeKind::And(_) | NodeKind::Or(_) | NodeKind::Coalesce(_) => true,
            NodeKind::Strict(operation, _) => {
                !matches!(operation, Operation::Call(_) | Operation::Not | Operation::Compare(_))
            }
            _ => false,
        };
        if is_loose { format!("({text})") } else { text }
    }

    /// What is in a slot, as conditions call it.
    pub(super) fn slot(self, slot: Slot) -> String {
        let schema = self.rules.schema();
        match slot {
            Slot::Fact(fact) => {
                let name = schema.facts().get(fact.index()).map(|spec| &spec.name);
                name.map(|name| format!("ctx.{name}")).unwrap_or_default()
            }
            // Signals read no events and no parameters.
            Slot::Field(_) => "event".to_owned(),
            Slot::Param(_) => "param".to_owned(),
            Slot::During(calendar) => {
                let name = self.rules.calendars.name(calendar);
                name.map(|name| format!("during({:?})", name.as_str())).unwrap_or_default()
            }
            Slot::Window(window, question) => self.window(window, question),
            Slot::Ratio(part, whole) => {
                let [part, whole] = [part, whole].map(|window| self.selectors(window));
                format!("ratio({part}, {whole})")
            }
        }
    }

    fn window(self, window: WindowId, question: Question) -> String {
        let Some(spec) = self.rules.windows.get(window.0) else { return String::new() };
        let name = match (&spec.spec.function, question) {
            (Function::Count(_), _) => "count",
            (Function::Paned, _) => "rate",
            (Function::Total, Question::Mean) => "avg",
            (Function::Total, _) => "sum",
            (Function::Least, _) => "min",
            (Function::Greatest, _) => "max",
            (Function::Quantile, _) => "quantile",
            (Function::Distinct(_), _) => "distinct",
            (Function::Trend, Question::Forecast(_)) => "forecast",
            (Function::Trend, _) => "slope",
            (Function::Last, _) => "last",
            (Function::Age(_), _) => "age",
            (Function::Absent, _) => "absent",
            (Function::Sequence(_), _) => "seq",
            (Function::Edge(Change::Rising), _) => "rising",
            (Function::Edge(Change::Falling), _) => "falling",
            (Function::Edge(Change::Either), _) => "changed",
            (Function::Held, _) => "held",
        };
        let selectors = self.selectors(window);
        match spec.spec.span {
            span if span.is_zero() => format!("{name}({selectors})"),
            span => format!("{name}({selectors}, \"{span}\")"),
        }
    }

    fn selectors(self, window: WindowId) -> String {
        let spec = self.rules.windows.get(window.0);
        let selectors = spec.map(|spec| spec.source.selectors()).unwrap_or_default();
        let names = selectors.iter().filter_map(|(id, _)| self.rules.selectors.get(id.0));
        let names: Vec<String> = names.map(|found| format!("{:?}", found.name.as_str())).collect();
        // What looks at a signal looks at no selector.
        if names.is_empty() { "…".to_owned() } else { names.join(", ") }
    }
}

/// The bytes of a text with the closing brackets of what is opened in them, on one line.
fn excerpt(text: &str, (start, end): (usize, usize)) -> String {
    let mut taken = String::new();
    let (mut open, mut quoted, mut escaped) = (0_usize, false, false);
    for (index, letter) in text.char_indices().skip_while(|(index, _)| *index < start) {
        if index >= end && open == 0 && !quoted {
            break;
        }
        taken.push(letter);
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => open += 1,
            ')' | ']' | '}' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
    }
    taken.split_whitespace().collect::<Vec<_>>().join(" ")
}
