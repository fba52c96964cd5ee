//! A running rulebook: facts, windows and triggers, moved by inputs and by time.
//!
//! Each input at `t`: first everything due before `t` happens, each at its own instant; then the
//! input is applied and one complete evaluation follows. What matures at `t` (`for`, the end of a
//! cooldown) takes effect in the evaluation that closes `t`: a wake-up at `t`, or any later input.
//!
//! Knows no file, no clock and no system; what a firing starts is not its business.

mod derived;
mod evaluate;
mod input;
mod keys;
mod life;
mod output;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ptms_core::{CheckedEvent, Context, FactId, Key, Timestamp, Trigger, TriggerState};

use self::input::{Checked, check};
use crate::calendar::CalendarId;
use crate::condition::{Environment, Truth};
use crate::rule_set::{RuleSet, RuleSpec};
use crate::space::{Space, SpaceId};
use crate::window::{SelectorId, Window, WindowId};

pub use self::input::{Input, InputError};
pub use self::life::Reason;
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
    windows: Vec<Window>,
    spaces: Vec<Space>,
    /// By rule: the triggers that are not as they were born.
    live: Vec<BTreeMap<Key, Live>>,
    /// When pending triggers can fire.
    timers: BTreeSet<(Timestamp, usize, Key)>,
    /// When facts go stale.
    stale: BTreeSet<(Timestamp, FactId)>,
    /// When the hours of calendars begin and end.
    edges: BTreeSet<(Timestamp, CalendarId)>,
    /// The instant of the last input or deadline; it is open until something closes it.
    now: Option<Timestamp>,
    /// Whether the rules without key have been evaluated for the first time.
    begun: bool,
    /// An input that waits until everything due before it has happened.
    pending: Option<(Timestamp, Checked)>,
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
    faulted: bool,
}

/// Rules and keys that an evaluation must look at, in the order of evaluation.
type Affected = BTreeSet<(usize, Key)>;

impl Session {
    /// A session that has seen nothing.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            context: Context::new(rules.schema().clone()),
            windows: rules.windows.iter().map(Window::new).collect(),
            spaces: rules.spaces.iter().map(Space::new).collect(),
            live: vec![BTreeMap::new(); rules.rules.len()],
            timers: BTreeSet::new(),
            stale: BTreeSet::new(),
            edges: BTreeSet::new(),
            now: None,
            begun: false,
            pending: None,
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
        let windows = self.windows.iter().filter_map(Window::next_deadline).min();
        let spaces = self.spaces.iter().filter_map(Space::next_deadline).min();
        let timers = self.timers.first().map(|(at, ..)| *at);
        let stale = self.stale.first().map(|(at, _)| *at);
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

    /// Does one thing: the next deadline before the waiting input, or the input. False if there is
    /// nothing to do.
    fn advance(&mut self) -> bool {
        let Some((target, _)) = &self.pending else { return false };
        let target = *target;
        if let Some(due) = self.next_deadline()
            && due < target
        {
            self.close(due, Affected::new());
            return true;
        }
        let Some((_, input)) = self.pending.take() else { return false };
        self.now = Some(target);
        if matches!(input, Checked::Advance) {
            // Nothing was put in: whatever is due at the instant waits until it is closed.
            return true;
        }
        let mut affected = self.begin(target);
        match input {
            Checked::Event(event) => self.apply_event(target, &event, &mut affected),
            Checked::Set(facts) => self.apply_facts(target, facts, &mut affected),
            Checked::Unset(facts) => self.apply_unset(&facts, &mut affected),
            Checked::Wake | Checked::Advance => {
                self.close(target, affected);
                return true;
            }
        }
        self.expire(target, &mut affected);
        self.evaluate(target, false, affected);
        true
    }

    /// What the first evaluation sees beside what its input concerns: every rule that has no key. Keys
    /// are not born yet.
    fn begin(&mut self, now: Timestamp) -> Affected {
        let first = !std::mem::replace(&mut self.begun, true);
        if first {
            let calendars = 0..self.rules.calendars.list.len();
            calendars.for_each(|calendar| self.await_edge(now, CalendarId(calendar)));
        }
        let rules = self.rules.rules.iter().enumerate();
        let unkeyed = rules.filter(|(_, rule)| first && rule.space.is_none());
        unkeyed.map(|(index, _)| (index, Key::default())).collect()
    }

    /// Lets everything happen that is due at `at`.
    fn close(&mut self, at: Timestamp, mut affected: Affected) {
        self.now = Some(at);
        self.expire(at, &mut affected);
        while let Some((due, rule, key)) = self.timers.first().cloned() {
            if due > at {
                break;
            }
            self.timers.pop_first();
            if let Some(live) = self.live.get_mut(rule).and_then(|live| live.get_mut(&key)) {
                live.timer = None;
            }
            affected.insert((rule, key));
        }
        self.evaluate(at, true, affected);
        for index in 0..self.spaces.len() {
            let left = self.spaces.get_mut(index).map(|space| space.expire(at)).unwrap_or_default();
            for key in left {
                // A key lives longer than every window over it, so no other key sees it leave.
                self.evict(at, SpaceId(index), &key, &mut Affected::new());
            }
        }
    }

    /// Drops what has left windows and gone stale by `now`.
    fn expire(&mut self, now: Timestamp, affected: &mut Affected) {
        for index in 0..self.windows.len() {
            let changed = self.windows.get_mut(index).map(|window| window.expire(now));
            for key in changed.unwrap_or_default() {
                self.affect_window(WindowId(index), &key, affected);
            }
        }
        while let Some((at, calendar)) = self.edges.first().copied() {
            if at > now {
                break;
            }
            self.edges.pop_first();
            self.await_edge(now, calendar);
            self.affect_calendar(calendar, affected);
        }
        while let Some((at, fact)) = self.stale.first().copied() {
            if at > now {
                break;
            }
            self.stale.pop_first();
            self.affect_fact(fact, affected);
        }
    }

    /// Remembers when the hours of a calendar next begin or end.
    fn await_edge(&mut self, now: Timestamp, calendar: CalendarId) {
        let hours = self.rules.calendars.list.get(calendar.0);
        let edge = hours.and_then(|hours| hours.next_edge(now));
        self.edges.extend(edge.map(|at| (at, calendar)));
    }

    fn apply_facts(
        &mut self,
        now: Timestamp,
        facts: Vec<(FactId, ptms_core::Value)>,
        affected: &mut Affected,
    ) {
        for (fact, value) in facts {
            let was_stale_from = self.context.stale_from(fact);
            // The value was admitted when the input was checked.
            let _ = self.context.set(now, fact, value);
            self.restale(fact, was_stale_from);
            self.affect_fact(fact, affected);
        }
    }

    fn apply_unset(&mut self, facts: &[FactId], affected: &mut Affected) {
        for fact in facts {
            let was_stale_from = self.context.stale_from(*fact);
            self.context.unset(*fact);
            self.restale(*fact, was_stale_from);
            self.affect_fact(*fact, affected);
        }
    }

    fn restale(&mut self, fact: FactId, was: Option<Timestamp>) {
        if let Some(was) = was {
            self.stale.remove(&(was, fact));
        }
        if let Some(is) = self.context.stale_from(fact) {
            self.stale.insert((is, fact));
        }
    }

    fn apply_event(&mut self, now: Timestamp, event: &CheckedEvent, affected: &mut Affected) {
        let rules = self.rules.clone();
        let selectors = rules.readers.of_event.get(event.kind().index());
        for selector in selectors.into_iter().flatten() {
            if self.selects(now, *selector, event) {
                self.apply_selected(now, &rules, *selector, event, affected);
            }
        }
    }

    fn selects(&mut self, now: Timestamp, selector: SelectorId, event: &CheckedEvent) -> bool {
        let Some(selector) = self.rules.selectors.get(selector.0) else { return false };
        let Some(filter) = &selector.filter else { return true };
        let environment = Environment {
            now,
            context: &self.context,
            calendars: &self.rules.calendars,
            event: Some(event),
            count: &|_| 0,
        };
        match filter.truth(&environment) {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown | Truth::Fault(_) => {
                self.stats.undecided_events += 1;
                false
            }
        }
    }
}
