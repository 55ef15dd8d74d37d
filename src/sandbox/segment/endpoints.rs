//! The four endpoints (docs/api-facts.md A2 to A5): parameters in, a body or a refusal out.

use std::collections::HashMap;

use axum::http::StatusCode;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::{
    Emulation,
    answer::{Refusal, not_found, page, refuse},
    options::{IdOrder, ListCursor, ListItems, Oversize, OversizeIds, SpecialCharacters},
    profile::Profile,
    space::Found,
};
use crate::sandbox::people::{TraitClass, class_of};

pub(super) type Parameters = HashMap<String, String>;

const MOST_PROFILES: u64 = 100;
const MOST_TRAITS: u64 = 200;
const MOST_IDS: u64 = 25;

impl Emulation {
    pub(super) fn list(&self, parameters: &Parameters, call: u64) -> Result<Value, Refusal> {
        let limit = self.page_size(parameters, MOST_PROFILES)?;
        let cursor = parameters.get("next").map_or("0", String::as_str);
        let Ok(start) = cursor.parse::<u64>() else {
            return refuse(StatusCode::BAD_REQUEST, "invalid_request_error", "The cursor is invalid.");
        };
        if self.options.empty_page == Some(call) {
            // A cursor of another look for the same place.
            return Ok(page("data", json!([]), format!("0{start}").into(), limit));
        }
        let (ids, has_more) = self.space.list(start, limit);
        let item = |id: String| match self.options.list_items {
            ListItems::Plain => json!({"segment_id": id}),
            ListItems::Extra => json!({"segment_id": id, "collection": "users", "score": 0.5, "links": null}),
        };
        let next = match (has_more, self.options.list_cursor) {
            (true, _) if self.options.repeat_next == Some(call) => cursor.into(),
            (true, ListCursor::Text) => (start + limit).to_string().into(),
            (true, ListCursor::Number) => (start + limit).into(),
            (false, _) => Value::Null,
        };
        Ok(page("data", ids.into_iter().map(item).collect(), next, limit))
    }

    pub(super) fn traits(&self, identifier: &str, parameters: &Parameters) -> Result<Value, Refusal> {
        let limit = self.page_size(parameters, MOST_TRAITS)?;
        let profile = self.find(identifier)?;
        let include = parameters.get("include").map(|keys| keys.split(',').collect::<Vec<_>>());
        let class = match parameters.get("class").map(String::as_str) {
            None => None,
            Some("audience") => Some(TraitClass::Audience),
            Some("computed_trait") => Some(TraitClass::Computed),
            Some(_) => return refuse(StatusCode::BAD_REQUEST, "invalid_request_error", "The class is invalid."),
        };
        let start = parameters.get("next").map_or("", String::as_str);
        let verbose = parameters.get("verbose").is_some_and(|verbose| verbose == "true");
        let mut rest = profile.traits.into_iter().filter(|(key, _)| {
            key.as_str() >= start
                && include.as_ref().is_none_or(|keys| keys.contains(&key.as_str()))
                && class.is_none_or(|class| class_of(key) == class)
        });
        let size = usize::try_from(limit).unwrap_or_default();
        let told = |(key, value)| {
            let at = "2025-01-01T00:00:00.000Z";
            (key, if verbose { json!({"value": value, "source_id": "s1", "updated_at": at}) } else { value })
        };
        let traits: Map<String, Value> = rest.by_ref().take(size).map(told).collect();
        let next = rest.next().map(|(key, _)| key);
        Ok(page("traits", traits.into(), next.into(), limit))
    }

    pub(super) fn external_ids(&self, identifier: &str, parameters: &Parameters) -> Result<Value, Refusal> {
        let limit = self.page_size(parameters, MOST_IDS)?;
        let mut items = self.find(identifier)?.external_ids;
        match self.options.id_order {
            IdOrder::Ascending => {}
            IdOrder::Descending => items.reverse(),
            IdOrder::Random => items.shuffle(&mut ChaCha8Rng::seed_from_u64(self.seed)),
        }
        if let Some(include) = parameters.get("include") {
            let types: Vec<&str> = include.split(',').collect();
            items.retain(|item| item["type"].as_str().is_some_and(|kind| types.contains(&kind)));
        }
        let start = match parameters.get("next").filter(|next| !next.is_empty()) {
            None => 0,
            Some(next) => match next.strip_prefix("map_").and_then(|next| next.parse().ok()) {
                Some(start) => start,
                None => return refuse(StatusCode::BAD_REQUEST, "invalid_request_error", "The cursor is invalid."),
            },
        };
        let end = start + usize::try_from(limit).unwrap_or_default();
        let next = (end < items.len()).then(|| format!("map_{end}"));
        let data = items.into_iter().skip(start).take(end - start).collect();
        Ok(page("data", data, next.into(), limit))
    }

    pub(super) fn metadata(&self, identifier: &str) -> Result<Value, Refusal> {
        let profile = self.find(identifier)?;
        let first = profile.external_ids.first().cloned().unwrap_or_default();
        Ok(json!({"metadata": {
            "created_at": first["created_at"], "updated_at": "2025-01-01T00:00:00.000Z", "expires_at": null,
            "first_message_id": first["first_message_id"], "first_source_id": first["source_id"],
            "last_message_id": profile.segment_id, "last_source_id": first["source_id"],
        }}))
    }

    /// The profile of an identifier as it stands in the URL.
    fn find(&self, identifier: &str) -> Result<Profile, Refusal> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:%+".contains(&byte);
        if !identifier.bytes().all(plain) && self.options.special_characters == SpecialCharacters::Error {
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, "api_error", "Something went wrong.");
        }
        // A plus sign that is not encoded means a space, here as in forms (docs/api-facts.md A1).
        let spaced = identifier.replace('+', " ");
        match self.space.find(&percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy()) {
            Found::Profile(profile) => Ok(profile),
            Found::Nothing => not_found(),
            Found::Poisoned => refuse(StatusCode::INTERNAL_SERVER_ERROR, "api_error", "Something went wrong."),
        }
    }

    fn page_size(&self, parameters: &Parameters, most: u64) -> Result<u64, Refusal> {
        let limit = parameters.get("limit").map_or(Ok(self.options.default_limit.min(most)), |limit| limit.parse());
        match limit {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            // Seen: more than 25 external ids a page are throttled (docs/api-facts.md A4).
            Ok(limit) if limit > most && most == MOST_IDS && self.options.oversize_ids == OversizeIds::Throttle => {
                refuse(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "The limit is too high.")
            }
            Ok(limit) if limit > most && most != MOST_IDS && self.options.oversize == Oversize::Clamp => Ok(most),
            _ => refuse(StatusCode::BAD_REQUEST, "invalid_request_error", "The limit is invalid."),
        }
    }
}
