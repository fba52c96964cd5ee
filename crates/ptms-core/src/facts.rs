//! Facts from a struct of the host's: each field is a fact, those of a struct within it are called by
//! both names joined by a point.

mod tree;

use serde::Serialize;

use self::tree::{Reader, Tree};
use crate::name::Name;
use crate::value::Value;

/// What a struct says of facts.
///
/// A bool, a number, a text, an enum's variant without content and a list of these are values; a field
/// that is `None` makes its fact unknown. A duration is a number of nanoseconds, as everywhere.
///
/// ```
/// use ptms_core::{Facts, Value};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Machine {
///     cpu: f32,
///     phase: Phase,
///     disk: Disk,
///     fan_rpm: Option<u32>,
/// }
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "lowercase")]
/// enum Phase {
///     Testing,
/// }
///
/// #[derive(Serialize)]
/// struct Disk {
///     free: u64,
/// }
///
/// let machine =
///     Machine { cpu: 0.5, phase: Phase::Testing, disk: Disk { free: 7 }, fan_rpm: None };
/// let facts = Facts::of(&machine).unwrap();
/// let expected: [(_, Value); 3] =
///     [("cpu".into(), 0.5.into()), ("phase".into(), "testing".into()), ("disk.free".into(), 7.into())];
/// assert_eq!(facts.set, expected);
/// assert_eq!(facts.unset, ["fan_rpm"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Facts {
    /// The facts that have a value, in the order of the fields.
    pub set: Vec<(Name, Value)>,
    /// The facts that have none, likewise.
    pub unset: Vec<Name>,
}

impl Facts {
    /// What `value` says, which is a struct, or a map with texts as keys. Whether the facts are declared
    /// and the values fit is found out when they are handed in.
    ///
    /// # Errors
    ///
    /// [`FactsError`] names the first field that no fact can hold.
    pub fn of(value: &impl Serialize) -> Result<Self, FactsError> {
        let Tree::Fields(fields) = value.serialize(Reader { depth: 0 })? else {
            return Err(FactsError::new("facts are the fields of a struct"));
        };
        let mut facts = Self::default();
        facts.enter("", fields);
        Ok(facts)
    }

    /// The fields of the struct at `path`.
    fn enter(&mut self, path: &str, fields: Vec<(String, Tree)>) {
        for (name, tree) in fields {
            let name = if path.is_empty() { name } else { format!("{path}.{name}") };
            match tree {
                Tree::Value(value) => self.set.push((name.into(), value)),
                Tree::None => self.unset.push(name.into()),
                Tree::Fields(fields) => self.enter(&name, fields),
            }
        }
    }
}

/// A field that no fact can hold.
///
/// ```
/// use ptms_core::Facts;
///
/// let refused = Facts::of(&std::collections::BTreeMap::from([("big", u64::MAX)])).unwrap_err();
/// assert_eq!(refused.field, "big");
/// assert_eq!(refused.to_string(), "field \"big\": the whole number is beyond 64 bits with sign");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", if field.is_empty() { String::new() } else { format!("field {:?}: ", field.as_str()) })]
#[non_exhaustive]
pub struct FactsError {
    /// The name of the fact; empty where the value is not even a struct.
    pub field: Name,
    /// Why.
    pub reason: String,
}

impl FactsError {
    fn new(reason: &str) -> Self {
        Self { field: "".into(), reason: reason.to_owned() }
    }

    /// The same fault, in the field `outer`.
    fn within(self, outer: &str) -> Self {
        let field = match self.field.as_str() {
            "" => outer.into(),
            inner => format!("{outer}.{inner}").into(),
        };
        Self { field, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::tree::MAX_DEPTH;
    use super::*;
    use crate::time::Duration;

    fn check(value: &impl Serialize, expected: &str) {
        let told = match Facts::of(value) {
            Ok(facts) => format!("{:?} {:?}", facts.set, facts.unset),
            Err(error) => error.to_string(),
        };
        assert_eq!(told, expected);
    }

    #[derive(Serialize)]
    struct Outer {
        inner: Inner,
        #[serde(flatten)]
        rest: BTreeMap<&'static str, i8>,
    }

    #[derive(Serialize)]
    struct Inner {
        took: Duration,
        ports: Vec<u16>,
        pair: (bool, bool),
        letter: Option<char>,
        nothing: Option<Option<bool>>,
    }

    #[test]
    fn structs_in_structs() {
        let inner = Inner {
            took: Duration::from_secs(1),
            ports: vec![80, 443],
            pair: (true, false),
            letter: Some('x'),
            nothing: Some(None),
        };
        check(
            &Outer { inner, rest: BTreeMap::from([("z", -1)]) },
            "[(\"inner.took\", Int(1000000000)), \
             (\"inner.ports\", List([Int(80), Int(443)])), \
             (\"inner.pair\", List([Bool(true), Bool(false)])), \
             (\"inner.letter\", Text(\"x\")), (\"z\", Int(-1))] [\"inner.nothing\"]",
        );
    }

    #[test]
    fn what_no_fact_can_hold() {
        fn in_a<T>(value: T) -> BTreeMap<&'static str, T> {
            BTreeMap::from([("a", value)])
        }
        let no_value =
            "a fact is a bool, a number, a text, a variant without content, or a list of these";
        check(&3, "facts are the fields of a struct");
        check(&vec![1, 2], "facts are the fields of a struct");
        check(&None::<Outer>, "facts are the fields of a struct");
        check(&BTreeMap::from([(1, 2)]), "the keys of a map must be texts");
        check(&in_a(BTreeMap::from([("b", ())])), &format!("field \"a.b\": {no_value}"));
        check(&in_a(vec![Some(1), None]), &format!("field \"a\": {no_value}"));
        check(&in_a([[1], [2]]), &format!("field \"a\": {no_value}"));
        check(&in_a(Ok::<i32, i32>(3)), &format!("field \"a\": {no_value}"));
        check(&in_a(u64::MAX), "field \"a\": the whole number is beyond 64 bits with sign");
    }

    /// A struct that holds itself would end no stack.
    #[test]
    fn too_deep() {
        #[derive(Serialize)]
        struct Link {
            next: Option<Box<Link>>,
        }
        let mut link = Link { next: None };
        for _ in 0..100_000 {
            link = Link { next: Some(Box::new(link)) };
        }
        let refused = Facts::of(&link).unwrap_err();
        assert_eq!(refused.reason, "structs lie too deep in each other");
        assert_eq!(refused.field.as_str(), ["next"; MAX_DEPTH].join("."));
        // Dropping the chain at once would take the stack that serialising it does not.
        while let Some(next) = link.next.take() {
            link = *next;
        }
    }
}
