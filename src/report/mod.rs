//! The figures of a whole migration, from the files alone, and the page that shows them.

mod page;
mod target;

use std::{ops::ControlFlow, path::Path};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

pub use self::{
    page::render,
    target::{TargetFigures, examples},
};
use crate::{
    archive::manifest::{ArchiveManifest, Calls, ExportBooks, Verdict},
    batches::manifest::{BatchesManifest, TransformBooks},
    failure::Failure,
    findings::{self, Severity},
    inspect::{Coverage, Covered},
    mapping::Uses,
    receipts::Target,
};

/// Calls a second that Segment allows a space unless agreed otherwise (docs/api-facts.md A5).
const SEGMENT_CALLS_PER_SECOND: u64 = 100;

/// Everything that the page tells.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The heading of the page.
    pub title: String,
    /// When the page was made.
    pub made_at: String,
    /// The export, where its archive is there.
    pub export: Option<ExportFigures>,
    /// The transform's books, where its batches are there: read = customers + rejected.
    pub transform: Option<TransformBooks>,
    /// The identifier and the other options that shaped the batches, by name.
    pub options: Vec<(String, String)>,
    /// What each target took.
    pub targets: Vec<TargetFigures>,
    /// Findings by reason, the most common first.
    pub findings: Vec<FindingFigures>,
    /// Traits, the most common first.
    pub traits: Vec<TraitFigures>,
    /// About how many further names of traits there are.
    pub other_traits: u64,
    /// What is not as it was when the batches were made, so that what is said of traits may differ from what was sent.
    pub doubts: Vec<String>,
    /// Profiles of which the coverage of traits was counted.
    pub profiles_inspected: u64,
    /// Every file with its checksum.
    pub files: Vec<FileFigures>,
    /// Records that were left out, by name; only where that was asked for.
    pub examples: Vec<Example>,
}

/// What an export came to.
#[derive(Debug, Serialize)]
pub struct ExportFigures {
    /// listed = exported + vanished + failed.
    pub books: ExportBooks,
    /// API calls by endpoint, each try counted.
    pub calls: Calls,
    /// The sum of all API calls.
    pub calls_made: u64,
    /// Whether the archive may be called the whole space.
    pub complete: bool,
    /// Why the archive is not complete.
    pub reasons: Vec<String>,
    /// Seconds from the first run's begin to the last one's end, with every pause between them.
    pub seconds: u64,
    /// The same in milliseconds; nothing where the clock went back meanwhile.
    pub milliseconds: Option<u64>,
    /// Seconds that these calls take at Segment's default limit.
    pub seconds_at_limit: u64,
}

/// One reason of the transform.
#[derive(Debug, Serialize)]
pub struct FindingFigures {
    /// The word for it.
    pub reason: String,
    /// What it does to a profile.
    pub severity: Severity,
    /// Profiles that it befell.
    pub profiles: u64,
    /// What to do about it.
    pub advice: String,
}

/// How common one trait is.
#[derive(Debug, Serialize)]
pub struct TraitFigures {
    /// The trait's name, as the profiles spell it.
    pub name: String,
    /// Profiles that have a value.
    pub profiles: u64,
    /// Types of JSON that its values have.
    pub types: String,
    /// Customer field that it becomes; empty where no rule looks at it.
    pub becomes: String,
}

/// One file of the migration.
#[derive(Debug, Serialize)]
pub struct FileFigures {
    /// Path of the file.
    pub file: String,
    /// Profiles, customers or rows in it.
    pub records: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// One record that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Why it was left out.
    pub reason: String,
    /// The customer or profile, by the id that is known of it.
    pub who: String,
    /// What was said about it.
    pub message: String,
}

/// The first rows of a table of rejects; none where it is gone.
///
/// # Errors
/// A table that cannot be read.
pub fn rejected(table: &Path, most: usize) -> Result<Vec<Example>, Failure> {
    let mut examples = Vec::new();
    if table.exists() {
        findings::read_own(table, |row| {
            let who = [&row.source_id, &row.email, &row.segment_id].into_iter().find(|text| !text.is_empty());
            let who = who.map(ToString::to_string).unwrap_or_default();
            examples.push(Example { who, reason: row.reason.to_string(), message: row.message.to_string() });
            Ok(if examples.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
    }
    Ok(examples)
}

/// Where the figures come from.
#[derive(Debug)]
pub struct ReportInput<'a> {
    /// The archive, by folder and manifest.
    pub archive: Option<(&'a Path, &'a ArchiveManifest)>,
    /// The batches and what their targets say.
    pub batches: Option<(&'a Path, &'a BatchesManifest, &'a [Target])>,
    /// Coverage of the archive's traits, and what the mapping takes of them.
    pub coverage: Option<(&'a Coverage, &'a Uses)>,
}

/// Puts the figures together; title, time and examples are the caller's.
#[must_use]
pub fn gather(evidence: &ReportInput<'_>) -> Report {
    let mut report = Report::default();
    if let Some((folder, archive)) = evidence.archive {
        report.export = Some(ExportFigures::new(archive));
        let parts = archive.parts.iter();
        report.files.extend(parts.map(|part| FileFigures::new(folder, &part.file, part.profiles, &part.sha256)));
    }
    if let Some((folder, manifest, targets)) = evidence.batches {
        report.batches(folder, manifest);
        report.targets = targets.iter().map(|target| TargetFigures::new(folder, manifest, target)).collect();
    }
    if let Some((coverage, uses)) = evidence.coverage {
        report.profiles_inspected = coverage.profiles;
        report.other_traits = coverage.other_traits;
        let figures = |row: Covered| {
            let Covered { name, profiles, types, becomes } = row;
            TraitFigures { name, profiles, types, becomes }
        };
        report.traits = coverage.traits(uses).into_iter().map(figures).collect();
    }
    report
}

impl Report {
    fn batches(&mut self, folder: &Path, manifest: &BatchesManifest) {
        self.transform = Some(manifest.books.clone());
        self.options = manifest.options.members().iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        let findings = manifest.books.findings.iter().map(|(reason, count)| FindingFigures {
            reason: reason.as_str().into(),
            severity: reason.severity(),
            profiles: count.profiles,
            advice: reason.advice().into(),
        });
        self.findings = findings.collect();
        self.findings.sort_by_key(|finding| (finding.severity, std::cmp::Reverse(finding.profiles)));
        for batch in &manifest.batches {
            self.files.push(FileFigures::new(folder, &batch.file, batch.customers, &batch.file_sha256));
        }
        for table in manifest.tables() {
            self.files.push(FileFigures::new(folder, &table.file, table.rows, &table.sha256));
        }
    }

    /// Profiles that there were at the beginning: listed, or without an archive read.
    #[must_use]
    pub fn everybody(&self) -> u64 {
        let read = self.transform.as_ref().map_or(0, |books| books.read);
        self.export.as_ref().map_or(read, |export| export.books.listed)
    }
}

/// The value of an option for people: of a file its name, of several all names.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(file) => file.get("name").map_or_else(|| value.to_string(), shown),
        Value::Null => "none".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

impl ExportFigures {
    fn new(archive: &ArchiveManifest) -> Self {
        let calls = archive.calls;
        let made = calls.list + calls.external_ids + calls.traits;
        let reasons = match &archive.verdict {
            Some(Verdict::Complete) => Vec::new(),
            Some(Verdict::Incomplete(reasons)) => reasons.clone(),
            None => vec!["the export is not finished".to_owned()],
        };
        let milliseconds = milliseconds(archive.started_at, archive.updated_at);
        Self {
            books: archive.books,
            calls,
            calls_made: made,
            complete: reasons.is_empty(),
            reasons,
            seconds: milliseconds.unwrap_or_default() / 1_000,
            milliseconds,
            seconds_at_limit: made.div_ceil(SEGMENT_CALLS_PER_SECOND),
        }
    }
}

/// How long something took by this machine's clock; nothing where it went back meanwhile.
fn milliseconds(from: DateTime<Utc>, to: DateTime<Utc>) -> Option<u64> {
    u64::try_from((to - from).num_milliseconds()).ok()
}

impl FileFigures {
    fn new(folder: &Path, file: &str, records: u64, sha256: &str) -> Self {
        Self { file: folder.join(file).display().to_string(), records, sha256: sha256.to_owned() }
    }
}
