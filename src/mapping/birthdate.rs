//! A birthdate as it is written: no time zone moves it.

use chrono::{DateTime, NaiveDate};

/// The date of `YYYY-MM-DD` or of an RFC 3339 date-time, as written; `None` for anything else.
#[must_use]
pub fn parse(text: &str) -> Option<&str> {
    let date = text.get(..10)?;
    let shaped = date.bytes().enumerate().all(|(position, byte)| match position {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let real = shaped && date.parse::<NaiveDate>().is_ok();
    let whole = text.len() == date.len() || DateTime::parse_from_rfc3339(text).is_ok();
    (real && whole).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_as_written() {
        for (text, expected) in [
            ("1990-01-31", Some("1990-01-31")),
            ("1990-01-01T00:00:00Z", Some("1990-01-01")),
            ("1990-01-01T23:30:00-08:00", Some("1990-01-01")),
            ("2000-02-29T12:00:00.123456Z", Some("2000-02-29")),
            ("1990", None),
            ("1990-W01", None),
            ("19900101", None),
            ("1990-02-30", None),
            ("1900-02-29T00:00:00Z", None),
            ("31.01.1990", None),
            ("1990-01-01T00:00:00", None),
            ("1990-01-0१", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
