//! Batches: what is appended in one transaction. Knows no store.

use std::ops::Range;

use crate::error::StoreError;

/// The longest record, in bytes (16 MiB): room for any plan that the first record of a run holds, and far
/// from what a database page run or a message in memory can bear.
pub const MAX_RECORD: usize = 16 << 20;

/// The longest name of a stream, in bytes: run ids are far shorter, and every head holds one.
pub const MAX_STREAM_NAME: usize = 255;

/// Records to be appended together, in order, for any number of streams.
///
/// One transaction and one wait for the disk serve the whole batch, so a host gathers the records of many
/// runs. All bytes lie in one buffer; [`clear`](Self::clear) keeps it for the next batch.
///
/// ```
/// use ptms_journal::Batch;
///
/// let mut batch = Batch::new();
/// batch.push("run-1", b"started").push("run-2", b"started");
/// assert_eq!(batch.len(), 2);
/// assert_eq!(batch.iter().last(), Some(("run-2", b"started".as_slice())));
/// batch.clear();
/// assert!(batch.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Batch {
    names: String,
    bytes: Vec<u8>,
    /// Where the name and the bytes of each record end.
    ends: Vec<(usize, usize)>,
}

impl Batch {
    /// No records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record. Whether it keeps to the limits is said by
    /// [`append`](crate::JournalStore::append).
    pub fn push(&mut self, stream: &str, bytes: &[u8]) -> &mut Self {
        self.names.push_str(stream);
        self.bytes.extend_from_slice(bytes);
        self.ends.push((self.names.len(), self.bytes.len()));
        self
    }

    /// Forgets all records and keeps the memory.
    pub fn clear(&mut self) {
        self.names.clear();
        self.bytes.clear();
        self.ends.clear();
    }

    /// How many records it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it holds none. Appending such a batch does nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The stream and the bytes of each record, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let starts = std::iter::once(&(0, 0)).chain(&self.ends);
        // INVARIANT: the ends ascend and were the lengths of both buffers, so neither slice is out of range.
        let part = |(from, to): (&(usize, usize), &(usize, usize))| {
            let name: Range<usize> = from.0..to.0;
            (
                self.names.get(name).unwrap_or_default(),
                self.bytes.get(from.1..to.1).unwrap_or_default(),
            )
        };
        starts.zip(&self.ends).map(part)
    }

    /// The first record that breaks a limit, as an error.
    pub(crate) fn within_limits(&self) -> Result<(), StoreError> {
        for (stream, bytes) in self.iter() {
            if stream.is_empty() || stream.len() > MAX_STREAM_NAME {
                return Err(StoreError::StreamName { bytes: stream.len() });
            }
            if bytes.len() > MAX_RECORD {
                return Err(StoreError::RecordTooLong {
                    stream: stream.into(),
                    bytes: bytes.len(),
                });
            }
        }
        Ok(())
    }
}
