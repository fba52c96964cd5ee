//! The making of a journal, cut short anywhere: there is no file of its name or a whole journal, and it can
//! be made again.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::thread;

use super::disk::Disk;
use super::files::{Scratch, again, in_use, told};
use crate::file::opening;
use crate::{Batch, FileStore, JournalStore, Refusal, StoreError};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn refusal(done: Result<FileStore, StoreError>) -> Refusal {
    match done.unwrap_err() {
        StoreError::Unusable { refusal, .. } => refusal,
        other => panic!("{other}"),
    }
}

#[test]
fn killed_at_every_step_of_the_disk() {
    let disk = Disk::default();
    drop(opening::create(&disk.medium()).unwrap());
    let scratch = Scratch::new("making");
    let path = scratch.0.join("runs.journal");
    let mut left = Vec::new();
    for number in 0..=disk.steps().len() {
        scratch.file(".runs.journal.new", &left);
        assert!(matches!(refusal(FileStore::open(&path)), Refusal::Missing));
        let mut store = FileStore::create(&path).unwrap();
        assert_eq!(names(&scratch.0), ["runs.journal"], "step {number}");
        store.append(Batch::new().push("run-1", b"started")).unwrap();
        drop(store);
        assert_eq!(FileStore::open(&path).unwrap().check().unwrap().records, 1);
        fs::remove_file(&path).unwrap();
        if let Some(step) = disk.steps().get(number) {
            step.apply(&mut left);
        }
    }
    assert_eq!(left, disk.bytes());
}

/// In between the file has both names. Whoever makes another must not harm it, wherever it is now.
#[test]
fn killed_between_its_name_and_the_end_of_the_temporary_one() {
    let scratch = Scratch::new("two-names");
    let path = scratch.journal("runs.journal");
    fs::hard_link(&path, scratch.0.join(".runs.journal.new")).unwrap();
    assert!(matches!(refusal(FileStore::create(&path)), Refusal::Exists));
    assert_eq!(FileStore::open(&path).unwrap().check().unwrap().records, 2);

    let moved = scratch.0.join("old.journal");
    fs::rename(&path, &moved).unwrap();
    drop(FileStore::create(&path).unwrap());
    assert_eq!(FileStore::open(&moved).unwrap().check().unwrap().records, 2);
    assert_eq!(FileStore::open(&path).unwrap().check().unwrap().records, 0);
    assert_eq!(names(&scratch.0), ["old.journal", "runs.journal"]);
}

#[test]
fn a_process_killed_while_it_makes_journals() {
    if let Some(path) = told() {
        let mut said = std::io::stdout().lock();
        for number in 0.. {
            drop(FileStore::create(path.with_file_name(format!("{number}"))).unwrap());
            writeln!(said, "made {number}").unwrap();
        }
    }
    for round in 1..8 {
        let scratch = Scratch::new("makers");
        let mut child =
            again("making::a_process_killed_while_it_makes_journals", &scratch.0.join("any"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut made = lines.filter(|line| line.starts_with("made "));
        made.nth(round).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        for name in names(&scratch.0) {
            if let Some(half) = name.strip_prefix('.').and_then(|name| name.strip_suffix(".new")) {
                let whole = scratch.0.join(half).exists();
                assert_eq!(FileStore::create(scratch.0.join(half)).is_ok(), !whole, "{half}");
            } else {
                drop(FileStore::open(scratch.0.join(&name)).unwrap());
            }
        }
    }
}

#[test]
fn one_of_many_makes_it() {
    let scratch = Scratch::new("many");
    let mut wins = 0;
    for round in 0..10 {
        let path = scratch.0.join(format!("{round}"));
        let make = || FileStore::create(&path);
        let made: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let won = made.iter().filter(|made| made.is_ok()).count();
        assert!(won <= 1);
        wins += won;
        for made in made.into_iter().filter(Result::is_err) {
            let refusal = refusal(made);
            assert!(matches!(refusal, Refusal::Exists | Refusal::InUse), "{refusal}");
        }
        if won == 1 {
            drop(FileStore::open(&path).unwrap());
        }
    }
    assert!(wins > 0, "they only got in each other's way");
}

#[test]
fn what_another_is_making_is_left_alone() {
    let scratch = Scratch::new("another");
    let path = scratch.0.join("runs.journal");
    let other = fs::File::create(scratch.file(".runs.journal.new", b"")).unwrap();
    other.lock().unwrap();
    assert!(in_use(&FileStore::create(&path)));
    assert_eq!(names(&scratch.0), [".runs.journal.new"]);
}
