//! Who is let in: keys, limits, and what every answer says of the limits (docs/api-facts.md C0, C5).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use chrono::Utc;
use serde_json::json;

use super::{
    Project, answer, bulk,
    faults::FaultKind,
    limits::{CallsLeft, Weight},
};
use crate::sandbox::{APPLICATION_ID, SECRET_KEY};

/// Calls that change many customers at once; that all of them are bulk calls is a guess (docs/api-facts.md C5).
const BULK: [&str; 3] = ["/v1/customers/bulk/async", "/v1/customers/metadata/async", "/v1/customers/importCSV"];

/// Checks keys and limits, and tells on every answer what is left of the limit.
pub(super) async fn admitted(State(project): State<Arc<Project>>, request: Request, next: Next) -> Response {
    let weight = if BULK.contains(&request.uri().path()) { Weight::Bulk } else { Weight::Ordinary };
    project.count(endpoint(request.method(), request.uri().path()));
    if !has_keys(request.headers()) {
        return unauthorized();
    }
    let standing = match project.limits.lock() {
        Ok(mut limits) => limits.take(weight, Instant::now()),
        Err(_) => return answer::hang_up(),
    };
    let response = match (standing.exceeded, weight) {
        (Some(_), _) => {
            project.count("refused by a limit".into());
            bulk::too_many()
        }
        (None, Weight::Bulk) => next.run(request).await,
        (None, Weight::Ordinary) => ordinary(&project, request, next).await,
    };
    let mut response = in_the_vendors_shape(response);
    tell(&mut response, standing);
    tokio::time::sleep(Duration::from_millis(project.options.answer_ms)).await;
    response
}

/// Any call but a bulk request, with what may go wrong on the way.
async fn ordinary(project: &Project, request: Request, next: Next) -> Response {
    match project.faults.first(&[FaultKind::Read500, FaultKind::ReadReset, FaultKind::ReadCut]) {
        None => next.run(request).await,
        Some(FaultKind::ReadReset) => answer::hang_up(),
        Some(FaultKind::ReadCut) => answer::cut(r#"{"id": "aa_"#),
        Some(_) => {
            let (key, message) = ("internal_error", "Internal error");
            answer::error(StatusCode::INTERNAL_SERVER_ERROR, key, message, "Something went wrong")
        }
    }
}

/// What the server below refuses by itself (an address that is no UTF-8, a method that is not there) has words of its
/// own; callers here see the vendor's.
fn in_the_vendors_shape(response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let status = response.status();
    match status {
        StatusCode::METHOD_NOT_ALLOWED if !is_json => {
            answer::error(status, "method_not_allowed", "Method not allowed", "There is no such method here")
        }
        _ if status.is_client_error() && !is_json => {
            answer::framework_error(status, status.canonical_reason().unwrap_or("Bad Request"))
        }
        _ => response,
    }
}

/// The headers of docs/api-facts.md C5.
fn tell(response: &mut Response, standing: CallsLeft) {
    let seconds = standing.wait.as_secs() + u64::from(standing.wait.subsec_nanos() > 0);
    let allowed_at = Utc::now().timestamp() + i64::try_from(seconds).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-rate-limit-limit", standing.limit.to_string()),
        ("x-rate-limit-remaining", standing.remaining.to_string()),
        ("x-rate-limit-retry", allowed_at.to_string()),
    ] {
        headers.extend(HeaderValue::from_str(&value).map(|value| (axum::http::HeaderName::from_static(name), value)));
    }
    if let Some(class) = standing.exceeded {
        headers.insert("retry-after", HeaderValue::from(seconds.max(1)));
        headers.insert("x-rate-limit-type", HeaderValue::from_static(class.name()));
    }
}

/// Whether a call has the keys of the one project.
pub(super) fn has_keys(headers: &HeaderMap) -> bool {
    let is =
        |name: &str, expected: &str| headers.get(name).is_some_and(|value| value.as_bytes() == expected.as_bytes());
    is("x-app-id", APPLICATION_ID) && is("x-app-token", SECRET_KEY)
}

/// What wrong keys lead to, and tokens that no longer live.
pub(super) fn unauthorized() -> Response {
    answer::json(StatusCode::UNAUTHORIZED, &json!({"code": 401, "message": "Unauthorized", "key": "unauthorized"}))
}

/// What a call is counted under: its method and path, with `{id}` for what names one thing.
fn endpoint(method: &Method, path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    if !BULK.contains(&path) && segments.len() > 3 {
        segments[3] = "{id}";
    }
    format!("{method} {}", segments.join("/"))
}
