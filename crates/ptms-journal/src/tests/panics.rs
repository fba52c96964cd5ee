//! A panic below the store becomes an error without a word on the way; every other panic is heard.

use std::io;
use std::panic::catch_unwind;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use redb::StorageBackend;

use super::disk::Disk;
use super::files::{Scratch, command, told};
use crate::Refusal;
use crate::file::medium::Medium;
use crate::file::opening;

/// Panics wherever the database reads.
#[derive(Debug)]
struct Trap(Medium);

impl StorageBackend for Trap {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        assert!(offset < 4096, "the trap");
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}

#[test]
fn only_what_is_caught_is_not_heard() {
    if told().is_some() {
        let disk = Disk::default();
        drop(opening::create(&disk.medium()).unwrap());
        let trap: Medium = Arc::new(Trap(disk.medium()));
        let Err(Refusal::Damaged(damage)) = opening::look(&trap) else { panic!("it was sound") };
        assert_eq!(damage.what, "the database library gave up: the trap");
        catch_unwind(|| panic!("in the same thread")).unwrap_err();
        thread::spawn(|| panic!("in another thread")).join().unwrap_err();
        return;
    }
    let scratch = Scratch::new("panics");
    let mut again = command("panics::only_what_is_caught_is_not_heard", &scratch.0);
    let output = again.stderr(Stdio::piped()).output().unwrap();
    let heard = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{heard}");
    assert!(!heard.contains("the trap"), "{heard}");
    assert!(heard.contains("in the same thread") && heard.contains("in another thread"), "{heard}");
}
