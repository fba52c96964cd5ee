//! A checked condition: every name resolved, every type known to fit.

use ptms_core::{FactId, Value};

use super::expr::{Arithmetic, Comparison};
use super::functions::Function;
use crate::window::WindowId;

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
    /// The value of a fact.
    Fact(FactId),
    /// The value of a field of the event at hand, by its position.
    Field(usize),
    /// How many events a window holds for the key at hand.
    Count(WindowId),
    /// Whether its operand has a value.
    Has(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// The first operand that has a value; a fault stays.
    Coalesce(Vec<Node>),
    Compare(Comparison, Box<[Node; 2]>),
    Arithmetic(Arithmetic, Box<[Node; 2]>),
    /// Whether the first operand is an item of the second, which is a list or a text.
    In(Box<[Node; 2]>),
    /// Whether the first operand is within the bounds given by the other two.
    Within {
        operands: Box<[Node; 3]>,
        inclusive: bool,
    },
    Call(&'static Function, Vec<Node>),
}

/// What a condition reads, and so what can change its verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) facts: Vec<FactId>,
    pub(crate) windows: Vec<WindowId>,
}

impl Reads {
    /// What these conditions read together.
    pub(crate) fn of<'n>(conditions: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut reads = Self::default();
        conditions.into_iter().for_each(|condition| condition.collect_reads(&mut reads));
        reads
    }
}

impl Node {
    /// Adds what this condition reads.
    fn collect_reads(&self, reads: &mut Reads) {
        match &self.kind {
            NodeKind::Constant(_) | NodeKind::Field(_) => {}
            NodeKind::Fact(fact) => reads.facts.push(*fact),
            NodeKind::Count(window) => reads.windows.push(*window),
            NodeKind::Has(operand) | NodeKind::Not(operand) | NodeKind::Negate(operand) => {
                operand.collect_reads(reads);
            }
            NodeKind::And(operands) | NodeKind::Or(operands) | NodeKind::Coalesce(operands) => {
                operands.iter().for_each(|operand| operand.collect_reads(reads));
            }
            NodeKind::Compare(_, pair) | NodeKind::Arithmetic(_, pair) | NodeKind::In(pair) => {
                pair.iter().for_each(|operand| operand.collect_reads(reads));
            }
            NodeKind::Within { operands, .. } => {
                operands.iter().for_each(|operand| operand.collect_reads(reads));
            }
            NodeKind::Call(_, arguments) => {
                arguments.iter().for_each(|argument| argument.collect_reads(reads));
            }
        }
    }
}
