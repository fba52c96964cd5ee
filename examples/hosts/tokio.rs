//! A host on an async runtime: effects are tasks, the engine stays what it is. Nothing of PTMS is
//! async; the host awaits, and the engine is told.
//!
//! ```text
//! cargo run -p ptms-examples --bin host-tokio
//! ```

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ptms::Outcome;
use ptms::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sources = Sources::from_iter([("rules.toml", include_str!("rules.toml"))]);
    let book = Book::load(&sources).map_err(|faults| format!("{faults:#?}"))?;
    let mut engine = Engine::new(Arc::new(book));
    let mut tasks = JoinSet::new();

    // Two keys at once, so that two runs go on side by side.
    for region in ["north", "south"] {
        let event = Event::new("alarm").with("region", region);
        engine.handle(now(), Input::Event(event))?;
    }
    loop {
        let until = loop {
            match engine.poll() {
                Output::Perform(effect) => drop(tasks.spawn(perform(effect))),
                Output::Ended { run, end, .. } => println!("{run}: {end}"),
                Output::Wait(until) => break until,
                _ => {}
            }
        };
        if engine.open_runs() == 0 {
            return Ok(());
        }
        // Await an effect or the instant at which the engine wants to be woken.
        match timeout(pause(until), tasks.join_next()).await {
            Ok(Some(done)) => {
                let (effect, outcome) = done?;
                println!("{effect}: {outcome}");
                engine.handle(now(), Input::outcome(&effect, outcome))?;
            }
            Ok(None) | Err(_) => engine.handle(now(), Input::Wake)?,
        }
    }
}

/// Where a real host would call the system.
async fn perform(effect: Effect) -> (Effect, Outcome) {
    sleep(Duration::from_millis(5)).await;
    (effect, Outcome::Succeeded(None))
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
