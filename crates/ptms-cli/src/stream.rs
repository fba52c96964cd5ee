//! A recorded stream, one line at a time: what to feed the engine, or why the line is of no use.
//!
//! A line is checked against the book's declarations here, before its time is allowed to pass: a
//! line that is refused has not happened, so it must not move the clock either.

mod distinct;
mod json;
mod lines;
mod table;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use ptms::{Event, Input, Key, Name, Schema, Timestamp, Value};

use crate::args::ColumnFact;
use crate::exit::{Failure, cannot};
use crate::stream::lines::Lines;
use crate::stream::table::Table;
pub(crate) use crate::stream::table::value_of_text;
use crate::words::did_you_mean;

/// What a line says happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Feed {
    /// An event.
    Event(Event),
    /// Facts that take a value, together.
    Set(Vec<(Name, Value)>),
    /// Facts that take a value for a key, together.
    SetFor(Key, Vec<(Name, Value)>),
    /// Facts that become unknown.
    Unset(Vec<Name>),
    /// Facts that become unknown for a key.
    UnsetFor(Key, Vec<Name>),
    /// A key that lives from now.
    Expect(Key),
}

impl From<Feed> for Input {
    fn from(feed: Feed) -> Self {
        match feed {
            Feed::Event(event) => Self::Event(event),
            Feed::Set(facts) => Self::Set(facts),
            Feed::SetFor(key, facts) => Self::SetFor(key, facts),
            Feed::Unset(facts) => Self::Unset(facts),
            Feed::UnsetFor(key, facts) => Self::UnsetFor(key, facts),
            Feed::Expect(key) => Self::Expect(key),
        }
    }
}

/// A line that says something.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its number, from 1; blank lines count.
    pub(crate) number: u64,
    /// What happened when; or what is wrong with the line.
    pub(crate) content: Result<(Timestamp, Feed), String>,
}

/// The lines of a file or of standard input. Holds one line at a time.
#[derive(Debug)]
pub(crate) struct Stream<'book> {
    name: String,
    len: Option<u64>,
    lines: Lines,
    format: Format,
    schema: &'book Schema,
    /// Whether lines are checked against the declarations here.
    admits: bool,
}

#[derive(Debug)]
enum Format {
    Json,
    Csv(Box<Table>),
}

impl<'book> Stream<'book> {
    /// A stream of JSON lines.
    pub(crate) fn events(path: &Path, schema: &'book Schema) -> Result<Self, Failure> {
        let (name, len, lines) = open(path)?;
        Ok(Self { name, len, lines, format: Format::Json, schema, admits: true })
    }

    /// A stream of the rows of a CSV file: times from the column `at`, facts from those of `set`.
    pub(crate) fn csv(
        path: &Path,
        at: &str,
        set: &[ColumnFact],
        schema: &'book Schema,
    ) -> Result<Self, Failure> {
        for ColumnFact { fact, .. } in set {
            if schema.fact(fact).is_none() {
                return Err(Failure::usage(format!("--set: {}", undeclared(schema, fact))));
            }
        }
        let (name, len, mut lines) = open(path)?;
        let unreadable = |error| Failure::unreadable(cannot("read", path, &error));
        let table = Table::new(&mut lines, at, set).map_err(unreadable)?;
        let table = table.map_err(|fault| Failure::unreadable(format!("{name}:{fault}")))?;
        let format = Format::Csv(Box::new(table));
        Ok(Self { name, len, lines, format, schema, admits: true })
    }

    /// Lines are not checked against the declarations: several engines, that declare several things, say
    /// for themselves what they take.
    pub(crate) const fn leave_to_engines(&mut self) {
        self.admits = false;
    }

    /// What messages call this stream.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes there are, where that is known before the end.
    pub(crate) const fn len(&self) -> Option<u64> {
        self.len
    }

    /// How many bytes have been read.
    pub(crate) const fn position(&self) -> u64 {
        self.lines.position()
    }

    /// The next line that is not blank; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            let Self { name, lines, format, schema, admits, .. } = self;
            let broken = |error| Failure::unreadable(cannot("read", Path::new(name), &error));
            let Some((number, text)) = lines.next().map_err(broken)? else { return Ok(None) };
            if text.is_ok_and(|text| text.trim_ascii().is_empty()) {
                continue;
            }
            let content = text.map_err(|fault| fault.to_string()).and_then(|text| {
                let (at, feed) = match format {
                    Format::Json => json::parse(text)?,
                    Format::Csv(table) => table.parse(text, schema)?,
                };
                if *admits {
                    admit(schema, &feed)?;
                }
                Ok((at, feed))
            });
            return Ok(Some(Line { number, content: content.map_err(shortened) }));
        }
    }
}

fn open(path: &Path) -> Result<(String, Option<u64>, Lines), Failure> {
    if path == Path::new("-") {
        let input: Box<dyn Read> = Box::new(io::stdin());
        return Ok(("standard input".to_owned(), None, Lines::new(BufReader::new(input))));
    }
    let unreadable = |error| Failure::unreadable(cannot("read", path, &error));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::unreadable(format!("cannot read {}: it is a folder", path.display())));
    }
    let len = metadata.is_file().then_some(metadata.len());
    let input: Box<dyn Read> = Box::new(file);
    Ok((path.display().to_string(), len, Lines::new(BufReader::new(input))))
}

/// Whether the engine will take it; the engine's own words where it will not.
pub(crate) fn admit(schema: &Schema, feed: &Feed) -> Result<(), String> {
    let facts = |key: &Key, facts: &[(Name, Value)]| {
        schema.check_facts(key, facts.to_vec()).map(drop).map_err(|fault| fault.to_string())
    };
    let unset = |key: &Key, names: &[Name]| {
        schema.check_unset(key, names).map(drop).map_err(|fault| fault.to_string())
    };
    match feed {
        Feed::Event(event) => {
            schema.check_event(event).map(drop).map_err(|fault| fault.to_string())
        }
        Feed::Set(set) => facts(&Key::default(), set),
        Feed::SetFor(key, set) => facts(key, set),
        Feed::Unset(names) => unset(&Key::default(), names),
        Feed::UnsetFor(key, names) => unset(key, names),
        Feed::Expect(key) => schema.check_key(key).map_err(|fault| fault.to_string()),
    }
}

/// A message may quote the line, and a line may be long.
fn shortened(message: String) -> String {
    const LONGEST: usize = 400;
    match message.char_indices().nth(LONGEST) {
        Some((cut, _)) => message.split_at(cut).0.to_owned() + "…",
        None => message,
    }
}

fn undeclared(schema: &Schema, fact: &str) -> String {
    let facts = schema.facts().iter().map(|spec| spec.name.as_str());
    format!("no fact {fact:?} is declared{}", did_you_mean(fact, facts))
}
