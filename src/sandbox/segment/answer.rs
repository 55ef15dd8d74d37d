//! Answers in the shapes of the Profile API (docs/api-facts.md A1).

use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

/// An answer that refuses; boxed because it is large and rare.
pub(super) type Refusal = Box<Response>;

pub(super) fn json_body(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    json_body(status, &json!({"error": {"code": code, "message": message}}))
}

pub(super) fn refuse<T>(status: StatusCode, code: &str, message: &str) -> Result<T, Refusal> {
    Err(Box::new(error(status, code, message)))
}

pub(super) fn not_found<T>() -> Result<T, Refusal> {
    refuse(StatusCode::NOT_FOUND, "not_found", "Profile was not found.")
}

/// A page of a list; the cursor is as the API writes it, `null` at the end.
pub(super) fn page(member: &str, content: Value, next: Value, limit: u64) -> Value {
    let has_more = !next.is_null();
    let next = if has_more { next } else { Value::from("") };
    let cursor = json!({"url": "", "has_more": has_more, "next": next, "limit": limit});
    Value::Object(Map::from_iter([(member.to_owned(), content), ("cursor".to_owned(), cursor)]))
}

/// A version 4 UUID, different for each answer.
pub(super) fn request_id() -> HeaderValue {
    let bits: u128 = rand::random();
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("sandbox"))
}
