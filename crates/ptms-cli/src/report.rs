//! Where the entries of a replay go: the transcript, the screen, the counts, and the journal.

use crate::entry::{Entry, Summary};
use crate::exit::Failure;
use crate::instant::Instant;
use crate::log::Log;
use crate::screen::Screen;
use crate::summary;
use crate::tally::Tally;
use crate::transcript::Transcript;

/// The readers of entries.
#[derive(Debug)]
pub(crate) struct Report {
    screen: Screen,
    transcript: Option<Transcript>,
    tally: Tally,
    log: Option<Log>,
    /// Whether the replay leaves more behind than what is shown.
    lasting: bool,
}

impl Report {
    /// A report of nothing yet. A `lasting` replay goes on when nobody watches it any more: it does
    /// something real, or somebody wants to read of it later.
    pub(crate) const fn new(
        screen: Screen,
        transcript: Option<Transcript>,
        tally: Tally,
        lasting: bool,
    ) -> Self {
        Self { screen, transcript, tally, log: None, lasting }
    }

    /// Reports to a journal as well, from here on.
    pub(crate) fn log(&mut self, log: Option<Log>) {
        self.log = log;
    }

    /// What was reported before, as a journal holds it: nobody is shown it again.
    pub(crate) fn restore(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        self.screen.mute(true);
        entries.iter().try_for_each(|entry| self.entry(entry))?;
        self.screen.mute(false);
        Ok(())
    }

    /// The engine says to write this down.
    pub(crate) fn note(&mut self, entry: &ptms::Entry) -> Result<(), Failure> {
        self.log.as_mut().map_or(Ok(()), |log| log.note(entry))
    }

    /// Makes durable what has been written down, where a journal is kept.
    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        self.log.as_mut().map_or(Ok(()), Log::commit)
    }

    /// Likewise, if that is much.
    pub(crate) fn commit_many(&mut self) -> Result<(), Failure> {
        self.log.as_mut().map_or(Ok(()), Log::commit_many)
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
        if let Some(log) = &mut self.log {
            log.reported(entry)?;
        }
        if let Some(transcript) = &mut self.transcript {
            transcript.write(entry)?;
        }
        self.show(|screen| screen.entry(entry))
    }

    /// Shows something, while somebody watches.
    pub(crate) fn show(
        &mut self,
        show: impl FnOnce(&mut Screen) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match show(&mut self.screen) {
            Err(Failure::Closed) if self.lasting => {
                self.screen.mute(true);
                Ok(())
            }
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
