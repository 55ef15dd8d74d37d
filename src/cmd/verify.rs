//! `verify`: what a target holds, field by field, against what was sent.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{
    Outcome, block_on,
    sent::{Opening, Sent, in_flight, sent_otherwise},
    upload::share,
};
use crate::{
    batches::manifest::BatchesManifest,
    compare::{self, Batches, Question, Totals},
    config::VoucherifyRegion,
    failure::Failure,
    interrupt::Interrupt,
    invocation::{Upload, typed},
    publish::Locking,
    receipts::Receipts,
    tables::{Dialect, Form},
    terminal::{Summary, Terminal},
    undo::{self, image},
    voucherify::{OwnLimits, Session, Voucherify},
    wording::{count, counted},
};

/// Calls of a comparison beside those that wait for the export: schema, request, one question, deletion.
const CALLS: usize = 4;

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Folder of the batches that were sent
    #[arg(value_name = "BATCHES", default_value = "batches")]
    pub batches: PathBuf,
    /// Region of the Voucherify project; `VOUCHERIFY_API_URL` goes before it [default: eu]
    #[arg(long, value_enum)]
    pub region: Option<VoucherifyRegion>,
    /// Show what would be compared and how many calls that takes, and make none
    #[arg(long)]
    pub dry_run: bool,
    /// Look at so many customers one by one, of those with fields that no export shows: one call each
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub sample: usize,
    /// Compare with the before-image of this number instead: does the project hold what it held before the upload?
    #[arg(long, value_name = "N", conflicts_with_all = ["sample", "dry_run"])]
    pub before: Option<u64>,
    /// Give up on an export that is not finished after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    pub patience: u64,
    /// For whom `verify.csv` is written
    #[arg(long, value_enum, default_value = "excel")]
    pub csv: Dialect,
    /// In which forms the table is written
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub tables: Form,
    /// Leave this share of every limit of calls to others, for instance the shop's live traffic
    #[arg(long, value_name = "P%", value_parser = share, default_value = "0%", hide_default_value = true)]
    pub reserve: f64,
    /// Make at most so many calls in any minute, whatever the server allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub calls_per_minute: Option<u32>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own documentation would be the help's")]
    pub locking: Locking,
}

/// Runs the command.
///
/// # Errors
/// Configuration that is missing or wrong, batches that were not sent there, or a comparison that could not finish.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let opening = Opening {
        folder: &arguments.batches,
        region: arguments.region,
        doing: "verifying this target",
        locking: arguments.locking,
        only_looks: arguments.dry_run,
    };
    let sent = opening.open(|target| nothing_sent(arguments, target))?;
    let Sent { folder, manifest, access, target, receipts, .. } = &sent;
    let batches = Batches::of(manifest, receipts);
    if batches.in_flight > 0 {
        return Err(in_flight(&batches, upload(arguments), "compared").into());
    }
    if let Some(number) = arguments.before {
        return against_image(arguments, (manifest, receipts, number), &Voucherify::new(access)?, terminal);
    }
    if batches.done.is_empty() {
        let otherwise = sent_otherwise(manifest, receipts, folder);
        return Err(otherwise.unwrap_or_else(|| nothing_sent(arguments, target)).into());
    }
    if arguments.dry_run {
        terminal.summary(&planned(manifest, &batches, arguments, target))?;
        return Ok(Outcome::Done);
    }
    let client = Voucherify::new(access)?;
    let phase = terminal.phase("verify", None);
    let question = Question {
        folder,
        manifest,
        receipts,
        sample: arguments.sample,
        patience: Duration::from_secs(arguments.patience),
        dialect: arguments.csv,
        tables: arguments.tables,
    };
    let limits =
        OwnLimits { reserve: arguments.reserve, bulk_per_hour: None, calls_per_minute: arguments.calls_per_minute };
    let totals = block_on(async {
        let interrupt = Interrupt::listen()?;
        let session = Session::new(&client, limits, &interrupt, &phase);
        Ok(compare::verify(&session, &question).await?)
    });
    let took = Some(phase.took());
    let Some(totals) = totals? else {
        terminal.summary(&interrupted(target))?;
        return Ok(Outcome::Interrupted);
    };
    let summary = summary(&totals, target, client.calls());
    terminal.summary(&Summary { took, ..summary })?;
    let verified = &totals.verified;
    let wrong = verified.differs + verified.missing + verified.not_looked_at > 0;
    let wrong = wrong || verified.compared < verified.batches;
    Ok(if wrong || !verified.balances() { Outcome::LeftOut } else { Outcome::Done })
}

/// Compares with what was there before an upload.
fn against_image(
    arguments: &Arguments,
    (manifest, receipts, number): (&BatchesManifest, &Receipts, u64),
    client: &Voucherify,
    terminal: &Terminal,
) -> Result<Outcome> {
    let folder = arguments.batches.as_path();
    let image = image::of_batches(manifest, receipts, Some(number))?;
    let limits =
        OwnLimits { reserve: arguments.reserve, bulk_per_hour: None, calls_per_minute: arguments.calls_per_minute };
    let phase = terminal.phase("verify", None);
    let how = (Duration::from_secs(arguments.patience), arguments.csv);
    let checked = block_on(async {
        let interrupt = Interrupt::listen()?;
        let session = Session::new(client, limits, &interrupt, &phase);
        Ok(undo::check(&session, (folder, manifest), receipts, &image, how).await?)
    });
    let took = Some(phase.took());
    drop(phase);
    let Some(checked) = checked? else {
        terminal.summary(&interrupted(receipts.target()))?;
        return Ok(Outcome::Interrupted);
    };
    let figures = [checked.customers, checked.same, checked.differs, checked.missing, checked.added];
    let [customers, same, differs, missing, added] = figures.map(count);
    let mut rows = vec![
        (
            "books".into(),
            format!("customers {customers} = same {same} + differs {differs} + missing {missing} + added {added}"),
        ),
        ("before-image".into(), format!("{number} of {}", image.taken_at.format("%F %H:%M UTC"))),
    ];
    if !checked.fields_that_differ.is_empty() {
        rows.push(("differ".into(), listed(&checked.fields_that_differ)));
    }
    rows.push(("calls".into(), count(client.calls())));
    rows.push(("target".into(), receipts.target().into()));
    let table = checked.table.display().to_string();
    let title = if checked.all_same() { "verify: as it was before" } else { "verify: not as it was before" };
    terminal.summary(&Summary {
        title: title.into(),
        rows,
        files: if checked.rows == 0 { Vec::new() } else { vec![(table, counted(checked.rows, "row"))] },
        took,
        json: json!({ "target": receipts.target(), "before": number, "checked": checked, "calls": client.calls() }),
        ..Summary::default()
    })?;
    Ok(if checked.all_same() { Outcome::Done } else { Outcome::LeftOut })
}

fn listed(fields: &BTreeMap<String, u64>) -> String {
    let fields: Vec<String> = fields.iter().map(|(field, times)| format!("{field} {}", count(*times))).collect();
    fields.join(", ")
}

/// The upload to the same target.
fn upload(arguments: &Arguments) -> Upload {
    Upload::of(&arguments.batches).region(arguments.region.map(VoucherifyRegion::as_str))
}

fn nothing_sent(arguments: &Arguments, target: &str) -> Failure {
    let folder = arguments.batches.display();
    Failure::usage(format!("no batch of `{folder}` was sent to `{target}`: there is nothing to compare"))
        .command("send them:", upload(arguments))
}

fn planned(manifest: &BatchesManifest, batches: &Batches, arguments: &Arguments, target: &str) -> Summary {
    let customers: u64 = batches.done.iter().map(|number| manifest.batches[*number].customers).sum();
    let calls = (CALLS + arguments.sample) as u64;
    let (done, all) = (batches.done.len() as u64, manifest.batches.len() as u64);
    Summary {
        title: "verify: plan, nothing was asked".into(),
        rows: vec![
            ("batches".into(), format!("{} of {}, with {}", count(done), count(all), counted(customers, "customer"))),
            ("calls".into(), format!("{}, more while the export is made; one download", count(calls))),
            ("target".into(), target.into()),
        ],
        next: vec![typed().without("--dry-run").to_string()],
        json: json!({
            "target": target, "batches": all, "compared": done, "customers": customers, "calls": calls,
        }),
        ..Summary::default()
    }
}

fn interrupted(target: &str) -> Summary {
    Summary {
        title: "verify: interrupted, nothing is known".into(),
        rows: vec![("target".into(), target.into())],
        next: vec![typed().to_string()],
        json: json!({ "target": target, "interrupted": true }),
        ..Summary::default()
    }
}

fn summary(totals: &Totals, target: &str, calls: u64) -> Summary {
    let verified = &totals.verified;
    let figures = [
        verified.customers,
        verified.same,
        verified.differs,
        verified.missing,
        verified.refused,
        verified.not_checkable,
    ];
    let [customers, same, differs, missing, refused, hidden] = figures.map(count);
    let title = match verified {
        it if it.compared < it.batches => {
            format!("verify: {} of {} compared", count(it.compared), counted(it.batches, "batch"))
        }
        it if it.differs + it.missing > 0 => "verify: not as it was sent".into(),
        it if it.not_looked_at > 0 => "verify: as it was sent, but not everybody could be looked at".into(),
        _ => "verify: as it was sent, as far as it can be seen".into(),
    };
    let mut rows = vec![
        (
            "books".into(),
            format!(
                "sent {customers} = same {same} + differs {differs} + missing {missing} + refused {refused} + not \
                 checkable {hidden}"
            ),
        ),
        ("other customers".into(), format!("{} of the project were not sent", count(verified.others))),
    ];
    if !verified.fields_that_differ.is_empty() {
        rows.push(("differ".into(), listed(&verified.fields_that_differ)));
    }
    if !verified.fields_not_checkable.is_empty() {
        rows.push(("not in an export".into(), listed(&verified.fields_not_checkable)));
    }
    if verified.sampled > 0 {
        rows.push(("looked at".into(), format!("{} one by one", counted(verified.sampled, "customer"))));
    }
    if verified.not_looked_at > 0 {
        let words = format!("{}: the server did not tell of them", counted(verified.not_looked_at, "customer"));
        rows.push(("not looked at".into(), words));
    }
    rows.push(("calls".into(), count(calls)));
    rows.push(("target".into(), target.into()));
    let table = totals.table.display().to_string();
    let mut files = if totals.rows == 0 { Vec::new() } else { vec![(table.clone(), counted(totals.rows, "row"))] };
    let workbook = totals.workbook.iter().filter(|_| totals.rows > 0);
    files.extend(workbook.map(|path| (path.display().to_string(), "the same as a workbook".to_owned())));
    Summary {
        title,
        rows,
        files,
        json: json!({
            "target": target, "verified": verified, "calls": calls, "table": table, "rows": totals.rows,
        }),
        ..Summary::default()
    }
}
