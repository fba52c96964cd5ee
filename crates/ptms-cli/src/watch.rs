//! Does something again whenever the files of a book change. Knows nothing of what is done.
//!
//! The files are looked at again and again instead of asking the operating system to be told: it works on
//! every file system, a book has few files, and a look takes microseconds.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::book;
use crate::exit::{Exit, Failure};
use crate::screen::BOLD;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(200);

/// What is seen of the files: when each was changed, and how long it is.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Does it once, and then whenever a file has changed, until somebody interrupts the program. What fails
/// is reported and tried again with the next change.
pub(crate) fn watch(
    book: &Path,
    mut act: impl FnMut() -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let mut seen = look(book);
    loop {
        match act() {
            Err(Failure::Closed) => return Err(Failure::Closed),
            Err(failure) => drop(failure.report()),
            Ok(_) => {}
        }
        writeln!(anstream::stderr(), "{BOLD}watching {}{BOLD:#}", book.display())?;
        seen = changed(book, &seen);
    }
}

/// Waits until the files are others than before, and have stayed the same for a moment: an editor may
/// write a file in several steps.
fn changed(book: &Path, before: &Seen) -> Seen {
    let mut last = look(book);
    loop {
        sleep(EVERY);
        let now = look(book);
        if now == last && now != *before {
            return now;
        }
        last = now;
    }
}

/// The files as they are now; none where the folder cannot be read.
fn look(book: &Path) -> Seen {
    let folder = book::folder(book);
    // A file that is named without a folder lies in this one.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
    let files = book::files_of(folder).unwrap_or_default();
    let seen = files.into_iter().map(|file| {
        let metadata = fs::metadata(&file).ok();
        let changed = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        (file, (changed, metadata.map_or(0, |metadata| metadata.len())))
    });
    seen.collect()
}
