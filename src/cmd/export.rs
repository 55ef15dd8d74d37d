//! `export`: Segment Profile API -> archive.

use std::{
    io::IsTerminal,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::Args;

use super::{Outcome, block_on};
use crate::{
    archive::manifest::{Options as FixedOptions, Verdict},
    config::{self, SegmentAccess, SegmentRegion},
    export::{self, Options, Report},
    failure::Failure,
    interrupt::Interrupt,
    segment::{PageSizes, Segment},
    terminal::{Summary, Terminal},
};

const EXAMPLES: &str = "\
Examples:
  segment-to-voucherify export                        into the folder `export`; run it again to continue
  segment-to-voucherify export --max-profiles 100     a trial
  segment-to-voucherify export -o - | segment-to-voucherify transform -

Needs SEGMENT_ACCESS_TOKEN and SEGMENT_SPACE_ID (Segment: Unify settings, API access).";

/// Arguments of `export`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Folder of the archive, or `-` for lines on stdout
    #[arg(short, long, value_name = "DIR|-", default_value = "export")]
    pub output: PathBuf,
    /// Region of the Segment workspace
    #[arg(long, value_enum, default_value = "us")]
    pub region: SegmentRegion,
    /// Calls a second, all endpoints together [default: 100, or `SEGMENT_RATE_LIMIT`]
    #[arg(long, value_name = "N")]
    pub rate: Option<NonZeroU32>,
    /// How often to list again at the end, for what the first listing missed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub sweeps: u64,
    /// Profiles in a part
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u64).range(1..))]
    pub part_size: u64,
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
    /// With `-o -`: lines without compression
    #[arg(long)]
    pub plain: bool,
}

/// Runs the command.
///
/// # Errors
/// Configuration that is missing or wrong, or an export that could not finish.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let access = SegmentAccess::from_environment(arguments.region)?;
    run_with(&access, arguments, terminal)
}

/// Runs the command with the access that is given.
///
/// # Errors
/// As for [`run`].
pub fn run_with(access: &SegmentAccess, arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let pages = page_sizes()?;
    let rate = match arguments.rate {
        Some(rate) => rate,
        None => number("SEGMENT_RATE_LIMIT", 1, u32::MAX)?.and_then(NonZeroU32::new).unwrap_or(DEFAULT_RATE),
    };
    let options = Options {
        fixed: FixedOptions {
            api_url: access.api_url.to_string(),
            space_id: access.space_id.clone(),
            id_types: arguments.id_types.clone(),
            identified_only: arguments.identified_only.clone(),
            part_size: arguments.part_size,
            from_cursor: arguments.from_cursor.clone(),
            max_profiles: arguments.max_profiles,
            ids_from_sha256: None,
        },
        rate,
        sweeps: arguments.sweeps,
        max_failures: arguments.max_failures,
    };
    if pages != PageSizes::default() {
        tracing::warn!(
            "pages of {} profiles and {} traits: more calls than pages of 100 and 200 would need",
            pages.list,
            pages.traits
        );
    }
    let segment = Segment::new(access, rate, pages, arguments.id_types.clone())?;
    if arguments.output.as_os_str() == "-" {
        return block_on(pipe(&segment, &options, arguments.plain, terminal));
    }
    block_on(archive(&segment, &options, &arguments.output, terminal))
}

/// Segment's limit for a space (API_FACTS.md A1).
const DEFAULT_RATE: NonZeroU32 = NonZeroU32::new(100).unwrap();

async fn archive(segment: &Segment, options: &Options, folder: &Path, terminal: &Terminal) -> Result<Outcome> {
    let phase = terminal.phase("export", None);
    let interrupt = Interrupt::listen()?;
    let report = export::run(segment, options, folder, &interrupt, &phase).await;
    phase.finish();
    let report = report?;
    terminal.summary(&summary(&report, folder))?;
    Ok(if report.interrupted {
        Outcome::Interrupted
    } else if report.manifest.books.failed > 0 {
        Outcome::LeftOut
    } else {
        Outcome::Done
    })
}

async fn pipe(segment: &Segment, options: &Options, plain: bool, terminal: &Terminal) -> Result<Outcome> {
    let phase = terminal.phase("export", None);
    let plain = plain || std::io::stdout().is_terminal();
    let books = export::pipe(segment, options, std::io::stdout().lock(), plain, &phase).await;
    phase.finish();
    let books = books?;
    terminal
        .say(&format!("export: listed {} = exported {} + vanished {}", books.listed, books.exported, books.vanished));
    Ok(Outcome::Done)
}

fn summary(report: &Report, folder: &Path) -> Summary {
    let manifest = &report.manifest;
    let books = &manifest.books;
    let (title, next) = match (&manifest.verdict, report.nothing_left) {
        (Some(_), true) => ("export: nothing left to do", "segment-to-voucherify transform"),
        (Some(Verdict::Complete), _) => ("export: complete", "segment-to-voucherify transform"),
        (Some(Verdict::Incomplete(_)), _) => {
            ("export: finished, not known to be complete", "segment-to-voucherify transform")
        }
        (None, _) => ("export: interrupted", "the same command continues"),
    };
    let mut rows = vec![
        (
            "books".to_owned(),
            format!(
                "listed {} = exported {} + vanished {} + failed {}{}",
                books.listed,
                books.exported,
                books.vanished,
                books.failed,
                match books.listed.saturating_sub(books.exported + books.vanished + books.failed) {
                    0 => String::new(),
                    left => format!(" + left {left}"),
                }
            ),
        ),
        (
            "calls".to_owned(),
            format!(
                "{} list, {} external ids, {} traits; {} retries",
                manifest.calls.list, manifest.calls.external_ids, manifest.calls.traits, manifest.calls.retries
            ),
        ),
        ("archive".to_owned(), format!("{} ({} parts)", folder.display(), manifest.parts.len())),
    ];
    if let Some(Verdict::Incomplete(reasons)) = &manifest.verdict {
        rows.extend(reasons.iter().map(|reason| ("incomplete".to_owned(), reason.clone())));
    }
    Summary {
        title: title.into(),
        rows,
        next: Some(next.into()),
        json: serde_json::to_value(manifest).unwrap_or_default(),
        ..Summary::default()
    }
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
    config::optional(name)
        .map(|text| match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(Failure::usage(format!("`{name}` is `{text}`, not a number from {least} to {most}"))
                .hint("remove it to use the default")),
        })
        .transpose()
}
