//! A transform into a pipe, with its tables beside it.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    Inputs, Output, Tables, TransformOptions, corrected,
    corrections::{CorrectionsReport, kept},
    stream::Stream,
};
use crate::{
    archive::feed::Texts,
    batches::{
        left_behind::LeftBehind,
        manifest::{Books, CORRECTIONS},
    },
    failure::Failure,
    findings::FindingsTable,
    progress::Phase,
    tables::Published,
};

/// The tables beside a pipe.
#[derive(Debug)]
pub struct Beside {
    /// Where the table of rejected profiles goes.
    pub rejects: PathBuf,
    /// Where the table of other findings goes.
    pub warnings: PathBuf,
}

/// What a transform wrote into a pipe and beside it.
#[derive(Debug)]
pub struct Piped {
    /// What went in and came out, in profiles.
    pub books: Books,
    /// The table of rejected profiles.
    pub rejects: Published,
    /// The table of other findings.
    pub warnings: Published,
    /// Traits that no rule took.
    pub left_behind: LeftBehind,
    /// What became of corrections, if there were any.
    pub corrections: Option<CorrectionsReport>,
    /// What there is to say about the sheets that were given.
    pub sheets: Vec<String>,
    /// What the texts of traits stood for, where there were any.
    pub texts: Option<Texts>,
}

impl Beside {
    /// The table of what became of corrections.
    #[must_use]
    pub fn corrections(&self) -> PathBuf {
        self.rejects.with_file_name(CORRECTIONS)
    }
}

/// Transforms into a pipe.
///
/// # Errors
/// An input that cannot be read or holds no profiles, or an output that cannot be written; the stream is then cut.
pub fn into_pipe<W: Write + Send>(
    stream: Stream<W>,
    beside: &Beside,
    inputs: &Inputs,
    options: &TransformOptions,
    phase: &Phase,
) -> Result<Piped, Failure> {
    let mut replaced: Vec<PathBuf> = vec![beside.rejects.clone(), beside.warnings.clone()];
    if !options.corrections.is_empty() {
        replaced.push(beside.corrections());
    }
    kept::check_tables(&replaced, &options.corrections)?;
    let tables = Tables::create(options.dialect, &beside.rejects, &beside.warnings, options.skipped.as_deref())?;
    let (output, account) = super::run(&inputs.sources, Output::Stream(stream), tables, options, phase)?;
    account.has_profiles(options)?;
    let left_behind = account.left_behind(options.mapper.uses());
    account.tables.skipped.map(FindingsTable::finish).transpose()?;
    let rejects = account.tables.rejects.finish()?;
    let warnings = account.tables.warnings.finish()?;
    let corrections = corrected(options, &account.tried, &beside.rejects)?;
    if let Some(report) = &corrections {
        publish(report, options, &beside.corrections())?;
    }
    if let Output::Stream(stream) = output {
        stream.end()?;
    }
    let sheets = options.corrections.notes();
    Ok(Piped { sheets, books: account.books, rejects, warnings, left_behind, corrections, texts: account.texts })
}

fn publish(report: &CorrectionsReport, options: &TransformOptions, path: &Path) -> Result<(), Failure> {
    let published = report.publish(options.dialect, path);
    published.map(drop).map_err(|error| Failure::stopped("the table of corrections is lost").because(error))
}
