//! The current value of every fact.

use std::sync::Arc;

use crate::schema::{FactId, Schema};
use crate::time::Timestamp;
use crate::value::{Value, ValueError};

/// One typed slot for each fact of a schema.
///
/// ```
/// use std::sync::Arc;
/// use ptms_core::{Change, Context, Duration, FactSpec, Schema, Timestamp, Type, Value};
///
/// let mut latency = FactSpec::new("latency_ms", Type::Float);
/// latency.stale = Some(Duration::from_secs(120));
/// let schema = Arc::new(Schema::new([latency], []));
/// let id = schema.fact("latency_ms").unwrap();
///
/// let mut context = Context::new(schema);
/// let t = Timestamp::from_secs(0);
/// assert_eq!(context.set(t, id, Value::Int(250)), Ok(Change::Changed));
/// assert_eq!(context.set(t, id, Value::Int(250)), Ok(Change::Renewed));
/// assert_eq!(context.read(t, id), Some(&Value::Float(250.0)));
/// assert_eq!(context.read(Timestamp::from_secs(120), id), None, "stale from exactly two minutes on");
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    schema: Arc<Schema>,
    slots: Vec<Option<Slot>>,
}

#[derive(Clone, Debug)]
struct Slot {
    value: Value,
    set_at: Timestamp,
}

/// What setting a fact did.
///
/// ```
/// use ptms_core::Change;
///
/// assert_ne!(Change::Changed, Change::Renewed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The fact has another value than before, or one at all.
    Changed,
    /// The fact had this value; only the time from which it goes stale has moved.
    Renewed,
}

impl Context {
    /// A context in which no fact has a value.
    #[must_use]
    pub fn new(schema: Arc<Schema>) -> Self {
        let slots = vec![None; schema.facts().len()];
        Self { schema, slots }
    }

    /// The declarations behind it.
    #[must_use]
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Sets a fact at `now`.
    ///
    /// # Errors
    ///
    /// [`ValueError`] where the declaration does not admit the value; the old value stays. An id that
    /// belongs to another schema is ignored as [`Change::Renewed`].
    pub fn set(&mut self, now: Timestamp, id: FactId, value: Value) -> Result<Change, ValueError> {
        let spec = self.schema.facts().get(id.index());
        let (Some(spec), Some(slot)) = (spec, self.slots.get_mut(id.index())) else {
            return Ok(Change::Renewed);
        };
        let value = spec.admit(value)?;
        let fresh = |slot: &Slot| spec.stale.is_none_or(|stale| now < slot.set_at + stale);
        let same = slot.as_ref().is_some_and(|slot| slot.value == value && fresh(slot));
        *slot = Some(Slot { value, set_at: now });
        Ok(if same { Change::Renewed } else { Change::Changed })
    }

    /// Makes a fact unknown; true if it had a value.
    pub fn unset(&mut self, id: FactId) -> bool {
        self.slots.get_mut(id.index()).is_some_and(|slot| slot.take().is_some())
    }

    /// The value of a fact as of `now`; `None` if it was never set, was unset, or is stale.
    #[must_use]
    pub fn read(&self, now: Timestamp, id: FactId) -> Option<&Value> {
        let slot = self.slots.get(id.index())?.as_ref()?;
        let stale_from = self.stale_from(id);
        stale_from.is_none_or(|from| now < from).then_some(&slot.value)
    }

    /// The instant from which the value of a fact is unknown because nobody renewed it; `None` if it
    /// has no value or never goes stale.
    #[must_use]
    pub fn stale_from(&self, id: FactId) -> Option<Timestamp> {
        let slot = self.slots.get(id.index())?.as_ref()?;
        let stale = self.schema.facts().get(id.index())?.stale?;
        Some(slot.set_at + stale)
    }
}
