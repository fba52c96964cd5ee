//! Conditions, and parts of them, that come to the same whatever happens. Only a doubt: an author may
//! try something out.
//!
//! What compares one slot with values that are written out can change only beside these values. So a few
//! values of the slot show all that such a part ever comes to, told by the program that would run. What
//! is unknown stays so: "never true" says nothing of it.

use ptms_core::diagnostic::CONSTANT_CONDITION;
use ptms_core::{Duration, Name, Severity, Type, Value};

use super::{Checker, Finding};
use crate::condition::cell::{Cell, Slot, Slots, Truth};
use crate::condition::expr::{Expr, ExprKind};
use crate::condition::node::{Node, NodeKind};
use crate::condition::operation::Operation;
use crate::condition::program::Program;
use crate::time::{Function, Question};

/// The values that a slot may have.
enum Domain<'a> {
    Bool,
    Int { min: i64, max: i64 },
    Duration { min: i64, max: i64 },
    Float { min: f64, max: f64 },
    Text,
    Members(&'a [Name]),
}

/// Every slot has the same value.
struct Everywhere<'a>(Cell<'a>);

impl Slots for Everywhere<'_> {
    fn read(&self, _slot: Slot) -> Cell<'_> {
        self.0
    }
}

impl Checker<'_> {
    /// Notes a whole condition that reads nothing, and the parts that are never true or never false.
    pub(super) fn doubt_constants(&mut self, expr: &Expr, node: &Node) {
        if node.reads_something() {
            self.doubt_parts(expr, node);
        } else if self.around.event.is_none() {
            let outcome = match Program::compile(node).filter(|_| node.cost() == 0) {
                Some(program) => match program.truth(&Everywhere(Cell::Unknown)) {
                    Truth::True => "is always true".to_owned(),
                    Truth::False => "is always false".to_owned(),
                    Truth::Unknown => "is always unknown".to_owned(),
                    Truth::Fault(fault) => format!("always fails: {}", fault.kind.message()),
                },
                None => "is always the same".to_owned(),
            };
            let message = format!("the condition reads nothing and {outcome}");
            self.doubt(expr, expr, message, "read a fact, as in `ctx.name`, or count events");
        }
    }

    fn doubt(&mut self, first: &Expr, last: &Expr, message: String, help: &str) {
        self.findings.push(Finding {
            code: CONSTANT_CONDITION,
            severity: Severity::Warning,
            start: first.start,
            end: last.end,
            message,
            help: Some(help.to_owned()),
            signal: None,
        });
    }

    /// Both trees have the same shape down to what is read in place of something else: a signal.
    fn doubt_parts(&mut self, expr: &Expr, node: &Node) {
        match (&expr.kind, &node.kind) {
            (ExprKind::And(_), NodeKind::And(_)) => self.doubt_junction(expr, node, false),
            (ExprKind::Or(_), NodeKind::Or(_)) => self.doubt_junction(expr, node, true),
            (ExprKind::Not(expr), NodeKind::Strict(Operation::Not, operand)) => {
                operand.iter().for_each(|operand| self.doubt_parts(expr, operand));
            }
            (ExprKind::If(exprs), NodeKind::If(nodes)) => {
                exprs.iter().zip(nodes.iter()).for_each(|(e, n)| self.doubt_parts(e, n));
            }
            _ => self.doubt_comparison(expr, node),
        }
    }

    /// A comparison with what lies beyond the values that are declared.
    fn doubt_comparison(&mut self, expr: &Expr, node: &Node) {
        let mut constants = Vec::new();
        let Some(slot) = subject(node, &mut constants) else { return };
        let Some(domain) = self.domain(slot) else { return };
        let Some(bounds) = domain.bounds() else { return };
        let (outcome, help) = match constant(&domain, &constants, node) {
            Some(true) => ("false", "leave it out, or compare with another value"),
            Some(false) => ("true", "compare with another value"),
            None => return,
        };
        let message = format!("this is never {outcome}: {} {bounds}", self.called(slot));
        self.doubt(expr, expr, message, help);
    }

    /// Operands of one `&&` that exclude each other; operands of one `||` one of which always holds.
    fn doubt_junction(&mut self, expr: &Expr, node: &Node, decisive: bool) {
        let mut operands = Vec::new();
        flatten(expr, node, decisive, &mut operands);
        let told = self.findings.len();
        operands.iter().for_each(|(expr, node)| self.doubt_parts(expr, node));
        if self.findings.len() > told {
            return;
        }
        let mut by_slot: Vec<(Slot, usize)> = operands
            .iter()
            .enumerate()
            .filter_map(|(index, (_, node))| Some((subject(node, &mut Vec::new())?, index)))
            .collect();
        by_slot.sort_unstable();
        for group in by_slot.chunk_by(|(left, _), (right, _)| left == right) {
            let members: Vec<(&Expr, &Node)> =
                group.iter().filter_map(|(_, at)| operands.get(*at).copied()).collect();
            let [(first, _), .., (last, _)] = members.as_slice() else { continue };
            let [(slot, _), ..] = group else { continue };
            let nodes: Vec<Node> = members.iter().map(|(_, node)| (*node).clone()).collect();
            let kind = if decisive { NodeKind::Or(nodes) } else { NodeKind::And(nodes) };
            let together = Node::new(kind, node.at);
            let mut constants = Vec::new();
            subject(&together, &mut constants);
            let outcome = self.domain(*slot).and_then(|it| constant(&it, &constants, &together));
            if outcome != Some(decisive) {
                continue;
            }
            let called = self.called(*slot);
            let (message, help) = if decisive {
                let message =
                    format!("this is never false: every value of {called} makes part of it true");
                (message, "join by `&&` what must hold together")
            } else {
                let message =
                    format!("this is never true: no value of {called} makes all of it true");
                (message, "join by `||` if one of them is enough")
            };
            self.doubt(first, last, message, help);
        }
    }

    fn domain(&self, slot: Slot) -> Option<Domain<'_>> {
        let schema = self.around.schema;
        match slot {
            Slot::Fact(id) => {
                let fact = schema.facts().get(id.index())?;
                Domain::of(&fact.ty, fact.min.as_ref(), fact.max.as_ref())
            }
            Slot::Field(index) => {
                let event = schema.events().get(self.around.event?.index())?;
                Domain::of(&event.fields.get(index)?.ty, None, None)
            }
            Slot::Param(index) => Domain::of(&self.around.params.get(index)?.ty, None, None),
            Slot::During(_) => Some(Domain::Bool),
            Slot::Ratio(..) => Some(Domain::Float { min: 0.0, max: f64::MAX }),
            Slot::Window(id, question) => {
                let function = &self.tables.windows.get(id.0)?.spec.function;
                match (function, question) {
                    (Function::Count(_) | Function::Distinct(_), _) => {
                        Some(Domain::Int { min: 0, max: i64::MAX })
                    }
                    (Function::Age(_), _) => Some(Domain::Duration { min: 0, max: i64::MAX }),
                    (Function::Paned, Question::Rate) => {
                        Some(Domain::Float { min: 0.0, max: f64::MAX })
                    }
                    (Function::Absent, _) => Some(Domain::Bool),
                    _ => None,
                }
            }
        }
    }

    /// As the author would call it.
    fn called(&self, slot: Slot) -> String {
        let schema = self.around.schema;
        let named = match slot {
            Slot::Fact(id) => {
                schema.facts().get(id.index()).map(|fact| format!("`ctx.{}`", fact.name))
            }
            Slot::Param(index) => {
                self.around.params.get(index).map(|param| format!("`param.{}`", param.name))
            }
            Slot::Field(index) => self
                .around
                .event
                .and_then(|event| schema.events().get(event.index())?.fields.get(index))
                .map(|field| format!("`event.{}`", field.name)),
            Slot::During(_) => Some("`during(…)`".to_owned()),
            Slot::Ratio(..) => Some("`ratio(…)`".to_owned()),
            Slot::Window(id, _) => {
                match self.tables.windows.get(id.0).map(|it| &it.spec.function) {
                    Some(Function::Count(_)) => Some("`count(…)`".to_owned()),
                    Some(Function::Distinct(_)) => Some("`distinct(…)`".to_owned()),
                    Some(Function::Age(_)) => Some("`age(…)`".to_owned()),
                    Some(Function::Absent) => Some("`absent(…)`".to_owned()),
                    Some(Function::Paned) => Some("`rate(…)`".to_owned()),
                    _ => None,
                }
            }
        };
        named.unwrap_or_else(|| "what it reads".to_owned())
    }
}

impl<'a> Domain<'a> {
    fn of(ty: &'a Type, min: Option<&Value>, max: Option<&Value>) -> Option<Self> {
        let int = |bound: Option<&Value>| match bound {
            Some(Value::Int(bound)) => Some(*bound),
            _ => None,
        };
        let float = |bound: Option<&Value>| bound.and_then(|bound| Cell::from(bound).as_float());
        Some(match ty {
            Type::Bool => Self::Bool,
            Type::Int => {
                Self::Int { min: int(min).unwrap_or(i64::MIN), max: int(max).unwrap_or(i64::MAX) }
            }
            Type::Duration => Self::Duration {
                min: int(min).unwrap_or(i64::MIN),
                max: int(max).unwrap_or(i64::MAX),
            },
            Type::Float => Self::Float {
                min: float(min).unwrap_or(f64::MIN),
                max: float(max).unwrap_or(f64::MAX),
            },
            Type::String => Self::Text,
            Type::Enum(members) => Self::Members(members),
            _ => return None,
        })
    }

    /// What is declared of the values besides their type, after "it".
    fn bounds(&self) -> Option<String> {
        let number = |min: Option<String>, max: Option<String>| match (min, max) {
            (Some(min), Some(max)) => Some(format!("is from {min} to {max}")),
            (Some(min), None) => Some(format!("is at least {min}")),
            (None, Some(max)) => Some(format!("is at most {max}")),
            (None, None) => None,
        };
        match self {
            Self::Bool | Self::Text => None,
            Self::Int { min, max } => number(
                Some(*min).filter(|min| *min > i64::MIN).map(|min| min.to_string()),
                Some(*max).filter(|max| *max < i64::MAX).map(|max| max.to_string()),
            ),
            Self::Duration { min, max } => {
                let shown = |nanos: i64| Duration::from_nanos(nanos).map(|it| it.to_string());
                number(
                    Some(*min).filter(|min| *min > i64::MIN).and_then(shown),
                    Some(*max).filter(|max| *max < i64::MAX).and_then(shown),
                )
            }
            Self::Float { min, max } => number(
                Some(*min).filter(|min| *min > f64::MIN).map(|min| format!("{min:?}")),
                Some(*max).filter(|max| *max < f64::MAX).map(|max| format!("{max:?}")),
            ),
            Self::Members(members) => {
                let members: Vec<&str> = members.iter().map(Name::as_str).collect();
                Some(format!("is one of {}", members.join(", ")))
            }
        }
    }

    /// Values of the domain among which are some on each side of every constant, as near as there are.
    fn samples(&self, constants: &[&Value]) -> Vec<Value> {
        let numbers = || constants.iter().filter_map(|constant| Cell::from(*constant).as_float());
        match self {
            Self::Bool => vec![Value::Bool(false), Value::Bool(true)],
            Self::Members(members) => {
                members.iter().map(|member| Value::Text(member.as_str().into())).collect()
            }
            Self::Text => {
                // The first text of all, and the first one after each.
                let texts = constants.iter().filter_map(|constant| match constant {
                    Value::Text(text) => Some(text),
                    _ => None,
                });
                let beside = texts.flat_map(|text| [text.to_string(), format!("{text}\0")]);
                std::iter::once(String::new()).chain(beside).map(Value::from).collect()
            }
            Self::Int { min, max } | Self::Duration { min, max } => {
                let whole = |constant: &&Value| match constant {
                    Value::Int(value) => Some(*value),
                    other => Cell::from(*other).as_float().map(|value| value.floor() as i64),
                };
                let beside = constants
                    .iter()
                    .filter_map(whole)
                    .flat_map(|at| [at.saturating_sub(1), at, at.saturating_add(1)]);
                let all = [*min, *max].into_iter().chain(beside);
                all.filter(|value| (*min..=*max).contains(value)).map(Value::Int).collect()
            }
            Self::Float { min, max } => {
                let mut at: Vec<f64> = [*min, *max].into_iter().chain(numbers()).collect();
                at.retain(|value| (*min..=*max).contains(value));
                at.sort_by(f64::total_cmp);
                let between = at.windows(2).filter_map(|pair| match pair {
                    [left, right] => Some(left / 2.0 + right / 2.0),
                    _ => None,
                });
                let between: Vec<f64> = between.collect();
                at.into_iter().chain(between).map(Value::Float).collect()
            }
        }
    }
}

/// The operands of all `&&` (or `||`) that stand within each other.
fn flatten<'e>(
    expr: &'e Expr,
    node: &'e Node,
    decisive: bool,
    operands: &mut Vec<(&'e Expr, &'e Node)>,
) {
    match (&expr.kind, &node.kind) {
        (ExprKind::And(exprs), NodeKind::And(nodes)) if !decisive => {
            exprs.iter().zip(nodes).for_each(|(e, n)| flatten(e, n, decisive, operands));
        }
        (ExprKind::Or(exprs), NodeKind::Or(nodes)) if decisive => {
            exprs.iter().zip(nodes).for_each(|(e, n)| flatten(e, n, decisive, operands));
        }
        _ => operands.push((expr, node)),
    }
}

/// The one slot on which alone a part depends, by comparisons with these constants.
fn subject<'e>(node: &'e Node, constants: &mut Vec<&'e Value>) -> Option<Slot> {
    match &node.kind {
        NodeKind::Slot(slot) => Some(*slot),
        NodeKind::And(operands) | NodeKind::Or(operands) => {
            let (first, rest) = operands.split_first()?;
            let slot = subject(first, constants)?;
            let same = |operand| subject(operand, constants) == Some(slot);
            rest.iter().all(same).then_some(slot)
        }
        NodeKind::Strict(Operation::Not, operands) => subject(operands.first()?, constants),
        NodeKind::Strict(Operation::Compare(_), operands) => match operands.as_slice() {
            [
                Node { kind: NodeKind::Slot(slot), .. },
                Node { kind: NodeKind::Constant(value), .. },
            ]
            | [
                Node { kind: NodeKind::Constant(value), .. },
                Node { kind: NodeKind::Slot(slot), .. },
            ] => {
                constants.push(value);
                Some(*slot)
            }
            _ => None,
        },
        NodeKind::Strict(Operation::In | Operation::Within { .. }, operands) => {
            let (first, bounds) = operands.split_first()?;
            let NodeKind::Slot(slot) = first.kind else { return None };
            for bound in bounds {
                match &bound.kind {
                    NodeKind::Constant(Value::List(items)) => constants.extend(items.iter()),
                    NodeKind::Constant(value @ Value::Int(_)) => constants.push(value),
                    _ => return None,
                }
            }
            Some(slot)
        }
        _ => None,
    }
}

/// What the part comes to, if that is the same for every value of its slot.
fn constant(domain: &Domain<'_>, constants: &[&Value], node: &Node) -> Option<bool> {
    let program = Program::compile(node)?;
    let samples = domain.samples(constants);
    let mut truths = samples.iter().map(|value| program.truth(&Everywhere(value.into())));
    let first = truths.next()?;
    let outcome = match first {
        Truth::True => true,
        Truth::False => false,
        Truth::Unknown | Truth::Fault(_) => return None,
    };
    truths.all(|truth| truth == first).then_some(outcome)
}
