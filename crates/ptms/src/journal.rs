//! The engine's journal as data: what an engine was told and decided, in order. Knows nothing of how
//! entries are stored.
//!
//! A journalled engine says each entry, as [`Output::Journal`](crate::Output::Journal), before
//! anything that follows from it. The host makes the entries that it has been told durable before it
//! does the effect that comes next; then a crash at any point neither loses nor doubles a run.

use ptms_core::{Key, Name, Timestamp};
use ptms_executor::RunId;
use serde::{Deserialize, Serialize};

use crate::engine::Input;

/// The version of the format in which entries are written now; the first entry of a journal carries
/// it. Older versions stay readable.
pub const FORMAT: u32 = 1;

/// One thing that an engine was told or decided.
///
/// ```
/// use ptms::{Book, Engine, Entry, Output, Sources};
///
/// let mut engine = Engine::journalled(Book::load(&Sources::default()).unwrap().into());
/// let Output::Journal(first) = engine.poll() else { panic!("the first entry comes first") };
/// assert!(matches!(first, Entry::Opened { .. }));
/// let json = serde_json::to_string(&first).unwrap();
/// assert_eq!(json, r#"{"opened":{"format":1,"sources":[]}}"#);
/// assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), first);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// The journal begins. Always the first entry, and only the first.
    Opened {
        /// The [`FORMAT`] of this and the following entries.
        format: u32,
        /// The texts of the rulebook: all that is needed to go on.
        sources: Vec<(Name, String)>,
    },
    /// An input was accepted. Outcomes are not among them: a run records what became of its effects.
    Input {
        /// When it happened.
        at: Timestamp,
        /// Where the host found it, in its own measure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
        /// What it says.
        input: Input,
    },
    /// It was decided what a firing starts.
    Decided {
        /// When it was decided.
        at: Timestamp,
        /// The rule that fired.
        rule: Name,
        /// The key for which it fired.
        key: Key,
        /// When it fired.
        fired: Timestamp,
        /// What was decided.
        decision: Decision,
    },
    /// A record of a run.
    Run {
        /// The run.
        run: RunId,
        /// The number of the record within its run, from 0.
        seq: u64,
        /// The record.
        record: ptms_executor::Record,
    },
}

/// What a firing starts.
///
/// ```
/// use ptms::journal::Decision;
///
/// let dropped = Decision::Dropped { running: "slow@0".into() };
/// assert_eq!(serde_json::to_string(&dropped).unwrap(), r#"{"dropped":{"running":"slow@0"}}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decision {
    /// A run, whose first record follows.
    Started {
        /// The run.
        run: RunId,
    },
    /// Nothing: runs of earlier firings of the same rule and key are going on, or a firing of this very
    /// instant has had its run.
    Dropped {
        /// The first of those runs.
        running: RunId,
    },
    /// A run, once those that go on have ended.
    Queued {
        /// The first of those runs.
        running: RunId,
    },
    /// A run, once those that go on have been cancelled. Firings that waited before start none.
    Restarting {
        /// The first of those runs.
        running: RunId,
    },
}

/// Why a journal cannot be gone on with. Nothing has been changed or lost.
///
/// ```
/// use ptms::{Book, Engine, Sources};
///
/// let refused = Engine::replay(Book::load(&Sources::default()).unwrap().into(), []).unwrap_err();
/// assert_eq!(refused.to_string(), "the journal is empty");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is no entry at all.
    #[error("the journal is empty")]
    Empty,
    /// The first entry is none that opens a journal, or another one is.
    #[error(
        "entry {entry} cannot stand there: a journal is opened by its first entry and by no other"
    )]
    Order {
        /// The position of the entry, from 0.
        entry: u64,
    },
    /// A newer version wrote it.
    #[error(
        "the journal has format {found}, this version reads up to {FORMAT}: use a newer version"
    )]
    Format {
        /// The format of the journal.
        found: u32,
    },
    /// It belongs to a rulebook with other texts.
    #[error("the journal was written with another rulebook: {file} differs")]
    OtherBook {
        /// The first text that differs.
        file: Name,
    },
    /// An input that was accepted then is refused now.
    #[error("entry {entry}: the input is not accepted: {error}")]
    Input {
        /// The position of the entry, from 0.
        entry: u64,
        /// Why.
        error: crate::InputError,
    },
    /// The journal says something else than what follows from it.
    #[error("entry {entry}: recorded is {recorded}, what follows is {asked}")]
    Diverged {
        /// The position of the entry, from 0.
        entry: u64,
        /// What the journal says.
        recorded: String,
        /// What follows from the entries before.
        asked: String,
    },
    /// A record that does not fit its run.
    #[error("entry {entry}, record {seq} of run {run}: {error}")]
    Run {
        /// The position of the entry, from 0.
        entry: u64,
        /// The run.
        run: RunId,
        /// The number of the record within its run.
        seq: u64,
        /// What does not fit.
        error: String,
    },
}
