//! The Voucherify API, call by call: bulk upsert, async actions and their reports, metadata schemas; limits, pace and
//! error bodies (docs/api-facts.md part C).

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use self::limits::Standings;
pub use self::{
    action::{Action, ActionResult},
    customers::{Customer, has_address},
    exports::{ExportState, NoExport, fetch_export},
    limits::{LimitClass, LimitStanding},
    pace::{OwnLimits, reserved},
    reports::{ReportRow, Unavailable},
    session::Session,
};
use crate::{
    config::VoucherifyAccess,
    failure::Failure,
    http::{
        Call, CallError, Place, Reply, Transport,
        policy::{Limits, Policy},
        redacted, told_time,
    },
};

mod action;
mod customers;
mod exports;
mod files;
mod limits;
mod metadata_schemas;
mod pace;
mod reports;
mod session;
mod stops;

/// Tells the vendor's audit log who calls (docs/api-facts.md C0).
const CHANNEL: &str = concat!("segment-to-voucherify:", env!("CARGO_PKG_VERSION"));

/// Unreserved characters of RFC 3986 stay as they are in a path element.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Characters of a server's message that are kept and shown.
const MOST_CHARACTERS: usize = 500;

const BULK: &str = "/v1/customers/bulk/async";

const POLICY: Policy = Policy {
    attempts: 6,
    backoff: Duration::from_millis(500),
    backoff_limit: Duration::from_secs(30),
    limits: Limits::HandBack,
    longest_wait: Duration::from_hours(1),
};

/// A client for one project.
#[derive(Debug)]
pub struct Voucherify {
    transport: Transport,
    api_url: Url,
    /// Where exports are downloaded, where that is not a host of the vendor or the API's own.
    download_url: Option<Url>,
    headers: HeaderMap,
    posts: AtomicU64,
    /// Tries to fetch a report or an export: no call of the API.
    downloads: AtomicU64,
    /// What the last answers said is left, since somebody last asked.
    standings: Mutex<Standings>,
    /// How many calls were begun, which numbers them.
    begun: AtomicU64,
    /// How far the server's clock is ahead of ours, as the last answer that told it said.
    ahead: Mutex<Option<TimeDelta>>,
}

/// Calls that the vendor counts apart (docs/api-facts.md C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// A bulk request, of which a project has few an hour.
    Bulk,
    /// Any other call, with a limit of its own.
    Ordinary,
}

/// Why the server refuses one customer or one request, in its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Complaint {
    /// The customer, where the server names it.
    pub source_id: Option<String>,
    /// The server's code word, for instance `metadata_validation_failed`.
    pub key: Option<String>,
    /// The server's message for people.
    pub message: Option<String>,
    /// The server's details beside its message.
    pub details: Option<String>,
}

/// Why a call brought nothing, as far as what to do about it differs.
#[derive(Debug)]
pub enum VoucherifyError {
    /// The body is too large, or one customer in it spoils the whole request (413, 400).
    Splittable(Complaint),
    /// Calls have to wait this long (429).
    Limited {
        /// Which ones.
        class: LimitClass,
        /// How long.
        wait: Duration,
    },
    /// Calls have to wait for so long that a later run continues.
    LimitedForLong(Duration),
    /// The plan, or its calls of a billing cycle, are used up (402, 429): no use in waiting.
    Exhausted(String),
    /// No use in going on: credentials, rights, or what nobody foresaw (401, 403, …).
    Refused(String),
    /// A proxy on the way wants to know who calls (407).
    ProxyRefused(String),
    /// The server sends the caller elsewhere, where keys and personal data must not go.
    Redirected {
        /// What was called, without its query.
        url: String,
        /// Where to, without its query.
        place: String,
    },
    /// This one thing is refused, and others need not be (409, 422, 423 and the like).
    RefusedOnce(String),
    /// There is no such thing (404).
    Missing,
    /// An answer that says yes and cannot be understood.
    Unreadable(String),
    /// Given up after several tries.
    Failed(Box<CallError>),
}

impl Voucherify {
    /// A client for the project that the keys belong to.
    ///
    /// # Errors
    /// A TLS set-up that cannot be used, or keys that no header takes.
    pub fn new(access: &VoucherifyAccess) -> Result<Self, Failure> {
        let mut headers = HeaderMap::new();
        let secret = access.secret_key.expose_secret();
        for (name, value, variable) in [
            ("x-app-id", access.application_id.as_str(), "VOUCHERIFY_APPLICATION_ID"),
            ("x-app-token", secret, "VOUCHERIFY_SECRET_KEY"),
            ("x-voucherify-channel", CHANNEL, ""),
        ] {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Failure::usage(format!("`{variable}` holds a line break or another character that no key has"))
                    .hint("copy it again from Voucherify: Project settings, application keys")
            })?;
            value.set_sensitive(name == "x-app-token");
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // The server gives up after about three minutes (docs/api-facts.md C5).
        Ok(Self {
            transport: Transport::new(None, Duration::from_secs(200)),
            api_url: access.api_url.clone(),
            download_url: access.download_url.clone(),
            headers,
            posts: AtomicU64::default(),
            downloads: AtomicU64::default(),
            standings: Mutex::default(),
            begun: AtomicU64::default(),
            ahead: Mutex::default(),
        })
    }

    /// Calls of the API so far, each try counted.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.transport.traffic().sent.load(Relaxed).saturating_sub(self.downloads.load(Relaxed))
    }

    /// How many of them were bulk requests.
    #[must_use]
    pub fn posts(&self) -> u64 {
        self.posts.load(Relaxed)
    }

    /// The time at the server by now, to about a second; nothing before it has told its time.
    #[must_use]
    pub fn time_there(&self) -> Option<DateTime<Utc>> {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.and_then(|ahead| Utc::now().checked_add_signed(ahead))
    }

    /// What the last answer to a call of this kind said is left of its limit; only once.
    pub fn take_standing(&self, kind: CallKind) -> Option<LimitStanding> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).take(kind)
    }

    /// Posts a batch; gives the id of the async action that works on it (docs/api-facts.md C1).
    ///
    /// # Errors
    /// Whatever kept the batch from being accepted; [`VoucherifyError::Unreadable`] if it perhaps was.
    pub async fn bulk_upsert(&self, json: Bytes) -> Result<String, VoucherifyError> {
        let reply = self.send(Method::POST, BULK, Some(json)).await?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let id = answer["async_action_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        id.ok_or_else(|| VoucherifyError::Unreadable("the answer to a batch, which has no `async_action_id`,".into()))
    }

    /// Whether the keys belong to a project at this address, for the price of one call.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving; keys of another project or region are refused.
    pub async fn check_keys(&self) -> Result<(), VoucherifyError> {
        match self.send(Method::GET, "/v1/async-actions?limit=1", None).await {
            Ok(reply) if serde_json::from_slice::<Value>(&reply.body).is_ok_and(|answer| answer.is_object()) => Ok(()),
            Ok(_) => Err(VoucherifyError::Refused("what answers at this address is not the API of Voucherify".into())),
            // The keys were not what it minded.
            Err(VoucherifyError::Splittable(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// How far an action is.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving.
    pub async fn action(&self, id: &str) -> Result<Action, VoucherifyError> {
        let reply = self.send(Method::GET, &format!("/v1/async-actions/{}", path_element(id)), None).await?;
        Action::read(&reply.body)
            .ok_or_else(|| VoucherifyError::Unreadable(format!("the answer about async action `{id}`")))
    }

    /// The status words of the latest hundred actions, by id, for the price of one call.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving.
    pub async fn statuses(&self) -> Result<HashMap<String, String>, VoucherifyError> {
        let reply = self.send(Method::GET, "/v1/async-actions?limit=100", None).await?;
        let answer: Value = serde_json::from_slice(&reply.body)
            .map_err(|_| VoucherifyError::Unreadable("the list of async actions".into()))?;
        let actions = answer["async_actions"].as_array().into_iter().flatten();
        let pair = |action: &Value| Some((action["id"].as_str()?.to_owned(), action["status"].as_str()?.to_owned()));
        Ok(actions.filter_map(pair).collect())
    }

    async fn send(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Reply, VoucherifyError> {
        let kind = if path == BULK { CallKind::Bulk } else { CallKind::Ordinary };
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.api_url.clone();
        url.set_path(&format!("{}{path}", self.api_url.path().trim_end_matches('/')));
        url.set_query(query);
        let call = Call { method, url, headers: self.headers.clone(), body, policy: POLICY, place: Place::InLine };
        let number = self.begun.fetch_add(1, Relaxed);
        let answer = self.transport.send(&call).await;
        if kind == CallKind::Bulk {
            let attempts = answer.as_ref().map_or_else(|error| error.attempts, |reply| reply.attempts);
            self.posts.fetch_add(attempts.into(), Relaxed);
        }
        let reply = answer.map_err(|error| VoucherifyError::Failed(Box::new(error)))?;
        if let Some(time) = told_time(&reply.headers) {
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(time.signed_duration_since(Utc::now()));
        }
        if let Some(standing) = limits::standing(&reply.headers) {
            self.standings.lock().unwrap_or_else(PoisonError::into_inner).put(kind, number, standing);
        }
        match reply.status.as_u16() {
            200..=299 => Ok(reply),
            400 | 413 => Err(VoucherifyError::Splittable(words(&reply))),
            402 => Err(VoucherifyError::Exhausted(with_words("Voucherify asks for payment", &reply))),
            404 => Err(VoucherifyError::Missing),
            429 => Err(match limits::class(&reply.headers) {
                LimitClass::Cycle => {
                    VoucherifyError::Exhausted(with_words("the API calls of this billing cycle are used up", &reply))
                }
                class => VoucherifyError::Limited { class, wait: limits::wait(&reply.headers) },
            }),
            status => {
                if let Some(place) = reply.redirect(&call.url) {
                    return Err(VoucherifyError::Redirected { url: redacted(&call.url), place });
                }
                let words = with_words(&format!("Voucherify answered {}", reply.status), &reply);
                if reply.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
                    return Err(VoucherifyError::ProxyRefused(words));
                }
                let once = matches!(status, 406 | 409..=428 | 430..=499);
                Err(if once { VoucherifyError::RefusedOnce(words) } else { VoucherifyError::Refused(words) })
            }
        }
    }
}

/// What comes from a server or a file, as one element of a path.
fn path_element(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// The server's words in either shape: `key/message/details` or `statusCode/error/message`.
fn words(reply: &Reply) -> Complaint {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let member = |name: &str| body.get(name).and_then(Value::as_str).map(shortened);
    Complaint {
        source_id: None,
        key: member("key").or_else(|| member("error")),
        message: member("message").or_else(|| Some(format!("status {}", reply.status))),
        details: member("details"),
    }
}

/// The beginning of what a server says: more of it is no message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What happened, and what the server says of it, where it says something.
fn with_words(what: &str, reply: &Reply) -> String {
    match said(reply) {
        words if words.is_empty() => what.to_owned(),
        words => format!("{what}: {words}"),
    }
}

fn said(reply: &Reply) -> String {
    let details = words(reply).details;
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let message = body.get("message").and_then(Value::as_str).map(shortened);
    let request = body.get("request_id").and_then(Value::as_str).map(|id| format!("(request {})", shortened(id)));
    [message, details, request].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What a report says, of everybody.
#[cfg(fuzzing)]
#[must_use]
pub fn rows_of(report: std::fs::File) -> Option<usize> {
    reports::rows(report, |_| true).map(|rows| rows.len())
}

/// What headers of limits say, whose values are the lines of `text`.
#[cfg(fuzzing)]
#[must_use]
pub fn standing_of(text: &[u8]) -> Option<(LimitStanding, Duration)> {
    let names = ["retry-after", "x-rate-limit-retry", "x-rate-limit-limit", "x-rate-limit-remaining", "date"];
    let mut headers = reqwest::header::HeaderMap::new();
    for (name, line) in names.into_iter().zip(text.split(|byte| *byte == b'\n')) {
        headers.insert(name, reqwest::header::HeaderValue::from_bytes(line).ok()?);
    }
    Some((limits::standing(&headers)?, limits::wait(&headers)))
}
