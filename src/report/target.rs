//! What one target took of the batches, and how long that took.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use super::Example;
use crate::{
    batches::manifest::BatchesManifest,
    receipts::{BeforeImage, Receipt, ReceiptState, Target, UndoRecord, Verified, folder_of, outcomes_of},
};

/// What one target took; customers = landed + refused + unknown + left.
#[derive(Debug, Default, Serialize)]
pub struct TargetFigures {
    /// The target, by host and application id.
    pub name: String,
    /// Customers in the batches that are meant for it.
    pub customers: u64,
    /// Customers in batches that it accepted.
    pub sent: u64,
    /// Customers that it took.
    pub landed: u64,
    /// Customers that it refused.
    pub refused: u64,
    /// Customers of whom it said nothing.
    pub unknown: u64,
    /// Customers of batches that were not sent, or are not finished.
    pub left: u64,
    /// Bulk requests that were made to it.
    pub posts: u64,
    /// Batches that it has a receipt for.
    pub batches: u64,
    /// Seconds from the first batch accepted to the last one finished.
    pub seconds: u64,
    /// The same in milliseconds; nothing where no batch is finished, or the clock went back meanwhile.
    pub milliseconds: Option<u64>,
    /// What the last comparison with the project came to, if there was one.
    pub verified: Option<Verified>,
    /// What became of the customers that were sent last, by outcome: new ones, others; empty where no table says it.
    pub outcomes: BTreeMap<String, u64>,
    /// What was there before these batches were sent, and what they changed, where an image was kept.
    pub before: Option<BeforeImage>,
    /// The last undo, if there was one.
    pub undone: Option<UndoRecord>,
    /// Refused customers by the server's code word, the most common first.
    pub refusals: Vec<(String, u64)>,
}

impl TargetFigures {
    pub(super) fn new(folder: &Path, manifest: &BatchesManifest, target: &Target) -> Self {
        let tally = target.tally(manifest);
        let sent = |receipt: &&Receipt| receipt.state != ReceiptState::Undone;
        let receipts = || manifest.batches.iter().filter_map(|batch| target.receipts.get(&batch.sha256)).filter(sent);
        let first = receipts().filter_map(|receipt| receipt.submitted_at).min();
        let last = receipts().filter_map(|receipt| receipt.finished_at).max();
        let milliseconds = first.zip(last).and_then(|(first, last)| super::milliseconds(first, last));
        Self {
            name: target.name.clone(),
            customers: manifest.batches.iter().map(|batch| batch.customers).sum(),
            sent: receipts().map(|receipt| receipt.customers).sum(),
            landed: tally.done,
            refused: tally.refused,
            unknown: tally.unknown,
            left: tally.left,
            posts: receipts().map(|receipt| receipt.attempts).sum(),
            batches: receipts().count() as u64,
            seconds: milliseconds.unwrap_or_default() / 1_000,
            milliseconds,
            verified: target.verified.clone(),
            outcomes: outcomes(&folder_of(folder).join(&target.name), receipts()),
            before: target.image(manifest).cloned(),
            undone: target.undos.last().cloned(),
            refusals: refusals(receipts()),
        }
    }
}

/// Sums up the tables of outcomes. They only add to what is told: one that cannot be read says nothing.
fn outcomes<'a>(target: &Path, receipts: impl Iterator<Item = &'a Receipt>) -> BTreeMap<String, u64> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for receipt in receipts {
        for (outcome, customers) in outcomes_of(target, &receipt.sha256).unwrap_or_default() {
            *sums.entry(outcome.as_str().to_owned()).or_default() += customers;
        }
    }
    sums
}

/// Counts by code word, the most frequent first.
fn refusals<'a>(receipts: impl Iterator<Item = &'a Receipt>) -> Vec<(String, u64)> {
    let mut by_key: BTreeMap<String, u64> = BTreeMap::new();
    for receipt in receipts.filter(|receipt| receipt.state != ReceiptState::Submitted) {
        for (key, refused) in receipt.refused_by_key() {
            *by_key.entry(key).or_default() += refused;
        }
    }
    let mut refusals: Vec<_> = by_key.into_iter().collect();
    refusals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    refusals
}

/// Refused customers by name, for a page that may tell them.
#[must_use]
pub fn examples(target: &Target) -> Vec<Example> {
    let refusals = target.receipts.values().flat_map(|receipt| &receipt.errors);
    let mut examples: Vec<Example> = refusals
        .map(|refusal| Example {
            reason: format!("refused by {}", target.name),
            who: refusal.source_id.clone().unwrap_or_default(),
            message: [&refusal.key, &refusal.message, &refusal.details]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(": "),
        })
        .collect();
    examples.sort_by(|one, other| one.who.cmp(&other.who));
    examples
}
