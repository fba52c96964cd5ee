//! What a host tells a session, and why it may be refused.

use ptms_core::{
    CheckedEvent, Event, EventError, FactError, FactId, Key, Name, Schema, Timestamp, Value,
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
    /// Facts that hold from now for a key, all at once. Each takes the part of the key that it declares.
    SetFor(Key, Vec<(Name, Value)>),
    /// Facts that are unknown from now, all at once.
    Unset(Vec<Name>),
    /// Facts that are unknown from now for a key, all at once.
    UnsetFor(Key, Vec<Name>),
    /// A key lives from now, though no event or fact has spoken of it yet.
    Expect(Key),
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
    /// A fact or key does not fit its declaration.
    #[error(transparent)]
    Fact(#[from] FactError),
}

/// An input that fits the declarations.
#[derive(Clone, Debug)]
pub(super) enum Checked {
    Event(CheckedEvent),
    Set(Vec<(FactId, Key, Value)>),
    Unset(Vec<(FactId, Key)>),
    Expect(Key),
    Wake,
    Advance,
}

/// Checks an input against the declarations.
pub(super) fn check(schema: &Schema, input: Input) -> Result<Checked, InputError> {
    Ok(match input {
        // What triggers do, only the session itself tells.
        Input::Event(Event { name: event, .. }) if event.starts_with('@') => {
            return Err(EventError::UnknownEvent { event, suggestion: None }.into());
        }
        Input::Event(event) => Checked::Event(schema.check_event(&event)?),
        Input::Set(facts) => Checked::Set(schema.check_facts(&Key::default(), facts)?),
        Input::SetFor(key, facts) => Checked::Set(schema.check_facts(&key, facts)?),
        Input::Unset(names) => Checked::Unset(schema.check_unset(&Key::default(), &names)?),
        Input::UnsetFor(key, names) => Checked::Unset(schema.check_unset(&key, &names)?),
        Input::Expect(key) => {
            schema.check_key(&key)?;
            Checked::Expect(key)
        }
        Input::Wake => Checked::Wake,
        Input::Advance => Checked::Advance,
    })
}
