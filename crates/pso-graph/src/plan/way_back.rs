//! The undo relation. Knows what was started, not how it went.

use std::collections::BTreeSet;

use super::{Plan, StepId};

impl Plan {
    /// How to reverse what was started: groups that are undone one after the other; the steps of one
    /// group can be undone side by side. Every order of the plan is reversed, also where it leads
    /// through a step that was not started. Ids that are not of this plan are left out.
    ///
    /// Any set of steps may be given. O(n + m), and a logarithm for the lookups in `started`.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::SystemSpec;
    ///
    /// let mut pat = SystemSpec::new("PAT");
    /// pat.needs.push("PFD".into());
    /// let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("PAT")).unwrap();
    /// let back = plan.way_back(&plan.ids().collect());
    /// assert_eq!(back, [[plan.find("PAT").unwrap()], [plan.find("PFD").unwrap()]]);
    /// ```
    #[must_use]
    pub fn way_back(&self, started: &BTreeSet<StepId>) -> Vec<Vec<StepId>> {
        // How many started steps lie after each step on the longest path, so how many groups go first.
        let mut depths = vec![0_usize; self.steps.len()];
        let mut groups: Vec<Vec<StepId>> = Vec::new();
        for id in self.ids().rev() {
            let after = self.successors(id).filter_map(|edge| {
                let depth = depths.get(edge.to.index())?;
                Some(depth + usize::from(started.contains(&edge.to)))
            });
            let depth = after.max().unwrap_or(0);
            if let Some(slot) = depths.get_mut(id.index()) {
                *slot = depth;
            }
            if started.contains(&id) {
                if groups.len() <= depth {
                    groups.resize_with(depth + 1, Vec::new);
                }
                if let Some(group) = groups.get_mut(depth) {
                    group.push(id);
                }
            }
        }
        groups
    }
}
