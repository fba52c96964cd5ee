//! What the journal costs a step: one workload (runs of fifty steps in a chain, each activated and
//! confirmed at once), driven without a journal, with one in memory, with one in a file, and with the same
//! batches written to a bare redb table. Turn by turn in one process, medians.
//!
//! `cargo run --release -p ptms-benches --bin journal [FOLDER]`
//!
//! The file is synced once a round, that is once a step: the worst case, because only one run is going on.
//! The bare table has no streams, no heads and no check sums, so the comparison favours it.

#![expect(clippy::print_stdout, reason = "it is a program that prints a table")]

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ptms::{Book, Engine, Event, Input, Output, Sources, Timestamp};
use ptms_journal::{Batch, FileStore, JournalStore, MemoryStore};
use redb::{Database, TableDefinition};

const STEPS: u32 = 50;
const TURNS: u32 = 21;
const BARE: TableDefinition<u64, &[u8]> = TableDefinition::new("records");

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where the entries of a round go.
enum Journal {
    None,
    Memory(MemoryStore),
    File(FileStore),
    Bare(Database, u64),
}

impl Journal {
    fn append(&mut self, batch: &Batch) -> Outcome<()> {
        match self {
            Self::None => {}
            Self::Memory(store) => {
                store.append(batch)?;
            }
            Self::File(store) => {
                store.append(batch)?;
            }
            Self::Bare(database, next) => {
                let writing = database.begin_write()?;
                {
                    let mut table = writing.open_table(BARE)?;
                    for (_, bytes) in batch.iter() {
                        table.insert(*next, bytes)?;
                        *next += 1;
                    }
                }
                writing.commit()?;
            }
        }
        Ok(())
    }
}

fn main() -> Outcome<()> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("ptms-bench-journal-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut kinds = [
        ("no journal", Journal::None),
        ("in memory", Journal::Memory(MemoryStore::new())),
        ("in a file", Journal::File(FileStore::create(folder.join("file.journal"))?)),
        ("bare redb", Journal::Bare(Database::create(folder.join("bare.redb"))?, 0)),
    ];
    let book = book()?;
    let mut times = vec![Vec::new(); kinds.len()];
    for _ in 0..TURNS {
        for ((_, journal), times) in kinds.iter_mut().zip(&mut times) {
            let start = Instant::now();
            run(&book, journal)?;
            times.push(start.elapsed() / STEPS);
        }
    }
    println!("{TURNS} runs of {STEPS} steps each, in {}", folder.display());
    for ((name, _), times) in kinds.iter().zip(&mut times) {
        println!("{name:<12} {:>10.2?} a step", median(times));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A rule that starts a chain.
fn book() -> Outcome<Arc<Book>> {
    let mut text =
        String::from("[event.go]\n[[rule]]\nid = \"go\"\nwhen = 'count(\"go\", \"1s\") > 0'\n");
    writeln!(text, "systems = [\"s{}\"]", STEPS - 1)?;
    for step in 0..STEPS {
        writeln!(text, "[system.s{step}]\nundo = \"nothing\"")?;
        if step > 0 {
            writeln!(text, "needs = [\"s{}\"]", step - 1)?;
        }
    }
    let book = Book::load(&Sources::from_iter([("chain.toml", text)]));
    Ok(Arc::new(book.map_err(|faults| format!("{faults:?}"))?))
}

/// One run from its event to its end.
fn run(book: &Arc<Book>, journal: &mut Journal) -> Outcome<()> {
    let now = Timestamp::from_secs(1);
    let mut engine = match journal {
        Journal::None => Engine::new(book.clone()),
        _ => Engine::journalled(book.clone()),
    };
    engine.handle(now, Input::Event(Event::new("go")))?;
    let (mut batch, mut asked) = (Batch::new(), Vec::new());
    loop {
        match engine.poll() {
            Output::Journal(entry) => {
                batch.push("engine", &serde_json::to_vec(&entry)?);
            }
            Output::Perform(effect) => asked.push(effect),
            Output::Wait(_) => {
                if !batch.is_empty() {
                    journal.append(&batch)?;
                    batch.clear();
                }
                if asked.is_empty() {
                    return Ok(());
                }
                for effect in asked.drain(..) {
                    engine.handle(now, Input::succeeded(&effect))?;
                }
            }
            _ => {}
        }
    }
}
