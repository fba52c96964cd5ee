//! A blocking driver: a loop over `handle` and `poll`, and nothing more.

use std::collections::BTreeMap;
use std::error::Error;

use pso_graph::Condition;
use ptms_core::{Name, Timestamp, Value};

use crate::end::End;
use crate::error::HandleError;
use crate::execution::Execution;
use crate::input::Input;
use crate::key::{Effect, EffectKey};
use crate::outcome::Outcome;
use crate::output::{Output, Question};
use crate::record::Record;

/// How often in a row [`Host::wait`] may come back with a [`Input::Wake`] from which nothing follows.
/// Early wake-ups are normal; a host whose clock stands still would spin for ever.
pub const MAX_IDLE_WAKES: u32 = 10_000;

/// What [`drive()`] asks of an application.
///
/// A host that makes one effect after the other needs two methods:
///
/// ```
/// use std::num::NonZeroU32;
/// use ptms_core::Timestamp;
/// use ptms_executor::{Effect, End, Execution, Host, Outcome, Terms, drive};
/// # use ptms_core::SystemSpec;
/// # use pso_graph::{Catalog, Request};
///
/// struct Printer(Timestamp);
///
/// impl Host for Printer {
///     fn now(&mut self) -> Timestamp {
///         self.0
///     }
///     fn perform(&mut self, effect: &Effect) -> Option<Outcome> {
///         println!("{effect}");
///         Some(Outcome::Succeeded(None))
///     }
/// }
///
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
/// let mut host = Printer(Timestamp::default());
/// let terms = Terms::default().at_once(NonZeroU32::MIN);
/// let mut run = Execution::start_with(host.now(), "r1", plan, terms);
/// assert_eq!(drive(&mut run, &mut host)?, End::Completed);
/// # Ok::<(), ptms_executor::DriveError>(())
/// ```
pub trait Host {
    /// The time. One that runs backwards is taken to stand still.
    fn now(&mut self) -> Timestamp;

    /// Makes an effect and says what became of it, or begins it and says `None`; then
    /// [`wait`](Host::wait) brings the outcome later.
    fn perform(&mut self, effect: &Effect) -> Option<Outcome>;

    /// Blocks until an effect that was begun has an outcome, or until the instant has come, and says
    /// which. Called while an effect is under way, or while the run is paused and waits for a
    /// [word](crate::Command). A host that does neither need not write it if its clock runs.
    fn wait(&mut self, until: Option<Timestamp>) -> Input {
        let _ = until;
        Input::Wake
    }

    /// Whether a condition of the plan holds, with what was read to find out. By default nobody can tell.
    fn decide(
        &mut self,
        question: Question,
        condition: &Condition,
    ) -> (Option<bool>, BTreeMap<Name, Value>) {
        let _ = (question, condition);
        (None, BTreeMap::new())
    }

    /// Stops caring about an attempt: its time is over. An outcome that comes all the same is welcome.
    fn abandon(&mut self, key: &EffectKey, attempt: u32) {
        let _ = (key, attempt);
    }

    /// Makes a record durable before the effects that it announces are begun. Without a journal there
    /// is nothing to do.
    ///
    /// # Errors
    ///
    /// If the record cannot be stored; the run is then left as it is.
    fn append(&mut self, seq: u64, record: &Record) -> Result<(), Box<dyn Error + Send + Sync>> {
        let _ = (seq, record);
        Ok(())
    }
}

/// Why [`drive()`] gave up before the end.
///
/// After [`DriveError::Append`] the journal is behind the run: drop the run and go on from the journal.
/// After the others the run can be driven on.
///
/// ```
/// use ptms_core::Timestamp;
/// use ptms_executor::{DriveError, Effect, Execution, Host, Outcome, drive};
/// # use ptms_core::SystemSpec;
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// struct Silent;
/// impl Host for Silent {
///     fn now(&mut self) -> Timestamp {
///         Timestamp::default()
///     }
///     fn perform(&mut self, _: &Effect) -> Option<Outcome> {
///         None
///     }
/// }
///
/// let mut run = Execution::start(Timestamp::default(), "r1", plan);
/// assert!(matches!(drive(&mut run, &mut Silent), Err(DriveError::Idle)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The host handed in an outcome that fits nothing.
    #[error(transparent)]
    Input(#[from] HandleError),
    /// The host could not store a record.
    #[error("record {seq} could not be stored: {source}")]
    Append {
        /// Its sequence number.
        seq: u64,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The host woke up again and again, and time did not come to the next time-out.
    #[error(
        "the host woke {MAX_IDLE_WAKES} times in a row for nothing; its clock seems to stand still"
    )]
    Idle,
}

/// Drives a run to its end.
///
/// # Errors
///
/// If the host hands in what fits nothing, cannot store a record, or its clock stands still.
pub fn drive(run: &mut Execution, host: &mut impl Host) -> Result<End, DriveError> {
    let mut idle = 0;
    loop {
        let input = match run.poll() {
            Output::Record(seq, record) => {
                idle = 0;
                host.append(seq, &record).map_err(|source| DriveError::Append { seq, source })?;
                continue;
            }
            Output::Perform { effect, after: _ } => match host.perform(&effect) {
                Some(outcome) => {
                    Input::Outcome { effect: effect.key, attempt: effect.attempt, outcome }
                }
                None => continue,
            },
            Output::Decide { question, condition } => {
                let (verdict, read) = host.decide(question, &condition);
                Input::Verdict { question, verdict, read }
            }
            Output::Abandon { key, attempt } => {
                host.abandon(&key, attempt);
                continue;
            }
            Output::Wait(_) if idle >= MAX_IDLE_WAKES => return Err(DriveError::Idle),
            Output::Wait(until) => host.wait(until),
            Output::Done(end) => return Ok(end),
        };
        idle += 1;
        let now = host.now().max(run.now());
        run.handle(now, input)?;
    }
}
