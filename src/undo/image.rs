//! The before-image: customers of some batches as a project has them before those are sent.

use std::{
    io::{self, BufWriter, Read, Seek},
    path::Path,
    time::Duration,
};

use chrono::Utc;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};

use crate::{
    batches::{
        manifest::{Batch, BatchesManifest},
        reader,
    },
    compare::{
        FIELDS_AND_HISTORY, Place, ProjectExport, SOURCE_ID, Scanned, Sent, Snapshot, Unusable, fields_unlike, scan,
        with_export,
    },
    digest::Hashed,
    failure::Failure,
    gzip,
    invocation::Upload,
    publish::{self, Unpublished},
    receipts::{BeforeImage, Overwritten, ReceiptState, Receipts, UndoRecord, UndoState, region_of, set_of},
    voucherify::Session,
    wording::counted,
};

/// What has to be done so that there is an image before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: there is one, with this number.
    Kept(u64),
    /// An image has to be taken first.
    Take,
}

/// Whether an image has to be taken before these batches are sent.
///
/// # Errors
/// Batches that were sent already: what a project held before is not there any more.
pub fn need(manifest: &BatchesManifest, receipts: &Receipts) -> Result<Need, Failure> {
    let begun = sent_of(manifest, receipts).len() as u64;
    let images = BeforeImage::all(receipts.folder())?;
    let undos = UndoRecord::all(receipts.folder())?;
    let set = set_of(manifest);
    let live = images.iter().rev().find(|image| image.set == set && !is_used_up(image, &undos));
    match live {
        Some(image) if begun > 0 || open(image, receipts.folder()).is_ok() => Ok(Need::Kept(image.number)),
        _ if begun > 0 => {
            let all = counted(manifest.batches.len() as u64, "batch");
            Err(Failure::usage(format!("of {all}, {begun} went to `{}` already", receipts.target()))
                .because("an image that is taken now would show what they have changed as what was there before")
                .hint("upload without `--keep-before`; what was sent cannot be undone"))
        }
        _ => Ok(Need::Take),
    }
}

/// Refuses an upload while an undo is on its way.
///
/// # Errors
/// An undo that was begun and is not finished.
pub fn no_undo_is_on_its_way(folder: &Path, receipts: &Receipts) -> Result<(), Failure> {
    let undos = UndoRecord::all(receipts.folder())?;
    match undos.iter().find(|undo| undo.state == UndoState::Begun) {
        None => Ok(()),
        Some(undo) => Err(Failure::stopped(undo.in_words())
            .kept("everything: nothing was sent")
            .command("finish it first:", super::going_on(folder, undo))),
    }
}

/// Takes an image of those in the batches of a folder; nothing where the user asks to stop.
///
/// # Errors
/// An export that cannot be had, a batch that is damaged, or a disk that fails.
pub async fn take(
    session: &Session<'_>,
    folder: &Path,
    manifest: &BatchesManifest,
    receipts: &Receipts,
    patience: Duration,
) -> Result<Option<BeforeImage>, Failure> {
    let target = receipts.folder();
    let number = BeforeImage::next_number(target)?;
    let place = BeforeImage::folder(target, number);
    let disk = |error: io::Error| Failure::disk(format!("cannot write to `{}`", place.display()), error);
    publish::folder(&place).and_then(|()| publish::sweep_temporary(&place)).map_err(disk)?;
    let batches: Vec<&Batch> = manifest.batches.iter().collect();
    let (wanted, taken_at) = (Sent::of(folder, &batches)?, Utc::now());
    let kept = |export| keep(export, &wanted, &BeforeImage::table(&place));
    let kept = with_export(session, target, &FIELDS_AND_HISTORY, patience, kept).await;
    let Some((scanned, sha256)) = kept.map_err(|failure| failure.kept("everything: nothing was sent"))? else {
        return Ok(None);
    };
    let image = BeforeImage {
        number,
        target: receipts.target().to_owned(),
        set: set_of(manifest),
        taken_at,
        project: scanned.rows,
        rows: scanned.found,
        sha256,
        metadata_keys: scanned.keys,
        overwritten: None,
    };
    let overwritten = overwritten(&image, (folder, &batches), &wanted, target)?;
    let image = BeforeImage { overwritten: Some(overwritten), ..image };
    image.publish(target).map_err(disk)?;
    Ok(Some(image))
}

/// What the batches hold otherwise than the image of them.
fn overwritten(
    image: &BeforeImage,
    (folder, batches): (&Path, &[&Batch]),
    wanted: &Sent,
    target: &Path,
) -> Result<Overwritten, Failure> {
    if image.rows == 0 {
        return Ok(Overwritten::default());
    }
    let disk = |error: io::Error| Failure::disk(format!("cannot write to `{}`", target.display()), error);
    let table = open(image, target)?;
    let before = Snapshot::of(table, &FIELDS_AND_HISTORY, &image.metadata_keys, (wanted, batches.len()), target);
    let mut before = before.map_err(|error| error.into_failure(target))?;
    let columns = before.scanned.columns.clone();
    let mut sums = Overwritten::default();
    for (number, batch) in batches.iter().enumerate() {
        let rows = before.rows(number).map_err(disk)?;
        let body = reader::listed(folder, batch)?;
        for (position, (id, json)) in body.source_ids.iter().zip(body.customers()?).enumerate() {
            let Some(cells) = rows.cells(Place::new(number, position)) else { continue };
            let sent: Map<String, Value> = serde_json::from_str(json.get()).unwrap_or_default();
            if cells.get(SOURCE_ID) == Some(&id.as_str()) {
                let fields = fields_unlike(&sent, &cells, &columns);
                sums.customers += u64::from(!fields.is_empty());
                for field in fields {
                    *sums.fields.entry(field).or_default() += 1;
                }
            }
        }
    }
    Ok(sums)
}

/// Keeps the rows of those who are wanted, as the vendor wrote them.
fn keep(export: ProjectExport, wanted: &Sent, table: &Path) -> Result<(Scanned, String), Unusable> {
    let ProjectExport { file, metadata_keys } = export;
    let begin = || io::Result::Ok(Hashed::new(BufWriter::new(Unpublished::create(table)?)));
    let output = GzEncoder::new(begin().map_err(Unusable::Disk)?, Compression::fast());
    let mut rows = csv::Writer::from_writer(output);
    let scanned = scan(file, &FIELDS_AND_HISTORY, &metadata_keys, wanted, |record, _| {
        rows.write_record(record).map_err(io::Error::from)
    })?;
    let end = || -> io::Result<String> {
        let output = rows.into_inner().map_err(|error| io::Error::other(error.to_string()))?.finish()?;
        let (output, _, sha256) = output.finish();
        output.into_inner().map_err(io::IntoInnerError::into_error)?.commit()?;
        Ok(sha256)
    };
    Ok((scanned, end().map_err(Unusable::Disk)?))
}

/// The table of an image, once it is known to be whole.
///
/// # Errors
/// A table that is not there, is cut, or is not the one that was kept.
pub fn open(image: &BeforeImage, target: &Path) -> Result<impl Read + use<>, Failure> {
    let path = BeforeImage::table(&BeforeImage::folder(target, image.number));
    let no_use = |why: String| {
        Failure::stopped(format!("the before-image `{}` is no use: {why}", path.display()))
            .kept("everything: nothing was changed")
            .hint("bring that file back from a backup; without it nobody knows what was there before")
    };
    let mut file = publish::open_own(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => no_use("it is not there".into()),
        _ => no_use(error.to_string()),
    })?;
    let mut hashed = Hashed::new(io::sink());
    io::copy(&mut file, &mut hashed).map_err(|error| no_use(error.to_string()))?;
    if hashed.finish().2 != image.sha256 {
        return Err(no_use("it is cut, or was changed since it was kept".into()));
    }
    file.rewind().map_err(|error| no_use(error.to_string()))?;
    gzip::content(file).map_err(|error| no_use(error.to_string()))
}

/// The image of these batches: the one with this number, else the latest.
///
/// # Errors
/// None, or one of other batches or of another target.
pub fn of_batches(
    manifest: &BatchesManifest,
    receipts: &Receipts,
    number: Option<u64>,
) -> Result<BeforeImage, Failure> {
    let (target, set) = (receipts.target(), set_of(manifest));
    let images = BeforeImage::all(receipts.folder())?;
    let wanted = match number {
        Some(number) => images.iter().find(|image| image.number == number),
        None => images.iter().rev().find(|image| image.set == set).or_else(|| images.last()),
    };
    let hint = "`upload --keep-before` takes one before it sends anything";
    let Some(image) = wanted else {
        let which = number.map_or_else(String::new, |number| format!(" {number}"));
        return Err(match images.len() as u64 {
            // Who sent these batches already is not to be sent into a refusal.
            0 => Failure::usage(format!("no before-image was taken for `{target}`: what was there is not known"))
                .hint(format!("{hint}, and can do so for batches that were not sent yet")),
            some => {
                let there = format!("of {some} that are there, the numbers are {}", listed(&images));
                Failure::usage(format!("there is no before-image{which} for `{target}`: {there}")).hint(hint)
            }
        });
    };
    let refused = |why: &str| {
        let (number, at) = (image.number, image.taken_at.format("%F %H:%M UTC"));
        Err(Failure::usage(format!("the before-image {number} of {at} {why}"))
            .kept("everything: nothing was changed")
            .hint(hint))
    };
    if image.target != target {
        return refused(&format!("is of another target, `{}`", image.target));
    }
    if image.set != set {
        return refused("is older than this upload: it was taken before other batches were sent");
    }
    Ok(image.clone())
}

/// The image that an undo goes back to.
///
/// # Errors
/// None, or one that is older than the upload or younger than a part of it.
pub fn to_go_back_to(
    folder: &Path,
    manifest: &BatchesManifest,
    receipts: &Receipts,
    number: Option<u64>,
) -> Result<BeforeImage, Failure> {
    let image = of_batches(manifest, receipts, number)?;
    let at = |moment: chrono::DateTime<Utc>| moment.format("%F %H:%M UTC").to_string();
    let refused = |why: String| {
        Failure::usage(format!("the before-image {} of {} {why}", image.number, at(image.taken_at)))
            .kept("everything: nothing was changed")
            .hint("an undo would bring back what was there at another time than before this upload")
    };
    let undos = UndoRecord::all(receipts.folder())?;
    let used = undos.iter().find(|undo| undo.before == image.number && undo.state == UndoState::Done);
    if let Some(undo) = used {
        let when = undo.finished_at.map(at).unwrap_or_default();
        let why = format!("is older than this upload: an undo went back to it {when}, and the batches were sent again");
        return Err(refused(why).command(
            "the next time, take a new one:",
            Upload::of(folder).region(region_of(receipts.target())).keep_before(),
        ));
    }
    let begun = |receipt: &crate::receipts::Receipt| receipt.submitted_at.or(receipt.finished_at);
    let sent = sent_of(manifest, receipts);
    if let Some(first) = sent.iter().filter_map(|receipt| begun(receipt)).min().filter(|at| *at < image.taken_at) {
        return Err(refused(format!("is younger than a part of this upload, which began {}", at(first))));
    }
    let others = receipts.all().filter(|receipt| receipt.state != ReceiptState::Undone);
    let others = others.filter(|other| manifest.batches.iter().all(|batch| batch.sha256 != other.sha256));
    if let Some(last) = others.filter_map(begun).max().filter(|last| *last > image.taken_at) {
        return Err(refused(format!("is older than another upload: other batches were sent {}", at(last))));
    }
    Ok(image)
}

/// Receipts of these batches that say that they were sent.
fn sent_of<'a>(manifest: &BatchesManifest, receipts: &'a Receipts) -> Vec<&'a crate::receipts::Receipt> {
    let known = manifest.batches.iter().filter_map(|batch| receipts.get(&batch.sha256));
    known.filter(|receipt| receipt.state != ReceiptState::Undone).collect()
}

fn is_used_up(image: &BeforeImage, undos: &[UndoRecord]) -> bool {
    undos.iter().any(|undo| undo.before == image.number && undo.state == UndoState::Done)
}

fn listed(images: &[BeforeImage]) -> String {
    images.iter().map(|image| image.number.to_string()).collect::<Vec<_>>().join(", ")
}
