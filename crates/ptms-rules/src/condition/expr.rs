//! The syntax of a condition as a tree: what was written and where. It knows no types and no names'
//! meanings.

use std::iter::once;

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
    /// `#{name: value}`, behind the arguments of a function.
    Options(Vec<(Word, Expr)>),
    /// `a..b`, or `a..=b`
    Range { bounds: Box<[Expr; 2]>, inclusive: bool },
    /// `if condition { then } else { otherwise }`
    If(Box<[Expr; 3]>),
    /// `switch subject { patterns => result, _ => default }`
    Switch { subject: Box<Expr>, arms: Vec<Arm>, default: Box<Expr> },
}

/// `patterns => result` in a `switch`; the patterns are values and ranges parted by `|`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arm {
    pub(crate) patterns: Vec<Expr>,
    pub(crate) result: Expr,
}

impl Expr {
    /// The parts that it is made of, in their order.
    fn parts(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => Vec::new(),
            ExprKind::Not(operand) | ExprKind::Negate(operand) => vec![operand],
            ExprKind::And(operands)
            | ExprKind::Or(operands)
            | ExprKind::Coalesce(operands)
            | ExprKind::Array(operands)
            | ExprKind::Call { arguments: operands, .. } => operands.iter().collect(),
            ExprKind::Compare(_, pair)
            | ExprKind::Arithmetic(_, pair)
            | ExprKind::Range { bounds: pair, .. } => pair.iter().collect(),
            ExprKind::Options(options) => options.iter().map(|(_, value)| value).collect(),
            ExprKind::In { item, container } => vec![item, container],
            ExprKind::If(parts) => parts.iter().collect(),
            ExprKind::Switch { subject, arms, default } => {
                let of_arms =
                    arms.iter().flat_map(|arm| arm.patterns.iter().chain(once(&arm.result)));
                once(&**subject).chain(of_arms).chain([&**default]).collect()
            }
        }
    }

    fn parts_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.kind {
            ExprKind::Literal(_) | ExprKind::Path(_) => Vec::new(),
            ExprKind::Not(operand) | ExprKind::Negate(operand) => vec![operand],
            ExprKind::And(operands)
            | ExprKind::Or(operands)
            | ExprKind::Coalesce(operands)
            | ExprKind::Array(operands)
            | ExprKind::Call { arguments: operands, .. } => operands.iter_mut().collect(),
            ExprKind::Compare(_, pair)
            | ExprKind::Arithmetic(_, pair)
            | ExprKind::Range { bounds: pair, .. } => pair.iter_mut().collect(),
            ExprKind::Options(options) => options.iter_mut().map(|(_, value)| value).collect(),
            ExprKind::In { item, container } => vec![item, container],
            ExprKind::If(parts) => parts.iter_mut().collect(),
            ExprKind::Switch { subject, arms, default } => {
                let of_arms = arms
                    .iter_mut()
                    .flat_map(|arm| arm.patterns.iter_mut().chain(once(&mut arm.result)));
                once(&mut **subject).chain(of_arms).chain([&mut **default]).collect()
            }
        }
    }

    /// Calls `visit` for every part, from the whole to the smallest.
    pub(crate) fn visit<'e>(&'e self, visit: &mut impl FnMut(&'e Expr)) {
        visit(self);
        self.parts().into_iter().for_each(|part| part.visit(visit));
    }

    /// Puts what `instead` gives in the place of a part, and looks into the parts that stay.
    pub(crate) fn replace(&mut self, instead: &mut impl FnMut(&Expr) -> Option<Expr>) {
        match instead(self) {
            Some(other) => *self = other,
            None => self.parts_mut().into_iter().for_each(|part| part.replace(instead)),
        }
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
            ExprKind::Options(options) => {
                options.iter_mut().for_each(|(name, _)| name.move_to(start, end));
            }
            _ => {}
        }
        self.parts_mut().into_iter().for_each(|part| part.move_to(start, end));
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
