//! The compiled rules of a book: what does not change while it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ptms_core::diagnostic::line_and_column;
use ptms_core::{EventId, FieldSpec, Key, Name, Schema, Type};
use serde::Serialize;

use crate::calendar::CalendarId;
use crate::condition::{Compiled, Program, Reads};
use crate::derived::{Derived, DerivedId};
use crate::inhibition::{Inhibitions, in_order};
use crate::rule_spec::RuleSpec;
use crate::space::{SpaceId, SpaceSpec};
use crate::tables::{Calendars, Tables};
use crate::time::Terms;
use crate::told::Outcome;
use crate::window::{SelectorId, Source, WindowId, WindowSpec};

/// A compiled rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) spec: RuleSpec,
    pub(crate) when: Compiled,
    pub(crate) resolve_when: Option<Compiled>,
    pub(crate) with: Vec<Handed>,
    /// The key space of its dimensions; `None` for a rule without key.
    pub(crate) space: Option<SpaceId>,
    /// The selector whose events it looks at; between them `when` is false.
    pub(crate) on: Option<SelectorId>,
}

/// What an evaluation works out, in this order: what is derived first, because rules read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reader {
    Derived(usize),
    Rule(usize),
}

/// A compiled value that a rule hands to its workflow.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) name: Name,
    pub(crate) program: Program,
    /// What the workflow takes, if it says so.
    pub(crate) ty: Option<Type>,
}

/// A compiled condition of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) program: Program,
    /// What it may read of the run, in the order of the workflow's declaration.
    pub(crate) params: Vec<FieldSpec>,
}

/// A compiled selector.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    /// As conditions call it.
    pub(crate) name: Name,
    pub(crate) event: EventId,
    pub(crate) filter: Option<Program>,
    /// Its dimensions with the position of the field that gives each, ordered by name.
    pub(crate) key: Vec<(Name, usize)>,
    /// The position of the field that is its value.
    pub(crate) value: Option<usize>,
}

/// The compiled rules of a book, shared by every [`Session`](crate::Session) that runs it.
///
/// ```
/// use ptms_core::Sources;
/// use ptms_rules::{RuleSet, Rulebook};
///
/// fn can_be_shared<T: Send + Sync>() {}
/// can_be_shared::<RuleSet>();
/// let book = Rulebook::load(&Sources::default()).unwrap();
/// assert_eq!(book.rules.specs().count(), 0);
/// ```
#[derive(Debug)]
pub struct RuleSet {
    schema: Arc<Schema>,
    /// In the order of evaluation: none reads one that comes after it.
    pub(crate) derived: Vec<Derived>,
    /// In the order of evaluation.
    pub(crate) rules: Vec<Rule>,
    pub(crate) selectors: Vec<Selector>,
    pub(crate) spaces: Vec<SpaceSpec>,
    pub(crate) windows: Vec<WindowSpec>,
    pub(crate) calendars: Arc<Calendars>,
    /// The conditions of workflows, by workflow and text.
    pub(crate) asked: BTreeMap<(Name, Name), Asked>,
    pub(crate) readers: Readers,
    pub(crate) inhibitions: Inhibitions,
    /// The events that tell what rules do.
    pub(crate) told: BTreeMap<(usize, Outcome), Name>,
}

/// What a rule reads, of its own or through what it reads.
///
/// ```
/// use ptms_core::Sources;
/// use ptms_rules::Rulebook;
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [context]
///     cpu = "float"
///
///     [event.log]
///     fields = {}
///
///     [[rule]]
///     id = "noisy"
///     when = 'count("log", "1m") > 3 && ctx.cpu > 0.9'
/// "#)])).unwrap();
/// let reads = book.rules.reads("noisy");
/// assert_eq!((reads.facts, reads.events), (vec!["cpu".into()], vec!["log".into()]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleReads {
    /// Facts, derived ones included, in the order of their declaration.
    pub facts: Vec<Name>,
    /// Kinds of event, likewise.
    pub events: Vec<Name>,
}

/// Who is concerned by what: the way from a change to the rules that may see it.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    /// By fact: what reads it.
    pub(crate) of_fact: Vec<Vec<Reader>>,
    /// By calendar: what reads it.
    pub(crate) of_calendar: Vec<Vec<Reader>>,
    /// By window: what reads it.
    pub(crate) of_window: Vec<Vec<Reader>>,
    /// By key space: what has it.
    pub(crate) of_space: Vec<Vec<Reader>>,
    /// By selector: the rules that look at its events one at a time.
    pub(crate) on_selector: Vec<Vec<usize>>,
    /// By kind of event: the selectors that look at it.
    pub(crate) of_event: Vec<Vec<SelectorId>>,
    /// By selector: the windows that it fills, each with the terms that its events fit there.
    pub(crate) of_selector: Vec<Vec<(WindowId, Terms)>>,
    /// By derived signal: the windows that look at it.
    pub(crate) of_signal: Vec<Vec<WindowId>>,
    /// By selector: the key spaces all of whose dimensions it carries.
    pub(crate) spaces_of_selector: Vec<Vec<SpaceId>>,
    /// By fact: the key spaces all of whose dimensions it has.
    pub(crate) spaces_of_fact: Vec<Vec<SpaceId>>,
    /// By fact: the key space of its own dimensions, where it has some.
    pub(crate) space_of_fact: Vec<Option<SpaceId>>,
}

impl RuleSet {
    /// Orders the rules by priority, most urgent first, then as declared, but those that hold others back
    /// before these; leaves out the disabled.
    pub(crate) fn new(
        schema: Arc<Schema>,
        selectors: Vec<Selector>,
        tables: Tables,
        rules: Vec<Rule>,
        asked: BTreeMap<(Name, Name), Asked>,
    ) -> Self {
        let mut rules: Vec<Rule> = rules.into_iter().filter(|rule| rule.spec.enabled).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.spec.priority));
        let rules = in_order(rules);
        let inhibitions = Inhibitions::between(&rules);
        let told = told(&schema, &rules);
        let readers = Readers::new(&schema, &rules, &selectors, &tables);
        let Tables { derived, spaces, windows, calendars, .. } = tables;
        Self {
            schema,
            derived,
            rules,
            selectors,
            spaces,
            windows,
            calendars,
            asked,
            readers,
            inhibitions,
            told,
        }
    }

    /// Everything that an evaluation may work out, in order, with its key space.
    pub(crate) fn readers(&self) -> impl Iterator<Item = (Reader, Option<SpaceId>)> {
        let derived = self.derived.iter().enumerate();
        let derived = derived.map(|(index, derived)| (Reader::Derived(index), derived.space));
        let rules = self.rules.iter().enumerate();
        derived.chain(rules.map(|(index, rule)| (Reader::Rule(index), rule.space)))
    }

    /// The key space of what reads; `None` if it has no key.
    pub(crate) fn space_of(&self, reader: Reader) -> Option<SpaceId> {
        match reader {
            Reader::Derived(index) => self.derived.get(index)?.space,
            Reader::Rule(index) => self.rules.get(index)?.space,
        }
    }

    /// The part of a key that a space is made of; `None` if a dimension is missing.
    pub(crate) fn part(&self, space: SpaceId, key: &Key) -> Option<Key> {
        key.part(&self.spaces.get(space.0)?.dimensions)
    }

    /// The declared facts and events.
    #[must_use]
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The enabled rules as declared, in the order of evaluation: by priority, most urgent first, then
    /// in the order of the files and of their declaration, but those that hold others back before these.
    pub fn specs(&self) -> impl Iterator<Item = &RuleSpec> {
        self.rules.iter().map(|rule| &rule.spec)
    }

    /// What the rule reads, however indirectly; empty if there is no such rule.
    #[must_use]
    pub fn reads(&self, rule: &str) -> RuleReads {
        let Some(rule) = self.rules.iter().position(|one| one.spec.id == rule) else {
            return RuleReads::default();
        };
        let (mut facts, mut windows, mut seen) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        // What is derived is read with all that its conditions read.
        let mut wanted = vec![Reader::Rule(rule)];
        while let Some(reader) = wanted.pop() {
            if !seen.insert(reader) {
                continue;
            }
            let reads = |(_, readers): &(usize, &Vec<Reader>)| readers.contains(&reader);
            let of_window = self.readers.of_window.iter().enumerate().filter(reads);
            for (window, _) in of_window {
                windows.insert(window);
                if let Some(Source::Signal(DerivedId(signal))) =
                    self.windows.get(window).map(|spec| &spec.source)
                {
                    wanted.push(Reader::Derived(*signal));
                }
            }
            for (fact, _) in self.readers.of_fact.iter().enumerate().filter(reads) {
                facts.insert(fact);
                let is_it = |one: &Derived| one.fact().is_some_and(|of| of.fact.index() == fact);
                wanted.extend(self.derived.iter().position(is_it).map(Reader::Derived));
            }
        }
        let looked_at = |selector: usize| {
            let fills = self.readers.of_selector.get(selector).into_iter().flatten();
            let on = self.readers.on_selector.get(selector).into_iter().flatten();
            fills.into_iter().any(|(window, _)| windows.contains(&window.0))
                || on.into_iter().any(|reader| *reader == rule)
        };
        let selectors = self.selectors.iter().enumerate();
        let events: BTreeSet<usize> = selectors
            .filter(|(index, _)| looked_at(*index))
            .map(|(_, selector)| selector.event.index())
            .collect();
        let fact = |fact: &usize| self.schema.facts().get(*fact).map(|spec| spec.name.clone());
        let event = |event: &usize| self.schema.events().get(*event).map(|spec| spec.name.clone());
        RuleReads {
            facts: facts.iter().filter_map(fact).collect(),
            events: events.iter().filter_map(event).collect(),
        }
    }

    /// The calls that are not compiled with the conditions of the enabled rules, in the order of
    /// evaluation. A rule that has none is compiled wholly.
    pub fn opaque_calls(&self) -> impl Iterator<Item = OpaqueCall> {
        self.rules.iter().flat_map(|rule| {
            let spec = &rule.spec;
            let resolves = spec.resolve_when.as_ref().zip(rule.resolve_when.as_ref());
            let conditions = [Some(("when", &spec.when, &rule.when))];
            let resolves = resolves.map(|(text, condition)| ("resolve_when", text, condition));
            let conditions = conditions.into_iter().chain([resolves]).flatten();
            conditions.flat_map(move |(key, text, condition)| {
                condition.program.leaves().iter().map(move |leaf| {
                    let (line, column) = line_and_column(text, leaf.at as usize);
                    let (function, cost) = (leaf.function.name().into(), leaf.function.cost());
                    OpaqueCall { rule: spec.id.clone(), key, function, line, column, cost }
                })
            })
        })
    }
}

/// A call in a condition that is not compiled with it, but made by the script engine or by the host:
/// why a condition may take long.
///
/// ```
/// use ptms_core::Sources;
/// use ptms_rules::Rulebook;
///
/// let book = Rulebook::load(&Sources::from_iter([
///     ("helpers.rhai", "fn severe(load) { load * 2.0 > 1.5 }"),
///     ("rules.toml", "[context]\nload = 'float'\n[[rule]]\nid = 'busy'\nwhen = 'severe(ctx.load)'"),
/// ])).unwrap();
/// let call = book.rules.opaque_calls().next().unwrap();
/// assert_eq!((&*call.rule, call.key, &*call.function), ("busy", "when", "severe"));
/// assert_eq!((call.line, call.column, call.cost), (1, 1, 100));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OpaqueCall {
    /// The rule.
    pub rule: Name,
    /// Which of its conditions: `when` or `resolve_when`.
    pub key: &'static str,
    /// The function that is called.
    pub function: Name,
    /// The line of the condition, from 1.
    pub line: usize,
    /// The column in it, from 1, in characters.
    pub column: usize,
    /// What it costs: see [`Function::with_cost`](crate::Function::with_cost).
    pub cost: u32,
}

impl Readers {
    fn new(
        schema: &Schema,
        rules: &[Rule],
        selectors: &[Selector],
        Tables { derived, spaces, windows, calendars, .. }: &Tables,
    ) -> Self {
        let mut readers = Self {
            of_fact: vec![Vec::new(); schema.facts().len()],
            of_calendar: vec![Vec::new(); calendars.list.len()],
            of_window: vec![Vec::new(); windows.len()],
            of_space: vec![Vec::new(); spaces.len()],
            on_selector: vec![Vec::new(); selectors.len()],
            of_event: vec![Vec::new(); schema.events().len()],
            of_selector: vec![Vec::new(); selectors.len()],
            of_signal: vec![Vec::new(); derived.len()],
            spaces_of_selector: vec![Vec::new(); selectors.len()],
            spaces_of_fact: vec![Vec::new(); schema.facts().len()],
            space_of_fact: vec![None; schema.facts().len()],
        };
        for (index, derived) in derived.iter().enumerate() {
            let reads = Reads::of(derived.conditions());
            readers.enter(Reader::Derived(index), &reads, derived.space);
        }
        for (index, rule) in rules.iter().enumerate() {
            // Between events `when` is false, whatever else it reads.
            let when = Some(&rule.when).filter(|_| rule.on.is_none());
            let reads =
                Reads::of(when.into_iter().chain(&rule.resolve_when).map(|found| &found.program));
            readers.enter(Reader::Rule(index), &reads, rule.space);
            if let Some(selector) = rule.on {
                enter(&mut readers.on_selector, selector.0, index);
            }
        }
        for (index, window) in windows.iter().enumerate() {
            for (selector, terms) in window.source.selectors() {
                enter(&mut readers.of_selector, selector.0, (WindowId(index), *terms));
            }
            if let Source::Signal(DerivedId(signal)) = window.source {
                enter(&mut readers.of_signal, signal, WindowId(index));
            }
        }
        for (index, selector) in selectors.iter().enumerate() {
            enter(&mut readers.of_event, selector.event.index(), SelectorId(index));
            let carries = |name: &Name| selector.key.iter().any(|(carried, _)| carried == name);
            for space in spaces_within(spaces, carries) {
                enter(&mut readers.spaces_of_selector, index, space);
            }
        }
        for (index, fact) in schema.facts().iter().enumerate() {
            for space in spaces_within(spaces, |name| fact.key.contains(name)) {
                enter(&mut readers.spaces_of_fact, index, space);
            }
            let own = spaces.iter().position(|space| space.dimensions == fact.key);
            if let Some(slot) = readers.space_of_fact.get_mut(index) {
                *slot = own.map(SpaceId);
            }
        }
        readers
    }

    fn enter(&mut self, reader: Reader, reads: &Reads, space: Option<SpaceId>) {
        for fact in &reads.facts {
            enter(&mut self.of_fact, fact.index(), reader);
        }
        for window in &reads.windows {
            enter(&mut self.of_window, window.0, reader);
        }
        for CalendarId(calendar) in &reads.calendars {
            enter(&mut self.of_calendar, *calendar, reader);
        }
        if let Some(space) = space {
            enter(&mut self.of_space, space.0, reader);
        }
    }
}

/// The events that tell what rules do, by these.
fn told(schema: &Schema, rules: &[Rule]) -> BTreeMap<(usize, Outcome), Name> {
    let events = schema.events().iter().map(|event| &event.name);
    let events: Vec<_> =
        events.filter_map(|name| Some((Outcome::parse(name)?, name.clone()))).collect();
    if events.is_empty() {
        return BTreeMap::new();
    }
    let places = rules.iter().enumerate().map(|(index, rule)| (rule.spec.id.as_str(), index));
    let places: BTreeMap<&str, usize> = places.collect();
    let entry = |((outcome, rule), name): &((Outcome, &str), Name)| {
        Some(((*places.get(rule)?, *outcome), name.clone()))
    };
    events.iter().filter_map(entry).collect()
}

/// The key spaces all of whose dimensions are accepted.
fn spaces_within(
    spaces: &[SpaceSpec],
    accepts: impl Fn(&Name) -> bool,
) -> impl Iterator<Item = SpaceId> {
    let all = spaces.iter().enumerate();
    let within = all.filter(move |(_, space)| space.dimensions.iter().all(&accepts));
    within.map(|(index, _)| SpaceId(index))
}

/// Adds `item` to the list at `index`, once.
fn enter<T: PartialEq>(lists: &mut [Vec<T>], index: usize, item: T) {
    if let Some(list) = lists.get_mut(index)
        && list.last() != Some(&item)
    {
        list.push(item);
    }
}
