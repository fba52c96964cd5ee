//! Where the entries of a replay go: the transcript, the screen, and the counts.

use crate::entry::{Entry, Summary};
use crate::exit::Failure;
use crate::instant::Instant;
use crate::screen::Screen;
use crate::summary;
use crate::tally::Tally;
use crate::transcript::Transcript;

/// The three readers of entries.
#[derive(Debug)]
pub(crate) struct Report {
    screen: Screen,
    transcript: Option<Transcript>,
    tally: Tally,
}

impl Report {
    /// A report of nothing yet.
    pub(crate) const fn new(screen: Screen, transcript: Option<Transcript>, tally: Tally) -> Self {
        Self { screen, transcript, tally }
    }

    /// A line of the stream was taken.
    pub(crate) fn input(&mut self, at: Instant) {
        self.tally.input(at);
    }

    /// A line of the stream was of no use.
    pub(crate) fn refused(
        &mut self,
        stream: &str,
        line: u64,
        message: String,
    ) -> Result<(), Failure> {
        self.screen.complain(&format!("{stream}:{line}: {message}; the line is skipped"));
        self.entry(&Entry::Refused { line, message })
    }

    /// Something happened.
    pub(crate) fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        self.tally.entry(entry);
        let Some(transcript) = &mut self.transcript else { return self.screen.entry(entry) };
        transcript.write(entry)?;
        unwatched(self.screen.entry(entry))
    }

    /// Nothing more happens: closes the transcript and shows the summary.
    pub(crate) fn finish(self) -> Result<Summary, Failure> {
        let Self { screen, transcript, tally } = self;
        let summary = tally.into_summary();
        if let Some(mut transcript) = transcript {
            transcript.write(&Entry::Summary(summary.clone()))?;
            transcript.finish()?;
        }
        unwatched(screen.write(&summary::table(&summary)))?;
        Ok(summary)
    }
}

/// A transcript is worth finishing when nobody watches any more.
fn unwatched(written: Result<(), Failure>) -> Result<(), Failure> {
    match written {
        Err(Failure::Closed) => Ok(()),
        written => written,
    }
}
