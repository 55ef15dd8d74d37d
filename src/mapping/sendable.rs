//! Members of metadata as a server takes them: nothing too deep, no key that spoils its batch, no half of a character.

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem::Finder;
use serde_json::Value;

use super::fields::{half_character, is_encoded, wrong_type};
use crate::{
    findings::{Finding, Reason},
    json,
};

/// Key that is dropped at every depth: one of them lets the server refuse a whole request (docs/api-facts.md C1).
pub(super) const PROTOTYPE: &str = "__proto__";

/// Finds that key; to make ready for a search takes longer than to search a short text.
static PROTOTYPE_IN_TEXT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PROTOTYPE));

/// Deepest nesting that is sent. Parsers commonly stop at 128 levels, and one value beyond spoils its whole batch.
pub(super) const DEEPEST: usize = 100;

/// Keys and their JSON texts, in order, each key once.
pub(super) type Chosen<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Name of a key in findings and corrections.
pub(super) fn field(key: &str) -> String {
    format!("metadata.{key}")
}

/// The member as it can be sent; nearly always the text as it is.
pub(super) fn sendable<'a>(
    key: Cow<'a, str>,
    text: &'a str,
    findings: &mut Vec<Finding<'a>>,
) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    if key == PROTOTYPE {
        findings.push(prototype(field(&key), text));
        return None;
    }
    let nested = matches!(text.as_bytes().first(), Some(b'{' | b'['));
    let escapes = memchr::memchr(b'\\', text.as_bytes()).is_some();
    if !nested && !escapes {
        return Some((key, text.into()));
    }
    if nested && text.len() > 2 * DEEPEST && is_too_deep(text) {
        findings.push(wrong_type(field(&key), text, "a value that is not nested too deeply"));
        return None;
    }
    let mut text = Cow::Borrowed(text);
    if escapes && let Some(mended) = json::mended(&text) {
        findings.push(half_character(field(&key), mended.clone()));
        text = mended.into();
    }
    if !nested {
        if text.starts_with("\"\\\"") && json::Text::of(&text).is_some_and(|text| is_encoded(text.text.trim())) {
            let message = "the text is JSON with its quotation marks; it is sent as it is";
            findings.push(Finding::new(Reason::EncodedText, field(&key), text.clone(), message));
        }
        return Some((key, text));
    }
    let suspicious = PROTOTYPE_IN_TEXT.find(text.as_bytes()).is_some() || escapes && text.contains("\\u");
    if !suspicious {
        return Some((key, text));
    }
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
        findings.push(wrong_type(field(&key), "", "a value that is not nested too deeply"));
        return None;
    };
    let mut path = field(&key);
    drop_prototypes(&mut value, &mut path, findings);
    Some((key, value.to_string().into()))
}

/// Whether the value of a member without any escape is sent as it is, whatever it holds.
pub(super) fn is_sendable(text: &str) -> bool {
    let nested = matches!(text.as_bytes().first(), Some(b'{' | b'['));
    // Most have no underline at all.
    let has_prototype = || text.contains('_') && PROTOTYPE_IN_TEXT.find(text.as_bytes()).is_some();
    !nested || text.len() <= 2 * DEEPEST && !has_prototype()
}

pub(super) fn prototype<'a>(field: String, value: impl Into<Cow<'a, str>>) -> Finding<'a> {
    let message = "servers refuse keys of this name, and with it perhaps the whole batch";
    Finding::new(Reason::PrototypeKey, field, value, message)
}

/// Whether objects and arrays lie in each other deeper than [`DEEPEST`].
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// Drops every key of that name, at any depth; `path` names the value in findings.
pub(super) fn drop_prototypes(value: &mut Value, path: &mut String, findings: &mut Vec<Finding<'_>>) {
    let length = path.len();
    let mut below = |name: &str, value: &mut Value| {
        path.push('.');
        path.push_str(name);
        if name == PROTOTYPE {
            findings.push(prototype(path.clone(), value.to_string()));
        } else {
            drop_prototypes(value, path, findings);
        }
        path.truncate(length);
    };
    match value {
        Value::Object(members) => {
            members.iter_mut().for_each(|(key, value)| below(key, value));
            members.retain(|key, _| key != PROTOTYPE);
        }
        Value::Array(items) => items.iter_mut().enumerate().for_each(|(at, item)| below(&at.to_string(), item)),
        _ => {}
    }
}
