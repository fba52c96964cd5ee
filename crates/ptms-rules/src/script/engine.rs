//! One constructor for the script engine, with every limit set, and the canary.

use rhai::{Engine, OptimizationLevel};

use super::lower::Lowering;
use super::place::Lines;
use super::syntax::{Grammar, syntax_error};
use super::{ScriptError, ScriptErrorKind};
use crate::condition::expr::Expr;

/// The longest condition, in bytes: a screen of text. Checked before the parser sees it.
pub(crate) const MAX_CONDITION_LEN: usize = 8_192;

/// How deep a condition may nest; also how many operators may follow each other on one level. Deep
/// enough for any condition that a person can read, shallow enough for the smallest stack.
pub(crate) const MAX_DEPTH: usize = 64;

/// The most items of a list that is written out in a condition.
pub(crate) const MAX_LIST_LEN: usize = 256;

/// Parses conditions. One is enough for a whole rulebook.
pub(crate) struct Parser {
    engine: Engine,
}

impl Parser {
    /// A hardened parser.
    ///
    /// # Errors
    ///
    /// The reason why the `rhai` that this program was built with is unfit.
    pub(crate) fn new() -> Result<Self, &'static str> {
        let mut engine = hardened(&OF_CONDITIONS);
        engine.set_allow_looping(false);
        let parser = Self { engine };
        canary(&parser.engine)?;
        Ok(parser)
    }

    /// The condition as a tree whose positions are bytes of `text`.
    pub(crate) fn parse(&self, text: &str) -> Result<Expr, Vec<ScriptError>> {
        if text.len() > MAX_CONDITION_LEN {
            let message = format!("the condition is longer than {MAX_CONDITION_LEN} bytes");
            return Err(vec![ScriptError {
                kind: ScriptErrorKind::TooMuch,
                start: 0,
                end: 0,
                message,
                help: Some("split it into several rules".to_owned()),
            }]);
        }
        let lines = Lines::new(text);
        let ast = self.engine.compile_expression(text).map_err(|error| {
            vec![syntax_error(Grammar::Condition, text, &lines, error.err_type(), error.position())]
        })?;
        Lowering::new(&self.engine, text, &lines).condition(&ast)
    }

    /// Whether `ctx.name` can be written in a condition: `name` is an identifier, or several joined by
    /// points, and none is a word of the language.
    pub(crate) fn is_property(&self, name: &str) -> bool {
        let plain = |part: &str| {
            let mut chars = part.chars();
            chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
                && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let parses = || self.engine.compile_expression(format!("ctx.{name}")).is_ok();
        name.split('.').all(plain) && parses()
    }
}

/// What scripts of a kind may take up. Every limit that the script engine has is here, because its own
/// ones differ between debug and release builds.
pub(super) struct Limits {
    pub(super) depth: usize,
    pub(super) operations: u64,
    pub(super) call_levels: usize,
    pub(super) variables: usize,
    pub(super) functions: usize,
    pub(super) text_len: usize,
    pub(super) list_len: usize,
}

/// Conditions have no variables and no functions of their own; we evaluate them, so the limits of a
/// run are only for safety.
const OF_CONDITIONS: Limits = Limits {
    depth: MAX_DEPTH,
    operations: 100_000,
    call_levels: 1,
    variables: 1,
    functions: 0,
    text_len: MAX_CONDITION_LEN,
    list_len: MAX_LIST_LEN,
};

/// The one place in which a script engine is made. It has no functions and no modules: what scripts
/// may call is added by name.
pub(super) fn hardened(limits: &Limits) -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_max_expr_depths(limits.depth, limits.depth)
        .set_max_operations(limits.operations)
        .set_max_call_levels(limits.call_levels)
        .set_max_variables(limits.variables)
        .set_max_functions(limits.functions)
        .set_max_modules(0)
        .set_max_string_size(limits.text_len)
        .set_max_array_size(limits.list_len)
        .set_max_map_size(1)
        .set_max_strings_interned(256)
        .set_allow_loop_expressions(false)
        .set_allow_statement_expression(false)
        .set_allow_anonymous_fn(false)
        .set_allow_shadowing(false);
    for symbol in GONE {
        engine.disable_symbol(symbol);
    }
    engine
}

/// What scripts do not have, although the script engine does: evaluation of text, output, functions as
/// values, a look at types.
pub(super) const GONE: [&str; 9] =
    ["eval", "print", "debug", "Fn", "call", "curry", "type_of", "is_shared", "this"];

/// Features of `rhai` unify over a whole program. Those that would change the meaning of conditions
/// are detected here, once per rulebook.
fn canary(engine: &Engine) -> Result<(), &'static str> {
    if size_of::<rhai::INT>() != size_of::<i64>() {
        return Err("rhai was built with `only_i32`: whole numbers need 64 bits");
    }
    if size_of::<rhai::FLOAT>() != size_of::<f64>() {
        return Err("rhai was built with `f32_float`: floats need 64 bits");
    }
    match engine.compile_expression("1 +\n +") {
        Err(error) if error.position().line() == Some(2) => {}
        _ => return Err("rhai was built with `no_position`: messages need positions"),
    }
    let deep = format!("{}1{}", "(".repeat(2 * MAX_DEPTH), ")".repeat(2 * MAX_DEPTH));
    if engine.compile_expression(deep).is_ok() {
        return Err("rhai was built with `unchecked`: rulebooks need its limits");
    }
    Ok(())
}
