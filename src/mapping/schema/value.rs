//! One value held against one definition: taken as it is, rewritten without loss, or refused.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime};
use url::Url;

use super::{
    decimal,
    definition::{Bound, Definition, Kind, Length},
};
use crate::{json::Text, mapping::birthdate};

/// What a value becomes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is sent as it is.
    Kept,
    /// It is sent as this JSON text; why, for a person.
    Rewritten(String, &'static str),
    /// It is no value for its definition: blank text where no text is expected.
    Blank,
    /// Voucherify would refuse it.
    Refused,
}

/// Judges a scalar: its JSON text against a definition of any type but `object`.
pub(super) fn judge(definition: &Definition, raw: &str) -> Verdict {
    let text = text_of(raw);
    let verdict = match definition.kind {
        Kind::Unknown | Kind::Object => Verdict::Kept,
        Kind::String => string(raw, text.as_deref()),
        Kind::Number => number(raw, text.as_deref()),
        Kind::Boolean => boolean(raw, text.as_deref()),
        Kind::Date => text.as_deref().map_or(Verdict::Refused, date),
        Kind::Datetime => text.as_deref().map_or(Verdict::Refused, datetime),
        Kind::ImageUrl => text.as_deref().map_or(Verdict::Refused, |text| kept_if(is_image_url(text.trim()), text)),
        Kind::Geopoint => text.as_deref().map_or(Verdict::Refused, |text| kept_if(is_geopoint(text), text)),
    };
    let within = match &verdict {
        Verdict::Kept => within_limits(definition, raw),
        Verdict::Rewritten(raw, _) => within_limits(definition, raw),
        Verdict::Blank | Verdict::Refused => true,
    };
    if within { verdict } else { Verdict::Refused }
}

/// The text of a JSON string; `None` for any other value.
pub(super) fn text_of(raw: &str) -> Option<Cow<'_, str>> {
    Text::of(raw).map(|text| text.text)
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn string(raw: &str, text: Option<&str>) -> Verdict {
    match raw.as_bytes().first() {
        _ if text.is_some() => Verdict::Kept,
        Some(b'{' | b'[' | b'n') | None => Verdict::Refused,
        Some(b't' | b'f') => Verdict::Rewritten(quoted(raw), "a boolean was written as text"),
        Some(_) => Verdict::Rewritten(quoted(raw), "a number was written as text"),
    }
}

fn number(raw: &str, text: Option<&str>) -> Verdict {
    match text.map(str::trim) {
        None => kept_if(decimal::is_number(raw), raw),
        Some("") => Verdict::Blank,
        Some(text) if decimal::is_number(text) => Verdict::Rewritten(text.into(), "text was read as a number"),
        Some(_) => Verdict::Refused,
    }
}

fn boolean(raw: &str, text: Option<&str>) -> Verdict {
    match text.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None => kept_if(matches!(raw, "true" | "false"), raw),
        Some("") => Verdict::Blank,
        Some(flag @ ("true" | "false")) => Verdict::Rewritten(flag.into(), "text was read as a boolean"),
        Some(_) => Verdict::Refused,
    }
}

/// A date, or the date part of a date-time as it is written: no time zone moves it.
fn date(text: &str) -> Verdict {
    match birthdate::parse(text.trim()) {
        Some(date) if date == text => Verdict::Kept,
        Some(date) => Verdict::Rewritten(quoted(&date), "the date part was taken"),
        None => kept_if(false, text),
    }
}

fn datetime(text: &str) -> Verdict {
    let trimmed = text.trim();
    if birthdate::parse(trimmed).is_some_and(|date| date == trimmed) {
        // How a date is read where a moment is expected (ECMA-262, as ISO 8601): midnight UTC.
        return Verdict::Rewritten(quoted(&format!("{trimmed}T00:00:00.000Z")), "a date was written as a datetime");
    }
    let moment = DateTime::parse_from_rfc3339(trimmed).is_ok()
        || DateTime::parse_from_str(trimmed, "%Y-%m-%dT%H:%M:%S%.f%z").is_ok()
        || NaiveDateTime::parse_from_str(trimmed, "%Y-%m-%dT%H:%M:%S%.f").is_ok();
    let shaped = trimmed.as_bytes().get(10) == Some(&b'T') && moment;
    if shaped && trimmed.len() < text.len() {
        return Verdict::Rewritten(quoted(trimmed), "blanks around a datetime were removed");
    }
    kept_if(shaped, text)
}

/// A value that fits is kept; one that does not is blank or refused.
fn kept_if(fits: bool, text: &str) -> Verdict {
    match fits {
        true => Verdict::Kept,
        false if text.trim().is_empty() => Verdict::Blank,
        false => Verdict::Refused,
    }
}

/// The address of a file that is named as a JPEG or PNG.
fn is_image_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(url.scheme(), "http" | "https") && matches!(ending.as_deref(), Some("jpg" | "jpeg" | "png"))
}

/// `latitude, longitude` in degrees.
fn is_geopoint(text: &str) -> bool {
    let within = |part: &str, limit: &str| {
        let size = part.trim().trim_start_matches('-');
        decimal::is_number(part.trim()) && decimal::compare(size, limit).is_some_and(std::cmp::Ordering::is_le)
    };
    text.split_once(',').is_some_and(|(latitude, longitude)| within(latitude, "90") && within(longitude, "180"))
}

fn within_limits(definition: &Definition, raw: &str) -> bool {
    if definition.allowed.is_empty()
        && definition.forbidden.is_empty()
        && definition.bounds.is_empty()
        && definition.lengths.is_empty()
    {
        return true;
    }
    let text = text_of(raw).unwrap_or(Cow::Borrowed(raw));
    let number = definition.kind == Kind::Number;
    let same = |listed: &String| {
        *listed == text || (number && decimal::compare(listed, &text).is_some_and(std::cmp::Ordering::is_eq))
    };
    (definition.allowed.is_empty() || definition.allowed.iter().any(same))
        && !definition.forbidden.iter().any(same)
        && definition.bounds.iter().all(|(bound, limit)| bound.holds(&text, limit))
        && definition.lengths.iter().all(|(length, limit)| length.holds(&text, *limit))
}

impl Bound {
    /// Text that is no number is not bound.
    fn holds(self, text: &str, limit: &str) -> bool {
        let Some(order) = decimal::compare(text, limit) else { return true };
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Length {
    /// Characters as the API counts them: units of UTF-16.
    fn holds(self, text: &str, limit: u64) -> bool {
        let length = text.encode_utf16().count() as u64;
        match self {
            Self::AtLeast => length >= limit,
            Self::AtMost => length <= limit,
            Self::Exactly => length == limit,
        }
    }
}
