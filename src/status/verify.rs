//! Every checksum again: which file is damaged, and how to mend it.

use std::{
    io::{self, BufRead, Read, Write},
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use serde::Serialize;

use super::Folder;
use crate::{
    archive::manifest as archive,
    batches::manifest as batches,
    digest::Hashed,
    gzip,
    invocation::{Invocation, Upload},
    manifest::names,
    progress::Phase,
    receipts,
};

/// What a verification found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Files that were read and compared.
    pub files: u64,
    /// What is wrong, in the order of the manifest.
    pub damages: Vec<Damage>,
}

/// One file that is not what its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Path of the file.
    pub file: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// What to do about it.
    pub mend: String,
    /// The command that does it.
    pub next: Invocation,
}

/// What may be wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It is not there.
    Missing,
    /// Its content is not what was written.
    Changed,
    /// A table for people that somebody has changed: as a sheet of corrections is meant to be, and no damage.
    Edited,
    /// It cannot be read, or makes no sense.
    Unreadable,
}

impl Problem {
    /// Whether something is lost.
    #[must_use]
    pub fn is_damage(self) -> bool {
        self != Self::Edited
    }

    /// A few words for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Edited => "edited",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One file and what it ought to be.
struct Check {
    path: PathBuf,
    expected: Expected,
    mend: &'static str,
    next: Invocation,
}

/// What a file ought to be.
enum Expected {
    /// This SHA-256.
    Sha256(String),
    /// These SHA-256 of the file and of the line in it.
    Batch { file: String, line: String },
    /// This SHA-256, unless a person has changed it.
    Table(String),
    /// This SHA-256, or nothing: it only saves time.
    MayBeGone(String),
    /// A receipt.
    Receipt,
}

/// Compares every file that `folder` ought to hold, on all cores; `phase` counts files.
///
/// # Errors
/// A receipts folder that cannot be listed.
pub fn verify(path: &Path, folder: &Folder, phase: &Phase) -> io::Result<Checked> {
    let checks = match folder {
        Folder::Archive(manifest) => archive_checks(path, manifest),
        Folder::Batches(manifest, targets) => {
            let mut checks = batches_checks(path, manifest);
            for target in targets {
                let files = receipts::files(&receipts::folder_of(path).join(&target.name))?;
                checks.extend(files.into_iter().map(|receipt| receipt_check(receipt, target.upload(path))));
            }
            checks
        }
    };
    phase.total(checks.len() as u64);
    let damages = checks.par_iter().filter_map(|check| {
        let problem = check.problem();
        phase.add(1);
        let file = check.path.display().to_string();
        problem.map(|problem| Damage { file, problem, mend: check.mend.to_owned(), next: check.next.clone() })
    });
    Ok(Checked { damages: damages.collect(), files: checks.len() as u64 })
}

fn archive_checks(folder: &Path, manifest: &archive::ArchiveManifest) -> Vec<Check> {
    let mut anew = folder.as_os_str().to_owned();
    anew.push("-anew");
    let next = Invocation::from(manifest.repeat(Path::new(&anew)));
    let check = |part: &archive::Part| Check {
        path: folder.join(&part.file),
        expected: Expected::Sha256(part.sha256.clone()),
        mend: "copy it again from the machine that exported it; else export anew into another folder",
        next: next.clone(),
    };
    manifest.parts.iter().map(check).collect()
}

fn batches_checks(folder: &Path, manifest: &batches::BatchesManifest) -> Vec<Check> {
    let mend = "copy it again, or transform again: the same archive and options give the same bytes";
    let again = Invocation::from(manifest.repeat(folder));
    let check = |file: &str, expected, mend, next: &Invocation| {
        let path = folder.join(file);
        Check { path, expected, mend, next: next.clone() }
    };
    let mut checks = Vec::new();
    for batch in &manifest.batches {
        let expected = Expected::Batch { file: batch.file_sha256.clone(), line: batch.sha256.clone() };
        checks.push(check(&batch.file, expected, mend, &again));
        checks.push(check(&batch.origins.file, Expected::Sha256(batch.origins.sha256.clone()), mend, &again));
    }
    if let Some(index) = &manifest.index {
        checks.push(check(&index.file, Expected::MayBeGone(index.sha256.clone()), mend, &again));
    }
    for table in manifest.tables() {
        let sheet = manifest.repeat(folder).corrections(folder.join(&table.file));
        let edited = "nothing, if somebody filled in corrections; they are taken by";
        checks.push(check(&table.file, Expected::Table(table.sha256.clone()), edited, &sheet.into()));
    }
    checks
}

fn receipt_check(path: PathBuf, upload: Upload) -> Check {
    let mend = "remove it and upload again: its batch is sent once more, which changes nothing";
    Check { path, expected: Expected::Receipt, mend, next: upload.into() }
}

impl Check {
    fn problem(&self) -> Option<Problem> {
        let may_be_gone = matches!(self.expected, Expected::MayBeGone(_));
        let file = match names::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_be_gone => return None,
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(Problem::Missing),
            Err(_) => return Some(Problem::Unreadable),
        };
        let changed = |same: bool, problem| if same { None } else { Some(problem) };
        match (&self.expected, sha256(file)) {
            (_, Err(_)) => Some(Problem::Unreadable),
            (Expected::Sha256(expected) | Expected::MayBeGone(expected), Ok(found)) => {
                changed(*expected == found, Problem::Changed)
            }
            (Expected::Table(expected), Ok(found)) => changed(*expected == found, Problem::Edited),
            (Expected::Batch { file, line }, Ok(found)) => {
                let same = *file == found && line_sha256(&self.path).is_ok_and(|found| found == *line);
                changed(same, Problem::Changed)
            }
            (Expected::Receipt, Ok(_)) => changed(is_receipt(&self.path), Problem::Unreadable),
        }
    }
}

fn is_receipt(path: &Path) -> bool {
    receipts::read(path).is_ok()
}

fn sha256(mut source: impl Read) -> io::Result<String> {
    let mut hashed = Hashed::new(io::sink());
    io::copy(&mut source, &mut hashed)?;
    Ok(hashed.finish().2)
}

/// The hash of a batch's JSON: the inflated file without its final line break.
fn line_sha256(path: &Path) -> io::Result<String> {
    let mut text = gzip::content(names::open(path)?)?;
    let mut hashed = Hashed::new(io::sink());
    // A line break is hashed only once something follows it.
    let mut held = false;
    loop {
        let bytes = text.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hashed.finish().2);
        }
        if held {
            hashed.write_all(b"\n")?;
        }
        let length = bytes.len();
        held = bytes.ends_with(b"\n");
        hashed.write_all(bytes.strip_suffix(b"\n").unwrap_or(bytes))?;
        text.consume(length);
    }
}
