//! The engine's journal: whatever was written down leads back to the engine that wrote it, and goes on
//! from there, wherever it was cut.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it cannot go on"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use ptms::journal::Decision;
use ptms::{
    Action, Book, Command, Effect, EffectKey, Engine, Entry, Event, Input, Outcome, Output,
    ReplayError, RunId, Scope, Sources, Timestamp,
};

const BOOK: &str = r#"
    [context]
    load = "float"

    [event.log]
    fields = { service = "string" }

    [select.error]
    on  = "log"
    key = { service = "event.service" }

    [[rule]]
    id       = "burst"
    key      = ["service"]
    when     = 'count("error", "10s") >= 2'
    workflow = "mend"

    [[rule]]
    id       = "busy"
    when     = "ctx.load > 0.9"
    for      = "5s"
    cooldown = "20s"
    systems  = ["scaler"]

    [[rule]]
    id      = "spike"                   # can fire several times at one instant
    when    = "ctx.load > 0.4"
    systems = ["archive"]

    [[rule]]
    id      = "each"                    # one after the other
    key     = ["service"]
    when    = 'count("error", "3s") >= 1'
    mode    = "queue"
    max     = 2
    systems = ["debugger"]

    [[rule]]
    id      = "latest"                  # the last one counts
    when    = "ctx.load > 0.4"
    mode    = "restart"
    systems = ["scaler", "archive"]

    [[rule]]
    id         = "while"                # side by side, as long as the trigger fires
    when       = "ctx.load > 0.4"
    mode       = "parallel"
    max        = 2
    on_resolve = "cancel"
    systems    = ["scaler"]

    [[rule]]
    id   = "loud"                       # starts nothing
    when = 'count("error", "10s") >= 3'

    [system.debugger]
    undo       = "release"
    idempotent = true
    timeout    = "8s"
    settle     = "2s"

    [system.archive]
    undo   = "nothing"
    verify = true

    [system.scaler]
    timeout = "9s"
    settle  = "3s"
    undo    = "shrink"

    [[workflow.mend.step]]
    id     = "collect"
    system = "debugger"

    [[workflow.mend.step]]
    id       = "keep"
    system   = "archive"
    needs    = ["collect"]
    critical = false
"#;

fn book() -> Arc<Book> {
    Book::load(&Sources::from_iter([("book.toml", BOOK)])).unwrap().into()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}

/// One thing that a random host does.
#[derive(Clone, Debug)]
enum Move {
    Error(u8),
    Load(u8),
    Wake,
    Answer(prop::sample::Index, u8),
    /// Tells one of the runs something: which, and what.
    Command(prop::sample::Index, u8),
}

fn moves() -> impl Strategy<Value = Vec<(i64, Move)>> {
    let one = prop_oneof![
        5 => (0_u8..2).prop_map(Move::Error),
        2 => (0_u8..3).prop_map(Move::Load),
        2 => Just(Move::Wake),
        4 => (any::<prop::sample::Index>(), 0_u8..4).prop_map(|(which, how)| Move::Answer(which, how)),
        1 => (any::<prop::sample::Index>(), 0_u8..4).prop_map(|(which, what)| Move::Command(which, what)),
    ];
    prop::collection::vec((0_i64..8, one), 1..40)
}

/// An engine with its journal and its world.
struct World {
    engine: Engine,
    journal: Vec<Entry>,
    /// How much of the journal there was when each effect was asked for.
    asked: Vec<(usize, Effect)>,
    open: Vec<Effect>,
    runs: Vec<RunId>,
}

impl World {
    fn new(engine: Engine, journal: Vec<Entry>) -> Self {
        Self { engine, journal, asked: Vec::new(), open: Vec::new(), runs: Vec::new() }
    }

    fn drain(&mut self) -> Option<Timestamp> {
        loop {
            match self.engine.poll() {
                // Through text, as every journal goes.
                Output::Journal(entry) => {
                    let text = serde_json::to_string(&entry).unwrap();
                    self.journal.push(serde_json::from_str(&text).unwrap());
                    assert_eq!(self.journal.last(), Some(&entry));
                }
                Output::Perform(effect) => {
                    self.asked.push((self.journal.len(), effect.clone()));
                    self.open.push(effect);
                }
                Output::Started { run, .. } => self.runs.push(run),
                Output::Wait(until) => return until,
                _ => {}
            }
        }
    }

    fn play(&mut self, moves: &[(i64, Move)]) {
        self.drain();
        let mut second = 0;
        for (line, (gap, what)) in (0..).zip(moves) {
            second += gap;
            let input = match what {
                Move::Error(service) => {
                    Input::Event(Event::new("log").with("service", format!("s{service}")))
                }
                Move::Load(tenths) => {
                    Input::Set(vec![("load".into(), (f64::from(*tenths) * 0.5).into())])
                }
                Move::Wake => Input::Wake,
                Move::Answer(which, how) if !self.open.is_empty() => {
                    let effect = self.open.remove(which.index(self.open.len()));
                    // An answer may come too late to be taken.
                    let _ = self.engine.handle(at(second), answer(&effect, *how));
                    self.drain();
                    continue;
                }
                Move::Command(which, what) if !self.runs.is_empty() => {
                    let run = which.get(&self.runs).clone();
                    let command = match what {
                        0 => Command::Cancel,
                        1 => Command::Pause(Scope::Run),
                        2 => Command::Resume(Scope::Run),
                        _ => Command::Undo,
                    };
                    // Not every run can be told everything.
                    let _ = self.engine.handle(at(second), Input::Command { run, command });
                    self.drain();
                    continue;
                }
                Move::Answer(..) | Move::Command(..) => continue,
            };
            self.engine.handle_from(line, at(second), input).unwrap();
            self.drain();
        }
    }

    /// Lets every run go on and answers everything well until all runs rest.
    fn rest(&mut self) {
        let mut now = at(1_000);
        for entry in &self.journal {
            if let Entry::Run { run, .. } = entry {
                let resume =
                    Input::Command { run: run.clone(), command: Command::Resume(Scope::Run) };
                let _ = self.engine.handle(now, resume);
            }
        }
        for _ in 0..1_000 {
            let until = self.drain();
            if let Some(effect) = self.open.pop() {
                let _ = self.engine.handle(now, answer(&effect, 0));
            } else if self.engine.open_runs() == 0 {
                return;
            } else {
                now = now.max(until.expect("an open run waits for something"));
                self.engine.handle(now, Input::Wake).unwrap();
            }
        }
        panic!("the runs do not come to rest");
    }
}

fn answer(effect: &Effect, how: u8) -> Input {
    match (&effect.key.action, how) {
        (Action::Verify, _) => Input::confirmed(effect, how == 0),
        (_, 0 | 1) => Input::succeeded(effect),
        (_, 2) => Input::outcome(effect, Outcome::Failed { class: "no".into(), clean: false }),
        _ => Input::outcome(effect, Outcome::Unknown),
    }
}

/// All that must survive.
fn durable(engine: &Engine) -> String {
    let runs = serde_json::to_string(&engine.durable()).unwrap();
    format!("{runs} {:?} {:?}", engine.offset(), engine.outstanding())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What the whole journal leads to is what was live.
    #[test]
    fn a_journal_leads_back_to_its_engine(moves in moves()) {
        let mut world = World::new(Engine::journalled(book()), Vec::new());
        world.play(&moves);
        let mut replayed = Engine::replay(book(), world.journal.clone()).unwrap();
        while !matches!(replayed.poll(), Output::Wait(_)) {}
        prop_assert_eq!(durable(&replayed), durable(&world.engine));

        // And they say the same from here on.
        let told = |engine: &mut Engine| {
            engine.handle(at(2_000), Input::Wake).unwrap();
            let mut told = Vec::new();
            loop {
                match engine.poll() {
                    Output::Wait(until) => return (told, until),
                    Output::Transition(change) if change.at < at(1_000) => {}
                    output => told.push(output),
                }
            }
        };
        prop_assert_eq!(told(&mut replayed), told(&mut world.engine));
    }

    /// Wherever the journal is cut: it goes on, every run rests, none is started twice or lost, and no
    /// activation is made twice that must not be.
    #[test]
    fn a_journal_goes_on_wherever_it_is_cut(moves in moves(), cut in any::<prop::sample::Index>()) {
        let mut first = World::new(Engine::journalled(book()), Vec::new());
        first.play(&moves);
        let cut = 1 + cut.index(first.journal.len());
        let engine = Engine::replay(book(), first.journal[..cut].to_vec()).unwrap();
        let mut second = World::new(engine, first.journal[..cut].to_vec());
        second.engine.recover(at(900), 1, &BTreeMap::new()).unwrap();
        second.rest();

        // The whole journal, before and after the death, is one journal.
        let again = Engine::replay(book(), second.journal.clone()).unwrap();
        prop_assert_eq!(again.open_runs(), 0);
        prop_assert_eq!(
            serde_json::to_string(&again.durable()).unwrap(),
            serde_json::to_string(&second.engine.durable()).unwrap()
        );

        // Every run that was decided on before the cut ends once; none starts twice.
        let mut started = BTreeSet::new();
        for entry in &second.journal {
            if let Entry::Decided { decision: Decision::Started { run }, .. } = entry {
                prop_assert!(started.insert(run.clone()), "{} was started twice", run);
            }
        }

        // What may have happened before the cut was not done again, unless that is safe.
        let before: BTreeSet<&EffectKey> =
            first.asked.iter().filter(|(len, _)| *len <= cut).map(|(_, effect)| &effect.key).collect();
        for (_, effect) in &second.asked {
            let is_safe = effect.key.action != Action::Activate || &*effect.system == "debugger";
            prop_assert!(is_safe || !before.contains(&effect.key), "{} was made twice", effect.key);
            prop_assert_eq!(effect.fence, 1);
        }
    }
}

/// A trigger that fires, resolves and fires again at one instant has one run, and says so.
#[test]
fn firings_of_one_instant_are_accounted_for() {
    let mut world = World::new(Engine::journalled(book()), Vec::new());
    world.play(&[(0, Move::Load(1))]);
    world.rest();
    let decided = |journal: &[Entry]| {
        let of_spike =
            |entry: &&Entry| matches!(entry, Entry::Decided { rule, .. } if rule == "spike");
        journal.iter().filter(of_spike).count()
    };
    assert_eq!(decided(&world.journal), 1);
    for level in [0.0, 0.5, 0.0, 0.5] {
        let input = Input::Set(vec![("load".into(), level.into())]);
        world.engine.handle(at(5_000), input).unwrap();
        while let Some(effect) = {
            world.drain();
            world.open.pop()
        } {
            world.engine.handle(at(5_000), answer(&effect, 0)).unwrap();
        }
    }
    assert_eq!(decided(&world.journal), 3, "the second of one instant is dropped, and recorded");
    Engine::replay(book(), world.journal).unwrap();
}

#[test]
fn a_recovery_by_an_old_owner_is_refused_and_changes_nothing() {
    let mut world = World::new(Engine::journalled(book()), Vec::new());
    world.play(&[(0, Move::Error(0)), (1, Move::Error(0))]);
    let mut engine = Engine::replay(book(), world.journal).unwrap();
    engine.recover(at(50), 3, &BTreeMap::new()).unwrap();
    while !matches!(engine.poll(), Output::Wait(_)) {}
    let before = format!("{engine:?}");
    let refused = engine.recover(at(60), 3, &BTreeMap::new()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "fence 3 is not greater than 3, that of an earlier owner of the journal"
    );
    assert_eq!(format!("{engine:?}"), before);
}

#[test]
fn a_journal_that_is_none_is_refused() {
    let mut world = World::new(Engine::journalled(book()), Vec::new());
    let burst = (0..6).map(|second| (second % 2, Move::Error(0))).collect::<Vec<_>>();
    world.play(&burst);
    let journal = world.journal;
    let refused = |entries: Vec<Entry>| Engine::replay(book(), entries).unwrap_err();

    assert_eq!(refused(Vec::new()), ReplayError::Empty);
    assert!(matches!(refused(journal[1..].to_vec()), ReplayError::Order { entry: 0 }));
    let twice = [&journal[..1], &journal[..]].concat();
    assert!(matches!(refused(twice), ReplayError::Order { entry: 1 }));

    let mut newer = journal.clone();
    newer[0] = Entry::Opened { format: 2, sources: Vec::new() };
    assert!(matches!(refused(newer), ReplayError::Format { found: 2 }));

    let other = Sources::from_iter([("book.toml", BOOK.replace("9s", "7s"))]);
    let other = Book::load(&other).unwrap().into();
    let error = Engine::replay(other, journal.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the journal was written with another rulebook: book.toml differs"
    );

    let decided = journal.iter().position(|entry| matches!(entry, Entry::Decided { .. })).unwrap();
    let mut without_input = journal.clone();
    without_input.remove(decided - 1);
    let error = refused(without_input);
    assert!(matches!(error, ReplayError::Diverged { .. }), "{error}");

    let mut without_record = journal.clone();
    without_record.remove(decided + 1);
    let error = refused(without_record);
    assert!(matches!(error, ReplayError::Run { seq: 1, .. }), "{error}");
}

/// With `PTMS_WRITE_JOURNAL` set it writes the journal that the next test reads: for when a new version
/// of the format begins.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be asked to write its file anew")]
fn a_journal_is_written_the_same_way_every_time() {
    let write = || {
        let mut world = World::new(Engine::journalled(book()), Vec::new());
        world.play(&[(0, Move::Error(0)), (1, Move::Error(0)), (1, Move::Load(1))]);
        let lines = world.journal.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n");
        lines.collect::<String>()
    };
    assert_eq!(write(), write());
    if std::env::var_os("PTMS_WRITE_JOURNAL").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journal-1.jsonl");
        std::fs::write(path, write()).unwrap();
    }
}

/// A journal as the first version wrote it stays readable for ever.
#[test]
fn a_journal_of_the_first_version_is_read() {
    let text = include_str!("journal-1.jsonl");
    let entries: Vec<Entry> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let Entry::Opened { sources, .. } = &entries[0] else { panic!("a journal is opened first") };
    let book = Book::load(&sources.iter().cloned().collect()).unwrap();
    let engine = Engine::replay(book.into(), entries).unwrap();
    assert_eq!(engine.open_runs(), 1);
    assert_eq!(engine.outstanding().len(), 1);
    assert_eq!(engine.offset(), Some(2));
}
