//! `ptms run`: replays a stream against a rulebook.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ptms::{Book, Engine, Plan, Step};

use crate::args::{RunArgs, StepName};
use crate::exit::{Exit, Failure, cannot};
use crate::host::{Calls, Commands, Host, Simulated};
use crate::log::{Columns, Log, Setup};
use crate::replay::Replay;
use crate::report::Report;
use crate::screen::Screen;
use crate::stream::{Line, Stream};
use crate::tally::Tally;
use crate::transcript::Transcript;
use crate::words::did_you_mean;
use crate::{book, check};

/// The file that is replayed where none is named.
const RECORDED: &str = "events.jsonl";

/// From how many bytes on a file is long enough for a progress bar.
const LONG_FILE: u64 = 1024 * 1024;

/// Replays the stream, shows what happens, and counts it.
pub(crate) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let (sources, book) = book::load(&args.book)?;
    let book = Arc::new(book);
    check_steps(&book, &args.fail, &args.silence)?;
    let setup = setup(args)?;
    // Whether all that is needed can be read, before anything is written.
    let calls = setup.host.as_deref().map(|host| Calls::read(host, &book)).transpose()?;
    let stream = stream(&setup, &book)?;
    let read = [Some(setup.stream.as_path()), setup.host.as_deref(), args.journal.as_deref()];
    let of_book = sources.iter().map(|(file, _)| Path::new(file.as_str()));
    check_out(args.out.as_deref(), read.into_iter().flatten().chain(of_book))?;
    let log = args.journal.as_deref().map(|path| journal(path, &setup, &stream)).transpose()?;
    let host = host(&setup, calls, args.jobs, log.as_ref().map_or(0, Log::fence));
    let bar = bar(stream.len());
    let lasting = args.host.is_some() || args.journal.is_some() || args.out.is_some();
    let mut report = report(&book, &bar, args.verbose, args.out.as_deref(), lasting)?;
    let book_name = &args.book;
    report.show(|screen| screen.write(&heading(book_name, &book, &stream)))?;
    let engine =
        if log.is_some() { Engine::journalled(book.clone()) } else { Engine::new(book.clone()) };
    report.log(log);
    go_on(Replay::new(engine, host, report)?, stream, &bar)
}

/// Replays what is left of the stream.
pub(crate) fn go_on(
    mut replay: Replay,
    mut stream: Stream<'_>,
    bar: &ProgressBar,
) -> Result<Exit, Failure> {
    let taken_before = replay.line();
    while let Some(Line { number, content }) = stream.next()? {
        bar.set_position(stream.position());
        if taken_before.is_some_and(|taken| number <= taken) {
            continue;
        }
        let taken = match content {
            Ok((at, feed)) => replay.feed(number, at, feed)?,
            Err(message) => Err(message),
        };
        if let Err(message) = taken {
            replay.report().refused(stream.name(), number, message)?;
        }
    }
    replay.finish()?;
    bar.finish_and_clear();
    let summary = replay.into_report().finish()?;
    Ok(if summary.is_fine() { Exit::Fine } else { Exit::Findings })
}

/// What the command line asks for.
fn setup(args: &RunArgs) -> Result<Setup, Failure> {
    let stream = args.csv.as_ref().or(args.events.as_ref()).cloned();
    let stream = stream.map_or_else(|| recorded(&args.book), Ok)?;
    let mut setup = Setup::new(args.book.clone(), stream);
    setup.csv = args
        .csv
        .is_some()
        .then(|| Columns { at: args.at.clone().unwrap_or_default(), set: args.set.clone() });
    setup.host.clone_from(&args.host);
    (setup.fail, setup.silence) = (args.fail.clone(), args.silence.clone());
    Ok(setup)
}

/// The stream that lies beside the files of the book.
pub(crate) fn recorded(book: &Path) -> Result<PathBuf, Failure> {
    let recorded = book::folder(book).join(RECORDED);
    if recorded.exists() {
        return Ok(recorded);
    }
    let (recorded, help) =
        (recorded.display(), "give --events FILE, or --csv FILE with --at and --set");
    Err(Failure::usage(format!("nothing to replay: there is no {recorded}; {help}")))
}

/// The stream from its beginning.
pub(crate) fn stream<'book>(setup: &Setup, book: &'book Book) -> Result<Stream<'book>, Failure> {
    match &setup.csv {
        Some(Columns { at, set }) => Stream::csv(&setup.stream, at, set, book.schema()),
        None => Stream::events(&setup.stream, book.schema()),
    }
}

/// The host; `fence` says which owner of its journal the engine is.
pub(crate) fn host(setup: &Setup, calls: Option<Calls>, jobs: NonZeroUsize, fence: u64) -> Host {
    match calls {
        Some(calls) => Host::Commands(Commands::new(calls, jobs, fence)),
        None => Host::Simulated(Simulated::new(setup.fail.clone(), setup.silence.clone())),
    }
}

/// A new journal, in which files are named so that they are found from anywhere.
fn journal(path: &Path, setup: &Setup, stream: &Stream<'_>) -> Result<Log, Failure> {
    if stream.len().is_none() {
        let help = "replay a file";
        let message = format!("--journal: {} cannot be read again; {help}", stream.name());
        return Err(Failure::usage(message));
    }
    let mut setup = setup.clone();
    setup.stream = absolute(&setup.stream)?;
    setup.host = setup.host.as_deref().map(absolute).transpose()?;
    Log::create(path, &setup)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| Failure::unreadable(cannot("read", path, &error)))
}

/// `book    …` and `stream  …`
pub(crate) fn heading(name: &Path, book: &Book, stream: &Stream<'_>) -> String {
    let contents = check::contents(book);
    format!("book    {}: {contents}\nstream  {}", name.display(), stream.name())
}

/// A report of nothing yet.
pub(crate) fn report(
    book: &Book,
    bar: &ProgressBar,
    verbose: bool,
    out: Option<&Path>,
    lasting: bool,
) -> Result<Report, Failure> {
    let transcript = out.map(Transcript::create).transpose()?;
    let tally = Tally::new(book.rules().map(|rule| rule.id.clone()));
    Ok(Report::new(Screen::new(bar.clone(), verbose), transcript, tally, lasting))
}

/// Refuses a transcript that would wipe out what is read, or the journal.
pub(crate) fn check_out<'a>(
    out: Option<&Path>,
    mut needed: impl Iterator<Item = &'a Path>,
) -> Result<(), Failure> {
    let Some(out) = out.and_then(real) else { return Ok(()) };
    match needed.find(|path| real(path).is_some_and(|path| path == out)) {
        Some(path) => {
            let message = format!("--out: {} is needed, and would be lost", path.display());
            Err(Failure::usage(message))
        }
        None => Ok(()),
    }
}

/// Where a file really is, or will be once it is made.
fn real(path: &Path) -> Option<PathBuf> {
    let made = path.canonicalize();
    made.ok().or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    })
}

/// Refuses steps that no rule's plan has, and one that is to fail and to be silent.
fn check_steps(book: &Book, fail: &[StepName], silence: &[StepName]) -> Result<(), Failure> {
    let of_rules = book.rules().filter_map(|rule| book.plan_of(&rule.id));
    let plans: Vec<_> = of_rules.collect();
    let steps = || plans.iter().flat_map(|plan| plan.steps().iter().map(move |step| (plan, step)));
    let whole = |(plan, step): (&&Arc<Plan>, &Step)| format!("{}/{}", plan.name(), step.id);
    for name in fail.iter().chain(silence) {
        if steps().any(|(plan, step)| name.names(plan.name(), &step.id)) {
            continue;
        }
        let of_system: BTreeSet<_> = steps()
            .filter(|(_, step)| step.system.as_deref() == Some(&*name.0))
            .map(whole)
            .collect();
        let help = if of_system.is_empty() {
            let ids = steps().map(|(_, step)| step.id.to_string());
            let names: BTreeSet<_> = ids.chain(steps().map(whole)).collect();
            did_you_mean(&name.0, names.iter().map(String::as_str)).to_string()
        } else {
            let of_system: Vec<_> = of_system.into_iter().collect();
            format!("; the system {} is activated by {}", name.0, of_system.join(", "))
        };
        return Err(Failure::usage(format!("no rule starts a step {:?}{help}", name.0)));
    }
    let both = steps().find(|(plan, step)| {
        let named = |names: &[StepName]| names.iter().any(|one| one.names(plan.name(), &step.id));
        named(fail) && named(silence)
    });
    match both.map(whole) {
        Some(step) => {
            Err(Failure::usage(format!("--fail and --silence: {step} cannot do both, give one")))
        }
        None => Ok(()),
    }
}

/// A progress bar for a long file where somebody watches, else one that nobody sees.
pub(crate) fn bar(len: Option<u64>) -> ProgressBar {
    let Some(len) = len.filter(|len| *len >= LONG_FILE) else { return ProgressBar::hidden() };
    let bar = ProgressBar::with_draw_target(Some(len), ProgressDrawTarget::stderr());
    let template = "{bar:40} {percent:>3} % of {total_bytes}, {eta} left";
    // The template is ours and has no fault; the default look would do as well.
    bar.with_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()))
}
