//! `seq`: which events are to come one after the other, and which must not.

use ptms_core::Value;
use ptms_core::diagnostic::{BAD_WINDOW, NOT_LITERAL, WRONG_ARGUMENTS};

use super::arguments::Grouping;
use super::{Checked, Checker};
use crate::condition::cell::Slot;
use crate::condition::expr::{Expr, ExprKind, Word};
use crate::condition::node::{Node, NodeKind};
use crate::condition::types::Ty;
use crate::space::SpaceId;
use crate::time::{Function, MOST_TERMS, Question, Spec, Steps, Terms};
use crate::window::{SelectorId, Source, WindowSpec};

/// How it is written.
pub(super) const USAGE: &str = "seq([\"first\", \"!not\", \"then\"], \"5m\")";

/// What the terms of a sequence come to.
struct Sequence {
    steps: Steps,
    selectors: Vec<(SelectorId, Terms)>,
    /// The key space of each term.
    spaces: Vec<Option<SpaceId>>,
}

impl Sequence {
    /// Adds a term; its bit.
    fn term(&mut self, selector: SelectorId, space: Option<SpaceId>) -> Terms {
        let bit = 1 << self.spaces.len().min(MOST_TERMS - 1);
        self.spaces.push(space);
        match self.selectors.iter_mut().find(|(known, _)| *known == selector) {
            Some((_, terms)) => *terms |= bit,
            None => self.selectors.push((selector, bit)),
        }
        bit
    }
}

impl Checker<'_> {
    /// `seq(["a", "!b", "c"], "5m", #{"until": "d", reuse: true, by: []})`. `until` is a word of the script language, so it stands in quotes.
    pub(super) fn sequence(&mut self, name: &Word, arguments: &[Expr]) -> Checked {
        let (arguments, options) = match arguments.split_last() {
            Some((Expr { kind: ExprKind::Options(options), .. }, rest)) => (rest, &options[..]),
            _ => (arguments, &[][..]),
        };
        let [Expr { kind: ExprKind::Array(terms), .. }, span] = arguments else {
            return self.wrong_arguments(name, USAGE);
        };
        let by = match options.iter().find(|(option, _)| option.text == "by") {
            Some((_, Expr { kind: ExprKind::Array(items), .. })) if items.is_empty() => {
                Grouping::Whole
            }
            _ => Grouping::ByKey,
        };
        let steps = Steps { fill: Vec::new(), bar: Vec::new(), until: 0, reuse: false };
        let mut sequence = Sequence { steps, selectors: Vec::new(), spaces: Vec::new() };
        let mut fits = self.terms(name, terms, by, &mut sequence);
        for (option, value) in options {
            fits &= self.sequence_option(option, value, by, &mut sequence);
        }
        let length = self.window_span(span);
        let length = length.filter(|_| fits)?;
        let Sequence { steps, selectors, spaces } = sequence;
        let space = *spaces.first()?;
        if spaces.len() > MOST_TERMS {
            let message = format!("a sequence has at most {MOST_TERMS} terms");
            self.fault_at(
                BAD_WINDOW,
                (name.start, name.end),
                message,
                "split it into several rules",
            );
            return None;
        }
        if spaces.iter().any(|other| *other != space) {
            let message =
                "the events of the sequence are grouped by different dimensions of the rule";
            let help = "give their selectors the same dimensions, or add `#{by: []}`";
            self.fault_at(WRONG_ARGUMENTS, (name.start, name.end), message.to_owned(), help);
            return None;
        }
        self.outlived(space, length, span)?;
        let source = Source::Events { selectors, field: None };
        let spec = Spec { function: Function::Sequence(steps), span: length };
        let window = self.tables.window(WindowSpec { source, space, spec });
        let slot = Slot::Window(window, Question::Value);
        Some((Node::new(NodeKind::Slot(slot), name.start), Ty::Bool))
    }

    /// Reads the terms; whether they are without fault.
    fn terms(
        &mut self,
        name: &Word,
        terms: &[Expr],
        by: Grouping,
        sequence: &mut Sequence,
    ) -> bool {
        let mut fits = true;
        for term in terms {
            let ExprKind::Literal(Value::Text(text)) = &term.kind else {
                let message =
                    "the terms of a sequence are written out, in double quotes".to_owned();
                self.fault(NOT_LITERAL, term, message, format!("as in `{USAGE}`"));
                fits = false;
                continue;
            };
            let bars = text.strip_prefix('!');
            let Some(selector) = self.named_selector(term, bars.unwrap_or(text)) else {
                fits = false;
                continue;
            };
            let space = self.grouped(&selector, by);
            let bit = sequence.term(selector.id, space);
            match (bars, sequence.steps.bar.last_mut()) {
                (None, _) => {
                    sequence.steps.fill.push(bit);
                    sequence.steps.bar.push(0);
                }
                (Some(_), Some(bar)) => *bar |= bit,
                (Some(_), None) => {
                    let message = "a sequence begins with an event that comes".to_owned();
                    let help = "put an event before this one: it must not come between two";
                    self.fault(WRONG_ARGUMENTS, term, message, help);
                    fits = false;
                }
            }
        }
        if terms.is_empty() {
            self.wrong_arguments(name, USAGE);
        }
        fits && !terms.is_empty()
    }

    /// Reads an option; whether it is without fault.
    fn sequence_option(
        &mut self,
        option: &Word,
        value: &Expr,
        by: Grouping,
        sequence: &mut Sequence,
    ) -> bool {
        match (option.text.as_str(), &value.kind) {
            ("by", _) if by == Grouping::Whole => true,
            ("reuse", ExprKind::Literal(Value::Bool(reuse))) => {
                sequence.steps.reuse = *reuse;
                true
            }
            ("until", _) => {
                let Some(selector) = self.selector(value) else { return false };
                let space = self.grouped(&selector, by);
                sequence.steps.until |= sequence.term(selector.id, space);
                true
            }
            _ => {
                let message = format!("`{}` is no option of a sequence like this", option.text);
                let help = "write `\"until\": \"selector\"`, `reuse: true` or `by: []`";
                self.fault_at(WRONG_ARGUMENTS, (option.start, option.end), message, help);
                false
            }
        }
    }
}
