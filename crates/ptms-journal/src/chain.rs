//! Bytes: how records, heads and the root are written, and what is checked when they are read back. Knows
//! no database. All numbers are little-endian.

use crc32fast::Hasher;

/// Stands for the predecessor of a record that has none.
pub(crate) const NONE: u64 = u64::MAX;

/// What ties a record to its stream: check sum, number of the stream, sequence number, and the position of
/// the predecessor in the stream. The bytes of the record follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) stream: u32,
    pub(crate) seq: u64,
    pub(crate) before: u64,
}

impl Link {
    /// The value of a record into `out`; its check sum, which continues `chain`.
    pub(crate) fn write(self, out: &mut Vec<u8>, chain: u32, position: u64, bytes: &[u8]) -> u32 {
        let (stream, seq, before) =
            (self.stream.to_le_bytes(), self.seq.to_le_bytes(), self.before.to_le_bytes());
        let crc = sum(chain, &[&position.to_le_bytes(), &stream, &seq, &before, bytes]);
        out.clear();
        for part in [&crc.to_le_bytes(), &stream, &seq[..], &before, bytes] {
            out.extend_from_slice(part);
        }
        crc
    }

    /// The parts of the value of a record, unverified: its check sum, its link, its bytes.
    pub(crate) fn read(mut value: &[u8]) -> Option<(u32, Self, &[u8])> {
        let from = &mut value;
        let (crc, stream) = (take_u32(from)?, take_u32(from)?);
        let (seq, before) = (take_u64(from)?, take_u64(from)?);
        Some((crc, Self { stream, seq, before }, value))
    }
}

/// The check sum that the value of a record must have.
pub(crate) fn record_sum(chain: u32, position: u64, value: &[u8]) -> u32 {
    let summed = value.get(size_of::<u32>()..).unwrap_or_default();
    sum(chain, &[&position.to_le_bytes(), summed])
}

/// The check sum that the first record of a stream continues.
pub(crate) fn start(name: &str) -> u32 {
    sum(0, &[name.as_bytes()])
}

/// What a stream's head holds besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// How many records the stream has.
    pub(crate) records: u64,
    /// The position of the last.
    pub(crate) last: u64,
    /// The check sum of the last.
    pub(crate) chain: u32,
}

impl Reach {
    /// The value of a head, and its check sum.
    pub(crate) fn write(self, number: u32, name: &str) -> (Vec<u8>, u32) {
        let (records, last) = (self.records.to_le_bytes(), self.last.to_le_bytes());
        let chain = self.chain.to_le_bytes();
        let parts = [&records[..], &last, &chain, name.as_bytes()];
        let rest = parts.concat();
        let crc = sum(0, &[&number.to_le_bytes(), &rest]);
        ([&crc.to_le_bytes()[..], &rest].concat(), crc)
    }

    /// The head in a value, with name and check sum; none if it is not what was written.
    pub(crate) fn read(number: u32, mut value: &[u8]) -> Option<(Self, &str, u32)> {
        let from = &mut value;
        let crc = take_u32(from)?;
        if crc != sum(0, &[&number.to_le_bytes(), from]) {
            return None;
        }
        let (records, last, chain) = (take_u64(from)?, take_u64(from)?, take_u32(from)?);
        Some((Self { records, last, chain }, std::str::from_utf8(value).ok()?, crc))
    }
}

/// What holds the database together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// How often the journal was opened by an owner.
    pub(crate) fence: u64,
    /// The position of the next record.
    pub(crate) next: u64,
    /// How many streams there are.
    pub(crate) streams: u64,
    /// The wrapping sum of the check sums of all heads: an addition, because the exclusive-or of check
    /// sums cannot tell two heads from the same two swapped.
    pub(crate) heads: u64,
}

impl Root {
    /// The value of the root.
    pub(crate) fn write(self) -> Vec<u8> {
        let body = [self.fence, self.next, self.streams, self.heads].map(u64::to_le_bytes).concat();
        [&sum(0, &[&body]).to_le_bytes(), &body[..]].concat()
    }

    /// The root in a value; none if it is not what was written.
    pub(crate) fn read(mut value: &[u8]) -> Option<Self> {
        let from = &mut value;
        let crc = take_u32(from)?;
        if crc != sum(0, &[from]) {
            return None;
        }
        let (fence, next) = (take_u64(from)?, take_u64(from)?);
        let (streams, heads) = (take_u64(from)?, take_u64(from)?);
        Some(Self { fence, next, streams, heads })
    }
}

/// The CRC-32 of the parts, one after the other, after that of what came before.
pub(crate) fn sum(before: u32, parts: &[&[u8]]) -> u32 {
    let mut hasher = Hasher::new_with_initial(before);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

pub(crate) fn take_u32(from: &mut &[u8]) -> Option<u32> {
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_le_bytes(*number))
}

pub(crate) fn take_u64(from: &mut &[u8]) -> Option<u64> {
    let (number, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u64::from_le_bytes(*number))
}
