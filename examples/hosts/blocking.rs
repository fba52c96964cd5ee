//! A host in one screen: it feeds measurements to the engine, does what the engine asks, one effect
//! at a time, and says what became of it. The last step fails, so that the way back shows.
//!
//! ```text
//! cargo run -p ptms-examples --bin host-blocking
//! ```

use std::sync::Arc;

use ptms::prelude::*;
use ptms::{Action, Outcome};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sources = Sources::from_iter([("rules.toml", include_str!("rules.toml"))]);
    let book = Book::load(&sources).map_err(|faults| format!("{faults:#?}"))?;
    let mut engine = Engine::new(Arc::new(book));

    // One measurement a minute. A real host would take the time from its clock.
    let measured = [120.0, 310.0, 340.0, 390.0, 180.0];
    for (minute, latency_ms) in (0..).zip(measured) {
        let now = Timestamp::from_secs(1_763_640_000 + 60 * minute);
        println!("{minute} min: {latency_ms} ms");
        engine.handle(now, Input::Set(vec![("latency_ms".into(), latency_ms.into())]))?;
        drain(&mut engine, now)?;
        // No more measurements of this minute: what is due now takes effect.
        engine.handle(now, Input::Wake)?;
        drain(&mut engine, now)?;
    }
    Ok(())
}

/// Polls until the engine has nothing more to say, and does what it asks.
fn drain(engine: &mut Engine, now: Timestamp) -> Result<(), Box<dyn std::error::Error>> {
    loop {
        match engine.poll() {
            Output::Fired(firing) => println!("  {} fired", firing.rule),
            Output::Perform(effect) => {
                let outcome = perform(&effect);
                println!("  {effect}: {outcome}");
                engine.handle(now, Input::outcome(&effect, outcome))?;
            }
            Output::Ended { end, .. } => println!("  {end}"),
            Output::Wait(_) => return Ok(()),
            _ => {}
        }
    }
}

/// Where a real host would start, check or stop something.
fn perform(effect: &Effect) -> Outcome {
    match (&effect.key.action, effect.system.as_str()) {
        (Action::Activate, "replica") => {
            Outcome::Failed { class: "no-capacity".into(), clean: true }
        }
        _ => Outcome::Succeeded(None),
    }
}
