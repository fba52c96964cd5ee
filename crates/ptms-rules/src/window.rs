//! Windows: what each call of a function over time keeps for each key, and when time changes it.
//!
//! Equal calls share one window. A window knows instants and keys; it knows no condition and no rule.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::{Key, Timestamp};

use crate::condition::{Cell, Fault, FaultKind};
use crate::derived::DerivedId;
use crate::space::SpaceId;
use crate::time::{Answer, Function, Happening, Question, Spec, State, Terms};

/// Which window of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WindowId(pub(crate) usize);

/// Which selector of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SelectorId(pub(crate) usize);

/// The identity of a window, with what all that ask it need together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowSpec {
    pub(crate) source: Source,
    /// The dimensions by which what happens is grouped; `None` for one group.
    pub(crate) space: Option<SpaceId>,
    pub(crate) spec: Spec,
}

/// What happens to a window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Events {
        /// The selectors whose events it takes, each with the terms of a sequence that these fit.
        selectors: Vec<(SelectorId, Terms)>,
        /// The position of the field that it looks at.
        field: Option<usize>,
    },
    /// What a signal is told to be.
    Signal(DerivedId),
}

impl Source {
    /// The events of one selector.
    pub(crate) fn of(selector: SelectorId, field: Option<usize>) -> Self {
        Self::Events { selectors: vec![(selector, 1)], field }
    }

    /// The selectors whose events it takes.
    pub(crate) fn selectors(&self) -> &[(SelectorId, Terms)] {
        match self {
            Self::Events { selectors, .. } => selectors,
            Self::Signal(_) => &[],
        }
    }

    /// The position of the field that it looks at.
    pub(crate) const fn field(&self) -> Option<usize> {
        match self {
            Self::Events { field, .. } => *field,
            Self::Signal(_) => None,
        }
    }
}

/// What a window keeps, for each key.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    spec: Spec,
    states: BTreeMap<Key, State>,
    // INVARIANT: the deadline of each state that has one.
    due: BTreeSet<(Timestamp, Key)>,
    /// The keys for which something happened that holds in one evaluation.
    pulses: BTreeSet<Key>,
}

/// The windows of a session. What is due and what pulses is found without looking at all of them.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    list: Vec<Window>,
    // INVARIANT: the first deadline of each window that has one.
    due: BTreeSet<(Timestamp, WindowId)>,
    // INVARIANT: the windows for which something holds in one evaluation.
    pulsing: BTreeSet<WindowId>,
}

impl Windows {
    pub(crate) fn new(specs: &[WindowSpec]) -> Self {
        let list = specs.iter().map(Window::new).collect();
        Self { list, due: BTreeSet::new(), pulsing: BTreeSet::new() }
    }

    pub(crate) fn find(&self, id: WindowId) -> Option<&Window> {
        self.list.get(id.0)
    }

    /// Changes a window, and keeps account of its deadline and of whether it pulses.
    pub(crate) fn change<T>(
        &mut self,
        id: WindowId,
        change: impl FnOnce(&mut Window) -> T,
    ) -> Option<T> {
        let window = self.list.get_mut(id.0)?;
        let was = window.next_deadline();
        let result = change(window);
        let is = window.next_deadline();
        if was != is {
            was.map(|at| self.due.remove(&(at, id)));
            is.map(|at| self.due.insert((at, id)));
        }
        match window.pulses.is_empty() {
            true => self.pulsing.remove(&id),
            false => self.pulsing.insert(id),
        };
        Some(result)
    }

    /// The next instant at which time changes what a window says.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The windows that are due at `now` or before.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<WindowId> {
        self.due.iter().take_while(|(at, _)| *at <= now).map(|(_, id)| *id).collect()
    }

    /// The windows and keys for which something holds in one evaluation only.
    pub(crate) fn pulses(&self) -> impl Iterator<Item = (WindowId, &Key)> {
        let pulsing = self.pulsing.iter().filter_map(|id| Some((*id, self.find(*id)?)));
        pulsing.flat_map(|(id, window)| window.pulses.iter().map(move |key| (id, key)))
    }

    /// Ends what holds in one evaluation.
    pub(crate) fn end_pulses(&mut self) {
        while let Some(id) = self.pulsing.pop_first() {
            if let Some(window) = self.list.get_mut(id.0) {
                window.pulses.clear();
            }
        }
    }
}

impl Window {
    fn new(spec: &WindowSpec) -> Self {
        let (states, due, pulses) = Default::default();
        Self { spec: spec.spec.clone(), states, due, pulses }
    }

    /// Begins to look for `key` at `now`, where it matters since when.
    pub(crate) fn begin(&mut self, now: Timestamp, key: &Key) {
        if self.spec.function == Function::Absent {
            self.change(now, key, |_, _| {});
        }
    }

    /// Takes an event at `now`, which no event of the window is after.
    pub(crate) fn event(&mut self, now: Timestamp, key: &Key, what: Happening<'_>) {
        if self.change(now, key, |state, spec| state.event(spec, now, what)) {
            self.pulses.insert(key.clone());
        }
    }

    /// Takes what its signal is at `now`, `None` where that is unknown; whether that changes what it says.
    pub(crate) fn signal(&mut self, now: Timestamp, key: &Key, signal: Option<bool>) -> bool {
        let was = self.read(now, key, Question::Value).known();
        if self.change(now, key, |state, spec| state.signal(spec, now, signal)) {
            self.pulses.insert(key.clone());
        }
        self.read(now, key, Question::Value).known() != was
    }

    /// What the state of `key` says, as of `now`.
    pub(crate) fn read(&self, now: Timestamp, key: &Key, question: Question) -> Cell<'_> {
        if self.spec.function.is_pulse() {
            return Cell::Bool(self.pulses.contains(key));
        }
        match self.states.get(key) {
            Some(state) => state.value(&self.spec, question, now),
            None => self.spec.value_of_nothing(question),
        }
        .map_or(Cell::Unknown, Cell::from)
    }

    /// What is kept for `key`, if anything is, and of what.
    pub(crate) fn state(&self, key: &Key) -> (&Spec, Option<&State>) {
        (&self.spec, self.states.get(key))
    }

    /// The next instant at which time changes what a state says.
    fn next_deadline(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Whether the state of `key` waits for something not to happen.
    pub(crate) fn is_armed(&self, key: &Key) -> bool {
        let state = self.states.get(key).filter(|_| self.spec.function == Function::Absent);
        state.is_some_and(|state| state.next_deadline(&self.spec).is_some())
    }

    /// Lets time pass until `now`; `closing` says whether what matures at `now` itself does so. Gives the
    /// keys whose states changed.
    pub(crate) fn advance(&mut self, now: Timestamp, closing: bool) -> Vec<Key> {
        let mut changed = Vec::new();
        let met: Vec<_> = self.due.iter().take_while(|(at, _)| *at <= now).cloned().collect();
        for (at, key) in met {
            if self.change(now, &key, |state, spec| state.advance(spec, now, closing)) {
                self.pulses.insert(key.clone());
            }
            // What matures at an instant that is open is still due.
            if !self.due.contains(&(at, key.clone())) {
                changed.push(key);
            }
        }
        changed
    }

    /// Drops the state of `key`.
    pub(crate) fn forget(&mut self, key: &Key) {
        self.pulses.remove(key);
        if let Some(state) = self.states.remove(key)
            && let Some(due) = state.next_deadline(&self.spec)
        {
            self.due.remove(&(due, key.clone()));
        }
    }

    /// Changes the state of `key`, and keeps account of its deadline. A state that is as if nothing had
    /// ever happened is dropped.
    fn change<T>(
        &mut self,
        now: Timestamp,
        key: &Key,
        change: impl FnOnce(&mut State, &Spec) -> T,
    ) -> T {
        let spec = &self.spec;
        let (was, is, result) = match self.states.get_mut(key) {
            Some(state) => {
                let was = state.next_deadline(spec);
                let result = change(state, spec);
                (was, state.next_deadline(spec), result)
            }
            None => {
                let mut state = State::new(spec, now);
                let result = change(&mut state, spec);
                let is = state.next_deadline(spec);
                self.states.insert(key.clone(), state);
                (None, is, result)
            }
        };
        if is.is_none() && spec.function.forgets() {
            self.states.remove(key);
        }
        if was != is {
            was.map(|was| self.due.remove(&(was, key.clone())));
            is.map(|is| self.due.insert((is, key.clone())));
        }
        result
    }
}

impl<'a> From<Answer<'a>> for Cell<'a> {
    fn from(answer: Answer<'a>) -> Self {
        match answer {
            Answer::Bool(value) => Self::Bool(value),
            Answer::Int(value) => Self::Int(value),
            Answer::Float(value) if value.is_finite() => Self::Float(value),
            // As a sum that is calculated.
            Answer::Float(_) => Self::Fault(Fault { kind: FaultKind::NotFinite, at: 0 }),
            Answer::Stored(value) => Self::from(value),
        }
    }
}
