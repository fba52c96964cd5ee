//! A frozen graph of steps. Knows nothing of where its steps were declared except as places to show,
//! and nothing of runs: the executor reads it, nobody changes it.

mod ask;
mod canonical;
mod claims;
mod diff;
mod edge;
mod finding;
mod given;
mod length;
mod step;
mod way_back;
mod wire;

use ptms_core::{Duration, FieldSpec, Name, Origin};

pub use ask::{Condition, FanOut, Guard, Success};
pub use canonical::Digest;
pub use claims::{Claims, Pool, Units};
pub use diff::{Diff, Turn};
pub use edge::{Between, Edge, EdgeKind};
pub(crate) use given::Missing;
pub use step::{Step, StepId, Why};
pub use wire::PlanError;

use crate::groups::Groups;

/// Steps, their order with its reasons, and the way back: plain data.
///
/// Equality, [`Plan::canonical`] and [`Plan::digest`] leave out where things were declared, so that
/// moving a line changes nothing. As JSON a plan speaks of steps by their ids:
///
/// ```
/// use pso_graph::{Catalog, Plan, Request};
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.needs.push("PFD".into());
/// let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PAT")).unwrap();
///
/// let json = serde_json::to_value(&plan).unwrap();
/// assert_eq!(json["steps"][0]["why"]["needed_by"], "PAT");
/// assert_eq!(json["edges"][0]["reason"], "PAT needs PFD");
/// assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    name: Name,
    // INVARIANT: at least one; ids are unique; every edge goes from an earlier to a later step; wave is
    // the length of the longest path to the step.
    steps: Vec<Step>,
    // INVARIANT: ordered by (from, to), each pair once.
    edges: Vec<Edge>,
    // INVARIANT: those that steps use or hold, ordered by name; no step uses more than is not held.
    pools: Vec<Pool>,
    params: Vec<FieldSpec>,
    // INVARIANT: ordered by workflow, then text, each once.
    success: Vec<Success>,
    deadline: Option<Duration>,
    default_estimate: Duration,
    // INVARIANT: ordered by (from, to); between steps of the plan.
    dropped: Vec<Edge>,
    origins: Origins,
    by_id: Vec<StepId>,
    into: Groups,
    out: Groups,
}

/// Where the steps and edges were declared, beside them and in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    pub(crate) steps: Vec<Option<Origin>>,
    pub(crate) edges: Vec<Option<Origin>>,
    pub(crate) dropped: Vec<Option<Origin>>,
    pub(crate) deadline: Option<Origin>,
}

/// What a plan is frozen from: steps in plan order, edges ordered by (from, to), and the rest.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) name: Name,
    pub(crate) steps: Vec<Step>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) params: Vec<FieldSpec>,
    pub(crate) success: Vec<Success>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) default_estimate: Duration,
    pub(crate) dropped: Vec<Edge>,
    pub(crate) origins: Origins,
}

impl Plan {
    /// Freezes the parts; the caller vouches for the invariants, but waves are set here.
    pub(crate) fn freeze(parts: Parts) -> Self {
        let Parts {
            name,
            mut steps,
            edges,
            pools,
            params,
            success,
            deadline,
            default_estimate,
            dropped,
            origins,
        } = parts;
        let into = Groups::new(steps.len(), edges.iter().map(|edge| edge.to.as_u32()));
        let out = Groups::new(steps.len(), edges.iter().map(|edge| edge.from.as_u32()));
        let mut waves = vec![0_u32; steps.len()];
        for edge in &edges {
            let after = waves.get(edge.from.index()).map_or(0, |wave| wave + 1);
            if let Some(wave) = waves.get_mut(edge.to.index()) {
                *wave = after.max(*wave);
            }
        }
        for (step, wave) in steps.iter_mut().zip(waves) {
            step.wave = wave;
        }
        let mut by_id: Vec<StepId> = ids(steps.len()).collect();
        by_id.sort_by_key(|id| steps.get(id.index()).map(|step| &step.id));
        Self {
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
            by_id,
            into,
            out,
        }
    }

    /// What the plan is called: its workflow and the systems named beside it.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The steps in plan order: every step after all that it waits for, and of those that could come
    /// next, the one whose system has the higher priority, then the smaller id.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The ids of all steps, in plan order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = StepId> + ExactSizeIterator + use<> {
        ids(self.steps.len())
    }

    /// The step; `None` for an id of another plan that is larger.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.index())
    }

    /// The step called `id`.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<StepId> {
        let name = |step: &StepId| self.step(*step).map(|step| step.id.as_str());
        let found = self.by_id.binary_search_by(|step| name(step).cmp(&Some(id))).ok()?;
        self.by_id.get(found).copied()
    }

    /// All steps, ordered by their names.
    pub(crate) fn by_id(&self) -> &[StepId] {
        &self.by_id
    }

    /// All edges, ordered by the earlier step, then the later.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges that the step waits for, ordered by the earlier step.
    pub fn predecessors(&self, step: StepId) -> impl DoubleEndedIterator<Item = &Edge> {
        self.into.of(step.index()).iter().filter_map(|edge| self.edges.get(*edge as usize))
    }

    /// The edges that wait for the step, ordered by the later step.
    pub fn successors(&self, step: StepId) -> impl DoubleEndedIterator<Item = &Edge> {
        self.out.of(step.index()).iter().filter_map(|edge| self.edges.get(*edge as usize))
    }

    /// The steps by wave, in plan order within each. Steps of one wave can run side by side; a step's
    /// wave is the length of the longest path to it.
    #[must_use]
    pub fn waves(&self) -> Vec<Vec<StepId>> {
        let mut waves: Vec<Vec<StepId>> = Vec::new();
        for (id, step) in self.ids().zip(&self.steps) {
            let wave = step.wave as usize;
            if waves.len() <= wave {
                waves.resize_with(wave + 1, Vec::new);
            }
            if let Some(wave) = waves.get_mut(wave) {
                wave.push(id);
            }
        }
        waves
    }

    /// The pools that the steps use or hold, ordered by name.
    #[must_use]
    pub fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// What a run of it is told, in the order of the declaration.
    #[must_use]
    pub fn params(&self) -> &[FieldSpec] {
        &self.params
    }

    /// What must be true once all steps have ended, ordered by workflow, then text.
    #[must_use]
    pub fn success(&self) -> &[Success] {
        &self.success
    }

    /// How long a run of it may take, where its workflow says.
    #[must_use]
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// How long a step is taken to take where nobody has said.
    #[must_use]
    pub const fn default_estimate(&self) -> Duration {
        self.default_estimate
    }

    /// The weak edges that were given up because they closed a circle. They order nothing: the step
    /// that should come first may come last. Ordered by (from, to).
    #[must_use]
    pub fn dropped(&self) -> &[Edge] {
        &self.dropped
    }

    /// Where the step was declared: in its workflow, or else its system.
    #[must_use]
    pub fn origin(&self, step: StepId) -> Option<&Origin> {
        self.origins.steps.get(step.index())?.as_ref()
    }

    /// Where the edge was declared; `None` also for an edge that is not of this plan.
    #[must_use]
    pub fn edge_origin(&self, edge: &Edge) -> Option<&Origin> {
        let found =
            self.edges.binary_search_by_key(&(edge.from, edge.to), |edge| (edge.from, edge.to));
        self.origins.edges.get(found.ok()?)?.as_ref()
    }

    /// The declaration behind an edge, in words: "PAT needs PFD". Speaks of systems where the systems
    /// were declared so, of phases where these order the steps, else of steps. Where, says [`Plan::edge_origin`].
    #[must_use]
    pub fn reason(&self, edge: &Edge) -> String {
        if edge.between == Between::Phases {
            let phase = |id| self.step(id).and_then(|step| step.phase.as_deref()).unwrap_or("");
            return format!("phase {} {} phase {}", phase(edge.to), edge.kind, phase(edge.from));
        }
        let name = |id: StepId| {
            let step = self.step(id);
            step.map_or("", |step| match edge.between {
                Between::Steps => &step.id,
                Between::Systems | Between::Phases => step.subject(),
            })
        };
        format!("{} {} {}", name(edge.to), edge.kind, name(edge.from))
    }

    /// The reason with its place: "because PAT needs PFD, systems.toml:14".
    #[must_use]
    pub fn because(&self, edge: &Edge) -> String {
        let origin = self.edge_origin(edge).map(|origin| format!(", {origin}"));
        format!("because {}{}", self.reason(edge), origin.unwrap_or_default())
    }
}

fn ids(count: usize) -> impl DoubleEndedIterator<Item = StepId> + ExactSizeIterator {
    (0..count as u32).map(StepId::new)
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        let whole = |plan: &Self| (plan.deadline, plan.default_estimate);
        (&self.name, &self.steps, &self.edges) == (&other.name, &other.steps, &other.edges)
            && (&self.pools, &self.dropped) == (&other.pools, &other.dropped)
            && (&self.params, &self.success) == (&other.params, &other.success)
            && whole(self) == whole(other)
    }
}
