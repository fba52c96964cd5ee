//! What the database reads from and writes to. Knows no database beyond its trait for storage, and no
//! journal.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::file::header::HEADER;

/// A file, or what stands for one: shared, so that it can be looked at and then owned under one lock.
pub(crate) type Medium = Arc<dyn StorageBackend>;

/// What the database gets of a medium: all but the header. It neither locks nor closes it: the lock was
/// taken when the file was opened, and is held until the last of its users has gone.
#[derive(Debug)]
pub(crate) struct Body(pub(crate) Medium);

impl StorageBackend for Body {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len()?.saturating_sub(HEADER))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset.saturating_add(HEADER), out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len.saturating_add(HEADER))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset.saturating_add(HEADER), data)
    }
}

/// A medium that is never written to: whatever is written stays in memory. In it the database can recover,
/// be checked and be closed, and the file below does not notice.
#[derive(Debug)]
pub(crate) struct Overlay {
    below: Medium,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    /// Whether everything fails from now on.
    gone: bool,
    len: u64,
    /// What lies below counts up to here: all of it, unless the overlay was ever shorter.
    below_counts: u64,
    /// What was written, in whole blocks, by number.
    blocks: BTreeMap<u64, Block>,
}

/// As long as a page of the database, because pages are what it writes.
const BLOCK: usize = 4096;
type Block = Box<[u8; BLOCK]>;

impl Overlay {
    pub(crate) fn new(below: Medium) -> io::Result<Self> {
        let len = below.len()?;
        let changes = Changes { gone: false, len, below_counts: len, blocks: BTreeMap::new() };
        Ok(Self { below, changes: Mutex::new(changes) })
    }

    /// Nothing can be read or written any more, as if the disk had been pulled out.
    pub(crate) fn pull_out(&self) {
        self.lock().gone = true;
    }

    /// No code of ours panics while it holds the lock, and every state under it is sound.
    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changes(&self) -> io::Result<MutexGuard<'_, Changes>> {
        let changes = self.lock();
        if changes.gone { Err(io::ErrorKind::NotConnected.into()) } else { Ok(changes) }
    }

    /// The block of that number as it is now; zeros where there is nothing.
    fn block(&self, changes: &Changes, number: u64) -> io::Result<Block> {
        if let Some(block) = changes.blocks.get(&number) {
            return Ok(block.clone());
        }
        let mut block = Box::new([0; BLOCK]);
        let start = number * BLOCK as u64;
        let counts = changes.below_counts.saturating_sub(start).min(BLOCK as u64);
        if let Some(part) = block.get_mut(..counts as usize).filter(|part| !part.is_empty()) {
            self.below.read(start, part)?;
        }
        Ok(block)
    }
}

/// The blocks that `len` bytes from `offset` on lie in: of each its number, where the bytes begin in it,
/// and how many they are.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let (mut offset, mut left) = (offset, len);
    std::iter::from_fn(move || {
        let (number, start) = (offset / BLOCK as u64, (offset % BLOCK as u64) as usize);
        let size = left.min(BLOCK - start);
        offset += size as u64;
        left -= size;
        (size > 0).then_some((number, start, size))
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes()?.len)
    }

    fn read(&self, offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes()?;
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > changes.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, start, size) in pieces(offset, out.len()) {
            let block = self.block(&changes, number)?;
            let piece = block.get(start..start + size).unwrap_or_default();
            let Some((now, rest)) = out.split_at_mut_checked(size) else { break };
            now.copy_from_slice(piece);
            out = rest;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes()?;
        if len < changes.len {
            let (last, kept) = (len / BLOCK as u64, (len % BLOCK as u64) as usize);
            let mut block = self.block(&changes, last)?;
            if let Some(cut) = block.get_mut(kept..) {
                cut.fill(0);
            }
            changes.blocks.split_off(&last);
            changes.blocks.insert(last, block);
            changes.below_counts = changes.below_counts.min(len);
        }
        changes.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.changes().map(drop)
    }

    fn write(&self, offset: u64, mut data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes()?;
        for (number, start, size) in pieces(offset, data.len()) {
            let whole = size == BLOCK;
            let mut block =
                if whole { Box::new([0; BLOCK]) } else { self.block(&changes, number)? };
            let Some((now, rest)) = data.split_at_checked(size) else { break };
            if let Some(piece) = block.get_mut(start..start + size) {
                piece.copy_from_slice(now);
            }
            changes.blocks.insert(number, block);
            changes.len = changes.len.max(offset.saturating_add(data.len() as u64));
            data = rest;
        }
        Ok(())
    }
}
