//! How much memory a session can take at most, worked out from what a book declares.

use std::mem::size_of;

use ptms_core::{Duration, FactSpec, Key, KeyValue, Name, Timestamp, Type, Value};

use crate::rule_set::{Reader, RuleSet};
use crate::session::{Output, TRIGGER_BYTES};
use crate::space::{SEAT_BYTES, SpaceId};
use crate::time::{Change, Function, State, piece, tree_bytes};
use crate::window::{Source, WindowSpec};

/// How long the texts of keys are thought to be, in bytes. An event may carry longer ones, up to
/// [`Value::MAX_TEXT_LEN`].
pub const KEY_TEXT_LEN: usize = 64;

/// What one thing that a book declares can take at most, for all its keys.
///
/// ```
/// use ptms_core::Sources;
/// use ptms_rules::Rulebook;
///
/// let book = Rulebook::load(&Sources::from_iter([("rules.toml", r#"
///     [event.login]
///     fields = { user = "string" }
///
///     [select.login-of]
///     on  = "login"
///     key = { user = "event.user" }
///
///     [key.user]
///     max = 500
///
///     [[rule]]
///     id   = "often"
///     key  = ["user"]
///     when = 'count("login-of", "1m") > 9'
/// "#)])).unwrap();
/// let uses = book.rules.worst_memory();
/// let count = uses.iter().find(|one| one.what == r#"count("login-of", 1m)"#).unwrap();
/// assert_eq!((&*count.dimensions[0], count.keys), ("user", 500));
/// assert!(count.bytes > 500 * 10 * 8);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryUse {
    /// What it is, in the words of the book.
    pub what: String,
    /// The dimensions of its keys; none where there is only one of it.
    pub dimensions: Vec<Name>,
    /// For how many keys.
    pub keys: usize,
    /// For all of them together, in bytes.
    pub bytes: usize,
}

impl RuleSet {
    /// The most memory that a [`Session`](crate::Session) takes for what happens, the greatest part first: for
    /// as many keys as may live, each of whose windows holds as much as it can, where texts in keys are
    /// of [`KEY_TEXT_LEN`] bytes, and the host polls after each input. What a session takes for the book
    /// itself is not in it, nor is an input while it is worked out.
    #[must_use]
    pub fn worst_memory(&self) -> Vec<MemoryUse> {
        let spaces = (0..self.spaces.len()).map(|index| {
            let space = Some(SpaceId(index));
            let entries = [size_of::<Key>() + SEAT_BYTES, DUE, DUE, DUE];
            self.taken(space, "what lives".to_owned(), &entries, 0)
        });
        let windows = self.windows.iter().map(|window| {
            let beside = window.spec.worst_bytes() - size_of::<State>();
            let entries = [size_of::<(Key, State)>(), DUE, size_of::<Key>()];
            self.taken(window.space, self.call(window), &entries, beside)
        });
        let rules = self.rules.iter().map(|rule| {
            let affected = size_of::<(Reader, Key)>();
            let entries =
                [size_of::<Key>() + TRIGGER_BYTES, DUE + size_of::<usize>(), affected, affected];
            let what = format!("the triggers of \"{}\"", rule.spec.id);
            // A list that grows is as long again.
            self.taken(rule.space, what, &entries, 2 * size_of::<Output>())
        });
        let facts = self.schema().facts().iter().map(|fact| {
            let space = self.spaces.iter().position(|space| space.dimensions == fact.key);
            let entries =
                [size_of::<Key>() + size_of::<(Value, Timestamp)>(), DUE + size_of::<usize>()];
            self.taken(
                space.map(SpaceId),
                format!("ctx.{}", fact.name),
                &entries,
                value_bytes(fact),
            )
        });
        let mut uses: Vec<_> = spaces.chain(windows).chain(rules).chain(facts).collect();
        uses.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        uses
    }

    /// What is kept in trees with entries of these bytes, and so much beside them, for every key.
    fn taken(
        &self,
        space: Option<SpaceId>,
        what: String,
        entries: &[usize],
        beside: usize,
    ) -> MemoryUse {
        let spec = space.and_then(|space| self.spaces.get(space.0));
        let dimensions = spec.map(|spec| spec.dimensions.clone()).unwrap_or_default();
        let keys = spec.map_or(1, |spec| spec.max);
        let texts = dimensions.iter().map(|name| match self.schema().dimensions().get(name) {
            Some(Type::Bool | Type::Int | Type::Duration) => 0,
            _ => text_bytes(KEY_TEXT_LEN),
        });
        let inline = if dimensions.len() > 1 {
            piece(dimensions.len() * size_of::<(Name, KeyValue)>())
        } else {
            0
        };
        // Each entry may have its key from another input.
        let key = inline + texts.sum::<usize>();
        let trees = entries.iter().map(|entry| tree_bytes(keys, *entry) + keys * key);
        let bytes = trees.sum::<usize>() + keys * beside;
        MemoryUse { what, dimensions, keys, bytes }
    }

    /// A call as authors write it; of those that share what they keep, one.
    fn call(&self, window: &WindowSpec) -> String {
        let name = match &window.spec.function {
            Function::Count(_) => "count",
            Function::Paned => "rate",
            Function::Total => "sum",
            Function::Least => "min",
            Function::Greatest => "max",
            Function::Quantile => "quantile",
            Function::Distinct(_) => "distinct",
            Function::Trend => "slope",
            Function::Last => "last",
            Function::Age(_) => "age",
            Function::Absent => "absent",
            Function::Sequence(_) => "seq",
            Function::Edge(Change::Rising) => "rising",
            Function::Edge(Change::Falling) => "falling",
            Function::Edge(Change::Either) => "changed",
            Function::Held => "held",
        };
        let named = |name: &Name| format!("\"{name}\"");
        let of: Vec<String> = match &window.source {
            Source::Events { selectors, .. } => selectors
                .iter()
                .filter_map(|(id, _)| self.selectors.get(id.0))
                .map(|selector| named(&selector.name))
                .collect(),
            Source::Signal(id) => {
                self.derived.get(id.0).and_then(|one| one.signal()).map(named).into_iter().collect()
            }
        };
        let span = Some(window.spec.span).filter(|span| *span != Duration::ZERO);
        let arguments = of.into_iter().chain(span.map(|span| span.to_string()));
        format!("{name}({})", arguments.collect::<Vec<_>>().join(", "))
    }
}

/// An entry of a tree of deadlines.
const DUE: usize = size_of::<(Timestamp, Key)>();

/// What a text takes, which is counted by who has it.
const fn text_bytes(len: usize) -> usize {
    piece(len + 2 * size_of::<usize>())
}

/// What a value of a fact points to at most.
fn value_bytes(fact: &FactSpec) -> usize {
    let pointed = |ty: &Type| match ty {
        Type::String => text_bytes(Value::MAX_TEXT_LEN),
        Type::Enum(names) => text_bytes(names.iter().map(|name| name.len()).max().unwrap_or(0)),
        _ => 0,
    };
    match &fact.ty {
        Type::List { item, max_len } => {
            piece((max_len + 1) * size_of::<Value>()) + max_len * pointed(item)
        }
        ty => pointed(ty),
    }
}
