//! `POST /v1/customers/bulk/async`: what is refused as a whole, and what is accepted (docs/api-facts.md C1).

use std::{
    io::Read,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use axum::{
    body::{self, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::{
    Project, answer,
    customers::shape,
    faults::FaultKind,
    options::{Refusing, SystemMetadata},
    queue::ActionKind,
};

pub(super) async fn post(State(project): State<Arc<Project>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if project.faults.strikes(FaultKind::Reset) {
        return answer::hang_up();
    }
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > project.options.body_limit)
        && project.faults.strikes(FaultKind::Early413)
    {
        return too_large(&project);
    }
    let Ok(body) = body::to_bytes(body, usize::MAX).await else { return answer::hang_up() };
    let length = body.len() as u64;
    let customers = match accepted(&project, &parts.headers, body) {
        Ok(customers) => customers,
        Err(refusal) => return *refusal,
    };
    project.accepted_bytes.fetch_add(length, Relaxed);
    project.largest_bytes.fetch_max(length, Relaxed);
    let id = project.queue(ActionKind::BulkUpdate, customers);
    match project.faults.first(&[FaultKind::Lost502, FaultKind::Lost504, FaultKind::LostReset, FaultKind::LostId]) {
        Some(FaultKind::LostReset) => answer::hang_up(),
        Some(FaultKind::LostId) => answer::json(StatusCode::ACCEPTED, &json!({})),
        Some(FaultKind::Lost502) => gateway(StatusCode::BAD_GATEWAY),
        Some(_) => gateway(StatusCode::GATEWAY_TIMEOUT),
        None => answer::json(StatusCode::ACCEPTED, &json!({"async_action_id": id})),
    }
}

/// What something in between says, which knows no JSON.
fn gateway(status: StatusCode) -> Response {
    use axum::response::IntoResponse;
    (status, [(header::CONTENT_TYPE, "text/html")], format!("<html><head><title>{status}</title></head></html>"))
        .into_response()
}

/// The customers of a request that is not refused as a whole.
fn accepted(project: &Project, headers: &HeaderMap, body: Bytes) -> Result<Vec<Value>, answer::Refusal> {
    if let Some(refusal) = on_demand(project) {
        return Err(refusal);
    }
    let is = |name, text: &str| headers.get(name).is_some_and(|value| value.as_bytes().starts_with(text.as_bytes()));
    if headers.contains_key(header::CONTENT_TYPE) && !is(header::CONTENT_TYPE, "application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Box::new(answer::framework_error(status, "Unsupported Media Type")));
    }
    let limit = project.options.body_limit;
    let body = if is(header::CONTENT_ENCODING, "gzip") {
        let mut plain = Vec::new();
        // One byte more than allowed is enough to know.
        let inflated = GzDecoder::new(body.as_ref()).take(limit as u64 + 1).read_to_end(&mut plain);
        inflated.map_err(|_| answer::framework_error(StatusCode::BAD_REQUEST, "Invalid compressed payload"))?;
        Bytes::from(plain)
    } else {
        body
    };
    if body.len() > limit {
        return Err(Box::new(too_large(project)));
    }
    let Value::Array(customers) = answer::read_json(&body)? else {
        return Err(Box::new(answer::invalid_payload("Payload must be array")));
    };
    checked(project, &customers)?;
    Ok(customers)
}

/// What is refused for what the customers are.
fn checked(project: &Project, customers: &[Value]) -> Result<(), answer::Refusal> {
    if customers.is_empty() {
        let (key, message) = ("not_enough_source_ids", "Not enough source ids");
        let refusal = answer::error(StatusCode::BAD_REQUEST, key, message, "At least one customer is required");
        return Err(Box::new(refusal));
    }
    if let Some(most) = project.options.record_cap.filter(|most| customers.len() > *most) {
        return Err(Box::new(answer::invalid_payload(&format!("Payload must NOT have more than {most} items"))));
    }
    for (position, customer) in customers.iter().enumerate() {
        let missing = project.options.missing_source_id == Refusing::Request && customer["source_id"].is_null();
        let no_source_id = || missing.then(|| "Payload must have required property 'source_id'".to_owned());
        let wrong = if customer.is_object() { no_source_id() } else { None };
        if let Some(details) = wrong.or_else(|| shape::wrong(customer, &format!(".{position}"))) {
            return Err(Box::new(answer::invalid_payload(&details)));
        }
        if project.options.system_metadata == SystemMetadata::Refused && customer.get("system_metadata").is_some() {
            return Err(Box::new(answer::invalid_payload(&format!(
                "Property .{position}.system_metadata is not allowed"
            ))));
        }
        let source_id = customer["source_id"].as_str().unwrap_or_default();
        if project.options.poison_customer.iter().any(|poison| poison == source_id) {
            return Err(Box::new(invalid_metadata("tier: must be a number (actual value is 'gold')")));
        }
        if project.options.invalid_metadata == Refusing::Request
            && let Some(details) = project.metadata_violations(source_id, &customer["metadata"])
        {
            return Err(Box::new(invalid_metadata(&details)));
        }
    }
    Ok(())
}

fn on_demand(project: &Project) -> Option<answer::Refusal> {
    use FaultKind::{Bare429, Error500, Error503, Forbidden403, Framework400, Large413, Metadata400, Payload400};
    let kinds = [
        FaultKind::Payment402,
        Forbidden403,
        Error500,
        Error503,
        Bare429,
        Large413,
        Metadata400,
        Payload400,
        Framework400,
    ];
    let refusal = match project.faults.first(&kinds)? {
        Error500 => {
            answer::error(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Internal error", "Something went wrong")
        }
        Error503 => gateway(StatusCode::SERVICE_UNAVAILABLE),
        Forbidden403 => answer::error(StatusCode::FORBIDDEN, "forbidden", "Forbidden", "The key has not this role"),
        Bare429 => too_many(),
        Large413 => too_large(project),
        Metadata400 => invalid_metadata(
            "acquisition_channel: must be a string, property is required, must be equal to one of \
             Facebook,Twitter,Website (actual value is 'true')",
        ),
        Payload400 => answer::invalid_payload("Payload should have required property 'source_id'"),
        Framework400 => answer::framework_error(StatusCode::BAD_REQUEST, "Invalid request payload JSON format"),
        _ => answer::json(
            StatusCode::PAYMENT_REQUIRED,
            &json!({
                "code": 402, "message": "Payment required", "key": "missing_required_feature",
                "details": "Your current plan does not include a feature required to perform this operation.",
            }),
        ),
    };
    Some(Box::new(refusal))
}

/// The words of every 429 (docs/api-facts.md C1).
pub(super) fn too_many() -> Response {
    let error = json!({"code": 429, "message": "Too many requests hit the API too quickly."});
    answer::json(StatusCode::TOO_MANY_REQUESTS, &error)
}

/// A body over the limit, in the words of the framework (docs/api-facts.md C1).
pub(super) fn too_large(project: &Project) -> Response {
    let message = format!("Payload content length greater than maximum allowed: {}", project.options.body_limit);
    answer::framework_error(StatusCode::PAYLOAD_TOO_LARGE, &message)
}

/// Metadata that the schema forbids, where it refuses the whole request (docs/api-facts.md C1, C4).
pub(super) fn invalid_metadata(details: &str) -> Response {
    answer::error(StatusCode::BAD_REQUEST, "metadata_validation_failed", "Metadata validation failed", details)
}
