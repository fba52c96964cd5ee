//! `if` and `switch` from the script engine's tree to ours.
//!
//! The engine keeps only hashes of what the arms of a `switch` stand for, so that is read from the text.

use rhai::{Expr as Script, FlowControl, Position, Stmt, StmtBlock, SwitchCasesCollection};

use super::super::brackets::outside_brackets;
use super::{Lowered, Lowering, Refused};
use crate::condition::expr::{Arm, Expr, ExprKind};
use crate::script::place::Lines;

impl Lowering<'_> {
    /// A block, which holds one expression.
    pub(super) fn block(&mut self, block: &StmtBlock, at: Position, depth: usize) -> Lowered {
        match block.statements() {
            [Stmt::Expr(script)] => self.expr(script, depth),
            [Stmt::FnCall(call, position)] => self.call(call, *position, depth),
            [Stmt::Block(inner)] => self.block(inner, at, depth),
            [Stmt::If(choice, position)] => self.choice(choice, *position, depth),
            [Stmt::Switch(switch, position)] => self.switch(&switch.0, &switch.1, *position, depth),
            _ => self.refuse(at, "conditions have no blocks of statements", None),
        }
    }

    fn choice(&mut self, choice: &FlowControl, at: Position, depth: usize) -> Lowered {
        let FlowControl { expr, body, branch } = choice;
        let condition = self.expr(expr, depth);
        let then = self.block(body, at, depth);
        let otherwise = match branch.statements() {
            [] | [Stmt::Noop(_)] => {
                let help = "add the other branch: `if a { b } else { c }`";
                self.refuse(at, "an `if` without `else` may have no value", Some(help))
            }
            _ => self.block(branch, at, depth),
        };
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let (start, end) = (self.lines.byte(at), otherwise.end);
        let kind = ExprKind::If(Box::new([condition, then, otherwise]));
        Ok(Expr { kind, start, end })
    }

    fn switch(
        &mut self,
        subject: &Script,
        cases: &SwitchCasesCollection,
        at: Position,
        depth: usize,
    ) -> Lowered {
        let subject = self.expr(subject, depth)?;
        let results = self.all(cases.expressions.iter().map(|case| &case.rhs), depth);
        let (start, heads) = (self.lines.byte(at), self.heads(subject.end));
        if heads.len() != cases.expressions.len() {
            return self.refuse(at, "the arms of the `switch` cannot be told apart", None);
        }
        let mut patterns = Vec::new();
        for (index, (head, case)) in heads.into_iter().zip(&cases.expressions).enumerate() {
            let is_plain = matches!(case.lhs, Script::BoolConstant(true, at) if at.is_none());
            patterns.push(if cases.def_case == Some(index) {
                Ok(Vec::new())
            } else if is_plain {
                self.patterns(head)
            } else {
                let help = "write `if` … `else if` … `else`";
                self.refuse(case.lhs.start_position(), "arms have no conditions here", Some(help))
            });
        }
        let Some(default) = cases.def_case else {
            let help = "add a last arm for all other values: `_ => …`";
            return self.refuse(at, "a `switch` without `_` may have no value", Some(help));
        };
        let patterns: Vec<Vec<Expr>> = patterns.into_iter().collect::<Result<_, _>>()?;
        let arms = patterns.into_iter().zip(results?);
        let mut arms: Vec<Arm> = arms.map(|(patterns, result)| Arm { patterns, result }).collect();
        // Nothing follows the default.
        arms.truncate(default + 1);
        let default = Box::new(arms.pop().ok_or(Refused)?.result);
        let end = default.end;
        let kind = ExprKind::Switch { subject: Box::new(subject), arms, default };
        Ok(Expr { kind, start, end })
    }

    /// Where in the text it is said what the arms stand for, of a `switch` whose subject ends at
    /// `subject_end`.
    fn heads(&self, subject_end: usize) -> Vec<(usize, usize)> {
        let find = |from, tokens: &[&'static str]| outside_brackets(self.text, from, tokens);
        let mut heads = Vec::new();
        let mut next = find(subject_end, &["{"]);
        while let Some((open, _)) = next {
            let start = open + 1;
            let Some((arrow, "=>")) = find(start, &["=>", "}"]) else { break };
            heads.push((start, arrow));
            next = find(arrow + 2, &[",", "}"]).filter(|(_, token)| *token == ",");
        }
        heads
    }

    /// What an arm stands for: values and ranges parted by `|`.
    fn patterns(&mut self, (mut start, end): (usize, usize)) -> Result<Vec<Expr>, Refused> {
        let mut patterns = Vec::new();
        while start < end {
            let bar = outside_brackets(self.text, start, &["|"]).map(|(bar, _)| bar);
            let stop = bar.map_or(end, |bar| bar.min(end));
            patterns.push(self.pattern(start, stop));
            start = stop + 1;
        }
        patterns.into_iter().collect()
    }

    fn pattern(&mut self, start: usize, end: usize) -> Lowered {
        let text = self.text.get(..end).unwrap_or_default();
        let lines = Lines::of_part(text, start);
        let parsed = self.engine.compile_expression(text.get(start..).unwrap_or_default());
        let Ok(ast) = parsed else {
            return self.refuse(Position::NONE, "an arm stands for values and ranges", None);
        };
        let (brackets, errors) = Default::default();
        let lowering = Lowering { engine: self.engine, text, lines: &lines, brackets, errors };
        lowering.condition(&ast).map_err(|errors| {
            self.errors.extend(errors);
            Refused
        })
    }
}
