//! `upload`: batches -> Voucherify customers.

mod before;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{Outcome, block_on};
use crate::{
    batches::{
        manifest::BatchesManifest,
        outdated::Outdated,
        reader::{self, BatchSource},
    },
    config::{VoucherifyAccess, VoucherifyRegion},
    failure::Failure,
    interrupt::Interrupt,
    invocation::{self, Status, Verify, typed, typed_for},
    progress::Phase,
    publish::{Lock, Locking, Named, check_places, keep_apart, once_each},
    receipts::{self, Receipts, Remedy},
    tables::{Dialect, Form},
    terminal::{Noticed, Summary, Terminal},
    undo::image::Need,
    upload::{Patience, Settings, Upload, UploadReport, plan::Totals, selection::Selection},
    voucherify::{LimitStanding, OwnLimits, Voucherify},
    wording::{self, count, counted},
};

/// Arguments of `upload`.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags as they are typed; `settings` makes them enums")]
pub struct Arguments {
    /// Folders of batches, single batches, or `-` for standard input
    #[arg(value_name = "INPUT", default_value = "batches")]
    pub inputs: Vec<PathBuf>,
    /// Region of the Voucherify project; `VOUCHERIFY_API_URL` goes before it [default: eu]
    #[arg(long, value_enum)]
    pub region: Option<VoucherifyRegion>,
    /// Show what would be sent, check the keys with one call, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Leave this share of every limit of calls to others, for instance the shop's live traffic
    #[arg(long, value_name = "P%", value_parser = share, default_value = "0%", hide_default_value = true)]
    pub reserve: f64,
    /// Post at most so many bulk requests in any hour, whatever the server allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub bulk_per_hour: Option<u32>,
    /// Make at most so many other calls in any minute, whatever the server allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub calls_per_minute: Option<u32>,
    /// Copy out what became of every customer: created, updated, refused and why, or unknown
    #[arg(long, value_name = "FILE")]
    pub outcomes: Option<PathBuf>,
    /// Do not fetch the server's reports: of a customer that was taken it is not known then whether it was new
    #[arg(long, conflicts_with = "outcomes")]
    pub no_outcomes: bool,
    /// Give up on the export of a before-image that is not finished after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600, hide_default_value = true)]
    pub patience: u64,
    /// For whom the tables are written
    #[arg(long, value_enum, default_value_t, value_name = "DIALECT")]
    pub csv: Dialect,
    /// In which forms the table of refused customers is written
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub tables: Form,
    /// Keep what the project holds of these customers before anything is sent, so that `undo` can bring it back
    #[arg(long)]
    pub keep_before: bool,
    /// Submit the batches and leave; a later run without it learns what became of them
    #[arg(long)]
    pub no_wait: bool,
    /// Send only customers whose content differs from what this target last took
    #[arg(long, conflicts_with_all = ["force", "retry_refused"])]
    pub changed_only: bool,
    /// Send only what is not done, and the customers that were refused before
    #[arg(long, conflicts_with_all = ["force", "no_wait"])]
    pub retry_refused: bool,
    /// Send batches again that are done; harmless, since customers are updated by `source_id`
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own documentation would be the help's")]
    pub locking: Locking,
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
    let arguments = &Arguments { inputs: once_each(arguments.inputs.clone(), PathBuf::clone), ..arguments.clone() };
    let sources = reader::sources(&arguments.inputs)?;
    what_is_read_stays(arguments, &sources)?;
    let target = receipts::target_name(&access.api_url, &access.application_id);
    let parent = receipts::beside(&arguments.inputs);
    let (receipts, _locks) = if arguments.dry_run {
        // A lock is a file: a plan is made where nothing can be written, and beside an upload that is running.
        (Receipts::look(&parent, &target)?, Vec::new())
    } else {
        let mut locks = lock_batches(arguments)?;
        let (receipts, lock) = Receipts::open(&parent, &target, "uploading to this target", arguments.locking)?;
        locks.push(lock);
        (receipts, locks)
    };
    before::no_undo_is_on_its_way(arguments, &receipts)?;
    let client = Voucherify::new(access)?;
    let settings = settings(arguments);
    let before = if arguments.keep_before { Some(before::needed(arguments, &receipts)?) } else { None };
    let outdated: Vec<Outdated> = manifests(&arguments.inputs).map(|manifest| Outdated::of(&manifest)).collect();
    let is_older = outdated.iter().any(|outdated| !outdated.changed.is_empty());
    if arguments.dry_run {
        let hidden = Phase::hidden();
        let (totals, standing) = block_on(async {
            // Nothing is sent: a signal may end it at once.
            let interrupt = Interrupt::never();
            let mut upload = Upload::new(&client, receipts, settings.clone(), &interrupt, &hidden)?;
            Ok(upload.foresee(&sources).await?)
        })?;
        let mut summary = planned(&totals, standing, &settings.limits, &target);
        summary.rows.extend(left_behind(&arguments.inputs));
        summary.rows.extend(outdated.iter().filter_map(archive_row));
        summary.rows.extend(before.map(|(_, _, need)| ("before-image".to_owned(), before::in_words(need))));
        terminal.summary(&summary)?;
        return Ok(if is_older { Outcome::LeftOut } else { Outcome::Done });
    }
    say_where_to(access, receipts.is_empty(), terminal);
    outdated.iter().filter_map(Outdated::in_words).for_each(|words| terminal.say(&format!("note: {words}")));
    if let Some((folder, manifest, Need::Take)) = &before {
        let sizes = (settings.limits, Duration::from_secs(arguments.patience));
        if !before::keep((folder, manifest), &receipts, &client, sizes, terminal)? {
            return Ok(Outcome::Interrupted);
        }
    }
    let phase = terminal.phase("upload", None);
    let report = block_on(async {
        let interrupt = Interrupt::listen()?;
        let upload = Upload::new(&client, receipts, settings, &interrupt, &phase)?;
        Ok(upload.run(&sources).await?)
    });
    let took = Some(phase.took());
    let report = report?;
    let mut summary = summary(&report, &target, (client.calls(), client.posts()), arguments);
    summary.rows.extend(left_behind(&arguments.inputs));
    summary.rows.extend(outdated.iter().filter_map(archive_row));
    terminal.summary(&Summary { took, ..summary })?;
    Ok(if report.interrupted {
        Outcome::Interrupted
    } else if report.refused + report.unknown > report.waiting || report.lost > 0 || is_older {
        Outcome::LeftOut
    } else {
        Outcome::Done
    })
}

/// Refuses to write over the batches.
fn what_is_read_stays(arguments: &Arguments, sources: &[BatchSource]) -> Result<(), Failure> {
    let folders = arguments.inputs.iter().filter(|input| input.is_dir());
    let files: Vec<PathBuf> =
        folders.map(|folder| BatchesManifest::path(folder)).chain(sources.iter().map(BatchSource::path)).collect();
    let read: Vec<Named> = files.iter().map(|path| Named { what: "the input", path }).collect();
    let written = arguments.outcomes.iter().map(|path| Named { what: "`--outcomes`", path });
    let written: Vec<Named> = written.collect();
    keep_apart(&read, &written)?;
    check_places(&written, None)
}

/// Keeps others from replacing the batches while they are read.
fn lock_batches(arguments: &Arguments) -> Result<Vec<Lock>, Failure> {
    let folders = arguments.inputs.iter().filter(|input| input.is_dir());
    folders.map(|folder| Lock::shared(folder, "reading these batches", arguments.locking)).collect()
}

/// Names the project before anything is sent to it; the first time with what that may set off (docs/api-facts.md C6a).
fn say_where_to(access: &VoucherifyAccess, first: bool, terminal: &Terminal) {
    let host = access.api_url.host_str().unwrap_or_default();
    let port = access.api_url.port().map(|port| format!(":{port}")).unwrap_or_default();
    terminal.say(&format!("uploading to the project of application `{}` at {host}{port}", access.application_id));
    if first {
        terminal.say(SIDE_EFFECTS);
    }
}

/// What nobody can take back.
const SIDE_EFFECTS: &str =
    "note: customers who enter a segment there may be sent messages and given points; pause those first";

/// A share in per cent, with or without the sign.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let percent: f64 =
        text.strip_suffix('%').unwrap_or(text).trim().parse().map_err(|_| "expected something like `30%`")?;
    if (0.0..100.0).contains(&percent) { Ok(percent / 100.0) } else { Err("expected 0% to less than 100%".into()) }
}

fn settings(arguments: &Arguments) -> Settings {
    let selection = match arguments {
        Arguments { force: true, .. } => Selection::All,
        Arguments { retry_refused: true, .. } => Selection::Refused,
        Arguments { changed_only: true, .. } => Selection::Changed,
        _ => Selection::Left,
    };
    let limits = OwnLimits {
        reserve: arguments.reserve,
        bulk_per_hour: arguments.bulk_per_hour,
        calls_per_minute: arguments.calls_per_minute,
    };
    let patience = if arguments.no_wait { Patience::Submit } else { Patience::UntilDone };
    Settings {
        selection,
        patience,
        limits,
        keep_outcomes: !arguments.no_outcomes,
        outcomes: arguments.outcomes.clone(),
        dialect: arguments.csv,
        tables: arguments.tables,
    }
}

/// The manifests of the folders among the inputs.
fn manifests(inputs: &[PathBuf]) -> impl Iterator<Item = BatchesManifest> {
    inputs.iter().filter(|input| input.is_dir()).filter_map(|folder| BatchesManifest::read(folder).ok()?)
}

/// What is to be said of the archives that the batches were made from.
fn archive_row(outdated: &Outdated) -> Option<(String, String)> {
    outdated.in_words().map(|words| ("archive".to_owned(), words))
}

/// Traits that no rule took when the batches were made: a row for each folder that has some.
fn left_behind(inputs: &[PathBuf]) -> Vec<(String, String)> {
    let words = manifests(inputs).filter_map(|manifest| manifest.left_behind.in_words(manifest.books.read));
    words.map(|words| ("left behind".to_owned(), words)).collect()
}

fn planned(totals: &Totals, standing: Option<LimitStanding>, own: &OwnLimits, target: &str) -> Summary {
    let Totals { batches, customers, done, follow, sent, posts, bytes } = totals;
    let other_calls = totals.other_calls();
    let time = totals.shortest_time(standing, own);
    let limit = standing.map(|LimitStanding { limit, remaining, .. }| {
        format!("{} of {} calls are left now", count(remaining), count(limit))
    });
    Summary {
        title: "upload: plan, nothing was sent".into(),
        rows: vec![
            ("batches".into(), format!("{} with {}", count(*batches), counted(*customers, "customer"))),
            ("done before".into(), count(*done)),
            ("submitted before".into(), format!("{}, to be asked about", count(*follow))),
            (
                "to send".into(),
                format!(
                    "{} in {}, {}",
                    counted(*sent, "customer"),
                    counted(*posts, "bulk request"),
                    wording::bytes(*bytes)
                ),
            ),
            ("other calls".into(), format!("{}, more while the server is busy", count(other_calls))),
            ("limit".into(), limit.unwrap_or_else(|| "the server tells none".into())),
            (
                "shortest time".into(),
                time.map_or("as long as the server needs; no limit is in the way".into(), wording::duration),
            ),
            ("target".into(), target.into()),
            ("sets off".into(), "segments, and whatever enters them: messages, points; pause those first".into()),
        ],
        next: (*posts + *follow > 0).then(|| typed().without("--dry-run").to_string()).into_iter().collect(),
        json: json!({
            "target": target, "batches": batches, "customers": customers, "done": done, "follow": follow,
            "sent": sent, "posts": posts, "bytes": bytes, "other_calls": other_calls,
            "limit": standing.map(|standing| standing.limit), "remaining": standing.map(|standing| standing.remaining),
            "shortest_seconds": time.as_ref().map_or(0, Duration::as_secs),
        }),
        ..Summary::default()
    }
}

fn summary(report: &UploadReport, target: &str, (calls, posts): (u64, u64), arguments: &Arguments) -> Summary {
    let UploadReport { batches, skipped, unchanged, sent, done, refused, unknown, waiting, .. } = report;
    let title = match (report.interrupted, waiting, posts) {
        (true, ..) => "upload: interrupted",
        (false, 1.., _) if report.lost > 0 => "upload: accepted, and lost sight of",
        (false, 1.., _) => "upload: submitted, not finished",
        (false, 0, 0) => "upload: nothing left to send",
        (false, 0, _) => "upload: done",
    };
    let next = match (report.interrupted, report.tally().remedy()) {
        (true, _) => vec![typed().to_string()],
        (false, Remedy::Upload) if report.lost > 0 => vec![
            "the server does not know any more what it accepted: compare what it holds, or send it again".to_owned(),
            typed_for(invocation::Phase::Upload)
                .without("--changed-only")
                .without("--retry-refused")
                .with_flag("--force")
                .to_string(),
        ],
        (false, Remedy::Upload) if *waiting > 0 => vec![typed().without("--no-wait").to_string()],
        (false, Remedy::Upload) => {
            vec!["send those again of whom nothing is known, with the same command:".to_owned(), typed().to_string()]
        }
        (false, Remedy::Refused) => vec![
            "correct them in Segment or in a sheet of corrections, transform and upload again".to_owned(),
            typed_for(invocation::Phase::Upload)
                .without("--force")
                .without("--changed-only")
                .with_flag("--retry-refused")
                .to_string(),
        ],
        (false, Remedy::Nothing) => match arguments.inputs.as_slice() {
            [folder] if folder.is_dir() => {
                vec![
                    Status::of_batches(folder).to_string(),
                    Verify::of(folder).region(arguments.region.map(VoucherifyRegion::as_str)).to_string(),
                ]
            }
            _ => Vec::new(),
        },
    };
    let mut rows = vec![
        ("books".into(), {
            let [sent, done, refused, unknown] = [*sent, *done, *refused, *unknown].map(count);
            format!("sent {sent} = done {done} + refused {refused} + unknown {unknown}")
        }),
        ("batches".into(), format!("{}, of which {} done before", count(*batches), count(*skipped))),
    ];
    if arguments.changed_only {
        rows.push(("not sent".into(), format!("{}, unchanged", counted(*unchanged, "customer"))));
    }
    rows.push(("calls".into(), format!("{}, of which {} bulk", count(calls), count(posts))));
    rows.push(("target".into(), target.into()));
    let refused_csv = report.refused_csv.iter();
    let mut files: Vec<(String, String)> = refused_csv
        .map(|path| {
            (
                path.display().to_string(),
                format!("{} that the server refused, in its words", counted(*refused, "customer")),
            )
        })
        .collect();
    let same = "the same as a workbook".to_owned();
    files.extend(report.refused_xlsx.iter().map(|path| (path.display().to_string(), same.clone())));
    files.extend(
        arguments.outcomes.iter().map(|path| (path.display().to_string(), "what became of every customer".to_owned())),
    );
    Summary {
        title: title.into(),
        rows,
        noticed: report.refused_by_key.iter().map(refusal).collect(),
        files,
        next,
        json: json!({
            "target": target, "batches": batches, "skipped": skipped, "sent": sent, "done": done,
            "refused": refused, "refused_by_key": report.refused_by_key, "unknown": unknown, "waiting": waiting, "lost": report.lost, "unchanged": unchanged, "posts": posts,
            "calls": calls,
        }),
        ..Summary::default()
    }
}

fn refusal((key, refused): (&String, &u64)) -> Noticed {
    Noticed { reason: key.clone(), count: *refused, advice: receipts::advice(key).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_below_everything() {
        for (text, expected) in [("30%", Some(0.3)), ("0", Some(0.0)), ("12.5 %", Some(0.125))] {
            assert_eq!(share(text).ok(), expected, "{text}");
        }
        for text in ["", "%", "100%", "-1%", "a lot", "NaN"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
