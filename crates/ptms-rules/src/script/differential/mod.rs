//! Conditions against their reference, and against plain Rhai.
//!
//! The reference of conditions is what Rhai makes of them: where everything is known and plain Rhai
//! yields a bool, a condition is that bool; where plain Rhai faults, a condition faults or another
//! operand decides it. The one departure: a float that is not finite is a fault here.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "of tests and fuzz targets only, which fail by panicking"
)]

mod generate;
mod reference;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use ptms_core::{Context, EventSpec, FactSpec, Key, Schema, Timestamp, Type, Value};
use rhai::{Dynamic, EvalAltResult, Map, Scope};

use self::generate::Dice;
use self::reference::{PLAIN, Reading, counted, dynamic, known_or_fault, read};
use super::Parser;
use crate::condition::cell::{Cell, FaultKind, Slot};
use crate::condition::{Checker, Environment, Node, Program, Surroundings, Truth};
use crate::tables::{Calendars, NamedSelector, SelectorNames, Signals, Spoiled, Tables};
use crate::time::{Function, Question};
use crate::window::{SelectorId, WindowId};

const NOW: Timestamp = Timestamp::from_secs(0);

/// What conditions speak of here.
static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let phases = Type::Enum(["coding".into(), "testing".into()].into());
    let list = |item| Type::List { item: Box::new(item), max_len: 8 };
    let facts = [
        ("i", Type::Int),
        ("j", Type::Int),
        ("f", Type::Float),
        ("g", Type::Float),
        ("s", Type::String),
        ("t", Type::String),
        ("b", Type::Bool),
        ("c", Type::Bool),
        ("e", phases),
        ("d", Type::Duration),
        ("ints", list(Type::Int)),
        ("texts", list(Type::String)),
        ("zero", Type::Int),
        ("yes", Type::Bool),
    ];
    Arc::new(Schema::new(
        facts.map(|(name, ty)| FactSpec::new(name, ty)),
        [EventSpec::new("error", [])],
    ))
});

static PARSER: LazyLock<Parser> = LazyLock::new(|| Parser::new().unwrap());

/// A condition that loads.
struct Condition<'a> {
    text: &'a str,
    tree: Node,
    program: Program,
    tables: Tables,
}

impl<'a> Condition<'a> {
    fn load(text: &'a str) -> Result<Self, String> {
        let expr = PARSER.parse(text).map_err(|errors| format!("{text}: {errors:?}"))?;
        let (mut selectors, spoiled) = (SelectorNames::default(), Spoiled::default());
        for (index, name) in ["error", "log"].into_iter().enumerate() {
            let (id, event) = (SelectorId(index), SCHEMA.event("error").unwrap());
            let selector = NamedSelector { id, event, value: None, dimensions: Vec::new() };
            selectors.add(&name.into(), selector);
        }
        let around = Surroundings {
            schema: &SCHEMA,
            selectors: &selectors,
            signals: &Signals::default(),
            event: None,
            params: &[],
            in_selector: false,
            dimensions: &[],
        };
        let mut tables = Tables::default();
        let (node, findings) = Checker::new(around, &spoiled, &mut tables).condition(&expr);
        let tree = node.ok_or_else(|| format!("{text}: {findings:?}"))?;
        let program = Program::compile(&tree).ok_or_else(|| format!("{text}: too many cells"))?;
        Ok(Self { text, tree, program, tables })
    }

    /// What the program comes to, and what the reference does.
    fn truths(&self, facts: &[(&str, Value)]) -> (Truth, Truth) {
        let mut context = Context::new(SCHEMA.clone());
        for (name, value) in facts {
            context.set(NOW, SCHEMA.fact(name).unwrap(), &Key::default(), value.clone()).unwrap();
        }
        let window =
            |window, question| self.counted(window, question).map_or(Cell::Unknown, Cell::Int);
        let environment = Environment {
            now: NOW,
            context: &context,
            calendars: &Calendars::default(),
            key: &Key::default(),
            event: None,
            params: &[],
            window: &window,
        };
        let expected = match read(&self.tree, &environment) {
            Reading::Known(value) if value == true.into() => Truth::True,
            Reading::Known(_) => Truth::False,
            Reading::Unknown => Truth::Unknown,
            Reading::Fault(fault) => Truth::Fault(fault),
        };
        (self.program.truth(&environment), expected)
    }

    /// How many events a window holds here; of the other functions over time nothing is known.
    fn counted(&self, window: WindowId, question: Question) -> Option<i64> {
        let spec = self.tables.windows[window.0].spec.clone();
        let is_count = matches!((spec.function, question), (Function::Count(_), Question::Value));
        is_count.then(|| counted(spec.span))
    }

    /// Whether plain Rhai can be asked: it knows facts and counts.
    fn is_plain(&self) -> bool {
        self.program.slots().all(|slot| match slot {
            Slot::Fact(_) => true,
            Slot::Window(window, question) => self.counted(window, question).is_some(),
            _ => false,
        })
    }

    /// Why the program is at fault for these facts: it comes to something else than the reference or,
    /// where everything is known, than plain Rhai.
    fn disagreement(&self, facts: &[(&str, Value)]) -> Option<String> {
        let (found, expected) = self.truths(facts);
        let blame = |other: String| {
            Some(format!("{}\n{facts:?}\nfound {found:?}, expected {other}", self.text))
        };
        if found != expected {
            return blame(format!("{expected:?}"));
        }
        if facts.len() < SCHEMA.facts().len() || !self.is_plain() {
            return None;
        }
        let departs = matches!(found, Truth::Fault(fault) if fault.kind == FaultKind::NotFinite);
        let agrees = match plain(self.text, facts) {
            Some(verdict) => departs || found == if verdict { Truth::True } else { Truth::False },
            None => found != Truth::Unknown,
        };
        if agrees { None } else { blame("what plain Rhai makes of it".to_owned()) }
    }
}

/// What plain Rhai makes of a text.
fn eval(text: &str, facts: &[(&str, Value)]) -> Result<Dynamic, Box<EvalAltResult>> {
    let known = facts.iter().map(|(name, value)| ((*name).into(), dynamic(value)));
    let mut scope = Scope::new();
    scope.push_constant("ctx", known.collect::<Map>());
    PLAIN.eval_expression_with_scope(&mut scope, text)
}

/// The same, which must be a bool; `None` for a fault of arithmetic.
fn plain(text: &str, facts: &[(&str, Value)]) -> Option<bool> {
    known_or_fault(text, eval(text, facts)).map(|value| value.as_bool().unwrap())
}

/// Why a condition, if it loads, is at fault in some context; or else another one that is built of the
/// same bytes.
#[cfg(fuzzing)]
#[must_use]
pub fn disagreement(text: &str) -> Option<String> {
    let written = Condition::load(text).ok().and_then(|condition| {
        (0..8_u8).find_map(|seed| {
            let bytes: [u8; 64] = std::array::from_fn(|index| seed.wrapping_mul(37) ^ index as u8);
            let all_known = seed.is_multiple_of(2);
            condition.disagreement(&generate::values(&mut Dice::new(&bytes), all_known))
        })
    });
    written.or_else(|| run(text.as_bytes()).1)
}

/// How many pairs of a condition and a context were built of `bytes`, and why one of them is at fault.
fn run(bytes: &[u8]) -> (usize, Option<String>) {
    let mut dice = Dice::new(bytes);
    let mut pairs = 0;
    while !dice.is_empty() && pairs < 64 {
        let text = generate::condition(&mut dice);
        let condition = match Condition::load(&text) {
            Ok(condition) => condition,
            // Bytes can build a condition of more levels than are permitted.
            Err(reason) if reason.contains("TooMuch") => continue,
            Err(reason) => return (pairs, Some(reason)),
        };
        for all_known in [true, false, false, false] {
            let found = condition.disagreement(&generate::values(&mut dice, all_known));
            if found.is_some() {
                return (pairs, found);
            }
            pairs += 1;
        }
    }
    (pairs, None)
}
