//! The table at the end of a replay: what every rule did, at 80 columns.

use std::fmt::Write;

use crate::entry::{Counts, Summary};
use crate::instant::Instant;
use crate::screen::{BOLD, styled};
use crate::words::{WIDTH, counted, cut, grouped, wrapped};

/// A column: its head, and its number of a rule.
type Column = (&'static str, fn(&Counts) -> usize);

const COLUMNS: [Column; 8] = [
    ("fired", |counts| counts.fired),
    ("dropped", |counts| counts.dropped),
    ("faults", |counts| counts.faults),
    ("completed", |counts| counts.completed),
    ("partly", |counts| counts.completed_with_failures),
    ("undone", |counts| counts.rolled_back),
    ("stuck", |counts| counts.stuck),
    ("open", |counts| counts.open),
];

/// The whole summary, without a line end.
pub(crate) fn table(summary: &Summary) -> String {
    let mut text = format!("\n{}\n", heading(summary));
    let total = summary.total();
    if total != Counts::default() {
        text.push('\n');
        // A column in which nothing stands says nothing; that of the firings always stands.
        let columns: Vec<_> = COLUMNS
            .into_iter()
            .filter(|(head, number)| *head == "fired" || number(&total) > 0)
            .collect();
        let heads = columns.iter().map(|(head, _)| (*head).to_owned());
        let longest = summary.rules.keys().map(|rule| rule.chars().count()).max().unwrap_or(0);
        let numbers: usize = columns.iter().map(width).sum();
        let left = longest.max("rule".len()).min(WIDTH - numbers);
        text.push_str(&styled(BOLD, row("rule", left, heads, &columns)));
        text.push('\n');
        let active = summary.rules.iter().filter(|(_, counts)| **counts != Counts::default());
        let active: Vec<_> = active.map(|(rule, counts)| (rule.as_str(), *counts)).collect();
        let all = (active.len() > 1).then_some(("all", total));
        for (rule, counts) in active.into_iter().chain(all) {
            let numbers = columns.iter().map(|(_, number)| number(&counts));
            text.push_str(&row(rule, left, numbers.map(dash_or), &columns));
            text.push('\n');
        }
    }
    let silent = summary.rules.iter().filter(|(_, counts)| counts.fired == 0);
    let silent: Vec<_> = silent.map(|(rule, _)| rule.as_str()).collect();
    if !silent.is_empty() {
        let head = "never fired: ";
        let names = wrapped(&silent.join(", "), WIDTH - head.len(), head.len());
        let _ = write!(text, "\n{head}{names}\n");
    }
    let _ = write!(text, "\n{}", verdict(&total));
    text
}

/// `22,695 inputs from 2013-12-02 21:15:00 to 2014-02-19 15:25:00 UTC`, and how many lines were refused
fn heading(summary: &Summary) -> String {
    let mut text = match (summary.from, summary.to) {
        (Some(from), Some(to)) => {
            let at = |at: Instant| format!("{} {}", at.day(), at.clock());
            let inputs = counted(summary.inputs, "input");
            format!("{inputs} from {} to {} UTC", at(from), at(to))
        }
        _ => "no inputs".to_owned(),
    };
    if summary.refused > 0 {
        let _ = write!(text, "\n{} refused", counted(summary.refused, "line"));
    }
    if summary.keys_refused > 0 {
        let keys = counted(summary.keys_refused, "event");
        let _ = write!(text, "\n{keys} left out: the book allows no more keys");
    }
    text
}

fn verdict(total: &Counts) -> String {
    let incomplete = total.incomplete();
    match total.completed + incomplete {
        0 => "no run was started".to_owned(),
        1 if incomplete == 0 => "1 run, completed".to_owned(),
        runs if incomplete == 0 => format!("{}, all completed", counted(runs, "run")),
        runs => format!("{}, {} did not complete", counted(runs, "run"), grouped(incomplete)),
    }
}

fn dash_or(number: usize) -> String {
    if number == 0 { "-".to_owned() } else { grouped(number) }
}

/// Room for the head, and for numbers of six digits with one blank before them.
fn width((head, _): &Column) -> usize {
    (head.len() + 2).max("100,000".len() + 1)
}

/// A line of the table; of a rule's name as much as `left` columns hold.
fn row(rule: &str, left: usize, cells: impl Iterator<Item = String>, columns: &[Column]) -> String {
    let mut text = format!("{:<left$}", cut(rule, left));
    for (cell, column) in cells.zip(columns) {
        let _ = write!(text, "{cell:>width$}", width = width(column));
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use ptms::Timestamp;

    use super::*;

    fn check(rules: &[(&str, Counts)], refused: usize, expected: &Expect) {
        let at = |secs| Some(Instant(Timestamp::from_secs(secs)));
        let rules = rules.iter().map(|(rule, counts)| ((*rule).into(), *counts)).collect();
        let summary = Summary {
            inputs: 22_695,
            refused,
            from: at(0),
            to: at(5_000),
            rules,
            ..Summary::default()
        };
        let text = anstream::adapter::strip_str(&table(&summary)).to_string();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        expected.assert_eq(&text);
    }

    #[test]
    fn only_columns_that_say_something() {
        let fine = Counts { fired: 12_345, completed: 12_345, ..Counts::default() };
        check(
            &[("slow-response", fine)],
            0,
            &expect![[r#"

                22,695 inputs from 1970-01-01 00:00:00 to 1970-01-01 01:23:20 UTC

                rule            fired  completed
                slow-response  12,345     12,345

                12,345 runs, all completed"#]],
        );
        check(
            &[("a", Counts::default()), ("b", Counts::default())],
            0,
            &expect![[r#"

            22,695 inputs from 1970-01-01 00:00:00 to 1970-01-01 01:23:20 UTC

            never fired: a, b

            no run was started"#]],
        );
    }

    #[test]
    fn everything_that_can_happen_fits() {
        let counts = Counts {
            fired: 100_000,
            dropped: 7,
            faults: 1,
            completed: 10,
            completed_with_failures: 2,
            rolled_back: 3,
            stuck: 4,
            open: 5,
        };
        let long = "a-rule-with-a-name-that-is-much-longer-than-anyone-would-wish-to-read";
        let never: Vec<_> = (0..12).map(|n| format!("never-fires-{n}")).collect();
        let mut rules = vec![(long, counts), ("b", counts)];
        rules.extend(never.iter().map(|rule| (rule.as_str(), Counts::default())));
        check(
            &rules,
            3,
            &expect![[r#"

                22,695 inputs from 1970-01-01 00:00:00 to 1970-01-01 01:23:20 UTC
                3 lines refused

                rule           fired  dropped  faults  completed  partly  undone   stuck    open
                a-rule-with… 100,000        7       1         10       2       3       4       5
                b            100,000        7       1         10       2       3       4       5
                all          200,000       14       2         20       4       6       8      10

                never fired: never-fires-0, never-fires-1, never-fires-10, never-fires-11,
                             never-fires-2, never-fires-3, never-fires-4, never-fires-5,
                             never-fires-6, never-fires-7, never-fires-8, never-fires-9

                48 runs, 28 did not complete"#]],
        );
    }
}
