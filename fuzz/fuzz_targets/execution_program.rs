//! Any plan under any host: nothing starts before what it needs, what is refused changes nothing, the
//! journal replays to the live state at every instant, and the run comes to an honest rest.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use pso_graph::{Catalog, EdgeKind, Plan, StepId};
use ptms_core::{Duration, Timestamp, Undo};
use ptms_executor::{
    Action, Command, Effect, End, Execution, Input, Outcome, Output, Record, Resolution, Scope,
    replay,
};
use ptms_fuzz::Program;

fuzz_target!(|input: (Program, Vec<(u8, u8)>)| {
    let (program, moves) = input;
    let Ok(catalog) = Catalog::declare(program.declarations()) else { return };
    let Ok(plan) = catalog.plan(&program.request()) else { return };

    let mut host = Host::new(plan);
    for (what, which) in moves.into_iter().take(200) {
        host.step(what, which);
    }
    host.come_to_rest();
});

/// A host that has seen everything, and what it knows of the world.
struct Host {
    plan: Plan,
    run: Execution,
    now: Timestamp,
    journal: Vec<Record>,
    asked: Vec<Effect>,
    /// Steps that were said to be up.
    up: BTreeSet<StepId>,
    /// Steps of which something may be there.
    there: BTreeSet<StepId>,
}

impl Host {
    fn new(plan: Plan) -> Self {
        let now = Timestamp::from_secs(1_000);
        let run = Execution::start(now, "r", plan.clone());
        let (up, there) = (BTreeSet::new(), BTreeSet::new());
        let mut host = Self { plan, run, now, journal: Vec::new(), asked: Vec::new(), up, there };
        host.drain();
        host
    }

    /// Answers one of the effects ever asked for, perhaps late, perhaps for the second time; or lets
    /// time pass.
    fn step(&mut self, what: u8, which: u8) {
        self.now = self.now + Duration::from_secs(u32::from(what) % 4 * 100);
        if what % 16 == 15 {
            return self.handle(Input::Command(self.command(which)));
        }
        // from the latest, since these are the ones under way
        let effect = self.asked.iter().rev().nth(usize::from(which) % self.asked.len().max(1));
        let outcome = match what / 4 % 8 {
            0 => Outcome::Failed { class: "io".into(), clean: true },
            1 => Outcome::Failed { class: "io".into(), clean: false },
            2 => Outcome::Unknown,
            3 => Outcome::Succeeded(Some(false.into())),
            4 => return self.handle(Input::Wake),
            _ => Outcome::Succeeded(Some(true.into())),
        };
        let Some(Effect { key, attempt, .. }) = effect.cloned() else { return };
        self.handle(Input::Outcome { effect: key, attempt, outcome });
    }

    /// Any word about the run, whether it fits or not.
    fn command(&self, which: u8) -> Command {
        let mut ids = self.plan.ids();
        let step = ids.nth(usize::from(which / 16) % self.plan.steps().len()).unwrap();
        let resolve = |resolution| Command::Resolve { step, resolution };
        match which % 16 {
            0 => Command::Cancel,
            1 => Command::CancelStep(step),
            2 => Command::Pause(Scope::Run),
            3 => Command::Resume(Scope::Run),
            4..7 => Command::Pause(Scope::Step(step)),
            7..10 => Command::Resume(Scope::Step(step)),
            10 => Command::Undo,
            11 => resolve(Resolution::Undone),
            12 => resolve(Resolution::Accept),
            _ => resolve(Resolution::Retry),
        }
    }

    fn handle(&mut self, input: Input) {
        let before = self.run.state().clone();
        match self.run.handle(self.now, input.clone()) {
            Ok(()) => self.learn(input),
            Err(_) => assert_eq!(*self.run.state(), before),
        }
        self.drain();
    }

    fn learn(&mut self, input: Input) {
        if let Input::Command(Command::Resolve { step, resolution: Resolution::Undone }) = input {
            self.there.remove(&step);
        }
        let Input::Outcome { effect, outcome, .. } = input else { return };
        match (effect.action, outcome) {
            (Action::Activate, Outcome::Succeeded(_)) => {
                self.up.insert(effect.step);
                self.there.insert(effect.step);
            }
            (Action::Verify, Outcome::Succeeded(Some(found))) if found == true.into() => {
                self.up.insert(effect.step);
            }
            (Action::Activate, Outcome::Failed { clean: true, .. })
            | (Action::Undo(_), Outcome::Succeeded(_)) => {
                self.there.remove(&effect.step);
            }
            _ => {}
        }
    }

    fn drain(&mut self) {
        loop {
            match self.run.poll() {
                Output::Record(seq, record) => {
                    assert_eq!(seq, self.journal.len() as u64);
                    self.journal.push(record);
                }
                Output::Perform { effect, after } => {
                    assert!(after < self.journal.len() as u64, "an effect before its record");
                    self.begin(effect);
                }
                Output::Decide { .. } | Output::Abandon { .. } => {}
                Output::Wait(_) => break,
                Output::Done(end) => {
                    self.is_honest(&end);
                    break;
                }
            }
        }
        assert_eq!(replay(&self.journal).unwrap(), *self.run.state());
    }

    fn begin(&mut self, effect: Effect) {
        let step = effect.key.step;
        if effect.key.action == Action::Activate {
            let needs = self.plan.predecessors(step).filter(|edge| edge.kind == EdgeKind::Needs);
            assert!(needs.into_iter().all(|edge| self.up.contains(&edge.from)), "{effect}");
            self.there.insert(step);
        }
        self.asked.push(effect);
    }

    fn is_honest(&self, end: &End) {
        match end {
            End::Completed => {
                let does = |id: &StepId| self.plan.step(*id).unwrap().system.is_some();
                assert!(self.plan.ids().filter(does).all(|id| self.up.contains(&id)));
            }
            End::RolledBack { .. } | End::Cancelled => {
                let reversible = |id: &&StepId| self.plan.step(**id).unwrap().undo != Undo::Nothing;
                assert_eq!(self.there.iter().find(reversible), None, "something remains");
            }
            End::CompletedWithFailures { failed, unmet } => {
                assert!(!failed.is_empty() || !unmet.is_empty());
            }
            // a late success can leave nothing but what is held
            End::Stuck { .. } | End::Accepted { .. } => {}
        }
    }

    /// Says nothing more, as a host that has died; every effect has a time-out, so the run ends.
    fn come_to_rest(&mut self) {
        // an activation, its verifications and an undo or two for each step, each once timed out
        for _ in 0..=16 * self.plan.steps().len() {
            match self.run.poll() {
                Output::Done(_) => return,
                Output::Wait(Some(due)) => self.now = self.now.max(due),
                Output::Wait(None) => {
                    // Waits for a word: to go on, or for a signal, a verdict or a person who never comes.
                    let paused = self.run.state().paused().next().cloned();
                    let word = paused.map_or(Command::Cancel, Command::Resume);
                    self.handle(Input::Command(word));
                    continue;
                }
                other => panic!("nothing is under way and the run has not ended: {other:?}"),
            }
            self.handle(Input::Wake);
        }
        panic!("the run does not come to rest");
    }
}
