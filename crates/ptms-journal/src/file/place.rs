//! Paths: what may be opened as a journal, and the lock. Knows nothing of what is in a file.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Refusal;

/// A way to lock an open file.
type Lock = fn(&File) -> Result<(), TryLockError>;

/// A file that is being made under a name of its own, `.NAME.new` beside `NAME`, so that whoever finds the
/// name finds all of the file.
// INVARIANT: only who holds the lock on the file that has the temporary name removes or uses that name.
#[derive(Debug)]
pub(super) struct Making<'a> {
    path: &'a Path,
    temporary: PathBuf,
}

/// A new file, locked, which has only its temporary name so far. Replaces one that a crash left there.
pub(super) fn make(path: &Path) -> Result<(File, Making<'_>), Refusal> {
    absent(path)?;
    let Some(name) = path.file_name() else { return Err(Refusal::NotAFile) };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".new");
    let temporary = path.with_file_name(hidden);
    // kept until the new file is locked: who waits for the old one must not take it for left over
    let left = remove_left(&temporary)?;
    let made = OpenOptions::new().read(true).write(true).create_new(true).open(&temporary);
    let file = made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Refusal::InUse,
        _ => Refusal::Io(error),
    })?;
    let file = locked(file, File::try_lock)?;
    let ours = has_name(&file, &temporary)?;
    drop(left);
    if ours { Ok((file, Making { path, temporary })) } else { Err(Refusal::InUse) }
}

impl Making<'_> {
    /// Gives the file its name, durably, unless there is something of that name. The file must be on disk,
    /// and still locked.
    pub(super) fn publish(self) -> Result<(), Refusal> {
        self.rename(|from, to| fs::hard_link(from, to))?;
        Ok(keep(self.path).inspect_err(|_| drop(fs::remove_file(self.path)))?)
    }

    /// Links, because that never replaces a file. Where there are no links, looks and then renames: who
    /// makes a journal holds the lock, so that only another program could come in between.
    fn rename(&self, link: impl Fn(&Path, &Path) -> io::Result<()>) -> Result<(), Refusal> {
        let done = match link(&self.temporary, self.path) {
            Ok(()) => {
                let removed = fs::remove_file(&self.temporary);
                return Ok(removed.inspect_err(|_| drop(fs::remove_file(self.path)))?);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Refusal::Exists),
            Err(_) => absent(self.path).and_then(|()| Ok(fs::rename(&self.temporary, self.path)?)),
        };
        done.inspect_err(|_| drop(fs::remove_file(&self.temporary)))
    }

    /// Removes the file, which is still locked. If that fails too, the next to make one removes it.
    pub(super) fn abandon(self) {
        drop(fs::remove_file(self.temporary));
    }
}

/// Refuses a name that is taken, if only by a link that leads nowhere.
fn absent(path: &Path) -> Result<(), Refusal> {
    match fs::symlink_metadata(path) {
        Ok(_) if path.is_dir() => Err(Refusal::NotAFile),
        Ok(_) => Err(Refusal::Exists),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Refusal::Io(error)),
    }
}

/// Removes the temporary name of a file that nobody is making any more. It is not written to: after a crash
/// between link and removal, a whole journal has this name too.
fn remove_left(temporary: &Path) -> Result<Option<File>, Refusal> {
    let left = match look(temporary, File::try_lock) {
        Err(Refusal::Missing) => return Ok(None),
        left => left?,
    };
    if !has_name(&left, temporary)? {
        return Err(Refusal::InUse);
    }
    fs::remove_file(temporary)?;
    Ok(Some(left))
}

/// Whether the name is still that of this file: between opening and locking it another may have come.
#[cfg(unix)]
fn has_name(file: &File, name: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let file = file.metadata()?;
    match fs::metadata(name) {
        Ok(named) => Ok((named.dev(), named.ino()) == (file.dev(), file.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The standard library cannot tell here.
#[cfg(not(unix))]
fn has_name(_: &File, name: &Path) -> io::Result<bool> {
    name.try_exists()
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

/// An existing file, to be read, under that lock: a shared one keeps an owner away.
pub(super) fn look(path: &Path, lock: Lock) -> Result<File, Refusal> {
    seen(path)?;
    locked(File::open(path)?, lock)
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
fn locked(file: File, lock: Lock) -> Result<File, Refusal> {
    lock(&file).map_err(|error| match error {
        TryLockError::WouldBlock => Refusal::InUse,
        TryLockError::Error(error) => Refusal::Io(error),
    })?;
    Ok(file)
}

/// Makes the name of a new file durable, which syncing the file itself does not.
fn keep(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_links_a_file_is_renamed_and_replaces_none() {
        let folder =
            std::env::temp_dir().join(format!("ptms-journal-{}-place", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("runs.journal");
        let no_links = |_: &Path, _: &Path| Err(io::ErrorKind::PermissionDenied.into());
        let (_first, first) = make(&path).unwrap();
        first.rename(no_links).unwrap();
        let names = || fs::read_dir(&folder).unwrap().count();
        assert!(path.is_file() && names() == 1);

        fs::remove_file(&path).unwrap();
        let (_second, second) = make(&path).unwrap();
        fs::write(&path, "a diary").unwrap();
        assert!(matches!(second.rename(no_links), Err(Refusal::Exists)));
        assert!(fs::read(&path).unwrap() == b"a diary" && names() == 1);
        fs::remove_dir_all(&folder).unwrap();
    }
}
