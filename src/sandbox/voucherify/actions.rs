//! What is told of accepted bulk requests (docs/api-facts.md C3).

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{
    Project, answer,
    faults::FaultKind,
    moments::{moment, read_moment},
    queue::{Action, ActionKind, ReportRow},
};

/// Days that a report can be had for: the documented sample lies at least 77 days after it was made.
const REPORT_DAYS: i64 = 90;

impl Action {
    /// What a list says of it: everything but the result.
    fn summary(&self) -> Map<String, Value> {
        let now = Instant::now();
        let finished = self.result.is_some() && self.trouble != Some(FaultKind::Stuck);
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
            "id": self.id, "type": self.kind.name(), "status": status, "progress": progress,
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
        let result = self.result.as_ref()?;
        if matches!(self.trouble, Some(FaultKind::NoResult | FaultKind::Failed | FaultKind::Stuck)) {
            return None;
        }
        let failed = result.rows.iter().filter(|row| row.refused).count();
        let done = result.rows.len() - failed;
        let old = |updated: fn(&ReportRow) -> bool, done: usize| {
            let row =
                |row: &ReportRow| json!({"source_id": row.source_id, "found": row.found, "updated": updated(row)});
            let results: Vec<Value> = result.rows.iter().map(row).collect();
            json!({"results": results, "done_count": done})
        };
        let none = Vec::new();
        let errors = if self.trouble == Some(FaultKind::NoErrors) { &none } else { &result.errors };
        Some(match (self.trouble, self.kind) {
            (Some(FaultKind::OldResult), _) => old(|row| row.updated, done),
            // As recorded once: what is counted is what was looked at (docs/api-facts.md C3).
            (Some(FaultKind::OldRows), _) => old(|_| false, result.rows.len()),
            (_, ActionKind::ImportCsv) => json!({
                "message": format!("{done} customer(s) imported successfully, {failed} failed."), "failed": errors,
                "done_count": done, "failed_count": failed,
            }),
            _ => json!({
                "done_count": done, "failed_count": failed, "errors": errors,
                "reports": [format!("{reports}/reports/{}.csv", self.id)],
                "reports_available_till": moment(self.created_at + chrono::Duration::days(REPORT_DAYS)),
            }),
        })
    }
}

impl ActionKind {
    /// As `type` says it.
    fn name(self) -> &'static str {
        match self {
            Self::BulkUpdate => "CUSTOMERS.BULK_UPDATE",
            Self::MetadataUpdate => "CUSTOMERS.METADATA_UPDATE",
            Self::ImportCsv => "CUSTOMERS.IMPORT_CSV",
        }
    }
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
    let end = match parameters.get("end_date").map(|text| read_moment(text)) {
        None => None,
        Some(Some(end)) => Some(end),
        Some(None) => {
            return answer::invalid_query("Property .end_date cannot be recognized as a ISO-8601 compliant date");
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
