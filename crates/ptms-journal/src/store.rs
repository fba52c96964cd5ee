//! What every store promises, and what is read from one. Knows no way of storing.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::batch::Batch;
use crate::error::StoreError;
use crate::ledger::Audit;

/// A place where records are kept, in streams, in one order, verified when they are read.
///
/// Everything is synchronous. The trait is open: a host with a database of its own can keep its journal
/// there, under the same promises.
///
/// ```
/// use ptms_journal::{Batch, JournalStore, MemoryStore, StoreError};
///
/// fn note(journal: &mut dyn JournalStore, what: &str) -> Result<u64, StoreError> {
///     let mut batch = Batch::new();
///     batch.push("notes", what.as_bytes());
///     Ok(journal.append(&batch)?.positions.start)
/// }
///
/// let mut journal = MemoryStore::new();
/// assert_eq!(note(&mut journal, "one")?, 0);
/// assert_eq!(note(&mut journal, "two")?, 1);
/// let all: Result<Vec<_>, _> = journal.read_all()?.collect();
/// assert_eq!(all?[1].bytes, b"two");
/// # Ok::<(), StoreError>(())
/// ```
pub trait JournalStore {
    /// Stores all records of the batch, in order, in one transaction that is durable (as durable as the
    /// store is at all) when this returns.
    ///
    /// # Errors
    ///
    /// A record breaks a limit: nothing is stored, and the store can be used on. Or storing failed: then
    /// see [`StoreError::Append`].
    fn append(&mut self, batch: &Batch) -> Result<Appended, StoreError>;

    /// The head of every stream, by name. Costs nothing: heads are kept in memory.
    ///
    /// # Errors
    ///
    /// An earlier append failed.
    fn heads(&self) -> Result<Vec<Head>, StoreError>;

    /// All records of a stream, verified against its head; none if nothing was ever appended to it.
    ///
    /// # Errors
    ///
    /// A record is damaged or missing, the storage cannot be read, or an earlier append failed.
    fn read(&self, stream: &str) -> Result<Vec<Record>, StoreError>;

    /// All records of all streams in the order in which they were appended, verified one by one and, at
    /// the end, against all heads. Nothing follows an error.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read); damage shows when the iteration comes to it.
    fn read_all(&self) -> Result<Records<'_>, StoreError>;

    /// Reads and verifies everything.
    ///
    /// # Errors
    ///
    /// The first damage that is met, as for [`read_all`](Self::read_all).
    fn check(&self) -> Result<Checked, StoreError> {
        let mut records = 0;
        for record in self.read_all()? {
            record?;
            records += 1;
        }
        Ok(Checked { records, streams: self.heads()?.len() })
    }

    /// Which owner of this journal this is, counted from 1. An effect that carries the fence of its engine
    /// lets a host refuse what an engine that was replaced still asks for.
    fn fence(&self) -> u64;
}

/// What became of a batch.
///
/// ```
/// use ptms_journal::{Batch, JournalStore, MemoryStore};
///
/// let mut batch = Batch::new();
/// batch.push("run-1", b"started").push("run-1", b"ended");
/// assert_eq!(MemoryStore::new().append(&batch)?.positions, 0..2);
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Appended {
    /// The positions that its records have, in the order of the whole journal.
    pub positions: Range<u64>,
}

impl Appended {
    /// The records of a batch lie at these positions.
    #[must_use]
    pub const fn new(positions: Range<u64>) -> Self {
        Self { positions }
    }
}

/// One record, as it was appended.
///
/// ```
/// use ptms_journal::{Batch, JournalStore, MemoryStore};
///
/// let mut store = MemoryStore::new();
/// store.append(Batch::new().push("run-1", b"started").push("run-2", b"started"))?;
/// let second = &store.read("run-2")?[0];
/// assert_eq!((second.position, &*second.stream, second.seq), (1, "run-2", 0));
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its place in the order of the whole journal: ascending, from 0.
    pub position: u64,
    /// The stream it belongs to.
    pub stream: Arc<str>,
    /// Its number in that stream, from 0 and without gaps.
    pub seq: u64,
    /// What was appended.
    pub bytes: Vec<u8>,
}

impl Record {
    /// A record at its place.
    #[must_use]
    pub fn new(position: u64, stream: Arc<str>, seq: u64, bytes: impl Into<Vec<u8>>) -> Self {
        Self { position, stream, seq, bytes: bytes.into() }
    }
}

/// What is known of a stream without reading it.
///
/// ```
/// use ptms_journal::{Batch, JournalStore, MemoryStore};
///
/// let mut store = MemoryStore::new();
/// store.append(Batch::new().push("run-1", b"started").push("run-1", b"ended"))?;
/// let heads = store.heads()?;
/// assert_eq!((&*heads[0].stream, heads[0].records), ("run-1", 2));
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The stream.
    pub stream: Arc<str>,
    /// How many records it has: the number of the next.
    pub records: u64,
    /// The check sum of its last record, which continues those of all before it: two streams of one name
    /// with the same chain hold the same records.
    pub chain: u32,
}

impl Head {
    /// The head of a stream.
    #[must_use]
    pub const fn new(stream: Arc<str>, records: u64, chain: u32) -> Self {
        Self { stream, records, chain }
    }
}

/// What a check went through.
///
/// ```
/// use ptms_journal::{JournalStore, MemoryStore};
///
/// assert_eq!(MemoryStore::new().check()?.records, 0);
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// How many records were read and verified.
    pub records: u64,
    /// To how many streams they belong.
    pub streams: usize,
}

/// The records of a journal in the order in which they were appended; from
/// [`JournalStore::read_all`].
///
/// ```
/// use ptms_journal::{JournalStore, MemoryStore};
///
/// assert!(MemoryStore::new().read_all()?.next().is_none());
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
pub struct Records<'a>(Box<dyn Iterator<Item = Result<Record, StoreError>> + 'a>);

impl<'a> Records<'a> {
    /// Records from a store. After an error they must end.
    #[must_use]
    pub fn new(records: impl Iterator<Item = Result<Record, StoreError>> + 'a) -> Self {
        Self(Box::new(records))
    }

    /// Values by position, each held against the ledger, and at the end all of them.
    pub(crate) fn audited<V: AsRef<[u8]>>(
        mut audit: Audit<'a>,
        mut values: impl Iterator<Item = Result<(u64, V), StoreError>> + 'a,
    ) -> Self {
        let mut ended = false;
        Self::new(std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let item = match values.next() {
                Some(value) => {
                    Some(value.and_then(|(at, value)| Ok(audit.next(at, value.as_ref())?)))
                }
                None => audit.is_whole().err().map(|damage| Err(damage.into())),
            };
            ended = !matches!(item, Some(Ok(_)));
            item
        }))
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Records")
    }
}
