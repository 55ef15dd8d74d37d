//! Publishes a folder of batches as one: the old batches or the new ones, never a mix.
//!
//! Everything new is written into a folder of its own inside the output folder. Then the old manifest goes, the files
//! move over, and the new manifest comes last: a folder without manifest is unfinished, and says so.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    index,
    manifest::{Batch, BatchesManifest, CORRECTIONS, Table},
    packing::Packed,
};
use crate::{
    digest,
    failure::Failure,
    gzip,
    publish::{self, Staging, Temporary},
};

/// Where new files wait inside the output folder.
const STAGING: &str = ".staging";

/// A folder of batches on its way; what was not committed goes when it is dropped.
#[derive(Debug)]
pub struct BatchesWriter {
    folder: PathBuf,
    staging: PathBuf,
    flush: Arc<Staging>,
    _temporary: Temporary,
    batches: Vec<Batch>,
}

/// The two files of a batch as they are written, with what the manifest says of them.
#[derive(Debug)]
pub struct Files {
    customers: u64,
    /// Bytes of JSON, and their SHA-256.
    bytes: u64,
    sha256: String,
    batch: Vec<u8>,
    file_sha256: String,
    origins: Vec<u8>,
    origins_sha256: String,
}

impl BatchesWriter {
    /// Begins a folder, or the replacement of what is in it.
    ///
    /// # Errors
    /// A folder that holds something else, or cannot be written.
    pub fn create(folder: &Path) -> Result<Self, Failure> {
        BatchesManifest::read(folder)?;
        let staging = Self::staging_in(folder);
        let begin = || {
            if staging.exists() {
                fs::remove_dir_all(&staging)?;
            }
            publish::passing_folder(&staging)?;
            publish::sweep_temporary(folder)?;
            Staging::start().map(Arc::new)
        };
        let temporary = Temporary::at(&staging);
        let flush = begin().map_err(|error| disk(folder, error))?;
        Ok(Self { folder: folder.to_owned(), staging, flush, _temporary: temporary, batches: Vec::new() })
    }

    /// Writes a batch and its origins.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn write(&mut self, files: Files) -> Result<(), Failure> {
        let number = self.batches.len() + 1;
        let (file, origins) = (format!("batch-{number:06}.json.gz"), format!("origins-{number:06}.csv.gz"));
        let Files { customers, bytes, sha256, batch, file_sha256, origins: table, origins_sha256 } = files;
        self.publish(&file, &batch)?;
        self.publish(&origins, &table)?;
        let origins = Table { sha256: origins_sha256, file: origins, rows: customers };
        self.batches.push(Batch { file, customers, bytes, sha256, file_sha256, origins });
        Ok(())
    }

    /// Takes over a batch of another folder as it is, with its origins, under the next number.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn take_over(&mut self, from: &Path, batch: &Batch) -> Result<(), Failure> {
        let number = self.batches.len() + 1;
        let (file, origins) = (format!("batch-{number:06}.json.gz"), format!("origins-{number:06}.csv.gz"));
        for (theirs, ours) in [(&batch.file, &file), (&batch.origins.file, &origins)] {
            let linked = publish::link_or_copy(&from.join(theirs), &self.staging.join(ours), &self.flush);
            linked.map_err(|error| disk(&self.folder, error))?;
        }
        let origins = Table { file: origins, ..batch.origins.clone() };
        self.batches.push(Batch { file, origins, ..batch.clone() });
        Ok(())
    }

    /// Where everything waits until a folder is committed.
    #[must_use]
    pub fn staging_in(folder: &Path) -> PathBuf {
        folder.join(STAGING)
    }

    /// Where a file of this name waits until the folder is committed.
    #[must_use]
    pub fn place(&self, file: &str) -> PathBuf {
        self.staging.join(file)
    }

    /// Makes files durable that wait with the others.
    #[must_use]
    pub fn flush(&self) -> Arc<Staging> {
        Arc::clone(&self.flush)
    }

    /// Replaces what the folder held by what was written; `manifest` gets the batches. Gives what the folder held before,
    /// if it was finished.
    ///
    /// # Errors
    /// A disk that fails; running the transform again mends the folder.
    pub fn commit(self, mut manifest: BatchesManifest) -> Result<(BatchesManifest, Option<BatchesManifest>), Failure> {
        manifest.batches.clone_from(&self.batches);
        let before = BatchesManifest::read(&self.folder)?;
        self.swap(&manifest, before.as_ref()).map_err(|error| disk(&self.folder, error))?;
        Ok((manifest, before))
    }

    fn swap(&self, manifest: &BatchesManifest, before: Option<&BatchesManifest>) -> io::Result<()> {
        // Made durable beside the others, and moved behind them.
        let last = BatchesManifest::path(&self.staging);
        self.flush.json(&last, manifest)?;
        self.flush.durable()?;
        publish::remove(&BatchesManifest::path(&self.folder))?;
        // It may be the only place of what people wrote, and must be there before the sheet that they wrote into goes.
        let corrections = self.staging.join(CORRECTIONS);
        if corrections.exists() {
            publish::rename(&corrections, &self.folder.join(CORRECTIONS))?;
        } else {
            publish::remove(&self.folder.join(CORRECTIONS))?;
        }
        // Those of an earlier run would be taken for this one's.
        for workbook in before.iter().flat_map(|before| &before.workbooks) {
            if !self.staging.join(&workbook.file).exists() {
                publish::remove(&self.folder.join(&workbook.file))?;
            }
        }
        publish::remove_all(&self.folder, |name| {
            name.starts_with("batch-") || name.starts_with("origins-") || name == index::FILE
        })?;
        publish::move_all(&self.staging, &self.folder, last.file_name().unwrap_or_default())?;
        fs::remove_dir(&self.staging)
    }

    fn publish(&self, file: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.flush.bytes(&self.staging.join(file), bytes).map_err(|error| disk(&self.folder, error))
    }
}

impl Files {
    /// The files of a batch. This is where its time goes, and any thread may do it.
    #[must_use]
    pub fn of(packed: &Packed) -> Self {
        let zip = |bytes: &[u8]| {
            let gzipped = gzip::compressed(bytes);
            let sha256 = digest::sha256(&gzipped);
            (gzipped, sha256)
        };
        // Where somebody is idle, as at the end of a run, it is halved.
        let ((batch, file_sha256), (sha256, (origins, origins_sha256))) =
            rayon::join(|| zip(&packed.line), || (digest::sha256(packed.json()), zip(&packed.origins)));
        let bytes = packed.json().len() as u64;
        Self { customers: packed.customers, bytes, sha256, batch, file_sha256, origins, origins_sha256 }
    }
}

impl Drop for BatchesWriter {
    /// What was not committed is personal data that nobody needs.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.staging);
    }
}

fn disk(folder: &Path, error: io::Error) -> Failure {
    Failure::disk(format!("cannot write the batches in `{}`", folder.display()), error)
}
