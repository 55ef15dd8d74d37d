//! Which ids were there before, in at most 32 bytes each.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// Tables that grow one at a time, so that growing never needs twice the memory.
const SHARDS: usize = 256;

/// A set of ids, told apart by 104 bits of hash with a key of this process.
#[derive(Debug)]
pub struct Seen {
    hashers: (RandomState, RandomState),
    shards: Vec<HashSet<[u8; 12]>>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { hashers: (RandomState::new(), RandomState::new()), shards: vec![HashSet::new(); SHARDS] }
    }
}

impl Seen {
    /// Adds an id; tells whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        let first = self.hashers.0.hash_one(id).to_le_bytes();
        let second = self.hashers.1.hash_one(id).to_le_bytes();
        let mut key = [0; 12];
        key[..8].copy_from_slice(&first);
        key[8..].copy_from_slice(&second[..4]);
        self.shards[usize::from(second[7])].insert(key)
    }

    /// Bytes that the tables take, from their capacity: 12 and one of the table's own for each slot, of which an eighth
    /// stays free.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.capacity().div_ceil(7) * 8 * 13).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_takes_at_most_32_bytes() {
        let mut seen = Seen::default();
        for number in 0..300_000 {
            assert!(seen.insert(&format!("use_{number}")));
            if number > 50_000 && number % 10_000 == 0 {
                assert!(seen.bytes() < 32 * number, "{} bytes for {number} ids", seen.bytes());
            }
        }
        assert!(!seen.insert("use_17"));
    }
}
