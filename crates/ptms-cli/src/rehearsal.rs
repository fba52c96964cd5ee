//! An engine in virtual time with a host that only pretends: for tests and comparisons of books, where
//! nothing is written down and nothing is shown on the way.
//!
//! The order at one instant is that of [`replay`](crate::replay): answers of the host, inputs, wake-ups.

use ptms::{Engine, Input, InputError, Output, Timestamp};

use crate::exit::Failure;
use crate::host::Simulated;

/// How many answers and wake-ups are delivered between two inputs before it is given up: far more than any
/// book asks for, so that an engine that asks for ever is an error and not a hang.
const MAX_DELIVERED: u32 = 10_000_000;

/// An engine and its host.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    engine: Engine,
    host: Simulated,
    /// When the engine wants to be woken.
    wake: Option<Timestamp>,
}

/// Up to where things are let happen.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// What is due before the instant, and at it what the host answers.
    Open(Timestamp),
    /// What is due at the instant too.
    Closed(Timestamp),
    /// Until every run has come to rest.
    AtRest,
}

impl Rehearsal {
    /// An engine that has seen nothing.
    pub(crate) const fn new(engine: Engine, host: Simulated) -> Self {
        Self { engine, host, wake: None }
    }

    /// The engine, to be looked at.
    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets happen what is due before `at`, then takes the input; the inner error says why it is refused.
    pub(crate) fn feed(
        &mut self,
        at: Timestamp,
        input: Input,
        seen: &mut impl FnMut(Timestamp, &Output),
    ) -> Result<Result<(), InputError>, Failure> {
        self.deliver(Until::Open(at), seen)?;
        if let Err(refused) = self.engine.handle(at, input) {
            return Ok(Err(refused));
        }
        self.drain(at, seen);
        Ok(Ok(()))
    }

    /// Lets happen everything up to `at` and closes that instant.
    pub(crate) fn close(
        &mut self,
        at: Timestamp,
        seen: &mut impl FnMut(Timestamp, &Output),
    ) -> Result<(), Failure> {
        self.deliver(Until::Closed(at), seen)?;
        self.engine.handle(at, Input::Wake).map_err(|error| Failure::broken(&error.to_string()))?;
        self.drain(at, seen);
        Ok(())
    }

    /// Lets every run come to rest.
    pub(crate) fn settle(
        &mut self,
        seen: &mut impl FnMut(Timestamp, &Output),
    ) -> Result<(), Failure> {
        self.deliver(Until::AtRest, seen)
    }

    fn deliver(
        &mut self,
        until: Until,
        seen: &mut impl FnMut(Timestamp, &Output),
    ) -> Result<(), Failure> {
        for _ in 0..MAX_DELIVERED {
            let (answer, wake) = (self.host.next_due(), self.wake);
            let wanted = |due: Timestamp, is_answer: bool| match until {
                Until::Open(at) => due < at || (is_answer && due == at),
                Until::Closed(at) => due <= at,
                Until::AtRest => self.engine.open_runs() > 0,
            };
            let answer_first = answer.filter(|answer| wake.is_none_or(|wake| *answer <= wake));
            match (answer_first, wake) {
                (Some(answer), _) if wanted(answer, true) => self.answer(seen)?,
                (None, Some(wake)) if wanted(wake, false) => self.take(wake, Input::Wake, seen)?,
                _ => return Ok(()),
            }
        }
        Err(Failure::broken("the engine asks to be woken for ever"))
    }

    fn answer(&mut self, seen: &mut impl FnMut(Timestamp, &Output)) -> Result<(), Failure> {
        let Some((at, answer)) = self.host.answer() else { return Ok(()) };
        // Silence needs no word: the engine knows when to give up.
        let Some(outcome) = answer.outcome else { return Ok(()) };
        self.take(at, Input::outcome(&answer.effect, outcome), seen)
    }

    fn take(
        &mut self,
        at: Timestamp,
        input: Input,
        seen: &mut impl FnMut(Timestamp, &Output),
    ) -> Result<(), Failure> {
        match self.engine.handle(at, input) {
            Ok(()) => self.drain(at, seen),
            // An answer can come so late that its run is forgotten.
            Err(InputError::UnknownRun { .. }) => {}
            Err(refused) => return Err(Failure::broken(&refused.to_string())),
        }
        Ok(())
    }

    /// Hands on all that the engine has to say at `at`.
    fn drain(&mut self, at: Timestamp, seen: &mut impl FnMut(Timestamp, &Output)) {
        loop {
            let output = self.engine.poll();
            seen(at, &output);
            match output {
                Output::Started { run, plan, .. } => self.host.started(run, plan),
                Output::Ended { run, .. } => self.host.ended(&run),
                Output::Perform(effect) => self.host.perform(at, effect),
                Output::Wait(until) => {
                    self.wake = until;
                    return;
                }
                _ => {}
            }
        }
    }
}
