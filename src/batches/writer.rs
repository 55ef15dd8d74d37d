//! Packs customers into batches and publishes a folder of them as one: the old batches or the new ones, never a mix.
//!
//! Everything new is written into a folder of its own inside the output folder. Then the old manifest goes, the files
//! move over, and the new manifest comes last: a folder without manifest is unfinished, and says so.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use libdeflater::{CompressionLvl, Compressor};

use super::manifest::{Batch, CORRECTIONS, Manifest, Table};
use crate::{digest, failure::Failure, publish};

/// Level of gzip: the first that compresses; the next ones save a few percent and cost half as much again.
const LEVEL: i32 = 1;

/// Where new files wait inside the output folder.
const STAGING: &str = ".staging";

/// Bytes of JSON in a batch unless told otherwise: the API takes 10 MiB (docs/api-facts.md C1).
pub const DEFAULT_BYTES: usize = 9 << 20;

/// How large a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of JSON.
    pub bytes: usize,
    /// Customers.
    pub customers: u64,
}

/// A batch as it fills up: the body of one request, and where its customers come from.
#[derive(Debug)]
pub struct Packer {
    limits: Limits,
    json: Vec<u8>,
    origins: Vec<u8>,
    customers: u64,
}

/// A batch that is full.
#[derive(Debug)]
pub struct Packed {
    /// The body, a JSON array, and a line break.
    pub line: Vec<u8>,
    /// Where its customers come from, in order: rows of CSV.
    pub origins: Vec<u8>,
    /// Customers in it.
    pub customers: u64,
}

impl Packed {
    /// The body: a JSON array.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        self.line.trim_ascii_end()
    }
}

impl Packer {
    /// An empty batch.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, json: Vec::new(), origins: Vec::new(), customers: 0 }
    }

    /// Whether a customer of that many bytes fits a batch of its own.
    #[must_use]
    pub fn fits(&self, bytes: usize) -> bool {
        bytes + 2 <= self.limits.bytes
    }

    /// Adds a customer with its row of the table of origins, and gives the batch before it where that was full.
    pub fn add(&mut self, customer: &[u8], origin: &[u8]) -> Option<Packed> {
        let full = self.json.len() + customer.len() + 2 > self.limits.bytes || self.customers >= self.limits.customers;
        let packed = if full { self.finish() } else { None };
        self.json.push(if self.json.is_empty() { b'[' } else { b',' });
        self.json.extend_from_slice(customer);
        self.origins.extend_from_slice(origin);
        self.customers += 1;
        packed
    }

    /// Gives the last batch, if there is anything in it.
    pub fn finish(&mut self) -> Option<Packed> {
        if self.customers == 0 {
            return None;
        }
        let mut line = std::mem::take(&mut self.json);
        line.extend_from_slice(b"]\n");
        let origins = [b"segment_id,file,line\n", std::mem::take(&mut self.origins).as_slice()].concat();
        Some(Packed { line, origins, customers: std::mem::take(&mut self.customers) })
    }
}

/// A folder of batches on its way.
#[derive(Debug)]
pub struct BatchesWriter {
    folder: PathBuf,
    staging: PathBuf,
    batches: Vec<Batch>,
}

impl BatchesWriter {
    /// Begins a folder, or the replacement of what is in it.
    ///
    /// # Errors
    /// A folder that holds something else, or cannot be written.
    pub fn create(folder: &Path) -> Result<Self, Failure> {
        Manifest::read(folder)?;
        let staging = folder.join(STAGING);
        let begin = || {
            if staging.exists() {
                fs::remove_dir_all(&staging)?;
            }
            publish::folder(&staging)?;
            publish::sweep_temporary(folder)
        };
        begin().map_err(|error| disk(folder, error))?;
        Ok(Self { folder: folder.to_owned(), staging, batches: Vec::new() })
    }

    /// Writes a batch and its origins.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn write(&mut self, packed: &Packed) -> Result<(), Failure> {
        let number = self.batches.len() + 1;
        let file = format!("batch-{number:06}.json.gz");
        let file_sha256 = self.publish(&file, &gzip(&packed.line))?;
        let origins = format!("origins-{number:06}.csv.gz");
        let table = gzip(&packed.origins);
        let origins = Table { sha256: self.publish(&origins, &table)?, file: origins, rows: packed.customers };
        self.batches.push(Batch {
            file,
            customers: packed.customers,
            bytes: packed.json().len() as u64,
            sha256: digest::sha256(packed.json()),
            file_sha256,
            origins,
        });
        Ok(())
    }

    /// Where a file of this name waits until the folder is committed.
    #[must_use]
    pub fn place(&self, file: &str) -> PathBuf {
        self.staging.join(file)
    }

    /// Replaces what the folder held by what was written; `manifest` gets the batches. Gives what the folder held before,
    /// if it was finished.
    ///
    /// # Errors
    /// A disk that fails; running the transform again mends the folder.
    pub fn commit(self, mut manifest: Manifest) -> Result<(Manifest, Option<Manifest>), Failure> {
        manifest.batches.clone_from(&self.batches);
        let before = Manifest::read(&self.folder)?;
        self.swap(&manifest).map_err(|error| disk(&self.folder, error))?;
        Ok((manifest, before))
    }

    fn swap(&self, manifest: &Manifest) -> io::Result<()> {
        publish::remove(&Manifest::path(&self.folder))?;
        // It may be the only place of what people wrote, and must be there before the sheet that they wrote into goes.
        let corrections = self.staging.join(CORRECTIONS);
        if corrections.exists() {
            publish::rename(&corrections, &self.folder.join(CORRECTIONS))?;
        } else {
            publish::remove(&self.folder.join(CORRECTIONS))?;
        }
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("batch-") || name.starts_with("origins-") {
                publish::remove(&path)?;
            }
        }
        for entry in fs::read_dir(&self.staging)? {
            let entry = entry?;
            publish::rename(&entry.path(), &self.folder.join(entry.file_name()))?;
        }
        fs::remove_dir(&self.staging)?;
        manifest.publish(&self.folder)
    }

    fn publish(&self, file: &str, bytes: &[u8]) -> Result<String, Failure> {
        publish::bytes(&self.staging.join(file), bytes).map_err(|error| disk(&self.folder, error))?;
        Ok(digest::sha256(bytes))
    }
}

/// One gzip member without time or name, so that equal content gives equal bytes.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default());
    let mut compressed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    // The only error is a buffer that is too small, and the bound is none.
    let length = compressor.gzip_compress(bytes, &mut compressed).unwrap_or_default();
    compressed.truncate(length);
    compressed
}

fn disk(folder: &Path, error: io::Error) -> Failure {
    Failure::stopped(format!("cannot write the batches in `{}`", folder.display()))
        .because(error)
        .again("make room or check the folder's permissions, then")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn gzip_compresses_and_gives_back_what_went_in() {
        let (text, mut back) = (b"abcd".repeat(1_000), Vec::new());
        let compressed = gzip(&text);
        assert!(compressed.len() < 100 && compressed[4..8] == [0; 4], "no time in the header");
        flate2::read::GzDecoder::new(compressed.as_slice()).read_to_end(&mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn batches_stay_within_both_limits() {
        let mut packer = Packer::new(Limits { bytes: 10, customers: 2 });
        assert!(packer.fits(8) && !packer.fits(9));
        let mut batches = Vec::new();
        for customer in [&b"111"[..], b"222", b"3", b"4", b"5"] {
            batches.extend(packer.add(customer, b"row\n"));
        }
        batches.extend(packer.finish());
        let texts: Vec<_> = batches.iter().map(|packed| String::from_utf8_lossy(packed.json())).collect();
        assert_eq!(texts, ["[111,222]", "[3,4]", "[5]"]);
        assert!(packer.finish().is_none());
    }
}
