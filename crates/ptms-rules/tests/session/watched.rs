//! Functions of how a signal goes, by definition: from when it changed.

use crate::book::{Condition, Dice};

/// A function of a signal.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) signal: Signal,
    pub(crate) function: Function,
}

/// A signal as declared.
#[derive(Clone, Debug)]
pub(crate) struct Signal {
    pub(crate) name: &'static str,
    pub(crate) condition: Box<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    Rising,
    Falling,
    Changed,
    /// For so long.
    Held(i64),
}

/// What a signal was known to be, from the first known value on.
#[derive(Default)]
pub(crate) struct History {
    /// The instants at which it changed to another value.
    known: Vec<(i64, bool)>,
    /// Whether it did so in the last evaluation.
    moved: bool,
}

impl History {
    pub(crate) fn tell(&mut self, at: i64, signal: Option<bool>) {
        let was = self.known.last().map(|(_, was)| *was);
        let is = signal.filter(|is| was != Some(*is));
        self.moved = was.is_some() && is.is_some();
        self.known.extend(is.map(|is| (at, is)));
    }

    /// Whether it was something else before.
    pub(crate) const fn moved(&self) -> bool {
        self.moved
    }
}

impl Watched {
    pub(crate) fn random(dice: &mut Dice<'_>, signals: &[Signal]) -> Self {
        let signal = signals[usize::try_from(dice.roll(signals.len() as i64)).unwrap()].clone();
        let held = Function::Held(1 + dice.roll(5));
        let edges = [Function::Rising, Function::Falling, Function::Changed];
        let function = match dice.roll(2) {
            0 if !signal.condition.has_edge() => held,
            _ => dice.pick(&edges),
        };
        Self { signal, function }
    }

    pub(crate) const fn is_edge(&self) -> bool {
        !matches!(self.function, Function::Held(_))
    }

    pub(crate) fn text(&self) -> String {
        let name = self.signal.name;
        match self.function {
            Function::Rising => format!("rising(\"{name}\")"),
            Function::Falling => format!("falling(\"{name}\")"),
            Function::Changed => format!("changed(\"{name}\")"),
            Function::Held(span) => format!("held(\"{name}\", \"{span}ms\")"),
        }
    }

    /// As of the last evaluation; `closed` is the last instant that was closed.
    pub(crate) fn truth(&self, history: &History, closed: Option<i64>) -> Option<bool> {
        let last = history.known.last().copied();
        let is = last.is_some_and(|(_, is)| is);
        Some(match self.function {
            Function::Rising => history.moved && is,
            Function::Falling => history.moved && !is,
            Function::Changed => history.moved,
            Function::Held(span) => {
                let (since, _) = last?;
                is && closed.is_some_and(|closed| since + span <= closed)
            }
        })
    }
}
