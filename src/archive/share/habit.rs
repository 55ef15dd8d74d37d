//! How the external ids of lines are written: nearly always as in the object before. What is expected is compared with what
//! is there, byte by byte, so a habit makes a glance faster and never another one.

use wide::u8x16;

use super::{behind, end_of, plain_text};

/// Most bytes between two values; where there are more, there is no habit.
const MOST: usize = 32;
/// Bytes that are compared in one step.
const STEP: usize = 16;

/// The members of an object of the external ids that was read last.
#[derive(Debug, Default)]
pub(super) struct Habit(Vec<Member>);

#[derive(Debug)]
struct Member {
    /// What stands before its value, from the end of the value before it on: `","id":"`.
    text: [[u8; STEP]; MOST / STEP],
    length: usize,
    /// A bit for each byte of that.
    bits: u64,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Type,
    Id,
    Another,
}

/// An object of external ids whose members are all texts without escapes: its type, its id, and what follows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) kind: &'a [u8],
    pub(super) id: &'a [u8],
    pub(super) rest: &'a [u8],
}

impl Habit {
    /// What a text begins with; `None` where that is no such object.
    pub(super) fn object<'a>(&mut self, text: &'a [u8]) -> Option<Named<'a>> {
        self.usual(text).or_else(|| self.learn(text))
    }

    /// The same, if it is written as the object before.
    fn usual<'a>(&self, text: &'a [u8]) -> Option<Named<'a>> {
        let (mut kind, mut id, mut rest) = (None, None, text);
        for member in &self.0 {
            rest = member.behind(rest)?;
            let (value, behind) = rest.split_at(end_of(rest)?);
            match member.what {
                What::Type => kind = Some(value),
                What::Id => id = Some(value),
                What::Another => {}
            }
            // The next text begins with a quote, and so does the end: a backslash is neither.
            rest = behind;
        }
        Some(Named { kind: kind?, id: id?, rest: rest.strip_prefix(b"\"}")? })
    }

    /// The same, however it is written, which is expected of the next ones from now on.
    pub(super) fn learn<'a>(&mut self, text: &'a [u8]) -> Option<Named<'a>> {
        self.0.clear();
        let (mut kind, mut id) = (None, None);
        let (mut begin, mut ids) = (text, text.strip_prefix(b"{")?);
        let mut is_usual = true;
        loop {
            let (name, rest) = plain_text(ids)?;
            let (value, rest) = plain_text(behind(rest, b':')?)?;
            let what = match name {
                b"type" => What::Type,
                b"id" => What::Id,
                _ => What::Another,
            };
            match what {
                What::Type => kind = Some(value),
                What::Id => id = Some(value),
                What::Another => {}
            }
            // Of what stands before the value all but the value and its quote.
            let member = Member::new(&begin[..begin.len() - rest.len() - value.len() - 1], what);
            is_usual = is_usual && member.is_some();
            self.0.extend(member);
            begin = &begin[begin.len() - rest.len() - 1..];
            if let Some(rest) = behind(rest, b',') {
                ids = rest;
            } else {
                ids = rest.strip_prefix(b"}")?;
                break;
            }
        }
        if !is_usual {
            self.0.clear();
        }
        Some(Named { kind: kind?, id: id?, rest: ids })
    }
}

impl Member {
    fn new(text: &[u8], what: What) -> Option<Self> {
        let mut room = [0; MOST];
        room.get_mut(..text.len())?.copy_from_slice(text);
        let (steps, _) = room.as_chunks::<STEP>();
        let bits = (1_u64 << text.len()) - 1;
        Some(Self { text: [steps[0], steps[1]], length: text.len(), bits, what })
    }

    /// What follows it, if a text begins with it.
    #[inline]
    fn behind<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (steps, _) = text.first_chunk::<MOST>()?.as_chunks::<STEP>();
        let equal = |at: usize| u64::from(u8x16::new(steps[at]).simd_eq(u8x16::new(self.text[at])).to_bitmask());
        let bits = equal(0) | equal(1) << STEP;
        (bits & self.bits == self.bits).then(|| &text[self.length..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// Objects as they are written, and what is nearly one.
    fn objects() -> impl Strategy<Value = String> {
        const NAMES: &[&str] =
            &["type", "id", "source_id", "", "a name of more than thirty bytes, much more", "i\\u0064", "{"];
        const VALUES: &[&str] =
            &["user_id", "u1", "", "é", " a value of more than sixteen bytes ", "},{", "a\\\"b", "]"];
        let separators = (select(&[":", ": ", ":  ", ""][..]), select(&[",", ",", ", ", ";", "\","][..]));
        let members = vec((select(NAMES), select(VALUES)), 0..5);
        let end = select(&["}", "}", "} ", "\"}", "", "}]", "},{"][..]);
        (members, separators, end, any::<bool>()).prop_map(|(members, (colon, comma), end, is_filled)| {
            let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\"{colon}\"{value}\"")).collect();
            let filling = if is_filled { " ".repeat(40) } else { String::new() };
            format!("{{{}{end}{filling}", members.join(comma))
        })
    }

    proptest! {
        #[test]
        fn a_habit_changes_nothing(objects in vec(objects(), 1..6), order in vec(0_usize..6, 1..20), cut in 0_usize..60) {
            let mut habit = Habit::default();
            for number in order {
                let object = objects[number % objects.len()].as_bytes();
                for text in [object, &object[..cut.min(object.len())]] {
                    prop_assert_eq!(habit.object(text), Habit::default().learn(text), "{:?}", std::str::from_utf8(text));
                }
            }
        }
    }

    #[test]
    fn an_object_is_read_by_habit_only_where_it_is_written_as_the_one_before() {
        let filling = " ".repeat(MOST);
        let text = |id: &str| format!(r#"{{"source_id":"s","id":"{id}","type":"user_id"}},{filling}"#);
        let (first, second) = (text("u1"), text("an id of more than sixteen bytes"));
        let mut habit = Habit::default();
        assert_eq!(habit.usual(first.as_bytes()), None);
        assert_eq!(habit.object(first.as_bytes()).unwrap().id, b"u1");
        let found = habit.usual(second.as_bytes()).unwrap();
        assert_eq!((found.kind, found.id), (&b"user_id"[..], &b"an id of more than sixteen bytes"[..]));
        assert_eq!(found.rest, format!(",{filling}").as_bytes());
        for other in [
            r#"{"source_id":"s","id":"u\1","type":"user_id"},"#,
            r#"{"source_id":"s","id":"u1","type":"user_id","type":"email"},"#,
            r#"{"source_id":"s","id":"u1"},"#,
            r#"{"source_id":"s", "id":"u1","type":"user_id"},"#,
            r#"{"source_id":"s","ID":"u1","type":"user_id"},"#,
        ] {
            assert_eq!(habit.usual(format!("{other}{filling}").as_bytes()), None, "{other}");
        }
    }
}
