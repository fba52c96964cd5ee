//! `[workflow.name]` and its `[[workflow.name.step]]`: named templates of steps.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{BAD_WINDOW, WRONG_SHAPE};
use ptms_core::step::{Awaited, Does, ForEach, Guard, OnUnknown, Wait};
use ptms_core::{Criterion, FieldSpec, Name, StepSpec, WorkflowSpec};

use super::condition::condition;
use super::conduct::{Conduct, fault, some_time};
use super::fields::params;
use super::given::{given, input};
use super::reader::Section;
use super::report::Report;
use super::systems::{reference, references};
use super::text::{Text, text_of};
use crate::condition::{Compiled, PULSES, Reads, Surroundings};
use crate::rule_set::Asked;
use crate::script::Parser;
use crate::tables::Tables;

/// Keys of steps that the language has and this version does not.
const RESERVED_IN_STEPS: [&str; 1] = ["workflow"];

/// The conditions of all workflows: what they may speak of, and what came of them.
pub(super) struct Conditions<'a> {
    parser: &'a Parser,
    around: Surroundings<'a>,
    tables: &'a mut Tables,
    /// By workflow and text.
    pub(super) asked: BTreeMap<(Name, Name), Asked>,
}

impl<'a> Conditions<'a> {
    pub(super) const fn new(
        parser: &'a Parser,
        around: Surroundings<'a>,
        tables: &'a mut Tables,
    ) -> Self {
        Self { parser, around, tables, asked: BTreeMap::new() }
    }

    /// Checks and compiles one that a workflow with these parameters has.
    fn check(
        &mut self,
        report: &mut Report,
        workflow: &str,
        text: &Text<'_>,
        params: &[FieldSpec],
    ) {
        let around = Surroundings { params, ..self.around };
        let checked = condition(text, self.parser, around, self.tables, report);
        if let Some((name, Compiled { program, .. })) = checked {
            if self.tables.is_pulse(&Reads::of([&program])) {
                let message = format!(
                    "a workflow asks what is so, and {PULSES} are true in one instant only"
                );
                let help = "ask for what lasts, as in `count(…) > 0` or `held(\"signal\", \"5m\")`";
                report.error(BAD_WINDOW, text.span(), message, help);
            }
            let asked = Asked { program, params: params.to_vec() };
            self.asked.insert((workflow.into(), name), asked);
        }
    }
}

pub(super) fn lower<'a>(
    report: &mut Report,
    name: &Text<'a>,
    mut section: Section<'a>,
    conditions: &mut Conditions<'_>,
) -> Option<WorkflowSpec> {
    let title = format!("[[workflow.{}.step]]", name.value);
    let params = params(report, &mut section, conditions.parser);
    let mut of_workflow = |report: &mut Report, text: &Text<'_>| {
        conditions.check(report, name.value, text, &params);
    };
    let success = success(report, &mut section, &mut of_workflow);
    let steps = section.tables(report, "step", &title);
    let has_steps = !steps.is_empty();
    let steps = steps.into_iter().filter_map(|found| step(report, found, &mut of_workflow));
    let mut spec = WorkflowSpec::new(name.value, steps.collect::<Vec<_>>());
    (spec.params, spec.success) = (params, success);
    spec.origin = Some(section.origin());
    spec.description = section.words(report, "description");
    spec.phases = references(&mut section, report, "phases");
    spec.deadline = section.duration(report, "deadline");
    section.finish(report, &[]);
    // That it has none would only follow from the faults of those that it has.
    (!has_steps || !spec.steps.is_empty()).then_some(spec)
}

fn step(
    report: &mut Report,
    mut section: Section<'_>,
    check: &mut impl FnMut(&mut Report, &Text<'_>),
) -> Option<StepSpec> {
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
    spec.when = guard(&mut section, report, check);
    spec.wait = wait(&mut section, report);
    spec.for_each = for_each(&mut section, report);
    spec.input = input(&mut section, report);
    conduct(Conduct::read(&mut section, report), &mut spec);
    let wait_is_fine = spec.wait.is_some() || section.entry("wait").is_none();
    section.finish(report, &RESERVED_IN_STEPS);
    spec.does = does?;
    id.filter(|_| wait_is_fine).map(|_| spec)
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
fn guard(
    section: &mut Section<'_>,
    report: &mut Report,
    check: &mut impl FnMut(&mut Report, &Text<'_>),
) -> Option<Guard> {
    let when = section.text(report, "when");
    let unknowns = [("fail", OnUnknown::Fail), ("skip", OnUnknown::Skip), ("run", OnUnknown::Run)];
    let on_unknown = section.choice(report, "on_unknown", &unknowns);
    if on_unknown.is_some() && section.entry("when").is_none() {
        let message = "`on_unknown` says what an unknown `when` means, and there is no `when`";
        fault(section, report, "on_unknown", message.to_owned(), "leave it out");
    }
    let when = when?;
    check(report, &when);
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

/// `success = ['ctx.error_rate < 0.01', { when = 'ctx.up', required = true }]`
fn success(
    report: &mut Report,
    section: &mut Section<'_>,
    check: &mut impl FnMut(&mut Report, &Text<'_>),
) -> Vec<Criterion> {
    let Some(value) = section.entry("success") else { return Vec::new() };
    let file = section.file;
    let Some(items) = value.get_ref().as_array() else {
        let message = "`success` takes a list of conditions".to_owned();
        let help = "as in `success = ['ctx.error_rate < 0.01']`";
        report.error(WRONG_SHAPE, file.span(value.span()), message, help);
        return Vec::new();
    };
    let mut criteria = Vec::new();
    for item in items.iter() {
        let (text, required) = match item.get_ref().as_table() {
            Some(table) => {
                let mut table = Section::new(file, "`success`", item.span(), table);
                let text = table.text(report, "when");
                if table.entry("when").is_none() {
                    table.missing(report, "when", "say what must be true: `when = 'ctx.up'`");
                }
                let required = table.flag(report, "required").unwrap_or(false);
                table.finish(report, &[]);
                (text, required)
            }
            None => (text_of(file, item), false),
        };
        let Some(text) = text else {
            if item.get_ref().as_table().is_none() {
                let message = "a criterion is a condition, or a table with `when`".to_owned();
                report.error(WRONG_SHAPE, file.span(item.span()), message, "");
            }
            continue;
        };
        check(report, &text);
        let mut criterion = Criterion::new(text.value);
        criterion.required = required;
        criterion.origin = Some(file.origin(text.range));
        criteria.push(criterion);
    }
    criteria
}
