//! Paths: what may be opened as a journal, and the lock. Knows nothing of what is in a file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::error::Refusal;

/// A new file, locked.
pub(super) fn make(path: &Path) -> Result<File, Refusal> {
    let made = OpenOptions::new().read(true).write(true).create_new(true).open(path);
    let file = made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if path.is_dir() => Refusal::NotAFile,
        io::ErrorKind::AlreadyExists => Refusal::Exists,
        _ => Refusal::Io(error),
    })?;
    locked(file, File::try_lock)
}

/// An existing file, locked for its owner.
pub(super) fn open(path: &Path) -> Result<File, Refusal> {
    if seen(path)?.permissions().readonly() {
        return Err(Refusal::WriteProtected);
    }
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => Refusal::WriteProtected,
        _ => Refusal::Io(error),
    })?;
    locked(file, File::try_lock)
}

/// An existing file, locked against an owner.
pub(super) fn look(path: &Path) -> Result<File, Refusal> {
    seen(path)?;
    locked(File::open(path)?, File::try_lock_shared)
}

/// What is there; asked before it is opened, because opening a pipe waits for its other end.
fn seen(path: &Path) -> Result<fs::Metadata, Refusal> {
    let seen = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::Missing,
        _ => Refusal::Io(error),
    })?;
    if seen.is_file() { Ok(seen) } else { Err(Refusal::NotAFile) }
}

/// The lock belongs to the open file, and ends with it, however the process ends.
fn locked(file: File, lock: fn(&File) -> Result<(), TryLockError>) -> Result<File, Refusal> {
    lock(&file).map_err(|error| match error {
        TryLockError::WouldBlock => Refusal::InUse,
        TryLockError::Error(error) => Refusal::Io(error),
    })?;
    Ok(file)
}

/// Makes the name of a new file durable, which syncing the file itself does not.
pub(super) fn keep(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Removes a file whose making failed. If that fails too, what is left is refused when it is opened.
pub(super) fn remove(path: &Path) {
    drop(fs::remove_file(path));
}
