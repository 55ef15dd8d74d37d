//! What the headers of an answer say about limits (docs/api-facts.md C5).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use reqwest::header::HeaderMap;

use super::CallKind;
use crate::http;

/// Which calls a limit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitClass {
    /// All calls of a minute, or of an hour in a sandbox project.
    Calls,
    /// Bulk requests of an hour.
    BulkCalls,
    /// All calls of a billing cycle: weeks.
    Cycle,
    /// The answer does not say, or says something unheard of.
    Unnamed,
}

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitStanding {
    /// Calls that a period allows.
    pub limit: u64,
    /// Calls that this one still allows.
    pub remaining: u64,
    /// How long until the next call is allowed, by clocks of whole seconds: up to a second less than it takes. Nothing
    /// where it is allowed now.
    pub opens_in: Option<Duration>,
}

/// What answers say is left, although they may arrive in another order than the server gave them.
#[derive(Debug, Default)]
pub(super) struct Standings {
    /// By kind: the number of the latest call that was answered, and what is left.
    known: HashMap<CallKind, (u64, LimitStanding)>,
    /// Of which nobody has been told yet.
    untold: HashSet<CallKind>,
}

impl Standings {
    /// Notes what the answer to a call says; calls are numbered in the order in which they are sent.
    pub(super) fn put(&mut self, kind: CallKind, number: u64, told: LimitStanding) {
        let (latest, standing) = match self.known.get(&kind) {
            // An answer that was overtaken does not count the calls of those that came before it.
            Some((latest, known)) if number < *latest && known.limit == told.limit => {
                (*latest, if known.remaining < told.remaining { *known } else { told })
            }
            _ => (number, told),
        };
        self.known.insert(kind, (latest, standing));
        self.untold.insert(kind);
    }

    /// What is left, where that was told since this was asked last.
    pub(super) fn take(&mut self, kind: CallKind) -> Option<LimitStanding> {
        self.untold.remove(&kind).then(|| self.known.get(&kind).map(|(_, standing)| *standing))?
    }
}

/// Which limit is used up.
pub(super) fn class(headers: &HeaderMap) -> LimitClass {
    match text(headers, "x-rate-limit-type") {
        Some("api_calls") => LimitClass::Calls,
        Some("bulk_api_calls") => LimitClass::BulkCalls,
        Some("api_calls_cycle") => LimitClass::Cycle,
        _ => LimitClass::Unnamed,
    }
}

/// How long to wait after a 429: as the server says by its own clock, else a minute.
pub(super) fn wait(headers: &HeaderMap) -> Duration {
    http::retry_after(headers).or_else(|| opens_in(headers)).unwrap_or(Duration::from_mins(1))
}

/// What is left, where the answer says it.
pub(super) fn standing(headers: &HeaderMap) -> Option<LimitStanding> {
    let number = |name| text(headers, name)?.trim().parse().ok();
    let (limit, remaining) = (number("x-rate-limit-limit")?, number("x-rate-limit-remaining")?);
    let opens_in = opens_in(headers).filter(|wait| !wait.is_zero() || remaining == 0 && is_this_second(headers));
    Some(LimitStanding { limit, remaining, opens_in })
}

fn opens_in(headers: &HeaderMap) -> Option<Duration> {
    Some(http::until(opens_at(headers)?, headers))
}

/// Whether the second that is named has not passed: the clock may have moved on while the answer was on its way.
fn is_this_second(headers: &HeaderMap) -> bool {
    opens_at(headers).is_some_and(|at| !http::until(at.saturating_add(1), headers).is_zero())
}

/// Seconds since 1970.
fn opens_at(headers: &HeaderMap) -> Option<i64> {
    text(headers, "x-rate-limit-retry")?.trim().parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn every_form_of_the_headers_has_one_reading() {
        let headers = |pairs: &[(&'static str, String)]| -> HeaderMap {
            let pair = |(name, value): &(&'static str, String)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            };
            pairs.iter().map(pair).collect()
        };
        let soon = (Utc::now().timestamp() + 90).to_string();
        assert_eq!(wait(&headers(&[("retry-after", "7".into()), ("x-rate-limit-retry", soon.clone())])).as_secs(), 7);
        assert!((88..=90).contains(&wait(&headers(&[("x-rate-limit-retry", soon.clone())])).as_secs()));
        assert_eq!(wait(&headers(&[("retry-after", "soon".into())])), Duration::from_mins(1));
        assert_eq!(standing(&headers(&[("x-rate-limit-limit", "100".into())])), None);
        let told = |retry: &str| {
            standing(&headers(&[
                ("x-rate-limit-limit", "100".into()),
                ("x-rate-limit-remaining", "0".into()),
                ("x-rate-limit-retry", retry.to_owned()),
            ]))
            .unwrap()
        };
        assert_eq!(told("0"), LimitStanding { limit: 100, remaining: 0, opens_in: None });
        assert!(told(&soon).opens_in.is_some_and(|wait| wait.as_secs() >= 88));
        // The server's clock went on to the second that it named.
        for (remaining, retry, expected) in [
            ("0", "784111778", Some(1)),
            ("0", "784111777", Some(0)),
            ("0", "784111776", None),
            ("1", "784111777", None),
            ("1", "784111778", Some(1)),
        ] {
            let told = standing(&headers(&[
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT".into()),
                ("x-rate-limit-limit", "100".into()),
                ("x-rate-limit-remaining", remaining.into()),
                ("x-rate-limit-retry", retry.into()),
            ]));
            let opens_in = told.unwrap().opens_in.map(|wait| wait.as_secs());
            assert_eq!(opens_in, expected, "{remaining} {retry}");
        }
        for (word, expected) in [
            ("api_calls", LimitClass::Calls),
            ("bulk_api_calls", LimitClass::BulkCalls),
            ("api_calls_cycle", LimitClass::Cycle),
            ("webhook_calls", LimitClass::Unnamed),
        ] {
            assert_eq!(class(&headers(&[("x-rate-limit-type", word.into())])), expected, "{word}");
        }
        assert_eq!(class(&HeaderMap::new()), LimitClass::Unnamed);
    }

    #[test]
    fn an_answer_that_was_overtaken_gives_no_calls_back() {
        let left = |remaining| LimitStanding { limit: 100, remaining, opens_in: None };
        let mut standings = Standings::default();
        assert_eq!(standings.take(CallKind::Ordinary), None);
        standings.put(CallKind::Ordinary, 2, left(40));
        // It was sent before that one, and answered before it, and arrives later.
        standings.put(CallKind::Ordinary, 1, left(41));
        assert_eq!(standings.take(CallKind::Ordinary), Some(left(40)));
        assert_eq!(standings.take(CallKind::Ordinary), None);
        // It was sent before, and answered after it.
        standings.put(CallKind::Ordinary, 0, left(39));
        assert_eq!(standings.take(CallKind::Ordinary), Some(left(39)));
        // Another window, and another limit.
        standings.put(CallKind::Ordinary, 3, left(99));
        assert_eq!(standings.take(CallKind::Ordinary), Some(left(99)));
        let other = LimitStanding { limit: 2_000, remaining: 1_999, opens_in: None };
        standings.put(CallKind::Ordinary, 1, other);
        assert_eq!(standings.take(CallKind::Ordinary), Some(other));
        assert_eq!(standings.take(CallKind::Bulk), None);
    }
}
