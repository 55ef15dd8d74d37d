//! Metadata in another form than the profile has it: flat, with other keys, of other types, from sources of its own.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::{
    compiled::Compiled,
    definition::Kind,
    extract,
    fields::Target,
    found::{Found, Members},
    program::{self, Program},
    schema,
    sendable::{Chosen, DEEPEST, PROTOTYPE, field, prototype, sendable},
};
use crate::{
    findings::{Finding, Reason},
    json::Text,
};

/// Makes a key of each member of an object, at any depth: `company.name` becomes `company_name`. Lists stay lists.
pub(super) fn flatten<'a>(members: &mut Members<'a>, findings: &mut Vec<Finding<'a>>) {
    if members.iter().all(|(_, text)| !text.starts_with('{')) {
        return;
    }
    for (key, text) in std::mem::take(members) {
        spread(key, text, 0, members, findings);
    }
}

fn spread<'a>(
    key: Cow<'a, str>,
    text: &'a str,
    depth: usize,
    members: &mut Members<'a>,
    findings: &mut Vec<Finding<'a>>,
) {
    if !text.starts_with('{') || depth > DEEPEST {
        members.push((key, text));
        return;
    }
    let (mut inner, mut mended, mut again) = (Members::new(), Vec::new(), Vec::new());
    extract::members(text, &mut inner, (&mut mended, &mut again));
    findings.extend(again.into_iter().map(|name| super::fields::repeated(field(&format!("{key}_{name}")), name)));
    findings
        .extend(mended.into_iter().map(|name| super::fields::half_character(field(&format!("{key}_{name}")), name)));
    for (name, text) in inner {
        if name == PROTOTYPE {
            findings.push(prototype(field(&format!("{key}.{name}")), text));
        } else if text != "null" {
            spread(format!("{key}_{name}").into(), text, depth + 1, members, findings);
        }
    }
}

/// Puts `_` for every character that is no letter, digit, `-` or `_`.
pub(super) fn make_safe(key: &mut Cow<'_, str>) {
    if !is_safe(key) {
        let safe = key.chars().map(|letter| if is_safe_character(letter) { letter } else { '_' });
        let safe: String = safe.collect();
        *key = if safe.is_empty() { "_".into() } else { safe.into() };
    }
}

/// Tells of keys with other characters than Voucherify names (docs/api-facts.md C4).
pub(super) fn tell_characters(chosen: &Chosen<'_>, findings: &mut Vec<Finding<'_>>) {
    for (key, _) in chosen.iter().filter(|(key, _)| !is_safe(key)) {
        let message = "the key has other characters than letters, digits, `-` and `_`; it is sent as it is";
        findings.push(Finding::new(Reason::KeyCharacters, field(key), "", message));
    }
}

/// Whether a key has none but the characters that Voucherify names.
pub(super) fn is_safe(key: &str) -> bool {
    let are_safe = |safe, byte: u8| safe & (byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'_'));
    !key.is_empty() && key.bytes().fold(true, are_safe)
}

fn is_safe_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

/// Adds the keys that have sources of their own. They win over a copied value of the same key, which is told unless it
/// is the value that the source takes.
pub(super) fn add_own<'a>(
    compiled: &Compiled,
    found: &Found<'a>,
    chosen: &mut Chosen<'a>,
    findings: &mut Vec<Finding<'a>>,
) {
    for (key, programs) in &compiled.metadata_fields {
        let Some((text, taken)) = own(key, programs, compiled, found, findings) else { continue };
        let text = match text {
            // Whatever it is, it is copied, as it would be by a pattern.
            Taken::Json(json) => match sendable(Cow::Owned(key.clone()), json, findings) {
                Some((_, text)) => text,
                None => continue,
            },
            Taken::Text(text) => Value::from(text).to_string().into(),
        };
        match chosen.iter().position(|(other, _)| other == key) {
            Some(position) => {
                let before = std::mem::replace(&mut chosen[position].1, text);
                if !taken.contains(&&*before) {
                    let message = "the mapping has a source of its own for the key";
                    findings.push(Finding::new(Reason::KeyConflict, field(key), before, message));
                }
            }
            None => chosen.push((Cow::Owned(key.clone()), text)),
        }
    }
}

/// The value of a key of its own.
enum Taken<'a> {
    Json(&'a str),
    Text(String),
}

/// The value of a key of its own, with the values that its sources look at.
fn own<'a>(
    key: &str,
    programs: &[Program],
    compiled: &Compiled,
    found: &Found<'a>,
    findings: &mut Vec<Finding<'a>>,
) -> Option<(Taken<'a>, Vec<&'a str>)> {
    let mut taken = Vec::new();
    for program in programs {
        program.slots(&mut |slot| taken.extend(found.values[slot].map(|value| value.json)));
    }
    for program in programs {
        if let Program::Slot { slot, .. } = program {
            match found.values[*slot].map(|value| value.json) {
                Some(json) if json != "null" && !is_blank(json) => return Some((Taken::Json(json), taken)),
                _ => {}
            }
        } else if let Some(text) =
            program::first(std::slice::from_ref(program), Target::Metadata(key), (found, compiled.choice()), findings)
        {
            return Some((Taken::Text(text.into_owned()), taken));
        }
    }
    None
}

fn is_blank(json: &str) -> bool {
    json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).is_some_and(|inner| inner.trim().is_empty())
}

/// Reads or writes values as the types that the mapping names; what cannot be is told and kept.
pub(super) fn give_types<'a>(types: &BTreeMap<String, Kind>, chosen: &mut Chosen<'a>, findings: &mut Vec<Finding<'a>>) {
    for (key, text) in chosen.iter_mut() {
        let Some(kind) = types.get(&**key).filter(|_| *text != "null") else { continue };
        match schema::as_type(*kind, text) {
            Ok(None) => {}
            Ok(Some(written)) => *text = written.into(),
            Err(expected) => {
                let message = format!("it cannot be read as {expected}; it is sent as it is");
                let value = Text::of(text).map_or_else(|| text.to_string(), |text| text.text.into_owned());
                findings.push(Finding::new(Reason::UnreadableValue, field(key), value, message));
            }
        }
    }
}
