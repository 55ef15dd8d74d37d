//! The Segment Profile API, call by call: list, traits, external ids; cursors to their end (API_FACTS.md part A).

use std::{
    fmt,
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

use crate::{
    archive::manifest::Calls,
    config::SegmentAccess,
    http::{
        Call, CallError, Reply, Transport,
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

/// Why a call to Segment brought nothing.
#[derive(Debug)]
pub enum SegmentError {
    /// There is no such profile: deleted or merged away (404).
    Vanished,
    /// The server refuses the caller or the request: no use in going on (400, 401, 403 and the like).
    Refused(Box<Reply>),
    /// Given up after several tries.
    Failed(Box<CallError>),
    /// Bodies that are no JSON of the expected form, several times in a row.
    Unreadable {
        /// The URL, without its query.
        url: String,
        /// What is wrong with the body.
        cause: String,
        /// `Request-Id` of the last answer.
        request_id: Option<String>,
    },
}

#[derive(Deserialize)]
struct Cursor {
    #[serde(default)]
    has_more: Option<bool>,
    #[serde(default)]
    next: Value,
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
            retries: self.transport.traffic().retries.load(Ordering::Relaxed),
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

    /// Every page of one profile's external ids.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    pub async fn external_ids(&self, identifier: &str) -> Result<Vec<Value>, SegmentError> {
        let mut url = self.detail_url(identifier, "external_ids");
        if !self.id_types.is_empty() {
            url.query_pairs_mut().append_pair("include", &self.id_types.join(","));
        }
        let (mut items, mut cursor) = (Vec::new(), None);
        loop {
            self.calls.external_ids.fetch_add(1, Ordering::Relaxed);
            let page = with_page(url.clone(), EXTERNAL_IDS_PAGE, cursor.as_deref());
            let body: ExternalIdsBody = self.get(page).await?;
            items.extend(body.data.unwrap_or_default());
            cursor = next_cursor(body.cursor, cursor.as_deref());
            if cursor.is_none() {
                return Ok(items);
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
    /// # Errors
    /// Whatever kept a page from arriving.
    pub async fn profile(&self, segment_id: &str, identified_only: &[String]) -> Result<Profile, SegmentError> {
        let identifier = format!("segment_id:{}", utf8_percent_encode(segment_id, PATH));
        if identified_only.is_empty() {
            let (external_ids, traits) = tokio::join!(self.external_ids(&identifier), self.traits(&identifier));
            return Ok(Profile { segment_id: segment_id.into(), external_ids: external_ids?, traits: traits? });
        }
        let external_ids = self.external_ids(&identifier).await?;
        let wanted = external_ids
            .iter()
            .filter_map(|item| item.get("type")?.as_str())
            .any(|kind| identified_only.iter().any(|one| one == kind));
        let traits = if wanted { self.traits(&identifier).await? } else { Map::new() };
        Ok(Profile { segment_id: segment_id.into(), external_ids, traits })
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
                Err(_) => {}
            }
        }
    }
}

impl SegmentError {
    /// The last element of the URL that was asked for, if that is known.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        let url = match self {
            Self::Vanished | Self::Refused(_) => "",
            Self::Failed(error) => &error.url,
            Self::Unreadable { url, .. } => url,
        };
        url.rsplit('/').next().unwrap_or_default()
    }

    /// Status, message and request id, for `failures.csv`.
    #[must_use]
    pub fn facts(&self) -> (Option<u16>, String, Option<String>, u32) {
        match self {
            Self::Vanished => (Some(404), "the profile was not found".into(), None, 1),
            Self::Refused(reply) => {
                (Some(reply.status.as_u16()), server_words(reply), request_id(reply), reply.attempts)
            }
            Self::Failed(error) => match &error.reply {
                Some(reply) => (Some(reply.status.as_u16()), server_words(reply), request_id(reply), error.attempts),
                None => (None, error.cause.clone(), None, error.attempts),
            },
            Self::Unreadable { cause, request_id, .. } => {
                (Some(200), cause.clone(), request_id.clone(), UNPARSABLE_TRIES)
            }
        }
    }
}

impl fmt::Display for SegmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vanished => formatter.write_str("the profile was not found"),
            Self::Refused(reply) => {
                write!(formatter, "Segment answered {}: {}", reply.status, server_words(reply))?;
                request_id(reply).map_or(Ok(()), |id| write!(formatter, " (request {id})"))
            }
            Self::Failed(error) => {
                write!(formatter, "{error}")?;
                error.reply.as_ref().map_or(Ok(()), |reply| write!(formatter, ": {}", server_words(reply)))
            }
            Self::Unreadable { url, cause, .. } => write!(formatter, "{url}: {cause}"),
        }
    }
}

impl std::error::Error for SegmentError {}

/// The message of an error body, or the beginning of whatever came instead (API_FACTS.md A1).
fn server_words(reply: &Reply) -> String {
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let message = body.as_ref().and_then(|body| body.pointer("/error/message")?.as_str());
    message.map_or_else(|| String::from_utf8_lossy(&reply.body).trim().chars().take(200).collect(), str::to_owned)
}

fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("Request-Id")?.to_str().ok().map(str::to_owned)
}

/// `Authorization: Basic`, with the token as user and no password (API_FACTS.md A1).
fn basic_authorization(token: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{token}:"));
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
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
