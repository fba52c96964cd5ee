//! A running rulebook: facts, windows and triggers, moved by inputs and by time.
//!
//! Each input at `t`: first everything due before `t` happens, each at its own instant; then the
//! input is applied and one complete evaluation follows. What matures at `t` (`for`, the end of a
//! cooldown) takes effect in the evaluation that closes `t`: a wake-up at `t`, or any later input.
//!
//! Knows no file, no clock and no system; what a firing starts is not its business.

mod input;
mod life;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ptms_core::{
    CheckedEvent, Context, FactId, Firing, Key, KeyValue, Name, Timestamp, Trigger, TriggerState,
};
use serde::{Deserialize, Serialize};

use self::input::{Checked, check};
use self::life::{Seen, earliest_fire, next};
use crate::condition::{Environment, Fault, Truth};
use crate::rule_set::RuleSet;
use crate::space::{Admission, Space, SpaceId};
use crate::window::{SelectorId, Window, WindowId};

pub use self::input::{Input, InputError};
pub use self::life::Reason;

/// What a session tells its host.
///
/// ```
/// use ptms_core::{Sources, Timestamp};
/// use ptms_rules::{Input, Output, Rulebook, Session};
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [context]
///     cpu = "float"
///
///     [[rule]]
///     id = "busy"
///     when = "ctx.cpu > 0.9"
/// "#)])).unwrap();
/// let mut session = Session::new(book.rules);
/// let now = Timestamp::from_secs(60);
/// session.handle(now, Input::Set(vec![("cpu".into(), 0.95.into())])).unwrap();
/// assert!(matches!(session.poll(), Some(Output::Fired(firing)) if firing.at == now));
/// assert_eq!(session.poll(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A trigger changed its state without firing.
    Transition(Transition),
    /// A trigger fired.
    Fired(Firing),
    /// A condition could not be worked out. Reported once until it can be again; the condition counts
    /// as unknown meanwhile.
    Fault(RuleFault),
    /// A key was not admitted: there are as many as allowed, and none may leave.
    KeyRefused {
        /// When.
        at: Timestamp,
        /// Which key.
        key: Key,
    },
    /// A key left with all that was known of it.
    Evicted {
        /// When.
        at: Timestamp,
        /// Which key.
        key: Key,
    },
}

/// A trigger changed its state without firing.
///
/// ```
/// use ptms_core::{Key, Timestamp, TriggerState};
/// use ptms_rules::{Reason, Transition};
///
/// let line = serde_json::json!({
///     "at": 0, "rule": "slow", "key": {}, "state": "inactive", "reason": "condition_false",
/// });
/// let transition: Transition = serde_json::from_value(line).unwrap();
/// assert_eq!(transition.to, TriggerState::Inactive);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// The new state.
    #[serde(flatten)]
    pub to: TriggerState,
    /// Why.
    pub reason: Reason,
}

/// A condition that could not be worked out.
///
/// ```
/// use ptms_rules::RuleFault;
///
/// let fault: RuleFault = serde_json::from_value(serde_json::json!({
///     "at": 0, "rule": "share", "key": {}, "column": 9, "line": 1, "message": "a float is not finite",
/// })).unwrap();
/// assert_eq!(fault.column, 9);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleFault {
    /// When.
    pub at: Timestamp,
    /// The id of the rule.
    pub rule: Name,
    /// Which one of many.
    pub key: Key,
    /// The line of the condition, from 1.
    pub line: usize,
    /// The column in it, from 1, in characters.
    pub column: usize,
    /// What went wrong.
    pub message: String,
}

/// How much a session has seen.
///
/// ```
/// use ptms_rules::Stats;
///
/// assert_eq!(Stats::default().evaluations, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Inputs that were accepted.
    pub inputs: u64,
    /// Evaluations of one rule for one key.
    pub evaluations: u64,
    /// Events that a selector left out because its `where` was unknown or at fault.
    pub undecided_events: u64,
    /// Events that keyed windows left out because a dimension was missing.
    pub events_without_key: u64,
    /// Keys that left.
    pub keys_evicted: u64,
    /// Events whose key was not admitted.
    pub keys_refused: u64,
}

/// A running rulebook. It is `Send`; every input goes through [`Session::handle`], and everything
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
    /// The instant of the last input or deadline; it is open until something closes it.
    now: Option<Timestamp>,
    /// An input that waits until everything due before it has happened.
    pending: Option<(Timestamp, Checked)>,
    outputs: VecDeque<Output>,
    stats: Stats,
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
            now: None,
            pending: None,
            outputs: VecDeque::new(),
            stats: Stats::default(),
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
        [windows, spaces, timers, stale].into_iter().flatten().min()
    }

    /// How much it has seen.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
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
            self.close(due);
            return true;
        }
        let Some((_, input)) = self.pending.take() else { return false };
        let mut affected = Affected::new();
        if self.now.is_none() && !matches!(input, Checked::Advance) {
            // The first evaluation sees every rule that has no key; keys are not born yet.
            let unkeyed =
                self.rules.rules.iter().enumerate().filter(|(_, rule)| rule.space.is_none());
            affected.extend(unkeyed.map(|(index, _)| (index, Key::default())));
        }
        self.now = Some(target);
        match input {
            Checked::Event(event) => self.apply_event(target, &event, &mut affected),
            Checked::Set(facts) => self.apply_facts(target, facts, &mut affected),
            Checked::Unset(facts) => self.apply_unset(&facts, &mut affected),
            Checked::Wake => {
                self.evaluate(target, false, affected);
                self.close(target);
                return true;
            }
            // Nothing was put in: whatever is due at the instant waits until it is closed.
            Checked::Advance => return true,
        }
        self.expire(target, &mut affected);
        self.evaluate(target, false, affected);
        true
    }

    /// Lets everything happen that is due at `at`.
    fn close(&mut self, at: Timestamp) {
        self.now = Some(at);
        let mut affected = Affected::new();
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
                self.evict(at, SpaceId(index), &key);
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
        while let Some((at, fact)) = self.stale.first().copied() {
            if at > now {
                break;
            }
            self.stale.pop_first();
            self.affect_fact(fact, affected);
        }
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
        let environment =
            Environment { now, context: &self.context, event: Some(event), count: &|_| 0 };
        match filter.truth(&environment) {
            Truth::True => true,
            Truth::False => false,
            Truth::Unknown | Truth::Fault(_) => {
                self.stats.undecided_events += 1;
                false
            }
        }
    }

    /// Lets the keys of a selected event live, and puts it into its windows.
    fn apply_selected(
        &mut self,
        now: Timestamp,
        rules: &RuleSet,
        id: SelectorId,
        event: &CheckedEvent,
        affected: &mut Affected,
    ) {
        let Some(selector) = rules.selectors.get(id.0) else { return };
        let part = |(name, field): &(Name, usize)| {
            Some((name.clone(), KeyValue::new(event.field(*field)?)?))
        };
        let carried = Key::new(selector.key.iter().filter_map(part));
        let mut refused = BTreeSet::new();
        let mut without_key = false;
        for space in rules.readers.spaces_of_selector.get(id.0).into_iter().flatten() {
            match project(rules, *space, &carried) {
                Some(key) if self.admit(now, *space, &key, affected) => {}
                Some(_) => {
                    refused.insert(*space);
                }
                None => {
                    without_key = true;
                    refused.insert(*space);
                }
            }
        }
        self.stats.events_without_key += u64::from(without_key);
        for window in rules.readers.of_selector.get(id.0).into_iter().flatten() {
            let key = match rules.windows.get(window.0).and_then(|spec| spec.space) {
                None => Key::default(),
                Some(space) if refused.contains(&space) => continue,
                Some(space) => match project(rules, space, &carried) {
                    Some(key) => key,
                    None => continue,
                },
            };
            if let Some(window) = self.windows.get_mut(window.0) {
                window.push(now, &key);
            }
            self.affect_window(*window, &key, affected);
        }
    }

    /// Whether a key lives, or now does.
    fn admit(
        &mut self,
        now: Timestamp,
        space: SpaceId,
        key: &Key,
        affected: &mut Affected,
    ) -> bool {
        let rules = self.rules.clone();
        let members = rules.readers.of_space.get(space.0).map_or(&[][..], Vec::as_slice);
        let live = &self.live;
        // A key is spared while one of its triggers is pending, firing or cooling.
        let spared = |key: &Key| {
            members.iter().any(|rule| {
                let trigger = live.get(*rule).and_then(|live| live.get(key));
                let cooldown =
                    rules.rules.get(*rule).map(|rule| rule.spec.cooldown).unwrap_or_default();
                trigger.is_some_and(|live| {
                    live.state != TriggerState::Inactive
                        || live.last_fire.is_some_and(|last| now < last + cooldown)
                })
            })
        };
        let admission = self.spaces.get_mut(space.0).map(|keys| keys.touch(now, key, spared));
        match admission {
            Some(Admission::Known) => true,
            Some(Admission::Born { evicted }) => {
                if let Some(evicted) = evicted {
                    self.evict(now, space, &evicted);
                    affected.retain(|(rule, key)| *key != evicted || !members.contains(rule));
                }
                affected.extend(members.iter().map(|rule| (*rule, key.clone())));
                true
            }
            Some(Admission::Refused) | None => {
                self.stats.keys_refused += 1;
                self.outputs.push_back(Output::KeyRefused { at: now, key: key.clone() });
                false
            }
        }
    }

    /// Forgets all that is known of a key that has left its space.
    fn evict(&mut self, at: Timestamp, space: SpaceId, key: &Key) {
        let rules = self.rules.clone();
        for rule in rules.readers.of_space.get(space.0).into_iter().flatten() {
            let Some(live) = self.live.get_mut(*rule).and_then(|live| live.remove(key)) else {
                continue;
            };
            if let Some(timer) = live.timer {
                self.timers.remove(&(timer, *rule, key.clone()));
            }
            if live.state != TriggerState::Inactive
                && let Some(rule) = rules.rules.get(*rule)
            {
                self.outputs.push_back(Output::Transition(Transition {
                    at,
                    rule: rule.spec.id.clone(),
                    key: key.clone(),
                    to: TriggerState::Inactive,
                    reason: Reason::Evicted,
                }));
            }
        }
        for (window, spec) in self.windows.iter_mut().zip(&rules.windows) {
            if spec.space == Some(space) {
                window.forget(key);
            }
        }
        self.stats.keys_evicted += 1;
        self.outputs.push_back(Output::Evicted { at, key: key.clone() });
    }

    fn affect_fact(&self, fact: FactId, affected: &mut Affected) {
        for rule in self.rules.readers.of_fact.get(fact.index()).into_iter().flatten() {
            self.affect(*rule, |_| true, affected);
        }
    }

    /// The rules that read a window, for the keys that see its group `group`.
    fn affect_window(&self, window: WindowId, group: &Key, affected: &mut Affected) {
        for rule in self.rules.readers.of_window.get(window.0).into_iter().flatten() {
            let rule_space = self.rules.rules.get(*rule).and_then(|rule| rule.space);
            let window_space = self.rules.windows.get(window.0).and_then(|spec| spec.space);
            if rule_space == window_space {
                affected.insert((*rule, group.clone()));
            } else {
                let sees =
                    |key: &Key| group.iter().all(|(name, value)| key.value(name) == Some(value));
                self.affect(*rule, sees, affected);
            }
        }
    }

    /// A rule, for all its keys that `sees` accepts.
    fn affect(&self, rule: usize, sees: impl Fn(&Key) -> bool, affected: &mut Affected) {
        match self.rules.rules.get(rule).and_then(|rule| rule.space) {
            None => {
                affected.insert((rule, Key::default()));
            }
            Some(space) => {
                let keys = self.spaces.get(space.0).into_iter().flat_map(Space::keys);
                affected.extend(keys.filter(|key| sees(key)).map(|key| (rule, key.clone())));
            }
        }
    }

    fn evaluate(&mut self, now: Timestamp, closing: bool, affected: Affected) {
        for (rule, key) in affected {
            self.evaluate_one(now, closing, rule, key);
        }
    }

    fn evaluate_one(&mut self, now: Timestamp, closing: bool, index: usize, key: Key) {
        let rules = self.rules.clone();
        let Some(rule) = rules.rules.get(index) else { return };
        self.stats.evaluations += 1;
        let old = self.live.get(index).and_then(|live| live.get(&key)).cloned().unwrap_or_default();
        let count = |window: WindowId| self.count(now, window, &key);
        let environment = Environment { now, context: &self.context, event: None, count: &count };
        let when = rule.when.truth(&environment);
        let resolve_when = match (&rule.resolve_when, old.state) {
            (Some(condition), TriggerState::Firing { .. }) => Some(condition.truth(&environment)),
            (Some(_), _) => Some(Truth::Unknown),
            (None, _) => None,
        };
        let cooldown = rule.spec.cooldown;
        let cooldown_end =
            old.last_fire.map(|last| last + cooldown).filter(|_| !cooldown.is_zero());
        let seen = Seen { now, closing, when, resolve_when, wait: rule.spec.wait, cooldown_end };

        let mut new = old.clone();
        let fault =
            [Some(when), resolve_when].into_iter().flatten().find_map(|truth| match truth {
                Truth::Fault(fault) => Some((fault, truth == when)),
                _ => None,
            });
        new.faulted = fault.is_some();
        if let Some((fault, of_when)) = fault.filter(|_| !old.faulted) {
            let text =
                if of_when { Some(&rule.spec.when) } else { rule.spec.resolve_when.as_ref() };
            self.report_fault(now, &rule.spec.id, &key, fault, text.map_or("", |text| text));
        }
        if let Some((state, reason)) = next(old.state, &seen) {
            new.state = state;
            if state.is_firing() {
                new.last_fire = Some(now);
                self.outputs.push_back(Output::Fired(rule.spec.firing(&key, now)));
            } else {
                let (rule, key) = (rule.spec.id.clone(), key.clone());
                let transition = Transition { at: now, rule, key, to: state, reason };
                self.outputs.push_back(Output::Transition(transition));
            }
        }
        new.timer = match new.state {
            TriggerState::Pending { since } => Some(earliest_fire(since, &seen))
                .filter(|due| *due > now || (*due == now && !closing)),
            _ => None,
        };
        self.store(index, key, &old, new);
    }

    fn store(&mut self, rule: usize, key: Key, old: &Live, new: Live) {
        if old.timer != new.timer {
            if let Some(timer) = old.timer {
                self.timers.remove(&(timer, rule, key.clone()));
            }
            if let Some(timer) = new.timer {
                self.timers.insert((timer, rule, key.clone()));
            }
        }
        let Some(live) = self.live.get_mut(rule) else { return };
        if new == Live::default() {
            live.remove(&key);
        } else if new != *old {
            live.insert(key, new);
        }
    }

    fn count(&self, now: Timestamp, window: WindowId, key: &Key) -> usize {
        let spec = self.rules.windows.get(window.0);
        let (Some(spec), Some(events)) = (spec, self.windows.get(window.0)) else { return 0 };
        let group = match spec.space {
            None => Some(Key::default()),
            Some(space) => project(&self.rules, space, key),
        };
        group.map_or(0, |group| events.count(now, &group))
    }

    fn report_fault(&mut self, at: Timestamp, rule: &Name, key: &Key, fault: Fault, text: &str) {
        let (line, column) = ptms_core::diagnostic::line_and_column(text, fault.at);
        let message = fault.kind.message().to_owned();
        let (rule, key) = (rule.clone(), key.clone());
        let fault = RuleFault { at, rule, key, line, column, message };
        self.outputs.push_back(Output::Fault(fault));
    }
}

/// The part of a key that a space is made of; `None` if a dimension is missing.
fn project(rules: &RuleSet, space: SpaceId, key: &Key) -> Option<Key> {
    let dimensions = &rules.spaces.get(space.0)?.dimensions;
    let part = |name: &Name| Some((name.clone(), key.value(name)?.clone()));
    dimensions.iter().map(part).collect::<Option<Vec<_>>>().map(Key::new)
}
