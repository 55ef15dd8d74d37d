//! A plan is carried out: old values are sent, then those are deleted who may go, and the receipts say so last.

use std::{io, path::Path};

use chrono::Utc;

use super::deletion;
use crate::{
    batches::{manifest::BatchesManifest, reader},
    failure::Failure,
    interrupt::Interrupt,
    progress::Phase,
    publish::{self, Locking},
    receipts::{self, Receipt, ReceiptState, Receipts, Tally, UndoBooks, UndoRecord, UndoState, Verified},
    tables::{Dialect, Form},
    upload::{Patience, Settings, Upload, selection::Selection},
    voucherify::{OwnLimits, Session, Voucherify},
    wording::counted,
};

/// What it takes to carry out a plan.
#[derive(Debug)]
pub struct Means<'a> {
    /// Calls go through it to the project.
    pub client: &'a Voucherify,
    /// Limits beside those of the server.
    pub limits: OwnLimits,
    /// Who may stop it.
    pub interrupt: &'a Interrupt,
    /// Where it is told how far it is.
    pub phase: &'a Phase,
    /// For whom the tables are written.
    pub dialect: Dialect,
    /// Whether the folder of the plan is locked.
    pub locking: Locking,
}

/// How the carrying out of a plan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every customer is in a book.
    Done,
    /// The user asked to stop.
    Interrupted,
}

/// Carries out the plan of `record`, from wherever an earlier run stopped.
///
/// # Errors
/// A server that refuses or cannot be reached, or a disk that fails; the same command goes on.
pub async fn carry_out(
    means: &Means<'_>,
    (folder, manifest): (&Path, &BatchesManifest),
    receipts: &mut Receipts,
    record: &mut UndoRecord,
) -> Result<Ended, Failure> {
    let target = receipts.folder().to_owned();
    let place = UndoRecord::folder(&target, record.number);
    let disk = |error: io::Error| Failure::disk(format!("cannot write to `{}`", place.display()), error);
    // What a run that was killed here left holds personal data.
    publish::sweep_temporary(&place).map_err(disk)?;
    if record.state != UndoState::Begun {
        (record.state, record.books, record.finished_at) = (UndoState::Begun, None, None);
        record.publish(&target).map_err(disk)?;
    }
    let next = super::going_on(folder, record);
    let kept = |failure: Failure| {
        let again = failure.continues();
        let failure = failure.kept(format!("what was put back and deleted so far, in `{}`", place.display()));
        if again { failure } else { failure.command("to go on later:", next.clone()) }
    };
    means.phase.total(record.to_restore + if record.delete_created { record.to_delete } else { 0 });
    if !restore(means, &place, record).await.map_err(kept)? {
        return Ok(Ended::Interrupted);
    }
    if record.delete_created {
        let session = Session::new(means.client, means.limits, means.interrupt, means.phase);
        if !deletion::delete(&session, &place, record.force).await.map_err(kept)? {
            return Ok(Ended::Interrupted);
        }
    }
    deletion::publish_table(&place, record, means.dialect)?;
    let books = settled_books(&place, record)?;
    mark_undone(manifest, receipts).map_err(disk)?;
    (record.state, record.books, record.finished_at) = (UndoState::Done, Some(books), Some(Utc::now()));
    record.publish(&target).map_err(disk)?;
    Ok(Ended::Done)
}

/// Sends the old values; tells whether all of it is done. It is an upload like any other: it goes on where one stopped.
async fn restore(means: &Means<'_>, place: &Path, record: &UndoRecord) -> Result<bool, Failure> {
    if record.to_restore == 0 {
        return Ok(true);
    }
    let parent = receipts::folder_of(place);
    let (nested, _lock) = Receipts::open(&parent, &record.target, "putting old values back", means.locking)?;
    let settings = Settings {
        selection: Selection::Left,
        patience: Patience::UntilDone,
        limits: means.limits,
        keep_outcomes: false,
        outcomes: None,
        dialect: means.dialect,
        tables: Form::default(),
    };
    let sources = reader::sources(&[place.to_owned()])?;
    let upload = Upload::new(means.client, nested, settings, means.interrupt, means.phase)?;
    let report = upload.run(&sources).await?;
    if report.waiting > 0 && !report.interrupted {
        let waiting = counted(report.waiting, "customer");
        return Err(Failure::stopped(format!("the server does not say yet whether {waiting} were put back"))
            .again("to ask again,"));
    }
    Ok(!report.interrupted)
}

/// In which book everybody is, by what the plan's receipts and its journal say.
///
/// # Errors
/// A receipt or a journal that cannot be read.
pub fn settled_books(place: &Path, record: &UndoRecord) -> Result<UndoBooks, Failure> {
    let restored = match BatchesManifest::read(place)? {
        Some(manifest) if record.to_restore > 0 => {
            let targets = receipts::targets(place)?;
            let own = targets.iter().find(|target| target.name == record.target);
            if let Some(unreadable) = own.map(|target| target.unreadable).filter(|count| *count > 0) {
                let what = counted(unreadable, "receipt");
                let words = format!("{what} of what was put back cannot be read, in `{}`", place.display());
                return Err(Failure::stopped(words).again("see to those files, then"));
            }
            own.map(|target| target.tally(&manifest)).unwrap_or_default()
        }
        _ => Tally::default(),
    };
    let gone = if record.delete_created { deletion::sums(place)? } else { deletion::Sums::default() };
    let waiting = if record.delete_created { 0 } else { record.to_delete };
    Ok(UndoBooks {
        touched: record.touched,
        restored: record.as_before + restored.done,
        deleted: gone.deleted,
        kept: record.kept.values().sum::<u64>() + gone.kept + waiting,
        failed: restored.refused + restored.unknown + restored.left + gone.failed,
    })
}

/// The batches were never sent, as far as the next upload is concerned.
fn mark_undone(manifest: &BatchesManifest, receipts: &mut Receipts) -> io::Result<()> {
    for batch in &manifest.batches {
        let known = receipts.whole(&batch.sha256).map_err(|failure| io::Error::other(failure.to_string()))?;
        if let Some(receipt) = known.filter(|receipt| receipt.state != ReceiptState::Undone) {
            receipts.save(Receipt { state: ReceiptState::Undone, ..receipt })?;
        }
    }
    receipts.forget_last_sent()?;
    Verified::forget(receipts.folder())
}
