//! `verify.csv`: what is not the same, with where the customer came from.

use std::path::{Path, PathBuf};

use super::{
    disk,
    fields::{Comparison, FieldVerdict},
};
use crate::{
    batches::{
        origins::{self, OriginRow},
        reader::Body,
    },
    failure::Failure,
    invocation::SEND_ALL,
    publish,
    tables::{Form, TableFile, Workbook},
};

/// Columns of the table.
pub(super) const COLUMNS: [&str; 9] =
    ["segment_id", "source_id", "verdict", "field", "sent", "held", "batch", "file", "line"];

/// The table as a workbook.
const WORKBOOK: Workbook = Workbook {
    sheet: "verify",
    columns: &COLUMNS,
    marked: None,
    advice: [
        &[
            "1. Each row of the next sheets is about one customer whom the project does not hold as it was sent; who is as sent has no row.",
        ],
        &[
            "2. `differs`: the project holds `held` in that field where `sent` was sent; perhaps somebody has changed it since.",
        ],
        &[
            "3. `missing`: the project has no such customer. `refused`: Voucherify had refused it, as refused.csv says. `not_looked_at`: the server did not tell of it, as `held` says.",
        ],
        &[
            "4. `segment_id`, `file` and `line` say which profile it comes from, and `batch` in which batch it was sent.",
        ],
        &["5. To send everybody again as they were sent before: ", SEND_ALL],
    ],
};

/// Writes the finished table once more as a workbook beside it, where that was asked for.
pub(super) fn workbook(table: &Path, form: Form) -> Result<Option<PathBuf>, Failure> {
    let path = table.with_extension("xlsx");
    match form {
        Form::Xlsx => WORKBOOK.create(table, &path, &|| Ok(())).map(|_| Some(path)),
        // The one of an earlier run would be taken for this one's.
        Form::Csv => publish::remove(&path).map(|()| None).map_err(|error| disk(&path, error)),
    }
}

/// Rows about the customers of one batch; where they come from is read only if there are any.
pub(super) struct VerifyTable<'a> {
    body: &'a Body,
    folder: &'a Path,
    table: &'a mut TableFile,
    origins: Option<Vec<OriginRow>>,
}

impl<'a> VerifyTable<'a> {
    pub(super) fn new(body: &'a Body, folder: &'a Path, table: &'a mut TableFile) -> Self {
        Self { body, folder, table, origins: None }
    }

    pub(super) fn differences(&mut self, position: usize, id: &str, comparison: &Comparison) -> Result<(), Failure> {
        for finding in &comparison.findings {
            if let FieldVerdict::Differs { sent, held } = &finding.verdict {
                self.row(position, id, "differs", [&finding.field, sent, held])?;
            }
        }
        Ok(())
    }

    pub(super) fn row(
        &mut self,
        position: usize,
        id: &str,
        verdict: &str,
        [field, sent, held]: [&str; 3],
    ) -> Result<(), Failure> {
        let body = self.body;
        let rows = self.origins.get_or_insert_with(|| {
            let whole = body.memberships.first();
            let table = whole.and_then(|whole| Some((whole.origins.as_deref()?, whole.customers)));
            // It only adds to what is told.
            table.and_then(|(table, customers)| origins::there(table, customers)).unwrap_or_default()
        });
        let origin = rows.get(position).filter(|_| rows.len() == body.source_ids.len());
        let line = origin.map(|origin| origin.line.to_string()).unwrap_or_default();
        let (segment_id, file) = origin.map_or(("", ""), |origin| (origin.segment_id.as_str(), origin.file.as_str()));
        let cells = [segment_id, id, verdict, field, sent, held, &body.name, file, &line];
        self.table.row(cells).map_err(|error| disk(self.folder, error))
    }
}
