//! One line of an archive as slices of itself: nothing is decoded that nobody looks at.

use std::borrow::Cow;

use crate::json::{Malformed, Room, Scanner};

/// Members that there is room for at first.
const USUAL: usize = 16;

/// The members of an object, in order, each value as it is written.
pub(super) type LineMembers<'a> = Vec<(Cow<'a, str>, &'a str)>;

/// A profile, as far as it is looked at.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// The profile's id.
    pub(super) segment_id: Cow<'a, str>,
    /// The external ids, in order; what is no external id is passed over.
    pub(super) external_ids: Vec<ExternalId<'a>>,
    /// The members of `traits`.
    pub(super) traits: LineMembers<'a>,
}

/// One external id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ExternalId<'a> {
    /// Its type.
    pub(super) kind: Cow<'a, str>,
    /// Its value.
    pub(super) value: Cow<'a, str>,
}

impl<'a> Line<'a> {
    /// Reads a line, in room that is used again for the next; `None` where it is no profile.
    pub(super) fn parse(line: &'a [u8], room: &mut Room) -> Option<Self> {
        let mut scanner = Scanner::marking(simdutf8::basic::from_utf8(line).ok()?, std::mem::take(room));
        let mut line = Self::default();
        let read = scanner.object(|scanner, key| {
            match (&*key, scanner.peek()) {
                ("segment_id", Some(b'"')) => line.segment_id = text(scanner.value()?),
                ("external_ids", Some(b'[')) => line.external_ids = listed(scanner)?,
                ("external_ids", Some(b'{')) => {
                    let ids = object(scanner)?.into_iter();
                    line.external_ids = ids.map(|(kind, value)| ExternalId { kind, value: text(value) }).collect();
                }
                ("traits", Some(b'{')) => line.traits = object(scanner)?,
                _ => drop(scanner.value()?),
            }
            Ok(())
        });
        let read = read.and_then(|()| scanner.end());
        *room = scanner.into_room();
        read.ok()?;
        (!line.segment_id.trim().is_empty()).then_some(line)
    }
}

/// The members of the object that a text is; none of anything else.
pub(super) fn members(object_text: &str) -> LineMembers<'_> {
    object(&mut Scanner::new(object_text)).unwrap_or_default()
}

fn object<'a>(scanner: &mut Scanner<'a>) -> Result<LineMembers<'a>, Malformed> {
    let mut members = LineMembers::with_capacity(USUAL);
    scanner.object(|scanner, key| {
        members.push((key, scanner.value()?));
        Ok(())
    })?;
    Ok(members)
}

/// External ids as the API lists them.
fn listed<'a>(scanner: &mut Scanner<'a>) -> Result<Vec<ExternalId<'a>>, Malformed> {
    let mut ids = Vec::new();
    scanner.array(|scanner| {
        if scanner.peek() != Some(b'{') {
            return scanner.value().map(drop);
        }
        let (mut kind, mut id) = (None, None);
        scanner.object(|scanner, key| {
            let value = scanner.value()?;
            match &*key {
                "type" if value.starts_with('"') => kind = Some(text(value)),
                "id" => id = Some(text(value)),
                _ => {}
            }
            Ok(())
        })?;
        ids.extend(kind.zip(id).map(|(kind, value)| ExternalId { kind, value }));
        Ok(())
    })?;
    Ok(ids)
}

/// A text without its quotes and escapes, anything else as it is written.
fn text(value: &str) -> Cow<'_, str> {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => inner.into(),
        _ => serde_json::from_str::<String>(value).map_or(value.into(), Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_external_ids_are_read() {
        let list =
            br#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id","x":1},7,{"id":5,"type":"email"}]}"#;
        let object = br#"{"segment_id":"use_1","external_ids":{"user_id":"a","email":5},"traits":null}"#;
        for line in [&list[..], &object[..]] {
            let line = Line::parse(line, &mut Room::default()).unwrap();
            let ids: Vec<_> = line.external_ids.into_iter().map(|id| format!("{}={}", id.kind, id.value)).collect();
            assert_eq!(ids, ["user_id=a", "email=5"]);
        }
    }

    #[test]
    fn what_is_no_profile_is_none() {
        for line in ["", "{", "[]", "{}", r#"{"segment_id":7}"#, r#"{"segment_id":" "}"#, "{\"segment_id\":\"\u{7}\"}"]
        {
            assert!(Line::parse(line.as_bytes(), &mut Room::default()).is_none(), "{line}");
        }
    }
}
