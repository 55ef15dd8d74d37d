//! What receipts come to: one sum for the summary of an upload, `status`, `report` and `explain`, and what to do about it.

use std::{collections::BTreeMap, iter::Sum, ops::AddAssign};

use super::{Receipt, ReceiptState, Refusal};

/// Stands for the code word where the server gave none.
const NO_KEY: &str = "without a code word";

/// What became of customers at a target; together they are the customers of the batches that were counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Customers that the server took.
    pub done: u64,
    /// Customers that it refused.
    pub refused: u64,
    /// Customers of finished batches of whom it said nothing.
    pub unknown: u64,
    /// Customers of batches that were not sent, or are not finished.
    pub left: u64,
    /// Batches that were accepted and are not finished.
    pub submitted: u64,
}

/// What to do about customers that a target did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: it took everybody.
    Nothing,
    /// Upload again: batches are left, or of customers of finished ones nothing is known.
    Upload,
    /// Correct those that were refused, or try them again as they are.
    Refused,
}

/// What became of one customer of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerFate<'a> {
    /// Its batch was accepted and is not finished.
    Submitted,
    /// An undo has put back what was there before.
    Undone,
    /// The server took it.
    Taken,
    /// The server refused it, in these words where it gave any.
    Refused(Option<&'a Refusal>),
    /// Some customers of the batch were refused, or nothing is known of them, and nobody said which.
    Unknown,
}

impl Tally {
    /// Customers that were counted.
    #[must_use]
    pub fn customers(&self) -> u64 {
        [self.refused, self.unknown, self.left].into_iter().fold(self.done, u64::saturating_add)
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match (self.left.saturating_add(self.unknown), self.refused) {
            (1.., _) => Remedy::Upload,
            (0, 1..) => Remedy::Refused,
            (0, 0) => Remedy::Nothing,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.done = self.done.saturating_add(other.done);
        self.refused = self.refused.saturating_add(other.refused);
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.left = self.left.saturating_add(other.left);
        self.submitted = self.submitted.saturating_add(other.submitted);
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum.add_assign(tally);
            sum
        })
    }
}

impl Receipt {
    /// What became of the batch's customers. Counts that contradict its size are believed up to it.
    #[must_use]
    pub fn tally(&self) -> Tally {
        if self.state == ReceiptState::Submitted {
            return Tally { left: self.customers, submitted: 1, ..Tally::default() };
        }
        if self.state == ReceiptState::Undone {
            return Tally { left: self.customers, ..Tally::default() };
        }
        let done = self.done_count.min(self.customers);
        let rest = self.customers.saturating_sub(done);
        // A batch that was refused as a whole may carry no counts.
        let refused = if self.state == ReceiptState::Refused { rest } else { self.failed_count.min(rest) };
        Tally { done, refused, unknown: rest.saturating_sub(refused), left: 0, submitted: 0 }
    }

    /// Refused customers by the server's code word; those whom it did not name count, too, so that the sum is right.
    #[must_use]
    pub fn refused_by_key(&self) -> BTreeMap<String, u64> {
        let key = |refusal: &Refusal| refusal.key.clone().unwrap_or_else(|| NO_KEY.to_owned());
        let (named, others): (Vec<_>, Vec<_>) = self.errors.iter().partition(|refusal| refusal.source_id.is_some());
        let mut by_key: BTreeMap<String, u64> = BTreeMap::new();
        let mut count = |key: String, more: u64| {
            let sum = by_key.entry(key).or_default();
            *sum = sum.saturating_add(more);
        };
        for refusal in &named {
            count(key(refusal), 1);
        }
        let unnamed = self.tally().refused.saturating_sub(named.len() as u64);
        if unnamed > 0 {
            count(others.first().map_or_else(|| NO_KEY.to_owned(), |refusal| key(refusal)), unnamed);
        }
        by_key
    }

    /// Customers that were refused without being named.
    #[must_use]
    pub fn unnamed(&self) -> u64 {
        self.tally().refused.saturating_sub(self.named().count() as u64)
    }

    /// The refused customers whom the server named.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().filter_map(|refusal| refusal.source_id.as_deref())
    }

    /// What became of one of the batch's customers; `refusal` are the words about it, where [`errors`](Self::errors)
    /// has some.
    #[must_use]
    pub fn fate<'a>(&'a self, refusal: Option<&'a Refusal>) -> CustomerFate<'a> {
        match (self.state, refusal) {
            (ReceiptState::Submitted, _) => CustomerFate::Submitted,
            (ReceiptState::Undone, _) => CustomerFate::Undone,
            (_, Some(refusal)) => CustomerFate::Refused(Some(refusal)),
            (ReceiptState::Refused, None) => CustomerFate::Refused(self.errors.first()),
            (ReceiptState::Done, None) if self.tally().unknown == 0 && self.unnamed() == 0 => CustomerFate::Taken,
            (ReceiptState::Done, None) => CustomerFate::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(state: &str, counts: [u64; 3], refused: &[Option<&str>]) -> Receipt {
        let errors: Vec<_> = refused.iter().map(|id| serde_json::json!({"source_id": id, "key": "k"})).collect();
        serde_json::from_value(serde_json::json!({
            "sha256": "0".repeat(64), "batch": "-", "customers": 3, "state": state, "attempts": 1,
            "done_count": counts[0], "failed_count": counts[1], "unknown_count": counts[2], "errors": errors,
        }))
        .unwrap()
    }

    #[test]
    fn every_receipt_has_one_tally_one_remedy_and_one_fate_of_a_customer() {
        let (me, other) = (Some("me"), Some("other"));
        for (receipt, tally, remedy, fate) in [
            (receipt("submitted", [0, 0, 0], &[]), [0, 0, 0, 3], Remedy::Upload, CustomerFate::Submitted),
            (receipt("done", [3, 0, 0], &[]), [3, 0, 0, 0], Remedy::Nothing, CustomerFate::Taken),
            (receipt("done", [2, 1, 0], &[other]), [2, 1, 0, 0], Remedy::Refused, CustomerFate::Taken),
            (receipt("done", [2, 1, 0], &[None]), [2, 1, 0, 0], Remedy::Refused, CustomerFate::Unknown),
            (receipt("done", [1, 1, 1], &[other]), [1, 1, 1, 0], Remedy::Upload, CustomerFate::Unknown),
            (receipt("done", [9, 9, 9], &[]), [3, 0, 0, 0], Remedy::Nothing, CustomerFate::Taken),
            (receipt("done", [0, 0, 0], &[]), [0, 0, 3, 0], Remedy::Upload, CustomerFate::Unknown),
            (receipt("refused", [0, 0, 0], &[]), [0, 3, 0, 0], Remedy::Refused, CustomerFate::Refused(None)),
            (receipt("undone", [2, 1, 0], &[other]), [0, 0, 0, 3], Remedy::Upload, CustomerFate::Undone),
        ] {
            let found = receipt.tally();
            assert_eq!([found.done, found.refused, found.unknown, found.left], tally, "{receipt:?}");
            assert_eq!((found.customers(), found.remedy(), receipt.fate(None)), (3, remedy, fate), "{receipt:?}");
        }
        let named = receipt("done", [2, 1, 0], &[me]);
        assert_eq!(named.fate(named.errors.first()), CustomerFate::Refused(named.errors.first()));
    }
}
