//! What the receipts of one target say about the batches that are there now.

use std::{collections::HashMap, fs, io, path::Path};

use crate::{
    batches::manifest::Manifest,
    failure::Failure,
    receipts::{Receipt, State},
};

/// Folder of all receipts, in a folder of batches.
const RECEIPTS: &str = "receipts";

/// One target and its receipts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Target {
    /// Name of its folder; empty where nothing was sent anywhere.
    pub name: String,
    /// Its receipts by the hash of the batch.
    pub receipts: HashMap<String, Receipt>,
    /// Files that look like receipts and cannot be read.
    pub unreadable: u64,
}

/// What became of the customers of all batches at a target; together they are the customers in batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Customers that the server took.
    pub done: u64,
    /// Customers that it refused.
    pub refused: u64,
    /// Customers of finished batches of whom it said nothing.
    pub unknown: u64,
    /// Customers of batches that were not sent, or are not finished.
    pub left: u64,
    /// Batches that were accepted and are not finished.
    pub submitted: u64,
}

/// Reads the targets of a folder of batches, by name.
///
/// # Errors
/// A folder that cannot be read. A receipt that cannot be read is counted.
pub fn targets(folder: &Path) -> Result<Vec<Target>, Failure> {
    let unreadable = |error: io::Error| {
        Failure::stopped(format!("cannot read `{}`", folder.join(RECEIPTS).display())).because(error)
    };
    let entries = match fs::read_dir(folder.join(RECEIPTS)) {
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
    let mut target = Target { name, ..Target::default() };
    for path in receipt_files(folder)? {
        match serde_json::from_slice::<Receipt>(&fs::read(&path)?) {
            Ok(receipt) => drop(target.receipts.insert(receipt.sha256.clone(), receipt)),
            Err(_) => target.unreadable += 1,
        }
    }
    Ok(target)
}

/// The receipts in a target's folder, sorted; other files there have other names.
pub(super) fn receipt_files(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Target {
    /// What became of the customers of the batches of `manifest`.
    #[must_use]
    pub fn tally(&self, manifest: &Manifest) -> Tally {
        let mut tally = Tally::default();
        for batch in &manifest.batches {
            match self.receipts.get(&batch.sha256) {
                None => tally.left += batch.customers,
                Some(receipt) => tally.add(receipt),
            }
        }
        tally
    }

    /// Whether it took customers of batches that `manifest` does not list any more.
    #[must_use]
    pub fn took_others(&self, manifest: &Manifest) -> bool {
        let listed = |sha256: &String| manifest.batches.iter().any(|batch| batch.sha256 == *sha256);
        self.receipts.values().any(|receipt| receipt.done_count > 0 && !listed(&receipt.sha256))
    }
}

impl Tally {
    fn add(&mut self, receipt: &Receipt) {
        match receipt.state {
            State::Submitted => {
                self.left += receipt.customers;
                self.submitted += 1;
            }
            State::Done | State::Refused => {
                self.done += receipt.done_count;
                let rest = receipt.customers.saturating_sub(receipt.done_count);
                // A batch that was refused as a whole may carry no counts.
                let refused = if receipt.state == State::Refused { rest } else { receipt.failed_count.min(rest) };
                self.refused += refused;
                self.unknown += rest - refused;
            }
        }
    }
}
