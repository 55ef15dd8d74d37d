//! The export from a warehouse: the tables of Profiles Sync, written as the archive that the Profile API would fill.
//!
//! Profiles come in the order of their ids' bytes, so the last id of the last part that the manifest lists is all that a
//! later run needs to go on. What is read lies in one snapshot of the database; a run that continues takes another, and
//! the manifest says whether the tables changed between them.

use std::{io::Write, path::Path};

use chrono::Utc;
use futures_util::StreamExt;

use super::{
    ExportReport,
    archive::open_manifest,
    disk,
    pipe::{Sink, closed},
};
use crate::{
    archive::{
        manifest::{ArchiveManifest, ExportBooks, TablesStanding, Verdict, WarehouseBooks},
        writer::PartWriter,
    },
    failure::Failure,
    interrupt::Interrupt,
    progress::Phase,
    publish::{self, Lock, Locking},
    warehouse::postgres::{ProfilesWanted, Unloaded, Warehouse},
    wording::counted,
};

/// What may differ from run to run over one archive, and what may not.
#[derive(Debug, Clone)]
pub struct WarehouseExport {
    /// The options that the manifest holds.
    pub fixed: crate::archive::manifest::ArchiveOptions,
    /// What to do where a folder cannot be locked.
    pub locking: Locking,
    /// Identifiers that are given instead of reading all.
    pub identifiers: Option<Vec<String>>,
}

/// Exports the tables into the archive in `folder`, from its beginning or from where an earlier run stopped.
///
/// # Errors
/// Other options than the archive's, tables that cannot be read, or a disk that fails.
pub async fn warehouse(
    warehouse: &Warehouse,
    options: &WarehouseExport,
    folder: &Path,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<ExportReport, Failure> {
    let _lock = Lock::exclusive(folder, "exporting into it", options.locking)?;
    let (manifest, _) = open_manifest(&options.fixed, folder)?;
    if manifest.verdict.is_some() {
        return Ok(ExportReport { manifest, interrupted: false, nothing_left: true });
    }
    publish::sweep_temporary(folder).map_err(disk)?;
    let mut reading = Reading { folder, phase, manifest, part: None, held: WarehouseBooks::default(), last: None };
    let standing = warehouse.standing().await?;
    reading.begin(standing)?;
    let worked = reading.read(warehouse, options, interrupt).await;
    let committed = reading.commit_part();
    match worked {
        Err(failure) => return Err(failure.kept(reading.kept())),
        Ok(()) => committed?,
    }
    if !interrupt.asked() {
        reading.conclude()?;
    }
    let manifest = reading.manifest;
    Ok(ExportReport { interrupted: manifest.verdict.is_none(), manifest, nothing_left: false })
}

/// Writes the profiles of the tables to `output` as lines, gzipped or plain; nothing is kept to continue from. Where it
/// fails or is interrupted, which gives no books, the output is left cut, so that its reader fails, too.
///
/// # Errors
/// Tables that cannot be read, or a reader that has left.
pub async fn warehouse_pipe(
    warehouse: &Warehouse,
    options: &WarehouseExport,
    output: impl Write,
    plain: bool,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<Option<ExportBooks>, Failure> {
    let mut sink = Sink::new(output, plain);
    let mut books = ExportBooks::default();
    let worked = async {
        let standing = warehouse.standing().await?;
        let (wanted, missing) = wanted(warehouse, options, None, 0, phase).await?;
        books.vanished = missing;
        let passage = Passage { warehouse, wanted, options, merged_away: standing.merged_away, interrupt, phase };
        passage
            .read(|profile| {
                sink.write_line(&profile.line).map_err(closed)?;
                books.exported += 1;
                phase.add(1);
                Ok(())
            })
            .await
    };
    let worked = worked.await;
    if worked.is_err() || interrupt.asked() {
        sink.cut();
        return worked.map(|()| None);
    }
    sink.finish().map_err(closed)?;
    books.listed = books.exported + books.vanished;
    Ok(Some(books))
}

/// Which profiles are left to read, and how many of the identifiers that were given stand for nobody.
async fn wanted(
    warehouse: &Warehouse,
    options: &WarehouseExport,
    after: Option<String>,
    exported: u64,
    phase: &Phase,
) -> Result<(ProfilesWanted, u64), Failure> {
    let mut wanted = ProfilesWanted { after, ..ProfilesWanted::default() };
    let mut missing = 0;
    if let Some(identifiers) = &options.identifiers {
        let (ids, unknown) = warehouse.resolve(identifiers).await?;
        missing = unknown;
        phase.total(ids.len() as u64);
        let after = wanted.after.clone().unwrap_or_default();
        wanted.only = Some(ids.into_iter().filter(|id| *id > after).collect());
    }
    if let Some(most) = options.fixed.max_profiles {
        phase.total(most);
        wanted.most = Some(most.saturating_sub(exported));
    }
    Ok((wanted, missing))
}

/// One reading of the tables, from their first profile that is wanted to their last.
struct Passage<'a> {
    warehouse: &'a Warehouse,
    wanted: ProfilesWanted,
    options: &'a WarehouseExport,
    merged_away: u64,
    interrupt: &'a Interrupt,
    phase: &'a Phase,
}

impl Passage<'_> {
    /// Hands profile after profile to `take`, until there are no more or the user wants to stop.
    async fn read(self, mut take: impl FnMut(Unloaded) -> Result<(), Failure>) -> Result<(), Failure> {
        let Self { warehouse, wanted, options, merged_away, interrupt, phase } = self;
        let texts = options.fixed.warehouse.as_ref().map(|source| source.values).unwrap_or_default();
        let mut counting = wanted.only.is_none() && wanted.most.is_none();
        let mut total = std::pin::pin!(warehouse.profiles());
        let mut profiles = std::pin::pin!(warehouse.read(&wanted, texts).await?);
        let mut asked_to_stop = std::pin::pin!(interrupt.wait());
        loop {
            let profile = tokio::select! {
                biased;
                () = &mut asked_to_stop => {
                    warehouse.cancel().await;
                    return Ok(());
                }
                profile = profiles.next() => profile,
                counted = &mut total, if counting => {
                    counting = false;
                    if let Ok(total) = counted {
                        phase.total(total.saturating_sub(merged_away));
                    }
                    continue;
                }
            };
            match profile {
                None => return Ok(()),
                Some(profile) => take(profile?)?,
            }
        }
    }
}

/// An archive on its way.
struct Reading<'a> {
    folder: &'a Path,
    phase: &'a Phase,
    manifest: ArchiveManifest,
    part: Option<PartWriter>,
    /// Books of the part that is being written.
    held: WarehouseBooks,
    /// The last id written.
    last: Option<String>,
}

impl Reading<'_> {
    fn begin(&mut self, standing: TablesStanding) -> Result<(), Failure> {
        let books =
            self.manifest.warehouse.get_or_insert_with(|| WarehouseBooks { standing, ..WarehouseBooks::default() });
        books.changed |= books.standing != standing;
        books.merged_away = standing.merged_away;
        self.phase.already(self.manifest.books.exported);
        self.publish()
    }

    async fn read(
        &mut self,
        warehouse: &Warehouse,
        options: &WarehouseExport,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        let (after, exported) = (self.books().after.clone(), self.manifest.books.exported);
        let (wanted, missing) = wanted(warehouse, options, after, exported, self.phase).await?;
        if options.identifiers.is_some() {
            self.manifest.books.vanished = missing;
        }
        let merged_away = self.books().merged_away;
        let passage = Passage { warehouse, wanted, options, merged_away, interrupt, phase: self.phase };
        passage.read(|profile| self.write(profile)).await
    }

    fn write(&mut self, profile: Unloaded) -> Result<(), Failure> {
        let mut part = match self.part.take() {
            Some(part) => part,
            None => PartWriter::create(self.folder, self.manifest.parts.len() + 1).map_err(disk)?,
        };
        // Where that fails the part is given up, with half a line in it.
        part.write_line(&profile.line).map_err(disk)?;
        self.part = Some(part);
        self.held.profiles += 1;
        self.held.with_ids += u64::from(profile.has_ids);
        self.held.with_traits += u64::from(profile.has_traits);
        self.held.with_both += u64::from(profile.has_ids && profile.has_traits);
        self.last = Some(profile.segment_id);
        self.phase.add(1);
        if self.held.profiles == self.manifest.options.part_size { self.commit_part() } else { Ok(()) }
    }

    fn commit_part(&mut self) -> Result<(), Failure> {
        if let Some(part) = self.part.take() {
            self.manifest.parts.push(part.commit().map_err(disk)?);
            let held = std::mem::take(&mut self.held);
            let after = self.last.take();
            self.manifest.books.exported += held.profiles;
            let books = self.books();
            books.profiles += held.profiles;
            books.with_ids += held.with_ids;
            books.with_traits += held.with_traits;
            books.with_both += held.with_both;
            books.after = after;
        }
        self.publish()
    }

    /// Comes to a verdict.
    fn conclude(&mut self) -> Result<(), Failure> {
        let mut reasons = Vec::new();
        let books = self.books().clone();
        if books.changed {
            reasons.push(
                "the tables changed between runs, so that the archive is no single state of them; export into a folder of its own in one run"
                    .to_owned(),
            );
        }
        if self.manifest.options.max_profiles.is_some() {
            reasons.push("the export was a trial, limited by `--max-profiles`".into());
        }
        if self.manifest.books.vanished > 0 {
            reasons
                .push(format!("the warehouse knows nobody by {}", counted(self.manifest.books.vanished, "identifier")));
        }
        self.manifest.verdict = Some(if reasons.is_empty() { Verdict::Complete } else { Verdict::Incomplete(reasons) });
        self.publish()
    }

    fn books(&mut self) -> &mut WarehouseBooks {
        self.manifest.warehouse.get_or_insert_default()
    }

    /// What was read is what is listed: there is no list beside the tables.
    fn publish(&mut self) -> Result<(), Failure> {
        self.manifest.books.listed = self.manifest.books.exported + self.manifest.books.vanished;
        self.manifest.updated_at = Utc::now();
        self.manifest.publish(self.folder).map_err(disk)
    }

    fn kept(&self) -> String {
        format!("{} in `{}`", counted(self.manifest.books.exported, "profile"), self.folder.display())
    }
}
