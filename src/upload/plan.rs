//! What a run would do: the step for each batch is one pure decision, which `--dry-run` sums up and a run takes.

use crate::{
    batches::reader::Batches,
    failure::Failure,
    receipts::{Receipt, Receipts, State},
};

/// Which batches a run sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Those that are not done.
    Left,
    /// All, whatever the receipts say.
    All,
    /// Those that are not done, and of the others the customers that were refused.
    Refused,
}

/// What a run does about a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: its end is known.
    Skip,
    /// Ask what became of it: it was accepted before.
    Follow,
    /// Post it.
    Send,
    /// Post the customers of it that were refused.
    SendRefused,
}

/// What a run would do in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Batches of the input.
    pub batches: u64,
    /// Customers in them.
    pub customers: u64,
    /// Batches whose end is known.
    pub done: u64,
    /// Batches that were accepted before and are not finished.
    pub follow: u64,
    /// POSTs, where none is split or repeated.
    pub posts: u64,
    /// Bytes of JSON in whole batches that are posted.
    pub bytes: u64,
}

/// Decides about one batch.
#[must_use]
pub fn step(receipt: Option<&Receipt>, selection: Selection) -> Step {
    match (receipt, selection) {
        (Some(receipt), _) if receipt.state == State::Submitted => Step::Follow,
        (None, _) | (_, Selection::All) => Step::Send,
        (Some(receipt), _) if !receipt.is_final() => Step::Send,
        (Some(receipt), Selection::Refused) if receipt.failed_count > 0 => Step::SendRefused,
        (Some(_), _) => Step::Skip,
    }
}

impl Plan {
    /// Reads batches and receipts, and sends nothing.
    ///
    /// # Errors
    /// A batch that is damaged, or other than its manifest says.
    pub fn of(mut batches: Batches, receipts: &Receipts, selection: Selection) -> Result<Self, Failure> {
        let mut plan = Self::default();
        while let Some(body) = batches.read_next()? {
            plan.batches += 1;
            plan.customers += body.source_ids.len() as u64;
            match step(receipts.get(&body.sha256), selection) {
                Step::Skip => plan.done += 1,
                Step::Follow => plan.follow += 1,
                Step::SendRefused => plan.posts += 1,
                Step::Send => {
                    plan.posts += 1;
                    plan.bytes += body.json.len() as u64;
                }
            }
        }
        Ok(plan)
    }

    /// Calls beside the POSTs: a check of the keys, and one question for each batch that is not finished.
    #[must_use]
    pub fn other_calls(&self) -> u64 {
        u64::from(self.posts > 0) + self.posts + self.follow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(state: &str, failed: u64, unknown: u64) -> Receipt {
        serde_json::from_value(serde_json::json!({
            "sha256": "x", "batch": "-", "customers": 3, "state": state, "attempts": 1,
            "done_count": 0, "failed_count": failed, "unknown_count": unknown, "errors": [],
        }))
        .unwrap()
    }

    #[test]
    fn every_receipt_has_one_step_for_each_selection() {
        let selections = [Selection::Left, Selection::All, Selection::Refused];
        for (receipt, expected) in [
            (None, [Step::Send; 3]),
            (Some(receipt("submitted", 0, 0)), [Step::Follow; 3]),
            (Some(receipt("done", 0, 0)), [Step::Skip, Step::Send, Step::Skip]),
            (Some(receipt("done", 1, 0)), [Step::Skip, Step::Send, Step::SendRefused]),
            (Some(receipt("refused", 3, 0)), [Step::Skip, Step::Send, Step::SendRefused]),
            (Some(receipt("done", 0, 3)), [Step::Send; 3]),
            (Some(receipt("done", 1, 2)), [Step::Send; 3]),
        ] {
            assert_eq!(selections.map(|selection| step(receipt.as_ref(), selection)), expected, "{receipt:?}");
        }
    }
}
