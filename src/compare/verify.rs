//! The run: every customer of the batches that are done against the project, and what is not the same in a table.

use std::{
    collections::{BTreeMap, BinaryHeap, HashSet},
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::Utc;
use serde_json::{Map, Value};

use super::{
    columns::{CREATED_AT, Columns, FIELDS, SOURCE_ID},
    fields::{self, Comparison, FieldVerdict},
    project::{self, ProjectExport},
    sent::{Place, Sent},
    spool::{Rows, Spool},
    verify_table::{self, VerifyTable, disk},
};
use crate::{
    batches::{
        manifest::{Batch, Manifest},
        reader::{self, Body},
    },
    digest,
    failure::Failure,
    gzip::Records,
    receipts::{Receipt, Receipts, State, Verified},
    tables::{Dialect, Form, TableFile},
    voucherify::{CallKind, Session, VoucherifyError},
};

/// An export that is torn is asked for once more.
const MOST_EXPORTS: u32 = 2;

/// What is compared, and how.
#[derive(Debug)]
pub struct Question<'a> {
    /// Folder of the batches.
    pub folder: &'a Path,
    /// The manifest of that folder.
    pub manifest: &'a Manifest,
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
    pub fn of(manifest: &Manifest, receipts: &Receipts) -> Self {
        let mut batches = Self::default();
        let mut sent = Vec::new();
        for (number, batch) in manifest.batches.iter().enumerate() {
            match receipts.get(&batch.sha256) {
                None => batches.left += 1,
                Some(receipt) if receipt.state == State::Submitted => batches.in_flight += 1,
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
pub async fn verify(session: &mut Session<'_>, question: &Question<'_>) -> Result<Option<Totals>, Failure> {
    let batches = Batches::of(question.manifest, question.receipts);
    let mut run = Run::new(question, &batches)?;
    for attempt in 1..=MOST_EXPORTS {
        let folder = question.receipts.folder();
        let Some(export) = project::fetch(session, folder, &FIELDS, question.patience).await? else { return Ok(None) };
        session.phase().note("reading the export");
        match run.spool(export) {
            Err(Unusable::Torn(words)) if attempt < MOST_EXPORTS => tracing::warn!("{words}; it is asked for again"),
            Err(Unusable::Torn(words)) => return Err(Failure::stopped(words).again("nothing was compared;")),
            Err(Unusable::Doubtful(words)) => {
                return Err(Failure::stopped(format!("the export is not what was asked for: {words}"))
                    .hint("nothing was compared, since it is not known what is what"));
            }
            Err(Unusable::Disk(error)) => return Err(disk(folder, error)),
            Ok(()) => break,
        }
    }
    session.phase().note("");
    run.compare(session).await
}

/// In which book a customer is that an export does not show whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Booked {
    Same,
    NotCheckable,
}

/// Why an export is no use.
enum Unusable {
    /// It ends or breaks in the middle.
    Torn(String),
    /// Its columns are not those that were asked for.
    Doubtful(String),
    Disk(io::Error),
}

struct Run<'a> {
    question: &'a Question<'a>,
    batches: Vec<&'a Batch>,
    sent: Sent,
    spool: Option<(Spool, Columns)>,
    verified: Verified,
    /// Customers to look at one by one: those with the smallest hashes, so that any two runs take the same.
    sample: BinaryHeap<(u64, String, Booked)>,
}

impl<'a> Run<'a> {
    fn new(question: &'a Question<'a>, batches: &Batches) -> Result<Self, Failure> {
        let listed: Vec<&Batch> = batches.done.iter().map(|number| &question.manifest.batches[*number]).collect();
        let mut sent = Sent::default();
        for (number, batch) in listed.iter().enumerate() {
            let body = reader::listed(question.folder, batch)?;
            for (position, id) in body.source_ids.iter().enumerate() {
                sent.add(id, place(number, position));
            }
        }
        sent.finish();
        let verified = Verified {
            at: Utc::now(),
            batches: question.manifest.batches.len() as u64,
            compared: listed.len() as u64,
            customers: sent.len(),
            ..Verified::default()
        };
        Ok(Self { question, batches: listed, sent, spool: None, verified, sample: BinaryHeap::new() })
    }

    /// Reads an export once, keeps the rows of those who were sent, and counts the others.
    fn spool(&mut self, export: ProjectExport) -> Result<(), Unusable> {
        let ProjectExport { file, metadata_keys } = export;
        let mut table = table_of(file);
        let header = table.headers().map_err(|error| torn(&error))?.clone();
        let columns = Columns::of(&header, &metadata_keys).map_err(Unusable::Doubtful)?;
        let mut spool = Spool::new(self.question.receipts.folder(), self.batches.len()).map_err(Unusable::Disk)?;
        let (mut record, mut found, mut rows) = (csv::StringRecord::new(), 0_u64, 0_u64);
        while table.read_record(&mut record).map_err(|error| torn(&error))? {
            rows += 1;
            if record.len() != columns.width {
                let (has, all) = (record.len(), columns.width);
                return Err(Unusable::Torn(format!("the export is cut: its row {rows} has {has} of {all} columns")));
            }
            let created_at = record.get(CREATED_AT).unwrap_or_default();
            if !created_at.is_empty() && fields::moment(created_at).is_none() {
                let cell = created_at.escape_debug();
                return Err(Unusable::Doubtful(format!(
                    "row {rows} has `{cell}` where the date of creation should be"
                )));
            }
            let id = record.get(SOURCE_ID).unwrap_or_default();
            let Some(place) = self.sent.find(id).filter(|_| !id.is_empty()) else { continue };
            found += 1;
            spool.add(place, record.iter()).map_err(Unusable::Disk)?;
        }
        if found == 0 && rows > 0 && !columns.ids_are_labelled {
            let words = "none of the ids that were sent is in its first column, whose label is not known";
            return Err(Unusable::Doubtful(words.into()));
        }
        self.verified.others = rows.saturating_sub(found);
        self.spool = Some((spool, columns));
        Ok(())
    }

    /// Compares batch by batch, then looks at the sample, and publishes what was found.
    async fn compare(mut self, session: &mut Session<'_>) -> Result<Option<Totals>, Failure> {
        let folder = self.question.receipts.folder().to_owned();
        let path = folder.join("verify.csv");
        let failed = |error: io::Error| disk(&folder, error);
        let mut table = TableFile::create(&path, self.question.dialect, &verify_table::COLUMNS).map_err(failed)?;
        let Some((mut spool, columns)) = self.spool.take() else { return Ok(None) };
        session.phase().total(self.verified.customers);
        let (mut rows, mut of) = (Rows::default(), None);
        for number in 0..self.batches.len() {
            if session.interrupt().asked() {
                return Ok(None);
            }
            if of.is_none_or(|of| !spool.shares(of, number)) {
                drop(rows);
                rows = spool.rows(number).map_err(failed)?;
                of = Some(number);
            }
            self.compare_batch(number, &rows, &columns, &mut table)?;
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
            let at = place(number, position);
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
                    self.book(id, &comparison);
                    listed.differences(position, id, &comparison)?;
                }
            }
        }
        Ok(())
    }

    fn book(&mut self, id: &str, comparison: &Comparison) {
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
        if hidden && self.question.sample > 0 {
            self.sample.push((digest::short(id.as_bytes()), id.to_owned(), booked));
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
    async fn look_at_sample(&mut self, session: &mut Session<'_>, table: &mut TableFile) -> Result<bool, Failure> {
        let sample = std::mem::take(&mut self.sample).into_iter();
        let mut wanted: Vec<(Place, String, Booked)> =
            sample.filter_map(|(_, id, booked)| Some((self.sent.find(&id)?, id, booked))).collect();
        wanted.sort_by_key(|(place, ..)| (place.batch, place.position));
        for group in wanted.chunk_by(|(one, ..), (other, ..)| one.batch == other.batch) {
            let Some((Place { batch, .. }, ..)) = group.first() else { continue };
            let number = usize::try_from(*batch).unwrap_or_default();
            let body = reader::listed(self.question.folder, self.batches[number])?;
            for (at, id, booked) in group {
                let answer = session.patiently(CallKind::Ordinary, async |client| client.customer(id).await).await;
                let held = match answer {
                    Ok(None) => return Ok(false),
                    Ok(Some(customer)) => Some(customer.0),
                    Err(VoucherifyError::Missing) => None,
                    Err(error) => return Err(error.into_failure()),
                };
                self.verified.sampled += 1;
                self.book_sampled(&body, (*at, *booked), id, held, table)?;
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

fn place(batch: usize, position: usize) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { batch: number(batch), position: number(position) }
}

fn table_of(file: File) -> csv::Reader<Records<BufReader<File>>> {
    csv::ReaderBuilder::new().flexible(true).from_reader(Records::new(BufReader::new(file)))
}

fn torn(error: &csv::Error) -> Unusable {
    Unusable::Torn(format!("the export cannot be read: {error}"))
}
