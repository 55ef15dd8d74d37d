//! A request is posted; what the server will not take whole is divided, down to the one customer at fault.

use std::time::Instant;

use chrono::Utc;

use super::{Patience, Upload, flight::RequestMembers, stops, verdict::Verdict};
use crate::{
    batches::reader::Body,
    failure::Failure,
    receipts::{Receipt, ReceiptState},
    voucherify::{CallKind, Complaint, Voucherify, VoucherifyError},
};

impl Upload<'_> {
    /// Posts a request, and notes at once what came of it. Gives it back where it has to wait.
    pub(super) async fn post(&mut self, body: Body) -> Result<Option<Body>, Failure> {
        if !self.keys_checked {
            // The answer may say that there is to be waited first.
            self.keys_checked = self.check_keys().await?;
            return Ok(Some(body));
        }
        let call = async |client: &Voucherify| client.bulk_upsert(body.json.clone()).await;
        // What is given up here may have been accepted: it is posted again by the next run, which is harmless.
        let Some(answer) = self.session.once_or_stopped(CallKind::Bulk, call).await else { return Ok(Some(body)) };
        let posted = self.posted(&body);
        match answer {
            Ok(id) => {
                let receipt = Receipt { async_action_id: Some(id), ..posted };
                self.receipts.save(receipt.clone()).map_err(stops::disk)?;
                if self.settings.patience == Patience::UntilDone {
                    self.flight.push(RequestMembers::of(&body)?, receipt, Instant::now());
                }
            }
            // It was accepted, it seems, but nobody can ask what becomes of it.
            Err(VoucherifyError::Unreadable(_)) => {
                let verdict = Verdict::unknown(posted.customers);
                self.settle(&RequestMembers::of(&body)?, posted, verdict, &[])?;
            }
            Err(VoucherifyError::Limited { .. }) => return Ok(Some(body)),
            Err(VoucherifyError::Splittable(complaint)) => self.divide(&body, posted, &complaint)?,
            Err(error) => return Err(error.into_failure()),
        }
        Ok(None)
    }

    /// One cheap call, so that a wrong region or key fails before the first batch is on its way. Tells whether the keys
    /// are known to be right: a limit may be in the way.
    pub(super) async fn check_keys(&mut self) -> Result<bool, Failure> {
        let checked = self.session.patiently(CallKind::Ordinary, async |client| client.check_keys().await).await;
        checked.map(|checked| checked.is_some()).map_err(VoucherifyError::into_failure)
    }

    /// Notes that a request is sent in halves, and takes them up; one customer alone is at fault itself.
    fn divide(&mut self, body: &Body, posted: Receipt, complaint: &Complaint) -> Result<(), Failure> {
        if body.source_ids.len() <= 1 {
            let verdict = Verdict::refused(&body.source_ids, complaint);
            return self.settle(&RequestMembers::of(body)?, posted, verdict, &[]);
        }
        let halves = body.halves()?;
        let pieces = halves.iter().map(|half| half.sha256.clone()).collect();
        self.receipts.save(Receipt { pieces, ..posted }).map_err(stops::disk)?;
        self.take_up_halves(halves)
    }

    /// Goes on with a request that an earlier run had accepted or divided; gives it back where it is to be posted.
    pub(super) fn take_up(&mut self, body: Body) -> Result<Option<Body>, Failure> {
        match self.receipts.get(&body.sha256).cloned() {
            Some(receipt) if receipt.state == ReceiptState::Submitted && !receipt.pieces.is_empty() => {
                let halves = body.halves()?;
                self.take_up_halves(halves)?;
            }
            Some(receipt) if receipt.state == ReceiptState::Submitted => {
                if self.settings.patience == Patience::UntilDone {
                    self.flight.push(RequestMembers::of(&body)?, receipt, Instant::now());
                }
            }
            // Only after all pieces are taken up: the first to rise makes the others be forgotten.
            Some(_) => self.settled_before.push(body.sha256),
            None => return Ok(Some(body)),
        }
        Ok(None)
    }

    fn take_up_halves(&mut self, halves: [Body; 2]) -> Result<(), Failure> {
        // The last one is posted first.
        for half in halves.into_iter().rev() {
            let left = self.take_up(half)?;
            self.pieces.extend(left);
        }
        Ok(())
    }

    /// Goes on with the packed requests of earlier runs; tells whether there are any.
    pub(super) fn take_up_packed(&mut self) -> Result<bool, Failure> {
        let hashes = self.receipts.all_packed()?;
        for sha256 in &hashes {
            if self.receipts.get(sha256).is_none() {
                // It was never sent; its customers will be picked again.
                self.receipts.forget_packed(sha256).map_err(stops::disk)?;
                continue;
            }
            let body = self.receipts.packed(sha256)?;
            let left = self.take_up(body)?;
            self.pieces.extend(left);
            self.settle_parents_of_earlier()?;
        }
        Ok(!hashes.is_empty())
    }

    /// The receipt of a request that was just posted.
    fn posted(&self, body: &Body) -> Receipt {
        let attempts = self.receipts.get(&body.sha256).map_or(0, |receipt| receipt.attempts);
        Receipt {
            sha256: body.sha256.clone(),
            batch: body.name.clone(),
            target: None,
            customers: body.source_ids.len() as u64,
            state: ReceiptState::Submitted,
            async_action_id: None,
            lost: false,
            pieces: Vec::new(),
            submitted_at: Some(Utc::now()),
            finished_at: None,
            finished_there: None,
            attempts: attempts + 1,
            done_count: 0,
            failed_count: 0,
            unknown_count: 0,
            errors: Vec::new(),
        }
    }
}
