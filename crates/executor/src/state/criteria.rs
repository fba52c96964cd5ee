//! Whether the run has done what it was for: its success criteria, each asked once, when all steps have
//! ended. First what is decided, then what changes.

use serde::Serialize;

use super::{Course, State};
use crate::end::Unmet;
use crate::error::Refusal;
use crate::output::Question;

/// How a success criterion stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) enum Judgement {
    /// Not asked yet.
    #[default]
    Open,
    /// The engine above is to say.
    Asked,
    /// It has said so; `None` if nobody could tell.
    Judged(Option<bool>),
}

impl State {
    pub(super) fn criterion(&self, index: u32) -> Option<Judgement> {
        self.criteria.get(index as usize).copied()
    }

    /// The first criterion that is still to be asked for.
    pub(super) fn open_criterion(&self) -> Option<Question> {
        let open = self.criteria.iter().position(|one| *one == Judgement::Open)?;
        Some(Question::Criterion(open as u32))
    }

    /// Whether a criterion was asked for, and nothing was said yet.
    pub(super) fn awaits_criteria(&self) -> bool {
        self.criteria.contains(&Judgement::Asked)
    }

    /// The criteria that are not true.
    pub(super) fn unmet(&self) -> Vec<Unmet> {
        self.missed(false).collect()
    }

    /// The first of them that is required.
    pub(super) fn unmet_requirement(&self) -> Option<Unmet> {
        self.missed(true).next()
    }

    fn missed(&self, only_required: bool) -> impl Iterator<Item = Unmet> {
        self.plan.success().iter().zip(&self.criteria).filter_map(move |(criterion, stands)| {
            let Judgement::Judged(verdict) = stands else { return None };
            let counts = *verdict != Some(true) && (criterion.required || !only_required);
            let condition = &criterion.condition;
            counts.then(|| Unmet::new(&condition.workflow, &condition.text, *verdict))
        })
    }

    pub(super) fn asked_criterion(&mut self, index: u32) -> Result<(), Refusal> {
        match self.criteria.get_mut(index as usize) {
            Some(stands @ Judgement::Open) => {
                *stands = Judgement::Asked;
                Ok(())
            }
            _ => Err(Refusal::Run("this criterion is not to be asked for")),
        }
    }

    pub(super) fn judged_criterion(
        &mut self,
        index: u32,
        verdict: Option<bool>,
    ) -> Result<(), Refusal> {
        let is_up = self.course() == Course::Up;
        match self.criteria.get_mut(index as usize) {
            Some(stands @ Judgement::Asked) if is_up => {
                *stands = Judgement::Judged(verdict);
                Ok(())
            }
            _ => Err(Refusal::Run("nobody asked for this verdict")),
        }
    }
}
