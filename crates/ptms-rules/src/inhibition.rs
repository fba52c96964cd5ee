//! Which rule holds back which: `inhibited_by`. Knows no state.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::Name;

use crate::rule_set::Rule;

/// That the triggers of one rule hold back those of another, its target.
#[derive(Clone, Debug)]
pub(crate) struct Inhibition {
    pub(crate) source: usize,
    pub(crate) target: usize,
    /// The dimensions whose values must be equal, ordered by name; both rules have them.
    pub(crate) equal: Vec<Name>,
}

/// All of them in a book. Rules are known by their place in the order of evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inhibitions {
    pub(crate) list: Vec<Inhibition>,
    by_source: BTreeMap<usize, Vec<usize>>,
    by_target: BTreeMap<usize, Vec<usize>>,
}

impl Inhibitions {
    /// Those between these rules; one whose source is not among them comes to nothing.
    pub(crate) fn between(rules: &[Rule]) -> Self {
        let mut found = Self::default();
        let places = places(rules);
        for (target, rule) in rules.iter().enumerate() {
            for name in &rule.spec.inhibited_by {
                let Some(source) = places.get(name).copied() else { continue };
                let Some(of_source) = rules.get(source).map(|rule| &rule.spec.key) else {
                    continue;
                };
                let shared = || rule.spec.key.iter().filter(|name| of_source.contains(name));
                let equal = rule.spec.equal.clone();
                let equal = equal.unwrap_or_else(|| shared().cloned().collect());
                let index = found.list.len();
                found.list.push(Inhibition { source, target, equal });
                found.by_source.entry(source).or_default().push(index);
                found.by_target.entry(target).or_default().push(index);
            }
        }
        found
    }

    /// Those of which a rule is the source, by their places in the list.
    pub(crate) fn by(&self, source: usize) -> impl Iterator<Item = (usize, &Inhibition)> {
        self.at(self.by_source.get(&source))
    }

    /// Those of which a rule is the target, likewise.
    pub(crate) fn of(&self, target: usize) -> impl Iterator<Item = (usize, &Inhibition)> {
        self.at(self.by_target.get(&target))
    }

    fn at<'a>(
        &'a self,
        places: Option<&'a Vec<usize>>,
    ) -> impl Iterator<Item = (usize, &'a Inhibition)> {
        let places = places.into_iter().flatten();
        places.filter_map(|place| Some((*place, self.list.get(*place)?)))
    }
}

/// The rules so that each comes after those that hold it back, otherwise in the order given.
pub(crate) fn in_order(rules: Vec<Rule>) -> Vec<Rule> {
    let places = places(&rules);
    let mut waiting: Vec<usize> = Vec::new();
    let mut held: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (target, rule) in rules.iter().enumerate() {
        let sources = rule.spec.inhibited_by.iter().filter_map(|name| places.get(name));
        let sources: Vec<usize> = sources.copied().collect();
        waiting.push(sources.len());
        sources.iter().for_each(|source| held.entry(*source).or_default().push(target));
    }
    let free = waiting.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BTreeSet<usize> = free.map(|(index, _)| index).collect();
    let mut rules: Vec<Option<Rule>> = rules.into_iter().map(Some).collect();
    let mut ordered = Vec::new();
    while let Some(index) = ready.pop_first() {
        ordered.extend(rules.get_mut(index).and_then(Option::take));
        for target in held.get(&index).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*target) {
                *count -= 1;
                ready.extend(Some(*target).filter(|_| *count == 0));
            }
        }
    }
    // Those of a circle are a fault of the book, which is not run.
    ordered.extend(rules.into_iter().flatten());
    ordered
}

fn places(rules: &[Rule]) -> BTreeMap<Name, usize> {
    if rules.iter().all(|rule| rule.spec.inhibited_by.is_empty()) {
        return BTreeMap::new();
    }
    rules.iter().enumerate().map(|(index, rule)| (rule.spec.id.clone(), index)).collect()
}
