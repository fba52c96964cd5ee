//! What a plan is asked for. Knows nothing of whether it is declared.

use ptms_core::{Firing, Name};
use serde::{Deserialize, Serialize};

/// The workflow to run and the systems to activate, as a firing names them. Order and repetition
/// carry no meaning.
///
/// ```
/// use pso_graph::Request;
///
/// let request = Request::new().workflow("emergency-debugging").system("PPO");
/// assert_eq!(request.systems.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// The workflow, if any.
    pub workflow: Option<Name>,
    /// Systems that must become active beside it.
    pub systems: Vec<Name>,
    /// Whether what is only wanted stays out of the plan.
    #[serde(default)]
    pub needs_only: bool,
}

impl Request {
    /// A request that names nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With this workflow.
    #[must_use]
    pub fn workflow(mut self, name: impl Into<Name>) -> Self {
        self.workflow = Some(name.into());
        self
    }

    /// With this system too.
    #[must_use]
    pub fn system(mut self, name: impl Into<Name>) -> Self {
        self.systems.push(name.into());
        self
    }

    /// Without what systems only want.
    #[must_use]
    pub const fn needs_only(mut self) -> Self {
        self.needs_only = true;
        self
    }

    /// Whether it names nothing; there is no plan for that.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.workflow.is_none() && self.systems.is_empty()
    }
}

impl From<&Firing> for Request {
    fn from(firing: &Firing) -> Self {
        let (workflow, systems) = (firing.workflow.clone(), firing.systems.clone());
        Self { workflow, systems, needs_only: false }
    }
}
