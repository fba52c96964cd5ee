//! The database: tables, transactions, faults. The only module that knows how redb is used; of a journal it
//! knows the tables and who fills them, not what makes a record sound.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::thread;

use redb::{ReadableDatabase, TableDefinition};

use crate::batch::Batch;
use crate::error::Damage;
use crate::file::header::Witness;
use crate::file::medium::{Body, Medium, Overlay};
use crate::ledger::Ledger;

/// The heads of the streams, by number, and the root after them.
pub(crate) const HEADS: TableDefinition<u32, &[u8]> = TableDefinition::new("heads");
/// The number under which the root is, which no stream has.
pub(crate) const ROOT: u32 = u32::MAX;
/// The records of all streams, by position. One order for all makes an append write neighbouring pages,
/// however many streams it serves; a stream is read from its head backwards, along the links.
pub(crate) const RECORDS: TableDefinition<u64, &[u8]> = TableDefinition::new("records");

/// How much of the file is held in memory, in bytes: enough that appending never reads; reading a journal
/// goes through it once and gains nothing from more.
const CACHE: usize = 64 << 20;

/// An open database. A panic of the library becomes a [`Fault`], in every method and when it is dropped.
#[derive(Debug)]
pub(crate) struct Database {
    /// There until it is dropped.
    inner: Option<redb::Database>,
    /// What it works on, its header included.
    medium: Medium,
    /// The same, if it is thrown away in the end.
    overlay: Option<Arc<Overlay>>,
}

/// Why the database did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The operating system says no.
    Io(io::Error),
    /// The file is not as the database left it.
    Damaged(Damage),
}

/// What was stored last of root and heads.
pub(crate) struct Stored {
    pub(crate) root: Vec<u8>,
    pub(crate) heads: Vec<(u32, Vec<u8>)>,
}

impl Database {
    /// Opens what is on the medium, which recovers it if it was not closed; if the medium is empty, makes a
    /// database there.
    pub(crate) fn open(medium: Medium) -> Result<Self, Fault> {
        let mut builder = redb::Database::builder();
        builder.set_cache_size(CACHE);
        let inner = caught(|| Ok(builder.create_with_backend(Body(Arc::clone(&medium)))?))?;
        Ok(Self { inner: Some(inner), medium, overlay: None })
    }

    /// The same without writing to the medium: what is recovered, repaired or written stays in memory.
    pub(crate) fn rehearse(medium: Medium) -> Result<Self, Fault> {
        let overlay = Arc::new(Overlay::new(medium).map_err(Fault::Io)?);
        let mut database = Self::open(Arc::clone(&overlay) as Medium)?;
        database.overlay = Some(overlay);
        Ok(database)
    }

    fn inner(&self) -> Result<&redb::Database, redb::Error> {
        self.inner.as_ref().ok_or(redb::Error::DatabaseClosed)
    }

    /// Has the database verify every page that it uses, and repair what it keeps of free pages. Whether
    /// there was nothing to repair.
    pub(crate) fn verify(&mut self) -> Result<bool, Fault> {
        let inner = self.inner.as_mut();
        caught(|| Ok(inner.ok_or(redb::Error::DatabaseClosed)?.check_integrity()?))
    }

    /// Root and heads; none if there is no root.
    pub(crate) fn stored(&self) -> Result<Option<Stored>, Fault> {
        let mut heads: Vec<(u32, Vec<u8>)> = caught(|| {
            let heads = self.inner()?.begin_read()?.open_table(HEADS)?.range_owned(0..)?;
            let heads = heads.map(|head| {
                let (number, value) = head?;
                Ok((number.value(), value.value().to_vec()))
            });
            heads.collect()
        })?;
        let root = heads.pop_if(|(number, _)| *number == ROOT);
        Ok(root.map(|(_, root)| Stored { root, heads }))
    }

    /// The last witness of what was stored.
    pub(crate) fn witness(&self) -> Result<Option<Witness>, Fault> {
        Witness::read(&self.medium).map_err(Fault::Io)
    }

    /// Stores root and heads as the ledger has them now, without a record.
    pub(crate) fn settle(&self, ledger: &mut Ledger) -> Result<(), Fault> {
        self.append(ledger, &Batch::new())
    }

    /// Enters the batch into the ledger and stores it: records, heads and root in one transaction, on disk
    /// when this returns. After a fault the ledger is ahead of the database, and neither is of use.
    pub(crate) fn append(&self, ledger: &mut Ledger, batch: &Batch) -> Result<(), Fault> {
        caught(|| {
            let writing = self.inner()?.begin_write()?;
            let mut value = Vec::new();
            let mut records = writing.open_table(RECORDS)?;
            let mut end = records.upper_bound_mut(Bound::<u64>::Unbounded)?;
            for (stream, bytes) in batch.iter() {
                let position = ledger.enter(stream, bytes, &mut value);
                // refuses to overwrite, unlike an insertion into the table
                end.insert_before(position, value.as_slice())?;
            }
            end.close()?;
            drop(records);
            let mut heads = writing.open_table(HEADS)?;
            for (number, value) in ledger.grown() {
                heads.insert(number, value.as_slice())?;
            }
            heads.insert(ROOT, ledger.root().write().as_slice())?;
            drop(heads);
            Ok(writing.commit()?)
        })?;
        // The batch is on disk. A witness that cannot be written leaves the one before, which holds too.
        drop(Witness::from(ledger.root()).write(&self.medium));
        Ok(())
    }

    /// The values of all records by position, ascending. After a fault there is no telling what comes.
    pub(crate) fn values(
        &self,
    ) -> Result<impl Iterator<Item = Result<(u64, Vec<u8>), Fault>> + use<>, Fault> {
        let mut rest = caught(|| {
            let records = self.inner()?.begin_read()?.open_table(RECORDS)?;
            Ok(records.range_owned(0..)?)
        })?;
        let mut next = move || {
            let Some(record) = rest.next() else { return Ok(None) };
            let (position, value) = record?;
            Ok(Some((position.value(), value.value().to_vec())))
        };
        Ok(std::iter::from_fn(move || caught(&mut next).transpose()))
    }

    /// What tells the value of the record at a position, if there is one.
    pub(crate) fn values_by_position(
        &self,
    ) -> Result<impl Fn(u64) -> Result<Option<Vec<u8>>, Fault> + use<>, Fault> {
        let records = caught(|| Ok(self.inner()?.begin_read()?.open_table(RECORDS)?))?;
        Ok(move |position| {
            caught(|| Ok(records.get_owned(position)?.map(|value| value.value().to_vec())))
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(overlay) = &self.overlay {
            // Closing writes, and over a damaged file the library can then panic twice, which ends the
            // process. A medium that fails once is not written to again, so this one is made to fail.
            overlay.pull_out();
            drop(self.verify());
        }
        let inner = self.inner.take();
        // A clean close spares the next opening the recovery; without one, nothing is lost.
        drop(caught(|| {
            drop(inner);
            Ok(())
        }));
    }
}

/// Does what may make the library panic over a file that is not as it left it.
///
/// Whatever the panic left half-done is not used again: after a fault nothing is written, and reading
/// begins anew.
fn caught<T>(work: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, Fault> {
    hush();
    let before = CAUGHT.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(before);
    match done {
        Ok(done) => done.map_err(Fault::from),
        Err(panic) => {
            Err(Fault::damaged(format!("the database library gave up: {}", said(&*panic))))
        }
    }
}

thread_local! {
    /// Whether a panic of this thread is about to become a fault.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Keeps a panic that becomes a fault from the program's panic hook, which would report it: the fault says
/// what there is to say. All other panics, and those of other threads, go to the hook that was set before.
fn hush() {
    static ONCE: Once = Once::new();
    // A thread that is panicking may not change the hook, and a panic that aborts is not caught.
    if cfg!(panic = "abort") || thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // a thread that is ending may have no flag any more
            if !CAUGHT.try_with(Cell::get).unwrap_or(false) {
                loud(panic);
            }
        }));
    });
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("without a word")
}

impl Fault {
    fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(Damage::database(what))
    }
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        use io::ErrorKind::{InvalidData, UnexpectedEof};
        match error {
            // the database looked for a page where the file has none, or found nonsense
            redb::Error::Io(error) if matches!(error.kind(), UnexpectedEof | InvalidData) => {
                Self::damaged(error.to_string())
            }
            redb::Error::Io(error) => Self::Io(error),
            error @ redb::Error::PreviousIo => Self::Io(io::Error::other(error)),
            redb::Error::Corrupted(what) => Self::damaged(what),
            error => Self::damaged(error.to_string()),
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Io(error) => error,
            Fault::Damaged(damage) => Self::new(io::ErrorKind::InvalidData, damage),
        }
    }
}
