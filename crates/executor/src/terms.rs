//! With what a run begins, besides its plan.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use ptms_core::{Name, Value};

/// What the host says of a run when it starts it. Recorded with the plan, so it holds after a crash.
///
/// ```
/// use std::num::NonZeroU32;
/// use ptms_executor::Terms;
///
/// let terms = Terms::default().param("service", "api").at_once(NonZeroU32::MIN);
/// assert_eq!(terms.params["service"], "api".into());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Terms {
    /// The parameters of the run. Taken as they are: who starts a run has looked at
    /// [`Plan::params`](pso_graph::Plan::params). A step that is to be given one that is missing, and is
    /// not optional, fails.
    pub params: BTreeMap<Name, Value>,
    /// How many effects the host makes at once, where it has a limit.
    ///
    /// A time-out counts from when an effect is asked for, so a host that makes one effect after the
    /// other should be asked for one at a time.
    pub at_once: Option<NonZeroU32>,
}

impl Terms {
    /// With this parameter.
    #[must_use]
    pub fn param(mut self, name: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// With at most so many effects under way at any time.
    #[must_use]
    pub const fn at_once(mut self, limit: NonZeroU32) -> Self {
        self.at_once = Some(limit);
        self
    }
}
