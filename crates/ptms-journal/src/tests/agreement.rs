//! The store in a file against the store in memory: the same batches, the same journal.

use proptest::prelude::*;

use super::disk::Disk;
use super::{Told, batch, content};
use crate::file::opening;
use crate::{JournalStore, MAX_RECORD, MAX_STREAM_NAME, MemoryStore, StoreError};

#[derive(Clone, Debug)]
enum Act {
    Append(Told),
    /// Another owner; the one before closed the journal, or was killed.
    Reopen {
        killed: bool,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let stream = prop::sample::select(vec!["engine", "run-1", "run-2", "run-3", "é and spaces"]);
    let bytes = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..200),
        1 => any::<u8>().prop_map(|byte| vec![byte; 9000]),
    ];
    let append = prop::collection::vec((stream, bytes), 0..12).prop_map(Act::Append);
    let reopen = any::<bool>().prop_map(|killed| Act::Reopen { killed });
    prop::collection::vec(prop_oneof![4 => append, 1 => reopen], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_stores_hold_the_same(acts in acts()) {
        let mut disk = Disk::default();
        let mut file = opening::create(&disk.medium()).unwrap();
        let mut memory = MemoryStore::new();
        for act in &acts {
            match act {
                Act::Append(told) => {
                    let batch = batch(told);
                    prop_assert_eq!(file.append(&batch).unwrap(), memory.append(&batch).unwrap());
                }
                Act::Reopen { killed } => {
                    let left = disk.bytes();
                    drop(file);
                    disk = if *killed { Disk::of(left) } else { disk };
                    file = opening::own(&disk.medium()).unwrap();
                    memory = memory.reopen();
                }
            }
            prop_assert_eq!(file.heads().unwrap(), memory.heads().unwrap());
            prop_assert_eq!(file.fence(), memory.fence());
        }
        prop_assert_eq!(content(&file).unwrap(), content(&memory).unwrap());
        prop_assert_eq!(file.check().unwrap(), memory.check().unwrap());
        let positions = memory.read_all().unwrap().map(|record| record.unwrap().position);
        prop_assert!(positions.eq(0..memory.check().unwrap().records));
    }
}

#[test]
fn what_breaks_a_limit_stores_nothing() {
    let mut file = opening::create(&Disk::default().medium()).unwrap();
    let stores: [&mut dyn JournalStore; 2] = [&mut file, &mut MemoryStore::new()];
    let (long, longest) = ("x".repeat(MAX_STREAM_NAME + 1), "x".repeat(MAX_STREAM_NAME));
    for store in stores {
        let mut refused = |stream: &str, bytes: &[u8]| {
            store.append(crate::Batch::new().push("run-1", b"fits").push(stream, bytes))
        };
        assert!(matches!(refused("", b""), Err(StoreError::StreamName { bytes: 0 })));
        assert!(matches!(refused(&long, b""), Err(StoreError::StreamName { .. })));
        let too_long = refused("run-1", &vec![0; MAX_RECORD + 1]).unwrap_err();
        let said = "a record for stream run-1 has 16777217 bytes, and 16777216 is the most";
        assert_eq!(too_long.to_string(), said);
        assert_eq!(store.check().unwrap().records, 0);
        assert!(store.heads().unwrap().is_empty());

        let most = vec![7; MAX_RECORD];
        store.append(crate::Batch::new().push(&longest, &most)).unwrap();
        assert_eq!(store.read(&longest).unwrap()[0].bytes, most);
    }
}

#[test]
fn stores_go_to_other_threads() {
    fn check<T: Send + Sync>() {}
    check::<crate::FileStore>();
    check::<MemoryStore>();
    check::<StoreError>();
}
