//! Sending some customers again: who is picked from each batch, packed into requests anew, and how the batches' own
//! receipts learn what became of them.

use std::{collections::HashSet, mem};

use chrono::Utc;

use super::{Upload, selection::Selection, stops};
use crate::{
    batches::{
        packing::{Limits, Request},
        reader::{Body, Membership},
    },
    failure::Failure,
    receipts::{LastSent, Receipt, ReceiptState, Receipts},
};

/// Who is to be sent again.
#[derive(Debug)]
pub(super) enum Picker {
    /// Those that were refused.
    Refused,
    /// Those whose content is not what the target took last.
    Changed(LastSent),
}

impl Picker {
    pub(super) fn of(selection: Selection, receipts: &Receipts) -> Result<Self, Failure> {
        Ok(match selection {
            Selection::Changed => Self::Changed(receipts.last_sent()?),
            Selection::Left | Selection::All | Selection::Refused => Self::Refused,
        })
    }

    /// Places of those customers of a batch that are to be sent. All, where the server did not name whom it refused.
    pub(super) fn picks(&self, body: &Body, receipts: &Receipts) -> Result<Vec<usize>, Failure> {
        let ids = body.source_ids.iter().enumerate();
        Ok(match self {
            Self::Changed(taken) => {
                let customers = body.customers()?;
                ids.filter(|(place, id)| !taken.has(id, customers[*place].get())).map(|(place, _)| place).collect()
            }
            Self::Refused => {
                let receipt = receipts.whole(&body.sha256)?;
                let named: HashSet<&str> = receipt
                    .iter()
                    .flat_map(|receipt| &receipt.errors)
                    .filter_map(|error| error.source_id.as_deref())
                    .collect();
                let all = receipt.as_ref().is_none_or(|receipt| receipt.unnamed() > 0);
                ids.filter(|(_, id)| all || named.contains(id.as_str())).map(|(place, _)| place).collect()
            }
        })
    }
}

/// Packs picked customers into requests, within the limits that made their batches; those of one batch are never divided
/// between two, since its receipt learns of all of them at once.
#[derive(Debug)]
pub(super) struct Packer {
    request: Request,
    memberships: Vec<Membership>,
}

impl Packer {
    /// An empty request.
    pub(super) fn new(limits: Limits) -> Self {
        Self { request: Request::new(limits), memberships: Vec::new() }
    }

    /// Adds customers of a batch, and gives the request before them where that is full.
    pub(super) fn add(&mut self, body: &Body, picks: &[usize]) -> Result<Option<Body>, Failure> {
        let customers = body.customers()?;
        let size: usize = picks.iter().map(|place| customers[*place].get().len() + 1).sum();
        let full = if self.request.has_room(picks.len() as u64, size) { None } else { self.finish()? };
        for place in picks {
            self.request.add(customers[*place].get().as_bytes());
        }
        let Some(membership) = body.memberships.first() else { return Ok(full) };
        let positions = picks.iter().map(|place| *place as u64).collect();
        self.memberships.push(Membership { positions, ..membership.clone() });
        Ok(full)
    }

    /// The request of those that were added since the last one.
    pub(super) fn finish(&mut self) -> Result<Option<Body>, Failure> {
        let Some((json, _)) = self.request.finish() else { return Ok(None) };
        Body::of_batches(json, mem::take(&mut self.memberships)).map(Some)
    }
}

impl Upload<'_> {
    /// Picks from a batch; gives a request once one is full, or the batch itself where all of it is to be sent.
    pub(super) fn pick(&mut self, body: Body) -> Result<Option<Body>, Failure> {
        let picker = match &self.picker {
            Some(picker) => picker,
            None => self.picker.insert(Picker::of(self.settings.selection, &self.receipts)?),
        };
        let picks = picker.picks(&body, &self.receipts)?;
        if self.settings.selection == Selection::Changed {
            self.unchanged += (body.source_ids.len() - picks.len()) as u64;
        }
        if picks.is_empty() {
            self.nothing_to_send(&body)?;
            return Ok(None);
        }
        if picks.len() == body.source_ids.len() {
            if self.settings.selection == Selection::Changed {
                self.seen.push(body.sha256.clone());
            }
            return Ok(Some(body));
        }
        let packed = self.packer.add(&body, &picks)?;
        packed.map(|packed| self.keep(packed)).transpose()
    }

    /// The request of all that is picked and not sent yet.
    pub(super) fn rest_of_picks(&mut self) -> Result<Option<Body>, Failure> {
        let packed = self.packer.finish()?;
        packed.map(|packed| self.keep(packed)).transpose()
    }

    /// Keeps a packed request on disk, so that a later run can tell its batches what became of it.
    fn keep(&mut self, packed: Body) -> Result<Body, Failure> {
        self.receipts.keep_packed(&packed).map_err(stops::disk)?;
        if self.settings.selection == Selection::Changed {
            self.seen.push(packed.sha256.clone());
        }
        Ok(packed)
    }

    /// The target took every customer of this batch as it is, be it in other batches: so the batch is done.
    fn nothing_to_send(&mut self, body: &Body) -> Result<(), Failure> {
        let Some(membership) = body.memberships.first() else { return Ok(()) };
        let known = self.receipts.get(&body.sha256);
        if known.is_some_and(|receipt| receipt.is_final() && receipt.failed_count == 0) {
            return Ok(());
        }
        let (finished_at, finished_there) = (Some(Utc::now()), self.session.client().time_there());
        let done_count = membership.customers;
        let receipt = Receipt { finished_at, finished_there, done_count, ..blank(membership) };
        self.receipts.save(receipt).map_err(stops::disk)
    }

    /// Tells the batches that a packed request was picked from what became of it, and then forgets the request. Telling
    /// them twice changes nothing.
    pub(super) fn credit_batches(&mut self, sha256: &str) -> Result<(), Failure> {
        let Some(packed) = self.receipts.whole(sha256)? else { return Ok(()) };
        let body = self.receipts.packed(sha256)?;
        let vague = packed.unnamed() > 0 || packed.unknown_count > 0;
        let mut ids = body.source_ids.iter();
        for membership in &body.memberships {
            let chosen: HashSet<&str> = ids.by_ref().take(membership.positions.len()).map(String::as_str).collect();
            let ended = |receipt: &Receipt| !matches!(receipt.state, ReceiptState::Submitted | ReceiptState::Undone);
            let known = self.receipts.whole(&membership.sha256)?.filter(ended);
            let mut receipt = known.unwrap_or_else(|| blank(membership));
            let is_chosen = |id: &Option<String>| id.as_deref().is_some_and(|id| chosen.contains(id));
            receipt.errors.retain(|error| error.source_id.is_some() && !is_chosen(&error.source_id));
            let told = packed.errors.iter().filter(|error| is_chosen(&error.source_id));
            let before = receipt.errors.len();
            receipt.errors.extend(told.cloned());
            let named = receipt.errors.len() - before;
            receipt.state = ReceiptState::Done;
            receipt.failed_count = receipt.errors.len() as u64;
            receipt.unknown_count = if vague { (chosen.len() - named) as u64 } else { 0 };
            receipt.done_count = receipt.customers.saturating_sub(receipt.failed_count + receipt.unknown_count);
            receipt.attempts += 1;
            receipt.async_action_id = receipt.async_action_id.or_else(|| packed.async_action_id.clone());
            receipt.finished_at = packed.finished_at;
            receipt.finished_there = packed.finished_there;
            receipt.submitted_at = receipt.submitted_at.or(packed.submitted_at);
            self.receipts.save(receipt).map_err(stops::disk)?;
        }
        if self.settings.selection == Selection::Changed {
            self.seen.retain(|seen| seen != sha256);
            self.settled.add(&packed);
            self.settled.add_refusals(packed.refused_by_key());
        }
        self.receipts.forget_packed(sha256).map_err(stops::disk)
    }
}

/// A receipt of a batch of which nothing is known.
fn blank(membership: &Membership) -> Receipt {
    Receipt {
        sha256: membership.sha256.clone(),
        batch: membership.batch.clone(),
        target: None,
        customers: membership.customers,
        state: ReceiptState::Done,
        async_action_id: None,
        lost: false,
        pieces: Vec::new(),
        submitted_at: None,
        finished_at: None,
        finished_there: None,
        attempts: 0,
        done_count: 0,
        failed_count: 0,
        unknown_count: 0,
        errors: Vec::new(),
    }
}
