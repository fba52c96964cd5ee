//! What plans can say and runs do not keep to yet. A book that asks for it is refused: it would be run
//! otherwise than it says.

use pso_graph::{Plan, Step};
use ptms_core::Diagnostic;
use ptms_core::diagnostic::BAD_PLAN;

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
    plan.ids().zip(plan.steps()).filter_map(fault).collect()
}

fn asked(step: &Step) -> Option<&'static str> {
    let asks =
        [(step.for_each.is_some(), "a list to be done for"), (!step.input.is_empty(), "inputs")];
    asks.into_iter().find(|(asked, _)| *asked).map(|(_, what)| what)
}
