//! Functions of the host, for conditions to call. They are checked at load like those of the language.
//! Knows no condition and no rule.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ptms_core::{Name, Type, Value};

use crate::condition::functions::is_ours;
use crate::script::is_function_name;

/// What a call costs if nothing is said of it: the one of a helper function.
pub(crate) const DEFAULT_COST: u32 = 100;

/// Functions of the host, for the conditions of a rulebook.
///
/// ```
/// use ptms_core::{Sources, Timestamp, Type, Value};
/// use ptms_rules::{Function, Functions, Input, Output, Rulebook, Session};
///
/// let mut functions = Functions::default();
/// let is_private = Function::new("is_private", [Type::String], Type::Bool, |arguments| {
///     let [Value::Text(address)] = arguments else { return Err("not an address".into()) };
///     Ok(address.starts_with("10.").into())
/// });
/// functions.add(is_private).unwrap();
///
/// let sources = Sources::from_iter([("rules.toml", r#"
///     [context]
///     address = "string"
///
///     [[rule]]
///     id = "from-outside"
///     when = '!is_private(ctx.address)'
/// "#)]);
/// let book = Rulebook::load_with(&sources, &functions).unwrap();
/// let mut session = Session::new(book.rules);
/// let facts = vec![("address".into(), "192.0.2.1".into())];
/// session.handle(Timestamp::from_secs(0), Input::Set(facts)).unwrap();
/// assert!(matches!(session.poll(), Some(Output::Fired(_))));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Functions {
    by_name: BTreeMap<Name, Function>,
}

/// A pure function of the host: the same arguments always give the same result, and nothing else
/// happens. It is called while rules are evaluated, so it must be quick and must not panic.
///
/// ```
/// use ptms_core::{Type, Value};
/// use ptms_rules::Function;
///
/// let double = Function::new("double", [Type::Float], Type::Float, |arguments| match arguments {
///     [Value::Float(x)] => Ok((x * 2.0).into()),
///     _ => Err("a float is needed".into()),
/// });
/// assert_eq!(double.with_cost(5).name(), "double");
/// ```
#[derive(Clone)]
pub struct Function {
    name: Name,
    pub(crate) parameters: Vec<Type>,
    pub(crate) result: Type,
    pub(crate) cost: u32,
    pub(crate) call: Arc<Call>,
}

type Call = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

impl Function {
    /// A function that takes arguments of these types and gives one of type `result`. It is called
    /// with values of its types only: an int is widened where it takes a float. An error is a fault of
    /// the rule, in these words; so is a result that does not fit.
    pub fn new(
        name: impl Into<Name>,
        parameters: impl IntoIterator<Item = Type>,
        result: Type,
        call: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        let (name, parameters) = (name.into(), parameters.into_iter().collect());
        Self { name, parameters, result, cost: DEFAULT_COST, call: Arc::new(call) }
    }

    /// How dear a call is, beside others: of the operands of `&&` and `||`, the cheaper ones are
    /// evaluated first, and the dearer ones only if these leave the verdict open. A helper function of
    /// a book costs 100, as does a function of which nothing is said.
    #[must_use]
    pub fn with_cost(mut self, cost: u32) -> Self {
        self.cost = cost;
        self
    }

    /// As conditions call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Function")
            .field("name", &self.name)
            .field("parameters", &self.parameters)
            .field("result", &self.result)
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

/// Why a function cannot be added.
///
/// ```
/// use ptms_core::Type;
/// use ptms_rules::{Function, FunctionError, Functions};
///
/// let count = Function::new("count", [], Type::Int, |_| Ok(0.into()));
/// let refused = Functions::default().add(count).unwrap_err();
/// assert_eq!(refused.to_string(), "conditions have a function `count` already");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionError {
    /// It could not be called by this name.
    #[error("a function cannot be called {0:?}")]
    BadName(Name),
    /// One of the language, or one added before, is called so.
    #[error("conditions have a function `{0}` already")]
    Taken(Name),
}

impl Functions {
    /// Adds a function.
    ///
    /// # Errors
    ///
    /// Its name cannot be called, or is taken.
    pub fn add(&mut self, function: Function) -> Result<(), FunctionError> {
        let name = function.name.clone();
        if !is_function_name(&name) {
            return Err(FunctionError::BadName(name));
        }
        if is_ours(&name) || self.by_name.contains_key(&name) {
            return Err(FunctionError::Taken(name));
        }
        self.by_name.insert(name, function);
        Ok(())
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Function> {
        self.by_name.get(name)
    }

    /// By name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.by_name.keys().map(Name::as_str)
    }
}
