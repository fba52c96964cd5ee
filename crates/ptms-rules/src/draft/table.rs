//! Tables of the text format: keys in the order in which they were set, each with what it holds. Knows
//! no section and checks nothing; the TOML is written by the `toml` crate.

use ptms_core::{Duration, Priority, Type, Value};
use serde::{Serialize, Serializer};

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    Value(Value),
    Table(Table),
    Tables(Vec<Table>),
}

/// Keys with what they hold. A key that is added twice stands there twice, which does not load.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    entries: Vec<(String, Item)>,
}

impl Table {
    /// Adds an entry behind the others.
    pub(super) fn add(&mut self, key: &str, item: impl Into<Item>) {
        self.entries.push((key.to_owned(), item.into()));
    }

    /// Says what `key` holds, in place of what was said before.
    pub(super) fn set(&mut self, key: &str, item: impl Into<Item>) {
        match self.entry(key) {
            Some(found) => *found = item.into(),
            None => self.add(key, item),
        }
    }

    /// Adds an entry to the table that `key` holds.
    pub(super) fn add_in(&mut self, key: &str, name: &str, item: impl Into<Item>) {
        match self.entry(key) {
            Some(Item::Table(inner)) => inner.add(name, item),
            _ => {
                let mut inner = Self::default();
                inner.add(name, item);
                self.set(key, Item::Table(inner));
            }
        }
    }

    /// Adds a table to those that `key` holds.
    pub(super) fn push(&mut self, key: &str, table: Self) {
        match self.entry(key) {
            Some(Item::Tables(tables)) => tables.push(table),
            _ => self.set(key, Item::Tables(vec![table])),
        }
    }

    fn entry(&mut self, key: &str) -> Option<&mut Item> {
        self.entries.iter_mut().find(|(known, _)| known == key).map(|(_, item)| item)
    }
}

/// What says of which type something is.
impl From<Type> for Table {
    fn from(ty: Type) -> Self {
        let mut table = Self::default();
        match ty {
            Type::Enum(values) => {
                table.set("type", "enum");
                table.set("values", Value::list(values.iter().cloned().map(Value::from)));
            }
            Type::List { item, max_len } => {
                table.set("type", "list");
                table.set("item", item.to_string().as_str());
                table.set("max_len", i64::try_from(max_len).unwrap_or(i64::MAX));
            }
            simple => table.set("type", simple.to_string().as_str()),
        }
        table
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.entries.iter().map(|(key, item)| (key, item)))
    }
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl From<Table> for Item {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Value(text.into())
    }
}

impl From<bool> for Item {
    fn from(flag: bool) -> Self {
        Self::Value(flag.into())
    }
}

impl From<i64> for Item {
    fn from(int: i64) -> Self {
        Self::Value(int.into())
    }
}

impl From<u32> for Item {
    fn from(count: u32) -> Self {
        i64::from(count).into()
    }
}

impl From<f64> for Item {
    fn from(number: f64) -> Self {
        Self::Value(number.into())
    }
}

impl From<Duration> for Item {
    fn from(span: Duration) -> Self {
        span.to_string().as_str().into()
    }
}

impl From<Priority> for Item {
    fn from(priority: Priority) -> Self {
        priority.as_str().into()
    }
}

impl From<&[&str]> for Item {
    fn from(texts: &[&str]) -> Self {
        Self::Value(Value::list(texts.iter().copied().map(Value::from)))
    }
}

/// The methods that say what one key of a section holds.
macro_rules! setters {
    ($draft:ident, $keys:ident { $($(#[$doc:meta])* $method:ident($argument:ty) = $key:literal;)* }) => {
        impl $draft {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(mut self, $method: $argument) -> Self {
                    self.table.set($key, $method);
                    self
                }
            )*

            /// The keys that these methods say.
            #[cfg(test)]
            pub(super) const $keys: &[&str] = &[$($key),*];
        }
    };
}

pub(super) use setters;
