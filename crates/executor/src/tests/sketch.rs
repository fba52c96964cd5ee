//! Plans in a few characters.

use std::sync::Arc;

use pso_graph::{Catalog, EdgeKind, Plan, Request};
use ptms_core::step::{Awaited, Guard, OnUnknown, Wait};
use ptms_core::{
    Backoff, Criterion, Diagnostic, Duration, Exhaustion, OnUndoFailure, Retry, StepSpec,
    SystemSpec, Undo, WorkflowSpec,
};

/// The time-out of every sketched step.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// A step called `id` that activates a system of that name in capitals, critical, undone by `undo-id`.
pub(super) fn step(id: &str) -> StepSpec {
    let mut step = StepSpec::new(id, id.to_uppercase());
    step.timeout = Some(TIMEOUT);
    step.settle = Some(Duration::ZERO);
    step.undo = Some(Undo::Action(format!("undo-{id}").into()));
    step
}

/// With an edge from an earlier step.
pub(super) fn edge(to: &mut StepSpec, kind: EdgeKind, from: &str) {
    match kind {
        EdgeKind::Needs => to.needs.push(from.into()),
        EdgeKind::Wants => to.wants.push(from.into()),
        EdgeKind::After => to.after.push(from.into()),
    }
}

/// The plan of a workflow of these steps; a catalog refuses a critical step that needs one that is not.
pub(super) fn try_plan(steps: Vec<StepSpec>) -> Result<Arc<Plan>, Vec<Diagnostic>> {
    try_plan_of(WorkflowSpec::new("w", steps))
}

/// The plan of this workflow.
pub(super) fn try_plan_of(workflow: WorkflowSpec) -> Result<Arc<Plan>, Vec<Diagnostic>> {
    let systems: Vec<SystemSpec> = workflow
        .steps
        .iter()
        .filter_map(|step| Some(SystemSpec::new(&step.system()?.name)))
        .collect();
    let name = workflow.name.clone();
    let catalog = Catalog::new(systems, [workflow])?;
    Ok(Arc::new(catalog.plan(&Request::new().workflow(name))?))
}

/// One step a line: `id`, then any of `needs a,b`, `wants a`, `after a`, `optional` (not critical),
/// `verify`, `idempotent`, `settles` (5 seconds), `undo nothing`, `undo undeclared`, `undo pivot`, `stops`
/// (a rollback, if its undo fails), `retry 3,2,linear` (3 attempts, 2 seconds), `undo-retry` likewise,
/// `awaits signal`, `asks approval`, `rests 5`, each also `at-most 10` seconds; `beats 3` (a heartbeat); `when skip` (a
/// condition, and what is done if it is unknown);
/// `pauses` (when exhausted), `total 20`, `gives-up class`, `within 30` (the step's time-out). A line
/// `success ctx.up` is a criterion, and `required ctx.up` one that turns the run back.
pub(super) fn plan(text: &str) -> Arc<Plan> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (criteria, lines): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.starts_with("success ") || line.starts_with("required "));
    let criteria = criteria.iter().map(|line| {
        let (kind, text) = line.split_once(' ').unwrap();
        criterion(text, kind == "required")
    });
    let mut workflow = WorkflowSpec::new("w", lines.into_iter().map(sketched));
    workflow.success = criteria.collect();
    try_plan_of(workflow).unwrap()
}

/// The step of a line.
fn sketched(line: &str) -> StepSpec {
    let mut words = line.split(' ');
    let mut step = step(words.next().unwrap());
    while let Some(word) = words.next() {
        match word {
            "optional" => step.critical = false,
            "verify" => step.verify = Some(true),
            "idempotent" => step.idempotent = Some(true),
            "settles" => step.settle = Some(Duration::from_secs(5)),
            "undo" => {
                step.undo = Some(match words.next().unwrap() {
                    "nothing" => Undo::Nothing,
                    "pivot" => Undo::Pivot,
                    _ => Undo::Undeclared,
                });
            }
            "awaits" => {
                step.wait = Some(Wait::new(Awaited::Signal(words.next().unwrap().into())));
            }
            "asks" => {
                step.wait = Some(Wait::new(Awaited::Approval(words.next().unwrap().into())));
            }
            "rests" => {
                step.wait = Some(Wait::new(Awaited::Timer(secs(words.next().unwrap()).unwrap())));
            }
            "at-most" => step.wait.as_mut().unwrap().deadline = secs(words.next().unwrap()),
            "beats" => step.heartbeat = secs(words.next().unwrap()),
            "when" => {
                let mut guard = Guard::new("ctx.ok");
                guard.on_unknown = match words.next().unwrap() {
                    "fail" => OnUnknown::Fail,
                    "skip" => OnUnknown::Skip,
                    _ => OnUnknown::Run,
                };
                step.when = Some(guard);
            }
            "stops" => step.on_undo_failure = Some(OnUndoFailure::Stop),
            "retry" => step.retry = Some(retry(words.next().unwrap())),
            "undo-retry" => step.undo_retry = Some(retry(words.next().unwrap())),
            "pauses" => step.retry.as_mut().unwrap().on_exhaustion = Exhaustion::Pause,
            "total" => step.retry.as_mut().unwrap().total = secs(words.next().unwrap()),
            "within" => step.step_timeout = secs(words.next().unwrap()),
            "gives-up" => {
                let class = words.next().unwrap().into();
                step.retry.as_mut().unwrap().give_up_on.push(class);
            }
            kind => {
                let kind = match kind {
                    "needs" => EdgeKind::Needs,
                    "wants" => EdgeKind::Wants,
                    _ => EdgeKind::After,
                };
                for from in words.next().unwrap().split(',') {
                    edge(&mut step, kind, from);
                }
            }
        }
    }
    step
}

/// A success criterion that says this.
pub(super) fn criterion(text: &str, required: bool) -> Criterion {
    let mut criterion = Criterion::new(text);
    criterion.required = required;
    criterion
}

fn secs(text: &str) -> Option<Duration> {
    Some(Duration::from_secs(text.parse().unwrap()))
}

/// `attempts,seconds,backoff`
fn retry(text: &str) -> Retry {
    let [max, base, backoff] = text.split(',').collect::<Vec<_>>()[..] else { panic!("{text}") };
    let mut retry = Retry::new(max.parse().unwrap());
    retry.base = secs(base).unwrap();
    retry.backoff = match backoff {
        "linear" => Backoff::Linear,
        "exponential" => Backoff::Exponential,
        _ => Backoff::Constant,
    };
    retry
}
