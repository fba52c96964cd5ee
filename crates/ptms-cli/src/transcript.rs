//! The transcript: entries as JSON, one a line. The same stream gives the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::entry::Entry;
use crate::exit::{Failure, cannot};

/// A file that entries are written to.
#[derive(Debug)]
pub(crate) struct Transcript {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Transcript {
    /// An empty transcript at `path`; what was there is lost.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path);
        let file = file.map_err(|error| Failure::unreadable(cannot("write", path, &error)))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// One line more.
    pub(crate) fn write(&mut self, entry: &Entry) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.file, entry).map_err(io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        self.check(written)
    }

    /// Nothing more will come.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.file.flush();
        self.check(flushed)
    }

    fn check(&self, written: io::Result<()>) -> Result<(), Failure> {
        written.map_err(|error| Failure::unreadable(cannot("write", &self.path, &error)))
    }
}
