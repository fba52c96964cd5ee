//! What a host tells the engine, and why it may be refused.

use ptms_core::{Event, Key, Name, Timestamp, Value};
use ptms_executor::{Command, Effect, EffectKey, HandleError, Outcome, RunId};
use serde::{Deserialize, Serialize};

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
    /// Facts that hold from now for a key, all at once. Each takes the part of the key that it declares.
    SetFor(Key, Vec<(Name, Value)>),
    /// Facts that are unknown from now, all at once.
    Unset(Vec<Name>),
    /// Facts that are unknown from now for a key, all at once.
    UnsetFor(Key, Vec<Name>),
    /// A key lives from now, though no event or fact has spoken of it yet.
    Expect(Key),
    /// What became of an effect that the engine asked for.
    Outcome {
        /// The key of the effect.
        key: EffectKey,
        /// Which attempt, as the effect says.
        attempt: u32,
        /// What became of it.
        outcome: Outcome,
    },
    /// An effect is under way and alive: its step says how often this must be heard (`heartbeat`).
    Heartbeat {
        /// The key of the effect.
        key: EffectKey,
        /// Which attempt, as the effect says.
        attempt: u32,
    },
    /// What a person wants of a run: that it stops, holds on, goes on, is taken back; or what becomes of
    /// what it could not undo.
    Command {
        /// The run.
        run: RunId,
        /// What is wanted.
        command: Command,
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
    /// A recovery by an owner of the journal that is not newer than all before.
    #[error("fence {fence} is not greater than {latest}, that of an earlier owner of the journal")]
    OldFence {
        /// The fence given.
        fence: u64,
        /// The greatest so far.
        latest: u64,
    },
    /// An outcome or a command that the run cannot take.
    #[error(transparent)]
    Outcome(#[from] HandleError),
}

/// An input as the rules take it. What concerns runs is none of theirs: it only tells the time.
pub(super) fn rules_input(input: Input) -> ptms_rules::Input {
    match input {
        Input::Event(event) => ptms_rules::Input::Event(event),
        Input::Set(facts) => ptms_rules::Input::Set(facts),
        Input::SetFor(key, facts) => ptms_rules::Input::SetFor(key, facts),
        Input::Unset(facts) => ptms_rules::Input::Unset(facts),
        Input::UnsetFor(key, facts) => ptms_rules::Input::UnsetFor(key, facts),
        Input::Expect(key) => ptms_rules::Input::Expect(key),
        Input::Wake => ptms_rules::Input::Wake,
        Input::Outcome { .. } | Input::Heartbeat { .. } | Input::Command { .. } => {
            ptms_rules::Input::Advance
        }
    }
}
