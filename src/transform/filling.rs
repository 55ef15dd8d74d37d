//! A batch as it fills up: which customers of which blocks it holds. Their bytes are put together by whoever compresses it,
//! so that what happens in order is as little as can be.

use std::{ops::Range, sync::Arc};

use super::chunk::Content;
use crate::batches::{
    origins,
    packing::{Limits, Packed},
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

    /// Whether a customer of that many bytes fits a batch of its own.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.limits.fit(bytes)
    }

    /// Adds a customer with its comma, and its row of the table of origins; gives the batch before it where that was full.
    pub(super) fn add(
        &mut self,
        content: &Arc<Content>,
        customer: Range<usize>,
        origin: Range<usize>,
    ) -> Option<Filled> {
        let has = (self.filled.customers, self.filled.bytes);
        let full = if self.limits.have_room(has, 1, customer.len()) { None } else { self.finish() };
        let Filled { pieces, customers, bytes, origins } = &mut self.filled;
        // A bracket comes before the first customer, and a comma before each other one.
        *bytes += customer.len();
        *origins += origin.len();
        *customers += 1;
        match pieces.last_mut() {
            Some(last) if last.customers.end == customer.start && Arc::ptr_eq(&last.content, content) => {
                last.customers.end = customer.end;
                last.origins.end = origin.end;
            }
            _ => pieces.push(Piece { content: Arc::clone(content), customers: customer, origins: origin }),
        }
        full
    }

    /// Gives the last batch, if there is anything in it.
    pub(super) fn finish(&mut self) -> Option<Filled> {
        let filled = std::mem::take(&mut self.filled);
        (filled.customers > 0).then_some(filled)
    }
}

impl Filled {
    /// The batch, in the room of an earlier line.
    pub(super) fn packed(self, mut line: Vec<u8>) -> Packed {
        line.clear();
        line.reserve(self.bytes + 2);
        line.push(b'[');
        let mut origins = Vec::with_capacity(origins::HEADER.len() + self.origins);
        origins.extend_from_slice(origins::HEADER);
        for piece in self.pieces {
            line.extend_from_slice(&piece.content.customers[piece.customers]);
            origins.extend_from_slice(&piece.content.origins[piece.origins]);
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
        assert!(filling.fits(17) && !filling.fits(18));
        let customers = [&b"11111"[..], b"2222222222", b"3", b"4", b"5555555555555555", b"6"];
        let mut batches = Vec::new();
        for (number, block) in customers.chunks(4).enumerate() {
            let rows = |place: usize| format!("{number}.{place}\n").into_bytes();
            let content = Content {
                customers: block.iter().flat_map(|customer| [*customer, b","].concat()).collect(),
                origins: (0..block.len()).flat_map(rows).collect(),
                rows: Vec::new(),
            };
            let content = Arc::new(content);
            let mut begin = 0;
            for (place, customer) in block.iter().enumerate() {
                let end = begin + customer.len() + 1;
                batches.extend(filling.add(&content, begin..end, place * 4..place * 4 + 4));
                begin = end;
            }
        }
        batches.extend(filling.finish());
        assert!(filling.finish().is_none());
        let packed: Vec<_> =
            batches.into_iter().map(|filled| filled.packed(b"what was here before".to_vec())).collect();
        let texts: Vec<_> = packed.iter().map(|packed| String::from_utf8_lossy(&packed.line)).collect();
        assert_eq!(texts, ["[11111,2222222222]\n", "[3,4]\n", "[5555555555555555]\n", "[6]\n"]);
        let origins: Vec<_> = packed.iter().map(|packed| String::from_utf8_lossy(&packed.origins)).collect();
        let header = "segment_id,file,line\n";
        assert_eq!(origins, ["0.0\n0.1\n", "0.2\n0.3\n", "1.0\n", "1.1\n"].map(|rows| format!("{header}{rows}")));
        assert_eq!(packed.iter().map(|packed| packed.customers).collect::<Vec<_>>(), [2, 2, 1, 1]);
    }
}
