//! From the script engine's tree to ours. What conditions may not use is refused here, by not being
//! in the list of what they may.

mod choices;

use ptms_core::Value;
use rhai::{AST, Engine, Expr as Script, FnCallExpr, Position, Stmt, Token};

use super::brackets::pairs;
use super::engine::MAX_DEPTH;
use super::place::Lines;
use super::syntax::SINGLE_QUOTES;
use super::{ScriptError, ScriptErrorKind};
use crate::condition::expr::{Arithmetic, Comparison, Expr, ExprKind, Word};

/// The lowering of one condition; collects every fault that it meets.
pub(super) struct Lowering<'a> {
    engine: &'a Engine,
    text: &'a str,
    lines: &'a Lines<'a>,
    brackets: Vec<(usize, usize)>,
    errors: Vec<ScriptError>,
}

/// A fault has been noted; there is no tree.
struct Refused;

type Lowered = Result<Expr, Refused>;

impl<'a> Lowering<'a> {
    pub(super) fn new(engine: &'a Engine, text: &'a str, lines: &'a Lines<'a>) -> Self {
        Self { engine, text, lines, brackets: pairs(text), errors: Vec::new() }
    }

    /// The one expression of a parsed condition.
    pub(super) fn condition(mut self, ast: &AST) -> Result<Expr, Vec<ScriptError>> {
        let lowered = match ast.statements() {
            [Stmt::Expr(script)] => self.expr(script, 0),
            // A call at the top of a text is a statement of its own in the script engine.
            [Stmt::FnCall(call, position)] => self.call(call, *position, 0),
            _ => self.refuse(Position::NONE, "a condition is one expression", None),
        };
        match lowered {
            Ok(expr) if self.errors.is_empty() => Ok(expr),
            _ => Err(self.errors),
        }
    }

    fn refuse<T>(&mut self, at: Position, message: &str, help: Option<&str>) -> Result<T, Refused> {
        let start = if at.is_none() { 0 } else { self.lines.byte(at) };
        let end = self.lines.token_end(start);
        let (message, help) = (message.to_owned(), help.map(str::to_owned));
        let kind = ScriptErrorKind::Forbidden;
        self.errors.push(ScriptError { kind, start, end, message, help });
        Err(Refused)
    }

    fn word(&self, text: &str, at: Position) -> Word {
        let start = self.lines.byte(at);
        Word { text: text.to_owned(), start, end: start + text.len() }
    }

    fn token(&self, kind: ExprKind, at: Position) -> Expr {
        let start = self.lines.byte(at);
        Expr { kind, start, end: self.lines.token_end(start) }
    }

    fn expr(&mut self, script: &Script, depth: usize) -> Lowered {
        if depth > MAX_DEPTH {
            return self.refuse(script.position(), "the condition is nested too deeply", None);
        }
        let at = script.position();
        let depth = depth + 1;
        match script {
            Script::BoolConstant(value, _) => Ok(self.token(literal(*value), at)),
            Script::IntegerConstant(value, _) => Ok(self.number(literal(*value), at)),
            Script::FloatConstant(value, _) => self.float(**value, at),
            Script::StringConstant(value, _) => Ok(self.token(literal(value.as_str()), at)),
            Script::CharConstant(..) => self.refuse(at, SINGLE_QUOTES.0, Some(SINGLE_QUOTES.1)),
            Script::Variable(variable, ..) => {
                let word = self.word(&variable.1, at);
                let (start, end) = (word.start, word.end);
                Ok(Expr { kind: ExprKind::Path(vec![word]), start, end })
            }
            Script::And(operands, _) => {
                self.all(operands.iter(), depth).map(|all| over(all, ExprKind::And))
            }
            Script::Or(operands, _) => {
                self.all(operands.iter(), depth).map(|all| over(all, ExprKind::Or))
            }
            Script::Coalesce(operands, _) => {
                let operands = self.all(operands.iter(), depth)?;
                let is_sum = |expr: &Expr| matches!(expr.kind, ExprKind::Arithmetic(..));
                self.check_bracketed(&operands, is_sum, "`a + b ?? 0` means `(a + b) ?? 0`")?;
                Ok(over(operands, ExprKind::Coalesce))
            }
            Script::Array(items, _) => {
                let start = self.lines.byte(at);
                let items = self.all(items.iter(), depth)?;
                let end = items.last().map_or(start + 1, |item| item.end);
                Ok(Expr { kind: ExprKind::Array(items), start, end })
            }
            Script::Map(entries, _) => {
                let start = self.lines.byte(at);
                let values = self.all(entries.0.iter().map(|(_, value)| value), depth)?;
                let end = values.last().map_or(start + 1, |value| value.end);
                let names = entries.0.iter().map(|(name, _)| self.word(&name.name, name.pos));
                let options = names.zip(values).collect();
                Ok(Expr { kind: ExprKind::Options(options), start, end })
            }
            Script::FnCall(call, position) => self.call(call, *position, depth),
            Script::Dot(..) => self.dotted(script, depth),
            Script::Stmt(block) => self.block(block, at, depth),
            Script::Unit(_) => {
                let help = "write `!has(x)` for *x is unknown*";
                self.refuse(at, "conditions have no `()`", Some(help))
            }
            Script::Index(..) => {
                let help = "a fact is written `ctx.name`; lists are looked into by `in`";
                self.refuse(at, forbidden(script), Some(help))
            }
            other => self.refuse(at, forbidden(other), Some("see the reference of conditions")),
        }
    }

    /// A number: the script engine gives a negative one the position of its digits or of its sign,
    /// from which brackets may part it.
    fn number(&self, kind: ExprKind, at: Position) -> Expr {
        let start = self.lines.byte(at);
        Expr { kind, start, end: self.lines.token_end(self.digits(start)) }
    }

    /// Where the digits of the number at `start` begin.
    fn digits(&self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        start + rest.find(|c: char| c.is_ascii_digit()).unwrap_or(0)
    }

    /// Refuses operands of a kind that people read otherwise than the script engine, unless brackets
    /// show what is meant.
    fn check_bracketed(
        &mut self,
        operands: &[Expr],
        doubtful: impl Fn(&Expr) -> bool,
        meaning: &str,
    ) -> Result<(), Refused> {
        let encloses =
            |(open, close): (usize, usize), expr: &Expr| open < expr.start && expr.end <= close;
        let bracketed = |index: usize, expr: &Expr| {
            let mut others = operands.iter().enumerate().filter(|(other, _)| *other != index);
            let other = others.next().map(|(_, other)| other);
            self.brackets.iter().any(|pair| {
                encloses(*pair, expr) && !other.is_some_and(|other| encloses(*pair, other))
            })
        };
        let bare = operands
            .iter()
            .enumerate()
            .find(|(index, expr)| doubtful(expr) && !bracketed(*index, expr));
        let Some((_, Expr { start, end, .. })) = bare else { return Ok(()) };
        self.errors.push(ScriptError {
            kind: ScriptErrorKind::Forbidden,
            start: *start,
            end: *end,
            message: "beside `??` brackets must show what belongs together".to_owned(),
            help: Some(format!("{meaning}: write the brackets that you mean")),
        });
        Err(Refused)
    }

    /// A float: the script engine also reads whole numbers of more than 64 bits as floats, and numbers
    /// beyond all floats as infinite.
    fn float(&mut self, value: f64, at: Position) -> Lowered {
        let number = self.number(literal(value), at);
        let digits = self.text.get(self.digits(number.start)..number.end).unwrap_or_default();
        if !value.is_finite() {
            return self.refuse(at, "the number is beyond all floats", None);
        }
        if !digits.contains(['.', 'e', 'E']) {
            return self.refuse(at, "the whole number is beyond 64 bits", None);
        }
        Ok(number)
    }

    fn all<'s>(
        &mut self,
        scripts: impl Iterator<Item = &'s Script>,
        depth: usize,
    ) -> Result<Vec<Expr>, Refused> {
        // Every operand is looked at, so that the faults of all of them are reported.
        let lowered: Vec<Lowered> = scripts.map(|script| self.expr(script, depth)).collect();
        lowered.into_iter().collect()
    }

    fn call(&mut self, call: &FnCallExpr, at: Position, depth: usize) -> Lowered {
        if !call.namespace.is_empty() {
            return self.refuse(at, "conditions have no modules", None);
        }
        let arguments = self.all(call.args.iter(), depth)?;
        let name = self.word(&call.name, at);
        // `a in b` arrives as `contains(b, a)`, at the position of the word `in` (or of `!in`).
        if name.text == "contains" && !self.stands_at(name.start, "contains") {
            if let Ok([container, item]) = <[Expr; 2]>::try_from(arguments) {
                let (start, end) = (item.start, container.end);
                let (item, container) = (Box::new(item), Box::new(container));
                return Ok(Expr { kind: ExprKind::In { item, container }, start, end });
            }
            return self.refuse(at, "`in` takes two operands", None);
        }
        if call.is_operator_call() || matches!(call.name.as_str(), ".." | "..=") {
            return self.operator(call, arguments, at);
        }
        let end = arguments.last().map_or(name.end, |argument| argument.end.max(name.end));
        Ok(Expr { start: name.start, end, kind: ExprKind::Call { name, arguments } })
    }

    fn stands_at(&self, start: usize, word: &str) -> bool {
        self.text.get(start..).is_some_and(|rest| rest.starts_with(word))
    }

    fn operator(&mut self, call: &FnCallExpr, arguments: Vec<Expr>, at: Position) -> Lowered {
        let operator = self.lines.byte(at);
        let mut arguments = arguments.into_iter();
        let (first, second) = (arguments.next(), arguments.next());
        let (first, second) = match (first, second) {
            (Some(first), Some(second)) => (first, second),
            (Some(operand), None) => return self.unary(call, operand, at),
            _ => return self.refuse(at, "an operand is missing", None),
        };
        let (start, end) = (first.start.min(operator), second.end);
        let operands = Box::new([first, second]);
        let is_coalesce = |expr: &Expr| matches!(expr.kind, ExprKind::Coalesce(_));
        self.check_bracketed(&*operands, is_coalesce, "`a ?? 0 > b` means `(a ?? 0) > b`")?;
        let compare = |comparison| ExprKind::Compare(comparison, operands.clone());
        let calculate = |operator| ExprKind::Arithmetic(operator, operands.clone());
        let kind = match call.name.as_str() {
            "==" => compare(Comparison::Equal),
            "!=" => compare(Comparison::NotEqual),
            "<" => compare(Comparison::Less),
            "<=" => compare(Comparison::LessOrEqual),
            ">" => compare(Comparison::Greater),
            ">=" => compare(Comparison::GreaterOrEqual),
            "+" => calculate(Arithmetic::Add),
            "-" => calculate(Arithmetic::Subtract),
            "*" => calculate(Arithmetic::Multiply),
            "/" => calculate(Arithmetic::Divide),
            "%" => calculate(Arithmetic::Remainder),
            ".." => ExprKind::Range { bounds: operands, inclusive: false },
            "..=" => ExprKind::Range { bounds: operands, inclusive: true },
            sign @ ("&" | "|") => return self.single(sign, &operands, at),
            other => {
                let message = format!("conditions have no operator `{other}`");
                return self.refuse(at, &message, None);
            }
        };
        Ok(Expr { kind, start, end })
    }

    /// `&` or `|`: meant as `&&` or `||`, or as a look at bits, where `==` also takes what was meant for
    /// the sign.
    fn single<T>(
        &mut self,
        sign: &str,
        [left, right]: &[Expr; 2],
        at: Position,
    ) -> Result<T, Refused> {
        let is_int = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Value::Int(_)));
        let is_mask = |expr: &Expr| match &expr.kind {
            ExprKind::Compare(_, pair) => pair.first().is_some_and(is_int),
            _ => is_int(expr),
        };
        let word = if sign == "&" { "and" } else { "or" };
        let compares = |expr: &Expr| matches!(expr.kind, ExprKind::Compare(..));
        let help = if is_mask(left) || is_mask(right) {
            "conditions look at no bits: declare a fact of type bool for each".to_owned()
        } else if compares(left) != compares(right) {
            format!(
                "write `{sign}{sign}` for *{word}*; comparisons bind tighter: put brackets around what \
                 belongs together"
            )
        } else {
            format!("write `{sign}{sign}` for *{word}*")
        };
        self.refuse(at, &format!("conditions have no `{sign}`"), Some(&help))
    }

    fn unary(&mut self, call: &FnCallExpr, operand: Expr, at: Position) -> Lowered {
        // `a !in b` is `!(a in b)` to the script engine, at the position of the operator.
        let start = self.lines.byte(at).min(operand.start);
        let end = operand.end;
        let operand = Box::new(operand);
        match (call.name.as_str(), &call.op_token) {
            ("!", _) => Ok(Expr { kind: ExprKind::Not(operand), start, end }),
            ("-", Some(Token::Minus | Token::UnaryMinus)) => {
                Ok(Expr { kind: ExprKind::Negate(operand), start, end })
            }
            ("+", _) => Ok(*operand),
            _ => self.refuse(at, "conditions have no such operator", None),
        }
    }

    /// `a.b.c`, or `a.b.f(x)`: names joined by points, then perhaps one function of what they name.
    fn dotted(&mut self, script: &Script, depth: usize) -> Lowered {
        let mut links = Vec::new();
        let mut rest = script;
        while let Script::Dot(pair, flags, position) = rest {
            if flags.contains(rhai::ASTFlags::NEGATED) {
                let help = "an unknown value needs no special point: write `.`";
                return self.refuse(*position, "conditions have no `?.`", Some(help));
            }
            links.push(&pair.lhs);
            rest = &pair.rhs;
        }
        links.push(rest);
        let mut links = links.into_iter();
        let first = links.next().ok_or(Refused)?;
        let mut value = self.expr(first, depth)?;
        for link in links {
            value = match link {
                Script::Property(property, position) => {
                    let word = self.word(&property.2, *position);
                    self.extend(value, word)?
                }
                Script::MethodCall(call, position) => {
                    let name = self.word(&call.name, *position);
                    let mut arguments = vec![value];
                    arguments.extend(self.all(call.args.iter(), depth)?);
                    let start = arguments.first().map_or(name.start, |argument| argument.start);
                    let last = arguments.last().map_or(name.end, |argument| argument.end);
                    let end = last.max(name.end);
                    Expr { kind: ExprKind::Call { name, arguments }, start, end }
                }
                other => return self.refuse(other.position(), forbidden(other), None),
            };
        }
        Ok(value)
    }

    /// `value.word`, where the value is itself a name, or `last("selector")`, which takes the field as
    /// its second argument.
    fn extend(&mut self, mut value: Expr, word: Word) -> Lowered {
        if let ExprKind::Call { name, arguments } = &mut value.kind
            && name.text == "last"
            && arguments.len() == 1
        {
            value.end = word.end;
            let field = literal(word.text.as_str());
            arguments.push(Expr { kind: field, start: word.start, end: word.end });
            return Ok(value);
        }
        let Expr { kind: ExprKind::Path(mut words), start, .. } = value else {
            let (kind, help) = (ScriptErrorKind::Forbidden, None);
            let message = "only `ctx` and `event` have named parts".to_owned();
            self.errors.push(ScriptError { kind, start: word.start, end: word.end, message, help });
            return Err(Refused);
        };
        let end = word.end;
        words.push(word);
        Ok(Expr { kind: ExprKind::Path(words), start, end })
    }
}

fn literal(value: impl Into<Value>) -> ExprKind {
    ExprKind::Literal(value.into())
}

/// An expression that reaches from the first of `operands` to the last.
fn over(operands: Vec<Expr>, kind: impl FnOnce(Vec<Expr>) -> ExprKind) -> Expr {
    let start = operands.first().map_or(0, |operand| operand.start);
    let end = operands.last().map_or(start, |operand| operand.end);
    Expr { kind: kind(operands), start, end }
}

/// What a construct is that conditions may not use.
const fn forbidden(script: &Script) -> &'static str {
    match script {
        Script::InterpolatedString(..) => "conditions have no interpolated strings",
        Script::Map(..) => "conditions have no maps",
        Script::Index(..) => "conditions have no `[…]` access",
        _ => "conditions may not use this",
    }
}
