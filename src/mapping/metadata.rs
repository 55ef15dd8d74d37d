//! What becomes metadata: an object that is copied, and traits that are chosen by pattern.

use std::{borrow::Cow, collections::HashSet};

use serde_json::Value;

use super::{
    Correction, Workspace,
    compiled::Compiled,
    definition::{Keys, Metadata},
    extract::{self, Members},
    fields::{half_character, is_encoded, wrong_type},
    reshape,
};
use crate::{
    customer::ObjectWriter,
    findings::{Finding, Reason},
    json,
};

/// Key that is dropped at every depth: one of them lets the server refuse a whole request (docs/api-facts.md C1).
pub(super) const PROTOTYPE: &str = "__proto__";

/// Deepest nesting that is sent. Parsers commonly stop at 128 levels, and one value beyond spoils its whole batch.
pub(super) const DEEPEST: usize = 100;

/// Keys and their JSON texts, in order, each key once.
pub(super) type Chosen<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Chooses the members of a profile's metadata, from what was found in it.
pub(super) fn choose<'a>(
    rules: &Metadata,
    compiled: &Compiled,
    workspace: &mut Workspace<'a>,
    findings: &mut Vec<Finding<'a>>,
) {
    let Workspace { found, members, chosen, .. } = workspace;
    members.clear();
    if let Some(text) = compiled.metadata_object.and_then(|slot| found.values[slot]) {
        copy(text, members, &mut found.mended, findings);
    }
    extract::drop_repeats(&mut found.members);
    // A null among the traits is no value; in the copied object it is what somebody wrote.
    members.extend(found.members.drain(..).filter(|(key, text)| rules.include.matches(key) && *text != "null"));
    leave_out(rules, members);
    if rules.flatten {
        reshape::flatten(members, findings);
        leave_out(rules, members);
    }
    for (from, to) in &rules.rename {
        for (key, _) in members.iter_mut().filter(|(key, _)| key == from) {
            *key = Cow::Owned(to.clone());
        }
    }
    if rules.keys == Keys::Safe {
        for (key, _) in members.iter_mut() {
            reshape::make_safe(key);
        }
    }
    if extract::has_repeats(members.iter().map(|(key, _)| &**key)) {
        let mut seen = HashSet::with_capacity(members.len());
        members.retain(|(key, text)| {
            let first = seen.insert(key.clone());
            if !first {
                let message = "another value has the same key, and came first";
                findings.push(Finding::new(Reason::KeyConflict, field(key), *text, message));
            }
            first
        });
    }
    chosen.clear();
    chosen.extend(members.drain(..).filter_map(|(key, text)| sendable(key, text, findings)));
    if !compiled.metadata_fields.is_empty() {
        reshape::add_own(compiled, found, chosen, findings);
    }
    if !rules.types.is_empty() {
        reshape::give_types(&rules.types, chosen, findings);
    }
    reshape::tell_characters(chosen, findings);
}

fn leave_out(rules: &Metadata, members: &mut Members<'_>) {
    if !rules.exclude.is_empty() {
        members.retain(|(key, _)| !rules.exclude.matches(key));
    }
}

/// The members of an object; anything else is none.
fn copy<'a>(text: &'a str, members: &mut Members<'a>, mended: &mut Vec<String>, findings: &mut Vec<Finding<'a>>) {
    match text.as_bytes().first() {
        Some(b'{') => extract::members(text, members, mended),
        Some(b'n') | None => {}
        Some(b'"') if text[1..text.len() - 1].trim().is_empty() => {}
        Some(_) => findings.push(wrong_type("metadata", text, "an object")),
    }
}

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
    let suspicious = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    if !(suspicious(PROTOTYPE) || suspicious("\\u")) {
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
fn drop_prototypes(value: &mut Value, path: &mut String, findings: &mut Vec<Finding<'_>>) {
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

/// Puts a person's values in: a value keeps the type that was there, where the text allows it, and is text otherwise.
pub(super) fn correct(members: &mut Chosen<'_>, corrections: &[Correction], findings: &mut Vec<Finding<'_>>) {
    for correction in corrections {
        let Some(key) = correction.field.strip_prefix("metadata.") else { continue };
        if key == PROTOTYPE {
            findings.push(prototype(correction.field.clone(), correction.value.clone()));
            continue;
        }
        let before = members.iter().position(|(name, _)| name == key);
        let was_text = before.is_none_or(|position| members[position].1.starts_with('"'));
        let was_boolean = before.is_some_and(|position| matches!(&*members[position].1, "true" | "false"));
        let boolean = boolean(&correction.value).filter(|_| was_boolean);
        let json = serde_json::from_str::<Value>(&correction.value).ok().filter(|value| !value.is_string());
        let text = if let Some(boolean) = boolean {
            boolean.to_string()
        } else if let Some(mut json) = json.filter(|_| !was_text) {
            drop_prototypes(&mut json, &mut correction.field.clone(), findings);
            json.to_string()
        } else {
            Value::from(correction.value.as_str()).to_string()
        };
        match before {
            Some(position) => members[position].1 = text.into(),
            None => members.push((key.to_owned().into(), text.into())),
        }
    }
}

/// A boolean as a spreadsheet writes it, in the languages of its larger editions.
fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "wahr" | "vrai" | "verdadero" | "vero" | "verdadeiro" | "waar" | "prawda" | "sant" | "sand" => {
            Some(true)
        }
        "false" | "falsch" | "faux" | "falso" | "onwaar" | "fałsz" | "falskt" | "falsk" => Some(false),
        _ => None,
    }
}

/// Appends metadata as it is sent; nothing where there is none.
pub(super) fn write(members: &Chosen<'_>, json: &mut Vec<u8>) {
    if members.is_empty() {
        return;
    }
    let mut writer = ObjectWriter::begin(json);
    for (key, text) in members {
        writer.json(key, text.as_bytes());
    }
    writer.end();
}
