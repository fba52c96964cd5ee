//! What is worked out before the rules that read it: derived facts, and the signals that functions of time
//! look at. Knows no session.

use ptms_core::{FactId, Name, Value};

use crate::condition::Program;
use crate::space::SpaceId;

/// The place of something derived in the order of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DerivedId(pub(crate) usize);

/// Something that is worked out before the rules that read it.
#[derive(Clone, Debug)]
pub(crate) struct Derived {
    /// The key space of its dimensions; `None` if it has no key.
    pub(crate) space: Option<SpaceId>,
    pub(crate) kind: DerivedKind,
}

/// What is worked out.
#[derive(Clone, Debug)]
pub(crate) enum DerivedKind {
    Fact(DerivedFact),
    /// The condition of a signal, for the dimensions of who looks at how it goes.
    Signal {
        name: Name,
        condition: Program,
    },
}

/// A compiled derived fact: the first case that is true gives its value.
#[derive(Clone, Debug)]
pub(crate) struct DerivedFact {
    pub(crate) fact: FactId,
    pub(crate) cases: Vec<(Program, Value)>,
    /// The value where every case is known to be false; without it there is none.
    pub(crate) otherwise: Option<Value>,
}

impl Derived {
    /// The derived fact; `None` for a signal.
    pub(crate) const fn fact(&self) -> Option<&DerivedFact> {
        match &self.kind {
            DerivedKind::Fact(fact) => Some(fact),
            DerivedKind::Signal { .. } => None,
        }
    }

    /// The name of the signal; `None` for a fact.
    pub(crate) const fn signal(&self) -> Option<&Name> {
        match &self.kind {
            DerivedKind::Fact(_) => None,
            DerivedKind::Signal { name, .. } => Some(name),
        }
    }

    /// The conditions that are evaluated for it.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Program> {
        let (cases, signal) = match &self.kind {
            DerivedKind::Fact(fact) => (fact.cases.as_slice(), None),
            DerivedKind::Signal { condition, .. } => (&[][..], Some(condition)),
        };
        cases.iter().map(|(when, _)| when).chain(signal)
    }
}
