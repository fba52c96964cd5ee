//! A shorthand for declarations, so that tests are data. Line numbers become origins.
//!
//! ```text
//! pool cpu 4
//! system PAT high undo=restore estimate=5s: needs PFD, weak PTT, uses cpu 2, exclusive repo
//! workflow emergency phases=contain,repair deadline=1m
//! step review PAT soft phase=repair: needs collect
//! ```

use pso_graph::{Catalog, Declarations, Plan, Request};
use ptms_core::pool::Amount;
use ptms_core::system::Reference;
use ptms_core::{
    Diagnostic, Name, Origin, PoolSpec, Span, StepSpec, SystemSpec, Undo, WorkflowSpec,
};

/// The declarations of a text.
pub(crate) fn declare(text: &str) -> Declarations {
    let mut declarations = Declarations::default();
    let Declarations { systems, workflows, pools, .. } = &mut declarations;
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let (head, references) = text.split_once(':').unwrap_or((text, ""));
        let words: Vec<&str> = head.split_whitespace().collect();
        let place = || Some(Origin::new(Span::new("book.toml", line..line + 1), line, 1));
        let (mut needs, mut wants, mut after) = (Vec::new(), Vec::new(), Vec::new());
        let (mut weak, mut conflicts, mut exclusive) = (Vec::new(), Vec::new(), Vec::new());
        let (mut uses, mut holds) = (Vec::new(), Vec::new());
        for reference in references.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let (kind, name) = reference.split_once(' ').unwrap();
            let mut parts = name.split_whitespace();
            let reference = Reference::new(parts.next().unwrap(), place());
            let units = parts.next().map_or(0, |units| units.parse().unwrap());
            match kind {
                "needs" => needs.push(reference),
                "wants" => wants.push(reference),
                "after" => after.push(reference),
                "weak" => weak.push(reference),
                "conflicts" => conflicts.push(reference),
                "exclusive" => exclusive.push(reference),
                "uses" => uses.push(Amount::new(reference, units)),
                "holds" => holds.push(Amount::new(reference, units)),
                other => panic!("{other}"),
            }
        }
        let undo = words.iter().find_map(|word| word.strip_prefix("undo="));
        let undo = undo.map(|action| match action {
            "nothing" => Undo::Nothing,
            action => Undo::Action(action.into()),
        });
        let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key));
        let estimate = value("estimate=").map(|estimate| estimate.parse().unwrap());
        match words[0] {
            "pool" => {
                let mut pool = PoolSpec::new(words[1], words[2].parse().unwrap());
                pool.origin = place();
                pools.push(pool);
            }
            "system" => {
                let mut system = SystemSpec::new(words[1]);
                (system.needs, system.wants, system.after) = (needs, wants, after);
                (system.weak, system.conflicts, system.exclusive) = (weak, conflicts, exclusive);
                (system.uses, system.holds, system.estimate) = (uses, holds, estimate);
                system.origin = place();
                system.undo = undo.unwrap_or_default();
                system.priority =
                    words.get(2).and_then(|word| word.parse().ok()).unwrap_or_default();
                systems.push(system);
            }
            "workflow" => {
                let mut workflow = WorkflowSpec::new(words[1], []);
                workflow.origin = place();
                let phases = value("phases=").unwrap_or_default().split(',');
                let phases = phases.filter(|phase| !phase.is_empty());
                workflow.phases = phases.map(|phase| Reference::new(phase, place())).collect();
                workflow.deadline = value("deadline=").map(|deadline| deadline.parse().unwrap());
                workflows.push(workflow);
            }
            "step" => {
                let mut step = StepSpec::new(words[1], words[2]);
                (step.needs, step.wants, step.after) = (needs, wants, after);
                step.system.origin = place();
                step.origin = place();
                step.phase = value("phase=").map(|phase| Reference::new(phase, place()));
                step.estimate = estimate;
                step.critical = !words.contains(&"soft");
                step.undo = undo;
                workflows.last_mut().unwrap().steps.push(step);
            }
            other => panic!("{other}"),
        }
    }
    declarations
}

/// The catalog of a text.
pub(crate) fn catalog(text: &str) -> Result<Catalog, Vec<Diagnostic>> {
    Catalog::declare(declare(text))
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
