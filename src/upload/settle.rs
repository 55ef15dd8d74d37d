//! From the end of a request to the receipts: who was refused and where they come from, what the target took, and what
//! that means for the whole of which the request is a piece.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use chrono::Utc;

use super::{Upload, flight::RequestMembers, outcomes, stops, verdict::Verdict};
use crate::{
    failure::Failure,
    receipts::{Receipt, ReceiptState, Refusal},
    voucherify::{Action, Complaint, ReportRow, Unavailable},
};

impl Upload<'_> {
    /// Brings what a finished action says into the books, with its report where that says more.
    pub(super) async fn settle_action(
        &mut self,
        members: &RequestMembers,
        receipt: Receipt,
        action: &Action,
        verdict: Verdict,
    ) -> Result<(), Failure> {
        let result = action.result.as_ref();
        let mut rows = result.map(|result| result.results.clone()).unwrap_or_default();
        if self.outcomes.wanted() || verdict.unnamed() > 0 {
            let ids: HashSet<&str> = members.source_ids.iter().map(String::as_str).collect();
            for address in result.iter().flat_map(|result| &result.reports) {
                match self.session.client().report(address, |id| ids.contains(id)).await {
                    Ok(report) => rows.extend(report),
                    // Its customers are known to be taken or refused all the same.
                    Err(Unavailable(why)) if self.settings.outcomes.is_none() && verdict.unnamed() == 0 => {
                        tracing::debug!("the report of `{}` cannot be had: {why}", receipt.batch);
                    }
                    Err(Unavailable(why)) => {
                        tracing::warn!("the report of `{}` cannot be had: {why}", receipt.batch);
                    }
                }
            }
        }
        let verdict = verdict.named(&members.source_ids, &rows);
        self.settle(members, receipt, verdict, &rows)
    }

    /// Brings the end of a request into the books. Whatever the moment of a crash: until the receipt is there, a later
    /// run asks again and does all of it again, which changes nothing.
    pub(super) fn settle(
        &mut self,
        members: &RequestMembers,
        receipt: Receipt,
        verdict: Verdict,
        rows: &[ReportRow],
    ) -> Result<(), Failure> {
        let receipt = Receipt {
            state: verdict.state,
            finished_at: Some(Utc::now()),
            finished_there: self.session.client().time_there(),
            lost: false,
            done_count: verdict.done,
            failed_count: verdict.refused,
            unknown_count: verdict.unknown,
            errors: with_origins(verdict.errors, members),
            ..receipt
        };
        self.outcomes.tell(&self.receipts, members, &receipt, rows).map_err(stops::disk)?;
        if receipt.done_count > 0 && receipt.unknown_count == 0 && receipt.unnamed() == 0 {
            let refused: HashSet<&str> = receipt.errors.iter().filter_map(|error| error.source_id.as_deref()).collect();
            let pairs = members.source_ids.iter().zip(&members.fingerprints);
            let taken = pairs.filter(|(id, _)| !refused.contains(id.as_str())).map(|(_, fingerprint)| *fingerprint);
            self.receipts.note_last_sent(&taken.collect::<Vec<_>>()).map_err(stops::disk)?;
        }
        self.receipts.save(receipt).map_err(stops::disk)?;
        self.settle_parents(&members.sha256)
    }

    /// The same for requests that an earlier run settled, as its death kept it from going on.
    pub(super) fn settle_parents_of_earlier(&mut self) -> Result<(), Failure> {
        mem::take(&mut self.settled_before).iter().try_for_each(|sha256| self.settle_parents(sha256))
    }

    /// A request has settled: so may have the one of which it is a piece, and the batches of which it was packed.
    pub(super) fn settle_parents(&mut self, sha256: &str) -> Result<(), Failure> {
        let mut sha256 = sha256.to_owned();
        while let Some(parent) = self.receipts.parent(&sha256).cloned() {
            let pieces = parent.pieces.iter().map(|piece| self.receipts.whole(piece)).collect::<Result<Vec<_>, _>>()?;
            let settled: Vec<Receipt> =
                pieces.into_iter().flatten().filter(|piece| piece.state != ReceiptState::Submitted).collect();
            if settled.len() < parent.pieces.len() {
                return Ok(());
            }
            self.merge(parent.clone(), &settled)?;
            sha256 = parent.sha256;
        }
        if self.receipts.is_packed(&sha256) {
            return self.credit_batches(&sha256);
        }
        if let Some(receipt) = self.receipts.get(&sha256) {
            self.session.phase().add(receipt.customers);
            if receipt.failed_count > 0 {
                self.session.phase().count("refused", receipt.failed_count);
            }
        }
        Ok(())
    }

    /// Notes in the receipt of the whole what its pieces did, and then forgets theirs.
    fn merge(&mut self, parent: Receipt, pieces: &[Receipt]) -> Result<(), Failure> {
        let sum = |count: fn(&Receipt) -> u64| pieces.iter().map(count).sum();
        let nobody_taken = pieces.iter().all(|piece| piece.state == ReceiptState::Refused);
        let whole = Receipt {
            state: if nobody_taken { ReceiptState::Refused } else { ReceiptState::Done },
            finished_at: Some(Utc::now()),
            finished_there: self.session.client().time_there(),
            done_count: sum(|piece| piece.done_count),
            failed_count: sum(|piece| piece.failed_count),
            unknown_count: sum(|piece| piece.unknown_count),
            pieces: Vec::new(),
            errors: pieces.iter().flat_map(|piece| piece.errors.clone()).collect(),
            ..parent
        };
        self.receipts.save(whole).map_err(stops::disk)?;
        for piece in pieces {
            self.receipts.forget(&piece.sha256).map_err(stops::disk)?;
        }
        Ok(())
    }
}

fn refusal(complaint: Complaint) -> Refusal {
    let Complaint { source_id, key, message, details } = complaint;
    Refusal { source_id, key, message, details, ..Refusal::default() }
}

/// Joins refused customers back to the profiles that they came from, where their batches have tables of origins.
fn with_origins(complaints: Vec<Complaint>, members: &RequestMembers) -> Vec<Refusal> {
    let mut errors: Vec<Refusal> = complaints.into_iter().map(refusal).collect();
    if errors.is_empty() {
        return errors;
    }
    let mut by_id: HashMap<&str, &mut Refusal> = HashMap::with_capacity(errors.len());
    for error in &mut errors {
        if let Refusal { source_id: Some(id), .. } = error
            && let Some(place) = members.source_ids.iter().find(|member| *member == id)
        {
            by_id.insert(place.as_str(), error);
        }
    }
    for (id, origin) in outcomes::origins_of(members) {
        if let (Some(error), Some(origin)) = (by_id.get_mut(id), origin) {
            error.segment_id = Some(origin.segment_id);
            error.file = Some(origin.file);
            error.line = Some(origin.line);
        }
    }
    errors
}
