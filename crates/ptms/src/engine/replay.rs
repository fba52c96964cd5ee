//! From a journal back to the engine that wrote it: a fold over its entries.
//!
//! Inputs are given to the rules again, which say the same as before. What was decided is taken from
//! the journal and never decided again; it is only compared with what the rules say, so that a journal
//! that does not belong to them is found out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pso_graph::Plan;
use ptms_core::{Firing, Key, Name, Timestamp};
use ptms_executor::{Change, Execution, Record, RunId, State};

use super::input::rules_input;
use super::outbox::Outbox;
use super::{Engine, cancelled_by};
use crate::book::Book;
use crate::journal::{Decision, Entry, FORMAT, ReplayError};

/// A fold under way.
struct Replay {
    engine: Engine,
    /// The position of the entry at hand.
    entry: u64,
    states: BTreeMap<RunId, State>,
    triggers: BTreeMap<RunId, (Name, Key)>,
    rested: BTreeSet<RunId>,
    /// A run that it was decided to start and whose first record has not come yet.
    starting: Option<(RunId, Firing, Arc<Plan>)>,
}

impl Engine {
    /// The engine that a journal leads to. It goes on keeping its journal, after the last of
    /// `entries`; it says nothing of what was said before, except perhaps what followed from the last
    /// input and was not decided yet.
    ///
    /// Before anything else is handed in, [`Engine::recover`] tells it which effects are still under way.
    ///
    /// # Errors
    ///
    /// [`ReplayError`] where the entries are none of a journal, or none of this rulebook's.
    pub fn replay(
        book: Arc<Book>,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Self, ReplayError> {
        let mut entries = entries.into_iter();
        match entries.next().ok_or(ReplayError::Empty)? {
            Entry::Opened { format, .. } if format > FORMAT => {
                return Err(ReplayError::Format { found: format });
            }
            Entry::Opened { sources, .. } => same_book(&book, &sources)?,
            _ => return Err(ReplayError::Order { entry: 0 }),
        }
        let mut replay = Replay {
            engine: Self::with(book, Outbox::journalled()),
            entry: 0,
            states: BTreeMap::new(),
            triggers: BTreeMap::new(),
            rested: BTreeSet::new(),
            starting: None,
        };
        for entry in entries {
            replay.entry += 1;
            replay.fold(entry)?;
        }
        Ok(replay.finish())
    }
}

/// Whether a journal was written with the texts of this book.
fn same_book(book: &Book, sources: &[(Name, String)]) -> Result<(), ReplayError> {
    let ours: BTreeMap<&Name, &str> = book.sources().iter().collect();
    let theirs: BTreeMap<&Name, &str> =
        sources.iter().map(|(name, text)| (name, text.as_str())).collect();
    let mut names = ours.keys().chain(theirs.keys());
    match names.find(|name| ours.get(*name) != theirs.get(*name)) {
        Some(file) => Err(ReplayError::OtherBook { file: Name::clone(file) }),
        None => Ok(()),
    }
}

impl Replay {
    fn fold(&mut self, entry: Entry) -> Result<(), ReplayError> {
        match entry {
            Entry::Opened { .. } => Err(ReplayError::Order { entry: self.entry }),
            Entry::Input { at, offset, input } => {
                self.settle("an input")?;
                let refused = |error: ptms_rules::InputError| ReplayError::Input {
                    entry: self.entry,
                    error: error.into(),
                };
                self.engine.session.handle(at, rules_input(input)).map_err(refused)?;
                self.engine.now = Some(at);
                self.engine.offset = offset.or(self.engine.offset);
                Ok(())
            }
            Entry::Decided { at, rule, key, fired, decision } => {
                self.decided(at, &Firing::new(rule, key, fired), decision)
            }
            Entry::Run { run, seq, record } => self.record(&run, seq, &record),
        }
    }

    /// Lets the rules say what is left of the last input: nothing that would have to be decided.
    fn settle(&mut self, recorded: &str) -> Result<(), ReplayError> {
        if let Some((run, ..)) = &self.starting {
            return Err(self.diverged(recorded, format!("the first record of run {run}")));
        }
        match self.next_to_decide() {
            Some((firing, _)) => Err(self.diverged(recorded, said(&firing))),
            None => Ok(()),
        }
    }

    /// The next firing that starts something, and its plan.
    fn next_to_decide(&mut self) -> Option<(Firing, Arc<Plan>)> {
        loop {
            match self.engine.session.poll()? {
                ptms_rules::Output::Fired(firing) => {
                    if let Some(plan) = self.engine.book.plan_of(&firing.rule) {
                        return Some((firing, plan.clone()));
                    }
                }
                ptms_rules::Output::Transition(transition) => {
                    if let Some(trigger) = cancelled_by(&self.engine.book, &transition) {
                        self.engine.runs.cancel(&trigger);
                    }
                }
                _ => {}
            }
        }
    }

    /// What was decided on a firing is carried out; what was done for it follows as records.
    fn decided(
        &mut self,
        at: Timestamp,
        recorded: &Firing,
        decision: Decision,
    ) -> Result<(), ReplayError> {
        let (firing, plan) = match self.engine.runs.next_of(recorded) {
            Some(waited) if matches!(decision, Decision::Started { .. }) => waited,
            _ => self.firing(at, recorded)?,
        };
        self.engine.runs.carry_out(&decision, &firing, &plan);
        self.engine.now = Some(at);
        if let Decision::Started { run } = decision {
            self.triggers.insert(run.clone(), (firing.rule.clone(), firing.key.clone()));
            self.starting = Some((run, firing, plan));
        }
        Ok(())
    }

    /// The firing that was decided on must be the next one that the rules say.
    fn firing(
        &mut self,
        at: Timestamp,
        recorded: &Firing,
    ) -> Result<(Firing, Arc<Plan>), ReplayError> {
        let mut next = self.next_to_decide();
        if next.is_none() && self.engine.session.handle(at, ptms_rules::Input::Advance).is_ok() {
            // The outcome of an effect told the rules that time had come this far.
            next = self.next_to_decide();
        }
        let identity = |firing: &Firing| (firing.rule.clone(), firing.key.clone(), firing.at);
        match next {
            Some((next, plan)) if identity(&next) == identity(recorded) => Ok((next, plan)),
            Some((next, _)) => Err(self.diverged(&said(recorded), said(&next))),
            None => Err(self.diverged(&said(recorded), "nothing".to_owned())),
        }
    }

    fn record(&mut self, run: &RunId, seq: u64, record: &Record) -> Result<(), ReplayError> {
        let at_fault =
            |error: String| ReplayError::Run { entry: self.entry, run: run.clone(), seq, error };
        match self.states.get_mut(run) {
            Some(state) if state.seq() == seq => {
                state.fold(record).map_err(|error| at_fault(error.to_string()))?;
            }
            Some(state) => {
                return Err(at_fault(format!("it is out of order, the next is {}", state.seq())));
            }
            None if seq == 0
                && self.starting.as_ref().is_some_and(|(starting, ..)| starting == run) =>
            {
                let state = State::begin(record).map_err(|error| at_fault(error.to_string()))?;
                self.states.insert(run.clone(), state);
                self.starting = None;
            }
            None if seq > 0 => return Err(at_fault("its first record is missing".to_owned())),
            None => return Err(at_fault("nobody decided to start this run".to_owned())),
        }
        self.engine.now = self.engine.now.max(Some(record.at));
        if matches!(record.change, Change::Ended { .. }) && self.rested.insert(run.clone()) {
            self.rest(run);
        }
        Ok(())
    }

    /// A run came to rest for the first time.
    fn rest(&mut self, run: &RunId) {
        if let Some(trigger) = self.triggers.get(run) {
            self.engine.runs.close(trigger, run);
        }
        if let Some(forgotten) = self.engine.runs.forget_after(run) {
            self.states.remove(&forgotten);
            self.triggers.remove(&forgotten);
        }
    }

    fn diverged(&self, recorded: &str, asked: String) -> ReplayError {
        ReplayError::Diverged { entry: self.entry, recorded: recorded.to_owned(), asked }
    }

    /// The engine, with its runs where their records left them.
    fn finish(self) -> Engine {
        let Self { mut engine, states, mut triggers, rested, starting, .. } = self;
        for (id, state) in states {
            if let Some(trigger) = triggers.remove(&id) {
                let open = !rested.contains(&id);
                engine.runs.restore(id, Execution::resume(state), trigger, open);
            }
        }
        if let Some((id, firing, plan)) = starting {
            engine.runs.restore_unbegun(id, firing, plan);
        }
        engine
    }
}

/// A firing in a few words.
fn said(firing: &Firing) -> String {
    format!("a firing of {} [{}] at {}", firing.rule, firing.key, firing.at)
}
