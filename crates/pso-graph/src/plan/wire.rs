//! A plan as serde sees it: steps by id, so that a reader of JSON need not count, and checked when it
//! comes back.

use std::collections::BTreeMap;

use ptms_core::step::ForEach;
use ptms_core::{Duration, FieldSpec, Name, Origin, Retry};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Between, Claims, Edge, EdgeKind, Origins, Parts, Plan, Pool, Step, StepId, Success};

#[derive(Serialize, Deserialize)]
struct WirePlan {
    name: Name,
    /// For the reader; not read back.
    #[serde(default)]
    digest: String,
    steps: Vec<Step>,
    edges: Vec<WireEdge>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pools: Vec<Pool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    params: Vec<FieldSpec>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    success: Vec<Success>,
    #[serde(default, rename = "deadline_ns", skip_serializing_if = "Option::is_none")]
    deadline: Option<Duration>,
    #[serde(default = "default_estimate", rename = "default_estimate_ns")]
    default_estimate: Duration,
    /// Weak edges that were given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<WireEdge>,
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

const fn default_estimate() -> Duration {
    crate::limit::DEFAULT_ESTIMATE
}

/// In the order of the steps and edges.
#[derive(Default, Serialize, Deserialize)]
struct WireOrigins {
    steps: Vec<Option<Origin>>,
    edges: Vec<Option<Origin>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<Option<Origin>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<Origin>,
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
    /// The pools are not those that the steps use and hold, or not ordered by name.
    #[error("the pools of the plan are not those of its steps")]
    Pools,
    /// A step uses more of a pool than is not held, or the steps hold more than there is.
    #[error("step {:?} of the plan can never have what it claims", .0.as_str())]
    NeverFits(Name),
    /// A step tries again, or is done for a list, more often than [`Retry::MAX_ATTEMPTS`] or
    /// [`ForEach::MAX_ITEMS`], or never.
    #[error("step {:?} of the plan is done more often than can be, or never", .0.as_str())]
    Unbounded(Name),
    /// A step neither activates a system nor waits.
    #[error("step {:?} of the plan does nothing", .0.as_str())]
    Idle(Name),
    /// All steps, one after the other, take more than 292 years.
    #[error("the steps of the plan take more than 292 years")]
    TooLong,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let id = |id: StepId| self.step(id).map_or_else(|| Name::from(""), |step| step.id.clone());
        let wire = |edge: &Edge| WireEdge {
            from: id(edge.from),
            to: id(edge.to),
            kind: edge.kind,
            between: edge.between,
            reason: self.reason(edge),
        };
        let plan = WirePlan {
            name: self.name.clone(),
            digest: self.digest().to_string(),
            steps: self.steps.clone(),
            edges: self.edges.iter().map(wire).collect(),
            pools: self.pools.clone(),
            params: self.params.clone(),
            success: self.success.clone(),
            deadline: self.deadline,
            default_estimate: self.default_estimate,
            dropped: self.dropped.iter().map(wire).collect(),
            origins: WireOrigins {
                steps: self.origins.steps.clone(),
                edges: self.origins.edges.clone(),
                dropped: self.origins.dropped.clone(),
                deadline: self.origins.deadline.clone(),
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
        if wire.steps.is_empty() {
            return Err(PlanError::Empty);
        }
        let edges = wire.edges.len().max(wire.dropped.len());
        if wire.steps.len() > crate::limit::MAX_STEPS || edges > crate::limit::MAX_EDGES {
            return Err(PlanError::TooLarge);
        }
        let mut ids = BTreeMap::new();
        for (step, id) in wire.steps.iter().zip(0..) {
            if ids.insert(&step.id, StepId::new(id)).is_some() {
                return Err(PlanError::DuplicateStep(step.id.clone()));
            }
        }
        let (edges, dropped) = (resolved(&wire.edges, &ids)?, resolved(&wire.dropped, &ids)?);
        if let Some(edge) = edges.iter().find(|edge| edge.from >= edge.to) {
            let id =
                |id: StepId| wire.steps.get(id.index()).map_or("".into(), |step| step.id.clone());
            return Err(PlanError::Backwards { from: id(edge.from), to: id(edge.to) });
        }
        let is_ordered = |edges: &[Edge]| {
            edges.is_sorted_by(|left, right| (left.from, left.to) < (right.from, right.to))
        };
        if !is_ordered(&edges) || !is_ordered(&dropped) {
            return Err(PlanError::EdgeOrder);
        }
        check_pools(&wire.steps, &wire.pools)?;
        if let Some(step) = wire.steps.iter().find(|step| !is_bounded(step)) {
            return Err(PlanError::Unbounded(step.id.clone()));
        }
        if let Some(step) =
            wire.steps.iter().find(|step| step.system.is_none() && step.wait.is_none())
        {
            return Err(PlanError::Idle(step.id.clone()));
        }
        let waves: Vec<u32> = wire.steps.iter().map(|step| step.wave).collect();
        let WireOrigins { steps, edges: edge_origins, dropped: dropped_origins, deadline } =
            wire.origins;
        let resized = |mut origins: Vec<Option<Origin>>, count| {
            origins.resize(count, None);
            origins
        };
        let origins = Origins {
            steps: resized(steps, wire.steps.len()),
            edges: resized(edge_origins, edges.len()),
            dropped: resized(dropped_origins, dropped.len()),
            deadline,
        };
        let WirePlan { name, steps, pools, params, success, deadline, default_estimate, .. } = wire;
        let plan = Self::freeze(Parts {
            name,
            steps,
            edges,
            pools,
            params,
            success,
            deadline,
            default_estimate,
            dropped,
            origins,
        });
        if !plan.adds_up() {
            return Err(PlanError::TooLong);
        }
        match plan.steps.iter().zip(waves).find(|(step, wave)| step.wave != *wave) {
            Some((step, _)) => Err(PlanError::Wave(step.id.clone())),
            None => Ok(plan),
        }
    }
}

fn resolved(edges: &[WireEdge], ids: &BTreeMap<&Name, StepId>) -> Result<Vec<Edge>, PlanError> {
    let find =
        |name: &Name| ids.get(name).copied().ok_or_else(|| PlanError::UnknownStep(name.clone()));
    let edge = |WireEdge { from, to, kind, between, reason: _ }: &WireEdge| {
        Ok(Edge { from: find(from)?, to: find(to)?, kind: *kind, between: *between })
    };
    edges.iter().map(edge).collect()
}

/// Whether its attempts and items are as many as can be declared.
fn is_bounded(step: &Step) -> bool {
    let mut retries = step.retry.iter().chain(&step.undo_retry);
    let is_fit = |retry: &Retry| {
        (1..=Retry::MAX_ATTEMPTS).contains(&retry.max) && retry.jitter_permille <= 1_000
    };
    let mut lists = step.for_each.iter();
    retries.all(is_fit) && lists.all(|each| (1..=ForEach::MAX_ITEMS).contains(&each.max))
}

/// That the pools are those of the steps, what they hold together, and enough for each.
fn check_pools(steps: &[Step], pools: &[Pool]) -> Result<(), PlanError> {
    let mut held: BTreeMap<&Name, u64> = BTreeMap::new();
    for step in steps {
        step.claims.uses.iter().for_each(|units| _ = held.entry(&units.pool).or_default());
        for units in &step.claims.holds {
            let total = held.entry(&units.pool).or_default();
            *total = total.saturating_add(units.units.saturating_mul(step.times()));
        }
    }
    let same = pools.iter().map(|pool| (&pool.name, pool.held)).eq(held);
    if !same {
        return Err(PlanError::Pools);
    }
    let free: BTreeMap<&Name, u64> = pools.iter().map(|pool| (&pool.name, pool.free())).collect();
    let over = |pool: &Pool| pool.held > pool.capacity;
    for step in steps {
        let starved =
            |units: &super::Units| free.get(&units.pool).is_none_or(|free| units.units > *free);
        let Claims { uses, holds, .. } = &step.claims;
        let overdrawn = holds
            .iter()
            .any(|units| pools.iter().any(|pool| pool.name == units.pool && over(pool)));
        if uses.iter().any(starved) || overdrawn {
            return Err(PlanError::NeverFits(step.id.clone()));
        }
    }
    Ok(())
}
