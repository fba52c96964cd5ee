//! `[workflow.name]` and its `[[workflow.name.step]]`: named templates of steps.

use ptms_core::{StepSpec, WorkflowSpec};

use super::reader::Section;
use super::report::Report;
use super::systems::{reference, references, undo};
use super::text::Text;

/// Keys of workflows that the language has and this version does not.
const RESERVED: [&str; 2] = ["params", "success"];

/// Keys of steps that the language has and this version does not.
const RESERVED_IN_STEPS: [&str; 7] =
    ["input", "when", "retry", "wait", "for_each", "workflow", "on_undo_failure"];

pub(super) fn lower<'a>(
    report: &mut Report,
    name: &Text<'a>,
    mut section: Section<'a>,
) -> Option<WorkflowSpec> {
    let title = format!("[[workflow.{}.step]]", name.value);
    let steps = section.tables(report, "step", &title);
    let steps: Vec<StepSpec> = steps.into_iter().filter_map(|found| step(report, found)).collect();
    let mut spec = WorkflowSpec::new(name.value, steps);
    spec.origin = Some(section.origin());
    spec.description = section.words(report, "description");
    spec.phases = references(&mut section, report, "phases");
    spec.deadline = section.duration(report, "deadline");
    section.finish(report, &RESERVED);
    Some(spec)
}

fn step(report: &mut Report, mut section: Section<'_>) -> Option<StepSpec> {
    let id = section.name(report, "id");
    let system = section.name(report, "system");
    for (key, help) in [
        ("id", "give the step a name: `id = \"collect\"`"),
        ("system", "say what it activates: `system = \"PDT\"`"),
    ] {
        if section.entry(key).is_none() {
            section.missing(report, key, help);
        }
    }
    let mut spec = StepSpec::new(id.as_ref().map_or("", |id| id.value), "");
    spec.origin = Some(section.origin());
    spec.needs = references(&mut section, report, "needs");
    spec.wants = references(&mut section, report, "wants");
    spec.after = references(&mut section, report, "after");
    spec.phase = section.name(report, "phase").as_ref().map(reference);
    spec.critical = section.flag(report, "critical").unwrap_or(true);
    spec.verify = section.flag(report, "verify");
    spec.undo = undo(&mut section, report);
    spec.timeout = section.duration(report, "timeout");
    spec.settle = section.duration(report, "settle");
    spec.idempotent = section.flag(report, "idempotent");
    spec.estimate = section.duration(report, "estimate");
    section.finish(report, &RESERVED_IN_STEPS);
    spec.system = reference(&system?);
    id.map(|_| spec)
}
