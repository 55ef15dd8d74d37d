//! External ids: which are there, and which of them are wanted.

use super::{
    course::{At, Unwanted},
    found::{ExternalId, Found, Meaning, note_again},
};
use crate::json::{Malformed, Scanner, Text, Written};

/// External ids as the API lists them, or an object by type; an item of another shape is none.
pub(super) fn external_ids<'a>(
    types: &[String],
    course: usize,
    scanner: &mut Scanner<'a>,
    found: &mut Found<'a>,
) -> Result<(), Malformed> {
    let position = |kind: &str| types.iter().position(|wanted| wanted == kind);
    // Nearly every type is written without escapes.
    let position_of = |written: Written<'_>| match written.plain_text() {
        Some(plain) => position(plain),
        None => position(&Text::of(written.json)?.text),
    };
    if scanner.peek() == Some(b'{') {
        return scanner.object(|scanner, kind| {
            scanner.key_was_mended();
            let id = scanner.written()?;
            found.ids.push(id.json);
            if let Some(kind) = position(&kind) {
                let before = found.external_ids.len();
                found.external_ids.retain(|known| known.kind != kind);
                if found.external_ids.len() < before {
                    found.comes_again(&types[kind]);
                }
                found.external_ids.push(ExternalId { kind, id, created_at: None });
            }
            Ok(())
        });
    }
    scanner.array(|scanner| {
        if scanner.peek() != Some(b'{') {
            return scanner.value().map(drop);
        }
        let (mut kind, mut id, mut created_at) = (None, None, None);
        let (mut at, mut unwanted) = (At::BEGIN, None::<Unwanted>);
        let course = &mut found.learnt.courses[course];
        scanner.members(|scanner| {
            let begin = scanner.place();
            let meaning = course.wanted_key(&mut at, scanner, member_of_external_id)?;
            // Nobody is told of the keys of ids.
            scanner.key_was_mended();
            let end = scanner.place();
            if let Some(unwanted) = &mut unwanted {
                unwanted.go_on(at, end);
            }
            if matches!(meaning, Meaning::Nothing) {
                unwanted.get_or_insert_with(|| Unwanted::begin(at, begin, end));
                return scanner.pass().map(drop);
            }
            if let Some(unwanted) = unwanted.take() {
                course.remember_unwanted(&unwanted, scanner);
            }
            let value = scanner.written()?;
            let again = match meaning {
                Meaning::Type => std::mem::replace(&mut kind, position_of(value)).map(|_| "type"),
                Meaning::Id => id.replace(value).map(|_| "id"),
                Meaning::CreatedAt => created_at.replace(value.json).map(|_| "created_at"),
                _ => None,
            };
            if let Some(key) = again {
                note_again(&mut found.repeated, key);
            }
            Ok(())
        })?;
        if let Some(unwanted) = unwanted {
            course.remember_unwanted(&unwanted, scanner);
        }
        found.ids.extend(id.map(|id| id.json));
        if let (Some(kind), Some(id)) = (kind, id) {
            found.external_ids.push(ExternalId { kind, id, created_at });
        }
        Ok(())
    })
}

fn member_of_external_id(key: &str) -> Meaning {
    match key {
        "type" => Meaning::Type,
        "id" => Meaning::Id,
        "created_at" => Meaning::CreatedAt,
        _ => Meaning::Nothing,
    }
}
