//! `undo`: a target back to what it held before an upload, as far as its API allows.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{
    Outcome, block_on,
    upload::share,
    verify::{in_flight, manifest_of},
};
use crate::{
    batches::manifest::Manifest,
    compare::Batches,
    config::{VoucherifyAccess, VoucherifyRegion},
    failure::Failure,
    interrupt::Interrupt,
    invocation::{Undo, Upload, Verify, typed},
    publish::{Lock, Locking},
    receipts::{self, Receipts, UndoRecord, UndoState},
    tables::Dialect,
    terminal::{Summary, Terminal},
    undo::{self, Ended, Means, Planned, Wish},
    upload::plan::Totals,
    voucherify::{OwnLimits, Session, Standing, Voucherify},
    wording::{self, count, counted},
};

/// Calls of a deletion: one that looks whether somebody has bought something meanwhile, and the deletion itself.
const CALLS_A_DELETION: u64 = 2;
/// Calls of a billing cycle, and the plans that have them (docs/api-facts.md C5).
const CYCLES: [(&str, u64); 2] = [("Business", 100_000), ("Organization", 300_000)];

/// Arguments of `undo`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Folder of the batches that were sent
    #[arg(value_name = "BATCHES", default_value = "batches")]
    pub batches: PathBuf,
    /// Do it; without this there is a plan only
    #[arg(long)]
    pub yes: bool,
    /// Delete customers that the upload created, but for those with orders, redemptions or points: nothing brings them back
    #[arg(long)]
    pub delete_created: bool,
    /// Also put those back whom others have changed or deleted since
    #[arg(long)]
    pub force: bool,
    /// Number of the before-image to go back to [default: the latest of these batches]
    #[arg(long, value_name = "N")]
    pub before: Option<u64>,
    /// Region of the Voucherify project; `VOUCHERIFY_API_URL` goes before it [default: eu]
    #[arg(long, value_enum)]
    pub region: Option<VoucherifyRegion>,
    /// Leave this share of every limit of calls to others, for instance the shop's live traffic
    #[arg(long, value_name = "P%", value_parser = share, default_value = "0%", hide_default_value = true)]
    pub reserve: f64,
    /// Post at most so many bulk requests in any hour, whatever the server allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub bulk_per_hour: Option<u32>,
    /// Make at most so many other calls in any minute, whatever the server allows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub calls_per_minute: Option<u32>,
    /// Give up on an export that is not finished after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    pub patience: u64,
    /// For whom the tables are written
    #[arg(long, value_enum, default_value = "excel")]
    pub csv: Dialect,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own documentation would be the help's")]
    pub locking: Locking,
}

/// What is to be done, before any call.
enum Task {
    /// Nothing: it was done, and nothing was sent since.
    Nothing(UndoRecord),
    /// To go on with a plan.
    Resume(UndoRecord),
    /// To make one.
    Plan,
}

/// Runs the command.
///
/// # Errors
/// Configuration that is missing or wrong, a before-image that is no use, or an undo that could not finish.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let folder = arguments.batches.as_path();
    let manifest = manifest_of(folder)?;
    let access = VoucherifyAccess::from_environment(arguments.region)?;
    let target = receipts::target_name(&access.api_url, &access.application_id);
    let parent = receipts::folder_of(folder);
    if !parent.join(&target).is_dir() {
        return Err(nothing_sent(arguments, &target).into());
    }
    let _batches = Lock::shared(folder, "reading these batches", arguments.locking)?;
    let doing = "undoing an upload to this target";
    let (mut receipts, _lock) = Receipts::open(&parent, &target, doing, arguments.locking)?;
    let client = Voucherify::new(&access)?;
    let limits = OwnLimits {
        reserve: arguments.reserve,
        bulk_per_hour: arguments.bulk_per_hour,
        calls_per_minute: arguments.calls_per_minute,
    };
    let mut record = match task(arguments, &manifest, &receipts, &target)? {
        Task::Nothing(record) => {
            terminal.summary(&nothing_left(arguments, &record))?;
            return Ok(Outcome::Done);
        }
        Task::Resume(record) => {
            if !arguments.yes {
                terminal.summary(&to_be_resumed(arguments, &record))?;
                return Ok(Outcome::Done);
            }
            record
        }
        Task::Plan => {
            let Some(planned) = planned(arguments, &manifest, &receipts, (&client, limits), terminal)? else {
                terminal.summary(&interrupted(&target))?;
                return Ok(Outcome::Interrupted);
            };
            if !arguments.yes {
                return Ok(Outcome::Done);
            }
            planned
        }
    };
    let phase = terminal.phase("undo", None);
    let ended = block_on(async {
        let interrupt = Interrupt::listen()?;
        let (dialect, locking) = (arguments.csv, arguments.locking);
        let means = Means { client: &client, limits, interrupt: &interrupt, phase: &phase, dialect, locking };
        Ok(undo::carry_out(&means, (folder, &manifest), &mut receipts, &mut record).await?)
    });
    let took = Some(phase.took());
    drop(phase);
    match ended? {
        Ended::Interrupted => {
            terminal.summary(&interrupted(&target))?;
            Ok(Outcome::Interrupted)
        }
        Ended::Done => {
            let summary = done(arguments, &receipts, &record, client.calls());
            terminal.summary(&Summary { took, ..summary })?;
            let kept_unasked = record.kept.values().sum::<u64>();
            let books = record.books.clone().unwrap_or_default();
            let deleted_all = !record.delete_created || books.deleted == record.to_delete;
            let whole = books.balance() && books.failed == 0 && kept_unasked == 0 && deleted_all;
            Ok(if whole { Outcome::Done } else { Outcome::LeftOut })
        }
    }
}

/// Decides from the files alone.
fn task(arguments: &Arguments, manifest: &Manifest, receipts: &Receipts, target: &str) -> Result<Task, Failure> {
    let undos = UndoRecord::all(receipts.folder())?;
    if let Some(begun) = undos.iter().rev().find(|undo| undo.state == UndoState::Begun) {
        let mut record = begun.clone();
        record.delete_created |= arguments.delete_created;
        return Ok(Task::Resume(record));
    }
    let batches = Batches::of(manifest, receipts);
    if batches.in_flight > 0 {
        return Err(in_flight(&batches, upload(arguments), "undone"));
    }
    if !batches.done.is_empty() {
        return Ok(Task::Plan);
    }
    let set = receipts::set_of(manifest);
    let images = receipts::BeforeImage::all(receipts.folder())?;
    let of_these = |undo: &&UndoRecord| images.iter().any(|image| image.number == undo.before && image.set == set);
    let done = undos.iter().rev().filter(|undo| undo.state == UndoState::Done).find(of_these);
    match done {
        None => Err(nothing_sent(arguments, target)),
        Some(record) if arguments.delete_created && !record.delete_created && record.to_delete > 0 => {
            Ok(Task::Resume(UndoRecord { delete_created: true, ..record.clone() }))
        }
        Some(record) => Ok(Task::Nothing(record.clone())),
    }
}

/// Makes a plan and shows it; nothing where the user asks to stop.
fn planned(
    arguments: &Arguments,
    manifest: &Manifest,
    receipts: &Receipts,
    (client, limits): (&Voucherify, OwnLimits),
    terminal: &Terminal,
) -> Result<Option<UndoRecord>> {
    let folder = arguments.batches.as_path();
    let image = undo::image::to_go_back_to(folder, manifest, receipts, arguments.before)?;
    let phase = terminal.phase("plan", None);
    let wish = Wish {
        folder,
        manifest,
        receipts,
        image: &image,
        force: arguments.force,
        delete_created: arguments.delete_created,
        patience: Duration::from_secs(arguments.patience),
        dialect: arguments.csv,
    };
    let made = block_on(async {
        let interrupt = Interrupt::listen()?;
        let mut session = Session::new(client, limits, &interrupt, &phase);
        Ok(undo::plan(&mut session, &wish).await?.map(|planned| (planned, session.standing())))
    });
    let took = Some(phase.took());
    drop(phase);
    let Some((planned, standing)) = made? else { return Ok(None) };
    let summary = plan_in_words(arguments, &planned, standing, &limits);
    let summary = Summary { took, ..summary };
    // What is printed for machines is the end, and with `--yes` this is none.
    if arguments.yes {
        terminal.summary_beside_data(&summary);
    } else {
        terminal.summary(&summary)?;
    }
    Ok(Some(planned.record))
}

fn plan_in_words(arguments: &Arguments, planned: &Planned, standing: Option<Standing>, own: &OwnLimits) -> Summary {
    let Planned { record, folder, posts, bytes } = planned;
    let deletions = if record.delete_created { record.to_delete } else { 0 };
    let totals = Totals { posts: *posts, follow: deletions * CALLS_A_DELETION, ..Totals::default() };
    let calls = totals.posts + totals.other_calls();
    let time = totals.shortest_time(standing, own);
    let mut rows = vec![
        ("touched".into(), counted(record.touched, "customer")),
        (
            "to restore".into(),
            format!(
                "{} in {}, {}; {} hold what they held before",
                counted(record.to_restore, "customer"),
                counted(*posts, "bulk request"),
                wording::bytes(*bytes),
                count(record.as_before)
            ),
        ),
        ("created".into(), created_in_words(record)),
    ];
    rows.extend(record.kept.iter().map(|(why, customers)| ("to keep".into(), format!("{}: {why}", count(*customers)))));
    if record.made_again > 0 {
        let again = counted(record.made_again, "customer");
        rows.push(("made again".into(), format!("{again} with another id; orders and history stay lost")));
    }
    if !record.not_restorable.is_empty() {
        rows.push(("stays as sent".into(), format!("{}: no export shows it", fields(record))));
    }
    let shares: Vec<String> = CYCLES
        .iter()
        .map(|(plan, cycle)| format!("{} of a {plan} plan's cycle", wording::share(calls, *cycle)))
        .collect();
    rows.push(("calls".into(), format!("{}, which is {}", count(calls), shares.join(", "))));
    rows.push((
        "shortest time".into(),
        time.map_or("as long as the server needs; no limit is in the way".into(), wording::duration),
    ));
    rows.push(("back to".into(), format!("before-image {}", record.before)));
    rows.push(("target".into(), record.target.clone()));
    let next = if arguments.yes { Vec::new() } else { vec![typed().with_flag("--yes").to_string()] };
    Summary {
        title: if arguments.yes { "undo: plan".into() } else { "undo: plan, nothing was changed".into() },
        rows,
        files: plan_files(record, folder),
        next,
        json: json!({
            "target": record.target, "plan": record, "posts": posts, "bytes": bytes, "calls": calls,
            "shortest_seconds": time.as_ref().map_or(0, Duration::as_secs), "folder": folder,
        }),
        ..Summary::default()
    }
}

fn created_in_words(record: &UndoRecord) -> String {
    let created = counted(record.to_delete, "customer");
    if record.to_delete == 0 {
        "nobody who may be deleted".into()
    } else if record.delete_created {
        format!("{created} to delete one by one, {CALLS_A_DELETION} calls each; nothing brings them back")
    } else {
        format!("{created} may be deleted and are kept; `--delete-created` deletes them")
    }
}

fn fields(record: &UndoRecord) -> String {
    let fields = record.not_restorable.iter().map(|(field, customers)| format!("{field} {}", count(*customers)));
    fields.collect::<Vec<_>>().join(", ")
}

fn plan_files(record: &UndoRecord, folder: &std::path::Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut file = |name: &str, customers: u64, what: &str| {
        if customers > 0 {
            files.push((folder.join(name).display().to_string(), format!("{} {what}", counted(customers, "customer"))));
        }
    };
    file("created.csv", record.to_delete, "that the upload created");
    file("kept.csv", record.kept.values().sum(), "that are left as they are, and why");
    files
}

fn upload(arguments: &Arguments) -> Upload {
    Upload::of(&arguments.batches).region(arguments.region.map(VoucherifyRegion::as_str))
}

fn repeat(arguments: &Arguments) -> Undo {
    Undo::of(&arguments.batches).region(arguments.region.map(VoucherifyRegion::as_str))
}

fn nothing_sent(arguments: &Arguments, target: &str) -> Failure {
    let folder = arguments.batches.display();
    Failure::usage(format!("no batch of `{folder}` was sent to `{target}`: there is nothing to undo"))
        .command("send them, with a way back:", upload(arguments).keep_before())
}

fn nothing_left(arguments: &Arguments, record: &UndoRecord) -> Summary {
    let mut rows = vec![("done".into(), record.in_words()), ("target".into(), record.target.clone())];
    let open = !record.delete_created && record.to_delete > 0;
    if open {
        rows.insert(1, ("created".into(), created_in_words(record)));
    }
    let next = repeat(arguments).delete_created();
    Summary {
        title: "undo: nothing left to do".into(),
        rows,
        next: if open { vec![next.to_string()] } else { Vec::new() },
        json: json!({ "target": record.target, "undo": record, "books": record.books, "nothing_left": true }),
        ..Summary::default()
    }
}

fn to_be_resumed(arguments: &Arguments, record: &UndoRecord) -> Summary {
    let begun = record.state == UndoState::Begun;
    let mut next = repeat(arguments).yes();
    if record.delete_created {
        next = next.delete_created();
    }
    Summary {
        title: if begun { "undo: begun, not finished".into() } else { "undo: plan, nothing was changed".into() },
        rows: vec![
            ("touched".into(), counted(record.touched, "customer")),
            ("to restore".into(), counted(record.to_restore, "customer")),
            ("created".into(), created_in_words(record)),
            ("target".into(), record.target.clone()),
        ],
        next: vec![next.to_string()],
        json: json!({ "target": record.target, "plan": record }),
        ..Summary::default()
    }
}

fn interrupted(target: &str) -> Summary {
    Summary {
        title: "undo: interrupted".into(),
        rows: vec![("target".into(), target.into())],
        next: vec![typed().to_string()],
        json: json!({ "target": target, "interrupted": true }),
        ..Summary::default()
    }
}

fn done(arguments: &Arguments, receipts: &Receipts, record: &UndoRecord, calls: u64) -> Summary {
    let books = record.books.clone().unwrap_or_default();
    let folder = UndoRecord::folder(receipts.folder(), record.number);
    let mut rows = vec![("books".into(), books.in_words())];
    rows.extend(record.kept.iter().map(|(why, customers)| ("kept".into(), format!("{}: {why}", count(*customers)))));
    if !record.delete_created && record.to_delete > 0 {
        rows.push(("created".into(), created_in_words(record)));
    }
    if !record.not_restorable.is_empty() {
        rows.push(("stays as sent".into(), format!("{}: no export shows it", fields(record))));
    }
    rows.push(("calls".into(), count(calls)));
    rows.push(("target".into(), record.target.clone()));
    let mut next = vec![
        Verify::of(&arguments.batches)
            .region(arguments.region.map(VoucherifyRegion::as_str))
            .before(record.before)
            .to_string(),
    ];
    if books.failed > 0 {
        next.push(
            "of those whose old values were refused, `refused.csv` in the plan's receipts says why; try again:".into(),
        );
        next.push(
            Upload::of(&folder).region(arguments.region.map(VoucherifyRegion::as_str)).retry_refused().to_string(),
        );
    }
    Summary {
        title: if books.failed > 0 { "undo: done, not for everybody".into() } else { "undo: done".into() },
        rows,
        files: plan_files(record, &folder),
        next,
        json: json!({
            "target": record.target, "undo": record, "books": books, "calls": calls, "folder": folder,
        }),
        ..Summary::default()
    }
}
