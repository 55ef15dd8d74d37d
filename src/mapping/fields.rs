//! From JSON text to the text of a field, telling what is odd about it.

use std::borrow::Cow;

use super::identifier;
use crate::{
    customer::Field,
    findings::{Finding, Reason},
    json::{Scanner, Text, Written},
};

/// Where a value goes, as findings name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'m> {
    /// A text field of the customer.
    Field(Field),
    /// A key of metadata.
    Metadata(&'m str),
}

impl Target<'_> {
    /// Its name in findings and corrections.
    pub(super) fn name<'a>(self) -> Cow<'a, str> {
        match self {
            Self::Field(field) => field.name().into(),
            Self::Metadata(key) => format!("metadata.{key}").into(),
        }
    }
}

/// The text of a value, trimmed; blank text, null and absence are no value, and so is a value of the wrong type, which
/// is reported; an object is not where it is `structure`, with paths of its own below it.
pub(super) fn text<'a>(
    value: Written<'a>,
    target: Target<'_>,
    structure: bool,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    let text = scalar(value, target, structure, findings)?;
    let json = value.json;
    if let Some(first) = json.as_bytes().first().filter(|first| **first != b'"') {
        let kind = if matches!(first, b't' | b'f') { "boolean" } else { "number" };
        let message = format!("a {kind} was written as text");
        findings.push(Finding::new(Reason::Converted, target.name(), json, message));
    }
    Some(text)
}

/// The same, but that nothing is said of a number or boolean that stands for its text.
pub(super) fn scalar<'a>(
    value: Written<'a>,
    target: Target<'_>,
    structure: bool,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    let json = value.json;
    match json.as_bytes().first()? {
        b'n' => None,
        b'"' => {
            if let Some(text) = as_it_is(value) {
                return Some(text.into());
            }
            let text = whole_text(value, || target.name(), findings)?;
            let (length, first) = (text.len(), text.as_bytes().first().copied());
            let written = (target == Target::Field(Field::SourceId)).then(|| text.clone());
            let text = trimmed(text)?;
            if let Some(written) = written.filter(|_| text.len() < length) {
                let message = "blanks around the id were removed";
                findings.push(Finding::new(Reason::Converted, target.name(), written, message));
            }
            if first == Some(b'"') && is_encoded(&text) {
                let message = "the text is JSON with its quotation marks; it is sent as it is";
                findings.push(Finding::new(Reason::EncodedText, target.name(), text.clone(), message));
            }
            Some(text)
        }
        b'{' if structure => None,
        b'{' | b'[' => {
            findings.push(wrong_type(target.name(), json, "text"));
            None
        }
        _ => Some(json.into()),
    }
}

/// The text of a JSON string in which there is nothing to unescape or to trim, as in nearly all.
#[inline]
pub(super) fn as_it_is(value: Written<'_>) -> Option<&str> {
    value.plain_text().filter(|text| is_trimmed(text))
}

/// The text of a JSON string, with U+FFFD for half a character, which is told.
pub(super) fn whole_text<'a>(
    value: Written<'a>,
    name: impl FnOnce() -> Cow<'a, str>,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    if let Some(plain) = value.plain_text() {
        return Some(plain.into());
    }
    let Text { text, mended } = Text::of(value.json)?;
    if mended {
        findings.push(half_character(name(), text.clone()));
    }
    Some(text)
}

/// A key that comes twice in one object.
pub(super) fn repeated<'a>(field: impl Into<Cow<'a, str>>, key: impl Into<Cow<'a, str>>) -> Finding<'a> {
    Finding::new(Reason::RepeatedKey, field, key, "the key comes twice in one object; the last value counts")
}

/// A value in which U+FFFD stands for half a character.
pub(super) fn half_character<'a>(field: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Finding<'a> {
    let message = "the text holds half a character (a lone surrogate); U+FFFD stands in its place";
    Finding::new(Reason::HalfCharacter, field, value, message)
}

/// Whether a text is a JSON string itself, as text that was encoded twice is.
pub(super) fn is_encoded(text: &str) -> bool {
    text.len() > 1 && text.ends_with('"') && text.starts_with('"') && serde_json::from_str::<String>(text).is_ok()
}

/// Whether one item of a list is what is wanted.
pub(super) fn is_one_of_the_items(json: &str, wanted: impl Fn(Written<'_>) -> bool) -> bool {
    let mut found = false;
    // What is no list has no items.
    let _ = Scanner::new(json).array(|scanner| {
        found |= wanted(scanner.written()?);
        Ok(())
    });
    found
}

/// Without blanks around it; `None` where nothing is left.
pub(super) fn trimmed(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    (!text.is_empty()).then_some(text)
}

fn trim(text: &str) -> &str {
    if is_trimmed(text) { text } else { text.trim() }
}

/// Whether there is something, and nothing to trim: nearly always two bytes tell.
fn is_trimmed(text: &str) -> bool {
    let ends = [text.as_bytes().first(), text.as_bytes().last()];
    ends.iter().all(|end| end.is_some_and(u8::is_ascii_graphic))
}

/// A birthdate that is not sent.
pub(super) fn invalid_birthdate<'a>(value: Cow<'a, str>, why: &str) -> Finding<'a> {
    Finding::new(Reason::InvalidBirthdate, Field::Birthdate.name(), value, why)
}

/// A value of another type than its field takes.
pub(super) fn wrong_type<'a>(field: impl Into<Cow<'a, str>>, json: &'a str, expected: &str) -> Finding<'a> {
    let kind = match json.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    Finding::new(Reason::WrongType, field, json, format!("{expected} was expected, and {kind} came"))
}

/// Tells of an email that does not look like one.
pub(super) fn check_email<'a>(email: Option<&Cow<'a, str>>, findings: &mut Vec<Finding<'a>>) {
    if let Some(email) = email.filter(|email| !looks_like_email(email)) {
        let message = "does not look like an email address; it is sent as it is";
        findings.push(Finding::new(Reason::InvalidEmail, "email", email.clone(), message));
    }
}

/// One `@` with something on both sides, a dot in the domain, and neither blanks nor what nobody sees.
fn looks_like_email(text: &str) -> bool {
    // Nearly everybody has one: one look at each byte. Of the domain it counts dots, and the bytes since the last one.
    let (mut in_domain, mut dots, mut label) = (false, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'\t'..=b'\r' | b' ' => return false,
            b'@' if in_domain || label == 0 => return false,
            b'@' => (in_domain, label) = (true, 0),
            b'.' if in_domain && label == 0 => return false,
            b'.' if in_domain => (dots, label) = (dots + 1, 0),
            _ => label += 1,
        }
    }
    let seen = || !text.contains(char::is_whitespace) && identifier::invisible(text).is_none();
    in_domain && dots > 0 && label > 0 && (text.is_ascii() || seen())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn an_email_is_told_by_its_parts(text in "[ab.@\u{200b}\u{a0}é \t]{0,9}|[ab.]{0,3}@[ab.é]{0,6}") {
            let parts = text.split_once('@');
            let expected = parts.is_some_and(|(local, domain)| {
                let labels: Vec<&str> = domain.split('.').collect();
                !local.is_empty() && labels.len() > 1 && labels.iter().all(|label| !label.is_empty() && !label.contains('@'))
            });
            let odd = text.contains(|one: char| one.is_whitespace() || one == '\u{200b}');
            proptest::prop_assert_eq!(looks_like_email(&text), expected && !odd, "{}", text);
        }
    }
}
