//! Asking what became of requests: the oldest first, and all at once where one does not end.

use std::time::Instant;

use super::{Upload, flight::Accepted, stops, verdict};
use crate::{
    failure::Failure,
    receipts::Receipt,
    voucherify::{CallKind, VoucherifyError},
};

/// An action with a status word that nobody knows, or with answers that nobody understands, is given up after so many
/// questions.
const MOST_ODD_ANSWERS: u32 = 8;
/// After so many questions about the oldest, the list may tell that others have ended before it.
const PATIENCE_WITH_THE_OLDEST: u32 = 4;

impl Upload<'_> {
    /// Asks about what the server works on.
    pub(super) async fn ask(&mut self) -> Result<(), Failure> {
        let stuck = self.flight.queue.front().is_some_and(|oldest| oldest.questions >= PATIENCE_WITH_THE_OLDEST);
        // The list costs one call whatever it tells; a question about the oldest is one that is needed anyway, if it has
        // ended. So the list is cheaper only where they do not end in their order.
        if stuck && self.flight.queue.len() > 1 { self.ask_for_all().await } else { self.ask_about(0).await }
    }

    /// One call for the status of all; then one for each that has ended.
    async fn ask_for_all(&mut self) -> Result<(), Failure> {
        let statuses = match self.session.once(CallKind::Ordinary, async |client| client.statuses().await).await {
            Ok(statuses) => statuses,
            Err(error) => return self.no_answer(0, error),
        };
        let ended = |status: &String| !matches!(status.as_str(), "ENQUEUED" | "IN_PROGRESS");
        let ids = self.flight.queue.iter().filter_map(|accepted| accepted.receipt.async_action_id.clone());
        let ids: Vec<String> = ids.filter(|id| statuses.get(id).is_some_and(ended)).collect();
        let oldest = self.flight.queue.front().and_then(|accepted| accepted.receipt.async_action_id.clone());
        let is_listed = oldest.as_ref().is_some_and(|oldest| statuses.contains_key(oldest));
        if is_listed {
            self.flight.not_yet(0, None, Instant::now());
        }
        for id in ids {
            let is_it = |accepted: &Accepted| accepted.receipt.async_action_id.as_ref() == Some(&id);
            if let Some(place) = self.flight.queue.iter().position(is_it) {
                self.ask_about(place).await?;
            }
        }
        // The list has a hundred of them, be they ours or not: who is on none has to be asked about.
        if is_listed { Ok(()) } else { self.ask_about(0).await }
    }

    async fn ask_about(&mut self, place: usize) -> Result<(), Failure> {
        let Some(accepted) = self.flight.queue.get(place) else { return Ok(()) };
        let id = accepted.receipt.async_action_id.clone().unwrap_or_default();
        let questions = accepted.questions;
        let interrupt = self.session.interrupt();
        let answer = tokio::select! {
            answer = self.session.once(CallKind::Ordinary, async |client| client.action(&id).await) => answer,
            () = interrupt.wait() => return Ok(()),
        };
        let now = Instant::now();
        let action = match answer {
            Ok(action) => action,
            // What was just accepted may not be known everywhere yet.
            Err(VoucherifyError::Missing) if questions < self.patience_with_the_missing(place) => {
                self.flight.not_yet(place, None, now);
                return Ok(());
            }
            Err(VoucherifyError::Missing) => {
                let Some(gone) = self.flight.land(place, None, now) else { return Ok(()) };
                return self.receipts.save(Receipt { lost: true, ..gone.receipt }).map_err(stops::disk);
            }
            Err(error) => return self.no_answer(place, error),
        };
        let members = &self.flight.queue[place].members;
        match verdict::verdict(&action, &members.source_ids, questions < MOST_ODD_ANSWERS) {
            None => self.flight.not_yet(place, Some(&action), now),
            Some(verdict) => {
                let Some(landed) = self.flight.land(place, Some(&action), now) else { return Ok(()) };
                self.settle_action(&landed.members, landed.receipt, &action, verdict).await?;
            }
        }
        Ok(())
    }

    /// Questions about work that the server says it does not know: one that earlier runs asked about in vain gets none.
    fn patience_with_the_missing(&self, place: usize) -> u32 {
        let lost = self.flight.queue.get(place).is_some_and(|accepted| accepted.receipt.lost);
        if lost { 0 } else { MOST_ODD_ANSWERS }
    }

    /// A question that brought nothing: asked again later, or the end of the run.
    fn no_answer(&mut self, place: usize, error: VoucherifyError) -> Result<(), Failure> {
        let now = Instant::now();
        match error {
            VoucherifyError::Limited { .. } => Ok(()),
            VoucherifyError::Unreadable(_)
                if self.flight.queue.get(place).is_some_and(|accepted| accepted.questions < MOST_ODD_ANSWERS) =>
            {
                self.flight.not_yet(place, None, now);
                Ok(())
            }
            error => Err(error.into_failure()),
        }
    }
}
