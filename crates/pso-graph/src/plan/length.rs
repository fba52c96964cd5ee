//! How long steps take, as far as anybody has said. Knows nothing of who runs beside whom.

use ptms_core::Duration;
use ptms_core::step::Awaited;

use super::{Plan, Step, StepId};

impl Plan {
    /// How long the step takes, as far as is known: its estimate or the default, behind its timer if it
    /// has one; for a step that is done for each of a list as often as [`Plan::width`] items at a time
    /// make up the longest list. What only waits for a timer takes no time beside it. How long a signal or
    /// an approval lets a step wait before it does something, nobody knows, and it counts as nothing.
    #[must_use]
    pub fn duration(&self, step: StepId) -> Duration {
        self.length(step, self.default_estimate)
    }

    /// How many items of the step are under way at once at the most: as many as the pools have room for;
    /// one alone where it writes something exclusive. One for a step that is done once.
    #[must_use]
    pub fn width(&self, step: StepId) -> u32 {
        self.step(step).map_or(1, |step| self.width_of(step))
    }

    fn width_of(&self, step: &Step) -> u32 {
        let Some(each) = step.for_each.as_ref().filter(|_| step.claims.exclusive.is_empty()) else {
            return 1;
        };
        let fits = step.claims.uses.iter().filter_map(|claim| {
            let found = self.pools.binary_search_by(|pool| pool.name.cmp(&claim.pool));
            let pool = self.pools.get(found.ok()?)?;
            Some(pool.free().checked_div(claim.units)?.max(1))
        });
        let most = u64::from(each.max.max(1));
        u32::try_from(fits.fold(most, u64::min)).unwrap_or(u32::MAX)
    }

    /// Whether nobody has said how long the step takes, so that the default is assumed.
    pub(crate) fn is_assumed(&self, step: StepId) -> bool {
        self.step(step).is_some_and(|step| step.estimate.is_none() && !only_timed(step))
    }

    /// The duration where a step without an estimate takes so long.
    fn length(&self, id: StepId, default: Duration) -> Duration {
        let Some(step) = self.step(id) else { return default };
        let timer = timer(step).unwrap_or_default();
        let once = match step.estimate {
            None if only_timed(step) => Duration::ZERO,
            estimate => estimate.unwrap_or(default),
        };
        let rounds =
            step.for_each.as_ref().map_or(1, |each| each.max.div_ceil(self.width_of(step)));
        let all = once.as_nanos().saturating_mul(rounds.into()).saturating_add(timer.as_nanos());
        Duration::from_nanos(all).unwrap_or(Duration::MAX)
    }

    /// Whether all steps one after the other take no more than [`Duration::MAX`], so that no sum of
    /// their durations overflows.
    pub(crate) fn adds_up(&self) -> bool {
        let mut durations = self.ids().map(|step| self.duration(step).as_nanos());
        durations.try_fold(0_i64, i64::checked_add).is_some()
    }

    /// The length of the longest path, where a step without an estimate takes so long.
    pub(crate) fn path(&self, default: Duration) -> Duration {
        let mut starts = vec![Duration::ZERO; self.steps.len()];
        let mut end = Duration::ZERO;
        for id in self.ids() {
            let start = starts.get(id.index()).copied().unwrap_or_default();
            let finish = start.saturating_add(self.length(id, default));
            end = end.max(finish);
            for edge in self.successors(id) {
                if let Some(slot) = starts.get_mut(edge.to.index()) {
                    *slot = finish.max(*slot);
                }
            }
        }
        end
    }
}

fn timer(step: &Step) -> Option<Duration> {
    match step.wait.as_ref()?.awaited {
        Awaited::Timer(span) => Some(span),
        Awaited::Signal(_) | Awaited::Approval(_) => None,
    }
}

/// Whether the step does nothing but wait for a timer.
fn only_timed(step: &Step) -> bool {
    step.system.is_none() && timer(step).is_some()
}
