//! One book over the stream. Keeps its firings, and of everything else only counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use ptms::{Book, Engine, Key, Name, Output, Timestamp};

use super::feed::Batch;
use crate::exit::Failure;
use crate::host::Simulated;
use crate::rehearsal::Rehearsal;

/// What a book said to the stream.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) book: Arc<Book>,
    /// By rule and key, in order of time. Rules that never fired are not there.
    pub(super) firings: BTreeMap<(Name, Key), Vec<Fired>>,
    /// Inputs that it did not take, with the line and the words for the first.
    pub(super) refused: u64,
    pub(super) first_refused: Option<(u64, String)>,
    /// Faults of conditions, by rule.
    pub(super) faults: BTreeMap<Name, u64>,
}

/// A firing, and whether it started its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fired {
    pub(super) at: Timestamp,
    pub(super) starts: Starts,
}

/// What a firing starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Starts {
    /// The rule names no system and no workflow, or its run is still going on.
    Nothing,
    /// A run of the rule's plan, at once or in its turn.
    Run,
}

/// A book at work.
#[derive(Debug)]
pub(super) struct Worker {
    rehearsal: Rehearsal,
    side: Side,
    last: Option<Timestamp>,
}

impl Worker {
    pub(super) fn new(book: &Arc<Book>) -> Self {
        let engine = Engine::new(book.clone());
        let side = Side {
            book: book.clone(),
            firings: BTreeMap::new(),
            refused: 0,
            first_refused: None,
            faults: BTreeMap::new(),
        };
        let host = Simulated::new(Vec::new(), Vec::new());
        Self { rehearsal: Rehearsal::new(engine, host), side, last: None }
    }

    /// Takes inputs in their order.
    pub(super) fn take(&mut self, batch: &Batch) -> Result<(), Failure> {
        let Self { rehearsal, side, last } = self;
        for (line, at, feed) in batch {
            match rehearsal.feed(*at, feed.clone().into(), &mut |_, output| side.output(output))? {
                Ok(()) => *last = Some(*at),
                Err(refused) => {
                    side.refused += 1;
                    side.first_refused.get_or_insert_with(|| (*line, refused.to_string()));
                }
            }
        }
        Ok(())
    }

    /// The stream is over: its last instant is closed.
    pub(super) fn finish(mut self) -> Result<Side, Failure> {
        if let Some(last) = self.last {
            let side = &mut self.side;
            self.rehearsal.close(last, &mut |_, output| side.output(output))?;
        }
        Ok(self.side)
    }
}

impl Side {
    fn output(&mut self, output: &Output) {
        match output {
            Output::Fired(firing) => {
                let key = (firing.rule.clone(), firing.key.clone());
                let fired = Fired { at: firing.at, starts: Starts::Nothing };
                self.firings.entry(key).or_default().push(fired);
            }
            // Right behind its firing it is said what that starts, be it at once or when others have ended.
            Output::Started { rule, key, at, .. } | Output::Queued { rule, key, at, .. } => {
                let fired = self.firings.get_mut(&(rule.clone(), key.clone()));
                if let Some(last) = fired.and_then(|fired| fired.last_mut())
                    && last.at == *at
                {
                    last.starts = Starts::Run;
                }
            }
            Output::Fault(fault) => *self.faults.entry(fault.rule.clone()).or_default() += 1,
            _ => {}
        }
    }

    /// How often a rule fired, over all keys.
    pub(super) fn count(&self, rule: &str) -> usize {
        let of_rule = self.firings.iter().filter(|((id, _), _)| id == rule);
        of_rule.map(|(_, fired)| fired.len()).sum()
    }
}
