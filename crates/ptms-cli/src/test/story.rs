//! Runs one test: puts in what it says at its instants, and looks at what is expected when its time has
//! come. Says what does not hold, and shows nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use ptms::{
    Action, Book, Engine, Key, Name, Output, Plan, Reason, RuleFault, Timestamp, TriggerState,
    Verdicts,
};

use super::case::{Case, Does, Expected, Of, Put};
use super::judge::{Judgement, judge};
use crate::entry::End;
use crate::exit::Failure;
use crate::host::Simulated;
use crate::rehearsal::Rehearsal;
use crate::translate;

/// What came of a test.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What does not hold.
    pub(super) failed: Vec<Finding>,
    /// What would hold whatever the rules said.
    pub(super) idle: Vec<Finding>,
    /// What the conditions came to, by rule.
    pub(super) verdicts: Vec<(Name, Verdicts)>,
}

/// An expectation that does not hold, or holds for nothing.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) span: ptms::Span,
    pub(super) message: String,
    /// Why, in one line or several; may be empty.
    pub(super) why: String,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) changes: Vec<Change>,
    pub(super) faults: Vec<RuleFault>,
    /// By run id; their order is that of the starts.
    pub(super) runs: Vec<Run>,
    by_id: BTreeMap<ptms::RunId, usize>,
}

/// A rule fired or resolved.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    pub(super) rule: Name,
    pub(super) key: Key,
    pub(super) does: Does,
    /// Why it resolved.
    pub(super) reason: Option<Reason>,
}

/// A run that a firing started.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) at: Timestamp,
    pub(super) rule: Name,
    pub(super) key: Key,
    pub(super) plan: Arc<Plan>,
    /// The steps an undo of which was asked for, in this order.
    pub(super) undone: Vec<Name>,
    /// When and how it came to rest, in a word and in the engine's words.
    pub(super) ended: Option<(Timestamp, End, String)>,
}

/// Runs the test.
pub(super) fn run(book: &Arc<Book>, case: &Case) -> Result<Outcome, Failure> {
    let host = Simulated::new(case.fail.clone(), case.silence.clone());
    let mut rehearsal = Rehearsal::new(Engine::new(book.clone()), host);
    let (mut seen, mut outcome) = (Seen::default(), Outcome::default());
    let mut inputs = case.inputs.iter().peekable();
    let mut expected = case.expected.iter().peekable();
    while let Some(next) = expected.next_if(|expected| expected.at.is_some()) {
        let at = next.at.unwrap_or(case.end);
        while let Some(put) = inputs.next_if(|put| put.at <= at) {
            feed(&mut rehearsal, put, &mut seen, &mut outcome)?;
        }
        rehearsal.close(at, &mut |at, output| seen.output(at, output))?;
        look(case, next, &rehearsal, &seen, &mut outcome);
        // What else is expected of this instant is looked at without closing it again.
        while let Some(next) = expected.next_if(|expected| expected.at == Some(at)) {
            look(case, next, &rehearsal, &seen, &mut outcome);
        }
    }
    for put in inputs {
        feed(&mut rehearsal, put, &mut seen, &mut outcome)?;
    }
    rehearsal.close(case.end, &mut |at, output| seen.output(at, output))?;
    let of_rules = rehearsal.engine().verdicts();
    outcome.verdicts = of_rules.map(|(rule, verdicts)| (rule.id.clone(), verdicts)).collect();
    let (runs, rules): (Vec<_>, Vec<_>) = expected.partition(|expected| expected.is_of_a_run());
    for next in rules {
        look(case, next, &rehearsal, &seen, &mut outcome);
    }
    if !runs.is_empty() {
        rehearsal.settle(&mut |at, output| seen.output(at, output))?;
    }
    for next in runs {
        look(case, next, &rehearsal, &seen, &mut outcome);
    }
    Ok(outcome)
}

fn look(
    case: &Case,
    expected: &Expected,
    rehearsal: &Rehearsal,
    seen: &Seen,
    outcome: &mut Outcome,
) {
    match judge(case, expected, rehearsal.engine(), seen) {
        Judgement::Holds => {}
        Judgement::Fails(finding) => outcome.failed.push(finding),
        Judgement::Idle(finding) => outcome.idle.push(finding),
    }
}

fn feed(
    rehearsal: &mut Rehearsal,
    put: &Put,
    seen: &mut Seen,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let taken = rehearsal
        .feed(put.at, put.feed.clone().into(), &mut |at, output| seen.output(at, output))?;
    if let Err(refused) = taken {
        let (span, why) = (put.span.clone(), refused.to_string());
        outcome.failed.push(Finding { span, message: "the input is refused".to_owned(), why });
    }
    Ok(())
}

impl Seen {
    fn output(&mut self, at: Timestamp, output: &Output) {
        match output {
            Output::Fired(firing) => self.changes.push(Change {
                at: firing.at,
                rule: firing.rule.clone(),
                key: firing.key.clone(),
                does: Does::Fire,
                reason: None,
            }),
            Output::Transition(change) if change.to == TriggerState::Inactive => {
                self.changes.push(Change {
                    at: change.at,
                    rule: change.rule.clone(),
                    key: change.key.clone(),
                    does: Does::Resolve,
                    reason: Some(change.reason),
                });
            }
            Output::Fault(fault) => self.faults.push(fault.clone()),
            Output::Started { at, run, rule, key, plan } => {
                self.by_id.insert(run.clone(), self.runs.len());
                let (rule, key, plan) = (rule.clone(), key.clone(), plan.clone());
                let undone = Vec::new();
                self.runs.push(Run { at: *at, rule, key, plan, undone, ended: None });
            }
            Output::Perform(effect) if matches!(effect.key.action, Action::Undo(_)) => {
                if let Some(run) = self.run(&effect.key.run)
                    && !run.undone.contains(&effect.step)
                {
                    run.undone.push(effect.step.clone());
                }
            }
            Output::Ended { run, end, .. } => {
                if let Some(run) = self.run(run) {
                    run.ended = Some((at, translate::end(end), end.to_string()));
                }
            }
            _ => {}
        }
    }

    fn run(&mut self, id: &ptms::RunId) -> Option<&mut Run> {
        self.by_id.get(id).and_then(|index| self.runs.get_mut(*index))
    }

    /// The changes of a rule, of this kind.
    pub(super) fn of(&self, of: &Of, does: Does) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(move |change| change.does == does && of.is(&change.rule, &change.key))
    }
}
