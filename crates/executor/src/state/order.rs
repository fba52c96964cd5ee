//! What the edges of the plan still ask of each step, as counts: on the way up of those before it, on
//! the way back of those after it. Follows from the states of the steps alone, so it is never recorded;
//! it is kept so that one change costs as much as the step has edges, and not a walk over the plan.

use pso_graph::{EdgeKind, Plan, StepId};
use serde::Serialize;

use crate::step::{StepState, Word};

/// The counts of all steps, for the way that the run is on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Order {
    Up(Vec<Before>),
    Back(Vec<After>),
}

/// On the way up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Before {
    /// How many steps must still come up (needs) or end (wants, after) before this one starts.
    pub(super) unmet: u32,
    /// How many of the steps that it needs have ended without coming up.
    pub(super) barred: u32,
}

/// On the way back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct After {
    /// How many of the next steps hold this one back: they are still to be undone, or have such a step
    /// somewhere behind them. A step that was skipped or undone early so passes the order on.
    pub(super) live: u32,
    /// How many of the steps that need this one remain, or are held for one that does.
    pub(super) remaining: u32,
}

impl Order {
    /// Whether the run still has something to do about a step in this state, or waits for it.
    pub(super) fn is_pending(&self, state: &StepState) -> bool {
        match self {
            Self::Up(_) => !has_ended(state),
            Self::Back(_) => is_live(state),
        }
    }

    /// Before the first step starts.
    pub(super) fn up(plan: &Plan) -> Self {
        let unmet = |step| plan.predecessors(step).count() as u32;
        Self::Up(plan.ids().map(|step| Before { unmet: unmet(step), barred: 0 }).collect())
    }

    /// At the moment when the run turns back.
    pub(super) fn back<'a>(plan: &Plan, state: impl Fn(StepId) -> Option<&'a StepState>) -> Self {
        let mut counts = vec![After::default(); plan.steps().len()];
        for step in plan.ids().rev() {
            let mut count = After::default();
            for edge in plan.successors(step) {
                let after = state(edge.to);
                let behind = counts.get(edge.to.index()).map_or(0, |count| count.live);
                count.live += u32::from(behind > 0 || after.is_some_and(is_live));
                count.remaining +=
                    u32::from(edge.kind == EdgeKind::Needs && after.is_some_and(remains));
            }
            if let Some(slot) = counts.get_mut(step.index()) {
                *slot = count;
            }
        }
        Self::Back(counts)
    }

    /// A step has changed from one state into another; `state` already tells the other. Returns the
    /// steps whose counts changed.
    pub(super) fn changed<'a>(
        &mut self,
        plan: &Plan,
        step: StepId,
        (from, to): (&StepState, &StepState),
        state: impl Fn(StepId) -> Option<&'a StepState>,
    ) -> Vec<StepId> {
        let mut touched = Vec::new();
        match self {
            Self::Up(counts) => {
                for kind in [EdgeKind::Needs, EdgeKind::Wants, EdgeKind::After] {
                    if (meets(kind, from), bars(kind, from)) == (meets(kind, to), bars(kind, to)) {
                        continue;
                    }
                    for edge in plan.successors(step).filter(|edge| edge.kind == kind) {
                        let Some(count) = counts.get_mut(edge.to.index()) else { continue };
                        step_count(&mut count.unmet, !meets(kind, from), !meets(kind, to));
                        step_count(&mut count.barred, bars(kind, from), bars(kind, to));
                        touched.push(edge.to);
                    }
                }
            }
            Self::Back(counts) => {
                if remains(from) != remains(to) {
                    for edge in plan.predecessors(step).filter(|edge| edge.kind == EdgeKind::Needs)
                    {
                        let Some(count) = counts.get_mut(edge.from.index()) else { continue };
                        step_count(&mut count.remaining, remains(from), remains(to));
                        touched.push(edge.from);
                    }
                }
                let behind = counts.get(step.index()).map_or(0, |count| count.live);
                if behind == 0 && is_live(from) != is_live(to) {
                    pass_on(plan, counts, step, is_live(to), state, &mut touched);
                }
            }
        }
        touched
    }
}

/// Tells the steps before this one that it has begun to hold them back, or has ceased to; and through
/// those that are not live themselves, the steps before them.
fn pass_on<'a>(
    plan: &Plan,
    counts: &mut [After],
    step: StepId,
    holds: bool,
    state: impl Fn(StepId) -> Option<&'a StepState>,
    touched: &mut Vec<StepId>,
) {
    let mut turned = vec![step];
    while let Some(step) = turned.pop() {
        for edge in plan.predecessors(step) {
            let Some(count) = counts.get_mut(edge.from.index()) else { continue };
            let behind = count.live > 0;
            step_count(&mut count.live, !holds, holds);
            touched.push(edge.from);
            if (count.live > 0) != behind && !state(edge.from).is_some_and(is_live) {
                turned.push(edge.from);
            }
        }
    }
}

/// Moves a count with whether one thing is counted.
fn step_count(count: &mut u32, was: bool, is: bool) {
    *count = (*count + u32::from(is)).saturating_sub(u32::from(was));
}

/// Whether a step in this state gives a later one, by an edge of this kind, what it waits for.
fn meets(kind: EdgeKind, state: &StepState) -> bool {
    match kind {
        EdgeKind::Needs => *state == StepState::Up,
        EdgeKind::Wants | EdgeKind::After => has_ended(state),
    }
}

/// Whether a later step, by an edge of this kind, can never start.
fn bars(kind: EdgeKind, state: &StepState) -> bool {
    kind == EdgeKind::Needs && is_missing(state)
}

/// Whether the way up is over for a step, and it did not come up.
pub(super) fn is_missing(state: &StepState) -> bool {
    has_ended(state) && *state != StepState::Up
}

/// Whether the way up is over for a step.
fn has_ended(state: &StepState) -> bool {
    use StepState as S;
    matches!(
        state,
        S::Skipped | S::Up | S::Failed | S::Undone | S::Held | S::Stuck(_) | S::Accepted(_)
    )
}

/// Whether something of a step is, or may be, there and not yet given up.
fn is_live(state: &StepState) -> bool {
    use StepState as S;
    match state {
        S::Activating
        | S::Again
        | S::Settling
        | S::Unverified(_)
        | S::Verifying(_)
        | S::Up
        | S::Unclean
        | S::Undoing { .. }
        | S::FailingUndo(_) => true,
        S::Failing(word) => *word != Word::Clean,
        S::Waiting
        | S::Asking
        | S::Awaiting
        | S::Skipped
        | S::Failed
        | S::Anew
        | S::Undone
        | S::Held
        | S::Stuck(_)
        | S::Accepted(_) => false,
    }
}

/// Whether what a step needs must stay up for it.
pub(super) fn remains(state: &StepState) -> bool {
    matches!(state, StepState::Stuck(_) | StepState::Accepted(_) | StepState::Held)
}
