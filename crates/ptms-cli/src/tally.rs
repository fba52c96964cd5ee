//! Counts what a replay reports, rule by rule. Shows nothing.

use ptms::Name;

use crate::entry::{Counts, End, Entry, Summary};
use crate::instant::Instant;
use crate::recent::Recent;

/// The counts so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    summary: Summary,
    runs: Recent<Run>,
}

/// What is kept of a run.
#[derive(Debug)]
struct Run {
    /// The rule whose firing started it.
    rule: Name,
    /// How it ended, so far.
    end: Option<End>,
}

impl Tally {
    /// Nothing counted, for a book of these rules.
    pub(crate) fn new(rules: impl IntoIterator<Item = Name>) -> Self {
        let rules = rules.into_iter().map(|rule| (rule, Counts::default())).collect();
        Self { summary: Summary { rules, ..Summary::default() }, runs: Recent::default() }
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
                self.runs.begin(run, Run { rule: rule.clone(), end: None });
            }
            Entry::Ended(ended) => self.ended(&ended.run, ended.end),
            Entry::KeyRefused { .. } => self.summary.keys_refused += 1,
            Entry::Evicted { .. } => self.summary.keys_evicted += 1,
            Entry::Refused { .. } => self.summary.refused += 1,
            Entry::Pending(_)
            | Entry::Resolved(_)
            | Entry::Queued { .. }
            | Entry::Verdict { .. }
            | Entry::Resolving(_)
            | Entry::Recurred(_)
            | Entry::Repeated(_)
            | Entry::Unknown { .. }
            | Entry::Perform(_)
            | Entry::Outcome { .. }
            | Entry::Resumed(_)
            | Entry::Summary(_) => {}
        }
    }

    /// A run ended, or ended otherwise than it had seemed.
    fn ended(&mut self, run: &Name, end: End) {
        let Some(known) = self.runs.get_mut(run) else { return };
        let before = known.end.replace(end);
        let rule = known.rule.clone();
        let counts = self.rule(&rule);
        *counts.runs(before) -= 1;
        *counts.runs(Some(end)) += 1;
        if before.is_none() {
            self.runs.end(run);
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
