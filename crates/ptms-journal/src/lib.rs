//! The journal's store: records that survive a crash, in streams, verified whenever they are read.
//!
//! A *record* is bytes that this crate does not interpret. It belongs to a *stream*, named by the host: one
//! for the engine, one for each run. All streams share one order, that in which records were appended, so
//! that what crosses runs can be read back as it happened.
//!
//! ```
//! use ptms_journal::{Batch, FileStore, JournalStore};
//!
//! # let folder = std::env::temp_dir().join(format!("ptms-journal-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! # let path = folder.join("runs.journal");
//! # let _ = std::fs::remove_file(&path);
//! let mut store = FileStore::create(&path)?;
//! let mut batch = Batch::new();
//! batch.push("engine", b"cpu = 97").push("run-1", b"started").push("run-2", b"started");
//! store.append(&batch)?; // one transaction: on disk when it returns, or else an error
//! drop(store);
//!
//! let store = FileStore::open(&path)?;
//! let run = store.read("run-1")?;
//! assert_eq!((run[0].position, run[0].seq, &*run[0].bytes), (1, 0, b"started".as_slice()));
//! assert_eq!(store.fence(), 2); // the second owner of this journal
//! # drop(store);
//! # std::fs::remove_dir_all(&folder).unwrap();
//! # Ok::<(), ptms_journal::StoreError>(())
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | [`store`] | [`JournalStore`]: what a store promises; [`Record`], [`Head`], [`Records`] |
//! | [`batch`] | [`Batch`]: what is appended in one transaction, and its limits |
//! | [`memory`] | [`MemoryStore`], for tests and for hosts that need no durability |
//! | [`mod@file`] | [`FileStore`], on the embedded database redb |
//! | [`error`] | [`StoreError`]: what is refused, and where the damage is |
//!
//! # What is promised
//!
//! - A batch is stored whole or not at all. When [`append`](JournalStore::append) returns it is on disk.
//! - What is read is what was appended, all of it, in order; otherwise there is an error that names the
//!   stream and the sequence number, or the database. Never less in silence, never something else.
//! - One owner at a time. Each owner has a higher [`fence`](JournalStore::fence) than those before.
//! - A file that is refused has not been written to.
//!
//! # How
//!
//! The check sum of a record continues that of its predecessor in the stream. The head of a stream holds
//! how many records it has and the last check sum; the root of the database holds the sum over all heads.
//! Records, heads and root change in one transaction. The database's own check sums are verified when an
//! owner opens the file, and the chains whenever it is read: the database alone does not look when it
//! reads. A witness beside the database, in a block of the file that is ours, remembers how far the
//! journal had come, because a database that recovers from a crash takes damage for an unfinished
//! transaction.
//!
//! What this cannot see: a file put back from a backup, whole; and, after a power cut, damage to the very
//! last transaction, because the witness of that one may not have reached the disk.
//!
//! A corrupted file can make the database library panic. Such a panic is caught and becomes an error. So
//! that it is not reported as well, the first use of a [`FileStore`] sets a panic hook, which keeps these
//! panics to itself and hands all others to the hook that was there. A program that sets a hook of its own
//! later sees them too; a program built with `panic = "abort"` ends at the first.
//!
//! This crate knows no rule, no plan and no kind of record; it uses files, but no clock and no thread.

pub mod batch;
mod chain;
pub mod error;
pub mod file;
mod ledger;
pub mod memory;
pub mod store;

#[cfg(test)]
mod tests;

pub use batch::{Batch, MAX_RECORD, MAX_STREAM_NAME};
pub use error::{Damage, Place, Refusal, StoreError};
pub use file::{FORMAT, FileStore};
pub use memory::MemoryStore;
pub use store::{Appended, Checked, Head, JournalStore, Record, Records};
