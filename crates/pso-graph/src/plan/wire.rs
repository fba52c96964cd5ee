//! A plan as serde sees it: steps by id, so that a reader of JSON need not count, and checked when it
//! comes back.

use std::collections::BTreeMap;

use ptms_core::{Name, Origin};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Between, Edge, EdgeKind, Origins, Plan, Step, StepId};

#[derive(Serialize, Deserialize)]
struct WirePlan {
    name: Name,
    /// For the reader; not read back.
    #[serde(default)]
    digest: String,
    steps: Vec<Step>,
    edges: Vec<WireEdge>,
    #[serde(default)]
    origins: WireOrigins,
}

#[derive(Serialize, Deserialize)]
struct WireEdge {
    from: Name,
    to: Name,
    kind: EdgeKind,
    between: Between,
    /// For the reader; not read back.
    #[serde(default)]
    reason: String,
}

/// In the order of the steps and edges.
#[derive(Default, Serialize, Deserialize)]
struct WireOrigins {
    steps: Vec<Option<Origin>>,
    edges: Vec<Option<Origin>>,
}

/// Why something that was read is no plan.
///
/// ```
/// use pso_graph::Plan;
///
/// let refused = serde_json::from_str::<Plan>(r#"{"name": "p", "steps": [], "edges": []}"#).unwrap_err();
/// assert!(refused.to_string().starts_with("a plan has at least one step"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It has no steps.
    #[error("a plan has at least one step")]
    Empty,
    /// It has more steps than [`MAX_STEPS`](crate::limit::MAX_STEPS), or more edges than
    /// [`MAX_EDGES`](crate::limit::MAX_EDGES).
    #[error(
        "a plan has at most {} steps and {} edges",
        crate::limit::MAX_STEPS,
        crate::limit::MAX_EDGES
    )]
    TooLarge,
    /// Two steps have one id.
    #[error("two steps of the plan are called {:?}", .0.as_str())]
    DuplicateStep(Name),
    /// An edge speaks of a step that is not there.
    #[error("an edge of the plan speaks of {:?}, which is no step of it", .0.as_str())]
    UnknownStep(Name),
    /// An edge goes from a later step to an earlier one, or from a step to itself.
    #[error("an edge of the plan goes from {:?} back to {:?}", from.as_str(), to.as_str())]
    Backwards {
        /// The step where the edge begins.
        from: Name,
        /// The step where it ends.
        to: Name,
    },
    /// The edges are not ordered by the earlier step, then the later, each pair once.
    #[error("the edges of the plan are out of order")]
    EdgeOrder,
    /// The wave of a step is not the length of the longest path to it.
    #[error("step {:?} of the plan is not in its wave", .0.as_str())]
    Wave(Name),
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let id = |id: StepId| self.step(id).map_or_else(|| Name::from(""), |step| step.id.clone());
        let edges = self.edges.iter().map(|edge| WireEdge {
            from: id(edge.from),
            to: id(edge.to),
            kind: edge.kind,
            between: edge.between,
            reason: self.reason(edge),
        });
        let plan = WirePlan {
            name: self.name.clone(),
            digest: self.digest().to_string(),
            steps: self.steps.clone(),
            edges: edges.collect(),
            origins: WireOrigins {
                steps: self.origins.steps.clone(),
                edges: self.origins.edges.clone(),
            },
        };
        plan.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(WirePlan::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<WirePlan> for Plan {
    type Error = PlanError;

    fn try_from(wire: WirePlan) -> Result<Self, PlanError> {
        let WirePlan { name, digest: _, steps, edges, mut origins } = wire;
        if steps.is_empty() {
            return Err(PlanError::Empty);
        }
        if steps.len() > crate::limit::MAX_STEPS || edges.len() > crate::limit::MAX_EDGES {
            return Err(PlanError::TooLarge);
        }
        let mut ids = BTreeMap::new();
        for (step, id) in steps.iter().zip(0..) {
            if ids.insert(&step.id, StepId::new(id)).is_some() {
                return Err(PlanError::DuplicateStep(step.id.clone()));
            }
        }
        let find = |name: &Name| {
            ids.get(name).copied().ok_or_else(|| PlanError::UnknownStep(name.clone()))
        };
        let mut resolved = Vec::with_capacity(edges.len());
        for WireEdge { from, to, kind, between, reason: _ } in edges {
            let edge = Edge { from: find(&from)?, to: find(&to)?, kind, between };
            if edge.from >= edge.to {
                return Err(PlanError::Backwards { from, to });
            }
            resolved.push(edge);
        }
        if !resolved.is_sorted_by(|left, right| (left.from, left.to) < (right.from, right.to)) {
            return Err(PlanError::EdgeOrder);
        }
        let waves: Vec<u32> = steps.iter().map(|step| step.wave).collect();
        origins.steps.resize(steps.len(), None);
        origins.edges.resize(resolved.len(), None);
        let origins = Origins { steps: origins.steps, edges: origins.edges };
        let plan = Self::freeze(name, steps, resolved, origins);
        match plan.steps.iter().zip(waves).find(|(step, wave)| step.wave != *wave) {
            Some((step, _)) => Err(PlanError::Wave(step.id.clone())),
            None => Ok(plan),
        }
    }
}
