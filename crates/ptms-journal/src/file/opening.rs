//! From a medium to a journal that may be used. Knows no path.

use std::cmp::Ordering;
use std::fs::File;
use std::sync::Arc;

use redb::backends::FileBackend;

use crate::error::{Damage, Refusal, StoreError};
use crate::file::database::{Database, Fault};
use crate::file::header::{self, Witness};
use crate::file::medium::Medium;
use crate::file::{FileStore, Mode};
use crate::ledger::{Audit, Ledger};
use crate::store::Records;

/// What stands for a locked file from here on.
pub(super) fn medium(file: File) -> Result<Medium, Refusal> {
    let backend = FileBackend::new(file).map_err(|error| Fault::from(redb::Error::from(error)))?;
    Ok(Arc::new(backend))
}

/// Makes a journal on an empty medium.
pub(crate) fn create(medium: &Medium) -> Result<FileStore, Refusal> {
    let database = Database::open(Arc::clone(medium))?;
    let mut ledger = Ledger::new();
    database.settle(&mut ledger)?;
    header::write(medium)?;
    Ok(FileStore::new(database, ledger, Mode::Own))
}

/// The journal on a medium, which is not written to.
pub(crate) fn look(medium: &Medium) -> Result<FileStore, Refusal> {
    let (database, ledger) = rehearse(medium)?;
    Ok(FileStore::new(database, ledger, Mode::Read))
}

/// The journal on a medium, for its next owner: once all of it is found sound, and not before.
pub(crate) fn own(medium: &Medium) -> Result<FileStore, Refusal> {
    let (mut rehearsed, ledger) = rehearse(medium)?;
    audit(&rehearsed, &ledger)?;
    // The records are sound. What the database keeps beside them, above all its list of free pages, must be
    // too: a wrong one would let the next append overwrite them. It can be made anew from what is used.
    let sound = rehearsed.verify()?;
    if !sound {
        audit(&rehearsed, &unchanged(&rehearsed, &ledger)?)?;
    }
    drop(rehearsed);

    let mut database = Database::open(Arc::clone(medium))?;
    if !sound {
        database.verify()?;
    }
    let mut ledger = unchanged(&database, &ledger)?;
    ledger.take_over();
    database.settle(&mut ledger)?;
    Ok(FileStore::new(database, ledger, Mode::Own))
}

/// Opens what is on the medium without writing to it; what the database recovers or repairs stays in
/// memory.
fn rehearse(medium: &Medium) -> Result<(Database, Ledger), Refusal> {
    header::read(medium)?;
    let database = Database::rehearse(Arc::clone(medium))?;
    let ledger = load(&database)?;
    Ok((database, ledger))
}

/// The ledger that the database holds, if it is not behind its witness.
fn load(database: &Database) -> Result<Ledger, Refusal> {
    let stored = database.stored()?.ok_or_else(|| Damage::database("it has no root"))?;
    let ledger = Ledger::load(&stored.root, stored.heads)?;
    let now = Witness::from(ledger.root());
    let Some(before) = database.witness()? else { return Ok(ledger) };
    let lost = |what: String| Err(Damage::database(what).into());
    match now.next.cmp(&before.next) {
        Ordering::Less => {
            lost(format!("of {} records that it held, {} are left", before.next, now.next))
        }
        Ordering::Equal if now.heads != before.heads => {
            lost("its records are not those that were written".to_owned())
        }
        _ if now.fence < before.fence => lost("it is that of an earlier owner".to_owned()),
        _ => Ok(ledger),
    }
}

/// The ledger, if it is the one that was found before.
fn unchanged(database: &Database, before: &Ledger) -> Result<Ledger, Refusal> {
    let ledger = load(database)?;
    if &ledger == before {
        return Ok(ledger);
    }
    Err(Damage::database("to repair it would lose records").into())
}

/// Holds every record against the ledger.
fn audit(database: &Database, ledger: &Ledger) -> Result<(), Refusal> {
    let values = database.values()?.map(|value| Ok(value?));
    let verified =
        Records::audited(Audit::new(ledger), values).try_for_each(|record| record.map(drop));
    verified.map_err(|error| match error {
        StoreError::Damaged(damage) => Refusal::Damaged(damage),
        StoreError::Read(error) => Refusal::Io(error),
        other => Refusal::Io(std::io::Error::other(other)),
    })
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Io(error) => Self::Io(error),
            Fault::Damaged(damage) => Self::Damaged(damage),
        }
    }
}
