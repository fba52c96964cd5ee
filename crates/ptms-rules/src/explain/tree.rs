//! What every part of a condition comes to: each is compiled and run by itself.

use ptms_core::{Context, Duration, Key, Timestamp, Type, Value};

use super::written::Writing;
use super::{Contents, Lack, Part, Reading};
use crate::condition::cell::Slots;
use crate::condition::node::NodeKind;
use crate::condition::operation::Operation;
use crate::condition::{Cell, Node, Program, Slot};
use crate::rule_set::RuleSet;
use crate::time::{Function, Keep, Spec, State};
use crate::window::{WindowId, Windows};

/// Everything that a condition is explained from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a, S> {
    pub(crate) now: Timestamp,
    pub(crate) key: &'a Key,
    pub(crate) rules: &'a RuleSet,
    pub(crate) context: &'a Context,
    pub(crate) windows: &'a Windows,
    /// Where the conditions read from.
    pub(crate) around: &'a S,
}

impl<S: Slots> Scene<'_, S> {
    /// A condition with all of its parts; `text` is what its author wrote.
    pub(crate) fn part(&self, tree: &Node, text: &str) -> Part {
        let writing = Writing { rules: self.rules, text };
        self.explain(tree, writing, None)
    }

    fn explain(&self, node: &Node, writing: Writing<'_>, within: Option<&Node>) -> Part {
        let slot = match node.kind {
            NodeKind::Slot(slot) => Some(slot),
            _ => None,
        };
        let reading = self.reading(node);
        let lack = slot.filter(|_| reading == Reading::Unknown).and_then(|slot| self.lack(slot));
        let contents = slot.and_then(|slot| match slot {
            Slot::Window(window, _) => self.contents(window, &reading),
            _ => None,
        });
        let parts = node.parts().filter(|part| !matches!(part.kind, NodeKind::Constant(_)));
        Part {
            text: writing.of(node, within),
            reading,
            lack,
            distance: self.distance(node),
            contents,
            parts: parts.map(|part| self.explain(part, writing, Some(node))).collect(),
        }
    }

    /// What a part comes to, by itself. What is not a truth value and made of a sensitive fact is not
    /// told, nor why it fails.
    fn reading(&self, node: &Node) -> Reading {
        // INVARIANT: a part needs no more cells than the condition that it is part of, which was compiled.
        let Some(program) = Program::compile(node) else { return Reading::Unknown };
        let sensitive = program.slots().any(|slot| self.is_sensitive(slot));
        program.shown(self.around, |cell| match cell {
            Cell::Unknown => Reading::Unknown,
            Cell::Bool(value) if !sensitive || !matches!(node.kind, NodeKind::Slot(_)) => {
                Reading::Value(Value::Bool(value))
            }
            _ if sensitive => Reading::Withheld,
            Cell::Fault(fault) => Reading::Fault(program.told(self.around, fault)),
            Cell::Int(nanos) if self.is_duration(node) => {
                Duration::from_nanos(nanos).map_or(Reading::Unknown, Reading::Duration)
            }
            known => known.known().map_or(Reading::Unknown, Reading::Value),
        })
    }

    fn is_sensitive(&self, slot: Slot) -> bool {
        let schema = self.rules.schema();
        match slot {
            Slot::Fact(fact) => schema.facts().get(fact.index()).is_some_and(|spec| spec.sensitive),
            Slot::Window(window, _) => {
                let source = self.rules.windows.get(window.0).map(|spec| &spec.source);
                let field = source.and_then(|source| {
                    let (selector, _) = source.selectors().first()?;
                    let event = self.rules.selectors.get(selector.0)?.event;
                    schema.events().get(event.index())?.fields.get(source.field()?)
                });
                field.is_some_and(|field| field.sensitive)
            }
            // There is no event at hand, no run, and a share of counts shows no value.
            Slot::Field(_) | Slot::Param(_) | Slot::During(_) | Slot::Ratio(..) => false,
        }
    }

    fn is_duration(&self, node: &Node) -> bool {
        match node.kind {
            NodeKind::Slot(Slot::Fact(fact)) => {
                let spec = self.rules.schema().facts().get(fact.index());
                spec.is_some_and(|spec| spec.ty == Type::Duration)
            }
            NodeKind::Slot(Slot::Window(window, _)) => {
                let spec = self.rules.windows.get(window.0);
                spec.is_some_and(|spec| matches!(spec.spec.function, Function::Age(_)))
            }
            _ => false,
        }
    }

    /// Why a slot has no value.
    fn lack(&self, slot: Slot) -> Option<Lack> {
        Some(match slot {
            Slot::Fact(fact) => match self.context.stale_from(fact, self.key) {
                Some(since) if since <= self.now => Lack::Stale { since },
                _ => Lack::NotSet,
            },
            Slot::Field(_) => Lack::NoEvent,
            Slot::Window(..) | Slot::Ratio(..) => Lack::NothingSeen,
            Slot::Param(_) | Slot::During(_) => return None,
        })
    }

    /// How far the left side of a comparison of numbers lies above the right one.
    fn distance(&self, node: &Node) -> Option<f64> {
        let NodeKind::Strict(Operation::Compare(_), sides) = &node.kind else { return None };
        let number = |side: &Node| {
            let program = Program::compile(side)?;
            let hidden = program.slots().any(|slot| self.is_sensitive(slot));
            program.shown(self.around, |cell| cell.as_float().filter(|_| !hidden))
        };
        match sides.as_slice() {
            [left, right] => Some(number(left)? - number(right)?),
            _ => None,
        }
    }

    /// What a window has seen for the key at hand.
    fn contents(&self, window: WindowId, reading: &Reading) -> Option<Contents> {
        let group = match self.rules.windows.get(window.0)?.space {
            None => Key::default(),
            Some(space) => self.rules.part(space, self.key)?,
        };
        let (spec, state) = self.windows.find(window)?.state(&group);
        let mut contents = match state {
            Some(state) => held(self.now, spec, state),
            None => Contents::default(),
        };
        if let Function::Sequence(steps) = &spec.function {
            let filled = match state {
                Some(State::Sequence(state)) => state.progress(self.now, spec.span).0,
                _ => 0,
            };
            contents.steps = Some((filled, steps.fill.len()));
        }
        contents.or_more = match (&spec.function, reading) {
            (Function::Count(keep @ Keep::Newest(_)), Reading::Value(Value::Int(count))) => {
                usize::try_from(*count).is_ok_and(|count| count >= keep.limit())
            }
            _ => false,
        };
        Some(contents)
    }
}

fn held(now: Timestamp, spec: &Spec, state: &State) -> Contents {
    let [oldest, newest] = state.ends(spec, now);
    Contents {
        oldest,
        newest,
        changes_at: state.next_deadline(spec),
        approximate: state.is_approximate(),
        ..Contents::default()
    }
}
