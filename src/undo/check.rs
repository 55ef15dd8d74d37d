//! What a project holds against a before-image: who is as they were, and who is not.

use std::{collections::BTreeMap, io, path::PathBuf, time::Duration};

use serde::Serialize;

use super::{
    image,
    values::{Held, is_same},
};
use crate::{
    batches::{
        manifest::{Batch, BatchesManifest},
        reader,
    },
    compare::{FIELDS_AND_HISTORY, Place, SOURCE_ID, Sent, Snapshot, with_export},
    failure::Failure,
    receipts::{BeforeImage, Receipts},
    tables::{Dialect, TableFile},
    voucherify::Session,
};

/// Columns of the table.
const COLUMNS: [&str; 5] = ["source_id", "verdict", "field", "before", "held"];

/// What a comparison came to; customers = same + differs + missing + added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Customers of the batches.
    pub customers: u64,
    /// Those who are as they were: there or not there, with the same fields.
    pub same: u64,
    /// Those who were there and hold something else.
    pub differs: u64,
    /// Those who were there and are not.
    pub missing: u64,
    /// Those who are there and were not.
    pub added: u64,
    /// Fields that hold something else, with the number of customers.
    pub fields_that_differ: BTreeMap<String, u64>,
    /// Where it is told.
    pub table: PathBuf,
    /// Rows of that table.
    pub rows: u64,
}

/// Compares; nothing where the user asks to stop.
///
/// # Errors
/// An image that is no use, an export that cannot be had, a batch that is damaged, or a disk that fails.
pub async fn check(
    session: &Session<'_>,
    (folder, manifest): (&std::path::Path, &BatchesManifest),
    receipts: &Receipts,
    image: &BeforeImage,
    (patience, dialect): (Duration, Dialect),
) -> Result<Option<Checked>, Failure> {
    let target = receipts.folder();
    let place = BeforeImage::folder(target, image.number);
    let disk = |error: io::Error| Failure::disk(format!("cannot write to `{}`", place.display()), error);
    let batches: Vec<&Batch> = manifest.batches.iter().collect();
    let sent = Sent::of(folder, &batches)?;
    let wanted = (&sent, batches.len());
    let table = image::open(image, target)?;
    let before = Snapshot::of(table, &FIELDS_AND_HISTORY, &image.metadata_keys, wanted, target);
    let mut before = before.map_err(|error| error.into_failure(target))?;
    let read = |export| Snapshot::of_export(export, &FIELDS_AND_HISTORY, wanted, target);
    let Some(mut now) = with_export(session, target, &FIELDS_AND_HISTORY, patience, read).await? else {
        return Ok(None);
    };
    let mut checked = Checked { table: place.join("verify.csv"), ..Checked::default() };
    let mut table = TableFile::create(&checked.table, dialect, &COLUMNS).map_err(disk)?;
    let (old, new) = (before.scanned.clone(), now.scanned.clone());
    session.phase().total(batches.iter().map(|batch| batch.customers).sum());
    for (number, batch) in batches.iter().enumerate() {
        let body = reader::listed(folder, batch)?;
        let (before, now) = (before.rows(number).map_err(disk)?, now.rows(number).map_err(disk)?);
        for (position, id) in body.source_ids.iter().enumerate() {
            let at = Place::new(number, position);
            if sent.find(id) != Some(at) {
                continue;
            }
            let own = |cells: &Vec<&str>| cells.get(SOURCE_ID) == Some(&id.as_str());
            let was = before.cells(at).filter(own).map(|cells| Held { cells, columns: &old.columns, keys: &old.keys });
            let is = now.cells(at).filter(own).map(|cells| Held { cells, columns: &new.columns, keys: &new.keys });
            for row in checked.note(id, was.as_ref(), is.as_ref()) {
                table.row(row.iter().map(String::as_str)).map_err(disk)?;
            }
        }
        session.phase().add(batch.customers);
    }
    checked.rows = table.publish().map_err(disk)?.rows;
    Ok(Some(checked))
}

impl Checked {
    /// Books one customer, and gives its rows.
    fn note(&mut self, id: &str, was: Option<&Held<'_>>, is: Option<&Held<'_>>) -> Vec<[String; 5]> {
        self.customers += 1;
        let row = |verdict: &str, field: &str, before: &str, held: &str| {
            [id, verdict, field, before, held].map(str::to_owned)
        };
        let (book, rows) = match (was, is) {
            (None, None) => (&mut self.same, Vec::new()),
            (Some(_), None) => (&mut self.missing, vec![row("missing", "", "", "")]),
            (None, Some(_)) => (&mut self.added, vec![row("added", "", "", "")]),
            (Some(was), Some(is)) => {
                let fields = was.everything();
                let unlike: Vec<_> = fields.iter().filter(|field| is_same(was, is, field) == Some(false)).collect();
                let mut rows = Vec::new();
                for field in &unlike {
                    *self.fields_that_differ.entry(field.to_string()).or_default() += 1;
                    let text = |held: &Held<'_>| match held.value(field) {
                        Some(serde_json::Value::String(text)) => text,
                        Some(serde_json::Value::Null) | None => String::new(),
                        Some(other) => other.to_string(),
                    };
                    rows.push(row("differs", &field.to_string(), &text(was), &text(is)));
                }
                (if unlike.is_empty() { &mut self.same } else { &mut self.differs }, rows)
            }
        };
        *book += 1;
        rows
    }

    /// Whether everybody is as they were.
    #[must_use]
    pub fn all_same(&self) -> bool {
        self.same == self.customers
    }
}
