//! Exit codes, and the failures that end the program. Knows nothing of what the commands do.

use std::fmt;
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

/// `, did you mean "x"?`, or nothing.
pub(crate) fn did_you_mean<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> impl fmt::Display {
    let nearest = ptms::name::nearest(wanted, candidates);
    nearest.map(|name| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count as u64))
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }
}
