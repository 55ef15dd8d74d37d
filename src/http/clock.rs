//! How long a server asks to wait: every form of `Retry-After`, held against the server's own clock.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Shortest wait that is taken from a server: an answer of 0 seconds must not become a storm of calls.
const SHORTEST: Duration = Duration::from_secs(1);
/// Longest wait that is taken from a server, so that no clock overflows; nobody waits for it.
const LONGEST: Duration = Duration::from_hours(87_600);
/// Numbers from here on, in seconds, are moments since 1970 and no waits: as waits they would be 31 years and more.
const FIRST_MOMENT: f64 = 1e9;
/// And from here on they are moments in milliseconds.
const FIRST_MOMENT_IN_MILLISECONDS: f64 = 1e12;
/// Behind the last moment that anybody can mean, a number is neither.
const LAST_MOMENT_IN_MILLISECONDS: f64 = 1e13;

/// How long the server asks to wait in `Retry-After` (RFC 9110): seconds, also with decimals, a date, or seconds or
/// milliseconds since 1970; between a second and ten years. Nothing where there is none or nobody can read it.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<f64>() {
        Ok(number) if number.is_nan() => return None,
        Ok(number) => match number {
            FIRST_MOMENT..FIRST_MOMENT_IN_MILLISECONDS => number - seconds_of(server_now(headers)),
            FIRST_MOMENT_IN_MILLISECONDS..LAST_MOMENT_IN_MILLISECONDS => {
                number / 1_000.0 - seconds_of(server_now(headers))
            }
            wait => wait,
        },
        Err(_) => seconds_of(date(text)?) - seconds_of(server_now(headers)),
    };
    Some(wait(seconds))
}

/// How long until a moment that the server names in seconds since 1970; zero where it has passed.
#[must_use]
pub fn until(epoch_seconds: i64, headers: &HeaderMap) -> Duration {
    let left = epoch_seconds.saturating_sub(server_now(headers).timestamp());
    u64::try_from(left).map_or(Duration::ZERO, Duration::from_secs).min(LONGEST)
}

/// The time at the server, as its answer says; ours where it does not. Our clock may be wrong by hours.
fn server_now(headers: &HeaderMap) -> DateTime<Utc> {
    told_time(headers).unwrap_or_else(Utc::now)
}

/// The time at the server, to the second, where its answer says it.
#[must_use]
pub fn told_time(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    headers.get(DATE).and_then(|text| date(text.to_str().ok()?.trim()))
}

/// The three forms of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`, and two that are obsolete.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let obsolete = |form| NaiveDateTime::parse_from_str(text, form).ok().map(|moment| moment.and_utc());
    let today = DateTime::parse_from_rfc2822(text).ok().map(|moment| moment.to_utc());
    today.or_else(|| obsolete("%A, %d-%b-%y %H:%M:%S GMT")).or_else(|| obsolete("%a %b %e %H:%M:%S %Y"))
}

fn wait(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64())).unwrap_or(LONGEST).max(SHORTEST)
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
fn seconds_of(moment: DateTime<Utc>) -> f64 {
    moment.timestamp_millis() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn every_form_of_a_wait_has_one_reading_by_the_servers_clock() {
        // An hour from now there, whatever the time is here.
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (asked, milliseconds) in [
            ("7", Some(7_000)),
            (" 7 ", Some(7_000)),
            ("1.5", Some(1_500)),
            ("0", Some(1_000)),
            ("0.2", Some(1_000)),
            ("-5", Some(1_000)),
            ("86400", Some(86_400_000)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60_000)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60_000)),
            ("Sun Nov  6 08:50:37 1994", Some(60_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(1_000)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(315_360_000_000)),
            ("18446744073709551615", Some(315_360_000_000)),
            ("1e300", Some(315_360_000_000)),
            ("inf", Some(315_360_000_000)),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(asked).unwrap());
            headers.insert(DATE, HeaderValue::from_static(date));
            assert_eq!(retry_after(&headers), milliseconds.map(Duration::from_millis), "{asked}");
        }
    }

    #[test]
    fn moments_since_1970_are_held_against_the_servers_clock() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Sun, 09 Sep 2001 01:46:40 GMT"));
        for (asked, seconds) in [("1000000090", 90), ("1000000000", 1), ("1000000090000", 90)] {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(asked));
            assert_eq!(retry_after(&headers), Some(Duration::from_secs(seconds)), "{asked}");
        }
        for (moment, seconds) in [(1_000_000_090, 90), (999_999_999, 0), (i64::MIN, 0), (i64::MAX, 315_360_000)] {
            assert_eq!(until(moment, &headers), Duration::from_secs(seconds), "{moment}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
