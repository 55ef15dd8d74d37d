//! An export of a project, read once from its beginning to its end: the rows of those who are wanted, the others counted.

use std::{
    io::{self, BufReader, Read},
    path::Path,
    time::Duration,
};

use csv::StringRecord;

use super::{
    columns::{CREATED_AT, Columns, SOURCE_ID},
    fields,
    project::{self, ProjectExport},
    sent::{Place, Sent},
    spool::{Rows, Spool},
};
use crate::{failure::Failure, gzip::Records, receipts::MetadataKey, voucherify::Session};

/// An export that is torn is asked for once more.
const MOST_EXPORTS: u32 = 2;

/// Why an export is no use.
#[derive(Debug)]
pub enum Unusable {
    /// It ends or breaks in the middle.
    Torn(String),
    /// Its columns are not those that were asked for.
    Doubtful(String),
    /// What is made of it cannot be written.
    Disk(io::Error),
}

impl Unusable {
    /// The end of a run; what is needed on disk is in `folder`.
    #[must_use]
    pub fn into_failure(self, folder: &Path) -> Failure {
        match self {
            Self::Torn(words) => Failure::stopped(words).again("nothing was compared;"),
            Self::Doubtful(words) => Failure::stopped(format!("the export is not what was asked for: {words}"))
                .hint("nothing was compared, since it is not known what is what"),
            Self::Disk(error) => super::disk(folder, error),
        }
    }
}

/// What was read of an export.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// Which column is which field.
    pub columns: Columns,
    /// Customers of the project, whether they are wanted or not.
    pub rows: u64,
    /// Those of them who are wanted.
    pub found: u64,
    /// Keys of metadata that the project's schema defined.
    pub keys: Vec<MetadataKey>,
}

/// The rows of those who are wanted, on disk until their batch has its turn.
#[derive(Debug)]
pub struct Snapshot {
    spool: Spool,
    current: Option<(usize, Rows)>,
    /// Columns and counts of the table that was read.
    pub scanned: Scanned,
}

/// Asks for an export of `fields` and makes something of it, once more if it was torn; nothing where the user asks to stop.
///
/// # Errors
/// An export that cannot be had or whose columns are doubtful, or a disk that fails.
pub async fn with_export<T>(
    session: &Session<'_>,
    folder: &Path,
    fields: &[&str],
    patience: Duration,
    mut made: impl FnMut(ProjectExport) -> Result<T, Unusable>,
) -> Result<Option<T>, Failure> {
    let mut attempt = 1;
    loop {
        let Some(export) = project::fetch(session, folder, fields, patience).await? else { return Ok(None) };
        session.phase().note("reading the export");
        match made(export) {
            Err(Unusable::Torn(words)) if attempt < MOST_EXPORTS => tracing::warn!("{words}; it is asked for again"),
            Err(unusable) => return Err(unusable.into_failure(folder)),
            Ok(made) => {
                session.phase().note("");
                return Ok(Some(made));
            }
        }
        attempt += 1;
    }
}

/// Reads a table of `fields` row by row; each of those who are wanted is handed on with its place.
///
/// # Errors
/// A table that is cut, or whose columns are others.
pub fn scan(
    table: impl Read,
    fields: &'static [&'static str],
    keys: &[MetadataKey],
    wanted: &Sent,
    mut each: impl FnMut(&StringRecord, Option<Place>) -> io::Result<()>,
) -> Result<Scanned, Unusable> {
    let lines = Records::new(BufReader::new(table));
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(lines);
    let header = table.headers().map_err(|error| torn(&error))?.clone();
    let names: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
    let columns = Columns::of(&header, fields, &names).map_err(Unusable::Doubtful)?;
    each(&header, None).map_err(Unusable::Disk)?;
    let (mut record, mut found, mut rows) = (StringRecord::new(), 0_u64, 0_u64);
    while table.read_record(&mut record).map_err(|error| torn(&error))? {
        rows += 1;
        if record.len() != columns.width {
            let (has, all) = (record.len(), columns.width);
            return Err(Unusable::Torn(format!("the export is cut: its row {rows} has {has} of {all} columns")));
        }
        let created_at = record.get(CREATED_AT).unwrap_or_default();
        if !created_at.is_empty() && fields::moment(created_at).is_none() {
            let cell = created_at.escape_debug();
            return Err(Unusable::Doubtful(format!("row {rows} has `{cell}` where the date of creation should be")));
        }
        let id = record.get(SOURCE_ID).unwrap_or_default();
        let Some(place) = wanted.find(id).filter(|_| !id.is_empty()) else { continue };
        found += 1;
        each(&record, Some(place)).map_err(Unusable::Disk)?;
    }
    if found == 0 && rows > 0 && !columns.ids_are_labelled {
        let words = "none of the ids that were sent is in its first column, whose label is not known";
        return Err(Unusable::Doubtful(words.into()));
    }
    Ok(Scanned { columns, rows, found, keys: keys.to_vec() })
}

impl Snapshot {
    /// Reads a table and keeps the rows of those who are wanted, in `folder`, for so many batches.
    ///
    /// # Errors
    /// As for [`scan`].
    pub fn of(
        table: impl Read,
        fields: &'static [&'static str],
        keys: &[MetadataKey],
        (wanted, batches): (&Sent, usize),
        folder: &Path,
    ) -> Result<Self, Unusable> {
        let mut spool = Spool::new(folder, batches).map_err(Unusable::Disk)?;
        let scanned = scan(table, fields, keys, wanted, |record, place| match place {
            Some(place) => spool.add(place, record.iter()),
            None => Ok(()),
        })?;
        Ok(Self { spool, current: None, scanned })
    }

    /// The same of an export.
    ///
    /// # Errors
    /// As for [`scan`].
    pub fn of_export(
        export: ProjectExport,
        fields: &'static [&'static str],
        wanted: (&Sent, usize),
        folder: &Path,
    ) -> Result<Self, Unusable> {
        let ProjectExport { file, metadata_keys } = export;
        Self::of(file, fields, &metadata_keys, wanted, folder)
    }

    /// The rows of a batch; batches have to be asked for in their order.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn rows(&mut self, batch: usize) -> io::Result<&Rows> {
        let current = match self.current.take().filter(|(of, _)| self.spool.shares(*of, batch)) {
            Some(current) => current,
            None => (batch, self.spool.rows(batch)?),
        };
        Ok(&self.current.insert(current).1)
    }
}

fn torn(error: &csv::Error) -> Unusable {
    Unusable::Torn(format!("the export cannot be read: {error}"))
}
