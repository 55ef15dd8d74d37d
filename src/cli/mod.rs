//! What can be typed, and which command takes it.

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::{
    cmd::{self, Outcome},
    terminal::{OutputOptions, Terminal},
};

mod examples;

/// Bring every Segment profile over to Voucherify: export, transform, upload.
///
/// Each command is safe to repeat: it continues where it stopped. Data goes to stdout, everything else to stderr.
#[derive(Debug, Parser)]
#[command(name = "segment-to-voucherify", version, propagate_version = true, after_help = examples::PROGRAM)]
pub struct Cli {
    /// The command, with its own arguments.
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
    /// What a project holds, field by field, against what was sent
    #[command(after_help = examples::VERIFY)]
    Verify(cmd::verify::Arguments),
    /// A project back to what it held before an upload
    #[command(after_help = examples::UNDO)]
    Undo(cmd::undo::Arguments),
    /// What another transform would change, customer by customer
    #[command(after_help = examples::DIFF)]
    Diff(cmd::diff::Arguments),
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
    /// SQL that unloads Profiles Sync tables as profiles
    #[command(after_help = examples::WAREHOUSE)]
    Warehouse(cmd::warehouse::Arguments),
    /// Batches that were made apart -> one folder
    #[command(after_help = examples::GATHER)]
    Gather(cmd::gather::Arguments),
    /// Both APIs emulated on loopback
    #[command(after_help = examples::SANDBOX)]
    Sandbox(Box<cmd::sandbox::Arguments>),
    /// Completions for a shell, or man pages
    #[command(after_help = examples::COMPLETIONS)]
    Completions(cmd::completions::Arguments),
}

impl Cli {
    /// Runs the command that was typed.
    ///
    /// # Errors
    /// Whatever kept the command from finishing; a [`Failure`](crate::failure::Failure) among the causes decides the
    /// exit code and says what to do next.
    pub fn run(self, terminal: &Terminal) -> Result<Outcome> {
        // Manifests are JSON, which has no other text.
        if let Some(odd) = std::env::args_os().find(|word| word.to_str().is_none()) {
            tracing::warn!(
                "`{}` is not UTF-8: what is written has U+FFFD in it, and commands that are suggested from that do not \
                 find it; rename it",
                odd.display()
            );
        }
        match self.command {
            Command::Export(arguments) => cmd::export::run(&arguments, terminal),
            Command::Transform(arguments) => cmd::transform::run(&arguments, terminal),
            Command::Upload(arguments) => cmd::upload::run(&arguments, terminal),
            Command::Verify(arguments) => cmd::verify::run(&arguments, terminal),
            Command::Undo(arguments) => cmd::undo::run(&arguments, terminal),
            Command::Diff(arguments) => cmd::diff::run(&arguments, terminal),
            Command::Migrate(arguments) => cmd::migrate::run(&arguments, terminal),
            Command::Inspect(arguments) => cmd::inspect::run(&arguments, terminal),
            Command::Status(arguments) => cmd::status::run(&arguments, terminal),
            Command::Schema(arguments) => cmd::schema::run(&arguments, terminal),
            Command::Explain(arguments) => cmd::explain::run(&arguments, terminal),
            Command::Report(arguments) => cmd::report::run(&arguments, terminal),
            Command::Warehouse(arguments) => cmd::warehouse::run(&arguments),
            Command::Gather(arguments) => cmd::gather::run(&arguments, terminal),
            Command::Sandbox(arguments) => cmd::sandbox::run(&arguments, terminal),
            Command::Completions(arguments) => cmd::completions::run(&arguments, Self::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invocation::{
        Explain, Export, Inspect, Invocation, Report, Schema, Status, Transform, Undo, Upload, Verify,
    };

    #[test]
    fn every_option_that_may_be_suggested_is_understood() {
        let types = ["user_id".to_owned(), "email".to_owned()];
        let export = Export::into("a b").region(Some("eu")).id_types(&types).identified_only(&types).part_size(10);
        let transform = Transform::of(["a", "b"]).output("c").identifier("email").metadata_schema("s").corrections("x");
        let tables = ["user_traits=t".to_owned()];
        let suggestions: [Invocation; 17] = [
            Export::default().warehouse(Some("profiles"), &tables, "plain").into(),
            export.max_profiles(7).sweeps(2).from_cursor("-x").into(),
            Export::default().ids_from("FILE").into(),
            transform
                .nulls("clear=phone")
                .strict()
                .batch_bytes(1_000)
                .batch_customers(5)
                .csv("plain")
                .partition("0/2")
                .values("json")
                .into(),
            Transform::default().mapping("m").identifier_choice("newest").into(),
            Transform::default().preset("segment-actions").print_mapping().into(),
            Upload::of("a").region(Some("as")).changed_only().into(),
            Upload::default().retry_refused().into(),
            Upload::default().force().into(),
            Upload::of("a").keep_before().into(),
            Verify::of("a").region(Some("us")).before(1).into(),
            Undo::of("a").region(Some("us")).yes().delete_created().into(),
            Inspect::of(["a"]).show("mapping").identifier("email").mapping("m").into(),
            Status::of(["a", "b"]).checksums().into(),
            Schema::default().into(),
            Explain::who("-1").archive("a").batches("b").into(),
            Report::default().into(),
        ];
        for suggestion in suggestions {
            let words = shlex::split(&suggestion.to_string()).unwrap();
            if let Err(error) = Cli::try_parse_from(words) {
                panic!("{suggestion}: {error}");
            }
        }
    }
}
