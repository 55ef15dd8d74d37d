//! Sees to it that no transform throws away what people wrote into sheets that lie where its own tables go.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::Corrections;
use crate::{
    batches::manifest::{BatchesManifest, CORRECTIONS, Table},
    digest,
    failure::Failure,
    findings::{CORRECTED_VALUE, REJECTS_WORKBOOK, WARNINGS_WORKBOOK},
    tables::Form,
    wording::counted,
};

/// Refuses to replace tables where corrections would go with them that this run does not have.
///
/// # Errors
/// The file that has them, and how to keep them.
pub fn check_tables(tables: &[PathBuf], corrections: &Corrections) -> Result<(), Failure> {
    tables.iter().try_for_each(|table| refuse(table, corrections, &Corrections::default(), may_hold_work))
}

/// The same for a folder of batches, whose manifest tells which tables were edited, and the sheets that it was made with;
/// `form` is that of the tables that will be written.
///
/// # Errors
/// The file that has corrections, and how to keep them.
pub fn check_folder(folder: &Path, corrections: &Corrections, form: Form) -> Result<(), Failure> {
    let before = BatchesManifest::read(folder)?;
    let tables = before.iter().flat_map(BatchesManifest::tables);
    let edited = tables.filter(|table| is_edited(&folder.join(&table.file), table));
    let edited: Vec<PathBuf> = edited.map(|table| folder.join(&table.file)).collect();
    // Whatever became of a table that somebody edited, it is not for us to throw it away unread.
    edited.iter().try_for_each(|table| refuse(table, corrections, &Corrections::default(), |_| true))?;
    // A workbook that is not in the list may be what somebody saved there.
    let listed = |name: &str| before.iter().flat_map(BatchesManifest::tables).any(|table| table.file == name);
    let workbooks = [REJECTS_WORKBOOK, WARNINGS_WORKBOOK].into_iter().filter(|_| form == Form::Xlsx);
    let mut unlisted = workbooks.filter(|name| !listed(name)).map(|name| folder.join(name));
    unlisted.try_for_each(|table| refuse(&table, corrections, &Corrections::default(), may_hold_work))?;
    let elsewhere = before.and_then(|manifest| Corrections::read(&sheets(&manifest)).ok()).unwrap_or_default();
    refuse(&folder.join(CORRECTIONS), corrections, &elsewhere, may_hold_work)
}

/// The same where a folder is to be made of others: the sheets that they were made with are all that it has.
///
/// # Errors
/// The file that has corrections, and how to keep them.
pub fn check_gathered(folder: &Path, made_with: &BatchesManifest) -> Result<(), Failure> {
    check_folder(folder, &Corrections::read(&sheets(made_with)).unwrap_or_default(), made_with.options.tables)
}

/// A device or a pipe is not replaced, and a file that is empty or not there holds nothing that could be lost. Of one that
/// cannot be read as a sheet, `may_hold_work` decides.
fn refuse(
    path: &Path,
    corrections: &Corrections,
    elsewhere: &Corrections,
    may_hold_work: fn(&Path) -> bool,
) -> Result<(), Failure> {
    if !path.is_file() || path.metadata().is_ok_and(|metadata| metadata.len() == 0) {
        return Ok(());
    }
    let lost = match Corrections::read(&[path.to_owned()]) {
        Ok(sheet) => sheet.beyond(corrections, elsewhere),
        Err(failure) if may_hold_work(path) => {
            let message = format!("`{}` would be replaced, and may hold what somebody wrote into it", path.display());
            return Err(Failure::usage(message)
                .because(failure)
                .hint("mend it and give it as `--corrections`, or move it away to do without what is in it"));
        }
        Err(_) => 0,
    };
    if lost == 0 {
        return Ok(());
    }
    let (path, lost) = (path.display(), counted(lost as u64, "correction"));
    Err(Failure::usage(format!("`{path}` would be replaced, and has {lost} that this run does not have")).hint(
        format!("give the transform `--corrections {path}` to keep them, or move the file away to do without them"),
    ))
}

/// Whether a file that is no readable sheet looks like one of ours that was edited: it has our column, or is a workbook.
fn may_hold_work(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut head));
    // In UTF-16 there is a zero beside each letter.
    head.retain(|byte| *byte != 0);
    head.make_ascii_lowercase();
    let ours = memchr::memmem::find(&head, CORRECTED_VALUE.as_bytes()).is_some();
    read.is_err() || ours || head.starts_with(b"pk\x03\x04") || head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0])
}

fn is_edited(path: &Path, table: &Table) -> bool {
    digest::of_file(path).is_ok_and(|now| now != table.sha256)
}

/// The sheets that the batches were made with, as far as they are still there as they were.
fn sheets(manifest: &BatchesManifest) -> Vec<PathBuf> {
    let sheets = manifest.options.corrections.iter().map(|sheet| (PathBuf::from(&sheet.name), &sheet.sha256));
    let unchanged = sheets.filter(|(path, recorded)| digest::of_file(path).is_ok_and(|now| now == **recorded));
    unchanged.map(|(path, _)| path).collect()
}
