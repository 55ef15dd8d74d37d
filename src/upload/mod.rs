//! Submit, follow, split and account for batches.
//!
//! Batches go one after another, since the server works on them in that order (API_FACTS.md C1). A receipt is written as
//! soon as a batch is accepted, so that a run that dies afterwards follows it instead of sending it again; one that dies
//! before sends it again, which is harmless: it is an upsert by `source_id`.

mod changed;
mod outcome;
mod pace;
pub mod plan;

use std::{collections::HashSet, path::PathBuf, time::Duration};

use chrono::Utc;

use self::{
    outcome::Verdict,
    pace::{Pace, Pause},
    plan::{Selection, Step, step},
};
use crate::{
    batches::reader::{self, Batches, Body},
    failure::Failure,
    interrupt::Interrupt,
    receipts::{Receipt, Receipts, Refusal, State},
    terminal::Phase,
    voucherify::{Voucherify, VoucherifyError},
};

/// First wait between two questions about an action; grows by half each time.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// Longest wait between two questions.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// An action with a status word that nobody knows is given up after this many questions.
const UNKNOWN_STATUS_QUESTIONS: u32 = 40;

/// What an upload came to; sent = done + refused + unknown.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Batches seen.
    pub batches: u64,
    /// Batches that an earlier run had finished.
    pub skipped: u64,
    /// Customers that were not sent, since the target has them as they are; only where that was asked for.
    pub unchanged: u64,
    /// Customers in all batches seen.
    pub sent: u64,
    /// Customers that the server took.
    pub done: u64,
    /// Customers that it refused.
    pub refused: u64,
    /// Customers of whom its answers say nothing.
    pub unknown: u64,
    /// Those of the unknown whose batch was accepted and is not finished: a later run learns of them.
    pub waiting: u64,
    /// Batches posted by this run.
    pub posts: u64,
    /// Where the refused customers are listed, if there are any.
    pub refused_csv: Option<PathBuf>,
    /// The user asked to stop.
    pub interrupted: bool,
}

/// Whether a run stays until the server has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Each batch is followed to its end.
    UntilDone,
    /// Batches are submitted and left; a later run collects what became of them.
    Submit,
}

/// One run against one target.
#[derive(Debug)]
pub struct Upload<'a> {
    /// The project.
    pub client: &'a Voucherify,
    /// What is known of its batches.
    pub receipts: Receipts,
    /// Which batches to send.
    pub selection: Selection,
    /// Whether to stay until the server has finished.
    pub patience: Patience,
    /// Whether to stop.
    pub interrupt: &'a Interrupt,
    /// Who watches.
    pub phase: &'a Phase,
}

/// What came of posting a batch.
enum Submission {
    Accepted(Receipt),
    /// The server will not take it whole, in these words.
    TooMuch(Refusal),
    Interrupted,
}

impl Upload<'_> {
    /// Uploads batches to their end.
    ///
    /// # Errors
    /// Credentials or limits that make it useless to go on, a server that cannot be reached, or a disk that fails.
    pub async fn run(mut self, mut batches: Batches) -> Result<Report, Failure> {
        let mut report = Report::default();
        while let Some(body) = batches.read_next()? {
            if self.interrupt.asked() {
                report.interrupted = true;
                break;
            }
            let known = self.receipts.get(&body.sha256).cloned();
            let receipt = match (step(known.as_ref(), self.selection), known) {
                (Step::Skip, Some(receipt)) => {
                    report.skipped += 1;
                    Some(receipt)
                }
                (Step::SendRefused, Some(receipt)) => self.retry(&body, receipt, &mut report).await?,
                _ => self.batch(&body, self.patience, &mut report).await?,
            };
            let Some(receipt) = receipt else {
                report.interrupted = true;
                break;
            };
            self.account(&receipt, &mut report);
        }
        self.end(report)
    }

    fn account(&self, receipt: &Receipt, report: &mut Report) {
        report.batches += 1;
        report.sent += receipt.customers;
        report.done += receipt.done_count;
        report.refused += receipt.failed_count;
        report.unknown += receipt.unknown_count;
        if receipt.state == State::Submitted {
            report.unknown += receipt.customers;
            report.waiting += receipt.customers;
        }
        self.phase.add(receipt.customers);
    }

    fn end(&self, mut report: Report) -> Result<Report, Failure> {
        let refused_csv = self.receipts.publish_refused().map_err(disk)?;
        report.refused_csv = (report.refused > 0).then_some(refused_csv);
        Ok(report)
    }

    /// Brings one batch to its end, or as far as `patience` goes; `None` where the user stopped the waiting.
    async fn batch(
        &mut self,
        body: &Body,
        patience: Patience,
        report: &mut Report,
    ) -> Result<Option<Receipt>, Failure> {
        let submitted = self.receipts.get(&body.sha256).filter(|receipt| receipt.state == State::Submitted).cloned();
        let receipt = match submitted {
            Some(receipt) => receipt,
            None => match self.submit(body, report).await? {
                Submission::Accepted(receipt) => receipt,
                Submission::TooMuch(refusal) => return self.split(body, refusal, report).await,
                Submission::Interrupted => return Ok(None),
            },
        };
        if patience == Patience::Submit {
            return Ok(Some(receipt));
        }
        let id = receipt.async_action_id.clone().unwrap_or_default();
        let Some(verdict) = self.follow(&id, receipt.customers).await? else { return Ok(None) };
        self.conclude(body, receipt, verdict).map(Some)
    }

    /// Posts a batch and notes that it was accepted.
    async fn submit(&mut self, body: &Body, report: &mut Report) -> Result<Submission, Failure> {
        if report.posts == 0 {
            self.check_keys().await?;
        }
        let mut pace = Pace::default();
        let id = loop {
            if self.interrupt.asked() {
                return Ok(Submission::Interrupted);
            }
            report.posts += 1;
            match self.client.bulk_upsert(body.json.clone()).await {
                Ok(id) => break id,
                Err(VoucherifyError::Limited(wait)) => self.pause(pace.next(wait), wait).await?,
                Err(VoucherifyError::Splittable(refusal)) => return Ok(Submission::TooMuch(refusal)),
                Err(error) => return Err(stopped(error)),
            }
        };
        let attempts = self.receipts.get(&body.sha256).map_or(0, |receipt| receipt.attempts);
        let receipt = Receipt {
            async_action_id: Some(id),
            submitted_at: Some(Utc::now()),
            attempts: attempts + 1,
            ..blank(body, State::Submitted)
        };
        self.receipts.save(receipt.clone()).map_err(disk)?;
        Ok(Submission::Accepted(receipt))
    }

    /// One cheap call, so that a wrong region or key fails before the first batch is on its way.
    async fn check_keys(&self) -> Result<(), Failure> {
        let mut pace = Pace::default();
        while !self.interrupt.asked() {
            match self.client.check_keys().await {
                Ok(()) => break,
                Err(VoucherifyError::Limited(wait)) => self.pause(pace.next(wait), wait).await?,
                Err(error) => return Err(stopped(error)),
            }
        }
        Ok(())
    }

    /// Asks about an action, ever more rarely, until it is finished.
    async fn follow(&self, id: &str, customers: u64) -> Result<Option<Verdict>, Failure> {
        let (mut wait, mut questions, mut pace) = (FIRST_WAIT, 0, Pace::default());
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.interrupt.wait() => return Ok(None),
            }
            wait = wait.mul_f32(1.5).min(LONGEST_WAIT);
            questions += 1;
            match self.client.action(id).await {
                Ok(action) => {
                    pace = Pace::default();
                    let patience = questions < UNKNOWN_STATUS_QUESTIONS;
                    if let Some(verdict) = outcome::verdict(&action, customers, patience) {
                        return Ok(Some(verdict));
                    }
                }
                Err(VoucherifyError::Limited(wait)) => self.pause(pace.next(wait), wait).await?,
                Err(VoucherifyError::Missing) => return Ok(Some(Verdict::unknown(customers))),
                Err(error) => return Err(stopped(error)),
            }
        }
    }

    /// Sends a batch in halves that the server will not take whole, down to the one customer at fault. The receipts of
    /// the pieces live until the receipt of the whole tells what they did.
    async fn split(&mut self, body: &Body, refusal: Refusal, report: &mut Report) -> Result<Option<Receipt>, Failure> {
        if body.source_ids.len() <= 1 {
            let verdict = Verdict::refused(body.source_ids.first().cloned(), refusal);
            return self.conclude(body, blank(body, State::Refused), verdict).map(Some);
        }
        let mut whole = blank(body, State::Done);
        let mut pieces = Vec::new();
        for mut half in body.halves()? {
            "-".clone_into(&mut half.name);
            half.origins.clone_from(&body.origins);
            let known = self.receipts.get(&half.sha256).filter(|receipt| receipt.is_final()).cloned();
            let receipt = match known {
                Some(receipt) => receipt,
                None => match Box::pin(self.batch(&half, Patience::UntilDone, report)).await? {
                    Some(receipt) => receipt,
                    None => return Ok(None),
                },
            };
            whole.done_count += receipt.done_count;
            whole.failed_count += receipt.failed_count;
            whole.unknown_count += receipt.unknown_count;
            whole.errors.extend(receipt.errors);
            pieces.push(receipt.sha256);
        }
        self.merge(body, whole, &pieces).map(Some)
    }

    /// Sends only those customers of a batch that were refused before; the whole batch, where the server did not name
    /// them all.
    async fn retry(
        &mut self,
        body: &Body,
        mut whole: Receipt,
        report: &mut Report,
    ) -> Result<Option<Receipt>, Failure> {
        let named: HashSet<&str> = whole.errors.iter().filter_map(|error| error.source_id.as_deref()).collect();
        let mut piece = body.only(&named)?;
        let size = piece.source_ids.len() as u64;
        if size != whole.failed_count || size == whole.customers {
            return self.batch(body, Patience::UntilDone, report).await;
        }
        "-".clone_into(&mut piece.name);
        // The end of a piece that is still there was learned by a run that died before it could tell it.
        let known = self.receipts.get(&piece.sha256).filter(|receipt| receipt.is_final()).cloned();
        let answer = match known {
            Some(receipt) => receipt,
            None => match self.batch(&piece, Patience::UntilDone, report).await? {
                Some(receipt) => receipt,
                None => return Ok(None),
            },
        };
        whole.state = State::Done;
        whole.done_count += answer.done_count;
        whole.failed_count = answer.failed_count;
        whole.unknown_count = answer.unknown_count;
        whole.errors = answer.errors;
        whole.attempts += 1;
        self.merge(body, whole, &[answer.sha256]).map(Some)
    }

    /// Notes in the receipt of the whole what its pieces did, and then forgets theirs.
    fn merge(&mut self, body: &Body, whole: Receipt, pieces: &[String]) -> Result<Receipt, Failure> {
        let errors = with_origins(whole.errors, body);
        let whole = Receipt { finished_at: Some(Utc::now()), errors, ..whole };
        self.receipts.save(whole.clone()).map_err(disk)?;
        for piece in pieces {
            self.receipts.forget(piece).map_err(disk)?;
        }
        Ok(whole)
    }

    fn conclude(&mut self, body: &Body, receipt: Receipt, verdict: Verdict) -> Result<Receipt, Failure> {
        let named: HashSet<&str> = verdict.errors.iter().filter_map(|error| error.source_id.as_deref()).collect();
        if verdict.state == State::Done && verdict.unknown == 0 && named.len() as u64 == verdict.refused {
            self.receipts.note_taken(body, |source_id| named.contains(source_id))?;
        }
        let receipt = Receipt {
            state: verdict.state,
            finished_at: Some(Utc::now()),
            done_count: verdict.done,
            failed_count: verdict.refused,
            unknown_count: verdict.unknown,
            errors: with_origins(verdict.errors, body),
            ..receipt
        };
        self.receipts.save(receipt.clone()).map_err(disk)?;
        Ok(receipt)
    }

    /// Waits for a limit to open, or until the user asks to stop: callers must look which of the two it was.
    async fn pause(&self, pause: Pause, asked: Duration) -> Result<(), Failure> {
        let Pause::For(wait) = pause else { return Err(stopped(VoucherifyError::Limited(asked))) };
        self.phase.pause(wait);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.interrupt.wait() => {}
        }
        Ok(())
    }
}

fn blank(body: &Body, state: State) -> Receipt {
    Receipt {
        sha256: body.sha256.clone(),
        batch: body.name.clone(),
        customers: body.source_ids.len() as u64,
        state,
        async_action_id: None,
        submitted_at: None,
        finished_at: None,
        attempts: 1,
        done_count: 0,
        failed_count: 0,
        unknown_count: 0,
        errors: Vec::new(),
    }
}

/// Joins the server's words to the profiles that the customers came from.
fn with_origins(mut errors: Vec<Refusal>, body: &Body) -> Vec<Refusal> {
    let (false, Some(path)) = (errors.is_empty(), &body.origins) else { return errors };
    let manifest_order = reader::origins(path);
    if manifest_order.len() != body.source_ids.len() {
        return errors;
    }
    for error in &mut errors {
        let position = body.source_ids.iter().position(|source_id| Some(source_id) == error.source_id.as_ref());
        if let Some(origin) = position.and_then(|position| manifest_order.get(position)) {
            error.segment_id = Some(origin.segment_id.clone());
            error.file = Some(origin.file.clone());
            error.line = Some(origin.line);
        }
    }
    errors
}

fn stopped(error: VoucherifyError) -> Failure {
    const AGAIN: &str = "run the same command again to continue: what is done is not sent again";
    let failure = match error {
        VoucherifyError::Refused(words) => Failure::stopped(words).hint(
            "check `VOUCHERIFY_APPLICATION_ID`, `VOUCHERIFY_SECRET_KEY` (Voucherify: Project settings, application keys) \
             and `--region`; then run the same command again",
        ),
        VoucherifyError::Failed(cause) => Failure::stopped("Voucherify cannot be reached").because(*cause).hint(AGAIN),
        VoucherifyError::Missing => Failure::stopped("the address of the API is wrong: it answers 404")
            .hint("check `--region` and `VOUCHERIFY_API_URL`"),
        VoucherifyError::Limited(wait) => {
            Failure::stopped(format!("the API asks to wait {} seconds", wait.as_secs())).hint(AGAIN)
        }
        VoucherifyError::Splittable(words) => {
            Failure::stopped(words.message.unwrap_or_else(|| "the API refuses the request".into())).hint(AGAIN)
        }
    };
    failure.kept("the receipts of every batch that was accepted")
}

fn disk(error: std::io::Error) -> Failure {
    Failure::stopped("a receipt cannot be written")
        .because(error)
        .kept("every receipt before it")
        .hint("make room or check the folder's permissions, then run the same command again")
}
