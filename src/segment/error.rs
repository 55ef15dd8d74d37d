//! Why a call to Segment brought nothing, in the server's words.

use std::fmt;

use serde_json::Value;

use crate::http::{CallError, Reply};

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
        /// How many bodies there were.
        attempts: u32,
    },
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
            Self::Unreadable { cause, request_id, attempts, .. } => {
                (Some(200), cause.clone(), request_id.clone(), *attempts)
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
            Self::Unreadable { url, cause, attempts, .. } => {
                write!(formatter, "GET {url}: {cause} (tried {attempts} times)")
            }
        }
    }
}

impl std::error::Error for SegmentError {}

/// The message of an error body, or the beginning of whatever came instead (docs/api-facts.md A1).
fn server_words(reply: &Reply) -> String {
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let message = body.as_ref().and_then(|body| body.pointer("/error/message")?.as_str());
    message.map_or_else(|| String::from_utf8_lossy(&reply.body).trim().chars().take(200).collect(), str::to_owned)
}

pub(super) fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("Request-Id")?.to_str().ok().map(str::to_owned)
}
