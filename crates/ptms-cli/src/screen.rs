//! Shows a replay to a person, at 80 columns. A long stream fires thousands of times: of every rule
//! the first firings are shown with their runs, the rest is counted in the summary.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use ptms::{Name, Priority};

use crate::entry::{Action, Effect, End, Ended, Entry, Fired, Outcome, Resumed, Transition};
use crate::exit::Failure;
use crate::instant::Instant;
use crate::recent::Recent;
use crate::words::{WIDTH, counted, cut, plain, wrapped};

/// How many firings of a rule are shown, and how many of its faults and bad ends beyond those.
const SHOWN_PER_RULE: u32 = 3;

/// Where the text of a line begins: behind the time and what the line is about.
const INDENT: usize = 24;

const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CARE: Style = AnsiColor::Yellow.on_default();

/// What a person sees of a replay.
#[derive(Debug)]
pub(crate) struct Screen {
    bar: ProgressBar,
    verbose: bool,
    /// Whether what it is told was shown before.
    muted: bool,
    /// The day of the last line, which is written once for all lines of that day.
    day: String,
    rules: BTreeMap<Name, Shown>,
    runs: Recent<Run>,
    /// How many runs have started, to number the next.
    started: usize,
}

/// How much of a rule has been shown.
#[derive(Debug, Default)]
struct Shown {
    firings: u32,
    bad: u32,
    /// Whether its last firing was.
    last: bool,
}

/// A run that is going on.
#[derive(Debug)]
struct Run {
    number: usize,
    rule: Name,
    began: Instant,
    shown: bool,
    way_back: bool,
    ended: bool,
}

impl Screen {
    /// An empty screen; its lines are written around `bar`.
    pub(crate) fn new(bar: ProgressBar, verbose: bool) -> Self {
        let (rules, runs) = (BTreeMap::new(), Recent::default());
        Self { bar, verbose, muted: false, day: String::new(), rules, runs, started: 0 }
    }

    /// From here on nothing is shown but kept in mind; or it is shown again.
    pub(crate) fn mute(&mut self, muted: bool) {
        self.muted = muted;
        self.day.clear();
    }

    /// Shows an entry, or decides not to.
    pub(crate) fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        match entry {
            Entry::Fired(fired) => self.fired(fired),
            Entry::Pending(change) if self.verbose => {
                self.line(change.at, &styled(DIM, "pending "), &changed(change))
            }
            Entry::Resolved(change) if self.verbose => {
                self.line(change.at, &styled(DIM, "resolved"), &changed(change))
            }
            Entry::Resolving(change) if self.verbose => {
                self.line(change.at, &styled(DIM, "ending  "), &changed(change))
            }
            Entry::Recurred(change) if self.verbose => {
                self.line(change.at, &styled(DIM, "again   "), &changed(change))
            }
            Entry::Repeated(fired) => {
                let still =
                    format!("{}{} is still firing", fired.rule, of_key(&fired.rule, &fired.key, 1));
                self.line(fired.at, &styled(DIM, "repeated"), &still)
            }
            Entry::Unknown { at, rule, key } => {
                let text = format!("{rule}{}: the condition is unknown", of_key(rule, key, 1));
                self.line(*at, &styled(BAD, "unknown "), &text)
            }
            Entry::Fault { at, rule, key, line, column, message } if self.bad(rule) => {
                let (of, message) = (of_key(rule, key, 1), plain(message));
                let place = format!("line {line}, column {column} of the condition");
                let text = format!("{rule}{of}: {message} ({place})");
                self.line(*at, &styled(BAD, "fault   "), &wrapped(&text, WIDTH - INDENT, INDENT))
            }
            Entry::Started { at, run, rule, plan, steps, .. } => {
                self.begin(*at, run, rule, plan, steps.len())
            }
            Entry::Dropped { at, rule, running, .. } if self.last_was_shown(rule) => {
                let number = self.runs.get(running).map_or(0, |run| run.number);
                self.line(*at, "", &styled(DIM, format!("starts nothing: run {number} goes on")))
            }
            Entry::Queued { at, rule, running, .. } if self.last_was_shown(rule) => {
                let number = self.runs.get(running).map_or(0, |run| run.number);
                self.line(*at, "", &styled(DIM, format!("waits until run {number} has ended")))
            }
            Entry::Perform(effect) => self.way_back(effect),
            Entry::Outcome { effect, outcome } => self.step(effect, outcome),
            Entry::Verdict { at, run, step, condition, verdict, fault, .. }
                if *verdict != Some(true) =>
            {
                let Some(run) = self.runs.get(run).filter(|run| run.shown) else { return Ok(()) };
                let fault = fault.as_ref().map(|fault| format!(" ({})", plain(fault)));
                let is = if verdict.is_some() { "does not hold" } else { "is unknown" };
                let of = step.as_deref().unwrap_or("success");
                let what = plain(condition);
                let text = format!("  - {of}: `{what}` {is}{}", fault.unwrap_or_default());
                self.line(*at, &run_label(run.number), &styled(DIM, text))
            }
            Entry::Ended(ended) => self.ended(ended),
            Entry::Resumed(Resumed { at: Some(at), under_way, .. }) => {
                let effects = counted(*under_way, "effect");
                let text = styled(CARE, format!("goes on with its journal, {effects} under way"));
                self.line(*at, &styled(CARE, "resumed "), &text)
            }
            _ => Ok(()),
        }
    }

    fn fired(&mut self, fired: &Fired) -> Result<(), Failure> {
        let shown = self.rules.entry(fired.rule.clone()).or_default();
        shown.last = self.verbose || shown.firings < SHOWN_PER_RULE;
        shown.firings = shown.firings.saturating_add(1);
        let (last, first_hidden) = (shown.last, shown.firings == SHOWN_PER_RULE + 1);
        let priority = match fired.priority {
            Priority::Critical => styled(BAD, "critical"),
            Priority::High => styled(CARE, "high    "),
            Priority::Medium => "medium  ".to_owned(),
            Priority::Low => styled(DIM, "low     "),
        };
        let rule = styled(BOLD, &fired.rule);
        if last {
            let of = of_key(&fired.rule, &fired.key, 0);
            self.line(fired.at, &priority, &format!("{rule}{of}"))?;
            self.handed(fired)
        } else if first_hidden {
            let more = styled(DIM, "fires on, and is only counted from here");
            self.line(fired.at, &priority, &format!("{rule} {more}"))
        } else {
            Ok(())
        }
    }

    /// What a firing hands to its workflow, and what it could not.
    fn handed(&mut self, fired: &Fired) -> Result<(), Failure> {
        let with = fired.with.iter().map(|(name, value)| format!("{name} = {value}"));
        let without = fired.without.iter().map(|name| format!("no {name}"));
        let all = with.chain(without).collect::<Vec<_>>().join(", ");
        if all.is_empty() {
            return Ok(());
        }
        let all = cut(&plain(&format!("with {all}")), WIDTH.saturating_sub(INDENT));
        self.line(fired.at, "        ", &styled(DIM, all))
    }

    fn begin(
        &mut self,
        at: Instant,
        run: &Name,
        rule: &Name,
        plan: &Name,
        steps: usize,
    ) -> Result<(), Failure> {
        self.started += 1;
        let (number, shown) = (self.started, self.last_was_shown(rule));
        let going_on =
            Run { number, rule: rule.clone(), began: at, shown, way_back: false, ended: false };
        self.runs.begin(run, going_on);
        if !shown {
            return Ok(());
        }
        self.line(at, &run_label(number), &format!("{plan}, {}", counted(steps, "step")))
    }

    /// The first undo of a run is where its way back begins.
    fn way_back(&mut self, effect: &Effect) -> Result<(), Failure> {
        let Some(run) = self.runs.get_mut(&effect.run) else { return Ok(()) };
        if run.way_back || !run.shown || !matches!(effect.action, Action::Undo { .. }) {
            return Ok(());
        }
        run.way_back = true;
        let label = run_label(run.number);
        self.line(effect.at, &label, &styled(CARE, "the way back"))
    }

    fn step(&mut self, effect: &Effect, outcome: &Outcome) -> Result<(), Failure> {
        let Some(run) = self.runs.get(&effect.run).filter(|run| run.shown) else { return Ok(()) };
        let label = run_label(run.number);
        let (mark, words) = answer(&effect.action, outcome);
        self.line(effect.at, &label, &format!("  {mark} {} {words}", subject(effect, outcome)))
    }

    fn ended(&mut self, ended: &Ended) -> Result<(), Failure> {
        let Some(run) = self.runs.get_mut(&ended.run) else { return Ok(()) };
        let again = std::mem::replace(&mut run.ended, true);
        if !again {
            self.runs.end(&ended.run);
        }
        let Some(run) = self.runs.get(&ended.run) else { return Ok(()) };
        let (number, rule, shown) = (run.number, run.rule.clone(), run.shown);
        let took = ended.at.0.since(run.began.0);
        if !shown && (ended.end == End::Completed || !self.bad(&rule)) {
            return Ok(());
        }
        let style = match ended.end {
            End::Completed => GOOD,
            End::CompletedWithFailures | End::RolledBack | End::Cancelled | End::Accepted => CARE,
            End::Stuck => BAD,
        };
        let of = if shown { String::new() } else { format!("{rule}: ") };
        let now = if again { "now " } else { "" };
        let text = format!("{of}{now}{}, after {took}", ended.message);
        let text = styled(style, wrapped(&text, WIDTH - INDENT, INDENT));
        self.line(ended.at, &run_label(number), &text)
    }

    fn last_was_shown(&self, rule: &Name) -> bool {
        self.rules.get(rule).is_some_and(|shown| shown.last)
    }

    /// Whether one more thing that went wrong with this rule is shown.
    fn bad(&mut self, rule: &Name) -> bool {
        let shown = self.rules.entry(rule.clone()).or_default();
        shown.bad = shown.bad.saturating_add(1);
        self.verbose || shown.bad <= SHOWN_PER_RULE
    }

    /// One line: time, eight columns for what it is about, and what there is to say.
    fn line(&mut self, at: Instant, about: &str, text: &str) -> Result<(), Failure> {
        let day = at.day();
        let header = match day == self.day {
            true => String::new(),
            false => format!("\n{BOLD}{day}{BOLD:#} {DIM}UTC{DIM:#}\n"),
        };
        self.day = day;
        let about = if about.is_empty() { "        " } else { about };
        let clock = styled(DIM, format!("{:<12}", at.clock()));
        self.write(&format!("{header}{clock}  {about}  {text}"))
    }

    /// The stream is at its end, but runs are going on.
    pub(crate) fn stream_ended(&mut self, at: Instant) -> Result<(), Failure> {
        let text = styled(DIM, "is at its end; what is going on comes to rest");
        self.line(at, &styled(DIM, "stream  "), &text)
    }

    /// A complaint on standard error.
    pub(crate) fn complain(&self, line: &str) {
        // Standard error is the last resort: there is nowhere to report that it is closed.
        let _ = self.bar.suspend(|| writeln!(anstream::stderr(), "{line}"));
    }

    /// A line of any kind.
    pub(crate) fn write(&self, line: &str) -> Result<(), Failure> {
        if self.muted {
            return Ok(());
        }
        let written = self.bar.suspend(|| writeln!(anstream::stdout(), "{line}"));
        written.map_err(io::Error::into)
    }
}

/// What an answer is about: the step with its system, and where it was not activated that was at fault,
/// what was.
fn subject(effect: &Effect, outcome: &Outcome) -> String {
    let (step, system) = (&effect.step, &effect.system);
    let system = (step != system).then_some(system.as_str());
    let (what, undo) = match (&effect.action, outcome) {
        (Action::Activate, _) | (_, Outcome::Succeeded { .. }) => ("", None),
        (Action::Verify, _) => ("verification of ", None),
        (Action::Undo { undo }, _) => ("undo of ", Some(undo.as_str())),
    };
    let more: Vec<_> = system.into_iter().chain(undo).collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    format!("{what}{step}{more}")
}

/// A mark and words for what the host answered. The words say it all, for terminals without marks.
fn answer(action: &Action, outcome: &Outcome) -> (String, String) {
    let refused = Outcome::Succeeded { value: Some(false.into()) };
    match (action, outcome) {
        (_, Outcome::Failed { class, .. }) => {
            (styled(BAD, '✗'), format!("{} ({class})", styled(BAD, "failed")))
        }
        (_, Outcome::Unknown) => (styled(CARE, '?'), "nobody can tell".to_owned()),
        (_, Outcome::Silent) => (styled(CARE, '?'), "is silent: no answer comes".to_owned()),
        (Action::Activate, _) => (styled(GOOD, '✓'), "activated".to_owned()),
        (Action::Verify, outcome) if *outcome == refused => {
            (styled(BAD, '✗'), "is not active".to_owned())
        }
        (Action::Verify, _) => (styled(GOOD, '✓'), "verified".to_owned()),
        (Action::Undo { undo }, _) => (styled(CARE, '←'), format!("undone: {undo}")),
    }
}

fn run_label(number: usize) -> String {
    styled(DIM, format!("{:<8}", format!("run {number}")))
}

/// A rule, its key, and why its trigger changed.
fn changed(Transition { rule, key, reason, .. }: &Transition) -> String {
    let reason = format!(" ({reason})");
    let of = of_key(rule, key, reason.len());
    format!("{rule}{of}{reason}")
}

/// What stands behind the name of a rule that has a key, with `rest` columns left for what follows. Its
/// texts are those of events, so they may be long, and anything may be in them.
fn of_key(rule: &str, key: &ptms::Key, rest: usize) -> String {
    if key.is_empty() {
        return String::new();
    }
    let taken = INDENT + rule.chars().count() + 2 + rest;
    format!("  {}", cut(&plain(&key.to_string()), WIDTH.saturating_sub(taken).max(1)))
}

pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
