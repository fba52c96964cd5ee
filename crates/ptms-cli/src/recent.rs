//! Runs by their ids, without growing for ever. Knows nothing of what is kept of a run.

use std::collections::{BTreeMap, VecDeque};

use ptms::Name;

/// How many runs are remembered after their end: as many as the engine remembers, which can end a run
/// again when an outcome comes late.
const MAX_ENDED: usize = 10_000;

/// What is kept of the runs that are going on and of those that ended lately.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    runs: BTreeMap<Name, T>,
    /// The runs that have ended, in that order.
    ended: VecDeque<Name>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { runs: BTreeMap::new(), ended: VecDeque::new() }
    }
}

impl<T> Recent<T> {
    /// A run begins.
    pub(crate) fn begin(&mut self, run: &Name, kept: T) {
        self.runs.insert(run.clone(), kept);
    }

    /// A run has ended for the first time.
    pub(crate) fn end(&mut self, run: &Name) {
        self.ended.push_back(run.clone());
        if self.ended.len() > MAX_ENDED
            && let Some(oldest) = self.ended.pop_front()
        {
            self.runs.remove(&oldest);
        }
    }

    /// What is kept of a run, if it is remembered.
    pub(crate) fn get(&self, run: &Name) -> Option<&T> {
        self.runs.get(run)
    }

    /// Likewise, to change it.
    pub(crate) fn get_mut(&mut self, run: &Name) -> Option<&mut T> {
        self.runs.get_mut(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_ended_long_ago_are_forgotten() {
        let mut recent = Recent::default();
        let name = |number: usize| Name::from(number.to_string());
        for number in 0..MAX_ENDED + 2 {
            recent.begin(&name(number), number);
            if number != 0 {
                recent.end(&name(number));
            }
        }
        assert_eq!(recent.get(&name(0)), Some(&0), "is going on");
        assert_eq!(recent.get(&name(1)), None);
        assert_eq!(recent.runs.len(), MAX_ENDED + 1);
    }
}
