//! The semantics of rules by definition, as plain and slow as possible: every event is kept for ever,
//! every window is counted anew, and every rule is evaluated for every key at every millisecond.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ptms_core::{Key, KeyValue};

use crate::book::{Book, Condition, Dimensions, Rule, SELECTORS, Selector, Step, TUPLES, key_of};
use crate::timed::{Timed, View};
use crate::watched::{History, Watched};

/// What a condition comes to.
#[derive(Clone, Copy, PartialEq)]
enum Truth {
    Known(bool),
    Unknown,
    Fault,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Inactive,
    Pending(i64),
    /// Since when.
    Firing(i64),
    /// Since when it has fired, and since when its condition has ended.
    Resolving(i64, i64),
}

#[derive(Clone, Copy, Default)]
struct Trigger {
    state: State,
    last_fire: Option<i64>,
    repeat_at: Option<i64>,
    unknown_since: Option<i64>,
    faulted: bool,
    reported: bool,
    /// Whether it has been seen false, where that comes first.
    seen_false: bool,
    /// Whether it was pending and held back by another rule when last looked at.
    inhibited: bool,
}

/// What an evaluation looks at.
struct Look<'a> {
    now: i64,
    dimensions: Dimensions,
    key: &'a Key,
    /// The `v` of the event at hand.
    v: Option<i64>,
}

/// An event, and the key spaces that refused its key.
struct Seen {
    at: i64,
    key: Key,
    v: i64,
    /// For what a rule did: its place, and whether it resolved.
    told: Option<(usize, bool)>,
    refused: BTreeSet<Dimensions>,
}

/// The keys alive of one tuple of dimensions.
#[derive(Default)]
struct Space {
    last_input: BTreeMap<Key, i64>,
    born: BTreeMap<Key, i64>,
    /// How many events had been seen when the key last left: they are forgotten for it.
    forgotten: BTreeMap<Key, usize>,
}

pub(crate) struct Oracle<'a> {
    book: &'a Book,
    /// The tuples of dimensions that the book uses, in the order in which it first does.
    used: Vec<Dimensions>,
    now: Option<i64>,
    /// When the first input came.
    begun: Option<i64>,
    /// The last instant that was closed.
    closed: Option<i64>,
    events: Vec<Seen>,
    /// What rules did that has not come back yet.
    told: VecDeque<((usize, bool), Key)>,
    b: Option<bool>,
    /// With the instant at which it was set.
    n: Option<(i64, i64)>,
    /// Likewise, by the key that has only a `k`.
    m: BTreeMap<Key, (i64, i64)>,
    spaces: BTreeMap<Dimensions, Space>,
    triggers: BTreeMap<(usize, Key), Trigger>,
    /// By signal, for the keys of each tuple of dimensions.
    histories: BTreeMap<(&'static str, Dimensions, Key), History>,
    pub(crate) outputs: Vec<String>,
}

/// The part of a key that has these dimensions; `None` if it lacks one.
fn part(key: &Key, dimensions: Dimensions) -> Option<Key> {
    let dimension = |name: &&str| Some(((*name).into(), key.value(name)?.clone()));
    dimensions.iter().map(dimension).collect::<Option<Vec<_>>>().map(Key::new)
}

fn shared(dimensions: Dimensions, selector: Selector) -> Dimensions {
    let common: Vec<_> =
        dimensions.iter().filter(|name| selector.dimensions.contains(name)).copied().collect();
    TUPLES.into_iter().find(|tuple| **tuple == common).unwrap_or(&[])
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(book: &'a Book) -> Self {
        // The key of `m` comes before those of the rules.
        let mut used: Vec<Dimensions> = vec![&["k"]];
        for rule in &book.rules {
            let mut tuples = vec![rule.key];
            let conditions = std::iter::once(&rule.when).chain(&rule.resolve_when);
            tuples.extend(conditions.flat_map(Condition::counted).map(|s| shared(rule.key, s)));
            for tuple in tuples {
                if !tuple.is_empty() && !used.contains(&tuple) {
                    used.push(tuple);
                }
            }
        }
        Self {
            book,
            used,
            now: None,
            begun: None,
            closed: None,
            events: Vec::new(),
            told: VecDeque::new(),
            b: None,
            n: None,
            m: BTreeMap::new(),
            spaces: TUPLES.into_iter().map(|tuple| (tuple, Space::default())).collect(),
            triggers: BTreeMap::new(),
            histories: BTreeMap::new(),
            outputs: Vec::new(),
        }
    }

    pub(crate) fn handle(&mut self, at: i64, step: Step) {
        // Everything due before happens first, each at its own instant.
        for instant in self.now.unwrap_or(at)..at {
            // What comes back opens the instant again.
            while self.close(instant) {}
        }
        self.now = Some(at);
        if step == Step::Advance {
            return;
        }
        self.begun = self.begun.or(Some(at));
        match step {
            Step::Event { h, k, v } => {
                let shown = self.event(at, h, k, v);
                self.evaluate(at, false, Some((v, &shown)));
            }
            Step::Set { b, n } => {
                self.b = b.or(self.b);
                self.n = n.map(|n| (n, at)).or(self.n);
            }
            Step::Unset { b, n } => {
                self.b = self.b.filter(|_| !b);
                self.n = self.n.filter(|_| !n);
            }
            Step::SetFor { h, k, m, n } => {
                self.n = n.map(|n| (n, at)).or(self.n);
                // `m` has the dimension `k`, whatever else the key says.
                let key = key_of(h, Some(k));
                let own = part(&key, &["k"]).unwrap();
                if !self.admit_parts(at, &own).contains::<[_]>(&["k"]) {
                    self.m.insert(own, (m, at));
                }
            }
            Step::UnsetFor { k } => {
                let key = key_of(None, Some(k));
                self.m.remove(&key);
                let known = self.spaces.get_mut::<[_]>(&["k"]).unwrap().last_input.get_mut(&key);
                known.into_iter().for_each(|last| *last = at);
            }
            Step::Expect { h, k } => {
                self.admit_parts(at, &key_of(h, k));
            }
            Step::Wake | Step::Advance => {
                self.close(at);
                return;
            }
        }
        // Right after an event, without it.
        self.evaluate(at, false, None);
        self.come_back(at);
    }

    /// What rules did comes back, the first first; whether anything did.
    fn come_back(&mut self, at: i64) -> bool {
        let mut any = false;
        while let Some((told, key)) = self.told.pop_front() {
            any = true;
            let shown = self.tell(at, told, key);
            self.evaluate(at, false, Some((0, &shown)));
            self.evaluate(at, false, None);
        }
        any
    }

    /// Lets everything happen that is due at an instant; whether something came back.
    fn close(&mut self, at: i64) -> bool {
        if self.begun.is_none() {
            return false;
        }
        self.closed = Some(at);
        self.evaluate(at, true, None);
        for tuple in self.used.clone() {
            let Some(ttl) = self.limits(tuple).ttl else { continue };
            let space = &self.spaces[tuple];
            let mut over: Vec<(i64, Key)> = space
                .last_input
                .iter()
                .filter(|(_, last)| **last + ttl <= at)
                .map(|(key, last)| (*last, key.clone()))
                .collect();
            over.sort();
            for (_, key) in over {
                self.evict(at, tuple, &key);
            }
        }
        self.evaluate(at, false, None);
        self.come_back(at)
    }

    fn limits(&self, tuple: Dimensions) -> crate::book::Limits {
        self.book.limits[TUPLES.iter().position(|other| *other == tuple).unwrap()]
    }

    /// Gives the rules that look at the event, with its key.
    fn event(&mut self, at: i64, h: i64, k: Option<i64>, v: i64) -> BTreeSet<(usize, Key)> {
        let selected = SELECTORS.into_iter().filter(|selector| !selector.filtered || v > 0);
        self.happen(
            Seen { at, key: key_of(Some(h), k), v, told: None, refused: BTreeSet::new() },
            selected,
        )
    }

    /// The same for what a rule did.
    fn tell(&mut self, at: i64, told: (usize, bool), key: Key) -> BTreeSet<(usize, Key)> {
        let dimensions = self.book.rules[told.0].key;
        let selector = Selector { name: "", filtered: false, dimensions, told: Some(told) };
        // A book that does not speak of it has no such event.
        let text = self.book.text();
        let selected = Some(selector).filter(|_| {
            [format!("@fired:r{}", told.0), format!("@resolved:r{}", told.0)]
                .iter()
                .any(|name| text.contains(name))
        });
        let seen = Seen { at, key, v: 0, told: Some(told), refused: BTreeSet::new() };
        self.happen(seen, selected)
    }

    fn happen(
        &mut self,
        mut seen: Seen,
        selected: impl IntoIterator<Item = Selector>,
    ) -> BTreeSet<(usize, Key)> {
        let (at, key) = (seen.at, seen.key.clone());
        for selector in selected {
            let carried = Key::new(
                key.iter()
                    .filter(|(name, _)| selector.dimensions.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            for tuple in self.used.clone() {
                let Some(key) = part(&carried, tuple) else { continue };
                if !seen.refused.contains(tuple) && !self.admit(at, tuple, &key) {
                    seen.refused.insert(tuple);
                }
            }
        }
        let looking = |(index, rule): (usize, &Rule)| {
            let selected =
                rule.on.is_some_and(|on| on.told == seen.told && (!on.filtered || seen.v > 0));
            let own = part(&key, rule.key).filter(|_| selected && !seen.refused.contains(rule.key));
            own.map(|key| (index, key))
        };
        let shown = self.book.rules.iter().enumerate().filter_map(looking).collect();
        self.events.push(seen);
        shown
    }

    /// Lets every part of a key live; gives the tuples that refused theirs.
    fn admit_parts(&mut self, at: i64, key: &Key) -> BTreeSet<Dimensions> {
        let mut refused = BTreeSet::new();
        for tuple in self.used.clone() {
            if let Some(part) = part(key, tuple)
                && !self.admit(at, tuple, &part)
            {
                refused.insert(tuple);
            }
        }
        refused
    }

    fn admit(&mut self, at: i64, tuple: Dimensions, key: &Key) -> bool {
        let max = self.limits(tuple).max.unwrap_or(usize::MAX);
        let space = &self.spaces[tuple];
        if !space.last_input.contains_key(key) && space.last_input.len() == max {
            let mut by_age: Vec<(i64, &Key)> =
                space.last_input.iter().map(|(key, last)| (*last, key)).collect();
            by_age.sort();
            let leaving =
                by_age.into_iter().map(|(_, key)| key).find(|key| !self.spared(at, tuple, key));
            let Some(leaving) = leaving.cloned() else {
                self.outputs.push(format!("{at} refused {key}"));
                return false;
            };
            self.evict(at, tuple, &leaving);
        }
        let space = self.spaces.get_mut(tuple).unwrap();
        if space.last_input.insert(key.clone(), at).is_none() {
            space.born.insert(key.clone(), at);
        }
        true
    }

    /// Whether a trigger of the key is pending, firing or cooling, or something waits for an event of
    /// the key to be absent.
    fn spared(&self, at: i64, tuple: Dimensions, key: &Key) -> bool {
        let awaits = |rule: &Rule, timed: &Timed| {
            let is_own = timed.is_absent() && shared(rule.key, timed.selector) == tuple;
            is_own && !timed.is_over(&self.view(at, tuple, key, timed.selector))
        };
        let armed = self.book.rules.iter().any(|rule| {
            let conditions = std::iter::once(&rule.when).chain(&rule.resolve_when);
            conditions.flat_map(Condition::timed).any(|timed| awaits(rule, timed))
        });
        armed
            || self.book.rules.iter().enumerate().filter(|(_, rule)| rule.key == tuple).any(
                |(index, rule)| {
                    self.triggers.get(&(index, key.clone())).is_some_and(|trigger| {
                        let cooling =
                            trigger.last_fire.is_some_and(|last| at < last + rule.cooldown);
                        trigger.state != State::Inactive || cooling
                    })
                },
            )
    }

    fn evict(&mut self, at: i64, tuple: Dimensions, key: &Key) {
        for index in self.order() {
            if self.book.rules[index].key != tuple {
                continue;
            }
            let left = self.triggers.remove(&(index, key.clone()));
            if left.is_some_and(|trigger| trigger.state != State::Inactive) {
                self.outputs.push(format!("{at} r{index} {key} inactive evicted"));
            }
        }
        let seen = self.events.len();
        let space = self.spaces.get_mut(tuple).unwrap();
        space.last_input.remove(key);
        space.born.remove(key);
        space.forgotten.insert(key.clone(), seen);
        self.m.retain(|of, _| of != key);
        self.histories.retain(|(_, dimensions, of), _| *dimensions != tuple || of != key);
        self.outputs.push(format!("{at} evicted {key}"));
    }

    /// The rules in the order of evaluation: by priority, but none before those that hold it back.
    fn order(&self) -> Vec<usize> {
        let rules = &self.book.rules;
        let mut order: Vec<usize> = Vec::new();
        while order.len() < rules.len() {
            let left = (0..rules.len()).filter(|index| !order.contains(index));
            let free =
                |index: &usize| rules[*index].inhibited_by.iter().all(|at| order.contains(at));
            order.push(left.filter(free).min_by_key(|at| (rules[*at].priority, *at)).unwrap());
        }
        order
    }

    /// Whether a rule that holds this one back is firing for a key that is equal where it must be.
    fn is_inhibited(&self, index: usize, key: &Key) -> bool {
        let rule = &self.book.rules[index];
        rule.inhibited_by.iter().any(|source| {
            let equal = rule.equal_to(&self.book.rules[*source]);
            self.triggers.iter().any(|((at, other), trigger)| {
                at == source
                    && matches!(trigger.state, State::Firing(_) | State::Resolving(..))
                    && equal.iter().all(|name| other.value(name) == key.value(name))
            })
        })
    }

    /// All keys of a tuple of dimensions.
    fn keys(&self, tuple: Dimensions) -> Vec<Key> {
        match tuple {
            [] => vec![Key::default()],
            tuple => self.spaces[tuple].last_input.keys().cloned().collect(),
        }
    }

    /// What is true in one evaluation only is false in the next, which follows right after; so signals
    /// of signals go back.
    fn evaluate(&mut self, now: i64, closing: bool, event: Option<(i64, &BTreeSet<(usize, Key)>)>) {
        self.evaluate_once(now, closing, event);
        while self.histories.values().any(History::moved) {
            self.evaluate_once(now, false, None);
        }
    }

    fn tell_signals(&mut self, now: i64) {
        let tuples: BTreeSet<Dimensions> = self.book.rules.iter().map(|rule| rule.key).collect();
        for dimensions in tuples {
            for key in self.keys(dimensions) {
                for signal in &self.book.signals {
                    let look = Look { now, dimensions, key: &key, v: None };
                    let is = match self.truth(&look, &signal.condition) {
                        Truth::Known(is) => Some(is),
                        Truth::Unknown | Truth::Fault => None,
                    };
                    let entry = (signal.name, dimensions, key.clone());
                    self.histories.entry(entry).or_default().tell(now, is);
                }
            }
        }
    }

    /// Whether a rule sees a change of a signal.
    fn sees_edge(&self, rule: &Rule, look: &Look<'_>) -> bool {
        let conditions = std::iter::once(&rule.when).chain(&rule.resolve_when);
        let mut edges = conditions.flat_map(Condition::watched).filter(|watched| watched.is_edge());
        edges.any(|watched| self.watched(look, watched) == Some(true))
    }

    fn watched(&self, look: &Look<'_>, watched: &Watched) -> Option<bool> {
        let entry = (watched.signal.name, look.dimensions, look.key.clone());
        watched.truth(&self.histories[&entry], self.closed)
    }

    fn evaluate_once(
        &mut self,
        now: i64,
        closing: bool,
        event: Option<(i64, &BTreeSet<(usize, Key)>)>,
    ) {
        self.tell_signals(now);
        for index in self.order() {
            for key in self.keys(self.book.rules[index].key) {
                let entry = (index, key);
                let v = event.filter(|(_, shown)| shown.contains(&entry)).map(|(v, _)| v);
                let (index, key) = entry;
                let mut trigger =
                    self.triggers.get(&(index, key.clone())).copied().unwrap_or_default();
                let dimensions = self.book.rules[index].key;
                let look = Look { now, dimensions, key: &key, v };
                let fires = |state| matches!(state, State::Firing(_) | State::Resolving(..));
                let was = fires(trigger.state);
                let said = self.evaluate_one(closing, index, &look, &mut trigger);
                if was != fires(trigger.state) {
                    self.told.push_back(((index, was), key.clone()));
                }
                let said = said.into_iter().map(|said| format!("{now} r{index} {key} {said}"));
                self.outputs.extend(said);
                self.triggers.insert((index, key), trigger);
            }
        }
    }

    /// What a trigger does and says.
    #[expect(clippy::too_many_lines, reason = "a life by definition, from top to bottom")]
    fn evaluate_one(
        &self,
        closing: bool,
        index: usize,
        look: &Look<'_>,
        trigger: &mut Trigger,
    ) -> Vec<String> {
        let (rule, now) = (&self.book.rules[index], look.now);
        let mut said = Vec::new();
        let between = rule.on.is_some() && look.v.is_none();
        let mut when = if between { Truth::Known(false) } else { self.truth(look, &rule.when) };
        let firing = matches!(trigger.state, State::Firing(_));
        let without_event = Look { v: None, ..*look };
        let resolve_when = rule
            .resolve_when
            .as_ref()
            .filter(|_| firing && when != Truth::Known(true))
            .map(|condition| self.truth(&without_event, condition));

        let faulted = when == Truth::Fault || resolve_when == Some(Truth::Fault);
        if faulted && !trigger.faulted {
            said.push("fault".to_owned());
        }
        trigger.faulted = faulted || (between && trigger.faulted);
        let unknown = matches!(when, Truth::Unknown | Truth::Fault);
        if !unknown && !between {
            trigger.reported = false;
        }
        if rule.on_unknown == "report" && when == Truth::Unknown && !trigger.reported {
            trigger.reported = true;
            said.push("unknown".to_owned());
        }
        if unknown && rule.on_unknown == "false" {
            when = Truth::Known(false);
        }
        trigger.unknown_since = unknown.then(|| trigger.unknown_since.unwrap_or(now));
        let wary = rule.baseline && rule.key.is_empty() && !trigger.seen_false;
        trigger.seen_false |= when == Truth::Known(false);

        let matured = |due: i64| due < now || (due == now && closing);
        let cooling =
            trigger.last_fire.filter(|_| rule.cooldown > 0).map(|last| last + rule.cooldown);
        let cooled = cooling.is_none_or(matured);
        let inhibited = self.is_inhibited(index, look.key);
        let cooled = cooled && !inhibited;
        let waited = |since: i64| rule.wait == 0 || matured(since + rule.wait);
        let is_stale = trigger
            .unknown_since
            .zip(rule.stale_after)
            .is_some_and(|(since, after)| matured(since + after));
        let is_true = when == Truth::Known(true) && !wary;
        let end = |since, reason: &str| match rule.keep {
            0 => (State::Inactive, format!("inactive {reason}")),
            _ => (State::Resolving(since, now), format!("resolving {reason}")),
        };
        let fired = |reason: &str| (State::Firing(now), format!("fired {reason}"));
        let next = match trigger.state {
            State::Inactive if is_true && waited(now) && cooled => Some(fired("condition_true")),
            State::Inactive if is_true && look.v.is_none() && !self.sees_edge(rule, look) => {
                Some((State::Pending(now), "pending condition_true".to_owned()))
            }
            State::Pending(since) if is_true && waited(since) && cooled => {
                let by_cooldown =
                    rule.wait == 0 || cooling.is_some_and(|end| since + rule.wait < end);
                Some(fired(match by_cooldown {
                    _ if trigger.inhibited => "inhibition_ended",
                    true => "cooldown_elapsed",
                    false => "for_elapsed",
                }))
            }
            State::Pending(_) if when == Truth::Known(false) => {
                Some((State::Inactive, "inactive condition_false".to_owned()))
            }
            State::Firing(since) if resolve_when == Some(Truth::Known(true)) => {
                Some(end(since, "resolve_when"))
            }
            State::Firing(since) if when == Truth::Known(false) && rule.resolve_when.is_none() => {
                Some(end(since, "condition_false"))
            }
            State::Pending(_) | State::Firing(_) if unknown && is_stale => {
                Some((State::Inactive, "inactive stale".to_owned()))
            }
            State::Resolving(since, _) if is_true => {
                Some((State::Firing(since), "firing condition_true".to_owned()))
            }
            State::Resolving(_, from) if matured(from + rule.keep) => {
                Some((State::Inactive, "inactive keep_elapsed".to_owned()))
            }
            _ => None,
        };
        if let Some((state, words)) = next {
            trigger.state = state;
            if words.starts_with("fired") {
                trigger.last_fire = Some(now);
                trigger.repeat_at = rule.repeat.map(|every| now + every);
            }
            said.push(words);
        }
        trigger.inhibited = inhibited && matches!(trigger.state, State::Pending(_));
        match trigger.state {
            State::Firing(_) | State::Resolving(..) => {
                if trigger.repeat_at.is_some_and(matured) {
                    trigger.repeat_at = trigger.repeat_at.zip(rule.repeat).map(|(at, d)| at + d);
                    said.push("repeated".to_owned());
                }
            }
            State::Inactive | State::Pending(_) => trigger.repeat_at = None,
        }
        if matches!(trigger.state, State::Inactive | State::Resolving(..)) {
            trigger.unknown_since = None;
        }
        said
    }

    fn truth(&self, look: &Look<'_>, condition: &Condition) -> Truth {
        let fresh =
            |(_, at): &(i64, i64)| self.book.stale.is_none_or(|stale| look.now < at + stale);
        let n = self.n.filter(fresh);
        match condition {
            Condition::Count { selector, span, operator, bound } => {
                let count = self.count(look, *selector, *span);
                Truth::Known(match *operator {
                    ">=" => count >= *bound,
                    ">" => count > *bound,
                    "<" => count < *bound,
                    "<=" => count <= *bound,
                    "==" => count == *bound,
                    _ => count != *bound,
                })
            }
            Condition::Timed(timed) => {
                let tuple = shared(look.dimensions, timed.selector);
                let group = part(look.key, tuple).unwrap();
                let view = self.view(look.now, tuple, &group, timed.selector);
                timed.truth(&view).map_or(Truth::Unknown, Truth::Known)
            }
            Condition::Watched(watched) => {
                self.watched(look, watched).map_or(Truth::Unknown, Truth::Known)
            }
            Condition::B => self.b.map_or(Truth::Unknown, Truth::Known),
            Condition::N { bound } => n.map_or(Truth::Unknown, |(n, _)| Truth::Known(n > *bound)),
            Condition::M { bound } => {
                let m =
                    part(look.key, &["k"]).and_then(|key| self.m.get(&key)).filter(|m| fresh(m));
                m.map_or(Truth::Unknown, |(m, _)| Truth::Known(m > bound))
            }
            Condition::D => self.derived(look.now, &[], &Key::default(), &self.book.derived),
            Condition::Dk => {
                let key = part(look.key, &["k"]).unwrap();
                match self.spaces[["k"].as_slice()].last_input.contains_key(&key) {
                    true => self.derived(look.now, &["k"], &key, &self.book.derived_k),
                    false => Truth::Unknown,
                }
            }
            Condition::V { bound } => Truth::Known(look.v.unwrap() > *bound),
            Condition::HasN => Truth::Known(n.is_some()),
            Condition::Faulty => match n {
                None => Truth::Unknown,
                Some((0, _)) => Truth::Fault,
                Some((n, _)) => Truth::Known(1 % n == 0),
            },
            Condition::Not(operand) => match self.truth(look, operand) {
                Truth::Known(truth) => Truth::Known(!truth),
                other => other,
            },
            Condition::And(operands) => self.decided_by(false, look, operands),
            Condition::Or(operands) => self.decided_by(true, look, operands),
        }
    }

    /// A derived fact that is true in one case, else false.
    fn derived(&self, now: i64, dimensions: Dimensions, key: &Key, case: &Condition) -> Truth {
        match self.truth(&Look { now, dimensions, key, v: None }, case) {
            Truth::Fault => Truth::Unknown,
            other => other,
        }
    }

    fn decided_by(&self, decisive: bool, look: &Look<'_>, operands: &[Condition]) -> Truth {
        let truths: Vec<Truth> = operands.iter().map(|operand| self.truth(look, operand)).collect();
        match () {
            () if truths.contains(&Truth::Known(decisive)) => Truth::Known(decisive),
            () if truths.contains(&Truth::Fault) => Truth::Fault,
            () if truths.contains(&Truth::Unknown) => Truth::Unknown,
            () => Truth::Known(!decisive),
        }
    }

    /// The events of the selector in (now − span, now] that the key sees.
    fn count(&self, look: &Look<'_>, selector: Selector, span: i64) -> i64 {
        let tuple = shared(look.dimensions, selector);
        let group = part(look.key, tuple).unwrap();
        let seen = self.seen(tuple, &group, selector);
        i64::try_from(seen.filter(|event| look.now - span < event.at).count()).unwrap()
    }

    /// The events of the selector that fall into a group.
    fn seen(
        &self,
        tuple: Dimensions,
        group: &Key,
        selector: Selector,
    ) -> impl Iterator<Item = &Seen> {
        let forgotten = match tuple {
            [] => 0,
            tuple => self.spaces[tuple].forgotten.get(group).copied().unwrap_or(0),
        };
        self.events.iter().skip(forgotten).filter(move |event| {
            event.told == selector.told
                && (!selector.filtered || event.v > 0)
                && !event.refused.contains(tuple)
                && part(&event.key, tuple).as_ref() == Some(group)
        })
    }

    /// What a function over time looks at.
    fn view(&self, now: i64, tuple: Dimensions, group: &Key, selector: Selector) -> View {
        let events = self.seen(tuple, group, selector);
        let h = |event: &Seen| match event.key.value("h") {
            Some(KeyValue::Int(h)) => *h,
            _ => 0,
        };
        let born = match tuple {
            [] => self.begun,
            tuple => self.spaces[tuple].born.get(group).copied(),
        };
        View {
            now,
            closed: self.closed,
            born,
            events: events.map(|event| (event.at, h(event), event.v)).collect(),
            all: self.events.iter().filter(|e| e.told.is_none()).map(|event| event.at).collect(),
        }
    }
}
