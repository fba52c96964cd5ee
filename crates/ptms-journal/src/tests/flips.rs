//! One flipped bit anywhere in a journal, and a journal cut off anywhere: refused, or identical; never less,
//! never something else. It does not matter whether the journal was closed or its owner killed.

use std::io;
use std::sync::Arc;

use redb::StorageBackend;

use super::disk::Disk;
use super::{Told, append, batch, batches, content, expected};
use crate::file::medium::{Medium, Overlay};
use crate::file::opening;
use crate::{FileStore, JournalStore, Refusal, StoreError};

/// A journal as two owners leave it behind; the second one is killed, or closes it.
fn journal(killed: bool) -> Vec<u8> {
    let disk = Disk::default();
    let told = batches();
    let mut store = opening::create(&disk.medium()).unwrap();
    append(&mut store, &told[..2]);
    drop(store);
    let mut store = opening::own(&disk.medium()).unwrap();
    append(&mut store, &told[2..]);
    let bytes = disk.bytes();
    drop(store);
    if killed { bytes } else { disk.bytes() }
}

/// A medium with one bit that is not as it was written.
#[derive(Debug)]
struct Flipped {
    of: Medium,
    offset: u64,
    bit: u8,
}

impl StorageBackend for Flipped {
    fn len(&self) -> io::Result<u64> {
        self.of.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.of.read(offset, out)?;
        let at = self.offset.checked_sub(offset).and_then(|at| out.get_mut(at as usize));
        if let Some(byte) = at {
            *byte ^= 1 << self.bit;
        }
        Ok(())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        panic!("a journal that is only looked at was written to")
    }

    fn sync_data(&self) -> io::Result<()> {
        panic!("a journal that is only looked at was written to")
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        panic!("a journal that is only looked at was written to")
    }
}

/// What became of a damaged journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Refused,
    Identical,
}

/// Looks at a journal, and owns it and appends to it, and holds what is found against what was written.
fn fate(medium: Medium, whole: &[(String, u64, Vec<u8>)], what: &str) -> (Fate, Fate) {
    let looked = opening::look(&medium).map_err(|refusal| refused(&refusal));
    let seen = looked.and_then(|store| content(&store).map_err(|error| damaged(&error)));
    let seen = verdict(seen, whole, what);

    // the owner's writes go to memory, so that the next flip finds the journal as it was
    let private: Medium = Arc::new(Overlay::new(medium).unwrap());
    let owned = opening::own(&private).map_err(|refusal| refused(&refusal)).and_then(
        |mut store: FileStore| {
            let content = content(&store).map_err(|error| damaged(&error))?;
            assert_eq!(store.fence(), 3, "{what}");
            let more: Told = vec![("run-3", vec![9; 6000]), ("engine", b"more".to_vec())];
            for _ in 0..2 {
                store.append(&batch(&more)).unwrap();
            }
            drop(store);
            let after = super::content(&opening::own(&private).unwrap()).unwrap();
            assert_eq!(after[..content.len()], content, "{what}: appending did harm");
            assert_eq!(after.len(), content.len() + 4, "{what}: what was appended is gone");
            Ok(content)
        },
    );
    (seen, verdict(owned, whole, what))
}

fn verdict(
    found: Result<Vec<(String, u64, Vec<u8>)>, ()>,
    whole: &[(String, u64, Vec<u8>)],
    what: &str,
) -> Fate {
    match found {
        Ok(found) => {
            assert!(found == whole, "{what}: not what was written, and nobody said so");
            Fate::Identical
        }
        Err(()) => Fate::Refused,
    }
}

/// A refusal must be about the file, not about the system.
fn refused(refusal: &Refusal) {
    let about_the_file = matches!(
        refusal,
        Refusal::Empty | Refusal::NotAJournal | Refusal::Newer { .. } | Refusal::Damaged(_)
    );
    assert!(about_the_file, "{refusal}");
}

fn damaged(error: &StoreError) {
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

/// Flips bits, `bits` of them in each byte that it names, one at a time, in every part of the journal that
/// is ever read: what is not read cannot matter. Says how many were refused to who looks, and to who owns.
fn flip(killed: bool, every: usize, bits: u8) -> String {
    let whole = expected(&batches());
    let disk = Disk::of(journal(killed));
    assert_eq!(fate(disk.medium(), &whole, "as it was"), (Fate::Identical, Fate::Identical));
    let read = disk.read();
    let read = (0..).zip(&read).filter(|(_, read)| **read).map(|(offset, _)| offset);
    let mut fates = Vec::new();
    for (at, offset) in read.enumerate().step_by(every) {
        for bit in 0..bits {
            // where not all bits are tried, it is another one each time
            let bit = (bit as usize + at / every) as u8 % 8;
            let of = disk.medium();
            let flipped = Arc::new(Flipped { of, offset, bit });
            fates.push(fate(flipped, &whole, &format!("bit {bit} of byte {offset}")));
        }
    }
    let looked = fates.iter().filter(|(looked, _)| *looked == Fate::Refused).count();
    let owned = fates.iter().filter(|(_, owned)| *owned == Fate::Refused).count();
    assert!(looked > 0 && owned > 0 && owned < fates.len(), "the flips do not reach the journal");
    format!("{} flips, refused {looked} to look, {owned} to own", fates.len())
}

/// Without optimization the database is some thirty times slower.
const EVERY: usize = if cfg!(debug_assertions) { 151 } else { 5 };

#[test]
fn a_flipped_bit_in_a_closed_journal() {
    println!("{}", flip(false, EVERY, 1));
}

#[test]
fn a_flipped_bit_in_the_journal_of_a_killed_process() {
    println!("{}", flip(true, EVERY, 1));
}

#[test]
#[ignore = "takes minutes, and hours without --release: each bit of each byte"]
fn every_flipped_bit() {
    println!("closed: {}", flip(false, 1, 8));
    println!("killed: {}", flip(true, 1, 8));
}

#[test]
fn cut_off_anywhere() {
    let whole = expected(&batches());
    for killed in [false, true] {
        let bytes = journal(killed);
        for len in (0..bytes.len()).step_by(512).chain(bytes.len() - 20..bytes.len()) {
            let cut = Disk::of(bytes[..len].to_vec());
            // a killed process leaves room at the end that was never used
            let fates = fate(cut.medium(), &whole, &format!("cut off at {len}"));
            assert!(killed || fates == (Fate::Refused, Fate::Refused), "cut off at {len}");
            assert!(killed || cut.bytes() == bytes[..len], "cut off at {len}, and written to");
        }
    }
}
