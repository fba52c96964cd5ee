//! What effects share: so many units of something, of which each takes some for a while.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Origin;
use crate::name::Name;
use crate::system::Reference;

/// The declaration of a pool.
///
/// ```
/// use ptms_core::PoolSpec;
///
/// let cpu = PoolSpec::new("cpu", 4);
/// assert_eq!((cpu.name.as_str(), cpu.capacity), ("cpu", 4));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolSpec {
    /// Its name.
    pub name: Name,
    /// How many units there are.
    pub capacity: u64,
    /// Where an author declared it.
    pub origin: Option<Origin>,
}

impl PoolSpec {
    /// A pool of so many units.
    #[must_use]
    pub fn new(name: impl Into<Name>, capacity: u64) -> Self {
        Self { name: name.into(), capacity, origin: None }
    }
}

/// So many units of a pool.
///
/// ```
/// use ptms_core::pool::Amount;
/// use ptms_core::SystemSpec;
///
/// let mut build = SystemSpec::new("build");
/// build.uses.push(Amount::new("cpu".into(), 2));
/// assert_eq!(build.uses[0].pool.name, "cpu");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Amount {
    /// The pool.
    pub pool: Reference,
    /// How many units of it.
    pub units: u64,
}

impl Amount {
    /// So many units of this pool.
    #[must_use]
    pub const fn new(pool: Reference, units: u64) -> Self {
        Self { pool, units }
    }
}
