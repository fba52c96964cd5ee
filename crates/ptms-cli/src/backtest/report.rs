//! What a backtest found, for people and as JSON lines. Compares nothing.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use ptms::{Duration, Key, Name, Timestamp};
use serde::Serialize;

use super::compare::{Compared, OfRule};
use super::feed::Heard;
use super::matching::Fate;
use super::measure::{Measure, Measures, Share};
use super::reason::Reason;
use super::side::{Side, Starts};
use crate::args::BacktestArgs;
use crate::check::contents;
use crate::instant::Instant;
use crate::screen::BOLD;
use crate::words::{WIDTH, counted, cut, grouped, plain, wrapped};

/// How many differences of a rule are shown to a person who does not ask for all.
const SHOWN_PER_RULE: usize = 5;

const GONE: Style = AnsiColor::Red.on_default();
const MORE: Style = AnsiColor::Green.on_default();
const CARE: Style = AnsiColor::Yellow.on_default();

/// Everything that there is to report.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) args: &'a BacktestArgs,
    pub(super) sides: &'a [Side],
    pub(super) heard: &'a Heard,
    pub(super) differences: &'a Compared,
    pub(super) measures: Option<Measures>,
}

impl Report<'_> {
    /// The books, what differs by rule, how good the firings were, and the counts.
    pub(super) fn human(&self) -> String {
        let mut text = self.heading();
        let (same, differ): (Vec<_>, Vec<_>) =
            self.differences.rules.iter().partition(|(_, rule)| rule.count() == 0);
        for (id, rule) in &differ {
            self.rule(&mut text, id, rule);
        }
        if self.sides.len() > 1 {
            let quiet = same.iter().filter(|(_, rule)| rule.fired.0 == 0).count();
            let same_rules = counted(same.len(), "rule");
            let _ = writeln!(text, "{same_rules} without differences, {quiet} of them never fired");
            let of = counted(differ.len(), "rule");
            let _ = writeln!(
                text,
                "{} in {of}{}",
                counted(self.differences.count(), "difference"),
                self.allowance()
            );
        }
        if let Some(measures) = &self.measures {
            if self.sides.len() > 1 {
                text.push('\n');
            }
            text.push_str(&measured(measures));
        }
        text
    }

    fn heading(&self) -> String {
        let mut text = String::new();
        let names = [Some(&self.args.old), self.args.new.as_ref()];
        let titles = if self.sides.len() > 1 { ["old", "new"] } else { ["book", ""] };
        for ((side, name), title) in self.sides.iter().zip(names.into_iter().flatten()).zip(titles)
        {
            let _ = writeln!(text, "{title:<7} {}: {}", name.display(), contents(&side.book));
            if let Some((line, why)) = &side.first_refused {
                let lines = counted(usize::try_from(side.refused).unwrap_or(usize::MAX), "line");
                let refused = format!("{lines} refused, the first is {line}: {}", plain(why));
                let _ = writeln!(text, "        {CARE}{}{CARE:#}", wrapped(&refused, WIDTH - 8, 8));
            }
            for (rule, faults) in &side.faults {
                let faults = counted(usize::try_from(*faults).unwrap_or(usize::MAX), "fault");
                let _ = writeln!(text, "        {CARE}{rule}: {faults} of its condition{CARE:#}");
            }
        }
        let inputs = counted(usize::try_from(self.heard.inputs).unwrap_or(usize::MAX), "input");
        let span = self.heard.from.zip(self.heard.to);
        let span = span.map(|(from, to)| format!(", {} to {}", Instant(from), Instant(to)));
        let _ = writeln!(text, "stream  {inputs}{}\n", span.unwrap_or_default());
        text
    }

    fn rule(&self, text: &mut String, id: &Name, rule: &OfRule) {
        let (before, after) = rule.fired;
        let firings = counted(before, "firing");
        let _ = writeln!(text, "{BOLD}{id}{BOLD:#}: {firings} before, {} after", grouped(after));
        // Where only its plan differs, the plan says how.
        if rule.reason != Reason::Same || !rule.changes.is_empty() {
            text.push_str(&because(&rule.reason));
        }
        let shown = if self.args.verbose { usize::MAX } else { SHOWN_PER_RULE };
        for (key, fate) in rule.changes.iter().take(shown) {
            let of = if key.is_empty() { String::new() } else { format!("  [{key}]") };
            let _ = writeln!(text, "  {}{}", fated(*fate), plain(&of));
        }
        for (key, at, starts) in rule.starts.iter().take(shown) {
            let of = if key.is_empty() { String::new() } else { format!("  [{key}]") };
            let what = match starts {
                Starts::Run => "starts a run, and did not",
                Starts::Nothing => "starts no run, and did",
            };
            let _ =
                writeln!(text, "  {CARE}at{CARE:#}        {} {what}{}", Instant(*at), plain(&of));
        }
        let hidden =
            rule.changes.len().saturating_sub(shown) + rule.starts.len().saturating_sub(shown);
        if hidden > 0 {
            let _ = writeln!(text, "  and {hidden} more; --verbose shows them");
        }
        if let Some((count, diff)) = &rule.plans {
            let _ = writeln!(
                text,
                "  {CARE}plan{CARE:#}      of {} is another:",
                counted(*count, "firing")
            );
            for line in diff.lines() {
                let _ = writeln!(text, "            {}", wrapped(line, WIDTH - 12, 14));
            }
        }
        text.push('\n');
    }

    fn allowance(&self) -> String {
        if self.args.allow.is_empty() {
            return String::new();
        }
        let allowed: Vec<_> = self.args.allow.iter().map(ToString::to_string).collect();
        format!("; allowed: {}", allowed.join(", "))
    }

    /// A JSON object for each rule, and one for all.
    pub(super) fn json(&self) -> String {
        let rules = self.differences.rules.iter().map(|(id, rule)| line(&RuleLine::new(id, rule)));
        let measures = self.measures.iter().flatten();
        let measures =
            measures.map(|(rule, measure)| line(&MeasureLine { kind: "measure", rule, measure }));
        let summary = line(&SummaryLine {
            kind: "summary",
            inputs: self.heard.inputs,
            refused: self.heard.refused,
            refused_by: self.sides.iter().map(|side| side.refused).collect(),
            from: self.heard.from.map(Instant),
            to: self.heard.to.map(Instant),
            differences: self.differences.count(),
            allowed: self.differences.within(&self.args.allow),
        });
        rules.chain(measures).chain([summary]).collect()
    }
}

/// A line of JSON. Plain strings and numbers: writing them cannot fail.
fn line(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default() + "\n"
}

/// `because its for was 30s and is 1m`
fn because(reason: &Reason) -> String {
    let lines = match reason {
        Reason::New => vec!["the rule is new".to_owned()],
        Reason::Gone => vec!["the rule is gone".to_owned()],
        Reason::Same => vec!["the rule says the same; what it reads is another".to_owned()],
        Reason::Changed(turns) => {
            let turn = |turn: &super::reason::Turn| {
                let (from, to) = (plain(&turn.from), plain(&turn.to));
                format!("its {} was {from} and is {to}", turn.of)
            };
            turns.iter().map(turn).collect()
        }
    };
    let line = |line: &String| format!("  because   {}\n", wrapped(line, WIDTH - 12, 12));
    lines.iter().map(line).collect()
}

fn fated(fate: Fate) -> String {
    match fate {
        Fate::Same(at) => format!("same      {}", Instant(at)),
        Fate::Vanished(at) => format!("{GONE}vanishes{GONE:#}  {}", Instant(at)),
        Fate::Appeared(at) => format!("{MORE}appears{MORE:#}   {}", Instant(at)),
        Fate::Moved(from, to) => {
            let (sign, by) = shift(from, to);
            format!("{CARE}moves{CARE:#}     {} by {sign}{by}", Instant(from))
        }
    }
}

fn shift(from: Timestamp, to: Timestamp) -> (char, Duration) {
    if from <= to { ('+', to.since(from)) } else { ('-', from.since(to)) }
}

/// How good the firings were.
fn measured(measures: &Measures) -> String {
    let mut text = format!(
        "{:<16} {:>22} {:>19} {:>9} {:>9}\n",
        "rule", "precision (95 %)", "recall (95 %)", "false/day", "delay"
    );
    for (rule, measure) in measures {
        let alarms = measure.false_alarms_a_day;
        let alarms = alarms.map_or("-".to_owned(), |alarms| format!("{alarms:.3}"));
        let delay = measure.median_delay.map_or("-".to_owned(), |delay| delay.to_string());
        let (precision, recall) = (shared(measure.precision), shared(measure.recall));
        let rule = format!("{:<16}", cut(rule, 16));
        let _ = writeln!(
            text,
            "{BOLD}{rule}{BOLD:#} {precision:>22} {recall:>19} {alarms:>9} {delay:>9}"
        );
    }
    if measures.is_empty() {
        text.push_str("no rule fired, and no label names one\n");
    }
    text
}

/// `67 % (2/3; 21-94)`
fn shared(share: Share) -> String {
    match share.rate().zip(share.interval()) {
        None => "-".to_owned(),
        Some((rate, (low, high))) => {
            let percent = |share: f64| format!("{:.0}", share * 100.0);
            let Share { hits, of } = share;
            format!("{} % ({hits}/{of}; {}-{})", percent(rate), percent(low), percent(high))
        }
    }
}

#[derive(Serialize)]
struct RuleLine<'a> {
    kind: &'static str,
    rule: &'a Name,
    before: usize,
    after: usize,
    differences: usize,
    reason: &'a Reason,
    changes: Vec<ChangeLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanLine<'a>>,
}

#[derive(Serialize)]
struct ChangeLine<'a> {
    change: &'static str,
    #[serde(skip_serializing_if = "Key::is_empty")]
    key: &'a Key,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Instant>,
}

#[derive(Serialize)]
struct PlanLine<'a> {
    firings: usize,
    diff: &'a str,
}

#[derive(Serialize)]
struct MeasureLine<'a> {
    kind: &'static str,
    rule: &'a Name,
    #[serde(flatten)]
    measure: &'a Measure,
}

#[derive(Serialize)]
struct SummaryLine {
    kind: &'static str,
    inputs: u64,
    refused: u64,
    refused_by: Vec<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Instant>,
    differences: usize,
    allowed: bool,
}

impl<'a> RuleLine<'a> {
    fn new(id: &'a Name, rule: &'a OfRule) -> Self {
        let fated = |(key, fate): &'a (Key, Fate)| {
            let (change, from, to) = match *fate {
                Fate::Same(at) => ("same", Some(at), Some(at)),
                Fate::Vanished(at) => ("vanishes", Some(at), None),
                Fate::Appeared(at) => ("appears", None, Some(at)),
                Fate::Moved(from, to) => ("moves", Some(from), Some(to)),
            };
            ChangeLine { change, key, from: from.map(Instant), to: to.map(Instant) }
        };
        let started = |(key, at, starts): &'a (Key, Timestamp, Starts)| {
            let change = match starts {
                Starts::Run => "starts_run",
                Starts::Nothing => "starts_nothing",
            };
            ChangeLine { change, key, from: Some(Instant(*at)), to: Some(Instant(*at)) }
        };
        let changes = rule.changes.iter().map(fated).chain(rule.starts.iter().map(started));
        let plan = rule.plans.as_ref().map(|(firings, diff)| PlanLine { firings: *firings, diff });
        Self {
            kind: "rule",
            rule: id,
            before: rule.fired.0,
            after: rule.fired.1,
            differences: rule.count(),
            reason: &rule.reason,
            changes: changes.collect(),
            plan,
        }
    }
}
