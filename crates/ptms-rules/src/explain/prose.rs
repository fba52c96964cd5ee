//! An explanation as text for people: one line for each part, what it comes to on the left.
//!
//! What is noted about a part moves below it where the line would be too wide. Marks are words, and there
//! are no colours: whoever shows the text may add them.

use std::fmt;

use ptms_core::{Timestamp, TriggerState};

use super::{Contents, Explanation, Hold, Lack, Part, Reading};

/// The most letters of a value that are shown.
const MOST_LETTERS: usize = 40;

/// How wide a line may be before its notes move to lines of their own.
const WIDTH: usize = 80;

/// The width of the column of what parts come to; longer values move their line.
const COLUMN: usize = 7;

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, rule, key, .. } = self;
        let of = if key.is_empty() { String::new() } else { format!(" for {key}") };
        writeln!(out, "{rule}{of} is {}", state(self.state, *at))?;
        if let Some(last) = self.last_fire.filter(|_| !self.state.is_firing()) {
            writeln!(out, "  it fired {}", told(last, *at))?;
        }
        for hold in &self.holds {
            writeln!(out, "  {}", held(hold, *at))?;
        }
        for timer in &self.timers {
            let is_hold = |hold: &Hold| match hold {
                Hold::For { .. } => timer.of == "for",
                Hold::Cooldown { .. } => timer.of == "cooldown",
                _ => false,
            };
            if !self.holds.iter().any(is_hold) {
                writeln!(out, "  its `{}` is due {}", timer.of, told(timer.due, *at))?;
            }
        }
        writeln!(out, "when:")?;
        line(out, &self.when, *at, 0)?;
        if let Some(condition) = &self.resolve_when {
            writeln!(out, "resolve_when:")?;
            line(out, condition, *at, 0)?;
        }
        Ok(())
    }
}

/// A part and, indented, what it is made of.
fn line(out: &mut fmt::Formatter<'_>, part: &Part, at: Timestamp, level: usize) -> fmt::Result {
    let value = shown(&part.reading);
    let indent = level * 2;
    let text = format!("  {value:COLUMN$}  {:indent$}{}", "", part.text);
    out.write_str(text.trim_end())?;
    let mut notes = Vec::new();
    notes.extend(part.distance.map(|distance| away(part, distance)));
    notes.extend(part.lack.map(|lack| lacking(lack, at)));
    if let Some(contents) = &part.contents {
        notes.extend(seen(contents, at));
    }
    if let Reading::Fault(message) = &part.reading {
        notes.push(message.clone());
    }
    let together = notes.join("; ");
    if text.chars().count() + together.chars().count() + 4 > WIDTH {
        let margin = COLUMN + indent + 8;
        notes.iter().try_for_each(|note| write!(out, "\n{:margin$}({note})", ""))?;
    } else if !notes.is_empty() {
        write!(out, "  ({together})")?;
    }
    writeln!(out)?;
    part.parts.iter().try_for_each(|part| line(out, part, at, level + 1))
}

fn shown(reading: &Reading) -> String {
    let text = match reading {
        Reading::Value(value) => value.to_string(),
        Reading::Duration(duration) => duration.to_string(),
        Reading::Unknown => "unknown".to_owned(),
        Reading::Fault(_) => "fault".to_owned(),
        Reading::Withheld => "hidden".to_owned(),
    };
    match text.char_indices().nth(MOST_LETTERS) {
        Some((cut, _)) => text.get(..cut).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// How far a comparison is from turning.
fn away(part: &Part, distance: f64) -> String {
    let is_duration = part.parts.iter().any(|part| matches!(part.reading, Reading::Duration(_)));
    let side = match distance {
        _ if distance == 0.0 => return "equal".to_owned(),
        _ if distance < 0.0 => "below",
        _ => "above",
    };
    let by = distance.abs();
    if is_duration {
        return format!("{} {side}", length(by));
    }
    // Twelve digits hide what calculating with floats adds, and show whole numbers as they are.
    let digits = format!("{by:.11e}").parse().unwrap_or(by);
    format!("{digits} {side}")
}

/// Nanoseconds as a length of time.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn length(nanos: f64) -> String {
    ptms_core::Duration::from_nanos(nanos as i64).unwrap_or_default().to_string()
}

fn lacking(lack: Lack, at: Timestamp) -> String {
    match lack {
        Lack::NotSet => "it is not set".to_owned(),
        Lack::Stale { since } => format!("it went stale {}", told(since, at)),
        Lack::NoEvent => "there is no event now".to_owned(),
        Lack::NothingSeen => "it has not seen enough".to_owned(),
    }
}

fn seen(contents: &Contents, at: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((filled, all)) = contents.steps {
        let since = contents.oldest.map(|oldest| format!(", begun {}", told(oldest, at)));
        notes.push(format!("{filled} of {all} steps{}", since.unwrap_or_default()));
    } else {
        match (contents.oldest, contents.newest) {
            (Some(oldest), Some(newest)) if oldest != newest => {
                notes.push(format!("oldest {}, newest {}", told(oldest, at), told(newest, at)));
            }
            (_, Some(newest)) => notes.push(format!("newest {}", told(newest, at))),
            _ => {}
        }
    }
    notes.extend(contents.changes_at.map(|due| format!("time changes it {}", told(due, at))));
    notes.extend(contents.approximate.then(|| "nearly".to_owned()));
    notes.extend(contents.or_more.then(|| "or more".to_owned()));
    notes
}

fn held(hold: &Hold, at: Timestamp) -> String {
    match hold {
        Hold::For { until } => format!("its `for` holds it back: it ends {}", told(*until, at)),
        Hold::Cooldown { until } => {
            format!("its `cooldown` holds it back: it ends {}", told(*until, at))
        }
        Hold::Inhibited { rule } => format!("`{rule}` fires and holds it back"),
        Hold::NotAlive => {
            "the key is not alive: nothing has spoken of it, or it has left".to_owned()
        }
        Hold::Baseline => {
            "it was true when the rule was loaded, and must be false before it counts".to_owned()
        }
        Hold::BetweenEvents { on } => {
            format!("it looks at the events of \"{on}\" one by one; between them it is false")
        }
        Hold::Shadow => "it is a shadow: it fires and starts nothing".to_owned(),
    }
}

fn state(state: TriggerState, at: Timestamp) -> String {
    match state {
        TriggerState::Inactive => "not firing".to_owned(),
        TriggerState::Pending { since } => {
            format!("pending; its condition came true {}", told(since, at))
        }
        TriggerState::Firing { since } => format!("firing; it fired {}", told(since, at)),
        TriggerState::Resolving { since, from } => {
            format!("firing since {}; its condition ended {}", told(since, at), told(from, at))
        }
    }
}

/// An instant as seen from another.
fn told(instant: Timestamp, from: Timestamp) -> String {
    match instant.cmp(&from) {
        std::cmp::Ordering::Less => format!("{} ago", from.since(instant)),
        std::cmp::Ordering::Equal => "now".to_owned(),
        std::cmp::Ordering::Greater => format!("in {}", instant.since(from)),
    }
}
