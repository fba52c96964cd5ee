//! What changed between two plans, in data and in words. Knows nothing of why the declarations changed.

use std::collections::BTreeMap;
use std::fmt;

use ptms_core::step::{OnUnknown, Source, Wait};
use ptms_core::{Duration, FieldSpec, Name, OnUndoFailure, Retry, Undo};
use serde::Serialize;

use super::{Edge, EdgeKind, Guard, Plan, Step, StepId, Success, Units};

/// What a plan has that an older one had not, and the other way round. Steps are named by their ids, so
/// a step that is called otherwise is another step.
///
/// ```
/// use pso_graph::{Catalog, Request};
/// use ptms_core::SystemSpec;
///
/// let old = Catalog::new([SystemSpec::new("PAT")], []).unwrap();
/// let mut pat = SystemSpec::new("PAT");
/// pat.needs.push("PFD".into());
/// let new = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
/// let plan = |catalog: &Catalog| catalog.plan(&Request::new().system("PAT")).unwrap();
///
/// let diff = plan(&new).diff(&plan(&old));
/// assert_eq!(diff.to_string(), "+ step PFD (needed by PAT)\n+ PAT needs PFD\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// What the whole plan says otherwise.
    pub whole: Vec<Turn>,
    /// Steps that are new, each with why it is in the plan; by name.
    pub added: Vec<(Name, String)>,
    /// Steps that are gone, each with why it was in the plan; by name.
    pub removed: Vec<(Name, String)>,
    /// Steps that are in both and differ, with how; by name.
    pub changed: Vec<(Name, Vec<Turn>)>,
    /// Edges that are new, in words with their place.
    pub edges_added: Vec<String>,
    /// Edges that are gone, likewise.
    pub edges_removed: Vec<String>,
}

/// One property that is another now.
///
/// ```
/// use pso_graph::Turn;
///
/// let json = r#"{"of":"timeout","from":"5m","to":"1m"}"#;
/// let turn: Turn = serde_json::from_str(json).unwrap();
/// assert_eq!(turn.to_string(), "timeout was 5m and is 1m");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Turn {
    /// The property.
    pub of: Name,
    /// What it was.
    pub from: String,
    /// What it is.
    pub to: String,
}

impl fmt::Display for Turn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} was {} and is {}", self.of, self.from, self.to)
    }
}

impl Plan {
    /// What this plan has that `old` had not, and the other way round. Empty exactly if the two are
    /// equal but for places.
    #[must_use]
    pub fn diff(&self, old: &Self) -> Diff {
        let (before, after) = (by_name(old), by_name(self));
        let mut diff = Diff { whole: turns(&whole(old), &whole(self)), ..Diff::default() };
        for (name, step) in &after {
            match before.get(name) {
                None => diff.added.push(((*name).clone(), step.why.to_string())),
                Some(was) => {
                    let turns = turns(&properties(was), &properties(step));
                    if !turns.is_empty() {
                        diff.changed.push(((*name).clone(), turns));
                    }
                }
            }
        }
        let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
        diff.removed = gone.map(|(name, step)| ((*name).clone(), step.why.to_string())).collect();
        let (before, after) = (edges(old), edges(self));
        let missing = |from: &BTreeMap<EdgeKey, String>, to: &BTreeMap<EdgeKey, String>| {
            let missing = from.iter().filter(|(key, _)| !to.contains_key(*key));
            missing.map(|(_, words)| words.clone()).collect()
        };
        diff.edges_added = missing(&after, &before);
        diff.edges_removed = missing(&before, &after);
        diff
    }
}

impl Diff {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One line for each change: `+` new, `-` gone, `~` other than before.
impl fmt::Display for Diff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whole, added, removed, changed, edges_added, edges_removed } = self;
        whole.iter().try_for_each(|turn| writeln!(out, "~ {turn}"))?;
        added.iter().try_for_each(|(name, why)| writeln!(out, "+ step {name} ({why})"))?;
        removed.iter().try_for_each(|(name, why)| writeln!(out, "- step {name} (was {why})"))?;
        for (name, turns) in changed {
            turns.iter().try_for_each(|turn| writeln!(out, "~ step {name}: {turn}"))?;
        }
        edges_added.iter().try_for_each(|edge| writeln!(out, "+ {edge}"))?;
        edges_removed.iter().try_for_each(|edge| writeln!(out, "- {edge}"))
    }
}

fn by_name(plan: &Plan) -> BTreeMap<&Name, &Step> {
    plan.steps().iter().map(|step| (&step.id, step)).collect()
}

/// Later step, earlier step, kind, what ordered them, and whether it was given up.
type EdgeKey<'a> = (&'a str, &'a str, EdgeKind, super::Between, bool);

/// All edges with their words: "PAT needs PFD (systems.toml:14)".
fn edges(plan: &Plan) -> BTreeMap<EdgeKey<'_>, String> {
    let id = |step: StepId| plan.step(step).map_or("", |step| step.id.as_str());
    let entry = |edge: &Edge, given_up: bool| {
        let mut words = format!("{} {} {}", id(edge.to), edge.kind, id(edge.from));
        let reason = plan.reason(edge);
        if reason != words {
            words.push_str(&format!(" because {reason}"));
        }
        match plan.edge_origin(edge).filter(|_| !given_up) {
            Some(origin) => words.push_str(&format!(" ({origin})")),
            None if given_up => words.push_str(", which is given up"),
            None => {}
        }
        ((id(edge.to), id(edge.from), edge.kind, edge.between, given_up), words)
    };
    let kept = plan.edges().iter().map(|edge| entry(edge, false));
    kept.chain(plan.dropped().iter().map(|edge| entry(edge, true))).collect()
}

type Properties = BTreeMap<&'static str, String>;

fn turns(before: &Properties, after: &Properties) -> Vec<Turn> {
    let turn = |(of, to): (&&'static str, &String)| {
        let from = before.get(of)?;
        (from != to).then(|| Turn { of: Name::from(*of), from: from.clone(), to: to.clone() })
    };
    after.iter().filter_map(turn).collect()
}

fn open(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "open".to_owned(), |duration| duration.to_string())
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    match items {
        [] => "nothing".to_owned(),
        _ => items.iter().map(show).collect::<Vec<_>>().join(", "),
    }
}

fn whole(plan: &Plan) -> Properties {
    let pool = |pool: &super::Pool| format!("{} {} ({} held)", pool.name, pool.capacity, pool.held);
    let param = |FieldSpec { name, ty, optional, .. }: &FieldSpec| {
        format!("{name} {ty}{}", if *optional { "?" } else { "" })
    };
    let success = |Success { condition, required }: &Success| {
        format!("`{}`{}", condition.text, if *required { ", required" } else { "" })
    };
    BTreeMap::from([
        ("name", plan.name().to_string()),
        ("pools", list(plan.pools(), pool)),
        ("parameters", list(plan.params(), param)),
        ("success", list(plan.success(), success)),
        ("deadline", open(plan.deadline())),
        ("assumed duration", plan.default_estimate().to_string()),
    ])
}

fn properties(step: &Step) -> Properties {
    // Taken apart whole, so that a new field cannot be forgotten here. The wave follows from the edges.
    let Step {
        id: _,
        system,
        phase,
        priority,
        critical,
        when,
        wait,
        for_each,
        input,
        verify,
        retry,
        undo,
        undo_retry,
        on_undo_failure,
        timeout,
        step_timeout,
        heartbeat,
        settle,
        idempotent,
        estimate,
        claims,
        wave: _,
        why,
    } = step;
    let undo = match undo {
        Undo::Undeclared => "not declared".to_owned(),
        Undo::Nothing => "nothing".to_owned(),
        Undo::Action(action) => format!("`{action}`"),
        Undo::Pivot => "impossible (a pivot)".to_owned(),
    };
    let on_undo_failure = match on_undo_failure {
        OnUndoFailure::Continue => "the rollback goes on",
        OnUndoFailure::Stop => "the rollback stops",
    };
    let units = |units: &Units| format!("{} {}", units.pool, units.units);
    let name = |name: &Name| name.to_string();
    BTreeMap::from([
        ("system", or_none(system.as_ref(), Name::to_string)),
        ("phase", or_none(phase.as_ref(), |phase| format!("`{phase}`"))),
        ("priority", priority.to_string()),
        ("critical", critical.to_string()),
        ("condition", or_none(when.as_ref(), guard)),
        ("wait", or_none(wait.as_ref(), Wait::to_string)),
        ("list", or_none(for_each.as_ref(), |each| format!("{}, at most {}", each.over, each.max))),
        ("input", sources(input)),
        ("verify", verify.to_string()),
        ("retry", or_none(retry.as_ref(), Retry::to_string)),
        ("undo", undo),
        ("retry of the undo", or_none(undo_retry.as_ref(), Retry::to_string)),
        ("what follows a failed undo", on_undo_failure.to_owned()),
        ("timeout", timeout.to_string()),
        ("timeout of the step", open(*step_timeout)),
        ("heartbeat", open(*heartbeat)),
        ("settle", settle.to_string()),
        ("idempotent", idempotent.to_string()),
        ("estimate", open(*estimate)),
        ("uses", list(&claims.uses, units)),
        ("holds", list(&claims.holds, units)),
        ("exclusive", list(&claims.exclusive, name)),
        ("conflicts", list(&claims.conflicts, name)),
        ("reason", why.to_string()),
    ])
}

fn or_none<T>(item: Option<&T>, show: impl Fn(&T) -> String) -> String {
    item.map_or_else(|| "none".to_owned(), show)
}

fn guard(Guard { condition, on_unknown }: &Guard) -> String {
    let unknown = match on_unknown {
        OnUnknown::Fail => "fails",
        OnUnknown::Skip => "is skipped",
        OnUnknown::Run => "is done",
    };
    let given = if condition.params.is_empty() {
        String::new()
    } else {
        format!(" with {}", sources(&condition.params))
    };
    format!(
        "`{}` of `{}`{given} ({unknown} where that is unknown)",
        condition.text, condition.workflow
    )
}

fn sources(sources: &BTreeMap<Name, Source>) -> String {
    let each: Vec<(&Name, &Source)> = sources.iter().collect();
    list(&each, |(name, source)| format!("{name} = {source}"))
}
