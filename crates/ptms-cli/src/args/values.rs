//! Values of the command line that have a form of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `COLUMN=FACT` of `--set`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ColumnFact {
    /// A column of the CSV file.
    pub(crate) column: String,
    /// The fact that it sets.
    pub(crate) fact: String,
}

impl FromStr for ColumnFact {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A fact's name never holds `=`, a column's may.
        match text.rsplit_once('=') {
            Some((column, fact)) if !column.is_empty() && !fact.is_empty() => {
                Ok(Self { column: column.to_owned(), fact: fact.to_owned() })
            }
            _ => Err("expected COLUMN=FACT, such as value=temperature"),
        }
    }
}

/// A step of `--fail` or `--silence`: its id, perhaps with the name of its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StepName(pub(crate) String);

impl StepName {
    /// Whether this names the step `step` of the plan `plan`. A plan is called after its workflow,
    /// then after the systems beside it: `emergency-debugging+PTT`.
    pub(crate) fn names(&self, plan: &str, step: &str) -> bool {
        let workflow = plan.split('+').next().unwrap_or(plan);
        match self.0.rsplit_once('/') {
            Some((named, id)) => id == step && (named == workflow || named == plan),
            None => self.0 == step,
        }
    }
}

impl FromStr for StepName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// `[RULE=]N` of `--allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowed {
    /// Of which rule; `None` for all that have no allowance of their own.
    pub(crate) rule: Option<String>,
    /// How many differences.
    pub(crate) count: usize,
}

impl FromStr for Allowed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rule, count) = match text.rsplit_once('=') {
            Some((rule, count)) => (Some(rule.to_owned()), count),
            None => (None, text),
        };
        let count = count.parse().map_err(|_| "expected N or RULE=N, such as slow-response=3")?;
        Ok(Self { rule, count })
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(out, "{} of {rule}", self.count),
            None => write!(out, "{}", self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_alone_or_with_their_plan() {
        let names = |text: &str| StepName(text.into()).names("emergency+PTT", "collect");
        assert!(names("collect") && names("emergency/collect") && names("emergency+PTT/collect"));
        assert!(!names("emergency") && !names("other/collect") && !names("emergency/x"));
    }
}
