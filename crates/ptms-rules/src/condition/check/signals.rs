//! Signals: where one is read, its condition is checked as if it stood there in brackets, for the
//! dimensions of the rule at hand; where a function looks at how it goes, it is a condition of its own.

use ptms_core::diagnostic::{BAD_WINDOW, NOT_LITERAL, SCRIPT_FORBIDDEN, TOO_MUCH, UNKNOWN_NAME};
use ptms_core::{Duration, Name, Value};

use super::callables::settled;
use super::{Checked, Checker};
use crate::condition::cell::Slot;
use crate::condition::expr::{Expr, ExprKind, Word};
use crate::condition::node::{Node, NodeKind};
use crate::condition::program::{MAX_CELLS, Program, Reads};
use crate::condition::types::Ty;
use crate::tables::MAX_INLINED;
use crate::time::{Change, Function, Question, Spec};
use crate::window::{Source, WindowSpec};

/// The most parts (names, values, operators, calls) that a condition has together with the signals
/// that it reads: as many as one has bytes at most. Signals that read signals twice would double it
/// each time.
pub(crate) const MAX_PARTS: usize = 8_192;

/// How deep the parts of a condition nest together with the signals that it reads, so that no stack is
/// too small for it.
pub(crate) const MAX_LEVELS: usize = 256;

/// What is true in one evaluation only, in the words of authors.
pub(crate) const PULSES: &str = "`seq`, `rising`, `falling` and `changed`";

/// The function of this name that looks at how a signal goes.
pub(super) fn function(name: &str) -> Option<Function> {
    Some(match name {
        "rising" => Function::Edge(Change::Rising),
        "falling" => Function::Edge(Change::Falling),
        "changed" => Function::Edge(Change::Either),
        "held" => Function::Held,
        _ => return None,
    })
}

impl Checker<'_> {
    /// `signal.name`, read plainly.
    pub(super) fn signal(&mut self, expr: &Expr, words: &[Word]) -> Checked {
        let name = Word::join(words);
        if name.is_empty() {
            let message = "`signal` is not a value by itself".to_owned();
            self.fault(UNKNOWN_NAME, expr, message, "name a signal, as in `signal.name`");
            return None;
        }
        self.inlined(expr, &name)
    }

    /// `rising("signal")`, `held("signal", "5m")`: a function of how a signal goes.
    pub(super) fn of_signal(
        &mut self,
        name: &Word,
        arguments: &[Expr],
        function: Function,
    ) -> Checked {
        let (argument, span) = match (&function, arguments) {
            (Function::Held, [argument, span]) => (argument, Some(span)),
            (Function::Edge(_), [argument]) => (argument, None),
            _ => return self.misused(name),
        };
        let length = span.map_or(Some(Duration::ZERO), |span| self.window_span(span));
        let (signal, condition) = self.named_signal(argument)?;
        if function == Function::Held && self.tables.is_pulse(&Reads::of([&condition])) {
            let message =
                format!("`held` asks about what lasts, and {PULSES} are true in one instant only");
            self.fault(BAD_WINDOW, argument, message, "name a signal without these");
            return None;
        }
        let length = length?;
        let dimensions = self.around.dimensions.to_vec();
        let space = (!dimensions.is_empty()).then(|| self.tables.space(dimensions));
        self.outlived(space, length, span.unwrap_or(argument))?;
        let source = Source::Signal(self.tables.signal(&signal, space, condition));
        let spec = Spec { function, span: length };
        let window = self.tables.window(WindowSpec { source, space, spec });
        let slot = Slot::Window(window, Question::Value);
        Some((Node::new(NodeKind::Slot(slot), name.start), Ty::Bool))
    }

    /// The signal that a function of time names, as a condition of its own for the dimensions at hand.
    fn named_signal(&mut self, argument: &Expr) -> Option<(Name, Program)> {
        let ExprKind::Literal(Value::Text(name)) = &argument.kind else {
            let message = "the signal is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, argument, message, "as in `rising(\"slow\")`");
            return None;
        };
        let checked = self.inlined(argument, name)?;
        let (node, _) = settled(checked, &Ty::Bool);
        let program = Program::compile(&node);
        if program.is_none() {
            let message = format!("the signal `{name}` holds more than {MAX_CELLS} values at once");
            self.fault(TOO_MUCH, argument, message, "split it into several signals");
        }
        Some((name.clone(), program?))
    }

    /// The condition of a signal in the place of `expr`.
    fn inlined(&mut self, expr: &Expr, name: &str) -> Checked {
        let place = (expr.start, expr.end);
        if self.around.in_selector {
            let message = "a selector looks at one event and at facts, not at signals".to_owned();
            self.fault(SCRIPT_FORBIDDEN, expr, message, "write the condition out");
            return None;
        }
        let signals = self.around.signals;
        let Some(signal) = signals.find(name) else {
            if self.spoiled.contains("signal", name) {
                return None;
            }
            let help = match signals.nearest(name).or_else(|| self.spoiled.nearest("signal", name))
            {
                Some(near) => format!("did you mean `signal.{near}`?"),
                None => format!("declare it: `{name} = 'ctx.…'` under [signal]"),
            };
            let message = format!("no signal `{name}` is declared");
            self.fault(UNKNOWN_NAME, expr, message, help);
            return None;
        };
        self.tables.used_signals.insert(name.into());
        let before = self.findings.len();
        self.signals += 1;
        let checked = self.part(&signal.clone().read_at(place));
        self.signals -= 1;
        for finding in self.findings.iter_mut().skip(before) {
            // What is too much lies in no single signal.
            finding.signal = Some(Name::from(name)).filter(|_| finding.code != TOO_MUCH);
        }
        checked
    }

    /// Counts a part; `None` if it is one too many, which is said once.
    pub(super) fn within_limits(&mut self, expr: &Expr) -> Option<()> {
        self.checked += 1;
        self.tables.inlined += usize::from(self.signals > 0);
        let limit = match () {
            () if self.checked > MAX_PARTS => format!("{MAX_PARTS} parts"),
            () if self.level >= MAX_LEVELS => format!("{MAX_LEVELS} levels of nesting"),
            () if self.tables.inlined > MAX_INLINED => format!("{MAX_INLINED} parts in one book"),
            () => return Some(()),
        };
        let said = self.findings.iter().any(|finding| finding.code == TOO_MUCH);
        if !said {
            let message =
                format!("with the signals that it reads, the condition has more than {limit}");
            self.fault(TOO_MUCH, expr, message, "make it, or the signals, simpler");
        }
        None
    }
}
