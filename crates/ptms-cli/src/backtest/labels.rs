//! When a firing was right: labelled history. Knows no stream and no engine.
//!
//! Two forms are read; `docs/backtest.md` describes them. JSON lines, each an interval, and the one object
//! of the Numenta Anomaly Benchmark, whose keys are the names of series.

use std::path::Path;

use ptms::{Book, Key, Name, Timestamp};
use serde::Deserialize;

use crate::book::read_text;
use crate::exit::Failure;
use crate::instant::parse_lenient;
use crate::words::did_you_mean;

/// Intervals in which a firing was right.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// By beginning.
    pub(super) intervals: Vec<Interval>,
}

/// From an instant to another, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Whose firing; `None` for that of any rule.
    pub(super) rule: Option<Name>,
    /// Of which keys: those that have all of these dimensions.
    pub(super) key: Key,
}

impl Interval {
    /// Whether it is about firings of this rule at all.
    pub(super) fn concerns(&self, rule: &str) -> bool {
        self.rule.as_ref().is_none_or(|of| of == rule)
    }

    /// Whether a firing of the rule for this key would be right at some time.
    pub(super) fn fits(&self, rule: &str, key: &Key) -> bool {
        self.concerns(rule) && self.key.iter().all(|(name, value)| key.value(name) == Some(value))
    }

    /// Whether the instant lies in it.
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    from: String,
    to: String,
    rule: Option<Name>,
    #[serde(default)]
    key: Key,
}

impl Labels {
    /// Reads the labels of the stream from a file.
    pub(super) fn read(path: &Path, stream: Option<&Path>, book: &Book) -> Result<Self, Failure> {
        let text = read_text(path).map_err(Failure::unreadable)?;
        let series = stream.and_then(Path::file_name).map(|name| name.to_string_lossy());
        let labels = Self::parse(&text, series.as_deref().unwrap_or_default());
        let labels =
            labels.map_err(|fault| Failure::unreadable(format!("{}{fault}", path.display())))?;
        for rule in labels.intervals.iter().filter_map(|interval| interval.rule.as_ref()) {
            if !book.rules().any(|spec| spec.id == *rule) {
                let near = did_you_mean(rule, book.rules().map(|spec| spec.id.as_str()));
                let message =
                    format!("{}: no rule {:?} is declared{near}", path.display(), &**rule);
                return Err(Failure::unreadable(message));
            }
        }
        Ok(labels)
    }

    fn parse(text: &str, series: &str) -> Result<Self, String> {
        let by_series: Result<std::collections::BTreeMap<String, Vec<(String, String)>>, _> =
            serde_json::from_str(text);
        let mut intervals = match by_series {
            Ok(all) if !all.is_empty() => {
                let Some(found) = all.get(series) else {
                    let near = did_you_mean(series, all.keys().map(String::as_str));
                    return Err(format!(": it has no series {series:?}{near}"));
                };
                let interval =
                    |(from, to): &(String, String)| interval(from, to, None, Key::default());
                found
                    .iter()
                    .map(interval)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|fault| format!(": {fault}"))?
            }
            _ => lines(text)?,
        };
        if intervals.is_empty() {
            return Err(": it has no label".to_owned());
        }
        intervals.sort_by_key(|interval| (interval.from, interval.to));
        Ok(Self { intervals })
    }
}

fn lines(text: &str) -> Result<Vec<Interval>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        let placed = |fault: String| format!(":{}: {fault}", index + 1);
        let line: Line = serde_json::from_str(line).map_err(|fault| {
            let text = fault.to_string();
            placed(text.split(" at line ").next().unwrap_or_default().to_owned())
        })?;
        interval(&line.from, &line.to, line.rule, line.key).map_err(placed)
    };
    lines.map(read).collect()
}

fn interval(from: &str, to: &str, rule: Option<Name>, key: Key) -> Result<Interval, String> {
    let instant = |text: &str| parse_lenient(text).map_err(|fault| format!("{text:?} {fault}"));
    let interval = Interval { from: instant(from)?, to: instant(to)?, rule, key };
    if interval.to < interval.from {
        return Err(format!("the label ends at {to:?}, before it begins"));
    }
    Ok(interval)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let shown = match Labels::parse(text, "a.csv") {
            Ok(labels) => {
                let shown = labels.intervals.iter().map(|one| {
                    format!("{} to {} {:?} [{}]\n", one.from, one.to, one.rule, one.key)
                });
                shown.collect()
            }
            Err(fault) => fault,
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn two_forms_are_read() {
        check(
            r#"
{"from": "2014-01-02T00:00:00Z", "to": "2014-01-03T00:00:00Z", "rule": "hot"}
{"from": "2014-01-01T00:00:00Z", "to": "2014-01-01T00:00:00Z", "key": {"host": "a"}}
"#,
            &expect![[r#"
                1388534400.000000000 to 1388534400.000000000 None [host=a]
                1388620800.000000000 to 1388707200.000000000 Some("hot") []
            "#]],
        );
        check(
            r#"{"a.csv": [["2014-01-01 00:00:00.000000", "2014-01-01 00:00:01"]], "b.csv": []}"#,
            &expect![[r#"
                1388534400.000000000 to 1388534401.000000000 None []
            "#]],
        );
    }

    #[test]
    fn what_is_no_label() {
        check("", &expect![": it has no label"]);
        check(
            r#"{"b.csv": [["1", "2"]]}"#,
            &expect![[r#": it has no series "a.csv" (did you mean "b.csv"?)"#]],
        );
        check(
            r#"{"from": "2", "to": "1"}"#,
            &expect![[r#":1: the label ends at "1", before it begins"#]],
        );
        check(
            "\n{\"from\": \"now\", \"to\": \"1\"}",
            &expect![[
                r#":2: "now" is no time: write 2026-11-20T10:00:00.250Z or whole nanoseconds"#
            ]],
        );
        check(
            r#"{"form": "2", "to": "1"}"#,
            &expect![[r#":1: unknown field `form`, expected one of `from`, `to`, `rule`, `key`"#]],
        );
    }
}
