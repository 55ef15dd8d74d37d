//! `upload --keep-before`: an image of what the project holds, before anything is sent.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use serde_json::json;

use super::Arguments;
use crate::{
    batches::manifest::BatchesManifest,
    cmd::block_on,
    failure::Failure,
    interrupt::Interrupt,
    invocation::typed,
    receipts::Receipts,
    terminal::{Summary, Terminal},
    undo::image::{self, Need},
    voucherify::{OwnLimits, Session, Voucherify},
    wording::{count, counted},
};

/// Calls of a before-image: schema, request, one question, deletion.
const CALLS_OF_AN_IMAGE: u64 = 4;

/// Whether a before-image has to be taken, and of which folder.
pub(super) fn needed(arguments: &Arguments, receipts: &Receipts) -> Result<(PathBuf, BatchesManifest, Need), Failure> {
    let folder = match arguments.inputs.as_slice() {
        [folder] if folder.is_dir() => folder,
        _ => {
            return Err(Failure::usage("`--keep-before` keeps the customers of one folder of batches")
                .hint("name one folder; what comes from a pipe or from single files cannot be undone"));
        }
    };
    let manifest = BatchesManifest::needed(folder)?;
    let need = image::need(&manifest, receipts)?;
    Ok((folder.clone(), manifest, need))
}

/// What the plan says of it.
pub(super) fn in_words(need: Need) -> String {
    match need {
        Need::Kept(number) => format!("{number}, kept before anything was sent"),
        Need::Take => format!("to be taken: {CALLS_OF_AN_IMAGE} calls, more while the export is made; one download"),
    }
}

/// Keeps what the project holds of these customers; tells whether to go on.
pub(super) fn keep(
    (folder, manifest): (&Path, &BatchesManifest),
    receipts: &Receipts,
    client: &Voucherify,
    (limits, patience): (OwnLimits, Duration),
    terminal: &Terminal,
) -> Result<bool> {
    let phase = terminal.phase("before-image", None);
    let taken = block_on(async {
        let interrupt = Interrupt::listen()?;
        let session = Session::new(client, limits, &interrupt, &phase);
        Ok(image::take(&session, folder, manifest, receipts, patience).await?)
    });
    drop(phase);
    let taken = taken?;
    match &taken {
        None => terminal.summary(&Summary {
            title: "upload: interrupted, nothing was sent".into(),
            rows: vec![("target".into(), receipts.target().into())],
            next: vec![typed().to_string()],
            json: json!({ "target": receipts.target(), "interrupted": true }),
            ..Summary::default()
        })?,
        Some(image) => {
            let customers = manifest.batches.iter().map(|batch| batch.customers).sum();
            let (there, all) = (count(image.rows), counted(customers, "customer"));
            let overwritten = image.overwritten.as_ref().filter(|_| image.rows > 0);
            let told = overwritten.map(|overwritten| format!(", {}", overwritten.in_words())).unwrap_or_default();
            terminal.say(&format!("before-image {} kept: {there} of {all} are there already{told}", image.number));
        }
    }
    Ok(taken.is_some())
}

/// Refuses to send into the middle of an undo.
pub(super) fn no_undo_is_on_its_way(arguments: &Arguments, receipts: &Receipts) -> Result<(), Failure> {
    let mut folders = arguments.inputs.iter().filter(|input| input.is_dir());
    folders.try_for_each(|folder| image::no_undo_is_on_its_way(folder, receipts))
}
