//! Lines as engines and other programs spell them, brought to the spelling of an archive before anybody maps, inspects or
//! searches them: `canonical_segment_id`, `external_ids` with `value` for `id` or as arrays by type, `traits` as pairs,
//! either as JSON text, and `trait_texts`, whose values are texts.

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem::{self, Finder};

use super::{
    block::Block,
    trait_texts::{TextEvidence, TextsAre, append_string},
};
use crate::json::{Malformed, Scanner};

/// What a line is called where its values are texts.
const TRAIT_TEXTS: &[u8] = b"trait_texts";

/// Finds a key in each of many lines: to make ready for a search takes longer than to search a short text.
static TRAITS_KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"traits\""));
static ID_KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"id\""));
static VALUE_KEY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"value\""));

/// How else the ids are called beside the usual names of the others.
static OTHER_IDS_KEYS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| [&b"\"EXTERNAL_IDS\""[..], b"\"External_Ids\"", b"\"External_IDs\""].map(Finder::new));

/// A block in the spelling of an archive, line for line; the block itself where it is in it already. Whether it has texts
/// that stand for values was seen before.
pub(super) fn canonical(block: Block, texts: TextsAre, has_texts: bool) -> Block {
    let is_usual = |line: &[u8]| (!has_texts && begins_as_usual(line)) || is_usual(line);
    if block.lines().all(|(_, line)| is_usual(line)) {
        return block;
    }
    let mut bytes = Vec::with_capacity(block.bytes.len());
    for line in block.bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let begin = bytes.len();
        if is_usual(text) || rewrite(text, Some(texts), &mut bytes).is_none() {
            bytes.truncate(begin);
            bytes.extend_from_slice(text);
        }
        if text.len() < line.len() {
            bytes.push(b'\n');
        }
    }
    Block { bytes, ..block }
}

/// A line in the spelling of an archive, perhaps without its traits, for whoever looks at its ids alone.
pub(super) fn canonical_ids(line: &[u8]) -> Cow<'_, [u8]> {
    let mut spelt = Vec::new();
    if is_usual(line) || rewrite(line, None, &mut spelt).is_none() { Cow::Borrowed(line) } else { Cow::Owned(spelt) }
}

/// Whether a block holds texts that stand for values.
pub(super) fn has_texts(block: &Block) -> bool {
    memmem::find(&block.bytes, TRAIT_TEXTS).is_some() || memmem::find(&block.bytes, b"TRAIT_TEXTS").is_some()
}

/// Takes the texts of a line into account.
pub(super) fn see(line: &[u8], evidence: &mut TextEvidence) {
    let Ok(text) = std::str::from_utf8(line) else { return };
    let Some(members) = members(text) else { return };
    for (_, value) in members.iter().filter(|(key, _)| key.eq_ignore_ascii_case("trait_texts")) {
        let inner = unwrapped(value);
        for text in pairs(&inner).into_iter().flatten().filter_map(|(_, text)| string(text)) {
            evidence.see(&text);
        }
    }
}

/// Whether a line begins as most do, letter by letter: then a look at its traits is spared.
fn begins_as_usual(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"{\"segment_id\":\"") else { return false };
    let Some(rest) = memchr::memchr2(b'"', b'\\', rest).map(|end| &rest[end..]) else { return false };
    let Some(ids) = rest.strip_prefix(b"\",\"external_ids\":[") else { return false };
    let first = memchr::memchr(b'}', ids).map_or(ids, |end| &ids[..end]);
    let traits = TRAITS_KEY.find(ids).map(|at| &ids[at + TRAITS_KEY.needle().len()..]);
    traits.is_some_and(|traits| traits.starts_with(b":{")) && (ids.starts_with(b"]") || has_usual_names(first))
}

/// Whether the first item of a list of ids calls its id as an archive does.
fn has_usual_names(item: &[u8]) -> bool {
    ID_KEY.find(item).is_some() && VALUE_KEY.find(item).is_none()
}

/// Whether a line is in the spelling of an archive as far as a glance tells; one that only looks odd is looked at closely.
fn is_usual(line: &[u8]) -> bool {
    if line.trim_ascii().is_empty() {
        return true;
    }
    let begins = |key: &[u8], with: &[u8]| {
        memmem::find_iter(line, key).all(|at| {
            let rest = line[at + key.len()..].trim_ascii_start();
            rest.strip_prefix(b":")
                .is_none_or(|value| value.trim_ascii_start().first().is_some_and(|byte| with.contains(byte)))
        })
    };
    let ids = || match memmem::find(line, b"\"external_ids\"") {
        // Lines of nobody's ids are common: a search for each spelling is cheaper than one for all.
        None => OTHER_IDS_KEYS.iter().all(|key| key.find(line).is_none()),
        Some(at) => {
            let ids = &line[at + b"\"external_ids\"".len()..];
            let first = memchr::memchr(b'}', ids).map_or(ids, |end| &ids[..end]);
            let value = first.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
            // An object by type may hold arrays; an item of an array has its `id`.
            match value.and_then(|value| value.strip_prefix(b"[")) {
                Some(items) => items.trim_ascii_start().starts_with(b"]") || has_usual_names(first),
                None => memchr::memchr(b'[', first).is_none(),
            }
        }
    };
    memmem::find(line, b"\"segment_id\"").is_some()
        && memmem::find(line, TRAIT_TEXTS).is_none()
        && memmem::find(line, b"\"traits\"").is_some()
        && begins(b"\"traits\"", b"{")
        && begins(b"\"external_ids\"", b"[{")
        && ids()
}

/// The parts of a profile, by what they are called in an archive.
#[derive(Default)]
struct Parts<'a> {
    segment_id: Option<&'a str>,
    external_ids: Option<&'a str>,
    traits: Option<&'a str>,
    trait_texts: Option<&'a str>,
    /// What else there is, key and value.
    others: Vec<(Cow<'a, str>, &'a str)>,
}

/// Appends a line in the spelling of an archive, without traits where nobody says what texts are; `None` where it is no object
/// or of nobody, and then nothing of use was appended.
fn rewrite(line: &[u8], texts: Option<TextsAre>, out: &mut Vec<u8>) -> Option<()> {
    let text = std::str::from_utf8(line).ok()?;
    let mut parts = Parts::default();
    let (mut names, mut again) = (Vec::new(), Vec::new());
    for (key, value) in members(text)? {
        let name = key.to_ascii_lowercase();
        if names.contains(&name) {
            again.push(name.clone());
        }
        names.push(name.clone());
        let slot = match name.as_str() {
            "segment_id" => &mut parts.segment_id,
            // The id's other name never wins over the usual one.
            "canonical_segment_id" if parts.segment_id.is_none() => &mut parts.segment_id,
            "external_ids" => &mut parts.external_ids,
            "traits" => &mut parts.traits,
            "trait_texts" => &mut parts.trait_texts,
            _ => {
                parts.others.push((key, value));
                continue;
            }
        };
        *slot = Some(value);
    }
    out.push(b'{');
    // Whoever reads the line tells of a key that comes twice, whatever its first value was.
    for name in ["segment_id", "external_ids", "traits"] {
        let comes_again = |one: &String| one == name || name == "traits" && one == "trait_texts";
        if texts.is_some() && again.iter().any(comes_again) {
            member(out, name);
            out.extend_from_slice(b"null");
        }
    }
    member(out, "segment_id");
    out.extend_from_slice(parts.segment_id?.as_bytes());
    if let Some(ids) = parts.external_ids {
        member(out, "external_ids");
        external_ids(&unwrapped(ids), out);
    }
    if let Some(texts) = texts.filter(|_| parts.traits.is_some() || parts.trait_texts.is_some()) {
        member(out, "traits");
        traits(&parts, texts, out);
    }
    for (key, value) in parts.others {
        member(out, &key);
        out.extend_from_slice(value.as_bytes());
    }
    out.push(b'}');
    Some(())
}

/// Appends a key, with a comma where a member stands before it.
fn member(out: &mut Vec<u8>, key: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    append_string(key, out);
    out.push(b':');
}

/// Appends external ids: an array of objects with `id`, or an object by type.
fn external_ids(value: &str, out: &mut Vec<u8>) {
    let begin = out.len();
    let written = if value.starts_with('[') { ids_of_array(value, out) } else { ids_of_object(value, out) };
    if written.is_none() {
        out.truncate(begin);
        out.extend(one_line(value));
    }
}

fn ids_of_array(value: &str, out: &mut Vec<u8>) -> Option<()> {
    let items = items(value)?;
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let Some(members) = members(item) else {
            out.extend(one_line(item));
            continue;
        };
        let has_id = members.iter().any(|(key, _)| key.eq_ignore_ascii_case("id"));
        out.push(b'{');
        for (key, value) in members {
            let name = match key.to_ascii_lowercase().as_str() {
                "id" => Cow::Borrowed("id"),
                "value" if !has_id => Cow::Borrowed("id"),
                "type" => Cow::Borrowed("type"),
                _ => key,
            };
            member(out, &name);
            out.extend(one_line(value));
        }
        out.push(b'}');
    }
    out.push(b']');
    Some(())
}

/// An object by type becomes an array where a type has several ids.
fn ids_of_object(value: &str, out: &mut Vec<u8>) -> Option<()> {
    let members = members(value)?;
    if members.iter().all(|(_, ids)| !ids.starts_with('[')) {
        out.extend(one_line(value));
        return Some(());
    }
    out.push(b'[');
    for (kind, ids) in &members {
        for id in if ids.starts_with('[') { items(ids)? } else { vec![*ids] } {
            if out.last() != Some(&b'[') {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"id\":");
            out.extend(one_line(id));
            out.extend_from_slice(b",\"type\":");
            append_string(kind, out);
            out.push(b'}');
        }
    }
    out.push(b']');
    Some(())
}

/// Appends traits: an object, pairs of name and value, or texts.
fn traits(parts: &Parts<'_>, texts: TextsAre, out: &mut Vec<u8>) {
    let value = parts.traits.map_or(Cow::Borrowed("{}"), unwrapped);
    let told = parts.trait_texts.map_or(Cow::Borrowed("{}"), unwrapped);
    let (values, told) = match (pairs(&value), pairs(&told)) {
        (Some(values), Some(told)) => (values, told),
        // Neither an object nor pairs: the mapping tells what is wrong with it.
        (None, Some(told)) if told.is_empty() => return out.extend(one_line(&value)),
        (Some(values), None) if values.is_empty() => return out.extend(one_line(&told)),
        // Beside traits that can be read it is one more.
        (values, texts) => {
            let mut values = values.unwrap_or_else(|| vec![("traits".into(), &value)]);
            values.extend(texts.is_none().then(|| ("trait_texts".into(), &*told)));
            (values, texts.unwrap_or_default())
        }
    };
    out.push(b'{');
    for (name, value) in values {
        member(out, &name);
        out.extend(one_line(value));
    }
    for (name, value) in told {
        let before = out.len();
        member(out, &name);
        let has_value = match string(value) {
            Some(text) => texts.append(&text, out),
            None if value == "null" => false,
            None => {
                out.extend(one_line(value));
                true
            }
        };
        if !has_value {
            out.truncate(before);
        }
    }
    out.push(b'}');
}

/// Names and values of an object or of pairs; of nothing at all there are none.
fn pairs(value: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    match value {
        "null" => Some(Vec::new()),
        _ if value.starts_with('[') => named_values(value),
        _ => members(value),
    }
}

/// Pairs `{"name":…,"value":…}`, or `None` where an item is none.
fn named_values(array: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    items(array)?.into_iter().map(named_value).collect()
}

fn named_value(item: &str) -> Option<(Cow<'_, str>, &str)> {
    let (mut name, mut value) = (None, "null");
    for (key, member) in members(item)? {
        match key.to_ascii_lowercase().as_str() {
            "name" | "key" => name = string(member),
            "value" => value = member,
            _ => {}
        }
    }
    Some((name?, value))
}

/// A value, or what stands in it where it is JSON as text.
fn unwrapped(value: &str) -> Cow<'_, str> {
    let inner = string(value).map(|text| text.trim().to_owned());
    match inner.filter(|text| text.starts_with(['{', '['])) {
        Some(text) if whole(&text) => Cow::Owned(text),
        _ => Cow::Borrowed(value),
    }
}

fn whole(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.value().is_ok() && scanner.end().is_ok()
}

/// The text of a JSON string.
fn string(value: &str) -> Option<Cow<'_, str>> {
    if !value.starts_with('"') {
        return None;
    }
    let plain = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match plain.filter(|text| !text.contains('\\')) {
        Some(text) => Some(Cow::Borrowed(text)),
        None => serde_json::from_str(value).ok().map(Cow::Owned),
    }
}

/// JSON on one line: a line break in it stands between tokens.
fn one_line(value: &str) -> impl Iterator<Item = u8> + '_ {
    value.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte })
}

/// The members of a JSON object; `None` where the text is none.
fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let (mut found, mut scanner) = (Vec::new(), Scanner::new(text));
    let read = scanner.object(|scanner, key| {
        found.push((key, scanner.value()?));
        Ok(())
    });
    finished(read, &mut scanner).then_some(found)
}

/// The items of a JSON array; `None` where the text is none.
fn items(text: &str) -> Option<Vec<&str>> {
    let (mut found, mut scanner) = (Vec::new(), Scanner::new(text));
    let read = scanner.array(|scanner| {
        found.push(scanner.value()?);
        Ok(())
    });
    finished(read, &mut scanner).then_some(found)
}

fn finished(read: Result<(), Malformed>, scanner: &mut Scanner<'_>) -> bool {
    read.is_ok() && scanner.end().is_ok()
}

#[cfg(test)]
mod tests;
