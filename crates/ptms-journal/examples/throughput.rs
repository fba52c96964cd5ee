//! What the journal costs over the database beneath it: the same batches into a journal and into a bare
//! redb table, turn by turn in one process, medians of the time of a commit.
//!
//! `cargo run --release -p ptms-journal --example throughput [FOLDER]`
//!
//! The bare table gets the same bytes under the same ascending keys, one transaction with one insert a
//! record: no streams, no heads, no check sums. So the comparison favours the database.

#![expect(clippy::print_stdout, reason = "it is a program that prints a table")]
#![expect(clippy::indexing_slicing, reason = "it is a measurement, and may stop")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ptms_journal::{Batch, FileStore, JournalStore};
use redb::{Database, TableDefinition};

const BARE: TableDefinition<u64, &[u8]> = TableDefinition::new("records");
const RECORDS_A_COMMIT: usize = 100;
const COMMITS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("ptms-journal-throughput-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    println!("{COMMITS} commits of {RECORDS_A_COMMIT} records each, in {}", folder.display());
    println!("record  streams a commit  bare commit  journal commit  throughput");
    for (bytes, streams) in [(100, 1), (100, 10), (100, 100), (1000, 10), (1000, 100)] {
        let (bare, journal) = measure(&folder, bytes, streams)?;
        let ratio = 100.0 * bare.as_secs_f64() / journal.as_secs_f64();
        println!("{bytes:4} B  {streams:16}  {bare:>11.1?}  {journal:>14.1?}  {ratio:9.0} %");
    }
    let start = Instant::now();
    let records = FileStore::open(folder.join("1000-100.journal"))?.check()?.records;
    println!("opened, with {records} records of 1000 B, and read again: {:.0?}", start.elapsed());
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The medians of a commit: the bare table's, and the journal's.
fn measure(
    folder: &Path,
    bytes: usize,
    streams: usize,
) -> Result<(Duration, Duration), Box<dyn Error>> {
    let bare = Database::create(folder.join(format!("{bytes}-{streams}.redb")))?;
    let mut journal = FileStore::create(folder.join(format!("{bytes}-{streams}.journal")))?;
    let (mut bare_times, mut journal_times) = (Vec::new(), Vec::new());
    let mut batch = Batch::new();
    for commit in 0..COMMITS {
        batch.clear();
        for record in 0..RECORDS_A_COMMIT {
            // runs come and go: every ten commits another set of them
            let stream = format!("run-{:012x}", commit / 10 * streams + record % streams);
            batch.push(&stream, &content(commit * RECORDS_A_COMMIT + record, bytes));
        }
        let mut bare = || -> Result<(), Box<dyn Error>> {
            let start = Instant::now();
            store_bare(&bare, commit, &batch)?;
            bare_times.push(start.elapsed());
            Ok(())
        };
        // who comes first changes, in case it matters
        if commit % 2 == 0 {
            bare()?;
        }
        let start = Instant::now();
        journal.append(&batch)?;
        journal_times.push(start.elapsed());
        if commit % 2 == 1 {
            bare()?;
        }
    }
    Ok((median(bare_times), median(journal_times)))
}

fn store_bare(database: &Database, commit: usize, batch: &Batch) -> Result<(), Box<dyn Error>> {
    let writing = database.begin_write()?;
    let mut records = writing.open_table(BARE)?;
    for (at, (_, bytes)) in batch.iter().enumerate() {
        records.insert((commit * RECORDS_A_COMMIT + at) as u64, bytes)?;
    }
    drop(records);
    Ok(writing.commit()?)
}

/// Bytes that no compression, anywhere below, makes less of.
fn content(seed: usize, len: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
