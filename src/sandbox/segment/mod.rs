//! The Profile API, as documented and seen (docs/api-facts.md A1 to A5, D1).
//!
//! An independent reading of the facts: nothing here is shared with the client. What the facts leave open is an option
//! ([`options`]); what can go wrong is drawn from the seed ([`faults`]).

mod answer;
mod endpoints;
pub mod faults;
pub mod options;
mod profile;
mod space;
mod stock;
mod traffic;

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, StatusCode, Uri,
        header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::write::GzEncoder;
use serde_json::Value;

use self::{
    answer::{error, json_body},
    endpoints::Parameters,
    faults::Faults,
    options::{Compression, ErrorCodes, SegmentOptions},
    space::Space,
    traffic::Traffic,
};
use super::{SEGMENT_TOKEN, SPACE_ID};
use crate::failure::Failure;

/// The space, what it allows, and what it has seen.
#[derive(Debug)]
pub(super) struct Emulation {
    options: SegmentOptions,
    seed: u64,
    rate: u32,
    space: Space,
    faults: Faults,
    traffic: Traffic,
    list_calls: AtomicU64,
}

/// What a call is about: its endpoint, and the identifier as it stands in the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call<'a> {
    List,
    Traits(&'a str),
    ExternalIds(&'a str),
    Metadata(&'a str),
    Other,
}

impl Emulation {
    /// # Errors
    /// An archive that cannot be read or held.
    pub(super) fn open(options: &super::SandboxOptions) -> Result<Self, Failure> {
        let super::SandboxOptions { profiles, seed, segment_rate, .. } = *options;
        Ok(Self {
            space: Space::open(profiles, seed, &options.segment)?,
            faults: Faults::new(&options.segment, seed),
            options: options.segment.clone(),
            seed,
            rate: segment_rate,
            traffic: Traffic::default(),
            list_calls: AtomicU64::new(0),
        })
    }

    /// Calls with the right credentials, and how many of them were over the limit.
    pub(super) fn totals(&self) -> (u64, u64) {
        self.traffic.totals()
    }

    /// What was seen so far, by endpoint and fault.
    pub(super) fn report(&self) -> Value {
        self.traffic.report()
    }

    async fn answer(&self, uri: &Uri, headers: &HeaderMap) -> Response {
        let (space, call) = called(uri.path());
        if let Some(refusal) = self.stranger(space, headers) {
            return refusal;
        }
        if !self.traffic.admits(call.name(), self.rate, Instant::now()) {
            return self.too_many();
        }
        let (delay, fault) = self.faults.draw(uri.path_and_query().map_or("", |call| call.as_str()));
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let response = self.reply(call, uri);
        let Some(fault) = fault else { return self.compressed(response, headers).await };
        self.traffic.fault(fault.name());
        fault.spoil(&content(response).await)
    }

    fn reply(&self, call: Call, uri: &Uri) -> Response {
        let parameters: Parameters =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let body = match call {
            Call::List => self.list(&parameters, self.list_calls.fetch_add(1, Ordering::Relaxed) + 1),
            Call::Traits(identifier) => self.traits(identifier, &parameters),
            Call::ExternalIds(identifier) => self.external_ids(identifier, &parameters),
            Call::Metadata(identifier) => self.metadata(identifier),
            Call::Other => answer::refuse(StatusCode::NOT_FOUND, "not_found", "The resource was not found."),
        };
        body.map_or_else(|refusal| *refusal, |body| json_body(StatusCode::OK, &body))
    }

    /// Refuses whoever has another token or asks for another space.
    fn stranger(&self, space: Option<&str>, headers: &HeaderMap) -> Option<Response> {
        let expected = format!("Basic {}", STANDARD.encode(format!("{SEGMENT_TOKEN}:")));
        if headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(expected.as_str()) {
            let code = match self.options.error_codes {
                ErrorCodes::Documented => "authentication_error",
                ErrorCodes::Newer => "unauthorized",
            };
            return Some(error(StatusCode::UNAUTHORIZED, code, "The access token is invalid."));
        }
        (space != Some(SPACE_ID)).then(|| error(StatusCode::NOT_FOUND, "not_found", "The space was not found."))
    }

    fn too_many(&self) -> Response {
        let mut response = error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "Too many requests.");
        if let Some(seconds) = self.options.retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response
    }

    async fn compressed(&self, response: Response, headers: &HeaderMap) -> Response {
        let accepts = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        if self.options.compression == Compression::Identity || !accepts.is_some_and(|accepts| accepts.contains("gzip"))
        {
            return response;
        }
        let status = response.status();
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let zipped = gzip.write_all(&content(response).await).and_then(|()| gzip.finish());
        let headers = [(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")];
        // Writing to memory does not fail.
        (status, headers, zipped.unwrap_or_default()).into_response()
    }
}

impl Call<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Traits(_) => "traits",
            Self::ExternalIds(_) => "external_ids",
            Self::Metadata(_) => "metadata",
            Self::Other => "other",
        }
    }
}

pub(super) fn router(emulation: Arc<Emulation>) -> Router {
    Router::new().fallback(serve).with_state(emulation)
}

async fn serve(State(emulation): State<Arc<Emulation>>, request: Request) -> Response {
    let mut response = emulation.answer(request.uri(), request.headers()).await;
    response.headers_mut().insert("request-id", answer::request_id());
    response
}

/// The space and the call that a path names.
fn called(path: &str) -> (Option<&str>, Call<'_>) {
    let segments: Vec<&str> = path.split('/').collect();
    let ["", "v1", "spaces", space, "collections", "users", "profiles", rest @ ..] = segments.as_slice() else {
        return (segments.get(3).copied(), Call::Other);
    };
    let call = match *rest {
        [] => Call::List,
        [identifier, "traits"] => Call::Traits(identifier),
        [identifier, "external_ids"] => Call::ExternalIds(identifier),
        [identifier, "metadata"] => Call::Metadata(identifier),
        _ => Call::Other,
    };
    (Some(space), call)
}

async fn content(response: Response) -> Bytes {
    // The bodies of this module are in memory already.
    to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default()
}
