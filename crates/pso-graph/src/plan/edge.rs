//! What orders two steps of a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::step::StepId;

/// What the later step of an edge asks of the earlier one, strongest first. Exhaustive on purpose: who
/// runs a plan has to decide about each kind.
///
/// ```
/// use pso_graph::EdgeKind;
///
/// assert!(EdgeKind::Needs < EdgeKind::After);
/// assert_eq!(EdgeKind::After.to_string(), "is after");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// To have succeeded.
    Needs,
    /// To have ended, however.
    Wants,
    /// To have ended or been skipped.
    After,
}

impl EdgeKind {
    /// All kinds, strongest first.
    pub const ALL: [Self; 3] = [Self::Needs, Self::Wants, Self::After];
}

/// As the verb between the later and the earlier: "PAT *needs* PFD".
impl fmt::Display for EdgeKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Needs => "needs",
            Self::Wants => "wants",
            Self::After => "is after",
        })
    }
}

/// Between whom the edge was declared.
///
/// ```
/// use pso_graph::Between;
///
/// assert_eq!(serde_json::to_string(&Between::Systems).unwrap(), r#""systems""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Between {
    /// Between the two steps, in their workflow.
    Steps,
    /// Between their systems.
    Systems,
    /// Between their phases.
    Phases,
}

/// One step comes before another. Two steps have at most one edge: of several declarations the one of
/// the strongest kind stands, and of these the workflow's.
///
/// ```
/// use pso_graph::{Catalog, EdgeKind, Request};
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.needs.push("PFD".into());
/// let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PAT")).unwrap();
/// let edge = plan.edges()[0];
/// assert_eq!((plan.find("PFD"), plan.find("PAT")), (Some(edge.from), Some(edge.to)));
/// assert_eq!(plan.reason(&edge), "PAT needs PFD");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Edge {
    /// The step that comes first.
    pub from: StepId,
    /// The step that waits for it.
    pub to: StepId,
    /// What it waits for.
    pub kind: EdgeKind,
    /// Between whom it was declared.
    pub between: Between,
}
