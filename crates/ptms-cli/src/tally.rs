//! Counts what a replay reports, rule by rule. Shows nothing.

use std::collections::BTreeMap;

use ptms::Name;

use crate::entry::{Counts, End, Entry, Summary};
use crate::instant::Instant;

/// The counts so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    summary: Summary,
    /// The rules whose firing started the runs that are going on.
    open: BTreeMap<Name, Name>,
}

impl Tally {
    /// Nothing counted, for a book of these rules.
    pub(crate) fn new(rules: impl IntoIterator<Item = Name>) -> Self {
        let rules = rules.into_iter().map(|rule| (rule, Counts::default())).collect();
        Self { summary: Summary { rules, ..Summary::default() }, open: BTreeMap::new() }
    }

    /// One line of the stream was fed to the engine.
    pub(crate) fn input(&mut self, at: Instant) {
        self.summary.inputs += 1;
        self.summary.from.get_or_insert(at);
        self.summary.to = Some(at);
    }

    /// Counts an entry.
    pub(crate) fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Fired(fired) => self.rule(&fired.rule).fired += 1,
            Entry::Dropped { rule, .. } => self.rule(rule).dropped += 1,
            Entry::Fault { rule, .. } => self.rule(rule).faults += 1,
            Entry::Started { run, rule, .. } => {
                self.rule(rule).open += 1;
                self.open.insert(run.clone(), rule.clone());
            }
            Entry::Ended { run, end, .. } => {
                let Some(rule) = self.open.remove(run) else { return };
                let counts = self.rule(&rule);
                counts.open -= 1;
                match end {
                    End::Completed => counts.completed += 1,
                    End::CompletedWithFailures { .. } => counts.completed_with_failures += 1,
                    End::RolledBack { .. } => counts.rolled_back += 1,
                    End::Stuck { .. } => counts.stuck += 1,
                }
            }
            Entry::Refused { .. } => self.summary.refused += 1,
            Entry::Pending(_)
            | Entry::Resolved(_)
            | Entry::Perform(_)
            | Entry::Outcome { .. }
            | Entry::Summary(_) => {}
        }
    }

    /// What was counted.
    pub(crate) fn into_summary(self) -> Summary {
        self.summary
    }

    fn rule(&mut self, rule: &Name) -> &mut Counts {
        self.summary.rules.entry(rule.clone()).or_default()
    }
}
