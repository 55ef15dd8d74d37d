//! Moments as the API writes them, and in every form that clients send them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

/// As the API writes moments: to the millisecond, in UTC.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A moment as a call gives it: RFC 3339; with a zone without a colon, as the vendor's Python client writes it; without
/// any zone; or a date alone. A blank for the plus sign is what an address leaves of one that was not encoded.
pub(super) fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    const ZONED: [&str; 4] =
        ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    const LOCAL: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let plus = match text.rsplit_once(' ') {
        Some((moment, zone))
            if moment.contains(':') && zone.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') =>
        {
            format!("{moment}+{zone}")
        }
        _ => text.to_owned(),
    };
    let zoned = || ZONED.iter().find_map(|form| DateTime::parse_from_str(&plus, form).ok());
    let local = || LOCAL.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || Some(text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let read = DateTime::parse_from_rfc3339(text).ok().or_else(zoned).map(|moment| moment.to_utc());
    read.or_else(|| Some(local()?.and_utc())).or_else(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_moment_that_clients_send_is_the_same_moment() {
        for form in [
            "2020-01-01T12:30:00Z",
            "2020-01-01T12:30:00.000Z",
            "2020-01-01T12:30:00.000000+0000",
            "2020-01-01T12:30:00.000000 0000",
            "2020-01-01T12:30:00 00:00",
            "2020-01-01T14:30:00+02:00",
            "2020-01-01T14:30:00+0200",
            "2020-01-01T07:00:00-0530",
            "2020-01-01T12:30:00.000000+00",
            "2020-01-01T12:30:00",
            "2020-01-01 12:30:00",
            "2020-01-01T12:30",
        ] {
            assert_eq!(read_moment(form).map(moment).as_deref(), Some("2020-01-01T12:30:00.000Z"), "{form}");
        }
        assert_eq!(read_moment("2020-01-01").map(moment).as_deref(), Some("2020-01-01T00:00:00.000Z"));
        for wrong in ["", "soon", "2020-13-01", "2020-01-01T25:00:00Z", "1577880000", "2020-01-01T12:30:00+9900"] {
            assert_eq!(read_moment(wrong), None, "{wrong}");
        }
    }
}
