//! Accepted bulk requests, worked on one after another, and what is told of them (docs/api-facts.md C3).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{
    Project, answer,
    customers::Customers,
    faults::{FaultKind, chance},
    options::{Duplicates, Refusing},
};

/// Hours that a report can be had for; a guess, as nothing says how many.
const REPORT_HOURS: i64 = 24;

/// Everything that an action can do wrong.
const TROUBLES: [FaultKind; 9] = [
    FaultKind::Gone,
    FaultKind::Stuck,
    FaultKind::Failed,
    FaultKind::OperationFailed,
    FaultKind::UnknownStatus,
    FaultKind::NoResult,
    FaultKind::OldResult,
    FaultKind::NoErrors,
    FaultKind::ExpiredReport,
];

/// Actions in the order of their requests.
#[derive(Debug, Default)]
pub(super) struct Queue {
    actions: Vec<Action>,
    /// Actions before this one are finished.
    finished: usize,
}

/// One accepted request.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) id: String,
    request_id: String,
    created_at: DateTime<Utc>,
    begins: Instant,
    ends: Instant,
    /// Empty once the action is finished.
    customers: Vec<Value>,
    pub(super) trouble: Option<FaultKind>,
    pub(super) outcome: Option<Outcome>,
}

/// What came of a request.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) rows: Vec<Row>,
    errors: Vec<Value>,
}

/// What came of one customer.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) source_id: String,
    pub(super) found: bool,
    pub(super) updated: bool,
}

impl Project {
    /// Accepts customers; gives the id of the action that works on them.
    pub(super) fn queue(&self, customers: Vec<Value>) -> String {
        let now = Instant::now();
        let id = format!("aa_{}", answer::hexadecimal());
        let trouble = self.faults.first(&TROUBLES);
        if let Ok(mut queue) = self.queue.lock() {
            let begins = queue.actions.last().map_or(now, |last| last.ends.max(now));
            queue.actions.push(Action {
                id: id.clone(),
                request_id: answer::request_id(),
                created_at: Utc::now(),
                begins,
                ends: begins + Duration::from_millis(self.options.queue_ms),
                customers,
                trouble,
                outcome: None,
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
            let outcome = self.work_on(customers, trouble);
            queue.actions[position].outcome = Some(outcome);
            queue.finished += 1;
        }
        Some(look(&queue))
    }

    fn work_on(&self, customers: Vec<Value>, trouble: Option<FaultKind>) -> Outcome {
        let mut outcome = Outcome::default();
        let Ok(mut stored) = self.customers.lock() else { return outcome };
        let applied = !matches!(trouble, Some(FaultKind::Failed | FaultKind::OperationFailed | FaultKind::Stuck));
        let mut seen = BTreeSet::new();
        for customer in customers {
            let source_id = customer["source_id"].as_str().unwrap_or_default().to_owned();
            let found = stored.by_source_id(&source_id).is_some();
            let first = seen.insert(source_id.clone());
            let error = if applied { self.refusal(&customer, first, &stored) } else { Some(Value::Null) };
            let updated = error.is_none();
            outcome.errors.extend(error.filter(|error| !error.is_null()));
            if updated {
                stored.apply(customer, &self.options);
            }
            outcome.rows.push(Row { source_id, found, updated });
        }
        outcome
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
        let share = self.options.refuse_percent / 100.0;
        if self.options.refuse.iter().any(|refused| refused == id) || chance(self.options.fault_seed, id, share) {
            let details = "tier: must be a number (actual value is 'gold')";
            return error("metadata_validation_failed", "Metadata validation failed", details);
        }
        if self.options.invalid_metadata == Refusing::Customer {
            let known = stored.by_source_id(id).is_some();
            let details = self.schemas.violations(&customer["metadata"], known)?;
            return error("metadata_validation_failed", "Metadata validation failed", &details);
        }
        None
    }
}

impl Queue {
    pub(super) fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == id && action.trouble != Some(FaultKind::Gone))
    }
}

impl Action {
    /// What a list says of it: everything but the result.
    fn summary(&self) -> Map<String, Value> {
        let now = Instant::now();
        let finished = self.outcome.is_some() && self.trouble != Some(FaultKind::Stuck);
        let milliseconds = |until: Instant| u64::try_from((until - self.begins).as_millis()).unwrap_or(u64::MAX);
        let status = match self.trouble {
            _ if !finished && now < self.begins => "ENQUEUED",
            _ if !finished => "IN_PROGRESS",
            Some(FaultKind::Failed) => "FAILED",
            Some(FaultKind::UnknownStatus) => "SUSPENDED",
            _ => "DONE",
        };
        let progress = match status {
            "ENQUEUED" => 0,
            "IN_PROGRESS" => (100 * milliseconds(now.min(self.ends)) / milliseconds(self.ends).max(1)).min(99),
            _ => 100,
        };
        let updated_at = self.created_at + (now.min(self.ends) - self.begins.min(now));
        let members = json!({
            "id": self.id, "type": "CUSTOMERS.BULK_UPDATE", "status": status, "progress": progress,
            "request_id": self.request_id, "created_at": moment(self.created_at), "updated_at": moment(updated_at),
            "object": "async_action",
        });
        let mut members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        if finished {
            let failed = matches!(self.trouble, Some(FaultKind::Failed | FaultKind::OperationFailed));
            members.insert("processing_time".into(), json!(milliseconds(self.ends)));
            members.insert("operation_status".into(), json!(if failed { "FAILED" } else { "SUCCESS" }));
        }
        members
    }

    /// The result, once there is one.
    fn result(&self, reports: &str) -> Option<Value> {
        let outcome = self.outcome.as_ref()?;
        let done = outcome.rows.iter().filter(|row| row.updated).count();
        let failed = outcome.rows.len() - done;
        let errors = match self.trouble {
            Some(FaultKind::NoResult | FaultKind::Failed | FaultKind::Stuck) => return None,
            Some(FaultKind::OldResult) => {
                let row = |row: &Row| json!({"source_id": row.source_id, "found": row.found, "updated": row.updated});
                let results: Vec<Value> = outcome.rows.iter().map(row).collect();
                return Some(json!({"results": results, "done_count": done}));
            }
            Some(FaultKind::NoErrors) => &[][..],
            _ => &outcome.errors,
        };
        Some(json!({
            "done_count": done, "failed_count": failed, "errors": errors,
            "reports": [format!("{reports}/reports/{}.csv", self.id)],
            "reports_available_till": moment(self.created_at + chrono::Duration::hours(REPORT_HOURS)),
        }))
    }
}

/// As the API writes moments.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A moment as a query gives it: with a time, or a date alone.
pub(super) fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    let date = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc()).or_else(date)
}

/// `GET /v1/async-actions/{id}`.
pub(super) async fn get(State(project): State<Arc<Project>>, Path(id): Path<String>) -> Response {
    let told = project.with_queue(|queue| {
        let action = queue.action(&id)?;
        let mut members = action.summary();
        if let Some(result) = action.result(&project.reports_url) {
            members.insert("result".into(), result);
        }
        Some(members)
    });
    match told.flatten() {
        Some(members) => answer::json(StatusCode::OK, &Value::Object(members)),
        None => answer::missing("async_action", &id),
    }
}

/// `GET /v1/async-actions?limit=&end_date=`: the latest first, without results.
pub(super) async fn list(
    State(project): State<Arc<Project>>,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Response {
    let limit = match super::page_size(&parameters, 10) {
        Ok(limit) => limit,
        Err(refusal) => return *refusal,
    };
    let end = match parameters.get("end_date").map(|text| read_moment(text).ok_or(text)) {
        None => None,
        Some(Ok(end)) => Some(end),
        Some(Err(text)) => {
            return answer::invalid_query(&format!("{text} cannot be recognized as a ISO-8601 compliant date"));
        }
    };
    let listed = project.with_queue(|queue| {
        let before =
            |action: &&Action| action.trouble != Some(FaultKind::Gone) && end.is_none_or(|end| action.created_at < end);
        let mut actions = queue.actions.iter().rev().filter(before);
        let page: Vec<Value> = actions.by_ref().take(limit).map(|action| Value::Object(action.summary())).collect();
        (page, actions.next().is_some())
    });
    let (page, has_more) = listed.unwrap_or_default();
    let body = json!({
        "object": "list", "data_ref": "async_actions", "async_actions": page, "has_more": has_more,
    });
    answer::json(StatusCode::OK, &body)
}
