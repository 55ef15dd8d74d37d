//! Batches that were made apart become one folder, as good as if one machine had made them.

mod belonging;
mod taken;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    corrected, index,
    left_behind::{LeftBehind, LeftTrait},
    manifest::{BatchesManifest, CORRECTIONS, FORMAT, Kind, Table},
    settings::Settings,
    writer::BatchesWriter,
};
use crate::{
    failure::Failure,
    findings::{self, FindingsTable, REJECTS, WARNINGS},
    interrupt::Interrupt,
    progress::Phase,
    publish::{Lock, Locking},
    tables::{Form, Published},
};

/// A folder that was read.
#[derive(Debug)]
struct Part {
    folder: PathBuf,
    manifest: BatchesManifest,
    /// Which partition it is.
    index: u32,
}

/// What became of the folders.
#[derive(Debug)]
pub struct Gathered {
    /// What the new folder holds.
    pub manifest: BatchesManifest,
    /// What it held before, if that was finished.
    pub before: Option<BatchesManifest>,
    /// Requests that the folders would have taken apart.
    pub posts_before: usize,
}

/// Makes one folder of these, which have to be all partitions of one transform.
///
/// # Errors
/// Folders that do not belong together or of which one is missing, each with what is wrong; or a disk that fails.
pub fn gather(
    folders: &[PathBuf],
    output: &Path,
    locking: Locking,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<Gathered, Failure> {
    let parts = belonging::parts(folders)?;
    let whole = belonging::one_whole(&parts)?;
    // A folder of something else is named before anything is written into it.
    BatchesManifest::read(output)?;
    let _lock = Lock::exclusive(output, "gathering into this folder", locking)?;
    let mut writer = BatchesWriter::create(output)?;
    let posts_before = parts.iter().map(|part| part.manifest.batches.len()).sum();
    phase.total(posts_before as u64);
    let go_on = || {
        if interrupt.asked() { Err(Failure::interrupted("the batches were not gathered")) } else { Ok(()) }
    };
    let (dialect, flush) = (parts[0].manifest.options.csv, writer.flush());
    let table = |name: &str, listed: fn(&BatchesManifest) -> &Table| -> Result<Published, Failure> {
        let mut table = FindingsTable::create(dialect, &BatchesWriter::staging_in(output).join(name))?;
        table.file().write_behind(&flush);
        taken::tables(&mut table, &parts, listed, go_on)?;
        table.finish_by(|table| table.stage(&flush))
    };
    let all_batches = || {
        taken::batches(&parts, &mut writer, || {
            phase.add(1);
            go_on()
        })
    };
    // What waits for the disk waits beside what is held against its manifest.
    let (taken, (rejects, warnings)) = rayon::join(all_batches, || {
        rayon::join(|| table(REJECTS, |manifest| &manifest.rejects), || table(WARNINGS, |manifest| &manifest.warnings))
    });
    taken?;
    let (rejects, warnings) = (rejects?.into(), warnings?.into());
    go_on()?;
    if !parts[0].manifest.options.corrections.is_empty() {
        let tables: Vec<PathBuf> = parts.iter().map(|part| part.folder.join(CORRECTIONS)).collect();
        corrected::merge(&tables, dialect, &writer.place(CORRECTIONS))?;
    }
    let workbooks = match parts[0].manifest.options.tables {
        Form::Csv => Vec::new(),
        Form::Xlsx => findings::workbooks(|name| writer.place(name), &go_on)?,
    };
    let indexes = parts.iter().map(|part| (&*part.folder, part.manifest.index.as_ref()));
    let index = index::merge(indexes, &writer.place(index::FILE), &flush);
    let index = index.map_err(|error| Failure::disk("cannot gather the indexes of ids", error))?;
    let manifest = BatchesManifest {
        kind: Kind::Batches,
        format: FORMAT,
        tool: parts[0].manifest.tool.clone(),
        options: Settings { partition: None, ..parts[0].manifest.options.clone() },
        given: whole.given,
        inputs: whole.inputs,
        batches: Vec::new(),
        rejects,
        warnings,
        workbooks: workbooks.into_iter().map(Into::into).collect(),
        index,
        books: whole.books,
        left_behind: left_behind(&parts),
    };
    let (manifest, before) = writer.commit(manifest)?;
    Ok(Gathered { manifest, before, posts_before })
}

/// Traits that stayed behind everywhere: of the most common ones that each folder names, the most common ones of all.
fn left_behind(parts: &[Part]) -> LeftBehind {
    let mut profiles: BTreeMap<&str, u64> = BTreeMap::new();
    for left in parts.iter().flat_map(|part| &part.manifest.left_behind.most_common) {
        *profiles.entry(&left.name).or_default() += left.profiles;
    }
    let most = parts.iter().map(|part| part.manifest.left_behind.traits).max().unwrap_or_default();
    let traits = most.max(profiles.len() as u64);
    let mut most_common: Vec<LeftTrait> =
        profiles.into_iter().map(|(name, profiles)| LeftTrait { name: name.to_owned(), profiles }).collect();
    most_common.sort_by_key(|left| std::cmp::Reverse(left.profiles));
    most_common.truncate(LeftBehind::MOST);
    LeftBehind { traits, most_common }
}
