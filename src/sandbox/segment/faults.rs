//! What goes wrong with calls on demand: chosen by seed, call and try, whatever the order in which calls arrive.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use clap::ValueEnum;
use futures_util::{StreamExt, stream};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    answer::error,
    options::{SegmentFault, SegmentOptions},
};

/// The faults and delays of a space.
#[derive(Debug)]
pub(super) struct Faults {
    kinds: Vec<SegmentFault>,
    share: f64,
    median: f64,
    sigma: f64,
    seed: u64,
    tries: Mutex<HashMap<u64, u64>>,
}

impl Faults {
    pub(super) fn new(options: &SegmentOptions, seed: u64) -> Self {
        let kinds = if options.segment_fault.is_empty() {
            SegmentFault::value_variants().to_vec()
        } else {
            options.segment_fault.clone()
        };
        let share = options.fault_rate / 100.0;
        Self { kinds, share, median: options.latency, sigma: options.latency_sigma, seed, tries: Mutex::default() }
    }

    /// How long this call takes, and what goes wrong with it.
    pub(super) fn draw(&self, call: &str) -> (Duration, Option<SegmentFault>) {
        if self.share <= 0.0 && self.median <= 0.0 {
            return (Duration::ZERO, None);
        }
        let mut hasher = DefaultHasher::new();
        call.hash(&mut hasher);
        let call = hasher.finish();
        let tries = {
            let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
            let tries = tries.entry(call).or_default();
            *tries += 1;
            *tries
        };
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ call ^ tries.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (radius, angle): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
        let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
        let delay = Duration::from_secs_f64((self.median / 1_000.0 * (self.sigma * normal).exp()).min(60.0));
        let strikes = self.share > 0.0 && random.random_bool(self.share.min(1.0));
        (delay, strikes.then(|| self.kinds.choose(&mut random).copied()).flatten())
    }
}

impl SegmentFault {
    /// The name that the help and the counts have for it.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// What the caller gets in place of the body that was meant for them.
    pub(super) fn spoil(self, body: &Bytes) -> Response {
        let half = body.slice(..body.len() / 2);
        let lost = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
        let gateway =
            |code| error(StatusCode::from_u16(code).unwrap_or_default(), "api_error", "Something went wrong.");
        match self {
            Self::Throttled => error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "Too many requests."),
            Self::ThrottledRetryAfter => {
                let mut response = error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "Too many requests.");
                response.headers_mut().insert("retry-after", 1.into());
                response
            }
            Self::Error500 => gateway(500),
            Self::Error502 => gateway(502),
            Self::Error503 => gateway(503),
            Self::Error504 => gateway(504),
            Self::Reset => streamed(stream::iter([lost()])),
            Self::Cut => streamed(stream::iter([Ok(half), lost()]).then(async |part| {
                // Without it the server would close the connection before it sends the first half.
                tokio::time::sleep(Duration::from_millis(if part.is_err() { 30 } else { 0 })).await;
                part
            })),
            Self::Truncated => ([(CONTENT_TYPE, "application/json")], half).into_response(),
            Self::Html => {
                let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
                ([(CONTENT_TYPE, "text/html")], page).into_response()
            }
            Self::Slow => {
                let quarter = body.len() / 4;
                let parts = [body.slice(..quarter), body.slice(quarter..)];
                streamed(stream::iter(parts).then(async |part| {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    Ok(part)
                }))
            }
        }
    }
}

fn streamed(body: impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static) -> Response {
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_what_goes_wrong() {
        let options = SegmentOptions { fault_rate: 10.0, latency: 60.0, ..SegmentOptions::default() };
        let draw = |seed| -> Vec<_> {
            let faults = Faults::new(&options, seed);
            (0..2_000).map(|call| faults.draw(&format!("/{}", call % 1_000))).collect()
        };
        let drawn = draw(1);
        assert_eq!(drawn, draw(1));
        assert_ne!(drawn, draw(2));
        assert_ne!(drawn[..1_000], drawn[1_000..], "a second try has its own luck");
        let struck = drawn.iter().filter(|(_, fault)| fault.is_some()).count();
        assert!((150..250).contains(&struck), "{struck} of 2,000");
        let mut delays: Vec<_> = drawn.iter().map(|(delay, _)| delay.as_millis()).collect();
        delays.sort_unstable();
        assert!((55..65).contains(&delays[1_000]), "the median is {} ms", delays[1_000]);
    }
}
