//! What becomes metadata: an object that is copied, and traits that are chosen by pattern.

use std::{borrow::Cow, collections::HashSet};

use serde_json::Value;

use super::{
    Correction, MetadataSchema, Workspace,
    compiled::Compiled,
    definition::{Keys, Metadata},
    extract,
    fields::{half_character, repeated, wrong_type},
    found::{Collection, Found, Members},
    numbers, reshape,
    sendable::{Chosen, PROTOTYPE, drop_prototypes, field, is_sendable, prototype, sendable},
};
use crate::{
    customer::ObjectWriter,
    findings::{Finding, Reason},
};

/// The object that is copied, where it is sent as it stands, as nearly always: there is nothing in it to be changed, left out
/// or told, and nothing is chosen beside it.
pub(super) fn as_it_stands<'a>(compiled: &Compiled, found: &Found<'a>) -> Option<&'a str> {
    if !compiled.only_copies {
        return None;
    }
    let object = found.values[compiled.metadata_object?]?.json;
    let members = &found.members[Collection::Copied as usize];
    if !object.starts_with('{') || memchr::memchr(b'\\', object.as_bytes()).is_some() {
        return None;
    }
    // A key with its quotes and colon, a value, and a comma or the last bracket: where that is all, there are no blanks.
    let length = members.iter().fold(1, |length, (key, text)| length + key.len() + text.len() + 4);
    let stands = !members.is_empty()
        && length == object.len()
        && members.iter().all(|(key, text)| {
            reshape::is_safe(key) && key != PROTOTYPE && is_sendable(text) && numbers::are_exact(text)
        })
        && !extract::has_repeats(members.iter().map(|(key, _)| &**key));
    stands.then_some(object)
}

/// Makes a profile's metadata in the workspace, from what was found in it.
pub(super) fn make<'a>(
    (rules, schema): (&Metadata, Option<&MetadataSchema>),
    compiled: &Compiled,
    corrections: &[Correction],
    workspace: &mut Workspace<'a>,
    findings: &mut Vec<Finding<'a>>,
) {
    choose(rules, compiled, workspace, findings);
    let Workspace { found, chosen, metadata, .. } = workspace;
    correct(chosen, corrections, findings);
    numbers::tell(chosen, findings);
    findings.extend(found.mended.drain(..).map(|key| {
        let is_metadata = chosen.iter().any(|(chosen, _)| *chosen == key);
        half_character(if is_metadata { field(&key) } else { String::new() }, key)
    }));
    findings.extend(found.repeated.drain(..).map(|key| {
        let is_metadata = chosen.iter().any(|(chosen, _)| *chosen == key);
        repeated(if is_metadata { field(&key) } else { String::new() }, key)
    }));
    metadata.clear();
    match schema {
        Some(schema) => schema.check(chosen, metadata, findings),
        None => write(chosen, metadata),
    }
}

/// Chooses its members.
fn choose<'a>(rules: &Metadata, compiled: &Compiled, workspace: &mut Workspace<'a>, findings: &mut Vec<Finding<'a>>) {
    let Workspace { found, members, chosen, .. } = workspace;
    members.clear();
    if let Some(object) = compiled.metadata_object.and_then(|slot| found.values[slot]) {
        copy(object.json, compiled, found, members, findings);
    }
    let included = &mut found.members[Collection::Chosen as usize];
    extract::drop_repeats(included, &mut found.repeated);
    // A null among the traits is no value; in the copied object it is what somebody wrote.
    members.extend(included.drain(..).filter(|(key, text)| rules.include.matches(key) && *text != "null"));
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
fn copy<'a>(
    text: &'a str,
    compiled: &Compiled,
    found: &mut Found<'a>,
    members: &mut Members<'a>,
    findings: &mut Vec<Finding<'a>>,
) {
    match text.as_bytes().first() {
        Some(b'{') if compiled.collects_object => {
            std::mem::swap(members, &mut found.members[Collection::Copied as usize]);
            extract::drop_repeats(members, &mut found.repeated);
            found.mended.append(&mut found.mended_copied);
        }
        Some(b'{') => extract::members(text, members, (&mut found.mended, &mut found.repeated)),
        Some(b'n') | None => {}
        Some(b'"') if text[1..text.len() - 1].trim().is_empty() => {}
        Some(_) => findings.push(wrong_type("metadata", text, "an object")),
    }
}

/// Puts a person's values in: a value keeps the type that was there, where the text allows it, and is text otherwise.
fn correct(members: &mut Chosen<'_>, corrections: &[Correction], findings: &mut Vec<Finding<'_>>) {
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
            let number = before.map(|position| &*members[position].1).filter(|text| is_number(text));
            if let Some(number) = number.filter(|_| is_read_in_two_ways(&correction.value)) {
                findings.push(two_ways(correction, number));
                continue;
            }
            Value::from(correction.value.as_str()).to_string()
        };
        let kind = before.map(|position| kind(&members[position].1));
        if let Some(kind) = kind.filter(|before| *before != self::kind(&text)) {
            let message = format!("{kind} was there, and the correction is sent as {}", self::kind(&text));
            findings.push(Finding::new(Reason::Converted, correction.field.clone(), correction.value.clone(), message));
        }
        match before {
            Some(position) => members[position].1 = text.into(),
            None => members.push((key.to_owned().into(), text.into())),
        }
    }
}

fn is_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// What a JSON text is, for people.
fn kind(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'"') => "text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// Digits with commas, blanks or apostrophes between them: a decimal comma in one country, thousands in another.
fn is_read_in_two_ways(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['+', '-']);
    let between = |character: char| ",.'’ \u{a0}\u{202f}".contains(character);
    text.starts_with(|first: char| first.is_ascii_digit() || first == ',')
        && text.contains(|character: char| between(character) && character != '.')
        && text.chars().all(|character| character.is_ascii_digit() || between(character))
}

/// The number that was there is sent: nobody knows for sure which one was meant.
fn two_ways(correction: &Correction, number: &str) -> Finding<'static> {
    let message = format!("a number that is not read alike everywhere: write it as `12.5`; {number} is sent as before");
    let reason = Reason::WrongType;
    Finding::new(reason, correction.field.clone(), correction.value.clone(), message)
}

/// A boolean as a spreadsheet writes it, in the languages of its larger editions.
fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "wahr" | "vrai" | "verdadero" | "vero" | "verdadeiro" | "waar" | "prawda" | "sant" | "sand"
        | "sann" | "tosi" | "pravda" | "igaz" | "doğru" | "adevărat" | "истина" => Some(true),
        "false" | "falsch" | "faux" | "falso" | "onwaar" | "fałsz" | "falskt" | "falsk" | "usann" | "epätosi"
        | "nepravda" | "hamis" | "yanlış" | "yanliş" | "fals" | "ложь" => Some(false),
        _ => None,
    }
}

/// Appends metadata as it is sent; nothing where there is none.
fn write(members: &Chosen<'_>, json: &mut Vec<u8>) {
    if members.is_empty() {
        return;
    }
    let mut writer = ObjectWriter::begin(json);
    for (key, text) in members {
        writer.json(key, text.as_bytes());
    }
    writer.end();
}
