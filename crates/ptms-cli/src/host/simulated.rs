//! The simulated host. It activates nothing: it answers what the engine asks for after the time that
//! the step is estimated to take, in the time of the stream. Knows neither clock nor rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use ptms::{
    Action, Duration, Effect, EffectKey, Name, Outcome, Plan, Recovery, RunId, Timestamp, Value,
};

use super::Answer;
use crate::args::StepName;

/// Answers to the engine's requests, in the order in which they fall due.
#[derive(Debug)]
pub(crate) struct Simulated {
    fail: Vec<StepName>,
    silence: Vec<StepName>,
    /// The plans of the runs that are going on.
    plans: BTreeMap<RunId, Arc<Plan>>,
    /// By the instant at which they are due, then in the order of the requests.
    answers: BTreeMap<(Timestamp, u64), Answer>,
    requests: u64,
}

impl Simulated {
    /// A host that has been asked for nothing; the activation of the steps `fail` will fail, that of
    /// the steps `silence` will never be answered.
    pub(crate) const fn new(fail: Vec<StepName>, silence: Vec<StepName>) -> Self {
        Self { fail, silence, plans: BTreeMap::new(), answers: BTreeMap::new(), requests: 0 }
    }

    /// A run with this plan begins.
    pub(crate) fn started(&mut self, run: RunId, plan: Arc<Plan>) {
        self.plans.insert(run, plan);
    }

    /// A run has come to rest.
    pub(crate) fn ended(&mut self, run: &RunId) {
        self.plans.remove(run);
    }

    /// Takes a request.
    pub(crate) fn perform(&mut self, now: Timestamp, effect: Effect) {
        let plan = self.plans.get(&effect.key.run);
        let named = |steps: &[StepName]| {
            let name = plan.map_or("", |plan| plan.name());
            steps.iter().any(|step| step.names(name, &effect.step))
        };
        let outcome = match &effect.key.action {
            Action::Activate if named(&self.silence) => None,
            Action::Activate if named(&self.fail) => {
                Some(Outcome::Failed { class: Name::from("simulated"), clean: false })
            }
            Action::Verify => Some(Outcome::Succeeded(Some(Value::Bool(true)))),
            Action::Activate | Action::Undo(_) => Some(Outcome::Succeeded(None)),
        };
        let step = plan.and_then(|plan| plan.step(effect.key.step));
        let takes = step.and_then(|step| step.estimate).unwrap_or(Duration::ZERO);
        // That no answer will come is said at once.
        let due = if outcome.is_some() { now + takes } else { now };
        self.answers.insert((due, self.requests), Answer::new(effect, outcome));
        self.requests += 1;
    }

    /// These effects were under way when the program died. Pretended ones go on, as long as they were to
    /// take when they began.
    pub(crate) fn recover(
        &mut self,
        now: Timestamp,
        under_way: Vec<Effect>,
    ) -> BTreeMap<EffectKey, Recovery> {
        let mut known = BTreeMap::new();
        for effect in under_way {
            let plan = self.plans.get(&effect.key.run);
            let step = plan.and_then(|plan| plan.step(effect.key.step));
            let limit = step.map_or(Duration::ZERO, |step| step.timeout);
            let began =
                Timestamp::from_nanos(effect.deadline.as_nanos().saturating_sub(limit.as_nanos()));
            known.insert(effect.key.clone(), Recovery::StillRunning);
            self.perform(began, effect);
        }
        // What was due before is due now: the clock never goes back.
        let due = std::mem::take(&mut self.answers).into_iter();
        self.answers = due.map(|((due, n), answer)| ((due.max(now), n), answer)).collect();
        known
    }

    /// When the next answer is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.answers.keys().next().map(|(due, _)| *due)
    }

    /// The next answer.
    pub(crate) fn answer(&mut self) -> Option<(Timestamp, Answer)> {
        self.answers.pop_first().map(|((due, _), answer)| (due, answer))
    }
}
