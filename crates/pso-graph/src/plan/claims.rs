//! What a step takes for itself while it runs or is up.

use ptms_core::Name;
use serde::{Deserialize, Serialize};

/// So many units of one pool.
///
/// ```
/// use pso_graph::Units;
///
/// let units: Units = serde_json::from_str(r#"{"pool": "cpu", "units": 2}"#).unwrap();
/// assert_eq!((units.pool.as_str(), units.units), ("cpu", 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Units {
    /// The pool.
    pub pool: Name,
    /// How many units; at least one.
    pub units: u64,
}

/// What a step takes for itself. Each list is ordered by name and names nothing twice.
///
/// ```
/// use pso_graph::{Catalog, Request};
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.exclusive.push("architecture-repo".into());
/// let catalog = Catalog::new([pat], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PAT")).unwrap();
/// assert_eq!(plan.steps()[0].claims.exclusive, ["architecture-repo"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Claims {
    /// Of pools, while an effect on its system runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Units>,
    /// Of pools, from its activation until it is undone. A run claims what all its steps hold before
    /// its first activation, so a plan counts on it for its whole length.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Units>,
    /// Things that nobody else writes while an effect on its system runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclusive: Vec<Name>,
    /// Systems that are not active while its system is; none of them is in the plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Name>,
}

impl Claims {
    /// Whether there is nothing that it takes for itself.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { uses, holds, exclusive, conflicts } = self;
        uses.is_empty() && holds.is_empty() && exclusive.is_empty() && conflicts.is_empty()
    }
}

/// A pool that a step of the plan uses or holds.
///
/// ```
/// use pso_graph::{Catalog, Declarations, Request};
/// use ptms_core::pool::Amount;
/// use ptms_core::{PoolSpec, SystemSpec};
///
/// let mut build = SystemSpec::new("build");
/// build.holds.push(Amount::new("cpu".into(), 1));
/// let mut declarations = Declarations::default();
/// declarations.systems.push(build);
/// declarations.pools.push(PoolSpec::new("cpu", 4));
/// let catalog = Catalog::declare(declarations).unwrap();
/// let plan = catalog.plan(&Request::new().system("build")).unwrap();
/// assert_eq!((plan.pools()[0].capacity, plan.pools()[0].held), (4, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pool {
    /// Its name.
    pub name: Name,
    /// How many units there are.
    pub capacity: u64,
    /// How many of them the steps hold together; the others are there to be used.
    pub held: u64,
}

impl Pool {
    /// The units that are not held.
    #[must_use]
    pub const fn free(&self) -> u64 {
        self.capacity.saturating_sub(self.held)
    }
}
