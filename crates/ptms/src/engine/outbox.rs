//! What the engine has to say and nobody has polled yet, in order. Knows nothing of what is said.

use std::collections::VecDeque;

use super::Output;
use crate::journal::Entry;

/// A queue of outputs; it drops journal entries unless a journal is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    outputs: VecDeque<Output>,
    journal: bool,
}

impl Outbox {
    /// An outbox that passes journal entries on.
    pub(super) const fn journalled() -> Self {
        Self { outputs: VecDeque::new(), journal: true }
    }

    /// Whether journal entries are passed on.
    pub(super) const fn keeps_journal(&self) -> bool {
        self.journal
    }

    pub(super) fn say(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn note(&mut self, entry: impl FnOnce() -> Entry) {
        if self.journal {
            self.outputs.push_back(Output::Journal(entry()));
        }
    }

    pub(super) fn next(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
