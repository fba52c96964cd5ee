//! A shorthand for declarations, so that tests are data. Line numbers become origins.
//!
//! ```text
//! system PAT high undo=restore: needs PFD, wants PKES, after PDT
//! workflow emergency
//! step review PAT soft: needs collect
//! ```

use pso_graph::{Catalog, Plan, Request};
use ptms_core::system::Reference;
use ptms_core::{Diagnostic, Name, Origin, Span, StepSpec, SystemSpec, Undo, WorkflowSpec};

/// The declarations of a text.
pub(crate) fn declare(text: &str) -> (Vec<SystemSpec>, Vec<WorkflowSpec>) {
    let (mut systems, mut workflows) = (Vec::new(), Vec::<WorkflowSpec>::new());
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let (head, references) = text.split_once(':').unwrap_or((text, ""));
        let words: Vec<&str> = head.split_whitespace().collect();
        let place = || Some(Origin::new(Span::new("book.toml", line..line + 1), line, 1));
        let (mut needs, mut wants, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for reference in references.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let (kind, name) = reference.split_once(' ').unwrap();
            let reference = Reference::new(name.trim(), place());
            match kind {
                "needs" => needs.push(reference),
                "wants" => wants.push(reference),
                "after" => after.push(reference),
                other => panic!("{other}"),
            }
        }
        let undo = words.iter().find_map(|word| word.strip_prefix("undo="));
        let undo = undo.map(|action| match action {
            "nothing" => Undo::Nothing,
            action => Undo::Action(action.into()),
        });
        match words[0] {
            "system" => {
                let mut system = SystemSpec::new(words[1]);
                (system.needs, system.wants, system.after) = (needs, wants, after);
                system.origin = place();
                system.undo = undo.unwrap_or_default();
                system.priority =
                    words.get(2).and_then(|word| word.parse().ok()).unwrap_or_default();
                systems.push(system);
            }
            "workflow" => {
                let mut workflow = WorkflowSpec::new(words[1], []);
                workflow.origin = place();
                workflows.push(workflow);
            }
            "step" => {
                let mut step = StepSpec::new(words[1], words[2]);
                (step.needs, step.wants, step.after) = (needs, wants, after);
                step.system.origin = place();
                step.origin = place();
                step.critical = !words.contains(&"soft");
                step.undo = undo;
                workflows.last_mut().unwrap().steps.push(step);
            }
            other => panic!("{other}"),
        }
    }
    (systems, workflows)
}

/// The catalog of a text.
pub(crate) fn catalog(text: &str) -> Result<Catalog, Vec<Diagnostic>> {
    let (systems, workflows) = declare(text);
    Catalog::new(systems, workflows)
}

/// A request in words: names of systems, and `@name` for a workflow.
pub(crate) fn request(words: &str) -> Request {
    words.split_whitespace().fold(Request::new(), |request, word| match word.strip_prefix('@') {
        Some(workflow) => request.workflow(workflow),
        None => request.system(word),
    })
}

/// A plan in short: one line a step, with what it waits for.
pub(crate) fn brief(plan: &Plan) -> String {
    let mut out = String::new();
    for (id, step) in plan.ids().zip(plan.steps()) {
        let mark = if step.critical { "" } else { " (not critical)" };
        out.push_str(&format!("{} {}={}{mark}, {}", step.wave, step.id, step.system, step.why));
        for edge in plan.predecessors(id) {
            let from: &Name = &plan.step(edge.from).unwrap().id;
            out.push_str(&format!("; {} {from}", edge.kind));
        }
        out.push('\n');
    }
    out
}

/// Diagnostics as they would be read.
pub(crate) fn render(faults: &[Diagnostic]) -> String {
    let mut out = String::new();
    for fault in faults {
        out.push_str(&format!("{} {}\n", fault.code, fault.message));
        for label in &fault.labels {
            out.push_str(&format!("    line {}: {}\n", label.span.start, label.text));
        }
        if let Some(help) = &fault.help {
            out.push_str(&format!("    help: {help}\n"));
        }
    }
    out
}
