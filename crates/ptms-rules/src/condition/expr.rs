//! The syntax of a condition as a tree: what was written and where. It knows no types and no names'
//! meanings.

use std::slice::{from_mut, from_ref};

use ptms_core::Value;

/// A part of a condition; `start..end` are the bytes it takes up, closing brackets not counted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a part of a condition is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    /// A value written out.
    Literal(Value),
    /// A name, or several joined by points: `ctx.latency_ms`.
    Path(Vec<Word>),
    /// `!a`
    Not(Box<Expr>),
    /// `-a`
    Negate(Box<Expr>),
    /// `a && b && …`
    And(Vec<Expr>),
    /// `a || b || …`
    Or(Vec<Expr>),
    /// `a ?? b ?? …`
    Coalesce(Vec<Expr>),
    /// `a < b` and its like.
    Compare(Comparison, Box<[Expr; 2]>),
    /// `a + b` and its like.
    Arithmetic(Arithmetic, Box<[Expr; 2]>),
    /// `item in container`
    In { item: Box<Expr>, container: Box<Expr> },
    /// `f(a, b)`, or `a.f(b)`, which means the same.
    Call { name: Word, arguments: Vec<Expr> },
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `a..b`, or `a..=b`
    Range { bounds: Box<[Expr; 2]>, inclusive: bool },
}

impl Expr {
    /// The parts that it is made of, in two runs.
    pub(crate) fn parts(&self) -> [&[Expr]; 2] {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => [&[], &[]],
            ExprKind::Not(operand) | ExprKind::Negate(operand) => [from_ref(operand), &[]],
            ExprKind::And(operands)
            | ExprKind::Or(operands)
            | ExprKind::Coalesce(operands)
            | ExprKind::Array(operands)
            | ExprKind::Call { arguments: operands, .. } => [operands, &[]],
            ExprKind::Compare(_, pair)
            | ExprKind::Arithmetic(_, pair)
            | ExprKind::Range { bounds: pair, .. } => [pair.as_slice(), &[]],
            ExprKind::In { item, container } => [from_ref(item), from_ref(container)],
        }
    }

    fn parts_mut(&mut self) -> [&mut [Expr]; 2] {
        match &mut self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => [&mut [], &mut []],
            ExprKind::Not(operand) | ExprKind::Negate(operand) => [from_mut(operand), &mut []],
            ExprKind::And(operands)
            | ExprKind::Or(operands)
            | ExprKind::Coalesce(operands)
            | ExprKind::Array(operands)
            | ExprKind::Call { arguments: operands, .. } => [operands, &mut []],
            ExprKind::Compare(_, pair)
            | ExprKind::Arithmetic(_, pair)
            | ExprKind::Range { bounds: pair, .. } => [pair.as_mut_slice(), &mut []],
            ExprKind::In { item, container } => [from_mut(item), from_mut(container)],
        }
    }

    /// Calls `visit` for every part, from the whole to the smallest.
    pub(crate) fn visit<'e>(&'e self, visit: &mut impl FnMut(&'e Expr)) {
        visit(self);
        self.parts().into_iter().flatten().for_each(|part| part.visit(visit));
    }

    /// The same with every part at one place: what stands there is read as this.
    pub(crate) fn read_at(mut self, (start, end): (usize, usize)) -> Self {
        self.move_to(start, end);
        self
    }

    fn move_to(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (start, end);
        match &mut self.kind {
            ExprKind::Path(words) => words.iter_mut().for_each(|word| word.move_to(start, end)),
            ExprKind::Call { name, .. } => name.move_to(start, end),
            _ => {}
        }
        self.parts_mut().into_iter().flatten().for_each(|part| part.move_to(start, end));
    }
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Word {
    fn move_to(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (start, end);
    }

    /// The names in their order, joined by points.
    pub(crate) fn join(words: &[Self]) -> String {
        words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(".")
    }
}

/// Operators that compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// As authors write it.
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The operator that says the same with its operands exchanged.
    pub(crate) const fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

/// Operators that calculate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Arithmetic {
    /// As authors write it.
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}
