//! From the tree of a checked condition to its program.

use ptms_core::Value;

use super::cell::Slot;
use super::expr::Comparison;
use super::node::{Node, NodeKind, Pattern};
use super::operation::Operation;
use super::program::{Instruction, Leaf, MAX_CELLS, Program, When};

/// A checked expression, and what is run of it.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) program: Program,
    /// For explanations.
    pub(crate) tree: Node,
}

impl Compiled {
    /// `None` where the program needs more than [`MAX_CELLS`] cells.
    pub(crate) fn new(tree: Node) -> Option<Self> {
        Some(Self { program: Program::compile(&tree)?, tree })
    }
}

impl Program {
    /// The program of a checked condition; `None` where it needs more than [`MAX_CELLS`] cells.
    pub(crate) fn compile(condition: &Node) -> Option<Self> {
        let mut compiler = Compiler::default();
        compiler.node(condition);
        let Compiler { instructions, constants, leaves, most, .. } = compiler;
        (most <= MAX_CELLS).then(|| Self {
            instructions: instructions.into(),
            constants: constants.into(),
            leaves: leaves.into(),
        })
    }
}

#[derive(Default)]
struct Compiler {
    instructions: Vec<Instruction>,
    constants: Vec<Value>,
    leaves: Vec<Leaf>,
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
            NodeKind::If(parts) => self.choice(parts),
            NodeKind::Switch { subject, arms, default } => self.switch(subject, arms, default),
            NodeKind::Opaque(function, operands) => {
                let (leaf, at) = (position(self.leaves.len()), position(node.at));
                let function = function.clone();
                self.leaves.push(Leaf { function, operands: operands.len(), at });
                self.applied(Instruction::Opaque { leaf }, operands);
            }
        }
    }

    /// The operands, then what makes one cell of theirs.
    fn applied(&mut self, instruction: Instruction, operands: &[Node]) {
        operands.iter().for_each(|operand| self.node(operand));
        self.cells -= operands.len();
        self.push(instruction);
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

    /// The order of operands is free: what is opaque comes last, the dearest at the end.
    fn junction(&mut self, operands: &[Node], decisive: bool) {
        let mut ordered: Vec<&Node> = operands.iter().collect();
        ordered.sort_by_cached_key(|operand| operand.cost());
        let mut ends = Vec::new();
        for (index, operand) in ordered.into_iter().enumerate() {
            if index > 0 {
                ends.push(self.jump(When::Is(decisive)));
            }
            self.node(operand);
            if index > 0 {
                self.instructions.push(Instruction::Join { decisive });
                self.cells -= 1;
            }
        }
        self.land(ends);
    }

    fn coalesce(&mut self, operands: &[Node]) {
        let mut ends = Vec::new();
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                ends.push(self.jump(When::Present));
                self.cells -= 1;
            }
            self.node(operand);
        }
        self.land(ends);
    }

    fn choice(&mut self, [condition, then, otherwise]: &[Node; 3]) {
        self.node(condition);
        let open = self.jump(When::Open);
        let is_false = self.jump(When::False);
        self.cells -= 1;
        self.node(then);
        let end = self.jump(When::Always);
        self.land([is_false]);
        self.cells -= 1;
        self.node(otherwise);
        self.land([open, end]);
    }

    /// The tests of all arms, the default, the results of the arms.
    fn switch(&mut self, subject: &Node, arms: &[(Vec<Pattern>, Node)], default: &Node) {
        self.node(subject);
        let mut ends = vec![self.jump(When::Open)];
        let mut tests = Vec::new();
        for (patterns, _) in arms {
            let of_arm: Vec<usize> = patterns.iter().map(|pattern| self.test(pattern)).collect();
            tests.push(of_arm);
        }
        self.instructions.push(Instruction::Drop);
        self.cells -= 1;
        self.node(default);
        for (of_arm, (_, result)) in tests.into_iter().zip(arms) {
            ends.push(self.jump(When::Always));
            self.land(of_arm);
            self.cells -= 1;
            self.node(result);
        }
        self.land(ends);
    }

    fn test(&mut self, pattern: &Pattern) -> usize {
        match pattern {
            Pattern::Value(value) => {
                let constant = self.constant(value);
                self.jump(When::Case(constant))
            }
            Pattern::Range { first, last } => {
                let constant = self.constant(&Value::Int(*first));
                self.constant(&Value::Int(*last));
                self.jump(When::CaseRange(constant))
            }
        }
    }

    fn strict(&mut self, operation: Operation, operands: &[Node], at: usize) {
        if let Some((slot, comparison, value)) = simple(operation, operands) {
            let constant = self.constant(value);
            return self.push(Instruction::CompareSlot { slot, comparison, constant });
        }
        let (count, at) = (operands.len() as u8, position(at));
        self.applied(Instruction::Strict { operation, operands: count, at }, operands);
    }

    /// A jump to a place that is not known yet.
    fn jump(&mut self, when: When) -> usize {
        self.instructions.push(Instruction::Jump { when, to: 0 });
        self.instructions.len() - 1
    }

    /// Lets these jumps lead to the next instruction.
    fn land(&mut self, jumps: impl IntoIterator<Item = usize>) {
        let here = position(self.instructions.len());
        for jump in jumps {
            if let Some(Instruction::Jump { to, .. }) = self.instructions.get_mut(jump) {
                *to = here;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::condition::cell::{Cell, Fault, FaultKind, Slots, Truth};
    use crate::condition::expr::Arithmetic;
    use crate::condition::node::Opaque;

    /// A function that always gives the same, and counts its calls.
    #[derive(Debug)]
    struct Probe {
        result: Result<Value, String>,
        cost: u32,
        calls: AtomicUsize,
    }

    impl Opaque for Probe {
        fn name(&self) -> &'static str {
            "probe"
        }

        fn cost(&self) -> u32 {
            self.cost
        }

        fn call(&self, _arguments: &[Cell<'_>]) -> Result<Value, String> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.result.clone()
        }
    }

    struct Nothing;

    impl Slots for Nothing {
        fn read(&self, _slot: Slot) -> Cell<'_> {
            Cell::Unknown
        }
    }

    const TRUE: fn(usize) -> Node = |at| constant(true, at);
    const FALSE: fn(usize) -> Node = |at| constant(false, at);
    const UNKNOWN: fn(usize) -> Node = |at| Node::new(NodeKind::Slot(Slot::Field(0)), at);
    const FAULT: fn(usize) -> Node = |at| {
        let zero = || constant(0, at);
        let kind =
            NodeKind::Strict(Operation::Arithmetic(Arithmetic::Remainder), vec![zero(), zero()]);
        let remainder = Node::new(kind, at);
        let compare = Operation::Compare(Comparison::Equal);
        Node::new(NodeKind::Strict(compare, vec![remainder, zero()]), at)
    };

    fn constant(value: impl Into<Value>, at: usize) -> Node {
        Node::new(NodeKind::Constant(value.into()), at)
    }

    /// What an opaque call at byte 1 and another operand, at byte 0 or at byte 2, come to together; and
    /// whether the call was made.
    fn joined(
        junction: fn(Vec<Node>) -> NodeKind,
        result: Result<bool, &str>,
        other: Node,
    ) -> (Truth, bool) {
        let calls = AtomicUsize::new(0);
        let result = result.map(Value::Bool).map_err(str::to_owned);
        let probe = Arc::new(Probe { result, cost: 1, calls });
        let opaque = Node::new(NodeKind::Opaque(probe.clone(), Vec::new()), 1);
        let mut operands = vec![opaque, other];
        operands.sort_by_key(|operand| operand.at);
        let program = Program::compile(&Node::new(junction(operands), 0)).unwrap();
        (program.truth(&Nothing), probe.calls.load(Ordering::Relaxed) == 1)
    }

    #[test]
    fn opaque_calls_are_made_only_where_the_rest_leaves_the_verdict_open() {
        let none = Err("no");
        let fault = |kind, at| Truth::Fault(Fault { kind, at });
        for at in [0, 2] {
            let cases = [
                (joined(NodeKind::And, Ok(true), FALSE(at)), (Truth::False, false)),
                (joined(NodeKind::Or, Ok(false), TRUE(at)), (Truth::True, false)),
                (joined(NodeKind::And, Ok(true), TRUE(at)), (Truth::True, true)),
                (joined(NodeKind::And, Ok(false), UNKNOWN(at)), (Truth::False, true)),
                (joined(NodeKind::Or, Ok(false), UNKNOWN(at)), (Truth::Unknown, true)),
                (joined(NodeKind::Or, Ok(true), FAULT(at)), (Truth::True, true)),
                (joined(NodeKind::And, none, TRUE(at)), (fault(FaultKind::Opaque, 1), true)),
            ];
            for (index, (found, expected)) in cases.into_iter().enumerate() {
                assert_eq!(found, expected, "case {index} at {at}");
            }
        }
        // Of two faults the left one is reported, whichever was met first.
        let left = joined(NodeKind::And, none, FAULT(0)).0;
        assert_eq!(left, fault(FaultKind::RemainderByZero, 0));
        let left = joined(NodeKind::And, none, FAULT(2)).0;
        assert_eq!(left, fault(FaultKind::Opaque, 1));
    }
}
