//! What steps and conditions are given: parameters of the run, and what earlier steps gave back. Follows
//! from the records, so it is the same after a replay. First what is decided, then what changes.

use std::collections::BTreeMap;

use pso_graph::StepId;
use ptms_core::step::Source;
use ptms_core::{Name, Value};

use super::State;
use crate::end::Fault;
use crate::error::Refusal;
use crate::key::Argument;

impl State {
    /// The parameters with which the run was started.
    #[must_use]
    pub const fn params(&self) -> &BTreeMap<Name, Value> {
        &self.params
    }

    /// What a step gave back when it succeeded, if anything.
    #[must_use]
    pub fn output(&self, step: StepId) -> Option<&Value> {
        self.lives.get(step.index())?.output.as_ref()
    }

    /// What a source comes to now. `None` for what is not there, and for secrets, which only the host
    /// knows.
    ///
    /// The parts of a list are its positions, from 0; no other value has parts.
    ///
    /// ```
    /// use ptms_core::step::Source;
    /// use ptms_executor::{Execution, Terms};
    /// # use ptms_core::{SystemSpec, Timestamp};
    /// # use pso_graph::{Catalog, Request};
    /// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
    /// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
    ///
    /// let terms = Terms::default().param("service", "api");
    /// let run = Execution::start_with(Timestamp::default(), "r1", plan, terms);
    /// assert_eq!(run.state().resolve(&Source::Param("service".into())), Some("api".into()));
    /// assert_eq!(run.state().resolve(&Source::Secret("token".into())), None);
    /// ```
    #[must_use]
    pub fn resolve(&self, source: &Source) -> Option<Value> {
        match source {
            Source::Value(value) => Some(value.clone()),
            Source::Param(name) => self.params.get(name).cloned(),
            Source::Output { step, path } => {
                let whole = self.output(self.plan.find(step)?)?;
                path.iter().try_fold(whole, part).cloned()
            }
            Source::Item | Source::Secret(_) => None,
        }
    }

    /// What the system of a step is given, by name.
    pub(crate) fn input(&self, step: StepId) -> BTreeMap<Name, Argument> {
        let input = self.plan.step(step).into_iter().flat_map(|step| &step.input);
        let given = input.filter_map(|(name, source)| {
            let argument = match source {
                Source::Secret(secret) => Argument::Secret(secret.clone()),
                source => Argument::Value(self.resolve(source)?),
            };
            Some((name.clone(), argument))
        });
        given.collect()
    }

    /// The first thing that a step must be given and that is not there.
    pub(super) fn lacking(&self, step: StepId) -> Option<&Name> {
        let is_lacking = |source: &Source| match source {
            Source::Secret(_) => false,
            Source::Param(name) if self.is_optional(name) => false,
            source => self.resolve(source).is_none(),
        };
        self.plan.step(step)?.input.iter().find(|(_, of)| is_lacking(of)).map(|(name, _)| name)
    }

    fn is_optional(&self, param: &Name) -> bool {
        self.plan.params().iter().any(|declared| declared.name == *param && declared.optional)
    }

    /// A step fails for want of what it is to be given.
    pub(super) fn lacks(&mut self, step: StepId, input: &Name) -> Result<(), Refusal> {
        self.refuse(step, Fault::NoInput { input: input.clone() })
    }
}

/// A part of a value.
fn part<'a>(whole: &'a Value, part: &Name) -> Option<&'a Value> {
    match whole {
        Value::List(items) => items.get(part.parse::<usize>().ok()?),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => None,
    }
}
