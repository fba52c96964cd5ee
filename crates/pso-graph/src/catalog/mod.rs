//! All declarations of systems and workflows, checked against each other. Knows nothing of how they
//! were written down, and nothing of rules or runs.
//!
//! # How a plan comes about
//!
//! *Steps.* The steps of the workflow; a step for every named system; and a step for every system that
//! these need or want, however indirectly; the last two only for systems that no step of the workflow
//! activates. A step made for a system is called like it.
//!
//! *Critical.* A workflow says it of its own steps. A named system is critical. A system that was pulled
//! in is critical if a critical step needs it, directly or through other needs. A critical step that
//! needs one that is not is refused.
//!
//! *Edges.* What the workflow says between its steps, and what the systems say among themselves. A
//! system can have several steps in a workflow; it counts as up once its *first* steps have ended: those
//! of the smallest depth in the workflow's own order. So where `PAT` needs `PDT`, every step that
//! activates `PAT` waits for the first steps that activate `PDT`, and a later step may activate `PDT`
//! once more.
//!
//! *Cycles* are refused wherever they can be seen: among all systems whether or not a plan would bring
//! them together, within each workflow with all that it pulls in, and in a plan that adds systems to a
//! workflow.

mod check;
mod claims;
mod closure;
mod contradiction;
mod draft;
mod fault;
mod impact;
mod links;
mod node;
mod phases;
mod resolve;
mod steps;

use std::collections::BTreeSet;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::{Name, PoolSpec, SystemSpec, WorkflowSpec};

use crate::plan::{Claims, Plan};
use crate::request::Request;
use crate::settings::{Declarations, Settings};
use claims::Conflict;
use draft::Draft;
use fault::Faults;
pub use impact::{Affected, Impact};
use links::Links;
use resolve::Flow;

/// Declared systems and workflows without faults, from which plans are made.
///
/// ```
/// use pso_graph::Catalog;
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.needs.push("PFX".into());
/// let faults = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap_err();
/// assert_eq!(faults[0].message, "system `PAT` needs `PFX`, but no such system is declared");
/// assert_eq!(faults[0].help.as_deref(), Some("did you mean `PFD`?"));
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    // INVARIANT: both by name, each name once. Positions are the numbers that links use.
    systems: Vec<SystemSpec>,
    workflows: Vec<WorkflowSpec>,
    /// Among the systems.
    links: Links,
    /// One for each workflow.
    flows: Vec<Flow>,
    // INVARIANT: by name, each name once.
    pools: Vec<PoolSpec>,
    /// One for each system.
    claims: Vec<Claims>,
    // INVARIANT: ordered by pair, each pair once.
    conflicts: Vec<Conflict>,
    settings: Settings,
    /// What is to be remarked on in the workflows.
    findings: Vec<Diagnostic>,
}

impl Catalog {
    /// The catalog of systems and workflows that share no pools, under default settings; see
    /// [`Catalog::declare`].
    ///
    /// # Errors
    ///
    /// As those of [`Catalog::declare`].
    pub fn new(
        systems: impl IntoIterator<Item = SystemSpec>,
        workflows: impl IntoIterator<Item = WorkflowSpec>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let (systems, workflows) = (systems.into_iter().collect(), workflows.into_iter().collect());
        Self::declare(Declarations { systems, workflows, ..Declarations::default() })
    }

    /// Checks the declarations against each other. The order in which they come carries no meaning.
    ///
    /// # Errors
    ///
    /// Every fault at once, in the order in which they are shown: names declared twice, names that are
    /// not declared, what depends on itself, cycles, critical steps that need one that is not critical,
    /// step ids that are taken by another system, workflows without steps, systems that pull in what
    /// they conflict with, claims that can never be met, deadlines that cannot be kept, and limits of
    /// [`limit`](crate::limit).
    pub fn declare(declarations: Declarations) -> Result<Self, Vec<Diagnostic>> {
        let Declarations { systems, workflows, pools, settings } = declarations;
        let mut faults = Faults::new();
        let systems = resolve::by_name(systems, &mut faults);
        let workflows = resolve::workflows_by_name(workflows, &mut faults);
        let links = resolve::systems(&systems, &mut faults);
        workflows.iter().for_each(|workflow| steps::check(workflow, &mut faults));
        steps::check_systems(&systems, &mut faults);
        let flows = workflows.iter().map(|workflow| resolve::flow(workflow, &systems, &mut faults));
        let flows = flows.collect();
        let pools = claims::pools(pools, &mut faults);
        let claims = claims::of_systems(&systems, &pools, &mut faults);
        let conflicts = claims::conflicts(&systems, &mut faults);
        let conflicts = contradiction::check(&systems, &links, conflicts, &mut faults);
        let claims = claims::with_conflicts(claims, &systems, &conflicts);
        let findings = Vec::new();
        let mut catalog =
            Self { systems, workflows, links, flows, pools, claims, conflicts, settings, findings };
        let findings =
            (0..catalog.workflows.len()).flat_map(|workflow| catalog.check(workflow, &mut faults));
        catalog.findings = findings.collect();
        Diagnostic::sort(&mut catalog.findings);
        match faults.finish() {
            faults if faults.is_empty() => Ok(catalog),
            faults => Err(faults),
        }
    }

    /// The systems, ordered by name.
    #[must_use]
    pub fn systems(&self) -> &[SystemSpec] {
        &self.systems
    }

    /// The workflows, ordered by name; their steps are ordered by id.
    #[must_use]
    pub fn workflows(&self) -> &[WorkflowSpec] {
        &self.workflows
    }

    /// The system called `name`.
    #[must_use]
    pub fn system(&self, name: &str) -> Option<&SystemSpec> {
        self.systems.get(resolve::find_system(&self.systems, name)? as usize)
    }

    /// The workflow called `name`.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<&WorkflowSpec> {
        self.workflows.get(self.find_workflow(name)?)
    }

    /// The pools, ordered by name.
    #[must_use]
    pub fn pools(&self) -> &[PoolSpec] {
        &self.pools
    }

    /// What is to be remarked on in the plans of the workflows, in the order in which it is shown; see
    /// [`Plan::findings`].
    #[must_use]
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// The plan for what is requested. The same declarations and request give the same plan, in
    /// whatever order they were given. O((n + m) log n) in the steps and edges of the plan, and O(n)
    /// in the systems of the catalog.
    ///
    /// # Errors
    ///
    /// Every fault at once: an empty request, unknown names, and what only this combination of
    /// workflow and systems brings about: a cycle, a step id that is taken, a critical step that needs
    /// one that is not critical, systems that conflict, claims that cannot be met together, a deadline
    /// that cannot be kept, ambiguity where the settings say so, or a plan beyond
    /// [`limit`](crate::limit).
    pub fn plan(&self, request: &Request) -> Result<Plan, Vec<Diagnostic>> {
        let mut faults = Faults::new();
        if request.is_empty() {
            let message = "there is nothing to plan: no workflow and no system is named";
            faults.push(Diagnostic::error(diagnostic::BAD_PLAN, message));
        }
        let workflow = request.workflow.as_ref();
        let workflow = workflow.and_then(|name| self.named_workflow(name, &mut faults));
        let named = self.named_systems(&request.systems, &mut faults);
        let plan = Draft::new(self, workflow, &named, !request.needs_only, &mut faults)
            .and_then(|draft| draft.freeze(self, &mut faults));
        match (plan, faults.finish()) {
            (Some(plan), faults) if faults.is_empty() => Ok(plan),
            (_, faults) => Err(faults),
        }
    }

    /// Finds the faults that a plan of the workflow alone would have, and returns what else there is to
    /// remark on in it.
    fn check(&self, workflow: usize, faults: &mut Faults) -> Vec<Diagnostic> {
        let plan = Draft::new(self, Some(workflow), &[], true, faults)
            .and_then(|draft| draft.freeze(self, faults));
        plan.map(|plan| plan.findings()).unwrap_or_default()
    }

    fn named_workflow(&self, name: &Name, faults: &mut Faults) -> Option<usize> {
        let found = self.find_workflow(name);
        if found.is_none() {
            let names = self.workflows.iter().map(|workflow| workflow.name.as_str());
            faults.unknown(format!("no workflow `{name}` is declared"), name, None, names, || None);
        }
        found
    }

    /// The numbers of these systems, ascending, each once.
    fn named_systems(&self, names: &[Name], faults: &mut Faults) -> Vec<u32> {
        let names: BTreeSet<&Name> = names.iter().collect();
        let find = |name: &Name| {
            let found = resolve::find_system(&self.systems, name);
            if found.is_none() {
                let names = self.systems.iter().map(|system| system.name.as_str());
                faults.unknown(
                    format!("no system `{name}` is declared"),
                    name,
                    None,
                    names,
                    || None,
                );
            }
            found
        };
        names.into_iter().filter_map(find).collect()
    }

    fn find_workflow(&self, name: &str) -> Option<usize> {
        self.workflows.binary_search_by(|workflow| workflow.name.as_str().cmp(name)).ok()
    }
}
