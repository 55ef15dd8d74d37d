//! `undo`: a target back to what it held before an upload, as far as its API allows.

mod summary;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::Args;

use self::summary::{done, interrupted, nothing_left, plan_in_words, to_be_resumed};
use super::{
    Outcome, block_on,
    sent::{Opening, Sent, in_flight, sent_otherwise},
    upload::share,
};
use crate::{
    batches::manifest::BatchesManifest,
    compare::Batches,
    config::VoucherifyRegion,
    failure::Failure,
    interrupt::Interrupt,
    invocation::Upload,
    publish::Locking,
    receipts::{self, Receipts, UndoRecord, UndoState},
    tables::Dialect,
    terminal::{Summary, Terminal},
    undo::{self, Ended, Means, Wish},
    voucherify::{OwnLimits, Session, Voucherify},
};

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
    let opening = Opening {
        folder: &arguments.batches,
        region: arguments.region,
        doing: "undoing an upload to this target",
        locking: arguments.locking,
        only_looks: false,
    };
    let mut sent = opening.open(|target| nothing_sent(arguments, target))?;
    let Sent { folder, manifest, access, target, receipts, .. } = &mut sent;
    let client = Voucherify::new(access)?;
    let limits = OwnLimits {
        reserve: arguments.reserve,
        bulk_per_hour: arguments.bulk_per_hour,
        calls_per_minute: arguments.calls_per_minute,
    };
    let mut record = match task(arguments, manifest, receipts, target)? {
        Task::Nothing(record) => {
            terminal.summary(&nothing_left(arguments, &record))?;
            return Ok(Outcome::Done);
        }
        Task::Resume(record) => {
            if !arguments.yes {
                terminal.summary(&to_be_resumed(arguments, &record))?;
                return Ok(Outcome::Done);
            }
            as_it_was_begun(arguments, &record)?;
            record
        }
        Task::Plan => {
            let Some(planned) = planned(arguments, manifest, receipts, (&client, limits), terminal)? else {
                terminal.summary(&interrupted(target))?;
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
        Ok(undo::carry_out(&means, (folder, manifest), receipts, &mut record).await?)
    });
    let took = Some(phase.took());
    drop(phase);
    match ended? {
        Ended::Interrupted => {
            terminal.summary(&interrupted(target))?;
            Ok(Outcome::Interrupted)
        }
        Ended::Done => {
            let summary = done(arguments, receipts, &record, client.calls());
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
fn task(arguments: &Arguments, manifest: &BatchesManifest, receipts: &Receipts, target: &str) -> Result<Task, Failure> {
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
        None => {
            Err(sent_otherwise(manifest, receipts, &arguments.batches)
                .unwrap_or_else(|| nothing_sent(arguments, target)))
        }
        Some(record) if arguments.delete_created && !record.delete_created && record.to_delete > 0 => {
            Ok(Task::Resume(UndoRecord { delete_created: true, ..record.clone() }))
        }
        Some(record) => Ok(Task::Nothing(record.clone())),
    }
}

/// Refuses to go on with an undo by other options than it was begun with: nobody is deleted, or put back over what others have
/// changed, by a command that does not say so. (Whom the upload created may be deleted later than the others are put back.)
fn as_it_was_begun(arguments: &Arguments, record: &UndoRecord) -> Result<(), Failure> {
    let differ = match (record.delete_created, record.force, arguments.force) {
        (true, ..) if !arguments.delete_created => "with `--delete-created`",
        (_, true, false) => "with `--force`",
        (_, false, true) => "without `--force`",
        _ if arguments.before.is_some_and(|before| before != record.before) => "with another `--before`",
        _ => return Ok(()),
    };
    Err(Failure::usage(format!("the undo that is to be finished was begun {differ}"))
        .kept("everything: nothing more was put back or deleted")
        .command("to go on with it:", undo::going_on(&arguments.batches, record)))
}

/// Makes a plan and shows it; nothing where the user asks to stop.
fn planned(
    arguments: &Arguments,
    manifest: &BatchesManifest,
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
        let session = Session::new(client, limits, &interrupt, &phase);
        Ok(undo::plan(&session, &wish).await?.map(|planned| (planned, session.standing())))
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

fn upload(arguments: &Arguments) -> Upload {
    Upload::of(&arguments.batches).region(arguments.region.map(VoucherifyRegion::as_str))
}

fn nothing_sent(arguments: &Arguments, target: &str) -> Failure {
    let folder = arguments.batches.display();
    Failure::usage(format!("no batch of `{folder}` was sent to `{target}`: there is nothing to undo"))
        .command("send them, with a way back:", upload(arguments).keep_before())
}
