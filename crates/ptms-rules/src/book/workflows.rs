//! `[workflow.name]` and its `[[workflow.name.step]]`: named templates of steps.

use ptms_core::step::{Awaited, Does, ForEach, Guard, OnUnknown, Wait};
use ptms_core::{StepSpec, WorkflowSpec};

use super::conduct::{Conduct, fault, some_time};
use super::given::{given, input};
use super::reader::Section;
use super::report::Report;
use super::systems::{reference, references};
use super::text::Text;

/// Keys of workflows that the language has and this version does not.
const RESERVED: [&str; 2] = ["params", "success"];

/// Keys of steps that the language has and this version does not.
const RESERVED_IN_STEPS: [&str; 1] = ["workflow"];

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
    if section.entry("id").is_none() {
        section.missing(report, "id", "give the step a name: `id = \"collect\"`");
    }
    let does = does(&mut section, report);
    let mut spec = StepSpec::doing(id.as_ref().map_or("", |id| id.value), Does::Nothing);
    spec.origin = Some(section.origin());
    spec.needs = references(&mut section, report, "needs");
    spec.wants = references(&mut section, report, "wants");
    spec.after = references(&mut section, report, "after");
    spec.phase = section.name(report, "phase").as_ref().map(reference);
    spec.critical = section.flag(report, "critical").unwrap_or(true);
    spec.when = guard(&mut section, report);
    spec.wait = wait(&mut section, report);
    spec.for_each = for_each(&mut section, report);
    spec.input = input(&mut section, report);
    conduct(Conduct::read(&mut section, report), &mut spec);
    section.finish(report, &RESERVED_IN_STEPS);
    spec.does = does?;
    id.map(|_| spec)
}

/// `system = "PDT"`; only a step that waits can do without.
fn does(section: &mut Section<'_>, report: &mut Report) -> Option<Does> {
    let system = section.name(report, "system");
    if section.entry("system").is_some() {
        return system.map(|system| Does::Activate(reference(&system)));
    }
    if section.entry("wait").is_some() {
        return Some(Does::Nothing);
    }
    section.missing(report, "system", "say what it activates: `system = \"PDT\"`");
    None
}

/// Puts what systems and steps say alike into the declaration of a step.
fn conduct(conduct: Conduct, spec: &mut StepSpec) {
    spec.verify = conduct.verify;
    spec.retry = conduct.retry;
    spec.undo = conduct.undo;
    spec.undo_retry = conduct.undo_retry;
    spec.on_undo_failure = conduct.on_undo_failure;
    spec.timeout = conduct.timeout;
    spec.step_timeout = conduct.step_timeout;
    spec.heartbeat = conduct.heartbeat;
    spec.settle = conduct.settle;
    spec.idempotent = conduct.idempotent;
    spec.estimate = conduct.estimate;
}

/// `when`, with what an unknown one means.
fn guard(section: &mut Section<'_>, report: &mut Report) -> Option<Guard> {
    let when = section.text(report, "when");
    let unknowns = [("fail", OnUnknown::Fail), ("skip", OnUnknown::Skip), ("run", OnUnknown::Run)];
    let on_unknown = section.choice(report, "on_unknown", &unknowns);
    if on_unknown.is_some() && section.entry("when").is_none() {
        let message = "`on_unknown` says what an unknown `when` means, and there is no `when`";
        fault(section, report, "on_unknown", message.to_owned(), "leave it out");
    }
    let when = when?;
    let mut guard = Guard::new(when.value);
    guard.on_unknown = on_unknown.unwrap_or_default();
    guard.origin = Some(when.file.origin(when.range));
    Some(guard)
}

/// `wait = { signal = "built", deadline = "1h" }`
fn wait(section: &mut Section<'_>, report: &mut Report) -> Option<Wait> {
    let mut table = section.table(report, "wait")?;
    let signal = table.name(report, "signal").map(|name| Awaited::Signal(name.value.into()));
    let approval = table.name(report, "approval").map(|name| Awaited::Approval(name.value.into()));
    let timer = some_time(&mut table, report, "timer").map(Awaited::Timer);
    let deadline = some_time(&mut table, report, "deadline");
    let written =
        ["signal", "approval", "timer"].iter().filter(|key| table.entry(key).is_some()).count();
    if written != 1 {
        let message = "a step waits for one of a signal, an approval and a timer".to_owned();
        let help = "as in `wait = { signal = \"built\" }`";
        fault(section, report, "wait", message, help);
    }
    if timer.is_some() && deadline.is_some() {
        let message = "a timer ends by itself and has no `deadline`".to_owned();
        fault(&mut table, report, "deadline", message, "leave it out");
    }
    table.finish(report, &[]);
    let mut wait = Wait::new(signal.or(approval).or(timer)?);
    wait.deadline = deadline;
    Some(wait)
}

/// `for_each = "param.hosts"` with `max = 20`
fn for_each(section: &mut Section<'_>, report: &mut Report) -> Option<ForEach> {
    let max = section.count(report, "max");
    let Some(value) = section.entry("for_each") else {
        if section.entry("max").is_some() {
            let message = "`max` is for a step that is done for each of a list".to_owned();
            let help = "say of which: `for_each = \"param.hosts\"`; or leave it out";
            fault(section, report, "max", message, help);
        }
        return None;
    };
    let over = given(section.file, value, report);
    if section.entry("max").is_none() {
        let help = "say how long the list can be: `max = 20`";
        section.missing(report, "max", help);
    }
    let greatest = ForEach::MAX_ITEMS;
    let items = u32::try_from(max?).ok().filter(|max| (1..=greatest).contains(max));
    if items.is_none() {
        fault(section, report, "max", format!("`max` is from 1 to {greatest}"), "");
    }
    Some(ForEach::new(over?, items?))
}
