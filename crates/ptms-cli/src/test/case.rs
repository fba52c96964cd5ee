//! A test as data: what is put in when, and what is expected. Knows no file and no engine.

use std::fmt;

use ptms::{Duration, Key, KeyValue, Name, Span, Timestamp, Value};

use crate::args::StepName;
use crate::entry::End;
use crate::stream::Feed;

/// One test.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: Name,
    /// Where it is declared.
    pub(super) span: Span,
    pub(super) start: Timestamp,
    /// By instant; at one instant as they are written.
    pub(super) inputs: Vec<Put>,
    /// Steps the activation of which fails.
    pub(super) fail: Vec<StepName>,
    /// Steps the activation of which is never answered.
    pub(super) silence: Vec<StepName>,
    /// The last instant that it looks at.
    pub(super) end: Timestamp,
    /// Those of an instant by it, then those of the whole test.
    pub(super) expected: Vec<Expected>,
}

/// Something that is put in.
#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) at: Timestamp,
    pub(super) feed: Feed,
    pub(super) span: Span,
}

/// Something that is expected.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// When; `None` for the whole test.
    pub(super) at: Option<Timestamp>,
    pub(super) what: What,
    pub(super) span: Span,
}

impl Expected {
    /// Whether it can be looked at only when every run has come to rest.
    pub(super) const fn is_of_a_run(&self) -> bool {
        matches!(self.what, What::Run(..))
    }
}

/// What is expected.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// The rule does this: at the instant, or at some time.
    Does(Does, Of),
    /// The rule does this at exactly these instants.
    DoesAt(Does, Of, Vec<Timestamp>),
    /// The rule does not fire: at the instant, or at all.
    Quiet(Of),
    /// The condition was looked at, and so far never known to be true or false.
    Undecided(Of),
    /// The trigger is in this state once the instant is closed.
    Is(State, Of),
    /// The fact has this value for this key once the instant is closed, or none.
    Fact(Name, Key, Option<Value>),
    /// A run of the rule looks like this: the one that started at the instant, or the first.
    Run(Of, Option<Timestamp>, RunLike),
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Fire,
    Resolve,
}

impl fmt::Display for Does {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Fire => "fire",
            Self::Resolve => "resolve",
        })
    }
}

/// In which state a trigger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Inactive,
    Pending,
    Firing,
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        })
    }
}

/// A rule, and which of its keys: all that have these dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Of {
    pub(super) rule: Name,
    pub(super) key: Vec<(Name, KeyValue)>,
}

impl Of {
    /// Whether it means this rule and key.
    pub(super) fn is(&self, rule: &str, key: &Key) -> bool {
        let has = |(name, value): &(Name, KeyValue)| key.value(name) == Some(value);
        self.rule == rule && self.key.iter().all(has)
    }
}

impl fmt::Display for Of {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.rule)?;
        if self.key.is_empty() {
            return Ok(());
        }
        let key: Vec<_> = self.key.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(out, " [{}]", key.join(","))
    }
}

/// What a run looks like, as far as somebody cares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunLike {
    /// Its steps, in any order, and no others.
    pub(super) steps: Option<Vec<Name>>,
    /// Each of these steps comes before the next: the plan has a way from one to the other.
    pub(super) order: Vec<Name>,
    /// The steps an undo of which was asked for, in this order, and no others.
    pub(super) undone: Option<Vec<Name>>,
    pub(super) end: Option<End>,
    /// From its start to its end.
    pub(super) takes: Option<Duration>,
}
