//! Journals whose parts are sound and in the wrong place: changed by who knows the database and not the
//! journal.

use expect_test::{Expect, expect};
use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};

use super::disk::Disk;
use super::{append, batches, content};
use crate::file::database::{HEADS, RECORDS, ROOT};
use crate::file::medium::Body;
use crate::file::opening;
use crate::{JournalStore, MemoryStore, StoreError};

fn journal() -> Disk {
    let disk = Disk::default();
    let mut store = opening::create(&disk.medium()).unwrap();
    append(&mut store, &batches());
    drop(store);
    disk
}

/// Changes the database of a journal, and says what its next owner is told, and who looks at it.
fn check_changed(change: impl FnOnce(&WriteTransaction), expect: &Expect) {
    let disk = journal();
    let database = Database::builder().create_with_backend(Body(disk.medium())).unwrap();
    let writing = database.begin_write().unwrap();
    change(&writing);
    writing.commit().unwrap();
    drop(database);

    let before = disk.bytes();
    let owned = opening::own(&disk.medium()).unwrap_err();
    assert!(disk.bytes() == before, "a refused journal was written to");
    let looked = opening::look(&disk.medium()).map_err(|refusal| refusal.to_string());
    let looked = looked.and_then(|store| content(&store).map_err(|error| error.to_string()));
    let looked = looked.unwrap_err();
    let looked = if looked == owned.to_string() { "the same".to_owned() } else { looked };
    expect.assert_eq(&format!("to own: {owned}\nto look: {looked}"));
}

fn value(from: &impl ReadableTable<u64, &'static [u8]>, position: u64) -> Vec<u8> {
    from.get(position).unwrap().unwrap().value().to_vec()
}

#[test]
fn two_records_change_places() {
    check_changed(
        |writing| {
            let mut records = writing.open_table(RECORDS).unwrap();
            let (one, other) = (value(&records, 2), value(&records, 4));
            records.insert(2, &*other).unwrap();
            records.insert(4, &*one).unwrap();
        },
        &expect![[r#"
            to own: record 1 of stream run-1 is damaged: in its place is record 2
            to look: the same"#]],
    );
}

#[test]
fn records_of_two_streams_change_places() {
    check_changed(
        |writing| {
            let mut records = writing.open_table(RECORDS).unwrap();
            let (one, other) = (value(&records, 0), value(&records, 1));
            records.insert(0, &*other).unwrap();
            records.insert(1, &*one).unwrap();
        },
        &expect![[r#"
            to own: record 0 of stream run-1 is damaged: its check sum does not fit
            to look: the same"#]],
    );
}

#[test]
fn a_record_is_gone() {
    check_changed(
        |writing| drop(writing.open_table(RECORDS).unwrap().remove(2).unwrap()),
        &expect![[r#"
            to own: record 1 of stream run-1 is damaged: in its place is record 2
            to look: the same"#]],
    );
}

#[test]
fn the_last_record_is_gone() {
    check_changed(
        |writing| drop(writing.open_table(RECORDS).unwrap().remove(8).unwrap()),
        &expect![[r#"
            to own: record 2 of stream engine is damaged: it is missing, or the head is damaged
            to look: the same"#]],
    );
}

#[test]
fn a_record_comes_twice() {
    check_changed(
        |writing| {
            let mut records = writing.open_table(RECORDS).unwrap();
            let last = value(&records, 8);
            records.insert(9, &*last).unwrap();
        },
        &expect![[r#"
            to own: record 3 of stream engine is damaged: in its place is record 2
            to look: the same"#]],
    );
}

#[test]
fn a_stream_is_gone() {
    check_changed(
        |writing| {
            writing.open_table(HEADS).unwrap().remove(3).unwrap();
            writing.open_table(RECORDS).unwrap().remove(7).unwrap();
        },
        &expect![[r#"
            to own: the database is damaged: its heads are not those that were written
            to look: the same"#]],
    );
}

#[test]
fn two_heads_change_places() {
    check_changed(
        |writing| {
            let mut heads = writing.open_table(HEADS).unwrap();
            let one = heads.get(1).unwrap().unwrap().value().to_vec();
            let other = heads.get(2).unwrap().unwrap().value().to_vec();
            heads.insert(1, &*other).unwrap();
            heads.insert(2, &*one).unwrap();
        },
        &expect![[r#"
            to own: the head of stream number 1 is damaged: its check sum does not fit
            to look: the same"#]],
    );
}

#[test]
fn root_and_heads_of_another_journal() {
    let other = Disk::default();
    let mut store = opening::create(&other.medium()).unwrap();
    append(&mut store, &batches()[..3]);
    drop(store);
    check_changed(
        |writing| {
            let database = Database::builder().create_with_backend(Body(other.medium())).unwrap();
            let other = database.begin_write().unwrap();
            let mut heads = writing.open_table(HEADS).unwrap();
            heads.retain(|_, _| false).unwrap();
            for head in other.open_table(HEADS).unwrap().iter().unwrap() {
                let (number, value) = head.unwrap();
                heads.insert(number.value(), value.value()).unwrap();
            }
        },
        &expect![[r#"
            to own: the database is damaged: of 9 records that it held, 6 are left
            to look: the same"#]],
    );
}

#[test]
fn no_root() {
    check_changed(
        |writing| drop(writing.open_table(HEADS).unwrap().remove(ROOT).unwrap()),
        &expect![[r#"
            to own: the database is damaged: it has no root
            to look: the same"#]],
    );
}

#[test]
fn no_tables() {
    check_changed(
        |writing| {
            assert!(writing.delete_table(HEADS).unwrap());
            let other: TableDefinition<u64, u64> = TableDefinition::new("else");
            writing.open_table(other).unwrap().insert(1, 1).unwrap();
        },
        &expect![[r#"
            to own: the database is damaged: Table 'heads' does not exist
            to look: the same"#]],
    );
}

/// Without a database beneath: the chains alone, of which the owner of a file sees only what the check
/// sums of the pages let through.
#[test]
fn any_change_of_the_values_breaks_a_chain() {
    let mut sound = MemoryStore::new();
    append(&mut sound, &batches());
    let refused = |change: &dyn Fn(&mut Vec<Vec<u8>>), what: &str| {
        let mut store = sound.clone();
        change(&mut store.values);
        let error = store.check().map(drop).expect_err(what);
        assert!(matches!(error, StoreError::Damaged(_)), "{what}: {error}");
    };
    let count = sound.values.len();
    for at in 0..count {
        refused(&|values| drop(values.remove(at)), &format!("value {at} removed"));
        refused(&|values| assert!(values[at].pop().is_some()), &format!("value {at} cut short"));
        refused(&|values| values[at].push(0), &format!("value {at} longer"));
        refused(&|values| values[at].clear(), &format!("value {at} empty"));
        for other in at + 1..count {
            refused(&|values| values.swap(at, other), &format!("values {at} and {other} swapped"));
        }
        for byte in 0..sound.values[at].len() {
            let what = format!("bit {} of byte {byte} of value {at}", byte % 8);
            refused(&|values| values[at][byte] ^= 1 << (byte % 8), &what);
        }
    }
}
