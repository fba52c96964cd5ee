//! Numbers grouped by a number: adjacency without a vector per node. Knows nothing of what is numbered.

/// The members `0..n`, grouped. Within a group they ascend.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    // INVARIANT: ascending, one longer than there are groups; group g is members[starts[g]..starts[g + 1]].
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Groups {
    /// Puts member i into group `group_of[i]` of `count`; a counting sort. Members of groups that do
    /// not exist are left out.
    pub(crate) fn new(count: usize, group_of: impl Iterator<Item = u32> + Clone) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for group in group_of.clone() {
            if let Some(size) = starts.get_mut(group as usize + 1) {
                *size += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut members = vec![0; total as usize];
        for (member, group) in group_of.enumerate().filter(|(_, group)| (*group as usize) < count) {
            if let Some(place) = next.get_mut(group as usize) {
                if let Some(slot) = members.get_mut(*place as usize) {
                    *slot = member as u32;
                }
                *place += 1;
            }
        }
        Self { starts, members }
    }

    /// How many groups there are.
    pub(crate) const fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The members of a group; none for a group that does not exist.
    pub(crate) fn of(&self, group: usize) -> &[u32] {
        let bounds = self.starts.get(group).zip(self.starts.get(group + 1));
        bounds.and_then(|(from, to)| self.members.get(*from as usize..*to as usize)).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_ascend_within_their_group() {
        let groups = Groups::new(3, [2, 0, 2, 9].into_iter());
        assert_eq!(
            (groups.of(0), groups.of(1), groups.of(2), groups.of(3)),
            (&[1][..], &[][..], &[0, 2][..], &[][..])
        );
    }
}
