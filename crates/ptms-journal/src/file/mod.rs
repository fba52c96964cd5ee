//! The durable store: one file, an embedded database in it, one owner at a time.
//!
//! | module | what lives there |
//! |---|---|
//! | `place` | paths: what may be opened, and the lock against a second process |
//! | `header` | the first block: what the file is, and a witness of what was acknowledged |
//! | `medium` | what the database reads from and writes to: a file, or a copy-on-write view of it |
//! | `database` | the only one to say `redb`: tables, transactions, faults and caught panics |
//! | `opening` | from a file to a verified journal |
//!
//! None of them knows what a record means; `ledger` and `chain` know how one is checked.

pub(crate) mod database;
mod header;
pub(crate) mod medium;
pub(crate) mod opening;
mod place;

use std::fs::File;
use std::path::Path;

use crate::batch::Batch;
use crate::error::{Refusal, StoreError};
use crate::ledger::{Audit, Ledger};
use crate::store::{Appended, Head, JournalStore, Record, Records};
use database::{Database, Fault};

/// The format in which journals are written now. Older ones stay readable.
pub const FORMAT: u32 = 1;

/// A journal in a file.
///
/// The file is locked as long as the store lives: a second owner is refused, in this process or another,
/// and so is everybody who looks. So nobody appends who was replaced: an owner is replaced only when it is
/// gone. Dropping the store closes the file; a process that dies without that costs nothing but time at the
/// next opening.
///
/// Opening verifies the whole file, so it takes time in proportion to its size, and it does so before the
/// first byte is written: a file that is refused stays as it was.
///
/// ```
/// use ptms_journal::{Batch, FileStore, JournalStore};
///
/// # let folder = std::env::temp_dir().join(format!("ptms-journal-file-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("runs.journal");
/// # let _ = std::fs::remove_file(&path);
/// let mut store = FileStore::create(&path)?;
/// store.append(Batch::new().push("run-1", b"started"))?;
/// assert!(FileStore::open(&path).unwrap_err().to_string().ends_with("the journal is in use"));
/// drop(store);
/// assert_eq!(FileStore::open(&path)?.check()?.records, 1);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), ptms_journal::StoreError>(())
/// ```
#[derive(Debug)]
pub struct FileStore {
    database: Database,
    ledger: Ledger,
    mode: Mode,
}

/// What may be done with an open journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Anything.
    Own,
    /// Anything but append.
    Read,
    /// Nothing: an append failed, and what the file holds is not known.
    Failed,
}

impl FileStore {
    /// Makes a journal where there is no file, and owns it. The file and its name are on disk when this
    /// returns.
    ///
    /// Whatever happens meanwhile, there is no file of that name or a whole journal: it is made as
    /// `.NAME.new` in the same folder and gets its name last. What a crash leaves of it is removed by the
    /// next to make a journal of that name.
    ///
    /// # Errors
    ///
    /// There is something of that name, or another is just making it, or the file cannot be made, locked or
    /// written; if it was made, it is removed again.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let make = || {
            let (file, making) = place::make(path)?;
            // holds the lock until the file has its name, or is gone
            let medium = opening::medium(file)?;
            match opening::create(&medium) {
                Ok(store) => making.publish().map(|()| store),
                Err(refusal) => {
                    making.abandon();
                    Err(refusal)
                }
            }
        };
        make().map_err(|refusal| unusable(path, refusal))
    }

    /// Opens a journal and owns it: [`fence`](JournalStore::fence) grows. All of it is verified first.
    ///
    /// # Errors
    ///
    /// The file is missing, in use, write-protected, not a journal, of a later format, or damaged
    /// anywhere. It has not been written to then, unless the operating system failed to write.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let open = || opening::own(&opening::medium(place::open(path)?)?);
        open().map_err(|refusal| unusable(path, refusal))
    }

    /// Opens a journal without owning it, to look at it: nothing is written to the file, whatever happens,
    /// and [`append`](JournalStore::append) is refused. Several may look at once. Damaged records show
    /// when they are read, after the sound ones before them. [`fence`](JournalStore::fence) is that of the last
    /// owner.
    ///
    /// # Errors
    ///
    /// The file is missing, owned, not a journal, of a later format, or so damaged that its streams are
    /// not known.
    pub fn look(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let look = || opening::look(&opening::medium(place::look(path, File::try_lock_shared)?)?);
        look().map_err(|refusal| unusable(path, refusal))
    }

    pub(crate) fn new(database: Database, ledger: Ledger, mode: Mode) -> Self {
        Self { database, ledger, mode }
    }

    fn usable(&self) -> Result<(), StoreError> {
        if self.mode == Mode::Failed { Err(StoreError::Failed) } else { Ok(()) }
    }
}

fn unusable(path: &Path, refusal: Refusal) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), refusal }
}

impl JournalStore for FileStore {
    fn append(&mut self, batch: &Batch) -> Result<Appended, StoreError> {
        self.usable()?;
        if self.mode == Mode::Read {
            return Err(StoreError::ReadOnly);
        }
        batch.within_limits()?;
        let first = self.ledger.next();
        if !batch.is_empty() {
            self.database.append(&mut self.ledger, batch).map_err(|fault| {
                self.mode = Mode::Failed;
                StoreError::Append(fault.into())
            })?;
        }
        Ok(Appended::new(first..self.ledger.next()))
    }

    fn heads(&self) -> Result<Vec<Head>, StoreError> {
        self.usable()?;
        Ok(self.ledger.heads())
    }

    fn read(&self, stream: &str) -> Result<Vec<Record>, StoreError> {
        self.usable()?;
        let value = self.database.values_by_position()?;
        self.ledger.read(stream, |position| Ok(value(position)?))
    }

    fn read_all(&self) -> Result<Records<'_>, StoreError> {
        self.usable()?;
        let values = self.database.values()?.map(|value| Ok(value?));
        Ok(Records::audited(Audit::new(&self.ledger), values))
    }

    fn fence(&self) -> u64 {
        self.ledger.fence()
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Io(error) => Self::Read(error),
            Fault::Damaged(damage) => Self::Damaged(damage),
        }
    }
}
