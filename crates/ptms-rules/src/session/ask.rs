//! The conditions of workflows, answered from what the session knows. Changes nothing.

use std::collections::BTreeMap;

use ptms_core::diagnostic::line_and_column;
use ptms_core::{FieldSpec, Key, Name, Timestamp, Value};

use super::Session;
use crate::condition::{Environment, Slot, Truth};
use crate::rule_set::Asked;

/// What a condition of a workflow comes to, and from what.
///
/// ```
/// use std::collections::BTreeMap;
/// use ptms_core::{Sources, Timestamp};
/// use ptms_rules::{Answer, Rulebook, Session};
///
/// let sources = Sources::from_iter([("rules.toml", r#"
///     [context]
///     load = "float"
///
///     [system.scaler]
///
///     [workflow.grow]
///     params = { hard = "bool" }
///
///     [[workflow.grow.step]]
///     id     = "add"
///     system = "scaler"
///     when   = 'param.hard || ctx.load > 0.9'
/// "#)]);
/// let session = Session::new(Rulebook::load(&sources).unwrap().rules);
/// let answer = |hard: bool| {
///     let params = BTreeMap::from([("hard".into(), hard.into())]);
///     session.ask(Timestamp::default(), "grow", "param.hard || ctx.load > 0.9", &params).unwrap()
/// };
/// assert_eq!(answer(true).verdict, Some(true));
/// assert_eq!(answer(false).verdict, None);
/// assert_eq!(answer(false).read[0], ("ctx.load".into(), None));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// Whether it is true; `None` where nobody can tell.
    pub verdict: Option<bool>,
    /// What was wrong in it, if it could not be worked out; with line and column.
    pub fault: Option<String>,
    /// The facts and parameters that it reads, with their values; by name.
    pub read: Vec<(Name, Option<Value>)>,
}

impl Session {
    /// What a condition that a workflow declares comes to at `now`, with these parameters; `None` if the
    /// workflow has no such condition. A parameter that is not given, or is of another type than is
    /// declared, is unknown. Exact once [`Session::poll`] has said `None` for that instant.
    #[must_use]
    pub fn ask(
        &self,
        now: Timestamp,
        workflow: &str,
        text: &str,
        params: &BTreeMap<Name, Value>,
    ) -> Option<Answer> {
        let Asked { program, params: declared } =
            self.rules.asked.get(&(workflow.into(), text.into()))?;
        let given = declared.iter().map(|FieldSpec { name, ty, .. }| {
            params.get(name).and_then(|value| ty.admit(value.clone()).ok())
        });
        let given: Vec<Option<Value>> = given.collect();
        let key = Key::default();
        let truth = program.truth(&Environment {
            now,
            context: &self.context,
            calendars: &self.rules.calendars,
            key: &key,
            event: None,
            params: &given,
            window: &|window, question| self.read_window(now, window, question, &key),
        });
        let (verdict, fault) = match truth {
            Truth::True => (Some(true), None),
            Truth::False => (Some(false), None),
            Truth::Unknown => (None, None),
            Truth::Fault(fault) => {
                let (line, column) = line_and_column(text, fault.at);
                (None, Some(format!("{line}:{column}: {}", fault.kind.message())))
            }
        };
        let read = program.slots().filter_map(|slot| match slot {
            Slot::Fact(fact) => {
                let spec = self.rules.schema().facts().get(fact.index())?;
                let value = self.context.read(now, fact, &key).cloned();
                Some((Name::from(format!("ctx.{}", spec.name)), value))
            }
            Slot::Param(index) => {
                let name = format!("param.{}", declared.get(index)?.name);
                Some((Name::from(name), given.get(index)?.clone()))
            }
            Slot::Field(_) | Slot::During(_) | Slot::Window(..) | Slot::Ratio(..) => None,
        });
        let read: BTreeMap<Name, Option<Value>> = read.collect();
        Some(Answer { verdict, fault, read: read.into_iter().collect() })
    }
}
