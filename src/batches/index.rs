//! `batches/ids.index`: by which texts somebody in a part of an archive is known, so that whoever looks for one person reads
//! the few parts that may hold them, not all.
//!
//! Behind a first line stands for each part a line with the SHA-256 of its file and a length in bytes, then a filter of that
//! length. Of each text (trimmed, at most its first 64 bytes, each with its bit 0x20 set, so that capitals do not matter) a hash
//! of 64 bits sets two bits of the filter: each half of it, as a fraction of 2^32, is a place in it. There are eight
//! bits a text, and 64 bytes at least, so that one part in twenty is read without need. A filter without bits is one of a part that may hold anybody.
//! A part may come several times, where partitions took a share of it each.

use std::{
    collections::{HashMap, HashSet},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{
    digest::{self, Hashed},
    json::{self, Text},
    manifest::names,
    publish::{Staging, Unpublished},
};

/// Its name in a folder of batches.
pub const FILE: &str = "ids.index";

/// How the file begins.
const FIRST_LINE: &[u8] = b"ids 1\n";
/// Bytes of a text that count.
const LONGEST: usize = 64;
/// The bits by which capitals differ from small letters.
const CASE: u64 = 0x2020_2020_2020_2020;
/// What words are multiplied by: the golden ratio, and the square root of two, as fractions of 2^64, odd.
const FACTORS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0x6a09_e667_f3bc_c909];
/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// Bytes of a filter at least, and at most: a block of lines has 16 MiB.
const SMALLEST: usize = 64;
const LARGEST: usize = 16 << 20;
/// Entries that are read at most; an archive has a part for each 1,000 profiles.
const MOST_ENTRIES: usize = 1 << 20;
/// JSON that is no text and longer than this may be written in another way where it is looked for.
const LONGEST_OTHER: usize = 64;

/// The index of a folder, as its manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// File name in the folder.
    #[serde(deserialize_with = "names::file_name")]
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    #[serde(deserialize_with = "names::sha256")]
    pub sha256: String,
}

/// The texts by which those in some lines are known.
#[derive(Debug, Default)]
pub struct Keys {
    hashes: Vec<u64>,
    anybody: bool,
}

/// Tells which texts are certainly not among some keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(Vec<u8>);

/// An index on its way to the disk.
#[derive(Debug)]
pub struct IndexWriter {
    file: BufWriter<Hashed<Unpublished>>,
    any: bool,
}

impl Keys {
    /// Adds a text by which somebody is known.
    pub fn add(&mut self, text: &str) {
        self.hashes.push(hash(text));
    }

    /// Adds a JSON value: the text that it is, or as which it is looked for.
    pub fn add_json(&mut self, json: &str) {
        if let Some(hash) = hash_of_plain(json) {
            self.hashes.push(hash);
        } else if json.starts_with('"') {
            if let Some(text) = Text::of(json) {
                self.add(&text.text);
            }
        } else if json.len() > LONGEST_OTHER {
            self.add_anybody();
        } else if let Ok(value) = json::tree(json) {
            self.add(&value.to_string());
        }
    }

    /// Says that not everything is known by which somebody may be looked for.
    pub fn add_anybody(&mut self) {
        self.anybody = true;
    }

    /// The filter of all that was added.
    #[must_use]
    pub fn filter(&self) -> Filter {
        if self.anybody || self.hashes.len() > LARGEST {
            return Filter(Vec::new());
        }
        let mut bits = vec![0; self.hashes.len().max(SMALLEST)];
        for hash in &self.hashes {
            for place in places(*hash, bits.len()) {
                bits[place / 8] |= 1 << (place % 8);
            }
        }
        Filter(bits)
    }
}

impl Filter {
    fn may_hold(&self, hash: u64) -> bool {
        let set = |place: usize| self.0[place / 8] & 1 << (place % 8) != 0;
        self.0.is_empty() || places(hash, self.0.len()).into_iter().all(set)
    }
}

fn hash(text: &str) -> u64 {
    let text = text.trim().as_bytes();
    hash_of(&text[..text.len().min(LONGEST)]).0
}

/// The hash of what is between quotes, where it is short and has no escape and no blanks around it: that of nearly all ids.
#[inline]
fn hash_of_plain(json: &str) -> Option<u64> {
    let [b'"', text @ .., b'"'] = json.as_bytes() else { return None };
    let [first, .., last] = text else { return None };
    // Other characters may be blanks, too.
    let is_visible = |byte: &u8| (b'!'..=b'~').contains(byte);
    if text.len() > LONGEST || !is_visible(first) || !is_visible(last) {
        return None;
    }
    let (hash, escapes) = hash_of(text);
    (!escapes).then_some(hash)
}

/// The hash of some bytes, and whether a backslash may be among them. For the words of eight bytes, little endian, of which the
/// last one ends where the text ends, or is padded with zeros where the text is shorter: made equal in case, mixed with what came
/// before by exclusive or, and the halves of the product with a factor taken together in the same way.
///
/// Ids are short, and there are several for each profile: a crate's hash of any length, and a copy in one case for it, took 3 %
/// of a transform.
#[inline]
fn hash_of(bytes: &[u8]) -> (u64, bool) {
    #[expect(clippy::cast_possible_truncation, reason = "half of the product is taken at a time")]
    let mix = |state: u64, factor: u64| {
        let product = u128::from(state) * u128::from(factor);
        product as u64 ^ (product >> 64) as u64
    };
    let (mut state, mut escapes) = (bytes.len() as u64, false);
    let mut take = |word: [u8; 8]| {
        let word = u64::from_le_bytes(word);
        let other = word ^ (ONES * u64::from(b'\\'));
        escapes |= other.wrapping_sub(ONES) & !other & (ONES << 7) != 0;
        state = mix(state ^ (word | CASE), FACTORS[0]);
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        take(*word);
    }
    if let (false, Some(last)) = (rest.is_empty(), bytes.last_chunk::<8>()) {
        take(*last);
    } else if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        take(last);
    }
    (mix(state, FACTORS[1]), escapes)
}

/// Two places in a filter of so many bytes.
fn places(hash: u64, bytes: usize) -> [usize; 2] {
    let bits = 8 * bytes as u64;
    // A fraction of the bits is below their number, which is one of memory.
    [hash & u64::from(u32::MAX), hash >> 32].map(|half| usize::try_from((half * bits) >> 32).unwrap_or_default())
}

impl IndexWriter {
    /// Begins an index.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 16, Hashed::new(Unpublished::create(path)?));
        file.write_all(FIRST_LINE)?;
        Ok(Self { file, any: false })
    }

    /// Adds a filter of lines of a part, which the SHA-256 of its file names.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn add(&mut self, part_sha256: &str, filter: &Filter) -> io::Result<()> {
        self.any = true;
        writeln!(self.file, "{part_sha256} {}", filter.0.len())?;
        self.file.write_all(&filter.0)
    }

    /// Lets it wait with other files of its folder, unless there is nothing in it.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn stage(self, staging: &Staging) -> io::Result<Option<Listed>> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if !self.any {
            return Ok(None);
        }
        let (file, _, sha256) = file.finish();
        staging.place(file)?;
        Ok(Some(Listed { file: FILE.into(), sha256 }))
    }
}

/// One index of several; none where one of them is gone or was damaged.
///
/// # Errors
/// A disk that fails, or an index that is there and cannot be read.
pub fn merge<'a>(
    folders: impl IntoIterator<Item = (&'a Path, Option<&'a Listed>)>,
    path: &Path,
    staging: &Staging,
) -> io::Result<Option<Listed>> {
    let mut merged = IndexWriter::create(path)?;
    for (folder, listed) in folders {
        let Some(listed) = listed else { return Ok(None) };
        let mut written = Ok(());
        let read = each(folder, listed, |part_sha256, filter| {
            if written.is_ok() {
                written = merged.add(part_sha256, filter);
            }
        });
        written?;
        match read {
            Ok(()) => {}
            // Without it an id takes longer to find, and nothing is lost.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    merged.stage(staging)
}

/// Which parts certainly hold nobody who is known by a text, told by the SHA-256 of their files.
///
/// # Errors
/// An index that is not there, is another than is listed, or makes no sense.
pub fn parts_without(folder: &Path, listed: &Listed, text: &str) -> io::Result<HashSet<String>> {
    let (wanted, mut parts) = (hash(text), HashMap::new());
    each(folder, listed, |part_sha256, filter| {
        let may_hold = filter.may_hold(wanted);
        parts.entry(part_sha256.to_owned()).and_modify(|before| *before |= may_hold).or_insert(may_hold);
    })?;
    Ok(parts.into_iter().filter(|(_, may_hold)| !may_hold).map(|(part, _)| part).collect())
}

/// Reads all entries. What was read counts only where this ends without an error.
fn each(folder: &Path, listed: &Listed, mut entry: impl FnMut(&str, &Filter)) -> io::Result<()> {
    let file = Hashed::new(names::open(&folder.join(&listed.file))?);
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    (&mut file).take(FIRST_LINE.len() as u64).read_to_end(&mut line)?;
    if line != FIRST_LINE {
        return Err(wrong());
    }
    let mut filter = Filter(Vec::new());
    for _ in 0..MOST_ENTRIES {
        line.clear();
        if (&mut file).take(80).read_until(b'\n', &mut line)? == 0 {
            let is_listed = file.into_inner().finish().2 == listed.sha256;
            return if is_listed { Ok(()) } else { Err(wrong()) };
        }
        let (part, length) = heading(&line).ok_or_else(wrong)?;
        filter.0.clear();
        if (&mut file).take(length as u64).read_to_end(&mut filter.0)? != length {
            return Err(wrong());
        }
        entry(part, &filter);
    }
    Err(wrong())
}

/// The hash and the length in the line before a filter.
fn heading(line: &[u8]) -> Option<(&str, usize)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (part, length) = line.split_once(' ')?;
    let length = length.parse().ok().filter(|length| *length <= LARGEST)?;
    digest::is_sha256(part).then_some((part, length))
}

fn wrong() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not the index that the manifest lists")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> Keys {
        let mut keys = Keys::default();
        for text in texts {
            keys.add(text);
        }
        keys
    }

    #[test]
    fn whoever_was_added_is_found_in_every_spelling_and_few_others_are() {
        let ids: Vec<String> = (0..5_000).map(|number| format!("user-{number}@Example.com")).collect();
        let filter = keys(&ids.iter().map(String::as_str).collect::<Vec<_>>()).filter();
        assert_eq!(filter.0.len(), 5_000);
        for id in &ids {
            for spelt in [id.clone(), format!("\u{a0}{id}\t"), id.to_uppercase()] {
                assert!(filter.may_hold(hash(&spelt)), "{spelt:?}");
            }
        }
        let others = (5_000..105_000).filter(|number| filter.may_hold(hash(&format!("user-{number}@example.com"))));
        let share = others.count();
        assert!((3_000..7_000).contains(&share), "{share} of 100,000");
    }

    #[test]
    fn values_are_added_as_they_are_looked_for() {
        for (json, wanted) in [
            (r#""a\u002fB""#, "A/b"),
            (r#"" x ""#, "x"),
            ("\"\\ud83d\"", "\u{fffd}"),
            ("17", "17"),
            ("2e400", "2e+400"),
            ("1.10", "1.10"),
            (r#"["a", 1]"#, r#"["a",1]"#),
            ("null", "null"),
        ] {
            let mut keys = keys(&["other"]);
            keys.add_json(json);
            assert!(keys.filter().may_hold(hash(wanted)), "{json}");
        }
        let mut keys = keys(&[]);
        assert!(!keys.filter().may_hold(hash("x")));
        keys.add_json(&format!("[{}]", "1,".repeat(40) + "1"));
        assert!(keys.filter().may_hold(hash("anybody")));
    }

    #[test]
    fn an_index_comes_back_as_it_was_written_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let parts = ["a", "b", "c"].map(|part| digest::sha256(part.as_bytes()));
        let mut writer = IndexWriter::create(&path).unwrap();
        for (part, texts) in [(&parts[0], ["one"]), (&parts[1], ["two"]), (&parts[0], ["three"])] {
            writer.add(part, &keys(&texts).filter()).unwrap();
        }
        let mut anybody = Keys::default();
        anybody.add_anybody();
        writer.add(&parts[2], &anybody.filter()).unwrap();
        let staging = Staging::start().unwrap();
        let listed = writer.stage(&staging).unwrap().unwrap();
        let without = |listed: &Listed, text: &str| {
            let without = parts_without(folder.path(), listed, text)?;
            io::Result::Ok(parts.iter().filter(|part| without.contains(*part)).cloned().collect::<Vec<_>>())
        };
        assert_eq!(without(&listed, "one").unwrap(), [parts[1].clone()]);
        assert_eq!(without(&listed, " THREE").unwrap(), [parts[1].clone()]);
        assert_eq!(without(&listed, "two").unwrap(), [parts[0].clone()]);
        assert_eq!(without(&listed, "four").unwrap(), parts[..2]);

        // Two folders are one index, and what is missing in one is missing in all.
        let merged = tempfile::tempdir().unwrap();
        let there = (folder.path(), Some(&listed));
        let both = merge([there, there], &merged.path().join(FILE), &staging).unwrap().unwrap();
        assert_eq!(parts_without(merged.path(), &both, "two").unwrap(), HashSet::from([parts[0].clone()]));
        assert_eq!(merge([there, (folder.path(), None)], &merged.path().join(FILE), &staging).unwrap(), None);

        let bytes = std::fs::read(&path).unwrap();
        let other = Listed { sha256: parts[0].clone(), ..listed.clone() };
        assert!(without(&other, "one").is_err());
        for cut in [0, 3, FIRST_LINE.len(), FIRST_LINE.len() + 10, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(without(&listed, "one").is_err(), "{cut}");
            assert_eq!(merge([there], &merged.path().join(FILE), &staging).unwrap(), None);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(merge([there], &merged.path().join(FILE), &staging).unwrap(), None);
        std::fs::create_dir(&path).unwrap();
        assert!(merge([there], &merged.path().join(FILE), &staging).is_err());
        std::fs::remove_dir(&path).unwrap();
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&path, changed).unwrap();
        assert!(without(&listed, "one").is_err());
    }
}
