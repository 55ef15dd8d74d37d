//! How the emulated space behaves where the facts are open, and what goes wrong on demand (docs/api-facts.md D1).

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

use crate::sandbox::percent;

/// Something that can go wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SegmentFault {
    /// 429 without `Retry-After`
    Throttled,
    /// 429 with `Retry-After: 1`
    ThrottledRetryAfter,
    /// 500
    Error500,
    /// 502
    Error502,
    /// 503
    Error503,
    /// 504
    Error504,
    /// The connection is closed instead of an answer
    Reset,
    /// The connection is closed in the middle of the body
    Cut,
    /// A whole answer whose JSON ends in the middle
    Truncated,
    /// 200 with a page of HTML, as proxies give it
    Html,
    /// The body takes a second
    Slow,
}

/// How the emulated space behaves: its answers where the facts are open, their delay, and what goes wrong.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Segment")]
pub struct SegmentOptions {
    /// Serve these profiles instead of made-up ones: a folder that `export` wrote, a file of lines, gzipped or not, or a
    /// pattern of files; held in memory, up to 1 GiB of JSON
    #[arg(long, value_name = "PATH")]
    pub archive: Option<PathBuf>,
    /// Median time that an answer takes, in milliseconds; log-normal
    #[arg(long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    pub latency: f64,
    /// Spread of that time: sigma of the log-normal
    #[arg(long, value_name = "SIGMA", default_value = "0.6", value_parser = spread)]
    pub latency_sigma: f64,
    /// Share of calls that go wrong, chosen by seed
    #[arg(long, value_name = "P%", default_value = "0", value_parser = percent)]
    pub fault_rate: f64,
    /// What goes wrong then, instead of everything; may be repeated
    #[arg(long, value_name = "FAULT", value_enum)]
    pub segment_fault: Vec<SegmentFault>,
    /// So many profiles answer 500, always
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub poison: u64,
    /// So many profiles are listed but answer 404
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub vanish: u64,
    /// So many ids more are listed that were merged into other profiles, and answer as those
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u64).range(..=1_000_000))]
    pub merged: u64,
    /// So many profiles move to the front of the list while it is read, as recent activity moves them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u64).range(..=1_000_000))]
    pub reorder: u64,
    /// Answers over the rate limit carry `Retry-After` with so many seconds
    #[arg(long, value_name = "S")]
    pub retry_after: Option<u64>,
    /// Items in a page where no limit is asked for
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub default_limit: u64,
    /// What a limit above the largest page leads to: of profiles and traits
    #[arg(long, value_enum, default_value = "refuse")]
    pub oversize: Oversize,
    /// What a limit above 25 external ids leads to
    #[arg(long, value_enum, default_value = "throttle")]
    pub oversize_ids: OversizeIds,
    /// What an item of the list holds
    #[arg(long, value_enum, default_value = "plain")]
    pub list_items: ListItems,
    /// How the list writes its cursor
    #[arg(long, value_enum, default_value = "text")]
    pub list_cursor: ListCursor,
    /// The Nth call of the list gives the cursor back that it was asked with
    #[arg(long, value_name = "N")]
    pub repeat_next: Option<u64>,
    /// The Nth call of the list gives no profile, although there are more
    #[arg(long, value_name = "N")]
    pub empty_page: Option<u64>,
    /// Order of external ids
    #[arg(long, value_enum, default_value = "ascending")]
    pub id_order: IdOrder,
    /// What special characters in an identifier lead to that are not percent-encoded
    #[arg(long, value_enum, default_value = "error")]
    pub special_characters: SpecialCharacters,
    /// Words for a wrong token
    #[arg(long, value_enum, default_value = "documented")]
    pub error_codes: ErrorCodes,
    /// Answers to callers that accept gzip
    #[arg(long, value_enum, default_value = "identity")]
    pub compression: Compression,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            archive: None,
            latency: 0.0,
            latency_sigma: 0.6,
            fault_rate: 0.0,
            segment_fault: Vec::new(),
            poison: 0,
            vanish: 0,
            merged: 0,
            reorder: 0,
            retry_after: None,
            default_limit: 10,
            oversize: Oversize::Refuse,
            oversize_ids: OversizeIds::Throttle,
            list_items: ListItems::Plain,
            list_cursor: ListCursor::Text,
            repeat_next: None,
            empty_page: None,
            id_order: IdOrder::Ascending,
            special_characters: SpecialCharacters::Error,
            error_codes: ErrorCodes::Documented,
            compression: Compression::Identity,
        }
    }
}

/// A time that somebody may wait for an answer.
fn milliseconds(text: &str) -> Result<f64, String> {
    number(text, 3_600_000.0)
}

fn spread(text: &str) -> Result<f64, String> {
    number(text, 10.0)
}

fn number(text: &str, most: f64) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=most).contains(&number) { Ok(number) } else { Err(format!("`{text}` is not between 0 and {most}")) }
}

/// What a `limit` above the largest page leads to; not documented (docs/api-facts.md A2, A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Oversize {
    /// 400
    Refuse,
    /// The largest page
    Clamp,
}

/// What too large a page of external ids leads to (docs/api-facts.md A4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OversizeIds {
    /// 429
    Throttle,
    /// 400
    Refuse,
}

/// What an item of the list holds; only `segment_id` is known (docs/api-facts.md A2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListItems {
    /// The `segment_id` alone
    Plain,
    /// Fields that nobody knows, too
    Extra,
}

/// How the list writes its cursor, which looks like a number and is not promised to be one (docs/api-facts.md A2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListCursor {
    /// As a string
    Text,
    /// As a JSON number
    Number,
}

/// Order of external ids by creation; not documented (docs/api-facts.md A4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IdOrder {
    /// Oldest first
    Ascending,
    /// Newest first
    Descending,
    /// By chance, the same for each call
    Random,
}

/// What an identifier leads to that is not percent-encoded (docs/api-facts.md A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SpecialCharacters {
    /// 500
    Error,
    /// 404
    NotFound,
}

/// Words for a wrong token (docs/api-facts.md A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorCodes {
    /// `authentication_error`
    Documented,
    /// `unauthorized`
    Newer,
}

/// Whether answers are compressed; not documented (docs/api-facts.md A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// Never
    Identity,
    /// Where the caller accepts it
    Gzip,
}
