//! A transform into a folder: the old batches or the new ones, never a mix, and nothing that people wrote is lost.

use std::{io, path::Path};

use super::{
    Inputs, Output, Tables, TransformOptions, corrected,
    corrections::{CorrectionsReport, kept},
    listing::unindexed,
};
use crate::{
    archive::feed::Texts,
    batches::{
        index::{self, IndexWriter},
        manifest::{BatchesManifest, CORRECTIONS, FORMAT, Kind},
        writer::BatchesWriter,
    },
    failure::Failure,
    findings::{self, FindingsTable, REJECTS, WARNINGS},
    progress::Phase,
    publish::{Lock, Locking},
    tables::Form,
};

/// What a transform made of a folder.
#[derive(Debug)]
pub struct Made {
    /// What the folder holds now.
    pub manifest: BatchesManifest,
    /// What it held before, if that was finished.
    pub before: Option<BatchesManifest>,
    /// What became of corrections, if there were any.
    pub corrections: Option<CorrectionsReport>,
    /// What there is to say about the sheets that were given.
    pub sheets: Vec<String>,
    /// What the texts of traits stood for, where there were any.
    pub texts: Option<Texts>,
}

/// Transforms into a folder.
///
/// # Errors
/// An input that cannot be read or holds no profiles, a folder that another process writes or that holds something else, or
/// a disk that fails. What the folder held before stays.
pub fn into_folder(
    folder: &Path,
    inputs: Inputs,
    options: &TransformOptions,
    locking: Locking,
    phase: &Phase,
) -> Result<Made, Failure> {
    // A folder of something else is named before anything is written into it.
    BatchesManifest::read(folder)?;
    let _lock = Lock::exclusive(folder, "transforming into this folder", locking)?;
    kept::check_folder(folder, &options.corrections, options.settings.tables)?;
    let (writer, (manifest, texts), corrections) =
        written(folder, inputs, options, phase).map_err(|failure| match failure.kept {
            None => failure.kept(OLDER_STAY),
            Some(_) => failure,
        })?;
    let (manifest, before) = writer.commit(manifest)?;
    Ok(Made { sheets: options.corrections.notes(), manifest, before, corrections, texts })
}

/// All of it is made before anything of it takes the place of what is there.
const OLDER_STAY: &str = "what was there before: nothing was published";

/// What is ready to be published: who publishes it, its manifest and what texts stood for, and what became of corrections.
type Written = (BatchesWriter, (BatchesManifest, Option<Texts>), Option<CorrectionsReport>);

/// Makes what replaces what the folder holds.
fn written(folder: &Path, inputs: Inputs, options: &TransformOptions, phase: &Phase) -> Result<Written, Failure> {
    let writer = BatchesWriter::create(folder)?;
    let rejects = writer.place(REJECTS);
    let mut tables = Tables::create(options.dialect, &rejects, &writer.place(WARNINGS), options.skipped.as_deref())?;
    for table in [&mut tables.rejects, &mut tables.warnings] {
        table.file().write_behind(&writer.flush());
    }
    // Whoever looks for somebody looks for emails, too.
    if options.mapper.sees_emails() && inputs.sources.iter().any(|source| source.part_sha256().is_some()) {
        tables.index = Some(IndexWriter::create(&writer.place(index::FILE)).map_err(unindexed)?);
    }
    let (output, tables, account) =
        super::run::<io::Empty>(&inputs.sources, Output::Folder(writer), tables, options, phase)?;
    account.has_profiles(options)?;
    let left_behind = account.left_behind(options.mapper.uses());
    let Output::Folder(writer) = output else {
        return Err(Failure::stopped("the batches went elsewhere"));
    };
    let mut settings = options.settings.clone();
    settings.values = account.texts.map(|texts| texts.are);
    tables.skipped.map(FindingsTable::finish).transpose()?;
    let mut manifest = BatchesManifest {
        kind: Kind::Batches,
        format: FORMAT,
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        options: settings,
        given: inputs.given,
        inputs: account.inputs,
        batches: Vec::new(),
        rejects: tables.rejects.finish_by(|table| table.stage(&writer.flush()))?.into(),
        warnings: tables.warnings.finish_by(|table| table.stage(&writer.flush()))?.into(),
        workbooks: Vec::new(),
        index: tables.index.map_or(Ok(None), |index| index.stage(&writer.flush())).map_err(unindexed)?,
        books: account.books,
        left_behind,
    };
    if options.settings.tables == Form::Xlsx {
        let workbooks = findings::workbooks(|name| writer.place(name), &|| options.go_on())?;
        manifest.workbooks = workbooks.into_iter().map(Into::into).collect();
    }
    let corrections = corrected(options, &account.tried, &rejects)?;
    if let Some(report) = &corrections {
        let published = report.publish(options.dialect, &writer.place(CORRECTIONS));
        published.map_err(|error| Failure::stopped("the table of corrections is lost").because(error))?;
    }
    Ok((writer, (manifest, account.texts), corrections))
}
