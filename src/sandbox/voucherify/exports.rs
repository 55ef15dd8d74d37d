//! Exports of customers: asked for, waited for, downloaded (docs/api-facts.md C6).

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Project, answer,
    customers::Customer,
    queue::{moment, read_moment},
};

/// One export.
#[derive(Debug, Clone)]
pub(super) struct Export {
    token: String,
    created_at: String,
    ready: Instant,
    parameters: Value,
}

/// `POST /v1/exports`.
pub(super) async fn create(State(project): State<Arc<Project>>, body: Bytes) -> Response {
    let Ok(wanted) = serde_json::from_slice::<Value>(&body) else {
        return answer::framework_error(StatusCode::BAD_REQUEST, "Invalid request payload JSON format");
    };
    if wanted["exported_object"] != "customer" {
        let details = "Property .exported_object must be equal to one of the allowed values";
        return answer::error(StatusCode::BAD_REQUEST, "invalid_payload", "Invalid payload", details);
    }
    let id = format!("exp_{}", answer::hexadecimal());
    let export = Export {
        token: answer::hexadecimal(),
        created_at: moment(chrono::Utc::now()),
        ready: Instant::now() + Duration::from_millis(project.options.queue_ms),
        parameters: wanted.get("parameters").cloned().unwrap_or_else(|| json!({})),
    };
    let body = export.shown(&id, &project.reports_url, Finished::NotYet);
    if let Ok(mut exports) = project.exports.lock() {
        exports.insert(id, export);
    }
    answer::json(StatusCode::OK, &body)
}

/// `GET /v1/exports/{id}`.
pub(super) async fn get(State(project): State<Arc<Project>>, Path(id): Path<String>) -> Response {
    let export = project.exports.lock().ok().and_then(|exports| exports.get(&id).cloned());
    let Some(export) = export else { return answer::missing("export", &id) };
    let finished = if export.ready <= Instant::now() { Finished::Done } else { Finished::NotYet };
    answer::json(StatusCode::OK, &export.shown(&id, &project.reports_url, finished))
}

/// The file: with keys, and with the token of the address.
pub(super) async fn download(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
    Query(parameters): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let export = project.exports.lock().ok().and_then(|exports| exports.get(&id).cloned());
    let Some(export) = export else { return answer::missing("export", &id) };
    if parameters.get("token") != Some(&export.token) || !super::has_keys(&headers) {
        return super::unauthorized();
    }
    let table = project.with_customers(|customers| {
        let mut found: Vec<&Customer> =
            customers.all().map(|(_, customer)| customer).filter(|customer| export.wants(customer)).collect();
        found.sort_by_key(|customer| customer.created_at);
        let fields = export.fields();
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(&fields).ok()?;
        for customer in found {
            let shown = customer.shown();
            table.write_record(fields.iter().map(|field| cell(&shown, field))).ok()?;
        }
        table.into_inner().ok()
    });
    match table.flatten() {
        Some(table) => ([(header::CONTENT_TYPE, "text/plain")], table).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finished {
    NotYet,
    Done,
}

impl Export {
    fn shown(&self, id: &str, host: &str, finished: Finished) -> Value {
        let (status, result) = match finished {
            Finished::NotYet => ("SCHEDULED", Value::Null),
            Finished::Done => ("DONE", json!({"url": format!("{host}/v1/exports/{id}?token={}", self.token)})),
        };
        json!({
            "id": id, "object": "export", "created_at": self.created_at, "status": status, "channel": "API",
            "exported_object": "customer", "parameters": self.parameters, "result": result, "user_id": null,
        })
    }

    fn fields(&self) -> Vec<String> {
        let named = self.parameters["fields"].as_array();
        let usual = || vec!["name".to_owned(), "source_id".to_owned()];
        named.map_or_else(usual, |fields| fields.iter().filter_map(|field| Some(field.as_str()?.to_owned())).collect())
    }

    /// Filters by moments; others let everything through.
    fn wants(&self, customer: &Customer) -> bool {
        let bound = |field: &str, side: &str| {
            let bounds = &self.parameters["filters"][field]["conditions"][side];
            bounds.get(0).or(Some(bounds)).and_then(Value::as_str).and_then(read_moment)
        };
        let updated = customer.updated_at.unwrap_or(customer.created_at);
        [("created_at", customer.created_at), ("updated_at", updated)].into_iter().all(|(field, at)| {
            bound(field, "$after").is_none_or(|bound| at > bound)
                && bound(field, "$before").is_none_or(|bound| at < bound)
        })
    }
}

/// A cell of the file: parts of the address have columns, metadata is JSON.
fn cell(customer: &Value, field: &str) -> String {
    let value = match field.strip_prefix("address_") {
        Some(part) => &customer["address"][part],
        None => &customer[field],
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
