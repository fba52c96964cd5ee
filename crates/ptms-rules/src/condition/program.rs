//! A condition as a flat list of instructions, and its evaluation with four truth values.
//!
//! A known false operand decides `&&` and a known true one decides `||`, on either side; otherwise a
//! fault beats unknown, and the leftmost fault is the one reported. Everything else is strict: the
//! leftmost faulting operand, else unknown if any operand is. The lifting is Kleene's strong
//! three-valued logic with a fourth value for faults.
//!
//! A program runs on a stack of cells whose depth is known beforehand, without allocation and without
//! recursion.

use std::cell::OnceCell;
use std::sync::Arc;

use ptms_core::{FactId, Value};
use smallvec::SmallVec;

use super::cell::{Cell, Fault, FaultKind, Slot, Slots, Truth};
use super::expr::Comparison;
use super::node::Opaque;
use super::operation::{Operation, compare};
use crate::calendar::CalendarId;
use crate::window::WindowId;

/// The most cells that a program may need at once: more than any condition of the permitted depth
/// does, few enough for the smallest stack.
pub(crate) const MAX_CELLS: usize = 128;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(super) instructions: Box<[Instruction]>,
    pub(super) constants: Box<[Value]>,
    pub(super) leaves: Box<[Leaf]>,
}

/// A call of a function whose inside is not compiled.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) function: Arc<dyn Opaque>,
    pub(crate) operands: usize,
    /// The byte of the condition at which a fault of it is shown.
    pub(crate) at: u32,
}

/// One step of a program. It takes its operands from the top of the stack and leaves its result there.
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
    /// Joins two operands of `||` where `decisive` is true, of `&&` where it is false.
    Join {
        decisive: bool,
    },
    /// Applies an operation to that many operands.
    Strict {
        operation: Operation,
        operands: u8,
        at: u32,
    },
    /// Calls a function whose inside is not compiled.
    Opaque {
        leaf: u32,
    },
    Drop,
    /// INVARIANT: jumps lead forward only, so that a program ends and nothing is evaluated twice.
    Jump {
        when: When,
        to: u32,
    },
}

/// When to jump, from what is on top of the stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Always,
    /// It decides a junction.
    Is(bool),
    /// It is unknown or a fault.
    Open,
    /// It is not unknown; if it is, it is dropped.
    Present,
    /// It is false; it is dropped anyway.
    False,
    /// It is this constant; then it is dropped.
    Case(u32),
    /// It lies from this constant to the next one; then it is dropped.
    CaseRange(u32),
}

/// Where what an opaque function gave stays while a program runs.
type Place = OnceCell<Result<Value, String>>;

/// What conditions read, and so what can change their verdicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) facts: Vec<FactId>,
    pub(crate) windows: Vec<WindowId>,
    pub(crate) calendars: Vec<CalendarId>,
}

impl Reads {
    /// What these conditions read together.
    pub(crate) fn of<'p>(conditions: impl IntoIterator<Item = &'p Program>) -> Self {
        let mut reads = Self::default();
        for slot in conditions.into_iter().flat_map(Program::slots) {
            match slot {
                Slot::Fact(fact) => reads.facts.push(fact),
                Slot::During(calendar) => reads.calendars.push(calendar),
                Slot::Window(window, _) => reads.windows.push(window),
                Slot::Ratio(part, whole) => reads.windows.extend([part, whole]),
                Slot::Field(_) | Slot::Param(_) => {}
            }
        }
        reads
    }
}

impl Program {
    /// The truth of a condition.
    pub(crate) fn truth(&self, slots: &impl Slots) -> Truth {
        self.run(slots, &self.places()).into()
    }

    /// What an expression comes to; nothing where it is unknown.
    pub(crate) fn value(&self, slots: &impl Slots) -> Result<Option<Value>, Fault> {
        match self.run(slots, &self.places()) {
            Cell::Fault(fault) => Err(fault),
            cell => Ok(cell.known()),
        }
    }

    /// Why it comes to a fault, in the words of authors. A function that gives nothing is asked again,
    /// since it gives the same: faults are told seldom, and cells are small without their words.
    pub(crate) fn told(&self, slots: &impl Slots, fault: Fault) -> String {
        if fault.kind == FaultKind::Opaque {
            let places = self.places();
            self.run(slots, &places);
            let here =
                self.leaves.iter().zip(&places).filter(|(leaf, _)| leaf.at as usize == fault.at);
            if let Some(Err(words)) =
                here.filter_map(|(_, place)| place.get()).find(|one| one.is_err())
            {
                return words.clone();
            }
        }
        fault.kind.message().to_owned()
    }

    /// What a part of a condition comes to, for who looks at it.
    pub(crate) fn shown<T>(&self, slots: &impl Slots, look: impl FnOnce(Cell<'_>) -> T) -> T {
        look(self.run(slots, &self.places()))
    }

    /// What opaque functions give must outlive the run; there is a place for each call, since nothing
    /// is evaluated twice.
    fn places(&self) -> Vec<Place> {
        self.leaves.iter().map(|_| OnceCell::new()).collect()
    }

    /// The calls of functions whose insides are not compiled: why a condition may be slow.
    pub(crate) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The slots that may be read, in the order of the condition.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.instructions.iter().filter_map(|instruction| match instruction {
            Instruction::Slot(slot) | Instruction::CompareSlot { slot, .. } => Some(*slot),
            _ => None,
        })
    }

    fn run<'a>(&'a self, slots: &'a impl Slots, results: &'a [Place]) -> Cell<'a> {
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
                Instruction::Join { decisive } => {
                    let (right, left) = (stack.pop(), stack.pop());
                    stack.push(join(decisive, left, right));
                }
                Instruction::Strict { operation, operands, at } => {
                    stack.strict(operands.into(), at, |operands| operation.apply(operands));
                }
                Instruction::Opaque { leaf } => self.opaque(leaf as usize, results, &mut stack),
                Instruction::Drop => drop(stack.pop()),
                Instruction::Jump { when, to } => {
                    if self.jumps(when, &mut stack) {
                        next = to as usize;
                    }
                }
            }
        }
        stack.pop()
    }

    fn jumps(&self, when: When, stack: &mut Stack<'_>) -> bool {
        let top = stack.top();
        let (jumps, drops) = match when {
            When::Always => (true, false),
            When::Is(decisive) => (is(decisive, top), false),
            When::Open => (matches!(top, Cell::Unknown | Cell::Fault(_)), false),
            When::Present => {
                let present = !matches!(top, Cell::Unknown);
                (present, !present)
            }
            When::False => (is(false, top), true),
            When::Case(constant) => {
                let fits = top == self.constant(constant);
                (fits, fits)
            }
            When::CaseRange(first) => {
                let fits = is_within(top, self.constant(first), self.constant(first + 1));
                (fits, fits)
            }
        };
        if drops {
            stack.pop();
        }
        jumps
    }

    fn opaque<'a>(&'a self, leaf: usize, results: &'a [Place], stack: &mut Stack<'a>) {
        let Some((leaf, place)) = self.leaves.get(leaf).zip(results.get(leaf)) else { return };
        stack.strict(leaf.operands, leaf.at, |operands| {
            let result = place.get_or_init(|| leaf.function.call(operands));
            result.as_ref().map(Cell::from).map_err(|_| FaultKind::Opaque)
        });
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

fn is_within(cell: Cell<'_>, first: Cell<'_>, last: Cell<'_>) -> bool {
    match (first, cell, last) {
        (Cell::Int(first), Cell::Int(value), Cell::Int(last)) => (first..=last).contains(&value),
        _ => false,
    }
}

/// What two operands of `||` come to, or of `&&` where `decisive` is false; the first is not decisive.
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

    /// Replaces the uppermost cells by the leftmost fault of them, else by unknown if one is, else by
    /// what `apply` makes of them.
    fn strict(
        &mut self,
        operands: usize,
        at: u32,
        apply: impl FnOnce(&[Cell<'a>]) -> Result<Cell<'a>, FaultKind>,
    ) {
        let rest = self.0.len().saturating_sub(operands);
        let operands = self.0.get(rest..).unwrap_or_default();
        let result =
            if let Some(fault) = operands.iter().find(|cell| matches!(cell, Cell::Fault(_))) {
                *fault
            } else if operands.iter().any(|cell| matches!(cell, Cell::Unknown)) {
                Cell::Unknown
            } else {
                apply(operands).unwrap_or_else(|kind| Cell::Fault(Fault { kind, at: at as usize }))
            };
        self.0.truncate(rest);
        self.0.push(result);
    }
}
