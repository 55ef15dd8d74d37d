//! `report`: one self-contained HTML page of the whole migration.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::Utc;
use clap::Args;

use super::Outcome;
use crate::{
    archive::{manifest::ArchiveManifest, reader},
    batches::manifest::BatchesManifest,
    failure::Failure,
    inspect::{self, Coverage},
    invocation::Export,
    publish::{self, Named, check_places, keep_apart},
    receipts::Target,
    report::{self, Example, ReportInput},
    status::{self, Folder},
    terminal::{self, Summary, Terminal},
    transform::recorded::{Chosen, Run},
    wording::count,
};

/// Records that a page names for each table and target, where it may name any.
const EXAMPLES: usize = 20;

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// File to write, or `-` for stdout
    #[arg(short, long, value_name = "FILE|-", default_value = "report.html")]
    output: PathBuf,
    /// Folder of the archive
    #[arg(long, value_name = "DIR", default_value = "export")]
    archive: PathBuf,
    /// Folder of the batches
    #[arg(long, value_name = "DIR", default_value = "batches")]
    batches: PathBuf,
    /// Heading of the page
    #[arg(long, value_name = "TEXT", default_value = "Migration report")]
    title: String,
    /// Name some of the records that were left out: the page then holds personal data
    #[arg(long)]
    with_examples: bool,
}

/// Runs the command.
///
/// # Errors
/// Folders in which no phase has written, or a file that cannot be read or written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let archive = status::read(&arguments.archive)?;
    let batches = status::read(&arguments.batches)?;
    // A folder of the other kind is told, as by who reads it.
    if matches!(archive, Some(Folder::Batches(..))) {
        ArchiveManifest::read(&arguments.archive)?;
    }
    if matches!(batches, Some(Folder::Archive(_))) {
        BatchesManifest::read(&arguments.batches)?;
    }
    let archive = archive.as_ref().and_then(|folder| match folder {
        Folder::Archive(manifest) => Some((arguments.archive.as_path(), manifest)),
        Folder::Batches(..) => None,
    });
    let batches = batches.as_ref().and_then(|folder| match folder {
        Folder::Batches(manifest, targets) => Some((arguments.batches.as_path(), manifest, targets.as_slice())),
        Folder::Archive(_) => None,
    });
    if archive.is_none() && batches.is_none() {
        let (one, other) = (arguments.archive.display(), arguments.batches.display());
        return Err(Failure::usage(format!("there is neither an archive in `{one}` nor batches in `{other}`"))
            .command("name them with `--archive` and `--batches`, or begin with:", Export::default())
            .into());
    }
    // The run that made the batches says what became of a trait; without batches, what a transform would do.
    let recorded = batches.map(|(_, manifest, _)| manifest.options.clone()).unwrap_or_default();
    let run = Run::of(&recorded, Chosen { batches: arguments.batches.clone(), ..Chosen::default() })?;
    let coverage = archive.map(|(folder, manifest)| coverage(folder, manifest, &run, terminal)).transpose()?;
    let coverage = coverage.as_ref().map(|coverage| (coverage, run.mapper.uses()));
    let mut report = report::gather(&ReportInput { archive, batches, coverage });
    report.doubts.clone_from(&run.doubts);
    report.title.clone_from(&arguments.title);
    report.made_at = Utc::now().format("%-d %B %Y, %H:%M UTC").to_string();
    if arguments.with_examples
        && let Some((folder, manifest, targets)) = batches
    {
        report.examples = examples(folder, manifest, targets)?;
    }
    let page = report::render(&report)?;
    let manifests = [&arguments.archive, &arguments.batches].map(|folder| folder.join("manifest.json"));
    let read = manifests.each_ref().map(|path| Named { what: "the manifest", path });
    let written = [Named { what: "`-o`", path: &arguments.output }];
    keep_apart(&read, &written)?;
    check_places(&written, None)?;
    if arguments.output.as_os_str() == "-" {
        terminal::data(page.as_bytes())?;
        return Ok(Outcome::Done);
    }
    publish::typed(&arguments.output, page.as_bytes()).context("the report was not written")?;
    terminal.summary(&summary(&report, &arguments.output, arguments.with_examples))?;
    Ok(Outcome::Done)
}

/// How common the traits of an archive are; counted once.
fn coverage(folder: &Path, manifest: &ArchiveManifest, run: &Run, terminal: &Terminal) -> Result<Coverage, Failure> {
    Coverage::of(folder, manifest, || {
        let sources = reader::sources(&[folder.to_owned()])?;
        let phase = terminal.phase("report", Some(manifest.books.exported));
        let inspection = inspect::inspect(&sources, &run.identifier, Some(run.texts), &phase);
        phase.finish();
        inspection
    })
}

/// Some of the records that were left out.
fn examples(folder: &Path, manifest: &BatchesManifest, targets: &[Target]) -> Result<Vec<Example>, Failure> {
    let mut examples = report::rejected(&folder.join(&manifest.rejects.file), EXAMPLES)?;
    for target in targets {
        examples.extend(report::examples(target).into_iter().take(EXAMPLES));
    }
    Ok(examples)
}

fn summary(report: &report::Report, output: &Path, named: bool) -> Summary {
    let mut rows = vec![("profiles".to_owned(), count(report.everybody()))];
    rows.extend(report.targets.iter().map(|target| (target.name.clone(), format!("{} landed", count(target.landed)))));
    let what = if named { "the page; it names people" } else { "the page, without personal data" };
    Summary {
        title: "report: written".into(),
        rows,
        files: vec![(output.display().to_string(), what.into())],
        json: serde_json::to_value(report).unwrap_or_default(),
        ..Summary::default()
    }
}
