//! A running rulebook: facts, windows and triggers, moved by inputs and by time.
//!
//! Each input at `t`: first everything due before `t` happens, each at its own instant; then the
//! input is applied and one complete evaluation follows. What matures at `t` (`for`, the end of a
//! cooldown) takes effect in the evaluation that closes `t`: a wake-up at `t`, or any later input.
//!
//! Knows no file, no clock and no system; what a firing starts is not its business.

mod apply;
mod ask;
mod derived;
mod evaluate;
mod explain;
mod handed;
mod inhibition;
mod input;
mod instant;
mod keys;
mod life;
mod output;
mod told;
mod windows;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ptms_core::{
    CheckedEvent, Context, FactId, Key, OnLoad, Timestamp, Trigger, TriggerState, Value,
};

use self::input::{Checked, check};
use crate::calendar::CalendarId;
use crate::rule_set::{Reader, Rule, RuleSet};
use crate::rule_spec::RuleSpec;
use crate::space::{Space, SpaceId};
use crate::time::Terms;
use crate::window::{WindowId, Windows};

pub use self::ask::Answer;
pub use self::input::{Input, InputError};
pub use self::output::{Output, RuleFault, Stats, Transition, Verdicts};

/// A running rulebook. It begins with its first input. It is `Send`; every input goes through [`Session::handle`], and everything
/// that it has to say comes out of [`Session::poll`].
///
/// ```
/// use ptms_core::{Event, Sources, Timestamp};
/// use ptms_rules::{Input, Output, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [event.log]
///     fields = { level = "string" }
///
///     [select.error]
///     on = "log"
///     where = 'event.level == "error"'
///
///     [[rule]]
///     id = "errors"
///     when = 'count("error", "1m") >= 2'
/// "#)])).unwrap();
/// let mut session = Session::new(book.rules);
/// for second in [0, 59] {
///     let event = Event::new("log").with("level", "error");
///     session.handle(Timestamp::from_secs(second), Input::Event(event)).unwrap();
/// }
/// assert!(matches!(session.poll(), Some(Output::Fired(_))));
/// // The first event leaves the window a minute after it happened.
/// assert_eq!(session.next_deadline(), Some(Timestamp::from_secs(60)));
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    rules: Arc<RuleSet>,
    context: Context,
    windows: Windows,
    spaces: Vec<Space>,
    /// By rule: the triggers that are not as they were born.
    live: Vec<BTreeMap<Key, Live>>,
    /// By inhibition: how many triggers of its source fire, by the part of their keys that it compares.
    inhibiting: Vec<BTreeMap<Key, usize>>,
    /// When pending triggers can fire.
    timers: BTreeSet<(Timestamp, usize, Key)>,
    /// When facts go stale.
    stale: BTreeSet<(Timestamp, FactId, Key)>,
    /// When the hours of calendars begin and end.
    edges: BTreeSet<(Timestamp, CalendarId)>,
    /// The instant of the last input or deadline; it is open until something closes it.
    now: Option<Timestamp>,
    /// Whether the rules without key have been evaluated for the first time.
    begun: bool,
    /// An input that waits until everything due before it has happened.
    pending: Option<(Timestamp, Checked)>,
    /// What triggers did and conditions have not looked at yet.
    // INVARIANT: empty when an input is taken.
    told: VecDeque<CheckedEvent>,
    outputs: VecDeque<Output>,
    stats: Stats,
    /// By rule.
    verdicts: Vec<Verdicts>,
}

/// What is kept of a trigger.
#[derive(Clone, Debug, Default, PartialEq)]
struct Live {
    state: TriggerState,
    last_fire: Option<Timestamp>,
    timer: Option<Timestamp>,
    /// When it next tells again that it is firing.
    repeat_at: Option<Timestamp>,
    /// Since when its condition has been unknown, while it is pending or firing.
    unknown_since: Option<Timestamp>,
    /// Whether it has been told that a condition is at fault, and unknown.
    faulted: bool,
    reported: bool,
    /// Whether its condition must be seen to be false before it counts.
    unarmed: bool,
    /// Whether another rule held it back when it was last looked at, while it is pending.
    inhibited: bool,
}

/// What is kept of a trigger takes so many bytes.
pub(crate) const TRIGGER_BYTES: usize = size_of::<Live>();

/// What must be worked out for which keys, in the order of evaluation.
type Affected = BTreeSet<(Reader, Key)>;

/// What an input concerns: gathered while it is applied, for the evaluation that follows.
#[derive(Debug)]
struct Turn {
    now: Timestamp,
    /// Whether this closes `now`: only then does what is due at it take effect.
    closing: bool,
    /// The values of the fields of the event at hand.
    event: Option<Vec<Option<Value>>>,
    /// The rules that look at the event, each with the key of it.
    shown: BTreeSet<(usize, Key)>,
    /// What must be worked out.
    affected: Affected,
    /// What sees something that holds in this one evaluation: it is worked out once more right after.
    pulsed: Affected,
    /// Keys of which the input spoke and that were not admitted.
    refused: BTreeSet<(SpaceId, Key)>,
    /// The windows and groups that an event falls into, each with the terms that it fits there.
    fits: Vec<(WindowId, Key, Terms)>,
}

impl Turn {
    const fn new(now: Timestamp, closing: bool) -> Self {
        Self {
            now,
            closing,
            event: None,
            shown: BTreeSet::new(),
            affected: BTreeSet::new(),
            pulsed: BTreeSet::new(),
            refused: BTreeSet::new(),
            fits: Vec::new(),
        }
    }

    /// The event that a rule looks at for a key.
    fn event_for(&self, rule: usize, key: &Key) -> Option<&[Option<Value>]> {
        let event = self.event.as_deref()?;
        self.shown.contains(&(rule, key.clone())).then_some(event)
    }
}

impl Session {
    /// A session that has seen nothing.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            context: Context::new(rules.schema().clone()),
            windows: Windows::new(&rules.windows),
            spaces: rules.spaces.iter().map(Space::new).collect(),
            live: rules.rules.iter().map(unborn).collect(),
            inhibiting: vec![BTreeMap::new(); rules.inhibitions.list.len()],
            timers: BTreeSet::new(),
            stale: BTreeSet::new(),
            edges: BTreeSet::new(),
            now: None,
            begun: false,
            pending: None,
            told: VecDeque::new(),
            outputs: VecDeque::new(),
            stats: Stats::default(),
            verdicts: vec![Verdicts::default(); rules.rules.len()],
            rules,
        }
    }

    /// Takes an input that happened at `now`. What comes of it is worked out by [`Session::poll`];
    /// what earlier inputs caused and was not polled yet stays in front of it.
    ///
    /// # Errors
    ///
    /// [`InputError`] where time runs backwards or the input does not fit the declarations. Nothing
    /// has changed then.
    pub fn handle(&mut self, now: Timestamp, input: Input) -> Result<(), InputError> {
        let latest = self.pending.as_ref().map(|(at, _)| *at).max(self.now);
        if let Some(last) = latest
            && now < last
        {
            return Err(InputError::TimeBackwards { now, last });
        }
        let checked = check(self.rules.schema(), input)?;
        while self.advance() {}
        self.pending = Some((now, checked));
        self.stats.inputs += 1;
        Ok(())
    }

    /// The next thing to tell, or `None` when everything has been told. Works lazily: a long time
    /// between two inputs is worked through one deadline at a time.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            if !self.advance() {
                return None;
            }
        }
    }

    /// When the session next wants to be woken, if no input comes before. The current instant itself
    /// where something matures at it. Exact only after [`Session::poll`] has said `None`.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let windows = self.windows.next_deadline();
        let spaces = self.spaces.iter().filter_map(Space::next_deadline).min();
        let timers = self.timers.first().map(|(at, ..)| *at);
        let stale = self.stale.first().map(|(at, ..)| *at);
        let edges = self.edges.first().map(|(at, _)| *at);
        [windows, spaces, timers, stale, edges].into_iter().flatten().min()
    }

    /// How much it has seen.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// What the evaluations of each rule came to, in the order of evaluation.
    pub fn verdicts(&self) -> impl Iterator<Item = (&RuleSpec, Verdicts)> {
        self.rules.specs().zip(self.verdicts.iter().copied())
    }

    /// The current value of every fact.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The triggers that are pending, firing or have fired, by rule and key.
    pub fn triggers(&self) -> impl Iterator<Item = Trigger> {
        let by_rule = self.rules.rules.iter().zip(&self.live);
        by_rule.flat_map(|(rule, live)| {
            live.iter().map(|(key, live)| {
                let mut trigger = Trigger::new(&rule.spec.id, key.clone());
                (trigger.state, trigger.last_fire) = (live.state, live.last_fire);
                trigger
            })
        })
    }
}

/// What is kept of the triggers of a rule before its first evaluation. Keys that are born later count
/// what they see at once.
fn unborn(rule: &Rule) -> BTreeMap<Key, Live> {
    let baseline = rule.space.is_none() && rule.spec.on_load == OnLoad::Baseline;
    let unarmed = Live { unarmed: true, ..Live::default() };
    baseline.then(|| (Key::default(), unarmed)).into_iter().collect()
}
