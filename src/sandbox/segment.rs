//! The Profile API, as documented and seen (API_FACTS.md A1 to A4, D1).

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{SEGMENT_TOKEN, SPACE_ID, World, people};

type Parameters = Query<HashMap<String, String>>;

pub(super) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/v1/spaces/{space}/collections/users/profiles", get(list))
        .route("/v1/spaces/{space}/collections/users/profiles/{identifier}/traits", get(traits))
        .route("/v1/spaces/{space}/collections/users/profiles/{identifier}/external_ids", get(external_ids))
        .with_state(world)
}

async fn list(
    State(world): State<Arc<World>>,
    Path(space): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Response {
    let limit = match admitted(&world, &space, &headers).and_then(|()| page_size(&parameters, 100)) {
        Ok(limit) => limit,
        Err(refusal) => return refusal.into_response(),
    };
    let start: u64 = match parameters.get("next").map_or(Ok(0), |next| next.parse()) {
        Ok(start) => start,
        Err(_) => {
            return error(StatusCode::BAD_REQUEST, "invalid_request_error", "The cursor is invalid.").into_response();
        }
    };
    let end = (start + limit).min(world.options.profiles);
    let seed = world.options.seed;
    let data: Vec<Value> =
        (start..end).map(|number| json!({"segment_id": people::person(seed, number).segment_id})).collect();
    let next = (end < world.options.profiles).then(|| end.to_string());
    page("data", Value::Array(data), next, limit)
}

async fn traits(
    State(world): State<Arc<World>>,
    Path((space, identifier)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Response {
    let found = admitted(&world, &space, &headers)
        .and_then(|()| page_size(&parameters, 200))
        .and_then(|limit| Ok((limit, find(&world, &identifier)?)));
    let (limit, person) = match found {
        Ok(found) => found,
        Err(refusal) => return refusal.into_response(),
    };
    let start = parameters.get("next").cloned().unwrap_or_default();
    let mut rest = person.traits.into_iter().filter(|(key, _)| *key >= start);
    let traits: Map<String, Value> = rest.by_ref().take(usize::try_from(limit).unwrap_or(0)).collect();
    let next = rest.next().map(|(key, _)| key);
    page("traits", Value::Object(traits), next, limit)
}

async fn external_ids(
    State(world): State<Arc<World>>,
    Path((space, identifier)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Response {
    let found = admitted(&world, &space, &headers)
        .and_then(|()| page_size(&parameters, 25))
        .and_then(|limit| Ok((limit, find(&world, &identifier)?)));
    let (limit, person) = match found {
        Ok(found) => found,
        Err(refusal) => return refusal.into_response(),
    };
    let include: Option<Vec<&str>> = parameters.get("include").map(|types| types.split(',').collect());
    let wanted = |item: &Value| match (&include, item["type"].as_str()) {
        (Some(types), Some(kind)) => types.contains(&kind),
        _ => true,
    };
    let start = parameters.get("next").and_then(|next| next.strip_prefix("map_")?.parse().ok()).unwrap_or(0);
    let items: Vec<Value> = person.external_ids.into_iter().filter(wanted).collect();
    let size = usize::try_from(limit).unwrap_or(0);
    let next = (start + size < items.len()).then(|| format!("map_{}", start + size));
    page("data", items.into_iter().skip(start).take(size).collect(), next, limit)
}

/// Checks credentials and space, then the rate limit.
fn admitted(world: &World, space: &str, headers: &HeaderMap) -> Result<(), (StatusCode, String)> {
    let expected = format!("Basic {}", STANDARD.encode(format!("{SEGMENT_TOKEN}:")));
    if headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(expected.as_str()) {
        return Err(error(StatusCode::UNAUTHORIZED, "authentication_error", "The access token is invalid."));
    }
    if space != SPACE_ID {
        return Err(error(StatusCode::NOT_FOUND, "not_found", "The space was not found."));
    }
    world.counts(|counts| counts.segment_calls += 1);
    let Ok(mut recent) = world.recent.lock() else { return Ok(()) };
    let now = Instant::now();
    while recent.front().is_some_and(|call| now.duration_since(*call) >= Duration::from_secs(1)) {
        recent.pop_front();
    }
    if recent.len() >= world.options.segment_rate as usize {
        world.counts(|counts| counts.limited += 1);
        return Err(error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "Too many requests."));
    }
    recent.push_back(now);
    Ok(())
}

fn page_size(parameters: &HashMap<String, String>, most: u64) -> Result<u64, (StatusCode, String)> {
    let limit = parameters.get("limit").map_or(Ok(10), |limit| limit.parse());
    match limit {
        Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
        // Seen: more than 25 external ids a page are throttled (API_FACTS.md A4).
        Ok(_) if most == 25 => Err(error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "The limit is too high.")),
        _ => Err(error(StatusCode::BAD_REQUEST, "invalid_request_error", "The limit is invalid.")),
    }
}

fn find(world: &World, identifier: &str) -> Result<people::Person, (StatusCode, String)> {
    let id = identifier.strip_prefix("segment_id:").unwrap_or(identifier);
    people::number_of(id)
        .filter(|number| *number < world.options.profiles)
        .map(|number| people::person(world.options.seed, number))
        .filter(|person| person.segment_id == id)
        .ok_or_else(|| error(StatusCode::NOT_FOUND, "not_found", "Profile was not found."))
}

fn page(member: &str, content: Value, next: Option<String>, limit: u64) -> Response {
    let cursor = json!({"url": "", "has_more": next.is_some(), "next": next.unwrap_or_default(), "limit": limit});
    let body = Map::from_iter([(member.to_owned(), content), ("cursor".to_owned(), cursor)]);
    ([("Request-Id", "sandbox"), ("Content-Type", "application/json")], Value::Object(body).to_string()).into_response()
}

fn error(status: StatusCode, code: &str, message: &str) -> (StatusCode, String) {
    (status, json!({"error": {"code": code, "message": message}}).to_string())
}
