//! Execution: a plan, driven step by step by the host.
//!
//! The host owns clock, threads and journal; the engine owns the order, the way back and the account.
//! They meet in two calls. [`Execution::handle`] takes in what happened and when; [`Execution::poll`]
//! then tells, one by one, what to store and what to do, until there is nothing but to wait:
//!
//! ```
//! use ptms_core::{StepSpec, SystemSpec, Timestamp, Undo, WorkflowSpec};
//! use ptms_executor::{Action, End, Execution, Input, Outcome, Output};
//! use pso_graph::{Catalog, Request};
//!
//! let mut collect = StepSpec::new("collect", "PDT");
//! collect.undo = Some(Undo::Action("release".into()));
//! let mut review = StepSpec::new("review", "PAT");
//! review.needs.push("collect".into());
//! let systems = [SystemSpec::new("PDT"), SystemSpec::new("PAT")];
//! let catalog = Catalog::new(systems, [WorkflowSpec::new("debug", [collect, review])]).unwrap();
//! let plan = catalog.plan(&Request::new().workflow("debug")).unwrap();
//!
//! let now = Timestamp::from_secs(1_763_640_000); // the host's clock
//! let mut journal = Vec::new();                  // the host's storage
//! let mut run = Execution::start(now, "r1", plan);
//! let end = loop {
//!     match run.poll() {
//!         Output::Record(_, record) => journal.push(record),
//!         Output::Perform { effect, .. } => {
//!             let outcome = match effect.system.as_str() {
//!                 "PAT" => Outcome::Failed { class: "refused".into(), clean: true },
//!                 _ => Outcome::Succeeded(None),
//!             };
//!             run.handle(now, Input::Outcome { effect: effect.key, attempt: effect.attempt, outcome })?;
//!         }
//!         Output::Done(end) => break end,
//!         _ => unreachable!("this host answers at once, and the plan has no conditions"),
//!     }
//! };
//! assert_eq!(end.to_string(), "rolled back because review failed (refused)");
//! assert_eq!(ptms_executor::replay(&journal).unwrap(), *run.state());
//! # Ok::<(), ptms_executor::HandleError>(())
//! ```
//!
//! [`drive()`] is this loop, for hosts that block.
//!
//! | module | what lives there |
//! |---|---|
//! | [`execution`] | [`Execution`]: the two calls |
//! | [`input`], [`output`] | [`Input`], [`Output`]: what is said in them |
//! | [`terms`] | [`Terms`]: with what a run begins, besides its plan |
//! | [`key`] | [`RunId`], [`EffectKey`], [`Effect`], [`Argument`]: what the host is asked for |
//! | [`control`] | [`Command`]: cancel, pause, resume, undo, and decisions on what is stuck |
//! | [`outcome`] | [`Outcome`]: what it answers |
//! | [`step`] | [`StepState`], and the life of a step as one function |
//! | [`record`] | [`Record`]: the journal as data |
//! | [`state`] | [`State`], a fold of records, and [`replay`]; in it, what is decided next |
//! | [`end`] | [`End`]: how runs end, and the exact account of what could not be undone |
//! | [`error`] | what is refused, and why |
//! | [`mod@drive`] | [`drive()`] and [`Host`]: a blocking driver |
//!
//! # What is promised
//!
//! - A step starts when the steps that it needs are up and those that it wants or comes after have
//!   ended. Of several that can start, the earlier in plan order is asked for first.
//! - An effect that nobody answers in time is *unknown*, and nothing unknown is forgotten: it is
//!   verified if its step says so, and else undone.
//! - What failed is tried again as its step says: under the same key while nobody knows whether it
//!   happened and the step is idempotent, and else under the next, once nothing of it is there.
//! - A person, or the engine above, can cancel, pause and resume a run, undo a completed one, answer what
//!   steps wait for, and decide what becomes of what is stuck; each word is recorded.
//! - When a critical step fails, nothing new is activated, and what was started is undone against the
//!   order in which it could start, side by side where the plan allows. When another step fails, it
//!   alone is undone, and the steps that need it are skipped.
//! - Once all steps have ended, each success criterion is asked for. One that is not true is named in the
//!   end; one that is required turns the run back.
//! - The end is honest: [`End::RolledBack`] only if nothing remains, and else [`End::Stuck`] with the
//!   name and the reason of everything that does.
//!
//! An undo is asked for with the keys that it reverses. The host makes it idempotent, lets it succeed
//! where nothing had happened, and lets a later arrival of those keys do no harm.
//!
//! This crate knows no rule, no clock, no thread, no file and no socket.

pub mod control;
pub mod drive;
pub mod end;
pub mod error;
pub mod execution;
pub mod input;
pub mod key;
pub mod outcome;
pub mod output;
pub mod record;
pub mod state;
pub mod step;
pub mod terms;

#[cfg(test)]
mod tests;

pub use control::{Command, Resolution, Scope};
pub use drive::{DriveError, Host, drive};
pub use end::{Cause, End, Failure, Fault, Remains, Residue, Unmet};
pub use error::{HandleError, Refusal, ReplayError};
pub use execution::Execution;
pub use input::Input;
pub use key::{Action, Argument, Effect, EffectKey, RunId};
pub use outcome::{MAX_OUTPUT, Outcome};
pub use output::{Output, Question};
pub use record::{Call, Change, Record, Recovery};
pub use state::{State, replay};
pub use step::{StepState, Word};
pub use terms::Terms;
