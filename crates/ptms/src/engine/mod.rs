//! One engine: rules, plans and runs behind one `handle` and one `poll`.
//!
//! Knows no rule syntax and no graph; it carries firings to plans, plans to runs, and outcomes back.

mod outbox;
mod replay;
mod runs;

use std::collections::BTreeMap;
use std::sync::Arc;

use pso_graph::Plan;
use ptms_core::{Event, Firing, Key, Name, Timestamp, Trigger, Value};
use ptms_executor::{Effect, EffectKey, End, HandleError, Outcome, Recovery, RunId};
use ptms_rules::{RuleFault, Session, Stats, Transition};
use serde::{Deserialize, Serialize};

use self::outbox::Outbox;
use self::runs::Runs;
use crate::book::Book;
use crate::journal::{Entry, FORMAT};

/// What a host tells the engine.
///
/// ```
/// use ptms::{Event, Input};
///
/// let input = Input::Event(Event::new("log").with("level", "error"));
/// assert_ne!(input, Input::Wake);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// Facts that hold from now, all at once.
    Set(Vec<(Name, Value)>),
    /// Facts that are unknown from now, all at once.
    Unset(Vec<Name>),
    /// What became of an effect that the engine asked for.
    Outcome {
        /// The key of the effect.
        key: EffectKey,
        /// Which attempt, as the effect says.
        attempt: u32,
        /// What became of it.
        outcome: Outcome,
    },
    /// Time has come this far, and no more inputs of this instant are at hand: what is due now takes
    /// effect.
    Wake,
}

impl Input {
    /// This became of `effect`.
    #[must_use]
    pub fn outcome(effect: &Effect, outcome: Outcome) -> Self {
        Self::Outcome { key: effect.key.clone(), attempt: effect.attempt, outcome }
    }

    /// `effect` succeeded, and gave nothing back. A verification that found the step up says so with
    /// [`Input::confirmed`].
    #[must_use]
    pub fn succeeded(effect: &Effect) -> Self {
        Self::outcome(effect, Outcome::Succeeded(None))
    }

    /// The verification `effect` found the step up, or not.
    #[must_use]
    pub fn confirmed(effect: &Effect, up: bool) -> Self {
        Self::outcome(effect, Outcome::Succeeded(Some(Value::Bool(up))))
    }
}

/// What the engine tells its host.
///
/// ```
/// use ptms::{Book, Engine, Output, Sources};
///
/// let mut engine = Engine::new(Book::load(&Sources::default()).unwrap().into());
/// assert_eq!(engine.poll(), Output::Wait(None));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Only from a journalled engine: make this durable before doing any effect that comes after it.
    Journal(Entry),
    /// A trigger changed its state without firing.
    Transition(Transition),
    /// A trigger fired.
    Fired(Firing),
    /// A condition could not be worked out. Said once until it can be again; the condition counts as
    /// unknown meanwhile.
    Fault(RuleFault),
    /// A key was not admitted: there are as many as its dimensions allow, and none may leave.
    KeyRefused {
        /// When.
        at: Timestamp,
        /// Which key.
        key: Key,
    },
    /// A key left with all that was known of it.
    Evicted {
        /// When.
        at: Timestamp,
        /// Which key.
        key: Key,
    },
    /// A firing started a run.
    Started {
        /// When; later than the firing where the engine was not woken in time.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// The rule that fired.
        rule: Name,
        /// The key for which it fired.
        key: Key,
        /// What the run will do.
        plan: Arc<Plan>,
    },
    /// A firing started nothing: the run of an earlier firing of the same rule and key is going on.
    Dropped {
        /// When.
        at: Timestamp,
        /// The rule that fired.
        rule: Name,
        /// The key for which it fired.
        key: Key,
        /// The run that is going on.
        running: RunId,
    },
    /// The host is asked to do this, and to say what became of it.
    Perform(Effect),
    /// Stop caring about this attempt at an effect: its time is over. An outcome can still be handed in,
    /// and is accounted for.
    Abandon {
        /// What was asked for.
        key: EffectKey,
        /// Which attempt.
        attempt: u32,
    },
    /// A run came to rest. May be said again of a run, when a late outcome changes the account.
    Ended {
        /// When.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// How.
        end: End,
    },
    /// Nothing more until this instant, or until the next input; `None` where only an input can
    /// change anything.
    Wait(Option<Timestamp>),
}

/// Why an input was refused. Nothing has changed.
///
/// ```
/// use ptms::{Book, Engine, Event, Input, Sources, Timestamp};
///
/// let mut engine = Engine::new(Book::load(&Sources::default()).unwrap().into());
/// let refused = engine.handle(Timestamp::default(), Input::Event(Event::new("log"))).unwrap_err();
/// assert_eq!(refused.to_string(), r#"no event "log" is declared"#);
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The instant is before that of an earlier input.
    #[error("time runs backwards: {now} is before {last}")]
    TimeBackwards {
        /// The instant given.
        now: Timestamp,
        /// The instant of the last input.
        last: Timestamp,
    },
    /// An event or fact that does not fit its declaration.
    #[error(transparent)]
    Rules(#[from] ptms_rules::InputError),
    /// An outcome for a run that never was, or that ended so long ago that it is forgotten.
    #[error("no run {run} is known")]
    UnknownRun {
        /// The run.
        run: RunId,
    },
    /// An outcome that the run cannot take.
    #[error(transparent)]
    Outcome(#[from] HandleError),
}

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
    /// message number. After a crash [`Engine::offset`] says from where to go on.
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
        if let Some(last) = self.now
            && now < last
        {
            return Err(InputError::TimeBackwards { now, last });
        }
        while self.step() {}
        if let Input::Outcome { key, attempt, outcome } = input {
            self.handle_outcome(now, key, attempt, outcome)?;
        } else {
            self.session.handle(now, rules_input(input.clone()))?;
            self.outbox.note(|| Entry::Input { at: now, offset, input });
        }
        self.now = Some(now);
        self.offset = offset.or(self.offset);
        Ok(())
    }

    /// An outcome changes no fact, so the rules are told only that time has come this far. What was
    /// due to them before `now` is said first.
    fn handle_outcome(
        &mut self,
        now: Timestamp,
        key: EffectKey,
        attempt: u32,
        outcome: Outcome,
    ) -> Result<(), InputError> {
        let mut caused = self.outbox.empty();
        self.runs.answer(now, key, attempt, outcome, &mut caused)?;
        self.session.handle(now, ptms_rules::Input::Advance)?;
        while let Some(output) = self.session.poll() {
            self.carry(now, output);
        }
        self.outbox.append(caused);
        Ok(())
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
    /// [`InputError`] where time runs backwards.
    pub fn recover(
        &mut self,
        now: Timestamp,
        fence: u64,
        found: &BTreeMap<EffectKey, Recovery>,
    ) -> Result<(), InputError> {
        if let Some(last) = self.now
            && now < last
        {
            return Err(InputError::TimeBackwards { now, last });
        }
        self.now = Some(now);
        self.runs.recover(now, fence, found, &mut self.outbox)
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
        self.runs.wake_one(now, &mut self.outbox)
    }

    /// What the rules said becomes outputs; a firing becomes a run.
    fn carry(&mut self, now: Timestamp, output: ptms_rules::Output) {
        let output = match output {
            ptms_rules::Output::Transition(transition) => Output::Transition(transition),
            ptms_rules::Output::Fault(fault) => Output::Fault(fault),
            ptms_rules::Output::KeyRefused { at, key } => Output::KeyRefused { at, key },
            ptms_rules::Output::Evicted { at, key } => Output::Evicted { at, key },
            ptms_rules::Output::Fired(firing) => {
                self.outbox.say(Output::Fired(firing.clone()));
                if let Some(plan) = self.book.plan_of(&firing.rule) {
                    self.runs.start(now, &firing, plan, &mut self.outbox);
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

    /// The value of a fact as of the last input; `None` if it is unknown or not declared.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Value> {
        let id = self.book.schema().fact(name)?;
        self.session.context().read(self.now?, id)
    }

    /// The triggers that are pending, firing or have fired, by rule and key.
    pub fn triggers(&self) -> impl Iterator<Item = Trigger> {
        self.session.triggers()
    }

    /// How much the rules have seen.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.session.stats()
    }
}

/// An input as the rules take it. An outcome is none of theirs: it only tells the time.
fn rules_input(input: Input) -> ptms_rules::Input {
    match input {
        Input::Event(event) => ptms_rules::Input::Event(event),
        Input::Set(facts) => ptms_rules::Input::Set(facts),
        Input::Unset(facts) => ptms_rules::Input::Unset(facts),
        Input::Wake => ptms_rules::Input::Wake,
        Input::Outcome { .. } => ptms_rules::Input::Advance,
    }
}
