//! A machine that dies, or runs out of disk, at any step: what was acknowledged is there when the journal is
//! opened again; of the rest, a batch is there whole or not at all.

use std::collections::BTreeSet;
use std::io;

use super::disk::{Disk, Step};
use super::{batch, batches, content, expected};
use crate::file::opening;
use crate::{Batch, JournalStore, Refusal, StoreError};

/// What the owners of a journal were told, and after how many steps of the disk.
#[derive(Debug, Default)]
struct Told {
    made: Option<usize>,
    appended: Vec<usize>,
    fences: Vec<(usize, u64)>,
}

/// Two owners append all batches, unless something fails.
fn work(disk: &Disk) -> (Told, Result<(), StoreError>) {
    let mut told = Told::default();
    let mut owners = || -> Result<(), StoreError> {
        let batches = batches();
        let mut store = opening::create(&disk.medium()).map_err(unusable)?;
        told.made = Some(disk.steps().len());
        for (number, what) in batches.iter().enumerate() {
            if number == 2 {
                drop(store);
                store = opening::own(&disk.medium()).map_err(unusable)?;
            }
            told.fences.push((disk.steps().len(), store.fence()));
            if let Err(error) = store.append(&batch(what)) {
                assert!(matches!(store.append(&Batch::new()), Err(StoreError::Failed)));
                assert!(matches!(store.read_all(), Err(StoreError::Failed)));
                return Err(error);
            }
            told.appended.push(disk.steps().len());
        }
        Ok(())
    };
    let end = owners();
    (told, end)
}

fn unusable(refusal: Refusal) -> StoreError {
    StoreError::Unusable { path: "disk".into(), refusal }
}

/// Opens what a crash left, after that many steps, and holds it against what was told.
fn survives(disk: &Disk, told: &Told, steps: usize, what: &str) {
    let opened = opening::own(&disk.medium());
    if told.made.is_none_or(|made| made > steps) {
        if let Ok(store) = opened {
            assert_eq!(content(&store).unwrap(), [], "{what}");
        }
        return;
    }
    let mut store = opened.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    let batches = batches();
    let acknowledged = told.appended.iter().filter(|after| **after <= steps).count();
    let found = content(&store).unwrap();
    let possible = [acknowledged, (acknowledged + 1).min(batches.len())];
    let whole = possible.iter().any(|count| found == expected(&batches[..*count]));
    assert!(whole, "{what}: {acknowledged} batches were acknowledged, and this is left: {found:?}");
    let before = told.fences.iter().filter(|(after, _)| *after <= steps).map(|(_, fence)| *fence);
    assert!(store.fence() > before.max().unwrap_or(0), "{what}: a fence came back");
    store.append(Batch::new().push("run-4", b"goes on")).unwrap();
    assert_eq!(content(&store).unwrap().len(), found.len() + 1, "{what}");
}

/// The disk as a crash after `steps` leaves it: what was synced is there; of the steps since then those that
/// `kept` says, and the last of them torn if `torn`.
fn after(steps: &[Step], kept: impl Fn(usize) -> bool, torn: bool) -> Vec<u8> {
    let synced = steps.iter().rposition(|step| matches!(step, Step::Sync)).map_or(0, |at| at + 1);
    let mut bytes = Vec::new();
    steps[..synced].iter().for_each(|step| step.apply(&mut bytes));
    for (number, step) in steps[synced..].iter().enumerate().filter(|(number, _)| kept(*number)) {
        match step {
            Step::Write(offset, data) if torn && synced + number + 1 == steps.len() => {
                Step::Write(*offset, data[..data.len() / 2].to_vec()).apply(&mut bytes);
            }
            step => step.apply(&mut bytes),
        }
    }
    bytes
}

#[test]
fn a_crash_after_every_step_of_the_disk() {
    let disk = Disk::default();
    let (told, end) = work(&disk);
    end.unwrap();
    let steps = disk.steps();
    let mut images = 0;
    for crash in 0..=steps.len() {
        let done = &steps[..crash];
        let scattered =
            |seed: usize| move |step: usize| (step * 7 + seed * 11 + crash) % 13 > seed % 9;
        let left: BTreeSet<Vec<u8>> = [
            after(done, |_| false, false),
            after(done, |_| true, false),
            after(done, |_| true, true),
            after(done, scattered(4), false),
            after(done, scattered(6), true),
            after(done, scattered(8), false),
        ]
        .into();
        images += left.len();
        for (kind, bytes) in left.into_iter().enumerate() {
            survives(&Disk::of(bytes), &told, crash, &format!("kind {kind} of crash {crash}"));
        }
    }
    println!("{} steps, {images} images", steps.len());
}

#[test]
fn a_disk_that_is_full_after_any_step() {
    for steps in 0.. {
        let disk = Disk::default();
        disk.full_after(Some(steps));
        let (told, end) = work(&disk);
        disk.full_after(None);
        if end.is_ok() {
            assert!(steps > 20, "the disk was never full");
            return;
        }
        let full = match end.unwrap_err() {
            StoreError::Append(error)
            | StoreError::Unusable { refusal: Refusal::Io(error), .. } => error,
            other => panic!("full after {steps}: {other}"),
        };
        assert_eq!(full.kind(), io::ErrorKind::StorageFull, "full after {steps}: {full}");
        survives(&disk, &told, usize::MAX, &format!("full after {steps}"));
    }
}
