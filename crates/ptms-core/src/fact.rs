//! Facts that a host sets: whether they, and the key they are set for, fit the declarations.

use crate::key::Key;
use crate::name::{Name, nearest};
use crate::schema::{FactId, FactSpec, Schema};
use crate::value::{Value, ValueError, did_you_mean};

/// Why facts were refused. Nothing has changed.
///
/// ```
/// use ptms_core::{FactSpec, Key, Schema, Type};
///
/// let schema = Schema::new([FactSpec::new("cpu", Type::Float)], []);
/// let refused = schema.check_facts(&Key::default(), vec![("cpi".into(), 0.5.into())]).unwrap_err();
/// assert_eq!(refused.to_string(), r#"no fact "cpi" is declared (did you mean "cpu"?)"#);
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FactError {
    /// A fact that is not declared.
    #[error("no fact {:?} is declared{}", name.as_str(), did_you_mean(suggestion.as_ref()))]
    UnknownFact {
        /// The name given.
        name: Name,
        /// The fact that was probably meant.
        suggestion: Option<Name>,
    },
    /// A value that does not fit the fact.
    #[error("fact {:?}: {error}", name.as_str())]
    Value {
        /// The fact.
        name: Name,
        /// What does not fit.
        error: ValueError,
    },
    /// A fact that is given twice.
    #[error("fact {:?} is given twice", name.as_str())]
    Twice {
        /// The fact.
        name: Name,
    },
    /// A fact that the rulebook derives.
    #[error("fact {:?} is derived: the rulebook says what it is, not the host", name.as_str())]
    Derived {
        /// The fact.
        name: Name,
    },
    /// A fact that has one value for each key, and a key that lacks one of its dimensions.
    #[error("fact {:?} has one value for each {:?}: the key must say which", name.as_str(), dimension.as_str())]
    MissingDimension {
        /// The fact.
        name: Name,
        /// The dimension that the key lacks.
        dimension: Name,
    },
    /// A dimension that nothing in the book has.
    #[error("no dimension {:?} is declared{}", name.as_str(), did_you_mean(suggestion.as_ref()))]
    UnknownDimension {
        /// The name given.
        name: Name,
        /// The dimension that was probably meant.
        suggestion: Option<Name>,
    },
    /// A value that does not fit the dimension.
    #[error("dimension {:?}: {error}", name.as_str())]
    Dimension {
        /// The dimension.
        name: Name,
        /// What does not fit.
        error: ValueError,
    },
}

impl Schema {
    /// The facts that a host sets for `key`, each with the part of the key that it declares and its
    /// value admitted.
    ///
    /// # Errors
    ///
    /// [`FactError`] where a fact or dimension is not declared or given twice, a value does not fit, or
    /// the key lacks a dimension of a fact. The first fault is reported.
    pub fn check_facts(
        &self,
        key: &Key,
        facts: Vec<(Name, Value)>,
    ) -> Result<Vec<(FactId, Key, Value)>, FactError> {
        self.check_key(key)?;
        let mut admitted: Vec<(FactId, Key, Value)> = Vec::with_capacity(facts.len());
        for (name, value) in facts {
            let (id, spec, part) = self.check_name(key, &name)?;
            if admitted.iter().any(|(other, ..)| *other == id) {
                return Err(FactError::Twice { name });
            }
            let value = spec.admit(value).map_err(|error| FactError::Value { name, error })?;
            admitted.push((id, part, value));
        }
        Ok(admitted)
    }

    /// The facts that a host makes unknown for `key`, each with the part of the key that it declares.
    ///
    /// # Errors
    ///
    /// [`FactError`] where a fact or dimension is not declared, or the key lacks a dimension of a fact.
    /// The first fault is reported.
    pub fn check_unset(&self, key: &Key, names: &[Name]) -> Result<Vec<(FactId, Key)>, FactError> {
        self.check_key(key)?;
        let place = |name| self.check_name(key, name).map(|(id, _, part)| (id, part));
        names.iter().map(place).collect()
    }

    /// Whether a key is one of declared dimensions, with values of their types.
    ///
    /// # Errors
    ///
    /// [`FactError::UnknownDimension`] or [`FactError::Dimension`] for the first that is not.
    pub fn check_key(&self, key: &Key) -> Result<(), FactError> {
        for (name, value) in key.iter() {
            let Some(ty) = self.dimensions().get(name) else {
                let names = self.dimensions().keys().map(Name::as_str);
                let suggestion = nearest(name, names).map(Name::from);
                return Err(FactError::UnknownDimension { name: name.clone(), suggestion });
            };
            let admitted = ty.admit(Value::from(value));
            admitted.map_err(|error| FactError::Dimension { name: name.clone(), error })?;
        }
        Ok(())
    }

    fn check_name(&self, key: &Key, name: &Name) -> Result<(FactId, &FactSpec, Key), FactError> {
        let found = self.fact(name);
        let known = found.and_then(|id| Some((id, self.facts().get(id.index())?)));
        let Some((id, spec)) = known else {
            let suggestion = self.nearest_fact(name).map(Name::from);
            return Err(FactError::UnknownFact { name: name.clone(), suggestion });
        };
        if spec.derived {
            return Err(FactError::Derived { name: name.clone() });
        }
        match key.part(&spec.key) {
            Some(part) => Ok((id, spec, part)),
            None => {
                let lacks = |dimension: &&Name| key.value(dimension).is_none();
                let dimension = spec.key.iter().find(lacks).cloned().unwrap_or_else(|| "".into());
                Err(FactError::MissingDimension { name: name.clone(), dimension })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyValue;
    use crate::value::Type;

    /// What becomes of `cpu`, which has a value for each host and zone, set for a key.
    fn check(key: &[(&str, KeyValue)], expected: &str) {
        let mut cpu = FactSpec::new("cpu", Type::Float);
        cpu.key = vec!["host".into(), "zone".into()];
        let schema = Schema::new([cpu], []).with_dimensions([("zone".into(), Type::Int)]);
        let key = Key::new(key.iter().map(|(name, value)| ((*name).into(), value.clone())));
        let said = match schema.check_facts(&key, vec![("cpu".into(), Value::Int(1))]) {
            Ok(facts) => facts.iter().map(|(_, part, value)| format!("{part} {value:?}")).collect(),
            Err(refused) => refused.to_string(),
        };
        assert_eq!(said, expected);
        if let Err(refused) = schema.check_unset(&key, &["cpu".into()]) {
            assert_eq!(refused.to_string(), expected);
        }
    }

    #[test]
    fn the_key_must_say_which() {
        let host = || ("host", KeyValue::Text("a".into()));
        check(&[host(), ("zone", KeyValue::Int(2))], "host=a,zone=2 Float(1.0)");
        check(&[host()], r#"fact "cpu" has one value for each "zone": the key must say which"#);
        check(
            &[host(), ("zone", KeyValue::Bool(true))],
            r#"dimension "zone": expected int, found a bool"#,
        );
        let misspelt = [host(), ("zon", KeyValue::Int(2))];
        check(&misspelt, r#"no dimension "zon" is declared (did you mean "zone"?)"#);
    }
}
