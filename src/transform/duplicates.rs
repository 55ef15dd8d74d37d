//! Who was there before, over the whole input, at about 40 bytes a profile.
//!
//! What is known of a profile lies in blocks that never move, and two tables hold nothing but positions in them. A table
//! that maps ids to places on its own would take twice that, and more while it grows.

use hashbrown::HashTable;

use super::chunk::Fingerprint;

/// Profiles in a block.
const BLOCK: usize = 1 << 14;

/// Everybody who came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: Vec<Vec<Known>>,
    by_profile: HashTable<u32>,
    by_source_id: HashTable<u32>,
}

/// What is known of a profile that came.
#[derive(Debug, Clone, Copy)]
struct Known {
    profile: Fingerprint,
    source_id: Fingerprint,
    place: Place,
}

/// A place in 40 bits: a thousand billion lines.
#[derive(Debug, Clone, Copy)]
struct Place([u8; 5]);

impl Place {
    fn of(number: u64) -> Self {
        Self(number.to_le_bytes().first_chunk().copied().unwrap_or_default())
    }

    fn number(self) -> u64 {
        let mut bytes = [0; 8];
        bytes[..5].copy_from_slice(&self.0);
        u64::from_le_bytes(bytes)
    }
}

impl Seen {
    /// Notes a profile with its customer's id; gives the place where the profile was before.
    pub(super) fn profile(&mut self, profile: Fingerprint, source_id: Fingerprint, place: u64) -> Option<u64> {
        let Self { known, by_profile, .. } = self;
        let same = |at: &u32| get(known, *at).profile == profile;
        if let Some(first) = by_profile.find(profile.hash(), same) {
            return Some(get(known, *first).place.number());
        }
        let position = push(known, Known { profile, source_id, place: Place::of(place) });
        by_profile.insert_unique(profile.hash(), position, |at| get(known, *at).profile.hash());
        None
    }

    /// Takes the customer of the profile that was noted last; gives the place of the one who has its id already.
    pub(super) fn customer_of_last(&mut self) -> Option<u64> {
        let Self { known, by_source_id, .. } = self;
        let last = known.last().and_then(|block| block.last())?;
        let (source_id, position) = (last.source_id, length(known) - 1);
        let same = |at: &u32| get(known, *at).source_id == source_id;
        if let Some(first) = by_source_id.find(source_id.hash(), same) {
            return Some(get(known, *first).place.number());
        }
        by_source_id.insert_unique(source_id.hash(), position, |at| get(known, *at).source_id.hash());
        None
    }
}

fn get(known: &[Vec<Known>], position: u32) -> &Known {
    let position = position as usize;
    &known[position / BLOCK][position % BLOCK]
}

/// Adds one; gives its position.
fn push(known: &mut Vec<Vec<Known>>, one: Known) -> u32 {
    match known.last_mut() {
        Some(block) if block.len() < BLOCK => block.push(one),
        _ => {
            let mut block = Vec::with_capacity(BLOCK);
            block.push(one);
            known.push(block);
        }
    }
    length(known) - 1
}

/// How many there are; places are counted in as many bits.
fn length(known: &[Vec<Known>]) -> u32 {
    let whole = known.len().saturating_sub(1) * BLOCK;
    u32::try_from(whole + known.last().map_or(0, Vec::len)).unwrap_or(u32::MAX)
}

/// Places of lines in all inputs: a line is counted from the begin of the first input.
#[derive(Debug, Default)]
pub(super) struct Places {
    begins: Vec<u64>,
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

    /// Input and line of a place.
    pub(super) fn line(&self, place: u64) -> (usize, u64) {
        let input = self.begins.partition_point(|begin| *begin < place).saturating_sub(1);
        (input, place - self.begins.get(input).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_is_found_again_however_many_came_after() {
        let mut seen = Seen::default();
        let count = 3 * u32::try_from(BLOCK).unwrap() + 5;
        // Places beyond 32 bits.
        let far = |number: u32| (1 << 35) + u64::from(number);
        let id = |kind: &str, number: u32| Fingerprint::of(&format!("{kind}{number}"));
        for number in 0..count {
            assert_eq!(seen.profile(id("p", number), id("c", number / 2), far(number)), None);
            // Every other one has the id of the one before.
            assert_eq!(seen.customer_of_last(), (number % 2 == 1).then(|| far(number - 1)));
        }
        for number in 0..count {
            assert_eq!(seen.profile(id("p", number), id("x", number), 7), Some(far(number)));
        }
    }

    #[test]
    fn places_lead_back_to_input_and_line() {
        let mut places = Places::default();
        places.begin(0, 0);
        places.begin(2, 10);
        places.begin(3, 15);
        for (input, line) in [(0, 1), (0, 10), (2, 1), (2, 5), (3, 1), (3, 900), (3, 1 << 34)] {
            assert_eq!(places.line(places.of(input, line)), (input, line));
        }
    }
}
