//! `if` and `switch`: one type whichever branch is taken.

use ptms_core::Value;
use ptms_core::diagnostic::WRONG_TYPE;

use super::callables::settled;
use super::operators::{branch_help, one_type};
use super::{Checked, Checker};
use crate::condition::expr::{Arm, Expr, ExprKind};
use crate::condition::node::{Node, NodeKind, Pattern};
use crate::condition::types::Ty;

impl Checker<'_> {
    pub(super) fn choice(&mut self, expr: &Expr, parts: &[Expr; 3]) -> Checked {
        let [condition, then, otherwise] = parts;
        let checked = [self.part(condition), self.part(then), self.part(otherwise)];
        let [condition_part, then_part, otherwise_part] = checked;
        let condition_part = condition_part.map(|part| settled(part, &Ty::Bool));
        let truth = condition_part.as_ref().map(|(_, ty)| ty);
        if let Some(ty) = truth.filter(|ty| **ty != Ty::Bool) {
            let message = format!("`if` takes true or false, this is {ty}");
            self.fault(WRONG_TYPE, condition, message, "compare it with something");
            return None;
        }
        let branches = [then_part?, otherwise_part?];
        let ty = self.branches(&[then, otherwise], branches.each_ref().map(|(_, ty)| ty))?;
        let [(then, _), (otherwise, _)] = branches.map(|part| settled(part, &ty));
        let parts = Box::new([condition_part?.0, then, otherwise]);
        Some((Node::new(NodeKind::If(parts), expr.start), ty))
    }

    /// The one type of all branches.
    fn branches<'t>(
        &mut self,
        exprs: &[&Expr],
        types: impl IntoIterator<Item = &'t Ty>,
    ) -> Option<Ty> {
        let mut types = types.into_iter();
        let mut joined = types.next()?.clone();
        for (ty, expr) in types.zip(exprs.iter().skip(1)) {
            let Some(both) = one_type(&joined, ty) else {
                let message = format!("the branches have different types: {joined} and {ty}");
                self.fault(WRONG_TYPE, expr, message, branch_help(&joined, ty));
                return None;
            };
            joined = both;
        }
        Some(joined)
    }

    pub(super) fn switch(
        &mut self,
        expr: &Expr,
        subject: &Expr,
        arms: &[Arm],
        default: &Expr,
    ) -> Checked {
        let subject_part = self.part(subject);
        let results: Vec<&Expr> =
            arms.iter().map(|arm| &arm.result).chain(std::iter::once(default)).collect();
        let result_parts = self.parts(results.iter().copied());
        let told =
            arms.iter().flat_map(|arm| &arm.patterns).find_map(|pattern| match &pattern.kind {
                ExprKind::Range { .. } => Some(Ty::Int),
                _ => Self::literal(pattern).as_ref().map(Ty::of_literal),
            });
        let (subject_node, subject_ty) = settled(subject_part?, &told.unwrap_or(Ty::Open));
        if !matches!(subject_ty, Ty::Bool | Ty::Int | Ty::Text | Ty::Enum(_)) {
            let message = format!("`switch` cannot tell values apart of {subject_ty}");
            self.fault(WRONG_TYPE, subject, message, "write `if` … `else if` … `else`");
            return None;
        }
        let patterns: Vec<Option<Vec<Pattern>>> =
            arms.iter().map(|arm| self.patterns(&subject_ty, &arm.patterns)).collect();
        let result_parts = result_parts?;
        let ty = self.branches(&results, result_parts.iter().map(|(_, ty)| ty))?;
        let patterns: Option<Vec<Vec<Pattern>>> = patterns.into_iter().collect();
        let mut nodes = result_parts.into_iter().map(|part| settled(part, &ty).0);
        let arms = patterns?.into_iter().zip(nodes.by_ref()).collect();
        let (subject, default) = (Box::new(subject_node), Box::new(nodes.next()?));
        Some((Node::new(NodeKind::Switch { subject, arms, default }, expr.start), ty))
    }

    /// What an arm stands for, each of the type of the subject.
    fn patterns(&mut self, subject: &Ty, exprs: &[Expr]) -> Option<Vec<Pattern>> {
        let patterns: Vec<Option<Pattern>> =
            exprs.iter().map(|expr| self.pattern(subject, expr)).collect();
        patterns.into_iter().collect()
    }

    fn pattern(&mut self, subject: &Ty, expr: &Expr) -> Option<Pattern> {
        let (ty, pattern) = match &expr.kind {
            ExprKind::Range { bounds, inclusive } => {
                let [first, last] = bounds.each_ref().map(Self::literal);
                match (first, last) {
                    (Some(Value::Int(first)), Some(Value::Int(last))) => {
                        (Ty::Int, Some(range(first, last, *inclusive)))
                    }
                    _ => (self.part(expr)?.1, None),
                }
            }
            _ => match Self::literal(expr) {
                Some(value) => (Ty::of_literal(&value), Some(Pattern::Value(value))),
                None => (self.part(expr)?.1, None),
            },
        };
        let fits = ty == *subject || matches!((subject, &ty), (Ty::Enum(_), Ty::Text));
        if !fits {
            let message = format!("the arm stands for {ty}, the `switch` is over {subject}");
            let help = "give the arm a value of that type; all other values are `_`";
            self.fault(WRONG_TYPE, expr, message, help);
            return None;
        }
        if self.stranger(subject, expr) {
            return None;
        }
        pattern
    }
}

/// What lies in a range that is written out; nothing does where the first bound is the greater.
fn range(first: i64, end: i64, inclusive: bool) -> Pattern {
    match (inclusive, end.checked_sub(1)) {
        (true, _) => Pattern::Range { first, last: end },
        (false, Some(last)) => Pattern::Range { first, last },
        // Nothing is less than the least int.
        (false, None) => Pattern::Range { first: i64::MAX, last: i64::MIN },
    }
}
