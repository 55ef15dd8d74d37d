//! Who was there before, over the whole input, at 16 bytes an id.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
};

use super::chunk::Fingerprint;

/// Ids that came, each with the place where it came first.
#[derive(Debug, Default)]
pub(super) struct Seen {
    places: HashMap<Fingerprint, u32, BuildHasherDefault<Already>>,
}

impl Seen {
    /// Notes an id; gives the place where it was before.
    pub(super) fn insert(&mut self, id: Fingerprint, place: u32) -> Option<u32> {
        match self.places.entry(id) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(free) => {
                free.insert(place);
                None
            }
        }
    }
}

/// A fingerprint is a hash already: its first words will do.
#[derive(Debug, Default)]
struct Already(u64);

impl Hasher for Already {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    }
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
    pub(super) fn of(&self, input: usize, line: u64) -> u32 {
        u32::try_from(self.begins.get(input).copied().unwrap_or(0) + line).unwrap_or(u32::MAX)
    }

    /// Input and line of a place.
    pub(super) fn line(&self, place: u32) -> (usize, u64) {
        let input = self.begins.partition_point(|begin| *begin < u64::from(place)).saturating_sub(1);
        (input, u64::from(place) - self.begins.get(input).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_to_input_and_line() {
        let mut places = Places::default();
        places.begin(0, 0);
        places.begin(2, 10);
        places.begin(3, 15);
        for (input, line) in [(0, 1), (0, 10), (2, 1), (2, 5), (3, 1), (3, 900)] {
            assert_eq!(places.line(places.of(input, line)), (input, line));
        }
    }
}
