//! The ledger: what a store knows of its streams without reading them, how it grows by a record, and how
//! what is read is held against it. Knows no database: values come and go as bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chain::{self, Link, NONE, Reach, Root};
use crate::error::{Damage, Place};
use crate::store::{Head, Record};

/// The heads of all streams, and the root over them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ledger {
    streams: Vec<Stream>,
    numbers: BTreeMap<Arc<str>, u32>,
    /// The streams that grew since their heads were last written.
    grown: BTreeSet<u32>,
    fence: u64,
    next: u64,
    heads: u64,
}

/// A stream; its number is its index.
#[derive(Clone, Debug, PartialEq)]
struct Stream {
    name: Arc<str>,
    reach: Reach,
    /// The check sum of its head as it was last written; 0 if it never was.
    written: u32,
}

impl Ledger {
    /// A journal without records, and its first owner.
    pub(crate) fn new() -> Self {
        Self {
            streams: Vec::new(),
            numbers: BTreeMap::new(),
            grown: BTreeSet::new(),
            fence: 1,
            next: 0,
            heads: 0,
        }
    }

    /// The ledger that was written as this root and these heads.
    pub(crate) fn load(
        root: &[u8],
        heads: impl IntoIterator<Item = (u32, Vec<u8>)>,
    ) -> Result<Self, Damage> {
        let root = Root::read(root).ok_or_else(|| Damage::database("its root does not fit"))?;
        let mut ledger = Self::new();
        for (number, value) in heads {
            ledger.load_head(number, &value)?;
        }
        let found = (ledger.streams.len() as u64, ledger.heads);
        if found != (root.streams, root.heads) {
            return Err(Damage::database("its heads are not those that were written"));
        }
        Ok(Self { fence: root.fence, next: root.next, ..ledger })
    }

    fn load_head(&mut self, number: u32, value: &[u8]) -> Result<(), Damage> {
        let read = Reach::read(number, value).filter(|_| number as usize == self.streams.len());
        let Some((reach, name, written)) = read else {
            let stream = format!("number {number}").into();
            return Err(Damage::new(Place::Head { stream }, "its check sum does not fit"));
        };
        let name: Arc<str> = name.into();
        self.numbers.insert(Arc::clone(&name), number);
        self.heads = self.heads.wrapping_add(u64::from(written));
        self.streams.push(Stream { name, reach, written });
        Ok(())
    }

    /// Another owner takes over.
    pub(crate) fn take_over(&mut self) {
        self.fence = self.fence.saturating_add(1);
    }

    pub(crate) fn fence(&self) -> u64 {
        self.fence
    }

    /// The position of the next record.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Enters a record at the end: its position, and its value into `value`.
    pub(crate) fn enter(&mut self, stream: &str, bytes: &[u8], value: &mut Vec<u8>) -> u64 {
        let number = self.number(stream);
        let position = self.next;
        // INVARIANT: `number` is an index: streams are numbered in the order in which they are pushed.
        if let Some(stream) = self.streams.get_mut(number as usize) {
            let Reach { records, last, chain } = stream.reach;
            let link = Link { stream: number, seq: records, before: last };
            let chain = link.write(value, chain, position, bytes);
            stream.reach = Reach { records: records + 1, last: position, chain };
        }
        self.grown.insert(number);
        self.next += 1;
        position
    }

    /// The number of a stream, which is made if there is none of that name.
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let name: Arc<str> = name.into();
        let number = self.streams.len() as u32;
        let reach = Reach { records: 0, last: NONE, chain: chain::start(&name) };
        self.numbers.insert(Arc::clone(&name), number);
        self.streams.push(Stream { name, reach, written: 0 });
        number
    }

    /// The heads that changed since this was last asked, as values by number.
    pub(crate) fn grown(&mut self) -> Vec<(u32, Vec<u8>)> {
        let grown = std::mem::take(&mut self.grown);
        let value = |number: u32| {
            let stream = self.streams.get_mut(number as usize)?;
            let (value, written) = stream.reach.write(number, &stream.name);
            let change = u64::from(written).wrapping_sub(u64::from(stream.written));
            self.heads = self.heads.wrapping_add(change);
            stream.written = written;
            Some((number, value))
        };
        grown.into_iter().filter_map(value).collect()
    }

    /// What holds it all together. The heads are in it as they were when [`grown`](Self::grown) was asked.
    pub(crate) fn root(&self) -> Root {
        let streams = self.streams.len() as u64;
        Root { fence: self.fence, next: self.next, streams, heads: self.heads }
    }

    /// The heads, by name.
    pub(crate) fn heads(&self) -> Vec<Head> {
        let streams = self.numbers.values().filter_map(|number| self.stream(*number));
        let head = |stream: &Stream| {
            Head::new(Arc::clone(&stream.name), stream.reach.records, stream.reach.chain)
        };
        streams.map(head).collect()
    }

    fn stream(&self, number: u32) -> Option<&Stream> {
        self.streams.get(number as usize)
    }

    /// All records of the stream of that name, of which `value` tells the values by position: found from
    /// the last to the first, verified from the first to the last.
    pub(crate) fn read<E: From<Damage>>(
        &self,
        name: &str,
        mut value: impl FnMut(u64) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Vec<Record>, E> {
        let Some(number) = self.numbers.get(name) else { return Ok(Vec::new()) };
        let Some(stream) = self.stream(*number) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut position = stream.reach.last;
        for seq in (0..stream.reach.records).rev() {
            let lost = |what| Damage::record(&stream.name, seq, what);
            let value = value(position)?.ok_or_else(|| lost("it is missing"))?;
            let (_, link, _) = Link::read(&value).ok_or_else(|| lost("it is cut short"))?;
            found.push((position, value));
            position = link.before;
        }
        let mut audit = Audit::new(self);
        let record = |(position, value): (u64, Vec<u8>)| Ok(audit.next(position, &value)?);
        let records: Vec<Record> = found.into_iter().rev().map(record).collect::<Result<_, E>>()?;
        audit.stream_is_whole(*number)?;
        Ok(records)
    }
}

/// Records held against a ledger, one after the other.
#[derive(Debug)]
pub(crate) struct Audit<'a> {
    ledger: &'a Ledger,
    /// How far each stream was read, by number.
    reached: Vec<Reach>,
}

impl<'a> Audit<'a> {
    /// Before the first record.
    pub(crate) fn new(ledger: &'a Ledger) -> Self {
        let start =
            |stream: &Stream| Reach { records: 0, last: NONE, chain: chain::start(&stream.name) };
        Self { ledger, reached: ledger.streams.iter().map(start).collect() }
    }

    /// The record that `value` is, if it is the next of its stream.
    pub(crate) fn next(&mut self, position: u64, value: &[u8]) -> Result<Record, Damage> {
        let lost = || Damage::database(format!("at position {position} there is no record"));
        let (crc, link, bytes) = Link::read(value).ok_or_else(lost)?;
        let stream = self.ledger.stream(link.stream).ok_or_else(lost)?;
        let reached = self.reached.get_mut(link.stream as usize).ok_or_else(lost)?;
        let seq = reached.records;
        if link.seq != seq {
            let what = format!("in its place is record {}", link.seq);
            return Err(Damage::record(&stream.name, seq, what));
        }
        if crc != chain::record_sum(reached.chain, position, value) || link.before != reached.last {
            return Err(Damage::record(&stream.name, seq, "its check sum does not fit"));
        }
        *reached = Reach { records: seq + 1, last: position, chain: crc };
        Ok(Record::new(position, Arc::clone(&stream.name), seq, bytes))
    }

    /// Whether all streams were read to their ends.
    pub(crate) fn is_whole(&self) -> Result<(), Damage> {
        (0..self.reached.len() as u32).try_for_each(|number| self.stream_is_whole(number))
    }

    fn stream_is_whole(&self, number: u32) -> Result<(), Damage> {
        let (Some(stream), Some(reached)) =
            (self.ledger.stream(number), self.reached.get(number as usize))
        else {
            return Ok(());
        };
        if reached == &stream.reach {
            return Ok(());
        }
        Err(Damage::record(&stream.name, reached.records, "it is missing, or the head is damaged"))
    }
}
