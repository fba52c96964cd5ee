//! A checked condition as a tree: every name resolved, every type known to fit.

use std::fmt;
use std::sync::Arc;

use ptms_core::Value;

use super::cell::{Cell, FaultKind, Slot};
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
    /// Strict in the first, which chooses one of the others.
    If(Box<[Node; 3]>),
    /// Strict in the subject, whose value chooses the first arm that it fits, or the default.
    Switch { subject: Box<Node>, arms: Vec<(Vec<Pattern>, Node)>, default: Box<Node> },
    /// As strict as an operation, but not worked out here; where `&&` or `||` leave a choice, only
    /// when everything else leaves the verdict open.
    #[cfg_attr(not(test), expect(dead_code, reason = "made where functions of hosts are called"))]
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

    /// The result for known arguments; the same for the same arguments.
    fn call(&self, arguments: &[Cell<'_>]) -> Result<Value, FaultKind>;
}

impl Node {
    /// Whether any of the parts that it is made of passes a test.
    fn any_part(&self, test: fn(&Self) -> bool) -> bool {
        match &self.kind {
            NodeKind::Constant(_) | NodeKind::Slot(_) => false,
            NodeKind::Has(operand) => test(operand),
            NodeKind::And(operands)
            | NodeKind::Or(operands)
            | NodeKind::Coalesce(operands)
            | NodeKind::Strict(_, operands)
            | NodeKind::Opaque(_, operands) => operands.iter().any(test),
            NodeKind::If(parts) => parts.iter().any(test),
            NodeKind::Switch { subject, arms, default } => {
                test(subject) || arms.iter().any(|(_, result)| test(result)) || test(default)
            }
        }
    }

    /// Whether the condition may change with what happens.
    pub(crate) fn reads_something(&self) -> bool {
        matches!(self.kind, NodeKind::Slot(_)) || self.any_part(Self::reads_something)
    }

    /// Whether a part is opaque.
    pub(crate) fn is_opaque(&self) -> bool {
        matches!(self.kind, NodeKind::Opaque(..)) || self.any_part(Self::is_opaque)
    }
}
