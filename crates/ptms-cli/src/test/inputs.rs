//! What a test puts in: `[[test.input]]` and `[[test.series]]`, checked against the declarations.

use ptms::diagnostic::{BAD_VALUE, MISSING_KEY, UNKNOWN_NAME};
use ptms::name::nearest;
use ptms::{Duration, Event, EventSpec, FactSpec, Key, KeyValue, Name, Span, Timestamp, Value};
use toml::de::DeTable;

use super::case::Put;
use super::file::{Reader, put};
use super::series::{MAX_SAMPLES, samples};
use crate::stream::{Feed, admit};
use crate::toml_file::{Entry, Given};

/// How often, and how far apart.
#[derive(Clone, Copy, Debug)]
struct Repeat {
    times: usize,
    every: Duration,
}

impl Reader<'_> {
    /// One input, as often as it says.
    pub(super) fn input(&mut self, span: &Span, entries: Vec<Entry<'_>>) -> Vec<Put> {
        let mut at = self.start;
        let mut repeat = Repeat { times: 1, every: Duration::ZERO };
        let (mut feeds, mut fields, mut of) = (Vec::new(), None, None);
        for (key, key_span, value) in entries {
            match key {
                // Behind an instant that cannot be read, everything else is looked at all the same.
                "at" => at = self.moment(key, value).unwrap_or(at),
                "set" => feeds.push(self.facts(value).map(Feed::Set)),
                "unset" => feeds.push(self.names(value).map(Feed::Unset)),
                "event" => feeds.push(self.event(key, value).map(Feed::Event)),
                "expect" => feeds.push(self.dimensions(key, value).map(Feed::Expect)),
                "fields" => fields = Some(value),
                "key" => of = Some(self.dimensions(key, value)),
                "times" => repeat.times = self.times(key, value).unwrap_or(1),
                "every" => repeat.every = self.duration(key, value).unwrap_or_default(),
                _ => {
                    let known = [
                        "at", "set", "unset", "key", "expect", "event", "fields", "times", "every",
                    ];
                    self.file.unknown_key(key, key_span, &known);
                }
            }
        }
        if feeds.len() != 1 {
            let message = "an input says one of `set`, `unset`, `event` and `expect`".to_owned();
            self.file.fault(MISSING_KEY, span.clone(), message, "");
            return Vec::new();
        }
        let Some(feed) = feeds.pop().flatten() else { return Vec::new() };
        let Some(feed) = self.with_fields(span, feed, fields) else { return Vec::new() };
        let Some(feed) = self.keyed(span, feed, of) else { return Vec::new() };
        if repeat.times > 1 && repeat.every.is_zero() {
            let message = "`times` needs `every`, how far apart".to_owned();
            self.file.fault(MISSING_KEY, span.clone(), message, "such as every = \"1s\"");
        }
        let puts = (0..repeat.times)
            .map(|index| put(later(at, repeat.every, index), feed.clone(), span.clone()));
        puts.collect()
    }

    /// A series of values of one fact or several, an input at each instant at which one of them has one.
    pub(super) fn series(&mut self, span: &Span, table: &DeTable<'_>) -> Vec<Put> {
        let (mut at, mut every, mut columns, mut of) = (self.start, None, Vec::new(), None);
        for (key, key_span, value) in self.file.entries(table) {
            match key {
                "at" => at = self.moment(key, value).unwrap_or(at),
                "every" => every = Some(self.duration(key, value)),
                "set" => columns = self.columns(value),
                "key" => of = Some(self.dimensions(key, value)),
                _ => self.file.unknown_key(key, key_span, &["at", "every", "key", "set"]),
            }
        }
        let Some(every) = every.map(Option::unwrap_or_default) else {
            let message = "a series has no `every`, how far its samples are apart".to_owned();
            self.file.fault(MISSING_KEY, span.clone(), message, "such as every = \"10s\"");
            return Vec::new();
        };
        let len = columns.iter().map(|(_, samples)| samples.len()).max().unwrap_or_default();
        let rows = (0..len).map(|index| {
            let sample = |(fact, samples): &(Name, Vec<Option<Value>>)| {
                Some((fact.clone(), samples.get(index)?.clone()?))
            };
            (index, columns.iter().filter_map(sample).collect::<Vec<_>>())
        });
        let mut puts = Vec::new();
        for (index, facts) in rows.filter(|(_, facts)| !facts.is_empty()) {
            // One word about a key that does not fit is enough.
            let Some(feed) = self.keyed(span, Feed::Set(facts), of.clone()) else { break };
            puts.push(put(later(at, every, index), feed, span.clone()));
        }
        puts
    }

    /// Facts of the key that stands beside them, checked against the declarations.
    fn keyed(&mut self, span: &Span, feed: Feed, of: Option<Option<Key>>) -> Option<Feed> {
        let feed = match (feed, of) {
            (feed, None) => feed,
            (_, Some(None)) => return None,
            (Feed::Set(facts), Some(Some(key))) => Feed::SetFor(key, facts),
            (Feed::Unset(names), Some(Some(key))) => Feed::UnsetFor(key, names),
            (feed, Some(Some(_))) => {
                let message = "`key` belongs to `set` or `unset`".to_owned();
                self.file.fault(MISSING_KEY, span.clone(), message, "");
                feed
            }
        };
        if let Err(fault) = admit(self.book.schema(), &feed) {
            self.file.fault(BAD_VALUE, span.clone(), fault, "");
            return None;
        }
        Some(feed)
    }

    /// A key: dimensions with their values.
    pub(super) fn dimensions(&mut self, key: &str, value: &Given<'_>) -> Option<Key> {
        let table = self.file.table(key, value)?;
        let mut dimensions = Vec::new();
        for (name, _, value) in self.file.entries(table) {
            let given = self.file.value(name, value)?;
            match KeyValue::new(&given) {
                Some(value) => dimensions.push((name.into(), value)),
                None => {
                    let span = self.file.span(value.span());
                    self.wrong_shape(name, "a bool, a whole number or a string", span);
                }
            }
        }
        Some(Key::new(dimensions))
    }

    /// The facts of a series with their samples.
    fn columns(&mut self, value: &Given<'_>) -> Vec<(Name, Vec<Option<Value>>)> {
        let mut columns = Vec::new();
        let Some(table) = self.file.table("set", value) else { return columns };
        for (fact, span, value) in self.file.entries(table) {
            let Some(spec) = self.fact(fact, span) else { continue };
            let Some(text) = self.file.text(fact, value) else { continue };
            // Behind the quote; an escape before the fault would shift the place by a little.
            let text_start = value.span().start + 1;
            match samples(text, &spec.ty) {
                Ok(samples) => {
                    let refused =
                        samples.iter().flatten().find_map(|value| spec.admit(value.clone()).err());
                    if let Some(fault) = refused {
                        let span = self.file.span(value.span());
                        self.file.fault(BAD_VALUE, span, format!("fact `{fact}`: {fault}"), "");
                    }
                    columns.push((spec.name.clone(), samples));
                }
                Err(fault) => {
                    let span = self.file.span(text_start + fault.start..text_start + fault.end);
                    let help = "a series is such as \"100 x10, 300 +10x5, _ x2\"";
                    self.file.fault(BAD_VALUE, span, format!("`{fact}`: {}", fault.message), help);
                }
            }
        }
        columns
    }

    /// The declared fact.
    pub(super) fn fact(&mut self, name: &str, span: Span) -> Option<FactSpec> {
        let schema = self.book.schema();
        let spec = schema.fact(name).and_then(|id| schema.facts().get(id.index())).cloned();
        if spec.is_none() {
            self.unknown("fact", name, span, schema.facts().iter().map(|spec| &*spec.name));
        }
        spec
    }

    fn facts(&mut self, value: &Given<'_>) -> Option<Vec<(Name, Value)>> {
        let table = self.file.table("set", value)?;
        let mut facts = Vec::new();
        for (name, span, value) in self.file.entries(table) {
            facts.extend(self.fact_value(name, span, value));
        }
        (!facts.is_empty()).then_some(facts)
    }

    /// A value that the fact can hold.
    pub(super) fn fact_value(
        &mut self,
        name: &str,
        span: Span,
        value: &Given<'_>,
    ) -> Option<(Name, Value)> {
        let spec = self.fact(name, span)?;
        let given = self.value_of(name, &spec.ty, value)?;
        match spec.admit(given) {
            Ok(value) => Some((spec.name, value)),
            Err(fault) => {
                let span = self.file.span(value.span());
                self.file.fault(BAD_VALUE, span, format!("fact `{name}`: {fault}"), "");
                None
            }
        }
    }

    /// A value as it is written; for a duration also a text such as "5m".
    fn value_of(&mut self, name: &str, ty: &ptms::Type, value: &Given<'_>) -> Option<Value> {
        match (ty, value.get_ref().as_str()) {
            (ptms::Type::Duration, Some(_)) => {
                self.duration(name, value).map(|duration| Value::Int(duration.as_nanos()))
            }
            _ => self.file.value(name, value),
        }
    }

    fn names(&mut self, value: &Given<'_>) -> Option<Vec<Name>> {
        let mut names = Vec::new();
        for (name, span) in self.file.texts("unset", value) {
            names.extend(self.fact(name, span).map(|spec| spec.name));
        }
        (!names.is_empty()).then_some(names)
    }

    fn event(&mut self, key: &str, value: &Given<'_>) -> Option<Event> {
        let name = self.file.text(key, value)?;
        let schema = self.book.schema();
        if schema.event(name).is_none() {
            let span = self.file.span(value.span());
            self.unknown("event", name, span, schema.events().iter().map(|spec| &*spec.name));
            return None;
        }
        Some(Event::new(name))
    }

    /// The input with the fields that stand beside it.
    fn with_fields(&mut self, span: &Span, feed: Feed, fields: Option<&Given<'_>>) -> Option<Feed> {
        let Feed::Event(mut event) = feed else {
            if fields.is_some() {
                let message = "`fields` belongs to an `event`".to_owned();
                self.file.fault(MISSING_KEY, span.clone(), message, "");
            }
            return Some(feed);
        };
        let schema = self.book.schema();
        let spec = schema.events().get(schema.event(&event.name)?.index())?;
        if let Some(fields) = fields {
            let table = self.file.table("fields", fields)?;
            for (name, span, value) in self.file.entries(table) {
                let given = self.field(spec, name, span, value)?;
                event.fields.push((name.into(), given));
            }
        }
        Some(Feed::Event(event))
    }

    fn field(
        &mut self,
        event: &EventSpec,
        name: &str,
        span: Span,
        value: &Given<'_>,
    ) -> Option<Value> {
        let Some((_, spec)) = event.field(name) else {
            let near = nearest(name, event.fields.iter().map(|field| &*field.name));
            let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
            let message = format!("the event `{}` has no field `{name}`", event.name);
            self.file.fault(UNKNOWN_NAME, span, message, &help);
            return None;
        };
        let given = self.value_of(name, &spec.ty, value)?;
        match spec.ty.admit(given) {
            Ok(value) => Some(value),
            Err(fault) => {
                let span = self.file.span(value.span());
                self.file.fault(BAD_VALUE, span, format!("field `{name}`: {fault}"), "");
                None
            }
        }
    }

    fn times(&mut self, key: &str, value: &Given<'_>) -> Option<usize> {
        let times = match self.file.value(key, value)? {
            Value::Int(times) => usize::try_from(times).ok(),
            _ => None,
        };
        let times = times.filter(|times| (1..=MAX_SAMPLES).contains(times));
        if times.is_none() {
            let span = self.file.span(value.span());
            self.wrong_shape(key, &format!("a whole number from 1 to {MAX_SAMPLES}"), span);
        }
        times
    }
}

/// The instant of a sample; one beyond all instants is at the last of them.
fn later(at: Timestamp, every: Duration, index: usize) -> Timestamp {
    let nanos = i64::try_from(index).unwrap_or(i64::MAX).saturating_mul(every.as_nanos());
    Timestamp::from_nanos(at.as_nanos().saturating_add(nanos))
}
