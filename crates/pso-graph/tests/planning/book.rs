//! A shorthand for declarations, so that tests are data. Line numbers become origins.
//!
//! ```text
//! pool cpu 4
//! system PAT high undo=restore estimate=5s: needs PFD, weak PTT, uses cpu 2, exclusive repo
//! workflow emergency phases=contain,repair deadline=1m
//! step review PAT soft phase=repair retry=3 timeout=5m input.log=step.collect.output: needs collect
//! gate ask wait=approval/release
//! ```
//!
//! What is not said is that there is nothing to undo.

use pso_graph::{Catalog, Declarations, Plan, Request};
use ptms_core::pool::Amount;
use ptms_core::step::{Awaited, Does, ForEach, Guard, Source, Wait};
use ptms_core::system::Reference;
use ptms_core::{
    Diagnostic, Duration, Exhaustion, FieldSpec, Name, Origin, PoolSpec, Retry, Span, StepSpec,
    SystemSpec, Type, Undo, WorkflowSpec,
};

/// The declarations of a text.
pub(crate) fn declare(text: &str) -> Declarations {
    let mut declarations = Declarations::default();
    let Declarations { systems, workflows, pools, .. } = &mut declarations;
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let (head, references) = text.split_once(':').unwrap_or((text, ""));
        let words: Vec<&str> = head.split_whitespace().collect();
        let place = || Some(Origin::new(Span::new("book.toml", line..line + 1), line, 1));
        let said = Said::read(references, place);
        let undo = words.iter().find_map(|word| word.strip_prefix("undo="));
        let undo = undo.map(|action| match action {
            "nothing" => Undo::Nothing,
            "pivot" => Undo::Pivot,
            "undeclared" => Undo::Undeclared,
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
                (system.needs, system.wants, system.after) = (said.needs, said.wants, said.after);
                (system.weak, system.conflicts) = (said.weak, said.conflicts);
                (system.exclusive, system.estimate) = (said.exclusive, estimate);
                (system.uses, system.holds) = (said.uses, said.holds);
                system.origin = place();
                system.undo = undo.unwrap_or(Undo::Nothing);
                system.retry = value("retry=").map(retry);
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
                let params = value("params=").unwrap_or_default().split(',');
                workflow.params = params.filter(|name| !name.is_empty()).map(param).collect();
                workflow.deadline = value("deadline=").map(|deadline| deadline.parse().unwrap());
                workflows.push(workflow);
            }
            "step" | "gate" => {
                let mut step = match words[0] {
                    "step" => StepSpec::new(words[1], words[2]),
                    _ => StepSpec::doing(words[1], Does::Nothing),
                };
                (step.needs, step.wants, step.after) = (said.needs, said.wants, said.after);
                if let Does::Activate(system) = &mut step.does {
                    system.origin = place();
                }
                step.origin = place();
                step.phase = value("phase=").map(|phase| Reference::new(phase, place()));
                step.estimate = estimate;
                step.critical = !words.contains(&"soft");
                step.undo = undo;
                conduct(&words, &mut step);
                workflows.last_mut().unwrap().steps.push(step);
            }
            other => panic!("{other}"),
        }
    }
    declarations
}

/// "3" attempts, or "3p" and then it pauses.
fn retry(text: &str) -> Retry {
    let mut retry = Retry::new(text.trim_end_matches('p').parse().unwrap());
    retry.base = Duration::from_secs(60);
    if text.ends_with('p') {
        retry.on_exhaustion = Exhaustion::Pause;
    }
    retry
}

/// "hosts/list", or "service" for a text.
fn param(text: &str) -> FieldSpec {
    let list = Type::List { item: Box::new(Type::String), max_len: 100 };
    let (name, ty) = text.split_once('/').map_or((text, Type::String), |(name, _)| (name, list));
    FieldSpec::new(name, ty)
}

/// "param.hosts", "step.collect.output.path", "item" or a text.
fn source(text: &str) -> Source {
    let parts: Vec<&str> = text.split('.').collect();
    match parts[..] {
        ["item"] => Source::Item,
        ["param", name] => Source::Param(name.into()),
        ["secret", name] => Source::Secret(name.into()),
        ["step", step, "output", ref path @ ..] => Source::Output {
            step: step.into(),
            path: path.iter().map(|part| (*part).into()).collect(),
        },
        _ => Source::Value(text.into()),
    }
}

/// When a step is done, how often and on what.
fn conduct(words: &[&str], step: &mut StepSpec) {
    let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key));
    step.when = value("when=").map(Guard::new);
    step.wait = value("wait=").map(|text| {
        Wait::new(match text.split_once('/').unwrap() {
            ("signal", name) => Awaited::Signal(name.into()),
            ("approval", name) => Awaited::Approval(name.into()),
            (_, span) => Awaited::Timer(span.parse().unwrap()),
        })
    });
    let max = value("max=").map_or(1, |max| max.parse().unwrap());
    step.for_each = value("for_each=").map(|over| ForEach::new(source(over), max));
    for (name, text) in words.iter().filter_map(|word| word.strip_prefix("input.")?.split_once('='))
    {
        step.input.insert(name.into(), source(text).into());
    }
    step.retry = value("retry=").map(retry);
    step.timeout = value("timeout=").map(|timeout| timeout.parse().unwrap());
    step.step_timeout = value("step_timeout=").map(|timeout| timeout.parse().unwrap());
}

/// What stands behind the colon.
#[derive(Default)]
struct Said {
    needs: Vec<Reference>,
    wants: Vec<Reference>,
    after: Vec<Reference>,
    weak: Vec<Reference>,
    conflicts: Vec<Reference>,
    exclusive: Vec<Reference>,
    uses: Vec<Amount>,
    holds: Vec<Amount>,
}

impl Said {
    fn read(text: &str, place: impl Fn() -> Option<Origin>) -> Self {
        let mut said = Self::default();
        for reference in text.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let words: Vec<&str> = reference.split_whitespace().collect();
            let reference = Reference::new(words[1], place());
            let amount = |reference| Amount::new(reference, words[2].parse().unwrap());
            match words[0] {
                "needs" => said.needs.push(reference),
                "wants" => said.wants.push(reference),
                "after" => said.after.push(reference),
                "weak" => said.weak.push(reference),
                "conflicts" => said.conflicts.push(reference),
                "exclusive" => said.exclusive.push(reference),
                "uses" => said.uses.push(amount(reference)),
                "holds" => said.holds.push(amount(reference)),
                other => panic!("{other}"),
            }
        }
        said
    }
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
        out.push_str(&format!("{} {}={}{mark}, {}", step.wave, step.id, step.subject(), step.why));
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
