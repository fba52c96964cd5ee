//! Declarations made of arbitrary bytes, for the fuzz targets that need systems and workflows.

use arbitrary::Arbitrary;
use pso_graph::{Declarations, Request};
use ptms_core::pool::Amount;
use ptms_core::system::Reference;
use ptms_core::step::{Awaited, ForEach, Guard, Source, Wait};
use ptms_core::{
    Duration, Name, PoolSpec, Priority, Retry, StepSpec, SystemSpec, Undo, Value, WorkflowSpec,
};

/// The most systems and the most steps that are declared: enough for every shape of a small graph,
/// few enough that references meet.
const MOST: usize = 12;

/// The only pool: enough for the most systems to hold one unit each while one uses three.
const POOL: &str = "pool";
const CAPACITY: u64 = MOST as u64 * 2 + 3;

const PHASES: [&str; 2] = ["early", "late"];

/// The name of the only workflow.
pub const WORKFLOW: &str = "workflow";

/// Systems, one workflow, and what is asked of them.
#[derive(Arbitrary, Debug)]
pub struct Program {
    /// Whether everything refers only to what is declared before it, so that there is no fault.
    forward: bool,
    systems: Vec<System>,
    steps: Vec<Step>,
    with_workflow: bool,
    named: Vec<u8>,
}

#[derive(Arbitrary, Debug)]
struct System {
    links: Links,
    urgent: bool,
    verify: bool,
    undo: Option<bool>,
    weak: Vec<u8>,
    conflict: Option<u8>,
    /// How many units of the pool it uses and holds, and whether it writes the one exclusive thing.
    uses: u8,
    holds: u8,
    writes: bool,
    estimate: Option<u32>,
    /// Declares the system a second time.
    twice: bool,
}

#[derive(Arbitrary, Debug)]
struct Step {
    system: u8,
    links: Links,
    optional: bool,
    undo: Option<bool>,
    phase: Option<bool>,
    conduct: Conduct,
    /// Is called like its system.
    like_system: bool,
}

#[derive(Arbitrary, Debug)]
struct Links {
    needs: Vec<u8>,
    wants: Vec<u8>,
    after: Vec<u8>,
}

/// When and how a step is done, which only a plan knows of.
#[derive(Arbitrary, Debug)]
struct Conduct {
    guarded: bool,
    pivot: bool,
    attempts: Option<u8>,
    wait: Option<bool>,
    items: Option<u8>,
    /// Is given the output of this step.
    output: Option<u8>,
}

impl Conduct {
    fn settle(&self, forward: bool, steps: usize, spec: &mut StepSpec) {
        spec.when = self.guarded.then(|| Guard::new("ctx.up"));
        if self.pivot {
            spec.undo = Some(Undo::Pivot);
        }
        // Without faults: at least one attempt and one item, and only what is needed is given.
        let count = |count: u8| u32::from(count) + u32::from(forward);
        spec.retry = self.attempts.map(|attempts| Retry::new(count(attempts)));
        spec.wait = self.wait.map(|timer| {
            Wait::new(match timer {
                true => Awaited::Timer(Duration::from_secs(7)),
                false => Awaited::Signal("go".into()),
            })
        });
        let items = || Source::Value(Value::list([]));
        // What all items hold must fit beside what the others use.
        let list = self.items.filter(|_| !forward).map(|max| ForEach::new(items(), count(max % 4)));
        spec.for_each = list;
        let needed = spec.needs.first().map(|step| step.name.clone());
        let any = |step: u8| step_name(usize::from(step) % (steps + 1));
        let step = self.output.and_then(|step| if forward { needed } else { Some(any(step)) });
        if let Some(step) = step {
            spec.input.insert("x".into(), Source::Output { step, path: Vec::new() }.into());
        }
    }
}

impl Program {
    /// The systems in the order of their declaration.
    pub fn systems(&self) -> Vec<SystemSpec> {
        let mut specs = Vec::new();
        for (index, system) in self.systems.iter().take(MOST).enumerate() {
            let mut spec = SystemSpec::new(system_name(index));
            let refer = |to: &[u8]| self.refer(to, index, system_name);
            spec.needs = refer(&system.links.needs);
            spec.wants = refer(&system.links.wants);
            spec.after = refer(&system.links.after);
            spec.priority = if system.urgent { Priority::Critical } else { Priority::default() };
            spec.verify = system.verify;
            spec.undo = undo(system.undo);
            spec.weak = self.refer_weakly(&system.weak, index);
            if !self.forward {
                spec.conflicts = self.refer(system.conflict.as_slice(), index, system_name);
            }
            self.claim(system, &mut spec);
            if system.twice && !self.forward {
                specs.push(spec.clone());
            }
            specs.push(spec);
        }
        specs
    }

    /// The workflow, or none.
    pub fn workflows(&self) -> Vec<WorkflowSpec> {
        let known = self.systems.len().min(MOST);
        let mut specs = Vec::new();
        for (index, step) in self.steps.iter().take(MOST).enumerate() {
            let system = system_name(usize::from(step.system) % known.max(1));
            let id = if step.like_system { system.clone() } else { step_name(index) };
            let mut spec = StepSpec::new(id, system);
            let refer = |to: &[u8]| self.refer(to, index, step_name);
            spec.needs = refer(&step.links.needs);
            spec.wants = refer(&step.links.wants);
            spec.after = refer(&step.links.after);
            spec.critical = !step.optional;
            spec.undo = step.undo.map(|action| undo(Some(action)));
            let phase = |late| Reference::new(PHASES[usize::from(late)], None);
            spec.phase = step.phase.filter(|_| !self.forward).map(phase);
            specs.push(spec);
        }
        if specs.is_empty() {
            return Vec::new();
        }
        let mut workflow = WorkflowSpec::new(WORKFLOW, specs);
        workflow.phases = PHASES.map(|phase| Reference::new(phase, None)).to_vec();
        vec![workflow]
    }

    /// The only pool.
    pub fn pools(&self) -> Vec<PoolSpec> {
        vec![PoolSpec::new(POOL, CAPACITY)]
    }

    /// Everything, with what only plans know of yet.
    pub fn declarations(&self) -> Declarations {
        let mut declarations = Declarations::default();
        declarations.systems = self.systems();
        declarations.workflows = self.workflows();
        let steps = self.steps.len().min(MOST);
        let specs = declarations.workflows.iter_mut().flat_map(|workflow| &mut workflow.steps);
        for (step, spec) in self.steps.iter().zip(specs) {
            step.conduct.settle(self.forward, steps, spec);
        }
        declarations.pools = self.pools();
        declarations
    }

    fn claim(&self, system: &System, spec: &mut SystemSpec) {
        // Without faults: what one uses and all hold fits.
        let (uses, holds) = match self.forward {
            true => (system.uses % 4, system.holds % 2),
            false => (system.uses % 20, system.holds % 20),
        };
        for (list, units) in [(&mut spec.uses, uses), (&mut spec.holds, holds)] {
            if units > 0 {
                list.push(Amount::new(POOL.into(), u64::from(units)));
            }
        }
        if system.writes {
            spec.exclusive.push("thing".into());
        }
        spec.estimate = system.estimate.map(Duration::from_secs);
    }

    /// Weak references to anything but itself, which are no fault even in a circle.
    fn refer_weakly(&self, to: &[u8], index: usize) -> Vec<Reference> {
        let known = self.systems.len().min(MOST);
        let chosen = to.iter().take(3).map(|to| usize::from(*to) % known);
        chosen.filter(|to| *to != index).map(|to| Reference::new(system_name(to), None)).collect()
    }

    /// What a plan is asked for.
    pub fn request(&self) -> Request {
        let known = self.systems.len().min(MOST).max(1);
        let request =
            if self.with_workflow { Request::new().workflow(WORKFLOW) } else { Request::new() };
        let named = self.named.iter().take(MOST).map(|index| usize::from(*index) % known);
        named.fold(request, |request, index| request.system(system_name(index)))
    }

    /// References from the one at `index`: to what stands before it, or to anything, itself and what
    /// is not there included.
    fn refer(&self, to: &[u8], index: usize, name: fn(usize) -> Name) -> Vec<Reference> {
        let choices = if self.forward { index } else { MOST + 1 };
        let chosen = to.iter().take(if choices == 0 { 0 } else { 3 });
        chosen.map(|to| Reference::new(name(usize::from(*to) % choices), None)).collect()
    }
}

fn system_name(index: usize) -> Name {
    format!("system-{index}").into()
}

fn step_name(index: usize) -> Name {
    format!("step-{index}").into()
}

fn undo(action: Option<bool>) -> Undo {
    match action {
        None => Undo::Undeclared,
        Some(false) => Undo::Nothing,
        Some(true) => Undo::Action("restore".into()),
    }
}
