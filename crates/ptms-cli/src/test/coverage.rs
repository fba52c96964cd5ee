//! What the tests have seen of the rules: which outcomes of which condition. Runs nothing.
//!
//! Of every condition two outcomes count, true and false: a rule that was never seen to be one of them
//! is half tested. Unknown and fault are shown and not counted, as many conditions can be neither.

use std::collections::BTreeMap;

use ptms::{Book, Name, Verdicts};
use serde::Serialize;

/// What was seen, by rule.
#[derive(Debug)]
pub(super) struct Coverage {
    rules: BTreeMap<Name, Verdicts>,
}

/// What was seen of one rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Line<'a> {
    pub(super) rule: &'a Name,
    #[serde(flatten)]
    pub(super) seen: Verdicts,
}

impl Coverage {
    /// Nothing seen of the rules of the book.
    pub(super) fn new(book: &Book) -> Self {
        let rules = book.rules().map(|rule| (rule.id.clone(), Verdicts::default()));
        Self { rules: rules.collect() }
    }

    /// What one test has seen.
    pub(super) fn add(&mut self, verdicts: &[(Name, Verdicts)]) {
        for (rule, more) in verdicts {
            let seen = self.rules.entry(rule.clone()).or_default();
            seen.known_true += more.known_true;
            seen.known_false += more.known_false;
            seen.unknown += more.unknown;
            seen.fault += more.fault;
        }
    }

    /// The outcomes that were seen, and all that count.
    pub(super) fn outcomes(&self) -> (usize, usize) {
        let seen = |verdicts: &Verdicts| {
            usize::from(verdicts.known_true > 0) + usize::from(verdicts.known_false > 0)
        };
        (self.rules.values().map(seen).sum(), 2 * self.rules.len())
    }

    /// The outcomes that were seen, in percent; 100 for a book without rules.
    pub(super) fn percent(&self) -> f64 {
        match self.outcomes() {
            (_, 0) => 100.0,
            (seen, all) => 100.0 * seen as f64 / all as f64,
        }
    }

    /// By rule.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.rules.iter().map(|(rule, seen)| Line { rule, seen: *seen })
    }
}
