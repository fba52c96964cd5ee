//! `[calendar.name]`: hours of days of the week.

use ptms_core::diagnostic::{BAD_VALUE, UNUSED_NAME};
use ptms_core::name::nearest;
use ptms_core::{Diagnostic, Name};

use super::reader::Section;
use super::report::Report;
use super::text::Text;
use crate::calendar::{Calendar, DAY, DAYS, MAX_OFFSET};
use crate::tables::Tables;

/// `days = ["mon", "tue"], from = "09:00", to = "17:00", utc_offset = "+02:00"`
pub(super) fn lower<'a>(
    report: &mut Report,
    name: &Text<'a>,
    mut section: Section<'a>,
) -> Option<(Name, Calendar)> {
    let days = days(report, &mut section);
    let from = field(report, &mut section, "from", 0, time);
    let to = field(report, &mut section, "to", DAY, time);
    let offset = field(report, &mut section, "utc_offset", 0, offset);
    let calendar = Calendar { days: days?, from: from?, to: to?, offset: offset? };
    if calendar.from == calendar.to
        && let Some(value) = section.entry("to")
    {
        let message = "`from` and `to` are the same time".to_owned();
        let help = "leave both out for whole days";
        report.error(BAD_VALUE, section.file.span(value.span()), message, help);
    }
    if calendar.from == DAY
        && let Some(value) = section.entry("from")
    {
        let message = "a day ends at 24:00, nothing begins then".to_owned();
        report.error(BAD_VALUE, section.file.span(value.span()), message, "write \"00:00\"");
    }
    section.finish(report, &[]);
    Some((name.value.into(), calendar))
}

/// Doubts about the calendars that nothing asks for, in a book without faults.
pub(super) fn check_used(names: &[Text<'_>], tables: &Tables, report: &mut Report) {
    if report.has_error() {
        return;
    }
    for name in names {
        let id = tables.calendars.find(name.value);
        if !id.is_some_and(|id| tables.used_calendars.contains(&id)) {
            let message = format!("nothing reads the calendar `{}`", name.value);
            let help = format!("ask for it with `during(\"{}\")`, or delete it", name.value);
            let doubt = Diagnostic::warning(UNUSED_NAME, message);
            report.push(doubt.label(name.span(), "").help(help));
        }
    }
}

/// Every day if nothing is said.
fn days(report: &mut Report, section: &mut Section<'_>) -> Option<[bool; 7]> {
    let Some(value) = section.entry("days") else { return Some([true; 7]) };
    let mut days = [false; 7];
    let texts = section.texts(report, "days");
    let mut valid = value.get_ref().as_array().is_some();
    for text in texts {
        let slot = DAYS.iter().position(|day| *day == text.value).and_then(|at| days.get_mut(at));
        if let Some(slot) = slot {
            *slot = true;
            continue;
        }
        valid = false;
        let help = match nearest(text.value, DAYS) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("the days are {}", DAYS.join(", ")),
        };
        let message = format!("{:?} is no day of the week", text.value);
        report.error(BAD_VALUE, text.span(), message, &help);
    }
    if valid && !days.contains(&true) {
        valid = false;
        let message = "`days` names no day".to_owned();
        let help = "leave it out for every day";
        report.error(BAD_VALUE, section.file.span(value.span()), message, help);
    }
    valid.then_some(days)
}

/// A text that `parse` understands, or what counts where nothing is said; `None` where it is at fault.
fn field<T>(
    report: &mut Report,
    section: &mut Section<'_>,
    key: &'static str,
    default: T,
    parse: fn(&str) -> Result<T, &'static str>,
) -> Option<T> {
    if section.entry(key).is_none() {
        return Some(default);
    }
    let text = section.text(report, key)?;
    let parsed = parse(text.value);
    if let Err(help) = parsed {
        report.error(BAD_VALUE, text.span(), format!("`{key}` cannot be {:?}", text.value), help);
    }
    parsed.ok()
}

/// `"17:30"` in minutes of the day; `"24:00"` is its end.
fn time(text: &str) -> Result<u16, &'static str> {
    let minutes = minutes(text).filter(|minutes| *minutes <= DAY);
    minutes.ok_or("write hours and minutes, from \"00:00\" to \"24:00\"")
}

/// `"+05:30"` in minutes.
fn offset(text: &str) -> Result<i16, &'static str> {
    let help = "write how far the clock is ahead of UTC, as in \"+02:00\" or \"-05:30\"";
    let (sign, rest) = match text.split_at_checked(1).ok_or(help)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return Err(help),
    };
    let minutes = minutes(rest).and_then(|minutes| i16::try_from(minutes).ok()).ok_or(help)?;
    if minutes > MAX_OFFSET {
        return Err("no clock is more than 18 hours from UTC");
    }
    Ok(sign * minutes)
}

/// `"17:30"` in minutes.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| {
        let fits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| fits)
    };
    let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
    Some(two_digits(hours)? * 60 + minutes)
}
