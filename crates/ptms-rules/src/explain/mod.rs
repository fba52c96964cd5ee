//! Why a rule does what it does, or does not, for one key at one instant: what there is to say, as data.
//!
//! | module | what it knows |
//! |---|---|
//! | `tree` | what every part of a condition comes to, by the program of that part |
//! | `written` | parts of conditions as their authors wrote them |
//! | `prose` | the text for people |
//!
//! It changes nothing, and works nothing out by itself: parts of conditions are compiled and run as
//! conditions are, against the same facts and windows.

mod prose;
mod tree;
mod written;

use ptms_core::{Duration, Key, Name, Timestamp, TriggerState, Value};
use serde::Serialize;

pub(crate) use self::tree::Scene;

/// Why a rule does what it does, or does not, for one key at one instant. As text it is a tree for
/// people; the instants of it are told from [`Explanation::at`].
///
/// ```
/// use ptms_core::{Event, Key, Sources, Timestamp};
/// use ptms_rules::{Input, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [event.error]
///
///     [[rule]]
///     id = "errors"
///     when = 'count("error", "5m") >= 3'
/// "#)])).unwrap();
/// let mut session = Session::new(book.rules);
/// let now = Timestamp::from_secs(60);
/// session.handle(now, Input::Event(Event::new("error"))).unwrap();
/// while session.poll().is_some() {}
/// let why = session.explain("errors", &Key::default(), now).unwrap();
/// assert_eq!(why.when.distance, Some(-2.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The instant.
    pub at: Timestamp,
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// The state of the trigger, and since when.
    #[serde(flatten)]
    pub state: TriggerState,
    /// When it fired last.
    pub last_fire: Option<Timestamp>,
    /// What keeps it from firing though `when` be true.
    pub holds: Vec<Hold>,
    /// What will happen though nothing comes, unless the condition changes before.
    pub timers: Vec<Timer>,
    /// The condition.
    pub when: Part,
    /// The condition that ends a firing; only while it is firing.
    pub resolve_when: Option<Part>,
}

/// A part of a condition, and what it comes to.
///
/// ```
/// use ptms_core::{Key, Sources, Timestamp};
/// use ptms_rules::{Lack, Reading, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [context]
///     load = "float"
///
///     [[rule]]
///     id = "busy"
///     when = 'ctx.load > 0.9'
/// "#)])).unwrap();
/// let session = Session::new(book.rules);
/// let why = session.explain("busy", &Key::default(), Timestamp::default()).unwrap();
/// let load = &why.when.parts[0];
/// assert_eq!((load.text.as_str(), &load.reading), ("ctx.load", &Reading::Unknown));
/// assert_eq!(load.lack, Some(Lack::NotSet));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Part {
    /// As it is written; of what stands in a signal, as it could be written.
    pub text: String,
    /// What it comes to.
    pub reading: Reading,
    /// Why what it reads has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lack: Option<Lack>,
    /// Of a comparison of numbers, or of durations in nanoseconds: how far the left side lies above the
    /// right one; below it where this is negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// Of a function over time: what it has seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contents: Option<Contents>,
    /// What it is made of, values written out excepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

/// What a part of a condition comes to.
///
/// ```
/// use ptms_rules::Reading;
///
/// assert_eq!(serde_json::to_string(&Reading::Value(3.into())).unwrap(), r#"{"value":3}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// A value.
    Value(Value),
    /// A length of time.
    Duration(Duration),
    /// Nobody can tell, because something that it reads has no value.
    Unknown,
    /// It cannot be worked out, for this reason.
    Fault(String),
    /// It is made of a sensitive fact or field, and not shown.
    Withheld,
}

/// Why something that a condition reads has no value.
///
/// ```
/// use ptms_core::Timestamp;
/// use ptms_rules::Lack;
///
/// let lack = Lack::Stale { since: Timestamp::from_secs(1) };
/// assert_eq!(serde_json::to_string(&lack).unwrap(), r#"{"stale":{"since":1000000000}}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The fact was never set, or was unset.
    NotSet,
    /// Nobody has renewed the fact.
    Stale {
        /// From when on it was unknown.
        since: Timestamp,
    },
    /// It is a field of an event, and the rule sees events only in the instants in which they happen.
    NoEvent,
    /// The function over time has not seen enough.
    NothingSeen,
}

/// What a function over time has seen.
///
/// ```
/// use ptms_core::{Duration, Event, Key, Sources, Timestamp};
/// use ptms_rules::{Input, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [event.error]
///
///     [[rule]]
///     id = "errors"
///     when = 'count("error", "5m") >= 3'
/// "#)])).unwrap();
/// let mut session = Session::new(book.rules);
/// let now = Timestamp::from_secs(60);
/// session.handle(now, Input::Event(Event::new("error"))).unwrap();
/// while session.poll().is_some() {}
/// let why = session.explain("errors", &Key::default(), now).unwrap();
/// let contents = why.when.parts[0].contents.clone().unwrap();
/// assert_eq!(contents.newest, Some(now));
/// assert_eq!(contents.changes_at, Some(now + Duration::from_secs(300)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Contents {
    /// The oldest event that counts, where that is known.
    pub oldest: Option<Timestamp>,
    /// The newest event, where that is known.
    pub newest: Option<Timestamp>,
    /// Of a sequence: how many of its steps are filled, and how many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<(usize, usize)>,
    /// When time changes what it says, if nothing happens before.
    pub changes_at: Option<Timestamp>,
    /// Whether more came than is kept one by one, so that the answer is not exact.
    pub approximate: bool,
    /// Whether there may be more: no condition asks for more than is counted.
    pub or_more: bool,
}

/// What keeps a trigger from firing though its condition be true.
///
/// ```
/// use ptms_rules::Hold;
///
/// assert_eq!(serde_json::to_string(&Hold::Shadow).unwrap(), r#"{"by":"shadow"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// The condition has not been true for long enough.
    For {
        /// When it will have been.
        until: Timestamp,
    },
    /// It has fired lately.
    Cooldown {
        /// When that is long enough ago.
        until: Timestamp,
    },
    /// Another rule fires.
    Inhibited {
        /// That rule.
        rule: Name,
    },
    /// Nothing is known of the key: no input has spoken of it, or it has left, or was refused.
    NotAlive,
    /// The condition was true when the rule was loaded, and must be false before it counts.
    Baseline,
    /// It looks at events one at a time, and between them its condition is false.
    BetweenEvents {
        /// The selector whose events it looks at.
        on: Name,
    },
    /// It fires and starts nothing.
    Shadow,
}

/// Something that is due.
///
/// ```
/// use ptms_core::{Event, Key, Sources, Timestamp};
/// use ptms_rules::{Input, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [event.error]
///
///     [[rule]]
///     id = "errors"
///     when = 'count("error", "5m") >= 1'
///     for = "30s"
/// "#)])).unwrap();
/// let mut session = Session::new(book.rules);
/// session.handle(Timestamp::from_secs(60), Input::Event(Event::new("error"))).unwrap();
/// while session.poll().is_some() {}
/// let why = session.explain("errors", &Key::default(), Timestamp::from_secs(60)).unwrap();
/// assert_eq!((why.timers[0].of, why.timers[0].due), ("for", Timestamp::from_secs(90)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Timer {
    /// The key of the rule that says how long: `for`, `cooldown`, `keep`, `repeat` or `stale_after`.
    pub of: &'static str,
    /// When.
    pub due: Timestamp,
}
