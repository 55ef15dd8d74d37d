//! Which step is taken for which batch.

use crate::receipts::{Receipt, ReceiptState};

/// Which customers a run sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Batches that are not done.
    Left,
    /// All batches, whatever the receipts say.
    All,
    /// Batches that are not done, and of the others the customers that were refused.
    Refused,
    /// Customers whose content differs from what the target took last.
    Changed,
}

/// What a run does about a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: its end is known.
    Skip,
    /// Learn what became of it: it was accepted before, whole or in pieces.
    Follow,
    /// Post it as a whole.
    Send,
    /// Post some of its customers, together with those of other batches.
    Pick,
}

/// Decides about one batch.
#[must_use]
pub fn step(receipt: Option<&Receipt>, selection: Selection) -> Step {
    match (receipt, selection) {
        (Some(receipt), Selection::All) if receipt.lost => Step::Send,
        (Some(receipt), _) if receipt.state == ReceiptState::Submitted => Step::Follow,
        (_, Selection::Changed) => Step::Pick,
        (None, _) | (_, Selection::All) => Step::Send,
        (Some(receipt), _) if !receipt.is_final() => Step::Send,
        (Some(receipt), Selection::Refused) if receipt.failed_count > 0 => Step::Pick,
        (Some(_), _) => Step::Skip,
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
        let lost = Receipt { lost: true, ..receipt("submitted", 0, 0) };
        let selections = [Selection::Left, Selection::All, Selection::Refused, Selection::Changed];
        for (receipt, expected) in [
            (None, [Step::Send, Step::Send, Step::Send, Step::Pick]),
            (Some(receipt("submitted", 0, 0)), [Step::Follow; 4]),
            (Some(lost), [Step::Follow, Step::Send, Step::Follow, Step::Follow]),
            (Some(receipt("done", 0, 0)), [Step::Skip, Step::Send, Step::Skip, Step::Pick]),
            (Some(receipt("done", 1, 0)), [Step::Skip, Step::Send, Step::Pick, Step::Pick]),
            (Some(receipt("refused", 3, 0)), [Step::Skip, Step::Send, Step::Pick, Step::Pick]),
            (Some(receipt("undone", 0, 0)), [Step::Send, Step::Send, Step::Send, Step::Pick]),
            (Some(receipt("done", 0, 3)), [Step::Send, Step::Send, Step::Send, Step::Pick]),
            (Some(receipt("done", 1, 2)), [Step::Send, Step::Send, Step::Send, Step::Pick]),
        ] {
            assert_eq!(selections.map(|selection| step(receipt.as_ref(), selection)), expected, "{receipt:?}");
        }
    }
}
