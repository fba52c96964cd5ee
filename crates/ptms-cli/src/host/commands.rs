//! The host that runs the operator's commands.
//!
//! The clock is that of the stream. What the engine asks for at one instant runs at the same time, and
//! the stream waits for it; the outcomes belong to that instant, in the order of asking. So what is
//! written down does not depend on how fast a command is.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{io, thread};

use ptms::{Action, Effect, Outcome, Timestamp, Value};

use super::Answer;
use super::calls::{Call, Calls, Verdict};
use super::process::{self, Ended, Finished, MAX_OUTPUT};
use crate::exit::reason;

/// How many lines of a command's complaints are shown.
const SHOWN_LINES: usize = 10;

/// Runs commands, several at a time.
#[derive(Debug)]
pub(crate) struct Commands {
    calls: Calls,
    /// How many commands run at the same time at most.
    jobs: NonZeroUsize,
    /// Which owner of its journal the engine is; 0 without a journal.
    fence: u64,
    /// What was asked for and has not begun.
    asked: Vec<(Timestamp, Effect)>,
    answers: VecDeque<(Timestamp, Answer)>,
    /// Whether a command has run since anybody asked.
    acted: bool,
}

impl Commands {
    /// A host that has been asked for nothing.
    pub(crate) const fn new(calls: Calls, jobs: NonZeroUsize, fence: u64) -> Self {
        Self { calls, jobs, fence, asked: Vec::new(), answers: VecDeque::new(), acted: false }
    }

    /// Takes a request.
    pub(crate) fn perform(&mut self, now: Timestamp, effect: Effect) {
        self.asked.push((now, effect));
    }

    /// When the next answer is due: the time of the stream stands still while commands run.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let answered = self.answers.front().map(|(due, _)| *due);
        answered.or_else(|| self.asked.first().map(|(asked, _)| *asked))
    }

    /// Whether the next answer is that of a command that has not begun.
    pub(crate) fn begins(&self) -> bool {
        self.answers.is_empty() && !self.asked.is_empty()
    }

    /// Whether a command has run since this was asked for the last time.
    pub(crate) const fn has_acted(&mut self) -> bool {
        std::mem::replace(&mut self.acted, false)
    }

    /// The next answer. Where none is left, runs all that was asked for.
    pub(crate) fn answer(&mut self) -> Option<(Timestamp, Answer)> {
        if self.answers.is_empty() {
            let asked = std::mem::take(&mut self.asked);
            self.answers = self.run(&asked).into();
            self.acted = true;
        }
        self.answers.pop_front()
    }

    /// Runs everything, with as many threads as are wanted, and answers in the order of asking.
    fn run(&self, asked: &[(Timestamp, Effect)]) -> Vec<(Timestamp, Answer)> {
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(Vec::new());
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some((at, effect)) = asked.get(index) else { return };
                let answer = self.call(*at, effect);
                let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                answers.push((index, (*at, answer)));
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.jobs.get().min(asked.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Runs the command of one effect.
    fn call(&self, at: Timestamp, effect: &Effect) -> Answer {
        let Some(call) = self.calls.of(&effect.system, &effect.key.action) else {
            // Everything that a plan of the book can ask for was looked up before.
            return Answer::new(effect.clone(), Some(nothing_ran("no-such-command")));
        };
        let limit = u64::try_from(effect.deadline.since(at).as_nanos()).unwrap_or(0);
        let finished =
            process::run(self.command(call, effect), std::time::Duration::from_nanos(limit));
        answer(call, effect, &finished)
    }

    fn command(&self, call: &Call, effect: &Effect) -> Command {
        let key = &effect.key;
        let mut command = Command::new(self.calls.program(call));
        command.args(call.arguments()).current_dir(self.calls.folder());
        let reverses: Vec<_> = effect.reverses.iter().map(ToString::to_string).collect();
        // A list of texts: writing it cannot fail.
        let reverses = serde_json::to_string(&reverses).unwrap_or_default();
        let (action, undo) = match &key.action {
            Action::Activate => ("activate", ""),
            Action::Verify => ("verify", ""),
            Action::Undo(undo) => ("undo", undo.as_str()),
        };
        command
            .env("PTMS_KEY", key.to_string())
            .env("PTMS_RUN", key.run.as_str())
            .env("PTMS_STEP", effect.step.as_str())
            .env("PTMS_SYSTEM", effect.system.as_str())
            .env("PTMS_ACTION", action)
            .env("PTMS_UNDO", undo)
            .env("PTMS_EPOCH", key.epoch.to_string())
            .env("PTMS_ATTEMPT", effect.attempt.to_string())
            .env("PTMS_REVERSES", reverses)
            .env("PTMS_INPUT", "null")
            .env("PTMS_FENCE", self.fence.to_string());
        command
    }
}

fn nothing_ran(class: &str) -> Outcome {
    Outcome::Failed { class: class.into(), clean: true }
}

/// What the end of a process says of its effect.
fn answer(call: &Call, effect: &Effect, finished: &Finished) -> Answer {
    let mut notes = Vec::new();
    let outcome = match &finished.ended {
        Ended::Exited(code) => match call.verdict(*code) {
            Verdict::Succeeded => Some(Outcome::Succeeded(output(finished, &mut notes))),
            Verdict::Up => Some(Outcome::Succeeded(Some(Value::Bool(true)))),
            Verdict::Down => Some(Outcome::Succeeded(Some(Value::Bool(false)))),
            Verdict::Unknown => Some(Outcome::Unknown),
            Verdict::Failed { class, clean } => Some(Outcome::Failed { class, clean }),
        },
        Ended::Signalled => Some(Outcome::Unknown),
        Ended::TimedOut => None,
        Ended::NotStarted(error) => Some(nothing_ran(match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => "no-such-command",
            _ => "cannot-start",
        })),
    };
    if !matches!(outcome, Some(Outcome::Succeeded(_))) {
        notes.push(how(call, &finished.ended));
        notes.extend(last_lines(&finished.errors));
    }
    if let Some(first) = notes.first_mut() {
        *first = format!("{effect}: {first}");
    }
    Answer { notes, ..Answer::new(effect.clone(), outcome) }
}

fn how(call: &Call, ended: &Ended) -> String {
    let name = call.name();
    match ended {
        Ended::Exited(code) => format!("{name} ended with exit code {code}"),
        Ended::Signalled => format!("{name} was ended by a signal"),
        Ended::TimedOut => format!("{name} was ended, its time was up"),
        Ended::NotStarted(error) => format!("cannot run {name}: {}", reason(error)),
    }
}

/// What the command wrote, if it is a value that the engine can hold.
fn output(finished: &Finished, notes: &mut Vec<String>) -> Option<Value> {
    let text = finished.output.trim_ascii();
    if text.is_empty() {
        return None;
    }
    let fault = if finished.output.len() > MAX_OUTPUT {
        format!("it is longer than {MAX_OUTPUT} bytes")
    } else {
        match serde_json::from_slice::<Value>(text) {
            Ok(value) if holds(&value) => return Some(value),
            _ => "it is no JSON text, number, true, false, or list of these".to_owned(),
        }
    };
    notes.push(format!("what it wrote is left out: {fault}"));
    None
}

/// The engine's lists hold no lists.
fn holds(value: &Value) -> bool {
    match value {
        Value::List(items) => !items.iter().any(|item| matches!(item, Value::List(_))),
        _ => true,
    }
}

/// The end of what a command complained, fit to be shown.
fn last_lines(errors: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(errors);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default();
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    shown.iter().map(|line| format!("  {}", line.chars().map(plain).collect::<String>())).collect()
}
