//! Random plans, random hosts: every run keeps its promises, comes to rest, and is a fold of its records.

use std::num::NonZeroU32;

use proptest::prelude::*;
use pso_graph::EdgeKind;
use ptms_core::{Duration, StepSpec, Timestamp, Undo};

use super::monitor::Watched;
use super::sketch::{edge, step, try_plan};
use crate::state::VERIFY_ATTEMPTS;
use crate::{Command, Effect, Execution, Outcome, Record, Resolution, Scope, State, Terms, replay};

const IDS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// The steps of a plan; a critical step makes what it needs critical, so that catalogs accept it.
pub(super) fn steps() -> impl Strategy<Value = Vec<StepSpec>> {
    let attributes = (any::<bool>(), any::<bool>(), 0..4_u8, 1..20_u32);
    let edges = proptest::collection::vec(0..6_u8, IDS.len() * IDS.len());
    (proptest::collection::vec(attributes, 1..=IDS.len()), edges).prop_map(|(attributes, edges)| {
        let mut critical: Vec<bool> = attributes.iter().map(|attribute| attribute.0).collect();
        let kind = |to: usize, from: usize| match edges[to * IDS.len() + from] {
            0 => Some(EdgeKind::Needs),
            1 => Some(EdgeKind::Wants),
            2 => Some(EdgeKind::After),
            _ => None,
        };
        for to in (0..critical.len()).rev() {
            for from in 0..to {
                critical[from] |= critical[to] && kind(to, from) == Some(EdgeKind::Needs);
            }
        }
        let sketch = |(at, &(_, verify, undo, secs)): (usize, &(bool, bool, u8, u32))| {
            let mut sketched = step(IDS[at]);
            sketched.critical = critical[at];
            sketched.verify = Some(verify);
            sketched.timeout = Some(Duration::from_secs(secs));
            sketched.settle = Some(Duration::from_secs(secs % 3 * 4));
            match undo {
                0 => sketched.undo = Some(Undo::Nothing),
                1 => sketched.undo = Some(Undo::Undeclared),
                _ => {}
            }
            for (from, id) in IDS.iter().enumerate().take(at) {
                if let Some(kind) = kind(at, from) {
                    edge(&mut sketched, kind, id);
                }
            }
            sketched
        };
        attributes.iter().enumerate().map(sketch).collect()
    })
}

/// What a byte makes of an outcome; most are good, so that runs get somewhere.
fn outcome(byte: u8) -> Outcome {
    match byte % 12 {
        0 => Outcome::Failed { class: "io".into(), clean: true },
        1 => Outcome::Failed { class: "io".into(), clean: false },
        2 => Outcome::Unknown,
        3 => Outcome::Succeeded(Some(false.into())),
        4 => Outcome::Succeeded(None),
        _ => Outcome::Succeeded(Some(true.into())),
    }
}

/// What a byte makes of a word about the run.
fn command(watched: &Watched, byte: u8) -> Command {
    let mut ids = watched.plan.ids();
    let step = ids.nth(usize::from(byte / 16) % watched.plan.steps().len()).unwrap();
    let scope = if byte < 128 { Scope::Step(step) } else { Scope::Run };
    match byte % 16 {
        0 => Command::Cancel,
        1 | 2 => Command::CancelStep(step),
        3..6 => Command::Pause(scope),
        6..9 => Command::Resume(scope),
        9 => Command::Undo,
        10..13 => Command::Resolve { step, resolution: Resolution::Retry },
        13 => Command::Resolve { step, resolution: Resolution::Undone },
        _ => Command::Resolve { step, resolution: Resolution::Accept },
    }
}

/// A run with a host that does what the bytes say, until the bytes or the run are at an end; then one
/// that answers everything with success.
pub(super) fn run(steps: Vec<StepSpec>, at_once: Option<u32>, bytes: &[u8]) -> Watched {
    let plan = try_plan(steps).unwrap();
    // Each step: an activation, its verifications and two undos, each asked, silent, and answered late.
    let bound = plan.steps().len() * (3 + VERIFY_ATTEMPTS as usize) * 3;
    let mut now = Timestamp::from_secs(1_000);
    let terms = Terms { at_once: at_once.and_then(NonZeroU32::new), ..Terms::default() };
    let execution = Execution::start_with(now, "r", plan, terms);
    let mut watched = Watched::new(execution);
    let mut bytes = bytes.iter().copied();
    let mut inputs = 0;
    while watched.end.is_none() || (!watched.silent.is_empty() && bytes.len() > 0) {
        let (what, which) = (bytes.next().unwrap_or(255), bytes.next().unwrap_or(255));
        let pick =
            |effects: &[Effect]| effects.get(usize::from(which) % effects.len().max(1)).cloned();
        now = now + Duration::from_secs(u32::from(what % 3));
        match what % 8 {
            2 if which < 64 => {
                let word = command(&watched, what / 8 * 4 + which);
                let before = watched.run.state().clone();
                if watched.command(now, word).is_err() {
                    assert_eq!(*watched.run.state(), before, "refused, and yet something changed");
                }
                inputs += 1;
                continue;
            }
            0 => now = watched.alarm().map_or(now, |due| due.max(now)),
            1 if !watched.silent.is_empty() => {
                let effect = pick(&watched.silent).unwrap();
                watched.answer_twice(now, &effect, &outcome(which));
                inputs += 1;
                continue;
            }
            _ if !watched.open.is_empty() => {
                let effect = pick(&watched.open).unwrap();
                watched.answer_twice(now, &effect, &outcome(what / 8));
                inputs += 1;
                continue;
            }
            _ => {}
        }
        watched.wake(now);
        if bytes.len() == 0 && watched.alarm().is_none() {
            for scope in watched.paused.clone() {
                watched.command(now, Command::Resume(scope)).unwrap();
            }
        }
        inputs += 1;
        assert!(inputs <= bound + 400, "the run does not come to rest");
    }
    watched
}

/// The states after each record, from the first on.
fn prefixes(journal: &[Record]) -> Vec<State> {
    (1..=journal.len()).map(|len| replay(&journal[..len]).unwrap()).collect()
}

fn bytes(state: &State) -> Vec<u8> {
    serde_json::to_vec(state).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_run_keeps_its_promises(
        steps in steps(),
        at_once in proptest::option::of(1..4_u32),
        host in proptest::collection::vec(any::<u8>(), 0..160),
    ) {
        run(steps, at_once, &host);
    }

    /// A host that answers everything well sees every run completed.
    #[test]
    fn a_good_host_completes_every_run(steps in steps(), at_once in proptest::option::of(1..4_u32)) {
        let watched = run(steps, at_once, &[]);
        prop_assert_eq!(watched.end, Some(crate::End::Completed));
    }

    /// Replaying is the same as having lived, for every prefix: the state after it, one more record
    /// folded, is the state after the longer prefix; and deciding anew gives the decision on record.
    #[test]
    fn every_prefix_of_a_journal_replays_to_the_live_state(
        steps in steps(),
        host in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let watched = run(steps, None, &host);
        let json = serde_json::to_string(&watched.journal).unwrap();
        let journal: Vec<Record> = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&journal, &watched.journal);

        let states = prefixes(&journal);
        prop_assert_eq!(states.last(), Some(watched.run.state()));
        prop_assert_eq!(bytes(states.last().unwrap()), bytes(watched.run.state()));
        for (state, pair) in states.windows(2).zip(&journal[1..]) {
            let mut folded = state[0].clone();
            folded.fold(pair).unwrap();
            prop_assert_eq!(&folded, &state[1]);
            let told = matches!(
                pair.change,
                crate::Change::Answered { .. }
                    | crate::Change::Commanded { .. }
                    | crate::Change::TimedOut { .. }
                    | crate::Change::Settled { .. }
            );
            if !told {
                prop_assert_eq!(state[0].decide(pair.at), Some(pair.change.clone()));
            }
        }
    }

    /// Records that are no journal are refused or make some state; they never panic.
    #[test]
    fn shuffled_records_are_refused_or_folded(
        steps in steps(),
        host in proptest::collection::vec(any::<u8>(), 0..60),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let journal = run(steps, None, &host).journal;
        let picked = order.iter().map(|index| index.get(&journal));
        let _ = replay(journal.first().into_iter().chain(picked));
    }
}
