//! A batch as it fills up: which customers of which blocks it holds. Their bytes are put together by whoever compresses it,
//! so that what happens in order is as little as can be.

use std::{ops::Range, sync::Arc};

use super::{
    content::{Content, Ends},
    rooms::Rooms,
};
use crate::{
    batches::{
        origins,
        packing::{Limits, Packed},
    },
    failure::Failure,
};

/// A batch as it fills up.
#[derive(Debug)]
pub(super) struct Filling {
    limits: Limits,
    filled: Filled,
}

/// The customers of a batch that is full.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pieces: Vec<Piece>,
    customers: u64,
    /// Bytes of JSON, but for the last bracket.
    bytes: usize,
    origins: usize,
}

/// Customers that lie together.
#[derive(Debug)]
struct Piece {
    content: Arc<Content>,
    customers: Range<usize>,
    origins: Range<usize>,
}

impl Filling {
    /// An empty batch.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, filled: Filled::default() }
    }

    /// Adds customers that lie together, each with its comma and its row of the table of origins, by where they end; hands
    /// over each batch that was full.
    pub(super) fn add(
        &mut self,
        content: &Arc<Content>,
        mut begin: Ends,
        mut ends: &[Ends],
        mut full: impl FnMut(Filled) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while !ends.is_empty() {
            let has = (self.filled.customers, self.filled.bytes);
            // A bracket comes before the first customer, and a comma before each other one.
            let count = self.limits.take(has, ends, |end| end.customers - begin.customers);
            let (those, others) = ends.split_at(count);
            match those.last() {
                Some(end) => {
                    self.filled.add(content, (begin, *end), count);
                    (begin, ends) = (*end, others);
                }
                None => self.finish().map_or(Ok(()), &mut full)?,
            }
        }
        Ok(())
    }

    /// Gives the last batch, if there is anything in it.
    pub(super) fn finish(&mut self) -> Option<Filled> {
        let filled = std::mem::take(&mut self.filled);
        (filled.customers > 0).then_some(filled)
    }
}

impl Filled {
    fn add(&mut self, content: &Arc<Content>, (begin, end): (Ends, Ends), customers: usize) {
        self.bytes += end.customers - begin.customers;
        self.origins += end.origins - begin.origins;
        self.customers += customers as u64;
        let (customers, origins) = (begin.customers..end.customers, begin.origins..end.origins);
        self.pieces.push(Piece { content: Arc::clone(content), customers, origins });
    }

    /// The batch, in the room of an earlier one.
    pub(super) fn packed(self, rooms: &Rooms) -> Packed {
        let mut line = rooms.line();
        line.clear();
        line.reserve(self.bytes + 2);
        line.push(b'[');
        let mut origins = Vec::with_capacity(origins::HEADER.len() + self.origins);
        origins.extend_from_slice(origins::HEADER);
        for piece in self.pieces {
            line.extend_from_slice(&piece.content.customers[piece.customers]);
            origins.extend_from_slice(&piece.content.origins[piece.origins]);
            rooms.give_content(piece.content);
        }
        // In the place of the last comma.
        line.pop();
        line.extend_from_slice(b"]\n");
        Packed { line, origins, customers: self.customers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_stay_within_both_limits_and_keep_their_order() {
        let mut filling = Filling::new(Limits::new(19, Some(2)));
        let customers = [&b"11111"[..], b"2222222222", b"3", b"4", b"5555555555555555", b"6"];
        let mut batches = Vec::new();
        for (number, block) in customers.chunks(4).enumerate() {
            let rows = |place: usize| format!("{number}.{place}\n").into_bytes();
            let content = Content {
                customers: block.iter().flat_map(|customer| [*customer, b","].concat()).collect(),
                origins: (0..block.len()).flat_map(rows).collect(),
                ..Content::default()
            };
            let mut ends = Vec::new();
            for customer in block {
                let before = ends.last().copied().unwrap_or_default();
                let Ends { customers, origins } = before;
                ends.push(Ends { customers: customers + customer.len() + 1, origins: origins + 4 });
            }
            let full = |filled| {
                batches.push(filled);
                Ok(())
            };
            filling.add(&Arc::new(content), Ends::default(), &ends, full).unwrap();
        }
        batches.extend(filling.finish());
        assert!(filling.finish().is_none());
        let rooms = Rooms::default();
        rooms.give_line(b"what was here before".to_vec());
        let packed: Vec<_> = batches.into_iter().map(|filled| filled.packed(&rooms)).collect();
        let texts: Vec<_> = packed.iter().map(|packed| String::from_utf8_lossy(&packed.line)).collect();
        assert_eq!(texts, ["[11111,2222222222]\n", "[3,4]\n", "[5555555555555555]\n", "[6]\n"]);
        let origins: Vec<_> = packed.iter().map(|packed| String::from_utf8_lossy(&packed.origins)).collect();
        let header = "segment_id,file,line\n";
        assert_eq!(origins, ["0.0\n0.1\n", "0.2\n0.3\n", "1.0\n", "1.1\n"].map(|rows| format!("{header}{rows}")));
        assert_eq!(packed.iter().map(|packed| packed.customers).collect::<Vec<_>>(), [2, 2, 1, 1]);
    }
}
