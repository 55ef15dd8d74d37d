//! Who was there before, over the whole input, at about 33 bytes a profile.
//!
//! An id is known by a keyed hash of 90 bits: ten of them choose a shard, eighty lie in it, with the number of the profile.
//! Among a billion profiles, with two ids each, the chance that any two are taken for one is 2 · (10^9)² / 2 / 2^90, below
//! 10^-9, and since the key is another in each run nobody can choose ids for which it is greater. The slots of a shard are
//! in the order of their hashes, so that a shard grows by an eighth, by moving them once in their order: tables that double
//! hold three copies of everything while they grow.

use std::{
    hash::{BuildHasher, RandomState},
    mem,
};

use siphasher::sip128::SipHasher13;

/// Shards of a table.
const SHARDS: usize = 1 << 10;
/// The begin of a hash; of an empty slot zero.
type Begin = u64;
const EMPTY: Begin = 0;
/// Slots up to which a shard grows by half.
const SMALL: usize = 1 << 10;
/// Lines between two profiles up to which the numbers go on.
const GAP: u64 = 8;

/// Stands for an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    begin: Begin,
    rest: u16,
    shard: u16,
}

/// Makes fingerprints, with a key of its own.
#[derive(Debug)]
pub(super) struct Fingerprints(SipHasher13);

impl Default for Fingerprints {
    fn default() -> Self {
        let random = RandomState::new();
        Self(SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1)))
    }
}

impl Fingerprints {
    /// What stands for an id.
    pub(super) fn of(&self, id: &str) -> Fingerprint {
        let hash = self.0.hash(id.as_bytes());
        let [rest, shard, ..] = [0, 16].map(|bits| u16::try_from(hash.h2 >> bits & 0xffff).unwrap_or_default());
        // No slot with this hash is taken for an empty one.
        Fingerprint { begin: hash.h1.max(1), rest, shard }
    }
}

/// Everybody who came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    profiles: Table,
    source_ids: Table,
}

impl Seen {
    /// Looks at where a profile and its customer will be noted: memory is slow, and many can be looked at at once.
    pub(super) fn look_at(&self, profile: Fingerprint, source_id: Fingerprint) -> u64 {
        self.profiles.look_at(profile).wrapping_add(self.source_ids.look_at(source_id))
    }

    /// Notes a profile by its number; gives the number of the one that was the same.
    pub(super) fn profile(&mut self, profile: Fingerprint, number: u32) -> Option<u32> {
        self.profiles.note(profile, number)
    }

    /// Notes the customer of a profile; gives the number of the profile whose customer has its id already.
    pub(super) fn customer(&mut self, source_id: Fingerprint, number: u32) -> Option<u32> {
        self.source_ids.note(source_id, number)
    }
}

#[derive(Debug)]
struct Table(Vec<Shard>);

impl Default for Table {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }
}

impl Table {
    fn note(&mut self, fingerprint: Fingerprint, number: u32) -> Option<u32> {
        self.0[usize::from(fingerprint.shard) % SHARDS].note(fingerprint.begin, fingerprint.rest, number)
    }

    fn look_at(&self, fingerprint: Fingerprint) -> u64 {
        let shard = &self.0[usize::from(fingerprint.shard) % SHARDS];
        shard.begins.get(place(fingerprint.begin, shard.places)).copied().unwrap_or_default()
    }
}

/// Slots in the order of their hashes, each at the place that its hash gives it or as near behind it as can be.
#[derive(Debug, Default)]
struct Shard {
    begins: Vec<Begin>,
    ends: Vec<End>,
    /// How many places hashes may give; a few slots come behind them.
    places: usize,
    filled: usize,
}

/// The rest of a hash and the number of a profile, in six bytes.
#[derive(Debug, Clone, Copy, Default)]
struct End([u8; 6]);

impl End {
    fn new(rest: u16, number: u32) -> Self {
        let mut bytes = [0; 6];
        bytes[..2].copy_from_slice(&rest.to_le_bytes());
        bytes[2..].copy_from_slice(&number.to_le_bytes());
        Self(bytes)
    }

    fn parts(self) -> (u16, u32) {
        let [a, b, number @ ..] = self.0;
        (u16::from_le_bytes([a, b]), u32::from_le_bytes(number))
    }
}

impl Shard {
    fn note(&mut self, begin: Begin, rest: u16, number: u32) -> Option<u32> {
        if self.filled * 4 >= self.places * 3 {
            self.grow();
        }
        let mut at = place(begin, self.places);
        while let Some(other) = self.begins.get(at).filter(|other| **other != EMPTY && **other <= begin) {
            if *other == begin {
                let (same, first) = self.ends[at].parts();
                if same == rest {
                    return Some(first);
                }
            }
            at += 1;
        }
        self.insert(at, begin, End::new(rest, number));
        None
    }

    /// Puts one at its place, and those from there to the next empty slot one place on: most often few of them.
    fn insert(&mut self, mut at: usize, mut begin: Begin, mut end: End) {
        self.filled += 1;
        while let Some(slot) = self.begins.get_mut(at) {
            begin = mem::replace(slot, begin);
            end = mem::replace(&mut self.ends[at], end);
            if begin == EMPTY {
                return;
            }
            at += 1;
        }
        self.begins.reserve_exact(1);
        self.begins.push(begin);
        self.ends.reserve_exact(1);
        self.ends.push(end);
    }

    fn grow(&mut self) {
        let more = if self.places < SMALL { self.places / 2 + 64 } else { self.places / 8 };
        self.places += more;
        let (mut begins, mut ends) = (Vec::with_capacity(self.places + 8), Vec::with_capacity(self.places + 8));
        for (begin, end) in self.begins.iter().zip(&self.ends).filter(|(begin, _)| **begin != EMPTY) {
            let at = place(*begin, self.places).max(begins.len());
            begins.resize(at, EMPTY);
            ends.resize(at, End::default());
            begins.push(*begin);
            ends.push(*end);
        }
        let length = begins.len().max(self.places);
        begins.resize(length, EMPTY);
        ends.resize(length, End::default());
        (self.begins, self.ends) = (begins, ends);
    }
}

/// The place that a hash gives, of so many: places are in the order of hashes.
fn place(begin: Begin, places: usize) -> usize {
    usize::try_from((u128::from(begin) * places as u128) >> 64).unwrap_or_default()
}

/// Places of lines in all inputs: a line is counted from the begin of the first input. Profiles have numbers that are
/// shorter than places: they leave out long stretches of lines without any.
#[derive(Debug, Default)]
pub(super) struct Places {
    begins: Vec<u64>,
    /// Numbers with their places, where numbers do not go on as places do.
    jumps: Vec<(u32, u64)>,
    /// The number and the place that came last.
    last: Option<(u32, u64)>,
}

impl Places {
    /// The lines that come are of the input at this position; `lines` came before it.
    pub(super) fn begin(&mut self, input: usize, lines: u64) {
        if self.begins.len() <= input {
            self.begins.resize(input + 1, lines);
        }
    }

    /// The place of a line.
    pub(super) fn of(&self, input: usize, line: u64) -> u64 {
        self.begins.get(input).copied().unwrap_or(0) + line
    }

    /// The number of the profile at a place, which is behind all earlier ones; `None` where there are no more numbers.
    pub(super) fn number(&mut self, place: u64) -> Option<u32> {
        let (before, ahead) = self.last.map_or((0, u64::MAX), |(number, last)| (number, place - last));
        let step = if ahead <= GAP { ahead } else { 1 };
        let number = u32::try_from(u64::from(before) + step).ok()?;
        if step != ahead {
            self.jumps.push((number, place));
        }
        self.last = Some((number, place));
        Some(number)
    }

    /// Input and line of a profile by its number.
    pub(super) fn line(&self, number: u32) -> (usize, u64) {
        let jump = self.jumps.partition_point(|(begin, _)| *begin <= number).saturating_sub(1);
        let (begin, place) = self.jumps.get(jump).copied().unwrap_or_default();
        let place = place + u64::from(number.saturating_sub(begin));
        let input = self.begins.partition_point(|begin| *begin < place).saturating_sub(1);
        (input, place - self.begins.get(input).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_is_found_again_however_many_came_after() {
        let (mut seen, fingerprints) = (Seen::default(), Fingerprints::default());
        let id = |kind: &str, number: u32| fingerprints.of(&format!("{kind}{number}"));
        for number in 0..50_000 {
            assert_eq!(seen.profile(id("p", number), number), None);
            // Every other one has the id of the one before.
            assert_eq!(seen.customer(id("c", number / 2), number), (number % 2 == 1).then(|| number - 1));
        }
        for number in 0..50_000 {
            assert_eq!(seen.profile(id("p", number), 7), Some(number));
        }
    }

    #[test]
    fn a_shard_keeps_whatever_hashes_come() {
        // Hashes that lie together at both ends, or differ in their last bytes only.
        let (mut shard, mut hashes) = (Shard::default(), Vec::new());
        for number in 0..3_000_u32 {
            let (near, rest) = (u64::from(number / 4), u16::try_from(number % 2).unwrap());
            hashes.push((if number % 4 < 2 { 1 + near } else { u64::MAX - near }, rest));
        }
        for (number, (begin, rest)) in (0..).zip(&hashes) {
            assert_eq!(shard.note(*begin, *rest, number), None);
        }
        for (number, (begin, rest)) in (0..).zip(&hashes) {
            assert_eq!(shard.note(*begin, *rest, 9), Some(number));
        }
        assert!(shard.filled == 3_000 && shard.begins.len() < 8_000, "{}", shard.begins.len());
    }

    #[test]
    fn numbers_lead_back_to_input_and_line() {
        let mut places = Places::default();
        places.begin(0, 0);
        places.begin(2, 10);
        places.begin(3, 15);
        let lines = [(0, 1), (0, 2), (0, 10), (2, 1), (2, 5), (3, 1), (3, 900), (3, 901), (3, 1 << 34), (3, 1 << 35)];
        let numbered = lines.map(|(input, line)| places.number(places.of(input, line)));
        assert!(numbered.iter().flatten().max().unwrap() < &50);
        for (number, line) in numbered.iter().zip(lines) {
            assert_eq!(places.line(number.unwrap()), line);
        }
    }
}
