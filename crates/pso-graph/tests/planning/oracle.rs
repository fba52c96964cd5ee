//! The same promises kept by brute force: small random declarations, and what a plan of them must be,
//! computed by fixpoints and reachability over whole matrices.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use pso_graph::{EdgeKind, Request};
use ptms_core::system::Reference;
use ptms_core::{Origin, Priority, Span, StepSpec, SystemSpec, WorkflowSpec};

/// What one waits for, by number.
pub(crate) type Waits = Vec<(EdgeKind, usize)>;

/// Declarations by number. Systems are called s0, s1, …, the steps of the one workflow t0, t1, …
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) systems: Vec<(Priority, Waits)>,
    pub(crate) steps: Vec<Activation>,
    pub(crate) named: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Activation {
    pub(crate) system: usize,
    pub(crate) critical: bool,
    pub(crate) waits: Waits,
}

/// What a plan of a model must be, or that there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// By id: system and whether critical.
    pub(crate) steps: BTreeMap<String, (String, bool)>,
    /// From, to.
    pub(crate) edges: BTreeMap<(String, String), EdgeKind>,
}

/// References to smaller numbers, or, in a tangle, now and then to any.
fn waits(own: usize, count: usize, tangled: bool) -> impl Strategy<Value = Waits> {
    let kind = prop::sample::select(EdgeKind::ALL.to_vec());
    let wait = (kind, 0..count, 0..4_u8).prop_filter_map("itself", move |(kind, other, wild)| {
        let other = if tangled && wild == 0 { other } else { other.checked_rem(own)? };
        (other != own).then_some((kind, other))
    });
    let most = match (own, count, tangled) {
        (_, 1, _) | (0, _, false) => 0,
        _ => 4,
    };
    vec(wait, 0..=most)
}

prop_compose! {
    /// A third are tangles, and most of these have cycles. The numbers carry no meaning for the order of
    /// names: s10 comes before s9.
    pub(crate) fn model()(
        systems in 1..12_usize,
        steps in 0..8_usize,
        tangled in prop::bool::weighted(0.3),
    )(
        systems in (0..systems).map(|own| {
            (prop::sample::select(Priority::ALL.to_vec()), waits(own, systems, tangled))
        }).collect::<Vec<_>>(),
        steps in (0..steps).map(|own| {
            (0..systems, prop::bool::weighted(0.9), waits(own, steps, tangled))
        }).collect::<Vec<_>>(),
        named in vec(0..systems, if steps == 0 { 1..4_usize } else { 0..3_usize }),
    ) -> Model {
        let activation = |(system, critical, waits)| Activation { system, critical, waits };
        Model { systems, steps: steps.into_iter().map(activation).collect(), named }
    }
}

impl Model {
    pub(crate) fn request(&self) -> Request {
        let request = self
            .named
            .iter()
            .fold(Request::new(), |request, system| request.system(format!("s{system}")));
        if self.steps.is_empty() { request } else { request.workflow("w") }
    }

    /// The declarations, each with a place of its own.
    pub(crate) fn declare(&self) -> (Vec<SystemSpec>, Vec<WorkflowSpec>) {
        let place =
            |file: &str, line: usize| Some(Origin::new(Span::new(file, line..line + 1), line, 1));
        let system = |(number, (priority, waits)): (usize, &(Priority, Waits))| {
            let mut system = SystemSpec::new(format!("s{number}"));
            (system.priority, system.origin) = (*priority, place("systems", 100 * number));
            for (line, (kind, other)) in waits.iter().enumerate() {
                let reference =
                    Reference::new(format!("s{other}"), place("systems", 100 * number + line));
                list(&mut system.needs, &mut system.wants, &mut system.after, *kind)
                    .push(reference);
            }
            system
        };
        let step = |(number, activation): (usize, &Activation)| {
            let mut step = StepSpec::new(format!("t{number}"), format!("s{}", activation.system));
            (step.critical, step.origin) = (activation.critical, place("steps", 100 * number));
            for (line, (kind, other)) in activation.waits.iter().enumerate() {
                let reference =
                    Reference::new(format!("t{other}"), place("steps", 100 * number + line));
                list(&mut step.needs, &mut step.wants, &mut step.after, *kind).push(reference);
            }
            step
        };
        let systems = self.systems.iter().enumerate().map(system).collect();
        let steps: Vec<StepSpec> = self.steps.iter().enumerate().map(step).collect();
        let workflows = if steps.is_empty() { vec![] } else { vec![WorkflowSpec::new("w", steps)] };
        (systems, workflows)
    }

    /// Whether the systems among themselves, or the steps of the workflow, wait in a circle.
    pub(crate) fn is_cyclic(&self) -> bool {
        let systems = self.systems.iter().enumerate();
        let arcs = systems.flat_map(|(later, (_, waits))| {
            waits.iter().map(move |(_, earlier)| (*earlier, later))
        });
        let steps = self.steps.iter().enumerate();
        let own = steps
            .flat_map(|(later, step)| step.waits.iter().map(move |(_, earlier)| (*earlier, later)));
        cyclic(self.systems.len(), arcs) || cyclic(self.steps.len(), own)
    }

    /// The plan for the workflow and these systems; `None` if there is a cycle, or something critical
    /// needs something that is not.
    pub(crate) fn expected(&self, named: &[usize]) -> Option<Expected> {
        if self.is_cyclic() {
            return None;
        }
        let activated: BTreeSet<usize> = self.steps.iter().map(|step| step.system).collect();
        let of_critical = self.steps.iter().filter(|step| step.critical).map(|step| step.system);
        let beside = named.iter().copied().filter(|system| !activated.contains(system));
        let critical =
            self.grow(of_critical.chain(beside).collect(), &activated, &[EdgeKind::Needs]);
        let all = activated.iter().chain(named).copied().collect();
        let all = self.grow(all, &activated, &[EdgeKind::Needs, EdgeKind::Wants]);
        let mut steps: BTreeMap<String, (String, bool)> = BTreeMap::new();
        for (number, step) in self.steps.iter().enumerate() {
            steps.insert(format!("t{number}"), (format!("s{}", step.system), step.critical));
        }
        for system in all.iter().filter(|system| !activated.contains(system)) {
            steps.insert(format!("s{system}"), (format!("s{system}"), critical.contains(system)));
        }
        let edges = self.edges(&all, &activated);
        let nodes: Vec<&String> = steps.keys().collect();
        let number = |id: &String| nodes.iter().position(|node| *node == id).unwrap();
        let arcs = edges.keys().map(|(from, to)| (number(from), number(to)));
        let lame = edges
            .iter()
            .any(|((from, to), kind)| *kind == EdgeKind::Needs && steps[to].1 && !steps[from].1);
        let sound = !lame && !cyclic(nodes.len(), arcs);
        sound.then_some(Expected { steps, edges })
    }

    /// The least fixpoint over these kinds. What the workflow activates itself is not passed through
    /// unless it is there from the start.
    fn grow(
        &self,
        mut set: BTreeSet<usize>,
        activated: &BTreeSet<usize>,
        kinds: &[EdgeKind],
    ) -> BTreeSet<usize> {
        loop {
            let reached = set
                .iter()
                .flat_map(|system| self.waits(*system))
                .filter(|(kind, other)| kinds.contains(kind) && !activated.contains(other));
            let grown: BTreeSet<usize> =
                set.iter().copied().chain(reached.map(|(_, other)| other)).collect();
            if grown == set {
                return set;
            }
            set = grown;
        }
    }

    /// What a system waits for; only the strongest reference to another counts.
    fn waits(&self, system: usize) -> Waits {
        let waits = &self.systems[system].1;
        let strongest =
            |other| waits.iter().filter(|wait| wait.1 == other).map(|wait| wait.0).min().unwrap();
        waits.iter().map(|(_, other)| (strongest(*other), *other)).collect()
    }

    fn edges(
        &self,
        all: &BTreeSet<usize>,
        activated: &BTreeSet<usize>,
    ) -> BTreeMap<(String, String), EdgeKind> {
        let ids = |system: usize| -> Vec<(String, usize)> {
            if !activated.contains(&system) {
                return vec![(format!("s{system}"), 0)];
            }
            let steps = self.steps.iter().enumerate().filter(|(_, step)| step.system == system);
            steps.map(|(number, _)| (format!("t{number}"), self.depth(number))).collect()
        };
        let mut edges: BTreeMap<(String, String), EdgeKind> = BTreeMap::new();
        let mut add = |from: &str, to: &str, kind: EdgeKind| {
            let slot = edges.entry((from.to_owned(), to.to_owned())).or_insert(kind);
            *slot = kind.min(*slot);
        };
        for later in all {
            for (kind, earlier) in
                self.waits(*later).into_iter().filter(|(_, other)| all.contains(other))
            {
                let first = ids(earlier).iter().map(|(_, depth)| *depth).min().unwrap();
                for (from, _) in ids(earlier).iter().filter(|(_, depth)| *depth == first) {
                    ids(*later).iter().for_each(|(to, _)| add(from, to, kind));
                }
            }
        }
        for (number, step) in self.steps.iter().enumerate() {
            for (kind, other) in &step.waits {
                add(&format!("t{other}"), &format!("t{number}"), *kind);
            }
        }
        edges
    }

    fn depth(&self, step: usize) -> usize {
        self.steps[step].waits.iter().map(|(_, other)| self.depth(*other) + 1).max().unwrap_or(0)
    }
}

fn list<'a, T>(needs: &'a mut T, wants: &'a mut T, after: &'a mut T, kind: EdgeKind) -> &'a mut T {
    match kind {
        EdgeKind::Needs => needs,
        EdgeKind::Wants => wants,
        EdgeKind::After => after,
    }
}

/// Who reaches whom by at least one arc (Warshall).
pub(crate) fn reach(count: usize, arcs: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<bool>> {
    let mut reach = vec![vec![false; count]; count];
    arcs.for_each(|(from, to)| reach[from][to] = true);
    for middle in 0..count {
        for from in 0..count {
            for to in 0..count {
                reach[from][to] |= reach[from][middle] && reach[middle][to];
            }
        }
    }
    reach
}

fn cyclic(count: usize, arcs: impl Iterator<Item = (usize, usize)>) -> bool {
    let reach = reach(count, arcs);
    (0..count).any(|node| reach[node][node])
}
