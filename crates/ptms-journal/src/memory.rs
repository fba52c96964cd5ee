//! A store in memory: the same records, chains and checks, and nothing that outlives the process.

use crate::batch::Batch;
use crate::error::StoreError;
use crate::ledger::{Audit, Ledger};
use crate::store::{Appended, Head, JournalStore, Record, Records};

/// A journal in memory.
///
/// ```
/// use ptms_journal::{Batch, JournalStore, MemoryStore};
///
/// let mut store = MemoryStore::new();
/// store.append(Batch::new().push("run-1", b"started"))?;
/// let store = store.reopen(); // what a host does after a crash, for its tests
/// assert_eq!(store.fence(), 2);
/// assert_eq!(store.read("run-1")?.len(), 1);
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryStore {
    ledger: Ledger,
    /// The values of the records, by position.
    pub(crate) values: Vec<Vec<u8>>,
}

impl MemoryStore {
    /// A journal without records.
    #[must_use]
    pub fn new() -> Self {
        Self { ledger: Ledger::new(), values: Vec::new() }
    }

    /// The same journal with its next owner.
    #[must_use]
    pub fn reopen(mut self) -> Self {
        self.ledger.take_over();
        self
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl JournalStore for MemoryStore {
    fn append(&mut self, batch: &Batch) -> Result<Appended, StoreError> {
        batch.within_limits()?;
        let first = self.ledger.next();
        for (stream, bytes) in batch.iter() {
            let mut value = Vec::new();
            self.ledger.enter(stream, bytes, &mut value);
            self.values.push(value);
        }
        Ok(Appended::new(first..self.ledger.next()))
    }

    fn heads(&self) -> Result<Vec<Head>, StoreError> {
        Ok(self.ledger.heads())
    }

    fn read(&self, stream: &str) -> Result<Vec<Record>, StoreError> {
        self.ledger.read(stream, |position| Ok(self.values.get(position as usize).cloned()))
    }

    fn read_all(&self) -> Result<Records<'_>, StoreError> {
        let values = self.values.iter().zip(0..).map(|(value, position)| Ok((position, value)));
        Ok(Records::audited(Audit::new(&self.ledger), values))
    }

    fn fence(&self) -> u64 {
        self.ledger.fence()
    }
}
