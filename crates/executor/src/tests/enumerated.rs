//! Every small plan under every host: nothing is drawn at random, and nothing is left out.

use std::collections::BTreeSet;

use pso_graph::EdgeKind;
use ptms_core::step::{Awaited, Guard, OnUnknown, Wait};
use ptms_core::{Duration, Retry, StepSpec, Timestamp, Undo, WorkflowSpec};

use super::monitor::Watched;
use super::sketch::{criterion, edge, step, try_plan_of};
use crate::{Action, Command, End, Execution, Outcome, Resolution, Scope};

const IDS: [&str; 3] = ["a", "b", "c"];
const START: Timestamp = Timestamp::from_secs(0);

/// What is varied of every step and host.
struct Space {
    edges: &'static [Option<EdgeKind>],
    verify: &'static [bool],
    /// How often an activation, and an undo, is tried at most.
    tries: &'static [u32],
    /// Whether the host can be silent, and then late.
    silence: bool,
    /// What steps wait for.
    waits: &'static [Option<&'static str>],
    /// How many words about the run are said at most.
    words: u32,
    /// Whether each success criterion is required.
    criteria: &'static [bool],
}

/// What is not varied unless a test says so.
const PLAIN: Space = Space {
    edges: &ALL,
    verify: &[false],
    tries: &[1],
    silence: false,
    waits: &[None],
    words: 0,
    criteria: &[],
};

/// A condition that fails, or skips, its step where it is unknown.
fn guard(of: &str) -> Option<Guard> {
    let mut guard = Guard::new("ctx.ok");
    guard.on_unknown = match of {
        "fails" => OnUnknown::Fail,
        "skips" => OnUnknown::Skip,
        _ => return None,
    };
    Some(guard)
}

/// A wait for the signal `s`, for the approval `p`, or for an instant.
fn wait(of: &str) -> Wait {
    let mut wait = Wait::new(match of {
        "signal" => Awaited::Signal("s".into()),
        "approval" => Awaited::Approval("p".into()),
        _ => Awaited::Timer(Duration::from_secs(5)),
    });
    wait.deadline = (of == "approval").then_some(Duration::from_secs(7));
    wait
}

/// Calls `then` with every plan of `count` steps.
fn for_each_plan(count: usize, space: &Space, then: &mut impl FnMut(Vec<StepSpec>)) {
    let undos = [Undo::Action("undo".into()), Undo::Nothing, Undo::Undeclared, Undo::Pivot];
    let undos = if space.tries.len() > 1 { &undos[..] } else { &undos[..3] };
    let pairs: Vec<(usize, usize)> =
        (0..count).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
    let kinds = space.edges.len().pow(pairs.len() as u32);
    let retries = space.tries.len().pow(2) * 2_usize.pow(u32::from(space.tries.len() > 1));
    let of_one = 2 * undos.len() * space.verify.len() * retries * space.waits.len();
    let attributes = of_one.pow(count as u32);
    for (mut edges, attributes) in
        (0..kinds).flat_map(|kinds| (0..attributes).map(move |a| (kinds, a)))
    {
        let mut rest = attributes;
        let mut draw = |among: usize| {
            let drawn = rest % among;
            rest /= among;
            drawn
        };
        let mut steps: Vec<StepSpec> = IDS[..count].iter().map(|id| step(id)).collect();
        for (step, secs) in steps.iter_mut().zip(10..) {
            step.critical = draw(2) == 0;
            step.undo = Some(undos[draw(undos.len())].clone());
            step.verify = Some(space.verify[draw(space.verify.len())]);
            step.retry =
                Some(Retry::new(space.tries[draw(space.tries.len())])).filter(|one| one.max > 1);
            step.undo_retry =
                Some(Retry::new(space.tries[draw(space.tries.len())])).filter(|one| one.max > 1);
            step.idempotent = Some(space.tries.len() > 1 && draw(2) == 1);
            let waits = space.waits[draw(space.waits.len())];
            step.when = waits.and_then(guard);
            step.wait = waits.filter(|_| step.when.is_none()).map(wait);
            // Different, so that each can be silent alone.
            step.timeout = Some(Duration::from_secs(secs));
        }
        for (from, to) in &pairs {
            if let Some(kind) = space.edges[edges % space.edges.len()] {
                edge(&mut steps[*to], kind, IDS[*from]);
            }
            edges /= space.edges.len();
        }
        then(steps);
    }
}

/// Walks through everything that the host can do with a run, each state of the run and of the world
/// once, and returns how many there were. The witness objects wherever a promise is broken.
fn explore(start: Watched, space: &Space) -> usize {
    let failed = |clean| Outcome::Failed { class: "io".into(), clean };
    let mut known = BTreeSet::new();
    let mut open = vec![(START, space.words, start)];
    while let Some((now, words, watched)) = open.pop() {
        if !known.insert((words, watched.fingerprint(now))) {
            continue;
        }
        for word in commands(&watched).into_iter().filter(|word| words > 0 || is_resume(word)) {
            let mut next = watched.clone();
            if next.command(now, word.clone()).is_ok() {
                open.push((now, words - u32::from(!is_resume(&word)), next));
            }
        }
        for question in &watched.asking {
            for verdict in [Some(true), Some(false), None] {
                let mut next = watched.clone();
                next.judge(now, *question, verdict);
                open.push((now, words, next));
            }
        }
        let mut answers = Vec::new();
        for effect in &watched.open {
            let outcomes: &[Outcome] = match effect.key.action {
                Action::Activate => &[Outcome::Succeeded(None), failed(true), failed(false)],
                Action::Verify => &[
                    Outcome::Succeeded(Some(true.into())),
                    Outcome::Succeeded(Some(false.into())),
                    Outcome::Unknown,
                ],
                Action::Undo(_) => &[Outcome::Succeeded(None), failed(false)],
            };
            answers.extend(outcomes.iter().map(|outcome| (effect.clone(), outcome.clone())));
        }
        for effect in &watched.silent {
            let outcomes = [Outcome::Succeeded(None), failed(true)];
            answers.extend(outcomes.map(|outcome| (effect.clone(), outcome)));
        }
        for (effect, outcome) in answers {
            let mut next = watched.clone();
            next.answer(now, &effect, outcome);
            open.push((now, words, next));
        }
        // What rests comes to its instant even where no effect is silent.
        if let Some(due) = watched.alarm().filter(|_| space.silence || watched.open.is_empty()) {
            let mut next = watched;
            next.wake(due);
            open.push((due, words, next));
        }
    }
    known.len()
}

/// Every word that can be said about the run; one that does not fit is refused.
fn commands(watched: &Watched) -> Vec<Command> {
    let ids = || watched.plan.ids();
    let scopes = || std::iter::once(Scope::Run).chain(ids().map(Scope::Step));
    match &watched.end {
        None => {
            let mut commands = vec![Command::Cancel];
            commands.extend(ids().map(Command::CancelStep));
            commands.push(Command::Signal("s".into()));
            commands.extend(
                [false, true].map(|granted| Command::Approval { name: "p".into(), granted }),
            );
            commands
                .extend(scopes().filter(|one| !watched.paused.contains(one)).map(Command::Pause));
            commands.extend(watched.paused.iter().cloned().map(Command::Resume));
            commands
        }
        Some(End::Stuck { .. }) => {
            let resolutions = [Resolution::Retry, Resolution::Undone, Resolution::Accept];
            let resolve =
                |step| resolutions.map(|resolution| Command::Resolve { step, resolution });
            ids().flat_map(resolve).collect()
        }
        Some(_) => vec![Command::Undo],
    }
}

/// What was paused goes on some time.
const fn is_resume(command: &Command) -> bool {
    matches!(command, Command::Resume(_))
}

/// How many plans and states there are; the plans that a catalog refuses are left out.
fn enumerate(count: usize, space: &Space) -> (usize, usize) {
    let (mut plans, mut states) = (0, 0);
    for_each_plan(count, space, &mut |steps| {
        let criteria = space.criteria.iter().zip(["ctx.up", "ctx.fast"]);
        let mut workflow = WorkflowSpec::new("w", steps);
        workflow.success = criteria.map(|(required, text)| criterion(text, *required)).collect();
        let Ok(plan) = try_plan_of(workflow) else { return };
        plans += 1;
        states += explore(Watched::new(Execution::start(START, "r", plan)), space);
    });
    (plans, states)
}

const ALL: [Option<EdgeKind>; 4] =
    [None, Some(EdgeKind::Needs), Some(EdgeKind::Wants), Some(EdgeKind::After)];

/// All attributes, all outcomes, silence, and every late answer to every attempt.
#[test]
fn one_step_in_full() {
    let space = Space { edges: &[], verify: &[false, true], silence: true, ..PLAIN };
    assert_eq!(enumerate(1, &space), (12, 1282));
}

#[test]
fn two_steps_with_silence_and_late_answers() {
    let space = Space { silence: true, ..PLAIN };
    assert_eq!(enumerate(2, &space), (135, 20_170));
}

#[test]
fn two_steps_with_verification() {
    let space = Space { verify: &[false, true], ..PLAIN };
    assert_eq!(enumerate(2, &space), (540, 37_508));
}

/// All graphs with all undos, critical and not. To a run, `wants` is `after`.
#[test]
fn three_steps_with_clean_and_unclean_failures() {
    let edges = &[None, Some(EdgeKind::Needs), Some(EdgeKind::After)];
    let space = Space { edges, ..PLAIN };
    assert_eq!(enumerate(3, &space), (4536, 265_907));
}

/// Cancelled, paused, undone, and what is stuck decided, at every point.
#[test]
fn one_step_under_command() {
    let space = Space { edges: &[], verify: &[false, true], silence: true, words: 2, ..PLAIN };
    assert_eq!(enumerate(1, &space), (12, 75_061));
}

#[test]
fn two_steps_under_command() {
    let space = Space { words: 2, ..PLAIN };
    assert_eq!(enumerate(2, &space), (135, 154_742));
}

/// All that a retry can meet: every outcome, silence and late answer, and every way to undo.
#[test]
fn one_step_that_is_tried_twice() {
    let space = Space { edges: &[], tries: &[1, 2], silence: true, ..PLAIN };
    assert_eq!(enumerate(1, &space), (64, 19_302));
}

/// Without silence: with late answers to every attempt there are more states than a test can walk through.
#[test]
fn one_step_that_is_tried_twice_and_verified() {
    let space = Space { edges: &[], verify: &[true], tries: &[1, 2], ..PLAIN };
    assert_eq!(enumerate(1, &space), (64, 2896));
}

#[test]
#[ignore = "takes minutes"]
fn two_steps_that_are_tried_twice() {
    let space = Space { tries: &[1, 2], ..PLAIN };
    assert_eq!(enumerate(2, &space), (15_360, 766_980));
}

/// A run that waits for a signal that never comes is at rest, so words are left to say.
#[test]
fn two_steps_that_wait() {
    let edges = &[None, Some(EdgeKind::Needs), Some(EdgeKind::After)];
    let waits = &[None, Some("signal"), Some("approval"), Some("timer")];
    let space = Space { edges, waits, words: 1, ..PLAIN };
    assert_eq!(enumerate(2, &space), (1584, 141_954));
}

#[test]
#[ignore = "takes minutes"]
fn two_steps_that_wait_and_hear_twice() {
    let edges = &[None, Some(EdgeKind::Needs), Some(EdgeKind::After)];
    let waits = &[None, Some("signal"), Some("approval"), Some("timer")];
    let space = Space { edges, waits, words: 2, ..PLAIN };
    assert_eq!(enumerate(2, &space), (1584, 913_804));
}

#[test]
fn two_steps_with_conditions() {
    let edges = &[None, Some(EdgeKind::Needs), Some(EdgeKind::After)];
    let waits = &[None, Some("fails"), Some("skips")];
    let space = Space { edges, waits, words: 1, ..PLAIN };
    assert_eq!(enumerate(2, &space), (891, 288_657));
}

/// Each criterion is asked for once, and said to be true, false or neither, in each order.
#[test]
fn two_steps_with_success_criteria() {
    let edges = &[None, Some(EdgeKind::Needs), Some(EdgeKind::After)];
    let space = Space { edges, words: 1, criteria: &[false, true], ..PLAIN };
    assert_eq!(enumerate(2, &space), (99, 118_448));
}
