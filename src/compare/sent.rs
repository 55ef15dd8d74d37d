//! Who was sent: the hash of each id and where its customer is, 16 bytes each.

use std::path::Path;

use crate::{
    batches::{manifest::Batch, reader},
    digest,
    failure::Failure,
};

/// Where a customer that was sent is: number of its batch among those that are compared, and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Number of the batch, from 0.
    pub batch: u32,
    /// Place in it, from 0.
    pub position: u32,
}

impl Place {
    /// The place of a customer.
    #[must_use]
    pub fn new(batch: usize, position: usize) -> Self {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { batch: number(batch), position: number(position) }
    }
}

/// Everybody who was sent.
#[derive(Debug, Default)]
pub struct Sent(Vec<(u64, Place)>);

impl Sent {
    /// Everybody in these batches of a folder, which are in the order in which they were sent.
    ///
    /// # Errors
    /// A batch that is damaged.
    pub fn of(folder: &Path, batches: &[&Batch]) -> Result<Self, Failure> {
        let mut sent = Self::default();
        for (number, batch) in batches.iter().enumerate() {
            let body = reader::listed(folder, batch)?;
            for (position, id) in body.source_ids.iter().enumerate() {
                sent.add(id, Place::new(number, position));
            }
        }
        sent.finish();
        Ok(sent)
    }

    /// Adds a customer; batches come in the order in which they were sent.
    pub(super) fn add(&mut self, source_id: &str, place: Place) {
        self.0.push((hash(source_id), place));
    }

    /// Ends the adding: of one id that was sent several times the last one counts.
    pub(super) fn finish(&mut self) {
        self.0.sort_by_key(|(id, _)| *id);
        self.0.reverse();
        self.0.dedup_by_key(|(id, _)| *id);
        self.0.reverse();
        self.0.shrink_to_fit();
    }

    /// Where the customer is that was sent last with this id. Two ids share a hash with a chance of one in 370,000 among
    /// ten million: who finds a place compares the id itself.
    #[must_use]
    pub fn find(&self, source_id: &str) -> Option<Place> {
        let id = hash(source_id);
        self.0.binary_search_by_key(&id, |(id, _)| *id).ok().map(|found| self.0[found].1)
    }

    /// How many there are.
    #[must_use]
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

fn hash(source_id: &str) -> u64 {
    digest::short(source_id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_of_an_id_counts() {
        let mut sent = Sent::default();
        for (number, id) in ["a", "b", "a", "c", "a"].into_iter().enumerate() {
            sent.add(id, Place { batch: u32::try_from(number).unwrap(), position: 7 });
        }
        sent.finish();
        let batch = |id| sent.find(id).map(|place| place.batch);
        assert_eq!((sent.len(), batch("a"), batch("b"), batch("c"), batch("d")), (3, Some(4), Some(1), Some(3), None));
    }
}
