//! Submit, follow, split and account for batches.
//!
//! # Rooms
//!
//! * `selection`: which step for which batch; `plan`: all of them, decided once
//! * `submit`: a batch is posted, or divided where the server will not take it whole
//! * `flight`: what the server works on, and when to ask about it; `follow` asks
//! * `verdict`: what an answer means for its customers; `settle` brings it into the receipts
//! * `repack`: customers of several batches in requests packed anew
//! * `outcomes`: the table of every customer
//!
//! # Promises
//!
//! A receipt is written as soon as a batch is accepted, so that a run that dies afterwards follows it instead of sending
//! it again; one that dies before sends it again, which is harmless: it is an upsert by `source_id`. As many batches as
//! the limits allow are posted before the first question about one: the server works on them one after another.

mod flight;
mod follow;
mod outcomes;
pub mod plan;
mod repack;
pub mod selection;
mod settle;
mod stops;
mod submit;
mod verdict;

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    time::{Duration, Instant},
};

use self::{
    flight::Flight,
    outcomes::Outcomes,
    plan::Plan,
    repack::{Packer, Picker},
    selection::{Selection, Step},
};
use crate::{
    batches::{
        packing::Limits,
        reader::{BatchSource, Body},
    },
    failure::Failure,
    interrupt::Interrupt,
    progress::Phase,
    receipts::{CustomerOutcome, Receipt, Receipts, Tally},
    tables::{Dialect, Form},
    voucherify::{CallKind, LimitStanding, OwnLimits, Session, Voucherify, VoucherifyError},
};

/// Who wants to stop does not wait longer than this for a call that is under way. A batch that was posted meanwhile is
/// posted again by the next run, which changes nothing.
const DRAIN: Duration = Duration::from_secs(5);

/// Most requests that are followed at a time: what is remembered of them has to fit into memory.
const MOST_IN_FLIGHT: usize = 32;

/// What an upload came to; sent = done + refused + unknown.
#[derive(Debug, Clone, Default)]
pub struct UploadReport {
    /// Batches that were seen, those that were done before included.
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
    /// Those of the waiting whose work the server does not know any more, though it accepted it.
    pub lost: u64,
    /// Where the refused customers are listed, if there are any.
    pub refused_csv: Option<PathBuf>,
    /// The same as a workbook, where that was asked for.
    pub refused_xlsx: Option<PathBuf>,
    /// The refused customers by the server's code word.
    pub refused_by_key: BTreeMap<String, u64>,
    /// The user asked to stop.
    pub interrupted: bool,
}

impl UploadReport {
    /// The same as receipts come to: what is accepted and not finished is left.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let Self { done, refused, unknown, waiting, .. } = *self;
        Tally { done, refused, unknown: unknown.saturating_sub(waiting), left: waiting, submitted: 0 }
    }
}

/// Whether a run stays until the server has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Each batch is followed to its end.
    UntilDone,
    /// Batches are submitted and left; a later run collects what became of them.
    Submit,
}

/// What a user asks for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which customers to send.
    pub selection: Selection,
    /// Whether to stay until the server has finished.
    pub patience: Patience,
    /// Limits beside those of the server.
    pub limits: OwnLimits,
    /// Whether to keep what became of every customer, for the price of one download a batch.
    pub keep_outcomes: bool,
    /// Where to copy what became of every customer.
    pub outcomes: Option<PathBuf>,
    /// For whom the tables are written.
    pub dialect: Dialect,
    /// Whether there is a workbook of the refused customers, too.
    pub tables: Form,
}

/// One run against one target.
#[derive(Debug)]
pub struct Upload<'a> {
    settings: Settings,
    session: Session<'a>,
    receipts: Receipts,
    flight: Flight,
    /// Pieces that are to be posted before anything else.
    pieces: Vec<Body>,
    /// Requests whose end an earlier run noted, and not yet what follows from it; by hash.
    settled_before: Vec<String>,
    picker: Option<Picker>,
    packer: Packer,
    outcomes: Outcomes,
    keys_checked: bool,
    /// Batches of the input that had their turn, by hash.
    met: HashSet<String>,
    /// Batches and packed requests that count, in order; by hash.
    seen: Vec<String>,
    /// Of packed requests that have been told to their batches.
    settled: UploadReport,
    unchanged: u64,
    skipped: u64,
}

impl<'a> Upload<'a> {
    /// A run that has done nothing yet.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn new(
        client: &'a Voucherify,
        receipts: Receipts,
        settings: Settings,
        interrupt: &'a Interrupt,
        phase: &'a Phase,
    ) -> Result<Self, Failure> {
        Ok(Self {
            outcomes: Outcomes::new(settings.keep_outcomes || settings.outcomes.is_some()),
            session: Session::new(client, settings.limits, interrupt, phase),
            settings,
            receipts,
            flight: Flight::default(),
            pieces: Vec::new(),
            settled_before: Vec::new(),
            picker: None,
            packer: Packer::new(Limits::default()),
            keys_checked: false,
            met: HashSet::new(),
            seen: Vec::new(),
            settled: UploadReport::default(),
            unchanged: 0,
            skipped: 0,
        })
    }

    /// What a run would do, and what the server says is left of its limit; checks the keys, and sends nothing.
    ///
    /// # Errors
    /// Keys that are wrong, or a batch that is damaged or changed.
    pub async fn foresee(&mut self, sources: &[BatchSource]) -> Result<(plan::Totals, Option<LimitStanding>), Failure> {
        let plan = Plan::of(sources, &self.receipts, self.settings.selection)?;
        let totals = plan.totals(&self.receipts)?;
        self.check_keys().await?;
        Ok((totals, self.session.standing()))
    }

    /// Uploads batches to their end.
    ///
    /// # Errors
    /// Credentials or limits that make it useless to go on, a server that cannot be reached, or a disk that fails.
    pub async fn run(mut self, sources: &[BatchSource]) -> Result<UploadReport, Failure> {
        let ended = self.run_plan(sources).await;
        // Whatever ended the run: what is known by now is listed.
        let form = (self.settings.dialect, self.settings.tables);
        let refused = self.receipts.publish_refused(form, &self.seen);
        let interrupted = ended.map_err(|failure| self.keeping(failure))?;
        if let Some(path) = &self.settings.outcomes {
            self.outcomes.publish(&self.receipts, path, self.settings.dialect).map_err(stops::copied)?;
        }
        let mut report = self.account();
        let refused = refused?;
        report.refused_csv = (report.refused > 0).then_some(refused.path);
        report.refused_xlsx = refused.workbook.filter(|_| report.refused > 0);
        report.add_refusals(refused.by_key);
        report.interrupted = interrupted;
        Ok(report)
    }

    /// Tells whether it was interrupted.
    async fn run_plan(&mut self, sources: &[BatchSource]) -> Result<bool, Failure> {
        let mut plan = Plan::of(sources, &self.receipts, self.settings.selection)?;
        self.packer = Packer::new(plan.limits());
        if self.settings.patience == Patience::UntilDone && self.take_up_packed()? {
            if self.conduct(&mut Plan::of(&[], &self.receipts, self.settings.selection)?).await? {
                return Ok(true);
            }
            plan = Plan::of(sources, &self.receipts, self.settings.selection)?;
        }
        if let Some(customers) = plan.customers() {
            self.session.phase().total(customers);
        }
        self.conduct(&mut plan).await
    }

    /// Posts while the limits allow it, and asks about what was accepted otherwise; tells whether it was interrupted.
    async fn conduct(&mut self, plan: &mut Plan) -> Result<bool, Failure> {
        let mut ready = None;
        let interrupt = self.session.interrupt();
        loop {
            if interrupt.asked() {
                return Ok(true);
            }
            self.session.phase().gauge("bulk", self.session.client().posts());
            if ready.is_none() && self.flight.queue.len() < MOST_IN_FLIGHT {
                ready = self.next_to_post(plan)?;
            }
            let now = Instant::now();
            let post_at = if ready.is_some() { Some(self.moment(CallKind::Bulk, now)?) } else { None };
            if post_at.is_some_and(|at| at <= now) {
                if let Some(body) = ready.take() {
                    let Some(posted) = interrupt.within(DRAIN, self.post(body)).await else { return Ok(true) };
                    ready = posted?;
                }
                continue;
            }
            let question = self.flight.next_question();
            let may_ask = if question.is_some() { Some(self.moment(CallKind::Ordinary, now)?) } else { None };
            let ask_at = question.max(may_ask);
            match (ask_at, post_at) {
                (None, None) => return Ok(false),
                (Some(at), _) if at <= now => match interrupt.within(DRAIN, self.ask()).await {
                    Some(asked) => asked?,
                    None => return Ok(true),
                },
                (ask_at, post_at) => {
                    let next = ask_at.into_iter().chain(post_at).min().unwrap_or(now);
                    self.session.rest(next.duration_since(now), question.is_none_or(|at| at < next)).await;
                }
            }
        }
    }

    /// The next request that is to be posted; takes every step on the way that needs no POST.
    fn next_to_post(&mut self, plan: &mut Plan) -> Result<Option<Body>, Failure> {
        if let Some(piece) = self.pieces.pop() {
            return Ok(Some(piece));
        }
        while self.flight.queue.len() < MOST_IN_FLIGHT {
            let Some(due) = plan.next(&self.receipts)? else { return self.rest_of_picks() };
            let changed_only = self.settings.selection == Selection::Changed;
            // The same batch twice in one input is sent once, and counts once.
            if !self.met.insert(due.sha256.clone()) {
                continue;
            }
            if !changed_only || due.step == Step::Follow {
                self.seen.push(due.sha256.clone());
            }
            let (step, customers) = (due.step, due.customers);
            if step == Step::Skip {
                self.skipped += 1;
                self.session.phase().already(customers);
                if self.settings.outcomes.is_none() {
                    continue;
                }
            }
            let body = due.body()?;
            self.begin_outcomes(&body, step)?;
            let next = match step {
                Step::Skip => None,
                Step::Follow => {
                    let left = self.take_up(body)?;
                    self.settle_parents_of_earlier()?;
                    self.pieces.pop().or(left)
                }
                Step::Send => Some(body),
                Step::Pick => self.pick(body)?,
            };
            if next.is_some() {
                return Ok(next);
            }
        }
        Ok(None)
    }

    fn begin_outcomes(&mut self, body: &Body, step: Step) -> Result<(), Failure> {
        if !self.outcomes.wanted() {
            return Ok(());
        }
        let (receipt, otherwise) = match (step, self.settings.selection) {
            (Step::Send | Step::Follow, _) => (None, CustomerOutcome::Unknown),
            (Step::Pick, Selection::Changed) => (None, CustomerOutcome::Unchanged),
            (Step::Skip | Step::Pick, _) => (self.receipts.whole(&body.sha256)?, CustomerOutcome::Taken),
        };
        self.outcomes.begin(&self.receipts, body, receipt.as_ref(), otherwise).map_err(stops::disk)
    }

    /// When a call of this kind may go out.
    fn moment(&mut self, kind: CallKind, now: Instant) -> Result<Instant, Failure> {
        Ok(now + self.session.wait(kind, now).map_err(VoucherifyError::into_failure)?)
    }

    /// Adds what is safe, if anything was sent at all.
    fn keeping(&self, failure: Failure) -> Failure {
        if failure.kept.is_some() || self.receipts.is_empty() {
            return failure;
        }
        failure.kept("the receipts of every batch that was accepted: none of them is sent again")
    }

    /// Sums up what the receipts say.
    fn account(&self) -> UploadReport {
        let mut report = self.settled.clone();
        report.unchanged = self.unchanged;
        report.skipped = self.skipped;
        for receipt in self.seen.iter().filter_map(|sha256| self.receipts.get(sha256)) {
            report.add(receipt);
        }
        report
    }
}

impl UploadReport {
    fn add_refusals(&mut self, by_key: BTreeMap<String, u64>) {
        for (key, refused) in by_key {
            *self.refused_by_key.entry(key).or_default() += refused;
        }
    }

    fn add(&mut self, receipt: &Receipt) {
        let tally = receipt.tally();
        self.batches += 1;
        self.sent += receipt.customers;
        self.done += tally.done;
        self.refused += tally.refused;
        self.unknown += tally.unknown + tally.left;
        self.waiting += tally.left;
        self.lost += if receipt.lost { tally.left } else { 0 };
    }
}
