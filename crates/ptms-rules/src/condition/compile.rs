//! From the tree of a checked condition to its program.

use ptms_core::Value;

use super::cell::Slot;
use super::expr::Comparison;
use super::node::{Node, NodeKind};
use super::operation::Operation;
use super::program::{Instruction, MAX_CELLS, Program};

impl Program {
    /// The program of a checked condition; `None` where it needs more than [`MAX_CELLS`] cells.
    pub(crate) fn compile(condition: &Node) -> Option<Self> {
        let mut compiler = Compiler::default();
        compiler.node(condition);
        let Compiler { instructions, constants, most, .. } = compiler;
        let (instructions, constants) = (instructions.into(), constants.into());
        (most <= MAX_CELLS).then_some(Self { instructions, constants })
    }
}

#[derive(Default)]
struct Compiler {
    instructions: Vec<Instruction>,
    constants: Vec<Value>,
    /// How many cells are on the stack after the instructions so far, and the most there ever were.
    cells: usize,
    most: usize,
}

impl Compiler {
    /// Emits instructions that leave one more cell on the stack.
    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Constant(value) => {
                let index = self.constant(value);
                self.push(Instruction::Constant(index));
            }
            NodeKind::Slot(slot) => self.push(Instruction::Slot(*slot)),
            NodeKind::Has(operand) => {
                self.node(operand);
                self.instructions.push(Instruction::Has);
            }
            NodeKind::And(operands) => self.junction(operands, false),
            NodeKind::Or(operands) => self.junction(operands, true),
            NodeKind::Coalesce(operands) => self.coalesce(operands),
            NodeKind::Strict(operation, operands) => self.strict(*operation, operands, node.at),
        }
    }

    fn push(&mut self, instruction: Instruction) {
        self.instructions.push(instruction);
        self.cells += 1;
        self.most = self.most.max(self.cells);
    }

    fn constant(&mut self, value: &Value) -> u32 {
        self.constants.push(value.clone());
        position(self.constants.len() - 1)
    }

    fn junction(&mut self, operands: &[Node], decisive: bool) {
        let mut jumps = Vec::new();
        for (index, operand) in operands.iter().enumerate() {
            self.node(operand);
            jumps.push(self.instructions.len());
            let end = 0;
            if index == 0 {
                self.instructions.push(Instruction::Decided { decisive, end });
            } else {
                self.instructions.push(Instruction::Join { decisive, end });
                self.cells -= 1;
            }
        }
        self.land(jumps);
    }

    fn coalesce(&mut self, operands: &[Node]) {
        let mut jumps = Vec::new();
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                jumps.push(self.instructions.len());
                self.instructions.push(Instruction::Present { end: 0 });
                self.cells -= 1;
            }
            self.node(operand);
        }
        self.land(jumps);
    }

    fn strict(&mut self, operation: Operation, operands: &[Node], at: usize) {
        if let Some((slot, comparison, value)) = simple(operation, operands) {
            let constant = self.constant(value);
            return self.push(Instruction::CompareSlot { slot, comparison, constant });
        }
        operands.iter().for_each(|operand| self.node(operand));
        self.cells = self.cells + 1 - operands.len();
        let (operands, at) = (operands.len() as u8, position(at));
        self.instructions.push(Instruction::Strict { operation, operands, at });
    }

    /// Lets these jumps lead to the next instruction.
    fn land(&mut self, jumps: Vec<usize>) {
        let here = position(self.instructions.len());
        for jump in jumps {
            if let Some(
                Instruction::Decided { end, .. }
                | Instruction::Join { end, .. }
                | Instruction::Present { end },
            ) = self.instructions.get_mut(jump)
            {
                *end = here;
            }
        }
    }
}

/// A comparison of a slot with a constant, whichever stands left.
fn simple(operation: Operation, operands: &[Node]) -> Option<(Slot, Comparison, &Value)> {
    let (Operation::Compare(comparison), [left, right]) = (operation, operands) else {
        return None;
    };
    match (&left.kind, &right.kind) {
        (NodeKind::Slot(slot), NodeKind::Constant(value)) => Some((*slot, comparison, value)),
        (NodeKind::Constant(value), NodeKind::Slot(slot)) => {
            Some((*slot, comparison.mirrored(), value))
        }
        _ => None,
    }
}

/// A position in a program or in the text of a condition, both of which the length of a condition
/// bounds.
fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
