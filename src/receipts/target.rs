//! What the receipts of one target say about the batches that are there now.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{BeforeImage, Receipt, ReceiptState, Tally, UndoRecord, Verified, folder_of};
use crate::{batches::manifest::BatchesManifest, config::VoucherifyRegion, failure::Failure, invocation::Upload};

/// One target and its receipts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Target {
    /// Name of its folder; empty where nothing was sent anywhere.
    pub name: String,
    /// Its receipts by the hash of the batch.
    pub receipts: HashMap<String, Receipt>,
    /// Files that look like receipts and cannot be read.
    pub unreadable: u64,
    /// What the last comparison with the project came to, if there was one.
    pub verified: Option<Verified>,
    /// What undos were planned and done there, in their order.
    pub undos: Vec<UndoRecord>,
    /// What was there before the uploads with `--keep-before`, in their order.
    pub images: Vec<BeforeImage>,
}

impl Target {
    /// The last image that was taken before these batches were sent.
    #[must_use]
    pub fn image(&self, manifest: &BatchesManifest) -> Option<&BeforeImage> {
        let set = super::set_of(manifest);
        self.images.iter().rev().find(|image| image.set == set)
    }
}

/// Reads the targets of a folder of batches, by name.
///
/// # Errors
/// A folder that cannot be read. A receipt that cannot be read is counted.
pub fn targets(folder: &Path) -> Result<Vec<Target>, Failure> {
    let unreadable =
        |error: io::Error| Failure::stopped(format!("cannot read `{}`", folder_of(folder).display())).because(error);
    let entries = match fs::read_dir(folder_of(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut targets = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            targets.push(read(&path).map_err(unreadable)?);
        }
    }
    targets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(targets)
}

fn read(folder: &Path) -> io::Result<Target> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (verified, undos) = (Verified::read(folder).ok().flatten(), UndoRecord::all(folder).unwrap_or_default());
    let images = BeforeImage::all(folder).unwrap_or_default();
    let mut target = Target { name, verified, undos, images, ..Target::default() };
    for path in files(folder)? {
        match super::read(&path) {
            Ok(receipt) => drop(target.receipts.insert(receipt.sha256.clone(), receipt)),
            Err(_) => target.unreadable = target.unreadable.saturating_add(1),
        }
    }
    Ok(target)
}

/// The receipts in a target's folder, sorted; other files there have other names. A link or a device is none.
///
/// # Errors
/// A folder that cannot be listed.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let named = path.extension().is_some_and(|extension| extension == "json");
        if !hidden && named && entry.file_type()?.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The region of the host of a target, by the target's name, where that is not the usual one.
#[must_use]
pub fn region_of(target: &str) -> Option<&'static str> {
    // The host is all before the application id; both may have further `_`.
    let mut hosts = target.match_indices('_').map(|(at, _)| &target[..at]);
    hosts.find_map(VoucherifyRegion::unusual)
}

impl Target {
    /// The upload of a folder of batches to this target, as far as a command line says where that is.
    #[must_use]
    pub fn upload(&self, folder: impl AsRef<Path>) -> Upload {
        Upload::of(folder).region(region_of(&self.name))
    }

    /// What became of the customers of the batches of `manifest`.
    #[must_use]
    pub fn tally(&self, manifest: &BatchesManifest) -> Tally {
        let not_sent = |customers| Tally { left: customers, ..Tally::default() };
        let batches = manifest.batches.iter();
        let tally = |receipt: Option<&Receipt>, customers| receipt.map_or_else(|| not_sent(customers), Receipt::tally);
        batches.map(|batch| tally(self.receipts.get(&batch.sha256), batch.customers)).sum()
    }

    /// Whether it took customers of batches that `manifest` does not list any more.
    #[must_use]
    pub fn took_others(&self, manifest: &BatchesManifest) -> bool {
        let listed = |sha256: &String| manifest.batches.iter().any(|batch| batch.sha256 == *sha256);
        let took = |receipt: &&Receipt| receipt.done_count > 0 && receipt.state != ReceiptState::Undone;
        self.receipts.values().filter(took).any(|receipt| !listed(&receipt.sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_to_a_target_names_the_region_of_its_host() {
        for (target, upload) in [
            ("api.voucherify.io_app", "segment-to-voucherify upload b"),
            ("us1.api.voucherify.io_app", "segment-to-voucherify upload b --region us"),
            ("as1.api.voucherify.io_a_p-p", "segment-to-voucherify upload b --region as"),
            ("127.0.0.1_18212_us1.api.voucherify.io", "segment-to-voucherify upload b"),
            ("acme.voucherify.io_app", "segment-to-voucherify upload b"),
            ("", "segment-to-voucherify upload b"),
        ] {
            let target = Target { name: target.into(), ..Target::default() };
            assert_eq!(target.upload("b").to_string(), upload);
        }
    }
}
