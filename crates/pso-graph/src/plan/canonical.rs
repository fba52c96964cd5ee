//! The one encoding of a plan as bytes, and their digest. Where things were declared is not part of it.

use std::collections::BTreeMap;
use std::fmt;

use ptms_core::step::{Awaited, Source, Wait};
use ptms_core::{Duration, FieldSpec, Name, Retry, Type, Undo, Value};

use super::{Claims, Condition, Edge, FanOut, Guard, Plan, Pool, Step, Success, Units, Why};

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
        out.size(self.params.len());
        for FieldSpec { name, ty, optional, .. } in &self.params {
            out.text(name);
            out.kind(ty);
            out.flag(*optional);
        }
        out.size(self.success.len());
        for Success { condition, required } in &self.success {
            out.condition(condition);
            out.flag(*required);
        }
        out.open(self.deadline);
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

    fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    fn duration(&mut self, duration: Duration) {
        self.0.extend(duration.as_nanos().to_le_bytes());
    }

    fn open(&mut self, duration: Option<Duration>) {
        self.flag(duration.is_some());
        self.duration(duration.unwrap_or_default());
    }

    fn names(&mut self, names: &[Name]) {
        self.size(names.len());
        names.iter().for_each(|name| self.text(name));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => {
                self.byte(0);
                self.flag(*value);
            }
            Value::Int(value) => {
                self.byte(1);
                self.0.extend(value.to_le_bytes());
            }
            Value::Float(value) => {
                self.byte(2);
                // The two zeros are equal, so they have to have one encoding.
                self.0.extend((value + 0.0).to_le_bytes());
            }
            Value::Text(value) => {
                self.byte(3);
                self.text(value);
            }
            Value::List(items) => {
                self.byte(4);
                self.size(items.len());
                items.iter().for_each(|item| self.value(item));
            }
        }
    }

    fn kind(&mut self, ty: &Type) {
        self.text(&ty.to_string());
        match ty {
            Type::Enum(values) => self.names(values),
            Type::List { item, max_len } => {
                self.kind(item);
                self.size(*max_len);
            }
            _ => {}
        }
    }

    fn source(&mut self, source: &Source) {
        match source {
            Source::Value(value) => {
                self.byte(0);
                self.value(value);
            }
            Source::Param(name) => {
                self.byte(1);
                self.text(name);
            }
            Source::Output { step, path } => {
                self.byte(2);
                self.text(step);
                self.names(path);
            }
            Source::Item => self.byte(3),
            Source::Secret(name) => {
                self.byte(4);
                self.text(name);
            }
        }
    }

    fn sources(&mut self, sources: &BTreeMap<Name, Source>) {
        self.size(sources.len());
        for (name, source) in sources {
            self.text(name);
            self.source(source);
        }
    }

    fn condition(&mut self, condition: &Condition) {
        let Condition { workflow, text, params } = condition;
        self.text(workflow);
        self.text(text);
        self.sources(params);
    }

    fn retry(&mut self, retry: Option<&Retry>) {
        self.flag(retry.is_some());
        let Some(retry) = retry else { return };
        self.number(retry.max.into());
        self.byte(retry.backoff as u8);
        self.duration(retry.base);
        self.open(retry.cap);
        self.open(retry.total);
        self.number(retry.jitter_permille.into());
        self.names(&retry.retry_on);
        self.names(&retry.give_up_on);
        self.byte(retry.on_exhaustion as u8);
    }

    fn when(&mut self, when: Option<&Guard>) {
        self.flag(when.is_some());
        if let Some(Guard { condition, on_unknown }) = when {
            self.condition(condition);
            self.byte(*on_unknown as u8);
        }
    }

    fn wait(&mut self, wait: Option<&Wait>) {
        self.flag(wait.is_some());
        let Some(wait) = wait else { return };
        match &wait.awaited {
            Awaited::Signal(name) => {
                self.byte(0);
                self.text(name);
            }
            Awaited::Approval(name) => {
                self.byte(1);
                self.text(name);
            }
            Awaited::Timer(span) => {
                self.byte(2);
                self.duration(*span);
            }
        }
        self.open(wait.deadline);
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
        self.names(exclusive);
        self.names(conflicts);
    }

    fn undo(&mut self, undo: &Undo) {
        match undo {
            Undo::Undeclared => self.byte(0),
            Undo::Nothing => self.byte(1),
            Undo::Action(action) => {
                self.byte(2);
                self.text(action);
            }
            Undo::Pivot => self.byte(3),
        }
    }

    fn why(&mut self, why: &Why) {
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

    fn step(&mut self, step: &Step) {
        // Taken apart whole, so that a new field cannot be forgotten here.
        let Step {
            id,
            system,
            phase,
            priority,
            critical,
            when,
            wait,
            for_each,
            input,
            verify,
            retry,
            undo,
            undo_retry,
            on_undo_failure,
            timeout,
            step_timeout,
            heartbeat,
            settle,
            idempotent,
            estimate,
            claims,
            wave,
            why,
        } = step;
        self.text(id);
        for name in [system, phase] {
            self.flag(name.is_some());
            self.text(name.as_deref().unwrap_or_default());
        }
        self.byte(*priority as u8);
        self.flag(*critical);
        self.when(when.as_ref());
        self.wait(wait.as_ref());
        self.flag(for_each.is_some());
        if let Some(FanOut { over, max }) = for_each {
            self.source(over);
            self.number((*max).into());
        }
        self.sources(input);
        self.flag(*verify);
        self.retry(retry.as_ref());
        self.undo(undo);
        self.retry(undo_retry.as_ref());
        self.byte(*on_undo_failure as u8);
        self.duration(*timeout);
        self.open(*step_timeout);
        self.open(*heartbeat);
        self.duration(*settle);
        self.flag(*idempotent);
        self.open(*estimate);
        self.claims(claims);
        self.size(*wave as usize);
        self.why(why);
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
