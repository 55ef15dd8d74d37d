//! `upload`: batches -> Voucherify customers.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{Outcome, block_on};
use crate::{
    batches::reader::Batches,
    config::{VoucherifyAccess, VoucherifyRegion},
    interrupt::Interrupt,
    receipts::{self, Receipts},
    terminal::{Summary, Terminal},
    upload::{
        Patience, Report, Upload,
        plan::{Plan, Selection},
    },
    voucherify::Voucherify,
};

/// Arguments of `upload`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags as they are typed; `run_with` makes them enums")]
pub struct Arguments {
    /// Folders of batches, single batches, or `-` for standard input
    #[arg(value_name = "INPUT", default_value = "batches")]
    pub inputs: Vec<PathBuf>,
    /// Region of the Voucherify project
    #[arg(long, value_enum, default_value = "eu")]
    pub region: VoucherifyRegion,
    /// Send batches again that are done; harmless, since customers are updated by `source_id`
    #[arg(long)]
    pub force: bool,
    /// Send only what is not done, and the customers that were refused before
    #[arg(long, conflicts_with_all = ["force", "no_wait"])]
    pub retry_refused: bool,
    /// Submit the batches and leave; a later run without it learns what became of them
    #[arg(long)]
    pub no_wait: bool,
    /// Send only customers whose content differs from what this target last took
    #[arg(long, conflicts_with_all = ["force", "retry_refused", "dry_run"])]
    pub changed_only: bool,
    /// Show what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// Configuration that is missing or wrong, or an upload that could not finish.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    run_with(&VoucherifyAccess::from_environment(arguments.region)?, arguments, terminal)
}

/// Runs the command with the access that is given.
///
/// # Errors
/// An upload that could not finish.
pub fn run_with(access: &VoucherifyAccess, arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let batches = Batches::open(&arguments.inputs)?;
    let target = receipts::target(&access.api_url, &access.application_id);
    let (receipts, _lock) = Receipts::open(&receipts_folder(&arguments.inputs), &target)?;
    let selection = selection(arguments);
    if arguments.dry_run {
        terminal.summary(&planned(&Plan::of(batches, &receipts, selection)?, &target))?;
        return Ok(Outcome::Done);
    }
    let patience = if arguments.no_wait { Patience::Submit } else { Patience::UntilDone };
    let client = Voucherify::new(access)?;
    let phase = terminal.phase("upload", None);
    let report = block_on(async {
        let interrupt = Interrupt::listen()?;
        let upload = Upload { client: &client, receipts, selection, patience, interrupt: &interrupt, phase: &phase };
        Ok(if arguments.changed_only { upload.run_changed(batches).await? } else { upload.run(batches).await? })
    });
    phase.finish();
    let report = report?;
    terminal.summary(&summary(&report, &target, client.calls()))?;
    Ok(if report.interrupted {
        Outcome::Interrupted
    } else if report.refused + report.unknown > report.waiting {
        Outcome::LeftOut
    } else {
        Outcome::Done
    })
}

/// Receipts are kept beside the batches; those of standard input in the present folder.
fn receipts_folder(inputs: &[PathBuf]) -> PathBuf {
    let first = inputs.first().map_or(Path::new("-"), PathBuf::as_path);
    match first {
        folder if folder.is_dir() => folder.join("receipts"),
        stdin if stdin.as_os_str() == "-" => "receipts".into(),
        file => file.parent().unwrap_or(Path::new("")).join("receipts"),
    }
}

fn selection(arguments: &Arguments) -> Selection {
    match (arguments.force, arguments.retry_refused) {
        (true, _) => Selection::All,
        (false, true) => Selection::Refused,
        (false, false) => Selection::Left,
    }
}

fn planned(plan: &Plan, target: &str) -> Summary {
    let Plan { batches, customers, done, follow, posts, bytes } = plan;
    let other_calls = plan.other_calls();
    Summary {
        title: "upload: plan, nothing was sent".into(),
        rows: vec![
            ("batches".into(), format!("{batches} with {customers} customers")),
            ("done before".into(), format!("{done}")),
            ("submitted before".into(), format!("{follow}, to be asked about")),
            ("to send".into(), format!("{posts} POSTs, {bytes} bytes of whole batches")),
            ("other calls".into(), format!("{other_calls}, more while the server is busy")),
            ("target".into(), target.into()),
        ],
        json: json!({
            "target": target, "batches": batches, "customers": customers, "done": done, "follow": follow,
            "posts": posts, "bytes": bytes, "other_calls": other_calls,
        }),
        ..Summary::default()
    }
}

fn summary(report: &Report, target: &str, calls: u64) -> Summary {
    let Report { batches, skipped, sent, done, refused, unknown, waiting, posts, .. } = report;
    let title = match (report.interrupted, waiting, posts) {
        (true, ..) => "upload: interrupted",
        (false, 1.., _) => "upload: submitted, not finished",
        (false, 0, 0) => "upload: nothing left to send",
        (false, 0, _) => "upload: done",
    };
    let next = match (report.interrupted, waiting) {
        (true, _) => Some("the same command continues"),
        (false, 1..) => Some("the same command without `--no-wait` learns what became of them"),
        (false, 0) => None,
    };
    let files = report
        .refused_csv
        .iter()
        .map(|path| (path.display().to_string(), format!("{refused} customers that the server refused, in its words")));
    Summary {
        title: title.into(),
        rows: vec![
            ("books".into(), format!("sent {sent} = done {done} + refused {refused} + unknown {unknown}")),
            ("batches".into(), format!("{batches}, of which {skipped} were done before")),
            ("calls".into(), format!("{calls}, of which {posts} bulk")),
            ("target".into(), target.into()),
        ],
        files: files.collect(),
        next: next.map(Into::into),
        json: json!({
            "target": target, "batches": batches, "skipped": skipped, "sent": sent, "done": done,
            "refused": refused, "unknown": unknown, "waiting": waiting, "unchanged": report.unchanged, "posts": posts, "calls": calls,
        }),
        ..Summary::default()
    }
}
