//! `transform`: archive -> batches of customers, rejects and warnings; works offline.

use std::{
    fmt,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    archive::{
        feed::Reading,
        manifest::ArchiveManifest,
        reader::{self, LineSource},
        share::Partition,
        trait_texts::Values,
    },
    batches::{
        manifest::{BatchesManifest, TransformBooks},
        packing::{DEFAULT_BYTES, FEWEST_BYTES, MOST_BYTES},
        writer::BatchesWriter,
    },
    config, explain,
    failure::{Failure, Kind},
    findings::{REJECTS, REJECTS_WORKBOOK, WARNINGS, WARNINGS_WORKBOOK, workbook_beside},
    interrupt::{Interrupt, at_the_end},
    invocation::Export,
    mapping::{IdentifierChoice, Preset},
    publish::{Locking, Named, check_places, keep_apart, warn_of_closed_output},
    tables::{Dialect, Form},
    terminal::{self, Terminal},
    transform::{self, Beside, Inputs, Request, Stream, TransformOptions},
    wording::counted,
};

mod preview;
mod summary;

/// More threads than this would only take memory.
const MOST_THREADS: usize = 256;

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
    /// Which id becomes `source_id` where a profile has several of the type
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub identifier_choice: IdentifierChoice,
    /// Mapping file: which traits become which fields; `--print-mapping` explains it
    #[arg(long, value_name = "FILE", conflicts_with = "preset", help_heading = "Mapping")]
    pub mapping: Option<PathBuf>,
    /// A mapping that comes with the program
    #[arg(long, value_enum, default_value_t, value_name = "NAME", help_heading = "Mapping")]
    pub preset: Preset,
    /// Show what would become of N people, those with the most findings first, and write nothing
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000), help_heading = "Mapping")]
    pub preview: Option<u16>,
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
    /// In which forms the tables of rejects and warnings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub tables: Form,
    /// With `-o -`: the table of rejected profiles
    #[arg(long, value_name = "FILE", default_value = REJECTS)]
    pub rejects: PathBuf,
    /// With `-o -`: the table of other findings
    #[arg(long, value_name = "FILE", default_value = WARNINGS)]
    pub warnings: PathBuf,
    /// List the profiles that `[[skip]]` of the mapping file leaves out in this table
    #[arg(long, value_name = "FILE", help_heading = "Mapping")]
    pub skipped: Option<PathBuf>,
    /// With `-o -`: lines without compression
    #[arg(long)]
    pub plain: bool,
    /// Take only the profiles of partition I of N, counted from 0; `gather` makes one folder of all
    #[arg(long, value_name = "I/N", help_heading = "Many machines")]
    pub partition: Option<Partition>,
    /// What the texts in `trait_texts` stand for [default: by the first 10,000 lines]
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t,
        hide_default_value = true,
        help_heading = "Many machines"
    )]
    pub values: Values,
    /// Exit with 3 unless so many profiles were read
    #[arg(long, value_name = "N", help_heading = "Many machines")]
    pub expect_profiles: Option<u64>,
    /// Whether the folder is locked.
    #[command(flatten)]
    pub locking: Locking,
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
    /// More rejected profiles than that.
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
    fn is_exceeded(self, books: &TransformBooks) -> bool {
        match self {
            Self::Count(count) => books.rejected > count,
            // Whoever is skipped was never meant to come over.
            Self::Percent(share) => books.rejected as f64 * 100.0 > share * (books.read - books.skipped) as f64,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// An input that cannot be read, or an output that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.print_mapping {
        terminal::data(arguments.preset.text().as_bytes())?;
        return Ok(Outcome::Done);
    }
    let options = TransformOptions { interrupt: Interrupt::listen()?, ..request(arguments)?.options()? };
    let inputs = Inputs::find(&arguments.inputs)?;
    what_is_read_stays(arguments, &inputs.sources)?;
    let has_doubts = !inputs.remarks.doubts.is_empty();
    // The summary has these and the notes.
    for doubt in &inputs.remarks.doubts {
        terminal.say(&format!("note: {doubt}"));
    }
    if let Some(most) = arguments.preview {
        return preview(usize::from(most), &inputs.sources, &options, terminal);
    }
    let books = if arguments.output.as_os_str() == "-" {
        pipe(arguments, &inputs, &options, terminal)?
    } else {
        folder(arguments, inputs, &options, terminal)?
    };
    let beyond = beyond(arguments, &books);
    for words in &beyond {
        terminal.say(words);
    }
    Ok(if has_doubts || !beyond.is_empty() { Outcome::LeftOut } else { Outcome::Done })
}

/// What is other than was asked for: more rejects, or not as many profiles.
fn beyond(arguments: &Arguments, books: &TransformBooks) -> Vec<String> {
    let rejects = arguments.max_rejects.filter(|most| most.is_exceeded(books));
    let rejects =
        rejects.map(|most| format!("{} rejected, more than `--max-rejects {most}` allows", were(books.rejected)));
    let profiles = arguments.expect_profiles.filter(|expected| *expected != books.read);
    let profiles =
        profiles.map(|expected| format!("{} read, not the {expected} of `--expect-profiles`", were(books.read)));
    rejects.into_iter().chain(profiles).collect()
}

/// So many profiles as the subject of a sentence about what was done to them.
fn were(profiles: u64) -> String {
    format!("{} {}", counted(profiles, "profile"), if profiles == 1 { "was" } else { "were" })
}

/// Shows some of the people, and writes nothing.
fn preview(most: usize, sources: &[LineSource], options: &TransformOptions, terminal: &Terminal) -> Result<Outcome> {
    let phase = terminal.phase("preview", reader::profiles(sources));
    let (values, share) = (options.settings.values, options.settings.share());
    let reading = Reading { threads: options.threads, values, share };
    let people = explain::preview::preview(sources, (&options.mapper, &options.corrections), reading, most, &phase);
    phase.finish();
    let people = people?;
    if people.is_empty() {
        terminal.say("there is nobody to show: no line was read");
    }
    terminal.answer(&json!({ "people": people }), |width, paint| preview::text(&people, width, paint))?;
    Ok(Outcome::Done)
}

/// What was typed, and what the environment adds.
fn request(arguments: &Arguments) -> Result<Request, Failure> {
    let identifier = config::chosen(arguments.identifier.as_deref(), "IDENTIFIER_SAVED_AS_SOURCE_ID")?;
    Ok(Request {
        identifier: identifier.unwrap_or_else(|| "user_id".into()),
        identifier_choice: arguments.identifier_choice,
        skipped: arguments.skipped.clone(),
        mapping: arguments.mapping.clone(),
        preset: arguments.preset,
        metadata_schema: arguments.metadata_schema.clone(),
        corrections: arguments.corrections.clone(),
        nulls: arguments.nulls.clone(),
        strict: arguments.strict,
        batch_bytes: arguments.batch_bytes,
        batch_customers: arguments.batch_customers,
        csv: arguments.csv,
        tables: arguments.tables,
        threads: arguments.threads,
        partition: arguments.partition,
        values: arguments.values.said(),
    })
}

/// Says which options have nothing to do where a folder is written.
fn tell_of_idle_options(arguments: &Arguments) {
    let folder = &arguments.output;
    for (option, typed, default) in
        [("--rejects", &arguments.rejects, REJECTS), ("--warnings", &arguments.warnings, WARNINGS)]
    {
        if typed.as_os_str() != default {
            let table = folder.join(default);
            tracing::warn!("`{option}` goes with `-o -`; in a folder the table is `{}`", table.display());
        }
    }
    if arguments.plain {
        tracing::warn!("`--plain` goes with `-o -`; in a folder batches are compressed");
    }
}

/// Refuses to write over an input, a mapping, a schema or a sheet, and two outputs that are one.
fn what_is_read_stays(arguments: &Arguments, sources: &[LineSource]) -> Result<(), Failure> {
    let folders = arguments.inputs.iter().filter(|input| input.is_dir());
    let manifests: Vec<PathBuf> = folders.clone().map(|folder| ArchiveManifest::path(folder)).collect();
    let files: Vec<PathBuf> = sources.iter().map(LineSource::path).collect();
    let inputs = folders.chain(&manifests).chain(&files).map(|path| ("the input", path));
    let others = arguments.mapping.iter().map(|path| ("`--mapping`", path));
    let others = others.chain(arguments.metadata_schema.iter().map(|path| ("`--metadata-schema`", path)));
    let piped = arguments.output.as_os_str() == "-";
    if !piped {
        tell_of_idle_options(arguments);
    }
    let sheets = arguments.corrections.iter().map(|path| ("`--corrections`", path));
    // A sheet may be the table that it came from, in a folder of batches or by its own name: `corrections.csv` keeps what
    // people wrote, and nothing is replaced without it.
    let own = |path: &Path| {
        [REJECTS, WARNINGS, REJECTS_WORKBOOK, WARNINGS_WORKBOOK].iter().any(|name| path.as_os_str() == *name)
    };
    let read = inputs.chain(others).chain(sheets.filter(|(_, path)| piped && !own(path)));
    let read: Vec<Named> = read.map(|(what, path)| Named { what, path }).collect();
    let tables = [("`--rejects`", &arguments.rejects), ("`--warnings`", &arguments.warnings)];
    let beside = tables.map(|(what, table)| (what, workbook_beside(table)));
    let with_workbooks = piped && arguments.tables == Form::Xlsx;
    let workbooks = beside.iter().filter(|_| with_workbooks).map(|(what, path)| (*what, path));
    let written = std::iter::once(("`-o`", &arguments.output)).chain(tables.into_iter().filter(|_| piped));
    let written = written.chain(workbooks).chain(arguments.skipped.iter().map(|path| ("`--skipped`", path)));
    keep_apart(&read, &written.map(|(what, path)| Named { what, path }).collect::<Vec<_>>())?;
    let sheets = arguments.corrections.iter().map(|path| Named { what: "`--corrections`", path });
    let skipped = arguments.skipped.iter().map(|path| Named { what: "`--skipped`", path });
    let (sheets, skipped) = (sheets.collect::<Vec<_>>(), skipped.collect::<Vec<_>>());
    keep_apart(&sheets, &skipped)?;
    // A folder of its own is replaced as a whole; what goes elsewhere must not hit a file of one.
    let beside = tables.into_iter().filter(|_| piped);
    let beside = beside.chain(arguments.skipped.iter().map(|path| ("`--skipped`", path)));
    let beside: Vec<Named> = beside.map(|(what, path)| Named { what, path }).collect();
    check_places(&beside, (!piped).then_some(&arguments.output))
}

/// The exports that mend archives which are not finished, or whose books do not balance.
fn exports(inputs: &[PathBuf]) -> Result<Vec<Export>, Failure> {
    let archives = inputs.iter().filter(|input| input.is_dir());
    let exports = archives.map(|input| {
        let doubted = ArchiveManifest::read(input)?.filter(|archive| archive.doubt().is_some());
        Ok(doubted.map(|archive| archive.repeat(input)))
    });
    Ok(exports.collect::<Result<Vec<_>, Failure>>()?.into_iter().flatten().collect())
}

fn folder(
    arguments: &Arguments,
    inputs: Inputs,
    options: &TransformOptions,
    terminal: &Terminal,
) -> Result<TransformBooks> {
    let phase = terminal.phase("transform", reader::profiles(&inputs.sources));
    let remarks = inputs.remarks.clone();
    let folder = &arguments.output;
    let kept = if BatchesManifest::path(folder).exists() { "what it held before is there" } else { "nothing is in it" };
    let kept = format!("`{}`: {kept}", folder.display());
    let _last = at_the_end({
        let (staging, screen, kept) = (BatchesWriter::staging_in(folder), terminal.clone(), kept.clone());
        move || {
            let _ = std::fs::remove_dir_all(staging);
            screen.last_word(&format!("interrupted: the transform did not come to its end; kept: {kept}"));
        }
    });
    let made = transform::into_folder(folder, inputs, options, arguments.locking, &phase);
    let made = made.map_err(|failure| match failure.kind {
        Kind::Interrupted => failure.kept(kept).again("to transform anew,"),
        _ => failure,
    })?;
    let mut summary = summary::of_folder(&made, folder, &remarks);
    let doubts = [remarks.doubts, beyond(arguments, &made.manifest.books)].concat();
    if !doubts.is_empty() {
        summary.json["doubts"] = json!(doubts);
    }
    summary.next.splice(0..0, exports(&arguments.inputs)?.iter().map(ToString::to_string));
    summary.took = Some(phase.took());
    summary.files.extend(listed(options, &made.manifest.books));
    terminal.summary(&summary)?;
    Ok(made.manifest.books)
}

/// The table of profiles that were skipped, for the summary.
fn listed(options: &TransformOptions, books: &TransformBooks) -> Option<(String, String)> {
    let path = options.skipped.as_ref()?;
    Some((path.display().to_string(), format!("{}: skipped profiles", counted(books.skipped, "row"))))
}

fn pipe(
    arguments: &Arguments,
    inputs: &Inputs,
    options: &TransformOptions,
    terminal: &Terminal,
) -> Result<TransformBooks> {
    terminal.tell_of_taken_stdout();
    let phase = terminal.phase("transform", reader::profiles(&inputs.sources));
    warn_of_closed_output();
    let stdout = io::stdout();
    let gzipped = !arguments.plain && !stdout.is_terminal();
    let beside = Beside { rejects: arguments.rejects.clone(), warnings: arguments.warnings.clone() };
    let piped = transform::into_pipe(Stream::new(stdout, gzipped), &beside, inputs, options, &phase)?;
    let mut summary = summary::of_pipe(&piped, &beside, &inputs.remarks);
    summary.took = Some(phase.took());
    summary.files.extend(listed(options, &piped.books));
    terminal.summary_beside_data(&summary);
    Ok(piped.books)
}
