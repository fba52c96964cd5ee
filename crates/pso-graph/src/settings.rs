//! How declarations are read where they leave something open. Knows nothing of any declaration.

use ptms_core::{Duration, PoolSpec, Severity, SystemSpec, WorkflowSpec};

use crate::limit::DEFAULT_ESTIMATE;

/// What is assumed, and what is refused rather than remarked on.
///
/// ```
/// use pso_graph::Settings;
/// use ptms_core::Severity;
///
/// assert_eq!(Settings::default().ambiguity, Severity::Warning);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long a step takes where neither it nor its system says.
    pub default_estimate: Duration,
    /// What it is when two steps of a plan write the same exclusive thing in no order: a finding, or a
    /// fault that refuses the plan.
    pub ambiguity: Severity,
}

impl Default for Settings {
    fn default() -> Self {
        Self { default_estimate: DEFAULT_ESTIMATE, ambiguity: Severity::Warning }
    }
}

/// Everything that a catalog is made of. The order of the lists carries no meaning.
///
/// ```
/// use pso_graph::{Catalog, Declarations};
/// use ptms_core::{PoolSpec, SystemSpec};
///
/// let mut declarations = Declarations::default();
/// declarations.systems.push(SystemSpec::new("PDT"));
/// declarations.pools.push(PoolSpec::new("cpu", 4));
/// assert!(Catalog::declare(declarations).is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Declarations {
    /// The systems.
    pub systems: Vec<SystemSpec>,
    /// The workflows.
    pub workflows: Vec<WorkflowSpec>,
    /// The pools.
    pub pools: Vec<PoolSpec>,
    /// How what they leave open is read.
    pub settings: Settings,
}
