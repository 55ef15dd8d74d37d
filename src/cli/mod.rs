//! What can be typed: the command line's types, and nothing that acts on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cmd;

mod examples;

/// Bring every Segment profile over to Voucherify: export, transform, upload.
///
/// Each command is safe to repeat: it continues where it stopped. Data goes to stdout, everything else to stderr.
#[derive(Debug, Parser)]
#[command(name = "segment-to-voucherify", version, propagate_version = true, after_help = examples::PROGRAM)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to talk about it.
    #[command(flatten)]
    pub output: OutputOptions,
}

/// The commands, in the order in which a migration uses them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Segment Profile API -> archive
    #[command(after_help = examples::EXPORT)]
    Export(cmd::export::Arguments),
    /// Archive -> batches, rejects and warnings; works offline
    #[command(after_help = examples::TRANSFORM)]
    Transform(cmd::transform::Arguments),
    /// Batches -> Voucherify customers
    #[command(after_help = examples::UPLOAD)]
    Upload(cmd::upload::Arguments),
    /// Export, transform and upload in a row
    #[command(after_help = examples::MIGRATE)]
    Migrate(cmd::migrate::Arguments),
    /// What an archive holds: coverage of every trait and id type
    #[command(after_help = examples::INSPECT)]
    Inspect(cmd::inspect::Arguments),
    /// What is done and what is left, from the files alone
    #[command(after_help = examples::STATUS)]
    Status(cmd::status::Arguments),
    /// Save the project's customer metadata schema, for transform
    #[command(after_help = examples::SCHEMA)]
    Schema(cmd::schema::Arguments),
    /// One customer end to end: traits, rules, findings, batch, answer
    #[command(after_help = examples::EXPLAIN)]
    Explain(cmd::explain::Arguments),
    /// One self-contained HTML page of the whole migration
    #[command(after_help = examples::REPORT)]
    Report(cmd::report::Arguments),
    /// Both APIs emulated on loopback
    #[command(after_help = examples::SANDBOX)]
    Sandbox(Box<cmd::sandbox::Arguments>),
    /// Completions for a shell, or man pages
    #[command(after_help = examples::COMPLETIONS)]
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
