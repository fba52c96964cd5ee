//! `ptms journal`: looks into a journal and changes nothing.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ptms::Engine;
use ptms_journal::{FileStore, JournalStore, Record};
use serde::Serialize;
use serde_json::Value;

use crate::args::{JournalArgs, JournalCommand, ShowArgs, ShowFormat};
use crate::exit::{Exit, Failure};
use crate::instant::Instant;
use crate::log::{Contents, patiently};
use crate::resume;
use crate::words::counted;

/// Shows it, or checks it.
pub(crate) fn journal(command: &JournalCommand) -> Result<Exit, Failure> {
    match command {
        JournalCommand::Show(args) => show(args),
        JournalCommand::Check(args) => check(args),
    }
}

/// Every record, in the order in which they were written. What is damaged ends the list with an error.
fn show(args: &ShowArgs) -> Result<Exit, Failure> {
    let store = patiently(|| FileStore::look(&args.journal))?;
    let mut out = anstream::stdout();
    for record in store.read_all()? {
        let record = record?;
        match args.format {
            ShowFormat::Text => writeln!(out, "{}", text(&record))?,
            ShowFormat::Json => {
                let shown = Shown::from(&record);
                // Texts, numbers and JSON: writing them cannot fail.
                writeln!(out, "{}", serde_json::to_string(&shown).unwrap_or_default())?;
            }
        }
    }
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct Shown<'a> {
    position: u64,
    stream: &'a str,
    seq: u64,
    /// What the record says; a text if it is no JSON.
    record: Value,
}

impl<'a> From<&'a Record> for Shown<'a> {
    fn from(record: &'a Record) -> Self {
        let text = || String::from_utf8_lossy(&record.bytes).into_owned();
        Self {
            position: record.position,
            stream: &record.stream,
            seq: record.seq,
            record: serde_json::from_slice(&record.bytes).unwrap_or_else(|_| text().into()),
        }
    }
}

/// `  12  busy@1795168800000000000 #3  2026-11-20T10:00:00Z  {"answered":…}`
fn text(record: &Record) -> String {
    let Shown { position, stream, seq, record: content } = Shown::from(record);
    let (at, said) = match serde_json::from_slice::<ptms::Entry>(&record.bytes) {
        Ok(entry) => (resume::instant(&entry), content_of(&entry, content)),
        Err(_) => (None, content),
    };
    let at = at.map(|at| format!("{}  ", Instant(at))).unwrap_or_default();
    format!("{position:>6}  {stream} #{seq}  {at}{said}")
}

/// What an entry says beside stream, number and time, which stand before it.
fn content_of(entry: &ptms::Entry, content: Value) -> Value {
    let said = match entry {
        ptms::Entry::Run { .. } => content.pointer("/run/record/change"),
        ptms::Entry::Opened { .. } => return Value::from("opened, with the rulebook"),
        _ => None,
    };
    said.cloned().unwrap_or(content)
}

/// Verifies the chains of all records, and that the engine comes to the same.
fn check(args: &JournalArgs) -> Result<Exit, Failure> {
    let path: &Path = &args.journal;
    let store = patiently(|| FileStore::look(path))?;
    let checked = store.check()?;
    let Contents { engine: entries, .. } = Contents::read(path, &store)?;
    let book = Arc::new(resume::book(path, &entries)?);
    let engine = match Engine::replay(book, entries) {
        Ok(engine) => engine,
        Err(fault) => {
            crate::exit::complain("error", &format!("{}: {fault}", path.display()));
            return Ok(Exit::Findings);
        }
    };
    let records = counted(usize::try_from(checked.records).unwrap_or(usize::MAX), "record");
    let streams = counted(checked.streams, "stream");
    let (runs, effects) = (counted(engine.open_runs(), "run"), engine.outstanding().len());
    let effects = counted(effects, "effect");
    let line = engine.offset().map(|line| format!(", up to line {line}")).unwrap_or_default();
    let going_on = format!("{runs} going on, {effects} under way");
    writeln!(anstream::stdout(), "sound: {records} in {streams}{line}\n{going_on}")?;
    Ok(Exit::Fine)
}
