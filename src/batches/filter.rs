//! Which texts are certainly not among those by which some people are known, told by eight bits for each text; how they lie in
//! a file is told where that is [written](super::index).

use crate::json::{self, Text};

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
pub(super) const LARGEST: usize = 16 << 20;
/// JSON that is no text and longer than this may be written in another way where it is looked for.
const LONGEST_OTHER: usize = 64;

/// The texts by which those in some lines are known.
#[derive(Debug, Default)]
pub struct Keys {
    hashes: Vec<u64>,
    anybody: bool,
}

/// Tells which texts are certainly not among some keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(pub(super) Vec<u8>);

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

    /// Forgets all of them, and keeps the room.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.anybody = false;
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
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let set = |place: usize| self.0[place / 8] & 1 << (place % 8) != 0;
        self.0.is_empty() || places(hash, self.0.len()).into_iter().all(set)
    }
}

/// What stands for a text.
pub(super) fn hash(text: &str) -> u64 {
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

#[cfg(test)]
impl Keys {
    pub(super) fn of(texts: &[&str]) -> Self {
        let mut keys = Self::default();
        for text in texts {
            keys.add(text);
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_added_is_found_in_every_spelling_and_few_others_are() {
        let ids: Vec<String> = (0..5_000).map(|number| format!("user-{number}@Example.com")).collect();
        let filter = Keys::of(&ids.iter().map(String::as_str).collect::<Vec<_>>()).filter();
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
            let mut keys = Keys::of(&["other"]);
            keys.add_json(json);
            assert!(keys.filter().may_hold(hash(wanted)), "{json}");
        }
        let mut keys = Keys::of(&[]);
        assert!(!keys.filter().may_hold(hash("x")));
        keys.add_json(&format!("[{}]", "1,".repeat(40) + "1"));
        assert!(keys.filter().may_hold(hash("anybody")));
    }
}
