//! What differs between two books over one stream, by rule. Shows nothing.

use std::collections::{BTreeMap, BTreeSet};

use ptms::{Duration, Key, Name, Timestamp};

use super::matching::{Fate, fates};
use super::reason::{Reason, reason};
use super::side::{Fired, Side, Starts};
use crate::args::Allowed;

/// Every rule of either book.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) rules: BTreeMap<Name, OfRule>,
}

/// What differs of a rule.
#[derive(Debug)]
pub(super) struct OfRule {
    /// How often it fired, in the old book and in the new.
    pub(super) fired: (usize, usize),
    pub(super) reason: Reason,
    /// Firings that are not the same, in order of time, with their keys.
    pub(super) changes: Vec<(Key, Fate)>,
    /// Firings that both have, and that start a run in only one of them.
    pub(super) starts: Vec<(Key, Timestamp, Starts)>,
    /// Firings that start another plan than before, and how the plan differs.
    pub(super) plans: Option<(usize, String)>,
}

impl OfRule {
    /// How many differences there are.
    pub(super) fn count(&self) -> usize {
        self.changes.len() + self.starts.len() + self.plans.as_ref().map_or(0, |(count, _)| *count)
    }
}

impl Compared {
    /// How many differences there are.
    pub(super) fn count(&self) -> usize {
        self.rules.values().map(OfRule::count).sum()
    }

    /// Whether there are no more differences than allowed: a rule that has an allowance of its own keeps
    /// to that, all others together to the general one, which is 0 if none is given.
    pub(super) fn within(&self, allowed: &[Allowed]) -> bool {
        let own = |id: &Name| allowed.iter().rfind(|one| one.rule.as_deref() == Some(id.as_str()));
        let general = allowed.iter().rfind(|one| one.rule.is_none()).map_or(0, |one| one.count);
        let mut others = 0;
        for (id, rule) in &self.rules {
            match own(id) {
                Some(allowed) if rule.count() > allowed.count => return false,
                Some(_) => {}
                None => others += rule.count(),
            }
        }
        others <= general
    }
}

/// Compares what two books said.
pub(super) fn compare(old: &Side, new: &Side, within: Duration) -> Compared {
    let ids = old.book.rules().chain(new.book.rules()).map(|rule| rule.id.clone());
    let mut rules: BTreeMap<Name, OfRule> =
        ids.map(|id| (id.clone(), of_rule(&id, old, new))).collect();
    let none = Vec::new();
    let keys: BTreeSet<&(Name, Key)> = old.firings.keys().chain(new.firings.keys()).collect();
    for key in keys {
        let before = old.firings.get(key).unwrap_or(&none);
        let after = new.firings.get(key).unwrap_or(&none);
        let Some(rule) = rules.get_mut(&key.0) else { continue };
        let at = |fired: &[Fired]| fired.iter().map(|fired| fired.at).collect::<Vec<_>>();
        for fate in fates(&at(before), &at(after), within) {
            match fate {
                Fate::Same(at) => rule.same(&key.1, at, before, after),
                _ => rule.changes.push((key.1.clone(), fate)),
            }
        }
    }
    for rule in rules.values_mut() {
        rule.changes.sort_by_key(|(_, fate)| fate.at());
        // That a plan differs concerns nobody where it is not started.
        rule.plans = rule.plans.take().filter(|(count, _)| *count > 0);
    }
    Compared { rules }
}

fn of_rule(id: &Name, old: &Side, new: &Side) -> OfRule {
    let plans = (old.book.plan_of(id), new.book.plan_of(id));
    let differs = match plans {
        (Some(before), Some(after)) if before.digest() != after.digest() => {
            Some((0, after.diff(before).to_string()))
        }
        _ => None,
    };
    OfRule {
        fired: (old.count(id), new.count(id)),
        reason: reason(id, &old.book, &new.book),
        changes: Vec::new(),
        starts: Vec::new(),
        plans: differs,
    }
}

impl OfRule {
    /// Both books have a firing at this instant.
    fn same(&mut self, key: &Key, at: Timestamp, old: &[Fired], new: &[Fired]) {
        let starts = |fired: &[Fired]| {
            let found = fired.binary_search_by_key(&at, |fired| fired.at).ok();
            found.and_then(|index| fired.get(index)).map(|fired| fired.starts)
        };
        match (starts(old), starts(new)) {
            (Some(Starts::Run), Some(Starts::Run)) => {
                if let Some((count, _)) = &mut self.plans {
                    *count += 1;
                }
            }
            (Some(before), Some(after)) if before != after => {
                self.starts.push((key.clone(), at, after));
            }
            _ => {}
        }
    }
}
