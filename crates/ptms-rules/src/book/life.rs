//! The fields of a trigger's life: durations, what is made of what is unknown, and the selector whose
//! events a rule looks at.

use ptms_core::diagnostic::{BAD_KEY, BAD_VALUE, UNKNOWN_NAME};
use ptms_core::{Duration, Name, OnLoad, OnResolve, OnUnknown, RunMode};

use super::reader::Section;
use super::report::Report;
use super::rules::Known;
use crate::rule_spec::RuleSpec;
use crate::window::SelectorId;

/// The durations and words of a trigger's life, and of its runs.
pub(super) fn life(section: &mut Section<'_>, spec: &mut RuleSpec, report: &mut Report) {
    spec.wait = section.duration(report, "for").unwrap_or_default();
    spec.cooldown = section.duration(report, "cooldown").unwrap_or_default();
    spec.keep = section.duration(report, "keep").unwrap_or_default();
    spec.repeat = lasting(section, report, "repeat", "it would be told for ever");
    spec.stale_after = lasting(section, report, "stale_after", "it would end at once");
    let choices =
        [("hold", OnUnknown::Hold), ("false", OnUnknown::False), ("report", OnUnknown::Report)];
    spec.on_unknown = section.choice(report, "on_unknown", &choices).unwrap_or_default();
    if spec.on_unknown == OnUnknown::False
        && let (Some(_), Some(value)) = (spec.stale_after, section.entry("stale_after"))
    {
        let message = "`stale_after` is for what is unknown, and this rule reads that as false";
        let help = "leave out `stale_after`, or `on_unknown = \"false\"`";
        report.error(BAD_VALUE, section.file.span(value.span()), message.to_owned(), help);
    }
    let choices = [("eval", OnLoad::Eval), ("baseline", OnLoad::Baseline)];
    spec.on_load = section.choice(report, "on_load", &choices).unwrap_or_default();
    spec.mode = mode(section, report);
    let on_resolve = [("leave", OnResolve::Leave), ("cancel", OnResolve::Cancel)];
    spec.on_resolve = section.choice(report, "on_resolve", &on_resolve).unwrap_or_default();
    spec.shadow = section.flag(report, "shadow").unwrap_or(false);
    spec.enabled = section.flag(report, "enabled").unwrap_or(true);
}

/// `mode`, with the `max` of those that have one.
fn mode(section: &mut Section<'_>, report: &mut Report) -> RunMode {
    let max = section.count(report, "max");
    let value = section.entry("max");
    let filled = max.unwrap_or(RunMode::DEFAULT_MAX);
    let modes = [
        ("single", RunMode::Single),
        ("restart", RunMode::Restart),
        ("queue", RunMode::Queue { max: filled }),
        ("parallel", RunMode::Parallel { max: filled }),
    ];
    let mode = match (section.choice(report, "mode", &modes), section.entry("mode")) {
        (None, Some(_)) => return RunMode::default(),
        (mode, _) => mode.unwrap_or_default(),
    };
    let (Some(max), Some(value)) = (max, value) else { return mode };
    let greatest = RunMode::GREATEST_MAX;
    let (message, help) = match mode {
        RunMode::Single | RunMode::Restart => (
            "`max` is for rules that have several runs, and this one has one at a time".to_owned(),
            "say `mode = \"queue\"` or `mode = \"parallel\"`, or leave `max` out",
        ),
        RunMode::Queue { .. } | RunMode::Parallel { .. } if (1..=greatest).contains(&max) => {
            return mode;
        }
        RunMode::Queue { .. } | RunMode::Parallel { .. } => {
            (format!("`max` is from 1 to {greatest}"), "")
        }
    };
    report.error(BAD_VALUE, section.file.span(value.span()), message, help);
    mode
}

/// A duration that must not be zero.
fn lasting(
    section: &mut Section<'_>,
    report: &mut Report,
    key: &'static str,
    why: &str,
) -> Option<Duration> {
    let duration = section.duration(report, key)?;
    if duration.is_zero()
        && let Some(value) = section.entry(key)
    {
        let message = format!("`{key}` must be longer than nothing: {why}");
        report.error(BAD_VALUE, section.file.span(value.span()), message, "");
    }
    Some(duration)
}

/// `on`: the selector whose events the rule looks at, one at a time; the name alone where it is at
/// fault. The selector must say for which key of the rule an event is.
pub(super) fn on(
    section: &mut Section<'_>,
    dimensions: &[Name],
    known: &Known<'_>,
    report: &mut Report,
) -> Option<(Name, Option<SelectorId>)> {
    let text = section.text(report, "on")?;
    let name = Name::from(text.value);
    if let Some(value) = section.entry("for") {
        let message =
            "`for` waits for a condition that lasts, and one of an event does not".to_owned();
        let help = "count the events instead, as in `count(\"error\", \"1m\") >= 3`";
        report.error(BAD_VALUE, section.file.span(value.span()), message, help);
    }
    let names = &known.selectors.names;
    let Some(found) = names.find(&name) else {
        let spoiled = ["select", "event"].iter().any(|kind| report.spoiled.contains(kind, &name));
        if !spoiled {
            let (message, help) = names.unknown(&name, &report.spoiled);
            report.error(UNKNOWN_NAME, text.span(), message, &help);
        }
        return Some((name, None));
    };
    if let Some(missing) = dimensions.iter().find(|dimension| !found.dimensions.contains(dimension))
    {
        let message = format!("the events of `{name}` have no dimension `{missing}`");
        let help =
            "a rule looks at the events of one of its keys: give the selector that dimension";
        report.error(BAD_KEY, text.span(), message, help);
        return Some((name, None));
    }
    Some((name, Some(found.id)))
}
