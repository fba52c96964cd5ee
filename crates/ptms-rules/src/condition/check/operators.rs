//! Operators: what each takes and gives.

use ptms_core::diagnostic::{INT_DIVISION, UNKNOWN_NAME, WRONG_TYPE};
use ptms_core::name::nearest;
use ptms_core::{Name, Value};

use super::callables::settled;
use super::{Checked, Checker, windows};
use crate::condition::expr::{Arithmetic, Comparison, Expr, ExprKind};
use crate::condition::node::{Node, NodeKind};
use crate::condition::operation::Operation;
use crate::condition::types::Ty;

impl Checker<'_> {
    /// Operands that must each be true or false.
    pub(super) fn truths(&mut self, symbol: &str, operands: &[Expr]) -> Option<Vec<Node>> {
        let parts = self.parts_as(operands, &Ty::Bool)?;
        let mut fits = true;
        for ((_, ty), operand) in parts.iter().zip(operands) {
            if *ty != Ty::Bool {
                fits = false;
                let message = format!("`{symbol}` takes true or false, this is {ty}");
                self.fault(WRONG_TYPE, operand, message, "compare it with something");
            }
        }
        fits.then(|| parts.into_iter().map(|(node, _)| node).collect())
    }

    pub(super) fn not(&mut self, expr: &Expr, operand: &Expr) -> Checked {
        let (node, ty) = settled(self.part(operand)?, &Ty::Bool);
        if ty == Ty::Bool {
            return Some((
                Node::new(NodeKind::Strict(Operation::Not, vec![node]), expr.start),
                Ty::Bool,
            ));
        }
        let message = format!("`!` takes true or false, this is {ty}");
        self.fault(WRONG_TYPE, operand, message, "put brackets around what it denies: `!(a == b)`");
        None
    }

    pub(super) fn negate(&mut self, expr: &Expr, operand: &Expr) -> Checked {
        if let Some(value) = Self::literal(expr) {
            let ty = Ty::of_literal(&value);
            return Some((Node::new(NodeKind::Constant(value), expr.start), ty));
        }
        let (node, ty) = settled(self.part(operand)?, &Ty::Float);
        if ty.is_number() {
            return Some((
                Node::new(NodeKind::Strict(Operation::Negate, vec![node]), expr.start),
                ty,
            ));
        }
        self.fault(WRONG_TYPE, operand, format!("`-` takes a number, this is {ty}"), "");
        None
    }

    pub(super) fn coalesce(&mut self, expr: &Expr, operands: &[Expr]) -> Checked {
        let parts = self.parts(operands)?;
        let mut types = parts.iter().map(|(_, ty)| ty.clone());
        let first = types.next()?;
        let joined = types.try_fold(first.clone(), |joined, ty| one_type(&joined, &ty).ok_or(ty));
        let joined = match joined {
            Ok(joined) => joined,
            Err(other) => {
                let message = "the two sides of `??` have different types".to_owned();
                self.fault(WRONG_TYPE, expr, message, branch_help(&first, &other));
                return None;
            }
        };
        let nodes = parts.into_iter().map(|part| settled(part, &joined).0).collect();
        Some((Node::new(NodeKind::Coalesce(nodes), expr.start), joined))
    }

    pub(super) fn compare(
        &mut self,
        expr: &Expr,
        comparison: Comparison,
        pair: &[Expr; 2],
    ) -> Checked {
        let [left, right] = pair;
        let left_part = self.compared(left, comparison, right);
        let right_part = self.compared(right, comparison.mirrored(), left);
        let (left_part, right_part) = left_part.zip(right_part)?;
        let parts = self.beside(expr, left_part, right_part)?;
        let [(left_node, left_ty), (right_node, right_ty)] = parts;
        let symbol = comparison.symbol();
        if !left_ty.comparable(&right_ty) {
            let chained = matches!(left.kind, ExprKind::Compare(..));
            let (message, help) = if chained {
                ("comparisons do not chain".to_owned(), "write `a < x && x < b`")
            } else {
                let help = mismatch_help((left, &left_ty), (right, &right_ty));
                (format!("{left_ty} cannot be compared with {right_ty}"), help)
            };
            self.fault(WRONG_TYPE, expr, message, help);
            return None;
        }
        let needs_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let has_order = left_ty.is_ordered() && right_ty.is_ordered();
        if needs_order && !has_order {
            let message = format!("`{symbol}` needs an order, and {left_ty} has none");
            self.fault(WRONG_TYPE, expr, message, "use `==`, `!=` or `in`");
            return None;
        }
        let strangers = [self.stranger(&left_ty, right), self.stranger(&right_ty, left)];
        if strangers.contains(&true) {
            return None;
        }
        let operands = vec![left_node, right_node];
        let kind = NodeKind::Strict(Operation::Compare(comparison), operands);
        Some((Node::new(kind, expr.start), Ty::Bool))
    }

    /// One side of a comparison. What is kept for a function over time may depend on the other.
    fn compared(&mut self, expr: &Expr, comparison: Comparison, other: &Expr) -> Checked {
        match &expr.kind {
            ExprKind::Call { name, arguments } if windows::is_one(&name.text, arguments) => {
                let (node, ty) = self.over_time(name, arguments, Some((comparison, other)))?;
                Some((Node { place: (expr.start, expr.end), ..node }, ty))
            }
            _ => self.part(expr),
        }
    }

    /// Whether `expr` is a text written out that is no member of the enum `ty`; a fault if so.
    pub(super) fn stranger(&mut self, ty: &Ty, expr: &Expr) -> bool {
        let (Ty::Enum(members), ExprKind::Literal(Value::Text(text))) = (ty, &expr.kind) else {
            return false;
        };
        if members.contains(text) {
            return false;
        }
        let names = || members.iter().map(Name::as_str);
        let help = match nearest(text, names()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("the values are {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("\"{text}\" is not one of the declared values");
        self.fault(UNKNOWN_NAME, expr, message, help);
        true
    }

    pub(super) fn arithmetic(
        &mut self,
        expr: &Expr,
        operator: Arithmetic,
        pair: &[Expr; 2],
    ) -> Checked {
        let parts = self.parts_as(pair, &Ty::Float)?;
        let symbol = operator.symbol();
        let stranger = parts.iter().zip(pair).find(|((_, ty), _)| !ty.is_number());
        if let Some(((_, ty), operand)) = stranger {
            let help = match ty {
                Ty::Duration => "compare durations as they are: `ctx.took > dur(\"5m\")`",
                _ => "",
            };
            self.fault(
                WRONG_TYPE,
                operand,
                format!("`{symbol}` takes numbers, this is {ty}"),
                help,
            );
            return None;
        }
        let ints = parts.iter().all(|(_, ty)| *ty == Ty::Int);
        if ints && operator == Arithmetic::Divide {
            let message = "a division of two ints drops the fraction".to_owned();
            self.fault(INT_DIVISION, expr, message, "write `to_float(a) / b`");
            return None;
        }
        let ty = if ints { Ty::Int } else { Ty::Float };
        let operands = parts.into_iter().map(|(node, _)| node).collect();
        let kind = NodeKind::Strict(Operation::Arithmetic(operator), operands);
        Some((Node::new(kind, expr.start), ty))
    }

    pub(super) fn is_in(&mut self, expr: &Expr, item: &Expr, container: &Expr) -> Checked {
        if let ExprKind::Range { bounds, inclusive } = &container.kind {
            return self.within(expr, item, bounds, *inclusive);
        }
        let parts = self.part(item).zip(self.part(container));
        let (item_part, container_part) = parts?;
        let parts = self.item_beside(expr, item_part, container_part)?;
        let [(item_node, item_ty), (container_node, container_ty)] = parts;
        let fits = match &container_ty {
            Ty::Empty => true,
            Ty::List(ty) => item_ty.comparable(ty),
            Ty::Text => matches!(item_ty, Ty::Text | Ty::Enum(_)),
            _ => false,
        };
        if !fits {
            let message = format!("`in` cannot look for {item_ty} in {container_ty}");
            let help = "`in` looks for an item in a list, a part in a string, an int in a range";
            self.fault(WRONG_TYPE, expr, message, help);
            return None;
        }
        if let ExprKind::Array(items) = &container.kind {
            let strangers: Vec<bool> = items
                .iter()
                .map(|other| self.stranger(&item_ty, other) || self.out_of_reach(item, other))
                .collect();
            if strangers.contains(&true) {
                return None;
            }
        }
        let kind = NodeKind::Strict(Operation::In, vec![item_node, container_node]);
        Some((Node::new(kind, expr.start), Ty::Bool))
    }

    fn within(&mut self, expr: &Expr, item: &Expr, bounds: &[Expr; 2], inclusive: bool) -> Checked {
        let [from, to] = bounds;
        let parts = self.parts_as([item, from, to], &Ty::Int)?;
        let mut fits = true;
        for ((_, ty), operand) in parts.iter().zip([item, from, to]) {
            if *ty != Ty::Int {
                fits = false;
                let message = format!("a range is over ints, this is {ty}");
                self.fault(WRONG_TYPE, operand, message, "write `a <= x && x < b`");
            }
        }
        fits &= ![from, to].map(|bound| self.out_of_reach(item, bound)).contains(&true);
        let operands = parts.into_iter().map(|(node, _)| node).collect();
        let kind = NodeKind::Strict(Operation::Within { inclusive }, operands);
        fits.then_some((Node::new(kind, expr.start), Ty::Bool))
    }

    /// A list of values written out.
    pub(super) fn array(&mut self, expr: &Expr, items: &[Expr]) -> Checked {
        let mut values = Vec::new();
        let mut ty: Option<Ty> = None;
        for item in items {
            let Some(value) = Self::literal(item) else {
                let message = "the items of a list are written out".to_owned();
                self.fault(WRONG_TYPE, item, message, "compare with `==` and join with `||`");
                return None;
            };
            let item_ty = Ty::of_literal(&value);
            let joined = ty.as_ref().map_or(Some(item_ty.clone()), |ty| join(ty, &item_ty));
            let Some(joined) = joined else {
                let message = format!("a list holds values of one type, this is {item_ty}");
                self.fault(WRONG_TYPE, item, message, "");
                return None;
            };
            ty = Some(joined);
            values.push(value);
        }
        let node = Node::new(NodeKind::Constant(Value::list(values)), expr.start);
        Some((node, ty.map_or(Ty::Empty, |ty| Ty::List(Box::new(ty)))))
    }
}

/// What to do where two types cannot be compared.
fn mismatch_help((left, left_ty): (&Expr, &Ty), (right, right_ty): (&Expr, &Ty)) -> &'static str {
    let is_literal = |expr: &Expr| Checker::literal(expr).is_some();
    let sides = [(left, left_ty, right_ty), (right, right_ty, left_ty)];
    let written = sides.into_iter().find(|(expr, ..)| is_literal(expr));
    match written.map(|(_, ty, other)| (ty, other)) {
        Some((Ty::Text, Ty::Int | Ty::Float)) => "leave out the quotes around a number",
        Some((Ty::Text, Ty::Bool)) => "leave out the quotes around true and false",
        Some((Ty::Text | Ty::Int | Ty::Float, Ty::Duration)) => "write a duration as `dur(\"5m\")`",
        Some((_, Ty::Text | Ty::Enum(_))) => "put a string in double quotes",
        _ => "both sides must have one type",
    }
}

/// The type of the items of a list in which both stand.
fn join(left: &Ty, right: &Ty) -> Option<Ty> {
    match (left, right) {
        (Ty::Int, Ty::Float) | (Ty::Float, Ty::Int) => Some(Ty::Float),
        _ => one_type(left, right),
    }
}

/// The type of what is either of one type or of the other. Not so an int and a float: what is done
/// with it would depend on which it is.
pub(super) fn one_type(left: &Ty, right: &Ty) -> Option<Ty> {
    match (left, right) {
        _ if left == right => Some(left.clone()),
        (Ty::Open, ty) | (ty, Ty::Open) => Some(ty.clone()),
        (Ty::Text | Ty::Enum(_), Ty::Text | Ty::Enum(_)) => Some(Ty::Text),
        _ => None,
    }
}

/// What to do where two values that must be of one type are not.
pub(super) fn branch_help(left: &Ty, right: &Ty) -> String {
    match (left, right) {
        (Ty::Int, Ty::Float) | (Ty::Float, Ty::Int) => {
            "write the int as `1.0`, or `to_float(…)` around it".to_owned()
        }
        _ => format!("make it {left} too"),
    }
}
