//! The life of a step, as one function. Knows nothing of other steps, of time or of the run: whose turn
//! it is, `decide` says.

use pso_graph::Step;
use serde::{Deserialize, Serialize};

use crate::end::Remains;
use crate::error::Refusal;

/// Where a step is in its life.
///
/// ```text
///          Again (same key), Anew (next epoch) ◄────────────┐
///               ▼                                           │
/// Waiting ─► Activating ─► Unverified ⇄ Verifying ─► Up     │
///    │         │ Settling ─────▲            │         │     │
///    │         └────────────► Failing ◄─────┘         │ (rollback)
///    ▼            ┌────────────┴────────────┐         ▼     │
/// Skipped       Failed                   Unclean ─► Undoing ┴─► Undone
///             (nothing                      ▲          ▼
///              remains)                     └── FailingUndo
///                                                      ▼
///                                 Held              Stuck ─► Accepted
/// ```
///
/// ```
/// use ptms_executor::{Execution, StepState};
/// # use ptms_core::{SystemSpec, Timestamp};
/// # use pso_graph::{Catalog, Request};
/// # let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
/// # let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
///
/// let run = Execution::start(Timestamp::default(), "r1", plan);
/// let step = run.state().plan().find("PDT").unwrap();
/// assert_eq!(run.state().step(step), Some(&StepState::Activating));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepState {
    /// Not started. In a rollback it never will be.
    #[default]
    Waiting,
    /// Its turn has come, and its condition is being looked at.
    Asking,
    /// Its turn has come, and it waits for a signal, a person or an instant.
    Awaiting,
    /// Will not be started: its condition does not hold, or a step that it needs has ended without
    /// coming up.
    Skipped,
    /// The host is bringing it up.
    Activating,
    /// Nobody knows whether it came up, and the host is to be asked again, under the same key.
    Again,
    /// The host has not answered in time. Before this is acted on, an answer may still come.
    Settling,
    /// The host has said this, and a verification is to decide.
    Unverified(Word),
    /// The host has said this, and is looking whether the step is up.
    Verifying(Word),
    /// It failed so, and whether it is tried again is to be decided.
    Failing(Word),
    /// Nothing of it is there, and it is to be begun anew, in the next epoch.
    Anew,
    /// Up. In a rollback it waits for its turn to be undone.
    Up,
    /// It failed, and something of it may remain: it is to be undone.
    Unclean,
    /// It failed, and nothing of it remains.
    Failed,
    /// The host is undoing it.
    Undoing {
        /// Whether it succeeded late, while it was being undone, so that it is undone once more.
        again: bool,
    },
    /// Its undo failed, and whether that is tried again is to be decided.
    FailingUndo(Remains),
    /// Reversed, or there was nothing to reverse.
    Undone,
    /// Left up in a rollback, because a step that remains needs it.
    Held,
    /// Something of it remains.
    Stuck(Remains),
    /// Something of it remains, and a person has accepted that.
    Accepted(Remains),
}

/// What the host has said of an activation; silence is [`Word::Unknown`].
///
/// ```
/// use ptms_executor::{StepState, Word};
///
/// let json = serde_json::to_string(&StepState::Verifying(Word::Unknown)).unwrap();
/// assert_eq!(json, r#"{"verifying":"unknown"}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Word {
    /// It is up.
    Succeeded,
    /// It failed, and definitely nothing remains.
    Clean,
    /// It failed, and something may remain.
    Unclean,
    /// Nobody can tell.
    Unknown,
}

/// What can happen to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It will not be started.
    Skip,
    /// The host is asked to activate it.
    Activate,
    /// Its turn has come, and its condition is asked for.
    Ask,
    /// Its turn has come, and it begins to wait.
    Wait,
    /// Its condition holds, or what it waited for has come.
    Come,
    /// It only waits, and has done so.
    Pass,
    /// It is given up before it has begun.
    Cancel,
    /// The host did not answer the activation in time, or is to stop, and is given up on.
    GiveUp,
    /// The host died over what it was asked for, and is to be asked again.
    Lose,
    /// Its failure is final.
    Fail,
    /// It is tried again under the same key.
    Repeat,
    /// It is to be begun anew, once nothing of it is there.
    Renew,
    /// Nothing of it is there any more, and it is begun anew.
    Renewed,
    /// The host said this of the activation, or was silent for good.
    Activated(Word),
    /// The host is asked to verify it.
    Verify,
    /// A verification found this.
    Verified(Verdict),
    /// The host is asked to undo it.
    Undo,
    /// The host answered the undo, or was silent.
    Undone(Result<(), Remains>),
    /// Its undo is tried again under the same key.
    RepeatUndo,
    /// Its turn to be undone, and there is nothing to reverse.
    Clear,
    /// Its turn to be undone, and nobody can.
    Strand(Remains),
    /// Its turn to be undone, and a step that remains needs it.
    Hold,
    /// A person lets its undo be asked for once more.
    Reopen,
    /// A person says that nothing of it remains.
    MarkUndone,
    /// A person accepts that something of it remains.
    Accept,
    /// After its time-out the host said this of the activation.
    LateActivated(Word),
    /// After its time-out the host said that the last undo, which is not decided yet, succeeded.
    LateUndone,
    /// After its time-out the host said something that no longer matters.
    LateOther,
}

/// What a verification found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The step is up.
    Confirmed,
    /// The step is not up, or no attempt is left to find out.
    Unconfirmed,
    /// Nothing; another attempt is to be made.
    Inconclusive,
}

/// The state in which an event leaves a step.
#[expect(clippy::match_same_arms, reason = "reads as a table, in the order of a life")]
#[expect(clippy::too_many_lines, reason = "a life is one table; what is not in it is refused")]
pub(crate) fn next(step: &Step, state: &StepState, event: &Event) -> Result<StepState, Refusal> {
    use Event as E;
    use StepState as S;
    use Verdict as V;
    use Word as W;

    Ok(match (state, event) {
        // Up.
        (S::Waiting, E::Skip) => S::Skipped,
        (S::Waiting, E::Ask) => S::Asking,
        (S::Asking, E::Skip) => S::Skipped,
        (S::Waiting, E::Wait) => S::Awaiting,
        (S::Asking | S::Awaiting, E::Come) => S::Waiting,
        (S::Waiting, E::Pass) => S::Up,
        (S::Waiting | S::Asking | S::Awaiting, E::Cancel) => S::Failed,
        (S::Again, E::Cancel) if step.verify => S::Unverified(W::Unknown),
        (S::Again, E::Cancel) => S::Unclean,
        (S::Anew, E::Cancel) => S::Failed,
        (S::Waiting | S::Again | S::Anew, E::Activate) => S::Activating,
        (S::Activating, E::GiveUp) => S::Settling,
        (S::Activating, E::Lose) => S::Again,
        (S::Activating | S::Settling, E::Activated(word @ (W::Clean | W::Unclean))) => {
            failed(step, *word)
        }
        (S::Activating | S::Settling | S::Again | S::Failing(W::Unknown), E::Activated(word))
            if step.verify =>
        {
            S::Unverified(*word)
        }
        (
            S::Activating | S::Settling | S::Again | S::Failing(W::Unknown),
            E::Activated(W::Succeeded),
        ) => S::Up,
        (S::Activating | S::Settling, E::Activated(W::Unknown)) => failed(step, W::Unknown),
        (S::Unverified(word), E::Verify) => S::Verifying(*word),
        (S::Verifying(W::Succeeded | W::Unknown), E::Verified(V::Confirmed)) => S::Up,
        (S::Verifying(word), E::Verified(V::Inconclusive) | E::Lose) => S::Unverified(*word),
        (S::Verifying(W::Clean), E::Verified(V::Unconfirmed)) => failed(step, W::Clean),
        (S::Verifying(_), E::Verified(_)) => failed(step, W::Unclean),

        // Whether it is tried again has been decided.
        (S::Failing(W::Clean), E::Fail) => S::Failed,
        (S::Failing(_), E::Fail) => S::Unclean,
        (S::Failing(W::Unknown), E::Repeat) => S::Again,
        (S::Failing(W::Clean), E::Renew) => S::Anew,
        (S::Failing(_), E::Renew) => S::Unclean,
        (S::Unclean | S::Undoing { again: false } | S::FailingUndo(_), E::Renewed) => S::Anew,

        // And down. Whose turn it is, and whether there is an undo, is for the caller to know.
        (_, E::Undo) if is_there(state) => S::Undoing { again: false },
        (_, E::Clear) if is_there(state) => S::Undone,
        (_, E::Strand(why)) if is_there(state) => S::Stuck(why.clone()),
        (_, E::Hold) if is_there(state) && *state != S::Held => S::Held,
        (S::Undoing { .. }, E::Lose) => S::Unclean,
        (S::Undoing { again: true }, E::Undone(_)) => S::Unclean,
        (S::Undoing { again: false }, E::Undone(Ok(()))) => S::Undone,
        (S::Undoing { again: false }, E::Undone(Err(why))) if step.undo_retry.is_some() => {
            S::FailingUndo(why.clone())
        }
        (S::Undoing { again: false }, E::Undone(Err(why))) => S::Stuck(why.clone()),
        (S::FailingUndo(_), E::RepeatUndo) => S::Unclean,
        (S::FailingUndo(_), E::Strand(why)) => S::Stuck(why.clone()),

        // What a person says of what is stuck.
        (S::Stuck(_), E::Reopen) => S::Unclean,
        (S::Held, E::Reopen) => S::Held,
        (S::Stuck(_), E::MarkUndone) => S::Undone,
        (S::Stuck(why), E::Accept) => S::Accepted(why.clone()),

        // Late. Before the undo it replaces the unknown; during and after it a success is undone again.
        (S::Unverified(_) | S::Failing(W::Unknown), E::LateActivated(W::Clean)) => {
            failed(step, W::Clean)
        }
        (S::Failing(W::Unknown), E::LateActivated(W::Unclean)) => S::Failing(W::Unclean),
        (S::Failing(W::Clean), E::LateActivated(W::Succeeded)) => S::Failing(W::Unclean),
        (S::Unverified(_), E::LateActivated(word)) => S::Unverified(*word),
        (S::Verifying(_), E::LateActivated(word)) => S::Verifying(*word),
        (
            S::Unclean
            | S::Stuck(Remains::Undeclared | Remains::Pivot)
            | S::Accepted(Remains::Undeclared | Remains::Pivot),
            E::LateActivated(W::Clean),
        ) => S::Failed,
        (S::Undoing { .. }, E::LateActivated(W::Succeeded)) => S::Undoing { again: true },
        (S::Stuck(Remains::Undeclared | Remains::Pivot), E::LateActivated(_)) => state.clone(),
        (
            S::Failed | S::Anew | S::FailingUndo(_) | S::Undone | S::Stuck(_),
            E::LateActivated(W::Succeeded),
        ) => S::Unclean,
        // No undo that was asked for earlier can strike what comes now.
        (S::Accepted(_), E::LateActivated(W::Succeeded)) => S::Accepted(Remains::LateSuccess),
        (
            S::Unclean
            | S::Undoing { again: false }
            | S::FailingUndo(_)
            | S::Stuck(_)
            | S::Held
            | S::Accepted(_),
            E::LateUndone,
        ) => S::Undone,
        (_, E::LateActivated(_) | E::LateUndone | E::LateOther) => state.clone(),

        _ => return Err(Refusal::out_of_turn(step, state, event)),
    })
}

/// A failed activation: final, unless the step can be tried again.
fn failed(step: &Step, word: Word) -> StepState {
    match (&step.retry, word) {
        (Some(_), _) => StepState::Failing(word),
        (None, Word::Clean) => StepState::Failed,
        (None, _) => StepState::Unclean,
    }
}

/// Whether something of it is, or may be, there, and nobody is at it.
pub(crate) const fn is_there(state: &StepState) -> bool {
    use StepState as S;
    match state {
        S::Failing(word) => !matches!(word, Word::Clean),
        S::Up | S::Again | S::Unverified(_) | S::Unclean | S::Held => true,
        _ => false,
    }
}

/// Whether the host is at it.
pub(crate) const fn is_under_way(state: &StepState) -> bool {
    use StepState as S;
    matches!(state, S::Activating | S::Settling | S::Verifying(_) | S::Undoing { .. })
}
