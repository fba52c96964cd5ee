//! The semantics of rules by definition, as plain and slow as possible: every event is kept for ever,
//! every window is counted anew, and every rule is evaluated for every key at every millisecond.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::{Key, KeyValue};

use crate::book::{Book, Condition, Dimensions, Rule, SELECTORS, Selector, Step, TUPLES, key_of};
use crate::timed::{Timed, View};

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
    Firing,
}

#[derive(Clone, Copy, Default)]
struct Trigger {
    state: State,
    last_fire: Option<i64>,
    faulted: bool,
}

/// An event, and the key spaces that refused its key.
struct Seen {
    at: i64,
    key: Key,
    v: i64,
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
    b: Option<bool>,
    /// With the instant at which it was set.
    n: Option<(i64, i64)>,
    /// Likewise, by the key that has only a `k`.
    m: BTreeMap<Key, (i64, i64)>,
    spaces: BTreeMap<Dimensions, Space>,
    triggers: BTreeMap<(usize, Key), Trigger>,
    pub(crate) outputs: Vec<String>,
}

/// The part of a key that has these dimensions; `None` if it lacks one.
fn part(key: &Key, dimensions: Dimensions) -> Option<Key> {
    let dimension = |name: &&str| Some(((*name).into(), key.value(name)?.clone()));
    dimensions.iter().map(dimension).collect::<Option<Vec<_>>>().map(Key::new)
}

fn shared(rule: &Rule, selector: Selector) -> Dimensions {
    let common: Vec<_> =
        rule.key.iter().filter(|name| selector.dimensions.contains(name)).copied().collect();
    TUPLES.into_iter().find(|tuple| **tuple == common).unwrap_or(&[])
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(book: &'a Book) -> Self {
        // The key of `m` comes before those of the rules.
        let mut used: Vec<Dimensions> = vec![&["k"]];
        for rule in &book.rules {
            let mut tuples = vec![rule.key];
            let conditions = std::iter::once(&rule.when).chain(&rule.resolve_when);
            tuples.extend(conditions.flat_map(Condition::counted).map(|s| shared(rule, s)));
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
            b: None,
            n: None,
            m: BTreeMap::new(),
            spaces: TUPLES.into_iter().map(|tuple| (tuple, Space::default())).collect(),
            triggers: BTreeMap::new(),
            outputs: Vec::new(),
        }
    }

    pub(crate) fn handle(&mut self, at: i64, step: Step) {
        // Everything due before happens first, each at its own instant.
        for instant in self.now.unwrap_or(at)..at {
            self.close(instant);
        }
        self.now = Some(at);
        if step == Step::Advance {
            return;
        }
        self.begun = self.begun.or(Some(at));
        match step {
            Step::Event { h, k, v } => self.event(at, h, k, v),
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
            Step::Wake | Step::Advance => return self.close(at),
        }
        self.evaluate(at, false);
    }

    fn close(&mut self, at: i64) {
        if self.begun.is_none() {
            return;
        }
        self.closed = Some(at);
        self.evaluate(at, true);
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
        self.evaluate(at, false);
    }

    fn limits(&self, tuple: Dimensions) -> crate::book::Limits {
        self.book.limits[TUPLES.iter().position(|other| *other == tuple).unwrap()]
    }

    fn event(&mut self, at: i64, h: i64, k: Option<i64>, v: i64) {
        let key = key_of(Some(h), k);
        let mut refused = BTreeSet::new();
        let selected = SELECTORS.iter().filter(|selector| !selector.filtered || v > 0);
        for selector in selected {
            let carried = Key::new(
                key.iter()
                    .filter(|(name, _)| selector.dimensions.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            for tuple in self.used.clone() {
                let Some(key) = part(&carried, tuple) else { continue };
                if !refused.contains(tuple) && !self.admit(at, tuple, &key) {
                    refused.insert(tuple);
                }
            }
        }
        self.events.push(Seen { at, key, v, refused });
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
            let is_own = timed.is_absent() && shared(rule, timed.selector) == tuple;
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
        self.outputs.push(format!("{at} evicted {key}"));
    }

    /// The rules in the order of evaluation.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.book.rules.len()).collect();
        order.sort_by_key(|index| self.book.rules[*index].priority);
        order
    }

    fn evaluate(&mut self, now: i64, closing: bool) {
        for index in self.order() {
            let keys = match self.book.rules[index].key {
                [] => vec![Key::default()],
                tuple => self.spaces[tuple].last_input.keys().cloned().collect(),
            };
            for key in keys {
                self.evaluate_one(now, closing, index, key);
            }
        }
    }

    fn evaluate_one(&mut self, now: i64, closing: bool, index: usize, key: Key) {
        let book = self.book;
        let rule = &book.rules[index];
        let mut trigger = self.triggers.get(&(index, key.clone())).copied().unwrap_or_default();
        let when = self.truth(now, rule, &key, &rule.when);
        let resolve_when = rule
            .resolve_when
            .as_ref()
            .filter(|_| trigger.state == State::Firing && when != Truth::Known(true))
            .map(|condition| self.truth(now, rule, &key, condition));

        let faulted = when == Truth::Fault || resolve_when == Some(Truth::Fault);
        if faulted && !trigger.faulted {
            self.outputs.push(format!("{now} r{index} {key} fault"));
        }
        trigger.faulted = faulted;

        let matured = |due: i64| due < now || (due == now && closing);
        let cooled = trigger
            .last_fire
            .is_none_or(|last| rule.cooldown == 0 || matured(last + rule.cooldown));
        let waited = |since: i64| rule.wait == 0 || matured(since + rule.wait);
        let mut out = None;
        match (trigger.state, when) {
            (State::Inactive, Truth::Known(true)) => {
                if waited(now) && cooled {
                    out = Some("fired");
                } else {
                    trigger.state = State::Pending(now);
                    out = Some("pending condition_true");
                }
            }
            (State::Pending(since), Truth::Known(true)) if waited(since) && cooled => {
                out = Some("fired");
            }
            (State::Pending(_), Truth::Known(false)) => {
                trigger.state = State::Inactive;
                out = Some("inactive condition_false");
            }
            (State::Firing, when) if when != Truth::Known(true) => {
                if resolve_when == Some(Truth::Known(true)) {
                    trigger.state = State::Inactive;
                    out = Some("inactive resolve_when");
                } else if rule.resolve_when.is_none() && when == Truth::Known(false) {
                    trigger.state = State::Inactive;
                    out = Some("inactive condition_false");
                }
            }
            _ => {}
        }
        if out == Some("fired") {
            trigger.state = State::Firing;
            trigger.last_fire = Some(now);
        }
        if let Some(out) = out {
            self.outputs.push(format!("{now} r{index} {key} {out}"));
        }
        self.triggers.insert((index, key), trigger);
    }

    fn truth(&self, now: i64, rule: &Rule, key: &Key, condition: &Condition) -> Truth {
        let fresh = |(_, at): &(i64, i64)| self.book.stale.is_none_or(|stale| now < at + stale);
        let n = self.n.filter(fresh);
        match condition {
            Condition::Count { selector, span, operator, bound } => {
                let count = self.count(now, rule, key, *selector, *span);
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
                let tuple = shared(rule, timed.selector);
                let group = part(key, tuple).unwrap();
                let view = self.view(now, tuple, &group, timed.selector);
                timed.truth(&view).map_or(Truth::Unknown, Truth::Known)
            }
            Condition::B => self.b.map_or(Truth::Unknown, Truth::Known),
            Condition::N { bound } => n.map_or(Truth::Unknown, |(n, _)| Truth::Known(n > *bound)),
            Condition::M { bound } => {
                let m = part(key, &["k"]).and_then(|key| self.m.get(&key)).filter(|m| fresh(m));
                m.map_or(Truth::Unknown, |(m, _)| Truth::Known(m > bound))
            }
            Condition::HasN => Truth::Known(n.is_some()),
            Condition::Faulty => match n {
                None => Truth::Unknown,
                Some((0, _)) => Truth::Fault,
                Some((n, _)) => Truth::Known(1 % n == 0),
            },
            Condition::Not(operand) => match self.truth(now, rule, key, operand) {
                Truth::Known(truth) => Truth::Known(!truth),
                other => other,
            },
            Condition::And(operands) => self.decided_by(false, now, rule, key, operands),
            Condition::Or(operands) => self.decided_by(true, now, rule, key, operands),
        }
    }

    fn decided_by(
        &self,
        decisive: bool,
        now: i64,
        rule: &Rule,
        key: &Key,
        operands: &[Condition],
    ) -> Truth {
        let truths: Vec<Truth> =
            operands.iter().map(|operand| self.truth(now, rule, key, operand)).collect();
        match () {
            () if truths.contains(&Truth::Known(decisive)) => Truth::Known(decisive),
            () if truths.contains(&Truth::Fault) => Truth::Fault,
            () if truths.contains(&Truth::Unknown) => Truth::Unknown,
            () => Truth::Known(!decisive),
        }
    }

    /// The events of the selector in (now − span, now] that the key sees.
    fn count(&self, now: i64, rule: &Rule, key: &Key, selector: Selector, span: i64) -> i64 {
        let tuple = shared(rule, selector);
        let group = part(key, tuple).unwrap();
        let seen = self.seen(tuple, &group, selector);
        i64::try_from(seen.filter(|event| now - span < event.at).count()).unwrap()
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
            (!selector.filtered || event.v > 0)
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
            all: self.events.iter().map(|event| event.at).collect(),
        }
    }
}
