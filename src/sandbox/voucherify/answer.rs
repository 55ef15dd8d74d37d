//! Answers: the API's own shape of an error, that of the framework below it, and none at all.

use std::io;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// An answer that ends the work on a request early; boxed, as results carry it about.
pub(super) type Refusal = Box<Response>;

/// An answer with a body of JSON.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    (status, [("Content-Type", "application/json; charset=utf-8")], body.to_string()).into_response()
}

/// An error in the API's own shape (docs/api-facts.md C5).
pub(super) fn error(status: StatusCode, key: &str, message: &str, details: &str) -> Response {
    json(
        status,
        &json!({
            "code": status.as_u16(), "key": key, "message": message, "details": details, "request_id": request_id(),
        }),
    )
}

/// An error in the shape of the framework that parses bodies (docs/api-facts.md C1).
pub(super) fn framework_error(status: StatusCode, message: &str) -> Response {
    // The standard's words have changed since; the framework keeps the old ones.
    let error = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or("Unknown"),
    };
    json(status, &json!({"statusCode": status.as_u16(), "error": error, "message": message}))
}

/// There is no such thing (docs/api-facts.md C3).
pub(super) fn missing(resource_type: &str, id: &str) -> Response {
    let error = json!({
        "code": 404, "key": "not_found", "message": "Resource not found",
        "details": format!("Cannot find {resource_type} with id {id}"), "request_id": request_id(),
        "resource_id": id, "resource_type": resource_type,
    });
    json(StatusCode::NOT_FOUND, &error)
}

/// What a body says, if it is JSON that the framework takes: it refuses a key of this name at any depth.
pub(super) fn read_json(body: &[u8]) -> Result<Value, Refusal> {
    let body: Option<Value> = serde_json::from_slice(body).ok().filter(|body| !has_prototype(body));
    body.ok_or_else(|| Box::new(framework_error(StatusCode::BAD_REQUEST, "Invalid request payload JSON format")))
}

fn has_prototype(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(has_prototype),
        Value::Object(members) => members.iter().any(|(key, value)| key == "__proto__" || has_prototype(value)),
        _ => false,
    }
}

/// A body that is JSON, but not as it should be (docs/api-facts.md C1).
pub(super) fn invalid_payload(details: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "invalid_payload", "Invalid payload", details)
}

/// A query that cannot be understood.
pub(super) fn invalid_query(details: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "invalid_query_params", "Invalid query params", details)
}

/// No answer: a body that fails before its first byte makes the server close the connection with nothing said.
pub(super) fn hang_up() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    Body::from_stream(broken).into_response()
}

/// An id in the form that requests have.
pub(super) fn request_id() -> String {
    format!("v-{}", hexadecimal())
}

/// Eighteen hexadecimal digits, as ids here end.
pub(super) fn hexadecimal() -> String {
    format!("{:018x}", rand::random::<u128>() >> 56)
}

/// An answer that breaks off: its first bytes arrive, then the connection is closed.
pub(super) fn cut(start: &'static str) -> Response {
    let parts = futures_util::stream::unfold(Some(start), async |start| {
        let Some(start) = start else {
            // The first bytes have to be on their way before the connection ends.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            return Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None));
        };
        Some((Ok(Bytes::from_static(start.as_bytes())), None))
    });
    ([("Content-Type", "application/json")], Body::from_stream(parts)).into_response()
}
