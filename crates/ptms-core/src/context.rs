//! The current value of every fact, for each key of those that have one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::key::Key;
use crate::schema::{FactId, Schema};
use crate::time::Timestamp;
use crate::value::{Value, ValueError};

/// The typed values of the facts of a schema. A fact with a key has one for each key.
///
/// Keys may have more dimensions than the fact declares: the fact takes the part that it does.
///
/// ```
/// use std::sync::Arc;
/// use ptms_core::{Change, Context, Duration, FactSpec, Key, Schema, Timestamp, Type, Value};
///
/// let mut latency = FactSpec::new("latency_ms", Type::Float);
/// latency.stale = Some(Duration::from_secs(120));
/// let schema = Arc::new(Schema::new([latency], []));
/// let id = schema.fact("latency_ms").unwrap();
///
/// let (mut context, key) = (Context::new(schema), Key::default());
/// let t = Timestamp::from_secs(0);
/// assert_eq!(context.set(t, id, &key, Value::Int(250)), Ok(Change::Changed));
/// assert_eq!(context.set(t, id, &key, Value::Int(250)), Ok(Change::Renewed));
/// assert_eq!(context.read(t, id, &key), Some(&Value::Float(250.0)));
/// let later = Timestamp::from_secs(120);
/// assert_eq!(context.read(later, id, &key), None, "stale from exactly two minutes on");
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    schema: Arc<Schema>,
    /// By fact, then by the key that it declares; of a fact without key there is one at most.
    slots: Vec<BTreeMap<Key, Slot>>,
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
        let slots = vec![BTreeMap::new(); schema.facts().len()];
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
    /// belongs to another schema, or a key that lacks a dimension of the fact, is ignored as
    /// [`Change::Renewed`].
    pub fn set(
        &mut self,
        now: Timestamp,
        id: FactId,
        key: &Key,
        value: Value,
    ) -> Result<Change, ValueError> {
        let spec = self.schema.facts().get(id.index());
        let part = spec.and_then(|spec| key.part(&spec.key));
        let (Some(spec), Some(part), Some(slots)) = (spec, part, self.slots.get_mut(id.index()))
        else {
            return Ok(Change::Renewed);
        };
        let value = spec.admit(value)?;
        let fresh = |slot: &Slot| spec.stale.is_none_or(|stale| now < slot.set_at + stale);
        let same = slots.get(&part).is_some_and(|slot| slot.value == value && fresh(slot));
        slots.insert(part, Slot { value, set_at: now });
        Ok(if same { Change::Renewed } else { Change::Changed })
    }

    /// Makes a fact unknown; true if it had a value.
    pub fn unset(&mut self, id: FactId, key: &Key) -> bool {
        let part = self.part(id, key);
        let slots = self.slots.get_mut(id.index()).zip(part);
        slots.is_some_and(|(slots, part)| slots.remove(&part).is_some())
    }

    /// Whether a fact was set and not unset since, be its value stale or not.
    #[must_use]
    pub fn is_set(&self, id: FactId, key: &Key) -> bool {
        self.slot(id, key).is_some()
    }

    /// The value of a fact as of `now`; `None` if it was never set, was unset, or is stale.
    #[must_use]
    pub fn read(&self, now: Timestamp, id: FactId, key: &Key) -> Option<&Value> {
        let (slot, stale_from) = self.slot(id, key)?;
        stale_from.is_none_or(|from| now < from).then_some(&slot.value)
    }

    /// The instant from which the value of a fact is unknown because nobody renewed it; `None` if it
    /// has no value or never goes stale.
    #[must_use]
    pub fn stale_from(&self, id: FactId, key: &Key) -> Option<Timestamp> {
        self.slot(id, key)?.1
    }

    /// What was set last, and when it goes stale.
    fn slot(&self, id: FactId, key: &Key) -> Option<(&Slot, Option<Timestamp>)> {
        let slot = self.slots.get(id.index())?.get(&self.part(id, key)?)?;
        let stale = self.schema.facts().get(id.index())?.stale;
        Some((slot, stale.map(|stale| slot.set_at + stale)))
    }

    fn part(&self, id: FactId, key: &Key) -> Option<Key> {
        key.part(&self.schema.facts().get(id.index())?.key)
    }
}
