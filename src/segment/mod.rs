//! The Segment Profile API, call by call: list, traits, external ids; cursors to their end (docs/api-facts.md part A).
//!
//! What a profile holds is handed on as the text that the server gave, so that nothing is lost that only other programs
//! cannot read: half a pair of surrogates, values that are nested a thousand deep.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod error;
mod line;
mod page;

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

pub use self::{error::SegmentError, page::ListPage};
use self::{
    error::request_id,
    line::{TraitMembers, Traits},
    page::{ListItem, Page, mentioned, next_cursor, opaque},
};
use crate::{
    archive::manifest::Calls,
    config::SegmentAccess,
    http::{
        Call, Place, Transport,
        policy::{self, Decision, Limits, Observation, Policy},
        redacted,
    },
};

/// Most external ids in a page (docs/api-facts.md A4).
const EXTERNAL_IDS_PAGE: u32 = 25;

/// Unreserved characters of RFC 3986 stay as they are in a path element.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Most bytes of all pages of one profile: who sends more goes round in circles with ever new cursors.
const LONGEST_PROFILE: usize = 64 << 20;

const POLICY: Policy = Policy {
    attempts: 6,
    backoff: Duration::from_millis(250),
    backoff_limit: Duration::from_secs(20),
    limits: Limits::PauseAll,
    longest_wait: Duration::from_mins(5),
};

/// Page sizes; smaller ones only make an export dearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSizes {
    /// Profiles in a page of the list, 1 to 100 (docs/api-facts.md A2).
    pub list: u32,
    /// Traits in a page, 1 to 200 (docs/api-facts.md A3).
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

impl Segment {
    /// A client that makes at most `rate` calls a second, all endpoints and retries together.
    #[must_use]
    pub fn new(access: &SegmentAccess, rate: NonZeroU32, pages: PageSizes, id_types: Vec<String>) -> Self {
        // The token is the user, and there is no password (docs/api-facts.md A1).
        let transport = Transport::new(Some(rate), Duration::from_mins(1)).as_user(access.token.clone());
        let space = utf8_percent_encode(&access.space_id, PATH);
        let mut profiles_url = access.api_url.clone();
        let base = profiles_url.path().trim_end_matches('/').to_owned();
        profiles_url.set_path(&format!("{base}/v1/spaces/{space}/collections/users/profiles"));
        Self { transport, profiles_url, pages, id_types, calls: CallCounters::default() }
    }

    /// Calls so far, each page counted once and all repetitions together.
    #[must_use]
    pub fn calls(&self) -> Calls {
        Calls {
            list: self.calls.list.load(Ordering::Relaxed),
            external_ids: self.calls.external_ids.load(Ordering::Relaxed),
            traits: self.calls.traits.load(Ordering::Relaxed),
            retries: self
                .transport
                .traffic()
                .retries
                .load(Ordering::Relaxed)
                .saturating_add(self.calls.unreadable.load(Ordering::Relaxed)),
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

    /// One page of the list, from its start or from a cursor (docs/api-facts.md A2).
    ///
    /// # Errors
    /// Whatever kept the page from arriving.
    pub async fn list(&self, cursor: Option<&str>) -> Result<ListPage, SegmentError> {
        let url = with_page(self.profiles_url.clone(), self.pages.list, cursor);
        self.calls.list.fetch_add(1, Ordering::Relaxed);
        // Each page names the next one, and details wait for its ids: no other call is as urgent.
        let (page, _): (Page<Vec<ListItem>>, _) = self.get(url, Place::Ahead).await?;
        let segment_ids = page.data.unwrap_or_default().into_iter().map(|item| item.segment_id).collect();
        let has_more = page.cursor.as_ref().and_then(|cursor| cursor.has_more);
        Ok(ListPage { segment_ids, next: page.cursor.and_then(|cursor| opaque(cursor.next)), has_more })
    }

    /// Every page of one profile's external ids, and its segment id where the API mentions it.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    async fn external_ids(&self, identifier: &str) -> Result<(Vec<Box<RawValue>>, Option<String>), SegmentError> {
        let mut url = self.detail_url(identifier, "external_ids");
        if !self.id_types.is_empty() {
            url.query_pairs_mut().append_pair("include", &self.id_types.join(","));
        }
        let mut items = Vec::new();
        let take = |page: Vec<Box<RawValue>>| items.extend(page);
        let segment_id = self.pages(&url, EXTERNAL_IDS_PAGE, &self.calls.external_ids, take).await?;
        Ok((items, segment_id))
    }

    /// Every page of one profile's traits.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    async fn traits(&self, identifier: &str) -> Result<Traits, SegmentError> {
        let url = self.detail_url(identifier, "traits");
        let mut traits = Traits::default();
        self.pages(&url, self.pages.traits, &self.calls.traits, |page: TraitMembers| traits.extend(page)).await?;
        Ok(traits)
    }

    /// Hands on every page of an endpoint of one profile, and gives the segment id that a page mentions.
    async fn pages<T: DeserializeOwned>(
        &self,
        url: &Url,
        limit: u32,
        calls: &AtomicU64,
        mut take: impl FnMut(T),
    ) -> Result<Option<String>, SegmentError> {
        let (mut cursors, mut segment_id, mut bytes) = (Vec::<String>::new(), None, 0_usize);
        loop {
            calls.fetch_add(1, Ordering::Relaxed);
            let next = with_page(url.clone(), limit, cursors.last().map(String::as_str));
            let (page, length): (Page<T>, usize) = self.get(next, Place::InLine).await?;
            bytes = bytes.saturating_add(length);
            page.data.map(&mut take);
            segment_id = segment_id.or_else(|| mentioned(&page.cursor.as_ref()?.url));
            let next = next_cursor(page.cursor, &cursors);
            let endless = bytes > LONGEST_PROFILE && matches!(next, Ok(Some(_)));
            match if endless { Err("its pages have more than 64 MB, and there should be more") } else { next } {
                Ok(Some(next)) => cursors.push(next),
                Ok(None) => return Ok(segment_id),
                Err(cause) => {
                    let (url, cause) = (redacted(url), cause.to_owned());
                    return Err(SegmentError::Unreadable { url, cause, request_id: None, attempts: 1 });
                }
            }
        }
    }

    /// One profile, whole, as a line of an archive; without traits where none of `identified_only` (if any) is among its external ids.
    ///
    /// A profile that was asked for by another identifier has the segment id that the API mentions, or else is called
    /// by what it was asked for.
    ///
    /// # Errors
    /// Whatever kept a page from arriving.
    pub async fn profile(&self, id: &str, naming: Naming, identified_only: &[String]) -> Result<Vec<u8>, SegmentError> {
        let identifier = path_element(id, naming);
        let (external_ids, traits, mentioned) = if identified_only.is_empty() {
            let (external_ids, traits) = tokio::join!(self.external_ids(&identifier), self.traits(&identifier));
            let (external_ids, mentioned) = external_ids?;
            (external_ids, traits?, mentioned)
        } else {
            let (external_ids, mentioned) = self.external_ids(&identifier).await?;
            let kinds = external_ids.iter().filter_map(|item| line::kind(item));
            let wanted = kinds.into_iter().any(|kind| identified_only.contains(&kind));
            (external_ids, if wanted { self.traits(&identifier).await? } else { Traits::default() }, mentioned)
        };
        let by_segment_id = naming == Naming::Listed || !id.contains(':');
        let segment_id = mentioned.filter(|_| !by_segment_id).unwrap_or_else(|| id.into());
        Ok(line::text(&segment_id, &external_ids, &traits))
    }

    fn detail_url(&self, identifier: &str, endpoint: &str) -> Url {
        let mut url = self.profiles_url.clone();
        url.set_path(&format!("{}/{identifier}/{endpoint}", self.profiles_url.path()));
        url
    }

    /// A page, and how many bytes it has.
    async fn get<T: DeserializeOwned>(&self, url: Url, place: Place) -> Result<(Page<T>, usize), SegmentError> {
        let call = Call { method: Method::GET, url, headers: HeaderMap::new(), body: None, policy: POLICY, place };
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let reply = self.transport.send(&call).await.map_err(|error| SegmentError::Failed(Box::new(error)))?;
            match reply.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Err(SegmentError::Vanished),
                _ => {
                    return Err(match reply.redirect(&call.url) {
                        Some(place) => SegmentError::Redirected { url: redacted(&call.url), place },
                        None => SegmentError::Refused { url: redacted(&call.url), reply: Box::new(reply) },
                    });
                }
            }
            let cause = match serde_json::from_slice(&reply.body) {
                Ok(Page { data: None, cursor: None }) => "the body is no page".to_owned(),
                Ok(page) => return Ok((page, reply.body.len())),
                Err(error) => format!("the body is not what was expected: {error}"),
            };
            // No use either way: a proxy's page of HTML is no more an answer than a body that was cut.
            let Decision::Retry { after } = policy::decide(&POLICY, Observation::NoAnswer, tries, rand::random())
            else {
                let (url, request_id) = (redacted(&call.url), request_id(&reply));
                return Err(SegmentError::Unreadable { url, cause, request_id, attempts: tries });
            };
            self.calls.unreadable.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(
                "GET {}: {cause}; try {} follows in {after:.1?}",
                redacted(&call.url),
                tries.saturating_add(1)
            );
            tokio::time::sleep(after).await;
        }
    }
}

/// The element of the path that names a profile: values of external ids are looked up in lower case, and encoded without
/// their `:` (docs/api-facts.md A1).
fn path_element(id: &str, naming: Naming) -> String {
    match id.split_once(':') {
        Some((kind, value)) if naming == Naming::Given => {
            format!("{}:{}", utf8_percent_encode(kind, PATH), utf8_percent_encode(&value.to_lowercase(), PATH))
        }
        _ => format!("segment_id:{}", utf8_percent_encode(id, PATH)),
    }
}

fn with_page(mut url: Url, limit: u32, cursor: Option<&str>) -> Url {
    url.query_pairs_mut().append_pair("limit", &limit.to_string());
    if let Some(cursor) = cursor {
        url.query_pairs_mut().append_pair("next", cursor);
    }
    url
}

/// What the body of an answer becomes, whichever it is of: a line of an archive, where it has traits or ids.
#[cfg(fuzzing)]
#[must_use]
pub fn line_of(body: &[u8]) -> Option<Vec<u8>> {
    let _ =
        serde_json::from_slice::<Page<Vec<ListItem>>>(body).map(|page| page.cursor.map(|cursor| opaque(cursor.next)));
    let ids = serde_json::from_slice::<Page<Vec<Box<RawValue>>>>(body).ok();
    let before = ["a".to_owned()];
    let named = ids.as_ref().and_then(|page| mentioned(&page.cursor.as_ref()?.url));
    let ids = ids.map(|page| drop_cursor(page, &before)).unwrap_or_default();
    let mut traits = Traits::default();
    for _ in 0..2 {
        serde_json::from_slice::<Page<TraitMembers>>(body).ok()?.data.map(|page| traits.extend(page));
    }
    let _ = ids.iter().filter_map(|id| line::kind(id)).count();
    Some(line::text(&named.unwrap_or_else(|| "use_1".into()), &ids, &traits))
}

#[cfg(fuzzing)]
fn drop_cursor<T: Default>(page: Page<T>, before: &[String]) -> T {
    let _ = next_cursor(page.cursor, before);
    page.data.unwrap_or_default()
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
    }
}
