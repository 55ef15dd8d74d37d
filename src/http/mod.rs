//! Calls that go out under one rate limit, pause together and are tried again; knows neither API.
//!
//! * `policy`: retry, wait or give up, as one pure decision
//! * `limiter`: evenly paced turns; `clock`: how long a server asks to wait
//! * `clients`: proxies and certificates; `body`: what an answer brings; `trouble`: why there is none

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod body;
mod clients;
mod clock;
mod limiter;
pub mod policy;
mod trouble;

use std::{
    fmt,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::Utc;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, LOCATION},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use url::Url;

pub use self::clock::{retry_after, told_time, until};
use self::{
    body::{Held, Sink},
    clients::Clients,
    limiter::Limiter,
    policy::{Decision, Observation, Policy},
    trouble::NoBody,
};
use crate::wording;

/// A pause of this length is worth a line.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// One request, ready to be sent as often as its policy allows.
#[derive(Debug, Clone)]
pub struct Call {
    /// The HTTP method, `GET` or `POST` or `DELETE`.
    pub method: Method,
    /// Where to; shown in errors without its query, which may hold personal data.
    pub url: Url,
    /// Headers; the transport's own are sent beside them. Mark secret values as sensitive.
    pub headers: HeaderMap,
    /// Body; repeated without a copy.
    pub body: Option<Bytes>,
    /// How often and upon what to try again.
    pub policy: Policy,
    /// Where it waits for its turn.
    pub place: Place,
}

/// Where a call waits for its turn under the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Behind those who came before it.
    InLine,
    /// Before those who wait in line. For the few calls that many others wait for.
    Ahead,
}

/// An answer whose body has arrived whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status; any that the policy hands to the caller, also 4xx.
    pub status: StatusCode,
    /// The headers of the last answer.
    pub headers: HeaderMap,
    /// The body as the server meant it: decompressed, whole.
    pub body: Bytes,
    /// How many times the call was sent.
    pub attempts: u32,
}

/// A call that was given up: facts and one cause, in one place.
#[derive(Debug)]
pub struct CallError {
    /// The HTTP method of the call.
    pub method: Method,
    /// URL without query and credentials.
    pub url: String,
    /// How many times the call was sent.
    pub attempts: u32,
    /// From the first try to the last answer.
    pub elapsed: Duration,
    /// The last answer, if there was one.
    pub reply: Option<Reply>,
    /// Why there was none, or why it was no use.
    pub cause: String,
    /// No other call would fare better now: the server asks for a long wait, or cannot be trusted.
    pub ends_all: bool,
}

/// Counters of everything that a transport sent.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Requests sent, each try counted.
    pub sent: AtomicU64,
    /// How many of these were repetitions.
    pub retries: AtomicU64,
    /// Answers with status 429.
    pub limited: AtomicU64,
}

/// Sends calls; cheap to clone, and all clones share one limit, one pause and one pool of connections.
#[derive(Debug, Clone)]
pub struct Transport {
    clients: Arc<Clients>,
    /// User of a basic authorization without a password, for all calls.
    user: Option<SecretString>,
    limiter: Option<Arc<Limiter>>,
    paused_until: Arc<watch::Sender<Option<Instant>>>,
    traffic: Arc<Traffic>,
}

impl Transport {
    /// A transport that sends at most `per_second` calls a second, retries included; without a number it is not limited.
    #[must_use]
    pub fn new(per_second: Option<NonZeroU32>, timeout: Duration) -> Self {
        Self {
            clients: Arc::new(Clients::new(timeout)),
            user: None,
            limiter: per_second.map(|rate| Arc::new(Limiter::new(rate))),
            paused_until: Arc::new(watch::Sender::new(None)),
            traffic: Arc::new(Traffic::default()),
        }
    }

    /// Sends `Authorization: Basic` with every call, with this user and no password.
    #[must_use]
    pub fn as_user(self, user: SecretString) -> Self {
        Self { user: Some(user), ..self }
    }

    /// Counters of everything sent so far.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Sends a call until its policy is content or gives up. A body of more than 64 MB is an error.
    ///
    /// # Errors
    /// A call that was given up, with the last answer or the reason why there was none.
    pub async fn send(&self, call: &Call) -> Result<Reply, CallError> {
        self.send_into(call, &mut Held::default()).await
    }

    /// The same, for an answer of any size: where it says yes, its body goes to `file`, and that of the reply is empty.
    ///
    /// # Errors
    /// As for [`send`](Self::send), or a file that cannot be written.
    pub async fn download(&self, call: &Call, file: &mut std::fs::File) -> Result<Reply, CallError> {
        self.send_into(call, file).await
    }

    async fn send_into(&self, call: &Call, sink: &mut impl Sink) -> Result<Reply, CallError> {
        let started = Instant::now();
        // Tries that met the limit are counted apart: a busy server is not a broken one.
        let (mut attempts, mut limited) = (0_u32, 0_u32);
        loop {
            self.wait_for_turn(call.place).await;
            attempts = attempts.saturating_add(1);
            self.count(attempts);
            let outcome = self.send_once(call, attempts, sink).await;
            let (observation, attempt) = match &outcome {
                Ok(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                    limited = limited.saturating_add(1);
                    (Observation::Status(429, retry_after(&reply.headers)), limited)
                }
                Ok(reply) => {
                    let status = reply.status.as_u16();
                    (Observation::Status(status, retry_after(&reply.headers)), attempts.saturating_sub(limited))
                }
                Err(NoBody::Broken(_)) => (Observation::NoAnswer, attempts.saturating_sub(limited)),
                // Another try would bring the same.
                Err(NoBody::Unusable(_) | NoBody::Untrusted(_)) => (Observation::NoAnswer, u32::MAX),
            };
            let decision = policy::decide(&call.policy, observation, attempt, rand::random());
            let asked = match observation {
                Observation::Status(_, asked) => asked.filter(|asked| *asked > call.policy.longest_wait),
                Observation::NoAnswer => None,
            };
            let ends_all = asked.is_some() || matches!(&outcome, Err(NoBody::Untrusted(_)));
            let outcome = outcome.map_err(NoBody::into_cause);
            log_try(call, attempts, &outcome, decision);
            match decision {
                Decision::Return => {
                    return outcome.map_err(|cause| given_up(call, attempts, started, None, (cause, ends_all)));
                }
                Decision::GiveUp => {
                    let (reply, cause) = match outcome {
                        Ok(reply) => {
                            let cause = refusal(&reply, asked);
                            (Some(reply), cause)
                        }
                        Err(cause) => (None, cause),
                    };
                    return Err(given_up(call, attempts, started, reply, (cause, ends_all)));
                }
                Decision::Retry { after } => tokio::time::sleep(after).await,
                Decision::PauseAll { after } => {
                    self.traffic.limited.fetch_add(1, Ordering::Relaxed);
                    if self.pause(after) && after >= WORTH_TELLING {
                        tracing::info!("the server asks for a pause: all calls wait {}", wording::duration(after));
                    }
                }
            }
        }
    }

    /// Keeps every caller from sending for a while; the longest pause asked for wins. Tells whether it is this one.
    fn pause(&self, duration: Duration) -> bool {
        let now = Instant::now();
        // What no clock can tell nobody waits for.
        let until = now.checked_add(duration).unwrap_or(now);
        self.paused_until.send_if_modified(|paused| {
            let longer = paused.is_none_or(|present| present < until);
            if longer {
                *paused = Some(until);
            }
            longer
        })
    }

    /// How many callers wait for their turn; while some do, the limit is full.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.limiter.as_ref().map_or(0, |limiter| limiter.waiting())
    }

    /// How long nobody may send from now; `None` while everybody may.
    #[must_use]
    pub fn paused_for(&self) -> Option<Duration> {
        self.paused_until.borrow().and_then(|until| until.checked_duration_since(Instant::now()))
    }

    async fn wait_for_turn(&self, place: Place) {
        if let Some(limiter) = &self.limiter {
            return limiter.turn(place, &self.paused_until).await;
        }
        while let Some(pause) = self.paused_for() {
            tokio::time::sleep(pause).await;
        }
    }

    fn count(&self, attempts: u32) {
        self.traffic.sent.fetch_add(1, Ordering::Relaxed);
        if attempts > 1 {
            self.traffic.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn send_once(&self, call: &Call, attempts: u32, sink: &mut impl Sink) -> Result<Reply, NoBody> {
        let client = self.clients.to(&call.url)?;
        let mut request = client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(user) = &self.user {
            request = request.basic_auth(user.expose_secret(), None::<&str>);
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        if let Some(timeout) = sink.timeout() {
            request = request.timeout(timeout);
        }
        let through = |words: String| match self.clients.proxy(&call.url) {
            Some(proxy) => format!("{words} (through the proxy {proxy})"),
            None => words,
        };
        let response = request.send().await.map_err(|error| trouble::no_body(&error).map(through))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body::receive(response, sink).await.map_err(|cause| cause.map(through))?;
        Ok(Reply { status, headers, body, attempts })
    }
}

impl Reply {
    /// Where the server sends the caller instead, without its query. No call follows by itself: keys go where they are
    /// meant to go and nowhere else.
    #[must_use]
    pub fn redirect(&self, from: &Url) -> Option<String> {
        let place = self.headers.get(LOCATION).filter(|_| self.status.is_redirection())?;
        from.join(place.to_str().ok()?).ok().map(|place| redacted(&place))
    }
}

/// What helps where a proxy on the way answers 407; before "run the same command again".
pub const PROXY_WANTS_A_NAME: &str =
    "a proxy on the way wants a name and a password, as in `HTTPS_PROXY=http://name:password@host:port`; with them";

/// What an answer is no use for; and when to come back, where it `asked` for more patience than anybody has.
fn refusal(reply: &Reply, asked: Option<Duration>) -> String {
    let wait = retry_after(&reply.headers).map(|wait| format!(" and asks to wait {}", wording::duration(wait)));
    let at = asked.and_then(|asked| Utc::now().checked_add_signed(chrono::Duration::from_std(asked).ok()?));
    let at = at.map(|at| at.format("; come back at %Y-%m-%d %H:%M UTC").to_string());
    format!("the server answered {}{}{}", reply.status, wait.unwrap_or_default(), at.unwrap_or_default())
}

/// Tells the log of a try: of every one that is not the last, and, where somebody wants to know it all, of every one.
fn log_try(call: &Call, attempt: u32, outcome: &Result<Reply, String>, decision: Decision) {
    let answer = || outcome.as_ref().map_or_else(Clone::clone, |reply| reply.status.to_string());
    let (method, url) = (&call.method, || redacted(&call.url));
    match decision {
        Decision::Retry { after } => {
            tracing::debug!(
                "{method} {}: {}; try {} follows in {after:.1?}",
                url(),
                answer(),
                attempt.saturating_add(1)
            );
        }
        Decision::PauseAll { after } => {
            tracing::debug!("{method} {}: {}; all calls wait for {after:.1?}", url(), answer());
        }
        Decision::Return | Decision::GiveUp => tracing::trace!("{method} {}: {}", url(), answer()),
    }
}

fn given_up(
    call: &Call,
    attempts: u32,
    started: Instant,
    reply: Option<Reply>,
    (cause, ends_all): (String, bool),
) -> CallError {
    CallError {
        method: call.method.clone(),
        url: redacted(&call.url),
        attempts,
        elapsed: started.elapsed(),
        reply,
        cause,
        ends_all,
    }
}

/// A URL fit for logs: without query, fragment and credentials.
#[must_use]
pub fn redacted(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Only URLs without a host refuse this, and those hold no credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, attempts, elapsed, cause, .. } = self;
        let times = wording::counted(u64::from(*attempts), "time");
        write!(formatter, "{method} {url}: {cause} (tried {times} in {:.1} s)", elapsed.as_secs_f64())
    }
}

impl std::error::Error for CallError {}

#[cfg(test)]
mod tests;
