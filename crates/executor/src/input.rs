//! What the host tells an execution. Knows nothing of what follows from it.

use std::collections::BTreeMap;

use ptms_core::{Name, Value};
use serde::{Deserialize, Serialize};

use crate::control::Command;
use crate::key::EffectKey;
use crate::outcome::Outcome;
use crate::output::Question;
use crate::record::Recovery;

/// What the host tells an execution.
///
/// ```
/// use ptms_executor::Input;
///
/// assert_eq!(serde_json::to_string(&Input::Wake).unwrap(), r#""wake""#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// What became of an attempt at an effect. Each attempt is answered at most once, in time or late.
    Outcome {
        /// The effect.
        effect: EffectKey,
        /// The attempt.
        attempt: u32,
        /// What became of it.
        outcome: Outcome,
    },
    /// Nothing but that time has passed.
    Wake,
    /// An attempt under way is still alive: its [heartbeat](pso_graph::Step::heartbeat) begins anew. Never
    /// recorded; only a silence that lasts too long is.
    Heartbeat {
        /// The effect.
        effect: EffectKey,
        /// The attempt.
        attempt: u32,
    },
    /// Whether a condition holds. Each is answered once.
    Verdict {
        /// Which.
        #[serde(flatten)]
        question: Question,
        /// Whether it holds; `None` if nobody can tell.
        verdict: Option<bool>,
        /// What was read to find out, by name; kept with the verdict.
        read: BTreeMap<Name, Value>,
    },
    /// A word about the run as a whole.
    Command(Command),
    /// The first input after [`Execution::resume`](crate::Execution::resume): what the host found out of the effects that are
    /// [outstanding](crate::Execution::outstanding). What it says nothing of is unknown: it is asked for again
    /// under the same key if that is safe, and else settles. Keys that are not outstanding are passed
    /// over.
    Recovered {
        /// Numbers the owners of the journal; greater than at every recovery before.
        fence: u64,
        /// What it found out.
        found: BTreeMap<EffectKey, Recovery>,
    },
}
