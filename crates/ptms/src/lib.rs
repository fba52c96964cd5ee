//! **PTMS: rules decide when, a graph decides the order, your application drives.**
//!
//! An embeddable rules-and-workflow engine. Teams write trigger rules in text files; an application
//! feeds facts and events with the time at which they happened and is told what fires; each firing
//! becomes a plan that the application drives step by step, with the way back where a step fails. The
//! engine owns no clock, thread, file or socket; the same input gives the same outputs.
//!
//! ```
//! use std::sync::Arc;
//! use ptms::{Book, Engine, Input, Outcome, Output, Sources, Timestamp};
//!
//! let book = Book::load(&Sources::from_iter([("rules.toml", r#"
//!     [context]
//!     latency_ms = "float"
//!
//!     [system.optimizer]
//!     undo = "nothing"
//!
//!     [[rule]]
//!     id = "slow-response"
//!     when = "ctx.latency_ms > 250.0"
//!     systems = ["optimizer"]
//! "#)])).unwrap();
//!
//! let mut engine = Engine::new(Arc::new(book));
//! let now = Timestamp::from_secs(1_763_640_000);
//! engine.handle(now, Input::Set(vec![("latency_ms".into(), 300.0.into())])).unwrap();
//! let mut log = Vec::new();
//! loop {
//!     match engine.poll() {
//!         Output::Fired(firing) => log.push(format!("{} fired", firing.rule)),
//!         Output::Perform(effect) => {
//!             log.push(effect.to_string());                    // here the host does it
//!             engine.handle(now, Input::succeeded(&effect)).unwrap();
//!         }
//!         Output::Ended { end, .. } => log.push(end.to_string()),
//!         Output::Wait(_) => break,
//!         _ => {}
//!     }
//! }
//! assert_eq!(log, ["slow-response fired", "activate optimizer for step optimizer", "completed"]);
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | [`book`] | [`Book`]: rules, systems and workflows, checked together |
//! | [`draft`] | rulebooks built in Rust, which are written as texts |
//! | [`engine`] | [`Engine`]: one `handle`, one `poll` |
//! | [`journal`] | [`Entry`]: what a journalled engine was told and decided |
//! | [`prelude`] | what a host imports |
//!
//! The rest is re-exported from the crates that own it: the vocabulary ([`Event`], [`Value`],
//! [`Timestamp`] …), plans ([`Plan`], [`Catalog`] …) and execution ([`Outcome`], [`End`] …).

pub mod book;
pub mod engine;
pub mod journal;
mod unavailable;

pub use book::Book;
pub use engine::{Engine, Input, InputError, Output};
pub use journal::{Entry, ReplayError};

pub use pso_graph::{
    Catalog, Claims, Diff, Edge, EdgeKind, Impact, Pass, Plan, Pool, Request, Schedule, Step,
    StepId, Why,
};
pub use ptms_core::{
    Code, Diagnostic, Duration, DurationError, Event, EventSpec, FactSpec, Facts, FactsError,
    FieldSpec, Firing, Key, KeyValue, Label, Name, Origin, Pattern, Priority, Reason, Schema,
    Severity, Sources, Span, StepSpec, SystemSpec, Timestamp, Trigger, TriggerState, Type, Undo,
    Value, WorkflowSpec, diagnostic, name,
};
pub use ptms_executor::{
    Action, Cause, Command, Effect, EffectKey, End, Failure, Fault, Outcome, Recovery, Remains,
    Residue, Resolution, RunId, Scope,
};
pub use ptms_rules::{
    Contents, Explanation, Function, FunctionError, Functions, Hold, JSON_SCHEMA, KEY_TEXT_LEN,
    Lack, MemoryUse, OpaqueCall, Part, Reading, RuleFault, RuleReads, RuleSpec, Stats, Timer,
    Transition, Verdicts, draft,
};

/// What a host imports to drive an [`Engine`].
///
/// ```
/// use ptms::prelude::*;
///
/// let sources = Sources::from_iter([("rules.toml", "")]);
/// assert!(Book::load(&sources).is_ok());
/// ```
pub mod prelude {
    pub use crate::{
        Book, Effect, End, Engine, Event, Input, Outcome, Output, Sources, Timestamp, Value,
    };
}

/// The examples of the README, compiled and run as they stand.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
