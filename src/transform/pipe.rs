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
        manifest::{CORRECTIONS, TransformBooks},
    },
    failure::Failure,
    findings::{self, FindingsTable},
    progress::Phase,
    tables::{Form, Published},
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
    pub books: TransformBooks,
    /// The table of rejected profiles.
    pub rejects: Published,
    /// The table of other findings.
    pub warnings: Published,
    /// Both once more as workbooks, where that was asked for.
    pub workbooks: Vec<(PathBuf, Published)>,
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

    /// The workbooks of both tables.
    #[must_use]
    pub fn workbooks(&self) -> [PathBuf; 2] {
        [&self.rejects, &self.warnings].map(|table| findings::workbook_beside(table))
    }

    /// What is made of a table needs one that is there once it was written: a workbook, and the table of corrections, in
    /// which stands why somebody was rejected all the same.
    fn are_files(&self, options: &TransformOptions) -> Result<(), Failure> {
        let no_file = |path: &PathBuf| path.exists() && !path.is_file();
        let refused = |path: &PathBuf, flag: &str, hint: &str| {
            Err(Failure::usage(format!("`{}` is no file, which `{flag}` needs", path.display())).hint(hint.to_owned()))
        };
        if options.settings.tables == Form::Xlsx {
            let mut paths = vec![self.rejects.clone(), self.warnings.clone()];
            paths.extend(self.workbooks());
            if let Some(path) = paths.iter().find(|path| no_file(path)) {
                let hint = "name files with `--rejects` and `--warnings`: the workbooks are written beside them, with the ending `.xlsx`";
                return refused(path, "--tables xlsx", hint);
            }
        }
        if !options.corrections.is_empty() && no_file(&self.rejects) {
            let hint = "name a file with `--rejects`: what became of the corrections is written beside it, as `corrections.csv`";
            return refused(&self.rejects, "--corrections", hint);
        }
        Ok(())
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
    beside.are_files(options)?;
    if options.settings.tables == Form::Xlsx {
        replaced.extend(beside.workbooks());
    }
    if !options.corrections.is_empty() {
        replaced.push(beside.corrections());
    }
    kept::check_tables(&replaced, &options.corrections)?;
    let tables = Tables::create(options.dialect, &beside.rejects, &beside.warnings, options.skipped.as_deref())?;
    let (output, tables, account) = super::run(&inputs.sources, Output::Stream(stream), tables, options, phase)?;
    account.has_profiles(options)?;
    let left_behind = account.left_behind(options.mapper.uses());
    tables.skipped.map(FindingsTable::finish).transpose()?;
    let rejects = tables.rejects.finish()?;
    let warnings = tables.warnings.finish()?;
    let workbooks = match options.settings.tables {
        Form::Csv => Vec::new(),
        Form::Xlsx => findings::workbooks_beside([&beside.rejects, &beside.warnings], &|| options.go_on())?,
    };
    let corrections = corrected(options, &account.tried, &beside.rejects)?;
    if let Some(report) = &corrections {
        publish(report, options, &beside.corrections())?;
    }
    if let Output::Stream(stream) = output {
        stream.end()?;
    }
    let sheets = options.corrections.notes();
    let (books, texts) = (account.books, account.texts);
    Ok(Piped { books, rejects, warnings, workbooks, left_behind, corrections, sheets, texts })
}

fn publish(report: &CorrectionsReport, options: &TransformOptions, path: &Path) -> Result<(), Failure> {
    let published = report.publish(options.dialect, path);
    published.map(drop).map_err(|error| Failure::stopped("the table of corrections is lost").because(error))
}
