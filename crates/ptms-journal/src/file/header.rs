//! The first block of a file, which is ours and not the database's: what the file is, in which format, and
//! a witness of what was acknowledged. Knows bytes, and no journal.
//!
//! A database that recovers from a crash cannot tell a transaction that never finished from one that did
//! and was damaged since: it goes back to the one before, in silence. So after every transaction a witness
//! of it is written beside the database. It is not waited for, and costs next to nothing; it may be older
//! than the database, and never newer. A database that is behind its witness has lost records.

use std::io;

use crate::chain::{Root, sum, take_u32, take_u64};
use crate::error::{Damage, Refusal};
use crate::file::FORMAT;
use crate::file::medium::Medium;

/// How long the block is, in bytes: as long as a page of the database, so that pages stay aligned.
pub(crate) const HEADER: u64 = 4096;

/// With this a journal begins. The line ends show a transfer that changed them.
const MAGIC: [u8; 16] = *b"PTMS journal\r\n\x1A\n";

/// Where the witness is: not in the sector of the magic, so that a torn write of one spares the other.
const WITNESS: u64 = 512;

/// How far the journal had come when an owner was told that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Witness {
    /// Which owner.
    pub(crate) fence: u64,
    /// The position of the next record.
    pub(crate) next: u64,
    /// The sum over all heads.
    pub(crate) heads: u64,
}

impl From<Root> for Witness {
    fn from(root: Root) -> Self {
        Self { fence: root.fence, next: root.next, heads: root.heads }
    }
}

/// Makes a file a journal: the last step of making one.
pub(crate) fn write(medium: &Medium) -> io::Result<()> {
    let format = FORMAT.to_le_bytes();
    let crc = sum(0, &[&MAGIC, &format]).to_le_bytes();
    medium.write(0, &[&MAGIC[..], &format, &crc].concat())?;
    medium.sync_data()
}

/// Refuses what is no journal that this version can read.
pub(crate) fn read(medium: &Medium) -> Result<(), Refusal> {
    let len = medium.len()?;
    if len == 0 {
        return Err(Refusal::Empty);
    }
    if len < HEADER {
        return Err(Refusal::NotAJournal);
    }
    let mut start = [0; MAGIC.len() + 8];
    medium.read(0, &mut start)?;
    let Some(mut rest) = start.strip_prefix(&MAGIC) else { return Err(Refusal::NotAJournal) };
    let (format, crc) = (take_u32(&mut rest), take_u32(&mut rest));
    let (Some(found), Some(crc)) = (format, crc) else { return Err(Refusal::NotAJournal) };
    if crc != sum(0, &[&MAGIC, &found.to_le_bytes()]) {
        return Err(Damage::database("its header does not fit").into());
    }
    if found > FORMAT {
        return Err(Refusal::Newer { found });
    }
    // on an empty rest the database would begin anew
    if len == HEADER { Err(Damage::database("it is cut off").into()) } else { Ok(()) }
}

impl Witness {
    /// Puts it where the last one was. Nobody waits for it to be on disk.
    pub(crate) fn write(self, medium: &Medium) -> io::Result<()> {
        let body = [self.fence, self.next, self.heads].map(u64::to_le_bytes).concat();
        medium.write(WITNESS, &[&sum(0, &[&body]).to_le_bytes(), &body[..]].concat())
    }

    /// The last one; none if it was not written whole, or is damaged itself.
    pub(crate) fn read(medium: &Medium) -> io::Result<Option<Self>> {
        let mut bytes = [0; 28];
        medium.read(WITNESS, &mut bytes)?;
        let mut from = &bytes[..];
        let Some(crc) = take_u32(&mut from) else { return Ok(None) };
        if crc != sum(0, &[from]) {
            return Ok(None);
        }
        let mut next = || take_u64(&mut from);
        let witness = next().zip(next()).zip(next());
        Ok(witness.map(|((fence, next), heads)| Self { fence, next, heads }))
    }
}
