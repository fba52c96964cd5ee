//! The loop that brings stream, engine and host together, in the time of the stream.
//!
//! At one instant the order is: answers of the host, lines of the stream, wake-ups. A wake-up closes
//! its instant for the engine, so it comes only when nothing more of that instant can; that way the
//! outcome does not depend on when anybody woke up.

use ptms::{Engine, Input, InputError, Output, Timestamp};

use crate::entry::{Entry, Resumed};
use crate::exit::Failure;
use crate::host::Host;
use crate::instant::Instant;
use crate::report::Report;
use crate::stream::Feed;
use crate::translate;

/// How many answers and wake-ups are delivered between two lines of the stream, or after the last,
/// before the replay gives up: far more than any book asks for, so that an engine that asks for ever
/// is an error and not a hang.
const MAX_BETWEEN_LINES: u32 = 10_000_000;

/// A replay under way.
#[derive(Debug)]
pub(crate) struct Replay {
    engine: Engine,
    host: Host,
    report: Report,
    /// The last instant that was fed or delivered.
    now: Option<Timestamp>,
    /// When the engine wants to be woken.
    wake: Option<Timestamp>,
}

/// Something that happens without the stream.
#[derive(Clone, Copy, Debug)]
enum Due {
    Answer(Timestamp),
    Wake(Timestamp),
}

impl Replay {
    /// An engine that has seen nothing.
    pub(crate) fn new(engine: Engine, host: Host, report: Report) -> Result<Self, Failure> {
        let mut replay = Self { engine, host, report, now: None, wake: None };
        replay.drain(Timestamp::default())?;
        replay.report.commit()?;
        Ok(replay)
    }

    /// An engine that was replayed from its journal, the last entry of which is of the instant `now`.
    pub(crate) fn resume(
        engine: Engine,
        host: Host,
        report: Report,
        now: Option<Timestamp>,
        fence: u64,
    ) -> Result<Self, Failure> {
        let mut replay = Self { engine, host, report, now, wake: None };
        // What follows from the last input was reported with it, in one transaction.
        loop {
            match replay.engine.poll() {
                Output::Journal(entry) => replay.report.note(&entry)?,
                Output::Wait(_) => break,
                _ => {}
            }
        }
        let under_way = replay.engine.outstanding();
        replay.report.entry(&Entry::Resumed(Resumed {
            at: now.map(Instant),
            fence,
            line: replay.engine.offset(),
            under_way: under_way.len(),
        }))?;
        let Some(now) = now else { return Ok(replay) };
        let known = replay.host.recover(now, under_way);
        let recovered = replay.engine.recover(now, fence, &known);
        recovered.map_err(|refused| Failure::broken(&refused.to_string()))?;
        replay.drain(now)?;
        replay.report.commit()?;
        Ok(replay)
    }

    /// The last line of the stream that the engine has taken.
    pub(crate) const fn line(&self) -> Option<u64> {
        self.engine.offset()
    }

    /// Feeds what a line says; the inner error says why the engine does not take it.
    pub(crate) fn feed(
        &mut self,
        line: u64,
        at: Timestamp,
        feed: Feed,
    ) -> Result<Result<(), String>, Failure> {
        if let Some(now) = self.now.filter(|now| at < *now) {
            let (at, now) = (Instant(at), Instant(now));
            return Ok(Err(format!("time runs backwards: {at} is before {now}")));
        }
        self.deliver_while(|due, _| match due {
            Due::Answer(due) => due <= at,
            Due::Wake(due) => due < at,
        })?;
        if let Err(refused) = self.engine.handle_from(line, at, feed.into()) {
            return Ok(Err(refused.to_string()));
        }
        self.now = Some(at);
        self.drain(at)?;
        self.report.input(Instant(at));
        self.report.commit_many()?;
        Ok(Ok(()))
    }

    /// Closes the last instant, delivers what the host still has to say, and lets every run come to
    /// rest.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let Some(last) = self.now else { return self.report.commit() };
        if self.engine.open_runs() > 0 {
            self.report.show(|screen| screen.stream_ended(Instant(last)))?;
        }
        self.deliver_while(|due, engine| match due {
            Due::Answer(_) => true,
            Due::Wake(due) => engine.open_runs() > 0 || due <= last,
        })?;
        self.report.commit()
    }

    /// What takes the entries of this replay.
    pub(crate) const fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// The end of it.
    pub(crate) fn into_report(self) -> Report {
        self.report
    }

    fn due(&self) -> Option<Due> {
        match (self.host.next_due(), self.wake) {
            (Some(answer), Some(wake)) if wake < answer => Some(Due::Wake(wake)),
            (Some(answer), _) => Some(Due::Answer(answer)),
            (None, wake) => wake.map(Due::Wake),
        }
    }

    /// Delivers what is due, in order, for as long as it is wanted.
    fn deliver_while(&mut self, wanted: impl Fn(Due, &Engine) -> bool) -> Result<(), Failure> {
        for _ in 0..MAX_BETWEEN_LINES {
            match self.due() {
                Some(due) if wanted(due, &self.engine) => self.deliver(due)?,
                // What commands have answered is not kept waiting for the next line.
                _ if self.host.has_acted() => return self.report.commit(),
                _ => return Ok(()),
            }
        }
        Err(Failure::broken("the engine asks to be woken for ever"))
    }

    fn deliver(&mut self, due: Due) -> Result<(), Failure> {
        let (at, input) = match due {
            Due::Wake(at) => (at, Input::Wake),
            Due::Answer(_) => {
                if self.host.begins() {
                    self.report.commit()?;
                }
                let Some((at, answer)) = self.host.answer() else { return Ok(()) };
                self.report.entry(&translate::answer(at, &answer))?;
                self.report.notes(&answer.notes);
                // Silence needs no word: the engine knows when to give up.
                let Some(outcome) = answer.outcome else { return Ok(()) };
                let (key, attempt) = (answer.effect.key, answer.effect.attempt);
                (at, Input::Outcome { key, attempt, outcome })
            }
        };
        match self.engine.handle(at, input) {
            Ok(()) => {
                self.now = Some(at);
                self.drain(at)
            }
            // An answer can come so late that its run is forgotten.
            Err(InputError::UnknownRun { .. }) => Ok(()),
            Err(refused) => Err(Failure::broken(&refused.to_string())),
        }
    }

    /// Passes on all that the engine has to say at `at`.
    fn drain(&mut self, at: Timestamp) -> Result<(), Failure> {
        loop {
            let output = self.engine.poll();
            match &output {
                Output::Journal(entry) => self.report.note(entry)?,
                Output::Started { run, plan, .. } => self.host.started(run, plan),
                Output::Ended { run, .. } => self.host.ended(run),
                Output::Wait(until) => {
                    self.wake = *until;
                    return Ok(());
                }
                _ => {}
            }
            if let Some(entry) = translate::output(at, &output) {
                self.report.entry(&entry)?;
            }
            if let Output::Perform(effect) = output {
                self.host.perform(at, effect);
            }
        }
    }
}
