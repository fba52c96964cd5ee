//! Helper functions: the `.rhai` modules of a book. They are compiled and checked here, once, and run
//! by the script engine within limits; each sees its arguments and nothing else. Knows no fact, no rule
//! and no file but its name.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{BAD_NAME, DUPLICATE_NAME, TOO_MUCH};
use ptms_core::{Diagnostic, Name, Span, Value};
use rhai::{AST, CallFnOptions, Dynamic, Engine, ParseErrorType, Scope};

use super::engine::{Limits, hardened};
use super::module::{Check, Declared, declared, is_taken};
use super::place::Lines;
use super::syntax::{Grammar, syntax_error};
use super::words::Failure;
use super::{ScriptError, allowed, values};
use crate::condition::cell::Cell;
use crate::functions::Functions;

/// The longest module, in bytes: some hundred short functions. Checked before the parser sees it.
pub(crate) const MAX_MODULE_LEN: usize = 65_536;

/// The most helper functions of a module.
pub(crate) const MAX_HELPERS: usize = 256;

/// How much a call may do, in steps of the script engine: far more than a helper needs, and done
/// within some milliseconds.
pub(crate) const MAX_OPERATIONS: u64 = 20_000;

/// How deep calls of helpers may nest; with [`MAX_HELPER_DEPTH`] it bounds the stack.
pub(crate) const MAX_CALLS: usize = 8;

/// How deep the blocks and expressions of a helper may nest.
pub(crate) const MAX_HELPER_DEPTH: usize = 32;

/// The longest string in a helper, in bytes. Whatever a helper does, it can do [`MAX_OPERATIONS`]
/// times over a string, so that these are shorter than those of facts.
pub(crate) const MAX_HELPER_TEXT: usize = 4_096;

/// The most items of a list in a helper, those of lists within it included.
pub(crate) const MAX_ITEMS: usize = 1_024;

/// The most variables that are alive in one call.
pub(crate) const MAX_VARIABLES: usize = 64;

const LIMITS: Limits = Limits {
    depth: MAX_HELPER_DEPTH,
    operations: MAX_OPERATIONS,
    call_levels: MAX_CALLS,
    variables: MAX_VARIABLES,
    functions: MAX_HELPERS,
    text_len: MAX_HELPER_TEXT,
    list_len: MAX_ITEMS,
};

/// A text of helper functions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Module<'a> {
    pub(crate) name: &'a Name,
    pub(crate) text: &'a str,
}

/// The helper functions of a book.
#[derive(Debug)]
pub(crate) struct Helpers {
    engine: Engine,
    ast: AST,
    /// The arguments that each takes, and the module that declares it. Those at fault are here too.
    by_name: BTreeMap<String, (Option<Vec<String>>, Name)>,
}

impl Default for Helpers {
    fn default() -> Self {
        let mut engine = hardened(&LIMITS);
        engine.disable_symbol("**=").disable_symbol("private");
        allowed::register(&mut engine);
        Self { engine, ast: AST::empty(), by_name: BTreeMap::new() }
    }
}

impl Helpers {
    /// Compiles the modules of a book, and says everything that is wrong with them.
    pub(crate) fn compile(modules: &[Module<'_>], host: &Functions) -> (Self, Vec<Diagnostic>) {
        let mut helpers = Self::default();
        let mut found = Vec::new();
        let mut asts = Vec::new();
        let mut first = BTreeMap::new();
        for module in modules {
            if module.text.len() > MAX_MODULE_LEN {
                let message = format!("{} is longer than {MAX_MODULE_LEN} bytes", module.name);
                let diagnostic = Diagnostic::error(TOO_MUCH, message).label(module.span(0..0), "");
                found.push(diagnostic.help("split it into several modules"));
                continue;
            }
            for function in declared(module.text) {
                found.extend(function.check(*module, host, &mut first));
                helpers
                    .by_name
                    .entry(function.name.to_owned())
                    .or_insert((None, module.name.clone()));
            }
            match helpers.parse(*module) {
                Ok(ast) => asts.push((*module, ast)),
                Err(error) => found.extend(error.map(|error| module.diagnostic(error))),
            }
        }
        for function in asts.iter().flat_map(|(_, ast)| ast.iter_functions()) {
            if let Some((parameters, _)) = helpers.by_name.get_mut(function.name) {
                *parameters = Some(function.params.into_iter().map(str::to_owned).collect());
            }
        }
        for (module, ast) in asts {
            let lines = Lines::new(module.text);
            let errors = Check::new(&lines, &helpers).module(&ast);
            found.extend(errors.into_iter().map(|error| module.diagnostic(error)));
            helpers.ast.combine(ast);
        }
        (helpers, found)
    }

    /// The functions of a module; no error where what is wrong with it has been said.
    fn parse(&self, module: Module<'_>) -> Result<AST, Option<ScriptError>> {
        self.engine.compile(module.text).map_err(|error| {
            let lines = Lines::new(module.text);
            let told = matches!(error.err_type(), ParseErrorType::FnDuplicatedDefinition(..));
            let place = error.position();
            (!told).then(|| {
                syntax_error(Grammar::Module, module.text, &lines, error.err_type(), place)
            })
        })
    }

    /// The names of all helpers, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.by_name.keys().map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The names of the arguments of a helper, if there is one and it can be parsed.
    pub(crate) fn parameters(&self, name: &str) -> Option<&[String]> {
        self.by_name.get(name).and_then(|(parameters, _)| parameters.as_deref())
    }

    /// What the helper makes of the values; or why it could not, in the words of its author.
    pub(crate) fn call(&self, name: &str, arguments: &[Cell<'_>]) -> Result<Value, String> {
        self.run(name, arguments).map_err(|Failure { helper, line, reason }| {
            let file = self.by_name.get(&helper).map_or("", |(_, file)| file.as_str());
            match line {
                Some(line) => format!("`{helper}` ({file}, line {line}): {reason}"),
                None => format!("`{helper}` ({file}): {reason}"),
            }
        })
    }

    fn run(&self, name: &str, arguments: &[Cell<'_>]) -> Result<Value, Failure> {
        let failure = |reason: String| Failure { helper: name.to_owned(), line: None, reason };
        if arguments.iter().copied().any(values::is_too_long) {
            return Err(failure("a string or list that is handed over is too long".to_owned()));
        }
        let arguments: Vec<Dynamic> = arguments.iter().copied().map(values::dynamic).collect();
        let options = CallFnOptions::new().eval_ast(false);
        let scope = &mut Scope::new();
        let result = self.engine.call_fn_with_options(options, scope, &self.ast, name, arguments);
        let value: Dynamic = result.map_err(|error| Failure::of(name, *error))?;
        values::value(&value).map_err(failure)
    }
}

impl Module<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        Span::new(self.name, range)
    }

    fn diagnostic(&self, error: ScriptError) -> Diagnostic {
        let span = self.span(error.start..error.end);
        let diagnostic = Diagnostic::error(error.kind.code(), error.message).label(span, "");
        match error.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

impl<'a> Declared<'a> {
    /// Refuses a name that is taken, by us or by a function before it.
    fn check(
        &self,
        module: Module<'_>,
        host: &Functions,
        first: &mut BTreeMap<&'a str, Span>,
    ) -> Option<Diagnostic> {
        let span = module.span(self.place.clone());
        let name = self.name;
        if !Name::is_valid(name) {
            let message = format!("a helper cannot be called {name:?}");
            let diagnostic = Diagnostic::error(BAD_NAME, message).label(span, "");
            let help = format!("use letters, digits and `_`, at most {} of them", Name::MAX_LEN);
            return Some(diagnostic.help(help));
        }
        if is_taken(name) || host.find(name).is_some() {
            let message = format!("there is a function `{name}` already");
            let diagnostic = Diagnostic::error(DUPLICATE_NAME, message).label(span, "");
            return Some(diagnostic.help("give the helper a name of its own"));
        }
        let Some(before) = first.get(name) else {
            first.insert(name, span);
            return None;
        };
        let message = format!("the helper `{name}` is declared twice");
        let diagnostic = Diagnostic::error(DUPLICATE_NAME, message)
            .label(span, "again here")
            .label(before.clone(), "first here")
            .help("rename one of them, or delete it");
        Some(diagnostic)
    }
}

#[cfg(test)]
mod tests;
