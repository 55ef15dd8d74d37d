//! The plan: every customer that the upload touched, decided, as a folder of batches beside a list of those who may go.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};

use super::{
    decide::{Case, Decision, Undoing, decide},
    deletion::{self, Deletion},
    image,
    values::Held,
};
use crate::{
    batches::{
        left_behind::LeftBehind,
        manifest::{Batch, BatchesManifest, FORMAT, Kind, TransformBooks},
        origins::{self, OriginRow},
        packing::Packer,
        reader::{self, Body},
        writer::{BatchesWriter, Files},
    },
    compare::{Batches, FIELDS_AND_HISTORY, Place, SOURCE_ID, Sent, Snapshot, with_export},
    failure::Failure,
    findings::FindingsTable,
    publish::{self, Unpublished},
    receipts::{BeforeImage, CustomerFate as Told, CustomerOutcome, Receipt, Receipts, UndoRecord, UndoState},
    tables::{Dialect, TableFile},
    voucherify::Session,
};

/// The profiles that customers come from: none where somebody removed the table.
fn origins(path: &Path, customers: u64) -> Result<Vec<OriginRow>, Failure> {
    let cause = match origins::read(path, customers) {
        Ok(origins) if origins.len() as u64 == customers => return Ok(origins),
        Ok(origins) => io::Error::other(format!("it has {} rows, not {customers}", origins.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => error,
    };
    Err(Failure::stopped(format!("cannot read `{}`", path.display()))
        .because(cause)
        .kept("nothing was put back or deleted")
        .again("see to the cause, or remove that table, which only tells of which profile a customer is, then"))
}

/// How much later than an upload was through with a customer a change counts as somebody else's: what is known of the
/// server's clock is known to the second.
const TOLERANCE: TimeDelta = TimeDelta::seconds(2);
/// Columns of `kept.csv`.
const KEPT: [&str; 5] = ["segment_id", "source_id", "why", "file", "line"];

/// What a user asks for.
#[derive(Debug)]
pub struct Wish<'a> {
    /// Folder of the batches that were sent.
    pub folder: &'a Path,
    /// What that folder says it holds.
    pub manifest: &'a BatchesManifest,
    /// What the target answered.
    pub receipts: &'a Receipts,
    /// What was there before.
    pub image: &'a BeforeImage,
    /// Whether what others did since is overruled.
    pub force: bool,
    /// Whether customers are deleted whom the upload made.
    pub delete_created: bool,
    /// How long an export may take.
    pub patience: Duration,
    /// For whom the tables are written.
    pub dialect: Dialect,
}

/// A plan that is on the disk.
#[derive(Debug)]
pub struct Planned {
    /// What it comes to.
    pub record: UndoRecord,
    /// Folder of the plan, below that of the target.
    pub folder: PathBuf,
    /// Bulk requests that bring old values back.
    pub posts: u64,
    /// Bytes of JSON in them.
    pub bytes: u64,
}

/// Makes a plan and publishes it in the place of one that was not begun; nothing where the user asks to stop.
///
/// # Errors
/// An image that is no use, an export that cannot be had, a batch that is damaged, or a disk that fails.
pub async fn plan(session: &Session<'_>, wish: &Wish<'_>) -> Result<Option<Planned>, Failure> {
    let target = wish.receipts.folder();
    let done = Batches::of(wish.manifest, wish.receipts).done;
    let batches: Vec<&Batch> = done.iter().map(|number| &wish.manifest.batches[*number]).collect();
    let sent = Sent::of(wish.folder, &batches)?;
    let wanted = (&sent, batches.len());
    let table = image::open(wish.image, target)?;
    let before = Snapshot::of(table, &FIELDS_AND_HISTORY, &wish.image.metadata_keys, wanted, target);
    let before = before.map_err(|error| error.into_failure(target))?;
    let read = |export| Snapshot::of_export(export, &FIELDS_AND_HISTORY, wanted, target);
    let Some(now) = with_export(session, target, &FIELDS_AND_HISTORY, wish.patience, read).await? else {
        return Ok(None);
    };
    let undos = UndoRecord::all(target)?;
    let number = match undos.last() {
        Some(last) if last.state == UndoState::Planned => last.number,
        last => last.map_or(1, |last| last.number + 1),
    };
    let folder = UndoRecord::folder(target, number);
    let disk = |error: io::Error| Failure::disk(format!("cannot write the plan `{}`", folder.display()), error);
    publish::folder(&folder).and_then(|()| UndoRecord::withdraw(target, number)).map_err(disk)?;
    let mut draft = Draft::begin(wish, &folder, number)?;
    session.phase().total(batches.iter().map(|batch| batch.customers).sum());
    let (mut before, mut now) = (before, now);
    for (number, batch) in batches.iter().enumerate() {
        if session.interrupt().asked() {
            return Ok(None);
        }
        draft.take(number, batch, &sent, (&mut before, &mut now))?;
        session.phase().add(batch.customers);
    }
    draft.publish(target).map(Some)
}

/// A plan as it grows.
struct Draft<'a> {
    wish: &'a Wish<'a>,
    folder: PathBuf,
    record: UndoRecord,
    writer: BatchesWriter,
    packer: Packer,
    kept: TableFile,
    deletions: GzEncoder<BufWriter<Unpublished>>,
}

impl<'a> Draft<'a> {
    fn begin(wish: &'a Wish<'a>, folder: &Path, number: u64) -> Result<Self, Failure> {
        let disk = |error: io::Error| Failure::disk(format!("cannot write the plan `{}`", folder.display()), error);
        let writer = BatchesWriter::create(folder)?;
        let kept = TableFile::create(&folder.join("kept.csv"), wish.dialect, &KEPT).map_err(disk)?;
        let deletions = BufWriter::new(Unpublished::create(deletion::list(folder)).map_err(disk)?);
        let record = UndoRecord {
            number,
            target: wish.receipts.target().to_owned(),
            before: wish.image.number,
            state: UndoState::Planned,
            planned_at: Utc::now(),
            finished_at: None,
            force: wish.force,
            delete_created: wish.delete_created,
            touched: 0,
            to_restore: 0,
            as_before: 0,
            to_delete: 0,
            kept: BTreeMap::new(),
            made_again: 0,
            not_restorable: BTreeMap::new(),
            books: None,
        };
        Ok(Self {
            wish,
            folder: folder.to_owned(),
            record,
            writer,
            packer: Packer::new(wish.manifest.options.limits()),
            kept,
            deletions: GzEncoder::new(deletions, Compression::fast()),
        })
    }

    fn disk(&self, error: io::Error) -> Failure {
        Failure::disk(format!("cannot write the plan `{}`", self.folder.display()), error)
    }

    /// Decides about the customers of a batch.
    fn take(
        &mut self,
        number: usize,
        batch: &Batch,
        sent: &Sent,
        (before, now): (&mut Snapshot, &mut Snapshot),
    ) -> Result<(), Failure> {
        let body = reader::listed(self.wish.folder, batch)?;
        let Some(receipt) = self.wish.receipts.whole(&batch.sha256)? else { return Ok(()) };
        let outcomes = outcomes(self.wish.receipts, &receipt, &body);
        let origins = origins(&self.wish.folder.join(&batch.origins.file), batch.customers)?;
        let limit = limit(&receipt);
        let (old, new) = (before.scanned.clone(), now.scanned.clone());
        let before = before.rows(number).map_err(|error| self.disk(error))?;
        let now = now.rows(number).map_err(|error| self.disk(error))?;
        let customers = body.customers()?;
        for (position, (id, json)) in body.source_ids.iter().zip(customers).enumerate() {
            let at = Place::new(number, position);
            if sent.find(id) != Some(at) {
                continue;
            }
            let own = |cells: &Vec<&str>| cells.get(SOURCE_ID) == Some(&id.as_str());
            let case = Case {
                source_id: id,
                sent: &serde_json::from_str::<Map<String, Value>>(json.get()).unwrap_or_default(),
                outcome: outcomes[position],
                before: before.cells(at).filter(own).map(|cells| Held {
                    cells,
                    columns: &old.columns,
                    keys: &old.keys,
                }),
                now: now.cells(at).filter(own).map(|cells| Held { cells, columns: &new.columns, keys: &new.keys }),
                limit,
                force: self.wish.force,
            };
            let id_there = case.now.as_ref().map(|now| now.text("id").to_owned()).unwrap_or_default();
            let decision = decide(&case);
            self.note(id, decision, &Deletion::of(id, id_there, limit), origins.get(position))?;
        }
        Ok(())
    }

    fn note(
        &mut self,
        id: &str,
        decision: Decision,
        deletion: &Deletion,
        origin: Option<&OriginRow>,
    ) -> Result<(), Failure> {
        let Decision { fate, not_restorable } = decision;
        if fate != Undoing::Untouched {
            self.record.touched += 1;
        }
        if matches!(fate, Undoing::Restore { .. } | Undoing::AsBefore) {
            for field in not_restorable {
                *self.record.not_restorable.entry(field.to_string()).or_default() += 1;
            }
        }
        match fate {
            Undoing::Untouched => {}
            Undoing::AsBefore => self.record.as_before += 1,
            Undoing::Restore { customer, made_again } => {
                self.record.to_restore += 1;
                self.record.made_again += u64::from(made_again);
                let json = Value::Object(customer).to_string();
                let mut row = Vec::new();
                match origin {
                    Some(origin) => origins::write_row(&mut row, &origin.segment_id, &origin.file, origin.line),
                    None => origins::write_row(&mut row, "", "-", 0),
                }
                if let Some(packed) = self.packer.add(json.as_bytes(), &row) {
                    self.writer.write(Files::of(&packed))?;
                }
            }
            Undoing::Delete => {
                self.record.to_delete += 1;
                let line = serde_json::to_vec(deletion).map_err(|error| self.disk(error.into()))?;
                self.deletions.write_all(&[&line[..], b"\n"].concat()).map_err(|error| self.disk(error))?;
            }
            Undoing::Keep(why) => {
                *self.record.kept.entry(why.as_str().to_owned()).or_default() += 1;
                let (segment_id, file) = origin.map_or(("", ""), |origin| (&origin.segment_id, &origin.file));
                let line = origin.map(|origin| origin.line.to_string()).unwrap_or_default();
                let row = self.kept.row([segment_id, id, why.as_str(), file, &line]);
                row.map_err(|error| self.disk(error))?;
            }
        }
        Ok(())
    }

    /// Publishes everything, and the record last.
    fn publish(mut self, target: &Path) -> Result<Planned, Failure> {
        if let Some(packed) = self.packer.finish() {
            self.writer.write(Files::of(&packed))?;
        }
        let folder = self.folder.clone();
        let disk = |error: io::Error| Failure::disk(format!("cannot write the plan `{}`", folder.display()), error);
        // What readers of batches expect; nobody is rejected here.
        let table = |file: &str| FindingsTable::create(self.wish.dialect, &self.writer.place(file))?.finish();
        let (rejects, warnings) = (table("rejects.csv")?, table("warnings.csv")?);
        let customers = self.record.to_restore;
        let manifest = BatchesManifest {
            kind: Kind::Batches,
            format: FORMAT,
            tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
            options: self.wish.manifest.options.clone(),
            given: Vec::new(),
            inputs: Vec::new(),
            batches: Vec::new(),
            rejects: rejects.into(),
            warnings: warnings.into(),
            books: TransformBooks { read: customers, customers, ..TransformBooks::default() },
            index: None,
            left_behind: LeftBehind::default(),
            workbooks: Vec::new(),
        };
        let (manifest, _) = self.writer.commit(manifest)?;
        self.kept.publish().map_err(disk)?;
        let deletions = self.deletions.finish().map_err(disk)?;
        deletions.into_inner().map_err(io::IntoInnerError::into_error).and_then(Unpublished::commit).map_err(disk)?;
        // A journal of an earlier plan is none of this one.
        deletion::publish_table(&folder, &self.record, self.wish.dialect)?;
        self.record.publish(target).map_err(disk)?;
        let bytes = manifest.batches.iter().map(|batch| batch.bytes).sum();
        Ok(Planned { record: self.record, folder, posts: manifest.batches.len() as u64, bytes })
    }
}

/// What became of each customer of a batch: by the table of outcomes, else by the receipt.
fn outcomes(receipts: &Receipts, receipt: &Receipt, body: &Body) -> Vec<CustomerOutcome> {
    let of_receipt = |id: &str| {
        let refusal = receipt.errors.iter().find(|error| error.source_id.as_deref() == Some(id));
        match receipt.fate(refusal) {
            Told::Refused(_) => CustomerOutcome::Refused,
            Told::Taken => CustomerOutcome::Taken,
            Told::Submitted | Told::Undone | Told::Unknown => CustomerOutcome::Unknown,
        }
    };
    let table = receipts.outcomes(&receipt.sha256).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let table = table.unwrap_or_default();
    if table.len() == body.source_ids.len() && table.iter().map(|row| &row.source_id).eq(&body.source_ids) {
        return table.into_iter().map(|row| row.outcome).collect();
    }
    if receipt.errors.is_empty() {
        return vec![of_receipt(""); body.source_ids.len()];
    }
    let refused: std::collections::HashSet<&str> = receipt.named().collect();
    let other = of_receipt("");
    let outcome = |id: &String| if refused.contains(id.as_str()) { CustomerOutcome::Refused } else { other };
    body.source_ids.iter().map(outcome).collect()
}

/// When the upload was through with the customers of a batch, by the server's clock where that is known.
fn limit(receipt: &Receipt) -> DateTime<Utc> {
    let known = receipt.finished_there.or(receipt.finished_at).or(receipt.submitted_at);
    known.map_or(DateTime::UNIX_EPOCH, |at| at.checked_add_signed(TOLERANCE).unwrap_or(at))
}
