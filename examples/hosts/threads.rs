//! A host with worker threads: effects run side by side, at most `LIMIT` at a time, while the engine
//! stays on one thread and the clock is the real one. Each effect takes a few milliseconds here.
//!
//! ```text
//! cargo run -p ptms-examples --bin host-threads
//! ```

use std::collections::VecDeque;
use std::sync::{Arc, mpsc};
use std::thread::{self, Scope};
use std::time::{Duration, SystemTime};

use ptms::Outcome;
use ptms::prelude::*;

/// As many effects as this run at once; the others wait, and their time-outs run meanwhile.
const LIMIT: usize = 2;

type Done = (Effect, Outcome);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sources = Sources::from_iter([("rules.toml", include_str!("rules.toml"))]);
    let book = Book::load(&sources).map_err(|faults| format!("{faults:#?}"))?;
    let engine = Engine::new(Arc::new(book));
    thread::scope(|scope| run(engine, scope))
}

fn run<'scope>(
    mut engine: Engine,
    scope: &'scope Scope<'scope, '_>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (done, results) = mpsc::channel::<Done>();
    let (mut waiting, mut running) = (VecDeque::<Effect>::new(), 0);

    // Two keys at once, so that two runs go on side by side.
    for region in ["north", "south"] {
        let event = Event::new("alarm").with("region", region);
        engine.handle(now(), Input::Event(event))?;
    }
    loop {
        let until = loop {
            match engine.poll() {
                Output::Perform(effect) => waiting.push_back(effect),
                Output::Ended { run, end, .. } => println!("{run}: {end}"),
                Output::Wait(until) => break until,
                _ => {}
            }
        };
        while running < LIMIT
            && let Some(effect) = waiting.pop_front()
        {
            running += 1;
            let done = done.clone();
            scope.spawn(move || {
                let outcome = perform(&effect);
                let _ = done.send((effect, outcome));
            });
        }
        if engine.open_runs() == 0 {
            return Ok(());
        }
        // Sleep until an effect is done or the engine wants to be woken, whichever is first.
        match results.recv_timeout(pause(until)) {
            Ok((effect, outcome)) => {
                running -= 1;
                println!("{effect}: {outcome}");
                engine.handle(now(), Input::outcome(&effect, outcome))?;
            }
            Err(_) => engine.handle(now(), Input::Wake)?,
        }
    }
}

/// Where a real host would call the system.
fn perform(_: &Effect) -> Outcome {
    thread::sleep(Duration::from_millis(5));
    Outcome::Succeeded(None)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// How long to sleep, at most an hour.
fn pause(until: Option<Timestamp>) -> Duration {
    let hour = Duration::from_secs(3_600);
    until.map_or(hour, |until| {
        let nanos = until.since(now()).as_nanos();
        Duration::from_nanos(nanos.unsigned_abs()).min(hour)
    })
}
