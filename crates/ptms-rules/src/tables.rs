//! What the conditions of a rulebook share: selectors by name, key spaces and windows by identity.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ptms_core::name::nearest;
use ptms_core::{Duration, EventId, FactId, Name, Timestamp};

use crate::calendar::{Calendar, CalendarId};
use crate::callables::Callables;
use crate::condition::expr::Expr;
use crate::condition::{Program, Reads};
use crate::derived::{Derived, DerivedFact, DerivedId, DerivedKind};
use crate::space::{DEFAULT_MAX_KEYS, SpaceId, SpaceSpec};
use crate::time::Function;
use crate::told::Outcome;
use crate::window::{SelectorId, Source, WindowId, WindowSpec};

/// The declared selectors, and every event as a selector of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectorNames {
    by_name: BTreeMap<Name, NamedSelector>,
    /// The ids of all rules, in a book that speaks of what rules do.
    rules: BTreeSet<Name>,
}

/// What conditions know of a selector.
#[derive(Clone, Debug)]
pub(crate) struct NamedSelector {
    pub(crate) id: SelectorId,
    pub(crate) event: EventId,
    /// The position of the field that is its value.
    pub(crate) value: Option<usize>,
    /// The dimensions that its events carry.
    pub(crate) dimensions: Vec<Name>,
}

impl SelectorNames {
    /// Enters a selector; false if the name is taken.
    pub(crate) fn add(&mut self, name: &Name, selector: NamedSelector) -> bool {
        let free = !self.by_name.contains_key(name);
        if free {
            self.by_name.insert(name.clone(), selector);
        }
        free
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&NamedSelector> {
        self.by_name.get(name)
    }

    pub(crate) fn add_rule(&mut self, id: Name) {
        self.rules.insert(id);
    }

    /// The selectors of what rules do, each with its rule.
    pub(crate) fn told(&self) -> BTreeMap<SelectorId, Name> {
        let told = self.by_name.iter().filter_map(|(name, selector)| {
            let (_, rule) = Outcome::parse(name)?;
            Some((selector.id, rule.into()))
        });
        told.collect()
    }

    /// What is wrong with a name that no selector has, and what helps.
    pub(crate) fn unknown(&self, name: &str, spoiled: &Spoiled) -> (String, String) {
        let Some((outcome, rule)) = Outcome::parse(name) else {
            let near = nearest(name, self.by_name.keys().map(Name::as_str));
            let help = match near.or_else(|| spoiled.nearest("select", name)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None if name.split_once('.').is_some_and(|(name, _)| self.contains(name)) => {
                    "name the selector alone; which field it is says its `value`".to_owned()
                }
                None => format!("declare [select.{name}], or an event of that name"),
            };
            return (format!("no selector or event `{name}` is declared"), help);
        };
        let help = match nearest(rule, self.rules.iter().map(Name::as_str)) {
            Some(near) => format!("did you mean \"{}\"?", outcome.event_of(near)),
            None => format!("behind `{}` stands the `id` of a rule", outcome.event_of("")),
        };
        (format!("no rule `{rule}` is declared"), help)
    }
}

/// The declared signals whose conditions are fit to be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    by_name: BTreeMap<Name, Expr>,
}

impl Signals {
    pub(crate) fn add(&mut self, name: Name, condition: Expr) {
        self.by_name.insert(name, condition);
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Expr> {
        self.by_name.get(name)
    }

    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.by_name.keys().map(Name::as_str))
    }
}

/// The declared calendars.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calendars {
    by_name: BTreeMap<Name, CalendarId>,
    pub(crate) list: Vec<Calendar>,
}

impl Calendars {
    pub(crate) fn new(declared: Vec<(Name, Calendar)>) -> Self {
        let (names, list): (Vec<Name>, Vec<Calendar>) = declared.into_iter().unzip();
        let ids = (0..list.len()).map(CalendarId);
        Self { by_name: names.into_iter().zip(ids).collect(), list }
    }

    /// Whether `now` lies in a calendar's hours; `None` if there is no such calendar.
    pub(crate) fn is_in(&self, now: Timestamp, id: CalendarId) -> Option<bool> {
        self.list.get(id.0).map(|calendar| calendar.is_in(now))
    }

    pub(crate) fn find(&self, name: &str) -> Option<CalendarId> {
        self.by_name.get(name).copied()
    }

    /// What authors call a calendar.
    pub(crate) fn name(&self, id: CalendarId) -> Option<&Name> {
        self.by_name.iter().find(|(_, other)| **other == id).map(|(name, _)| name)
    }

    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.by_name.keys().map(Name::as_str))
    }
}

/// The declarations that are at fault, by their places in the file (`context.cpu`, `event.log.level`).
/// What speaks of them is not blamed for that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spoiled {
    paths: BTreeSet<String>,
}

impl Spoiled {
    pub(crate) fn add(&mut self, section: &str, name: &str) {
        self.paths.insert(format!("{section}.{name}"));
    }

    pub(crate) fn contains(&self, section: &str, name: &str) -> bool {
        !self.paths.is_empty() && self.paths.contains(&format!("{section}.{name}"))
    }

    /// The name of the section that `name` was most likely meant to be.
    pub(crate) fn nearest(&self, section: &str, name: &str) -> Option<&str> {
        let names =
            self.paths.iter().filter_map(|path| path.strip_prefix(section)?.strip_prefix('.'));
        nearest(name, names)
    }
}

/// The limits declared for a dimension, or for a tuple of them joined by `+`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max: Option<usize>,
    pub(crate) ttl: Option<Duration>,
}

/// The most parts of conditions that the signals of a book stand for, all places where they are read
/// taken together: a million rules may read a signal of four parts each.
pub(crate) const MAX_INLINED: usize = 4_194_304;

/// The key spaces and windows of a rulebook; equal ones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    limits: BTreeMap<String, Limits>,
    pub(crate) callables: Callables,
    pub(crate) spaces: Vec<SpaceSpec>,
    pub(crate) windows: Vec<WindowSpec>,
    pub(crate) calendars: Arc<Calendars>,
    pub(crate) used_calendars: BTreeSet<CalendarId>,
    window_ids: BTreeMap<(Source, Option<SpaceId>, Function, Duration), WindowId>,
    /// In the order of evaluation: none reads one that comes after it.
    pub(crate) derived: Vec<Derived>,
    signal_ids: BTreeMap<(Name, Option<SpaceId>), DerivedId>,
    /// The derived facts that may have a value in one evaluation only.
    pulsing_facts: BTreeSet<FactId>,
    /// The templates that some rule is made of.
    pub(crate) used_templates: BTreeSet<Name>,
    /// The signals that some condition reads.
    pub(crate) used_signals: BTreeSet<Name>,
    /// How many parts of conditions were taken from signals.
    pub(crate) inlined: usize,
}

impl Tables {
    pub(crate) fn new(
        limits: BTreeMap<String, Limits>,
        calendars: Calendars,
        callables: Callables,
    ) -> Self {
        Self { limits, calendars: Arc::new(calendars), callables, ..Self::default() }
    }

    /// Empty tables, for a condition that is only looked at.
    pub(crate) fn scratch(&self) -> Self {
        let (calendars, callables) = (self.calendars.clone(), self.callables.clone());
        Self { calendars, callables, ..Self::default() }
    }

    /// The key space of these dimensions.
    pub(crate) fn space(&mut self, mut dimensions: Vec<Name>) -> SpaceId {
        dimensions.sort();
        let found = self.spaces.iter().position(|space| space.dimensions == dimensions);
        SpaceId(found.unwrap_or_else(|| {
            let limits = self.limits.get(&tuple_name(&dimensions)).copied().unwrap_or_default();
            let max = limits.max.unwrap_or(DEFAULT_MAX_KEYS);
            self.spaces.push(SpaceSpec { dimensions, max, ttl: limits.ttl });
            self.spaces.len() - 1
        }))
    }

    /// The window of this identity, which serves whoever asks it.
    pub(crate) fn window(&mut self, wanted: WindowSpec) -> WindowId {
        let function = wanted.spec.function.identity();
        let identity = (wanted.source.clone(), wanted.space, function, wanted.spec.span);
        let id = *self.window_ids.entry(identity).or_insert(WindowId(self.windows.len()));
        match self.windows.get_mut(id.0) {
            Some(window) => window.spec.function.serve(wanted.spec.function),
            None => self.windows.push(wanted),
        }
        id
    }

    /// The signal of this name with the dimensions of who looks at it, which serves all who do.
    pub(crate) fn signal(
        &mut self,
        name: &Name,
        space: Option<SpaceId>,
        condition: Program,
    ) -> DerivedId {
        *self.signal_ids.entry((name.clone(), space)).or_insert_with(|| {
            self.derived.push(Derived {
                space,
                kind: DerivedKind::Signal { name: name.clone(), condition },
            });
            DerivedId(self.derived.len() - 1)
        })
    }

    /// Enters a derived fact. All that it reads must have been entered.
    pub(crate) fn derive(&mut self, space: Option<SpaceId>, fact: DerivedFact) {
        if self.is_pulse(&Reads::of(fact.cases.iter().map(|(when, _)| when))) {
            self.pulsing_facts.insert(fact.fact);
        }
        self.derived.push(Derived { space, kind: DerivedKind::Fact(fact) });
    }

    /// Whether one of these may be as it is in one evaluation only.
    pub(crate) fn is_pulse(&self, reads: &Reads) -> bool {
        let mut windows = reads.windows.iter().filter_map(|window| self.windows.get(window.0));
        windows.any(|window| window.spec.function.is_pulse())
            || reads.facts.iter().any(|fact| self.pulsing_facts.contains(fact))
    }

    /// What conditions read, with what the signals read that their functions of time look at.
    pub(crate) fn read_through(&self, mut reads: Reads) -> Reads {
        let mut signals = BTreeSet::new();
        let mut next = 0;
        while let Some(window) = reads.windows.get(next) {
            next += 1;
            if let Some(Source::Signal(id)) = self.windows.get(window.0).map(|spec| &spec.source)
                && signals.insert(*id)
                && let Some(signal) = self.derived.get(id.0)
            {
                let more = Reads::of(signal.conditions());
                reads.facts.extend(more.facts);
                reads.windows.extend(more.windows);
                reads.calendars.extend(more.calendars);
            }
        }
        reads
    }
}

/// What authors call a tuple of dimensions: their names, in order, joined by `+`.
pub(crate) fn tuple_name(dimensions: &[Name]) -> String {
    let mut names: Vec<&str> = dimensions.iter().map(Name::as_str).collect();
    names.sort_unstable();
    names.join("+")
}
