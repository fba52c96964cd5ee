//! When the steps of a plan could run, on the pools that there are: a proposal, as plain data. Knows
//! nothing of how it goes in a run.

mod flow;
mod generate;
mod load;
mod paths;
mod profile;

use ptms_core::{Duration, Name};
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, StepId};
use load::Load;

/// How a schedule is made: one step after the other, the one with the least latest finish first, ties by
/// priority and then by name (Kolisch 1996).
///
/// ```
/// use pso_graph::Pass;
///
/// assert_eq!(Pass::default(), Pass::Parallel);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Pass {
    /// Each step as early as it fits, also before steps that were placed earlier. Steps that share pools
    /// take time in proportion to the steps under way while they could start.
    Serial,
    /// From instant to instant, all steps that fit. O((n + m) log n) where the steps claim few different
    /// amounts; ten times the steps can take up to twenty times as long all the same, where they no longer
    /// fit the caches of a machine. Where every step claims an amount of its own, each finish asks all
    /// that wait.
    #[default]
    Parallel,
}

/// When each step runs if every step takes as long as estimated, and what that uses.
///
/// Times count from the start of the run. No step starts before what it waits for has finished, however
/// that ends; no pool is used beyond what is not held; no two steps write one exclusive thing at the
/// same time.
///
/// ```
/// use pso_graph::{Catalog, Pass, Request};
/// use ptms_core::{Duration, SystemSpec};
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.needs.push("PFD".into());
/// pat.estimate = Some(Duration::from_secs(20));
/// let mut pfd = SystemSpec::new("PFD");
/// pfd.estimate = Some(Duration::from_secs(30));
/// let catalog = Catalog::new([pat, pfd], []).unwrap();
/// let plan = catalog.plan(&Request::new().system("PAT")).unwrap();
///
/// let schedule = plan.schedule(Pass::Parallel);
/// assert_eq!(schedule.makespan, Duration::from_secs(50));
/// assert_eq!(schedule.lower_bound, schedule.makespan);
/// assert_eq!(schedule.slots[1].start, Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schedule {
    /// How it was made.
    pub pass: Pass,
    /// One for each step, in plan order.
    pub slots: Vec<Slot>,
    /// When the last step finishes.
    #[serde(rename = "makespan_ns")]
    pub makespan: Duration,
    /// No schedule finishes earlier: the longest of the critical path and, for each pool and each
    /// exclusive thing, the time for which the steps keep all of it busy.
    #[serde(rename = "lower_bound_ns")]
    pub lower_bound: Duration,
    /// A longest path of steps that wait for each other, from the first to the last; of several, the
    /// first in plan order at each branch.
    pub critical_path: Vec<StepId>,
    /// What passes pools and exclusive things on: run as soon as the edges of the plan and these arcs
    /// allow, the steps never use more than there is, however long they take.
    pub arcs: Vec<Arc>,
    /// How each pool of the plan is used over time.
    pub pools: Vec<PoolProfile>,
    /// The steps of which nobody has said how long they take, so that the default was assumed.
    pub assumed: Vec<StepId>,
}

/// When one step runs.
///
/// ```
/// use pso_graph::Slot;
///
/// let slot: Slot = serde_json::from_str(
///     r#"{"start_ns": 5, "finish_ns": 9, "earliest_start_ns": 0, "latest_start_ns": 7}"#,
/// ).unwrap();
/// assert_eq!(slot.slack().as_nanos(), 7);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slot {
    /// When it starts.
    #[serde(rename = "start_ns")]
    pub start: Duration,
    /// When it finishes.
    #[serde(rename = "finish_ns")]
    pub finish: Duration,
    /// When it could start if pools had no end.
    #[serde(rename = "earliest_start_ns")]
    pub earliest_start: Duration,
    /// When it has to start, if pools had no end, so that the critical path grows no longer.
    #[serde(rename = "latest_start_ns")]
    pub latest_start: Duration,
}

impl Slot {
    /// By how much its start may move, if pools had no end; nothing on a critical path.
    #[must_use]
    pub fn slack(&self) -> Duration {
        let slack = self.latest_start.as_nanos() - self.earliest_start.as_nanos();
        Duration::from_nanos(slack).unwrap_or_default()
    }
}

/// One step waits until another has passed something on.
///
/// ```
/// use pso_graph::Arc;
///
/// let arc: Arc = serde_json::from_str(r#"{"from": 0, "to": 3, "of": "cpu"}"#).unwrap();
/// assert_eq!((arc.to.index(), arc.of.as_str()), (3, "cpu"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Arc {
    /// The step that passes it on.
    pub from: StepId,
    /// The step that takes it over.
    pub to: StepId,
    /// The pool or exclusive thing; the first by name, of several.
    pub of: Name,
}

/// The use of a pool over time.
///
/// ```
/// use pso_graph::PoolProfile;
///
/// let profile: PoolProfile =
///     serde_json::from_str(r#"{"name": "cpu", "peak": 3, "uses": [[0, 3], [5, 0]]}"#).unwrap();
/// assert_eq!(profile.uses[0].1, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolProfile {
    /// The pool.
    pub name: Name,
    /// The most units in use at once, beside those that are held.
    pub peak: u64,
    /// From when on how many units are in use, beside those that are held; in order of time.
    pub uses: Vec<(Duration, u64)>,
}

impl Plan {
    /// One pass over the plan, on the pools that there are. The same plan gives the same schedule.
    #[must_use]
    pub fn schedule(&self, pass: Pass) -> Schedule {
        let durations: Vec<i64> = self.ids().map(|step| self.duration(step).as_nanos()).collect();
        let paths = paths::paths(self, &durations);
        let load = Load::new(self);
        let starts = match pass {
            _ if load.is_empty() => paths.earliest.clone(),
            Pass::Serial => generate::serial(self, &durations, &paths, &load),
            Pass::Parallel => generate::parallel(self, &durations, &paths, &load),
        };
        let time = |nanos: i64| Duration::from_nanos(nanos).unwrap_or_default();
        let slot = |(((start, duration), earliest), latest): (((&i64, &i64), &i64), &i64)| Slot {
            start: time(*start),
            finish: time(start + duration),
            earliest_start: time(*earliest),
            latest_start: time(*latest),
        };
        let slots = starts.iter().zip(&durations).zip(&paths.earliest).zip(&paths.latest);
        let slots: Vec<Slot> = slots.map(slot).collect();
        let makespan = slots.iter().map(|slot| slot.finish).max().unwrap_or_default();
        let busy = load.busy(&durations);
        let assumed = self.ids().filter(|id| self.is_assumed(*id));
        Schedule {
            pass,
            makespan,
            lower_bound: time(paths.length.max(busy)),
            critical_path: paths.critical(self, &durations),
            arcs: flow::arcs(self, &starts, &durations, &load),
            pools: profile::profiles(self, &slots),
            assumed: assumed.collect(),
            slots,
        }
    }
}
