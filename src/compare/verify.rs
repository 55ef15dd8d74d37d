//! The run: every customer of the batches that are done against the project, and what is not the same in a table.

use std::{
    collections::{BTreeMap, BinaryHeap, HashSet},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::Utc;
use serde_json::{Map, Value};

use super::{
    columns::{Columns, FIELDS, SOURCE_ID},
    disk,
    fields::{self, Comparison, FieldVerdict},
    sent::{Place, Sent},
    snapshot::{Snapshot, with_export},
    spool::Rows,
    verify_table::{self, VerifyTable},
};
use crate::{
    batches::{
        manifest::{Batch, BatchesManifest},
        reader::{self, Body},
    },
    digest,
    failure::Failure,
    receipts::{Receipt, ReceiptState, Receipts, Verified},
    tables::{Dialect, Form, TableFile},
    voucherify::{CallKind, Session, Voucherify, VoucherifyError, has_address},
};

/// What is compared, and how.
#[derive(Debug)]
pub struct Question<'a> {
    /// Folder of the batches.
    pub folder: &'a Path,
    /// The manifest of that folder.
    pub manifest: &'a BatchesManifest,
    /// What the target answered.
    pub receipts: &'a Receipts,
    /// Customers to look at one by one, of those with fields that no export shows.
    pub sample: usize,
    /// How long an export may take.
    pub patience: Duration,
    /// For whom the table is written.
    pub dialect: Dialect,
    /// Whether there is a workbook of it, too.
    pub tables: Form,
}

/// How far the batches of a folder are at a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batches {
    /// Those whose end is known, in the order in which they were sent; numbers in the manifest.
    pub done: Vec<usize>,
    /// How many were accepted and are not finished.
    pub in_flight: u64,
    /// How many were not sent.
    pub left: u64,
}

/// What a comparison came to, and where it is told.
#[derive(Debug)]
pub struct Totals {
    /// The figures, as the receipts remember them.
    pub verified: Verified,
    /// Where `verify.csv` was written.
    pub table: PathBuf,
    /// The same as a workbook, where that was asked for.
    pub workbook: Option<PathBuf>,
    /// Rows in that table.
    pub rows: u64,
}

impl Batches {
    /// Looks through the receipts of all batches of a folder.
    #[must_use]
    pub fn of(manifest: &BatchesManifest, receipts: &Receipts) -> Self {
        let mut batches = Self::default();
        let mut sent = Vec::new();
        for (number, batch) in manifest.batches.iter().enumerate() {
            match receipts.get(&batch.sha256) {
                None => batches.left += 1,
                Some(receipt) if receipt.state == ReceiptState::Undone => batches.left += 1,
                Some(receipt) if receipt.state == ReceiptState::Submitted => batches.in_flight += 1,
                Some(receipt) => sent.push((receipt.submitted_at, number)),
            }
        }
        sent.sort();
        batches.done = sent.into_iter().map(|(_, number)| number).collect();
        batches
    }
}

/// Compares; nothing where the user asks to stop.
///
/// # Errors
/// An export that cannot be had or whose columns are doubtful, a batch that is damaged, or a disk that fails.
pub async fn verify(session: &Session<'_>, question: &Question<'_>) -> Result<Option<Totals>, Failure> {
    let batches = Batches::of(question.manifest, question.receipts);
    let mut run = Run::new(question, &batches)?;
    let (folder, wanted) = (question.receipts.folder(), (&run.sent, run.batches.len()));
    let read = |export| Snapshot::of_export(export, &FIELDS, wanted, folder);
    let Some(snapshot) = with_export(session, folder, &FIELDS, question.patience, read).await? else { return Ok(None) };
    run.verified.others = snapshot.scanned.rows.saturating_sub(snapshot.scanned.found);
    run.compare(snapshot, session).await
}

/// In which book a customer is that an export does not show whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Booked {
    Same,
    NotCheckable,
}

/// A customer who may be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Sampled {
    source_id: String,
    /// The vendor's own.
    id: String,
    booked: Booked,
}

struct Run<'a> {
    question: &'a Question<'a>,
    batches: Vec<&'a Batch>,
    sent: Sent,
    verified: Verified,
    /// Customers to look at one by one: those with the smallest hashes, so that any two runs take the same.
    sample: BinaryHeap<(u64, Sampled)>,
}

impl<'a> Run<'a> {
    fn new(question: &'a Question<'a>, batches: &Batches) -> Result<Self, Failure> {
        let listed: Vec<&Batch> = batches.done.iter().map(|number| &question.manifest.batches[*number]).collect();
        let sent = Sent::of(question.folder, &listed)?;
        let verified = Verified {
            at: Utc::now(),
            batches: question.manifest.batches.len() as u64,
            compared: listed.len() as u64,
            customers: sent.len(),
            ..Verified::default()
        };
        Ok(Self { question, batches: listed, sent, verified, sample: BinaryHeap::new() })
    }

    /// Compares batch by batch, then looks at the sample, and publishes what was found.
    async fn compare(mut self, mut snapshot: Snapshot, session: &Session<'_>) -> Result<Option<Totals>, Failure> {
        let folder = self.question.receipts.folder().to_owned();
        let path = folder.join("verify.csv");
        let failed = |error: io::Error| disk(&folder, error);
        let mut table = TableFile::create(&path, self.question.dialect, &verify_table::COLUMNS).map_err(failed)?;
        let columns = snapshot.scanned.columns.clone();
        session.phase().total(self.verified.customers);
        for number in 0..self.batches.len() {
            if session.interrupt().asked() {
                return Ok(None);
            }
            let rows = snapshot.rows(number).map_err(failed)?;
            self.compare_batch(number, rows, &columns, &mut table)?;
            session.phase().add(self.batches[number].customers);
        }
        if !self.look_at_sample(session, &mut table).await? {
            return Ok(None);
        }
        let published = table.publish().map_err(failed)?;
        let workbook = verify_table::workbook(&path, self.question.tables)?;
        self.verified.publish(&folder).map_err(failed)?;
        Ok(Some(Totals { verified: self.verified, table: path, workbook, rows: published.rows }))
    }

    fn compare_batch(
        &mut self,
        number: usize,
        rows: &Rows,
        columns: &Columns,
        table: &mut TableFile,
    ) -> Result<(), Failure> {
        let batch = self.batches[number];
        let body = reader::listed(self.question.folder, batch)?;
        let receipt = self.question.receipts.whole(&batch.sha256)?;
        let refused: HashSet<&str> = receipt.iter().flat_map(Receipt::named).collect();
        let mut unnamed = receipt.as_ref().map_or(0, Receipt::unnamed);
        let mut listed = VerifyTable::new(&body, self.question.receipts.folder(), table);
        let customers = body.customers()?;
        for (position, (id, json)) in body.source_ids.iter().zip(customers).enumerate() {
            let at = Place::new(number, position);
            if self.sent.find(id) != Some(at) {
                continue;
            }
            let cells = rows.cells(at).filter(|cells| cells.get(SOURCE_ID) == Some(&id.as_str()));
            match cells {
                _ if refused.contains(id.as_str()) => {
                    self.verified.refused += 1;
                    listed.row(position, id, "refused", ["", "", ""])?;
                }
                None if unnamed > 0 => {
                    unnamed -= 1;
                    self.verified.refused += 1;
                    listed.row(position, id, "refused", ["", "", ""])?;
                }
                None => {
                    self.verified.missing += 1;
                    listed.row(position, id, "missing", ["", "", ""])?;
                }
                Some(cells) => {
                    let customer: Map<String, Value> = serde_json::from_str(json.get()).unwrap_or_default();
                    let comparison = fields::with_row(&customer, &cells, columns);
                    self.book(id, columns.cell(&cells, "id").unwrap_or_default(), &comparison);
                    listed.differences(position, id, &comparison)?;
                }
            }
        }
        Ok(())
    }

    fn book(&mut self, source_id: &str, id: &str, comparison: &Comparison) {
        let mut hidden = false;
        for finding in &comparison.findings {
            let fields = match finding.verdict {
                FieldVerdict::NotCheckable => {
                    hidden = true;
                    &mut self.verified.fields_not_checkable
                }
                FieldVerdict::Differs { .. } => &mut self.verified.fields_that_differ,
            };
            add(fields, &finding.field);
        }
        if comparison.differs() {
            self.verified.differs += 1;
            return;
        }
        let booked = if comparison.same == 0 && hidden { Booked::NotCheckable } else { Booked::Same };
        *self.book_of(booked) += 1;
        // Whom no call can name is left with what the export shows.
        if hidden && self.question.sample > 0 && has_address(id, source_id) {
            let sampled = Sampled { source_id: source_id.to_owned(), id: id.to_owned(), booked };
            self.sample.push((digest::short(source_id.as_bytes()), sampled));
            if self.sample.len() > self.question.sample {
                self.sample.pop();
            }
        }
    }

    fn book_of(&mut self, booked: Booked) -> &mut u64 {
        match booked {
            Booked::Same => &mut self.verified.same,
            Booked::NotCheckable => &mut self.verified.not_checkable,
        }
    }

    /// Looks at some customers one by one, whose other fields no export shows; tells whether to go on.
    async fn look_at_sample(&mut self, session: &Session<'_>, table: &mut TableFile) -> Result<bool, Failure> {
        let sample = std::mem::take(&mut self.sample).into_iter();
        let mut wanted: Vec<(Place, Sampled)> =
            sample.filter_map(|(_, one)| Some((self.sent.find(&one.source_id)?, one))).collect();
        wanted.sort_by_key(|(place, _)| (place.batch, place.position));
        for group in wanted.chunk_by(|(one, _), (other, _)| one.batch == other.batch) {
            let Some((Place { batch, .. }, _)) = group.first() else { continue };
            let number = usize::try_from(*batch).unwrap_or_default();
            let body = reader::listed(self.question.folder, self.batches[number])?;
            for (at, Sampled { source_id, id, booked }) in group {
                let look = async |client: &Voucherify| client.customer(id, source_id).await;
                let answer = session.patiently(CallKind::Ordinary, look).await;
                let held = match answer {
                    Ok(None) => return Ok(false),
                    Ok(Some(customer)) => Some(customer.0),
                    Err(VoucherifyError::Missing) => None,
                    Err(error) if error.is_about_one() => {
                        // What is the fault of one customer must not keep the others waiting.
                        let why = error.into_failure().to_string();
                        self.verified.not_looked_at += 1;
                        let place = usize::try_from(at.position).unwrap_or_default();
                        let mut listed = VerifyTable::new(&body, self.question.receipts.folder(), table);
                        listed.row(place, source_id, "not_looked_at", ["", "", &why])?;
                        match session.patiently(CallKind::Ordinary, async |client| client.check_keys().await).await {
                            Ok(None) => return Ok(false),
                            Ok(Some(())) => continue,
                            Err(error) => return Err(error.into_failure()),
                        }
                    }
                    Err(error) => return Err(error.into_failure()),
                };
                self.verified.sampled += 1;
                self.book_sampled(&body, (*at, *booked), source_id, held, table)?;
            }
        }
        Ok(true)
    }

    /// What a look at one customer says beside its row.
    fn book_sampled(
        &mut self,
        body: &Body,
        (at, booked): (Place, Booked),
        id: &str,
        held: Option<Map<String, Value>>,
        table: &mut TableFile,
    ) -> Result<(), Failure> {
        let position = usize::try_from(at.position).unwrap_or_default();
        let customers = body.customers()?;
        let json = customers.get(position).map(|json| json.get()).unwrap_or_default();
        let customer: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
        let mut listed = VerifyTable::new(body, self.question.receipts.folder(), table);
        match held {
            None => {
                *self.book_of(booked) -= 1;
                self.verified.missing += 1;
                listed.row(position, id, "missing", ["", "", ""])
            }
            Some(held) => {
                let comparison = fields::with_json(&customer, &held);
                if comparison.differs() {
                    *self.book_of(booked) -= 1;
                    self.verified.differs += 1;
                    for finding in &comparison.findings {
                        if finding.verdict != FieldVerdict::NotCheckable {
                            add(&mut self.verified.fields_that_differ, &finding.field);
                        }
                    }
                }
                listed.differences(position, id, &comparison)
            }
        }
    }
}

fn add(fields: &mut BTreeMap<String, u64>, field: &str) {
    match fields.get_mut(field) {
        Some(count) => *count += 1,
        None => drop(fields.insert(field.to_owned(), 1)),
    }
}
