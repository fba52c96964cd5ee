//! A checked condition as a tree: every name resolved, every type known to fit.

use ptms_core::Value;

use super::cell::Slot;
use super::operation::Operation;

/// A part of a checked condition.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// The byte of the condition at which a fault of this part is shown.
    pub(crate) at: usize,
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
}

impl Node {
    /// Whether the condition is the same whatever happens.
    pub(crate) fn reads_nothing(&self) -> bool {
        match &self.kind {
            NodeKind::Constant(_) => true,
            NodeKind::Slot(_) => false,
            NodeKind::Has(operand) => operand.reads_nothing(),
            NodeKind::And(operands)
            | NodeKind::Or(operands)
            | NodeKind::Coalesce(operands)
            | NodeKind::Strict(_, operands) => operands.iter().all(Self::reads_nothing),
        }
    }
}
