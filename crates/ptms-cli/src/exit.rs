//! Exit codes, and the failures that end the program. Knows nothing of what the commands do.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// How the program ends, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain of.
    Fine = 0,
    /// Faults in the book, refused input lines, or a run that did not complete.
    Findings = 1,
    /// Something that had to be read or written could not be.
    Unreadable = 2,
    /// The command line asks for something that cannot be.
    Usage = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stopped before it was done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A message to print, and the exit code that goes with it.
    Message(Exit, String),
    /// The messages are printed already.
    Reported(Exit),
    /// Whoever read our output has seen enough.
    Closed,
}

impl Failure {
    /// What had to be read or written could not be.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::Message(Exit::Unreadable, message.into())
    }

    /// The command line asks for something that cannot be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Message(Exit::Usage, message.into())
    }

    /// A fault of this program or of the engine, which nobody's input should bring about.
    pub(crate) fn broken(message: &str) -> Self {
        Self::Message(
            Exit::Findings,
            format!("this is a fault of ptms, please report it: {message}"),
        )
    }

    /// Prints what there is to print, and says how the program ends.
    pub(crate) fn report(self) -> Exit {
        match self {
            Self::Message(exit, message) => {
                complain("error", &message);
                exit
            }
            Self::Reported(exit) => exit,
            Self::Closed => Exit::Fine,
        }
    }
}

/// A failure to write to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        Self::unreadable(format!("cannot write to standard output: {}", reason(&error)))
    }
}

/// One line on standard error: `error: …`.
pub(crate) fn complain(level: &str, message: &str) {
    let style = match level {
        "error" => AnsiColor::Red.on_default().bold(),
        "warning" => AnsiColor::Yellow.on_default().bold(),
        _ => Style::new().bold(),
    };
    // Standard error is the last resort: there is nowhere to report that it is closed.
    let _ = writeln!(anstream::stderr(), "{style}{level}{style:#}: {message}");
}

/// The message of a failed operation on a file.
pub(crate) fn cannot(verb: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {verb} {}: {}", path.display(), reason(error))
}

/// An operating system's reason in the style of our messages: lower case, without a number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
