//! `ptms resume`: goes on with a run that kept a journal.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ptms::journal::Decision;
use ptms::{Book, Engine, Name, Sources, Timestamp};

use crate::args::ResumeArgs;
use crate::entry::Entry;
use crate::exit::{Exit, Failure};
use crate::host::{Calls, Host};
use crate::instant::Instant;
use crate::log::{Contents, Log};
use crate::replay::Replay;
use crate::report::Report;
use crate::{render, run};

/// Brings engine, host and report to where the journal ends, and replays the rest of the stream.
pub(crate) fn resume(args: &ResumeArgs) -> Result<Exit, Failure> {
    let (log, contents) = Log::open(&args.journal)?;
    let Contents { mut setup, engine: entries, transcript } = contents;
    let book = Arc::new(book(&args.journal, &entries)?);
    setup.host = match (&args.host, setup.host) {
        (Some(_), None) => {
            let message = "--host: this run had none, so nothing that it did is real";
            return Err(Failure::usage(message));
        }
        (Some(host), Some(_)) => Some(host.clone()),
        (None, host) => host,
    };
    let calls = setup.host.as_deref().map(|host| Calls::read(host, &book)).transpose()?;
    let stream = run::stream(&setup, &book)?;
    let engine = engine(&args.journal, &book, entries.iter().cloned())?;

    let bar = run::bar(stream.len());
    let read = [Some(setup.stream.as_path()), setup.host.as_deref(), Some(&*args.journal)];
    let of_book = sources(&entries).iter().map(|(file, _)| Path::new(file.as_str()));
    run::check_out(args.out.as_deref(), read.into_iter().flatten().chain(of_book))?;
    let mut report = run::report(&book, &bar, args.verbose, args.out.as_deref(), true)?;
    report.show(|screen| screen.write(&run::heading(&setup.book, &book, &stream)))?;
    restore(&mut report, &entries, &transcript)?;
    let fence = log.fence();
    let mut host = run::host(&setup, calls, args.jobs, fence);
    begin_runs(&mut host, &book, &entries);
    report.log(Some(log));
    let now = entries.iter().filter_map(instant).max();
    run::go_on(Replay::resume(engine, host, report, now, fence)?, stream, &bar)
}

/// The rulebook that the journal holds.
pub(crate) fn book(journal: &Path, entries: &[ptms::Entry]) -> Result<Book, Failure> {
    let sources: Sources = sources(entries).iter().cloned().collect();
    if sources.iter().next().is_none() {
        let message = format!("{} holds no rulebook", journal.display());
        return Err(Failure::unreadable(message));
    }
    match Book::load(&sources) {
        Ok(book) => Ok(book),
        Err(faults) => {
            write!(anstream::stderr(), "{}", render::human(&sources, &faults))?;
            let message = format!("this version cannot use the rulebook in {}", journal.display());
            Err(Failure::unreadable(message))
        }
    }
}

/// The files of that rulebook, as they were called and what was in them.
fn sources(entries: &[ptms::Entry]) -> &[(Name, String)] {
    match entries.first() {
        Some(ptms::Entry::Opened { sources, .. }) => sources,
        _ => &[],
    }
}

/// The engine that the journal leads to.
fn engine(
    journal: &Path,
    book: &Arc<Book>,
    entries: impl Iterator<Item = ptms::Entry>,
) -> Result<Engine, Failure> {
    Engine::replay(book.clone(), entries).map_err(|fault| {
        Failure::unreadable(format!("cannot go on with {}: {fault}", journal.display()))
    })
}

/// Tells the report all that had been reported.
fn restore(
    report: &mut Report,
    entries: &[ptms::Entry],
    transcript: &[Entry],
) -> Result<(), Failure> {
    for entry in entries {
        if let ptms::Entry::Input { at, offset: Some(_), .. } = entry {
            report.input(Instant(*at));
        }
    }
    report.restore(transcript)
}

/// Tells the host of the runs that were started.
fn begin_runs(host: &mut Host, book: &Book, entries: &[ptms::Entry]) {
    for entry in entries {
        if let ptms::Entry::Decided { rule, decision: Decision::Started { run }, .. } = entry
            && let Some(plan) = book.plan_of(rule)
        {
            host.started(run, plan);
        }
    }
}

/// When an entry was written.
pub(crate) const fn instant(entry: &ptms::Entry) -> Option<Timestamp> {
    match entry {
        ptms::Entry::Input { at, .. } | ptms::Entry::Decided { at, .. } => Some(*at),
        ptms::Entry::Run { record, .. } => Some(record.at),
        _ => None,
    }
}
