//! Calls about one customer (docs/api-facts.md C1, C2, C6b).

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rand::{RngExt, distr::Alphanumeric};
use serde_json::{Map, Value, json};

pub(in crate::sandbox::voucherify) use super::list::list;
use super::{Applied, History, shape};
use crate::sandbox::voucherify::{Project, answer, bulk, moments::moment, options::SystemMetadata};

/// `POST /v1/customers`: creates, or updates whom `id` or `source_id` names.
pub(in crate::sandbox::voucherify) async fn create(State(project): State<Arc<Project>>, body: Bytes) -> Response {
    let sent = match checked(&project, &body, None) {
        Ok(sent) => sent,
        Err(refusal) => return *refusal,
    };
    shown(project.with_customers(|customers| customers.upsert(sent, &project.options)).flatten(), "")
}

/// `PUT /v1/customers/{id or source_id}`.
pub(in crate::sandbox::voucherify) async fn update(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    if project.with_customers(|customers| customers.find(&id).is_none()).unwrap_or(true) {
        return answer::missing("customer", &id);
    }
    let sent = match checked(&project, &body, Some(&id)) {
        Ok(sent) => sent,
        Err(refusal) => return *refusal,
    };
    shown(project.with_customers(|customers| customers.update(&id, sent, &project.options)).flatten(), &id)
}

/// `GET /v1/customers/{id or source_id}`.
pub(in crate::sandbox::voucherify) async fn get(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
) -> Response {
    match project.with_customers(|customers| customers.find(&id).cloned()).flatten() {
        Some(customer) => answer::json(StatusCode::OK, &customer.shown()),
        None => answer::missing("customer", &id),
    }
}

/// `DELETE /v1/customers/{id or source_id}`.
pub(in crate::sandbox::voucherify) async fn delete(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
) -> Response {
    match project.with_customers(|customers| customers.remove(&id)).flatten() {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => answer::missing("customer", &id),
    }
}

/// `POST /v1/customers/{id or source_id}/permanent-deletion`.
pub(in crate::sandbox::voucherify) async fn delete_permanently(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
) -> Response {
    let Some(customer) = project.with_customers(|customers| customers.remove(&id)).flatten() else {
        return answer::missing("customer", &id);
    };
    let letters: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
    let deleted = json!({
        "id": format!("del_{letters}"), "created_at": moment(chrono::Utc::now()), "related_object_id": customer.id,
        "related_object": "customer", "status": "DONE",
        "data_json": {
            "events": 0, "customer_events": 1, "daily_events": 0, "segments": 0, "orders": customer.history.orders,
            "order_events": customer.history.orders, "customer": 1,
        },
        // The vendor's spelling.
        "object": "pernament_deletion",
    });
    answer::json(StatusCode::OK, &deleted)
}

/// `PUT /sandbox/customers/{id or source_id}`: what somebody else does to a customer, as `{"orders": 1, "redemptions": 0,
/// "points": 5}`; it needs no keys and counts as no call.
pub(in crate::sandbox::voucherify) async fn live(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let history: History = match serde_json::from_slice(&body) {
        Ok(history) => history,
        Err(error) => return answer::framework_error(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match project.with_customers(|customers| customers.live(&id, history, &project.options)).flatten() {
        Some(customer) => answer::json(StatusCode::OK, &customer.shown()),
        None => answer::missing("customer", &id),
    }
}

fn shown(applied: Option<Applied>, id: &str) -> Response {
    match applied {
        Some(Applied { customer, .. }) => answer::json(StatusCode::OK, &customer.shown()),
        None => answer::missing("customer", id),
    }
}

/// The members of a customer that is sent alone, and nothing if it is refused. `id` is whom the address names.
fn checked(project: &Project, body: &Bytes, id: Option<&str>) -> Result<Map<String, Value>, answer::Refusal> {
    let sent = answer::read_json(body)?;
    if let Some(details) = shape::wrong(&sent, "") {
        return Err(Box::new(answer::invalid_payload(&details)));
    }
    if project.options.system_metadata == SystemMetadata::Refused && sent.get("system_metadata").is_some() {
        return Err(Box::new(answer::invalid_payload("Property .system_metadata is not allowed")));
    }
    let whom = id.or_else(|| sent["id"].as_str()).or_else(|| sent["source_id"].as_str()).unwrap_or_default();
    if let Some(details) = project.metadata_violations(whom, &sent["metadata"]) {
        return Err(Box::new(bulk::invalid_metadata(&details)));
    }
    match sent {
        Value::Object(members) => Ok(members),
        _ => Ok(Map::new()),
    }
}
