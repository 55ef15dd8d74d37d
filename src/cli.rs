//! What can be typed: the command line's types, and nothing that acts on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cmd;

/// Bring every Segment profile over to Voucherify: export, transform, upload.
///
/// Each command is safe to repeat: it continues where it stopped. Data goes to stdout, everything else to stderr.
#[derive(Debug, Parser)]
#[command(name = "segment-to-voucherify", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to talk about it.
    #[command(flatten)]
    pub output: OutputOptions,
}

const EXAMPLES: &str = "\
Examples:
  segment-to-voucherify migrate --sandbox      see it work; needs no account
  segment-to-voucherify export                 Segment -> export/
  segment-to-voucherify transform              export/ -> batches/
  segment-to-voucherify upload                 batches/ -> Voucherify

Exit codes: 0 done; 1 could not finish, run again to continue; 2 wrong usage or configuration;
3 finished, but some records were left out (listed in a file that is named); 130 interrupted, state is saved.";

/// The commands, in the order in which a migration uses them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Segment Profile API -> archive
    Export(cmd::export::Arguments),
    /// Archive -> batches of customers, rejects and warnings; works offline
    Transform(cmd::transform::Arguments),
    /// Batches -> Voucherify customers
    Upload(cmd::upload::Arguments),
    /// Export, transform and upload in a row
    Migrate(cmd::migrate::Arguments),
    /// What an archive holds: coverage of every trait and id type
    Inspect(cmd::inspect::Arguments),
    /// What is done and what is left, from the files alone
    Status(cmd::status::Arguments),
    /// Save the project's customer metadata schema, for transform
    Schema(cmd::schema::Arguments),
    /// One customer end to end: traits, rules, findings, batch, answer
    Explain(cmd::explain::Arguments),
    /// One self-contained HTML page of the whole migration
    Report(cmd::report::Arguments),
    /// Both APIs emulated on loopback
    Sandbox(cmd::sandbox::Arguments),
    /// Completions for a shell, on stdout
    Completions(cmd::completions::Arguments),
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Print the final summary as JSON on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: -v every retry, -vv every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Form of log lines on stderr
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub log_format: LogFormat,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
    /// Read environment variables from this file [default: .env]
    // Read before the command line is parsed (`config::load_environment_file`); here for help and checks.
    #[arg(long, global = true, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
