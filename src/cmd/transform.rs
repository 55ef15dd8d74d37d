//! `transform`: archive -> batches of customers, rejects and warnings; works offline.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    archive::reader::{self, Source},
    batches::{
        manifest::{Books, FORMAT, Kind, Manifest},
        writer::{BatchesWriter, Limits},
    },
    config,
    mapping::{self, Definition, Mapper, Preset},
    publish,
    terminal::{Noticed, Summary, Terminal},
    transform::{self, Options, Output, tables::Dialect},
};

const EXAMPLES: &str = "\
Examples:
  segment-to-voucherify transform                             export/ -> batches/
  segment-to-voucherify transform --identifier email          another external id as source_id
  segment-to-voucherify transform profiles.ndjson -o - | segment-to-voucherify upload -

Profiles that are in no batch are rows of rejects.csv; that is normal and no failure.";

/// Arguments of `transform`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Archives, files, patterns, or `-` for standard input
    #[arg(value_name = "INPUT", default_value = "export")]
    pub inputs: Vec<PathBuf>,
    /// Folder of the batches, or `-` for lines on stdout
    #[arg(short, long, value_name = "DIR|-", default_value = "batches")]
    pub output: PathBuf,
    /// External id type saved as `source_id` [default: `user_id`, or `IDENTIFIER_SAVED_AS_SOURCE_ID`]
    #[arg(long, value_name = "TYPE")]
    pub identifier: Option<String>,
    /// Most bytes of JSON in a batch; the API takes 10485760
    #[arg(long, value_name = "BYTES", default_value_t = 9 << 20)]
    pub batch_bytes: usize,
    /// Most customers in a batch [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub batch_customers: Option<u64>,
    /// For whom the tables are written
    #[arg(long, value_enum, default_value_t, value_name = "DIALECT")]
    pub csv: Dialect,
    /// With `-o -`: the table of rejected profiles
    #[arg(long, value_name = "FILE", default_value = "rejects.csv")]
    pub rejects: PathBuf,
    /// With `-o -`: the table of other findings
    #[arg(long, value_name = "FILE", default_value = "warnings.csv")]
    pub warnings: PathBuf,
    /// With `-o -`: lines without compression
    #[arg(long)]
    pub plain: bool,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub threads: usize,
}

/// Runs the command.
///
/// # Errors
/// An input that cannot be read, or an output that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let identifier = arguments.identifier.clone().or_else(|| config::optional("IDENTIFIER_SAVED_AS_SOURCE_ID"));
    let identifier = identifier.unwrap_or_else(|| "user_id".into());
    let definition = Definition::preset(Preset::default())?;
    let mapping_options = mapping::Options { identifier: identifier.clone(), ..mapping::Options::default() };
    let options = Options {
        identifier,
        mapper: Mapper::new(&definition, mapping_options)?,
        limits: Limits { bytes: arguments.batch_bytes, customers: arguments.batch_customers.unwrap_or(u64::MAX) },
        dialect: arguments.csv,
    };
    let sources = reader::sources(&arguments.inputs)?;
    let threads = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build()?;
    threads.install(|| {
        if arguments.output.as_os_str() == "-" {
            pipe(arguments, &sources, &options, terminal)
        } else {
            folder(&arguments.output, &sources, &options, terminal)
        }
    })
}

fn folder(folder: &Path, sources: &[Source], options: &Options, terminal: &Terminal) -> Result<Outcome> {
    let writer = BatchesWriter::create(folder)?;
    let phase = terminal.phase("transform", None);
    let result = transform::run::<io::Empty>(sources, Output::Folder(writer), options, &phase);
    phase.finish();
    let result = result?;
    let Output::Folder(writer) = result.output else { return Ok(Outcome::Done) };
    let ((rejects, rejected_rows), (warnings, warning_rows)) = (result.rejects.finish(), result.warnings.finish());
    let manifest = Manifest {
        kind: Kind::Batches,
        format: FORMAT,
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        options: [
            ("batch-bytes".to_owned(), json!(options.limits.bytes)),
            ("batch-customers".to_owned(), json!(options.limits.customers)),
            ("csv".to_owned(), json!(format!("{:?}", options.dialect).to_lowercase())),
            ("identifier".to_owned(), json!(options.identifier)),
        ]
        .into(),
        inputs: result.inputs,
        batches: Vec::new(),
        rejects: writer.table("rejects.csv", &rejects, rejected_rows)?,
        warnings: writer.table("warnings.csv", &warnings, warning_rows)?,
        books: result.books,
    };
    let (manifest, changed) = writer.commit(manifest)?;
    terminal.summary(&summary(&manifest, folder, changed))?;
    Ok(Outcome::Done)
}

fn pipe(arguments: &Arguments, sources: &[Source], options: &Options, terminal: &Terminal) -> Result<Outcome> {
    let phase = terminal.phase("transform", None);
    let stdout = io::stdout();
    let gzipped = !arguments.plain && !stdout.is_terminal();
    let output = Output::Pipe { lines: stdout.lock(), gzipped };
    let result = transform::run(sources, output, options, &phase);
    phase.finish();
    let result = result?;
    for (path, table) in [(&arguments.rejects, result.rejects), (&arguments.warnings, result.warnings)] {
        publish::bytes(path, &table.finish().0).context("the table of findings is lost")?;
    }
    let summary = Summary {
        title: "transform: done".into(),
        rows: books_rows(&result.books),
        noticed: noticed(&result.books),
        files: vec![(arguments.rejects.display().to_string(), format!("{} rejected profiles", result.books.rejected))],
        ..Summary::default()
    };
    terminal.summary_beside_data(&summary);
    Ok(Outcome::Done)
}

fn summary(manifest: &Manifest, folder: &Path, changed: bool) -> Summary {
    let mut rows = books_rows(&manifest.books);
    let bytes: u64 = manifest.batches.iter().map(|batch| batch.bytes).sum();
    rows.push(("batches".into(), format!("{} ({bytes} bytes) in {}", manifest.batches.len(), folder.display())));
    let tables = [("rejected profiles", &manifest.rejects), ("other findings", &manifest.warnings)];
    let files = tables
        .map(|(what, table)| (folder.join(&table.file).display().to_string(), format!("{} rows: {what}", table.rows)));
    Summary {
        title: if changed { "transform: done" } else { "transform: done; nothing changed" }.into(),
        rows,
        noticed: noticed(&manifest.books),
        files: files.into(),
        next: Some("segment-to-voucherify upload".into()),
        json: serde_json::to_value(manifest).unwrap_or_default(),
    }
}

/// What was noticed, with what to do about it.
fn noticed(books: &Books) -> Vec<Noticed> {
    books.findings.iter().map(|(reason, count)| Noticed::of(*reason, count.profiles)).collect()
}

fn books_rows(books: &Books) -> Vec<(String, String)> {
    let Books { read, customers, rejected, .. } = books;
    vec![("books".into(), format!("read {read} = customers {customers} + rejected {rejected}"))]
}
