//! What plans can say and runs do not keep to yet. A book that asks for it is refused: it would be run
//! otherwise than it says.

use pso_graph::{Guard, Plan, Step};
use ptms_core::Diagnostic;
use ptms_core::diagnostic::BAD_PLAN;
use ptms_core::step::Source;

/// A fault for each step of the plan that asks for something which runs do not do.
pub(crate) fn unavailable(plan: &Plan) -> Vec<Diagnostic> {
    let fault = |(id, step): (_, &Step)| {
        let asked = asked(step)?;
        let message = format!("step `{}` asks for {asked}, which runs do not have yet", step.id);
        let fault = Diagnostic::error(BAD_PLAN, message).help("leave it out for now");
        Some(match plan.origin(id) {
            Some(origin) => fault.label(origin.span.clone(), ""),
            None => fault,
        })
    };
    let mut faults: Vec<Diagnostic> = plan.ids().zip(plan.steps()).filter_map(fault).collect();
    if !plan.success().is_empty() {
        let message =
            format!("`{}` asks for success criteria, which runs do not have yet", plan.name());
        faults.push(Diagnostic::error(BAD_PLAN, message).help("leave them out for now"));
    }
    faults
}

fn asked(step: &Step) -> Option<&'static str> {
    let asks = [
        (step.when.as_ref().is_some_and(reads_more), "a condition with parameters"),
        (step.for_each.is_some(), "a list to be done for"),
        (!step.input.is_empty(), "inputs"),
        (step.heartbeat.is_some(), "a heartbeat"),
    ];
    asks.into_iter().find(|(asked, _)| *asked).map(|(_, what)| what)
}

/// Whether a condition has parameters that are not written down.
fn reads_more(guard: &Guard) -> bool {
    let params = guard.condition.params.values();
    let mut unwritten = params.filter(|source| !matches!(source, Source::Value(_)));
    guard.condition.text.contains("param.") || unwritten.next().is_some()
}
