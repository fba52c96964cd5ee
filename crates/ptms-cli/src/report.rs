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

    /// What a person should know besides.
    pub(crate) fn notes(&self, notes: &[String]) {
        notes.iter().for_each(|note| self.screen.complain(note));
    }

    /// Something happened.
    pub(crate) fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        self.tally.entry(entry);
        if let Some(transcript) = &mut self.transcript {
            transcript.write(entry)?;
        }
        self.show(|screen| screen.entry(entry))
    }

    /// Shows something. A transcript is worth finishing when nobody watches any more.
    pub(crate) fn show(
        &mut self,
        show: impl FnOnce(&mut Screen) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match show(&mut self.screen) {
            Err(Failure::Closed) if self.transcript.is_some() => Ok(()),
            shown => shown,
        }
    }

    /// Nothing more happens: closes the transcript and shows the summary.
    pub(crate) fn finish(mut self) -> Result<Summary, Failure> {
        let summary = std::mem::take(&mut self.tally).into_summary();
        if let Some(transcript) = &mut self.transcript {
            transcript.write(&Entry::Summary(summary.clone()))?;
            transcript.flush()?;
        }
        self.show(|screen| screen.write(&summary::table(&summary)))?;
        Ok(summary)
    }
}
