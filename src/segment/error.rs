//! Why a call to Segment brought nothing, in the server's words.

use std::fmt;

use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    http::{CallError, Reply},
    wording::counted,
};

/// Most characters of a server's words that are kept.
const LONGEST_WORDS: usize = 500;

/// Why a call to Segment brought nothing.
#[derive(Debug)]
pub enum SegmentError {
    /// There is no such profile: deleted or merged away (404).
    Vanished,
    /// Answered with a status that is no use to try again.
    Refused {
        /// The URL that was called, without its query.
        url: String,
        /// The answer.
        reply: Box<Reply>,
    },
    /// Given up after several tries, or at once.
    Failed(Box<CallError>),
    /// The server sends the caller elsewhere, where the token must not go.
    Redirected {
        /// The URL that was called, without its query.
        url: String,
        /// Where to, without its query.
        place: String,
    },
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
    /// Whether no other profile would fare better, so that the whole run ends.
    #[must_use]
    pub fn ends_all(&self) -> bool {
        match self {
            Self::Refused { reply, .. } => concerns_everybody(reply.status),
            Self::Redirected { .. } => true,
            Self::Failed(error) => error.ends_all,
            Self::Vanished | Self::Unreadable { .. } => false,
        }
    }

    /// Whether it may be the cursor of a list that the server refuses: 400, or words for what is no longer there.
    #[must_use]
    pub fn is_refused_cursor(&self) -> bool {
        const STATUSES: [StatusCode; 3] = [StatusCode::BAD_REQUEST, StatusCode::GONE, StatusCode::UNPROCESSABLE_ENTITY];
        match self {
            Self::Vanished => true,
            Self::Refused { reply, .. } => STATUSES.contains(&reply.status),
            Self::Failed(_) | Self::Redirected { .. } | Self::Unreadable { .. } => false,
        }
    }

    /// The last element of the URL that was asked for, if that is known.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        let url = match self {
            Self::Vanished | Self::Redirected { .. } => "",
            Self::Failed(error) => &error.url,
            Self::Refused { url, .. } | Self::Unreadable { url, .. } => url,
        };
        url.rsplit('/').next().unwrap_or_default()
    }

    /// Status, message and request id, for `failures.csv`.
    #[must_use]
    pub fn facts(&self) -> (Option<u16>, String, Option<String>, u32) {
        match self {
            Self::Vanished => (Some(404), "the profile was not found".into(), None, 1),
            Self::Refused { reply, .. } => {
                (Some(reply.status.as_u16()), server_words(reply), request_id(reply), reply.attempts)
            }
            Self::Failed(error) => match &error.reply {
                Some(reply) => (Some(reply.status.as_u16()), server_words(reply), request_id(reply), error.attempts),
                None => (None, error.cause.clone(), None, error.attempts),
            },
            Self::Redirected { .. } => (None, self.to_string(), None, 1),
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
            Self::Refused { reply, .. } => {
                write!(formatter, "Segment answered {}", reply.status)?;
                match server_words(reply) {
                    words if words.is_empty() => {}
                    words => write!(formatter, ": {words}")?,
                }
                request_id(reply).map_or(Ok(()), |id| write!(formatter, " (request {id})"))
            }
            Self::Failed(error) => {
                write!(formatter, "{error}")?;
                let words = error.reply.as_ref().map(server_words).filter(|words| !words.is_empty());
                words.map_or(Ok(()), |words| write!(formatter, ": {words}"))
            }
            Self::Redirected { url, place } => write!(
                formatter,
                "GET {url}: the server redirects to `{place}`, and the token goes nowhere but to the host that was named"
            ),
            Self::Unreadable { url, cause, attempts, .. } => {
                write!(formatter, "GET {url}: {cause} (tried {})", counted(u64::from(*attempts), "time"))
            }
        }
    }
}

impl std::error::Error for SegmentError {}

/// Whether a refusal is about the caller, the request or the way to the server: then no other profile would fare better. Any
/// other is about one profile, which must not keep all others for ever from being exported.
fn concerns_everybody(status: StatusCode) -> bool {
    status.is_redirection() || matches!(status.as_u16(), 400..=403 | 405 | 407)
}

/// The message of an error body, or the beginning of whatever came instead (docs/api-facts.md A1).
fn server_words(reply: &Reply) -> String {
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let message = body.as_ref().and_then(|body| body.pointer("/error/message")?.as_str());
    let text = message.map_or_else(|| String::from_utf8_lossy(&reply.body), Into::into);
    // A server's words are shown on terminals and in tables: nothing in them steers either.
    let shown = text.trim().chars().take(LONGEST_WORDS).map(|one| if one.is_control() { ' ' } else { one });
    shown.collect()
}

pub(super) fn request_id(reply: &Reply) -> Option<String> {
    reply.headers.get("Request-Id")?.to_str().ok().map(str::to_owned)
}
