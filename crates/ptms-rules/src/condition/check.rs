//! The check of a condition against the declarations: names, functions, arguments, types. Every
//! fault is found, not only the first.

mod arguments;
mod callables;
mod calls;
mod choices;
mod constant;
mod operators;
mod sequences;
mod signals;
mod windows;

use ptms_core::diagnostic::{
    BAD_KEY, EVENT_OUT_OF_PLACE, NOT_BOOL, SCRIPT_FORBIDDEN, UNKNOWN_NAME, WRONG_TYPE,
};
use ptms_core::name::nearest;
use ptms_core::{Code, EventId, FieldSpec, Name, Schema, Severity, Type, Value};

use self::callables::settled;
use super::cell::Slot;
use super::expr::{Expr, ExprKind, Word};
use super::node::{Node, NodeKind};
use super::types::Ty;
use crate::tables::{SelectorNames, Signals, Spoiled, Tables};

pub(crate) use calls::{SPECIAL, duration_help};
pub(crate) use signals::PULSES;
#[cfg(test)]
pub(crate) use signals::{MAX_LEVELS, MAX_PARTS};
pub(crate) use windows::names as over_time;

/// What a condition may speak of.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) selectors: &'a SelectorNames,
    pub(crate) signals: &'a Signals,
    /// The kind of event at hand: in a selector, and in a rule that looks at the events of one.
    pub(crate) event: Option<EventId>,
    /// The parameters of the workflow at hand; conditions of rules have none.
    pub(crate) params: &'a [FieldSpec],
    /// Whether this is the `where` of a selector, which sees one event and facts that hosts set.
    pub(crate) in_selector: bool,
    /// The dimensions of the rule's key.
    pub(crate) dimensions: &'a [Name],
}

/// A fault or doubt about a part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// The signal in which it lies, where the place only names that.
    pub(crate) signal: Option<Name>,
}

/// Checks conditions; windows that they speak of are entered into the tables.
pub(crate) struct Checker<'a> {
    around: Surroundings<'a>,
    spoiled: &'a Spoiled,
    tables: &'a mut Tables,
    findings: Vec<Finding>,
    /// How many parts were checked, those of signals included.
    checked: usize,
    /// In how many others the part at hand lies, and in how many signals.
    level: usize,
    signals: usize,
}

/// A checked part with its type; `None` where a fault has been noted.
type Checked = Option<(Node, Ty)>;

impl<'a> Checker<'a> {
    /// What speaks of `spoiled` declarations comes to nothing, without a finding.
    pub(crate) const fn new(
        around: Surroundings<'a>,
        spoiled: &'a Spoiled,
        tables: &'a mut Tables,
    ) -> Self {
        Self { around, spoiled, tables, findings: Vec::new(), checked: 0, level: 0, signals: 0 }
    }

    /// A condition that must be true or false. The node is there if no finding is an error.
    pub(crate) fn condition(mut self, expr: &Expr) -> (Option<Node>, Vec<Finding>) {
        let checked = self.part(expr).map(|part| settled(part, &Ty::Bool));
        if let Some((_, ty)) = &checked
            && *ty != Ty::Bool
        {
            let message = format!("a condition is true or false, this is {ty}");
            self.fault(NOT_BOOL, expr, message, "compare it with something, as in `… > 0`");
        }
        let failed = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        let node = checked.map(|(node, _)| node).filter(|_| !failed);
        if let Some(node) = &node {
            self.doubt_constants(expr, node);
        }
        (node, self.findings)
    }

    /// What is handed to a workflow: a value of any type, or of the one that the workflow declares. The
    /// node is there if there is no finding.
    pub(crate) fn value(
        mut self,
        expr: &Expr,
        declared: Option<&Type>,
    ) -> (Option<Node>, Vec<Finding>) {
        let wanted = declared.and_then(Ty::of);
        let checked = self.part(expr).map(|part| match &wanted {
            Some(wanted) => settled(part, wanted),
            None => part,
        });
        if let Some((node, ty)) = &checked {
            let is_admitted = |declared: &Type| match &node.kind {
                NodeKind::Constant(value) => declared.admit(value.clone()).is_ok(),
                _ => false,
            };
            match wanted {
                None if *ty == Ty::Open => {
                    let message = "nothing says what the helper returns".to_owned();
                    let help = "let the rule run a workflow that declares a parameter of this name";
                    self.fault(WRONG_TYPE, expr, message, help);
                }
                Some(wanted) if !wanted.takes(ty) && !declared.is_some_and(is_admitted) => {
                    let message = format!("the workflow takes {wanted} here, this is {ty}");
                    let help = match wanted {
                        Ty::Enum(members) => {
                            format!("the values are {}", members.join(", "))
                        }
                        _ => "hand over something else, or declare the parameter so".to_owned(),
                    };
                    self.fault(WRONG_TYPE, expr, message, help);
                }
                _ => {}
            }
        }
        (checked.map(|(node, _)| node).filter(|_| self.findings.is_empty()), self.findings)
    }

    fn fault(&mut self, code: Code, at: &Expr, message: String, help: impl Into<String>) {
        self.fault_at(code, (at.start, at.end), message, help);
    }

    fn fault_at(
        &mut self,
        code: Code,
        (start, end): (usize, usize),
        message: String,
        help: impl Into<String>,
    ) {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        let severity = Severity::Error;
        self.findings.push(Finding { code, severity, start, end, message, help, signal: None });
    }

    fn part(&mut self, expr: &Expr) -> Checked {
        self.within_limits(expr)?;
        self.level += 1;
        let checked = self.part_of_kind(expr);
        self.level -= 1;
        checked.map(|(node, ty)| (Node { place: (expr.start, expr.end), ..node }, ty))
    }

    fn part_of_kind(&mut self, expr: &Expr) -> Checked {
        let node = |kind| Node::new(kind, expr.start);
        match &expr.kind {
            ExprKind::Literal(value) => {
                Some((node(NodeKind::Constant(value.clone())), Ty::of_literal(value)))
            }
            ExprKind::Path(words) => self.path(expr, words),
            ExprKind::Not(operand) => self.not(expr, operand),
            ExprKind::Negate(operand) => self.negate(expr, operand),
            ExprKind::And(operands) => {
                Some((node(NodeKind::And(self.truths("&&", operands)?)), Ty::Bool))
            }
            ExprKind::Or(operands) => {
                Some((node(NodeKind::Or(self.truths("||", operands)?)), Ty::Bool))
            }
            ExprKind::Coalesce(operands) => self.coalesce(expr, operands),
            ExprKind::Compare(comparison, pair) => self.compare(expr, *comparison, pair),
            ExprKind::Arithmetic(operator, pair) => self.arithmetic(expr, *operator, pair),
            ExprKind::In { item, container } => self.is_in(expr, item, container),
            ExprKind::Call { name, arguments } => self.call(expr, name, arguments),
            ExprKind::Array(items) => self.array(expr, items),
            ExprKind::If(parts) => self.choice(expr, parts),
            ExprKind::Switch { subject, arms, default } => {
                self.switch(expr, subject, arms, default)
            }
            ExprKind::Options(_) => {
                let message = "options stand behind the arguments of a function over time";
                self.fault(
                    SCRIPT_FORBIDDEN,
                    expr,
                    message.to_owned(),
                    "as in `count(\"error\", \"5m\", #{by: []})`",
                );
                None
            }
            ExprKind::Range { .. } => {
                let help = "write `x in 1..5`";
                self.fault(
                    SCRIPT_FORBIDDEN,
                    expr,
                    "a range stands only after `in`".to_owned(),
                    help,
                );
                None
            }
        }
    }

    /// All of them, even where an earlier one is at fault, so that every fault is found.
    fn parts<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Option<Vec<(Node, Ty)>> {
        let checked: Vec<Checked> = exprs.into_iter().map(|expr| self.part(expr)).collect();
        checked.into_iter().collect()
    }

    /// `ctx.fact` or `event.field`.
    fn path(&mut self, expr: &Expr, words: &[Word]) -> Checked {
        let (first, rest) = words.split_first()?;
        match (first.text.as_str(), rest) {
            ("ctx", []) => {
                let message = "`ctx` is not a value by itself".to_owned();
                self.fault(UNKNOWN_NAME, expr, message, "name a fact, as in `ctx.name`");
                None
            }
            ("ctx", rest) => self.fact(rest),
            ("event", rest) => self.field(expr, rest),
            ("param", rest) => self.param(expr, rest),
            ("signal", rest) => self.signal(expr, rest),
            (name, _) => {
                let last = words.last().map_or(name, |word| word.text.as_str());
                let help = match self.around.schema.fact(name).map(|_| name) {
                    _ if self.has_field(last) => format!("write `event.{last}`"),
                    None if matches!(name, "context" | "facts" | "fact") => {
                        format!("write `ctx.{}`", Word::join(rest))
                    }
                    Some(fact) => format!("write `ctx.{fact}`"),
                    None if self.around.signals.find(name).is_some() => {
                        format!("write `signal.{name}`")
                    }
                    None if self.around.selectors.contains(name) => {
                        format!("count its events, as in `count(\"{name}\", \"5m\") > 0`")
                    }
                    None => match name {
                        "True" | "TRUE" => "write `true`".to_owned(),
                        "False" | "FALSE" => "write `false`".to_owned(),
                        "None" | "NULL" | "Null" => "write `!has(x)` for *x is unknown*".to_owned(),
                        _ => "facts are written `ctx.name`, strings in double quotes".to_owned(),
                    },
                };
                self.fault(UNKNOWN_NAME, expr, format!("nothing is called `{name}`"), help);
                None
            }
        }
    }

    fn fact(&mut self, words: &[Word]) -> Checked {
        let name = Word::join(words);
        let start = words.first()?.start;
        let place = (start, words.last()?.end);
        let schema = self.around.schema;
        let spec = schema.fact(&name).and_then(|id| Some((id, schema.facts().get(id.index())?)));
        let Some((id, spec)) = spec else {
            if self.spoiled.contains("context", &name) {
                return None;
            }
            let spoiled = || self.spoiled.nearest("context", &name);
            let help = match schema.nearest_fact(&name).or_else(spoiled) {
                Some(near) => format!("did you mean `ctx.{near}`?"),
                None => format!("declare it: `{name} = \"float\"` under [context]"),
            };
            self.fault_at(UNKNOWN_NAME, place, format!("no fact `{name}` is declared"), help);
            return None;
        };
        if spec.derived && self.around.in_selector {
            let message =
                format!("a selector looks at facts that are set, and `{name}` is derived");
            let help = "read it in the condition of a rule";
            self.fault_at(SCRIPT_FORBIDDEN, place, message, help);
            return None;
        }
        let lacks = |name: &&Name| !self.around.dimensions.contains(name);
        if let Some(dimension) = spec.key.iter().find(lacks) {
            let message = format!("`{name}` has one value for each `{dimension}`");
            let help = match self.around.in_selector {
                true => "a selector sees facts without key only".to_owned(),
                false => format!("give the rule that dimension: `key = [\"{dimension}\"]`"),
            };
            self.fault_at(BAD_KEY, place, message, help);
            return None;
        }
        Some((Node::new(NodeKind::Slot(Slot::Fact(id)), start), Ty::of(&spec.ty)?))
    }

    fn has_field(&self, name: &str) -> bool {
        let event = self.around.event.and_then(|id| self.around.schema.events().get(id.index()));
        event.is_some_and(|event| event.field(name).is_some())
    }

    fn field(&mut self, expr: &Expr, words: &[Word]) -> Checked {
        let schema = self.around.schema;
        let spec = self.around.event.and_then(|event| schema.events().get(event.index()));
        let Some(spec) = spec else {
            let message = "there is no event here: a rule's condition sees all of them".to_owned();
            let help = "put this into the `where` of a [select.…] and count what it selects, or name the \
                        selector whose events the rule looks at one by one: `on = \"…\"`";
            self.fault(EVENT_OUT_OF_PLACE, expr, message, help);
            return None;
        };
        let name = Word::join(words);
        let Some((index, field)) = spec.field(&name) else {
            if self.spoiled.contains(&format!("event.{}", spec.name), &name) {
                return None;
            }
            let near = nearest(&name, spec.fields.iter().map(|field| field.name.as_str()));
            let help = match near {
                Some(near) => format!("did you mean `event.{near}`?"),
                None => {
                    let names: Vec<&str> =
                        spec.fields.iter().map(|field| field.name.as_str()).collect();
                    format!("its fields are {}", names.join(", "))
                }
            };
            let message = if name.is_empty() {
                "`event` is not a value by itself: name one of its fields".to_owned()
            } else {
                format!("the event `{}` has no field `{name}`", spec.name)
            };
            self.fault(UNKNOWN_NAME, expr, message, help);
            return None;
        };
        Some((Node::new(NodeKind::Slot(Slot::Field(index)), expr.start), Ty::of(&field.ty)?))
    }

    /// A parameter of the workflow at hand.
    fn param(&mut self, expr: &Expr, words: &[Word]) -> Checked {
        let name = Word::join(words);
        let params = self.around.params;
        let found = params.iter().enumerate().find(|(_, param)| param.name == *name);
        let Some((index, param)) = found else {
            if self.spoiled.contains("parameter", &name) {
                return None;
            }
            let near = nearest(&name, params.iter().map(|param| param.name.as_str()));
            let help = match near {
                Some(near) => format!("did you mean `param.{near}`?"),
                None => "`param.name` is for the conditions of a [template.…], and of a workflow \
                         that declares it"
                    .to_owned(),
            };
            let message = match params {
                [] => "there are no parameters here".to_owned(),
                _ => format!("there is no parameter `{name}` here"),
            };
            self.fault(UNKNOWN_NAME, expr, message, help);
            return None;
        };
        Some((Node::new(NodeKind::Slot(Slot::Param(index)), expr.start), Ty::of(&param.ty)?))
    }

    /// The value written out in `expr`, if it is one.
    fn literal(expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(value) => Some(value.clone()),
            ExprKind::Negate(operand) => match Self::literal(operand)? {
                Value::Int(value) => value.checked_neg().map(Value::Int),
                Value::Float(value) => Some(Value::Float(-value)),
                _ => None,
            },
            _ => None,
        }
    }
}
