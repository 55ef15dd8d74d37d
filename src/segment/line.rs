//! A profile as a line of an archive, from the texts that the pages gave.
//!
//! A value that is JSON for every reader is written anew without blanks, digits and keys as they are. One that is not,
//! because a string in it holds half a pair of surrogates or because it is nested too deep, is kept as it was given.

use std::{collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// The members of an object, in their order, keys and values as texts.
#[derive(Debug, Default)]
pub(super) struct TraitMembers(Vec<(Box<RawValue>, Box<RawValue>)>);

/// The traits of a profile from all of its pages: of two with one key the later counts, in the place of the first.
#[derive(Debug, Default)]
pub(super) struct Traits {
    members: Vec<(Vec<u8>, Box<RawValue>)>,
    places: HashMap<Vec<u8>, usize>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

impl<'de> Deserialize<'de> for TraitMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = TraitMembers;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TraitMembers, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(TraitMembers(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl Traits {
    pub(super) fn extend(&mut self, page: TraitMembers) {
        for (key, value) in page.0 {
            let mut text = Vec::new();
            put(&mut text, key.get());
            if let Some(member) = self.places.get(&text).and_then(|place| self.members.get_mut(*place)) {
                member.1 = value;
            } else {
                self.places.insert(text.clone(), self.members.len());
                self.members.push((text, value));
            }
        }
    }
}

/// The type of an external id, where it can be read.
pub(super) fn kind(external_id: &RawValue) -> Option<String> {
    serde_json::from_str::<Kind>(external_id.get()).ok().map(|item| item.kind)
}

/// The line, without its line break.
pub(super) fn text(segment_id: &str, external_ids: &[Box<RawValue>], traits: &Traits) -> Vec<u8> {
    let mut line = br#"{"segment_id":"#.to_vec();
    line.extend_from_slice(Value::from(segment_id).to_string().as_bytes());
    line.extend_from_slice(br#","external_ids":["#);
    for (place, item) in external_ids.iter().enumerate() {
        if place > 0 {
            line.push(b',');
        }
        put(&mut line, item.get());
    }
    line.extend_from_slice(br#"],"traits":{"#);
    for (place, (key, value)) in traits.members.iter().enumerate() {
        if place > 0 {
            line.push(b',');
        }
        line.extend_from_slice(key);
        line.push(b':');
        put(&mut line, value.get());
    }
    line.extend_from_slice(b"}}");
    line
}

/// Adds a JSON text on one line.
fn put(line: &mut Vec<u8>, text: &str) {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => line.extend_from_slice(value.to_string().as_bytes()),
        Err(_) => without_blanks(line, text),
    }
}

/// Leaves out the blanks and line breaks between the tokens.
fn without_blanks(line: &mut Vec<u8>, text: &str) {
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        if !quoted && byte.is_ascii_whitespace() {
            continue;
        }
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && byte == b'\\' && !escaped;
        line.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(external_ids: &str, pages: &[&str]) -> String {
        let mut traits = Traits::default();
        for page in pages {
            traits.extend(serde_json::from_str(page).unwrap());
        }
        let external_ids: Vec<Box<RawValue>> = serde_json::from_str(external_ids).unwrap();
        String::from_utf8(text("use_1", &external_ids, &traits)).unwrap()
    }

    #[test]
    fn what_everybody_reads_is_written_anew_and_what_only_some_do_as_it_was_given() {
        let deep = format!("{}{}", "[ ".repeat(500), "]".repeat(500));
        let close = deep.replace(' ', "");
        for (given, written) in [
            (r#"{ "a" : 1.50 , "b": "caf\u00e9" }"#.to_owned(), r#"{"a":1.50,"b":"café"}"#.to_owned()),
            (r#"{"a": "x \ud83d y"}"#.into(), r#"{"a":"x \ud83d y"}"#.into()),
            (r#"{"\ud83d k": {"b": [1, "\udc00 \" \\"]}}"#.into(), r#"{"\ud83d k":{"b":[1,"\udc00 \" \\"]}}"#.into()),
            (format!("{{\"deep\":\n{deep}\n}}"), format!(r#"{{"deep":{close}}}"#)),
            (r#"{"n": 123456789012345678901234567890.10}"#.into(), r#"{"n":123456789012345678901234567890.10}"#.into()),
        ] {
            let expected = format!(r#"{{"segment_id":"use_1","external_ids":[],"traits":{written}}}"#);
            assert_eq!(line("[]", &[&given]), expected);
        }
        assert_eq!(
            line(r#"[{"type":"email", "id":"\udfff"}, {"id" : "1"}]"#, &[]),
            r#"{"segment_id":"use_1","external_ids":[{"type":"email","id":"\udfff"},{"id":"1"}],"traits":{}}"#
        );
    }

    #[test]
    fn of_two_traits_with_one_key_the_later_counts() {
        let pages = [r#"{"a":1,"b":2,"a":3}"#, r#"{"\u0062":4,"c":5}"#];
        assert_eq!(line("[]", &pages), r#"{"segment_id":"use_1","external_ids":[],"traits":{"a":3,"b":4,"c":5}}"#);
    }

    #[test]
    fn the_type_is_read_however_odd_the_rest() {
        let kind = |text: &str| kind(&serde_json::from_str::<Box<RawValue>>(text).unwrap());
        assert_eq!(kind(r#"{"id":"\ud83d","type":"email"}"#), Some("email".into()));
        assert_eq!(kind(r#"{"type":7}"#), None);
        assert_eq!(kind("7"), None);
    }
}
