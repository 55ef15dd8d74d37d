//! Accepted bulk requests, worked on one after another (docs/api-facts.md C1, C3). What is told of them is in
//! [`super::actions`].

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Project, answer,
    customers::{Change, Customers, shape},
    faults::{FaultKind, chance},
    options::{Duplicates, Refusing},
};

/// Everything that an action can do wrong.
const TROUBLES: [FaultKind; 10] = [
    FaultKind::Gone,
    FaultKind::Stuck,
    FaultKind::Failed,
    FaultKind::OperationFailed,
    FaultKind::UnknownStatus,
    FaultKind::NoResult,
    FaultKind::OldResult,
    FaultKind::OldRows,
    FaultKind::NoErrors,
    FaultKind::ExpiredReport,
];

/// Actions in the order of their requests.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) actions: Vec<Action>,
    /// Actions before this one are finished.
    finished: usize,
}

/// What kind of request an action works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionKind {
    BulkUpdate,
    MetadataUpdate,
    ImportCsv,
}

/// One accepted request.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) id: String,
    pub(super) kind: ActionKind,
    pub(super) request_id: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) begins: Instant,
    pub(super) ends: Instant,
    /// Empty once the action is finished.
    customers: Vec<Value>,
    pub(super) trouble: Option<FaultKind>,
    pub(super) result: Option<ActionResult>,
}

/// What came of a request.
#[derive(Debug, Default)]
pub(super) struct ActionResult {
    pub(super) rows: Vec<ReportRow>,
    /// One for each refused customer that has words of its own.
    pub(super) errors: Vec<Value>,
}

/// What came of one customer.
#[derive(Debug)]
pub(super) struct ReportRow {
    pub(super) source_id: String,
    /// Whether the customer was there before.
    pub(super) found: bool,
    /// Whether anything was stored. A customer that is not refused and holds all of it already may have `false`.
    pub(super) updated: bool,
    pub(super) refused: bool,
}

impl Project {
    /// Accepts customers; gives the id of the action that works on them.
    pub(super) fn queue(&self, kind: ActionKind, customers: Vec<Value>) -> String {
        let now = Instant::now();
        let id = format!("aa_{}", answer::hexadecimal());
        let trouble = self.faults.first(&TROUBLES);
        if let Ok(mut queue) = self.queue.lock() {
            let begins = queue.actions.last().map_or(now, |last| last.ends.max(now));
            queue.actions.push(Action {
                id: id.clone(),
                kind,
                request_id: answer::request_id(),
                created_at: Utc::now(),
                begins,
                ends: begins + Duration::from_millis(self.options.queue_ms),
                customers,
                trouble,
                result: None,
            });
        }
        id
    }

    /// Finishes every action whose time has come, in order, and gives the queue to whoever wants to look.
    pub(super) fn with_queue<T>(&self, look: impl FnOnce(&Queue) -> T) -> Option<T> {
        let mut queue = self.queue.lock().ok()?;
        let now = Instant::now();
        while let Some(action) = queue.actions.get(queue.finished).filter(|action| action.ends <= now) {
            let trouble = action.trouble;
            let position = queue.finished;
            let customers = std::mem::take(&mut queue.actions[position].customers);
            let result = self.work_on(queue.actions[position].kind, customers, trouble);
            queue.actions[position].result = Some(result);
            queue.finished += 1;
        }
        Some(look(&queue))
    }

    fn work_on(&self, kind: ActionKind, customers: Vec<Value>, trouble: Option<FaultKind>) -> ActionResult {
        let mut result = ActionResult::default();
        let Ok(mut stored) = self.customers.lock() else { return result };
        let applied = !matches!(trouble, Some(FaultKind::Failed | FaultKind::OperationFailed | FaultKind::Stuck));
        let change = if kind == ActionKind::ImportCsv { Change::Overwrite } else { Change::Update };
        let mut seen = BTreeSet::new();
        for (position, customer) in customers.into_iter().enumerate() {
            let source_id = customer["source_id"].as_str().unwrap_or_default().to_owned();
            let found = stored.by_source_id(&source_id).is_some();
            let first = seen.insert(source_id.clone());
            let error = match kind {
                _ if !applied => Some(Value::Null),
                ActionKind::ImportCsv => self.row_refusal(&customer, position, &stored),
                _ => self.refusal(&customer, first, &stored),
            };
            let refused = error.is_some();
            result.errors.extend(error.filter(|error| !error.is_null()));
            let updated = match customer {
                Value::Object(members) if !refused => {
                    stored.apply(members, change, &self.options).is_some_and(|applied| applied.changed)
                }
                _ => false,
            };
            result.rows.push(ReportRow { source_id, found, updated, refused });
        }
        result
    }

    /// Why one row of an imported file is refused: rows without a `source_id` are not.
    fn row_refusal(&self, customer: &Value, position: usize, stored: &Customers) -> Option<Value> {
        let source_id = customer["source_id"].as_str().unwrap_or_default();
        let known = stored.by_source_id(source_id).is_some();
        let words = self.chosen_refusal(source_id).or_else(|| shape::wrong(customer, ""));
        let reason = words.or_else(|| self.schemas.violations(&customer["metadata"], known))?;
        Some(json!({"source_id": source_id, "row": position + 1, "reason": reason}))
    }

    /// The words for a customer whom an option refuses.
    fn chosen_refusal(&self, source_id: &str) -> Option<String> {
        let share = self.options.refuse_percent / 100.0;
        let named = self.options.refuse.iter().any(|refused| refused == source_id);
        let refused = named || chance(self.options.fault_seed, source_id, share);
        refused.then(|| "tier: must be a number (actual value is 'gold')".to_owned())
    }

    /// Why one customer is refused, in the words of the result.
    fn refusal(&self, customer: &Value, first: bool, stored: &Customers) -> Option<Value> {
        let source_id = customer["source_id"].as_str();
        let error = |key: &str, message: &str, details: &str| {
            Some(json!({"source_id": source_id, "key": key, "message": message, "details": details}))
        };
        let Some(id) = source_id else {
            return error("invalid_payload", "Invalid payload", "Payload must have required property 'source_id'");
        };
        if !first && self.options.duplicates == Duplicates::Refused {
            return error("duplicate_found", "Duplicate resource found", &format!("Duplicated source_id {id}"));
        }
        let invalid_metadata =
            |details: &str| error("metadata_validation_failed", "Metadata validation failed", details);
        if let Some(details) = self.chosen_refusal(id) {
            return invalid_metadata(&details);
        }
        if self.options.invalid_metadata == Refusing::Customer {
            let known = stored.by_source_id(id).is_some();
            let details = self.schemas.violations(&customer["metadata"], known)?;
            return invalid_metadata(&details);
        }
        None
    }
}

impl Queue {
    pub(super) fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == id && action.trouble != Some(FaultKind::Gone))
    }
}
