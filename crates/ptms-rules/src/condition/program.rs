//! A condition as a flat list of instructions, and its evaluation with four truth values.
//!
//! A known false operand decides `&&` and a known true one decides `||`, on either side; otherwise a
//! fault beats unknown, and the leftmost fault is the one reported. Everything else is strict: the
//! leftmost faulting operand, else unknown if any operand is. The lifting is Kleene's strong
//! three-valued logic with a fourth value for faults.
//!
//! A program runs on a stack of cells whose depth is known beforehand, without allocation and without
//! recursion.

use ptms_core::{FactId, Value};
use smallvec::SmallVec;

use super::cell::{Cell, Fault, FaultKind, Slot, Slots, Truth};
use super::expr::Comparison;
use super::operation::{Operation, compare};
use crate::window::WindowId;

/// The most cells that a program may need at once: more than any condition of the permitted depth
/// does, few enough for the smallest stack.
pub(crate) const MAX_CELLS: usize = 128;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(super) instructions: Box<[Instruction]>,
    pub(super) constants: Box<[Value]>,
}

/// One step of a program. It takes its operands from the top of the stack and leaves its result there.
///
/// INVARIANT: jumps lead forward only, so that a program ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instruction {
    Constant(u32),
    Slot(Slot),
    /// Compares what is in a slot with a constant: most conditions are made of this.
    CompareSlot {
        slot: Slot,
        comparison: Comparison,
        constant: u32,
    },
    /// Whether there is a value.
    Has,
    /// After the first operand of `&&` or `||`: goes on at `end` if it decides.
    Decided {
        decisive: bool,
        end: u32,
    },
    /// After each other operand: joins it to what has come of those before, and goes on at `end` if
    /// that decides.
    Join {
        decisive: bool,
        end: u32,
    },
    /// After each operand of `??` but the last: goes on at `end` if it has a value or is a fault, else
    /// drops it.
    Present {
        end: u32,
    },
    /// Applies an operation to that many operands.
    Strict {
        operation: Operation,
        operands: u8,
        at: u32,
    },
}

/// What conditions read, and so what can change their verdicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) facts: Vec<FactId>,
    pub(crate) windows: Vec<WindowId>,
}

impl Reads {
    /// What these conditions read together.
    pub(crate) fn of<'p>(conditions: impl IntoIterator<Item = &'p Program>) -> Self {
        let mut reads = Self::default();
        for slot in conditions.into_iter().flat_map(Program::slots) {
            match slot {
                Slot::Fact(fact) => reads.facts.push(fact),
                Slot::Count(window) => reads.windows.push(window),
                Slot::Field(_) => {}
            }
        }
        reads
    }
}

impl Program {
    /// The truth of a condition.
    pub(crate) fn truth(&self, slots: &impl Slots) -> Truth {
        self.run(slots).into()
    }

    /// The slots that may be read, in the order of the condition.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.instructions.iter().filter_map(|instruction| match instruction {
            Instruction::Slot(slot) | Instruction::CompareSlot { slot, .. } => Some(*slot),
            _ => None,
        })
    }

    fn run<'a>(&'a self, slots: &'a impl Slots) -> Cell<'a> {
        let mut stack = Stack::new();
        let mut next = 0;
        while let Some(instruction) = self.instructions.get(next) {
            next += 1;
            match *instruction {
                Instruction::Constant(index) => stack.push(self.constant(index)),
                Instruction::Slot(slot) => stack.push(slots.read(slot)),
                Instruction::CompareSlot { slot, comparison, constant } => {
                    let result = match slots.read(slot) {
                        undecided @ (Cell::Unknown | Cell::Fault(_)) => undecided,
                        known => {
                            compare(comparison, known, self.constant(constant)).unwrap_or(INTERNAL)
                        }
                    };
                    stack.push(result);
                }
                Instruction::Has => {
                    let result = match stack.pop() {
                        Cell::Unknown => Cell::Bool(false),
                        fault @ Cell::Fault(_) => fault,
                        _ => Cell::Bool(true),
                    };
                    stack.push(result);
                }
                Instruction::Decided { decisive, end } => {
                    if is(decisive, stack.top()) {
                        next = end as usize;
                    }
                }
                Instruction::Join { decisive, end } => {
                    let (right, left) = (stack.pop(), stack.pop());
                    stack.push(join(decisive, left, right));
                    if is(decisive, right) {
                        next = end as usize;
                    }
                }
                Instruction::Present { end } => match stack.top() {
                    Cell::Unknown => drop(stack.pop()),
                    _ => next = end as usize,
                },
                Instruction::Strict { operation, operands, at } => {
                    stack.apply(operation, operands.into(), at);
                }
            }
        }
        stack.pop()
    }

    fn constant(&self, index: u32) -> Cell<'_> {
        self.constants.get(index as usize).map_or(INTERNAL, Cell::from)
    }
}

/// What no program that the compiler makes comes to.
const INTERNAL: Cell<'static> = Cell::Fault(Fault { kind: FaultKind::Internal, at: 0 });

const fn is(truth: bool, cell: Cell<'_>) -> bool {
    matches!(cell, Cell::Bool(value) if value == truth)
}

/// What two operands of `&&` (`||` where `decisive` is true) come to, the left one not being decisive.
fn join<'a>(decisive: bool, left: Cell<'a>, right: Cell<'a>) -> Cell<'a> {
    match (left, right) {
        (_, right) if is(decisive, right) => right,
        // Operands are evaluated in any order, but they do not overlap in the text.
        (Cell::Fault(left), Cell::Fault(right)) => {
            Cell::Fault(if left.at <= right.at { left } else { right })
        }
        (fault @ Cell::Fault(_), _) | (_, fault @ Cell::Fault(_)) => fault,
        (Cell::Unknown, _) | (_, Cell::Unknown) => Cell::Unknown,
        _ => Cell::Bool(!decisive),
    }
}

/// The cells at hand while a program runs.
struct Stack<'a>(SmallVec<[Cell<'a>; MAX_CELLS]>);

impl<'a> Stack<'a> {
    fn new() -> Self {
        Self(SmallVec::new())
    }

    fn push(&mut self, cell: Cell<'a>) {
        self.0.push(cell);
    }

    fn pop(&mut self) -> Cell<'a> {
        self.0.pop().unwrap_or(INTERNAL)
    }

    fn top(&self) -> Cell<'a> {
        self.0.last().copied().unwrap_or(INTERNAL)
    }

    /// Replaces the uppermost cells by what a strict operation on them comes to.
    fn apply(&mut self, operation: Operation, operands: usize, at: u32) {
        let rest = self.0.len().saturating_sub(operands);
        let operands = self.0.get(rest..).unwrap_or_default();
        let is_fault = |cell: &&Cell<'_>| matches!(cell, Cell::Fault(_));
        let result = if let Some(fault) = operands.iter().find(is_fault) {
            *fault
        } else if operands.iter().any(|cell| matches!(cell, Cell::Unknown)) {
            Cell::Unknown
        } else {
            let fault = |kind| Cell::Fault(Fault { kind, at: at as usize });
            operation.apply(operands).unwrap_or_else(fault)
        };
        self.0.truncate(rest);
        self.0.push(result);
    }
}
