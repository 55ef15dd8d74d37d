//! Packs customers into batches and publishes a folder of them as one: the old batches or the new ones, never a mix.
//!
//! Everything new is written into a folder of its own inside the output folder. Then the old manifest goes, the files
//! move over, and the new manifest comes last: a folder without manifest is unfinished, and says so.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder};

use super::manifest::{Batch, Manifest, Table};
use crate::{digest, failure::Failure, publish};

/// Where new files wait inside the output folder.
const STAGING: &str = ".staging";

/// How large a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of JSON.
    pub bytes: usize,
    /// Customers.
    pub customers: u64,
}

/// Where one customer of a batch comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The profile.
    pub segment_id: String,
    /// File of the archive.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: u64,
}

/// A batch as it fills up: the body of one request, and where its customers come from.
#[derive(Debug)]
pub struct Packer {
    limits: Limits,
    json: Vec<u8>,
    origins: Vec<Origin>,
}

/// A batch that is full.
#[derive(Debug)]
pub struct Packed {
    /// The body: a JSON array.
    pub json: Vec<u8>,
    /// Where its customers come from, in order.
    pub origins: Vec<Origin>,
}

impl Packer {
    /// An empty batch.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, json: Vec::new(), origins: Vec::new() }
    }

    /// Whether a customer fits a batch of its own.
    #[must_use]
    pub fn fits(&self, customer: &[u8]) -> bool {
        customer.len() + 2 <= self.limits.bytes
    }

    /// Adds a customer, and gives the batch before it where that was full.
    pub fn add(&mut self, customer: &[u8], origin: Origin) -> Option<Packed> {
        let full = self.json.len() + customer.len() + 2 > self.limits.bytes
            || self.origins.len() as u64 >= self.limits.customers;
        let packed = if full { self.finish() } else { None };
        self.json.push(if self.json.is_empty() { b'[' } else { b',' });
        self.json.extend_from_slice(customer);
        self.origins.push(origin);
        packed
    }

    /// Gives the last batch, if there is anything in it.
    pub fn finish(&mut self) -> Option<Packed> {
        if self.origins.is_empty() {
            return None;
        }
        let mut json = std::mem::take(&mut self.json);
        json.push(b']');
        Some(Packed { json, origins: std::mem::take(&mut self.origins) })
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
        let mut line = packed.json.clone();
        line.push(b'\n');
        let file_sha256 = self.publish(&file, &gzip(&line))?;
        let origins = format!("origins-{number:06}.csv.gz");
        let table = gzip(&origins_csv(&packed.origins));
        let origins =
            Table { sha256: self.publish(&origins, &table)?, file: origins, rows: packed.origins.len() as u64 };
        self.batches.push(Batch {
            file,
            customers: packed.origins.len() as u64,
            bytes: packed.json.len() as u64,
            sha256: digest::sha256(&packed.json),
            file_sha256,
            origins,
        });
        Ok(())
    }

    /// Writes a table.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn table(&self, file: &str, bytes: &[u8], rows: u64) -> Result<Table, Failure> {
        Ok(Table { file: file.into(), rows, sha256: self.publish(file, bytes)? })
    }

    /// Replaces what the folder held by what was written; `manifest` gets the batches. Tells whether anything changed.
    ///
    /// # Errors
    /// A disk that fails; running the transform again mends the folder.
    pub fn commit(self, mut manifest: Manifest) -> Result<(Manifest, bool), Failure> {
        manifest.batches.clone_from(&self.batches);
        let before = Manifest::read(&self.folder)?;
        let changed = before.as_ref() != Some(&manifest);
        self.swap(&manifest).map_err(|error| disk(&self.folder, error))?;
        Ok((manifest, changed))
    }

    fn swap(&self, manifest: &Manifest) -> io::Result<()> {
        publish::remove(&Manifest::path(&self.folder))?;
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

fn origins_csv(origins: &[Origin]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every row has three cells.
    let _ = writer.write_record(["segment_id", "file", "line"]);
    for origin in origins {
        let _ = writer.write_record([&origin.segment_id, &origin.file, &origin.line.to_string()]);
    }
    writer.into_inner().unwrap_or_default()
}

/// One gzip member without time or name, so that equal content gives equal bytes.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn disk(folder: &Path, error: io::Error) -> Failure {
    Failure::stopped(format!("cannot write the batches in `{}`", folder.display()))
        .because(error)
        .hint("make room or check the folder's permissions, then run the same command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { segment_id: "use_1".into(), file: "a".into(), line: 1 }
    }

    #[test]
    fn batches_stay_within_both_limits() {
        let mut packer = Packer::new(Limits { bytes: 10, customers: 2 });
        assert!(packer.fits(b"12345678") && !packer.fits(b"123456789"));
        let mut batches = Vec::new();
        for customer in [&b"111"[..], b"222", b"3", b"4", b"5"] {
            batches.extend(packer.add(customer, origin()));
        }
        batches.extend(packer.finish());
        let texts: Vec<_> = batches.iter().map(|packed| String::from_utf8_lossy(&packed.json)).collect();
        assert_eq!(texts, ["[111,222]", "[3,4]", "[5]"]);
        assert!(packer.finish().is_none());
    }
}
