//! What a step of a workflow says of itself and of what it is given. Knows nothing of order: whether what
//! it is given is there by then, the plan tells.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::step::{Does, ForEach, Given, Source};
use ptms_core::{FieldSpec, Name, Origin, Retry, StepSpec, SystemSpec, Type, Value, WorkflowSpec};

use super::fault::{Faults, at};

/// Reports what cannot be in the steps of a workflow, each by itself.
pub(super) fn check(workflow: &WorkflowSpec, faults: &mut Faults) {
    let params = workflow.params.iter().map(|param| (&param.name, param)).collect();
    for step in &workflow.steps {
        let says = Says { workflow, params: &params, step };
        says.check_kind(faults);
        says.check_counts(faults);
        let listed = step.for_each.iter().map(|each| &each.over);
        listed.clone().for_each(|over| says.check_list(over, faults));
        listed.chain(step.input.values()).for_each(|given| says.check_given(given, faults));
        if step.for_each.as_ref().is_some_and(|each| each.over.source == Source::Item) {
            says.fault(faults, "is done for each of `item`, which is one of a list itself", "");
        }
    }
}

/// One step, to speak of.
struct Says<'a> {
    workflow: &'a WorkflowSpec,
    /// Those of the workflow.
    params: &'a BTreeMap<&'a Name, &'a FieldSpec>,
    step: &'a StepSpec,
}

impl Says<'_> {
    fn name(&self) -> String {
        format!("step `{}` of workflow `{}`", self.step.id, self.workflow.name)
    }

    fn fault(&self, faults: &mut Faults, says: &str, help: &str) {
        let fault = Diagnostic::error(diagnostic::BAD_PLAN, format!("{} {says}", self.name()));
        let fault = at(fault, self.step.origin.as_ref(), "");
        faults.push(if help.is_empty() { fault } else { fault.help(help) });
    }

    /// That a step does what a plan knows: it activates a system, or it waits and says nothing that only
    /// activations can.
    fn check_kind(&self, faults: &mut Faults) {
        match &self.step.does {
            Does::Activate(_) => {}
            Does::Run(workflow) => {
                let message = format!(
                    "{} runs workflow `{}`, but a step cannot run a workflow: it activates a system or waits",
                    self.name(),
                    workflow.name
                );
                let fault = Diagnostic::error(diagnostic::BAD_PLAN, message);
                let origin = workflow.origin.as_ref().or(self.step.origin.as_ref());
                let help = format!("list the steps of `{}` in this workflow", workflow.name);
                faults.push(at(fault, origin, "").help(help));
            }
            Does::Nothing => self.check_gate(faults),
        }
    }

    fn check_gate(&self, faults: &mut Faults) {
        let step = self.step;
        if step.wait.is_none() {
            self.fault(faults, "neither activates a system nor waits", "");
        }
        let asks = [
            (step.for_each.is_some(), "for_each"),
            (!step.input.is_empty(), "input"),
            (step.verify.is_some(), "verify"),
            (step.retry.is_some(), "retry"),
            (step.undo.is_some(), "undo"),
            (step.undo_retry.is_some(), "undo_retry"),
            (step.on_undo_failure.is_some(), "on_undo_failure"),
            (step.timeout.is_some(), "timeout"),
            (step.step_timeout.is_some(), "step_timeout"),
            (step.heartbeat.is_some(), "heartbeat"),
            (step.settle.is_some(), "settle"),
            (step.idempotent.is_some(), "idempotent"),
        ];
        for (_, key) in asks.iter().filter(|(asked, _)| *asked) {
            let says = format!("only waits, so `{key}` means nothing in it");
            let help = "say which system it activates, or leave it out; `wait` has a `deadline`";
            self.fault(faults, &says, help);
        }
    }

    fn check_counts(&self, faults: &mut Faults) {
        for retry in self.step.retry.iter().chain(&self.step.undo_retry) {
            check_retry(retry, &self.name(), faults, self.step.origin.as_ref());
        }
        let greatest = ForEach::MAX_ITEMS;
        if self.step.for_each.as_ref().is_some_and(|each| !(1..=greatest).contains(&each.max)) {
            let says =
                format!("is done for a list of which the most items are not 1 to {greatest}");
            self.fault(faults, &says, "");
        }
    }

    /// That what is to be a list can be one.
    fn check_list(&self, over: &Given, faults: &mut Faults) {
        let found = match &over.source {
            Source::Value(Value::List(_)) | Source::Output { .. } | Source::Item => return,
            Source::Value(value) => value.kind().to_owned(),
            Source::Secret(_) => "a secret".to_owned(),
            Source::Param(name) => match self.params.get(name).map(|param| &param.ty) {
                None | Some(Type::List { .. }) => return,
                Some(ty) => format!("of type {ty}"),
            },
        };
        let message =
            format!("{} is done for each of `{}`, which is {found}", self.name(), over.source);
        let fault = Diagnostic::error(diagnostic::WRONG_TYPE, message);
        faults.push(at(fault, over.origin.as_ref(), "").help("`for_each` takes a list"));
    }

    /// That what the step is given is declared.
    fn check_given(&self, Given { source, origin, .. }: &Given, faults: &mut Faults) {
        let given = || format!("{} is given `{source}`, but", self.name());
        match source {
            Source::Value(_) | Source::Secret(_) => {}
            Source::Item if self.step.for_each.is_some() => {}
            Source::Item => {
                let message = format!("{} is not done for each of a list", given());
                let fault = Diagnostic::error(diagnostic::BAD_PLAN, message);
                let help = "say of which: `for_each = \"param.hosts\"` and `max = 20`";
                faults.push(at(fault, origin.as_ref(), "").help(help));
            }
            Source::Param(name) if self.params.contains_key(name) => {}
            Source::Param(name) => {
                let message = format!("{} the workflow has no such parameter", given());
                let params = self.workflow.params.iter().map(|param| param.name.as_str());
                let declare = || {
                    let none = self.workflow.params.is_empty();
                    none.then(|| format!("declare it: `params = {{ {name} = \"string\" }}`"))
                };
                faults.unknown(message, name, origin.as_ref(), params, declare);
            }
            Source::Output { step, .. } if *step == self.step.id => {
                let message = format!("{} that is the step itself", given());
                let fault = Diagnostic::error(diagnostic::SELF_DEPENDENCY, message);
                faults.push(at(fault, origin.as_ref(), ""));
            }
            Source::Output { step, .. } => {
                let steps = &self.workflow.steps;
                if steps.binary_search_by(|other| other.id.cmp(step)).is_err() {
                    let message = format!("{} the workflow has no such step", given());
                    let ids = steps.iter().map(|step| step.id.as_str());
                    faults.unknown(message, step, origin.as_ref(), ids, || None);
                }
            }
        }
    }
}

/// Reports retries of systems beyond their limits.
pub(super) fn check_systems(systems: &[SystemSpec], faults: &mut Faults) {
    for system in systems {
        for retry in system.retry.iter().chain(&system.undo_retry) {
            let name = format!("system `{}`", system.name);
            check_retry(retry, &name, faults, system.origin.as_ref());
        }
    }
}

fn check_retry(retry: &Retry, whose: &str, faults: &mut Faults, origin: Option<&Origin>) {
    let greatest = Retry::MAX_ATTEMPTS;
    if !(1..=greatest).contains(&retry.max) || retry.jitter_permille > 1_000 {
        let message = format!(
            "{whose} has a retry beyond its limits: 1 to {greatest} attempts, and at most 1000 thousandths of jitter"
        );
        faults.push(at(Diagnostic::error(diagnostic::TOO_MUCH, message), origin, ""));
    }
}
