//! From what the engine says to entries of the transcript, so that the transcript's schema does not
//! move when the engine's types do.

use std::fmt::Display;

use ptms::{Cause, Output, Timestamp, TriggerState};

use crate::entry::{Action, Effect, End, Ended, Entry, Fired, Outcome, Transition, Trouble};
use crate::host::Answer;
use crate::instant::Instant;

/// What there is to report of an output, if anything.
pub(crate) fn output(at: Timestamp, output: &Output) -> Option<Entry> {
    Some(match output {
        Output::Transition(change) => transition(change),
        Output::Fired(firing) => Entry::Fired(fired(firing)),
        Output::Repeated(firing) => Entry::Repeated(fired(firing)),
        Output::Unknown { at, rule, key } => {
            Entry::Unknown { at: Instant(*at), rule: rule.clone(), key: key.clone() }
        }
        Output::Fault(fault) => Entry::Fault {
            at: Instant(fault.at),
            rule: fault.rule.clone(),
            key: fault.key.clone(),
            line: fault.line,
            column: fault.column,
            message: fault.message.clone(),
        },
        Output::Started { at, run, rule, key, plan } => Entry::Started {
            at: Instant(*at),
            run: run.as_str().into(),
            rule: rule.clone(),
            key: key.clone(),
            plan: plan.name().clone(),
            digest: plan.digest().to_string(),
            steps: plan.steps().iter().map(|step| step.id.clone()).collect(),
        },
        Output::Dropped { at, rule, key, fired, running } => Entry::Dropped {
            at: Instant(*at),
            rule: rule.clone(),
            key: key.clone(),
            fired: Instant(*fired),
            running: running.as_str().into(),
        },
        Output::Queued { at, rule, key, fired, running } => Entry::Queued {
            at: Instant(*at),
            rule: rule.clone(),
            key: key.clone(),
            fired: Instant(*fired),
            running: running.as_str().into(),
        },
        Output::Perform(asked) => Entry::Perform(effect(at, asked)),
        Output::Verdict { at, run, step, condition, verdict, fault, read } => Entry::Verdict {
            at: Instant(*at),
            run: run.as_str().into(),
            step: step.clone(),
            condition: condition.clone(),
            verdict: *verdict,
            fault: fault.clone(),
            read: read.clone(),
        },
        Output::Ended { at, run, end } => Entry::Ended(ended(*at, run, end)),
        Output::KeyRefused { at, key } => Entry::KeyRefused { at: Instant(*at), key: key.clone() },
        Output::Evicted { at, key } => Entry::Evicted { at: Instant(*at), key: key.clone() },
        Output::Journal(_) | Output::Abandon { .. } | Output::Wait(_) => return None,
    })
}

/// The host answers, or says that it never will.
pub(crate) fn answer(at: Timestamp, answer: &Answer) -> Entry {
    let outcome = match &answer.outcome {
        Some(ptms::Outcome::Succeeded(value)) => Outcome::Succeeded { value: value.clone() },
        Some(ptms::Outcome::Failed { class, clean }) => {
            Outcome::Failed { class: class.clone(), clean: *clean }
        }
        Some(ptms::Outcome::Unknown) => Outcome::Unknown,
        None => Outcome::Silent,
    };
    Entry::Outcome { effect: effect(at, &answer.effect), outcome }
}

/// That a trigger begins to fire is no transition: it is reported with all that its rule says, as fired.
fn transition(change: &ptms::Transition) -> Entry {
    let entry = Transition {
        at: Instant(change.at),
        rule: change.rule.clone(),
        key: change.key.clone(),
        reason: change.reason.as_str().into(),
    };
    match change.to {
        TriggerState::Pending { .. } => Entry::Pending(entry),
        TriggerState::Inactive => Entry::Resolved(entry),
        TriggerState::Resolving { .. } => Entry::Resolving(entry),
        TriggerState::Firing { .. } => Entry::Recurred(entry),
    }
}

fn fired(firing: &ptms::Firing) -> Fired {
    Fired {
        at: Instant(firing.at),
        rule: firing.rule.clone(),
        key: firing.key.clone(),
        pattern: firing.pattern.clone(),
        priority: firing.priority,
        systems: firing.systems.clone(),
        workflow: firing.workflow.clone(),
        confidence: firing.confidence,
        estimate_ns: firing.estimate.map(|(least, most)| (least.as_nanos(), most.as_nanos())),
        with: firing.with.clone(),
        without: firing.without.clone(),
    }
}

fn effect(at: Timestamp, effect: &ptms::Effect) -> Effect {
    Effect {
        at: Instant(at),
        run: effect.key.run.as_str().into(),
        step: effect.step.clone(),
        system: effect.system.clone(),
        action: match &effect.key.action {
            ptms::Action::Activate => Action::Activate,
            ptms::Action::Verify => Action::Verify,
            ptms::Action::Undo(undo) => Action::Undo { undo: undo.clone() },
        },
        epoch: effect.key.epoch,
        attempt: effect.attempt,
    }
}

/// How a run came to rest, in a word.
pub(crate) const fn end(end: &ptms::End) -> End {
    match end {
        ptms::End::Completed => End::Completed,
        ptms::End::CompletedWithFailures { .. } => End::CompletedWithFailures,
        ptms::End::RolledBack { .. } => End::RolledBack,
        ptms::End::Stuck { .. } => End::Stuck,
        ptms::End::Cancelled => End::Cancelled,
        ptms::End::Accepted { .. } => End::Accepted,
    }
}

fn ended(at: Timestamp, run: &ptms::RunId, end: &ptms::End) -> Ended {
    let kind = self::end(end);
    let failed = match end {
        ptms::End::Completed | ptms::End::Cancelled => &[][..],
        ptms::End::CompletedWithFailures { failed, .. } => failed,
        ptms::End::RolledBack { cause }
        | ptms::End::Stuck { cause, .. }
        | ptms::End::Accepted { cause, .. } => failures(cause),
    };
    let (residue, held) = match end {
        ptms::End::Stuck { residue, held, .. } | ptms::End::Accepted { residue, held, .. } => {
            (&residue[..], &held[..])
        }
        _ => (&[][..], &[][..]),
    };
    Ended {
        at: Instant(at),
        run: run.as_str().into(),
        end: kind,
        message: end.to_string(),
        failed: failed.iter().map(|failure| trouble(&failure.step, &failure.fault)).collect(),
        residue: residue.iter().map(|residue| trouble(&residue.step, residue)).collect(),
        held: held.to_vec(),
    }
}

fn failures(cause: &Cause) -> &[ptms::Failure] {
    match cause {
        Cause::Critical(failure) => std::slice::from_ref(failure),
        Cause::NonCritical(failures) => failures,
        _ => &[],
    }
}

fn trouble(step: &ptms::Name, why: impl Display) -> Trouble {
    Trouble { step: step.clone(), why: why.to_string() }
}
