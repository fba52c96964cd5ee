//! A story: inputs and answers with virtual time, and all that the engine says to them.

use std::fmt::Write;
use std::sync::Arc;

use expect_test::Expect;
use ptms::{Book, Effect, Engine, Input, Outcome, Output, Sources, Timestamp};

pub(crate) const DONE: Outcome = Outcome::Succeeded(None);

pub(crate) fn engine(book: &str) -> Engine {
    let book = Book::load(&Sources::from_iter([("book.toml", book)])).unwrap();
    Engine::new(Arc::new(book))
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}

/// A story with its host: effects wait in a list until the story answers them.
pub(crate) struct Story {
    engine: Engine,
    open: Vec<Effect>,
    told: String,
}

impl Story {
    pub(crate) fn of(book: &str) -> Self {
        Self { engine: engine(book), open: Vec::new(), told: String::new() }
    }

    pub(crate) fn input(mut self, second: i64, input: Input) -> Self {
        if let Err(refused) = self.engine.handle(at(second), input) {
            writeln!(self.told, "{second:<3} refused: {refused}").unwrap();
        }
        self.drain(second);
        self
    }

    /// Answers the oldest open effect.
    pub(crate) fn answer(mut self, second: i64, outcome: Outcome) -> Self {
        let effect = self.open.remove(0);
        writeln!(self.told, "{second:<3} host: {} {outcome}", effect.step).unwrap();
        self.input(second, Input::outcome(&effect, outcome))
    }

    /// Never answers the oldest open effect.
    pub(crate) fn ignore(mut self) -> Self {
        self.open.remove(0);
        self
    }

    fn drain(&mut self, second: i64) {
        loop {
            let line = match self.engine.poll() {
                Output::Fired(firing) => format!("fired {} {}", firing.rule, firing.key),
                Output::Transition(transition) => {
                    format!(
                        "{} {} because {}",
                        transition.rule,
                        transition.key,
                        transition.reason.as_str()
                    )
                }
                Output::Started { run, .. } => format!("started {run}"),
                Output::Dropped { rule, running, .. } => {
                    format!("dropped {rule}, {running} goes on")
                }
                Output::Queued { rule, running, .. } => format!("{rule} waits for {running}"),
                Output::Perform(effect) => {
                    self.open.push(effect.clone());
                    format!("please {effect}")
                }
                Output::Ended { run, end, .. } => format!("ended {run}: {end}"),
                Output::Verdict { step, condition, verdict, .. } => {
                    let of = step.unwrap_or("success".into());
                    format!("{of}: `{condition}` is {verdict:?}")
                }
                Output::Abandon { key, .. } => format!("give up {key}"),
                Output::Wait(until) => {
                    let until = until.map_or("an input".to_owned(), |until| until.to_string());
                    writeln!(self.told, "{second:<3} wait for {until}").unwrap();
                    return;
                }
                other => format!("{other:?}"),
            };
            writeln!(self.told, "{second:<3} {line}").unwrap();
        }
    }

    pub(crate) fn check(self, expected: &Expect) {
        expected.assert_eq(&self.told);
    }
}
