//! Sees to it that no transform throws away what people wrote into sheets that lie where its own tables go.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::Corrections;
use crate::{
    batches::manifest::{CORRECTIONS, Manifest, Table},
    digest::Hashed,
    failure::Failure,
    terminal::counted,
};

/// Refuses to replace tables where corrections would go with them that this run does not have.
///
/// # Errors
/// The file that has them, and how to keep them.
pub fn check_tables(tables: &[PathBuf], corrections: &Corrections) -> Result<(), Failure> {
    tables.iter().try_for_each(|table| refuse(table, corrections))
}

/// The same for a folder of batches, where the manifest tells what was edited and whether all sheets are still there.
///
/// # Errors
/// The file that has corrections, and how to keep them.
pub fn check_folder(folder: &Path, corrections: &Corrections) -> Result<(), Failure> {
    let before = Manifest::read(folder)?;
    let tables = before.iter().flat_map(|manifest| [&manifest.rejects, &manifest.warnings]);
    for table in tables.filter(|table| is_edited(&folder.join(&table.file), table)) {
        refuse(&folder.join(&table.file), corrections)?;
    }
    let sheets_remain = before.is_some_and(|manifest| sheets_remain(&manifest));
    if sheets_remain { Ok(()) } else { refuse(&folder.join(CORRECTIONS), corrections) }
}

/// A sheet that is none, or is not there, holds nothing that could be lost.
fn refuse(path: &Path, corrections: &Corrections) -> Result<(), Failure> {
    let lost = Corrections::read(&[path.to_owned()]).map_or(0, |sheet| sheet.beyond(corrections));
    if lost == 0 {
        return Ok(());
    }
    let (path, lost) = (path.display(), counted(lost as u64, "correction"));
    Err(Failure::usage(format!("`{path}` would be replaced, and has {lost} that this run does not have")).hint(
        format!("give the transform `--corrections {path}` to keep them, or move the file away to do without them"),
    ))
}

fn is_edited(path: &Path, table: &Table) -> bool {
    sha256(path).is_ok_and(|sha256| sha256 != table.sha256)
}

/// Whether all sheets that the batches were made with are still there as they were.
fn sheets_remain(manifest: &Manifest) -> bool {
    let sheets = manifest.options.get("corrections").and_then(serde_json::Value::as_array);
    sheets.into_iter().flatten().all(|sheet| {
        let name = sheet["name"].as_str().unwrap_or_default();
        sha256(Path::new(name)).is_ok_and(|sha256| sheet["sha256"] == sha256)
    })
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hashed = Hashed::new(io::sink());
    io::copy(&mut File::open(path)?, &mut hashed)?;
    Ok(hashed.finish().2)
}
