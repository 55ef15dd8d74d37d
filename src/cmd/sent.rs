//! What `verify` and `undo` begin with: batches that were sent to a target, and what is known of them there.

use std::path::Path;

use crate::{
    batches::manifest::BatchesManifest,
    compare::Batches,
    config::{VoucherifyAccess, VoucherifyRegion},
    failure::Failure,
    invocation::Upload,
    publish::{Lock, Locking},
    receipts::{self, Receipt, ReceiptState, Receipts},
    wording::counted,
};

/// Batches that were sent, locked for as long as this lives.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    pub(super) folder: &'a Path,
    pub(super) manifest: BatchesManifest,
    pub(super) access: VoucherifyAccess,
    pub(super) target: String,
    pub(super) receipts: Receipts,
    _locks: Vec<Lock>,
}

/// How a command begins with what was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) folder: &'a Path,
    pub(super) region: Option<VoucherifyRegion>,
    /// What others are told who want the target meanwhile.
    pub(super) doing: &'a str,
    pub(super) locking: Locking,
    /// Nothing is written, not even a lock.
    pub(super) only_looks: bool,
}

impl<'a> Opening<'a> {
    /// Reads and locks; `nothing_sent` is the error for a target that has no receipts.
    ///
    /// # Errors
    /// No folder of batches, configuration that is missing or wrong, a lock that somebody else holds, broken receipts.
    pub(super) fn open(self, nothing_sent: impl FnOnce(&str) -> Failure) -> Result<Sent<'a>, Failure> {
        let Self { folder, region, doing, locking, only_looks } = self;
        let manifest = manifest_of(folder)?;
        let access = VoucherifyAccess::from_environment(region)?;
        let target = receipts::target_name(&access.api_url, &access.application_id);
        let parent = receipts::folder_of(folder);
        let receipts = parent.join(&target);
        if !receipts.try_exists().map_err(|error| unreadable(&receipts, error))? {
            return Err(nothing_sent(&target));
        }
        if only_looks {
            let receipts = Receipts::look(&parent, &target)?;
            return Ok(Sent { folder, manifest, access, target, receipts, _locks: Vec::new() });
        }
        let batches = Lock::shared(folder, "reading these batches", locking)?;
        let (receipts, lock) = Receipts::open(&parent, &target, doing, locking)?;
        Ok(Sent { folder, manifest, access, target, receipts, _locks: vec![batches, lock] })
    }
}

/// Batches whose end nobody knows yet.
pub(super) fn in_flight(batches: &Batches, upload: Upload, what: &str) -> Failure {
    let accepted = counted(batches.in_flight, "batch");
    Failure::stopped(format!("{accepted} accepted and not finished: nothing can be {what} yet"))
        .command("learn first what became of them:", upload)
}

/// The error where the target took customers, but of other batches than these: they were made anew since. `None` where it
/// took nothing.
pub(super) fn sent_otherwise(manifest: &BatchesManifest, receipts: &Receipts, folder: &Path) -> Option<Failure> {
    let listed = |receipt: &Receipt| manifest.batches.iter().any(|batch| batch.sha256 == receipt.sha256);
    let took = |receipt: &&Receipt| receipt.done_count > 0 && receipt.state != ReceiptState::Undone && !listed(receipt);
    let others = receipts.all().filter(took).count() as u64;
    (others > 0).then(|| {
        let (folder, target, others) = (folder.display(), receipts.target(), counted(others, "other batch"));
        let message = format!("no batch of `{folder}` was sent to `{target}`, but {others} were, which stood here before");
        Failure::usage(message).hint(
            "make those again, of the same input with the same options and mapping: receipts know a batch by its content, and \
             a transform leaves them alone",
        )
    })
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::stopped(format!("cannot read `{}`", path.display())).because(error)
}

fn manifest_of(folder: &Path) -> Result<BatchesManifest, Failure> {
    if !folder.is_dir() {
        return Err(Failure::usage(format!("there is no folder of batches `{}`", folder.display()))
            .hint("what was sent from a pipe or from single files leaves nothing to compare with"));
    }
    BatchesManifest::needed(folder)
}
