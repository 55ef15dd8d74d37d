//! The Voucherify API, call by call: bulk upsert and async actions; limits and error bodies (API_FACTS.md part C).

use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    config::VoucherifyAccess,
    http::{
        self, Call, CallError, Reply, Transport,
        policy::{Limits, Policy},
    },
    receipts::Refusal,
};

mod metadata_schemas;

/// Tells the vendor's audit log who calls (API_FACTS.md C0).
const CHANNEL: &str = concat!("segment-to-voucherify:", env!("CARGO_PKG_VERSION"));

const POLICY: Policy = Policy {
    attempts: 6,
    backoff: Duration::from_millis(500),
    backoff_limit: Duration::from_secs(30),
    limits: Limits::HandBack,
};

/// A client for one project.
#[derive(Debug)]
pub struct Voucherify {
    transport: Transport,
    api_url: Url,
    headers: HeaderMap,
}

/// An asynchronous action as far as it is known (API_FACTS.md C3).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Action {
    /// `ENQUEUED`, `IN_PROGRESS`, `DONE`, `FAILED`, or a word of the future.
    #[serde(default)]
    pub status: String,
    /// `SUCCESS`, `FAILED`, `UNKNOWN`.
    #[serde(default)]
    pub operation_status: Option<String>,
    /// Counts and errors, once it is finished.
    #[serde(default)]
    pub result: Option<ActionResult>,
}

/// What came of an action, in the present shape or in that used before 2024.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ActionResult {
    /// Customers taken.
    #[serde(default)]
    pub done_count: Option<u64>,
    /// Customers refused.
    #[serde(default)]
    pub failed_count: Option<u64>,
    /// The server's words for refused customers; perhaps not for all of them.
    #[serde(default)]
    pub errors: Vec<Refusal>,
}

/// Why a call brought nothing, as far as what to do about it differs.
#[derive(Debug)]
pub enum VoucherifyError {
    /// The body is too large, or one customer in it spoils the whole request (413, 400).
    Splittable(Refusal),
    /// Everybody has to wait this long (429).
    Limited(Duration),
    /// No use in going on: credentials, plan, or a limit of weeks (401, 402, 403, …).
    Refused(String),
    /// There is no such thing (404).
    Missing,
    /// Given up after several tries.
    Failed(Box<CallError>),
}

impl Voucherify {
    /// A client for the project that the keys belong to.
    ///
    /// # Errors
    /// A TLS set-up that cannot be used.
    pub fn new(access: &VoucherifyAccess) -> Result<Self, reqwest::Error> {
        let mut headers = HeaderMap::new();
        let secret = access.secret_key.expose_secret();
        for (name, value) in
            [("x-app-id", access.application_id.as_str()), ("x-app-token", secret), ("x-voucherify-channel", CHANNEL)]
        {
            // A key with characters that no header takes cannot be right: the server will say so.
            let mut value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""));
            value.set_sensitive(name == "x-app-token");
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // The server gives up after about three minutes (API_FACTS.md C5).
        let transport = Transport::new(None, Duration::from_secs(200))?;
        Ok(Self { transport, api_url: access.api_url.clone(), headers })
    }

    /// Requests sent so far, each try counted.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.transport.traffic().sent.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Posts a batch; gives the id of the async action that works on it (API_FACTS.md C1).
    ///
    /// # Errors
    /// Whatever kept the batch from being accepted.
    pub async fn bulk_upsert(&self, json: Bytes) -> Result<String, VoucherifyError> {
        #[derive(Deserialize)]
        struct Accepted {
            async_action_id: String,
        }
        let reply = self.send(Method::POST, "/v1/customers/bulk/async", Some(json)).await?;
        let accepted: Result<Accepted, _> = serde_json::from_slice(&reply.body);
        accepted.map(|accepted| accepted.async_action_id).map_err(|error| {
            VoucherifyError::Refused(format!("the answer to a batch has no `async_action_id`: {error}"))
        })
    }

    /// Whether the keys belong to a project at this address, for the price of one call.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving; keys of another project or region are refused.
    pub async fn check_keys(&self) -> Result<(), VoucherifyError> {
        match self.send(Method::GET, "/v1/async-actions?limit=1", None).await {
            // The keys were not what it minded.
            Ok(_) | Err(VoucherifyError::Splittable(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// How far an action is.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving.
    pub async fn action(&self, id: &str) -> Result<Action, VoucherifyError> {
        let reply = self.send(Method::GET, &format!("/v1/async-actions/{id}"), None).await?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| VoucherifyError::Refused(format!("async action `{id}` cannot be read: {error}")))
    }

    async fn send(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Reply, VoucherifyError> {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.api_url.clone();
        url.set_path(&format!("{}{path}", self.api_url.path().trim_end_matches('/')));
        url.set_query(query);
        let call = Call { method, url, headers: self.headers.clone(), body, policy: POLICY };
        let reply = self.transport.send(&call).await.map_err(|error| VoucherifyError::Failed(Box::new(error)))?;
        match reply.status.as_u16() {
            200..=299 => Ok(reply),
            400 | 413 => Err(VoucherifyError::Splittable(words(&reply))),
            404 => Err(VoucherifyError::Missing),
            429 if class(&reply.headers) == Some("api_calls_cycle") => {
                Err(VoucherifyError::Refused(format!("the monthly limit of API calls is used up: {}", said(&reply))))
            }
            429 => Err(VoucherifyError::Limited(wait(&reply.headers))),
            _ => Err(VoucherifyError::Refused(format!("Voucherify answered {}: {}", reply.status, said(&reply)))),
        }
    }
}

/// Which limit is used up (API_FACTS.md C5).
fn class(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-rate-limit-type")?.to_str().ok()
}

/// How long to wait after a 429: as the server says, else a minute.
fn wait(headers: &HeaderMap) -> Duration {
    let until = || {
        let at: i64 = headers.get("x-rate-limit-retry")?.to_str().ok()?.parse().ok()?;
        u64::try_from(at - Utc::now().timestamp()).ok().map(Duration::from_secs)
    };
    http::retry_after(headers).or_else(until).unwrap_or(Duration::from_mins(1))
}

/// The server's words in either shape: `key/message/details` or `statusCode/error/message`.
fn words(reply: &Reply) -> Refusal {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    Refusal {
        source_id: None,
        key: member("key").or_else(|| member("error")),
        message: member("message").or_else(|| Some(format!("status {}", reply.status))),
        details: member("details"),
        ..Refusal::default()
    }
}

fn said(reply: &Reply) -> String {
    let Refusal { message, details, .. } = words(reply);
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let request = body.get("request_id").and_then(Value::as_str).map(|id| format!("(request {id})"));
    [message, details, request].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
