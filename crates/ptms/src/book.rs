//! Rules, systems and workflows together: checked against each other, every response planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use pso_graph::{Catalog, Declarations, Plan, Request};
use ptms_core::diagnostic::UNKNOWN_NAME;
use ptms_core::{
    Diagnostic, Name, OnResolve, RunMode, Schema, Severity, Sources, SystemSpec, WorkflowSpec,
};
use ptms_rules::{
    Functions, MemoryUse, OpaqueCall, Planning, RuleReads, RuleSet, RuleSpec, Rulebook,
};

use crate::unavailable::unavailable;

/// A loaded rulebook. It does not change; share it by [`Arc`].
///
/// ```
/// use ptms::{Book, Sources};
///
/// let faults = Book::load(&Sources::from_iter([("rules.toml", r#"
///     [[rule]]
///     id = "slow"
///     when = "ctx.latency_ms > 250.0"
///     systems = ["optimizer"]
/// "#)])).unwrap_err();
/// let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
/// assert_eq!(
///     messages,
///     ["no fact `latency_ms` is declared", "no system `optimizer` is declared"]
/// );
/// ```
#[derive(Debug)]
pub struct Book {
    rules: Arc<RuleSet>,
    catalog: Catalog,
    /// By rule id; rules that name no system and no workflow start nothing.
    responses: BTreeMap<Name, Response>,
    sources: Sources,
    warnings: Vec<Diagnostic>,
}

/// What a firing of a rule starts, and how.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) plan: Arc<Plan>,
    pub(crate) mode: RunMode,
    pub(crate) on_resolve: OnResolve,
}

impl Book {
    /// Reads, checks and compiles the texts of a rulebook, and plans what each rule starts.
    ///
    /// # Errors
    ///
    /// Every fault of every text, by place, together with the doubts.
    pub fn load(sources: &Sources) -> Result<Self, Vec<Diagnostic>> {
        Self::load_with(sources, &Functions::default())
    }

    /// The same, for conditions that call functions of the host; see [`Functions`].
    ///
    /// # Errors
    ///
    /// Every fault of every text, by place, together with the doubts.
    pub fn load_with(sources: &Sources, functions: &Functions) -> Result<Self, Vec<Diagnostic>> {
        let (book, mut diagnostics) = Rulebook::read_with(sources, functions);
        let loaded = book.and_then(|book| Self::assemble(book, sources, &mut diagnostics));
        Diagnostic::sort(&mut diagnostics);
        diagnostics.dedup();
        let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
        match loaded {
            Some(book) if !failed => Ok(Self { warnings: diagnostics, ..book }),
            _ => Err(diagnostics),
        }
    }

    fn assemble(
        book: Rulebook,
        sources: &Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let Rulebook { rules, systems, workflows, planning, .. } = book;
        let catalog = Catalog::declare(declarations(systems, workflows, planning));
        let catalog = catalog.map_err(|faults| diagnostics.extend(faults)).ok()?;
        diagnostics.extend(catalog.findings().iter().cloned());
        // What is not found then was told where it stands, or its declaration was.
        let faulty = diagnostics.iter().any(|found| found.severity == Severity::Error);
        let mut responses = BTreeMap::new();
        let mut known: BTreeMap<_, Option<Arc<Plan>>> = BTreeMap::new();
        for rule in rules.specs() {
            if rule.workflow.is_none() && rule.systems.is_empty() {
                continue;
            }
            let named = (rule.workflow.clone(), rule.systems.clone());
            let plan = known.entry(named).or_insert_with(|| {
                let planned = catalog.plan(&request(rule));
                let placed = |fault: Diagnostic| match &rule.origin {
                    Some(origin) => fault.label(origin.span.clone(), "this rule starts it"),
                    None => fault,
                };
                if let Ok(plan) = &planned {
                    diagnostics.extend(plan.findings());
                    diagnostics.extend(unavailable(plan));
                }
                let follows = |fault: &Diagnostic| faulty && fault.code == UNKNOWN_NAME;
                planned
                    .map(Arc::new)
                    .map_err(|faults| {
                        let faults = faults.into_iter().filter(|fault| !follows(fault));
                        diagnostics.extend(faults.map(placed));
                    })
                    .ok()
            });
            // A rule in the shadow names what it would start, and starts nothing.
            let plan = plan.clone().filter(|_| !rule.shadow);
            let (mode, on_resolve) = (rule.mode, rule.on_resolve);
            let response = plan.map(|plan| Response { plan, mode, on_resolve });
            responses.extend(response.map(|response| (rule.id.clone(), response)));
        }
        Some(Self { rules, catalog, responses, sources: sources.clone(), warnings: Vec::new() })
    }

    /// Doubts that do not keep the book from being used, by place.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The texts that it was loaded from.
    #[must_use]
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The declared facts and events.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        self.rules.schema()
    }

    /// The enabled rules as declared, in the order of evaluation.
    pub fn rules(&self) -> impl Iterator<Item = &RuleSpec> {
        self.rules.specs()
    }

    /// The calls that are not compiled with the conditions of the enabled rules, in the order of
    /// evaluation: why a rule may take long.
    pub fn opaque_calls(&self) -> impl Iterator<Item = OpaqueCall> {
        self.rules.opaque_calls()
    }

    /// The most memory that an engine takes for facts, events and triggers, the greatest part first; see
    /// [`RuleSet::worst_memory`].
    #[must_use]
    pub fn worst_memory(&self) -> Vec<MemoryUse> {
        self.rules.worst_memory()
    }

    /// The declared systems, ordered by name.
    #[must_use]
    pub fn systems(&self) -> &[SystemSpec] {
        self.catalog.systems()
    }

    /// The declared workflows, ordered by name.
    #[must_use]
    pub fn workflows(&self) -> &[WorkflowSpec] {
        self.catalog.workflows()
    }

    /// Systems and workflows, to make plans of.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What a firing of this rule starts; `None` if it starts nothing or there is no such rule.
    #[must_use]
    pub fn plan_of(&self, rule: &str) -> Option<&Arc<Plan>> {
        self.response_of(rule).map(|response| &response.plan)
    }

    pub(crate) fn response_of(&self, rule: &str) -> Option<&Response> {
        self.responses.get(rule)
    }

    /// What a rule reads, however indirectly; empty if there is no such rule.
    #[must_use]
    pub fn reads_of(&self, rule: &str) -> RuleReads {
        self.rules.reads(rule)
    }

    pub(crate) const fn rule_set(&self) -> &Arc<RuleSet> {
        &self.rules
    }
}

fn declarations(
    systems: Vec<SystemSpec>,
    workflows: Vec<WorkflowSpec>,
    planning: Planning,
) -> Declarations {
    let mut declarations = Declarations::default();
    (declarations.systems, declarations.workflows) = (systems, workflows);
    declarations.pools = planning.pools;
    let settings = &mut declarations.settings;
    settings.default_estimate = planning.default_estimate.unwrap_or(settings.default_estimate);
    settings.ambiguity = planning.ambiguity.unwrap_or(settings.ambiguity);
    declarations
}

fn request(rule: &RuleSpec) -> Request {
    let mut request = Request::new();
    request.workflow.clone_from(&rule.workflow);
    request.systems.clone_from(&rule.systems);
    request
}
