//! What the project allows, how it behaves where the facts are unknown, and what goes wrong on demand.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

use super::{customers::History, faults::Fault};
use crate::sandbox::percent;

/// Longest times that can be asked for: a year.
const YEAR_SECONDS: u64 = 366 * 24 * 3_600;
const YEAR_MS: u64 = 1_000 * YEAR_SECONDS;

/// How the emulated project behaves: its limits, what it does where the facts are open, and what goes wrong.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Voucherify")]
pub struct VoucherifyOptions {
    /// Rate limits of a plan
    #[arg(long, value_enum, default_value = "unlimited")]
    pub plan: Plan,
    /// Calls a minute (an hour with `--plan sandbox`), instead of the plan's
    #[arg(long, value_name = "N")]
    pub minute_limit: Option<u64>,
    /// Bulk requests an hour, instead of the plan's
    #[arg(long, value_name = "N")]
    pub bulk_limit: Option<u64>,
    /// Calls a billing cycle, instead of the plan's
    #[arg(long, value_name = "N")]
    pub cycle_limit: Option<u64>,
    /// Which limits a bulk request counts against
    #[arg(long, value_enum, default_value = "own")]
    pub bulk_counts: BulkCounts,
    /// Length of the minute and of the hour of the limits, to rehearse in less time
    #[arg(long, value_name = "S", value_parser = value_parser!(u64).range(..=YEAR_SECONDS))]
    pub window_seconds: Option<u64>,
    /// Largest body of a bulk request
    #[arg(long, value_name = "BYTES", default_value_t = 10_485_760, value_parser = body_limit)]
    pub body_limit: usize,
    /// Most customers of a bulk request; 100 until 2024, none is documented today
    #[arg(long, value_name = "N")]
    pub record_cap: Option<usize>,
    /// What a customer without `source_id` leads to
    #[arg(long, value_enum, default_value = "request")]
    pub missing_source_id: Refusing,
    /// What metadata that the schema forbids leads to
    #[arg(long, value_enum, default_value = "customer")]
    pub invalid_metadata: Refusing,
    /// What the same `source_id` twice in a request leads to
    #[arg(long, value_enum, default_value = "last-wins")]
    pub duplicates: Duplicates,
    /// What becomes of the members of an address that are not sent
    #[arg(long, value_enum, default_value = "replace")]
    pub address: Storing,
    /// What becomes of metadata keys that are not sent
    #[arg(long, value_enum, default_value = "merge")]
    pub metadata: Storing,
    /// What becomes of `system_metadata`, which no request schema names
    #[arg(long, value_enum, default_value = "stored")]
    pub system_metadata: SystemMetadata,
    /// What becomes of a customer who holds all of it already
    #[arg(long, value_enum, default_value = "updated")]
    pub unchanged: Unchanged,
    /// Whether customers may have the same moment of creation; clients that scroll by it miss some where they do
    #[arg(long, value_enum, default_value = "shared")]
    pub created_at: CreatedAt,
    /// This customer has an order as soon as they are there; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub with_order: Vec<String>,
    /// This customer has a redemption as soon as they are there; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub with_redemption: Vec<String>,
    /// This customer has a loyalty point as soon as they are there; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub with_points: Vec<String>,
    /// Every request with this customer in it is refused as a whole; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub poison_customer: Vec<String>,
    /// This customer is refused, the others of its request are not; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub refuse: Vec<String>,
    /// Share of customers that are refused, chosen by seed
    #[arg(long, value_name = "P%", default_value = "0", value_parser = percent)]
    pub refuse_percent: f64,
    /// What goes wrong: KIND, KIND:N (the first N times), KIND:@N (the Nth time) or KIND:P%; may be repeated
    #[arg(long, value_name = "FAULT", long_help = Fault::help())]
    pub voucherify_fault: Vec<Fault>,
    /// The same seed chooses the same faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub fault_seed: u64,
    /// Time that a bulk request takes once it is accepted; they are worked on one after another
    #[arg(long, value_name = "MS", default_value_t = 20, value_parser = value_parser!(u64).range(..=YEAR_MS))]
    pub queue_ms: u64,
    /// Time between what a call does and its answer
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = value_parser!(u64).range(..=YEAR_MS))]
    pub answer_ms: u64,
    /// Metadata schemas to check against: an answer of `GET /v1/metadata-schemas`, saved
    #[arg(long, value_name = "FILE")]
    pub metadata_schema: Option<PathBuf>,
    /// Exports
    #[command(flatten)]
    pub exports: ExportOptions,
}

impl VoucherifyOptions {
    /// What the customer with this `source_id` did as soon as they are there.
    pub(super) fn history(&self, source_id: &str) -> History {
        let count = |listed: &[String]| u64::from(listed.iter().any(|id| id == source_id));
        History {
            orders: count(&self.with_order),
            redemptions: count(&self.with_redemption),
            points: count(&self.with_points),
        }
    }
}

impl Default for VoucherifyOptions {
    fn default() -> Self {
        Self {
            plan: Plan::Unlimited,
            minute_limit: None,
            bulk_limit: None,
            cycle_limit: None,
            bulk_counts: BulkCounts::Own,
            window_seconds: None,
            body_limit: 10_485_760,
            record_cap: None,
            missing_source_id: Refusing::Request,
            invalid_metadata: Refusing::Customer,
            duplicates: Duplicates::LastWins,
            address: Storing::Replace,
            metadata: Storing::Merge,
            system_metadata: SystemMetadata::Stored,
            unchanged: Unchanged::Updated,
            created_at: CreatedAt::Shared,
            with_order: Vec::new(),
            with_redemption: Vec::new(),
            with_points: Vec::new(),
            poison_customer: Vec::new(),
            refuse: Vec::new(),
            refuse_percent: 0.0,
            voucherify_fault: Vec::new(),
            fault_seed: 1,
            queue_ms: 20,
            answer_ms: 0,
            metadata_schema: None,
            exports: ExportOptions::default(),
        }
    }
}

/// Bodies are held in memory while they are checked.
fn body_limit(text: &str) -> Result<usize, String> {
    let limit: usize = text.parse().map_err(|_| format!("`{text}` is no number of bytes"))?;
    if limit <= 1 << 30 { Ok(limit) } else { Err(format!("`{text}` is more than 1 GiB")) }
}

/// Rate limits that come with a plan (docs/api-facts.md C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plan {
    /// No limit
    Unlimited,
    /// 100 calls an hour
    Sandbox,
    /// 100 calls a minute, 20 bulk requests an hour, 100,000 calls a cycle
    Business,
    /// 2,000 calls a minute, 50 bulk requests an hour, 300,000 calls a cycle
    Organization,
}

/// Which limits a bulk request counts against; not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BulkCounts {
    /// Its own where the plan has one, else that of all calls
    Own,
    /// Its own, that of all calls, and that of the billing cycle
    All,
}

/// What becomes of `system_metadata` in a request; not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SystemMetadata {
    /// It is stored
    Stored,
    /// It is left out
    Ignored,
    /// The whole request is refused with 400
    Refused,
}

/// How much of a bulk request is refused for one bad customer; both have been seen (docs/api-facts.md C1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Refusing {
    /// The whole request, with 400
    Request,
    /// That customer alone, in the result
    Customer,
}

/// What a second customer with the same `source_id` in one request does; not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Duplicates {
    /// It is applied after the first
    LastWins,
    /// It is refused
    Refused,
}

/// What an object that is sent does to the one that is stored; not documented for bulk requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Storing {
    /// Members that are not sent stay
    Merge,
    /// Members that are not sent are gone
    Replace,
}

/// What becomes of a customer who holds all that is sent already; not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unchanged {
    /// They are updated, and the report says so
    Updated,
    /// They stay as they were, `updated_at` too, and the report says `updated: false`
    AsItWas,
}

/// Whether moments of creation tell customers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CreatedAt {
    /// Customers that come together may have the same, as a clock gives it
    Shared,
    /// Each is at least a millisecond after the one before
    Distinct,
}

/// How the project exports; little of it is documented (docs/api-facts.md C6).
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Voucherify, exports")]
pub struct ExportOptions {
    /// Time that an export stays `SCHEDULED`; as long as a bulk request takes if not given
    #[arg(long, value_name = "MS", value_parser = value_parser!(u64).range(..=YEAR_MS))]
    pub export_scheduled_ms: Option<u64>,
    /// Time that it is `IN_PROGRESS` after that
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = value_parser!(u64).range(..=YEAR_MS))]
    pub export_in_progress_ms: u64,
    /// Life of the token in the address of a file; each answer has a new one
    #[arg(long, value_name = "S", default_value_t = 900, value_parser = value_parser!(u64).range(..=YEAR_SECONDS))]
    pub export_token_seconds: u64,
    /// What the header of a file calls its columns
    #[arg(long, value_enum, default_value = "display")]
    pub export_labels: ExportLabels,
    /// What the field `metadata` stands for
    #[arg(long, value_enum, default_value = "columns")]
    pub export_metadata: ExportMetadata,
    /// Which columns a file has, and in which order
    #[arg(long, value_enum, default_value = "requested")]
    pub export_columns: ExportColumns,
    /// So many customers more are in every export, made up while it is downloaded; nothing else knows them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u64).range(..=1_000_000_000))]
    pub crowd: u64,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            export_scheduled_ms: None,
            export_in_progress_ms: 0,
            export_token_seconds: 900,
            export_labels: ExportLabels::Display,
            export_metadata: ExportMetadata::Columns,
            export_columns: ExportColumns::Requested,
            crowd: 0,
        }
    }
}

/// What the header of an exported file calls its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportLabels {
    /// Labels for people, as `Creation Date`; most of them are guesses
    Display,
    /// The names of the fields
    Fields,
    /// Labels that nobody has heard of
    Unknown,
}

/// What the field `metadata` of an export stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportMetadata {
    /// A column for each key that the schema defines
    Columns,
    /// One column with a JSON object of the keys that the schema defines
    Cell,
    /// One column with a JSON object of all keys
    Whole,
}

/// Which columns an exported file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportColumns {
    /// Those that are asked for, in that order
    Requested,
    /// Those that are asked for, by their labels
    Alphabetical,
    /// One more than was asked for, at the end
    OneMore,
    /// All but the last
    OneLess,
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;

    #[test]
    fn no_flags_are_the_default() {
        let matches = VoucherifyOptions::augment_args(clap::Command::new("sandbox")).get_matches_from(["sandbox"]);
        let options = VoucherifyOptions::from_arg_matches(&matches).unwrap();
        assert_eq!(format!("{options:?}"), format!("{:?}", VoucherifyOptions::default()));
    }
}
