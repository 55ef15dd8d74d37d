//! Finds the lines of an archive that one person left: bytes are searched before anything is parsed.

use memchr::{memchr_iter, memmem::Finder};
use serde::Serialize;
use serde_json::Value;

use crate::{
    archive::{
        block::Block,
        feed::{self, Reading},
        reader::LineSource,
        trait_texts::TextsAre,
    },
    failure::Failure,
    json::tree,
    mapping::{Mapper, Workspace},
    progress::Phase,
};

/// What is searched for: a `segment_id`, a `source_id`, another external id, or an email.
#[derive(Debug)]
pub struct SearchedFor<'a> {
    /// What was typed, without blanks around it.
    text: &'a str,
    /// The longest piece of it that JSON writes as it is.
    piece: &'a str,
    finder: Finder<'a>,
}

/// One profile that has what was searched for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// File of the archive.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: u64,
    /// Segment's id of the profile.
    pub segment_id: String,
    /// Where what was searched for stands in it.
    pub matched: Matched,
    /// The whole line as JSON.
    pub profile: Value,
}

/// Where in a profile something was found; the best match first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// It is the profile's own id.
    SegmentId,
    /// It becomes the customer's identity.
    SourceId,
    /// It is the email trait; capitals do not matter.
    Email,
    /// It is another external id.
    ExternalId,
}

impl<'a> SearchedFor<'a> {
    /// Prepares a search for what was typed.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let text = text.trim();
        // Anything else might be written as an escape.
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:@ ".contains(letter);
        let pieces = || text.split(|letter| !plain(letter));
        let with_at = pieces().find(|piece| piece.contains('@'));
        let piece = with_at.or_else(|| pieces().max_by_key(|piece| piece.len())).unwrap_or_default();
        Self { text, piece, finder: Finder::new(piece) }
    }

    /// What was typed, without blanks around it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text
    }

    /// Whether a text is what is wanted; in emails capitals do not matter.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if self.text.contains('@') { text.trim().eq_ignore_ascii_case(self.text) } else { text.trim() == self.text }
    }

    /// Whether `bytes` may hold it.
    #[must_use]
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        self.next_in(bytes).is_some()
    }

    /// Where in `bytes` it may stand first.
    pub(super) fn next_in(&self, bytes: &[u8]) -> Option<usize> {
        // Emails are spelt in capitals and small letters alike, and `@` is rare enough to stop at each.
        let Some(before) = self.piece.find('@') else { return self.finder.find(bytes) };
        let starts = memchr_iter(b'@', bytes).filter_map(|at| at.checked_sub(before));
        let same = |start: &usize| {
            let window = bytes.get(*start..*start + self.piece.len());
            window.is_some_and(|window| window.eq_ignore_ascii_case(self.piece.as_bytes()))
        };
        starts.into_iter().find(same)
    }

    fn matched_in(&self, profile: &Value, line: &[u8], mapper: &Mapper) -> Option<Matched> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if profile.get("segment_id").is_some_and(|id| self.is(&text(id))) {
            return Some(Matched::SegmentId);
        }
        let result = mapper.map(line, |_| &[], &mut Workspace::default(), &mut Vec::new(), &mut Vec::new());
        if result.source_id.is_some_and(|source_id| self.is(&source_id)) {
            return Some(Matched::SourceId);
        }
        if profile.pointer("/traits/email").is_some_and(|email| self.is(&text(email))) {
            return Some(Matched::Email);
        }
        let ids: Vec<&Value> = match profile.get("external_ids") {
            Some(Value::Array(items)) => items.iter().filter_map(|item| item.get("id")).collect(),
            Some(Value::Object(members)) => members.values().collect(),
            _ => Vec::new(),
        };
        ids.into_iter().any(|id| self.is(&text(id))).then_some(Matched::ExternalId)
    }

    fn in_block(&self, block: &Block, file: &str, mapper: &Mapper) -> Vec<Found> {
        let mut found = Vec::new();
        let (mut begin, mut number) = (0, block.first_line);
        // What JSON writes otherwise leaves no piece to look for, and is found everywhere, at the end, too.
        while begin < block.bytes.len()
            && let Some(at) = self.next_in(&block.bytes[begin..]).map(|at| begin + at)
        {
            let start = memchr::memrchr(b'\n', &block.bytes[..at]).map_or(0, |line_break| line_break + 1);
            let end = memchr::memchr(b'\n', &block.bytes[at..]).map_or(block.bytes.len(), |length| at + length);
            number += memchr_iter(b'\n', &block.bytes[begin..start]).count() as u64;
            let line = &block.bytes[start..end];
            // Whatever the mapping reads is found, depth and half characters included.
            if let Some(Value::Object(profile)) = std::str::from_utf8(line).ok().and_then(|line| tree(line).ok())
                && let profile = Value::Object(profile)
                && let Some(matched) = self.matched_in(&profile, line, mapper)
            {
                let segment_id = profile.get("segment_id").and_then(Value::as_str).unwrap_or_default().to_owned();
                found.push(Found { file: file.to_owned(), line: number, segment_id, matched, profile });
            }
            (begin, number) = ((end + 1).min(block.bytes.len()), number + 1);
        }
        found
    }
}

/// Every profile of `sources`, whose texts are what they were for the mapping, that has what is wanted, the best matches first, else in input order; `phase` counts
/// files.
///
/// # Errors
/// An input that cannot be read.
pub fn search(
    sources: &[LineSource],
    wanted: &SearchedFor<'_>,
    (mapper, texts): (&Mapper, TextsAre),
    phase: &Phase,
) -> Result<Vec<Found>, Failure> {
    let names: Vec<String> = sources.iter().map(LineSource::name).collect();
    let look = |source: usize, block: &Block| (source, wanted.in_block(block, &names[source], mapper));
    let reading = Reading { values: Some(texts), ..Reading::default() };
    let (mut found, mut done) = (Vec::new(), 0);
    feed::in_order(sources, reading, look, |(source, seen)| {
        phase.add((source - done) as u64);
        done = source;
        found.extend(seen);
        Ok(())
    })?;
    phase.add((sources.len() - done) as u64);
    found.sort_by_key(|found| found.matched);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{Definition, MappingOptions, Preset};

    const LINES: &str = concat!(
        r#"{"segment_id":"use_1","external_ids":[{"id":"a/1","type":"user_id"}],"traits":{"email":"Ada+x@Example.com"}}"#,
        "\nuse_1 is no profile\n\n",
        r#"{"segment_id":"use_12","external_ids":{"user_id":"u-2","phone":"use_1"},"traits":{"note":"ada"}}"#,
        "\n",
    );

    #[test]
    fn a_person_is_found_by_each_id_and_by_email_but_not_by_a_part_of_one() {
        let mapper = Mapper::new(&Definition::preset(Preset::InitialSync).unwrap(), MappingOptions::default()).unwrap();
        let block = Block { bytes: LINES.into(), first_line: 5, overlong: None, passed_over: 0 };
        let find = |text| {
            let found = SearchedFor::new(text).in_block(&block, "f", &mapper);
            found.into_iter().map(|found| (found.line, found.matched)).collect::<Vec<_>>()
        };
        assert_eq!(find("use_1"), [(5, Matched::SegmentId), (8, Matched::ExternalId)]);
        assert_eq!(find(" use_12"), [(8, Matched::SegmentId)]);
        assert_eq!(find("a/1"), [(5, Matched::SourceId)]);
        assert_eq!(find("ada+X@example.COM"), [(5, Matched::Email)]);
        assert_eq!(find("ada"), []);
        assert_eq!(find("日本"), []);
        let line = r#"{"segment_id":"use_7","external_ids":[{"id":"\u65e5本","type":"user_id"}]}"#;
        let block = Block { bytes: line.into(), first_line: 1, overlong: None, passed_over: 0 };
        let found = SearchedFor::new("日本").in_block(&block, "f", &mapper);
        assert_eq!(found.iter().map(|found| found.matched).collect::<Vec<_>>(), [Matched::SourceId]);
    }
}
