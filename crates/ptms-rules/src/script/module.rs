//! The check of a module against the list of what helper functions may use. What is not in the list is
//! refused, at its place.

use std::ops::Range;

use ptms_core::name::nearest;
use rhai::{AST, ASTFlags, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::allowed::ALLOWED;
use super::brackets::unit_len;
use super::engine::GONE;
use super::helpers::Helpers;
use super::place::Lines;
use super::{ScriptError, ScriptErrorKind};
use crate::condition::functions::is_ours;

/// A function that a module declares: its name, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    pub(super) place: Range<usize>,
}

/// The functions that `text` declares, in order, whether or not the rest of it can be parsed.
pub(super) fn declared(text: &str) -> Vec<Declared<'_>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut after_fn = false;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let word_len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if let Some(word) = rest.get(..word_len).filter(|word| !word.is_empty()) {
            if after_fn {
                found.push(Declared { name: word, place: at..at + word_len });
            }
            after_fn = word == "fn";
            at += word_len;
        } else {
            let blank = rest.starts_with(char::is_whitespace) || rest.starts_with("/");
            after_fn &= blank;
            at += unit_len(rest);
        }
    }
    found
}

/// The check of one module; collects every fault that it meets.
pub(super) struct Check<'a> {
    lines: &'a Lines<'a>,
    helpers: &'a Helpers,
    errors: Vec<ScriptError>,
}

impl<'a> Check<'a> {
    pub(super) fn new(lines: &'a Lines<'a>, helpers: &'a Helpers) -> Self {
        Self { lines, helpers, errors: Vec::new() }
    }

    /// What is wrong with the module.
    pub(super) fn module(mut self, ast: &AST) -> Vec<ScriptError> {
        for statement in ast.statements() {
            let help = "put it into a function: `fn name(a, b) { … }`";
            self.refuse(statement.position(), "a module holds functions only", Some(help));
        }
        for function in ast.iter_functions().filter(|function| function.this_type.is_some()) {
            let message = format!("`{}` cannot be a function of a type", function.name);
            self.refuse(Position::NONE, &message, Some("write `fn name(a, b) { … }`"));
        }
        ast.clone_functions_only().walk(&mut |path: &[ASTNode<'_>]| {
            match path.split_last() {
                Some((ASTNode::Stmt(statement), _)) => self.statement(statement),
                Some((ASTNode::Expr(expr), parents)) => self.expr(expr, parents.last()),
                _ => {}
            }
            true
        });
        self.errors
    }

    fn refuse(&mut self, at: Position, message: &str, help: Option<&str>) {
        let start = if at.is_none() { 0 } else { self.lines.byte(at) };
        let end = self.lines.token_end(start);
        let (message, help) = (message.to_owned(), help.map(str::to_owned));
        let kind = ScriptErrorKind::Forbidden;
        self.errors.push(ScriptError { kind, start, end, message, help });
    }

    fn statement(&mut self, statement: &Stmt) {
        let refused = match statement {
            Stmt::TryCatch(..) => "helpers cannot catch a fault",
            Stmt::Import(..) | Stmt::Export(..) => "helpers see every helper of the book as it is",
            Stmt::Share(..) => "helpers have no functions as values",
            Stmt::BreakLoop(Some(_), ..) => "`break` takes no value here",
            Stmt::Var(_, flags, _) if flags.contains(ASTFlags::EXPORTED) => {
                "helpers see every helper of the book as it is"
            }
            Stmt::FnCall(call, at) => return self.call(call, *at, false),
            _ => return,
        };
        self.refuse(statement.position(), refused, None);
    }

    fn expr(&mut self, expr: &Expr, parent: Option<&ASTNode<'_>>) {
        let at = expr.position();
        match expr {
            Expr::Variable(variable, ..) if !variable.2.is_empty() => self.qualified(at),
            Expr::Variable(variable, ..) if variable.0.is_none() => self.unknown(&variable.1, at),
            Expr::FnCall(call, at) => self.call(call, *at, false),
            Expr::MethodCall(call, at) => self.call(call, *at, true),
            Expr::InterpolatedString(..) => {
                self.refuse(
                    at,
                    "helpers have no interpolated strings",
                    Some("join strings by `+`"),
                );
            }
            Expr::Map(..) => self.refuse(at, "helpers have no maps", Some("use `switch`")),
            Expr::Property(property, _) if !is_part_of_unknown(parent) => {
                let message = format!("helpers see no parts of values: `.{}`", property.2);
                self.refuse(at, &message, Some("call a function, as in `len(x)`"));
            }
            Expr::DynamicConstant(..) | Expr::ThisPtr(_) | Expr::Custom(..) => {
                self.refuse(at, "helpers may not use this", None);
            }
            _ => {}
        }
    }

    fn qualified(&mut self, at: Position) {
        self.refuse(at, "helpers have no modules: they see every helper of the book", None);
    }

    /// A name that is no variable of the function.
    fn unknown(&mut self, name: &str, at: Position) {
        let help = match name {
            "ctx" => "hand the fact over: `fn f(cpu) { … }`, called as `f(ctx.cpu)`",
            "event" => "hand the field over: `fn f(level) { … }`, called as `f(event.level)`",
            _ if self.helpers.contains(name) => "call it: functions are no values",
            _ => "declare it with `let`, or take it as an argument",
        };
        let message = match name {
            "ctx" | "event" => format!("helpers see their arguments only, not `{name}`"),
            _ => format!("nothing is called `{name}` here"),
        };
        self.refuse(at, &message, Some(help));
    }

    fn call(&mut self, call: &FnCallExpr, at: Position, is_method: bool) {
        let name = call.name.as_str();
        let count = call.args.len() + usize::from(is_method);
        if call.is_qualified() {
            return self.qualified(at);
        }
        if call.capture_parent_scope {
            return self.refuse(at, "helpers see their arguments only", Some("leave out the `!`"));
        }
        if call.is_operator_call() || matches!(name, ".." | "..=") {
            return self.operator(name, at);
        }
        if !self.helpers.contains(name) {
            return self.foreign(name, count, at);
        }
        if is_method {
            let message = format!("`{name}` is a helper, which is not called with a point");
            return self.refuse(at, &message, Some("write `f(a, b)`"));
        }
        let wanted = self.helpers.parameters(name).map(<[String]>::len);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != count) {
            self.refuse(at, &format!("`{name}` takes {}, not {count}", arguments(wanted)), None);
        }
    }

    fn operator(&mut self, name: &str, at: Position) {
        let help = match name {
            "**" => "multiply: `x * x`",
            "&" => "write `&&` for *and*",
            "|" => "write `||` for *or*",
            "^" | "<<" | ">>" | "~" => "",
            _ => return,
        };
        let message = format!("helpers have no operator `{name}`");
        self.refuse(at, &message, Some(help).filter(|help| !help.is_empty()));
    }

    /// A function that is no helper.
    fn foreign(&mut self, name: &str, count: usize, at: Position) {
        let allowed = ALLOWED.iter().filter(|(allowed, _)| *allowed == name);
        if let Some((_, wanted)) = allowed.clone().next() {
            if *wanted != count {
                self.refuse(
                    at,
                    &format!("`{name}` takes {}, not {count}", arguments(*wanted)),
                    None,
                );
            }
            return;
        }
        if is_ours(name) {
            let message = format!("helpers see their arguments only: they have no `{name}`");
            let help = format!("call it in the condition and hand over the result: `f({name}(…))`");
            return self.refuse(at, &message, Some(&help));
        }
        let known = self.helpers.names().chain(ALLOWED.iter().map(|(name, _)| *name));
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
                format!("beside the helpers of the book there are {}", names.join(", "))
            }
        };
        self.refuse(at, &format!("helpers have no function `{name}`"), Some(&help));
    }
}

/// Whether the property of `parent` is one of a name that is reported anyway.
fn is_part_of_unknown(parent: Option<&ASTNode<'_>>) -> bool {
    let Some(ASTNode::Expr(Expr::Dot(pair, ..))) = parent else { return false };
    matches!(&pair.lhs, Expr::Variable(variable, ..) if variable.0.is_none())
}

/// `2 arguments`
pub(crate) fn arguments(count: usize) -> String {
    format!("{count} argument{}", if count == 1 { "" } else { "s" })
}

/// Whether no helper can be called `name`: it is called like what
/// conditions or scripts have already.
pub(super) fn is_taken(name: &str) -> bool {
    is_ours(name) || GONE.contains(&name) || ALLOWED.iter().any(|(allowed, _)| *allowed == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_where_they_are_declared() {
        let names = |text| declared(text).into_iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names("fn a(x) { x } private fn b() {}"), ["a", "b"]);
        assert_eq!(names("// fn no()\n/* fn no() */ \"fn no()\" `fn no`"), [""; 0]);
        assert_eq!(names("fn /* here */\n a() {} fnord fn() fn 3"), ["a", "3"]);
        assert_eq!(declared("fn äb(x)").first().unwrap().place, 3..6);
    }
}
