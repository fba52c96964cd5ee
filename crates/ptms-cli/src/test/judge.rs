//! Whether what is expected holds, and what to say where it does not. Changes nothing.

use ptms::{Engine, Key, Plan, StepId, Timestamp, Value};

use super::case::{Case, Does, Expected, Of, RunLike, State, What};
use super::moment::shown;
use super::story::{Finding, Run, Seen};
use super::why;
use crate::stream::Feed;
use crate::words::did_you_mean;

/// What an expectation comes to.
#[derive(Debug)]
pub(super) enum Judgement {
    /// It holds.
    Holds,
    /// It does not.
    Fails(Finding),
    /// It holds, and would whatever the rule said.
    Idle(Finding),
}

/// Looks at an expectation when its instant, or the whole test, is over.
pub(super) fn judge(case: &Case, expected: &Expected, engine: &Engine, seen: &Seen) -> Judgement {
    let look = Look { case, start: case.start, at: expected.at, engine, seen };
    let found = match &expected.what {
        What::Does(does, of) => look.does(*does, of),
        What::DoesAt(does, of, instants) => look.does_at(*does, of, instants),
        What::Quiet(of) => match look.quiet(of) {
            Ok(Some((message, why))) => return Judgement::Idle(finding(expected, message, why)),
            Ok(None) => Ok(()),
            Err(found) => Err(found),
        },
        What::Undecided(of) => look.undecided(of),
        What::Is(state, of) => look.is(*state, of),
        What::Fact(fact, key, value) => look.fact(fact, key, value.as_ref()),
        What::Run(of, at, like) => look.run(of, *at, like),
    };
    match found {
        Ok(()) => Judgement::Holds,
        Err((message, why)) => Judgement::Fails(finding(expected, message, why)),
    }
}

fn finding(expected: &Expected, message: String, why: String) -> Finding {
    Finding { span: expected.span.clone(), message, why }
}

/// What does not hold, and why.
type Found = (String, String);

/// Everything that can be looked at.
#[derive(Clone, Copy, Debug)]
struct Look<'a> {
    case: &'a Case,
    start: Timestamp,
    at: Option<Timestamp>,
    engine: &'a Engine,
    seen: &'a Seen,
}

impl Look<'_> {
    fn does(&self, does: Does, of: &Of) -> Result<(), Found> {
        let mut changes = self.seen.of(of, does);
        if changes.any(|change| self.at.is_none_or(|at| change.at == at)) {
            return Ok(());
        }
        let when = self.at.map(|at| format!(" at {}", shown(at, self.start))).unwrap_or_default();
        Err((format!("{of} does not {does}{when}"), self.why_not(does, of)))
    }

    fn does_at(&self, does: Does, of: &Of, instants: &[Timestamp]) -> Result<(), Found> {
        let mut found: Vec<Timestamp> = self.seen.of(of, does).map(|change| change.at).collect();
        found.sort();
        if found == instants {
            return Ok(());
        }
        let listed = |instants: &[Timestamp]| {
            let texts: Vec<_> = instants.iter().map(|at| shown(*at, self.start)).collect();
            if texts.is_empty() { "never".to_owned() } else { texts.join(", ") }
        };
        let message =
            format!("{of} should {does} at {}: it does at {}", listed(instants), listed(&found));
        let message = message.replace("at never", "never");
        let why = if found.is_empty() { self.why_not(does, of) } else { String::new() };
        Err((message, why))
    }

    /// Why a rule has not done it, as far as is known now.
    fn why_not(&self, does: Does, of: &Of) -> String {
        let held = match does {
            Does::Fire => why::held_back(self.engine, of, self.start),
            Does::Resolve => None,
        };
        let others: Vec<_> = self.seen.of(of, does).collect();
        let other = others.last().map(|last| {
            let last_of = if others.len() > 1 { ", last" } else { "" };
            let reason = last.reason.map(|reason| format!(" ({})", reason.as_str()));
            format!(
                "it did{last_of} at {}{}",
                shown(last.at, self.start),
                reason.unwrap_or_default()
            )
        });
        held.or(other).unwrap_or_else(|| match does {
            Does::Fire => why::no_firing(self.engine, of, self.seen),
            Does::Resolve => match self.seen.of(of, Does::Fire).last() {
                Some(fired) => format!("it fires since {}", shown(fired.at, self.start)),
                None => "it never fired".to_owned(),
            },
        })
    }

    /// `Ok(Some(…))` where the rule is quiet for a reason that proves nothing.
    fn quiet(&self, of: &Of) -> Result<Option<Found>, Found> {
        let mut fired = self.seen.of(of, Does::Fire);
        match fired.find(|change| self.at.is_none_or(|at| change.at == at)) {
            Some(change) => {
                let key = if change.key.is_empty() {
                    String::new()
                } else {
                    format!("for {}", change.key)
                };
                Err((format!("{of} fires at {}", shown(change.at, self.start)), key))
            }
            None => Ok(why::proves_nothing(self.engine, of, self.put())
                .map(|why| (format!("that {of} does not fire proves nothing"), why))),
        }
    }

    /// What has been put in until now.
    fn put(&self) -> impl Iterator<Item = &Feed> {
        let until = self.at.unwrap_or(self.case.end);
        self.case.inputs.iter().take_while(move |put| put.at <= until).map(|put| &put.feed)
    }

    fn undecided(&self, of: &Of) -> Result<(), Found> {
        let verdicts = why::verdicts(self.engine, of);
        if verdicts.known_true + verdicts.known_false == 0 && verdicts.total() > 0 {
            return Ok(());
        }
        Err((format!("{of} is not undecided"), why::told(verdicts)))
    }

    fn is(&self, state: State, of: &Of) -> Result<(), Found> {
        let mut triggers =
            self.engine.triggers().filter(|trigger| of.is(&trigger.rule, &trigger.key)).peekable();
        let mut states: Vec<State> = Vec::new();
        if triggers.peek().is_none() {
            states.push(State::Inactive);
        }
        states.extend(triggers.map(|trigger| why::state_of(trigger.state)));
        if states.contains(&state) {
            return Ok(());
        }
        let found: Vec<_> = states.iter().map(ToString::to_string).collect();
        let at = self.at.map(|at| format!(" at {}", shown(at, self.start))).unwrap_or_default();
        let message = format!("{of} is {}{at}, not {state}", found.join(" and "));
        let why = match state {
            State::Firing => why::held_back(self.engine, of, self.start)
                .unwrap_or_else(|| why::no_firing(self.engine, of, self.seen)),
            State::Inactive | State::Pending => String::new(),
        };
        Err((message, why))
    }

    fn fact(&self, fact: &str, key: &Key, wanted: Option<&Value>) -> Result<(), Found> {
        let found = self.engine.fact_for(fact, key);
        if found == wanted {
            return Ok(());
        }
        let shown_value =
            |value: Option<&Value>| value.map_or("unknown".to_owned(), ToString::to_string);
        let at = self.at.map(|at| format!(" at {}", shown(at, self.start))).unwrap_or_default();
        let (found, wanted) = (shown_value(found), shown_value(wanted));
        let of = if key.is_empty() { String::new() } else { format!(" of {key}") };
        Err((format!("the fact `{fact}`{of} is {found}{at}, not {wanted}"), String::new()))
    }

    fn run(&self, of: &Of, at: Option<Timestamp>, like: &RunLike) -> Result<(), Found> {
        let mut runs = self.seen.runs.iter().filter(|run| of.is(&run.rule, &run.key));
        let Some(run) = runs.find(|run| at.is_none_or(|at| run.at == at)) else {
            let when = at.map(|at| format!(" at {}", shown(at, self.start))).unwrap_or_default();
            return Err((format!("{of} starts no run{when}"), self.why_not(Does::Fire, of)));
        };
        steps(run, like)?;
        order(&run.plan, &like.order)?;
        if let Some(undone) = like.undone.as_ref().filter(|undone| **undone != run.undone) {
            let message = format!("undone should be {}: it is {}", list(undone), list(&run.undone));
            return Err((message, ended(run)));
        }
        if let Some(end) = like.end
            && run.ended.as_ref().map(|(_, found, _)| *found) != Some(end)
        {
            return Err((format!("the run of {of} should end {}", end.word()), ended(run)));
        }
        let took = run.ended.as_ref().map(|(at, ..)| at.as_nanos() - run.at.as_nanos());
        match like.takes.filter(|takes| took != Some(takes.as_nanos())) {
            Some(takes) => {
                let took = took.and_then(ptms::Duration::from_nanos).unwrap_or_default();
                Err((format!("the run of {of} should take {takes}: it takes {took}"), ended(run)))
            }
            None => Ok(()),
        }
    }
}

fn steps(run: &Run, like: &RunLike) -> Result<(), Found> {
    let Some(wanted) = &like.steps else { return Ok(()) };
    let mut found: Vec<_> = run.plan.steps().iter().map(|step| step.id.clone()).collect();
    let mut sorted = wanted.clone();
    found.sort();
    sorted.sort();
    if sorted == found {
        return Ok(());
    }
    let message = format!("the plan {} should have the steps {}", run.plan.name(), list(wanted));
    Err((message, format!("it has {}", list(&found))))
}

/// Each step comes before the next.
fn order(plan: &Plan, order: &[ptms::Name]) -> Result<(), Found> {
    for pair in order.windows(2) {
        let [first, second] = pair else { continue };
        let (Some(from), Some(to)) = (plan.find(first), plan.find(second)) else {
            let steps = plan.steps().iter().map(|step| step.id.as_str());
            let missing = if plan.find(first).is_none() { first } else { second };
            let near = did_you_mean(missing, steps).to_string();
            return Err((
                format!("the plan {} has no step {missing}{near}", plan.name()),
                String::new(),
            ));
        };
        if !leads(plan, from, to) {
            let message =
                format!("nothing in the plan {} puts {first} before {second}", plan.name());
            let why = if leads(plan, to, from) { "it is the other way round" } else { "" };
            return Err((message, why.to_owned()));
        }
    }
    Ok(())
}

/// Whether the plan has a way from one step to the other.
fn leads(plan: &Plan, from: StepId, to: StepId) -> bool {
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(step) = reached.get(next).copied() {
        for edge in plan.successors(step) {
            if edge.to == to {
                return true;
            }
            if !reached.contains(&edge.to) {
                reached.push(edge.to);
            }
        }
        next += 1;
    }
    false
}

fn ended(run: &Run) -> String {
    run.ended.as_ref().map_or("it has not ended".to_owned(), |(_, _, end)| format!("it {end}"))
}

fn list(names: &[ptms::Name]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
