//! What a run does next, as a function of its state: the one place that knows whose turn it is. Changes
//! nothing; what it returns becomes a record, and the record is folded.

use pso_graph::{EdgeKind, StepId};
use ptms_core::{Timestamp, Undo};

use super::forward::Standing;
use super::order::{Order, is_missing};
use super::{Course, State};
use crate::end::{Cause, End, Remains, Residue};
use crate::key::Action;
use crate::output::Question;
use crate::record::Change;
use crate::step::{StepState, is_there};

/// What a step calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Skip,
    Ask,
    Wait,
    Deny,
    Lack,
    Pass,
    Issue(Action),
    Judge,
    Clear,
    Strand(Remains),
    Hold,
}

impl Move {
    /// Whether the run may have to turn back for it.
    pub(super) const fn may_turn(&self) -> bool {
        matches!(self, Self::Judge | Self::Deny | Self::Lack)
    }
}

impl State {
    /// The next decision, to be recorded at `now`; `None` if the run can only wait.
    ///
    /// A critical failure turns the run back before anything else is begun, so what steps come to is said
    /// first. On the way up the earliest step in plan order goes first, on the way back the latest. A run whose steps call for nothing,
    /// and for which nothing is under way, has ended.
    pub(crate) fn decide(&self, now: Timestamp) -> Option<Change> {
        if self.course() == Course::Up
            && let Some(failure) = self.critical.and_then(|step| self.failure(step))
        {
            return Some(Change::RollingBack { cause: Cause::Critical(failure) });
        }
        if self.course() == Course::Up
            && let Some(cause) = self.turn.clone()
        {
            return Some(Change::RollingBack { cause });
        }
        if self.course() == Course::Up
            && let Some(unmet) = self.unmet_requirement()
        {
            return Some(Change::RollingBack { cause: Cause::Criterion(unmet) });
        }
        if self.expires().is_some_and(|instant| instant <= now) {
            return Some(Change::RollingBack { cause: Cause::TooLong });
        }
        let turn = match self.course() {
            Course::Up => self.verdicts.first().or_else(|| self.agenda.first()),
            Course::Back | Course::Ended => self.agenda.last(),
        };
        if let Some(step) = turn {
            return self.act(*step, now);
        }
        if self.in_flight() > 0 || (self.end.is_none() && (self.pending > 0 || self.is_kept())) {
            return None;
        }
        if self.course() == Course::Up {
            if let Some(question) = self.open_criterion() {
                return Some(Change::Asked { question });
            }
            if self.awaits_criteria() {
                return None;
            }
        }
        let end = self.account();
        (self.end.as_ref() != Some(&end)).then_some(Change::Ended { end })
    }

    /// Whether a pause keeps a step from what it calls for.
    fn is_kept(&self) -> bool {
        !self.paused.is_empty() && self.plan.ids().any(|step| self.turn_of(step).is_some())
    }

    fn act(&self, step: StepId, now: Timestamp) -> Option<Change> {
        Some(match self.next_move(step)? {
            Move::Skip => Change::Skipped { step, because: self.missing(step)? },
            Move::Ask => Change::Asked { question: Question::Step(step) },
            Move::Wait => Change::Waiting { step, until: self.wait_until(step, now) },
            Move::Deny => Change::Denied { step },
            Move::Lack => Change::Lacking { step, input: self.lacking(step)?.clone() },
            Move::Pass => Change::Passed { step },
            Move::Issue(_) if self.is_at_limit() => return None,
            Move::Issue(action) => {
                let deadline = self.deadline(step, &action, now)?;
                Change::Issued { call: self.upcoming(step, action)?, deadline }
            }
            Move::Judge => match self.step(step)? {
                StepState::Failing(word) => self.judge(step, *word, now)?,
                StepState::FailingUndo(why) => self.judge_undo(step, why, now)?,
                _ => return None,
            },
            Move::Clear => Change::Cleared { step },
            Move::Strand(why) => Change::Stranded { step, why },
            Move::Hold => Change::Held { step, by: self.dependent(step)? },
        })
    }

    /// When an attempt that is asked for now is given up.
    fn deadline(&self, step: StepId, action: &Action, now: Timestamp) -> Option<Timestamp> {
        let (planned, life) = (self.plan.step(step)?, self.lives.get(step.index())?);
        let deadline = now + planned.timeout;
        Some(match (action, planned.step_timeout) {
            (Action::Activate, Some(limit)) => deadline.min(life.since.unwrap_or(now) + limit),
            _ => deadline,
        })
    }

    /// What a step calls for, if anything. It is on the agenda as long as there is something.
    pub(super) fn next_move(&self, id: StepId) -> Option<Move> {
        let next = self.turn_of(id)?;
        let begins = matches!(next, Move::Issue(Action::Activate | Action::Undo(_)));
        (!begins || !self.is_paused(id)).then_some(next)
    }

    /// What a step calls for, pauses apart.
    fn turn_of(&self, id: StepId) -> Option<Move> {
        use StepState as S;
        let step = self.plan.step(id)?;
        let life = self.lives.get(id.index())?;
        match (self.course(), &self.order, &life.state) {
            _ if life.rests() => None,
            (Course::Up, _, S::Failing(_)) if life.is_exhausted && !life.is_cancelled => None,
            (Course::Up, _, S::Failing(_) | S::FailingUndo(_))
            | (Course::Back, _, S::FailingUndo(_)) => Some(Move::Judge),
            (Course::Up, Order::Up(counts), S::Waiting) => {
                let count = counts.get(id.index())?;
                match (count.barred, count.unmet) {
                    (1.., _) => Some(Move::Skip),
                    (0, 0) if self.has_question(id) => Some(Move::Ask),
                    (0, 0) => Some(match self.wait_of(id) {
                        Standing::Open => Move::Wait,
                        Standing::Denied => Move::Deny,
                        Standing::Met if self.lacking(id).is_some() => Move::Lack,
                        Standing::Met if step.system.is_none() => Move::Pass,
                        Standing::Met => Move::Issue(Action::Activate),
                    }),
                    (0, 1..) => None,
                }
            }
            (Course::Up, _, S::Again | S::Anew) => Some(Move::Issue(Action::Activate)),
            (Course::Up, _, S::Unverified(_)) => Some(Move::Issue(Action::Verify)),
            // Only a step that is not critical, or is begun anew: else the run has turned back already.
            (Course::Up, _, S::Unclean) => Some(reversal(&step.undo)),
            (Course::Back, Order::Back(counts), state) => {
                let count = counts.get(id.index())?;
                if !is_there(state) || count.live > 0 {
                    return None;
                }
                let stays = count.remaining > 0 || !self.halted.is_empty();
                match (stays, state) {
                    (true, S::Held) => None,
                    (true, _) => Some(Move::Hold),
                    (false, _) if step.system.is_none() => Some(Move::Clear),
                    (false, _) => Some(reversal(&step.undo)),
                }
            }
            // After the end nothing more is asked of the host.
            (Course::Ended, _, S::Unclean) => Some(match step.undo {
                Undo::Nothing => Move::Clear,
                Undo::Action(_) | Undo::Undeclared | Undo::Pivot => {
                    Move::Strand(Remains::LateSuccess)
                }
            }),
            _ => None,
        }
    }

    /// The first step that this one needs and that has ended without coming up.
    fn missing(&self, step: StepId) -> Option<StepId> {
        let mut needs = self.plan.predecessors(step).filter(|edge| edge.kind == EdgeKind::Needs);
        needs.find(|edge| self.step(edge.from).is_some_and(is_missing)).map(|edge| edge.from)
    }

    /// The first step that needs this one and remains, or is held; else the one whose undo failed and
    /// stopped the rollback.
    fn dependent(&self, step: StepId) -> Option<StepId> {
        let mut needs = self.plan.successors(step).filter(|edge| edge.kind == EdgeKind::Needs);
        let needs = needs.find(|edge| self.remaining.contains(&edge.to)).map(|edge| edge.to);
        needs.or_else(|| self.halted.first().copied())
    }

    /// The end, were the run to end now.
    fn account(&self) -> End {
        let cause = || {
            self.cause.clone().unwrap_or_else(|| {
                Cause::NonCritical(
                    self.failures.iter().filter_map(|step| self.failure(*step)).collect(),
                )
            })
        };
        if !self.remaining.is_empty() {
            return self.remainder(cause());
        }
        match (cause(), self.unmet()) {
            (Cause::NonCritical(failed), unmet) if failed.is_empty() && unmet.is_empty() => {
                End::Completed
            }
            (Cause::NonCritical(failed), unmet) => End::CompletedWithFailures { failed, unmet },
            (Cause::Cancelled, _) => End::Cancelled,
            (cause, _) => End::RolledBack { cause },
        }
    }

    /// The end of a run of which something remains. It is accepted once all of it is.
    fn remainder(&self, cause: Cause) -> End {
        let (mut residue, mut held) = (Vec::new(), Vec::new());
        let mut accepted = true;
        for id in &self.remaining {
            let Some(step) = self.plan.step(*id) else { continue };
            match self.step(*id) {
                Some(StepState::Stuck(why)) => {
                    accepted = false;
                    residue.push(Residue::new(&step.id, why.clone()));
                }
                Some(StepState::Accepted(why)) => residue.push(Residue::new(&step.id, why.clone())),
                _ => held.push(step.id.clone()),
            }
        }
        if accepted && !residue.is_empty() {
            End::Accepted { residue, held, cause }
        } else {
            End::Stuck { residue, held, cause }
        }
    }
}

/// How a step is reversed when its turn has come.
fn reversal(undo: &Undo) -> Move {
    match undo {
        Undo::Action(action) => Move::Issue(Action::Undo(action.clone())),
        Undo::Nothing => Move::Clear,
        Undo::Undeclared => Move::Strand(Remains::Undeclared),
        Undo::Pivot => Move::Strand(Remains::Pivot),
    }
}
