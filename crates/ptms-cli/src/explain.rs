//! `ptms explain`: why a rule does what it does, or does not, at an instant of a recorded stream.

use std::io::Write;
use std::sync::Arc;

use ptms::{Book, Engine, Key, KeyValue, RuleSpec, Timestamp, Value};

use crate::args::{ExplainArgs, ExplainFormat};
use crate::book;
use crate::exit::{Exit, Failure, complain};
use crate::host::Simulated;
use crate::instant::{Instant, parse_lenient};
use crate::rehearsal::Rehearsal;
use crate::run::recorded;
use crate::stream::{Line, Stream, value_of_text};
use crate::words::did_you_mean;

/// How many keys are named where the one that is asked about never lived.
const MOST_KEYS: usize = 8;

/// Replays the stream up to the instant, and explains.
pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let (_, book) = book::load(&args.book)?;
    let book = Arc::new(book);
    let rule = rule(&book, &args.rule)?;
    let key = key(&book, rule, &args.key)?;
    let until = args.at.as_deref().map(parse_lenient).transpose();
    let until = until.map_err(|fault| Failure::usage(format!("--at: it {fault}")))?;
    let (rehearsal, at) = replay(args, &book, until)?;
    let engine = rehearsal.engine();
    let lacks = rule.key.len() != key.iter().count();
    let is_alive = engine.keys_of(&rule.id).any(|alive| alive == key);
    if lacks {
        let alive = alive(engine, rule);
        let message =
            format!("the rule {} has a key: give --key {}{alive}", rule.id, pattern(rule));
        return Err(Failure::usage(message));
    }
    let Some(why) = engine.explain(&rule.id, &key) else {
        return Err(Failure::usage(format!("the rule {} is disabled", rule.id)));
    };
    match args.format {
        ExplainFormat::Human => write!(anstream::stdout(), "at {}\n{why}", Instant(at))?,
        ExplainFormat::Json => {
            let json = serde_json::to_string_pretty(&why);
            let json = json.map_err(|error| Failure::broken(&error.to_string()))?;
            writeln!(anstream::stdout(), "{json}")?;
        }
    }
    if !is_alive {
        complain("note", &format!("the key {key} is not alive{}", alive(engine, rule)));
    }
    Ok(Exit::Fine)
}

fn rule<'book>(book: &'book Book, name: &str) -> Result<&'book RuleSpec, Failure> {
    let found = book.rules().find(|rule| rule.id == name);
    found.ok_or_else(|| {
        let near = did_you_mean(name, book.rules().map(|rule| rule.id.as_str()));
        Failure::usage(format!("no rule {name:?} is declared, or it is disabled{near}"))
    })
}

/// The key of the rule that `--key` gives.
fn key(book: &Book, rule: &RuleSpec, given: &[String]) -> Result<Key, Failure> {
    let mut dimensions = Vec::new();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Failure::usage(format!("--key: expected DIMENSION=VALUE, found {text:?}")));
        };
        if !rule.key.iter().any(|dimension| dimension == name) {
            let near = did_you_mean(name, rule.key.iter().map(ptms::Name::as_str));
            let message = format!("--key: the rule {} has no dimension {name:?}{near}", rule.id);
            return Err(Failure::usage(message));
        }
        let ty = book.schema().dimensions().get(name);
        let value = match ty {
            Some(ty) => value_of_text(ty, value),
            None => Some(Value::from(value)),
        };
        let Some(value) = value.as_ref().and_then(KeyValue::new) else {
            return Err(Failure::usage(format!("--key: {text:?} does not fit {name}")));
        };
        dimensions.push((name.into(), value));
    }
    Ok(Key::new(dimensions))
}

/// What is written after `--key` for a rule.
fn pattern(rule: &RuleSpec) -> String {
    let names: Vec<String> = rule.key.iter().map(|name| format!("{name}=…")).collect();
    names.join(",")
}

/// `; alive are …`
fn alive(engine: &Engine, rule: &RuleSpec) -> String {
    let keys: Vec<String> = engine.keys_of(&rule.id).map(|key| key.to_string()).collect();
    match keys.split_at_checked(MOST_KEYS) {
        Some((shown, rest)) if !rest.is_empty() => {
            format!("; alive are {} and {} more", shown.join("  "), rest.len())
        }
        _ if keys.is_empty() => "; none is alive".to_owned(),
        _ => format!("; alive are {}", keys.join("  ")),
    }
}

/// The engine after everything up to the instant, or up to the end of the stream.
fn replay(
    args: &ExplainArgs,
    book: &Arc<Book>,
    until: Option<Timestamp>,
) -> Result<(Rehearsal, Timestamp), Failure> {
    let path = args.events.clone().map_or_else(|| recorded(&args.book), Ok)?;
    let mut stream = Stream::events(&path, book.schema())?;
    let host = Simulated::new(Vec::new(), Vec::new());
    let mut rehearsal = Rehearsal::new(Engine::new(book.clone()), host);
    let mut last = None;
    while let Some(Line { number, content }) = stream.next()? {
        let taken = match content {
            Ok((at, _)) if until.is_some_and(|until| at > until) => break,
            Ok((at, feed)) => rehearsal
                .feed(at, feed.into(), &mut |_, _| {})?
                .map(|()| last = Some(at))
                .map_err(|refused| refused.to_string()),
            Err(message) => Err(message),
        };
        if let Err(message) = taken {
            let message = format!("{}:{number}: {message}", stream.name());
            complain("warning", &format!("{message}; the line is skipped"));
        }
    }
    let Some(at) = until.or(last) else {
        return Err(Failure::usage(format!("nothing happens in {}", path.display())));
    };
    rehearsal.close(at, &mut |_, _| {})?;
    Ok((rehearsal, at))
}
