//! What is done and what is left, from the files alone: one row for the archive, one for the batches, one a target.

mod verify;

use std::{io, path::Path};

use serde::Serialize;

pub use self::verify::{Checked, Damage, Problem, verify};
use crate::{
    archive::manifest::{self as archive, Remedy, Verdict},
    batches::{manifest as batches, outdated::Outdated},
    digest::Hashed,
    failure::Failure,
    findings::{Reason, Severity},
    invocation::{Invocation, Status, Transform},
    manifest::{self, names},
    receipts::{BeforeImage, Remedy as UploadRemedy, Target, UndoRecord, Verified, refused_csv, targets},
    wording::{count, counted},
};

/// One folder that a phase has written.
#[derive(Debug)]
pub enum Folder {
    /// An archive of profiles.
    Archive(archive::ArchiveManifest),
    /// Batches of customers, and what became of them at each target.
    Batches(batches::BatchesManifest, Vec<Target>),
}

/// How far one phase has come at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusRow {
    /// `export`, `transform` or `upload`.
    pub phase: PhaseName,
    /// The folder, or for an upload its target; empty while there is none.
    pub place: String,
    /// Records that came through.
    pub done: u64,
    /// Records that are still to do.
    pub left: u64,
    /// Records that did not come through: could not be read, were rejected, were refused.
    pub left_out: u64,
    /// What it comes to.
    pub state: PhaseState,
    /// Why that is so, and where to look.
    pub reasons: Vec<String>,
    /// What a person has to do before that command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The command that goes on, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Invocation>,
}

/// Which of the three phases a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseName {
    /// From the Segment space to an archive.
    Export,
    /// From an archive to batches.
    Transform,
    /// Batches to a target.
    Upload,
}

/// What a row comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// Everything that went in came through.
    Complete,
    /// Profiles were rejected by rule; everything else came through.
    WithRejects,
    /// Finished, but somebody has to look at what did not come through.
    Incomplete,
    /// There is work left.
    Unfinished,
    /// The books do not balance.
    Unbalanced,
}

impl PhaseName {
    /// The command of that name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Transform => "transform",
            Self::Upload => "upload",
        }
    }
}

impl PhaseState {
    /// One word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::WithRejects => "with rejects",
            Self::Incomplete => "incomplete",
            Self::Unfinished => "unfinished",
            Self::Unbalanced => "unbalanced",
        }
    }
}

/// Reads what `folder` is and how far it has come; `None` where no phase has written.
///
/// # Errors
/// A manifest or a receipts folder that cannot be read.
pub fn read(folder: &Path) -> Result<Option<Folder>, Failure> {
    Ok(match manifest::kind(folder)? {
        None => None,
        Some(manifest::Kind::Archive) => archive::ArchiveManifest::read(folder)?.map(Folder::Archive),
        Some(manifest::Kind::Batches) => match batches::BatchesManifest::read(folder)? {
            Some(manifest) => Some(Folder::Batches(manifest, targets(folder)?)),
            None => None,
        },
    })
}

/// The rows of all `folders`, in the order of the phases; `checked` says that their checksums are looked at, too.
#[must_use]
pub fn rows(folders: &[(String, Folder)], checked: bool) -> Vec<StatusRow> {
    let archives: Vec<_> = folders.iter().filter_map(|(name, folder)| folder.archive().map(|it| (name, it))).collect();
    let mut rows: Vec<StatusRow> =
        archives.iter().map(|(name, manifest)| export_row(name, manifest, checked)).collect();
    if archives.len() == folders.len() {
        rows.extend(nothing_transformed(&archives));
    }
    for (name, folder) in folders {
        if let Folder::Batches(manifest, targets) = folder {
            rows.push(transform_row(name, manifest, &archives));
            rows.extend(targets.iter().map(|target| upload_row(name, manifest, target)));
            if targets.is_empty() && !manifest.batches.is_empty() {
                rows.push(upload_row(name, manifest, &Target::default()));
            }
        }
    }
    rows
}

impl Folder {
    fn archive(&self) -> Option<&archive::ArchiveManifest> {
        match self {
            Self::Archive(manifest) => Some(manifest),
            Self::Batches(..) => None,
        }
    }
}

fn export_row(folder: &str, manifest: &archive::ArchiveManifest, checked: bool) -> StatusRow {
    let books = manifest.books;
    let mut reasons = Vec::new();
    // Of identifiers that were given the verdict tells.
    if books.vanished > 0 && manifest.options.ids_from_sha256.is_none() {
        let vanished = counted(books.vanished, "profile");
        reasons.push(format!("{vanished} deleted or merged away since they were listed"));
    }
    if books.failed > 0 {
        reasons.push(format!("{} could not be read: `{folder}/failures.csv`", counted(books.failed, "profile")));
    }
    let state = match &manifest.verdict {
        _ if !manifest.balances() => {
            let in_parts = count(manifest.in_parts());
            reasons.push(format!("{} does not hold, or the parts hold {in_parts}", books.in_words()));
            PhaseState::Unbalanced
        }
        None => PhaseState::Unfinished,
        Some(Verdict::Complete) => PhaseState::Complete,
        Some(Verdict::Incomplete(why)) => {
            // Profiles that failed are named above, with their file.
            reasons.extend(why.iter().filter(|_| books.failed == 0 || why.len() > 1).cloned());
            PhaseState::Incomplete
        }
    };
    let export = manifest.repeat(Path::new(folder));
    let next = match (state, manifest.remedy()) {
        // Checksums that are as they were do not mend books; another export does.
        (PhaseState::Unbalanced, _) if checked => Some(manifest.repeat(Path::new(&format!("{folder}-anew"))).into()),
        (PhaseState::Unbalanced, _) => Some(Status::of([folder]).checksums().into()),
        (_, Remedy::SameCommand) => Some(export.into()),
        (_, Remedy::Sweeps(sweeps)) => Some(export.sweeps(sweeps).into()),
        (_, Remedy::Nothing) => None,
    };
    StatusRow {
        phase: PhaseName::Export,
        place: folder.into(),
        done: books.exported,
        left: books.left().unwrap_or_default(),
        left_out: books.vanished + books.failed,
        state,
        reasons,
        first: None,
        next,
    }
}

/// What comes after the export, where no batches are there or were named.
fn nothing_transformed(archives: &[(&String, &archive::ArchiveManifest)]) -> Option<StatusRow> {
    let left = archives.iter().map(|(_, archive)| archive.books.exported).sum();
    (left > 0).then(|| StatusRow {
        phase: PhaseName::Transform,
        place: String::new(),
        done: 0,
        left,
        left_out: 0,
        state: PhaseState::Unfinished,
        reasons: vec!["nothing was transformed yet".into()],
        first: None,
        next: Some(Transform::of(archives.iter().map(|(name, _)| name)).into()),
    })
}

fn transform_row(
    folder: &str,
    manifest: &batches::BatchesManifest,
    archives: &[(&String, &archive::ArchiveManifest)],
) -> StatusRow {
    let books = &manifest.books;
    let mut reasons = Vec::new();
    let left: u64 = archives.iter().map(|(_, archive)| not_read(manifest, archive)).sum();
    if left > 0 {
        reasons.push("the archive has grown since: these batches do not hold all of it".into());
    }
    let changed = Outdated::of(manifest).changed.into_iter().next().filter(|_| left == 0);
    reasons.extend(changed.iter().map(|archive| format!("`{archive}` holds something else since")));
    if books.rejected > 0 {
        let reject = |reason: &Reason| reason.severity() == Severity::Rejected;
        let rejects = books.findings.iter().filter(|(reason, _)| reject(reason));
        let rejects: Vec<String> = rejects.map(|(reason, count)| format!("{} {reason}", count.profiles)).collect();
        reasons.push(format!("{}: `{folder}/{}`", rejects.join(", "), manifest.rejects.file));
    }
    let state = if !manifest.balances() {
        let in_batches = count(manifest.in_batches());
        reasons.push(format!("{} does not hold, or the batches hold {in_batches}", books.in_words()));
        PhaseState::Unbalanced
    } else if left > 0 || changed.is_some() {
        PhaseState::Unfinished
    } else if books.rejected > 0 {
        PhaseState::WithRejects
    } else {
        PhaseState::Complete
    };
    let filled_in = filled_in(folder, manifest);
    // A line that is no profile has nothing that a value could stand in for.
    let only_lines = books.findings.get(&Reason::MalformedLine).is_some_and(|found| found.profiles == books.rejected);
    let need_everybody = state == PhaseState::WithRejects && !only_lines && manifest.ids_need_everybody();
    let next = match state {
        PhaseState::Complete => None,
        _ if need_everybody => None,
        PhaseState::WithRejects if !only_lines => {
            let table = filled_in.unwrap_or(manifest.to_fill_in());
            Some(manifest.repeat_with(Path::new(folder), table).into())
        }
        _ => Some(manifest.repeat(Path::new(folder)).into()),
    };
    let first = (state == PhaseState::WithRejects && (filled_in.is_none() || only_lines || need_everybody)).then(|| {
        if need_everybody {
            "to bring them over, correct their ids in a transform of everybody, without `--partition`, or in Segment".into()
        } else if only_lines {
            "to bring them over, mend the lines that it names, or export again into another folder".into()
        } else {
            format!("to bring them over, fill in `corrected_value` in `{folder}/{}`", manifest.to_fill_in().file)
        }
    });
    StatusRow {
        phase: PhaseName::Transform,
        place: folder.into(),
        done: books.customers,
        left,
        left_out: books.rejected,
        state,
        reasons,
        first,
        next,
    }
}

/// The table of rejects on which somebody has worked: it is not as it was written.
fn filled_in<'m>(folder: &str, manifest: &'m batches::BatchesManifest) -> Option<&'m batches::Table> {
    let hash = |mut table| {
        let mut hashed = Hashed::new(io::sink());
        io::copy(&mut table, &mut hashed).map(|_| hashed.finish().2)
    };
    manifest.tables_of_rejects().find(|table| {
        let now = names::open(&Path::new(folder).join(&table.file));
        now.and_then(hash).is_ok_and(|now| now != table.sha256)
    })
}

/// Profiles in parts that the batches were not made from; nothing is said of an archive that they were not made from.
fn not_read(manifest: &batches::BatchesManifest, archive: &archive::ArchiveManifest) -> u64 {
    let read = |part: &&archive::Part| {
        let lines = |input: &&batches::Input| input.lines == part.profiles;
        manifest.inputs.iter().filter(lines).any(|input| file_name(&input.file) == part.file)
    };
    let (read, unread): (Vec<_>, Vec<_>) = archive.parts.iter().partition(read);
    if read.is_empty() { 0 } else { unread.iter().map(|part| part.profiles).sum() }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn upload_row(folder: &str, manifest: &batches::BatchesManifest, target: &Target) -> StatusRow {
    let tally = target.tally(manifest);
    let mut reasons = Vec::new();
    if target.name.is_empty() {
        reasons.push("nothing was sent yet".into());
    }
    let took_others = target.took_others(manifest);
    if tally.left > 0 && took_others {
        reasons.push("it took customers of batches that were replaced; only what differs need be sent".into());
    }
    if tally.submitted > 0 {
        reasons.push(format!("{} accepted and not finished yet", counted(tally.submitted, "batch")));
    }
    if tally.refused > 0 {
        let table = refused_csv(Path::new(folder), &target.name);
        reasons.push(format!("{} refused: `{}`", counted(tally.refused, "customer"), table.display()));
    }
    if tally.unknown > 0 {
        reasons.push(format!("the server does not say what became of {}", counted(tally.unknown, "customer")));
    }
    if target.unreadable > 0 {
        reasons.push(format!("{} unreadable: `status --checksums` names them", counted(target.unreadable, "receipt")));
    }
    reasons.extend(target.verified.as_ref().map(Verified::in_words));
    reasons.extend(target.image(manifest).map(BeforeImage::in_words));
    reasons.extend(target.undos.last().map(UndoRecord::in_words));
    let state = match (tally.left, tally.refused + tally.unknown) {
        (1.., _) => PhaseState::Unfinished,
        (0, 1..) => PhaseState::Incomplete,
        (0, 0) => PhaseState::Complete,
    };
    let upload = target.upload(folder);
    let next = match tally.remedy() {
        UploadRemedy::Upload if tally.left > 0 && took_others => Some(upload.changed_only().into()),
        UploadRemedy::Upload => Some(upload.into()),
        UploadRemedy::Refused => Some(upload.retry_refused().into()),
        UploadRemedy::Nothing => None,
    };
    StatusRow {
        phase: PhaseName::Upload,
        place: target.name.clone(),
        done: tally.done,
        left: tally.left,
        left_out: tally.refused + tally.unknown,
        state,
        reasons,
        first: None,
        next,
    }
}
