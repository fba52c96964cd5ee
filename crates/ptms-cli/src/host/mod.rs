//! Who answers what the engine asks for: a host that only pretends, or commands of the operator's.
//!
//! Both live in the time of the stream, and both say how long it takes until they answer.

mod calls;
mod commands;
mod process;
mod reader;
mod simulated;

use std::collections::BTreeMap;
use std::sync::Arc;

use ptms::{Effect, EffectKey, Outcome, Plan, Recovery, RunId, Timestamp};

pub(crate) use self::calls::Calls;
pub(crate) use self::commands::Commands;
pub(crate) use self::simulated::Simulated;

/// One of the two hosts.
#[derive(Debug)]
pub(crate) enum Host {
    /// It activates nothing.
    Simulated(Simulated),
    /// It runs commands.
    Commands(Commands),
}

/// What a host says of an effect.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Which effect.
    pub(crate) effect: Effect,
    /// What became of it; `None` if no answer will ever come.
    pub(crate) outcome: Option<Outcome>,
    /// What a person should know of it, line by line; empty if nothing.
    pub(crate) notes: Vec<String>,
}

impl Answer {
    const fn new(effect: Effect, outcome: Option<Outcome>) -> Self {
        Self { effect, outcome, notes: Vec::new() }
    }
}

impl Host {
    /// A run with this plan begins.
    pub(crate) fn started(&mut self, run: &RunId, plan: &Arc<Plan>) {
        if let Self::Simulated(host) = self {
            host.started(run.clone(), plan.clone());
        }
    }

    /// A run has come to rest.
    pub(crate) fn ended(&mut self, run: &RunId) {
        if let Self::Simulated(host) = self {
            host.ended(run);
        }
    }

    /// Takes a request.
    pub(crate) fn perform(&mut self, now: Timestamp, effect: Effect) {
        match self {
            Self::Simulated(host) => host.perform(now, effect),
            Self::Commands(host) => host.perform(now, effect),
        }
    }

    /// Whether the next answer begins something that cannot be taken back.
    pub(crate) fn begins(&self) -> bool {
        matches!(self, Self::Commands(host) if host.begins())
    }

    /// Whether it has done anything since it was asked for the last time.
    pub(crate) fn has_acted(&mut self) -> bool {
        match self {
            Self::Simulated(_) => false,
            Self::Commands(host) => host.has_acted(),
        }
    }

    /// These effects were under way when the program died. What is known of them now.
    pub(crate) fn recover(
        &mut self,
        now: Timestamp,
        under_way: Vec<Effect>,
    ) -> BTreeMap<EffectKey, Recovery> {
        match self {
            Self::Simulated(host) => host.recover(now, under_way),
            // A command may go on, or have ended, and its exit code is lost: nobody knows.
            Self::Commands(_) => BTreeMap::new(),
        }
    }

    /// When the next answer is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        match self {
            Self::Simulated(host) => host.next_due(),
            Self::Commands(host) => host.next_due(),
        }
    }

    /// The next answer.
    pub(crate) fn answer(&mut self) -> Option<(Timestamp, Answer)> {
        match self {
            Self::Simulated(host) => host.answer(),
            Self::Commands(host) => host.answer(),
        }
    }
}
