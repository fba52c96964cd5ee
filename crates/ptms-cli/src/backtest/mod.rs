//! `ptms backtest`: what a change of a rulebook would have done to a recorded stream.
//!
//! | module | what lives there |
//! |---|---|
//! | `side` | one book over the stream: its firings, nothing else kept |
//! | `feed` | reads the stream once for both, in batches |
//! | `matching` | which firing of one book is which of the other |
//! | `reason` | how a rule differs between the books |
//! | `compare` | the differences, by rule |
//! | `labels` | when a firing was right |
//! | `measure` | precision, recall, false alarms and delay, with intervals |
//! | `report` | for people and for programs |

mod compare;
mod feed;
mod labels;
mod matching;
mod measure;
mod reason;
mod report;
mod side;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use ptms::Book;

use self::compare::{Compared, compare};
use self::labels::Labels;
use self::measure::measure;
use self::report::Report;
use crate::args::{BacktestArgs, BacktestFormat};
use crate::book;
use crate::exit::{Exit, Failure};

/// Runs both books over the stream and compares what they say.
pub(crate) fn backtest(args: &BacktestArgs) -> Result<Exit, Failure> {
    let old = Arc::new(book::load(&args.old)?.1);
    let new = match &args.new {
        Some(path) => Some(Arc::new(book::load(path)?.1)),
        None => None,
    };
    let measured = new.as_ref().unwrap_or(&old).clone();
    let stream = args.csv.as_deref().or(args.events.first().map(PathBuf::as_path));
    let labels = args.labels.as_deref().map(|path| Labels::read(path, stream, &measured));
    let labels = labels.transpose()?;
    check_allowed(args, &old, &measured)?;
    let books: Vec<Arc<Book>> = std::iter::once(old).chain(new).collect();
    let (sides, heard) = feed::feed(args, &books)?;
    let differences = match sides.as_slice() {
        [before, after] => compare(before, after, args.moved_within),
        _ => Compared::default(),
    };
    let measures = labels.map(|labels| {
        let last = sides.last();
        last.map(|side| measure(side, &labels, &heard)).unwrap_or_default()
    });
    let report = Report { args, sides: &sides, heard: &heard, differences: &differences, measures };
    let text = match args.format {
        BacktestFormat::Human => report.human(),
        BacktestFormat::Json => report.json(),
    };
    write!(anstream::stdout(), "{text}")?;
    // What the old book does not take may be just what the new one is for.
    let refused = heard.refused + sides.last().map_or(0, |side| side.refused);
    let fine = differences.within(&args.allow) && refused == 0;
    Ok(if fine { Exit::Fine } else { Exit::Findings })
}

/// Refuses an allowance for a rule that neither book has.
fn check_allowed(args: &BacktestArgs, old: &Book, new: &Book) -> Result<(), Failure> {
    for allowed in &args.allow {
        let Some(rule) = &allowed.rule else { continue };
        let mut ids = old.rules().chain(new.rules()).map(|rule| rule.id.as_str());
        if !ids.any(|id| id == rule) {
            let ids: Vec<_> = old.rules().chain(new.rules()).map(|rule| &*rule.id).collect();
            let near = crate::words::did_you_mean(rule, ids);
            return Err(Failure::usage(format!("--allow: no rule {rule:?} is declared{near}")));
        }
    }
    Ok(())
}
