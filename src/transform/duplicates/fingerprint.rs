//! What stands for an id in memory.
//!
//! An id is known by a keyed hash of 90 bits: ten of them choose a shard, eighty lie in it, with the number of the profile.
//! Among a billion profiles, with two ids each, the chance that any two are taken for one is 2 · (10^9)² / 2 / 2^90, below
//! 10^-9, and since the key is another in each run nobody can choose ids for which it is greater.

use std::hash::{BuildHasher, RandomState};

use siphasher::sip128::SipHasher13;

use super::GROUPS;

/// Bits that choose a shard.
const SHARD_BITS: u32 = 10;
/// Shards of a table.
pub(super) const SHARDS: usize = 1 << SHARD_BITS;

/// Stands for an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::transform) struct Fingerprint {
    /// The begin of the hash; never 0.
    pub(super) begin: u64,
    /// More of it.
    pub(super) rest: u16,
    /// The shard in which it lies.
    pub(super) shard: u16,
}

impl Fingerprint {
    /// The group of shards in which it lies.
    pub(super) fn group(self) -> usize {
        usize::from(self.shard) / (SHARDS / GROUPS)
    }
}

/// Makes fingerprints, with a key of its own.
#[derive(Debug)]
pub(in crate::transform) struct Fingerprints(SipHasher13);

impl Default for Fingerprints {
    fn default() -> Self {
        let random = RandomState::new();
        Self(SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1)))
    }
}

impl Fingerprints {
    /// What stands for an id.
    pub(in crate::transform) fn of(&self, id: &str) -> Fingerprint {
        let hash = self.0.hash(id.as_bytes());
        let [rest, shard] = [0, 16].map(|bits| u16::try_from(hash.h2 >> bits & 0xffff).unwrap_or_default());
        // No slot with this hash is taken for an empty one.
        Fingerprint { begin: hash.h1.max(1), rest, shard: shard % (1 << SHARD_BITS) }
    }
}
