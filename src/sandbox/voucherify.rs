//! The Voucherify API, as documented and seen (API_FACTS.md C1, C3, C5, D2).

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Map, Value, json};

use super::{APPLICATION_ID, SECRET_KEY, World};

/// Largest body of a bulk request, in bytes.
const BODY_LIMIT: usize = 10_485_760;

/// Questions that an action stays unfinished for.
const QUESTIONS_UNTIL_DONE: u32 = 1;

/// What a project holds.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) customers: std::collections::BTreeMap<String, Value>,
    actions: Vec<Action>,
}

#[derive(Debug)]
struct Action {
    id: String,
    customers: usize,
    errors: Vec<Value>,
    questions: u32,
}

pub(super) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/v1/customers/bulk/async", post(bulk))
        .route("/v1/async-actions/{id}", get(action))
        .route("/v1/customers", get(customers))
        .route("/v1/customers/{source_id}", get(customer))
        .layer(middleware::from_fn_with_state(world.clone(), admitted))
        .layer(DefaultBodyLimit::disable())
        .with_state(world)
}

/// Checks the keys, and tells on every answer what is left of the limit.
async fn admitted(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let is = |headers: &HeaderMap, name: &str, expected: &str| {
        headers.get(name).is_some_and(|value| value.as_bytes() == expected.as_bytes())
    };
    let headers = request.headers();
    world.counts(|counts| counts.voucherify_calls += 1);
    let mut response = if is(headers, "x-app-id", APPLICATION_ID) && is(headers, "x-app-token", SECRET_KEY) {
        next.run(request).await
    } else {
        answer(StatusCode::UNAUTHORIZED, &json!({"code": 401, "message": "Unauthorized", "key": "unauthorized"}))
    };
    for (name, value) in
        [("x-rate-limit-limit", "2000"), ("x-rate-limit-remaining", "1999"), ("x-rate-limit-retry", "0")]
    {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn bulk(State(world): State<Arc<World>>, body: Bytes) -> Response {
    world.counts(|counts| counts.bulk_posts += 1);
    if body.len() > BODY_LIMIT {
        let message = format!("Payload content length greater than maximum allowed: {BODY_LIMIT}");
        let error = json!({"statusCode": 413, "error": "Request Entity Too Large", "message": message});
        return answer(StatusCode::PAYLOAD_TOO_LARGE, &error);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        let message = "Invalid request payload JSON format";
        return answer(
            StatusCode::BAD_REQUEST,
            &json!({"statusCode": 400, "error": "Bad Request", "message": message}),
        );
    };
    let customers =
        body.as_array().filter(|customers| customers.iter().all(|customer| customer["source_id"].is_string()));
    let Some(customers) = customers else {
        let details = "Payload must have required property 'source_id'";
        let error = json!({"code": 400, "key": "invalid_payload", "message": "Invalid payload", "details": details});
        return answer(StatusCode::BAD_REQUEST, &error);
    };
    let Ok(mut project) = world.project.lock() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let refused = |customer: &Value| world.options.refuse.contains(customer["source_id"].as_str().unwrap_or_default());
    let mut errors = Vec::new();
    for customer in customers {
        let source_id = customer["source_id"].as_str().unwrap_or_default();
        if refused(customer) {
            errors.push(json!({
                "source_id": source_id, "key": "metadata_validation_failed", "message": "Metadata validation failed",
                "details": "tier: must be a number (actual value is 'gold')",
            }));
        } else {
            merge(project.customers.entry(source_id.into()).or_insert_with(|| json!({})), customer);
        }
    }
    let id = format!("aa_{:018x}", project.actions.len() + 1);
    project.actions.push(Action { id: id.clone(), customers: customers.len(), errors, questions: 0 });
    answer(StatusCode::ACCEPTED, &json!({"async_action_id": id}))
}

/// What is not mentioned stays; metadata is merged, and an address is stored as sent.
fn merge(stored: &mut Value, sent: &Value) {
    let (Some(stored), Some(sent)) = (stored.as_object_mut(), sent.as_object()) else { return };
    for (key, value) in sent {
        match (key.as_str(), stored.get_mut(key).and_then(Value::as_object_mut), value) {
            ("metadata", Some(metadata), Value::Object(members)) => metadata.extend(members.clone()),
            _ => drop(stored.insert(key.clone(), value.clone())),
        }
    }
}

async fn action(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let Ok(mut project) = world.project.lock() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let Some(action) = project.actions.iter_mut().find(|action| action.id == id) else {
        return missing(&format!("Cannot find async_action with id {id}"), &id);
    };
    action.questions += 1;
    let mut body = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("type".to_owned(), json!("CUSTOMERS.BULK_UPDATE")),
        ("object".to_owned(), json!("async_action")),
    ]);
    if action.questions > QUESTIONS_UNTIL_DONE {
        let result = json!({
            "done_count": action.customers - action.errors.len(), "failed_count": action.errors.len(),
            "errors": action.errors, "reports": [], "reports_available_till": null,
        });
        body.extend(
            [
                ("status", json!("DONE")),
                ("operation_status", json!("SUCCESS")),
                ("progress", json!(100)),
                ("result", result),
            ]
            .map(|(key, value)| (key.to_owned(), value)),
        );
    } else {
        body.insert("status".into(), json!("IN_PROGRESS"));
        body.insert("progress".into(), json!(50));
    }
    answer(StatusCode::OK, &Value::Object(body))
}

async fn customers(State(world): State<Arc<World>>) -> Response {
    let Ok(project) = world.project.lock() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let first: Vec<&Value> = project.customers.values().take(100).collect();
    let (total, more) = (project.customers.len(), project.customers.len() > 100);
    answer(
        StatusCode::OK,
        &json!({"object": "list", "data_ref": "customers", "customers": first, "total": total, "has_more": more}),
    )
}

async fn customer(State(world): State<Arc<World>>, Path(source_id): Path<String>) -> Response {
    let Ok(project) = world.project.lock() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    match project.customers.get(&source_id) {
        Some(customer) => answer(StatusCode::OK, customer),
        None => missing(&format!("Cannot find customer with id {source_id}"), &source_id),
    }
}

fn missing(details: &str, id: &str) -> Response {
    let error = json!({
        "code": 404, "key": "not_found", "message": "Resource not found", "details": details, "resource_id": id,
    });
    answer(StatusCode::NOT_FOUND, &error)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [("Content-Type", "application/json")], body.to_string()).into_response()
}
