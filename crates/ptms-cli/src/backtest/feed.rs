//! Reads the stream once and hands it to every book, each of which works in a thread of its own: what one
//! of them takes longer does not change what it says.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use ptms::{Book, Timestamp};

use super::side::{Side, Worker};
use crate::args::BacktestArgs;
use crate::exit::{Failure, complain};
use crate::run::{bar, recorded};
use crate::stream::{Feed, Line, Stream};

/// How many lines are handed on at once: enough that handing on costs nothing.
const BATCH: usize = 1024;

/// How many batches may wait for a slower book; what has been read and not been used stays small.
const WAITING: usize = 16;

/// Lines with their numbers and instants.
pub(super) type Batch = Vec<(u64, Timestamp, Feed)>;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Lines that say something.
    pub(super) inputs: u64,
    /// Lines of no use to any book.
    pub(super) refused: u64,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
}

/// Every book over the stream, in their order.
pub(super) fn feed(
    args: &BacktestArgs,
    books: &[Arc<Book>],
) -> Result<(Vec<Side>, Heard), Failure> {
    thread::scope(|scope| {
        let (mut senders, mut workers) = (Vec::new(), Vec::new());
        for book in books {
            let (sender, receiver) = sync_channel(WAITING);
            senders.push(sender);
            workers.push(scope.spawn(move || work(book, &receiver)));
        }
        let heard = read(args, books, &senders);
        // The books end when nobody can send them any more.
        drop(senders);
        let broken = || Failure::broken("a book's thread has ended before its work was done");
        let sides: Result<Vec<Side>, Failure> = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(broken())))
            .collect();
        Ok((sides?, heard?))
    })
}

fn work(book: &Arc<Book>, batches: &Receiver<Arc<Batch>>) -> Result<Side, Failure> {
    let mut worker = Worker::new(book);
    for batch in batches {
        worker.take(&batch)?;
    }
    worker.finish()
}

fn read(
    args: &BacktestArgs,
    books: &[Arc<Book>],
    to: &[SyncSender<Arc<Batch>>],
) -> Result<Heard, Failure> {
    let mut heard = Heard::default();
    let Some(book) = books.last() else { return Ok(heard) };
    // Files that are given one after the other are one stream.
    for path in files(args)? {
        let mut stream = match (&args.csv, &args.at) {
            (Some(_), Some(at)) => Stream::csv(&path, at, &args.set, book.schema())?,
            _ => Stream::events(&path, book.schema())?,
        };
        stream.leave_to_engines();
        let bar = bar(stream.len());
        let mut batch = Batch::new();
        while let Some(Line { number, content }) = stream.next()? {
            let backwards = |at| heard.to.is_some_and(|last| at < last);
            match content {
                Ok((at, _)) if backwards(at) => {
                    heard.refused += 1;
                    let message = format!("{}:{number}: time runs backwards", stream.name());
                    complain("warning", &format!("{message}; the line is skipped"));
                }
                Ok((at, feed)) => {
                    heard.inputs += 1;
                    heard.from.get_or_insert(at);
                    heard.to = Some(at);
                    batch.push((number, at, feed));
                }
                Err(message) => {
                    heard.refused += 1;
                    let message = format!("{}:{number}: {message}", stream.name());
                    complain("warning", &format!("{message}; the line is skipped"));
                }
            }
            if batch.len() == BATCH {
                bar.set_position(stream.position());
                hand_on(&mut batch, to);
            }
        }
        hand_on(&mut batch, to);
        bar.finish_and_clear();
    }
    Ok(heard)
}

/// The files of the stream; without any, what was recorded beside the old book.
fn files(args: &BacktestArgs) -> Result<Vec<PathBuf>, Failure> {
    let given: Vec<PathBuf> = args.csv.iter().chain(&args.events).cloned().collect();
    if given.is_empty() { recorded(&args.old).map(|file| vec![file]) } else { Ok(given) }
}

/// A book that takes no more has failed, and says so when it is asked.
fn hand_on(batch: &mut Batch, to: &[SyncSender<Arc<Batch>>]) {
    let batch = Arc::new(std::mem::take(batch));
    for sender in to {
        let _ = sender.send(batch.clone());
    }
}
