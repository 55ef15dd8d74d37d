//! `transform`: archive -> batches of customers, rejects and warnings; works offline.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fmt,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    archive::{
        manifest::Manifest as Archive,
        reader::{self, Source},
    },
    batches::{
        manifest::{Books, CORRECTIONS, FORMAT, Given, Kind, Manifest},
        packing::{DEFAULT_BYTES, FEWEST_BYTES, MOST_BYTES},
        settings::{NamedFile, Settings},
        writer::BatchesWriter,
    },
    config, digest,
    failure::Failure,
    invocation::{Inspect, Schema, Upload},
    mapping::{self, Definition, Mapper, MetadataSchema, Nulls, Preset},
    publish::{Named, keep_apart},
    tables::Dialect,
    terminal::{Noticed, Summary, Terminal},
    transform::{
        self, Options, Output, Tables,
        corrections::{Corrections, Report, Tried, kept},
    },
    wording::{self, count, counted},
};

/// Fields that the summary names; the manifest has all.
const FIELDS_TOLD: usize = 5;
/// More threads than this would only take memory.
const MOST_THREADS: usize = 256;

/// The table of rejected profiles.
const REJECTS: &str = "rejects.csv";
/// The table of other findings.
const WARNINGS: &str = "warnings.csv";

/// Arguments of `transform`.
#[derive(Debug, Clone, Args)]
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
    /// Mapping file: which traits become which fields; `--print-mapping` explains it
    #[arg(long, value_name = "FILE", conflicts_with = "preset", help_heading = "Mapping")]
    pub mapping: Option<PathBuf>,
    /// A mapping that comes with the program
    #[arg(long, value_enum, default_value_t, value_name = "NAME", help_heading = "Mapping")]
    pub preset: Preset,
    /// Print the mapping file of the preset, and do nothing else
    #[arg(long, help_heading = "Mapping")]
    pub print_mapping: bool,
    /// What the `schema` command saved: metadata is held against it, and converted where that helps
    #[arg(long, value_name = "FILE", help_heading = "Mapping")]
    pub metadata_schema: Option<PathBuf>,
    /// A `rejects.csv` or `warnings.csv` in which `corrected_value` is filled in, as any spreadsheet saves it; may be
    /// given several times, and a later sheet has the last word
    #[arg(long, value_name = "SHEET", help_heading = "Mapping")]
    pub corrections: Vec<PathBuf>,
    /// Send null for these fields where a profile has no value: erases what Voucherify has
    #[arg(long, value_name = "clear=FIELD,…", default_value = "", hide_default_value = true, help_heading = "Mapping")]
    pub nulls: String,
    /// Reject a profile for any finding
    #[arg(long, help_heading = "Mapping")]
    pub strict: bool,
    /// Exit with 3 when more profiles are rejected than this
    #[arg(long, value_name = "N|P%", help_heading = "Mapping")]
    pub max_rejects: Option<MaxRejects>,
    /// Most bytes of JSON in a batch; the API takes 10485760
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_BYTES, value_parser = batch_bytes)]
    pub batch_bytes: usize,
    /// Most customers in a batch [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub batch_customers: Option<u64>,
    /// For whom the tables are written
    #[arg(long, value_enum, default_value_t, value_name = "DIALECT")]
    pub csv: Dialect,
    /// With `-o -`: the table of rejected profiles
    #[arg(long, value_name = "FILE", default_value = REJECTS)]
    pub rejects: PathBuf,
    /// With `-o -`: the table of other findings
    #[arg(long, value_name = "FILE", default_value = WARNINGS)]
    pub warnings: PathBuf,
    /// With `-o -`: lines without compression
    #[arg(long)]
    pub plain: bool,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = threads)]
    pub threads: usize,
}

fn batch_bytes(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().filter(|bytes| (FEWEST_BYTES..=MOST_BYTES).contains(bytes));
    bytes.ok_or_else(|| format!("a number of bytes from {FEWEST_BYTES} to {MOST_BYTES}, which is what the API takes"))
}

fn threads(text: &str) -> Result<usize, String> {
    let threads = text.parse().ok().filter(|threads| *threads <= MOST_THREADS);
    threads.ok_or_else(|| format!("a number of threads up to {MOST_THREADS}; 0 is one for each core"))
}

/// How many profiles may be rejected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxRejects {
    /// That many.
    Count(u64),
    /// That share of the profiles read, in percent.
    Percent(f64),
}

impl FromStr for MaxRejects {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.strip_suffix('%') {
            Some(share) => share.parse().ok().filter(|share| (0.0..=100.0).contains(share)).map(Self::Percent),
            None => text.parse().ok().map(Self::Count),
        };
        parsed.ok_or_else(|| "a number of profiles or a percentage, such as `100` or `0.5%`".into())
    }
}

impl fmt::Display for MaxRejects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Percent(share) => write!(formatter, "{share}%"),
        }
    }
}

impl MaxRejects {
    #[expect(clippy::cast_precision_loss, reason = "a share of profiles needs no more than 52 bits")]
    fn is_exceeded(self, books: &Books) -> bool {
        match self {
            Self::Count(count) => books.rejected > count,
            Self::Percent(share) => books.rejected as f64 * 100.0 > share * books.read as f64,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// An input that cannot be read, or an output that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.print_mapping {
        io::stdout().lock().write_all(arguments.preset.text().as_bytes())?;
        return Ok(Outcome::Done);
    }
    let options = options(arguments)?;
    let sources = reader::sources(&arguments.inputs)?;
    what_is_read_stays(arguments, &sources)?;
    let books = if arguments.output.as_os_str() == "-" {
        pipe(arguments, &sources, &options, terminal)?
    } else {
        folder(&arguments.output, &sources, given(&arguments.inputs)?, &options, terminal)?
    };
    match arguments.max_rejects {
        Some(most) if most.is_exceeded(&books) => {
            terminal
                .say(&format!("{} profiles were rejected, more than `--max-rejects {most}` allows", books.rejected));
            Ok(Outcome::LeftOut)
        }
        _ => Ok(Outcome::Done),
    }
}

/// Refuses to write over an input, a mapping, a schema or a sheet, and two outputs that are one.
fn what_is_read_stays(arguments: &Arguments, sources: &[Source]) -> Result<(), Failure> {
    let folders = arguments.inputs.iter().filter(|input| input.is_dir());
    let manifests: Vec<PathBuf> = folders.clone().map(|folder| Archive::path(folder)).collect();
    let files: Vec<PathBuf> = sources.iter().map(Source::path).collect();
    let inputs = folders.chain(&manifests).chain(&files).map(|path| ("the input", path));
    let others = arguments.mapping.iter().map(|path| ("`--mapping`", path));
    let others = others.chain(arguments.metadata_schema.iter().map(|path| ("`--metadata-schema`", path)));
    let piped = arguments.output.as_os_str() == "-";
    let sheets = arguments.corrections.iter().map(|path| ("`--corrections`", path));
    // A sheet may be the table that it came from, in a folder of batches or by its own name: `corrections.csv` keeps what
    // people wrote, and nothing is replaced without it.
    let own = |path: &Path| [REJECTS, WARNINGS].iter().any(|name| path.as_os_str() == *name);
    let read = inputs.chain(others).chain(sheets.filter(|(_, path)| piped && !own(path)));
    let read: Vec<Named> = read.map(|(what, path)| Named { what, path }).collect();
    let tables = [("`--rejects`", &arguments.rejects), ("`--warnings`", &arguments.warnings)];
    let written = std::iter::once(("`-o`", &arguments.output)).chain(tables.into_iter().filter(|_| piped));
    keep_apart(&read, &written.map(|(what, path)| Named { what, path }).collect::<Vec<_>>())
}

/// What was typed, checked.
fn options(arguments: &Arguments) -> Result<Options, Failure> {
    let identifier = config::chosen(arguments.identifier.as_deref(), "IDENTIFIER_SAVED_AS_SOURCE_ID")?;
    let identifier = identifier.unwrap_or_else(|| "user_id".into());
    let (name, text) = match &arguments.mapping {
        Some(path) => (file_name(path), read_mapping(path)?),
        None => (arguments.preset.as_str().to_owned(), arguments.preset.text().to_owned()),
    };
    let schema = arguments.metadata_schema.as_deref().map(read_schema).transpose()?;
    let corrections = Corrections::read(&arguments.corrections)?;
    let nulls = if arguments.nulls.is_empty() { Ok(Nulls::default()) } else { arguments.nulls.parse() };
    let mapping_options = mapping::Options {
        identifier: identifier.clone(),
        schema: schema.as_ref().map(|(_, schema)| schema.clone()),
        nulls: nulls?,
        strict: arguments.strict,
    };
    let definition = Definition::parse(&text, &name)?;
    let named = |path: &Path, sha256: String| NamedFile { name: path.display().to_string(), sha256 };
    let sheet = |(name, sha256): (&str, &str)| NamedFile { name: name.into(), sha256: sha256.into() };
    let settings = Settings {
        batch_bytes: arguments.batch_bytes,
        batch_customers: arguments.batch_customers,
        corrections: corrections.sheets().map(sheet).collect(),
        csv: arguments.csv,
        identifier,
        mapping: NamedFile { sha256: digest::sha256(text.as_bytes()), name },
        metadata_schema: arguments
            .metadata_schema
            .as_deref()
            .zip(schema)
            .map(|(path, (sha256, _))| named(path, sha256)),
        nulls: Some(arguments.nulls.clone()).filter(|nulls| !nulls.is_empty()),
        strict: arguments.strict,
    };
    Ok(Options {
        settings,
        mapper: Mapper::new(&definition, mapping_options)?,
        corrections,
        dialect: arguments.csv,
        threads: arguments.threads,
    })
}

/// A mapping file is never recorded by a name that is a preset's.
fn file_name(path: &Path) -> String {
    let name = path.display().to_string();
    if Preset::ALL.iter().any(|preset| preset.as_str() == name) { format!("./{name}") } else { name }
}

fn read_mapping(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read the mapping file `{}`", path.display()))
            .because(error)
            .hint("`transform --print-mapping > mapping.toml` writes one to start from")
    })
}

/// A saved schema, and the hash of its text.
fn read_schema(path: &Path) -> Result<(String, MetadataSchema), Failure> {
    let wrong = || Failure::usage(format!("cannot use the metadata schema `{}`", path.display()));
    let text = std::fs::read_to_string(path)
        .map_err(|error| wrong().because(error).command("this saves the project's own:", Schema::default()))?;
    let schema = MetadataSchema::parse(&text)
        .map_err(|error| wrong().because(error).command("this saves the project's own:", Schema::default()))?;
    Ok((digest::sha256(text.as_bytes()), schema))
}

/// The inputs as they were typed; of an archive with what it consists of.
fn given(inputs: &[PathBuf]) -> Result<Vec<Given>, Failure> {
    let given = inputs.iter().map(|input| {
        let archive = if input.is_dir() { Archive::read(input)? } else { None };
        let parts_sha256 = archive.as_ref().map(Archive::parts_sha256);
        Ok(Given { input: input.display().to_string(), parts_sha256 })
    });
    given.collect()
}

fn folder(
    folder: &Path,
    sources: &[Source],
    given: Vec<Given>,
    options: &Options,
    terminal: &Terminal,
) -> Result<Books> {
    kept::check_folder(folder, &options.corrections)?;
    let writer = BatchesWriter::create(folder)?;
    let rejects = writer.place(REJECTS);
    let tables = Tables::create(options.dialect, &rejects, &writer.place(WARNINGS))?;
    let phase = terminal.phase("transform", reader::profiles(sources));
    let result = transform::run::<io::Empty>(sources, Output::Folder(writer), tables, options, &phase);
    let (output, result) = result?;
    let Output::Folder(writer) = output else { return Ok(Books::default()) };
    let left_behind = result.left_behind(options.mapper.uses());
    let manifest = Manifest {
        kind: Kind::Batches,
        format: FORMAT,
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        options: options.settings.clone(),
        given,
        inputs: result.inputs,
        batches: Vec::new(),
        rejects: result.tables.rejects.finish()?.into(),
        warnings: result.tables.warnings.finish()?.into(),
        books: result.books,
        left_behind,
    };
    let corrected = corrected(options, &result.tried, &rejects)?;
    if let Some(report) = &corrected {
        report.publish(options.dialect, &writer.place(CORRECTIONS)).context("the table of corrections is lost")?;
    }
    let (manifest, before) = writer.commit(manifest)?;
    let mut summary = summary(&manifest, folder, before.as_ref() != Some(&manifest));
    summary.took = Some(phase.took());
    if let Some(before) = before.filter(|before| *before != manifest) {
        summary.rows.push(("replaced".into(), replaced(&before, &manifest)));
        summary.json["replaced"] = json!({
            "batches": before.batches.len(),
            "kept": before.batches_shared_with(&manifest),
            "other_options": before.options_unlike(&manifest),
        });
        if folder.join("receipts").is_dir() {
            // Whoever was sent already need not be sent again because others were added.
            summary.next.insert(0, Upload::of(folder).changed_only().to_string());
        }
    }
    summary.rows.extend(corrections_rows(options, corrected.as_ref()));
    if let Some(report) = &corrected {
        summary.json["corrections"] = json!(report);
        summary.files.push((folder.join(CORRECTIONS).display().to_string(), "what became of each correction".into()));
    }
    terminal.summary(&summary)?;
    Ok(manifest.books)
}

fn pipe(arguments: &Arguments, sources: &[Source], options: &Options, terminal: &Terminal) -> Result<Books> {
    let mut replaced = vec![arguments.rejects.clone(), arguments.warnings.clone()];
    if !options.corrections.is_empty() {
        replaced.push(arguments.rejects.with_file_name(CORRECTIONS));
    }
    kept::check_tables(&replaced, &options.corrections)?;
    let phase = terminal.phase("transform", reader::profiles(sources));
    let stdout = io::stdout();
    let gzipped = !arguments.plain && !stdout.is_terminal();
    let output = Output::Pipe { lines: stdout, gzipped };
    let tables = Tables::create(options.dialect, &arguments.rejects, &arguments.warnings)?;
    let result = transform::run(sources, output, tables, options, &phase);
    let took = Some(phase.took());
    let (_, result) = result?;
    let left_behind = result.left_behind(options.mapper.uses());
    let rejects = result.tables.rejects.finish()?;
    let warnings = result.tables.warnings.finish()?;
    let mut rows = books_rows(&result.books);
    rows.extend(left_behind.in_words(result.books.read).map(|words| ("left behind".into(), words)));
    let corrected = corrected(options, &result.tried, &arguments.rejects)?;
    rows.extend(corrections_rows(options, corrected.as_ref()));
    if let Some(report) = corrected {
        let path = arguments.rejects.with_file_name(CORRECTIONS);
        report.publish(options.dialect, &path).context("the table of corrections is lost")?;
    }
    let summary = Summary {
        title: "transform: done".into(),
        rows,
        took,
        noticed: noticed(&result.books),
        files: vec![
            (arguments.rejects.display().to_string(), format!("{}: rejected profiles", counted(rejects.rows, "row"))),
            (arguments.warnings.display().to_string(), format!("{}: other findings", counted(warnings.rows, "row"))),
        ],
        ..Summary::default()
    };
    terminal.summary_beside_data(&summary);
    Ok(result.books)
}

/// What became of corrections, if there were any, given the published table of rejects.
fn corrected(options: &Options, tried: &[Tried], rejects: &Path) -> Result<Option<Report>> {
    if options.corrections.is_empty() {
        return Ok(None);
    }
    Ok(Some(options.corrections.report(tried, rejects)?))
}

/// What the summary says of corrections, wherever a sheet was given.
fn corrections_rows(options: &Options, report: Option<&Report>) -> Vec<(String, String)> {
    let books = report.map(Report::books).into_iter();
    books.chain(options.corrections.notes()).map(|text| ("corrections".to_owned(), text)).collect()
}

fn summary(manifest: &Manifest, folder: &Path, changed: bool) -> Summary {
    let mut rows = books_rows(&manifest.books);
    let bytes: u64 = manifest.batches.iter().map(|batch| batch.bytes).sum();
    let batches = counted(manifest.batches.len() as u64, "batch");
    rows.push(("batches".into(), format!("{batches}, {} of JSON, in {}", wording::bytes(bytes), folder.display())));
    rows.extend(manifest.left_behind.in_words(manifest.books.read).map(|words| ("left behind".into(), words)));
    let tables = [("rejected profiles", &manifest.rejects), ("other findings", &manifest.warnings)];
    let files = tables.map(|(what, table)| {
        (folder.join(&table.file).display().to_string(), format!("{}: {what}", counted(table.rows, "row")))
    });
    Summary {
        title: if changed { "transform: done" } else { "transform: done; nothing changed" }.into(),
        rows,
        noticed: noticed(&manifest.books),
        files: files.into(),
        next: std::iter::once(Upload::of(folder).to_string())
            .chain(inspect(manifest).filter(|_| !manifest.left_behind.is_empty()))
            .collect(),
        json: serde_json::to_value(manifest).unwrap_or_default(),
        ..Summary::default()
    }
}

/// The command that shows every trait, with what the mapping makes of it; none where a pipe was read.
fn inspect(manifest: &Manifest) -> Option<String> {
    if manifest.given.iter().any(|given| given.input == "-") {
        return None;
    }
    let settings = &manifest.options;
    let mut inspect = Inspect::of(manifest.given.iter().map(|given| &given.input));
    if settings.preset().is_none() {
        inspect = inspect.mapping(&settings.mapping.name);
    }
    if settings.identifier != "user_id" {
        inspect = inspect.identifier(&settings.identifier);
    }
    Some(inspect.to_string())
}

/// What the folder held before: batches that are the same need not be sent again.
fn replaced(before: &Manifest, manifest: &Manifest) -> String {
    let options: Vec<String> = before.options_unlike(manifest).iter().map(|name| format!("`{name}`")).collect();
    let made =
        if options.is_empty() { "from other input".into() } else { format!("with other {}", options.join(", ")) };
    let (batches, kept) = (before.batches.len(), before.batches_shared_with(manifest));
    format!("{} made {made}; {} of them came out the same", counted(batches as u64, "batch"), count(kept as u64))
}

/// What was noticed, with what to do about it.
fn noticed(books: &Books) -> Vec<Noticed> {
    let rows = books.findings.iter().map(|(reason, counted)| {
        let (reason_word, advice) = (reason.as_str().to_owned(), reason.advice().to_owned());
        let mut noticed = Noticed { reason: reason_word, count: counted.profiles, advice };
        if reason.is_about_the_key() {
            noticed.advice = format!("{}: {}", noticed.advice, by_field(&counted.fields));
        }
        noticed
    });
    rows.collect()
}

/// The most frequent fields with their counts; the manifest has all.
fn by_field(fields: &BTreeMap<String, u64>) -> String {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(field, times)| (Reverse(**times), *field));
    let named = fields.iter().take(FIELDS_TOLD).map(|(field, times)| format!("`{field}` {}", count(**times)));
    let mut told: Vec<String> = named.collect();
    if fields.len() > FIELDS_TOLD {
        told.push(format!("{} more in `manifest.json`", count((fields.len() - FIELDS_TOLD) as u64)));
    }
    told.join(", ")
}

fn books_rows(books: &Books) -> Vec<(String, String)> {
    let [read, customers, rejected] = [books.read, books.customers, books.rejected].map(count);
    vec![("books".into(), format!("read {read} = customers {customers} + rejected {rejected}"))]
}
