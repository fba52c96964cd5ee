//! The vocabulary of PTMS: what every other crate of the workspace agrees on, and nothing else.
//!
//! | module | what lives there |
//! |---|---|
//! | [`time`] | [`Timestamp`] and [`Duration`], integers of nanoseconds |
//! | [`name`] | [`Name`], a cheap shared string; *did you mean* |
//! | [`value`] | [`Value`] and [`Type`], what facts and fields hold |
//! | [`schema`] | [`Schema`]: the declared facts and events |
//! | [`context`] | [`Context`]: the current value of every fact |
//! | [`event`] | [`Event`], something that happened |
//! | [`fact`] | why facts that a host sets are refused |
//! | [`facts`] | [`Facts`], read from a struct of the host's |
//! | [`key`] | [`Key`], which one of many a trigger speaks of |
//! | [`life`] | [`Reason`], why a trigger changed its state |
//! | [`trigger`] | [`Pattern`], [`Priority`], [`Trigger`], [`Firing`] |
//! | [`system`] | [`SystemSpec`], a thing that can be activated and undone |
//! | [`pool`] | [`PoolSpec`]: what effects share, so many units of it |
//! | [`workflow`] | [`WorkflowSpec`]: a named template of steps |
//! | [`step`] | [`StepSpec`]: what a step does, when, on what, and what it waits for |
//! | [`retry`], [`undo`] | [`Retry`], [`Undo`]: what is done about a failure |
//! | [`diagnostic`] | [`Diagnostic`], [`Span`], [`Origin`], and the list of codes |
//!
//! This crate knows no file, no clock, no parser, no graph and no rendering. Everything that crosses
//! the line between the engine and its host is plain data and implements serde's traits.

pub mod context;
pub mod diagnostic;
pub mod event;
pub mod fact;
pub mod facts;
pub mod key;
pub mod life;
pub mod name;
pub mod pool;
pub mod retry;
pub mod schema;
pub mod step;
pub mod system;
pub mod time;
pub mod trigger;
pub mod undo;
pub mod value;
pub mod workflow;

pub use context::{Change, Context};
pub use diagnostic::{Code, Diagnostic, Label, Origin, Severity, Sources, Span};
pub use event::{CheckedEvent, Event, EventError};
pub use fact::FactError;
pub use facts::{Facts, FactsError};
pub use key::{Key, KeyValue};
pub use life::{OnLoad, OnUnknown, Reason};
pub use name::Name;
pub use pool::PoolSpec;
pub use retry::{Backoff, Exhaustion, Retry};
pub use schema::{EventId, EventSpec, FactId, FactSpec, FieldSpec, Schema};
pub use step::StepSpec;
pub use system::SystemSpec;
pub use time::{Duration, DurationError, Timestamp};
pub use trigger::{Firing, OnResolve, Pattern, Priority, RunMode, Trigger, TriggerState};
pub use undo::{OnUndoFailure, Undo};
pub use value::{Type, Value, ValueError};
pub use workflow::{Criterion, WorkflowSpec};
