//! The undo relation, and what has no way back. Knows what was started, not how it went.

use std::collections::BTreeSet;

use ptms_core::Undo;

use super::{EdgeKind, Plan, StepId};

impl Plan {
    /// How to reverse what was started: groups that are undone one after the other; the steps of one
    /// group can be undone side by side. Every order of the plan is reversed, also where it leads
    /// through a step that was not started. What [stays](Plan::stays) is not among them, nor are ids that
    /// are not of this plan.
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
        let stays = self.stays(started);
        let goes = |id: &StepId| started.contains(id) && !stays.contains(id);
        // How many steps to undo lie after each step on the longest path, so how many groups go first.
        let mut depths = vec![0_usize; self.steps.len()];
        let mut groups: Vec<Vec<StepId>> = Vec::new();
        for id in self.ids().rev() {
            let after = self.successors(id).filter_map(|edge| {
                let depth = depths.get(edge.to.index())?;
                Some(depth + usize::from(goes(&edge.to)))
            });
            let depth = after.max().unwrap_or(0);
            if let Some(slot) = depths.get_mut(id.index()) {
                *slot = depth;
            }
            if goes(&id) {
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

    /// What of the started steps cannot be undone any more: the pivots among them, and all that these
    /// need, however indirectly. O(n + m), and a logarithm for the lookups.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::{SystemSpec, Undo};
    ///
    /// let mut migrate = SystemSpec::new("migrate-db");
    /// migrate.undo = Undo::Pivot;
    /// migrate.needs.push("db".into());
    /// let catalog = Catalog::new([migrate, SystemSpec::new("db")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("migrate-db")).unwrap();
    /// assert_eq!(plan.stays(&plan.ids().collect()).len(), 2);
    /// ```
    #[must_use]
    pub fn stays(&self, started: &BTreeSet<StepId>) -> BTreeSet<StepId> {
        let mut stays: BTreeSet<StepId> =
            self.pivots().filter(|pivot| started.contains(pivot)).collect();
        let mut open: Vec<StepId> = stays.iter().copied().collect();
        while let Some(step) = open.pop() {
            for edge in self.predecessors(step) {
                if edge.kind == EdgeKind::Needs
                    && started.contains(&edge.from)
                    && stays.insert(edge.from)
                {
                    open.push(edge.from);
                }
            }
        }
        stays
    }

    /// The steps beyond which there is no way back, in plan order.
    pub fn pivots(&self) -> impl Iterator<Item = StepId> {
        self.undone_by(&Undo::Pivot)
    }

    /// The steps that nobody has said how to undo, in plan order.
    pub fn without_undo(&self) -> impl Iterator<Item = StepId> {
        self.undone_by(&Undo::Undeclared)
    }

    fn undone_by(&self, undo: &Undo) -> impl Iterator<Item = StepId> {
        self.ids().filter(move |id| self.step(*id).is_some_and(|step| step.undo == *undo))
    }

    /// The steps that come after one that is a pivot, in plan order.
    pub(crate) fn beyond_pivots(&self) -> Vec<StepId> {
        let mut beyond = vec![false; self.steps.len()];
        let is_pivot = |id: StepId| self.step(id).is_some_and(|step| step.undo == Undo::Pivot);
        for id in self.ids() {
            let is_beyond = self.predecessors(id).any(|edge| {
                is_pivot(edge.from) || beyond.get(edge.from.index()).copied().unwrap_or(false)
            });
            if let Some(slot) = beyond.get_mut(id.index()) {
                *slot = is_beyond;
            }
        }
        self.ids().zip(beyond).filter(|(_, beyond)| *beyond).map(|(id, _)| id).collect()
    }
}
