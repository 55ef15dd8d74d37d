//! What the project allows, how it behaves where the facts are unknown, and what goes wrong on demand.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::faults::Fault;

/// How the emulated project behaves.
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
    #[arg(long, value_name = "S")]
    pub window_seconds: Option<u64>,
    /// Largest body of a bulk request
    #[arg(long, value_name = "BYTES", default_value_t = 10_485_760)]
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
    /// Every request with this customer in it is refused as a whole; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub poison_customer: Vec<String>,
    /// This customer is refused, the others of its request are not; may be repeated
    #[arg(long, value_name = "SOURCE_ID")]
    pub refuse: Vec<String>,
    /// Share of customers that are refused, chosen by seed
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    pub refuse_percent: f64,
    /// What goes wrong: KIND, KIND:N (the first N times), KIND:@N (the Nth time) or KIND:P%; may be repeated
    #[arg(long, value_name = "FAULT", long_help = Fault::help())]
    pub voucherify_fault: Vec<Fault>,
    /// The same seed chooses the same faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub fault_seed: u64,
    /// Time that a bulk request takes once it is accepted; they are worked on one after another
    #[arg(long, value_name = "MS", default_value_t = 20)]
    pub queue_ms: u64,
    /// Time between what a call does and its answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub answer_ms: u64,
    /// Metadata schemas to check against: an answer of `GET /v1/metadata-schemas`, saved
    #[arg(long, value_name = "FILE")]
    pub metadata_schema: Option<PathBuf>,
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
            poison_customer: Vec::new(),
            refuse: Vec::new(),
            refuse_percent: 0.0,
            voucherify_fault: Vec::new(),
            fault_seed: 1,
            queue_ms: 20,
            answer_ms: 0,
            metadata_schema: None,
        }
    }
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

/// How much is refused for one bad customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Refusing {
    /// The whole request, with 400
    Request,
    /// That customer alone, in the result
    Customer,
}

/// What a second customer with the same id in one request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Duplicates {
    /// It is applied after the first
    LastWins,
    /// It is refused
    Refused,
}

/// What an object that is sent does to the one that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Storing {
    /// Members that are not sent stay
    Merge,
    /// Members that are not sent are gone
    Replace,
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
