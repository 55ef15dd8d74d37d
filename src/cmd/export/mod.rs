//! `export`: Segment Profile API -> archive.

mod warehouse;

use std::{
    io::IsTerminal,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use clap::Args;

use super::{Outcome, block_on, block_on_this_thread};
use crate::{
    archive::{
        manifest::{ArchiveManifest, ArchiveOptions, DEFAULT_PART_SIZE, Remedy, Verdict},
        trait_texts::Values,
    },
    config::{self, SegmentAccess, SegmentRegion},
    export::{
        self, ExportOptions, ExportReport, failures,
        forecast::{self, Extent, Forecast},
        identifiers::Identifiers,
        listing::Listing,
    },
    failure::Failure,
    interrupt::{Interrupt, at_the_end},
    invocation::{Transform, typed},
    publish::{Locking, Named, keep_apart, warn_of_closed_output},
    segment::{PageSizes, Segment},
    tables::Dialect,
    terminal::{Summary, Terminal},
    warehouse::TableName,
    wording::{count, counted, duration},
};

/// What only the Profile API has. Whatever needs `--warehouse` has to say so itself: an option that is needed is not asked
/// for where it would be in conflict with another.
const OF_THE_API: [&str; 8] =
    ["region", "rate", "sweeps", "max_failures", "identified_only", "id_types", "from_cursor", "dry_run"];

/// Arguments of `export`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Folder of the archive, or `-` for lines on stdout
    #[arg(short, long, value_name = "DIR|-", default_value = "export")]
    pub output: PathBuf,
    /// Region of the Segment workspace; `SEGMENT_API_URL` goes before it [default: us]
    #[arg(long, value_enum)]
    pub region: Option<SegmentRegion>,
    /// Calls a second, all endpoints together [default: 100, or `SEGMENT_RATE_LIMIT`]
    #[arg(long, value_name = "N", value_parser = rate)]
    pub rate: Option<NonZeroU32>,
    /// How often to list again at the end, for what the first listing missed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub sweeps: u64,
    /// Profiles in a part [default: 1000, or 50000 with `--warehouse`]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub part_size: Option<u64>,
    /// End when more profiles than this cannot be read
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub max_failures: u64,
    /// Fetch traits only for profiles with an external id of one of these types
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub identified_only: Vec<String>,
    /// Fetch external ids of these types only
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub id_types: Vec<String>,
    /// Begin the list at this cursor
    #[arg(long, value_name = "CURSOR")]
    pub from_cursor: Option<String>,
    /// Stop after this many profiles, for a trial
    #[arg(long, value_name = "N")]
    pub max_profiles: Option<u64>,
    /// Instead of listing, take identifiers from a file, one a line: `use_…` or `type:value`
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["from_cursor", "max_profiles"])]
    pub ids_from: Option<PathBuf>,
    /// Read the tables of Profiles Sync in PostgreSQL, which `WAREHOUSE_URL` names, instead of the Profile API
    #[arg(long, conflicts_with_all = OF_THE_API)]
    pub warehouse: bool,
    /// With `--warehouse`: schema of the space's tables
    #[arg(long, value_name = "NAME", requires = "warehouse", conflicts_with_all = OF_THE_API)]
    pub schema: Option<String>,
    /// With `--warehouse`: another name for a table, such as `user_traits=NAME`; may be repeated
    #[arg(long = "table", value_name = "TABLE=NAME", requires = "warehouse", conflicts_with_all = OF_THE_API)]
    pub tables: Vec<TableName>,
    /// With `--warehouse`: what the texts of traits are
    #[arg(long, value_enum, default_value_t, value_name = "FORM", requires = "warehouse", conflicts_with_all = OF_THE_API)]
    pub values: Values,
    /// For whom the table of profiles that could not be read is written
    #[arg(long, value_enum, default_value_t, value_name = "DIALECT")]
    pub csv: Dialect,
    /// Say what the export will cost, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// With `-o -`: lines without compression
    #[arg(long)]
    pub plain: bool,
    /// Whether the folder is locked.
    #[command(flatten)]
    pub locking: Locking,
}

fn rate(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| format!("a number of calls a second from 1 to {}", u32::MAX))
}

/// Runs the command.
///
/// # Errors
/// Configuration that is missing or wrong, or an export that could not finish.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.warehouse {
        return block_on_this_thread(warehouse::run(arguments, terminal));
    }
    let access = SegmentAccess::from_environment(arguments.region)?;
    run_with(&access, arguments, terminal)
}

/// Runs the command with the access that is given.
///
/// # Errors
/// As for [`run`].
pub fn run_with(access: &SegmentAccess, arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    what_is_read_stays(arguments)?;
    let pages = page_sizes()?;
    warn_of_cost(pages);
    let options = options(access, arguments)?;
    let segment = Segment::new(access, options.rate, pages, arguments.id_types.clone());
    if arguments.dry_run {
        let forecast = forecast::forecast(&segment, &options, &arguments.output, u64::from(pages.list));
        let forecast = block_on(async { Ok(forecast.await?) })?;
        terminal.summary(&forecast_summary(&forecast, options.rate, &arguments.output))?;
        return Ok(Outcome::Done);
    }
    if arguments.plain && arguments.output.as_os_str() != "-" {
        tracing::warn!("`--plain` goes with `-o -`; the parts of an archive are compressed");
    }
    if arguments.output.as_os_str() == "-" {
        terminal.tell_of_taken_stdout();
        return block_on(pipe(&segment, &options, arguments.plain, terminal));
    }
    loop {
        match block_on(archive(&segment, &options, &arguments.output, terminal)) {
            Err(error) if resumes(&error, terminal) => {}
            ended => return ended,
        }
    }
}

/// Refuses to write over the identifiers.
fn what_is_read_stays(arguments: &Arguments) -> Result<(), Failure> {
    let output = &arguments.output;
    let own = [ArchiveManifest::path(output), Listing::path(output), failures::path(output)];
    let output = Named { what: "`-o`", path: output };
    let written = own.iter().map(|path| Named { what: "a file of the archive,", path });
    let read: Vec<Named> = arguments.ids_from.iter().map(|path| Named { what: "`--ids-from`", path }).collect();
    keep_apart(&read, &std::iter::once(output).chain(written).collect::<Vec<_>>())
}

/// Smaller pages than the API allows are kept, since somebody asked for them, but cost calls.
fn warn_of_cost(pages: PageSizes) {
    let default = PageSizes::default();
    if pages.list < default.list {
        let calls = 100_u32.div_ceil(pages.list);
        tracing::warn!(
            "`SEGMENT_REQUEST_LIMIT` is {}: {calls} calls list 100 profiles, where 1 would do; remove it",
            pages.list
        );
    }
    if pages.traits < default.traits {
        let calls = default.traits.div_ceil(pages.traits);
        tracing::warn!(
            "`SEGMENT_TRAITS_LIMIT` is {}: a profile of 200 traits takes {calls} calls, where 1 would do; remove it",
            pages.traits
        );
    }
}

fn options(access: &SegmentAccess, arguments: &Arguments) -> Result<ExportOptions, Failure> {
    let rate = match arguments.rate {
        Some(rate) => rate,
        None => number("SEGMENT_RATE_LIMIT", 1, u32::MAX)?.and_then(NonZeroU32::new).unwrap_or(DEFAULT_RATE),
    };
    for (option, types) in [("--id-types", &arguments.id_types), ("--identified-only", &arguments.identified_only)] {
        if types.iter().any(|kind| kind.trim().is_empty()) {
            return Err(Failure::usage(format!("`{option}` names an empty type"))
                .hint(format!("name types of external ids, as in `{option} user_id,email`")));
        }
    }
    let asked = &arguments.id_types;
    if let Some(missing) = arguments.identified_only.iter().find(|kind| !asked.is_empty() && !asked.contains(kind)) {
        return Err(Failure::usage(format!("`--identified-only {missing}` would never match"))
            .hint(format!("add `{missing}` to `--id-types`, which fetches no other external ids")));
    }
    let identifiers = arguments.ids_from.as_deref().map(Identifiers::open).transpose()?.map(Arc::new);
    Ok(ExportOptions {
        fixed: ArchiveOptions {
            api_url: access.api_url.to_string(),
            space_id: access.space_id.clone(),
            id_types: arguments.id_types.clone(),
            identified_only: arguments.identified_only.clone(),
            part_size: arguments.part_size.unwrap_or(DEFAULT_PART_SIZE),
            from_cursor: arguments.from_cursor.clone(),
            max_profiles: arguments.max_profiles,
            ids_from_sha256: identifiers.as_ref().map(|identifiers| identifiers.sha256.clone()),
            warehouse: None,
        },
        rate,
        sweeps: arguments.sweeps,
        max_failures: arguments.max_failures,
        identifiers,
        locking: arguments.locking,
        dialect: arguments.csv,
    })
}

/// Whether a run that could have gone on is to go on now, which only a person at a terminal can say.
fn resumes(error: &anyhow::Error, terminal: &Terminal) -> bool {
    let failure = error.downcast_ref::<Failure>();
    failure.filter(|failure| failure.continues()).is_some_and(|failure| {
        let cause = std::error::Error::source(failure).map_or(String::new(), |cause| format!(": {cause}"));
        // Nobody is at work: a signal ends it here, and what was kept stays.
        let (screen, kept) = (terminal.clone(), failure.kept.clone().unwrap_or_default());
        let _last = at_the_end(move || screen.last_word(&format!("kept: {kept}; to continue: {}", typed())));
        terminal.confirm(&format!("{failure}{cause}\nDo you wish to resume the process?"))
    })
}

fn forecast_summary(forecast: &Forecast, rate: NonZeroU32, folder: &Path) -> Summary {
    let at_least = if forecast.extent == Extent::AtLeast { "at least " } else { "" };
    let range = |least: String, most: String| if least == most { least } else { format!("{least} to {most}") };
    let calls = range(count(forecast.calls.0), count(forecast.calls.1));
    let time = range(duration(forecast.time.0), duration(forecast.time.1));
    Summary {
        title: if forecast.finished { "export: nothing left to do" } else { "export: what it will cost" }.into(),
        rows: vec![
            ("profiles".into(), format!("{at_least}{}", count(forecast.profiles))),
            ("calls".into(), format!("{at_least}{calls}; more where profiles need a second page")),
            ("time".into(), format!("{at_least}{time} at {} calls a second", count(u64::from(rate.get())))),
        ],
        json: serde_json::json!({
            "profiles": forecast.profiles,
            "extent": if forecast.extent == Extent::All { "all" } else { "at_least" },
            "calls_least": forecast.calls.0, "calls_most": forecast.calls.1,
            "seconds_least": forecast.time.0.as_secs(), "seconds_most": forecast.time.1.as_secs(),
        }),
        next: if forecast.finished {
            vec![Transform::of([folder]).to_string()]
        } else {
            vec![typed().without("--dry-run").to_string()]
        },
        ..Summary::default()
    }
}

/// Segment's limit for a space (docs/api-facts.md A1).
const DEFAULT_RATE: NonZeroU32 = NonZeroU32::new(100).unwrap();

async fn archive(segment: &Segment, options: &ExportOptions, folder: &Path, terminal: &Terminal) -> Result<Outcome> {
    let phase = terminal.phase("export", None);
    let interrupt = Interrupt::listen()?;
    let report = export::run(segment, options, folder, &interrupt, &phase).await;
    let took = Some(phase.took());
    let report = report?;
    terminal.summary(&Summary { took, ..summary(&report, folder) })?;
    Ok(if report.interrupted {
        Outcome::Interrupted
    } else if report.manifest.books.failed > 0 {
        Outcome::LeftOut
    } else {
        Outcome::Done
    })
}

async fn pipe(segment: &Segment, options: &ExportOptions, plain: bool, terminal: &Terminal) -> Result<Outcome> {
    let phase = terminal.phase("export", None);
    warn_of_closed_output();
    let plain = plain || std::io::stdout().is_terminal();
    let interrupt = Interrupt::listen()?;
    let books = export::pipe(segment, options, std::io::stdout().lock(), plain, &interrupt, &phase).await;
    phase.finish();
    let Some(books) = books? else {
        terminal.say("export: interrupted; the output is cut, and a pipe cannot be continued");
        return Ok(Outcome::Interrupted);
    };
    terminal.say(&format!("export: {}", books.in_words()));
    Ok(Outcome::Done)
}

fn summary(report: &ExportReport, folder: &Path) -> Summary {
    let manifest = &report.manifest;
    let title = match (&manifest.verdict, report.nothing_left) {
        (Some(_), true) => "export: nothing left to do",
        (Some(Verdict::Complete), _) => "export: complete",
        (Some(Verdict::Incomplete(_)), _) => "export: finished, not known to be complete",
        (None, _) => "export: interrupted",
    };
    let transform = Transform::of([folder]).to_string();
    let export = match manifest.remedy() {
        Remedy::SameCommand => Some(typed().to_string()),
        Remedy::Sweeps(sweeps) => Some(typed().with("--sweeps", sweeps).to_string()),
        Remedy::Nothing => None,
    };
    let transform = manifest.verdict.is_some().then_some(transform);
    let next = export.into_iter().chain(transform).collect();
    let mut rows = figures(manifest);
    rows.push((
        "archive".to_owned(),
        format!("{}, {}", folder.display(), counted(manifest.parts.len() as u64, "part")),
    ));
    if let Some(Verdict::Incomplete(reasons)) = &manifest.verdict {
        rows.extend(reasons.iter().map(|reason| ("incomplete".to_owned(), reason.clone())));
    }
    Summary {
        title: title.into(),
        rows,
        next,
        json: serde_json::to_value(manifest).unwrap_or_default(),
        ..Summary::default()
    }
}

/// The books and the calls.
fn figures(manifest: &ArchiveManifest) -> Vec<(String, String)> {
    let (books, calls) = (&manifest.books, &manifest.calls);
    let [list, ids, traits] = [calls.list, calls.external_ids, calls.traits].map(count);
    let retries = counted(calls.retries, "retry");
    let second = match &manifest.warehouse {
        None => ("calls".to_owned(), format!("{list} list, {ids} external ids, {traits} traits; {retries}")),
        Some(read) => {
            let [ids, traits, both, merged] =
                [read.with_ids, read.with_traits, read.with_both, read.merged_away].map(count);
            (
                "profiles".to_owned(),
                format!("{ids} with ids, {traits} with traits, {both} with both; {merged} merged away"),
            )
        }
    };
    vec![("books".to_owned(), books.in_words()), second]
}

/// The page sizes that the script before this one took from the environment.
fn page_sizes() -> Result<PageSizes, Failure> {
    let default = PageSizes::default();
    Ok(PageSizes {
        list: number("SEGMENT_REQUEST_LIMIT", 1, default.list)?.unwrap_or(default.list),
        traits: number("SEGMENT_TRAITS_LIMIT", 1, default.traits)?.unwrap_or(default.traits),
    })
}

fn number(name: &str, least: u32, most: u32) -> Result<Option<u32>, Failure> {
    config::optional(name)?
        .map(|text| match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(Failure::usage(format!("`{name}` is `{text}`, not a number from {least} to {most}"))
                .hint("remove it to use the default")),
        })
        .transpose()
}
