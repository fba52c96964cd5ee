//! Which command does what, and what its exit codes mean: the operator's file, checked against the book.
//!
//! Rule files never name commands, so that whoever may write rules cannot run programs.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use ptms::diagnostic::MISSING_KEY;
use ptms::{Action, Book, Diagnostic, Name, Sources};

use super::reader::Reader;
use crate::exit::{Exit, Failure};
use crate::{book, render};

/// What can be done with a system, as the file calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Does {
    Activate,
    Verify,
    Undo,
}

/// All of it.
pub(super) const ALL: [Does; 3] = [Does::Activate, Does::Verify, Does::Undo];

impl Does {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Verify => "verify",
            Self::Undo => "undo",
        }
    }
}

/// Commands by what they are for; without a system, for all that have no command of their own.
pub(super) type BySystem = BTreeMap<(Option<Name>, Does), Call>;

/// Every command of the file.
#[derive(Debug)]
pub(crate) struct Calls {
    /// Where the file lies; commands run there.
    folder: PathBuf,
    calls: BySystem,
}

/// A command, and what its exit codes mean.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(super) does: Does,
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) exits: BTreeMap<u8, Verdict>,
}

/// What an exit code means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeded,
    /// A verification found the system up.
    Up,
    /// A verification found that the system is not up.
    Down,
    Unknown,
    Failed {
        class: Name,
        clean: bool,
    },
}

impl Call {
    /// What messages call it: the program as the file names it.
    pub(super) fn name(&self) -> &str {
        &self.program
    }

    /// What the program is given.
    pub(super) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// What this exit code means.
    pub(super) fn verdict(&self, code: i32) -> Verdict {
        let mapped = u8::try_from(code).ok().and_then(|code| self.exits.get(&code));
        mapped.cloned().unwrap_or_else(|| match (self.does, code) {
            (Does::Verify, 0) => Verdict::Up,
            (Does::Verify, 1) => Verdict::Down,
            (Does::Activate | Does::Undo, 0) => Verdict::Succeeded,
            _ => Verdict::Failed { class: format!("exit-{code}").into(), clean: false },
        })
    }
}

impl Calls {
    /// Reads the file. Its faults are shown on standard error, all of them.
    pub(crate) fn read(path: &Path, book: &Book) -> Result<Self, Failure> {
        let text = book::read_text(path).map_err(Failure::unreadable)?;
        let file = Name::from(path.display().to_string());
        let (calls, mut faults) = Reader::read(file.clone(), book, &text);
        let calls = Self { folder: folder(path)?, calls };
        if faults.is_empty() {
            faults.extend(calls.missing(book));
        }
        if faults.is_empty() {
            return Ok(calls);
        }
        Diagnostic::sort(&mut faults);
        let sources = Sources::from_iter([(file, text)]);
        write!(anstream::stderr(), "{}", render::human(&sources, &faults))?;
        Err(Failure::Reported(Exit::Unreadable))
    }

    /// The command that does this with this system.
    pub(super) fn of(&self, system: &Name, action: &Action) -> Option<&Call> {
        self.find(
            system,
            match action {
                Action::Activate => Does::Activate,
                Action::Verify => Does::Verify,
                Action::Undo(_) => Does::Undo,
            },
        )
    }

    fn find(&self, system: &Name, does: Does) -> Option<&Call> {
        let own = self.calls.get(&(Some(system.clone()), does));
        own.or_else(|| self.calls.get(&(None, does)))
    }

    /// Where commands run.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program of a call. One that is named with a path lies there as seen from the folder; a bare
    /// name is looked for where the shell looks.
    pub(super) fn program(&self, call: &Call) -> OsString {
        let path = Path::new(&call.program);
        match path.components().count() {
            0 | 1 if !call.program.starts_with('.') => call.program.clone().into(),
            _ => self.folder.join(path).into(),
        }
    }

    /// What the plans of the book will ask for and no command does.
    fn missing(&self, book: &Book) -> Option<Diagnostic> {
        let plans = book.rules().filter_map(|rule| book.plan_of(&rule.id));
        let mut missing = BTreeSet::new();
        for step in plans.flat_map(|plan| plan.steps()) {
            let asked = [
                (Does::Activate, true),
                (Does::Verify, step.verify),
                (Does::Undo, step.undo.action().is_some()),
            ];
            let Some(system) = &step.system else { continue };
            for (does, _) in asked.iter().filter(|(_, asked)| *asked) {
                if self.find(system, *does).is_none() {
                    missing.insert((system, *does));
                }
            }
        }
        let (system, does) = missing.first()?;
        let (system, does) = (system.as_str(), does.name());
        let help = format!("write [system.{system}.{does}] with its command, or [default.{does}]");
        let list: Vec<_> =
            missing.iter().map(|(system, does)| format!("{} {system}", does.name())).collect();
        let message = format!("no command is given to {}", list.join(", "));
        Some(Diagnostic::error(MISSING_KEY, message).help(help))
    }
}

/// The folder of the file, so that it does not matter from where anybody looks.
fn folder(path: &Path) -> Result<PathBuf, Failure> {
    let unreadable = |error| Failure::unreadable(crate::exit::cannot("read", path, &error));
    let path = path.canonicalize().map_err(unreadable)?;
    Ok(path.parent().map(Path::to_owned).unwrap_or_default())
}
