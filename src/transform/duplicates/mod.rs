//! Who was there before, over the whole input: tables of ids, split into shards.

mod fingerprint;
mod grouped;
mod places;
mod table;

pub(super) use self::{
    fingerprint::{Fingerprint, Fingerprints},
    grouped::Grouped,
    places::Places,
    table::Table,
};

/// Groups of shards of a table, each of which is looked through by one thread at a time.
pub(super) const GROUPS: usize = 8;
