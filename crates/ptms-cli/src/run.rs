//! `ptms run`: replays a stream against a rulebook.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ptms::Book;

use crate::args::{RunArgs, StepName};
use crate::exit::{Exit, Failure};
use crate::host::{Calls, Commands, Host, Simulated};
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
    let (_, book) = book::load(&args.book)?;
    let book = Arc::new(book);
    check_steps(&book, args.fail.iter().chain(&args.silence))?;
    let host = host(args, &book)?;
    let mut stream = stream(args, &book)?;
    let transcript = args.out.as_deref().map(|out| transcript(out, &stream)).transpose()?;
    let bar = bar(stream.len());
    let screen = Screen::new(bar.clone(), args.verbose);
    let tally = Tally::new(book.rules().map(|rule| rule.id.clone()));
    let mut report = Report::new(screen, transcript, tally);
    let contents = check::contents(&book);
    let heading = format!("book    {}: {contents}\nstream  {}", args.book.display(), stream.name());
    report.show(|screen| screen.write(&heading))?;
    let mut replay = Replay::new(book.clone(), host, report);
    while let Some(Line { number, content }) = stream.next()? {
        bar.set_position(stream.position());
        let taken = match content {
            Ok((at, feed)) => replay.feed(at, feed)?,
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

fn host(args: &RunArgs, book: &Book) -> Result<Host, Failure> {
    Ok(match &args.host {
        Some(file) => Host::Commands(Commands::new(Calls::read(file, book)?, args.jobs, 0)),
        None => Host::Simulated(Simulated::new(args.fail.clone(), args.silence.clone())),
    })
}

fn stream<'book>(args: &RunArgs, book: &'book Book) -> Result<Stream<'book>, Failure> {
    if let (Some(csv), Some(at)) = (&args.csv, &args.at) {
        return Stream::csv(csv, at, &args.set, book.schema());
    }
    if let Some(events) = &args.events {
        return Stream::events(events, book.schema());
    }
    let recorded = book::folder(&args.book).join(RECORDED);
    if recorded.exists() {
        return Stream::events(&recorded, book.schema());
    }
    let (recorded, help) =
        (recorded.display(), "give --events FILE, or --csv FILE with --at and --set");
    Err(Failure::usage(format!("nothing to replay: there is no {recorded}; {help}")))
}

/// Creates the transcript, unless that would wipe out the stream.
fn transcript(out: &Path, stream: &Stream<'_>) -> Result<Transcript, Failure> {
    if let (Ok(out), Ok(read)) = (out.canonicalize(), Path::new(stream.name()).canonicalize())
        && out == read
    {
        return Err(Failure::usage(format!("--out: {} is the stream itself", out.display())));
    }
    Transcript::create(out)
}

/// Refuses steps that no rule's plan has.
fn check_steps<'a>(book: &Book, wanted: impl Iterator<Item = &'a StepName>) -> Result<(), Failure> {
    let of_rules = book.rules().filter_map(|rule| book.plan_of(&rule.id));
    let plans: Vec<_> = of_rules.collect();
    let steps = || plans.iter().flat_map(|plan| plan.steps().iter().map(move |step| (plan, step)));
    for name in wanted {
        if !steps().any(|(plan, step)| name.names(plan.name(), &step.id)) {
            let both = steps().map(|(plan, step)| format!("{}/{}", plan.name(), step.id));
            let names: BTreeSet<_> =
                steps().map(|(_, step)| step.id.to_string()).chain(both).collect();
            let near = did_you_mean(&name.0, names.iter().map(String::as_str));
            return Err(Failure::usage(format!("no rule starts a step {:?}{near}", name.0)));
        }
    }
    Ok(())
}

/// A progress bar for a long file where somebody watches, else one that nobody sees.
fn bar(len: Option<u64>) -> ProgressBar {
    let Some(len) = len.filter(|len| *len >= LONG_FILE) else { return ProgressBar::hidden() };
    let bar = ProgressBar::with_draw_target(Some(len), ProgressDrawTarget::stderr());
    let template = "{bar:40} {percent:>3} % of {total_bytes}, {eta} left";
    // The template is ours and has no fault; the default look would do as well.
    bar.with_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()))
}
