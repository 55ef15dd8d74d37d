//! Requests that are packed anew from customers of several batches: kept until the batches' own receipts tell their end.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Receipts;
use crate::{
    batches::reader::{Body, Membership},
    digest,
    failure::Failure,
    manifest::names,
    publish,
};

/// Folder below a target's.
const FOLDER: &str = "packed";
/// Most bytes of one: a request is a quarter of it, and what batches its customers are from is less.
const MOST_BYTES: u64 = 40 << 20;

/// Which batches a request was packed from: `receipts/<target>/packed/<sha256>.json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Packed {
    /// The batches that its customers are from, in the order of the customers.
    #[serde(rename = "homes")]
    pub memberships: Vec<Membership>,
    /// Its JSON array, byte by byte as it is sent.
    pub body: Box<RawValue>,
}

impl Receipts {
    /// Keeps a packed request, before it is sent.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn keep_packed(&self, body: &Body) -> io::Result<()> {
        publish::folder(&self.folder().join(FOLDER))?;
        let json = serde_json::from_slice(&body.json)?;
        let text = serde_json::to_vec(&Packed { memberships: body.memberships.clone(), body: json })?;
        publish::bytes(&self.packed_path(&body.sha256), &text)
    }

    /// Hashes of the packed requests that are kept.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn all_packed(&self) -> Result<Vec<String>, Failure> {
        let folder = self.folder().join(FOLDER);
        let list = || -> io::Result<Vec<String>> {
            publish::sweep_temporary(&folder)?;
            let names = fs::read_dir(&folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            names.collect()
        };
        let names = match list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            names => names.map_err(|error| super::unreadable(&folder, error))?,
        };
        let hashes = names.iter().filter_map(|name| name.strip_suffix(".json")).filter(|hash| digest::is_sha256(hash));
        let mut hashes: Vec<String> = hashes.map(Into::into).collect();
        hashes.sort();
        Ok(hashes)
    }

    /// Whether a request with this hash is kept.
    #[must_use]
    pub fn is_packed(&self, sha256: &str) -> bool {
        self.packed_path(sha256).exists()
    }

    /// A packed request as it was kept.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn packed(&self, sha256: &str) -> Result<Body, Failure> {
        let path = self.packed_path(sha256);
        let text = names::read(&path, MOST_BYTES).map_err(|error| super::unreadable(&path, error))?;
        let Packed { mut memberships, body } =
            serde_json::from_slice(&text).map_err(|error| super::unreadable(&path, error))?;
        for membership in &mut memberships {
            if !digest::is_sha256(&membership.sha256) {
                return Err(super::unreadable(&path, "its `homes` name a batch by something else than its SHA-256"));
            }
            // They only add to what is told, and the path may come from anybody.
            let regular = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
            membership.origins = membership.origins.take().filter(regular);
        }
        Body::of_batches(body.get().as_bytes().to_vec(), memberships)
    }

    /// Forgets a packed request and its receipt. A crash in between leaves a request without receipt: one that was
    /// never sent, as far as anybody knows.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn forget_packed(&mut self, sha256: &str) -> io::Result<()> {
        self.forget(sha256)?;
        publish::remove(&self.packed_path(sha256))
    }

    fn packed_path(&self, sha256: &str) -> PathBuf {
        Path::new(&self.folder()).join(FOLDER).join(format!("{sha256}.json"))
    }
}
