//! What conditions call without looking inside: helper functions of a book and functions of the host.

use std::sync::Arc;

use ptms_core::{Name, Value};

use crate::condition::cell::Cell;
use crate::condition::{Opaque, Ty};
use crate::functions::{DEFAULT_COST, Function, Functions};
use crate::script::Helpers;

/// Everything that the conditions of a book call without looking inside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Callables {
    pub(crate) helpers: Arc<Helpers>,
    pub(crate) host: Functions,
}

impl Callables {
    /// What is called so.
    pub(crate) fn find(&self, name: &str) -> Option<Callable> {
        if let Some(function) = self.host.find(name) {
            return Some(Callable::Host(function.clone()));
        }
        self.helpers
            .contains(name)
            .then(|| Callable::Helper(Helper { helpers: self.helpers.clone(), name: name.into() }))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.helpers.names().chain(self.host.names())
    }
}

/// A function that conditions call without looking inside.
#[derive(Clone, Debug)]
pub(crate) enum Callable {
    Helper(Helper),
    Host(Function),
}

/// A helper function: it takes anything, and what it gives is seen when it gives it.
#[derive(Clone, Debug)]
pub(crate) struct Helper {
    helpers: Arc<Helpers>,
    name: Name,
}

impl Helper {
    /// The names of what it takes; `None` where its module is at fault.
    pub(crate) fn parameters(&self) -> Option<&[String]> {
        self.helpers.parameters(&self.name)
    }
}

impl Opaque for Helper {
    fn name(&self) -> &str {
        &self.name
    }

    fn cost(&self) -> u32 {
        DEFAULT_COST
    }

    fn call(&self, arguments: &[Cell<'_>]) -> Result<Value, String> {
        self.helpers.call(&self.name, arguments)
    }
}

impl Opaque for Function {
    fn name(&self) -> &str {
        self.name()
    }

    fn cost(&self) -> u32 {
        self.cost
    }

    fn call(&self, arguments: &[Cell<'_>]) -> Result<Value, String> {
        let told = |reason: String| format!("`{}`: {reason}", self.name());
        let known = arguments.iter().filter_map(|argument| argument.known());
        let admitted = self.parameters.iter().zip(known).map(|(ty, argument)| ty.admit(argument));
        let arguments: Result<Vec<Value>, _> = admitted.collect();
        let arguments = arguments.map_err(|error| told(error.to_string()))?;
        let result = (self.call)(&arguments).map_err(told)?;
        let kind = result.kind();
        let declared = || format!("it returns {kind}, and is declared to return {}", self.result);
        self.result.admit(result).map_err(|_| told(declared()))
    }
}

/// What a helper returns, in a place that takes one type only.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) function: Arc<dyn Opaque>,
    pub(crate) wanted: Ty,
}

impl Opaque for Settled {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn cost(&self) -> u32 {
        self.function.cost()
    }

    fn call(&self, arguments: &[Cell<'_>]) -> Result<Value, String> {
        let value = self.function.call(arguments)?;
        let kind = match (&value, &self.wanted) {
            (Value::Int(_), Ty::Float) => "an int that no float equals",
            _ => value.kind(),
        };
        self.wanted.admit(value).ok_or_else(|| {
            format!("`{}` returns {kind}, and {} is needed here", self.name(), self.wanted)
        })
    }
}
