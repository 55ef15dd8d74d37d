//! A share of the profiles, so that many machines can divide them: whoever claims one `source_id` lies in one partition,
//! and duplicates are found without a table of all.
//!
//! Each machine passes over the lines of all others, so a glance at the ids decides before anything else is done to a line.

mod habit;

use std::{borrow::Cow, fmt, str::FromStr};

use md5::{Digest, Md5};
use memchr::memmem;
use serde_json::Value;
use wide::u8x16;

use self::habit::{Habit, Named};
use super::block::Block;
use crate::json::{Malformed, Scanner};

/// Bytes that are looked at in one step.
const STEP: usize = 16;

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

/// The share of the lines that one machine takes.
#[derive(Debug, Clone)]
pub struct Share {
    partition: Partition,
    /// External id type whose first value decides.
    identifier: String,
    /// How the end of every id's name is found.
    names: memmem::Finder<'static>,
}

impl Share {
    /// The profiles of this partition, by the first id of that type.
    #[must_use]
    pub fn of(partition: Partition, identifier: &str) -> Self {
        Self { partition, identifier: identifier.to_owned(), names: memmem::Finder::new(b"_id") }
    }

    /// The block with the lines of others blank, and counted. Where the ids of a line do not stand as nearly everybody writes
    /// them, they decide as an archive spells them, which is what `spelt` gives.
    pub(super) fn taken(&self, mut block: Block, spelt: impl Fn(&[u8]) -> Cow<'_, [u8]>) -> Block {
        let bytes = &mut block.bytes;
        let (mut begin, mut end, mut habit) = (0, 0, Habit::default());
        while begin < bytes.len() {
            let line = begin..memchr::memchr(b'\n', &bytes[begin..]).map_or(bytes.len(), |length| begin + length);
            let behind = (line.end + 1).min(bytes.len());
            let text = &bytes[line.clone()];
            if !text.trim_ascii().is_empty() {
                let key = self.glance(text, &mut habit).map(|key| self.has(key.as_bytes()));
                if key.unwrap_or_else(|| self.takes(&spelt(text))) {
                    bytes.copy_within(line.clone(), end);
                    end += line.len();
                } else {
                    block.passed_over += 1;
                }
            }
            if behind > line.end {
                bytes[end] = b'\n';
                end += 1;
            }
            begin = behind;
        }
        bytes.truncate(end);
        block
    }

    /// Whether a profile in the spelling of an archive is in it.
    #[must_use]
    pub fn takes_profile(&self, profile: &Value) -> bool {
        self.takes(profile.to_string().as_bytes())
    }

    fn has(&self, key: &[u8]) -> bool {
        of(key, self.partition.count) == self.partition.index
    }

    /// Whether the profile of a line is in it. A line that is no profile is in the partition of its own hash.
    fn takes(&self, line: &[u8]) -> bool {
        let key = simdutf8::basic::from_utf8(line).ok().and_then(|text| self.key(text));
        key.map_or_else(|| self.has(line), |key| self.has(key.as_bytes()))
    }

    /// What decides at a closer look: the first identifier that is not blank, trimmed, else the `segment_id`; none where there
    /// is no profile.
    fn key<'a>(&self, text: &'a str) -> Option<Cow<'a, str>> {
        let (mut segment_id, mut id, mut scanner) = (None, None, Scanner::new(text));
        let (mut ids_came, mut enough) = (false, false);
        let read = scanner.object(|scanner, name| {
            let value = scanner.value()?;
            match &*name {
                "segment_id" => segment_id = text_of(value),
                "external_ids" => (id, ids_came) = (first_id(value, &self.identifier), true),
                _ => return Ok(()),
            }
            let behind = value.as_ptr() as usize - text.as_ptr() as usize + value.len();
            enough = ids_came && segment_id.is_some() && self.ends_as_usual(&text.as_bytes()[behind..]);
            if enough { Err(Malformed) } else { Ok(()) }
        });
        if !enough {
            read.ok()?;
            scanner.end().ok()?;
        }
        let segment_id = segment_id.filter(|id| !id.trim().is_empty())?;
        Some(id.unwrap_or(segment_id))
    }

    /// The key of a line that begins with `segment_id` and ids as nearly all do, and ends as an object without more of them;
    /// `None` where only a closer look tells. What lies between is left to the machine that takes the line.
    fn glance<'a>(&self, line: &'a [u8], habit: &mut Habit) -> Option<&'a str> {
        let (segment_id, rest) = plain_text(behind(line.strip_prefix(b"{\"segment_id\"")?, b':')?)?;
        let segment_id = std::str::from_utf8(segment_id).ok().filter(|id| !id.trim().is_empty())?;
        let ids = behind(rest, b',')?.strip_prefix(b"\"external_ids\"")?;
        let (id, rest) = self.first_plain_id(behind(ids, b':')?.strip_prefix(b"[")?, habit)?;
        self.ends_as_usual(rest).then_some(id.unwrap_or(segment_id))
    }

    /// Whether what follows ids says nothing more of them, and ends as an object does: then the traits, which are nearly all
    /// of a line, need not be walked over.
    fn ends_as_usual(&self, rest: &[u8]) -> bool {
        let is_named = |at: usize| {
            let (before, behind) = rest.split_at(at);
            before.ends_with(b"\"external") && behind.starts_with(b"_ids\"")
                || before.ends_with(b"\"segment") && behind.starts_with(b"_id\"")
        };
        rest.trim_ascii_end().ends_with(b"}") && !self.names.find_iter(rest).any(is_named)
    }

    /// The first id of the type that is not blank, trimmed, if there is one, and what follows it, or follows all ids. `None`
    /// where the ids are not objects of texts.
    fn first_plain_id<'a>(&self, mut ids: &'a [u8], habit: &mut Habit) -> Option<(Option<&'a str>, &'a [u8])> {
        if let Some(rest) = ids.strip_prefix(b"]") {
            return Some((None, rest));
        }
        loop {
            // Without an `id` another member may stand for it.
            let Named { kind, id, rest } = habit.object(ids)?;
            let id = std::str::from_utf8(id).ok()?.trim();
            if kind == self.identifier.as_bytes() && !id.is_empty() {
                return Some((Some(id), rest));
            }
            match behind(rest, b',') {
                Some(next) => ids = next,
                None => return rest.strip_prefix(b"]").map(|rest| (None, rest)),
            }
        }
    }
}

/// What follows a mark, and the blank that some write behind it.
fn behind(text: &[u8], mark: u8) -> Option<&[u8]> {
    let rest = text.strip_prefix(&[mark])?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// A text without escapes, and what follows it.
fn plain_text(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let (text, rest) = text.split_at(end_of(text)?);
    rest.strip_prefix(b"\"").map(|rest| (text, rest))
}

/// Where the next quote or backslash is. Texts of ids are short: a search that is made for long ones takes longer to begin than
/// this to end, and each line has dozens.
fn end_of(text: &[u8]) -> Option<usize> {
    let (quote, backslash) = (u8x16::splat(b'"'), u8x16::splat(b'\\'));
    let (steps, rest) = text.as_chunks::<STEP>();
    for (number, step) in steps.iter().enumerate() {
        let step = u8x16::new(*step);
        let marked = (step.simd_eq(quote) | step.simd_eq(backslash)).to_bitmask();
        if marked != 0 {
            return Some(number * STEP + marked.trailing_zeros() as usize);
        }
    }
    let behind = text.len() - rest.len();
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|at| behind + at)
}

/// The partition of a key: the first seven hexadecimal digits of its MD5, modulo the number of partitions.
fn of(key: &[u8], count: u32) -> u32 {
    let [a, b, c, d, ..] = Md5::digest(key).0;
    (u32::from_be_bytes([a, b, c, d]) >> 4) % count
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
mod tests;
