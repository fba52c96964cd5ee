//! What a host tells a session, and why it may be refused.

use ptms_core::{
    CheckedEvent, Event, EventError, FactId, Name, Schema, Timestamp, Value, ValueError,
};

/// What a host tells a session.
///
/// ```
/// use ptms_rules::Input;
///
/// let input = Input::Set(vec![("latency_ms".into(), 300.0.into())]);
/// assert!(matches!(input, Input::Set(facts) if facts.len() == 1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// Facts that hold from now, all at once.
    Set(Vec<(Name, Value)>),
    /// Facts that are unknown from now, all at once.
    Unset(Vec<Name>),
    /// Time has come this far, and no more inputs of this instant are at hand: what is due now
    /// takes effect.
    Wake,
    /// Time has come this far: what was due before takes effect.
    Advance,
}

/// Why an input was refused. Nothing has changed.
///
/// ```
/// use ptms_core::{Sources, Timestamp};
/// use ptms_rules::{Input, InputError, Rulebook, Session};
///
/// let mut session = Session::new(Rulebook::load(&Sources::default()).unwrap().rules);
/// session.handle(Timestamp::from_secs(5), Input::Wake).unwrap();
/// let refused = session.handle(Timestamp::from_secs(4), Input::Wake).unwrap_err();
/// assert_eq!(refused.to_string(), "time runs backwards: 4.000000000 is before 5.000000000");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The instant is before that of an earlier input.
    #[error("time runs backwards: {now} is before {last}")]
    TimeBackwards {
        /// The instant given.
        now: Timestamp,
        /// The instant of the last input.
        last: Timestamp,
    },
    /// The event does not fit its declaration.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A fact that is not declared.
    #[error("no fact {:?} is declared{}", name.as_str(), suggestion.as_ref().map(|near| format!(" (did you mean {:?}?)", near.as_str())).unwrap_or_default())]
    UnknownFact {
        /// The name given.
        name: Name,
        /// The fact that was probably meant.
        suggestion: Option<Name>,
    },
    /// A fact that the rulebook derives.
    #[error("fact {:?} is derived: the rulebook says what it is, not the host", name.as_str())]
    Derived {
        /// The fact.
        name: Name,
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
}

/// An input that fits the declarations.
#[derive(Clone, Debug)]
pub(super) enum Checked {
    Event(CheckedEvent),
    Set(Vec<(FactId, Value)>),
    Unset(Vec<FactId>),
    Wake,
    Advance,
}

/// Checks an input against the declarations.
pub(super) fn check(schema: &Schema, input: Input) -> Result<Checked, InputError> {
    let fact = |name: &Name| {
        let Some(id) = schema.fact(name) else {
            let suggestion = schema.nearest_fact(name).map(Name::from);
            return Err(InputError::UnknownFact { name: name.clone(), suggestion });
        };
        if schema.facts().get(id.index()).is_some_and(|spec| spec.derived) {
            return Err(InputError::Derived { name: name.clone() });
        }
        Ok(id)
    };
    match input {
        Input::Event(event) => Ok(Checked::Event(schema.check_event(&event)?)),
        Input::Set(facts) => {
            let mut admitted: Vec<(FactId, Value)> = Vec::with_capacity(facts.len());
            for (name, value) in facts {
                let id = fact(&name)?;
                if admitted.iter().any(|(other, _)| *other == id) {
                    return Err(InputError::Twice { name });
                }
                if let Some(spec) = schema.facts().get(id.index()) {
                    let refused = |error| InputError::Value { name, error };
                    admitted.push((id, spec.admit(value).map_err(refused)?));
                }
            }
            Ok(Checked::Set(admitted))
        }
        Input::Unset(names) => names.iter().map(fact).collect::<Result<_, _>>().map(Checked::Unset),
        Input::Wake => Ok(Checked::Wake),
        Input::Advance => Ok(Checked::Advance),
    }
}
