//! A share of the profiles, so that many machines can divide them: whoever claims one `source_id` lies in one partition,
//! and duplicates are found without a table of all.

use std::{borrow::Cow, fmt, str::FromStr};

use md5::{Digest, Md5};
use memchr::memmem;

use crate::json::{Malformed, Scanner};

/// Most partitions.
const MOST: u32 = 1 << 20;

/// One partition of so many, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// Which of them this is, from 0.
    pub index: u32,
    /// How many partitions there are, at least 1.
    pub count: u32,
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`I/N`, as in `0/8`: I counts from 0 and is below N, and N is {MOST} at most");
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        let (index, count): (u32, u32) = number(index).zip(number(count)).ok_or_else(wrong)?;
        if index < count && count <= MOST { Ok(Self { index, count }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

impl Partition {
    /// Whether the profile of a line is in it. A line that neither begins nor ends as a profile is in the partition of its own
    /// hash.
    #[must_use]
    pub fn takes(self, line: &[u8], identifier: &str) -> bool {
        let key = simdutf8::basic::from_utf8(line).ok().and_then(|text| key(text, identifier));
        let part = key.map_or_else(|| of(line, self.count), |key| of(key.as_bytes(), self.count));
        part == self.index
    }
}

/// The partition of a key: the first seven hexadecimal digits of its MD5, modulo the number of partitions.
fn of(key: &[u8], count: u32) -> u32 {
    let [a, b, c, d, ..] = Md5::digest(key).0;
    (u32::from_be_bytes([a, b, c, d]) >> 4) % count
}

/// What decides: the first identifier that is not blank, trimmed, else the `segment_id`; none where there is no profile.
fn key<'a>(text: &'a str, identifier: &str) -> Option<Cow<'a, str>> {
    let (mut segment_id, mut id, mut scanner) = (None, None, Scanner::new(text));
    let (mut ids_came, mut enough) = (false, false);
    let read = scanner.object(|scanner, name| {
        let value = scanner.value()?;
        match &*name {
            "segment_id" => segment_id = text_of(value),
            "external_ids" => (id, ids_came) = (first_id(value, identifier), true),
            _ => return Ok(()),
        }
        enough = ids_came && segment_id.is_some() && ends_as_usual(text, value);
        if enough { Err(Malformed) } else { Ok(()) }
    });
    if !enough {
        read.ok()?;
        scanner.end().ok()?;
    }
    let segment_id = segment_id.filter(|id| !id.trim().is_empty())?;
    Some(id.unwrap_or(segment_id))
}

/// Whether what follows a value of a line says nothing more of ids, and ends as an object does: then the traits, which are
/// nearly all of it, need not be walked over by each machine that passes over them.
fn ends_as_usual(line: &str, value: &str) -> bool {
    let begin = value.as_ptr() as usize - line.as_ptr() as usize + value.len();
    let rest = line.get(begin..).unwrap_or_default().trim_ascii_end().as_bytes();
    rest.ends_with(b"}")
        && ["\"external_ids\"", "\"segment_id\""].iter().all(|name| memmem::find(rest, name.as_bytes()).is_none())
}

fn first_id<'a>(value: &'a str, identifier: &str) -> Option<Cow<'a, str>> {
    let mut first = None;
    let mut scanner = Scanner::new(value);
    let take = |first: &mut Option<Cow<'a, str>>, id: &'a str| {
        if first.is_none() {
            *first = text_of(id).map(trimmed).filter(|id| !id.is_empty());
        }
    };
    // What is no list of ids has none.
    let _ = match value.as_bytes().first() {
        Some(b'{') => scanner.object(|scanner, kind| {
            let id = scanner.value()?;
            if kind == identifier {
                take(&mut first, id);
            }
            Ok(())
        }),
        _ => scanner.array(|scanner| {
            if scanner.peek() != Some(b'{') {
                return scanner.value().map(drop);
            }
            let (mut kind, mut id) = (None, None);
            scanner.object(|scanner, name| {
                let value = scanner.value()?;
                match &*name {
                    "type" => kind = text_of(value),
                    "id" => id = Some(value),
                    _ => {}
                }
                Ok(())
            })?;
            if kind.is_some_and(|kind| kind == identifier)
                && let Some(id) = id
            {
                take(&mut first, id);
            }
            Ok(())
        }),
    };
    first
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// The text of a string, or of a number as it is written.
fn text_of(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes().first() {
        Some(b'"') if !value.contains('\\') => value.get(1..value.len() - 1).map(Cow::Borrowed),
        Some(b'"') => serde_json::from_str(value).ok().map(Cow::Owned),
        Some(b'-' | b'0'..=b'9') => Some(Cow::Borrowed(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_share_of_the_whole_is_a_partition() {
        for text in ["0/1", "7/8", "0/1048576"] {
            assert_eq!(text.parse::<Partition>().unwrap().to_string(), text);
        }
        for text in
            ["", "1", "1/", "/1", "1/1", "8/8", "-1/8", "+0/8", "0/0", "0/1048577", "0/8/9", "a/b", "0/99999999999"]
        {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_partition_is_that_of_the_key_as_any_engine_finds_it() {
        // md5("u1") is e4774cdda0793f86…: 0xe4774cd = 239563981.
        assert_eq!(of(b"u1", 1_000), 981);
        let part =
            |line: &str| (0..8).find(|index| Partition { index: *index, count: 8 }.takes(line.as_bytes(), "user_id"));
        let same = part(r#"{"segment_id":"use_1","external_ids":[{"id":"u1","type":"user_id"}],"traits":{}}"#);
        assert_eq!(same, Some(239_563_981 % 8));
        for line in [
            r#"{"external_ids":[{"type":"email","id":"x"},{"type":"user_id","id":"  "},{"type":"user_id","id":" u1\t"}],"segment_id":"y"}"#,
            r#"{"segment_id":"use_2","external_ids":{"user_id":"u1","email":"x"},"traits":{}}"#,
            r#"{"segment_id":"use_2","external_ids":[{"id":"\u0075\u0031","type":"user_id"},{"id":"u2","type":"user_id"}]}"#,
        ] {
            assert_eq!(part(line), same, "{line}");
        }
        let alone = |key: &str| Some(of(key.as_bytes(), 8));
        for line in
            [r#"{"segment_id":"use_1"}"#, r#"{"segment_id":"use_1","external_ids":[{"type":"email","id":"x"}]}"#]
        {
            assert_eq!(part(line), alone("use_1"), "{line}");
        }
        for line in [
            "no json",
            r#"{"external_ids":{"user_id":"u1"}}"#,
            "7",
            r#"{"segment_id":"use_2","external_ids":{"user_id":"u1"},"traits":{"a":"#,
            r#"{"segment_id":" ","external_ids":{"user_id":"u1"},"traits":{}}"#,
        ] {
            assert_eq!(part(line), alone(line), "{line}");
        }
        // The last of several counts, as for the mapping.
        let last = r#"{"segment_id":"x","external_ids":{"user_id":"u2"},"traits":{},"external_ids":{"user_id":"u1"}}"#;
        assert_eq!(part(last), same);
        let named = r#"{"segment_id":"x","external_ids":{"user_id":"u1"},"traits":{"external_ids":{"user_id":"u2"}}}"#;
        assert_eq!(part(named), same);
    }
}
