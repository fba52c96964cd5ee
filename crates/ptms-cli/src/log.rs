//! The journal of a replay: what the engine says to write down, and what was reported, in one file.
//!
//! | stream | what its records are, as JSON |
//! |---|---|
//! | `host` | the first record: what was replayed, and how |
//! | `engine`, and one for each run | the engine's entries |
//! | `transcript` | the entries of the transcript |
//!
//! Everything since the last [`Log::commit`] is one transaction, at an instant at which the engine has
//! nothing more to say. So engine and transcript never disagree, wherever the program dies.

use std::path::{Path, PathBuf};

use ptms_journal::{Batch, FileStore, JournalStore, MAX_STREAM_NAME, Refusal, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::args::{ColumnFact, StepName};
use crate::entry::Entry;
use crate::exit::{Failure, reason};

const HOST: &str = "host";
const ENGINE: &str = "engine";
const TRANSCRIPT: &str = "transcript";

/// From how many records on a transaction is not put off any longer where nothing waits for it.
const MANY: usize = 1_000;

/// The version of the records of the streams `host` and `transcript`.
const FORMAT: u32 = 1;

/// A journal that is being written.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    store: FileStore,
    batch: Batch,
}

/// What is replayed, and how: all that the command line said, and that the book does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Setup {
    format: u32,
    /// What messages call the book.
    pub(crate) book: PathBuf,
    /// The file that is replayed, wherever anybody stands.
    pub(crate) stream: PathBuf,
    /// How its columns are read; `None` if its lines are JSON.
    pub(crate) csv: Option<Columns>,
    /// The file of commands; `None` if the host only pretends.
    pub(crate) host: Option<PathBuf>,
    pub(crate) fail: Vec<StepName>,
    pub(crate) silence: Vec<StepName>,
}

/// The columns of a CSV file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Columns {
    pub(crate) at: String,
    pub(crate) set: Vec<ColumnFact>,
}

/// What a journal holds.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) setup: Setup,
    pub(crate) engine: Vec<ptms::Entry>,
    pub(crate) transcript: Vec<Entry>,
}

impl Setup {
    /// A replay of this stream, by a host that answers everything alike.
    pub(crate) fn new(book: PathBuf, stream: PathBuf) -> Self {
        let (fail, silence) = (Vec::new(), Vec::new());
        Self { format: FORMAT, book, stream, csv: None, host: None, fail, silence }
    }
}

impl Log {
    /// A new journal at `path`; what is there already stays as it is. Only a journal that holds nothing
    /// yet, because the program died at once, is taken.
    pub(crate) fn create(path: &Path, setup: &Setup) -> Result<Self, Failure> {
        let store = match FileStore::create(path) {
            Err(StoreError::Unusable { refusal: Refusal::Exists, .. }) if holds_nothing(path) => {
                FileStore::open(path)?
            }
            Err(error @ StoreError::Unusable { refusal: Refusal::Exists, .. }) => {
                let help = format!("to go on with it: ptms resume {}", path.display());
                return Err(Failure::unreadable(format!("{error}; {help}")));
            }
            made => made?,
        };
        let mut log = Self { path: path.to_owned(), store, batch: Batch::new() };
        log.push(HOST, setup)?;
        Ok(log)
    }

    /// The journal at `path`, to be gone on with, and what it holds.
    pub(crate) fn open(path: &Path) -> Result<(Self, Contents), Failure> {
        let store = patiently(|| FileStore::open(path))?;
        let contents = Contents::read(path, &store)?;
        Ok((Self { path: path.to_owned(), store, batch: Batch::new() }, contents))
    }

    /// Which owner of the journal this is, from 1.
    pub(crate) fn fence(&self) -> u64 {
        self.store.fence()
    }

    /// The engine says to write this down.
    pub(crate) fn note(&mut self, entry: &ptms::Entry) -> Result<(), Failure> {
        match entry {
            ptms::Entry::Run { run, .. } if run.as_str().len() <= MAX_STREAM_NAME => {
                self.push(run.as_str(), entry)
            }
            _ => self.push(ENGINE, entry),
        }
    }

    /// This was reported.
    pub(crate) fn reported(&mut self, entry: &Entry) -> Result<(), Failure> {
        self.push(TRANSCRIPT, entry)
    }

    /// Makes everything durable that has been written down.
    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        self.store.append(&self.batch)?;
        self.batch.clear();
        Ok(())
    }

    /// Likewise, where so much has gathered that it is time.
    pub(crate) fn commit_many(&mut self) -> Result<(), Failure> {
        if self.batch.len() < MANY { Ok(()) } else { self.commit() }
    }

    fn push(&mut self, stream: &str, record: &impl Serialize) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(record).map_err(|error| {
            let path = self.path.display();
            Failure::broken(&format!("a record of {path} is no JSON: {error}"))
        })?;
        self.batch.push(stream, &bytes);
        Ok(())
    }
}

impl Contents {
    /// Everything in a journal, held against its check sums.
    pub(crate) fn read(path: &Path, store: &FileStore) -> Result<Self, Failure> {
        let (mut setup, mut engine, mut transcript) = (None, Vec::new(), Vec::new());
        for record in store.read_all()? {
            let record = record?;
            let bytes = &record.bytes;
            let read = match &*record.stream {
                HOST => json(bytes).map(|one: Setup| setup = Some(one)),
                TRANSCRIPT => json(bytes).map(|one| transcript.push(one)),
                _ => json(bytes).map(|one| engine.push(one)),
            };
            read.map_err(|fault| {
                let (path, stream, seq) = (path.display(), &record.stream, record.seq);
                let what = "this version cannot read it";
                let message = format!("{path}: record {seq} of stream {stream}: {what}: {fault}");
                Failure::unreadable(message)
            })?;
        }
        let newer = |setup: &Setup| setup.format > FORMAT;
        match setup {
            Some(setup) if newer(&setup) => {
                let found = setup.format;
                let help = "use a newer version of ptms";
                let message = format!("{}: it has format {found}; {help}", path.display());
                Err(Failure::unreadable(message))
            }
            Some(setup) => Ok(Self { setup, engine, transcript }),
            None if engine.is_empty() => {
                let help = "nothing was done yet; run again, with --journal";
                Err(Failure::unreadable(format!("{} holds nothing: {help}", path.display())))
            }
            None => {
                let message = format!("{} is the journal of another program", path.display());
                Err(Failure::unreadable(message))
            }
        }
    }
}

/// Opens a journal, and waits a little where it is in use: a program that was killed as it was starting a
/// command holds its journal for the moment until the command has taken over.
pub(crate) fn patiently(
    open: impl Fn() -> Result<FileStore, StoreError>,
) -> Result<FileStore, StoreError> {
    let mut tries = 20;
    loop {
        match open() {
            Err(StoreError::Unusable { refusal: Refusal::InUse, .. }) if tries > 0 => {
                tries -= 1;
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            opened => return opened,
        }
    }
}

/// Whether the file is a journal without records.
fn holds_nothing(path: &Path) -> bool {
    let heads = patiently(|| FileStore::look(path)).and_then(|store| store.heads());
    heads.is_ok_and(|heads| heads.is_empty())
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes)
}

/// What the store refuses ends the program.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        Self::unreadable(match &error {
            StoreError::Unusable { refusal: Refusal::Io(error), .. }
            | StoreError::Append(error)
            | StoreError::Read(error) => message.replace(&error.to_string(), &reason(error)),
            _ => message,
        })
    }
}
