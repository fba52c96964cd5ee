//! What the death of the host says of what was under way.

use ptms_core::Timestamp;

use super::answers::Standing;
use super::{Course, State};
use crate::end::Fault;
use crate::error::Refusal;
use crate::key::Action;
use crate::record::{Call, Recovery};
use crate::step::{Event, StepState};

impl State {
    /// The host comes back after its death with what it found out. What it does not know of is asked
    /// for again where that is safe; an activation that is not idempotent settles.
    pub(super) fn recovered(
        &mut self,
        at: Timestamp,
        fence: u64,
        found: &[(Call, Recovery)],
    ) -> Result<(), Refusal> {
        if fence <= self.fence {
            return Err(Refusal::Run("a recovery has a greater fence than all before it"));
        }
        if found.iter().any(|(call, _)| self.under_way(call.step).as_ref() != Some(call)) {
            return Err(Refusal::Run("a recovery speaks only of what is under way"));
        }
        self.fence = fence;
        for (call, _) in self.all_under_way() {
            match found.iter().find(|(known, _)| *known == call).map(|(_, recovery)| recovery) {
                Some(Recovery::Became(outcome)) => self.answered(&call, outcome, at)?,
                Some(Recovery::StillRunning) => {
                    let timeout = self.plan.step(call.step).map(|step| step.timeout);
                    self.postpone(call.step, at + timeout.unwrap_or_default());
                }
                None => self.lost(&call, at)?,
            }
        }
        Ok(())
    }

    /// Nobody knows what became of an effect over which the host died.
    fn lost(&mut self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        let is_idempotent = self.plan.step(call.step).is_some_and(|step| step.idempotent);
        match call.action {
            Action::Activate if self.step(call.step) == Some(&StepState::Settling) => return Ok(()),
            Action::Activate if !(is_idempotent && self.course() == Course::Up) => {
                return self.give_up(call.step, at, Fault::Unknown);
            }
            Action::Activate | Action::Verify | Action::Undo(_) => {}
        }
        // A step that came back while it was being undone is owed another undo, under a key of its own.
        let came_back = self.step(call.step) == Some(&StepState::Undoing { again: true });
        self.conclude(call, Standing::Open, &Event::Lose, (None, at))?;
        if let Some(life) = self.lives.get_mut(call.step.index()) {
            life.undo_open = matches!(call.action, Action::Undo(_)) && !came_back;
        }
        self.silent.insert(call.clone());
        Ok(())
    }
}
