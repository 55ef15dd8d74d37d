//! The Segment Profile API, call by call: list, traits, external ids; cursors to their end (API_FACTS.md part A).

mod error;

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::Url;

pub use self::error::SegmentError;
use self::error::request_id;
use crate::{
    archive::manifest::Calls,
    config::SegmentAccess,
    http::{
        Call, Transport,
        policy::{Limits, Policy},
    },
    profile::Profile,
};

/// Most external ids in a page (API_FACTS.md A4).
const EXTERNAL_IDS_PAGE: u32 = 25;

/// A body that is no JSON is asked for again this often, as a cut body would be.
const UNPARSABLE_TRIES: u32 = 4;

/// Unreserved characters of RFC 3986 stay as they are in a path element.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const POLICY: Policy = Policy {
    attempts: 6,
    backoff: Duration::from_millis(250),
    backoff_limit: Duration::from_secs(20),
    limits: Limits::PauseAll,
};

/// Page sizes; smaller ones only make an export dearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSizes {
    /// Profiles in a page of the list, 1 to 100 (API_FACTS.md A2).
    pub list: u32,
    /// Traits in a page, 1 to 200 (API_FACTS.md A3).
    pub traits: u32,
}

impl Default for PageSizes {
    fn default() -> Self {
        Self { list: 100, traits: 200 }
    }
}

/// A client for one space.
#[derive(Debug)]
pub struct Segment {
    transport: Transport,
    profiles_url: Url,
    headers: HeaderMap,
    pages: PageSizes,
    id_types: Vec<String>,
    calls: CallCounters,
}

#[derive(Debug, Default)]
struct CallCounters {
    list: AtomicU64,
    external_ids: AtomicU64,
    traits: AtomicU64,
    /// Calls that were made again because their body could not be read.
    unreadable: AtomicU64,
}

/// What a text names a profile by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// A segment id from the list; opaque.
    Listed,
    /// Given by a person: `type:value`, else a segment id.
    Given,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// Ids on this page, in the API's order.
    pub segment_ids: Vec<String>,
    /// Where the next page begins, text or number; opaque. `None` where the page does not say.
    pub next: Option<String>,
    /// Whether there are more pages, if the page says so.
    pub has_more: Option<bool>,
}

#[derive(Deserialize)]
struct Cursor {
    #[serde(default)]
    has_more: Option<bool>,
    #[serde(default)]
    next: Value,
    #[serde(default)]
    url: Value,
}

#[derive(Deserialize)]
struct ListBody {
    #[serde(default)]
    data: Option<Vec<ListItem>>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

#[derive(Deserialize)]
struct ListItem {
    segment_id: String,
}

#[derive(Deserialize)]
struct ExternalIdsBody {
    #[serde(default)]
    data: Option<Vec<Value>>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

#[derive(Deserialize)]
struct TraitsBody {
    #[serde(default)]
    traits: Option<Map<String, Value>>,
    #[serde(default)]
    cursor: Option<Cursor>,
}

impl Segment {
    /// A client that makes at most `rate` calls a second, all endpoints and retries together.
    ///
    /// # Errors
    /// A TLS set-up that cannot be used.
    pub fn new(
        access: &SegmentAccess,
        rate: NonZeroU32,
        pages: PageSizes,
        id_types: Vec<String>,
    ) -> Result<Self, reqwest::Error> {
        let transport = Transport::new(Some(rate), Duration::from_mins(1))?;
        let space = utf8_percent_encode(&access.space_id, PATH);
        let mut profiles_url = access.api_url.clone();
        let base = profiles_url.path().trim_end_matches('/').to_owned();
        profiles_url.set_path(&format!("{base}/v1/spaces/{space}/collections/users/profiles"));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, basic_authorization(access.token.expose_secret()));
        Ok(Self { transport, profiles_url, headers, pages, id_types, calls: CallCounters::default() })
    }

    /// Calls so far, each page counted once and all repetitions together.
    #[must_use]
    pub fn calls(&self) -> Calls {
        Calls {
            list: self.calls.list.load(Ordering::Relaxed),
            external_ids: self.calls.external_ids.load(Ordering::Relaxed),
            traits: self.calls.traits.load(Ordering::Relaxed),
            retries: self.transport.traffic().retries.load(Ordering::Relaxed)
                + self.calls.unreadable.load(Ordering::Relaxed),
        }
    }

    /// How many calls wait for their turn; while some do, the limit is full.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.transport.waiting()
    }

    /// How long nobody may call, because the server asked for it.
    #[must_use]
    pub fn paused_for(&self) -> Option<Duration> {
        self.transport.paused_for()
    }

    /// One page of the list, from its start or from a cursor (API_FACTS.md A2).
    ///
    /// # Errors
    /// Whatever kept the page from arriving.
    pub async fn list(&self, cursor: Option<&str>) -> Result<ListPage, SegmentError> {
        let url = with_page(self.profiles_url.clone(), self.pages.list, cursor);
        self.calls.list.fetch_add(1, Ordering::Relaxed);
        let body: ListBody = self.get(url).await?;
        let segment_ids = body.data.unwrap_or_default().into_iter().map(|item| item.segment_id).collect();
        let has_more = body.cursor.as_ref().and_then(|cursor| cursor.has_more);
        Ok(ListPage { segment_ids, next: body.cursor.and_then(|cursor| opaque(cursor.next)), has_more })
    }

    /// Every page of one profile's external ids, and its segment id where the API mentions it.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    pub async fn external_ids(&self, identifier: &str) -> Result<(Vec<Value>, Option<String>), SegmentError> {
        let mut url = self.detail_url(identifier, "external_ids");
        if !self.id_types.is_empty() {
            url.query_pairs_mut().append_pair("include", &self.id_types.join(","));
        }
        let (mut items, mut cursor, mut segment_id) = (Vec::new(), None, None);
        loop {
            self.calls.external_ids.fetch_add(1, Ordering::Relaxed);
            let page = with_page(url.clone(), EXTERNAL_IDS_PAGE, cursor.as_deref());
            let body: ExternalIdsBody = self.get(page).await?;
            items.extend(body.data.unwrap_or_default());
            segment_id = segment_id.or_else(|| mentioned(&body.cursor.as_ref()?.url));
            cursor = next_cursor(body.cursor, cursor.as_deref());
            if cursor.is_none() {
                return Ok((items, segment_id));
            }
        }
    }

    /// Every page of one profile's traits.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    pub async fn traits(&self, identifier: &str) -> Result<Map<String, Value>, SegmentError> {
        let url = self.detail_url(identifier, "traits");
        let (mut traits, mut cursor) = (Map::new(), None);
        loop {
            self.calls.traits.fetch_add(1, Ordering::Relaxed);
            let page = with_page(url.clone(), self.pages.traits, cursor.as_deref());
            let body: TraitsBody = self.get(page).await?;
            traits.extend(body.traits.unwrap_or_default());
            cursor = next_cursor(body.cursor, cursor.as_deref());
            if cursor.is_none() {
                return Ok(traits);
            }
        }
    }

    /// One profile, whole; without traits where none of `identified_only` (if any) is among its external ids.
    ///
    /// A profile that was asked for by another identifier has the segment id that the API mentions, or else is called
    /// by what it was asked for.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    pub async fn profile(&self, id: &str, naming: Naming, identified_only: &[String]) -> Result<Profile, SegmentError> {
        let identifier = path_element(id, naming);
        let (external_ids, traits, mentioned) = if identified_only.is_empty() {
            let (external_ids, traits) = tokio::join!(self.external_ids(&identifier), self.traits(&identifier));
            let (external_ids, mentioned) = external_ids?;
            (external_ids, traits?, mentioned)
        } else {
            let (external_ids, mentioned) = self.external_ids(&identifier).await?;
            let wanted = external_ids
                .iter()
                .filter_map(|item| item.get("type")?.as_str())
                .any(|kind| identified_only.iter().any(|one| one == kind));
            (external_ids, if wanted { self.traits(&identifier).await? } else { Map::new() }, mentioned)
        };
        let by_segment_id = naming == Naming::Listed || !id.contains(':');
        let segment_id = mentioned.filter(|_| !by_segment_id).unwrap_or_else(|| id.into());
        Ok(Profile { segment_id, external_ids, traits })
    }

    fn detail_url(&self, identifier: &str, endpoint: &str) -> Url {
        let mut url = self.profiles_url.clone();
        url.set_path(&format!("{}/{identifier}/{endpoint}", self.profiles_url.path()));
        url
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, SegmentError> {
        let call = Call { method: Method::GET, url, headers: self.headers.clone(), body: None, policy: POLICY };
        let mut tries = 0;
        loop {
            tries += 1;
            let reply = self.transport.send(&call).await.map_err(|error| SegmentError::Failed(Box::new(error)))?;
            match reply.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Err(SegmentError::Vanished),
                _ => return Err(SegmentError::Refused(Box::new(reply))),
            }
            match serde_json::from_slice(&reply.body) {
                Ok(body) => return Ok(body),
                Err(error) if tries >= UNPARSABLE_TRIES => {
                    return Err(SegmentError::Unreadable {
                        url: crate::http::redacted(&call.url),
                        cause: format!("the body is not what was expected: {error}"),
                        request_id: request_id(&reply),
                    });
                }
                Err(_) => drop(self.calls.unreadable.fetch_add(1, Ordering::Relaxed)),
            }
        }
    }
}

/// `Authorization: Basic`, with the token as user and no password (API_FACTS.md A1).
fn basic_authorization(token: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{token}:"));
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The element of the path that names a profile: values of external ids are looked up in lower case, and encoded without
/// their `:` (API_FACTS.md A1).
fn path_element(id: &str, naming: Naming) -> String {
    match id.split_once(':') {
        Some((kind, value)) if naming == Naming::Given => {
            format!("{}:{}", utf8_percent_encode(kind, PATH), utf8_percent_encode(&value.to_lowercase(), PATH))
        }
        _ => format!("segment_id:{}", utf8_percent_encode(id, PATH)),
    }
}

/// The segment id in a cursor's URL, which is good for nothing else (API_FACTS.md A3).
fn mentioned(url: &Value) -> Option<String> {
    let (_, rest) = url.as_str()?.split_once("/profiles/")?;
    let element = rest.split('/').next()?;
    let id = element.strip_prefix("segment_id:").unwrap_or(element);
    id.starts_with("use_").then(|| id.to_owned())
}

fn with_page(mut url: Url, limit: u32, cursor: Option<&str>) -> Url {
    url.query_pairs_mut().append_pair("limit", &limit.to_string());
    if let Some(cursor) = cursor {
        url.query_pairs_mut().append_pair("next", cursor);
    }
    url
}

/// The opaque cursor of the next page, text or number; none at the end, and none that stands still (API_FACTS.md A2).
fn next_cursor(cursor: Option<Cursor>, present: Option<&str>) -> Option<String> {
    let cursor = cursor?;
    if cursor.has_more == Some(false) {
        return None;
    }
    opaque(cursor.next).filter(|next| Some(next.as_str()) != present)
}

/// A cursor that is text or a number, and not empty.
fn opaque(next: Value) -> Option<String> {
    match next {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|next| !next.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_encoded_so_that_they_arrive_whole() {
        for (id, naming, element) in [
            ("use_1", Naming::Listed, "segment_id:use_1"),
            ("use_1", Naming::Given, "segment_id:use_1"),
            ("email:A+b@c.example", Naming::Given, "email:a%2Bb%40c.example"),
            ("user_id:a:b/c", Naming::Given, "user_id:a%3Ab%2Fc"),
            ("a:b", Naming::Listed, "segment_id:a%3Ab"),
        ] {
            assert_eq!(path_element(id, naming), element);
        }
        let url = "/v1/spaces/x/collections/users/profiles/use_1W4c/external_ids?limit=25";
        assert_eq!(mentioned(&Value::from(url)), Some("use_1W4c".into()));
        assert_eq!(mentioned(&Value::from("")), None);
    }

    #[test]
    fn a_cursor_ends_when_it_is_empty_stands_still_or_says_so() {
        let next = |text: &str, present: Option<&str>| next_cursor(serde_json::from_str(text).unwrap(), present);
        assert_eq!(next(r#"{"has_more":true,"next":"100"}"#, None), Some("100".into()));
        assert_eq!(next(r#"{"has_more":true,"next":100}"#, None), Some("100".into()));
        assert_eq!(next(r#"{"next":"b"}"#, Some("a")), Some("b".into()));
        assert_eq!(next(r#"{"has_more":false,"next":"100"}"#, None), None);
        assert_eq!(next(r#"{"has_more":true,"next":""}"#, None), None);
        assert_eq!(next(r#"{"has_more":true}"#, None), None);
        assert_eq!(next(r#"{"has_more":true,"next":"a"}"#, Some("a")), None);
    }
}
