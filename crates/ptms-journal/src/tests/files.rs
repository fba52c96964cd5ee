//! Real files: what is refused, in which words, and that nothing is written to it; the lock; a killed
//! process.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use expect_test::{Expect, expect};

use crate::{Batch, FileStore, JournalStore, Refusal, StoreError};

/// A folder of its own for a test, removed with everything in it when the test is over.
///
/// Only one test has one at a time: a child process holds all open files, and so their locks, until its
/// program begins, and what another test has just closed would still be in use.
pub(super) struct Scratch(pub(super) PathBuf, #[expect(dead_code, reason = "held")] Turn);

type Turn = MutexGuard<'static, ()>;

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder =
            std::env::temp_dir().join(format!("ptms-journal-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder, turn)
    }

    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn journal(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        let mut store = FileStore::create(&path).unwrap();
        store.append(Batch::new().push("run-1", b"started").push("run-1", b"ended")).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// What is said when a path is opened, made and looked at; whatever was there stays as it was.
fn check_refused(path: &Path, expect: &Expect) {
    let before = fs::read(path).ok();
    let said = |done: Result<FileStore, StoreError>| match done {
        Ok(_) => "fine".to_owned(),
        Err(StoreError::Unusable { path: named, refusal }) if named == path => refusal.to_string(),
        Err(other) => panic!("{other}"),
    };
    let (open, look) = (said(FileStore::open(path)), said(FileStore::look(path)));
    let create = said(FileStore::create(path));
    expect.assert_eq(&format!("open: {open}\nlook: {look}\ncreate: {create}"));
    assert_eq!(fs::read(path).ok(), before, "a refused file was written to");
}

#[test]
fn files_that_are_no_journals() {
    let scratch = Scratch::new("none");
    check_refused(
        &scratch.0,
        &expect![[r#"
        open: it is not a file
        look: it is not a file
        create: it is not a file"#]],
    );
    check_refused(
        &scratch.0.join("missing/runs.journal"),
        &expect![[r#"
        open: no such file
        look: no such file
        create: No such file or directory (os error 2)"#]],
    );
    check_refused(
        &scratch.file("zero", b""),
        &expect![[r#"
        open: the file is empty
        look: the file is empty
        create: the file exists already"#]],
    );
    check_refused(
        &scratch.file("short", b"PTMS journal\r\n\x1A\n"),
        &expect![[r#"
        open: the file is no journal
        look: the file is no journal
        create: the file exists already"#]],
    );
    check_refused(
        &scratch.file("text", "a diary\n".repeat(1000).as_bytes()),
        &expect![[r#"
        open: the file is no journal
        look: the file is no journal
        create: the file exists already"#]],
    );

    let other = scratch.0.join("other.redb");
    drop(redb::Database::create(&other).unwrap());
    check_refused(
        &other,
        &expect![[r#"
        open: the file is no journal
        look: the file is no journal
        create: the file exists already"#]],
    );
}

#[test]
fn journals_that_are_not_as_they_were() {
    let scratch = Scratch::new("changed");
    let journal = fs::read(scratch.journal("sound")).unwrap();
    let zeroed = |part: std::ops::Range<usize>| {
        let mut bytes = journal.clone();
        bytes[part].fill(0);
        bytes
    };
    check_refused(
        &scratch.file("half", &journal[..journal.len() / 2]),
        &expect![[r#"
        open: the database is damaged: File truncated below stored layout: file_len=526336, layout_len=1056768
        look: the database is damaged: File truncated below stored layout: file_len=526336, layout_len=1056768
        create: the file exists already"#]],
    );
    check_refused(
        &scratch.file("header", &journal[..4096]),
        &expect![[r#"
        open: the database is damaged: it is cut off
        look: the database is damaged: it is cut off
        create: the file exists already"#]],
    );
    check_refused(
        &scratch.file("format", &zeroed(16..24)),
        &expect![[r#"
        open: the database is damaged: its header does not fit
        look: the database is damaged: its header does not fit
        create: the file exists already"#]],
    );
    check_refused(
        &scratch.file("body", &zeroed(4096..journal.len())),
        &expect![[r#"
        open: the database is damaged: Not a redb database: magic number mismatch
        look: the database is damaged: Not a redb database: magic number mismatch
        create: the file exists already"#]],
    );
    let longer = [&journal[..], &[0; 700]].concat();
    check_refused(
        &scratch.file("longer", &longer),
        &expect![[r#"
        open: the database is damaged: File length does not correspond to a valid region layout: file_len=1057468
        look: the database is damaged: File length does not correspond to a valid region layout: file_len=1057468
        create: the file exists already"#]],
    );

    let mut newer = journal.clone();
    newer[16] = 2;
    let crc = crc32fast::hash(&newer[..20]).to_le_bytes();
    newer[20..24].copy_from_slice(&crc);
    check_refused(
        &scratch.file("newer", &newer),
        &expect![[r#"
        open: the file has format 2, and this version reads 1 at most
        look: the file has format 2, and this version reads 1 at most
        create: the file exists already"#]],
    );
}

#[test]
fn a_write_protected_journal_can_be_looked_at() {
    let scratch = Scratch::new("protected");
    let path = scratch.journal("runs.journal");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    check_refused(
        &path,
        &expect![[r#"
        open: the file is write-protected
        look: fine
        create: the file exists already"#]],
    );

    let mut looked = FileStore::look(&path).unwrap();
    assert_eq!(looked.check().unwrap().records, 2);
    assert_eq!(looked.fence(), 1);
    let refused = looked.append(Batch::new().push("run-1", b"more")).unwrap_err();
    assert_eq!(refused.to_string(), "the journal was opened for reading only");
}

#[test]
fn one_owner_or_many_who_look() {
    let scratch = Scratch::new("lock");
    let path = scratch.journal("runs.journal");
    let (one, two) = (FileStore::look(&path).unwrap(), FileStore::look(&path).unwrap());
    assert_eq!(one.heads().unwrap(), two.heads().unwrap());
    assert!(in_use(&FileStore::open(&path)));
    drop((one, two));

    let owner = FileStore::open(&path).unwrap();
    check_refused(
        &path,
        &expect![[r#"
        open: the journal is in use
        look: the journal is in use
        create: the file exists already"#]],
    );
    drop(owner);
    assert_eq!(FileStore::open(&path).unwrap().fence(), 3);
}

pub(super) fn in_use(done: &Result<FileStore, StoreError>) -> bool {
    matches!(done, Err(StoreError::Unusable { refusal: Refusal::InUse, .. }))
}

/// What runs the test `name` once more in a process of its own, told which journal to use.
pub(super) fn command(name: &str, journal: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("tests::{name}"), "--nocapture", "--test-threads=1"]);
    command.env("PTMS_TEST_JOURNAL", journal).stdout(Stdio::piped());
    command
}

pub(super) fn again(name: &str, journal: &Path) -> Child {
    command(name, journal).spawn().unwrap()
}

pub(super) fn told() -> Option<PathBuf> {
    std::env::var_os("PTMS_TEST_JOURNAL").map(PathBuf::from)
}

#[test]
fn a_second_process_is_refused() {
    if let Some(path) = told() {
        assert!(in_use(&FileStore::open(&path)) && in_use(&FileStore::look(&path)));
        return;
    }
    let scratch = Scratch::new("second");
    let path = scratch.journal("runs.journal");
    let owner = FileStore::open(&path).unwrap();
    assert!(again("files::a_second_process_is_refused", &path).wait().unwrap().success());
    drop(owner);
}

#[test]
fn a_killed_process_loses_nothing_that_it_was_told_is_stored() {
    if let Some(path) = told() {
        let mut store = FileStore::open(&path).unwrap();
        let mut said = std::io::stdout().lock();
        for number in store.heads().unwrap()[0].records.. {
            let record = number.to_string();
            store.append(Batch::new().push("run-1", record.as_bytes())).unwrap();
            writeln!(said, "stored {number}").unwrap();
            said.flush().unwrap();
        }
    }
    let scratch = Scratch::new("killed");
    let path = scratch.journal("runs.journal");
    let mut stored = 1;
    for round in 2..8 {
        let mut child =
            again("files::a_killed_process_loses_nothing_that_it_was_told_is_stored", &path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        while heard < round * 3 {
            let line = lines.next().unwrap().unwrap();
            if let Some(number) = line.strip_prefix("stored ") {
                stored = number.parse().unwrap();
                heard += 1;
            }
        }
        child.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            // what it said before it died, and was not heard
            stored = line.strip_prefix("stored ").and_then(|it| it.parse().ok()).unwrap_or(stored);
        }
        child.wait().unwrap();
        let records = FileStore::open(&path).unwrap().read("run-1").unwrap();
        assert!(records.len() as u64 > stored, "record {stored} is gone");
        assert!(records.len() as u64 <= stored + 2, "more than was under way");
        for (record, number) in records.iter().zip(0..).skip(2) {
            assert_eq!(record.bytes, u64::to_string(&number).as_bytes());
        }
    }
}

/// A journal that was written by the first version stays readable for ever.
#[test]
fn the_first_format() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/format-1.journal");
    let store = FileStore::look(path).unwrap();
    assert_eq!(super::content(&store).unwrap(), super::expected(&super::batches()));
    assert_eq!(store.fence(), 1);
}

/// Made once; a new format gets a new file.
#[test]
#[ignore = "writes the file that the_first_format reads"]
fn write_the_first_format() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/format-1.journal");
    let mut store = FileStore::create(path).unwrap();
    super::append(&mut store, &super::batches());
}

#[test]
fn a_pipe_does_not_make_it_wait() {
    let scratch = Scratch::new("pipe");
    let path = scratch.0.join("pipe");
    if !Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
        return; // a system without
    }
    let refused = FileStore::look(&path).unwrap_err();
    assert!(
        matches!(refused, StoreError::Unusable { refusal: Refusal::NotAFile, .. }),
        "{refused}"
    );
}
