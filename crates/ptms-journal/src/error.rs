//! What is refused, and why; where damage is. Knows no store.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::batch::{MAX_RECORD, MAX_STREAM_NAME};
use crate::file::FORMAT;

/// Why a store did not do what it was asked.
///
/// ```
/// use ptms_journal::{FileStore, StoreError};
///
/// let refused = FileStore::open("nowhere/runs.journal").unwrap_err();
/// assert_eq!(refused.to_string(), "cannot use `nowhere/runs.journal` as a journal: no such file");
/// assert!(matches!(refused, StoreError::Unusable { .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file cannot be opened, or made, as a journal.
    #[error("cannot use `{}` as a journal: {refusal}", path.display())]
    Unusable {
        /// The file, as it was named.
        path: PathBuf,
        /// What is the matter with it.
        #[source]
        refusal: Refusal,
    },
    /// What is stored is not what was appended.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// A batch holds a record with no name of a stream, or with one that is too long. Nothing of the
    /// batch is stored.
    #[error("the name of a stream has 1 to {MAX_STREAM_NAME} bytes, and this one has {bytes}")]
    StreamName {
        /// How long the name is, in bytes.
        bytes: usize,
    },
    /// A batch holds a record that is too long. Nothing of the batch is stored.
    #[error("a record for stream {stream} has {bytes} bytes, and {MAX_RECORD} is the most")]
    RecordTooLong {
        /// The stream it was for.
        stream: Arc<str>,
        /// How long it is, in bytes.
        bytes: usize,
    },
    /// An append failed half-way: its batch is stored whole or not at all, and only opening the journal
    /// again tells which. Until then the store refuses everything.
    #[error("the journal could not be written, and must be opened again: {0}")]
    Append(#[source] io::Error),
    /// The journal could not be read, for a reason outside of it.
    #[error("the journal could not be read: {0}")]
    Read(#[source] io::Error),
    /// An append failed before; see [`StoreError::Append`].
    #[error("an earlier append failed, so the journal must be opened again")]
    Failed,
    /// The journal was opened for reading only.
    #[error("the journal was opened for reading only")]
    ReadOnly,
}

/// Why a file cannot be used as a journal. It has not been written to.
///
/// ```
/// assert_eq!(ptms_journal::Refusal::Empty.to_string(), "the file is empty");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is none, and it was to be opened.
    #[error("no such file")]
    Missing,
    /// There is one already, and it was to be made.
    #[error("the file exists already")]
    Exists,
    /// It is a directory, a device or the like.
    #[error("it is not a file")]
    NotAFile,
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It is something else.
    #[error("the file is no journal")]
    NotAJournal,
    /// It was written by a later version of this crate.
    #[error("the file has format {found}, and this version reads {FORMAT} at most")]
    Newer {
        /// The format of the file.
        found: u32,
    },
    /// It may not be written.
    #[error("the file is write-protected")]
    WriteProtected,
    /// Another owner has it open, in this process or another.
    #[error("the journal is in use")]
    InUse,
    /// It was a journal.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The operating system says no: no permission, a full disk, a failing device.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What is stored is not what was appended.
///
/// ```
/// use ptms_journal::{Damage, Place};
///
/// let place = Place::Record { stream: "run-1".into(), seq: 7 };
/// let damage = Damage::new(place, "its check sum does not fit");
/// assert_eq!(damage.to_string(), "record 7 of stream run-1 is damaged: its check sum does not fit");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} is damaged: {what}")]
#[non_exhaustive]
pub struct Damage {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub what: String,
}

impl Damage {
    /// Something wrong somewhere.
    #[must_use]
    pub fn new(place: Place, what: impl Into<String>) -> Self {
        Self { place, what: what.into() }
    }

    pub(crate) fn database(what: impl Into<String>) -> Self {
        Self::new(Place::Database, what)
    }

    pub(crate) fn record(stream: &Arc<str>, seq: u64, what: impl Into<String>) -> Self {
        Self::new(Place::Record { stream: Arc::clone(stream), seq }, what)
    }
}

/// Where damage is, as narrowly as is known.
///
/// ```
/// assert_eq!(ptms_journal::Place::Database.to_string(), "the database");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The database as a whole, or what holds it together.
    Database,
    /// The head of a stream.
    Head {
        /// The stream, or its number if even its name is lost.
        stream: Arc<str>,
    },
    /// A record.
    Record {
        /// The stream it belongs to.
        stream: Arc<str>,
        /// Its number in that stream, from 0.
        seq: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => write!(out, "the database"),
            Self::Head { stream } => write!(out, "the head of stream {stream}"),
            Self::Record { stream, seq } => write!(out, "record {seq} of stream {stream}"),
        }
    }
}
