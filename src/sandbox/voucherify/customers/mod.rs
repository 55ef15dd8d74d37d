//! Customers as they are stored and changed (docs/api-facts.md C1, C2, C6, C6b).

pub(super) mod calls;
mod history;
mod list;
pub(super) mod shape;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use rand::{RngExt, distr::Alphanumeric};
use serde_json::{Map, Value};

pub use self::history::History;
use super::options::{CreatedAt, Storing, SystemMetadata, Unchanged, VoucherifyOptions};

/// All customers of a project, numbered as they came.
#[derive(Debug, Default)]
pub(super) struct Customers {
    by_number: BTreeMap<u64, Arc<Customer>>,
    numbers_by_id: HashMap<String, u64>,
    numbers_by_source_id: BTreeMap<String, u64>,
    next_number: u64,
    /// The latest moment that was given out; later ones are never before it.
    latest: DateTime<Utc>,
}

/// One customer. Exports hold it as it was when they were asked for, so it is copied where it changes after that.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// `cust_` and 24 letters and digits.
    pub(super) id: String,
    /// Nothing but what was sent.
    pub(super) attributes: Map<String, Value>,
    /// What they did beside being sent.
    pub(super) history: History,
    /// To the millisecond, as it is shown: whoever sends it back as a cursor must not meet the customer again.
    pub(super) created_at: DateTime<Utc>,
    /// Nothing until the first change (docs/api-facts.md C6).
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// How a stored customer takes what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// What is not mentioned stays; null is stored as null.
    Update,
    /// What is not mentioned is gone, as with an import of CSV.
    Overwrite,
}

/// What became of a customer that was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Applied {
    /// As it is now.
    pub(super) customer: Arc<Customer>,
    /// Whether anything is stored that was not before.
    pub(super) changed: bool,
}

impl PartialEq for Customer {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.attributes == other.attributes && self.history == other.history
    }
}

impl Customers {
    pub(super) fn by_source_id(&self, source_id: &str) -> Option<&Arc<Customer>> {
        self.by_number.get(self.numbers_by_source_id.get(source_id)?)
    }

    /// By the one id or the other.
    pub(super) fn find(&self, id: &str) -> Option<&Arc<Customer>> {
        self.by_number.get(&self.number(id)?)
    }

    /// In the order of their creation; both ends can be asked.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Arc<Customer>> {
        self.by_number.values()
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Creates or updates the customer with the `source_id` that is sent; without one there is a new customer each time.
    pub(super) fn apply(
        &mut self,
        sent: Map<String, Value>,
        change: Change,
        options: &VoucherifyOptions,
    ) -> Option<Applied> {
        let known = sent.get("source_id").and_then(Value::as_str).and_then(|id| self.numbers_by_source_id.get(id));
        self.store(known.copied(), sent, change, options)
    }

    /// As [`Self::apply`], but an `id` that is sent and known decides (docs/api-facts.md C2).
    pub(super) fn upsert(&mut self, sent: Map<String, Value>, options: &VoucherifyOptions) -> Option<Applied> {
        match sent.get("id").and_then(Value::as_str).and_then(|id| self.numbers_by_id.get(id)) {
            Some(number) => self.store(Some(*number), sent, Change::Update, options),
            None => self.apply(sent, Change::Update, options),
        }
    }

    /// Updates the customer with this id or `source_id`, if there is one.
    pub(super) fn update(
        &mut self,
        id: &str,
        sent: Map<String, Value>,
        options: &VoucherifyOptions,
    ) -> Option<Applied> {
        let number = self.number(id)?;
        self.store(Some(number), sent, Change::Update, options)
    }

    /// Notes what the customer did beside being sent, which counts as a change of it.
    pub(super) fn live(&mut self, id: &str, history: History, options: &VoucherifyOptions) -> Option<Arc<Customer>> {
        let (number, now) = (self.number(id)?, self.now(options));
        let customer = Arc::make_mut(self.by_number.get_mut(&number)?);
        (customer.history, customer.updated_at) = (history, Some(now));
        self.by_number.get(&number).cloned()
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Customer>> {
        let number = self.number(id)?;
        let removed = self.by_number.remove(&number)?;
        self.numbers_by_id.remove(&removed.id);
        self.numbers_by_source_id.remove(removed.source_id());
        Some(removed)
    }

    fn number(&self, id: &str) -> Option<u64> {
        self.numbers_by_id.get(id).or_else(|| self.numbers_by_source_id.get(id)).copied()
    }

    fn store(
        &mut self,
        number: Option<u64>,
        mut sent: Map<String, Value>,
        change: Change,
        options: &VoucherifyOptions,
    ) -> Option<Applied> {
        sent.shift_remove("id");
        if options.system_metadata == SystemMetadata::Ignored {
            sent.shift_remove("system_metadata");
        }
        let now = self.now(options);
        let Some(number) = number else { return Some(self.create(sent, now, options)) };
        let customer = Arc::make_mut(self.by_number.get_mut(&number)?);
        if customer.attributes.contains_key("source_id") {
            // It can be set once, and never be changed.
            sent.shift_remove("source_id");
        } else if let Some(source_id) = sent.get("source_id").and_then(Value::as_str) {
            self.numbers_by_source_id.insert(source_id.to_owned(), number);
        }
        let before = (options.unchanged == Unchanged::AsItWas).then(|| customer.attributes.clone());
        if change == Change::Overwrite {
            customer.attributes.retain(|name, _| name == "source_id");
        }
        customer.take(sent, options);
        let changed = before.is_none_or(|before| before != customer.attributes);
        if changed {
            customer.updated_at = Some(now);
        }
        Some(Applied { customer: self.by_number.get(&number)?.clone(), changed })
    }

    fn create(&mut self, attributes: Map<String, Value>, now: DateTime<Utc>, options: &VoucherifyOptions) -> Applied {
        let number = self.next_number;
        self.next_number += 1;
        let letters: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
        let id = format!("cust_{letters}");
        self.numbers_by_id.insert(id.clone(), number);
        let source_id = attributes.get("source_id").and_then(Value::as_str).unwrap_or_default();
        let history = options.history(source_id);
        if !source_id.is_empty() {
            self.numbers_by_source_id.insert(source_id.to_owned(), number);
        }
        let customer = Arc::new(Customer { id, attributes, history, created_at: now, updated_at: None });
        self.by_number.insert(number, customer.clone());
        Applied { customer, changed: true }
    }

    /// The present moment as it is shown. Clocks may be set back; the order of customers may not.
    fn now(&mut self, options: &VoucherifyOptions) -> DateTime<Utc> {
        let least = match options.created_at {
            CreatedAt::Shared => self.latest,
            CreatedAt::Distinct => self.latest + TimeDelta::milliseconds(1),
        };
        self.latest = Utc::now().trunc_subsecs(3).max(least);
        self.latest
    }
}

impl Customer {
    /// Empty for a customer without one.
    pub(super) fn source_id(&self) -> &str {
        self.attributes.get("source_id").and_then(Value::as_str).unwrap_or_default()
    }

    fn take(&mut self, sent: Map<String, Value>, options: &VoucherifyOptions) {
        for (key, value) in sent {
            let storing = match key.as_str() {
                "address" => options.address,
                "metadata" => options.metadata,
                _ => Storing::Replace,
            };
            let stored = self.attributes.get_mut(&key).and_then(Value::as_object_mut);
            match (storing, stored, value) {
                (Storing::Merge, Some(stored), Value::Object(members)) => stored.extend(members),
                (.., value) => drop(self.attributes.insert(key, value)),
            }
        }
    }
}
