//! The one encoding of a plan as bytes, and their digest. Where things were declared is not part of it.

use std::fmt;

use ptms_core::{Duration, Undo};

use super::{Claims, Edge, Plan, Pool, Step, Units, Why};

/// What tells plans apart: FNV-1a of 128 bits (Fowler, Noll, Vo; RFC 9923) over [`Plan::canonical`].
/// It finds accidents; it is no seal against somebody who wants two plans to collide.
///
/// ```
/// use pso_graph::{Catalog, Request};
/// use ptms_core::SystemSpec;
///
/// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
/// assert!(plan.digest().to_string().starts_with("fnv1a128:"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u128);

impl Digest {
    /// The digest of any bytes.
    ///
    /// ```
    /// use pso_graph::Digest;
    ///
    /// assert_ne!(Digest::of(b"a"), Digest::of(b"b"));
    /// ```
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        Self(bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME)))
    }

    /// The number itself.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }
}

/// The name of the hash, a colon and 32 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "fnv1a128:{:032x}", self.0)
    }
}

impl Plan {
    /// The digest of the canonical bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    /// The plan as bytes: equal plans, and only they, have equal bytes, on every machine. Numbers are
    /// little-endian and of fixed width, texts and lists carry their length in front.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Encoder(b"ptms-plan 1\n".to_vec());
        out.text(&self.name);
        out.size(self.steps.len());
        for step in &self.steps {
            out.step(step);
        }
        out.size(self.edges.len());
        self.edges.iter().for_each(|edge| out.edge(edge));
        out.size(self.pools.len());
        for Pool { name, capacity, held } in &self.pools {
            out.text(name);
            out.number(*capacity);
            out.number(*held);
        }
        out.byte(u8::from(self.deadline.is_some()));
        out.duration(self.deadline.unwrap_or_default());
        out.duration(self.default_estimate);
        out.size(self.dropped.len());
        self.dropped.iter().for_each(|edge| out.edge(edge));
        out.0
    }
}

struct Encoder(Vec<u8>);

impl Encoder {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn size(&mut self, size: usize) {
        self.number(size as u64);
    }

    fn text(&mut self, text: &str) {
        self.size(text.len());
        self.0.extend(text.as_bytes());
    }

    fn duration(&mut self, duration: Duration) {
        self.0.extend(duration.as_nanos().to_le_bytes());
    }

    fn edge(&mut self, edge: &Edge) {
        let Edge { from, to, kind, between } = edge;
        self.size(from.index());
        self.size(to.index());
        self.byte(*kind as u8);
        self.byte(*between as u8);
    }

    fn claims(&mut self, claims: &Claims) {
        let Claims { uses, holds, exclusive, conflicts } = claims;
        for list in [uses, holds] {
            self.size(list.len());
            for Units { pool, units } in list {
                self.text(pool);
                self.number(*units);
            }
        }
        for list in [exclusive, conflicts] {
            self.size(list.len());
            list.iter().for_each(|name| self.text(name));
        }
    }

    fn step(&mut self, step: &Step) {
        // Taken apart whole, so that a new field cannot be forgotten here.
        let Step {
            id,
            system,
            phase,
            priority,
            critical,
            verify,
            undo,
            timeout,
            settle,
            idempotent,
            estimate,
            claims,
            wave,
            why,
        } = step;
        self.text(id);
        self.text(system);
        self.byte(u8::from(phase.is_some()));
        self.text(phase.as_deref().unwrap_or_default());
        self.byte(*priority as u8);
        self.byte(u8::from(*critical));
        self.byte(u8::from(*verify));
        match undo {
            Undo::Undeclared => self.byte(0),
            Undo::Nothing => self.byte(1),
            Undo::Action(action) => {
                self.byte(2);
                self.text(action);
            }
        }
        self.duration(*timeout);
        self.duration(*settle);
        self.byte(u8::from(*idempotent));
        self.byte(u8::from(estimate.is_some()));
        self.duration(estimate.unwrap_or_default());
        self.claims(claims);
        self.size(*wave as usize);
        match why {
            Why::Workflow => self.byte(0),
            Why::Named => self.byte(1),
            Why::NeededBy(step) => {
                self.byte(2);
                self.text(step);
            }
            Why::WantedBy(step) => {
                self.byte(3);
                self.text(step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test vectors of RFC 9923, appendix on FNV-1a.
    #[test]
    fn the_digest_is_fnv_1a() {
        let hash = |text: &str| format!("{:032x}", Digest::of(text.as_bytes()).as_u128());
        assert_eq!(hash(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(hash("a"), "d228cb696f1a8caf78912b704e4a8964");
        assert_eq!(hash("foobar"), "343e1662793c64bf6f0d3597ba446f18");
    }
}
