//! Signals: where one is read, its condition is checked as if it stood there in brackets, for the
//! dimensions of the rule at hand.

use ptms_core::diagnostic::{NOT_LITERAL, SCRIPT_FORBIDDEN, TOO_MUCH, UNKNOWN_NAME};
use ptms_core::{Name, Value};

use super::{Checked, Checker};
use crate::condition::expr::{Expr, ExprKind, Word};
use crate::condition::node::Node;
use crate::tables::MAX_INLINED;

/// The most parts (names, values, operators, calls) that a condition has together with the signals
/// that it reads: as many as one has bytes at most. Signals that read signals twice would double it
/// each time.
pub(crate) const MAX_PARTS: usize = 8_192;

/// How deep the parts of a condition nest together with the signals that it reads, so that no stack is
/// too small for it.
pub(crate) const MAX_LEVELS: usize = 256;

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

    /// The signal that a function of time names, as a condition of its own for the dimensions at hand.
    #[expect(dead_code, reason = "for `rising`, `falling`, `changed` and `held`")]
    pub(super) fn named_signal(&mut self, argument: &Expr) -> Option<(Name, Node)> {
        let ExprKind::Literal(Value::Text(name)) = &argument.kind else {
            let message = "the signal is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, argument, message, "as in `rising(\"slow\")`");
            return None;
        };
        let (node, _) = self.inlined(argument, name)?;
        Some((name.clone(), node))
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
