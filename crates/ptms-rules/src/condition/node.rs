//! A checked condition as a tree: every name resolved, every type known to fit.

use std::fmt;
use std::slice::from_ref;
use std::sync::Arc;

use ptms_core::Value;

use super::cell::{Cell, Slot};
use super::operation::Operation;
use super::types::Ty;
use crate::callables::Settled;

/// A part of a checked condition.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// The byte of the condition at which a fault of this part is shown.
    pub(crate) at: usize,
    /// The bytes of the condition that it takes up, closing brackets not counted; of what stands in a
    /// signal, those of the signal's name.
    pub(crate) place: (usize, usize),
}

/// What a part of a checked condition is.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// A value written out.
    Constant(Value),
    /// What is read.
    Slot(Slot),
    /// Whether its operand has a value.
    Has(Box<Node>),
    /// A known false operand decides; else the leftmost fault; else unknown if one is.
    And(Vec<Node>),
    /// A known true operand decides; else the leftmost fault; else unknown if one is.
    Or(Vec<Node>),
    /// The first operand that has a value; a fault stays.
    Coalesce(Vec<Node>),
    /// The leftmost fault; else unknown if an operand is; else the operation.
    Strict(Operation, Vec<Node>),
    /// Strict in the first, which chooses one of the others.
    If(Box<[Node; 3]>),
    /// Strict in the subject, whose value chooses the first arm that it fits, or the default.
    Switch { subject: Box<Node>, arms: Vec<(Vec<Pattern>, Node)>, default: Box<Node> },
    /// As strict as an operation, but not worked out here; where `&&` or `||` leave a choice, only
    /// when everything else leaves the verdict open.
    Opaque(Arc<dyn Opaque>, Vec<Node>),
}

/// What an arm of a `switch` stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    Value(Value),
    /// Both bounds are inside.
    Range {
        first: i64,
        last: i64,
    },
}

/// A function whose inside the compiler does not know.
pub(crate) trait Opaque: fmt::Debug + Send + Sync {
    /// As authors call it.
    fn name(&self) -> &str;

    /// How dear a call is, beside others.
    fn cost(&self) -> u32;

    /// The result for known arguments, or why there is none, in the words of authors; the same for the
    /// same arguments.
    fn call(&self, arguments: &[Cell<'_>]) -> Result<Value, String>;
}

impl Node {
    /// A part that takes up the byte at which its faults are shown.
    pub(crate) const fn new(kind: NodeKind, at: usize) -> Self {
        Self { kind, at, place: (at, at) }
    }

    /// The parts that it is made of.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        let none = (&[] as &[Self], &[] as &[(_, Self)], &[] as &[Self]);
        let (first, arms, last) = match &self.kind {
            NodeKind::Constant(_) | NodeKind::Slot(_) => none,
            NodeKind::Has(operand) => (from_ref(&**operand), none.1, none.2),
            NodeKind::And(operands)
            | NodeKind::Or(operands)
            | NodeKind::Coalesce(operands)
            | NodeKind::Strict(_, operands)
            | NodeKind::Opaque(_, operands) => (operands.as_slice(), none.1, none.2),
            NodeKind::If(parts) => (parts.as_slice(), none.1, none.2),
            NodeKind::Switch { subject, arms, default } => {
                (from_ref(&**subject), arms.as_slice(), from_ref(&**default))
            }
        };
        first.iter().chain(arms.iter().map(|(_, result)| result)).chain(last)
    }

    /// Lets what helper functions return here be of one type, which their place takes.
    pub(crate) fn settle(&mut self, wanted: &Ty) {
        match &mut self.kind {
            NodeKind::Opaque(function, _) => {
                let (function_before, wanted) = (function.clone(), wanted.clone());
                *function = Arc::new(Settled { function: function_before, wanted });
            }
            NodeKind::Coalesce(operands) => {
                operands.iter_mut().for_each(|operand| operand.settle(wanted));
            }
            NodeKind::If(parts) => parts.iter_mut().skip(1).for_each(|part| part.settle(wanted)),
            NodeKind::Switch { arms, default, .. } => {
                arms.iter_mut().for_each(|(_, result)| result.settle(wanted));
                default.settle(wanted);
            }
            _ => {}
        }
    }

    /// Whether the condition may change with what happens.
    pub(crate) fn reads_something(&self) -> bool {
        matches!(self.kind, NodeKind::Slot(_)) || self.parts().any(Self::reads_something)
    }

    /// How dear its opaque parts are together; nothing where there are none.
    pub(crate) fn cost(&self) -> u32 {
        let own = match &self.kind {
            NodeKind::Opaque(function, _) => function.cost().max(1),
            _ => 0,
        };
        self.parts().map(Self::cost).fold(own, u32::saturating_add)
    }
}
