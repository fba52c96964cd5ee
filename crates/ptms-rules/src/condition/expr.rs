//! The syntax of a condition as a tree: what was written and where. It knows no types and no names'
//! meanings.

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

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
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
