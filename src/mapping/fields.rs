//! From JSON text to the text of a field, telling what is odd about it.

use std::borrow::Cow;

use crate::findings::{Finding, Reason};

/// The text of a value, trimmed; blank text, null and absence are no value, and so is a value of the wrong type, which
/// is reported; an object is not where it is `structure`, with paths of its own below it.
pub(super) fn text<'a>(
    json: &'a str,
    field: &'static str,
    structure: bool,
    findings: &mut Vec<Finding<'a>>,
) -> Option<Cow<'a, str>> {
    match json.as_bytes().first()? {
        b'n' => None,
        b'"' => {
            let text = unquoted(json);
            if text.is_none() {
                let message = "the text holds half a character (a lone surrogate)";
                findings.push(Finding::new(Reason::WrongType, field, json, message));
            }
            trimmed(text?)
        }
        b'{' if structure => None,
        b'{' | b'[' => {
            findings.push(wrong_type(field, json, "text"));
            None
        }
        first => {
            let kind = if matches!(first, b't' | b'f') { "boolean" } else { "number" };
            findings.push(Finding::new(Reason::Converted, field, json, format!("a {kind} was written as text")));
            Some(json.into())
        }
    }
}

/// A text without its quotes and escapes; `None` where an escape is half a character.
pub(super) fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.get(1..json.len().checked_sub(1)?)?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(inner.into());
    }
    serde_json::from_str::<String>(json).ok().map(Cow::Owned)
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
    let bytes = text.as_bytes();
    // Nearly always there is nothing to trim, and two bytes tell.
    let ends = [bytes.first(), bytes.last()];
    if ends.iter().all(|end| end.is_some_and(u8::is_ascii_graphic)) { text } else { text.trim() }
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

/// One `@` with something on both sides, a dot in the domain, and no blanks.
pub(super) fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let blank = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let blanks = if text.is_ascii() { text.bytes().any(blank) } else { text.contains(char::is_whitespace) };
    let labels = || domain.as_bytes().split(|byte| *byte == b'.');
    !local.is_empty()
        && !blanks
        && !domain.contains('@')
        && labels().nth(1).is_some()
        && labels().all(|label| !label.is_empty())
}
