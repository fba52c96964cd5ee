//! One engine: rules, plans and runs behind one `handle` and one `poll`.
//!
//! Knows no rule syntax and no graph; it carries firings to plans, plans to runs, and outcomes back.

mod input;
mod outbox;
mod output;
mod replay;
mod runs;

use std::collections::BTreeMap;
use std::sync::Arc;

use pso_graph::Condition;
use ptms_core::{Key, Name, OnResolve, Timestamp, Trigger, TriggerState, Value};
use ptms_executor::{Effect, EffectKey, Recovery, RunId};
use ptms_rules::{Explanation, RuleSpec, Session, Stats, Transition, Verdicts};
use serde::Serialize;

use self::input::rules_input;
use self::outbox::Outbox;
use self::runs::{Question, Runs, TriggerKey};
use crate::book::Book;
use crate::journal::{Entry, FORMAT};

pub use self::input::{Input, InputError};
pub use self::output::Output;

/// A rulebook at work: several runs at once, each trigger with at most one.
///
/// The shape of every host: [`handle`](Engine::handle) an input, then [`poll`](Engine::poll) until it
/// says [`Output::Wait`]. The example at the top of this crate is a whole host.
///
/// ```
/// use ptms::{Book, Engine, Sources};
///
/// fn can_move_to_a_thread<T: Send>(_: &T) {}
/// let engine = Engine::new(Book::load(&Sources::default()).unwrap().into());
/// can_move_to_a_thread(&engine);
/// assert_eq!(engine.open_runs(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    book: Arc<Book>,
    session: Session,
    runs: Runs,
    outbox: Outbox,
    now: Option<Timestamp>,
    /// Where the host found the last input that it gave a place.
    offset: Option<u64>,
}

impl Engine {
    /// An engine that has seen nothing and keeps no journal: it ends with the process.
    #[must_use]
    pub fn new(book: Arc<Book>) -> Self {
        Self::with(book, Outbox::default())
    }

    /// An engine that has seen nothing and says what to write down, so that
    /// [`Engine::replay`] can go on where it stopped.
    #[must_use]
    pub fn journalled(book: Arc<Book>) -> Self {
        let texts = book.sources().iter().map(|(name, text)| (name.clone(), text.to_owned()));
        let opened = Entry::Opened { format: FORMAT, sources: texts.collect() };
        let mut outbox = Outbox::journalled();
        outbox.note(|| opened);
        Self::with(book, outbox)
    }

    fn with(book: Arc<Book>, outbox: Outbox) -> Self {
        let session = Session::new(book.rule_set().clone());
        Self { book, session, runs: Runs::default(), outbox, now: None, offset: None }
    }

    /// Takes an input that happened at `now`. What comes of it is said by [`Engine::poll`], after what
    /// earlier inputs caused and nobody has polled yet.
    ///
    /// # Errors
    ///
    /// [`InputError`] where time runs backwards, the input does not fit the declarations, or an outcome
    /// is none that a run waits for. Nothing has changed then.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Result<(), InputError> {
        self.take(now, None, input)
    }

    /// Like [`Engine::handle`], for an input that the host found at `offset` of its source: a line, a
    /// message number. After a crash [`Engine::offset`] says from where to go on. Outcomes are not
    /// re-read from a source, so theirs is passed over.
    ///
    /// # Errors
    ///
    /// As [`Engine::handle`].
    pub fn handle_from(
        &mut self,
        offset: u64,
        now: Timestamp,
        input: Input,
    ) -> Result<(), InputError> {
        self.take(now, Some(offset), input)
    }

    fn take(
        &mut self,
        now: Timestamp,
        offset: Option<u64>,
        input: Input,
    ) -> Result<(), InputError> {
        self.check_time(now)?;
        while self.step() {}
        match input {
            Input::Outcome { key, attempt, outcome } => {
                let run = key.run.clone();
                let input = ptms_executor::Input::Outcome { effect: key, attempt, outcome };
                self.tell_run(now, &run, input)?;
            }
            Input::Heartbeat { key, attempt } => {
                let run = key.run.clone();
                let input = ptms_executor::Input::Heartbeat { effect: key, attempt };
                self.tell_run(now, &run, input)?;
            }
            Input::Command { run, command } => {
                self.tell_run(now, &run, ptms_executor::Input::Command(command))?;
            }
            input => {
                // Most engines keep no journal and need the input only once.
                let noted = self.outbox.keeps_journal().then(|| input.clone());
                self.session.handle(now, rules_input(input))?;
                if let Some(input) = noted {
                    self.outbox.note(|| Entry::Input { at: now, offset, input });
                }
                self.offset = offset.or(self.offset);
            }
        }
        self.now = Some(now);
        Ok(())
    }

    fn check_time(&self, now: Timestamp) -> Result<(), InputError> {
        match self.now {
            Some(last) if now < last => Err(InputError::TimeBackwards { now, last }),
            _ => Ok(()),
        }
    }

    /// What concerns a run changes no fact, so the rules are told only that time has come this far. What
    /// was due to them before `now` happens first, while the run still goes on.
    fn tell_run(
        &mut self,
        now: Timestamp,
        run: &RunId,
        input: ptms_executor::Input,
    ) -> Result<(), InputError> {
        self.runs.accepts(now, run, &input)?;
        self.session.handle(now, ptms_rules::Input::Advance)?;
        while let Some(output) = self.session.poll() {
            self.carry(now, output);
        }
        self.runs.tell(now, run, input, &mut self.outbox)
    }

    /// The effects that are under way: asked for, and neither answered nor given up.
    #[must_use]
    pub fn outstanding(&self) -> Vec<Effect> {
        self.runs.outstanding().collect()
    }

    /// Tells an engine that was replayed what became of the effects that are [`outstanding`]: the
    /// first thing to hand in after [`Engine::replay`]. Of an effect without a verdict nobody knows; it is
    /// asked for again if that is safe, and else verified or undone.
    ///
    /// `fence` numbers the owners of a journal; a system that remembers the greatest it has seen can
    /// refuse what an older owner still asks of it.
    ///
    /// [`outstanding`]: Engine::outstanding
    ///
    /// # Errors
    ///
    /// [`InputError`] where time runs backwards, or the fence is not greater than all before. Nothing has
    /// changed then.
    pub fn recover(
        &mut self,
        now: Timestamp,
        fence: u64,
        found: &BTreeMap<EffectKey, Recovery>,
    ) -> Result<(), InputError> {
        self.check_time(now)?;
        self.runs.recover(now, fence, found, &mut self.outbox)?;
        self.now = Some(now);
        Ok(())
    }

    /// The next thing to tell; [`Output::Wait`] when everything has been told.
    pub fn poll(&mut self) -> Output {
        loop {
            if let Some(output) = self.outbox.next() {
                return output;
            }
            if !self.step() {
                return Output::Wait(self.next_deadline());
            }
        }
    }

    /// Works out one thing more of what the last input caused; false if nothing is left. However often
    /// the host polls, everything that an input causes is worked out before the next one is taken.
    fn step(&mut self) -> bool {
        let Some(now) = self.now else { return false };
        if let Some(output) = self.session.poll() {
            self.carry(now, output);
            return true;
        }
        if let Some(question) = self.runs.next_question() {
            self.answer(now, &question);
            return true;
        }
        self.runs.wake_one(now, &mut self.outbox)
    }

    /// Answers a run that asks whether a condition holds, as things are now.
    fn answer(&mut self, at: Timestamp, asked: &Question) {
        let Some(params) = self.runs.asks(asked) else { return };
        let Condition { workflow, text, .. } = &asked.condition;
        let answer = self.session.ask(at, workflow, text, &params);
        let (verdict, fault, read) =
            answer.map(|answer| (answer.verdict, answer.fault, answer.read)).unwrap_or_default();
        let known = read.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let read: BTreeMap<Name, Value> = known.collect();
        let step = match asked.question {
            ptms_executor::Question::Step(step) => self.runs.step_name(&asked.run, step),
            _ => None,
        };
        let (run, condition, question) = (asked.run.clone(), text.clone(), asked.question);
        let input = ptms_executor::Input::Verdict { question, verdict, read: read.clone() };
        self.outbox.say(Output::Verdict { at, run, step, condition, verdict, fault, read });
        // A run that asks takes an answer at any instant that is not before its last.
        let _ = self.runs.tell(at, &asked.run, input, &mut self.outbox);
    }

    /// What the rules said becomes outputs; a firing becomes a run.
    fn carry(&mut self, now: Timestamp, output: ptms_rules::Output) {
        let output = match output {
            ptms_rules::Output::Transition(transition) => {
                let trigger = cancelled_by(&self.book, &transition);
                self.outbox.say(Output::Transition(transition));
                if let Some(trigger) = trigger {
                    self.runs.resolved(now, &trigger, &mut self.outbox);
                }
                return;
            }
            ptms_rules::Output::Fault(fault) => Output::Fault(fault),
            ptms_rules::Output::Repeated(firing) => Output::Repeated(firing),
            ptms_rules::Output::Unknown { at, rule, key } => Output::Unknown { at, rule, key },
            ptms_rules::Output::KeyRefused { at, key } => Output::KeyRefused { at, key },
            ptms_rules::Output::Evicted { at, key } => Output::Evicted { at, key },
            ptms_rules::Output::Fired(firing) => {
                self.outbox.say(Output::Fired(firing.clone()));
                if let Some(response) = self.book.response_of(&firing.rule) {
                    let (mode, plan) = (response.mode, &response.plan);
                    self.runs.start(now, &firing, mode, plan, &mut self.outbox);
                }
                return;
            }
        };
        self.outbox.say(output);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        [self.session.next_deadline(), self.runs.next_wake()].into_iter().flatten().min()
    }

    /// All of the runs that a journal must bring back, to be compared: equal texts of it are equal runs.
    #[must_use]
    pub fn durable(&self) -> impl Serialize + '_ {
        self.runs.durable()
    }

    /// Where the host found the last input that it gave a place, with [`Engine::handle_from`].
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The rulebook.
    #[must_use]
    pub const fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// The number of runs that have not come to rest.
    #[must_use]
    pub fn open_runs(&self) -> usize {
        self.runs.open()
    }

    /// When a run next wants to be woken; `None` if none does. A host that replays the past and has
    /// come to its end needs to wake the engine only for these.
    #[must_use]
    pub fn next_run_deadline(&self) -> Option<Timestamp> {
        self.runs.next_wake()
    }

    /// The value of a fact without key as of the last input; `None` if it is unknown or not declared.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Value> {
        self.fact_for(name, &Key::default())
    }

    /// The value of a fact for a key as of the last input; `None` if it is unknown or not declared.
    #[must_use]
    pub fn fact_for(&self, name: &str, key: &Key) -> Option<&Value> {
        let id = self.book.schema().fact(name)?;
        self.session.context().read(self.now?, id, key)
    }

    /// The triggers that are pending, firing or have fired, by rule and key.
    pub fn triggers(&self) -> impl Iterator<Item = Trigger> {
        self.session.triggers()
    }

    /// Why a rule does what it does, or does not, for a key, as of the last input; `None` where there is no
    /// such rule, it is disabled, or nothing was put in yet. Exact once [`Engine::poll`] has said
    /// [`Output::Wait`].
    #[must_use]
    pub fn explain(&self, rule: &str, key: &Key) -> Option<Explanation> {
        self.session.explain(rule, key, self.now?)
    }

    /// The keys of a rule that are alive, in order; of a rule without key its one key. Nothing where
    /// there is no such rule.
    pub fn keys_of(&self, rule: &str) -> impl Iterator<Item = Key> {
        self.session.keys_of(rule)
    }

    /// How much the rules have seen.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.session.stats()
    }

    /// What the evaluations of each rule came to, in the order of evaluation.
    pub fn verdicts(&self) -> impl Iterator<Item = (&RuleSpec, Verdicts)> {
        self.session.verdicts()
    }
}

/// The trigger whose runs a transition cancels, if it is one that does.
fn cancelled_by(book: &Book, transition: &Transition) -> Option<TriggerKey> {
    let cancels = book.response_of(&transition.rule)?.on_resolve == OnResolve::Cancel;
    let resolved = transition.to == TriggerState::Inactive;
    (cancels && resolved).then(|| (transition.rule.clone(), transition.key.clone()))
}
