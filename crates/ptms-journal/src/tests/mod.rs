//! Stores against what can happen to them.

mod agreement;
mod crashes;
mod disk;
mod files;
mod flips;
mod making;
mod overlay;
mod panics;
mod shuffled;

use crate::error::StoreError;
use crate::{Batch, JournalStore};

/// A batch as data: streams and bytes.
type Told = Vec<(&'static str, Vec<u8>)>;

fn batch(told: &Told) -> Batch {
    let mut batch = Batch::new();
    for (stream, bytes) in told {
        batch.push(stream, bytes);
    }
    batch
}

fn append(store: &mut dyn JournalStore, batches: &[Told]) {
    for told in batches {
        store.append(&batch(told)).unwrap();
    }
}

/// A few streams that interleave, with records from empty to longer than a page of the database.
fn batches() -> Vec<Told> {
    let long = |seed: usize| (0..5000).map(|at| (at * seed % 251) as u8).collect::<Vec<u8>>();
    vec![
        vec![("engine", b"cpu = 97".to_vec()), ("run-1", b"started".to_vec())],
        vec![("run-1", long(7)), ("run-2", Vec::new()), ("run-1", b"collect is up".to_vec())],
        vec![("engine", b"deploy".to_vec())],
        vec![("run-2", b"ended".to_vec()), ("run-3", long(11)), ("engine", b"cpu = 12".to_vec())],
    ]
}

/// Everything that is in a store: stream, sequence number and bytes of every record, in order. Reading the
/// streams one by one must tell the same.
fn content(store: &dyn JournalStore) -> Result<Vec<(String, u64, Vec<u8>)>, StoreError> {
    let records: Vec<_> = store.read_all()?.collect::<Result<_, _>>()?;
    for head in store.heads()? {
        let alone = store.read(&head.stream)?;
        let among: Vec<_> = records.iter().filter(|record| record.stream == head.stream).collect();
        assert_eq!(alone.iter().collect::<Vec<_>>(), among);
        assert_eq!(alone.len() as u64, head.records);
    }
    Ok(records.into_iter().map(|it| (it.stream.to_string(), it.seq, it.bytes)).collect())
}

/// What a store must hold after these batches.
fn expected<'a>(batches: impl IntoIterator<Item = &'a Told>) -> Vec<(String, u64, Vec<u8>)> {
    let mut next = std::collections::BTreeMap::<&str, u64>::new();
    let mut numbered = |(stream, bytes): &(&'static str, Vec<u8>)| {
        let seq = next.entry(stream).or_default();
        *seq += 1;
        ((*stream).to_owned(), *seq - 1, bytes.clone())
    };
    batches.into_iter().flatten().map(&mut numbered).collect()
}
